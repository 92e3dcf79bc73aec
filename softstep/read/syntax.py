"""What is wrong with the syntax of a YAML text, where a person would look for it.

That is often before the place where PyYAML gave up, and not what it says.
"""

import re
from typing import Any

import yaml

from softstep.read.complaints import Place
from softstep.read.scalars import quoted
from softstep.read.sources import shown
from softstep.read.suggest import lookalike

Diagnosis = tuple[str, str, str]
"""What is there, what it must be, and the cure."""

_ESCAPE = ("a \\ that begins no escape", "text", "write \\\\ for it, or ' around the text instead of \"")

_SAID = (
    ("escape", *_ESCAPE),
    ("block scalar", "text behind | or >", "on lines of its own", "begin a new line before it"),
    ("sequence entries are not allowed", "a '-' behind a key", "on a line of its own", "begin a new line before it"),
    ("mapping keys are not allowed", "a '?'", "text in quotes", "put quotes around the text"),
    ("directive", "a line that begins with %", "a key and a value", "delete the line"),
    ("incompatible YAML", "a line that begins with %", "a key and a value", "delete the line"),
    ("found character '\\t'", "a tab", "spaces", "write spaces for it"),
    ("but found ':'", "a ':' without a key", "key: value", "write the key before it"),
    ("but found '}'", "a closing } without an opening one", "one for each", "delete it"),
    ("but found ']'", "a closing ] without an opening one", "one for each", "delete it"),
    ("<block end>, but found '-'", "a '-' among keys", "key: value", "write a key and a colon for it"),
    ("expected <block end>", "an indentation that fits no line above", "that of its neighbours", "indent it so"),
    ("but found another document", "a second document", "one alone", "delete the '---' between them and one of them"),
    ("expected the node content, but found '-'", "a '-' and a space", "a number", "delete the space"),
    ("expected the node content", "nothing", "a value", "write it, or delete the comma"),
    ("scanning an alias", "a '*'", "a value", "delete the *"),
    ("scanning an anchor", "an '&'", "a value", "delete the &"),
    ("tag", "a '!'", "a plain value", "delete the tag"),
    ("found character", "a character that no value begins with", "text in quotes", "put quotes around the text"),
)
"""What PyYAML says; then what is there, what it must be, and the cure."""


_SIGNS_OF_A_LINE = ("", *":\"'[]{}- ")
_SIGNS = (*_SIGNS_OF_A_LINE, ",")
"""What means something to YAML in a line, and in brackets: a full-width comma in a title is nobody's mistake."""


def diagnosed(error: yaml.MarkedYAMLError, text: str) -> tuple[Place, str, str, str, str]:
    """The place, the part of the config, what is there, what it must be, and the cure."""
    lines = [*text.splitlines(), ""]
    at, (there, must, cure) = _diagnosis(error, lines)
    above = place_of(error.problem_mark)[0] - 1
    indent = len(lines[above - 1]) - len(lines[above - 1].lstrip())
    for line, signs in ((at[0], lines[at[0] - 1]), (above, lines[above - 1][:indent])):
        for i, character in enumerate(signs):
            name, in_ascii = lookalike(character) or ("", "")
            if name and in_ascii in (_SIGNS if re.search(r"[\[{]", signs) else _SIGNS_OF_A_LINE):
                return (line, i + 1), "YAML", name, "ASCII", f"write '{in_ascii}'"
    return at, "YAML", there, must, cure


def no_character(mark: Any, text: str) -> tuple[Place, str, str, str, str]:
    """The same for an escape before the mark that stands for no character."""
    line, column = place_of(mark)
    before = text.splitlines()[line - 1][: column - 1]
    return (line, before.rindex("\\") + 1), "YAML", *_ESCAPE


def place_of(mark: Any) -> Place:
    """PyYAML's mark, counted from 1; the beginning where there is none."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _diagnosis(error: yaml.MarkedYAMLError, lines: list[str]) -> tuple[Place, Diagnosis]:
    """Where it went wrong, and what."""
    said = f"{error.context or ''} {error.problem or ''}"
    began, gave_up = place_of(error.context_mark), place_of(error.problem_mark or error.context_mark)
    line, column = gave_up
    before = lines[line - 1][: column - 1]
    if "escape" in said and "\\" in before:
        column = before.rindex("\\") + 1
        gave_up = line, column
    if "quoted scalar" in said and "escape" not in said:
        return began, ("a quotation mark that is not closed", "closed", "put one behind the text")
    if "expected ':'" in said:
        return began, _without_colon(lines[began[0] - 1])
    if "but got" in said and began[0] < line and not _goes_on(lines, began[0], gave_up):
        return began, (f"a bracket that is open until line {line}", "closed", "put ] or } behind its entries")
    if "but got" in said:
        return gave_up, ("two entries without a comma", "separated", "put a comma, or ] or }, before this")
    if lines[line - 1][column - 1 : column] == "\t":
        return gave_up, ("a tab", "spaces", "write spaces for it")
    if lines[line - 1].lstrip().startswith("```"):
        return gave_up, ("a line of Markdown", "left out", "delete the line")
    first = next((i for i, text in enumerate(lines) if text.strip() and not text.lstrip().startswith(("#", "---"))), 0)
    if "<document start>" in said and column == 1 and lines[first].startswith(" "):
        return (first + 1, 1), ("a space before the first key", "none", "delete the spaces before the key")
    ended = "<document start>" in said or ("<block end>" in said and before.strip(" -"))
    if ended and lines[line - 1][column - 1 : column] not in ("]", "}"):
        return gave_up, ("text behind what ended there", "a key on a line of its own", "delete it")
    if "mapping values" in said and ": " in before:
        return gave_up, ("a second ': '", "text in quotes", "put quotes around the text, or write ':' for '='")
    if "mapping values" in said:
        above = max((i for i in range(line - 1) if lines[i].strip()), default=0)
        indent = len(lines[above]) - len(lines[above].lstrip())
        return (above + 1, indent + 1), _without_colon(lines[above])
    for part, there, must, cure in _SAID:
        if part in said:
            return gave_up, (there, must, cure)
    return gave_up, (shown(said.strip(), 100), "YAML", "mend the syntax here")


def _goes_on(lines: list[str], began: int, at: Place) -> bool:
    """Whether brackets that began in a line go on at a place: at a bracket, or in a line that is further in."""
    line, column = at
    here, there = (len(text) - len(text.lstrip()) for text in (lines[line - 1], lines[began - 1]))
    return lines[line - 1][column - 1 : column] in ("[", "{") or here > there


def _without_colon(line: str) -> Diagnosis:
    """A line that should be a key and a value."""
    cure = "put a space after the colon" if ":" in line else "put a colon and a space behind the key"
    return quoted(line.strip()), "key: value", cure
