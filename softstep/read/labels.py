"""Labels in every form: by node, by class, a list, CSV lines, or a CSV, NPY or NPZ file."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn

from softstep.compute.rows import number_names
from softstep.lesson.maths import Array
from softstep.names import count_of, safe_text
from softstep.read.complaints import Place
from softstep.read.csv_lines import CsvLines, Line
from softstep.read.files import ARRAYS, array_file, check_text
from softstep.read.large_csv import Column, Places, column_of, column_of_texts, load_csv
from softstep.read.python_tree import Numbers
from softstep.read.scalars import did_you_mean, name, named_entries, one_of
from softstep.read.setting import DataFile
from softstep.read.table import (
    TypedTable,
    block_lines,
    check_header,
    file_lines,
    is_same_file,
    named_file,
    names_file,
    refusing_failures,
)
from softstep.read.tree import Cursor, List, Map, Refused, Text, is_empty, kind, quote


class Labels(NamedTuple):
    """The nodes, where they stand, the class of each as it is written, and the file if they are from one.

    `has_refused` says that there are others, which could not be read.
    """

    cursor: Cursor
    nodes: Sequence[str]
    places: Places
    column: Column
    file: DataFile | None = None
    has_refused: bool = False


def read_labels(cursor: Cursor, folder: Path, tables: Sequence[TypedTable] = ()) -> Labels:
    """At least one label; `~` or `null` in place of a class is none. File names start from `folder`.

    One of the `tables` has them already where they are a column of its file.
    """
    labels = _read(cursor, folder, tables)
    if not (labels.column.codes >= 0).any() and not labels.has_refused:
        cursor.refuse("no label", "at least one", "label a node")
    return labels


def _read(cursor: Cursor, folder: Path, tables: Sequence[TypedTable]) -> Labels:
    node = cursor.node
    if names_file(node):
        return _from_file(cursor, named_file(cursor, folder, "column", "key"), tables)
    if isinstance(node, Numbers) and node.array.ndim == 1:
        return _from_array(cursor, node.array, lambda rows: [cursor.place] * len(rows))
    if isinstance(node, Text) and node.block:
        return _from_csv(cursor, block_lines(node, of_words=True), None)
    if isinstance(node, List):
        items = cursor.items()
        nodes = number_names(range(1, len(items) + 1))
        return _by_node(cursor, [(node, item, item) for node, item in zip(nodes, items, strict=True)])
    if not isinstance(node, Map):
        cursor.refuse(kind(node), "a class for each node", "write {node: class}")
    return _from_mapping(cursor)


def _from_file(cursor: Cursor, file: DataFile, tables: Sequence[TypedTable]) -> Labels:
    for table in tables:
        if table.labels is not None and table.file and is_same_file(table.file, file):
            return Labels(cursor, table.row_names or (), table.places, table.labels, file)
    with refusing_failures(cursor):
        if file.path.suffix.lower() in ARRAYS:
            source, values = safe_text(str(file.path), 200), array_file(file.path, 1, file.key, as_typed=True)
            return _from_array(cursor, values, lambda rows: [Place(source, int(i) + 1, 1) for i in rows], file)
        return _from_csv(cursor, file_lines(cursor, file.path, of_words=file.column is None), file)


def _from_array(cursor: Cursor, values: Array, places: Places, file: DataFile | None = None) -> Labels:
    return Labels(cursor, number_names(range(1, len(values) + 1)), places, column_of(values, places), file)


def _from_csv(cursor: Cursor, lines: CsvLines, file: DataFile | None) -> Labels:
    """Labels from lines of a node and its class; from a file also those in one of its columns."""
    at, column = 1, file and file.column
    check_header(cursor, lines, all_named=False)
    if column is not None:
        at = _column_at(cursor, column, lines.header or ())
    loaded = load_csv(file.path, lines, at if column else None, numbers=False) if file else None
    if loaded is not None and loaded.column is not None:
        return Labels(cursor, loaded.names, lines.places, loaded.column, file)
    if file:
        check_text(file.path, lines.source)
    names: list[str] = []
    labels: list[str] = []
    read: list[int] = []  # which of the lines could be read
    lines_read = 0
    for lines_read, line in enumerate(lines.rows(), 1):
        if cursor.log.has_enough(lines.source):
            break
        with suppress(Refused):
            line.refuse_odd_quotes(cursor)
            node = name(line.at(cursor, 0, may_be_quoted=True))
            if len(line.cells) <= at or (column is None and len(line.cells) != 2):
                _refuse_cells(line.at(cursor, 0, f".{safe_text(node)}"), line, at, file)
            names.append(node)
            labels.append(line.cells[at])
            read.append(lines_read - 1)

    def places(rows: Sequence[int] | Array, cell: int = 0) -> list[Place]:
        return lines.places([read[int(row)] for row in rows], cell)

    column_read = column_of_texts(labels, partial(places, cell=at))
    return Labels(cursor, tuple(names), places, column_read, file, has_refused=len(read) < lines_read)


def _refuse_cells(cursor: Cursor, line: Line, at: int, file: DataFile | None) -> NoReturn:
    """Refuse a line that has no cell for the class, or more than that."""
    count = len(line.cells) - 1
    found = f"{count_of(count, 'cell')} behind the node"
    if file and file.column:
        cursor.refuse(
            found,
            f"its {safe_text(file.column)} in cell {at + 1}",
            f"write its {safe_text(file.column)}, or a comma for none",
        )
    hint = ", or say which with column: NAME" if file and count else ""
    cursor.refuse(found, "its class alone", f"write node,class{hint}")


def _column_at(cursor: Cursor, column: str, header: tuple[str, ...]) -> int:
    """Which cell of a line is the column's; a column that a file does not have is refused."""
    if column in header:
        return header.index(column) + 1
    assert isinstance(cursor.node, Map)
    at = next(value for key, value in cursor.node.entries if isinstance(key, Text) and key.text == "column")
    there = tuple(filter(None, header))
    at_column = cursor.at(at, f"{cursor.path}.column")
    if not there:
        fix = "begin the file with a line such as id,x_0,label"
        return at_column.refuse(f"{quote(column)} of a file without a header", "a name in the header of the file", fix)
    return at_column.refuse(quote(column), one_of(there), did_you_mean(column, there) or "write one of these")


def _from_mapping(cursor: Cursor) -> Labels:
    """Labels by node, or by class where the values are lists of nodes."""
    entries, has_refused = named_entries(cursor)
    by_class = [isinstance(value.node, List) for *_, value in entries]
    if not any(by_class):
        return _by_node(cursor, entries)
    if not all(by_class):
        other = entries[by_class.index(not by_class[0])][2].node
        found = f"{kind(other)} beside {kind(entries[0][2].node)}"
        cursor.at(other).refuse(found, "either all {node: class} or all {class: [nodes]}", "write one of the two")
    rows: list[_Row] = []
    for label, key, value in entries:
        for item in value.at(value.node, f"{cursor.path}.{safe_text(label)}").items():
            with suppress(Refused):
                rows.append((name(item), item.place, label, key.place))
    there = sum(len(value.items()) for *_, value in entries)
    return _labels(cursor, rows, has_refused or len(rows) < there)


_Row = tuple[str, Place, str, Place]
"""A node and where it stands, its class and where that stands; an empty class is none."""


def _by_node(cursor: Cursor, entries: Sequence[tuple[str, Cursor, Cursor]]) -> Labels:
    rows: list[_Row] = []
    for node, at, value in entries:
        path = value.path if at is value else f"{cursor.path}.{safe_text(node)}"
        is_none = isinstance(value.node, Text) and is_empty(value.node) and value.node.text
        with suppress(Refused):
            rows.append((node, at.place, "" if is_none else name(value.at(value.node, path)), value.place))
    return _labels(cursor, rows, len(rows) < len(entries))


def _labels(cursor: Cursor, rows: Sequence[_Row], has_refused: bool) -> Labels:
    column = column_of_texts((row[2] for row in rows), lambda at: [rows[int(i)][3] for i in at])
    nodes = tuple(row[0] for row in rows)
    return Labels(cursor, nodes, lambda at: [rows[int(i)][1] for i in at], column, has_refused=has_refused)
