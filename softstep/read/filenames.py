"""The file that `{file: PATH}` names in a config, and what of it; a block of text as the lines of one."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from softstep.read.arrayfiles import SUFFIXES
from softstep.read.datafiles import check_csv, file_lines
from softstep.read.marked import (
    Complaints,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    block_lines,
    is_alias,
    is_empty,
    kind,
)
from softstep.read.scalars import quoted
from softstep.read.sources import shown
from softstep.read.values import did_you_mean, mapping, name
from softstep.setting import DataFile

ENDINGS = (".csv", ".tsv", *SUFFIXES)
"""How the names of data files end."""

_KEYS = "file", "column", "key"


class Named(NamedTuple):
    """What a value names: a file, or none because it is something else."""

    file: DataFile | None


def names_file(node: Node | None) -> bool:
    """Whether a file is named, or meant to be, where `file` may be a node too."""
    if not isinstance(node, MappingNode) or not all(isinstance(key, ScalarNode) for key, _ in node.value):
        return False
    keys = {key.value for key, _ in node.value}
    nearly = any(_is_near(str(key.value)) and str(value.value).endswith(ENDINGS) for key, value in node.value)
    return ("file" in keys and keys <= {*_KEYS}) or nearly


def _is_near(key: str) -> bool:
    return key in ("file", "path", "csv") or did_you_mean(key, ["file"]) is not None


def file_at(node: Node, folder: Path) -> DataFile | None:
    """The file that is named there, from `folder`; None where something else stands."""
    if not isinstance(node, MappingNode):
        return None
    named = {
        str(key.value): str(value.value)
        for key, value in node.value
        if isinstance(key, ScalarNode) and isinstance(value, ScalarNode) and value.value and not is_empty(value)
    }
    return DataFile(folder / named["file"], named.get("column"), named.get("key")) if "file" in named else None


def named_file(node: Node, where: str, complaints: Complaints, *more: str) -> Named | None:
    """The same, and None after a complaint; it may say `key`, and what `more` says, each where such a file has one."""
    if _misnames_file(node, where, complaints):
        return None
    file = file_at(node, complaints.folder)
    if file is None:
        return Named(None)
    found = mapping(node, where, complaints, ("file", *more, "key"), "file: nodes.csv")
    odd = next((c for c in str(found["file"].value) if not c.isprintable()), None)
    if odd is not None:  # in quotes, \n of C:\nodes.csv is a new line
        there = f"U+{ord(odd):04X} in the name of a file"
        complaints.add(found["file"], f"{where}.file", there, "a path", "write / for \\")
        return None
    suffix = file.path.suffix.lower()
    for part, only_in, ok in (
        ("column", "only a CSV file has columns with names", suffix not in SUFFIXES),
        ("key", "only an NPZ file has keys", suffix == ".npz"),
    ):
        if part in found and name(found[part], f"{where}.{part}", complaints) is not None and not ok:
            there = f"a {part} of {shown(str(file.path), 200)}"
            complaints.add(found[part], f"{where}.{part}", there, f"left out, for {only_in}", f"delete {part}")
    return Named(file)


def same_file(one: DataFile, other: DataFile) -> bool:
    """Whether both name the same file, be it by other names."""
    try:
        return os.path.samefile(one.path, other.path)
    except (OSError, ValueError):  # there is none
        return False


def is_block(node: Node) -> bool:
    """Whether lines of text stand here, which are CSV."""
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def lines_of(node: Node, where: str, file: DataFile | None, about: Complaints) -> Iterable[tuple[int, str]]:
    """The lines, with their numbers, of a CSV file or, without one, at the node. Raises SoftstepError."""
    if file is not None:
        return file_lines(file.path, where, about)
    assert isinstance(node, ScalarNode)
    return block_lines(node)


def about_file(file: DataFile | None, complaints: Complaints) -> Complaints:
    """Whom to tell what is wrong in the lines of a file or, without one, of the config. Raises SoftstepError."""
    if file is None:
        return complaints
    check_csv(file.path)
    return complaints.about(shown(str(file.path), 200))


def _misnames_file(node: Node, where: str, complaints: Complaints) -> bool:
    """Whether a file should be named here and is not, which is complained of: no name, or not under `file`."""
    pairs = node.value if isinstance(node, MappingNode) else []
    named = {key.value: value for key, value in pairs if isinstance(key, ScalarNode)}
    if "file" in named and named.keys() <= {*_KEYS} and _is_no_path(named["file"]):
        complaints.add(named["file"], f"{where}.file", kind(named["file"]), "the name of a file", "write one")
        return True
    for key, value in pairs:
        if not (isinstance(key, ScalarNode) and isinstance(value, ScalarNode)) or is_alias(value):
            continue
        if key.value not in _KEYS and value.value.endswith(ENDINGS):
            complaints.add(key, where, f"unknown key {quoted(key.value)}", "file", "write file")
            return True
    return False


def _is_no_path(node: Node) -> bool:
    """Whether it is neither the name of a file nor what another thing called `file` may have."""
    first = node.value[0] if isinstance(node, SequenceNode) and node.value else node
    if not isinstance(first, ScalarNode) or is_alias(first):
        return False
    return is_empty(first) or not first.value or (first is not node and first.value.endswith(ENDINGS))
