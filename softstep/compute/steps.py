"""The input of a lesson, and the steps that its rules leave.

Whatever displays or marks a result only reads steps, and computes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from softstep.compute.rows import BLOCK, Numbers, Selection, parts, select_names, select_positions
from softstep.compute.table import Table, read_only_view
from softstep.lesson.maths import Array
from softstep.lesson.quantities import (
    CLASS,
    GIVEN,
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
from softstep.lesson.rounding import MOST_DECIMALS, Rounding, decimals_needed, digits, powers_of_ten, to_decimals

MOST_TYPED = 8
"""Input with more decimals was not typed but computed, and is displayed like the terms of a sum."""


@dataclass(frozen=True, eq=False, repr=False)
class Given:
    """The input of a lesson: arrays by key of `GIVEN`, the names along each axis, the positions of labelled nodes.

    `headings` has the word that stands above the names along an axis, if somebody wrote one.
    """

    values: Mapping[str, Array]
    names: Mapping[Axis, Sequence[str]]
    labelled: Array
    headings: Mapping[Axis, str] = field(default_factory=dict)

    @cached_property
    def labelled_names(self) -> Sequence[str]:
        """The names of the labelled nodes."""
        nodes = self.names[NODE]
        return nodes if len(self.labelled) == len(nodes) else select_names(nodes, self.labelled)

    def take_labelled(self, at: Sequence[int] | Array) -> "Given":
        """The input of some labelled nodes alone, by their positions among these."""
        nodes = self.labelled[at]
        values = {
            key: value[at if GIVEN[key].labelled else nodes] if NODE in GIVEN[key].axes else value
            for key, value in self.values.items()
        }
        return Given(values, {**self.names, NODE: select_names(self.labelled_names, at)}, np.arange(len(nodes)))

    def names_of(self, quantity: Quantity) -> dict[Axis, Sequence[str]]:
        """The names along the axes of a quantity."""
        names = {axis: self.names[axis] for axis in quantity.axes}
        if quantity.labelled:
            names[NODE] = self.labelled_names
        if quantity.parameter and CLASS in names:
            names[CLASS] = tuple(parameter_name(quantity.parameter, c) for c in self.positions_of(quantity)[CLASS])
        return names

    def positions_of(self, quantity: Quantity) -> dict[Axis, Sequence[int] | Array]:
        """The positions of a quantity's entries along its axes: some, if it is about labelled nodes or one class."""
        positions: dict[Axis, Sequence[int] | Array] = {axis: range(len(self.names[axis])) for axis in quantity.axes}
        if quantity.labelled:
            positions[NODE] = self.labelled
        if quantity.of_class is not None and CLASS in positions:
            positions[CLASS] = (quantity.of_class,)
        return positions


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """A quantity with its numbers, their names, and the very steps that it was computed from.

    - `rule`: the rule that computed it, or the quantity that was input.
    - `table`: its numbers and names. They are float64, by hand `decimal.Decimal`, whole numbers if they are classes; of
      very many nodes they are a lazy array. Arrays are read-only.
    - `positions`: the positions of its entries along each axis, among all nodes, classes or features.
    - `given`: the input of the lesson, which has the names of all classes.
    - `inputs`: the steps that it was computed from, by key.
    - `unrounded`: its numbers before rounding by hand.
    - `also`: the steps of other rules for the same quantity.
    - `whole`, `positions_in_whole`: if it is part of a step, that step, and the positions of its entries in it.

    NumPy takes a step as the array `value`.
    """

    rule: Quantity
    table: Table
    rounding: Rounding
    positions: Mapping[Axis, Sequence[int] | Array]
    given: Given
    inputs: Mapping[str, "Step"] = field(default_factory=dict)
    unrounded: Numbers | None = None
    also: tuple["Step", ...] = ()
    whole: "Step | None" = None
    positions_in_whole: Mapping[Axis, Sequence[int] | Array] = field(default_factory=dict)

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
        """The names of the rows; None if it is one number."""
        return next(iter(self.table.names.values()), None)

    @property
    def columns(self) -> Sequence[str] | None:
        """The names of the columns; None if it has none."""
        return next(iter([*self.table.names.values()][1:]), None)

    @property
    def entries(self) -> Sequence[str] | None:
        """The names of the classes, if its numbers are classes."""
        return None if self.rule.holds is None else self.given.names[self.rule.holds]

    @cached_property
    def value(self) -> Array:
        """The numbers as float64."""
        numbers = np.asarray(self.numbers)
        return np.asarray(read_only_view(numbers.astype(float) if numbers.dtype == object else numbers))

    @cached_property
    def decimals(self) -> int:
        """The number of decimals that it is displayed with; a part has those of the whole step."""
        return self.whole.decimals if self.whole else decimals_of(self.rule, self.numbers, self.rounding)

    @property
    def is_shown(self) -> bool:
        """Whether pages show it."""
        if self.rule.visible == NOT_ZERO:
            return any(part.any() for part in parts(self.numbers))
        return self.rule.visible != NEVER

    def parts(self) -> Iterator["Step"]:
        """Parts of the step, `BLOCK` rows each."""
        count = len(self.rows or ())
        if count <= BLOCK:
            yield self
            return
        for start in range(0, count, BLOCK):
            yield self.take({self.rule.axes[0]: slice(start, start + BLOCK)})

    def digits(self, decimals: int | None = None) -> Any:
        """The entries as displayed: text in nested lists, rounded to `decimals`, or the names of classes."""
        if self.entries is not None:
            return np.array(self.entries, dtype=object)[np.asarray(self.numbers)].tolist()
        numbers = np.asarray(self.numbers)
        if self.rule.precision == POWER:
            return powers_of_ten(numbers).tolist()
        numbers = (
            to_decimals(numbers) if self.rule.precision == TYPED else numbers
        )  # typed numbers have no binary noise
        return digits(numbers, self.decimals if decimals is None else decimals, self.rounding.ties).tolist()

    def names_at(self, at: Sequence[int]) -> tuple[str | None, str | None]:
        """The names of the row and the column of an entry, from its position in the lesson; None where it has none."""
        places = dict(zip((self.whole or self).rule.axes, at, strict=True))
        row, column, *_ = (*(names[places[axis]] for axis, names in self.table.names.items()), None, None)
        return row, column

    def position_in_whole(self, at: tuple[int, ...]) -> tuple[int, ...]:
        """The position of an entry in the step that this is a part of."""
        if not self.whole:
            return at
        places = {axis: int(self.positions_in_whole[axis][i]) for axis, i in zip(self.rule.axes, at, strict=True)}
        return tuple(places[axis] for axis in self.whole.rule.axes)

    def turn(self) -> "Step":
        """The step as a page shows it if W has a row for each feature."""
        if not self.rule.has_turned_form:
            return self
        rule = self.rule.turn()
        table = self.table if rule.axes == self.rule.axes else self.table.transpose()
        in_whole = {axis: range(len(names)) for axis, names in table.names.items()}
        return replace(self, rule=rule, table=table, whole=self, positions_in_whole=in_whole)

    def take(self, selections: Mapping[Axis, Selection]) -> "Step":
        """The part with the entries at these positions, in this order; along other axes, all of them."""
        in_whole = self.positions_in_whole or {axis: range(len(names)) for axis, names in self.table.names.items()}
        positions, positions_in_whole = (
            {axis: select_positions(each[axis], selections.get(axis, slice(None))) for axis in self.table.names}
            for each in (self.positions, in_whole)
        )
        return replace(
            self,
            table=self.table.take(selections),
            positions=positions,
            whole=self.whole or self,
            positions_in_whole=positions_in_whole,
        )


def as_step(quantity: Quantity, numbers: Numbers, given: Given, rounding: Rounding) -> Step:
    """The numbers of a quantity as a step, with their names."""
    table = Table(read_only_view(numbers), given.names_of(quantity))
    return Step(quantity, table, rounding, given.positions_of(quantity), given)


def printed_decimals(quantity: Quantity, rounding: Rounding) -> int:
    """The number of decimals that the config sets for a quantity."""
    return rounding.printed_loss_decimals if quantity.precision == LOSS else rounding.decimals


def decimals_of(quantity: Quantity, numbers: Numbers, rounding: Rounding) -> int:
    """The number of decimals that a quantity is displayed with."""
    if quantity.precision not in (TYPED, TERM):
        return printed_decimals(quantity, rounding)
    most = MOST_DECIMALS if rounding.every_step or quantity.precision == TYPED else rounding.decimals + 2
    needed = 0
    for part in parts(numbers):
        needed = max(needed, decimals_needed(part, most))
        if needed == most:
            break
    return needed if rounding.every_step or needed <= MOST_TYPED else min(needed, rounding.decimals + 2)
