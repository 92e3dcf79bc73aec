"""The gradient against central differences of the loss, which know nothing of derivatives."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from softstep.compute.blocks import Blocks
from softstep.compute.rows import parts
from softstep.compute.steps import Given, Step, as_step
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, FEATURE, POWER, Quantity
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import Rule

CHANGE = 3e-5
"""So far the logits are moved: far less, and float64 loses the difference; far more, and the loss bends."""

FLOOR = 1e-4
"""A gradient so small is as good as 0: the noise of float64 would be much of a smaller one."""

DIFFERENCES: Mapping[str, Quantity] = {
    "weights": Quantity(
        "weight_differences", "ΔL/Δw", "Central differences for the weights", (CLASS, FEATURE),
        parameter="w", formula="(L(w + t) − L(w − t)) / 2t",
    ),
    "biases": Quantity(
        "bias_differences", "ΔL/Δb", "Central differences for the biases", (CLASS,), parameter="b",
        formula="(L(b + t) − L(b − t)) / 2t",
    ),
}  # fmt: skip
"""What the gradient by each parameter is compared with."""

ERRORS: Mapping[str, Quantity] = {
    "weights": Quantity(
        "weight_errors", "e", "Relative errors of the weight gradients", (CLASS, FEATURE), places=POWER, parameter="w"
    ),
    "biases": Quantity(
        "bias_errors", "e", "Relative errors of the bias gradients", (CLASS,), places=POWER, parameter="b"
    ),
}
"""How far from each other they are."""

WORST = Quantity("worst_error", "max e", "Worst relative error", places=POWER, answer=True)


GRADIENTS = {"weights": "weight_gradients", "biases": "bias_gradients"}
"""The keys of the gradients by them."""


def compared(
    given: Given, rules: Iterable[Rule], rounding: Rounding, watch: Callable[[int, int], None] | None = None
) -> list[Step]:
    """The gradient that these rules lead to, central differences of their loss, and how far apart they are, as steps.

    Each weight and bias is moved by t both ways, t being `CHANGE` over the largest |z_ij| that it is multiplied with.
    The relative error is |g − d| / max(|g|, |d|, s) with s = `FLOOR` · max(1, L) · max_i |z_ij|. All is in float64, and
    shown by `rounding`. `watch` is told how many numbers of how many are done.
    """
    blocks = Blocks(given, given.values, rules, Rounding())
    found = blocks.reducer(["loss", *GRADIENTS.values()])()
    loss = blocks.reducer(["loss"])
    largest = {"weights": _largest(given.values["embeddings"]), "biases": np.ones(())}
    differences = {key: np.empty(given.values[key].shape) for key in GRADIENTS}
    numbers = [(key, at) for key in GRADIENTS for at in np.ndindex(differences[key].shape)]
    for done, (key, at) in enumerate(numbers, 1):
        z = float(np.broadcast_to(largest[key], differences[key].shape)[at])
        _refuse_tiny(z)
        t = CHANGE / z
        _refuse_lost(key, float(given.values[key][at]), t)
        above, below = (_moved(given.values[key], at, by) for by in (t, -t))
        rise = loss(**{key: above})["loss"] - loss(**{key: below})["loss"]
        differences[key][at] = rise / (above[at] - below[at])
        if watch:
            watch(done, len(numbers))
    floor = FLOOR * max(1.0, float(found["loss"]))
    errors = {key: _relative(found[GRADIENTS[key]], differences[key], floor * largest[key]) for key in GRADIENTS}
    worst = np.array(max(float(error.max()) for error in errors.values()))
    told: list[tuple[Quantity, Array]] = [(WORST, worst)]
    for key in reversed(GRADIENTS):
        gradient = replace(blocks.rules[GRADIENTS[key]], answer=False)
        told[:0] = (gradient, found[GRADIENTS[key]]), (DIFFERENCES[key], differences[key]), (ERRORS[key], errors[key])
    return [as_step(quantity, numbers, given, rounding) for quantity, numbers in told]


def _refuse_tiny(z: float) -> None:
    """Raise SoftstepError where an embedding is so near to 0 that weights would have to move beyond float64."""
    if z < 1e-290:
        raise SoftstepError(
            f"gradcheck: embeddings: a feature of at most {z:g} is too small for differences in float64; expected "
            "larger; scale it"
        )


def _refuse_lost(key: str, there: float, t: float) -> None:
    """Raise SoftstepError where a float64 is so large that a change by t is lost in its last digits."""
    if t < 1000 * np.spacing(abs(there)):
        raise SoftstepError(
            f"gradcheck: {key}: {there:g} and embeddings that it is multiplied with are too large for differences in "
            "float64; expected smaller; scale them"
        )


def _moved(parameter: Array, at: tuple[int, ...], by: float) -> Array:
    moved = np.array(parameter)
    moved[at] += by
    return moved


def _relative(g: Array, d: Array, floor: Array) -> Array:
    return np.asarray(np.abs(g - d) / np.maximum(np.maximum(np.abs(g), np.abs(d)), floor))


def _largest(Z: Array) -> Array:
    """max_i |z_ij| for each feature; 1 for a feature that is 0 at every node."""
    largest = np.max([np.abs(part).max(axis=0) for part in parts(Z)], axis=0)
    return np.where(largest > 0, largest, 1.0)
