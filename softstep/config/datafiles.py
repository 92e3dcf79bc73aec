"""Rows of numbers, each with a name, from CSV lines (in a config or in a file) and from NumPy's NPY files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from softstep.config.marked import Complaints, Place
from softstep.config.numerals import Unreadable, name
from softstep.config.sources import check_file, decode, read_file, shown
from softstep.errors import SoftstepError


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


def csv_lines(lines: Iterable[tuple[int, str]], where: str, complaints: Complaints) -> Lines:
    """CSV lines with their numbers, a row's first cell its name; commas, semicolons or tabs, a header or none."""
    table = [(line, text) for line, text in lines if text.strip()]
    delimiter = next((sign for sign in ",;\t" if table and sign in table[0][1]), ",")
    cells = [_cells(text, line, delimiter) for line, text in table]
    columns = tuple(cell.text for cell in cells.pop(0)[1:]) if cells and _is_header(cells[0]) else None
    rows = []
    for first, *others in cells:
        try:
            rows.append(Row(name(first.text), first.place, others))
        except Unreadable as error:
            complaints.add(first.place, where, error.there, error.must, error.cure)
    return Lines(columns, rows)


def csv_file(path: Path, where: str, complaints: Complaints) -> Lines:
    """The lines of a CSV file. Raises SoftstepError if it cannot be read or is no text."""
    text = decode(read_file(path), complaints.source)
    return csv_lines(enumerate(text.splitlines(), 1), where, complaints)


def npy_file(path: Path, dimensions: int) -> NDArray[Any]:
    """The array of numbers in an NPY file, as float64. Raises SoftstepError. Objects are never unpickled."""
    file = check_file(path)
    try:
        array = np.load(
            path, mmap_mode="r", allow_pickle=False
        )  # mapped, so that no header can ask for more than is there
    except (ValueError, EOFError, OSError, SyntaxError) as error:
        raise SoftstepError(f"{file}: not an array of numbers that NumPy can read: {shown(str(error), 100)}") from None
    if array.dtype.kind not in "iuf" or array.ndim != dimensions:
        raise SoftstepError(
            f"{file}: an array of {array.dtype} with shape {array.shape}, must be numbers in {dimensions} dimensions; "
            "save it with numpy.save"
        )
    values = np.array(array, dtype=float)
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        raise SoftstepError(
            f"{file}: entry {bad[0].tolist()} is {values[tuple(bad[0])]}, must be finite; put a number there"
        )
    return values


def _cells(text: str, line: int, delimiter: str) -> list[Cell]:
    if '"' in text:
        import csv

        parts = next(csv.reader([text], delimiter=delimiter))
        return [Cell(part.strip(), (line, 1)) for part in parts]
    cells, start = [], 0
    for part in text.split(delimiter):
        lead = len(part) - len(part.lstrip())
        cells.append(Cell(part.strip(), (line, start + lead + 1)))
        start += len(part) + 1
    return cells


def _is_header(cells: Sequence[Cell]) -> bool:
    """Whether a first row names columns: it starts with `id` or the like, or no other cell of it begins a number."""
    if cells[0].text.lower() in ("id", "node", "name", ""):
        return True
    return len(cells) > 1 and not any(cell.text[:1] in "+-.0123456789−" for cell in cells[1:])
