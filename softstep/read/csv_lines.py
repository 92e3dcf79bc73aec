"""Lines of CSV, from a file or from a block of text in a config, and their cells."""

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
from softstep.read.suggest import reads_like_number
from softstep.read.tree import NOTHING, Cursor, Text

DELIMITERS = (";", "\t", ",")
"""The possible signs between cells, in the order in which they are tried."""

LOOKED_AT = 20
"""The number of lines that decide on the delimiter and on the header."""

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
    delimiter: str

    @cached_property
    def cells(self) -> list[str]:
        """The texts of the cells, without the spaces around them."""
        return cells_of(self.text, self.delimiter)

    def place_of(self, i: int) -> Place:
        """Where cell i begins."""
        start = self._starts[i]
        while (self.cells[i] or i == 0) and self.text[start : start + 1] == " ":
            start += 1
        return Place(self.source, self.number, start + 1)

    @cached_property
    def _starts(self) -> list[int]:
        """The index in the text at which each cell begins, with the spaces before it."""
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

    def cursor_at(self, cursor: Cursor, i: int, path: str = "", is_name: bool = False) -> Cursor:
        """A cursor at cell i; `path` is added to the cursor's. Only a name may have quotation marks around it."""
        place = self.place_of(i)
        quoted = (is_name and self.text[place.column - 2 : place.column - 1] == '"') or self.cells[i] in NOTHING
        return cursor.cursor_at(Text(self.cells[i], place, quoted), f"{cursor.path}{path}")

    def refuse_odd_quotes(self, cursor: Cursor) -> None:
        """Refuse a line with a quotation mark inside a cell, or on one side of it only."""
        if '"' in self.text and self.cells == [cell.strip() for cell in self.text.split(self.delimiter)]:
            i = next(i for i, cell in enumerate(self.cells) if '"' in cell)
            fix = "put them around it, or take them away"
            self.cursor_at(cursor, i).refuse("a quotation mark inside a cell", "marks around all of it, or none", fix)


class CsvLines(NamedTuple):
    """The lines of a CSV text, which can be read several times: their source, the delimiter, and the header's line."""

    source: str
    numbered: Callable[[], Iterable[tuple[int, str]]]
    delimiter: str
    header_line: Line | None

    @property
    def header(self) -> tuple[str, ...] | None:
        """The names of the columns, without that of the first; None without a header."""
        return tuple(self.header_line.cells[1:]) if self.header_line else None

    def rows(self) -> Iterator[Line]:
        """The lines below the header."""
        for number, text in islice(filled_lines(self.numbered()), int(self.header_line is not None), None):
            yield Line(self.source, number, text, self.delimiter)

    def places(self, rows: Sequence[int] | Array, cell: int = 0) -> list[Place]:
        """Where a cell of these rows is. The lines are read again."""
        places = {int(row): Place(self.source, 1, 1) for row in rows}
        for i, line in enumerate(islice(self.rows(), max(places, default=-1) + 1)):
            if i in places:
                places[i] = line.place_of(cell)
        return [places[int(row)] for row in rows]


def csv_lines(source: str, numbered: Callable[[], Iterable[tuple[int, str]]], of_words: bool = False) -> CsvLines:
    """Find the delimiter and the header of numbered lines. `of_words`: their cells are labels, not numbers."""
    first = list(islice(filled_lines(numbered()), LOOKED_AT))
    sign = delimiter([text for _, text in first])
    lines = [Line(source, number, text, sign) for number, text in first]
    is_header = bool(lines) and has_header([line.cells for line in lines], of_words)
    return CsvLines(source, numbered, sign, lines[0] if is_header else None)


def filled_lines(numbered: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank and no comment. Skip a first line such as `sep=;`, made for spreadsheets."""
    is_first = True
    for number, text in numbered:
        if text.strip(' ,;\t\r"') and not _COMMENT.match(text):
            if not (is_first and _SEPARATOR.fullmatch(text)):
                yield number, text
            is_first = False


def delimiter(texts: Sequence[str]) -> str:
    """The sign that splits all lines into equally many cells; else the first sign in the first line.

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

        with suppress(csv.Error, StopIteration):  # `refuse_odd_quotes` complains about these lines
            cells = next(csv.reader([text], delimiter=sign, strict=True, skipinitialspace=True))
    return [cell.strip() for cell in cells]


def has_header(lines: Sequence[Sequence[str]], of_words: bool = False) -> bool:
    """Whether the first of these lines names the columns. The same rule holds for all tables.

    The line begins with a word for names such as id; or it has words where the others have numbers; or its cells are
    years above numbers that are no years.

    >>> has_header([["id", "x_0"]]), has_header([["city", "height (cm)"]]), has_header([["1", "O.5"]])
    (True, True, False)
    >>> has_header([["class", "2019"], ["w0", "0.5"]]), has_header([["paris", "2019"], ["rome", "2020"]])
    (True, False)
    >>> has_header([["id", "label"]], of_words=True), has_header([["1", "paper"]], of_words=True)
    (True, False)
    """
    first, *others = lines
    name, cells = first[0].lower(), first[1:]
    if name in ("id", "node"):
        return True
    if not cells:
        return False
    numbers = [cell for cell in cells if reads_like_number(cell)]
    is_above_names = name in _ABOVE_NAMES or name.endswith("_id")
    if of_words:
        is_above_labels = cells[-1].lower() in ("label", "labels", "class") and not first[0].isdigit()
        return is_above_labels or (is_above_names and not numbers)
    if is_above_names and numbers == [str(i) for i in range(len(numbers))]:  # as pandas writes them
        return True
    if all(any(c.isalpha() for c in cell) and cell.lower() not in _MISSING for cell in cells) and not numbers:
        return not first[0].lstrip("+-").isdigit()
    years = {cell for cell in cells if _YEAR.fullmatch(cell)}
    below = [cell for line in others for cell in line[1:]]
    are_years = len(years) == len(cells) and bool(below) and not any(map(_YEAR.fullmatch, below))
    return are_years and not reads_like_number(first[0])


def numbered_lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers. `text_encoding` finds bytes that are no text."""
    with open(path, encoding=encoding, errors="replace") as file:
        yield from enumerate((line.rstrip("\n") for line in file), 1)
