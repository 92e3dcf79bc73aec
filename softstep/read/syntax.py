"""What is wrong with the syntax of a YAML text, where a person would look for it.

That is often before the place where PyYAML gave up. The six commonest mistakes are told apart: a tab, a quotation mark,
a bracket, a colon, a comma, and a sign that only looks like one of YAML's.
"""

import re
from typing import Any

import yaml

from softstep.names import safe_text
from softstep.read.complaints import text_lines
from softstep.read.suggest import lookalike
from softstep.read.tree import quote

Spot = tuple[int, int]
Diagnosis = tuple[Spot, str, str, str]
"""The line and the column, what was found, what is expected, and the fix."""

_SIGNS = ("", *":\"'[]{}- ")
_SIGNS_IN_BRACKETS = (*_SIGNS, ",")
"""What means something to YAML: a full-width comma in a title is nobody's mistake."""


FAR = 100_000
"""PyYAML's own parser takes a second for so many characters; of mistakes further on the C parser has the word."""

NEAR = 200
"""So many characters apart the two parsers may see the same mistake."""


def diagnosis(text: str, error: yaml.MarkedYAMLError) -> Diagnosis:
    """What is wrong with a text that the C parser refused with this error."""
    at, lines = _index(error), [*text_lines(text)]
    ended = min(_spot(error.problem_mark)[0], len(lines))  # the C parser ends every line
    try:
        for _ in yaml.parse(text[: at + 5 * NEAR] if at < FAR else "", Loader=yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as in_python:
        if _spot(in_python.problem_mark)[0] >= ended and _index(in_python) < at + NEAR:
            error = in_python  # which says more
    except (ValueError, OverflowError):  # \U and the number of no character: the C parser has the word
        pass
    lines.append("")
    mistake = _mistake(error, lines)
    return _look_alike(error, lines, mistake[0]) or mistake


def _look_alike(error: yaml.MarkedYAMLError, lines: list[str], spot: Spot) -> Diagnosis | None:
    """The sign that only looks like one of YAML's, in the line of the mistake or in the indentation above it."""
    above = _spot(error.problem_mark)[0] - 1
    indent = len(lines[above - 1]) - len(lines[above - 1].lstrip())
    for line, signs in ((spot[0], lines[spot[0] - 1]), (above, lines[above - 1][:indent])):
        for i, character in enumerate(signs):
            name, in_ascii = lookalike(character) or ("", "")
            if name and in_ascii in (_SIGNS_IN_BRACKETS if re.search(r"[\[{]", signs) else _SIGNS):
                return (line, i + 1), name, "ASCII", f"write '{in_ascii}'"
    return None


def _mistake(error: yaml.MarkedYAMLError, lines: list[str]) -> Diagnosis:
    """Where it went wrong, and what."""
    said = f"{error.context or ''} {error.problem or ''}".strip()
    began, gave_up = _spot(error.context_mark), _spot(error.problem_mark or error.context_mark)
    line, column = gave_up
    before = lines[line - 1][: column - 1]
    if "escape" in said and "\\" in before:
        return (line, before.rindex("\\") + 1), "a \\ that begins no escape", "text", "write \\\\ for it"
    if "quoted scalar" in said and "escape" not in said:
        return began, "a quotation mark that is not closed", "one behind the text", "put one there"
    if "expected ':'" in said:
        return _without_colon(began, lines)
    if "but got" in said and began[0] < line and not _goes_on(lines, began[0], gave_up):
        return began, f"a bracket that is open until line {line}", "its end", "put ] or } behind its entries"
    if "but got" in said and not any(map(str.strip, [lines[line - 1][column - 1 :], *lines[line:]])):
        return gave_up, "a bracket that is open", "its end", "put ] or } behind its entries"
    if "but got" in said:
        return gave_up, "two entries without a comma", "one between them", "put a comma before this"
    if lines[line - 1][column - 1 : column] == "\t":
        return gave_up, "a tab", "spaces", "write spaces for it"
    first = next((i for i, text in enumerate(lines) if text.strip() and not text.lstrip().startswith(("#", "---"))), 0)
    if "<document start>" in said and column == 1 and lines[first].startswith(" "):
        return (first + 1, 1), "a space before the first key", "none", "take the spaces before the key away"
    if "mapping values" in said and ": " in before:
        return gave_up, "a second ': '", "text in quotes", "put quotes around the text, or write ':' for '='"
    if "mapping values" in said:
        return _without_colon((max((i for i in range(line - 1) if lines[i].strip()), default=0) + 1, 1), lines)
    return (
        gave_up,
        safe_text(said, 100),
        "YAML",
        "check the indentation here, and put quotes around text with such signs",
    )


def _goes_on(lines: list[str], began: int, at: Spot) -> bool:
    """Whether brackets that began in a line go on at a place: at a bracket, or in a line that is further in."""
    line, column = at
    here, there = (len(text) - len(text.lstrip()) for text in (lines[line - 1], lines[began - 1]))
    return lines[line - 1][column - 1 : column] in ("[", "{") or here > there


def _without_colon(spot: Spot, lines: list[str]) -> Diagnosis:
    """A line that should be a key and a value."""
    text = lines[spot[0] - 1]
    fix = "put a space after the colon" if ":" in text else "put a colon and a space behind the key"
    return (spot[0], len(text) - len(text.lstrip()) + 1), quote(text.strip()), "key: value", fix


def _index(error: yaml.MarkedYAMLError) -> int:
    mark: Any = error.problem_mark or error.context_mark
    return mark.index if mark else 0


def _spot(mark: Any) -> Spot:
    """PyYAML's mark, counted from 1; the beginning where there is none."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
