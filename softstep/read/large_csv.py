"""A CSV file of very many rows, as arrays that NumPy's own reader fills.

It takes only files of which every cell means to NumPy what it means to the reader of lines, and leaves all others to
that, so that a file says the same, and gets the same complaints, whatever its size.
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
from softstep.read.scalars import is_name, is_padded

LARGE = 1 << 20
"""Files of more bytes are read by NumPy."""

_WIDTHS = 16, 128
"""Names and labels are held in so many bytes, or in more where one fills these and so may have been cut."""

_PACKED = (".gz", ".bz2", ".xz", ".lzma")
"""What NumPy would unpack."""

Places = Callable[[Sequence[int] | Array], list[Place]]
"""Where these rows stand."""


class Column(NamedTuple):
    """The texts of a column: those that differ, which of them each row has (-1 for none), and where they stand."""

    texts: tuple[str, ...]
    codes: Array
    places: Places


class Loaded(NamedTuple):
    """What a file holds: names, the numbers, and a column of texts."""

    names: Sequence[str]
    values: Array
    column: Column | None


def load_csv(path: Path, lines: CsvLines, column: int | None, numbers: bool = True) -> Loaded | None:
    """The names of the rows, their numbers unless `numbers` is false, and the texts of one column.

    None where the file is small, or has anything that NumPy reads in another way.
    """
    if os.stat(path).st_size <= LARGE or path.suffix.lower() in _PACKED or None is (first := next(lines.rows(), None)):
        return None
    skip, width, at = first.number - 1, len(first.cells), column or 1
    if at >= width or (width > 2 and not numbers and column is None) or _is_odd(path, lines.delimiter, skip):
        return None
    fields = [("name", "S", 0)]
    for k, (is_text, run) in enumerate(groupby(i == column or not numbers for i in range(1, width if numbers else 2))):
        fields.append((f"text{k}", "S", 0) if is_text else (f"numbers{k}", "f8", len([*run])))
    cells = _load(path, lines.delimiter, skip, fields, None if numbers or column is None else (0, column))
    if cells is None:
        return None
    found = [cells[name] for name, *_ in fields if name.startswith("numbers")]
    values = found[0] if len(found) == 1 else np.concatenate(found or [np.zeros((len(cells), 0))], axis=1)
    names = _names(cells["name"])
    if names is None or (numbers and not found) or not all(np.isfinite(part).all() for part in parts(values)):
        return None
    text = next((name for name, *_ in fields if name.startswith("text")), None)
    column_ = None if text is None else _column(cells[text], partial(lines.places, cell=at))
    return Loaded(names, values, column_)


def _is_odd(path: Path, delimiter: str, skip: int) -> bool:
    """Whether there is anything behind so many lines that NumPy does not read as the reader of lines does.

    Quotation marks are read alike where they stand around a whole cell.
    """
    cell = re.compile(rb'(?m)(?:^|(?<=%b))"(?:[^"\r\n]|"")*"(?=%b|\r?$)' % ((delimiter.encode(),) * 2))
    with open(path, "rb") as file:
        if any(b"\r" in file.readline().rstrip(b"\r\n") for _ in range(skip)):  # which ends a line too
            return True
        while data := file.read(LARGE) + file.readline():
            if b"\0" in data or b"#" in data or (b'"' in data and b'"' in cell.sub(b"", data)):
                return True
    return False


def _load(
    path: Path, delimiter: str, skip: int, fields: Sequence[tuple[str, str, int]], columns: tuple[int, int] | None
) -> Array | None:
    """The cells as NumPy reads them, None where it does not; of each field a text, or so many numbers."""
    for width in _WIDTHS:
        kinds: list[Any] = [(name, kind, (n,)) if n else (name, f"{kind}{width}") for name, kind, n in fields]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # where there is no row
                cells: Array = np.loadtxt(
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
        if not len(cells):
            return None
        if all(np.char.str_len(cells[name]).max() < width for name, kind, _ in fields if kind == "S"):
            return cells
    return None


def _names(cells: Array) -> Sequence[str] | None:
    """Names of nodes, where all of them are names."""
    numbers = _whole_numbers(cells)
    if numbers is not None and (numbers >= 0).all():
        return number_names(numbers)
    try:
        names = tuple(cell.decode("ascii").strip() for cell in cells.tolist())
    except UnicodeDecodeError:
        return None
    return names if all(is_name(name) and not is_padded(name) for name in names) else None


def _column(cells: Array, places: Places) -> Column:
    """The texts of a column."""
    numbers = _whole_numbers(cells)
    if numbers is not None:
        return column_of(numbers, places)
    return column_of_texts((cell.decode("latin-1").strip() for cell in cells.tolist()), places)


def column_of_texts(texts: Iterable[str], places: Places) -> Column:
    """The texts, of which each is held once; an empty one is none.

    >>> column_of_texts(["b", "", "a", "b"], lambda rows: [])[:2]
    (('b', 'a'), array([ 0, -1,  1,  0]))
    """
    codes: dict[str, int] = {"": -1}
    column = [codes.setdefault(text, len(codes) - 1) for text in texts]
    return Column(tuple(codes)[1:], np.array(column, dtype=int), places)


def column_of(values: Array, places: Places) -> Column:
    """Numbers as texts.

    >>> column_of(np.array([7.0, -1.5, 7.0]), lambda rows: [])[:2]
    (('-1.5', '7'), array([1, 0, 1]))
    """
    distinct, codes = np.unique(values, return_inverse=True)
    texts = tuple(f"{v:.15g}" if isinstance(v, float) else str(v) for v in distinct.tolist())
    return Column(texts, codes, places)


def _whole_numbers(cells: Array) -> Array | None:
    """The whole numbers that texts are; None where one of them is anything else, or not written so."""
    try:
        numbers = cells.astype(np.int64)
    except (ValueError, OverflowError):
        return None
    return numbers if (numbers.astype(cells.dtype) == cells).all() else None
