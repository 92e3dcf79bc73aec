"""Rows of numbers in every form that a config may give them: YAML, CSV lines, or a CSV or NPY file."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.config import datafiles
from softstep.config.marked import (
    Complaints,
    MappingNode,
    Node,
    Place,
    ScalarNode,
    SequenceNode,
    block_lines,
    entries,
    is_alias,
    is_empty,
    kind,
    place,
)
from softstep.config.numerals import Unreadable, quoted
from softstep.config.numerals import number as read_number
from softstep.config.sources import shown
from softstep.config.values import count, name, not_negative, number, surplus, whole, word
from softstep.config.values import mapping as read_mapping
from softstep.errors import SoftstepError
from softstep.maths import Array


class Table(NamedTuple):
    """Rows of numbers: their names and places, the columns' names where a header gives them, the file they came from.

    `values` is None where the names could be read and the numbers could not.
    """

    names: tuple[str, ...]
    places: tuple[Place, ...]
    columns: tuple[str, ...] | None
    values: Array | None
    file: Path | None = None


class Init(NamedTuple):
    """Random weights yet to be drawn: normal with mean 0 and standard deviation `scale`."""

    scale: float
    seed: int


class _Row(NamedTuple):
    name: str
    values: list[float] | None
    place: Place


def node_rows(node: Node, where: str, complaints: Complaints) -> Table | None:
    """Embeddings or logits: a row for each node; in a list, nodes 1, 2, …"""
    return _table(node, where, complaints)


def distributions(node: Node, where: str, complaints: Complaints) -> Table | None:
    """Probabilities: each row in 0 … 1, with a sum as near to 1 as the row's decimals allow."""
    table = _table(node, where, complaints)
    if table is None or table.values is None:
        return table
    for row, node_name, at in zip(table.values.tolist(), table.names, table.places, strict=True):
        decimals = max(0 if p.is_integer() else len(repr(p).partition(".")[2]) for p in row)
        inside, total = f"{where}.{shown(node_name)}", sum(row)
        if not all(0 <= p <= 1 for p in row):
            outside = next(p for p in row if not 0 <= p <= 1)
            complaints.add(at, inside, f"a probability of {outside!r}", "from 0 to 1", "correct it")
        elif abs(total - 1) > len(row) * 0.5 * 10.0**-decimals + 1e-9:
            complaints.add(at, inside, f"probabilities that add up to {total:.6g}", "a sum of 1", "correct them")
    return table


def weights(node: Node, where: str, complaints: Complaints) -> Table | Init | None:
    """Weights: rows w0, w1, …, one for each class, or `{init: normal}`."""
    if isinstance(node, MappingNode) and any(key.value == "init" for key, _ in node.value):
        return _init(node, where, complaints)
    return _table(node, where, complaints, "w")


def biases(node: Node, where: str, complaints: Complaints) -> Table | None:
    """Biases: b0, b1, …, one number for each class."""
    return _table(node, where, complaints, "b")


def file_named(node: Node, where: str, complaints: Complaints) -> Path | None:
    """The file that `{file: PATH}` names, from the config's folder; None where something else stands."""
    if not isinstance(node, MappingNode):
        return None
    named = [value for key, value in node.value if key.value == "file" and isinstance(value, ScalarNode)]
    if not named or is_empty(named[0]) or not named[0].value:
        return None
    read_mapping(node, where, complaints, ("file",))
    return complaints.folder / str(named[0].value)


def is_block(node: Node) -> bool:
    """Whether lines of text stand here, which are CSV."""
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def csv(node: Node, where: str, complaints: Complaints, file: Path | None) -> tuple[datafiles.Lines, Complaints]:
    """The CSV lines in a file or, without one, at the node; and whom to tell what is wrong in them."""
    if file is not None:
        own = complaints.about(shown(str(file), 200))
        return datafiles.csv_file(file, where, own), own
    assert isinstance(node, ScalarNode)
    return datafiles.csv_lines(block_lines(node), where, complaints), complaints


def _init(node: MappingNode, where: str, complaints: Complaints) -> Init | None:
    found = read_mapping(node, where, complaints, ("init", "scale", "seed"))
    kind_ = word(found["init"], f"{where}.init", complaints, ("normal",))
    scale = not_negative(found["scale"], f"{where}.scale", complaints) if "scale" in found else 1.0
    seed = whole(found["seed"], f"{where}.seed", complaints, 0, 2**32 - 1) if "seed" in found else 0
    return None if kind_ is None or scale is None or seed is None else Init(scale, seed)


def _table(node: Node, where: str, complaints: Complaints, letter: str | None = None) -> Table | None:
    """Rows of numbers; `letter` is that of parameters, whose rows are named w0, w1, … or b0, b1, …"""
    columns: tuple[str, ...] | None = None
    file = file_named(node, where, complaints)
    about = complaints
    try:
        if file is not None and file.suffix.lower() == ".npy":
            values = datafiles.npy_file(file, 1 if letter == "b" else 2)
            rows = [
                _Row(_row_name(i, letter), row, (1, 1))
                for i, row in enumerate((values[:, None] if letter == "b" else values).tolist())
            ]
        elif file is not None or is_block(node):
            lines, about = csv(node, where, complaints, file)
            columns, rows = lines.columns, [_cell_row(row, where, about) for row in lines.rows]
        else:
            rows = _yaml_rows(node, where, complaints, letter)
    except SoftstepError as error:
        complaints.failed(node, where, error)
        return None
    if not rows:
        if not about:
            complaints.add(node, where, "no rows", "at least one row of numbers", "add one")
        return None
    if letter is not None:
        rows = _in_order(rows, where, about, letter)
    return _rectangle(rows, columns, file, where, about)


def _yaml_rows(node: Node, where: str, complaints: Complaints, letter: str | None) -> list[_Row]:
    """The rows of a mapping from names, or of a list."""
    named: list[tuple[str | None, Node, Node]] = []
    if isinstance(node, SequenceNode):
        named = [(_row_name(i, letter), entry, entry) for i, entry in enumerate(node.value)]
    elif isinstance(node, MappingNode):
        named = [(name(key, where, complaints), key, value) for _, key, value in entries(node, where, complaints)]
    elif not is_alias(node):
        example = "{b0: 0.1} or [0.1]" if letter == "b" else f"{{{_row_name(0, letter)}: [0.1, 0.2]}} or [[0.1, 0.2]]"
        complaints.add(node, where, kind(node), "rows of numbers", f"write {example}")
    rows = []
    for row, at, value in named:
        inside = f"{where}.{shown(row or '?')}"
        if letter == "b":
            single = number(value, inside, complaints)
            numbers = None if single is None else [single]
        else:
            numbers = _numbers(value, inside, complaints)
        if row is not None:
            rows.append(_Row(row, numbers, place(at)))
    return rows


def _numbers(node: Node, where: str, complaints: Complaints) -> list[float] | None:
    if not isinstance(node, SequenceNode) or not node.value:
        if not is_alias(node):
            one = isinstance(node, ScalarNode) and not is_empty(node)
            cure = f"write [{shown(node.value)}]" if one else "write [0.1, 0.2]"
            complaints.add(node, where, kind(node), "a list of numbers", cure)
        return None
    read = [number(entry, f"{where}[{i}]", complaints) for i, entry in enumerate(node.value)]
    return None if None in read else [value for value in read if value is not None]


def _cell_row(row: datafiles.Row, where: str, complaints: Complaints) -> _Row:
    values = []
    for cell in row.cells:
        try:
            values.append(read_number(cell.text))
        except Unreadable as error:
            complaints.add(cell.place, f"{where}.{shown(row.name)}", error.there, error.must, error.cure)
    return _Row(row.name, values if len(values) == len(row.cells) else None, row.place)


def _row_name(i: int, letter: str | None) -> str:
    return str(i + 1) if letter is None else f"{letter}{i}"


def _in_order(rows: Sequence[_Row], where: str, complaints: Complaints, letter: str) -> list[_Row]:
    """The rows of parameters in the order of their numbers, which must be those of the classes."""
    right = [_row_name(c, letter) for c in range(len(rows))]
    missing = [row for row in right if row not in {row.name for row in rows}]
    for row in rows:
        if row.name not in right and missing:
            must = f"one of {right[0]} … {right[-1]}, for there are {count(len(rows), 'row')}"
            complaints.add(row.place, where, quoted(row.name), must, f"write {missing.pop(0)}")
    return sorted(rows, key=lambda row: right.index(row.name) if row.name in right else len(right))


def _rectangle(
    rows: Sequence[_Row], columns: tuple[str, ...] | None, file: Path | None, where: str, complaints: Complaints
) -> Table:
    """The rows as a table, with values if each is there once and all are as long as the header or most of them are."""
    lengths = Counter(len(row.values) for row in rows if row.values is not None)
    length = len(columns) if columns is not None else lengths.most_common(1)[0][0] if lengths else 0
    agreed = "as the header has" if columns is not None else "as most rows have"
    seen: set[str] = set()
    complete = True
    for row in rows:
        inside = f"{where}.{shown(row.name)}"
        fits = row.values is not None and len(row.values) == length
        if row.values is not None and not fits:
            there = count(len(row.values), "number")
            complaints.add(row.place, inside, there, f"{length}, {agreed}", surplus(len(row.values), length))
        if row.name in seen:
            complaints.add(row.place, inside, "a row for the second time", "there once", "delete one of the two")
        complete = complete and fits and row.name not in seen
        seen.add(row.name)
    values = np.array([row.values for row in rows], dtype=float) if complete else None
    places = {row.name: row.place for row in reversed(rows)}
    names = tuple(dict.fromkeys(row.name for row in rows))
    return Table(names, tuple(places[name] for name in names), columns, values, file)
