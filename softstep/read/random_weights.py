"""Random weights: how a config asks for them, and how they are drawn."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.quantities import Axis
from softstep.lesson.rounding import Rounding, round_floats
from softstep.names import is_whole
from softstep.read.labels import Labels
from softstep.read.scalars import (
    ScalarReader,
    mapping_shape,
    read_mapping,
    read_non_negative,
    whole_reader,
    word_reader,
)
from softstep.read.tree import Cursor, Refused, values_in

MOST_RANDOM = 10_000_000
"""The largest number of random weights we draw."""

MOST_COUNTED = 1000
"""The largest number of classes inferred from labels alone; a larger label is probably a typing error."""

READERS: Mapping[str, ScalarReader[Any]] = {
    "init": word_reader("normal"),
    "scale": read_non_negative.with_description("The standard deviation; 1 if left out."),
    "seed": whole_reader(0, 2**32 - 1).with_description("Another seed draws other weights; 0 if left out."),
}
"""The keys of random weights."""

SHAPE = mapping_shape(READERS, required=["init"])


class RandomWeights(NamedTuple):
    """Normal random weights with mean 0 and standard deviation `scale`, not drawn yet.

    Pages show them with rows along `rows_axis`.
    """

    cursor: Cursor
    scale: float
    seed: int
    rows_axis: Axis

    def draw(self, K: int, d: int, rounding: Rounding) -> Array:
        """Draw K × d weights, the same on every machine. With `every_step`, rounded to the printed decimals.

        If these are too many, complain and draw none.
        """
        if K * d > MOST_RANDOM:
            self.cursor.add_complaint(f"{K * d:,} numbers", f"at most {MOST_RANDOM:,}", "put them in a file")
            K = 0
        W = np.random.RandomState(self.seed).normal(0, self.scale, (K, d))  # NumPy will never change this stream
        return round_floats(W, rounding.decimals, rounding.ties) if rounding.every_step else W


def read_random_weights(cursor: Cursor, rows_axis: Axis) -> RandomWeights:
    """Read a mapping such as {init: normal, scale: 0.1, seed: 1}."""
    keys = values_in(cursor.node).keys()
    values = read_mapping(cursor, READERS, "init: normal")
    if "init" not in keys:
        cursor.refuse("random weights of no kind", "normal", "add init: normal")
    if len(values) < len(keys):
        raise Refused
    return RandomWeights(cursor, values.get("scale", 1.0), values.get("seed", 0), rows_axis)


def class_count_of(labels: Labels) -> int | None:
    """The number of classes that labels of whole numbers suggest: the largest label + 1. None for other labels."""
    texts = labels.column.texts
    if labels.file:
        texts = tuple(text.removesuffix(".0") for text in texts)
    K = max(map(int, texts)) + 1 if texts and all(map(is_whole, texts)) else 0
    return K if 1 < K <= MOST_COUNTED else None
