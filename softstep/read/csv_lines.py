"""Lines of CSV, from a file or from a block of text in a config, and the cells in them."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from softstep.lesson.maths import Array
from softstep.read.complaints import Place
from softstep.read.scalars import reads_like_number
from softstep.read.tree import NOTHING, Cursor, Text

DELIMITERS = (";", "\t", ",")
"""What may stand between cells, in the order in which they are tried."""

LOOKED_AT = 20
"""So many lines say which sign is the delimiter, and whether the first is a header."""

_SEPARATOR = re.compile(r'\s*"?sep=.[,;\t]*"?[,;\t\s]*', re.IGNORECASE)
_COMMENT = re.compile(r"\s*#(\s|\Z)")
_YEAR = re.compile(r"[12]\d{3}", re.ASCII)
_MISSING = ("na", "none", "null")
_ABOVE_NAMES = ("id", "node", "name", "index", "nr", "")


@dataclass(eq=False, repr=False)
class Line:
    """A line with its number, and its cells."""

    source: str
    number: int
    text: str
    cells: list[str]
    delimiter: str

    def at(self, cursor: Cursor, i: int, path: str = "", may_be_quoted: bool = False) -> Cursor:
        """A cursor at cell i; `path` is what it is called below the cursor."""
        column = self.column_of(i)
        quoted = (may_be_quoted and self.text[column - 2 : column - 1] == '"') or self.cells[i] in NOTHING
        node = Text(self.cells[i], Place(self.source, self.number, column), quoted)
        return cursor.at(node, f"{cursor.path}{path}")

    def refuse_odd_quotes(self, cursor: Cursor) -> None:
        """Refuse a line in which a quotation mark stands inside a cell, or on one side of it."""
        if '"' in self.text and self.cells == [cell.strip() for cell in self.text.split(self.delimiter)]:
            i = next(i for i, cell in enumerate(self.cells) if '"' in cell)
            fix = "put them around it, or take them away"
            self.at(cursor, i).refuse("a quotation mark inside a cell", "marks around all of it, or none", fix)

    def column_of(self, i: int) -> int:
        """Where cell i begins, counted from 1."""
        start = self._starts[i]
        while (self.cells[i] or i == 0) and self.text[start : start + 1] == " ":
            start += 1
        return start + 1

    @cached_property
    def _starts(self) -> list[int]:
        """Behind which character each cell begins."""
        start, starts = 0, []
        for cell in self.cells:
            doubled = cell.replace('"', '""')
            found = self.text.find(doubled, start)
            is_quoted = '"' in self.text and found > 0 and self.text[start:found].strip() == '"'
            bare = doubled if is_quoted else cell
            start = max(self.text.find(bare, start), start)
            starts.append(start)
            start = self.text.find(self.delimiter, start + len(bare)) + 1 or len(self.text)
        return starts


class CsvLines(NamedTuple):
    """The lines of a CSV text that can be gone through again: what the file is called, its delimiter and its header."""

    source: str
    lines: Callable[[], Iterable[tuple[int, str]]]
    delimiter: str
    header: tuple[str, ...] | None
    header_line: Line | None

    def rows(self) -> Iterator[Line]:
        """The lines below the header."""
        found = filled_lines(self.lines())
        for number, text in islice(found, int(self.header is not None), None):
            yield Line(self.source, number, text, cells_of(text, self.delimiter), self.delimiter)

    def is_csv(self) -> bool:
        """Whether the first line has more cells than one; else it is something else than CSV."""
        return self.header is not None or all(len(line.cells) > 1 for line in islice(self.rows(), 1))

    def places(self, rows: Sequence[int] | Array, cell: int = 0) -> list[Place]:
        """Where this cell of these rows stands: the lines are gone through again for it."""
        found = {int(row): Place(self.source, 1, 1) for row in rows}
        for i, line in enumerate(islice(self.rows(), max(found, default=-1) + 1)):
            if i in found:
                found[i] = Place(self.source, line.number, line.column_of(cell))
        return [found[int(row)] for row in rows]


def csv_lines(source: str, lines: Callable[[], Iterable[tuple[int, str]]], of_words: bool = False) -> CsvLines:
    """The lines, once it is known what separates their cells and whether the first is a header.

    `of_words` says that their cells are words, such as labels, and not numbers.
    """
    first = list(islice(filled_lines(lines()), LOOKED_AT))
    sign = delimiter([text for _, text in first])
    top = [Line(source, number, text, cells_of(text, sign), sign) for number, text in first]
    is_header = bool(top) and names_columns([line.cells for line in top], of_words)
    header = tuple(top[0].cells[1:]) if is_header else None
    return CsvLines(source, lines, sign, header, top[0] if is_header else None)


def filled_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines with a filled cell that are no comment, but for the first one that a spreadsheet may need."""
    is_first = True
    for number, text in lines:
        if text.strip(' ,;\t\r"') and not _COMMENT.match(text):
            if not (is_first and _SEPARATOR.fullmatch(text)):
                yield number, text
            is_first = False


def delimiter(texts: Sequence[str]) -> str:
    """The sign that splits the lines alike; where none does, the first that the first line has.

    >>> delimiter(["id,temp;C,w", "1,0.5,0.6"]), delimiter(["1;0,5;0,6"]), delimiter(["a;b", "1;2;3"])
    (',', ';', ';')
    """
    for sign in DELIMITERS:
        counts = {len(cells_of(text, sign)) for text in texts}
        if len(counts) == 1 and counts != {1}:
            return sign
    outside = re.sub('"[^"]*"', "", texts[0]) if texts else ""
    return next((sign for sign in DELIMITERS if sign in outside), ",")


def cells_of(text: str, sign: str) -> list[str]:
    """The cells of a line, without the spaces around them.

    >>> cells_of('1, 0.5,"a, b"', ",")
    ['1', '0.5', 'a, b']
    """
    cells = text.split(sign)
    if '"' in text:
        import csv

        with suppress(csv.Error, StopIteration):  # `refuse_odd_quotes` says so where it matters
            cells = next(csv.reader([text], delimiter=sign, strict=True, skipinitialspace=True))
    return [cell.strip() for cell in cells]


def names_columns(lines: Sequence[Sequence[str]], of_words: bool = False) -> bool:
    """Whether the first of these lines names the columns. One rule for all tables:

    it begins with a word that stands above names; or it has words where the others have numbers; or its cells are years
    above numbers that are none.

    >>> names_columns([["id", "x_0"]]), names_columns([["city", "height (cm)"]]), names_columns([["1", "O.5"]])
    (True, True, False)
    >>> names_columns([["class", "2019"], ["w0", "0.5"]]), names_columns([["paris", "2019"], ["rome", "2020"]])
    (True, False)
    >>> names_columns([["id", "label"]], of_words=True), names_columns([["1", "paper"]], of_words=True)
    (True, False)
    """
    first, *others = lines
    name, cells = first[0].lower(), first[1:]
    if name in ("id", "node"):
        return True
    if not cells:
        return False
    numbers = [cell for cell in cells if reads_like_number(cell)]
    above_names = name in _ABOVE_NAMES or name.endswith("_id")
    if of_words:
        named = cells[-1].lower() in ("label", "labels", "class") and not first[0].isdigit()
        return named or (above_names and not numbers)
    if above_names and numbers == [str(i) for i in range(len(numbers))]:  # as pandas writes them
        return True
    if all(any(c.isalpha() for c in cell) and cell.lower() not in _MISSING for cell in cells) and not numbers:
        return not first[0].lstrip("+-").isdigit()
    return not reads_like_number(first[0]) and _has_years(cells, others)


def _has_years(cells: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the cells are years, above numbers that are none."""
    years = [cell for cell in cells if _YEAR.fullmatch(cell)]
    below = [cell for line in others for cell in line[1:]]
    return len(set(years)) == len(cells) and bool(below) and not any(_YEAR.fullmatch(cell) for cell in below)


def numbered_lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers; `check_text` refuses a byte that is no text."""
    with open(path, encoding=encoding, errors="replace") as file:
        yield from enumerate((line.rstrip("\n") for line in file), 1)
