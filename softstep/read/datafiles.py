"""Rows of cells, each with a name, from CSV lines in a config or in a file, read cell by cell."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.read.complaints import Place
from softstep.read.marked import Complaints
from softstep.read.scalars import Unreadable, parse_name, quoted, reads_like_number
from softstep.read.sources import check_file, text_lines
from softstep.read.suggest import numbers_in

PART = 10_000
"""So many lines are read at a time."""

DELIMITERS = (";", "\t", ",")
"""What stands between cells: the first of these that the first line has."""

AS_FIRST = "separate the cells as in the first line"

_SEPARATOR = re.compile(r'\s*"?sep=.[,;\t]*"?[,;\t\s]*', re.IGNORECASE)

_FIRST = ("id", "node", "name", "index", "nr", "")
"""What a header may begin with."""


class Cell(NamedTuple):
    """The text of one cell, and where it stands."""

    text: str
    place: Place
    in_quotes: bool = False


Places = Callable[[Sequence[int] | Array], list[Place]]
"""Where these rows stand."""


class Column(NamedTuple):
    """The texts of a column: those that differ, which of them each row has (-1 for none), and where they stand."""

    texts: tuple[str, ...]
    codes: Array
    places: Places

    def only(self, rows: Array) -> "Column":
        """That of these rows."""
        return Column(self.texts, self.codes[rows], only(self.places, rows))


class Row(NamedTuple):
    """A row of CSV: its name, where that stands, and the other cells."""

    name: str
    place: Place
    cells: list[Cell]


class Lines(NamedTuple):
    """CSV as read: the header's names where it has one, and the rows."""

    columns: tuple[str, ...] | None
    rows: list[Row]


def csv_lines(
    lines: Iterable[tuple[int, str]],
    is_header: Callable[[Sequence[str]], bool],
    where: str,
    complaints: Complaints,
    all_named: bool = False,
) -> Lines:
    """CSV lines with their numbers, a row's first cell its name; semicolons, tabs or commas; `#` begins a comment.

    `is_header` says whether the cells of the first row name the columns, `all_named` whether it must name them all.
    """
    parts = list(csv_parts(lines, is_header, where, complaints, all_named))
    return Lines(parts[0].columns, [row for part in parts for row in part.rows])


def csv_parts(
    lines: Iterable[tuple[int, str]],
    is_header: Callable[[Sequence[str]], bool],
    where: str,
    complaints: Complaints,
    all_named: bool = False,
) -> Iterator[Lines]:
    """The same, some rows at a time, each time with the header's names; none after as many complaints as are told."""
    table = filled(lines)
    part = list(islice(table, PART))
    sign = delimiter(part[0][1]) if part else ","
    columns: tuple[str, ...] | None = None
    is_first = True
    while is_first or (part and not complaints.enough):
        cells = [cells_of(text, line, sign, where, complaints) for line, text in part]
        if is_first and cells and is_header([cell.text for cell in cells[0]]):
            columns = _header(cells.pop(0)[1:], where, complaints, all_named)
        yield Lines(columns, _rows(cells, where, complaints))
        part, is_first = list(islice(table, PART)), False


def _header(cells: Sequence[Cell], where: str, complaints: Complaints, all_named: bool) -> tuple[str, ...]:
    """The names of the columns, each of them there once."""
    before: set[str] = set()
    for cell in cells:
        if not cell.text and not all_named:
            continue
        if cell.text and cell.text in before:
            there = f"{quoted(cell.text)} for the second time in the header"
            complaints.add(cell.place, where, there, "there once", "rename one of the two")
        before.add(cell.text)
        try:
            parse_name(cell.text, in_quotes=True)
        except Unreadable as error:
            complaints.add(cell.place, f"{where}, header", error.found, error.expected, error.fix)
    return tuple(cell.text for cell in cells)


def file_lines(path: Path, where: str, complaints: Complaints) -> Iterator[tuple[int, str]]:
    """The filled lines of a CSV file, of which nothing is told where the first has but one cell: it is something else.

    Raises SoftstepError, if at all, before the first.
    """
    is_first = True
    for line, text in filled(text_lines(path, complaints.source)):
        if is_first and not any(sign in text for sign in DELIMITERS):
            complaints.add((line, 1), where, "a cell alone", "a name and its numbers", "put commas between the cells")
            return
        is_first = False
        yield line, text


def filled(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines that are no comment and have a filled cell, but for the first one that a spreadsheet may need."""
    is_first = True
    for line, text in lines:
        if text.strip(' ,;\t\r"') and not text.lstrip().startswith("#"):
            if not (is_first and _SEPARATOR.fullmatch(text)):
                yield line, text
            is_first = False


def delimiter(text: str) -> str:
    """What stands between the cells of a line."""
    outside = re.sub('"[^"]*"', "", text)
    return next((sign for sign in DELIMITERS if sign in outside), ",")


def other_delimiter(cell: str) -> str | None:
    """The cure for a cell that holds another line's delimiter."""
    return AS_FIRST if any(sign in cell for sign in DELIMITERS) else None


def check_csv(path: Path) -> None:
    """Raise SoftstepError unless it is a file that may be CSV."""
    name = check_file(path)
    if path.suffix.lower() in (".xlsx", ".xls", ".ods", ".parquet", ".pt", ".pkl"):
        raise SoftstepError(f"{name}: a {path.suffix} file; expected CSV, NPY or NPZ; save it as one of them")


def names_columns(cells: Sequence[str]) -> bool:
    """Whether the first row of a table of numbers is a header: it begins with id, or has words for all its numbers.

    >>> names_columns(["id", "x_0"]), names_columns(["city", "height (cm)", "age"]), names_columns(["1", "O.5", "l"])
    (True, True, False)
    """
    words = all(map(_is_word, cells[1:]))
    return _begins_header(cells) or (len(cells) > 1 and words and not cells[0].lstrip("+-").isdigit())


def names_labels(cells: Sequence[str]) -> bool:
    """Whether the first row of a table of labels is a header: it begins with id, or ends with label or class.

    >>> names_labels(["id", "label"]), names_labels(["1", "paper"])
    (True, False)
    """
    last, first = cells[-1].lower() in ("label", "labels", "class"), cells[0].lower()
    above = _begins_header(cells) and (first in ("id", "node", "") or not cells[-1].isdigit())
    return above or (last and not cells[0].isdigit())


def _begins_header(cells: Sequence[str]) -> bool:
    """Whether the first cell is what stands above names; but for id and node, which no row is called, only above words.

    Spreadsheets and pandas write 0, 1, … above columns without names.
    """
    first, numbers = cells[0].lower(), [cell for cell in cells[1:] if cell.isdigit() or len(numbers_in(cell)) == 1]
    if first in ("id", "node"):
        return True
    return (first in _FIRST or first.endswith("_id")) and numbers == [str(i) for i in range(len(numbers))]


def _is_word(cell: str) -> bool:
    """Whether a cell is surely no number, however it may be typed."""
    if cell.isidentifier():
        return cell.lower() not in ("nan", "inf", "infinity", "na", "none", "null")
    return not reads_like_number(cell) and any(c.isalpha() for c in cell)


class Texts:
    """The cells of a column, some at a time, of which each text is held once."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._column: list[Array] = [np.zeros(0, dtype=int)]
        self._places: list[Array] = [np.zeros((0, 2), dtype=int)]

    def add(self, cells: Sequence[Cell]) -> None:
        """Some more cells; an empty one is no text."""
        codes = [self._codes.setdefault(cell.text, len(self._codes)) if cell.text else -1 for cell in cells]
        self._column.append(np.array(codes, dtype=int))
        self._places.append(np.array([cell.place for cell in cells], dtype=int).reshape(-1, 2))

    def column(self) -> Column:
        """All of them."""
        return Column(tuple(self._codes), np.concatenate(self._column), placed(np.concatenate(self._places)))


def placed(places: Sequence[Place] | Array) -> Places:
    """Where rows stand, held as an array."""
    held = np.asarray(places, dtype=int).reshape(-1, 2)
    return lambda rows: [(int(line), int(column)) for line, column in held[np.asarray(rows, dtype=int)]]


def only(places: Places, rows: Array) -> Places:
    """Where these of the rows stand."""
    return lambda at: places(rows[np.asarray(at, dtype=int)])


def _rows(cells: Iterable[list[Cell]], where: str, complaints: Complaints) -> list[Row]:
    rows = []
    for first, *others in cells:
        try:
            rows.append(Row(parse_name(first.text, first.in_quotes), first.place, others))
        except Unreadable as error:
            complaints.add(first.place, where, error.found, error.expected, error.fix)
    return rows


def cells_of(text: str, line: int, delimiter: str, where: str, complaints: Complaints) -> list[Cell]:
    """The cells of a line."""
    parts = text.split(delimiter)
    if '"' in text:
        import csv

        try:
            parts = next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
        except csv.Error:
            there, cure = "a quotation mark inside a cell", "put one at its beginning and one at its end"
            complaints.add((line, text.index('"') + 1), where, there, "around the whole cell", cure)
    cells, start = [], len(text) - len(text.lstrip())
    for part in parts:
        start = max(text.find(part.strip(), start), start)
        in_quotes = text[start - 1 : start] == '"'
        cells.append(Cell(part.strip(), (line, start + 1), in_quotes))
        start = text.find(delimiter, start + len(part.strip())) + 1 or len(text)
    return cells
