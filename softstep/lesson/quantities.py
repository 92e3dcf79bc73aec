"""The axes that numbers are counted along, and the quantities of the lesson."""

from dataclasses import dataclass
from typing import NamedTuple

MATRIX, LOSS, TYPED, TERM, POWER = "decimals", "loss decimals", "as typed", "term", "power of ten"
"""How many places a quantity has. By hand the first two are rounded before the next rule uses them. What was typed, and
the terms of a sum, are never rounded in between. By hand they are shown whole; in full precision typed numbers are too,
and terms have at most two places more than `decimals`. Errors, whose size alone matters, are in powers of ten."""

ALWAYS, NOT_ZERO, NEVER = "always", "where not all 0", "never"
"""When a quantity is shown."""


class Axis(NamedTuple):
    """What the rows or the columns of a table are counted by.

    `heading` stands above the names of its entries. An entry without a name has a number, the first of them `first`,
    and `default` makes a name of it.
    """

    key: str
    heading: str
    default: str = "{}"
    first: int = 0

    def default_names(self, count: int) -> tuple[str, ...]:
        """The names of so many entries that nobody named.

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

PARAMETERS = {"w": "weights", "b": "bias"}
"""The letters of the parameters: the weights of class 0 are called w0. The word stands above such names."""


def parameter_name(letter: str, c: int) -> str:
    """What class number c is called on a parameter.

    >>> parameter_name("w", 0)
    'w0'
    """
    return f"{letter}{c}"


@dataclass(frozen=True, eq=False, repr=False)
class Quantity:
    """What a number of the lesson is called: `key` in files, `symbol` on the page, `title` in a heading.

    `axes` are those of its rows and columns (none: it is one number), `holds` is the axis whose entries its numbers
    count, if they do. `places` says how many decimals it is shown with. `formula` is how the page writes it, where it
    is not given. `parameter` is its letter in `PARAMETERS`, which its classes are called by. `labelled` says that it
    has only the labelled nodes, `answer` that a command is there to find it, `shares` that its entries are parts of 1,
    `visible` when it is shown. `of_class` is the number of the class that it is written out for, if it is for one.
    """

    key: str
    symbol: str
    title: str
    axes: tuple[Axis, ...] = ()
    holds: Axis | None = None
    places: str = MATRIX
    formula: str = ""
    parameter: str = ""
    labelled: bool = False
    answer: bool = False
    shares: bool = False
    visible: str = ALWAYS
    of_class: int | None = None


GIVEN = {
    quantity.key: quantity
    for quantity in (
        Quantity("embeddings", "Z", "Embeddings", (NODE, FEATURE), places=TYPED),
        Quantity("logits", "H", "Logits", (NODE, CLASS), places=TYPED),
        Quantity("probabilities", "P", "Probabilities", (NODE, CLASS), places=TYPED, shares=True),
        Quantity("labels", "y", "Labels", (NODE,), holds=CLASS, labelled=True),
        Quantity("weights", "W", "Weights", (CLASS, FEATURE), places=TYPED, parameter="w"),
        Quantity("biases", "b", "Biases", (CLASS,), places=TYPED, parameter="b"),
        Quantity("learning_rate", "α", "Learning rate", places=TYPED),
    )
}
"""What a lesson can start from; logits and probabilities also have rules, used where they are not given."""
