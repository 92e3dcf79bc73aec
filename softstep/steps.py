"""The lesson as a table of rules, and the steps that they leave.

`RULES` is read from top to bottom like the page of a textbook. `derive` walks it once; each rule leaves a `Step`, and
every reader (a format, a note, a mark) reads steps and computes nothing. Another convention is another rule under the
same key: `lesson` puts it in the table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from softstep import maths, work
from softstep.maths import Array
from softstep.notebook import Shown
from softstep.rounding import LARGEST, MOST_DECIMALS, Rounding, digits, exact, places_of, powers
from softstep.rows import BLOCK, Chosen, Numbers, Rows, names_at, parts, places_at, taken

NODE, LABELLED, CLASS, FEATURE, WEIGHT, BIAS = "node", "labelled node", "class", "feature", "weight", "bias"
"""Whose names label rows and columns: the keys of `Given.names`. Weight c is w_c, the weights of class c."""

STEP = "step of descent"
"""Whose numbers label the rows of a history."""

MATRIX, LOSS, TYPED, TERM, POWER = "decimals", "loss decimals", "as typed", "term", "power of ten"
"""How many places a quantity has. By hand the first two are rounded before the next rule uses them. What was typed, and
the terms of a sum, are never rounded in between. By hand they are shown whole; in full precision typed numbers are too,
and terms have at most two places more than `decimals`. Errors, whose size alone matters, are in powers of ten."""

SUM, MEAN = "sum", "mean"
"""How what a rule makes of blocks of nodes is put together."""

MOST_TYPED = 8
"""Numbers with more decimals were not typed but drawn or computed, and are shown as terms are."""


@dataclass(frozen=True, eq=False, repr=False)
class Quantity:
    """What a number in the lesson is called: `key` in files, `symbol` on the page, `title` in a heading.

    `rows` and `columns` say whose names label it, or name the rows (None and None: it is one number). `entries` is
    CLASS where the numbers are classes. `places` says how many decimals it is shown with. `formula` is how the page
    writes it, where it is not given; `answer` says that a command is there to find it. `shares` says that its entries
    are parts of 1; `aside` that no format shows it but in the working of what is made from it; `curve` that its first
    column is a curve over its rows, whose names are whole numbers; `unless_0` that nobody need see it where all of it
    is 0, `internal` that nobody ever does, for no page has it.
    """

    key: str
    symbol: str
    title: str
    rows: str | tuple[str, ...] | None = None
    columns: str | None = None
    entries: str | None = None
    places: str = MATRIX
    formula: str = ""
    answer: bool = False
    shares: bool = False
    aside: bool = False
    curve: bool = False
    unless_0: bool = False
    internal: bool = False


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Rule(Quantity):
    """A quantity and how to get it: `compute` of the arrays that the formula names, `inputs`, in that order.

    `work` shows the same with the numbers put in, and takes steps (see `softstep.work`).
    `instead` names the arrays that it is computed from where these are others than the formula's. `command` is the
    stretch it belongs to. `over` is LABELLED where the rule reads only the rows of labelled nodes. `replaces` names
    the quantity whose next value this is. `pooled` says of what is summed over labelled nodes how the values of parts
    of them make that of all: SUM or MEAN. `param` is the parameter that it is written out for, if it is for one. `also`
    are other ways to the same quantity, for its working.
    """

    inputs: tuple[str, ...]
    compute: Callable[..., Array]
    work: Callable[..., work.Forms]
    command: str
    instead: tuple[str, ...] = ()
    over: str = NODE
    replaces: str | None = None
    pooled: str = ""
    param: str = ""
    also: tuple["Rule", ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Step(Shown):
    """What a rule left, or what was given: the rule, its numbers, the names that label them, and the very steps used.

    `numbers` are float64, by hand `decimal.Decimal`; `value` is always float64 (classes are whole numbers in both). Of
    very many nodes they are computed where they are looked at: `parts` has some rows at a time, `value` all of them.
    `unrounded` are the numbers before they were rounded, `also` what other rules make of it. `part` says which
    rows and columns these are of another step.
    NumPy takes a step as the array `value`. The arrays cannot be written to.
    """

    rule: Quantity
    numbers: Numbers
    rounding: Rounding
    rows: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    entries: Sequence[str] | None = None
    inputs: Mapping[str, "Step"] = field(default_factory=dict)
    unrounded: Numbers | None = None
    also: tuple["Step", ...] = ()
    part: "Part | None" = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype)

    def __repr__(self) -> str:
        return f"<Step {self.rule.key}: {self.rule.symbol} = {self.digits()}>"

    @cached_property
    def value(self) -> Array:
        """The numbers as float64."""
        numbers = np.asarray(self.numbers)
        return np.asarray(locked(numbers.astype(float) if numbers.dtype == object else numbers))

    @cached_property
    def decimals(self) -> int:
        """How many places it is shown with; a part has those of the whole."""
        return self.part.of.decimals if self.part else decimals_of(self.rule, self.numbers, self.rounding)

    @property
    def told(self) -> bool:
        """Whether anybody need see it."""
        if self.rule.unless_0:
            return any(part.any() for part in parts(self.numbers))
        return not self.rule.internal

    def parts(self) -> Iterator["Step"]:
        """The same step, some rows at a time."""
        count = len(self.rows or ())
        if count <= BLOCK:
            yield self
            return
        for start in range(0, count, BLOCK):
            yield self.take(rows=slice(start, start + BLOCK))

    def digits(self, decimals: int | None = None) -> Any:
        """The entries as they are printed, as text in nested lists: rounded, or the names of classes."""
        if self.entries is not None:
            return np.array(self.entries, dtype=object)[np.asarray(self.numbers)].tolist()
        numbers = np.asarray(self.numbers)
        if self.rule.places == POWER:
            return powers(numbers).tolist()
        numbers = exact(numbers) if self.rule.places == TYPED else numbers  # what is typed has no noise
        return digits(numbers, self.decimals if decimals is None else decimals, self.rounding.ties).tolist()

    def names_at(self, place: Sequence[int]) -> tuple[str | None, str | None]:
        """The names of the row and of the column at a place, as far as the step has them."""
        names = [axis[i] for axis, i in zip((self.rows, self.columns), place, strict=False) if axis]
        row, column, *_ = (*names, None, None)
        return row, column

    def take(self, rows: Chosen | None = None, columns: Sequence[int] | None = None) -> "Step":
        """The same step with the rows and columns at these places only, in this order."""
        names, heads = self.rows, self.columns
        all_rows, all_columns = self.part[1:] if self.part else map(range, (*self.numbers.shape, 0, 0)[:2])
        rows, columns = (None if names is None else rows), (None if heads is None else columns)
        if rows is not None and names is not None:
            names = names_at(names, rows)
            all_rows = places_at(all_rows, rows)
        if columns is not None and heads is not None:
            heads = names_at(heads, columns)
            all_columns = [all_columns[j] for j in columns]
        part = Part(self.part.of if self.part else self, all_rows, all_columns)
        return replace(self, numbers=locked(taken(self.numbers, rows, columns)), rows=names, columns=heads, part=part)


class Part(NamedTuple):
    """The places of a step's rows and columns in the whole step."""

    of: Step
    rows: Sequence[int] | Array
    columns: Sequence[int]


GIVEN = {
    quantity.key: quantity
    for quantity in (
        Quantity("embeddings", "Z", "Embeddings", NODE, FEATURE, places=TYPED),
        Quantity("logits", "H", "Logits", NODE, CLASS, places=TYPED),
        Quantity("probabilities", "P", "Probabilities", NODE, CLASS, places=TYPED, shares=True),
        Quantity("labels", "y", "Labels", LABELLED, entries=CLASS),
        Quantity("weights", "W", "Weights", WEIGHT, FEATURE, places=TYPED),
        Quantity("biases", "b", "Biases", BIAS, places=TYPED),
        Quantity("learning_rate", "α", "Learning rate", places=TYPED),
    )
}
"""What a lesson can start from; logits and probabilities also have rules, used where they are not given."""

LOSS_OF_PRODUCT = Rule(
    "loss", "L", "Loss", places=LOSS,
    formula="L = −(1/N) ln Π P_i,y_i",
    inputs=("probabilities", "labels"),
    compute=maths.loss_of_product, work=work.loss_of_product, command="loss", over=LABELLED,
)  # fmt: skip
"""The loss as the article writes it."""

RULES = (
    Rule(
        "logits", "H", "Logits", NODE, CLASS,
        formula="H = Z Wᵀ + b",
        inputs=("embeddings", "weights", "biases"),
        compute=maths.logits, work=work.logits, command="forward",
    ),
    Rule(
        "shifts", "m", "Shifts, for exp(H) cannot be written down", NODE,
        formula="m_i = max_c H_ic or 0, and E_ic = exp(H_ic − m_i)",
        inputs=("logits",),
        compute=maths.shifts, work=work.shifts, command="forward", unless_0=True,
    ),
    Rule(
        "exponentials", "E", "Exponentials", NODE, CLASS,
        formula="E = exp(H)",
        inputs=("logits", "shifts"),
        compute=maths.exponentials, work=work.exponentials, command="forward",
    ),
    Rule(
        "normalizers", "S", "Normalizers", NODE,
        formula="S_i = Σ_c E_ic",
        inputs=("exponentials",),
        compute=maths.normalizers, work=work.normalizers, command="forward",
    ),
    Rule(
        "probabilities", "P", "Probabilities", NODE, CLASS,
        formula="P_ic = E_ic / S_i",
        inputs=("exponentials", "normalizers"),
        compute=maths.probabilities, work=work.probabilities, command="forward", answer=True, shares=True,
    ),
    Rule(
        "predictions", "ŷ", "Predictions", NODE, entries=CLASS,
        formula="ŷ_i = argmax_c P_ic",
        inputs=("probabilities",),
        compute=maths.predictions, work=work.predictions, command="forward",
    ),
    Rule(
        "node_losses", "ℓ", "Node losses", LABELLED, places=LOSS,
        formula="ℓ_i = −ln P_i,y_i",
        inputs=("probabilities", "labels"),
        compute=maths.node_losses, work=work.node_losses, command="loss", over=LABELLED,
    ),
    Rule(
        "loss", "L", "Loss", places=LOSS,
        formula="L = (1/N) Σ ℓ_i",
        inputs=("node_losses",),
        compute=maths.loss, work=work.loss, command="loss", answer=True, pooled=MEAN, also=(LOSS_OF_PRODUCT,),
    ),
    Rule(
        "residuals", "R", "Residuals", LABELLED, CLASS,
        formula="R = P − Y",
        inputs=("probabilities", "labels"),
        compute=maths.residuals, work=work.residuals, command="grad", over=LABELLED,
    ),
    Rule(
        "weight_gradients", "dW", "Weight gradients", WEIGHT, FEATURE,
        formula="dW = Rᵀ Z / N",
        inputs=("residuals", "embeddings"),
        compute=maths.weight_gradients, work=work.weight_gradients, command="grad", answer=True, over=LABELLED,
        pooled=MEAN,
    ),
    Rule(
        "bias_gradients", "db", "Bias gradients", BIAS,
        formula="db_c = Σ_i R_ic / N",
        inputs=("residuals",),
        compute=maths.bias_gradients, work=work.bias_gradients, command="grad", answer=True, pooled=MEAN,
    ),
    Rule(
        "updated_weights", "W′", "Updated weights", WEIGHT, FEATURE,
        formula="W′ = W − α dW",
        inputs=("weights", "weight_gradients", "learning_rate"),
        compute=maths.updated, work=work.updated, command="update", answer=True, replaces="weights",
    ),
    Rule(
        "updated_biases", "b′", "Updated biases", BIAS,
        formula="b′ = b − α db",
        inputs=("biases", "bias_gradients", "learning_rate"),
        compute=maths.updated, work=work.updated, command="update", answer=True, replaces="biases",
    ),
)  # fmt: skip
"""The lesson, as on paper."""

BY_KEY = {rule.key: rule for rule in RULES}

RELATIVE = Rule(
    "relative_exponentials", "T", "Relative exponentials", NODE, CLASS,
    formula="T_ic = exp(H_ic − max_k H_ik)",
    inputs=("logits",),
    compute=maths.relative_exponentials, work=work.unshown, command="forward", internal=True,
)  # fmt: skip
"""What the stable forms have in common."""

STABLE = (
    replace(BY_KEY["probabilities"], instead=(RELATIVE.key,), compute=maths.stable_probabilities),
    replace(BY_KEY["predictions"], compute=maths.stable_predictions),
    replace(
        BY_KEY["node_losses"], instead=("logits", RELATIVE.key, "labels"), compute=maths.stable_node_losses,
        work=work.stable_node_losses,
    ),
)  # fmt: skip
"""The same quantities where nothing is rounded in between: from logits of any size, and whatever their last bits."""

ARTICLE = (
    replace(BY_KEY["residuals"], formula="R = P − 1", compute=maths.article_residuals, work=work.article_residuals),
    replace(
        BY_KEY["weight_gradients"], formula="dW = Rᵀ Z", compute=maths.article_weight_gradients,
        work=work.article_weight_gradients, pooled=SUM,
    ),
    replace(
        BY_KEY["bias_gradients"], formula="db_c = Σ_i R_ic", compute=maths.article_bias_gradients,
        work=work.article_bias_gradients, pooled=SUM,
    ),
)  # fmt: skip
"""The article's gradient: every node's target is all ones, and the loss's 1/N is left out."""

GRADIENTS: Mapping[str, tuple[Rule, ...]] = {"standard": (), "article": ARTICLE}
"""What a config may say under `gradient`, and the rules that it puts in the table."""


@dataclass(frozen=True, eq=False, repr=False)
class Given:
    """What a lesson starts from: arrays by key of `GIVEN`, whose names label them, and the rows that have a label.

    `names` has the names of NODE, LABELLED, CLASS, FEATURE, WEIGHT and BIAS; `labelled` holds row numbers.
    """

    values: Mapping[str, Array]
    names: Mapping[str, Sequence[str]]
    labelled: Array


class DataFile(NamedTuple):
    """A file that a config names, and which column of it, or which of its arrays, is meant."""

    path: Path
    column: str | None = None
    key: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """What a config says: what is given, the gradient's rules, and how numbers are rounded.

    `source` is the config's name, and `place` where complaints about all of it stand; `files` says which quantities
    were read from a file, `marks` how many points a step of an answer sheet is worth, where that is not 1.
    """

    given: Given
    gradient: str = "standard"
    rounding: Rounding = field(default_factory=Rounding)
    title: str | None = None
    source: str = "problem"
    place: str = "problem"
    files: Mapping[str, DataFile] = field(default_factory=dict)
    marks: Mapping[str, float] = field(default_factory=dict)


def lesson(
    given: Given, alternatives: Iterable[Rule], rounding: Rounding, as_on_paper: bool | None = None
) -> tuple[Rule, ...]:
    """The table of rules from what is given on, with these alternatives in it, for this arithmetic.

    The stable forms stand in for the page's own rules, not for alternatives to them or to what they pass over; by hand,
    or where all is to be `as_on_paper`, they do not.
    """
    table = BY_KEY | {rule.key: rule for rule in alternatives}
    if as_on_paper is None:
        as_on_paper = rounding.every_step or "probabilities" in given.values
    if not as_on_paper and all(table[key] is BY_KEY[key] for key in ("exponentials", "normalizers", "probabilities")):
        table |= {rule.key: rule for rule in STABLE if table[rule.key] is BY_KEY[rule.key]}
        table = {"logits": table["logits"], RELATIVE.key: RELATIVE} | table
    if table["shifts"] is BY_KEY["shifts"]:
        shifts = partial(maths.shifts, smallest=rounding.smallest, largest=LARGEST)
        table["shifts"] = replace(table["shifts"], compute=shifts)
    start = max((i for i, key in enumerate(table) if key in given.values), default=-1)
    return tuple(table.values())[start + 1 :]


def reads_labelled(rule: Rule, quantity: Quantity) -> bool:
    """Whether the rule reads only the rows of labelled nodes of this quantity."""
    return rule.over == LABELLED and quantity.rows == NODE


def printed_places(quantity: Quantity, rounding: Rounding) -> int:
    """How many decimals a matrix or a loss is printed with."""
    return rounding.loss_decimals if quantity.places == LOSS else rounding.decimals


def decimals_of(quantity: Quantity, numbers: Numbers, rounding: Rounding) -> int:
    """How many decimals the quantity is shown with, and by hand rounded to."""
    if quantity.places not in (TYPED, TERM):
        return printed_places(quantity, rounding)
    most = MOST_DECIMALS if rounding.every_step or quantity.places == TYPED else rounding.decimals + 2
    whole = 0
    for part in parts(numbers):
        whole = max(whole, places_of(part, most))
        if whole == most:
            break
    return whole if rounding.every_step or whole <= MOST_TYPED else min(whole, rounding.decimals + 2)


def locked(numbers: Numbers) -> Numbers:
    """The same numbers; an array of them cannot be written to."""
    if isinstance(numbers, Rows):
        return numbers
    view = numbers.view()
    view.setflags(write=False)
    return view
