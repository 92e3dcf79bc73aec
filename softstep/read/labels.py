"""Labels in every form: by node, by class, a list, one-hot, CSV lines, or a CSV, NPY or NPZ file."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.compute.rows import number_names
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, GIVEN, NODE
from softstep.names import safe_text
from softstep.read import data_file
from softstep.read.complaints import Place
from softstep.read.csv_table import table_from_csv
from softstep.read.files import ARRAYS, ENDINGS, array_file
from softstep.read.large_csv import Column, Places, column_of_numbers, column_of_texts
from softstep.read.list_table import entries_of_vector
from softstep.read.one_hot import is_one_hot, is_one_hot_row, read_one_hot
from softstep.read.python_tree import Numbers
from softstep.read.scalars import named_entries, read_name
from softstep.read.setting import DataFile
from softstep.read.suggest import did_you_mean, numbers_in, one_of
from softstep.read.table import InputTable
from softstep.read.tree import Cursor, List, Map, Refused, Text, is_empty, kind, quote, texts_of, values_in


class Labels(NamedTuple):
    """The labels as they were typed: the nodes, where they are, the class of each, and the file if there is one.

    `lacks_rows`: there are other labels, which were refused. `in_order`: the nodes are not named but counted from 1.
    `one_hot` is the table if the labels are one.
    """

    cursor: Cursor
    nodes: Sequence[str]
    places: Places
    column: Column
    file: DataFile | None = None
    lacks_rows: bool = False
    in_order: bool = False
    one_hot: InputTable | None = None


_Label = tuple[str, Place, str, Place]
"""A node, where it is, its class (empty for none), and where that is."""


def read_labels(cursor: Cursor, folder: Path, tables: Sequence[InputTable] = ()) -> Labels:
    """Read at least one label. `~` or `null` in place of a class is no label. Paths start from `folder`.

    If the labels are a column in the file of one of the `tables`, that table has them.
    """
    labels = _read_form(cursor, folder, tables)
    if not (labels.column.codes >= 0).any() and not labels.lacks_rows:
        cursor.refuse("no label", "at least one", "label a node")
    return labels


def _read_form(cursor: Cursor, folder: Path, tables: Sequence[InputTable]) -> Labels:
    node = cursor.node
    if data_file.is_file_mapping(node):
        return _from_file(cursor, data_file.read_file_name(cursor, folder, has_columns=True), tables)
    if isinstance(node, List) and _is_row_of_one_node(node, tables):
        return _from_one_hot(cursor.cursor_at(List([node], node.place)))
    if is_one_hot(node, {name for table in tables for name in _node_names(table)}):
        return _from_one_hot(cursor)
    if isinstance(node, Numbers) and node.array.ndim == 1:
        return _from_array(cursor, node.array, lambda rows: [cursor.place] * len(rows))
    if isinstance(node, Text) and node.block:
        lines = data_file.lines_in_block(node, of_words=True)
        return _from_table(cursor, table_from_csv(cursor, GIVEN["labels"], lines))
    if isinstance(node, List):
        items = map(cursor.cursor_at, entries_of_vector(node), (f"{cursor.path}[{i}]" for i in count()))
        return _from_entries(cursor, [(str(i), item, item) for i, item in enumerate(items, 1)])
    if isinstance(node, Map):
        return _from_entries(cursor, *named_entries(cursor))
    if not isinstance(node, Text) or is_empty(node):
        cursor.refuse(kind(node), "a class for each node", "write {node: class}")
    several = numbers_in(node.text)
    if len(several) > 1 or node.text.endswith(ENDINGS):
        meant = f"[{', '.join(several)}]" if several else f"{{file: {safe_text(node.text)}}}"
        cursor.refuse(kind(node), "a class for each node", f"write {meant}")
    return _from_entries(cursor, [("1", cursor, cursor)])


def _is_row_of_one_node(node: List, tables: Sequence[InputTable]) -> bool:
    """Whether a list is the one-hot label of the only node: several 0s and a single 1."""
    counts = [len(table.row_lengths) for table in tables if table.rows_axis == NODE]
    return counts == [1] and is_one_hot_row(texts_of(node))


def _node_names(table: InputTable) -> Sequence[str]:
    """The names of the nodes in a table, if it has not very many."""
    if table.rows_axis != NODE or len(table.row_lengths) > 1000:
        return ()
    return table.row_names or NODE.default_names(len(table.row_lengths))


def _from_file(cursor: Cursor, file: DataFile, tables: Sequence[InputTable]) -> Labels:
    for table in tables:
        if table.labels is not None and table.file and data_file.is_same_file(table.file, file):
            return _from_table(cursor, table._replace(file=file))
    with data_file.refuse_failures(cursor):
        if file.path.suffix.lower() in ARRAYS:
            source, values = safe_text(str(file.path), 200), array_file(file.path, 1, file.key, as_typed=True)
            return _from_array(cursor, values, lambda rows: [Place(source, int(i) + 1, 1) for i in rows], file)
        lines = data_file.lines_in_file(cursor, file.path, of_words=file.column is None)
        if file.column is not None and file.column not in (lines.header or ()):
            names = [name for name in lines.header or () if name]
            expected, fix = "a name in the header of the file", "begin the file with a line such as id,x_0,label"
            if names:
                expected, fix = one_of(names), did_you_mean(file.column, names) or "write one of these"
            column_cursor = cursor.cursor_at(values_in(cursor.node)["column"], f"{cursor.path}.column")
            column_cursor.refuse(quote(file.column), expected, fix)
        return _from_table(cursor, table_from_csv(cursor, GIVEN["labels"], lines, file, file.column))


def _from_table(cursor: Cursor, table: InputTable) -> Labels:
    assert table.labels is not None
    return Labels(cursor, table.row_names or (), table.places[NODE], table.labels, table.file, table.lacks_rows)


def _from_array(cursor: Cursor, values: Array, places: Places, file: DataFile | None = None) -> Labels:
    nodes, column = number_names(range(1, len(values) + 1)), column_of_numbers(values, places)
    return Labels(cursor, nodes, places, column, file, in_order=True)


def _from_one_hot(cursor: Cursor) -> Labels:
    table = read_one_hot(cursor)
    count, places = len(table.row_lengths), table.places[NODE]
    codes = table.values.argmax(axis=1) if table.is_even else np.full(count, -1)
    column = Column(CLASS.default_names(table.values.shape[1]), codes, places)
    is_named, lacks_rows = table.row_names is not None, table.lacks_rows or not table.is_even
    nodes = table.row_names or number_names(range(1, count + 1))
    return Labels(cursor, nodes, places, column, None, lacks_rows, not is_named, table)


def _from_entries(cursor: Cursor, entries: Sequence[tuple[str, Cursor, Cursor]], lacks_rows: bool = False) -> Labels:
    """Read labels by node; or nodes by class, if any value of a mapping is a list of nodes."""
    are_lists = [isinstance(value.node, List) and isinstance(cursor.node, Map) for *_, value in entries]
    by_class = any(are_lists)
    if by_class and not all(are_lists):
        odd = entries[are_lists.index(False)][2]
        expected = "either all {node: class} or all {class: [nodes]}"
        odd.refuse(f"{kind(odd.node)} beside a list", expected, "write one of the two")
    labels: list[_Label] = []
    in_order = not isinstance(cursor.node, Map)
    for name, key, value in entries:
        for item in value.items() if by_class else [value]:
            try:
                if by_class:
                    labels.append((read_name(item), item.place, name, key.place))
                else:
                    is_none = isinstance(item.node, Text) and item.node.text and is_empty(item.node)
                    labels.append((name, key.place, "" if is_none else read_name(item), item.place))
            except Refused:
                lacks_rows = True
                if in_order:
                    labels.append((name, key.place, "", item.place))
    column = column_of_texts((text for _, _, text, _ in labels), lambda rows: [labels[int(i)][3] for i in rows])
    nodes = tuple(node for node, *_ in labels)
    return Labels(cursor, nodes, lambda rows: [labels[int(i)][1] for i in rows], column, None, lacks_rows, in_order)
