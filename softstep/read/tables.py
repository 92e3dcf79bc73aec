"""Rows of numbers in every form that a config may give them: YAML, CSV lines, or a CSV, NPY or NPZ file."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from softstep.compute.rows import names_at, numbered, repeated
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.read import columns
from softstep.read.arrayfiles import SUFFIXES, array_file
from softstep.read.arrays import ArrayNode
from softstep.read.datafiles import (
    AS_FIRST,
    Cell,
    Column,
    Lines,
    Places,
    Row,
    Texts,
    csv_lines,
    csv_parts,
    names_columns,
    only,
    other_delimiter,
    placed,
)
from softstep.read.filenames import ENDINGS, about_file, is_block, lines_of, named_file, same_file
from softstep.read.marked import (
    MOST_COMPLAINTS,
    Complaints,
    MappingNode,
    Node,
    Place,
    ScalarNode,
    SequenceNode,
    entries,
    is_alias,
    kind,
    place,
)
from softstep.read.scalars import Unreadable, parse_number, quoted, reads_like_number
from softstep.read.sources import shown
from softstep.read.suggest import numbers_in
from softstep.read.values import count, keys_alone, name, not_negative, number, number_in_list, surplus, whole, word
from softstep.read.values import mapping as read_mapping
from softstep.setting import DataFile


class Table(NamedTuple):
    """Rows of numbers, where they stand, and whom to tell what is wrong with them.

    `lengths` says how many numbers each row has, 0 where they could not be read; `values` are the numbers, where all
    rows have as many. `columns` are the names in a header, where there is one; `file` is where the rows came from, if
    not from the config itself, and `labels` a column of it that was asked for.
    """

    names: Sequence[str]
    places: Places
    lengths: Array
    values: Array | None
    complaints: Complaints
    where: str
    columns: tuple[str, ...] | None = None
    file: DataFile | None = None
    labels: Column | None = None

    @property
    def length(self) -> int | None:
        """How many numbers a row has: as many as the header, or as most rows; None where a row could not be read."""
        return next(iter(self.likely_lengths), None)

    @property
    def likely_lengths(self) -> list[int]:
        """The same with all lengths that as many rows have, that of the first row first; none if one is unknown."""
        if self.columns:
            return [len(self.columns)]
        if not self.lengths.all():
            return []
        lengths, first, counts = np.unique(self.lengths, return_index=True, return_counts=True)
        most = counts == counts.max()
        return [int(lengths[i]) for i in np.argsort(first) if most[i]]

    def matrix(self, length: int | None = None, why: str = "") -> Array | None:
        """The rows as an array, of `length` numbers each; without it as many as the header or most of the rows have.

        None, and complaints, where they are not.
        """
        if length is None:
            length, why = self.length, "as the header has" if self.columns else "as most rows have"
        if length is None:
            return None
        wrong = np.flatnonzero((self.lengths != length) & (self.lengths > 0))[:MOST_COMPLAINTS]
        for i, at in zip(wrong.tolist(), self.places(wrong), strict=True):
            there = int(self.lengths[i])
            where, must = f"{self.where}.{shown(self.names[i])}", f"{length}, {why}"
            self.complaints.add(at, where, count(there, "number"), must, surplus(there, length))
        return None if wrong.size else self.values

    def each_once(self) -> "Table":
        """The first row of each name; a complaint about every other."""
        again = repeated(self.names)
        if not again.size:
            return self
        for i, at in zip(again.tolist(), self.places(again[:MOST_COMPLAINTS]), strict=False):
            inside = f"{self.where}.{shown(self.names[i])}"
            self.complaints.add(at, inside, "a row for the second time", "there once", "delete one of the two")
        first = np.delete(np.arange(len(self.names)), again)
        return self._only(first)

    def _only(self, rows: Array) -> "Table":
        labels = self.labels and self.labels.only(rows)
        values = None if self.values is None else self.values[rows]
        names = names_at(self.names, rows)
        places = only(self.places, rows)
        return self._replace(names=names, places=places, lengths=self.lengths[rows], values=values, labels=labels)


_OF_INIT = "init", "scale", "seed"


class Init(NamedTuple):
    """Random weights yet to be drawn: normal with mean 0 and standard deviation `scale`."""

    scale: float
    seed: int


def node_rows(node: Node, where: str, complaints: Complaints, beside: DataFile | None = None) -> Table | None:
    """Embeddings or logits: a row for each node; in a list, nodes 1, 2, …

    `beside` names the column of labels, which is no number where it is in the same file.
    """
    return _table(node, where, complaints, beside=beside)


def weights(node: Node, where: str, complaints: Complaints) -> Table | Init | None:
    """Weights: rows w0, w1, …, one for each class, or `{init: normal}`."""
    if isinstance(node, MappingNode) and any(key.value in _OF_INIT for key, _ in node.value):
        return _init(node, where, complaints)
    return _table(node, where, complaints, "w")


def biases(node: Node, where: str, complaints: Complaints) -> Table | None:
    """Biases: b0, b1, …, one number for each class."""
    return _table(node, where, complaints, "b")


def _init(node: MappingNode, where: str, complaints: Complaints) -> Init | None:
    found = read_mapping(node, where, complaints, _OF_INIT, "init: normal")
    if all(key.value != "init" for key, _ in node.value):
        complaints.add(node, where, "random weights of no kind", "normal", "add init: normal")
    kind_ = word(found["init"], f"{where}.init", complaints, ("normal",)) if "init" in found else None
    scale = not_negative(found["scale"], f"{where}.scale", complaints) if "scale" in found else 1.0
    seed = whole(found["seed"], f"{where}.seed", complaints, 0, 2**32 - 1) if "seed" in found else 0
    return None if kind_ is None or scale is None or seed is None else Init(scale, seed)


class _Row(NamedTuple):
    name: str
    place: Place
    numbers: list[float] | None


def _table(
    node: Node, where: str, complaints: Complaints, letter: str | None = None, beside: DataFile | None = None
) -> Table | None:
    """Rows of numbers; `letter` is that of parameters, whose rows are named w0, w1, … or b0, b1, …"""
    named = named_file(node, where, complaints)
    if named is None:
        return None
    file = named.file
    column = beside.column if file and beside and same_file(beside, file) else None
    try:
        if file is not None and file.path.suffix.lower() in SUFFIXES:
            values = array_file(file.path, 1 if letter == "b" else 2, file.key)
            return _of_array(values, place(node), where, complaints, letter, file)
        if isinstance(node, ArrayNode) and letter != "b" and node.array.ndim == 2:
            return _of_array(node.array, place(node), where, complaints, letter)
        if file is not None or is_block(node):
            about = about_file(file, complaints)
            table = _of_csv(node, where, about, letter, file, column)
        else:
            table, about = _of_rows(_yaml_rows(node, where, complaints, letter), where, complaints, letter), complaints
    except SoftstepError as error:
        complaints.add_failure(node, where, error)
        return None
    if table is None:
        if not about and column is None:  # or the labels complain that it is missing
            complaints.add(node, where, "no rows", "at least one row of numbers", "add one")
        return None
    return table.each_once()._replace(file=file)


def _of_array(
    values: Array, at: Place, where: str, complaints: Complaints, letter: str | None, file: DataFile | None = None
) -> Table:
    """Rows whose names are their numbers."""
    values = values if values.ndim == 2 else values[:, None]
    rows = range(len(values))
    names = numbered(range(1, len(values) + 1)) if letter is None else tuple(_row_name(i, letter) for i in rows)
    lengths = np.broadcast_to(values.shape[1], len(values))
    return Table(names, lambda rows: [at] * len(rows), lengths, values, complaints, where, None, file)


def _of_csv(
    node: Node, where: str, about: Complaints, letter: str | None, file: DataFile | None, column: str | None
) -> Table | None:
    """The rows of a CSV file or of lines, and the column of labels; None where there is enough to complain of."""
    read = columns.table(file.path, names_columns, column) if file and letter is None else None
    if read is not None:
        lengths = np.broadcast_to(read.values.shape[1], len(read.values))
        return Table(read.names, read.places, lengths, read.values, about, where, read.header, file, read.column)
    lines = lines_of(node, where, file, about)
    if letter is not None:
        every = csv_lines(lines, names_columns, where, about, all_named=True)
        return _of_rows([_cell_row(row, where, about) for row in every.rows], where, about, letter, every.columns)
    gathered = _Gathered()
    for part in csv_parts(lines, names_columns, where, about, all_named=True):
        if column is not None and column not in (part.columns or ()):
            return None
        gathered.add_part(part, column, where, about)
    return None if about.enough else gathered.table(where, about, file)


def _of_rows(
    rows: list[_Row], where: str, complaints: Complaints, letter: str | None, header: tuple[str, ...] | None = None
) -> Table | None:
    gathered = _Gathered(header)
    gathered.add(rows if letter is None or not rows else _in_order(rows, where, complaints, letter))
    return gathered.table(where, complaints, None)


class _Gathered:
    """Rows that were read one by one, some at a time, as arrays."""

    def __init__(self, header: tuple[str, ...] | None = None) -> None:
        self._header = header
        self._names: list[str] = []
        self._places: list[Array] = []
        self._lengths: list[Array] = []
        self._values: list[Array | None] = []
        self._labels: Texts | None = None

    def add(self, rows: Sequence[_Row]) -> None:
        """Some more rows."""
        if not rows:
            return
        lengths = np.array([len(row.numbers or ()) for row in rows])
        numbers = [row.numbers for row in rows]
        self._names += [row.name for row in rows]
        self._places.append(np.array([row.place for row in rows]))
        self._lengths.append(lengths)
        self._values.append(np.array(numbers, dtype=float) if lengths[0] and (lengths == lengths[0]).all() else None)

    def add_part(self, lines: Lines, column: str | None, where: str, complaints: Complaints) -> None:
        """Some more rows of cells, of which those of a column are no numbers."""
        self._header = lines.columns
        if lines.columns and column in lines.columns:
            at = lines.columns.index(column)
            self._header = (*lines.columns[:at], *lines.columns[at + 1 :])
            self._labels = self._labels or Texts()
            for row in lines.rows:
                if len(row.cells) == at == len(lines.columns) - 1:  # where numbers are missing too, that is told
                    there, must = count(len(row.cells) + 1, "cell"), f"{at + 2}, as the header has"
                    inside = f"{where}.{shown(row.name)}"
                    complaints.add(row.place, inside, there, must, "add an empty cell for no label")
            self._labels.add([row.cells.pop(at) if at < len(row.cells) else Cell("", row.place) for row in lines.rows])
        self.add([_cell_row(row, where, complaints) for row in lines.rows])

    def table(self, where: str, complaints: Complaints, file: DataFile | None) -> Table | None:
        """All rows; None where there is none."""
        if not self._names:
            return None
        lengths = np.concatenate(self._lengths)
        values = [part for part in self._values if part is not None]
        even = len(values) == len(self._values) and (lengths == lengths[0]).all()
        return Table(
            tuple(self._names),
            placed(np.concatenate(self._places)),
            lengths,
            np.concatenate(values) if even else None,
            complaints,
            where,
            self._header,
            file,
            None if self._labels is None else self._labels.column(),
        )


def _yaml_rows(node: Node, where: str, complaints: Complaints, letter: str | None) -> list[_Row]:
    """The rows of a mapping from names, or of a list."""
    named: list[tuple[str | None, Node, Node]] = []
    if isinstance(node, SequenceNode):
        named = [(_row_name(i, letter), entry, entry) for i, entry in enumerate(node.value)]
    elif isinstance(node, MappingNode):
        named = [(name(key, where, complaints), key, value) for _, key, value in entries(node, where, complaints)]
    elif not is_alias(node):
        example = "{b0: 0.1} or [0.1]" if letter == "b" else f"{{{_row_name(0, letter)}: [0.1, 0.2]}} or [[0.1, 0.2]]"
        if isinstance(node, ScalarNode) and node.value.endswith(ENDINGS):
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
            inside = numbers_in(node.value) if isinstance(node, ScalarNode) else keys_alone(node)
            cure = f"write [{', '.join(inside or ['0.1', '0.2'])}]"
            if inside and str(node.value).startswith("(") and not str(node.value).endswith(")"):
                cure = f"write [{inside[0]}, with brackets for ( and )"
            complaints.add(node, where, kind(node), "a list of numbers", cure)
        return None
    read = [number_in_list(entry, f"{where}[{i}]", complaints) for i, entry in enumerate(node.value)]
    return None if None in read else [value for value in read if value is not None]


def _cell_row(row: Row, where: str, complaints: Complaints) -> _Row:
    values = []
    for cell in row.cells:
        try:
            values.append(parse_number(cell.text))
        except Unreadable as error:
            several = not reads_like_number(cell.text) and len(numbers_in(cell.text)) > 1
            cure = AS_FIRST if several else error.fix
            complaints.add(cell.place, f"{where}.{shown(row.name)}", error.found, error.expected, cure)
    if not row.cells:
        cure = other_delimiter(row.name) or "put commas between the cells"
        complaints.add(row.place, where, "a cell alone", "a name and its numbers", cure)
    name_ = row.name if row.cells else row.name.split()[0]  # which it is once there are commas
    return _Row(name_, row.place, values if values and len(values) == len(row.cells) else None)


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
    order = {name: c for c, name in enumerate(right)}
    missing = [name for name in right if name not in {row.name for row in rows}]
    for row in rows:
        if row.name not in order and missing:
            must = f"{letter} and the number of a class, up to {right[-1]} for {count(len(rows), 'row')}"
            complaints.add(row.place, where, quoted(row.name), must, _right_name(row.name, missing, letter))
    return sorted(rows, key=lambda row: order.get(row.name, len(order)))


def _right_name(name: str, missing: Sequence[str], letter: str) -> str:
    """The cure for the name of a parameter: the only one that is missing, or the one with its number."""
    number = re.search(r"\d+\Z", name)
    meant = missing[0] if len(missing) == 1 else f"{letter}{number[0]}" if number else ""
    return f"write {meant}" if meant in missing else f"write {missing[0]}, {missing[1]}, … in the order of the classes"
