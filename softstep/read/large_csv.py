"""Large CSV files as arrays, by NumPy's own reader; and columns of text.

NumPy reads only files in which every cell means the same to it as to the reader of lines. All others are left to the
reader of lines. So a file means the same, and gets the same complaints, whatever its size.
"""

import os
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from softstep.compute.rows import number_names, parts
from softstep.lesson.maths import Array
from softstep.read.complaints import Place
from softstep.read.csv_lines import CsvLines
from softstep.read.scalars import is_name
from softstep.read.suggest import has_decimals, is_padded

LARGE = 1 << 20
"""Files of more bytes are read by NumPy."""

_WIDTHS = 16, 128
"""Names and labels are read into fields of this many bytes; into the wider ones if a text fills a field."""

_PACKED = (".gz", ".bz2", ".xz", ".lzma")
"""The suffixes of files that NumPy would unpack."""

Places = Callable[[Sequence[int] | Array], list[Place]]
"""A function from indices of rows to where these rows are."""


class Column(NamedTuple):
    """A column of texts: the distinct texts, the index of one of them for each row (-1 if empty), and the places."""

    texts: tuple[str, ...]
    codes: Array
    places: Places


class Loaded(NamedTuple):
    """The content of a file: the names of the rows, their numbers, and a column of texts."""

    names: Sequence[str]
    values: Array
    column: Column | None


def load_csv(path: Path, lines: CsvLines, column: int | None, numbers: bool = True) -> Loaded | None:
    """The names of the rows, their numbers unless `numbers` is false, and the texts of one column.

    None if the file is small, or has anything that NumPy reads differently.
    """
    if os.stat(path).st_size <= LARGE or path.suffix.lower() in _PACKED or None is (first := next(lines.rows(), None)):
        return None
    skip, width, text_cell = first.number - 1, len(first.cells), column or 1
    has_more = width > 2 and not numbers and column is None
    if text_cell >= width or has_more or _is_odd(path, lines.delimiter, skip):
        return None
    fields = [("name", "S", 0)]
    cells = range(1, width if numbers else 2)
    for k, (is_text, run) in enumerate(groupby(cells, lambda i: i == column or not numbers)):
        fields.append((f"text{k}", "S", 0) if is_text else (f"numbers{k}", "f8", len([*run])))
    columns = None if numbers or column is None else (0, column)
    rows = _load_fields(path, lines.delimiter, skip, fields, columns)
    if rows is None:
        return None
    blocks = [rows[name] for name, *_ in fields if name.startswith("numbers")]
    values = blocks[0] if len(blocks) == 1 else np.concatenate(blocks or [np.zeros((len(rows), 0))], axis=1)
    names = _row_names(rows["name"])
    if names is None or (numbers and not blocks) or not all(np.isfinite(part).all() for part in parts(values)):
        return None
    texts = next((rows[name] for name, *_ in fields if name.startswith("text")), None)
    if texts is None:
        return Loaded(names, values, None)
    places, codes = partial(lines.places, cell=text_cell), _whole_numbers(texts)
    if codes is not None:
        return Loaded(names, values, column_of_numbers(codes, places))
    decoded = (text.decode("latin-1").strip() for text in texts.tolist())
    return Loaded(names, values, column_of_texts(decoded, places))


def _is_odd(path: Path, delimiter: str, skip: int) -> bool:
    """Whether NumPy would read anything differently after the first `skip` lines.

    Quotation marks around a whole cell are read alike.
    """
    cell = re.compile(rb'(?m)(?:^|(?<=%b))"(?:[^"\r\n]|"")*"(?=%b|\r?$)' % ((delimiter.encode(),) * 2))
    with open(path, "rb") as file:
        if any(b"\r" in file.readline().rstrip(b"\r\n") for _ in range(skip)):  # which ends a line too
            return True
        while data := file.read(LARGE) + file.readline():
            if b"\0" in data or b"#" in data or (b'"' in data and b'"' in cell.sub(b"", data)):
                return True
    return False


def _load_fields(
    path: Path, delimiter: str, skip: int, fields: Sequence[tuple[str, str, int]], columns: tuple[int, int] | None
) -> Array | None:
    """The rows as NumPy reads them, with a text or some numbers in each field; None if it cannot."""
    for width in _WIDTHS:
        kinds: list[Any] = [(name, kind, (n,)) if n else (name, f"{kind}{width}") for name, kind, n in fields]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about a file without rows
                rows: Array = np.loadtxt(
                    os.path.abspath(path),
                    dtype=np.dtype(kinds),
                    comments=None,
                    delimiter=delimiter,
                    quotechar='"',
                    skiprows=skip,
                    usecols=columns,
                    ndmin=1,
                    encoding="utf-8-sig",
                )
        except ValueError:
            return None
        if not len(rows):
            return None
        if all(np.char.str_len(rows[name]).max() < width for name, kind, _ in fields if kind == "S"):
            return rows
    return None


def _row_names(cells: Array) -> Sequence[str] | None:
    """The cells as names of nodes; None if one of them is no name."""
    numbers = _whole_numbers(cells)
    if numbers is not None and (numbers >= 0).all():
        return number_names(numbers)
    try:
        names = tuple(cell.decode("ascii").strip() for cell in cells.tolist())
    except UnicodeDecodeError:
        return None
    are_names = all(is_name(name) and not is_padded(name) and not has_decimals(name) for name in names)
    return names if are_names else None


def column_of_texts(texts: Iterable[str], places: Places) -> Column:
    """A column of these texts.

    >>> column_of_texts(["b", "", "a", "b"], lambda rows: [])[:2]
    (('b', 'a'), array([ 0, -1,  1,  0]))
    """
    codes: dict[str, int] = {"": -1}
    column = [codes.setdefault(text, len(codes) - 1) for text in texts]
    return Column(tuple(codes)[1:], np.array(column, dtype=int), places)


def column_of_numbers(values: Array, places: Places) -> Column:
    """A column of numbers as texts.

    >>> column_of_numbers(np.array([7.0, -1.5, 7.0]), lambda rows: [])[:2]
    (('-1.5', '7'), array([1, 0, 1]))
    """
    distinct, codes = np.unique(values, return_inverse=True)
    texts = tuple(f"{v:.15g}" if isinstance(v, float) else str(v) for v in distinct.tolist())
    return Column(texts, codes, places)


def _whole_numbers(cells: Array) -> Array | None:
    """The cells as whole numbers; None if one of them is anything else, or is written differently.

    >>> _whole_numbers(np.array([b"12", b"0"])).tolist(), _whole_numbers(np.array([b"-3"])).tolist()
    ([12, 0], [-3])
    >>> _whole_numbers(np.array([b"012"])), _whole_numbers(np.array([b"1_0"])), _whole_numbers(np.array([b""]))
    (None, None, None)
    """
    columns = np.ascontiguousarray(cells).view(np.uint8).reshape(len(cells), -1).T
    columns = columns[: max(1, int(columns.any(axis=1).sum()))].copy()  # one for each character of the longest cell
    is_end = columns == 0
    is_padded_number = (columns[0] == ord("0")) & ~is_end[1:2].all(axis=0)
    is_plain = ((columns - ord("0") < 10) | is_end).all() and not (is_padded_number | is_end[0]).any()
    if is_plain and len(columns) <= 18:  # much faster than int() for each cell
        numbers = np.zeros(len(cells), dtype=np.int64)
        for column, has_ended in zip(columns, is_end, strict=True):
            numbers = np.where(has_ended, numbers, 10 * numbers + column - ord("0"))
        return numbers
    try:
        numbers = cells.astype(np.int64)
    except (ValueError, OverflowError):
        return None
    return numbers if (numbers.astype(cells.dtype) == cells).all() else None
