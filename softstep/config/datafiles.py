"""Rows of numbers, each with a name, from CSV lines (in a config or in a file) and from NumPy's NPY files."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from softstep.config.marked import Complaints
from softstep.config.numerals import Unreadable, parse_name
from softstep.config.sources import Place, check_file, decode, read_file
from softstep.errors import SoftstepError

_FIRST = ("id", "node", "name", "")
"""What a header may begin with."""


class Cell(NamedTuple):
    """The text of one cell, and where it stands."""

    text: str
    place: Place


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
    lines: Iterable[tuple[int, str]], is_header: Callable[[Sequence[str]], bool], where: str, complaints: Complaints
) -> Lines:
    """CSV lines with their numbers, a row's first cell its name; semicolons, tabs or commas; `#` begins a comment.

    `is_header` says whether the cells of the first row name the columns.
    """
    table = [(line, text) for line, text in lines if text.strip() and not text.lstrip().startswith("#")]
    delimiter = next((sign for sign in ";\t" if table and sign in table[0][1]), ",")
    cells = [_cells(text, line, delimiter, where, complaints) for line, text in table]
    headed = bool(cells) and is_header([cell.text for cell in cells[0]])
    columns = tuple(cell.text for cell in cells.pop(0)[1:]) if headed else None
    rows = []
    for first, *others in cells:
        try:
            rows.append(Row(parse_name(first.text), first.place, others))
        except Unreadable as error:
            complaints.add(first.place, where, error.there, error.must, error.cure)
    return Lines(columns, rows)


def csv_file(path: Path, is_header: Callable[[Sequence[str]], bool], where: str, complaints: Complaints) -> Lines:
    """The lines of a CSV file. Raises SoftstepError if it cannot be read or is no text."""
    if path.suffix.lower() in (".npz", ".xlsx", ".xls", ".ods", ".parquet", ".pt", ".pkl"):
        raise SoftstepError(f"{check_file(path)}: a {path.suffix} file, must be CSV or NPY; save it as one of them")
    text = decode(read_file(path), complaints.source)
    return csv_lines(enumerate(text.splitlines(), 1), is_header, where, complaints)


def npy_file(path: Path, dimensions: int) -> NDArray[Any]:
    """The array of numbers in an NPY file, as float64. Raises SoftstepError. Objects are never unpickled."""
    file = check_file(path)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: no header can ask for more than is there
    except (ValueError, EOFError, OSError, SyntaxError):
        raise SoftstepError(f"{file}: no array of numbers, must be one; save it with numpy.save") from None
    if array.dtype.kind not in "iuf" or array.ndim != dimensions or 0 in array.shape:
        must = "a table of numbers" if dimensions == 2 else "a row of numbers"
        raise SoftstepError(f"{file}: {array.dtype} of shape {array.shape}, must be {must}; reshape it")
    values = np.array(array, dtype=float)
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        there = f"{values[tuple(bad[0])]} at {bad[0].tolist()}"
        raise SoftstepError(f"{file}: {there}, must be finite; put a number there")
    return values


def names_columns(cells: Sequence[str]) -> bool:
    """Whether the first row of a table of numbers is a header: it begins with id, or has words for all its numbers.

    >>> names_columns(["id", "x_0"]), names_columns(["city", "height", "age"]), names_columns(["1", "O.5", "l"])
    (True, True, False)
    """
    words = all(cell.isidentifier() and cell.lower() not in ("nan", "inf", "infinity") for cell in cells[1:])
    return cells[0].lower() in _FIRST or (len(cells) > 1 and words and not cells[0].lstrip("+-").isdigit())


def names_labels(cells: Sequence[str]) -> bool:
    """Whether the first row of a table of labels is a header: it begins with id, or ends with label or class.

    >>> names_labels(["id", "label"]), names_labels(["1", "paper"])
    (True, False)
    """
    return cells[0].lower() in _FIRST or cells[-1].lower() in ("label", "labels", "class")


def _cells(text: str, line: int, delimiter: str, where: str, complaints: Complaints) -> list[Cell]:
    parts = text.split(delimiter)
    if '"' in text:
        import csv

        try:
            parts = next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
        except csv.Error:
            there, cure = "a quotation mark inside a cell", "put one at its beginning and one at its end"
            complaints.add((line, text.index('"') + 1), where, there, "around the whole cell", cure)
    cells, start = [], 0
    for part in parts:
        start = max(text.find(part.strip(), start), start)
        cells.append(Cell(part.strip(), (line, start + 1)))
        start = text.find(delimiter, start + len(part.strip())) + 1 or len(text)
    return cells
