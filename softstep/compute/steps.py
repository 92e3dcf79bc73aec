"""What a lesson starts from, and the steps that its rules leave.

Every reader (a format, a note, a mark) reads steps and computes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from softstep.compute.rows import BLOCK, Chosen, Numbers, names_at, parts, places_at
from softstep.compute.table import Table, locked
from softstep.lesson.maths import Array
from softstep.lesson.quantities import (
    CLASS,
    LOSS,
    NEVER,
    NODE,
    NOT_ZERO,
    POWER,
    TERM,
    TYPED,
    Axis,
    Quantity,
    parameter_name,
)
from softstep.lesson.rounding import MOST_DECIMALS, Rounding, digits, exact, places_of, powers

MOST_TYPED = 8
"""Numbers with more decimals were not typed but drawn or computed, and are shown as terms are."""


@dataclass(frozen=True, eq=False, repr=False)
class Given:
    """What a lesson starts from: arrays by key of `GIVEN`, the names along each axis, and which nodes have a label.

    `labelled` holds the places of these nodes.
    """

    values: Mapping[str, Array]
    names: Mapping[Axis, Sequence[str]]
    labelled: Array

    @cached_property
    def labelled_names(self) -> Sequence[str]:
        """The names of the labelled nodes."""
        nodes = self.names[NODE]
        return nodes if len(self.labelled) == len(nodes) else names_at(nodes, self.labelled)

    def names_of(self, quantity: Quantity) -> dict[Axis, Sequence[str]]:
        """The names along the axes of a quantity."""
        return {axis: self._names_along(axis, quantity) for axis in quantity.axes}

    def _names_along(self, axis: Axis, quantity: Quantity) -> Sequence[str]:
        if axis == NODE and quantity.labelled:
            return self.labelled_names
        if axis == CLASS and quantity.parameter:
            return tuple(parameter_name(quantity.parameter, c) for c in self.places_of(quantity, axis))
        return self.names[axis]

    def places_of(self, quantity: Quantity, axis: Axis) -> Sequence[int] | Array:
        """Where the entries of a quantity stand along an axis: those of labelled nodes, or of one class, are some."""
        if axis == NODE and quantity.labelled:
            return self.labelled
        if axis == CLASS and quantity.of_class is not None:
            return (quantity.of_class,)
        return range(len(self.names[axis]))


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """What a rule left, or what was given: the rule, its numbers with their names, and the very steps used.

    The numbers of `table` are float64, by hand `decimal.Decimal`; `value` is always float64 (classes are whole numbers
    in both). Of very many nodes they are computed where they are looked at: `parts` has some rows at a time, `value`
    all of them. `entries` are the names that its numbers count, if they do. `unrounded` are the numbers before they
    were rounded, `also` what other rules make of it. `places` says where along each axis the entries stand; `whole` is
    the step that this is a part of, if it is one.
    NumPy takes a step as the array `value`. The arrays cannot be written to.
    """

    rule: Quantity
    table: Table
    rounding: Rounding
    places: Mapping[Axis, Sequence[int] | Array]
    entries: Sequence[str] | None = None
    inputs: Mapping[str, "Step"] = field(default_factory=dict)
    unrounded: Numbers | None = None
    also: tuple["Step", ...] = ()
    whole: "Step | None" = None
    places_in_whole: Mapping[Axis, Sequence[int] | Array] = field(default_factory=dict)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype)

    def __repr__(self) -> str:
        return f"<Step {self.rule.key}: {self.rule.symbol} = {self.digits()}>"

    @property
    def numbers(self) -> Numbers:
        """The numbers as they were computed."""
        return self.table.numbers

    @property
    def rows(self) -> Sequence[str] | None:
        """The names of the rows; None of one number."""
        return next(iter(self.table.names.values()), None)

    @property
    def columns(self) -> Sequence[str] | None:
        """The names of the columns; None of a vector."""
        return next(iter([*self.table.names.values()][1:]), None)

    @cached_property
    def value(self) -> Array:
        """The numbers as float64."""
        numbers = np.asarray(self.numbers)
        return np.asarray(locked(numbers.astype(float) if numbers.dtype == object else numbers))

    @cached_property
    def decimals(self) -> int:
        """How many places it is shown with; a part has those of the whole."""
        return self.whole.decimals if self.whole else decimals_of(self.rule, self.numbers, self.rounding)

    @property
    def is_shown(self) -> bool:
        """Whether anybody need see it."""
        if self.rule.visible == NOT_ZERO:
            return any(part.any() for part in parts(self.numbers))
        return self.rule.visible != NEVER

    def parts(self) -> Iterator["Step"]:
        """The same step, some rows at a time."""
        count = len(self.rows or ())
        if count <= BLOCK:
            yield self
            return
        for start in range(0, count, BLOCK):
            yield self.take({self.rule.axes[0]: slice(start, start + BLOCK)})

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
        names = [names[i] for names, i in zip(self.table.names.values(), place, strict=False)]
        row, column, *_ = (*names, None, None)
        return row, column

    def place_in_whole(self, place: tuple[int, ...]) -> tuple[int, ...]:
        """Where the entry at a place stands in the step that this is a part of."""
        if not self.whole:
            return place
        return tuple(int(self.places_in_whole[axis][i]) for axis, i in zip(self.rule.axes, place, strict=True))

    def take(self, chosen: Mapping[Axis, Chosen]) -> "Step":
        """The same step with only the entries at these places of it, in this order; other axes stay as they are."""
        chosen = {axis: at for axis, at in chosen.items() if axis in self.table.names}
        places, inside = (
            {axis: places_at(there, chosen[axis]) if axis in chosen else there for axis, there in of_all.items()}
            for of_all in (self.places, self.places_in_whole or self._all_places())
        )
        whole = self.whole or self
        return replace(self, table=self.table.take(chosen), places=places, whole=whole, places_in_whole=inside)

    def _all_places(self) -> dict[Axis, range]:
        return {axis: range(len(names)) for axis, names in self.table.names.items()}


def as_step(quantity: Quantity, numbers: Numbers, given: Given, rounding: Rounding) -> Step:
    """The numbers of a quantity as a step, with the names that label them."""
    table = Table(locked(numbers), given.names_of(quantity))
    places = {axis: given.places_of(quantity, axis) for axis in quantity.axes}
    return Step(quantity, table, rounding, places, None if quantity.holds is None else given.names[quantity.holds])


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
