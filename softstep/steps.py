"""The lesson as a table of rules, and the steps that they leave.

`RULES` is read from top to bottom like the page of a textbook. `derive` walks it once; each rule leaves a `Step`, and
every reader (a format, a note, a mark) reads steps and computes nothing. Another convention is another rule under the
same key: `lesson` puts it in the table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from softstep import maths
from softstep.errors import SoftstepError
from softstep.maths import Array
from softstep.rounding import MOST_DECIMALS, Rounding, decimal_arithmetic, digits, exact, places_of, rounded

NODE, LABELLED, CLASS, FEATURE, WEIGHT, BIAS = "node", "labelled node", "class", "feature", "weight", "bias"
"""Whose names label rows and columns: the keys of `Given.names`. Weight c is w_c, the weights of class c."""

MATRIX, LOSS, WHOLE = "decimals", "loss decimals", "whole"
"""How many places a quantity has. By hand the first two are rounded before the next rule uses them. What is typed,
and what stands inside one operation, is not rounded: it is shown whole by hand, and else with at most two places
more than `decimals`."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """What a number in the lesson is called: `key` in files, `symbol` on the page, `title` in a heading.

    `rows` and `columns` say whose names label it, or name the rows (None and None: it is one number). `entries` is
    CLASS where the numbers are classes. `places` says how many decimals it is shown with.
    """

    key: str
    symbol: str
    title: str
    rows: str | tuple[str, ...] | None = None
    columns: str | None = None
    entries: str | None = None
    places: str = MATRIX


@dataclass(frozen=True, eq=False, kw_only=True)
class Rule(Quantity):
    """A quantity and how to get it: `compute` of the arrays named in `inputs`, in that order.

    `formula` is how the page writes it. `command` is the stretch it belongs to; `answer` says that the stretch is
    there to find it. `over` is LABELLED where the rule
    reads only the rows of labelled nodes. `replaces` names the given quantity whose next value this is. `remark` may
    find something in the step that its reader must be told.
    """

    formula: str
    inputs: tuple[str, ...]
    compute: Callable[..., Array]
    command: str
    answer: bool = False
    over: str = NODE
    replaces: str | None = None
    remark: Callable[["Step"], str | None] = lambda step: None


@dataclass(frozen=True, eq=False)
class Step:
    """What a rule left, or what was given: the rule, the very arrays used, the value, and the names of its entries.

    `decimals` is how many places it is shown with, `ties` the tie rule. It is array-like: `numpy.asarray(step)`.
    """

    rule: Quantity
    value: Array
    rows: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    entries: tuple[str, ...] | None = None
    inputs: Mapping[str, Array] = field(default_factory=dict)
    decimals: int = 2
    ties: str = "half-up"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype)

    @property
    def remark(self) -> str | None:
        """What a reader of this step must be told, or None."""
        return self.rule.remark(self) if isinstance(self.rule, Rule) else None

    def digits(self, decimals: int | None = None) -> Any:
        """The entries as they are printed, as text in nested lists: rounded, or the names of classes."""
        if self.entries is not None:
            return np.array(self.entries, dtype=object)[self.value].tolist()
        return digits(self.value, self.decimals if decimals is None else decimals, self.ties).tolist()

    def take(self, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None) -> "Step":
        """The same step with the rows and columns at these places only, in this order."""
        value, names, heads = self.value, self.rows, self.columns
        if rows is not None and names is not None:
            value, names = value[list(rows)], tuple(names[i] for i in rows)
        if columns is not None and heads is not None:
            value, heads = value[:, list(columns)], tuple(heads[i] for i in columns)
        return replace(self, value=value, rows=names, columns=heads)


GIVEN = {
    quantity.key: quantity
    for quantity in (
        Quantity("embeddings", "Z", "Embeddings", NODE, FEATURE, places=WHOLE),
        Quantity("logits", "H", "Logits", NODE, CLASS, places=WHOLE),
        Quantity("probabilities", "P", "Probabilities", NODE, CLASS, places=WHOLE),
        Quantity("labels", "y", "Labels", LABELLED, entries=CLASS),
        Quantity("weights", "W", "Weights", WEIGHT, FEATURE, places=WHOLE),
        Quantity("biases", "b", "Biases", BIAS, places=WHOLE),
        Quantity("learning_rate", "α", "Learning rate", places=WHOLE),
    )
}
"""What a lesson can start from; logits and probabilities also have rules, used where they are not given."""


def _shifted_rows(step: Step) -> str | None:
    """Which rows of exp(h) stand shifted, by how much, and why."""
    shifts = maths.shifts(*step.inputs.values())
    shown = zip(step.rows or (), shifts, digits(shifts, step.decimals, step.ties), strict=True)
    named = ", ".join(f"m = {text} at node {name}" for name, m, text in shown if m)
    return named and f"E: exp(h) is too large or too small to write down, so exp(h − m) stands here: {named}"


RULES = (
    Rule(
        "logits", "H", "Logits", NODE, CLASS,
        formula="H = Z Wᵀ + b",
        inputs=("embeddings", "weights", "biases"), compute=maths.logits, command="forward",
    ),
    Rule(
        "exponentials", "E", "Exponentials", NODE, CLASS,
        formula="E = exp(H)",
        inputs=("logits", "smallest"), compute=maths.exponentials, command="forward", remark=_shifted_rows,
    ),
    Rule(
        "normalizers", "S", "Normalizers", NODE,
        formula="S_i = Σ_c E_ic",
        inputs=("exponentials",), compute=maths.normalizers, command="forward",
    ),
    Rule(
        "probabilities", "P", "Probabilities", NODE, CLASS,
        formula="P_ic = E_ic / S_i",
        inputs=("exponentials", "normalizers"), compute=maths.probabilities, command="forward", answer=True,
    ),
    Rule(
        "predictions", "ŷ", "Predictions", NODE, entries=CLASS,
        formula="ŷ_i = argmax_c P_ic",
        inputs=("probabilities",), compute=maths.predictions, command="forward",
    ),
    Rule(
        "node_losses", "ℓ", "Node losses", LABELLED, places=LOSS,
        formula="ℓ_i = −ln P_i,y_i",
        inputs=("probabilities", "labels"), compute=maths.node_losses, command="loss", over=LABELLED,
    ),
    Rule(
        "loss", "L", "Loss", places=LOSS,
        formula="L = (1/N) Σ ℓ_i",
        inputs=("node_losses",), compute=maths.loss, command="loss", answer=True,
    ),
    Rule(
        "residuals", "R", "Residuals", LABELLED, CLASS,
        formula="R = P − Y",
        inputs=("probabilities", "labels"), compute=maths.residuals, command="grad", over=LABELLED,
    ),
    Rule(
        "weight_gradients", "dW", "Weight gradients", WEIGHT, FEATURE,
        formula="dW = Rᵀ Z / N",
        inputs=("residuals", "embeddings"), compute=maths.weight_gradients, command="grad", answer=True,
        over=LABELLED,
    ),
    Rule(
        "bias_gradients", "db", "Bias gradients", BIAS,
        formula="db_c = Σ_i R_ic / N",
        inputs=("residuals",), compute=maths.bias_gradients, command="grad", answer=True,
    ),
    Rule(
        "updated_weights", "W′", "Updated weights", WEIGHT, FEATURE,
        formula="W′ = W − α dW",
        inputs=("weights", "weight_gradients", "learning_rate"), compute=maths.updated, command="update", answer=True,
        replaces="weights",
    ),
    Rule(
        "updated_biases", "b′", "Updated biases", BIAS,
        formula="b′ = b − α db",
        inputs=("biases", "bias_gradients", "learning_rate"), compute=maths.updated, command="update", answer=True,
        replaces="biases",
    ),
)  # fmt: skip
"""The lesson, as on paper."""

BY_KEY = {rule.key: rule for rule in RULES}

STABLE = (
    replace(BY_KEY["probabilities"], inputs=("logits",), compute=maths.stable_probabilities),
    replace(BY_KEY["node_losses"], inputs=("logits", "labels"), compute=maths.stable_node_losses),
)
"""The same quantities where nothing is rounded in between: straight from the logits, which no size overflows."""

ARTICLE = (
    replace(BY_KEY["residuals"], formula="R = P − 1", compute=maths.article_residuals),
    replace(BY_KEY["weight_gradients"], formula="dW = Rᵀ Z", compute=maths.article_weight_gradients),
    replace(BY_KEY["bias_gradients"], formula="db_c = Σ_i R_ic", compute=maths.article_bias_gradients),
)
"""The article's gradient: every node's target is all ones, and the loss's 1/N is left out."""

GRADIENTS: Mapping[str, tuple[Rule, ...]] = {"standard": (), "article": ARTICLE}
"""What a config may say under `gradient`, and the rules that it puts in the table."""


@dataclass(frozen=True, eq=False)
class Given:
    """What a lesson starts from: arrays by key of `GIVEN`, whose names label them, and the rows that have a label.

    `names` has the names of NODE, LABELLED, CLASS, FEATURE, WEIGHT and BIAS; `labelled` holds row numbers.
    """

    values: Mapping[str, Array]
    names: Mapping[str, tuple[str, ...]]
    labelled: Array


def lesson(gradient: str, rounding: Rounding) -> tuple[Rule, ...]:
    """The table of rules for this gradient and this arithmetic; of two rules under one key the first that can, does."""
    table = BY_KEY | {rule.key: rule for rule in GRADIENTS[gradient]}
    stable = {} if rounding.every_step else {rule.key: rule for rule in STABLE}
    return tuple(rule for key in table for rule in (stable.get(key), table[key]) if rule is not None)


def derive(given: Given, rules: Iterable[Rule], rounding: Rounding) -> dict[str, Step]:
    """Walk the table once: a step for everything given, then one for each key that a rule has the inputs for.

    By hand, every rule computes in exact decimals from what the steps above it print, and its value is rounded.
    Raises SoftstepError where a float64 overflows, naming the entry.
    """
    steps = {key: _step(GIVEN[key], value, given, rounding) for key, value in given.values.items()}
    smallest = np.array(rounding.smallest)
    for rule in rules:
        if rule.key in steps or not all(key in steps or key == "smallest" for key in rule.inputs):
            continue
        inputs = {key: smallest if key == "smallest" else _rows(steps[key], rule, given) for key in rule.inputs}
        value = _by_hand(rule, inputs, rounding) if rounding.every_step else _in_full(rule, inputs)
        steps[rule.key] = _step(rule, value, given, rounding, inputs)
        _refuse_overflow(steps[rule.key])
    return steps


def _rows(step: Step, rule: Rule, given: Given) -> Array:
    """The step's rows that the rule reads."""
    return step.value[given.labelled] if rule.over == LABELLED and step.rule.rows == NODE else step.value


def _in_full(rule: Rule, inputs: Mapping[str, Array]) -> Array:
    with np.errstate(all="ignore"):  # an overflow is refused by name, and ln 0 is told
        return np.asarray(rule.compute(*inputs.values()))


def _by_hand(rule: Rule, inputs: Mapping[str, Array], rounding: Rounding) -> Array:
    with decimal_arithmetic():
        value = np.asarray(rule.compute(*(exact(x) if x.dtype == float else x for x in inputs.values())))
        if rule.entries == CLASS:
            return value
        if rule.places != WHOLE:
            value = rounded(value, _places(rule, value, rounding), rounding.ties)
    return value.astype(float)


def _step(
    quantity: Quantity, value: Array, given: Given, rounding: Rounding, inputs: Mapping[str, Array] | None = None
) -> Step:
    rows, columns, entries = (
        given.names[axis] if isinstance(axis, str) else axis
        for axis in (quantity.rows, quantity.columns, quantity.entries)
    )
    return Step(
        quantity, value, rows, columns, entries, inputs or {}, _places(quantity, value, rounding), rounding.ties
    )


def _places(quantity: Quantity, value: Array, rounding: Rounding) -> int:
    """How many places the quantity is shown with, and by hand rounded to."""
    if quantity.places == WHOLE:
        return places_of(value, MOST_DECIMALS if rounding.every_step else rounding.decimals + 2)
    return rounding.loss_decimals if quantity.places == LOSS else rounding.decimals


def _refuse_overflow(step: Step) -> None:
    """Infinity has no place in a matrix; in a loss it is the answer to p = 0."""
    bad = np.argwhere(~np.isfinite(step.value))
    if bad.size and step.rule.places != LOSS:
        axes = zip((step.rule.rows, step.rule.columns), (step.rows, step.columns), bad[0], strict=False)
        where = ", ".join(f"{axis} {names[i]}" for axis, names, i in axes if names)
        raise SoftstepError(
            f"{step.rule.key}: {step.rule.symbol} at {where} is beyond the largest float64, 1.8e308; "
            "make the embeddings, the weights or the learning rate smaller"
        )


@dataclass(frozen=True, eq=False)
class Result(Mapping[str, Step]):
    """What a command found: a mapping from step key to step, in the order of the lesson, and what readers say of it.

    `opening` is shown before the steps; of `reads`, the other quantities that they are made from, only the symbols.
    `changes` pairs what one step of gradient descent replaces with its new value. `true` and `predicted` name the
    class of each node that has one. `state` makes the next config, where there is one, as
    plain data; its argument is the folder that file names in it start from.
    """

    command: str
    source: str
    title: str | None
    gradient: str
    rounding: Rounding
    steps: Mapping[str, Step]
    opening: tuple[Step, ...] = ()
    reads: tuple[Step, ...] = ()
    changes: tuple[tuple[Step, Step], ...] = ()
    true: Mapping[str, str] = field(default_factory=dict)
    predicted: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    state: Callable[[Path], dict[str, Any]] | None = None

    def __getitem__(self, key: str) -> Step:
        return self.steps[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)
