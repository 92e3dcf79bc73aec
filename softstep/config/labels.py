"""Labels in every form that a config may give them: by node, by class, a list, CSV lines, or a CSV or NPY file."""

from pathlib import Path
from typing import NamedTuple

from softstep.config import datafiles
from softstep.config.marked import (
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
from softstep.config.sources import shown
from softstep.config.tables import csv, file_named, is_block
from softstep.config.values import count, name
from softstep.errors import SoftstepError


class Label(NamedTuple):
    """The class of a node as it is written, the node's name, and where they stand; None is no label."""

    node: str
    label: str | None
    node_place: Place
    label_place: Place


class Labels(NamedTuple):
    """All labels, whom to tell what is wrong with them, and the file they came from."""

    labels: list[Label]
    complaints: Complaints
    file: Path | None = None


def labels(node: Node, where: str, complaints: Complaints) -> Labels | None:
    """Labels: at least one. `~` or `null` in place of a class is no label."""
    alone = isinstance(node, MappingNode) and len(node.value) == 1  # or it is a node called file
    file = file_named(node, where, complaints) if alone else None
    about = complaints
    try:
        if file is not None and file.suffix.lower() == ".npy":
            values = datafiles.npy_file(file, 1).tolist()
            read = [Label(str(i + 1), f"{value:.15g}", place(node), place(node)) for i, value in enumerate(values)]
        elif file is not None or is_block(node):
            lines, about = csv(node, datafiles.names_labels, where, complaints, file)
            read = _from_cells(lines, where, about)
        elif isinstance(node, SequenceNode):
            read = [
                Label(str(i + 1), _label(entry, f"{where}[{i}]", complaints), place(entry), place(entry))
                for i, entry in enumerate(node.value)
            ]
        elif isinstance(node, MappingNode):
            read = _from_mapping(node, where, complaints)
        else:
            if not is_alias(node):
                complaints.add(node, where, kind(node), "a class for each node", "write {node: class}")
            return None
    except SoftstepError as error:
        complaints.failed(node, where, error)
        return None
    if not any(label.label is not None for label in read) and not about:
        complaints.add(node, where, "no label", "at least one", "label a node, or delete the key")
    return Labels(read, about, file)


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


def _from_cells(lines: datafiles.Lines, where: str, complaints: Complaints) -> list[Label]:
    read = []
    for row in lines.rows:
        if len(row.cells) == 1:
            read.append(Label(row.name, row.cells[0].text or None, row.place, row.cells[0].place))
        else:
            there = f"{count(len(row.cells), 'cell')} behind the node"
            complaints.add(row.place, f"{where}.{shown(row.name)}", there, "its class alone", "write node,class")
    return read


def _one(node: Node) -> int | None:
    """Where the 1 is in a list of one 1 and otherwise 0, None in any other list."""
    texts = [entry.value for entry in node.value]
    return texts.index("1") if texts.count("1") == 1 and texts.count("0") == len(texts) - 1 else None


def _label(node: Node, where: str, complaints: Complaints) -> str | None:
    unlabelled = is_empty(node) and node.value
    return None if unlabelled else name(node, where, complaints)
