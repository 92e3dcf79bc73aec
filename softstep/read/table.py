"""One reader for rows of numbers, whatever their form: a list, a mapping, lines of CSV, or a CSV, NPY or NPZ file."""

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from math import nan
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from softstep.compute.rows import repeated_positions
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, NODE, Axis, Quantity, parameter_name
from softstep.names import safe_text
from softstep.read.complaints import Place
from softstep.read.csv_lines import DELIMITERS, CsvLines, Line, csv_lines, numbered_lines
from softstep.read.files import ARRAYS, ENDINGS, array_file, check_csv, check_text, encoding_in
from softstep.read.large_csv import Column, Places, column_of_texts, load_csv
from softstep.read.python_tree import Numbers
from softstep.read.scalars import (
    DECIMAL_NUMBER,
    MOST_CHARACTERS,
    cell_number,
    entry,
    is_name,
    known_entries,
    name,
    named_entries,
    number,
    quoted_name,
    reads_like_number,
    text,
    word,
)
from softstep.read.setting import DataFile
from softstep.read.suggest import is_number, numbers_in
from softstep.read.tree import (
    Cursor,
    List,
    Map,
    Node,
    Refused,
    Text,
    collect,
    is_empty,
    kind,
    quote,
    texts_in,
    values_in,
)

_NUMBER = r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?"
_PLAIN_NUMBERS = re.compile(rf"{_NUMBER}(?:\n{_NUMBER})*", re.ASCII)
"""Numbers that mean the same to everybody, and are no larger nor smaller than a float64."""


class TypedTable(NamedTuple):
    """A table as it was typed: its numbers, the names along its axes where there are any, and where its rows stand.

    `lengths` are those of the rows, 0 where a number of a row was refused; there are numbers only where all rows are
    equally long. `is_flat` says that it is one list of numbers where rows were expected, `lacks_rows` that a row is not
    there because its name was refused. `labels` is a column of the same file that was asked for.
    """

    cursor: Cursor
    quantity: Quantity
    values: Array
    names: Mapping[Axis, Sequence[str] | None]
    lengths: Array
    places: Places
    is_flat: bool = False
    lacks_rows: bool = False
    file: DataFile | None = None
    labels: Column | None = None

    @property
    def length(self) -> dict[Axis, int]:
        """How many entries there are along each axis, as far as that is known: the rows may not be equally long."""
        length = dict(zip(self.names, self.values.shape if self.is_even else self.values.shape[:1], strict=False))
        return {axis: n for axis, n in length.items() if not (self.lacks_rows and axis == self.quantity.axes[0])}

    @property
    def is_even(self) -> bool:
        """Whether all rows are equally long."""
        return bool(self.lengths.all() and (self.lengths == self.lengths[:1]).all())

    @property
    def row_names(self) -> Sequence[str] | None:
        """The names of the rows, where there are any."""
        return next(iter(self.names.values()))

    def path_of(self, i: int) -> str:
        """What row i is called in complaints."""
        names = self.row_names
        return f"{self.cursor.path}.{safe_text(names[i]) if names is not None else _default_name(self.quantity, i)}"


def read_table(cursor: Cursor, quantity: Quantity, folder: Path, labels: DataFile | None = None) -> TypedTable:
    """The rows of numbers of a quantity; file names start from `folder`.

    `labels` names the column of labels, which is no number where it is in the same file.
    """
    node = cursor.node
    if quantity.parameter and len(quantity.axes) == 2 and _says_what_rows_are(node):
        return _turned(cursor, quantity, folder)
    if names_file(node):
        return _from_file(cursor, quantity, named_file(cursor, folder, "key"), labels)
    if isinstance(node, Text) and node.block:
        return _from_csv(cursor, quantity, block_lines(node))
    if isinstance(node, Numbers) and node.array.ndim == len(quantity.axes) == 2:
        return _from_array(cursor, quantity, node.array)
    return _from_tree(cursor, quantity)


def _from_array(cursor: Cursor, quantity: Quantity, values: Array, file: DataFile | None = None) -> TypedTable:
    """Rows whose names are their numbers."""
    lengths = np.full(len(values), values.shape[1] if values.ndim == 2 else 1)
    names: dict[Axis, Sequence[str] | None] = dict.fromkeys(quantity.axes)
    return TypedTable(cursor, quantity, values, names, lengths, lambda rows: [cursor.place] * len(rows), file=file)


def _says_what_rows_are(node: Node) -> bool:
    keys = values_in(node).keys()
    return "rows" in keys and keys <= {"rows", "values"}


def _turned(cursor: Cursor, quantity: Quantity, folder: Path) -> TypedTable:
    """A table of which it is said what its rows are; here its rows are what they are in all others."""
    found = dict(known_entries(cursor, ("rows", "values"), "rows: features"))
    if "values" not in found:
        cursor.refuse("no values", "the rows of numbers", "add values: [[0.1, 0.2]]")
    rows, columns = quantity.axes
    if word("features", "classes")(found["rows"]) == "classes":
        return read_table(found["values"], quantity, folder)
    table = read_table(found["values"], replace(quantity, axes=(columns, rows), parameter=""), folder)
    if not table.is_even or table.is_flat:
        return table
    turned = _from_array(cursor, quantity, table.values.T)
    return turned._replace(names={axis: table.names[axis] for axis in (rows, columns)})


# Files


def names_file(node: Node | None) -> bool:
    """Whether a file is named here, where `file` may be the name of a node too."""
    keys = values_in(node)
    named = keys.get("file")
    if named is None or isinstance(named, List):
        return False
    return keys.keys() <= {"file", "column", "key"} or (isinstance(named, Text) and named.text.endswith(ENDINGS))


def named_file(cursor: Cursor, folder: Path, *more: str) -> DataFile:
    """The file that is named, and which part of it; `more` are the keys that may stand beside `file`."""
    found = dict(known_entries(cursor, ("file", *more), "file: nodes.csv"))
    if "file" not in found:
        raise Refused
    path = text(found["file"]) or found["file"].refuse("nothing", "the name of a file", "write one")
    file = folder / path
    part = {key: name(found[key]) for key in more if key in found}
    for key, is_there, why in (
        ("column", file.suffix.lower() not in ARRAYS, "only a CSV file has columns with names"),
        ("key", file.suffix.lower() == ".npz", "only an NPZ file has keys"),
    ):
        if key in part and not is_there:
            found[key].complain(f"a {key} of {safe_text(str(file), 200)}", f"none, for {why}", f"leave {key} out")
            del part[key]
    if len(part) < len(found) - 1:
        raise Refused
    return DataFile(file, part.get("column"), part.get("key"))


@contextmanager
def refusing_failures(cursor: Cursor) -> Iterator[None]:
    """Where a file cannot be read, say so of the node that names it, and refuse that."""
    try:
        yield
    except SoftstepError as error:
        for reason in error.complaints:
            cursor.log.add(cursor.place, cursor.path, reason)
        raise Refused from None


def is_same_file(one: DataFile, other: DataFile) -> bool:
    """Whether both name the same file, be it by other names."""
    try:
        return one.path.samefile(other.path)
    except (OSError, ValueError):  # there is none
        return False


def file_lines(cursor: Cursor, path: Path, of_words: bool = False) -> CsvLines:
    """The lines of a CSV file. Raises SoftstepError where it cannot be read.

    Of a file that is something else nothing is told but that; it is refused.
    """
    source = check_csv(path)
    lines = partial(numbered_lines, path, encoding_in(path, source))
    check_text(path, source, beginning=True)
    found = csv_lines(source, lines, of_words)
    if not found.is_csv():
        place = Place(source, next(found.rows()).number, 1)
        expected = "a node and its class" if of_words else "a name and its numbers"
        cursor.log.add(place, cursor.path, "one cell alone", expected, "put commas between the cells")
        raise Refused
    cursor.log.line_of[source] = lambda number: next((text for n, text in lines() if n == number), "")
    return found


def block_lines(node: Text, of_words: bool = False) -> CsvLines:
    """The lines of a block of text, as they stand in the file."""
    lines = list(enumerate(node.text.split("\n"), node.place.line + 1))
    return csv_lines(node.place.file, lambda: lines, of_words)


def _from_file(cursor: Cursor, quantity: Quantity, file: DataFile, labels: DataFile | None) -> TypedTable:
    with refusing_failures(cursor):
        if file.path.suffix.lower() in ARRAYS:
            return _from_array(cursor, quantity, array_file(file.path, len(quantity.axes), file.key), file)
        column = labels.column if labels and is_same_file(labels, file) else None
        return _from_csv(cursor, quantity, file_lines(cursor, file.path), file, column)


# Rows


def _from_tree(cursor: Cursor, quantity: Quantity) -> TypedTable:
    """The rows of a list, or of a mapping from names."""
    node, has_refused = cursor.node, False
    if isinstance(node, Map):
        entries, has_refused = named_entries(cursor)
    elif isinstance(node, List):
        if flat := _flat_table(cursor, quantity):
            return flat
        entries = [(_default_name(quantity, i), item, item) for i, item in enumerate(cursor.items())]
    else:
        _refuse_scalar(cursor, quantity)
    if not entries:
        cursor.refuse("no rows", "at least one row of numbers", "add one")
    read = _numbers if len(quantity.axes) == 2 else _one_number
    rows = (read(value.at(value.node, f"{cursor.path}.{safe_text(row)}")) for row, _, value in entries)
    names = [row for row, *_ in entries] if isinstance(node, Map) else None
    return _table(cursor, quantity, names, rows, lambda at: [entries[int(i)][1].place for i in at], None, has_refused)


def _refuse_scalar(cursor: Cursor, quantity: Quantity) -> NoReturn:
    node, is_matrix = cursor.node, len(quantity.axes) == 2
    text = node.text if isinstance(node, Text) else ""
    inside = numbers_in(text)
    fix = f"write a list such as {'[[0.1, 0.2]]' if is_matrix else '[0.1, 0.2]'}"
    if text.endswith(ENDINGS):
        fix = f"write {{file: {safe_text(text)}}}"
    elif len(inside) > 1 and "," not in text:
        fix = f"write {'[[' if is_matrix else '['}{', '.join(inside)}{']]' if is_matrix else ']'}"
    cursor.refuse(kind(node), "rows of numbers" if is_matrix else "a list of numbers", fix)


def _flat_table(cursor: Cursor, quantity: Quantity) -> TypedTable | None:
    """A list of numbers where rows were expected; None of any other list. A row of rows for biases is refused."""
    rows = cursor.items()
    if len(quantity.axes) == 1:
        if len(rows) == 1 and isinstance(inner := rows[0].node, List):
            texts = [item.text for item in inner.items if isinstance(item, Text)]
            cursor.refuse("a list in a list", "a list of numbers", f"write [{', '.join(texts)}]")
        return None
    texts = [row.node.text for row in rows if isinstance(row.node, Text) and not is_empty(row.node)]
    if not rows or len(texts) < len(rows) or not all(map(numbers_in, texts)):
        return None
    return _from_array(cursor, quantity, np.array(collect(entry, rows)))._replace(is_flat=True)


def _numbers(row: Cursor) -> list[float]:
    """The numbers of a row; nan for one that is refused, and for a row that is no list."""
    node = row.node
    if not isinstance(node, List) or not node.items:
        inside = _numbers_inside(node)
        fix = f"write [{', '.join(inside)}]" if inside else "write a list such as [0.1, 0.2]"
        row.complain(kind(node), "a list of numbers", fix)
        return [nan]
    texts = [item.text for item in node.items if isinstance(item, Text) and not item.quoted]
    plain = _plain_numbers(texts) if len(texts) == len(node.items) else None
    return plain or [_or_nan(entry, item) for item in row.items()]


def _one_number(cursor: Cursor) -> list[float]:
    return [_or_nan(number, cursor)]


def _numbers_inside(node: Node) -> list[str]:
    """The numbers that were typed in a node of another form: in a text, or as the values of a mapping."""
    if isinstance(node, Text):
        return numbers_in(node.text)
    texts = texts_in(node)
    return texts if all(map(is_number, texts)) else []


def _plain_numbers(texts: Sequence[str]) -> list[float] | None:
    """The numbers in these texts; None where one of them has to be looked at."""
    joined = "\n".join(texts)
    one_each = len(joined) < 250 and joined.count("\n") == len(texts) - 1
    return list(map(float, texts)) if one_each and _PLAIN_NUMBERS.fullmatch(joined) else None


def _or_nan(read: Callable[[Cursor], float], cursor: Cursor) -> float:
    """What is read there, and nan where it is refused."""
    try:
        return read(cursor)
    except Refused:
        return nan


def _default_name(quantity: Quantity, i: int) -> str:
    axis = quantity.axes[0]
    return parameter_name(quantity.parameter, i) if quantity.parameter else axis.default.format(axis.first + i)


def _table(
    cursor: Cursor,
    quantity: Quantity,
    names: list[str] | None,
    rows: Iterator[list[float]],
    places: Places,
    header: Sequence[str] | None = None,
    has_refused: bool = False,
) -> TypedTable:
    """The rows as a table, those of parameters in the order of the classes.

    `names` may grow with the rows. With `has_refused`, a name that could not be read may be the one that is missing.
    """
    flat, counts = array("d"), array("q")
    for row in rows:
        flat.extend(row)
        counts.append(0 if nan_in(row) else len(row))
    values, lengths = np.array(flat), np.array(counts)
    axes = dict(zip(quantity.axes, (names, header), strict=False))
    is_even = len(lengths) > 0 and lengths.all() and (lengths == lengths[0]).all()
    shape = (len(lengths), int(lengths[0]) if is_even else 0)
    table = TypedTable(cursor, quantity, values.reshape(shape) if is_even else np.zeros(shape), axes, lengths, places)
    if len(quantity.axes) == 1:
        table = _one_number_a_row(table)
    return _in_order(_each_once(table._replace(lacks_rows=has_refused)))


def nan_in(row: list[float]) -> bool:
    """Whether a number of the row was refused."""
    return any(number != number for number in row)


def _one_number_a_row(table: TypedTable) -> TypedTable:
    wrong = np.flatnonzero(table.lengths > 1)[:100]
    for i, place in zip(wrong.tolist(), table.places(wrong), strict=True):
        fix = "write a point for the decimal comma" if table.lengths[i] == 2 else "write one number"
        table.cursor.log.add(place, table.path_of(i), f"{table.lengths[i]} numbers", "one for each class", fix)
    if wrong.size:
        raise Refused
    values = table.values[:, 0] if table.values.size else np.zeros(len(table.lengths))
    return table._replace(values=values, lengths=np.ones(len(values), dtype=int))


# Lines of CSV


def _from_csv(
    cursor: Cursor, quantity: Quantity, lines: CsvLines, file: DataFile | None = None, column: str | None = None
) -> TypedTable:
    """The rows of lines of CSV, and a column of labels among them."""
    header, at = lines.header, None
    check_header(cursor, lines)
    if header is not None:
        at = header.index(column) + 1 if column in header else None
        header = tuple(cell for i, cell in enumerate(header, 1) if i != at)
    if column is not None and at is None:
        raise Refused  # the labels complain that it is missing
    loaded = load_csv(file.path, lines, at) if file and quantity.axes[0] == NODE else None
    if loaded is not None:
        names_read = dict(zip(quantity.axes, (loaded.names, header), strict=True))
        table = _from_array(cursor, quantity, loaded.values, file)
        return _each_once(table._replace(names=names_read, places=lines.places, labels=loaded.column))
    if file:
        check_text(file.path, lines.source)
    names: list[str] = []
    labels: list[str] = []

    def rows() -> Iterator[list[float]]:
        for line in lines.rows():
            if cursor.log.has_enough(lines.source):
                return
            try:
                line.refuse_odd_quotes(cursor)
            except Refused:
                names.append(line.cells[0])
                labels.append("")
                yield [nan]
                continue
            names.append(_row_name(cursor, line))
            cells = line.cells[1:]
            if at is not None:
                if at > len(cells) == len(header or ()):
                    at_row = line.at(cursor, 0, f".{safe_text(names[-1])}")
                    at_row.complain("no label", f"one in cell {at + 1}", "write it, or a comma for none")
                labels.append(cells.pop(at - 1) if at <= len(cells) else "")
            yield _cell_numbers(cursor, line, cells, at)

    table = _table(cursor, quantity, names, rows(), lines.places, header)
    if not names:
        cursor.refuse("no rows", "at least one row of numbers", "add one")
    found = None if at is None else column_of_texts(labels, partial(lines.places, cell=at))
    return table._replace(file=file, labels=found)


def _row_name(cursor: Cursor, line: Line) -> str:
    """The name of a row; one that is refused is in the log, and stands for itself."""
    text = (
        line.cells[0] if len(line.cells) > 1 else (line.cells[0].split() or [""])[0]
    )  # which it is once there are commas
    if text.isidentifier() and len(text) <= MOST_CHARACTERS:
        return text
    with suppress(Refused):
        return name(line.at(cursor, 0, may_be_quoted=True))
    return text


def _cell_numbers(cursor: Cursor, line: Line, cells: list[str], at: int | None) -> list[float]:
    """The numbers of a row; nan for one that is refused."""
    if not cells:
        found, fix = "one cell alone", "put commas between the cells"
        if len(line.cells) > 1:
            found, fix = "a label alone", "write numbers beside it"
        elif any(sign in line.text for sign in DELIMITERS):
            fix = "separate the cells as in the first line"
        if line.cells[0]:  # of no name there is a complaint already
            line.at(cursor, 0).complain(found, "a name and its numbers", fix)
        return [nan]
    others = [i for i in range(1, len(line.cells)) if i != at]
    return _plain_numbers(cells) or [
        _cell_number(line.at(cursor, i, f".{safe_text(line.cells[0])}"), line) for i in others
    ]


def _cell_number(cell: Cursor, line: Line) -> float:
    """The number in a cell; nan for one that is refused."""
    text = cell.node.text if isinstance(cell.node, Text) else ""
    if line.delimiter != "," and len(numbers_in(text)) > 1 and not reads_like_number(text):
        cell.complain(quote(text), DECIMAL_NUMBER, "separate the cells as in the first line")
        return nan
    return _or_nan(cell_number, cell)


def check_header(cursor: Cursor, lines: CsvLines, all_named: bool = True) -> None:
    """Complain of names in the header that are none, or are there twice."""
    before: set[str] = set()
    with suppress(Refused):
        if lines.header_line:
            lines.header_line.refuse_odd_quotes(cursor)
    for i, cell in enumerate(lines.header or (), 1):
        assert lines.header_line
        if not cell and not all_named:
            continue
        if cell and cell in before:
            found = f"duplicate name {quote(cell)} in the header"
            lines.header_line.at(cursor, i).complain(found, "each name once", "rename one of the two")
        before.add(cell)
        with suppress(Refused):
            quoted_name(lines.header_line.at(cursor, i, ", header"))


# Names


def _each_once(table: TypedTable) -> TypedTable:
    """The same table; complaints about rows of the same name."""
    names = table.row_names
    again = [i for i in repeated_positions(names)[:100].tolist() if names[i]] if names is not None else []
    for i, place in zip(again, table.places(again), strict=True):
        found = f"duplicate row {quote((names or ())[i])}"
        table.cursor.log.add(place, table.path_of(i), found, "each name once", "rename one of the two")
    return table


def _in_order(table: TypedTable) -> TypedTable:
    """The table with the rows of parameters in the order of the classes, by their names w0, w1, …"""
    names = table.row_names
    if names is None or not table.quantity.parameter or table.quantity.axes[0] != CLASS:
        return table
    right = [parameter_name(table.quantity.parameter, c) for c in range(len(names))]
    number_of, there = {each: c for c, each in enumerate(right)}, set(names)
    missing = [each for each in right if each not in there]
    if missing and not table.lacks_rows:
        _complain_of_names(table, names, right, missing)
    order = sorted(range(len(names)), key=lambda i: number_of.get(names[i], len(right)))
    return table._replace(
        values=table.values[order],
        names={**table.names, CLASS: None},
        lengths=table.lengths[order],
        places=lambda at: table.places([order[int(i)] for i in at]),
    )


def _complain_of_names(table: TypedTable, names: Sequence[str], right: list[str], missing: list[str]) -> None:
    """A complaint about each row that is called by no class; about all of them where they count from 1."""
    next_to = dict(zip([*right[1:], parameter_name(table.quantity.parameter, len(right))], right, strict=True))
    from_1 = set(names) == next_to.keys()
    known, expected = set(right), f"{right[0]} to {right[-1]}, one for each class" if right[1:] else right[0]
    wrong = [i for i, each in enumerate(names) if from_1 or (each not in known and is_name(each))][:100]
    for i, place in zip(wrong, table.places(wrong), strict=True):
        number = re.fullmatch(r"[wWbB]?(\d{1,9})", names[i])
        meant = missing[0] if len(missing) == 1 else f"{table.quantity.parameter}{number[1]}" if number else ""
        fix = f"write {', '.join(missing[:2])}, … in the order of the classes"
        if from_1:
            meant = next_to[names[i]]
            expected = f"{meant}, for classes are counted from 0"
        if meant in right[:1000]:
            fix = f"write {meant}"
        table.cursor.log.add(place, table.cursor.path, f"unknown row {quote(names[i])}", expected, fix)
