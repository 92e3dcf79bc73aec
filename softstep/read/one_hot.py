"""One-hot labels: for each node a row of 0s with a single 1, at its class."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from softstep.lesson.quantities import CLASS, GIVEN, NODE
from softstep.read.list_table import table_from_tree
from softstep.read.python_tree import Numbers
from softstep.read.suggest import is_number
from softstep.read.table import InputTable, array_table
from softstep.read.tree import Cursor, List, Map, Node, Refused, Text

_ONE_HOT = replace(GIVEN["labels"], axes=(NODE, CLASS))


def is_one_hot(node: Node, nodes: Collection[str] = ()) -> bool:
    """Whether labels are rows of two or more numbers.

    A mapping of lists may also be the nodes of each class. It is one-hot if that would name a node twice, or names that
    are none of the `nodes`, as far as these are known.
    """
    if isinstance(node, Numbers):
        return node.array.ndim == 2 and node.array.shape[1] > 1
    if isinstance(node, List):
        return any(len(_numbers_of(row)) > 1 for row in node.items)
    if not isinstance(node, Map):
        return False
    rows = [_numbers_of(row) for _, row in node.entries]
    names = [number for row in rows for number in row]
    have_sum_1 = all(len(row) > 1 and abs(sum(map(float, row)) - 1) < 1e-9 for row in rows)
    are_no_nodes = len({*names}) < len(names) or (bool(nodes) and not {*names} <= {*nodes})
    return have_sum_1 and len({len(row) for row in rows}) == 1 and are_no_nodes


def is_one_hot_row(texts: Sequence[str]) -> bool:
    """Whether a list has several 0s and a single 1, and nothing else."""
    return len(texts) > 1 and sorted(texts) == [*["0"] * (len(texts) - 1), "1"]


def _numbers_of(node: Node) -> list[str]:
    """The numbers in a list as they were typed; none if it has anything else."""
    texts = [item.text for item in node.items if isinstance(item, Text)] if isinstance(node, List) else []
    return texts if isinstance(node, List) and len(texts) == len(node.items) and all(map(is_number, texts)) else []


def read_one_hot(cursor: Cursor) -> InputTable:
    """Read the rows. Complains about each that has no single 1, and then refuses them."""
    node = cursor.node
    if isinstance(node, Numbers):
        table = array_table(cursor, _ONE_HOT, node.array)
    else:
        table = table_from_tree(cursor, _ONE_HOT)
    if not table.is_even:
        return table
    rows = table.values
    wrong = np.flatnonzero((np.sort(rows)[:, :-1] != 0).any(axis=1) | (rows.max(axis=1) != 1))[:100]
    for i, place in zip(wrong.tolist(), table.places[NODE](wrong), strict=True):
        row = rows[i].tolist()
        found = f"[{', '.join([f'{x:g}' for x in row[:8]] + ['…'] * (len(row) > 8))}]"
        if min(row) >= 0 and abs(sum(row) - 1) < 1e-9:
            found += ", a distribution"
        expected = "a single 1 in each row, and 0 for the other classes"
        cursor.log.add(place, table.path_of(i), found, expected, "write a single 1, at the class of the node")
    if wrong.size:
        raise Refused
    if len(rows) == len(rows.T) and table.row_names is None and (rows != rows.T).any():
        cursor.add_note("each row is the label of a node; if the columns are nodes, turn them")
    return table
