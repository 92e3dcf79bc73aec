"""Tables from lists, and from mappings of names to rows."""

from math import nan

import numpy as np

from softstep.lesson.quantities import Quantity
from softstep.names import safe_text
from softstep.read.files import ENDINGS
from softstep.read.scalars import named_entries, read_entry, read_number
from softstep.read.suggest import is_number, numbers_in
from softstep.read.table import InputTable, Row, array_table, default_name, number_or_nan, plain_numbers, rows_table
from softstep.read.tree import Cursor, List, Map, Text, collect, is_empty, kind, texts_in


def table_from_tree(cursor: Cursor, quantity: Quantity) -> InputTable:
    """Read a list of rows, or a mapping from names to rows. Biases have numbers in place of rows."""
    is_matrix, lacks_rows = len(quantity.axes) == 2, False
    if isinstance(cursor.node, Map):
        entries, lacks_rows = named_entries(cursor)
    elif not isinstance(cursor.node, List):
        fix = f"write a list such as {'[[0.1, 0.2]]' if is_matrix else '[0.1, 0.2]'}"
        if isinstance(cursor.node, Text) and cursor.node.text.endswith(ENDINGS):
            fix = f"write {{file: {safe_text(cursor.node.text)}}}"
        cursor.refuse(kind(cursor.node), "rows of numbers" if is_matrix else "a list of numbers", fix)
    else:
        items = cursor.node.items
        are_numbers = [isinstance(item, Text) and not is_empty(item) and bool(numbers_in(item.text)) for item in items]
        if is_matrix and items and all(are_numbers):
            numbers = np.array(collect(read_entry, cursor.items()))
            return array_table(cursor, quantity, numbers[:, np.newaxis])._replace(is_flat=True)
        paths = [f"{cursor.path}.{default_name(quantity, i)}" for i in range(len(items))]
        entries = [("", row, row) for row in map(cursor.cursor_at, items, paths)]
    rows = []
    for name, _, value in entries:
        rows.append(Row(name, _row_numbers(value) if is_matrix else [number_or_nan(read_number, value)]))
        lacks_rows |= not is_matrix and isinstance(value.node, List)  # which may hold all the biases
    places = [lambda at: [entries[int(i)][1].place for i in at]]
    table = rows_table(cursor, quantity, rows, places, is_named=isinstance(cursor.node, Map))
    return table._replace(lacks_rows=lacks_rows)


def _row_numbers(row: Cursor) -> list[float]:
    """Read a list of numbers; nan for each that is refused, and for a row that is no list."""
    node = row.node
    if not isinstance(node, List) or not node.items:
        inside = numbers_in(node.text) if isinstance(node, Text) else texts_in(node)
        is_written_out = bool(inside) and all(map(is_number, inside))
        fix = f"write [{', '.join(inside)}]" if is_written_out else "write a list such as [0.1, 0.2]"
        row.add_complaint(kind(node), "a list of numbers", fix)
        return [nan]
    texts = [item.text for item in node.items if isinstance(item, Text) and not item.quoted]
    numbers = plain_numbers(texts) if len(texts) == len(node.items) else None
    return numbers or [number_or_nan(read_entry, item) for item in row.items()]
