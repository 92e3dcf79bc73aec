"""What a setting says under a key of a config, as plain data."""

import os
from pathlib import Path
from typing import Any

from softstep.compute.steps import Given
from softstep.lesson.quantities import CLASS, GIVEN, Axis
from softstep.names import as_data
from softstep.read.setting import DataFile, Setting


def rows_of(setting: Setting, key: str) -> Any:
    """The numbers of a quantity by the names of its rows, or its one number; None if it is not given."""
    given, quantity = setting.given, GIVEN[key]
    if key not in given.values:
        return None
    is_turned = setting.features_as_rows and quantity.has_turned_form
    numbers = given.values[key].T if is_turned else given.values[key]
    if not quantity.axes:
        return numbers.tolist()
    names = given.names_of(quantity)[quantity.axes[-1 if is_turned else 0]]
    rows = {as_data(name): row for name, row in zip(names, numbers.tolist(), strict=True)}
    return {"rows": "features", "values": rows} if is_turned else rows


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
