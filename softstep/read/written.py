"""A setting as the plain data of a config."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from softstep.compute.steps import Given
from softstep.lesson.quantities import CLASS, FEATURE, GIVEN, Axis
from softstep.names import plain
from softstep.setting import DataFile, Setting

STARTS = ("embeddings", "logits", "probabilities")
"""What a config may start with, a row for each node."""

KEPT = (*STARTS, "labels")
"""What stays in a file; weights and biases are those of one step, and the file's were those of another."""


def config_of(setting: Setting, base: Path) -> dict[str, Any]:
    """The plain data of a config that reads back as the setting, bit for bit.

    What came from a file stays there; the file's name is relative to the folder `base`.
    """
    given = setting.given
    names, values = given.names, given.values
    kept = {key: file for key, file in setting.files.items() if key in KEPT}
    typed = {key: value for key, value in values.items() if key not in kept}
    classes = [names[CLASS][c] for c in typed.get("labels", np.zeros(0, dtype=int))]
    labels: dict[Any, Any] = {
        plain(node): plain(name) for node, name in zip(given.labelled_names, classes, strict=False)
    }
    if "file" in labels:  # which would be read as the name of a file
        labels = {plain(name): [node for node in labels if labels[node] == plain(name)] for name in classes}
    config: dict[str, Any] = {
        "title": setting.title,
        **{key: _rows(given, key) for key in STARTS if key in typed},
        "features": _unless_default(FEATURE, names),
        "labels": labels or None,
        "classes": _unless_default(CLASS, names),
        "weights": _rows(given, "weights") if "weights" in values else None,
        "biases": _rows(given, "biases") if "biases" in values else None,
        "learning_rate": values["learning_rate"].item() if "learning_rate" in values else None,
        "gradient": setting.gradient,
        "rounding": asdict(setting.rounding),
        "marks": dict(setting.marks) or None,
    }
    files = {key: _file(file, base) for key, file in kept.items()}
    return {key: value for key, value in (config | files).items() if value is not None}


def _file(file: DataFile, base: Path) -> dict[str, str | int]:
    """The mapping that names a file, from the folder `base`."""
    within = {"column": file.column, "key": file.key}
    named = {key: plain(value) for key, value in within.items() if value is not None}
    return {"file": os.path.relpath(file.path, base), **named}


def _rows(given: Given, key: str) -> dict[Any, Any]:
    rows, *_ = given.names_of(GIVEN[key]).values()
    return {plain(name): entries for name, entries in zip(rows, given.values[key].tolist(), strict=True)}


def _unless_default(axis: Axis, names: Mapping[Axis, Sequence[str]]) -> list[int | str] | None:
    """The names along an axis, if somebody gave them."""
    there = tuple(names[axis])
    return None if there == axis.default_names(len(there)) else [plain(name) for name in there]
