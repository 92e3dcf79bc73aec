"""Labels in every form that a config may give them: by node, by class, a list, CSV lines, or a CSV, NPY or NPZ file."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from softstep.compute.rows import numbered
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.names import joined
from softstep.read import columns
from softstep.read.arrayfiles import SUFFIXES, array_file
from softstep.read.arrays import ArrayNode
from softstep.read.datafiles import (
    Cell,
    Column,
    Lines,
    Places,
    Row,
    Texts,
    csv_parts,
    names_columns,
    names_labels,
    placed,
)
from softstep.read.filenames import Named, about_file, is_block, lines_of, named_file, names_file
from softstep.read.marked import (
    Complaints,
    MappingNode,
    Node,
    Place,
    SequenceNode,
    entries,
    is_alias,
    is_empty,
    kind,
    place,
)
from softstep.read.scalars import quoted
from softstep.read.sources import shown
from softstep.read.tables import Table
from softstep.read.values import count, did_you_mean, name
from softstep.setting import DataFile


class Label(NamedTuple):
    """The class of a node as it is written, the node's name, and where they stand; None is no label."""

    node: str
    label: str | None
    node_place: Place
    label_place: Place


class Labels(NamedTuple):
    """The class of each node as it is written, where they stand, whom to tell what is wrong, and the file."""

    nodes: Sequence[str]
    places: Places
    column: Column
    complaints: Complaints
    file: DataFile | None = None

    def some(self, rows: Array) -> list[Label]:
        """These of the labels, one by one."""
        nodes = [self.nodes[i] for i in rows.tolist()]
        codes = self.column.codes[rows].tolist()
        texts = [self.column.texts[code] if code >= 0 else None for code in codes]
        return list(map(Label, nodes, texts, self.places(rows), self.column.places(rows)))


def labels(node: Node, where: str, complaints: Complaints, table: Table | None = None) -> Labels | None:
    """Labels: at least one. `~` or `null` in place of a class is no label.

    `table` has them already where they are a column of its file.
    """
    named = named_file(node, where, complaints, "column") if names_file(node) else Named(None)
    if named is None:
        return None
    file = named.file
    try:
        if file is not None and table is not None and table.labels is not None:
            read = Labels(table.names, table.places, table.labels, table.complaints, file)
        elif file is not None and file.path.suffix.lower() in SUFFIXES:
            read = _from_array(array_file(file.path, 1, file.key, as_typed=True), node, complaints, file)
        elif isinstance(node, ArrayNode) and node.array.ndim == 1:
            read = _from_array(node.array, node, complaints, None)
        elif file is not None or is_block(node):
            found = _from_csv(node, where, complaints, file)
            if found is None:
                return None
            read = found
        elif isinstance(node, SequenceNode):
            read = _listed(_from_list(node, where, complaints), complaints)
        elif isinstance(node, MappingNode):
            read = _listed(_from_mapping(node, where, complaints), complaints)
        else:
            if not is_alias(node):
                complaints.add(node, where, kind(node), "a class for each node", "write {node: class}")
            return None
    except SoftstepError as error:
        complaints.add_failure(node, where, error)
        return None
    if not (read.column.codes >= 0).any() and not read.complaints:
        complaints.add(node, where, "no label", "at least one", "label a node, or delete the key")
    return read


def _listed(read: Sequence[Label], complaints: Complaints) -> Labels:
    texts = Texts()
    texts.add([Cell(label.label or "", label.label_place) for label in read])
    places = placed([label.node_place for label in read])
    return Labels(tuple(label.node for label in read), places, texts.column(), complaints)


def _from_array(values: Array, node: Node, complaints: Complaints, file: DataFile | None) -> Labels:
    """Labels of nodes 1, 2, …"""
    at, nodes = place(node), numbered(range(1, len(values) + 1))
    about = complaints.about(shown(str(file.path), 200)) if file else complaints
    column = columns.column_of(values, lambda rows: [(int(row) + 1, 1) if file else at for row in rows])
    return Labels(nodes, column.places, column, about, file)


def _from_csv(node: Node, where: str, complaints: Complaints, file: DataFile | None) -> Labels | None:
    """Labels from lines of CSV; from a file also those in one of its columns."""
    about = about_file(file, complaints)
    column = file and file.column
    is_header = names_labels if column is None else names_columns
    read = columns.texts(file.path, is_header, column) if file else None
    if read is not None and read.column is not None:
        return Labels(read.names, read.places, read.column, about, file)
    names: list[str] = []
    places: list[Array] = []
    texts = Texts()
    for part in csv_parts(lines_of(node, where, file, about), is_header, where, about):
        if column is not None and (part.columns is None or column not in part.columns):
            _no_column(node, column, part.columns, where, complaints)
            return None
        rows = part.rows if column is None else _only_column(part, column, where, about)
        alone = [row for row in rows if len(row.cells) == 1]
        names += [row.name for row in alone]
        places.append(np.array([row.place for row in alone], dtype=int).reshape(-1, 2))
        texts.add([row.cells[0] for row in alone])
        _not_alone(rows, file, where, about)
    return Labels(tuple(names), placed(np.concatenate(places)), texts.column(), about, file)


def _not_alone(rows: Sequence[Row], file: DataFile | None, where: str, complaints: Complaints) -> None:
    """Complain of rows that have other cells than a node and its class."""
    for row in rows:
        if len(row.cells) != 1:
            there = f"{count(len(row.cells), 'cell')} behind the node"
            cure = "write node,class" + (", or say which with column: NAME" if file and row.cells else "")
            complaints.add(row.place, f"{where}.{shown(row.name)}", there, "its class alone", cure)


def _only_column(lines: Lines, column: str, where: str, complaints: Complaints) -> list[Row]:
    """The rows with that cell alone."""
    assert lines.columns is not None
    at = lines.columns.index(column)
    for row in lines.rows:
        if at >= len(row.cells):
            there, must = count(len(row.cells) + 1, "cell"), f"at least {at + 2}, as the header has"
            complaints.add(
                row.place, f"{where}.{shown(row.name)}", there, must, f"write its {shown(column)}, or a comma"
            )
    return [row._replace(cells=[row.cells[at]]) for row in lines.rows if at < len(row.cells)]


def _no_column(node: Node, column: str, header: tuple[str, ...] | None, where: str, complaints: Complaints) -> None:
    """Complain of a column that a file does not have."""
    assert isinstance(node, MappingNode)
    at = next(value for key, value in node.value if key.value == "column")
    header = tuple(filter(None, header or ()))
    if not header:
        there, cure = f"{quoted(column)} of a file without a header", "begin the file with a line such as id,x_0,label"
        complaints.add(at, f"{where}.column", there, "a name in the header of the file", cure)
        return
    must = joined(header, "or") if len(header) < 12 else "a column of the file"
    complaints.add(at, f"{where}.column", quoted(column), must, did_you_mean(column, header) or "write one of these")


def _from_list(node: SequenceNode, where: str, complaints: Complaints) -> list[Label]:
    """Labels of nodes 1, 2, …"""
    return [
        Label(str(i + 1), _label(entry, f"{where}[{i}]", complaints), place(entry), place(entry))
        for i, entry in enumerate(node.value)
    ]


def _from_mapping(node: MappingNode, where: str, complaints: Complaints) -> list[Label]:
    """Labels by node, or by class where the values are lists of nodes."""
    pairs = [
        (text, key, value)
        for _, key, value in entries(node, where, complaints)
        if (text := name(key, where, complaints)) is not None
    ]
    by_class = [isinstance(value, SequenceNode) for *_, value in pairs]
    if any(by_class) and not all(by_class):
        text, _, value = pairs[by_class.index(not by_class[0])]
        there = f"{kind(value)} beside {kind(pairs[0][2])}"
        must = "either all {node: class} or all {class: [nodes]}"
        complaints.add(value, f"{where}.{shown(text)}", there, must, "write one of the two")
        return []
    if not any(by_class):
        return [
            Label(text, _label(value, f"{where}.{shown(text)}", complaints), place(key), place(value))
            for text, key, value in pairs
        ]
    ones = [_one(value) for *_, value in pairs]
    if len(pairs) > 1 and None not in ones:
        for (text, _, value), one in zip(pairs, ones, strict=True):
            complaints.add(value, f"{where}.{shown(text)}", "a one-hot list", "the number of the class", f"write {one}")
        return []
    return [
        Label(member, text, place(entry), place(key))
        for text, key, value in pairs
        for i, entry in enumerate(value.value)
        if (member := name(entry, f"{where}.{shown(text)}[{i}]", complaints)) is not None
    ]


def _one(node: Node) -> int | None:
    """Where the 1 is in a list of one 1 and otherwise 0, None in any other list."""
    texts = [entry.value for entry in node.value]
    return texts.index("1") if texts.count("1") == 1 and texts.count("0") == len(texts) - 1 > 0 else None


def _label(node: Node, where: str, complaints: Complaints) -> str | None:
    unlabelled = is_empty(node) and node.value
    return None if unlabelled else name(node, where, complaints)
