"""What is wrong with the syntax of a YAML text, at the place where a person would look for it.

PyYAML often gives up later. Six common mistakes are recognized: a tab, a quotation mark, a bracket, a colon, a comma,
and a sign that only looks like one of YAML's.
"""

import re
from typing import Any

import yaml

from softstep.names import safe_text
from softstep.read.complaints import text_lines
from softstep.read.suggest import lookalike, without_lookalikes
from softstep.read.tree import quote

FAR = 100_000
"""Later errors are not given to the Python parser, which takes a second for this many characters."""

NEAR = 200
"""The largest distance, in characters, between the same error in the two parsers."""

_SIGNS = ("", *":\"'[]{}- ")
_SIGNS_IN_BRACKETS = (*_SIGNS, ",")
"""The signs of YAML. A full-width comma outside brackets is no mistake."""


Diagnosis = tuple[int, int, str, str, str]
"""A mistake: its line and column, what was found, what is expected, and the fix."""


def diagnose(text: str, error: yaml.MarkedYAMLError) -> Diagnosis:
    """Find the mistake in a text that the C parser refused with this error."""
    index, lines = _index_of(error), text_lines(text)
    last_line = min(_spot(error.problem_mark)[0], len(lines))  # the C parser ends every line
    try:
        for _ in yaml.parse(text[: index + 5 * NEAR] if index < FAR else "", Loader=yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as in_python:
        if _spot(in_python.problem_mark)[0] >= last_line and _index_of(in_python) < index + NEAR:
            error = in_python  # it says more
    except (ValueError, OverflowError):  # \U with the number of no character
        pass
    lines.append("")
    mistake = _mistake(error, lines)
    return _lookalike_mistake(error, lines, mistake[0]) or mistake


def _lookalike_mistake(error: yaml.MarkedYAMLError, lines: list[str], line: int) -> Diagnosis | None:
    """A sign that only looks like one of YAML's, in the line of the mistake or in the indentation of the line above."""
    above = _spot(error.problem_mark)[0] - 1
    indent = len(lines[above - 1]) - len(lines[above - 1].lstrip())
    for number, signs in ((line, lines[line - 1]), (above, lines[above - 1][:indent])):
        for i, character in enumerate(signs):
            name, sign = lookalike(character), without_lookalikes(character)
            if name and sign in (_SIGNS_IN_BRACKETS if re.search(r"[\[{]", signs) else _SIGNS):
                return (number, i + 1, name, "ASCII", f"write '{sign}'")
    return None


def _mistake(error: yaml.MarkedYAMLError, lines: list[str]) -> Diagnosis:
    """The mistake behind an error."""
    message = f"{error.context or ''} {error.problem or ''}".strip()
    start, end = _spot(error.context_mark), _spot(error.problem_mark or error.context_mark)
    line, column = end
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    if "escape" in message and "\\" in before:
        return (line, before.rindex("\\") + 1, "a \\ that begins no escape", "text", "write \\\\ for it")
    if "quoted scalar" in message and "escape" not in message:
        return (*start, "a quotation mark that is not closed", "one behind the text", "put one there")
    if "expected ':'" in message:
        return _without_colon(start[0], lines)
    if "but got" in message:
        fix = "put ] or } behind its entries"
        first_indent, indent = (len(text) - len(text.lstrip()) for text in (lines[start[0] - 1], lines[line - 1]))
        if start[0] < line and not after.startswith(("[", "{")) and indent <= first_indent:  # the brackets do not go on
            return (*start, f"a bracket that is open until line {line}", "its end", fix)
        if not any(map(str.strip, [after, *lines[line:]])):
            return (*end, "a bracket that is open", "its end", fix)
        return (*end, "two entries without a comma", "one between them", "put a comma before this")
    if after.startswith("\t"):
        return (*end, "a tab", "spaces", "write spaces for it")
    first = next((i for i, text in enumerate(lines) if text.strip() and not text.lstrip().startswith(("#", "---"))), 0)
    if "<document start>" in message and column == 1 and lines[first].startswith(" "):
        return (first + 1, 1, "a space before the first key", "none", "take the spaces before the key away")
    if "mapping values" in message and ": " in before:
        fix = "put quotes around the text, or write ':' for '='"
        return (*end, "a second ': '", "text in quotes", fix)
    if "mapping values" in message:
        return _without_colon(max((i for i in range(line - 1) if lines[i].strip()), default=0) + 1, lines)
    fix = "check the indentation of this line, and put quotes around text with special signs"
    return (*end, safe_text(message, 100), "YAML", fix)


def _without_colon(line: int, lines: list[str]) -> Diagnosis:
    """A line that should be a key and a value."""
    text = lines[line - 1]
    fix = "put a space after the colon" if ":" in text else "put a colon and a space behind the key"
    return (line, len(text) - len(text.lstrip()) + 1, quote(text.strip()), "key: value", fix)


def _index_of(error: yaml.MarkedYAMLError) -> int:
    mark: Any = error.problem_mark or error.context_mark
    return mark.index if mark else 0


def _spot(mark: Any) -> tuple[int, int]:
    """The line and the column of PyYAML's mark, counted from 1; the first if there is no mark."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
