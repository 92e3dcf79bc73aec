"""A setting as the plain data of a config."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from softstep.maths import Array
from softstep.names import plain
from softstep.steps import BIAS, CLASS, FEATURE, LABELLED, NODE, WEIGHT, DataFile, Setting

STARTS = ("embeddings", "logits", "probabilities")
"""What a config may start with, a row for each node."""

KEPT = (*STARTS, "labels")
"""What stays in a file; weights and biases are those of one step, and the file's were those of another."""


def config_of(setting: Setting, base: Path) -> dict[str, Any]:
    """The plain data of a config that reads back as the setting, bit for bit.

    What came from a file stays there; the file's name is relative to the folder `base`.
    """
    names, values = setting.given.names, setting.given.values
    kept = {key: file for key, file in setting.files.items() if key in KEPT}
    typed = {key: value for key, value in values.items() if key not in kept}
    classes = [names[CLASS][c] for c in typed.get("labels", np.zeros(0, dtype=int))]
    labels: dict[Any, Any] = {plain(node): plain(name) for node, name in zip(names[LABELLED], classes, strict=False)}
    if "file" in labels:  # which would be read as the name of a file
        labels = {plain(name): [node for node in labels if labels[node] == plain(name)] for name in classes}
    config: dict[str, Any] = {
        "title": setting.title,
        **{key: _rows(names[NODE], typed[key]) for key in STARTS if key in typed},
        "features": _unless_numbered(names[FEATURE], "x_"),
        "labels": labels or None,
        "classes": _unless_numbered(names[CLASS], ""),
        "weights": _rows(names[WEIGHT], values["weights"]) if "weights" in values else None,
        "biases": _rows(names[BIAS], values["biases"]) if "biases" in values else None,
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


def _rows(names: Sequence[str], value: Array) -> dict[Any, Any]:
    return {plain(name): entries for name, entries in zip(names, value.tolist(), strict=True)}


def _unless_numbered(names: Sequence[str], prefix: str) -> list[int | str] | None:
    """The names, if somebody gave them."""
    return None if list(names) == [f"{prefix}{i}" for i in range(len(names))] else [plain(name) for name in names]
