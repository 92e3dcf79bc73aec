"""One reader for tables, whatever their form: a list, a mapping, lines of CSV, an array, or a file."""

from dataclasses import replace
from pathlib import Path

from softstep.lesson.quantities import CLASS, FEATURE, Quantity
from softstep.read import data_file
from softstep.read.csv_table import table_from_csv
from softstep.read.files import ARRAYS, array_file
from softstep.read.list_table import table_from_tree
from softstep.read.python_tree import Numbers
from softstep.read.scalars import known_entries, word_reader
from softstep.read.setting import DataFile
from softstep.read.table import InputTable, array_table
from softstep.read.tree import Cursor, Text, values_in


def read_table(cursor: Cursor, quantity: Quantity, folder: Path, labels: DataFile | None = None) -> InputTable:
    """Read a table of numbers. Paths start from `folder`. `labels` is the column of labels, perhaps in this file."""
    if quantity.axes == (CLASS, FEATURE):
        cursor, has_feature_rows = read_layout(cursor)
        quantity = replace(quantity, axes=quantity.axes[::-1]) if has_feature_rows else quantity
    table = _read_form(cursor, quantity, folder, labels)
    if not len(table.row_lengths):
        cursor.refuse("no rows", "at least one row of numbers", "add one")
    return table


def read_layout(cursor: Cursor) -> tuple[Cursor, bool]:
    """A cursor at the values of weights, and whether these have a row for each feature: {rows: features, values: …}."""
    keys = values_in(cursor.node).keys()
    if "rows" not in keys or not keys <= {"rows", "values"}:
        return cursor, False
    cursors = dict(known_entries(cursor, ("rows", "values"), "rows: features"))
    if "values" not in cursors:
        cursor.refuse("no values", "the rows of numbers", "add values: [[0.1, 0.2]]")
    return cursors["values"], word_reader("features", "classes")(cursors["rows"]) == "features"


def _read_form(cursor: Cursor, quantity: Quantity, folder: Path, labels: DataFile | None = None) -> InputTable:
    """Read a table in any form, with its rows and columns as they are."""
    node = cursor.node
    if isinstance(node, Numbers) and node.array.ndim == len(quantity.axes) == 2:
        return array_table(cursor, quantity, node.array)
    if isinstance(node, Text) and node.block:
        return table_from_csv(cursor, quantity, data_file.lines_in_block(node))
    if not data_file.is_file_mapping(node):
        return table_from_tree(cursor, quantity)
    file = data_file.read_file_name(cursor, folder)
    with data_file.refuse_failures(cursor):
        if file.path.suffix.lower() in ARRAYS:
            array = array_file(file.path, len(quantity.axes), file.key)
            return array_table(cursor, quantity, array)._replace(file=file)
        label_column = labels.column if labels and data_file.is_same_file(labels, file) else None
        return table_from_csv(cursor, quantity, data_file.lines_in_file(cursor, file.path), file, label_column)
