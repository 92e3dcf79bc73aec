"""A CSV file of very many rows, as arrays that NumPy's own reader fills.

It takes only files of which every cell means to NumPy what it means to `datafiles`, and leaves all others to that, so
that a file says the same, and gets the same complaints, whatever its size.
"""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.compute.rows import BLOCK, numbered, parts
from softstep.lesson.maths import Array
from softstep.read.complaints import Place
from softstep.read.datafiles import Column, Lines, Places, cells_of, csv_lines, delimiter, filled
from softstep.read.marked import Complaints
from softstep.read.scalars import Unreadable, parse_name

LARGE = 1 << 20
"""Files of more bytes are read by NumPy."""

_WIDTHS = 16, 128
"""Names and labels are held in so many bytes, or in more where one fills these and so may have been cut."""

_PLAIN = 80
"""An identifier of so many characters is a name."""

_LONGEST = 18
"""Whole numbers of as many digits fit into 64 bits."""

_SCANNED = 1 << 16
"""So many bytes are looked through at a time, few enough for a processor's cache."""

_OVERLAP = 400
"""As many of them are looked at again with the next, for a number may be cut in two."""

_ODD = b'\0\x0b\x0c\x1c\x1d\x1e"'
"""Ends of lines for one reader and not for the other, and quotation marks."""

_BETWEEN = tuple(b",; \t\r\n")
"""What stands before a cell."""

_PACKED = (".gz", ".bz2", ".xz", ".lzma")
"""What NumPy would unpack."""

IsHeader = Callable[[Sequence[str]], bool]


class Read(NamedTuple):
    """What a file holds: names, the numbers and a column of texts, the header, and where the names stand."""

    names: Sequence[str]
    places: Places
    header: tuple[str, ...] | None
    values: Array
    column: Column | None


class _Head(NamedTuple):
    """What the first line says: its number and where rows begin, the delimiter, the header, how many cells."""

    skip: int
    sign: str
    header: tuple[str, ...] | None
    width: int


def table(path: Path, is_header: IsHeader, column: str | None) -> Read | None:
    """Rows of numbers by name, and the texts of one column; None where the file is small or has anything odd."""
    head = _head(path, is_header)
    at = _place_of(column, head)
    if (
        head is None
        or "" in (head.header or ())
        or head.width < (2 if at is None else 3)
        or (column is not None and at is None)
    ):
        return None
    before, after = (head.width - 1, 0) if at is None else (at - 1, head.width - 1 - at)
    text = [] if at is None else ["text"]
    cells = _loaded(path, head, {"name": 0, "before": before, **dict.fromkeys(text, 0), "after": after})
    if cells is None:
        return None
    numbers = [cells[name] for name in ("before", "after") if name in (cells.dtype.names or ())]
    values = numbers[0] if len(numbers) == 1 else np.concatenate(numbers, axis=1)
    finite = all(np.isfinite(part).all() for part in parts(values))
    return _read(path, head, cells, values, at) if finite else None


def texts(path: Path, is_header: IsHeader, column: str | None) -> Read | None:
    """Names, and the texts of one column, or of the only other; None where the file is small or has anything odd."""
    head = _head(path, is_header)
    at = _place_of(column, head) if column else 1
    if head is None or at is None or (column is None and head.width != 2):
        return None
    cells = _loaded(path, head, {"name": 0, "text": 0}, (0, at) if column else None)
    return None if cells is None else _read(path, head, cells, np.zeros((len(cells), 0)), at)


def _head(path: Path, is_header: IsHeader) -> _Head | None:
    """What the first line says; None where the file is not for NumPy."""
    if os.stat(path).st_size <= LARGE or path.suffix.lower() in _PACKED or _is_odd(path):
        return None
    line, text = next(filled(_lines(path)), (0, ""))
    complaints = Complaints("", path)
    sign = delimiter(text)
    headed: Lines = csv_lines([(line, text)], is_header, "", complaints)
    width = len(text.split(sign))
    return None if complaints else _Head(line if headed.columns else line - 1, sign, headed.columns, width)


def _place_of(column: str | None, head: _Head | None) -> int | None:
    """Which cell of a line is the column's."""
    header = head.header if head and head.header and column in head.header else None
    return None if header is None or column is None else header.index(column) + 1


def _is_odd(path: Path) -> bool:
    """Whether there is anything in the file that NumPy does not read as `datafiles` does."""
    with open(path, "rb") as file:
        data = b"\n\n" + file.read(_SCANNED).removeprefix(b"\xef\xbb\xbf")
        while data:
            if not data.isascii() or any(data.find(sign) >= 0 for sign in _ODD) or _has_odd_numbers(data):
                return True
            read = file.read(_SCANNED)
            data = read and data[-_OVERLAP:] + read
    return False


def _has_odd_numbers(data: bytes) -> bool:
    """Whether a number may have a 0 before its digits, as 01, or be too near to 0 for a float64.

    >>> [_has_odd_numbers(b"1," + data) for data in (b"0.5,1e-05", b"-05", b"1e-400", b"100.01,0")]
    [False, True, True, False]
    """
    text = np.frombuffer(data, np.uint8)
    padded = text[1:-1] == ord("0")
    padded &= (text[:-2] - np.uint8(ord("."))) > ord("9") - ord(".")
    padded &= _is_digit(text[2:])
    if padded[1:].any():
        before = np.flatnonzero(padded[1:]) + 1
        before -= (text[before] == ord("-")) | (text[before] == ord("+"))
        if np.isin(text[before], _BETWEEN).any():
            return True
    return b"0" * 200 in data or _has_tiny_numbers(data, text)


def _has_tiny_numbers(data: bytes, text: Array) -> bool:
    if data.find(b"e") < 0 and data.find(b"E") < 0:
        return False
    minus = np.flatnonzero(text[:-3] == ord("-"))
    minus = minus[(minus > 1) & ((text[minus - 1] | 0x20) == ord("e"))]
    minus = minus[_is_digit(text[minus - 2]) | (text[minus - 2] == ord("."))]
    return bool((_is_digit(text[minus + 1]) & _is_digit(text[minus + 2]) & _is_digit(text[minus + 3])).any())


def _is_digit(text: Array) -> Array:
    return (text - np.uint8(ord("0"))) < 10


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file without anything odd."""
    with open(path, encoding="utf-8-sig") as file:
        yield from enumerate((line.rstrip("\n") for line in file), 1)


def _loaded(path: Path, head: _Head, fields: Mapping[str, int], columns: tuple[int, ...] | None = None) -> Array | None:
    """The cells as NumPy reads them, None where it does not; of each field so many numbers, or with 0 a text."""
    for width in _WIDTHS:
        kinds = [(name, f"S{width}") if name in ("name", "text") else (name, "f8", (n,)) for name, n in fields.items()]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # where there is no row
                cells: Array = np.loadtxt(
                    os.path.abspath(path),
                    dtype=np.dtype([kind for kind in kinds if kind[-1] != (0,)]),
                    comments=None,
                    delimiter=head.sign,
                    skiprows=head.skip,
                    usecols=columns,
                    ndmin=1,
                    encoding="utf-8-sig",
                )
        except ValueError:
            return None
        if not len(cells):
            return None
        if not _may_be_cut(cells):
            return cells
    return None


def _read(path: Path, head: _Head, cells: Array, values: Array, at: int | None) -> Read | None:
    """The names and texts as such, beside the numbers."""
    names = _names(cells["name"])
    column = None if at is None else _column(cells["text"], _places(path, head, at))
    if names is None or (at is not None and column is None):
        return None
    header = None if head.header is None else tuple(name for i, name in enumerate(head.header, 1) if i != at)
    return Read(names, _places(path, head, 0), header, values, column)


def _places(path: Path, head: _Head, cell: int) -> Places:
    """Where this cell of some rows stands: the file is read again for it."""

    def places(rows: Sequence[int] | Array) -> list[Place]:
        if not len(rows):
            return []
        found: dict[int, Place] = dict.fromkeys((int(row) for row in rows), (0, 0))
        lines = filled(islice(_lines(path), head.skip, None))
        for row, (line, text) in enumerate(islice(lines, max(found) + 1)):
            if row in found:
                found[row] = cells_of(text, line, head.sign, "", Complaints("", path))[cell].place
        return [found[int(row)] for row in rows]

    return places


def _names(cells: Array) -> Sequence[str] | None:
    """Names of nodes, where all of them are names and none may have been cut."""
    numbers = _whole_numbers(cells)
    if numbers is not None and (numbers >= 0).all():
        return numbered(numbers)
    names = [cell.decode("ascii").strip() for cell in cells.tolist()]
    if any(name.startswith("#") for name in names):
        return None
    try:
        return tuple(name if name.isidentifier() and len(name) <= _PLAIN else parse_name(name) for name in names)
    except Unreadable:
        return None


def _column(cells: Array, places: Places) -> Column | None:
    """The texts of a column, where none may have been cut."""
    numbers = _whole_numbers(cells)
    if numbers is not None and numbers.max() < len(numbers) + BLOCK:
        return _counted(numbers, places)
    codes: dict[str, int] = {"": -1}
    column = [codes.setdefault(cell.decode("ascii").strip(), len(codes) - 1) for cell in cells.tolist()]
    return Column(tuple(codes)[1:], np.array(column), places)


def _may_be_cut(cells: Array) -> bool:
    return any(
        cells[name].dtype.kind == "S" and _as_bytes(cells[name])[:, -1].any() for name in cells.dtype.names or ()
    )


def _as_bytes(texts: Array) -> Array:
    return np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), -1)


def column_of(values: Array, places: Places) -> Column:
    """Numbers as texts.

    >>> column_of(np.array([7.0, -1.5, 7.0]), lambda rows: [])[:2]
    (('-1.5', '7'), array([1, 0, 1]))
    """
    if values.min() >= 0 and values.max() < len(values) + BLOCK:
        numbers = values.astype(np.int64)
        if (numbers == values).all():
            return _counted(numbers, places)
    distinct, codes = np.unique(values, return_inverse=True)
    return Column(tuple(f"{v:.15g}" if isinstance(v, float) else str(v) for v in distinct.tolist()), codes, places)


def _counted(numbers: Array, places: Places) -> Column:
    """Whole numbers, none of them much larger than there are, as texts; -1 is none.

    >>> _counted(np.array([7, -1, 3, 7]), lambda rows: [])[:2]
    (('3', '7'), array([ 1, -1,  0,  1]))
    """
    is_there = np.zeros(int(numbers.max()) + 2, dtype=bool)
    is_there[numbers] = True
    there = np.flatnonzero(is_there[:-1])
    codes = np.full(len(is_there), -1)
    codes[there] = np.arange(len(there))
    return Column(tuple(map(str, there.tolist())), codes[numbers], places)


def _whole_numbers(cells: Array) -> Array | None:
    """The whole numbers that texts are, -1 for no text; None where one is anything else, or not as one writes it."""
    numbers = np.empty(len(cells), dtype=np.int64)
    for start in range(0, len(cells), BLOCK):
        block = _as_bytes(cells[start : start + BLOCK])
        width = block.shape[1]
        while width > 1 and not block[:, width // 2 : width].any():
            width //= 2
        block = block[:, :width]
        digits = block - np.uint8(ord("0"))
        there = block != 0
        lengths = there.sum(axis=1, dtype=np.uint8)
        padded = (block[:, 0] == ord("0")) & (lengths > 1)
        if lengths.max() > _LONGEST or padded.any() or ((digits < 10) != there).any():
            return None
        value = np.zeros(len(block), dtype=np.int64)
        for k in range(int(lengths.max())):
            value = np.where(there[:, k], value * 10 + digits[:, k], value)
        numbers[start : start + BLOCK] = np.where(lengths, value, -1)
    return numbers
