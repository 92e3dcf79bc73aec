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
    """The numbers of a quantity by the names of its rows, or the one number; None where it is not given."""
    if key not in given.values:
        return None
    numbers = given.values[key].tolist()
    names: list[Sequence[str]] = [*given.names_of(GIVEN[key]).values()]
    return {as_data(name): row for name, row in zip(names[0], numbers, strict=True)} if names else numbers


def labels_of(given: Given) -> dict[Any, Any] | None:
    """The classes by node; the nodes by class where a node has the name of a key that means a file."""
    if "labels" not in given.values:
        return None
    classes = [as_data(given.names[CLASS][c]) for c in given.values["labels"]]
    labels = dict(zip(map(as_data, given.labelled_names), classes, strict=True))
    if "file" in labels:
        return {name: [node for node in labels if labels[node] == name] for name in classes}
    return labels or None


def names_of(given: Given, axis: Axis) -> list[int | str] | None:
    """The names along an axis, if somebody gave them."""
    there = tuple(given.names[axis])
    return None if there == axis.default_names(len(there)) else [as_data(name) for name in there]


def file_of(file: DataFile, base: Path) -> dict[str, str | int]:
    """The mapping that names a file, from the folder `base`."""
    within = {"column": file.column, "key": file.key}
    named = {key: as_data(value) for key, value in within.items() if value is not None}
    return {"file": os.path.relpath(file.path, base), **named}
