"""The axes of tables, and what is known of every quantity of the lesson."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, Self
from unicodedata import normalize

MATRIX, LOSS, TYPED, TERM, POWER = "decimals", "loss decimals", "as typed", "term", "power of ten"
"""The precision of a quantity: how many decimals it is displayed with.

MATRIX and LOSS: the decimals of the config; by hand the next rule uses the rounded number. TYPED (input, and D, which
adds it up) and TERM (terms of a sum): never rounded between rules. By hand both are displayed with all their digits; in
full precision typed numbers are too, up to eight decimals, and terms have at most two decimals more than the table.
POWER: a power of ten, for errors.
"""

ALWAYS, NOT_ZERO, NEVER = "always", "where not all 0", "never"
"""When a page shows a quantity."""


class Axis(NamedTuple):
    """What the rows or the columns of a table stand for.

    `heading` is printed above their names. `default` makes the name of an unnamed entry from its number; the numbers
    start at `first`.
    """

    key: str
    heading: str
    default: str = "{}"
    first: int = 0

    def default_names(self, count: int) -> tuple[str, ...]:
        """The names of `count` unnamed entries.

        >>> NODE.default_names(2), FEATURE.default_names(2)
        (('1', '2'), ('x_0', 'x_1'))
        """
        return tuple(self.default.format(number) for number in range(self.first, self.first + count))


NODE = Axis("node", "node", first=1)
CLASS = Axis("class", "class")
FEATURE = Axis("feature", "feature", default="x_{}")
STEP = Axis("step", "step")
MEASURE = Axis("measure", "measure")

AXES = (NODE, CLASS, FEATURE)
"""The axes of a lesson."""

PARAMETERS = ("w", "b")
"""The letters of the parameters: the weights of class 0 are called w0."""


def parameter_name(letter: str, c: int) -> str:
    """The name of class number c in a parameter.

    >>> parameter_name("w", 0)
    'w0'
    """
    return f"{letter}{c}"


def usual_parameter_name(name: str) -> str:
    """The usual form of a parameter's name, with or without the number of a class; any other name unchanged.

    >>> [usual_parameter_name(name) for name in ("w_0", "W0", "b_12", "W", "w_x")]
    ['w0', 'w0', 'b12', 'w', 'w_x']
    """
    match = re.fullmatch(r"([wbu])(?:_?(0|[1-9]\d{0,8}))?", name, re.ASCII | re.IGNORECASE)
    return f"{match[1].lower()}{match[2] or ''}" if match else name


@dataclass(frozen=True, eq=False, repr=False)
class Quantity:
    """A quantity of the lesson: `key` in files, `symbol` in formulas, `title` in headings.

    - `axes`: what its rows and columns stand for; none if it is one number.
    - `holds`: the axis that its numbers index, if any: CLASS for labels and predictions.
    - `precision`: how many decimals it is displayed with.
    - `formula`: its formula as a page shows it; empty for input.
    - `parameter`: its letter in `PARAMETERS`, used in the names of its classes.
    - `labelled`: whether it has rows for the labelled nodes only.
    - `answer`: whether it is a main result of its stage.
    - `shares`: whether the entries of a row are parts of 1.
    - `visible`: when a page shows it.
    - `of_class`: the number of the one class that it is about.
    - `turned_formula`: its formula if W has a row for each feature; empty if it is the same.
    - `also_called`: its names besides `key` and `symbol` in what people type.
    - `remark`: a sentence about it in the head of a page, with {} for its digits.
    """

    key: str
    symbol: str
    title: str
    axes: tuple[Axis, ...] = ()
    holds: Axis | None = None
    precision: str = MATRIX
    formula: str = ""
    parameter: str = ""
    labelled: bool = False
    answer: bool = False
    shares: bool = False
    visible: str = ALWAYS
    of_class: int | None = None
    turned_formula: str = ""
    also_called: tuple[str, ...] = ()
    remark: str = ""

    @property
    def has_turned_form(self) -> bool:
        """Whether a page shows it in another way if W has a row for each feature."""
        return bool(self.turned_formula) or {*self.axes} == {CLASS, FEATURE}

    def turn(self) -> Self:
        """The quantity as a page shows it if W has a row for each feature: dW = Zᵀ R / N, feature × class."""
        axes = self.axes[::-1] if self.axes == (CLASS, FEATURE) else self.axes
        return replace(self, axes=axes, formula=self.turned_formula or self.formula)


def key_called(name: str, quantities: Iterable[Quantity]) -> str | None:
    """The key of the quantity with this name: a key, a symbol or another name. None if there is none.

    Upper and lower case count only where two quantities differ by them.

    >>> [key_called(name, GIVEN.values()) for name in ("weights", "W", "x", "eta", "Q")]
    ['weights', 'weights', 'embeddings', 'learning_rate', None]
    """
    quantities, name = list(quantities), normalize("NFC", name)
    if any(quantity.key == name for quantity in quantities):
        return name
    keys = {other: quantity.key for quantity in quantities for other in (quantity.symbol, *quantity.also_called)}
    if name in keys:
        return keys[name]
    keys |= {quantity.key: quantity.key for quantity in quantities}
    alike = {key for other, key in keys.items() if other.lower() == name.lower()}
    return alike.pop() if len(alike) == 1 else None


GIVEN = {
    quantity.key: quantity
    for quantity in (
        Quantity("embeddings", "Z", "Embeddings", (NODE, FEATURE), precision=TYPED, also_called=("X", "x_i")),
        Quantity("logits", "H", "Logits", (NODE, CLASS), precision=TYPED, also_called=("scores",)),
        Quantity("probabilities", "P", "Probabilities", (NODE, CLASS), precision=TYPED, shares=True),
        Quantity("labels", "y", "Labels", (NODE,), holds=CLASS, labelled=True, also_called=("label", "y_i")),
        Quantity("targets", "T", "Targets", (NODE, CLASS), precision=TYPED, labelled=True, shares=True),
        Quantity("label_smoothing", "ε", "Label smoothing", precision=TYPED),
        Quantity("class_weights", "u", "Class weights", (CLASS,), precision=TYPED, parameter="u"),
        Quantity("node_weights", "s", "Node weights", (NODE,), precision=TYPED),
        Quantity("weights", "W", "Weights", (CLASS, FEATURE), precision=TYPED, parameter="w", also_called=("weight",)),
        Quantity("biases", "b", "Biases", (CLASS,), precision=TYPED, parameter="b", also_called=("bias",)),
        Quantity("temperature", "τ", "Temperature", precision=TYPED, also_called=("tau",)),
        Quantity("l2", "λ", "Strength of the penalty", precision=TYPED, also_called=("lambda",)),
        Quantity(
            "learning_rate", "α", "Learning rate", precision=TYPED, also_called=("alpha", "η", "eta", "lr", "step_size")
        ),
    )
}  # fmt: skip
"""The quantities that can be input. Logits and probabilities have rules too, used where they are not input."""

STEP_KEYS = (
    "logits",
    "scaled_logits",
    "shifts",
    "exponentials",
    "normalizers",
    "probabilities",
    "predictions",
    "targets",
    "smoothed_targets",
    "weighted_targets",
    "node_losses",
    "divisor",
    "data_loss",
    "penalty",
    "loss",
    "residuals",
    "weight_gradients",
    "bias_gradients",
    "updated_weights",
    "updated_biases",
    "loss_after",
)
"""The keys of the steps that rules leave, for shell completion, which must not load NumPy as the rules do."""
