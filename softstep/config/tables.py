"""Rows of numbers in every form that a config may give them: YAML, CSV lines, or a CSV or NPY file."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.config import datafiles
from softstep.config.arrays import ArrayNode
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
from softstep.config.numerals import Unreadable, numbers_in, parse_entry, quoted
from softstep.config.sources import shown
from softstep.config.values import count, name, not_negative, number, number_in_list, surplus, whole, word
from softstep.config.values import mapping as read_mapping
from softstep.errors import SoftstepError
from softstep.maths import Array


class Table(NamedTuple):
    """Rows of numbers as they are written, where they stand, and whom to tell what is wrong with them.

    A row whose numbers could not be read is None. `columns` are the names in a header, where there is one; `file` is
    where the rows came from, if not from the config itself.
    """

    names: tuple[str, ...]
    places: tuple[Place, ...]
    rows: tuple[list[float] | None, ...]
    complaints: Complaints
    where: str
    columns: tuple[str, ...] | None = None
    file: Path | None = None

    @property
    def length(self) -> int | None:
        """How many numbers a row has: as many as the header, or as most rows; None where a row could not be read."""
        if self.columns:
            return len(self.columns)
        lengths = Counter(len(row) for row in self.rows if row is not None)
        return lengths.most_common(1)[0][0] if sum(lengths.values()) == len(self.rows) else None

    def matrix(self, length: int | None = None, why: str = "") -> Array | None:
        """The rows as an array, of `length` numbers each; without it as many as the header or most of the rows have.

        None, and complaints, where they are not.
        """
        if length is None:
            length, why = self.length, "as the header has" if self.columns else "as most rows have"
        if length is None:
            return None
        wrong = [i for i, row in enumerate(self.rows) if row is not None and len(row) != length]
        for i in wrong:
            there = len(self.rows[i] or ())
            where, must = f"{self.where}.{shown(self.names[i])}", f"{length}, {why}"
            self.complaints.add(self.places[i], where, count(there, "number"), must, surplus(there, length))
        return np.array(self.rows, dtype=float) if not wrong and None not in self.rows else None


class Init(NamedTuple):
    """Random weights yet to be drawn: normal with mean 0 and standard deviation `scale`."""

    scale: float
    seed: int


def node_rows(node: Node, where: str, complaints: Complaints) -> Table | None:
    """Embeddings or logits: a row for each node; in a list, nodes 1, 2, …"""
    return _table(node, where, complaints)


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


def csv(
    node: Node, is_header: Callable[[Sequence[str]], bool], where: str, complaints: Complaints, file: Path | None
) -> tuple[datafiles.Lines, Complaints]:
    """The CSV lines in a file or, without one, at the node; and whom to tell what is wrong in them."""
    if file is not None:
        own = complaints.about(shown(str(file), 200))
        return datafiles.csv_file(file, is_header, where, own), own
    assert isinstance(node, ScalarNode)
    return datafiles.csv_lines(block_lines(node), is_header, where, complaints), complaints


def _init(node: MappingNode, where: str, complaints: Complaints) -> Init | None:
    found = read_mapping(node, where, complaints, ("init", "scale", "seed"))
    kind_ = word(found["init"], f"{where}.init", complaints, ("normal",)) if "init" in found else None
    scale = not_negative(found["scale"], f"{where}.scale", complaints) if "scale" in found else 1.0
    seed = whole(found["seed"], f"{where}.seed", complaints, 0, 2**32 - 1) if "seed" in found else 0
    return None if kind_ is None or scale is None or seed is None else Init(scale, seed)


class _Row(NamedTuple):
    name: str
    place: Place
    numbers: list[float] | None


def _table(node: Node, where: str, complaints: Complaints, letter: str | None = None) -> Table | None:
    """Rows of numbers; `letter` is that of parameters, whose rows are named w0, w1, … or b0, b1, …"""
    columns: tuple[str, ...] | None = None
    file = file_named(node, where, complaints)
    about = complaints
    try:
        if file is not None and file.suffix.lower() == ".npy":
            values = datafiles.npy_file(file, 1 if letter == "b" else 2)
            lists = (values[:, None] if letter == "b" else values).tolist()
            rows = [_Row(_row_name(i, letter), (1, 1), row) for i, row in enumerate(lists)]
        elif isinstance(node, ArrayNode) and letter != "b":
            rows = [_Row(_row_name(i, letter), place(node), row) for i, row in enumerate(node.array.tolist())]
        elif file is not None or is_block(node):
            lines, about = csv(node, datafiles.names_columns, where, complaints, file)
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
    names, places, numbers = zip(*_each_once(rows, where, about), strict=True)
    return Table(names, places, numbers, about, where, columns, file)


def _yaml_rows(node: Node, where: str, complaints: Complaints, letter: str | None) -> list[_Row]:
    """The rows of a mapping from names, or of a list."""
    named: list[tuple[str | None, Node, Node]] = []
    if isinstance(node, SequenceNode):
        named = [(_row_name(i, letter), entry, entry) for i, entry in enumerate(node.value)]
    elif isinstance(node, MappingNode):
        named = [(name(key, where, complaints), key, value) for _, key, value in entries(node, where, complaints)]
    elif not is_alias(node):
        example = "{b0: 0.1} or [0.1]" if letter == "b" else f"{{{_row_name(0, letter)}: [0.1, 0.2]}} or [[0.1, 0.2]]"
        if isinstance(node, ScalarNode) and str(node.value).endswith((".csv", ".npy")):
            example = f"{{file: {shown(node.value)}}}"
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
            rows.append(_Row(row, place(at), numbers))
    return rows


def _numbers(node: Node, where: str, complaints: Complaints) -> list[float] | None:
    if not isinstance(node, SequenceNode) or not node.value:
        if not is_alias(node):
            inside = numbers_in(node.value) if isinstance(node, ScalarNode) else []
            cure = f"write [{', '.join(inside or ['0.1', '0.2'])}]"
            complaints.add(node, where, kind(node), "a list of numbers", cure)
        return None
    read = [number_in_list(entry, f"{where}[{i}]", complaints) for i, entry in enumerate(node.value)]
    return None if None in read else [value for value in read if value is not None]


def _cell_row(row: datafiles.Row, where: str, complaints: Complaints) -> _Row:
    values = []
    for cell in row.cells:
        try:
            values.append(parse_entry(cell.text))
        except Unreadable as error:
            complaints.add(cell.place, f"{where}.{shown(row.name)}", error.there, error.must, error.cure)
    if not row.cells:
        there, cure = f"{quoted(row.name)} alone", "put commas between the cells"
        complaints.add(row.place, where, there, "a name and its numbers", cure)
    return _Row(row.name, row.place, values if values and len(values) == len(row.cells) else None)


def _row_name(i: int, letter: str | None) -> str:
    return str(i + 1) if letter is None else f"{letter}{i}"


def _in_order(rows: Sequence[_Row], where: str, complaints: Complaints, letter: str) -> list[_Row]:
    """The rows of parameters in the order of their numbers, which must be those of the classes."""
    right = [_row_name(c, letter) for c in range(len(rows))]
    from_1 = {_row_name(c + 1, letter): row for c, row in enumerate(right)}
    if {row.name for row in rows} == set(from_1):
        for row in rows:
            must = f"{from_1[row.name]}, for classes are counted from 0"
            complaints.add(row.place, where, quoted(row.name), must, f"write {from_1[row.name]}")
        return list(rows)
    there = {row.name for row in rows}
    missing = iter([name for name in right if name not in there])
    order = {name: c for c, name in enumerate(right)}
    for row in rows:
        if row.name not in order and (instead := next(missing, None)):
            must = f"{letter} and the number of a class, up to {right[-1]} for {count(len(rows), 'row')}"
            complaints.add(row.place, where, quoted(row.name), must, f"write {instead}")
    return sorted(rows, key=lambda row: order.get(row.name, len(order)))


def _each_once(rows: Sequence[_Row], where: str, complaints: Complaints) -> list[_Row]:
    """The first row of each name."""
    first: dict[str, _Row] = {}
    for row in rows:
        if row.name in first:
            inside = f"{where}.{shown(row.name)}"
            complaints.add(row.place, inside, "a row for the second time", "there once", "delete one of the two")
        first.setdefault(row.name, row)
    return list(first.values())
