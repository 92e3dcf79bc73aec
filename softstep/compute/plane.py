"""The predicted class all over the plane of two features, for a picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from softstep.compute.derive import derive
from softstep.compute.rows import NumberNames
from softstep.compute.steps import Given
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, FEATURE, NODE
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import BY_KEY, lesson

ACROSS = 300
"""The grid has this many points in each direction."""

MOST_NODES = 2000
"""Of more nodes, only every second, third, … is in the picture."""


class Plane(NamedTuple):
    """The predicted class at each grid point (y × x), and nodes with their labels (−1: none)."""

    features: Sequence[str]
    classes: Sequence[str]
    x: Array
    y: Array
    predicted: Array
    nodes: Array
    labels: Array


def plane(given: Given) -> Plane | None:
    """The plane around the nodes, in full precision; None unless there are two features."""
    Z = given.values["embeddings"]
    if Z.shape[1] != 2:
        return None
    low, high = Z.min(axis=0), Z.max(axis=0)
    margin = np.where(high > low, (high - low) * 0.08, 1.0)
    x, y = np.linspace(low - margin, high + margin, ACROSS).T
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    names = {**given.names, NODE: NumberNames(range(1, len(grid) + 1))}
    values = {"embeddings": grid, "weights": given.values["weights"], "biases": given.values["biases"]}
    points = Given(values, names, np.zeros(0, dtype=int))
    predicted = derive(points, lesson(BY_KEY, values, (), Rounding()), Rounding())["predictions"].value
    labels = np.full(len(Z), -1)
    labels[given.labelled] = given.values["labels"]
    in_picture = slice(None, None, len(Z) // MOST_NODES + 1)
    return Plane(
        given.names[FEATURE],
        given.names[CLASS],
        x,
        y,
        predicted.reshape(ACROSS, ACROSS),
        np.array(Z[in_picture]),
        labels[in_picture],
    )
