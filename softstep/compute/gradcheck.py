"""The gradient checked against central differences of the loss, which use no derivative."""

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
"""The change of the logits. Much smaller, float64 would lose the difference; much larger, the loss would curve."""

FLOOR = 1e-4
"""A gradient below this counts as 0: rounding errors of float64 would be a large part of it."""

GRADIENT_KEYS = {"weights": "weight_gradients", "biases": "bias_gradients"}
"""The gradient with respect to each parameter."""

DIFFERENCES: Mapping[str, Quantity] = {
    "weights": Quantity(
        "weight_differences", "ΔL/Δw", "Central differences for the weights", (CLASS, FEATURE), parameter="w",
        formula="(L(w + t) − L(w − t)) / 2t",
    ),
    "biases": Quantity(
        "bias_differences", "ΔL/Δb", "Central differences for the biases", (CLASS,), parameter="b",
        formula="(L(b + t) − L(b − t)) / 2t",
    ),
}  # fmt: skip

ERRORS: Mapping[str, Quantity] = {
    "weights": Quantity(
        "weight_errors", "e", "Relative errors of the weight gradients", (CLASS, FEATURE), precision=POWER,
        parameter="w",
    ),
    "biases": Quantity(
        "bias_errors", "e", "Relative errors of the bias gradients", (CLASS,), precision=POWER, parameter="b"
    ),
}  # fmt: skip

WORST = Quantity("worst_error", "max e", "Worst relative error", precision=POWER, answer=True)


def compare_gradients(
    given: Given, rules: Iterable[Rule], rounding: Rounding, progress: Callable[[int, int], None] | None = None
) -> list[Step]:
    """The gradients that these rules compute, central differences of their loss, and relative errors, as steps.

    Each weight and bias is changed by ± t. The relative error is |g − d| / max(|g|, |d|, s) with
    s = `FLOOR` · max(1, L) · max_i |z_ij|. All is computed in float64; `rounding` is for display.
    Progress callback: `(done, total)`. Raises SoftstepError if a number is too small or too large for differences.
    """
    blocks = Blocks(given, given.values, rules, Rounding())
    found = blocks.reduce(["loss", *GRADIENT_KEYS.values()])
    largest = np.max([np.abs(part).max(axis=0) for part in parts(given.values["embeddings"])], axis=0)
    factors = {"weights": np.where(largest > 0, largest, 1.0), "biases": np.ones(())}  # of each parameter in the logits
    changes = {key: parameter_changes(key, given.values[key], factors[key]) for key in GRADIENT_KEYS}
    differences = {key: np.empty(given.values[key].shape) for key in GRADIENT_KEYS}
    entries = [(key, at) for key in GRADIENT_KEYS for at in np.ndindex(differences[key].shape)]
    for done, (key, at) in enumerate(entries, 1):
        above, below = np.array(given.values[key]), np.array(given.values[key])
        above[at] += changes[key][at]
        below[at] -= changes[key][at]
        rise = blocks.reduce(["loss"], **{key: above})["loss"] - blocks.reduce(["loss"], **{key: below})["loss"]
        differences[key][at] = rise / (above[at] - below[at])
        if progress:
            progress(done, len(entries))
    compared: list[tuple[Quantity, Array]] = []
    for key in GRADIENT_KEYS:
        g, d = found[GRADIENT_KEYS[key]], differences[key]
        floor = FLOOR * max(1.0, float(found["loss"])) * factors[key]
        errors = np.abs(g - d) / np.maximum(np.maximum(np.abs(g), np.abs(d)), floor)
        gradient = replace(blocks.rules[GRADIENT_KEYS[key]], answer=False)
        compared += (gradient, g), (DIFFERENCES[key], d), (ERRORS[key], errors)
    worst = np.max([numbers.max() for quantity, numbers in compared if quantity.precision == POWER])
    return [as_step(quantity, numbers, given, rounding) for quantity, numbers in (*compared, (WORST, np.array(worst)))]


def parameter_changes(key: str, parameter: Array, factor: Array) -> Array:
    """The change t of each entry of a parameter: `CHANGE` / `factor`, which changes a logit by `CHANGE`.

    Raises SoftstepError if t would overflow, or would be lost in the last digits of the parameter.
    """
    if factor.min() < 1e-290:
        raise SoftstepError(
            f"gradcheck: embeddings: a feature of at most {factor.min():g} is too small for differences in float64; "
            "expected larger; scale it"
        )
    t = np.broadcast_to(CHANGE / factor, parameter.shape)
    lost = parameter[t < 1000 * np.spacing(np.abs(parameter))]
    if lost.size:
        raise SoftstepError(
            f"gradcheck: {key}: {lost[0]:g} and embeddings that it is multiplied with are too large for differences in "
            "float64; expected smaller; scale them"
        )
    return t
