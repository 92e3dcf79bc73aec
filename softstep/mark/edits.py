"""The slips in what is given: numbers that a student copied or read wrongly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice, permutations
from typing import ClassVar

import numpy as np

from softstep.compute.steps import Given
from softstep.lesson.maths import Array
from softstep.lesson.quantities import GIVEN
from softstep.lesson.rounding import decimals_needed
from softstep.mark.slips import Calculation
from softstep.read.answers import Place

MOST_EDITS = 5_000
"""Where more are possible none is suspected: so many would explain too much."""

MOST_DIGITS = 8
"""Nobody copies a number with more digits by hand."""

_CALLED = {
    "embeddings": ("z_{}", "node {}"),
    "logits": ("h_{}", "node {}"),
    "probabilities": ("p_{}", "node {}"),
    "weights": ("{}", "{}"),
    "biases": ("{}", "{}"),
    "learning_rate": ("the learning rate", "learning_rate"),
}
"""The quantities that are copied: what a row is on the page, and where a slip in it is."""


Changes = tuple[tuple[Place, float], ...]
"""The entries of a quantity that a slip changes, and what they become."""

RowSlip = tuple[int, Changes, str]
"""A slip in the row of this number, and what the student did."""


@dataclass(frozen=True, eq=False)
class Edit:
    """A slip in what is given: the quantity, and its entries that are not what they were.

    `where` names the node or the parameter.
    """

    formula: ClassVar[str] = ""

    tag: str
    key: str
    changes: Changes
    where: str
    says: str

    @cached_property
    def touched(self) -> frozenset[object]:
        """The numbers that are changed."""
        return frozenset((self.key, place) for place, _ in self.changes)

    def put_into(self, calculation: Calculation) -> None:
        """Change the numbers in a calculation."""
        calculation.values[self.key] = self.applied(calculation.values[self.key])

    def applied(self, array: Array) -> Array:
        """The quantity with the slip in it."""
        array = array.copy()
        for place, value in self.changes:
            array[place] = value
        return array


def edits(given: Given) -> tuple[Edit, ...]:
    """Every slip in one number or in one row of what is given, if these are not too many."""
    found = tuple(islice((edit for key in _CALLED if key in given.values for edit in _of(key, given)), MOST_EDITS + 1))
    return found if len(found) <= MOST_EDITS else ()


def _of(key: str, given: Given) -> Iterator[Edit]:
    """The slips in one quantity."""
    array = np.asarray(given.values[key], dtype=float)
    rows, columns, *_ = *given.names_of(GIVEN[key]).values(), ("",), ("",)
    called, where = ([template.format(row) for row in rows] for template in _CALLED[key])
    decimals = decimals_needed(array, MOST_DIGITS)
    for place in np.ndindex(array.shape):
        i, *j = place or (0,)
        value = float(array[place])
        what = called[i] + "".join(f" at {columns[each]}" for each in j)
        for tag, wrong in _misread(value, decimals):
            if place or wrong not in (-value, 1):  # without its sign or left out, a rate is a slip of the update
                yield Edit(tag, key, ((place, wrong),), where[i], f"{what} was taken as {wrong:g}, not {value:g}")
    if array.ndim == 2:
        for i, changes, says in _exchanged(array, columns, called):
            yield Edit("swapped-entries", key, changes, where[i], says)
        for i, changes, says in _wrong_rows(array, called):
            yield Edit("wrong-row", key, changes, where[i], says)


def _misread(value: float, decimals: int) -> Iterator[tuple[str, float]]:
    """What one number can become that is typed with so many decimals."""
    if value:
        yield "lost-sign", -value
    text = f"{abs(value):.{decimals}f}"
    digits = [i for i, character in enumerate(text) if character.isdigit()]
    if float(text) != abs(value) or len(digits) > MOST_DIGITS:
        return
    swapped = {float(_swapped(text, i, j)) for i, j in combinations(digits, 2)} - {abs(value)}
    yield from (("swapped-digits", wrong if value > 0 else -wrong) for wrong in sorted(swapped))
    if value:
        yield from (("shifted-point", float(f"{value!r}e{places}")) for places in (1, -1, 2, -2))


def _swapped(text: str, i: int, j: int) -> str:
    characters = list(text)
    characters[i], characters[j] = characters[j], characters[i]
    return "".join(characters)


def _exchanged(array: Array, columns: Sequence[str], called: Sequence[str]) -> Iterator[RowSlip]:
    """Two entries of one row exchanged."""
    for i, entries in enumerate(array.tolist()):
        for j, k in combinations(range(len(entries)), 2):
            if entries[j] != entries[k]:
                says = f"the entries {columns[j]} and {columns[k]} of {called[i]} were exchanged"
                yield i, (((i, j), entries[k]), ((i, k), entries[j])), says


def _wrong_rows(array: Array, called: Sequence[str]) -> Iterator[RowSlip]:
    """Another row in place of one."""
    rows = array.tolist()
    for i, k in permutations(range(len(rows)), 2):
        changes = tuple(((i, j), wrong) for j, wrong in enumerate(rows[k]) if wrong != rows[i][j])
        if changes:
            yield i, changes, f"{called[k]} was taken in place of {called[i]}"
