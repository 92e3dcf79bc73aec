"""The keys of a config that say the conventions of a course, and what they must agree on."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from softstep.compute.rows import positions_in
from softstep.lesson.conventions import Conventions
from softstep.lesson.maths import Array
from softstep.lesson.quantities import NODE
from softstep.names import join_words
from softstep.read import scalars
from softstep.read.shapes import NUMBER, any_of
from softstep.read.table import InputTable
from softstep.read.tree import Cursor, Map, quote


class Penalty(NamedTuple):
    """What a config says under `l2`."""

    strength: float
    half: bool = True
    biases: bool = False


def _parse_positive(text: str, refuse: scalars.Refuse) -> float:
    """A number above 0."""
    value = scalars.parse_non_negative(text, refuse)
    if value == 0:
        refuse(quote(text), "more than 0", "write a number such as 2")
    return value


read_smoothing = scalars.ScalarReader(
    scalars.DECIMAL_NUMBER, partial(scalars.parse_non_negative, most=1), NUMBER | {"minimum": 0, "maximum": 1}
)
read_temperature = scalars.ScalarReader(scalars.DECIMAL_NUMBER, _parse_positive, NUMBER | {"exclusiveMinimum": 0})

_PENALTY: Mapping[str, scalars.ScalarReader[Any]] = {
    "strength": scalars.read_non_negative.with_description("λ."),
    "half": scalars.read_boolean.with_description("true: (λ/2)‖W‖²; false: λ‖W‖²."),
    "biases": scalars.read_boolean.with_description("Whether the biases count, too."),
}
PENALTY_SHAPE = any_of(NUMBER | {"minimum": 0}, scalars.mapping_shape(_PENALTY, ["strength"]))


def read_penalty(cursor: Cursor) -> Penalty:
    """Read a strength, or a mapping with it."""
    if not isinstance(cursor.node, Map):
        return Penalty(scalars.read_non_negative(cursor))
    values = scalars.read_mapping(cursor, _PENALTY, "strength: 0.01")
    if "strength" not in values:
        cursor.refuse("no strength", "the strength of the penalty", "add strength: 0.01")
    return Penalty(**values)


def write_penalty(strength: float | None, conventions: Conventions) -> Any:
    """What a config says under `l2`; None if there is no penalty."""
    if strength is None or (conventions.half and not conventions.biases):
        return strength
    return {"strength": strength, "half": conventions.half, "biases": conventions.biases}


def check_not_negative(table: InputTable) -> None:
    """Complain about negative weights of classes or nodes."""
    negative = np.argwhere(table.values < 0)[:100]
    for (i, *_), place in zip(negative.tolist(), table.places[table.rows_axis](negative[:, 0]), strict=True):
        table.cursor.log.add(place, table.path_of(i), repr(float(table.values[i])), "0 or more", "correct it")


def rows_of_nodes(table: InputTable, nodes: Sequence[str] | None, start: str) -> tuple[Array, Array]:
    """The positions of the rows of a table among the nodes, in their order, and the rows.

    Complains about rows of no node.
    """
    names = table.row_names
    if names is None or nodes is None:
        return np.arange(len(table.values)), table.values
    at = positions_in(names, nodes)
    unknown = np.flatnonzero(at < 0)[:100]
    for i, place in zip(unknown.tolist(), table.places[NODE](unknown), strict=True):
        fix = "correct the name, or add the node"
        table.cursor.log.add(place, table.path_of(i), f"no node {quote(names[i])}", f"a node of {start}", fix)
    order = np.argsort(at, kind="stable")
    order = order[at[order] >= 0]
    return at[order], table.values[order]


def check_together(cursors: Mapping[str, Cursor], values: Mapping[str, Any]) -> None:
    """Complain about conventions that do not go together."""
    pairs = [
        ("targets", "labels", "they are the targets"),
        ("divide_by", "reduction", "a sum is not divided") if values.get("reduction") == "sum" else None,
        *((key, "gradient", "the article's has none") for key in _OPTIONS if values.get("gradient") == "article"),
        ("temperature", "probabilities", "they are computed with it"),
        *(("l2", start, "there are no weights") for start in ("logits", "probabilities")),
    ]
    for pair in filter(None, pairs):
        key, other, because = pair
        if key in cursors and other in cursors:
            cursors[key].add_complaint(
                f"given beside {other}", f"one of the two, because {because}", "keep one of the two"
            )
    if "divide_by" in cursors and cursors.keys().isdisjoint(("class_weights", "node_weights")):
        cursors["divide_by"].add_complaint(
            "no weights", "class_weights or node_weights beside it", "leave divide_by out, or add weights"
        )


def check_divisor(
    cursors: Mapping[str, Cursor], arrays: Mapping[str, Array], labelled: Array, divide_by: str | None
) -> None:
    """Complain about weights that are all 0 where there are labels."""
    for key in ("class_weights", "node_weights"):
        if key not in arrays or divide_by == "nodes":
            continue
        of_labels = arrays[key][labelled] if key == "node_weights" else arrays[key]
        if key == "class_weights" and "labels" in arrays:
            known = arrays["labels"][arrays["labels"] < len(of_labels)]
            of_labels = of_labels[known]
        if of_labels.size and not of_labels.any():
            cursors[key].add_complaint(
                "weights of 0 at every label", "one above 0", "correct them, or write divide_by: nodes"
            )


_STEPS_NEED = {
    "scaled_logits": "temperature",
    "targets": "label_smoothing",
    "smoothed_targets": "targets and label_smoothing",
    "weighted_targets": "class_weights or node_weights",
    "divisor": "a mean over class_weights or node_weights",
    "data_loss": "l2",
    "penalty": "l2",
}
"""What a config must have for the steps that only some lessons have."""


def check_marks(cursor: Cursor, marks: Collection[str], steps: Collection[str]) -> None:
    """Complain about points for steps that the lesson has not."""
    missing = [key for key in marks if key not in steps]
    if missing:
        needed = join_words([*dict.fromkeys(_STEPS_NEED[key] for key in missing)])
        expected = "steps that follow from this config"
        cursor.add_complaint(
            f"points for {join_words(missing)}", expected, f"add {needed}, or give the points to another step"
        )


_OPTIONS = (
    "targets",
    "label_smoothing",
    "class_weights",
    "node_weights",
    "reduction",
    "divide_by",
    "l2",
    "temperature",
)


def conventions_of(values: Mapping[str, Any]) -> Conventions:
    """The conventions that the values under the keys say."""
    penalty, add_up = values.get("l2", Penalty(0)), True
    if "targets" in values:
        add_up = bool(np.allclose(values["targets"].values.sum(axis=1), 1, rtol=0, atol=1e-9))
    return Conventions(values.get("reduction", "mean"), values.get("divide_by"), penalty.half, penalty.biases, add_up)
