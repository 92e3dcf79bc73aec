"""The lesson carried on from a sheet's own figures, and how far each of its numbers can be relied on.

That is a number of its own, a doubt: how bad the worst answer is that the number rests on, and which answer that is.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

import numpy as np

from softstep.compute.steps import Given, printed_decimals
from softstep.lesson.maths import Array
from softstep.lesson.quantities import GIVEN, NOT_ZERO
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import BY_KEY, Rule
from softstep.mark.edits import Edit

SOUND, INEXACT, UNSOUND, TRIVIAL = range(4)
"""What a number rests on: right answers alone, some that were rounded early, a wrong one, or one that makes what is
computed from it too easy to gain marks."""

_MOST = (1 << 32) - 1
_QUANTITIES = GIVEN | BY_KEY


def doubt(level: int, answer: Any) -> Any:
    """A level and the number of the answer to blame, as one number: the greater, the worse.

    Of two equally bad answers the earlier one makes the greater.

    >>> doubt(UNSOUND, 7) > doubt(UNSOUND, 8) > doubt(INEXACT, 1)
    True
    """
    return (level << 32) + _MOST - answer


def level(doubts: Array) -> Array:
    """SOUND to TRIVIAL."""
    return doubts >> 32


def to_blame(doubts: int) -> int:
    """The number of the answer that is to blame.

    >>> to_blame(doubt(UNSOUND, 7))
    7
    """
    return _MOST - (doubts & _MOST)


class OnSheet(NamedTuple):
    """What a sheet says of a step: which entries are answered, with what, and how doubtful that is."""

    answered: Array
    numbers: Array
    doubts: Array

    def over(self, made: Array) -> Array:
        """The sheet's figures, and what was made of the earlier ones where there is none."""
        return np.where(self.answered, self.numbers, made)


Way = Callable[[Array, int], Array]
"""A way to round numbers to so many places."""


def cut_off(x: Array, decimals: int) -> Array:
    """The numbers without what comes after so many places.

    >>> cut_off(np.array([0.699, -0.699, 0.7 - 1e-16, -0.001]), 2)
    array([ 0.69, -0.69,  0.7 ,  0.  ])
    """
    return np.asarray(np.round(np.trunc(x * 10.0**decimals + np.sign(x) * 1e-7) / 10.0**decimals, decimals) + 0)


class World:
    """The lesson as far as it was walked, with the sheet's own figure wherever there is one.

    `edits` are slips in what is given that are taken to be in force, for which the answer numbered `blamed` speaks.
    Figures that are not on the sheet are carried on as `way` rounds them, if there is one, to the places of `rounding`.
    """

    def __init__(
        self, given: Given, rounding: Rounding, way: Way | None, edits: Sequence[Edit] = (), blamed: int = 0
    ) -> None:
        self.given, self.labelled = given.values, given.labelled
        self.rounding, self.way = rounding, way
        self.edits = tuple(edits)
        self.values: dict[str, Array] = dict(given.values)
        self.doubts: dict[str, Array] = {key: np.zeros(value.shape, int) for key, value in given.values.items()}
        for edit in edits:
            self.values[edit.key] = edit.applied(self.values[edit.key])
            for place, _ in edit.changes:
                self.doubts[edit.key][place] = doubt(UNSOUND, blamed)

    def otherwise(self, way: Way | None) -> "World":
        """The same so far; from here on, figures that are not on the sheet are rounded in this way."""
        world = copy(self)
        world.way, world.values, world.doubts = way, dict(self.values), dict(self.doubts)
        return world

    def walk(self, rule: Rule) -> None:
        """Walk through one rule, from what is there so far."""
        self.values[rule.key] = self.made(rule, self.values)
        self.doubts[rule.key] = self._inherited(rule)

    def settle(self, rule: Rule, on_sheet: OnSheet | None) -> None:
        """Go on from what the sheet says of the step and, where it says nothing, from what the rule made."""
        self.values[rule.key] = self.carried(rule, self.values[rule.key], on_sheet)
        if on_sheet:
            self.doubts[rule.key] = np.where(on_sheet.answered, on_sheet.doubts, self.doubts[rule.key])

    def carried(self, rule: Rule, made: Array, on_sheet: OnSheet | None) -> Array:
        """The figures that the next rules use: the sheet's and, where it has none, those that were made."""
        if self.way and rule.holds is None and not (on_sheet and on_sheet.answered.all()):
            made = self.way(made, printed_decimals(rule, self.rounding))
        return on_sheet.over(made) if on_sheet else made

    def made(self, rule: Rule, values: Mapping[str, Array]) -> Array:
        """What the rule makes of these numbers."""
        arrays = [self._rows_read(rule, key, values[key]) for key in rule.inputs]
        return np.asarray(rule.compute(*arrays))

    def _inherited(self, rule: Rule) -> Array:
        """The worst doubt of the numbers that each entry is made from: those of its own node, class and feature.

        An entry that is a number where those of a level are none is not made from these.
        """
        worst = np.zeros(self.values[rule.key].shape, int)
        for its in (INEXACT, UNSOUND, TRIVIAL):
            doubts = {key: np.where(level(self.doubts[key]) == its, self.doubts[key], 0) for key in rule.inputs}
            of_this = {key: each for key, each in doubts.items() if each.any()}
            if of_this:
                reached = self._reached(rule, of_this)
                if rule.holds is None:
                    none = {key: np.where(each > 0, np.nan, self.values[key]) for key, each in of_this.items()}
                    reached = np.where(np.isfinite(self.made(rule, self.values | none)), 0, reached)
                worst = np.maximum(worst, reached)
        return np.where(self.values[rule.key] == 0, 0, worst) if rule.visible == NOT_ZERO else worst

    def _reached(self, rule: Rule, doubts: Mapping[str, Array]) -> Array:
        """The worst of the doubts of its own node, class and feature, for each entry."""
        axes = dict(zip(rule.axes, self.values[rule.key].shape, strict=True))
        worst = np.zeros(tuple(axes.values()), int)
        for key, each in doubts.items():
            read, its = self._rows_read(rule, key, each), _QUANTITIES[key].axes
            most = read.max(axis=tuple(i for i, axis in enumerate(its) if axis not in axes))
            worst = np.maximum(worst, most.reshape([n if axis in its else 1 for axis, n in axes.items()]))
        return worst

    def _rows_read(self, rule: Rule, key: str, array: Array) -> Array:
        """The rows of an input that the rule reads."""
        return array[self.labelled] if rule.is_over_labelled(_QUANTITIES[key]) else array


def within(value: Array, typed: Array, distance: Array) -> Array:
    """Whether a computed number is no further off from what was typed, but for the noise of float64."""
    near = np.abs(value - typed) <= distance * (1 + 1e-9) + 1e-12 * (1 + np.abs(typed))
    return np.asarray(np.where(np.isfinite(typed), near, value == typed))
