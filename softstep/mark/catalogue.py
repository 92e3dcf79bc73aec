"""The catalogue of slips in one problem, and what they make of its steps, kept from sheet to sheet."""

import warnings
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import Rule
from softstep.mark.hypothesis import Chain
from softstep.mark.input_errors import InputError
from softstep.mark.ways import UNROUNDED
from softstep.mark.wrong_rules import Explanation, WrongRule

MOST_KEPT = 1_000_000
"""Numbers that a catalogue keeps for the next sheets, 8 MB; then it begins anew."""


class Catalogue:
    """The slips that are searched for in one problem, and what is known of them on every sheet."""

    def __init__(
        self,
        rules: Sequence[Rule],
        slips: Iterable[WrongRule],
        input_errors: Iterable[InputError],
        given: Mapping[str, Array],
        labelled: Array,
        rounding: Rounding,
    ) -> None:
        self.rules, self.slips, self.input_errors = tuple(rules), tuple(slips), tuple(input_errors)
        self.right = Chain(UNROUNDED, given, labelled, rounding)
        for rule in rules:
            self.right.compute(rule)
        self._kept: dict[Hashable, Effects] = {}
        self._count = 0

    def get(self, key: Hashable) -> "Effects | None":
        """What was kept under this key; None if nothing was."""
        return self._kept.get(key)

    def keep(self, key: Hashable, effects: "Effects") -> None:
        """Keep effects that do not depend on the sheet."""
        self._kept[key] = effects
        self.count_kept(effects.values.size * 2)

    def count_kept(self, size: int) -> None:
        """Count numbers that are kept; begin anew if they are too many."""
        self._count += size
        if self._count > MOST_KEPT:
            self._kept, self._count = {}, 0


class Effects(NamedTuple):
    """What slips make of a step: its `values` without a slip, then under each; which entries each slip `changes`.

    `spread` is the width of the range of the changed values of each entry, from the 10th to the 90th percentile, and
    `spread_by_rules` that of the values under slips in rules, which come first. `of_sets` has the values under sets of
    slips that were tried so far.
    """

    values: Array
    changes: Array
    spread: Array
    spread_by_rules: Array
    of_sets: dict[Explanation, Array]

    @classmethod
    def of(cls, values: Array, in_rules: int) -> "Effects":
        """The effects, from the values without a slip and those under each; `in_rules` is the number of these."""
        changes = are_changed(values[1:], values[0])
        changed = np.where(changes & np.isfinite(values[1:]), values[1:], np.nan)
        return cls(values, changes, _spread(changed), _spread(changed[:in_rules]), {})


def _spread(values: Array) -> Array:
    """The width from the 10th to the 90th percentile of each column, without nan; infinite if nothing is left."""
    if not len(values):
        return np.full(values.shape[1:], np.inf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns without a number
        spread = np.subtract(*np.nanpercentile(values, (90, 10), axis=0))
    return np.asarray(np.where(np.isnan(spread), np.inf, spread))


def are_changed(values: Array, base: Array) -> Array:
    """Which values differ from the base, but for the noise of float64."""
    is_near = np.abs(values - base) <= 1e-12 * (1 + np.abs(base))
    return np.asarray(~np.where(np.isfinite(base), is_near, values == base))
