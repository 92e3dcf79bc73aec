"""What a setting says under a key of a config, as plain data."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from softstep.compute.steps import Given
from softstep.lesson.quantities import CLASS, GIVEN, Axis
from softstep.names import as_data
from softstep.read.setting import DataFile


def rows_of(given: Given, key: str) -> Any:
    """The numbers of a quantity by the names of its rows, or its one number; None if it is not given."""
    if key not in given.values:
        return None
    numbers = given.values[key].tolist()
    names: list[Sequence[str]] = [*given.names_of(GIVEN[key]).values()]
    return {as_data(name): row for name, row in zip(names[0], numbers, strict=True)} if names else numbers


def labels_of(given: Given) -> dict[Any, Any] | None:
    """The class of each node; or the nodes of each class, if a node is called `file`, which would mean a file."""
    if "labels" not in given.values:
        return None
    classes = [as_data(given.names[CLASS][c]) for c in given.values["labels"]]
    labels = dict(zip(map(as_data, given.labelled_names), classes, strict=True))
    if "file" in labels:
        return {name: [node for node in labels if labels[node] == name] for name in classes}
    return labels or None


def names_of(given: Given, axis: Axis) -> list[int | str] | None:
    """The names along an axis; None for default names."""
    names = tuple(given.names[axis])
    return None if names == axis.default_names(len(names)) else [as_data(name) for name in names]


def file_of(file: DataFile, base: Path) -> dict[str, str | int]:
    """The mapping that names a file, with a path from the folder `base`."""
    parts = {"column": file.column, "key": file.key}
    names = {key: as_data(name) for key, name in parts.items() if name is not None}
    return {"file": os.path.relpath(file.path, base), **names}
