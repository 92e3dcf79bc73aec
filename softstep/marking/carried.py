"""The lesson carried on from a sheet's own figures, and how far each of its numbers can be relied on."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from softstep.marking.edits import Edit
from softstep.maths import Array
from softstep.rounding import Rounding
from softstep.steps import BIAS, BY_KEY, CLASS, GIVEN, LABELLED, LOSS, NODE, WEIGHT, Given, Rule

SOUND, INEXACT, UNSOUND, TRIVIAL = range(4)
"""What a number rests on: right figures alone, some that were rounded early, a wrong one, or one that makes what is
computed from it too easy to gain marks."""

_MOST = (1 << 32) - 1
_AXES = {LABELLED: NODE, WEIGHT: CLASS, BIAS: CLASS}


def doubt(level: int, answer: Any) -> Any:
    """How far a number can be relied on, and which answer is to blame, in one number: the greater, the worse.

    Of two equally bad answers the earlier one makes the greater.
    """
    return (level << 32) + _MOST - answer


def levels(doubts: Array) -> Array:
    """SOUND to TRIVIAL."""
    return doubts >> 32


def to_blame(doubts: int) -> int:
    """The number of the answer that is to blame."""
    return _MOST - (doubts & _MOST)


class Fixed(NamedTuple):
    """What a sheet says of a step: which entries are answered, with what, and how far that can be relied on."""

    answered: Array
    numbers: Array
    doubts: Array


class Carried:
    """The lesson as far as it was walked, with the sheet's own figure wherever there is one.

    `edits` are slips in what is given that are taken to be in force, for which the answer numbered `blamed` speaks.
    `rounding` says how figures that are not on the sheet are rounded, if they are.
    """

    def __init__(
        self, given: Given, edits: Sequence[Edit] = (), blamed: int = 0, rounding: Rounding | None = None
    ) -> None:
        self.labelled = given.labelled
        self.edits = tuple(edits)
        self.rounding = rounding
        self.values: dict[str, Array] = dict(given.values)
        self.doubts: dict[str, Array] = {key: np.zeros(value.shape, int) for key, value in given.values.items()}
        for edit in edits:
            self.values[edit.key] = edit.applied(self.values[edit.key])
            for place, _ in edit.changes:
                self.doubts[edit.key][place] = doubt(UNSOUND, blamed)

    def through(self, rule: Rule, fixed: Fixed | None = None) -> None:
        """Walk through one rule; what the sheet says of it goes before what it makes."""
        self.values[rule.key] = self.made(rule, self.values)
        self.doubts[rule.key] = self._inherited(rule)
        if fixed:
            self.fix(rule, fixed)

    def fix(self, rule: Rule, fixed: Fixed) -> None:
        """Put the sheet's figures in place of what the rule made."""
        for there, typed in ((self.values, fixed.numbers), (self.doubts, fixed.doubts)):
            there[rule.key] = np.where(fixed.answered, typed, there[rule.key])

    def made(self, rule: Rule, values: Mapping[str, Array]) -> Array:
        """What the rule makes of these numbers, as it is carried on."""
        arrays = [rows_read(rule, key, values[key], self.labelled) for key in rule.inputs]
        made = np.asarray(rule.compute(*arrays), dtype=float if rule.entries is None else None)
        if self.rounding is None or rule.entries is not None:
            return made
        return np.round(made, places(rule, self.rounding))

    def _inherited(self, rule: Rule) -> Array:
        """The worst doubt of the numbers that each entry is made from: those of its own node, class and feature."""
        axes = dict(zip(_axes(rule.key), self.values[rule.key].shape, strict=True))
        worst = np.zeros(tuple(axes.values()), int)
        for key in rule.inputs:
            doubts = rows_read(rule, key, self.doubts[key], self.labelled)
            its = _axes(key)
            if doubts.any():
                most = doubts.max(axis=tuple(i for i, axis in enumerate(its) if axis not in axes))
                worst = np.maximum(worst, most.reshape([n if axis in its else 1 for axis, n in axes.items()]))
        return worst


def places(rule: Rule, rounding: Rounding) -> int:
    """How many decimals the step has."""
    return rounding.loss_decimals if rule.places == LOSS else rounding.decimals


def within(value: Array, typed: Array, width: Array) -> Array:
    """Whether a computed number is no further from what was typed than `width`, but for the noise of float64."""
    return np.asarray(np.abs(value - typed) <= width * (1 + 1e-9) + 1e-12 * (1 + np.abs(typed)))


def rows_read(rule: Rule, key: str, array: Array, labelled: Array) -> Array:
    """The rows of an input that the rule reads."""
    if rule.over == LABELLED and _QUANTITIES[key].rows == NODE and len(labelled) < len(array):
        return array[labelled]
    return array


_QUANTITIES = GIVEN | BY_KEY


def _axes(key: str) -> tuple[str, ...]:
    """What the rows and columns of a quantity are, the nodes among them or the classes however they are called."""
    quantity = _QUANTITIES[key]
    return tuple(_AXES.get(axis, axis) for axis in (quantity.rows, quantity.columns) if isinstance(axis, str))
