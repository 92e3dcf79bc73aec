"""A hypothesis: the lesson computed from a sheet's own answers, with some assumption about inputs and rounding."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Given, printed_decimals
from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.maths import Array
from softstep.lesson.quantities import GIVEN, NOT_ZERO
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import Rule
from softstep.mark.input_errors import InputError
from softstep.mark.provenance import FROM_ROUNDED, FROM_TRIVIAL, FROM_WRONG, NO_ANSWER, Provenance

RoundFunction = Callable[[Array, int], Array]
"""Rounds numbers to so many decimals."""

_QUANTITIES = GIVEN | ALL_RULES


class CarriedAnswers(NamedTuple):
    """The answers to one step as later steps use them; `answered` says which entries have one."""

    answered: Array
    numbers: Array
    provenance: Provenance


def truncate(x: Array, decimals: int) -> Array:
    """The numbers cut off after so many decimals.

    >>> truncate(np.array([0.699, -0.699, 0.7 - 1e-16, -0.001]), 2)
    array([ 0.69, -0.69,  0.7 ,  0.  ])
    """
    return np.asarray(np.round(np.trunc(x * 10.0**decimals + np.sign(x) * 1e-7) / 10.0**decimals, decimals) + 0)


class Hypothesis:
    """The lesson as computed so far, from the sheet's answers where there are some.

    `input_errors` are the input errors assumed here; `evidence` is the number of the answer that suggested them.
    Values that are not on the sheet are rounded by `round_values`, if given, to the places of `rounding`.
    `values` and `provenance` have an array for each key.
    """

    def __init__(
        self,
        given: Given,
        rounding: Rounding,
        round_values: RoundFunction | None,
        input_errors: Sequence[InputError] = (),
        evidence: int = NO_ANSWER,
    ) -> None:
        self.given, self.labelled = given.values, given.labelled
        self.rounding, self.round_values = rounding, round_values
        self.input_errors = tuple(input_errors)
        self.values: dict[str, Array] = dict(given.values)
        self.provenance = {key: Provenance.right(value.shape) for key, value in given.values.items()}
        for error in input_errors:
            error.put_into(self.values, {})
            for place, _ in error.changes:
                self.provenance[error.key].level[place] = FROM_WRONG
                self.provenance[error.key].answer[place] = evidence

    def with_rounding(self, round_values: RoundFunction | None) -> "Hypothesis":
        """A copy that rounds what comes from here on in another way."""
        other = copy(self)
        other.round_values, other.values, other.provenance = round_values, dict(self.values), dict(self.provenance)
        return other

    def compute(self, rule: Rule) -> None:
        """Compute the values of one rule and their provenance."""
        self.values[rule.key] = self.value_of(rule, self.values)
        self.provenance[rule.key] = self._inherited_provenance(rule)

    def adopt(self, rule: Rule, answers: CarriedAnswers | None) -> None:
        """Go on from the sheet's answers to a step, and from the computed values where it has none."""
        self.values[rule.key] = self.carry_forward(rule, self.values[rule.key], answers)
        if answers:
            self.provenance[rule.key] = answers.provenance.where(answers.answered, self.provenance[rule.key])

    def carry_forward(self, rule: Rule, computed: Array, answers: CarriedAnswers | None) -> Array:
        """The values for the next rules: the sheet's answers and, where it has none, the computed ones, rounded."""
        if self.round_values and rule.holds is None and not (answers and answers.answered.all()):
            computed = self.round_values(computed, printed_decimals(rule, self.rounding))
        return np.where(answers.answered, answers.numbers, computed) if answers else computed

    def value_of(self, rule: Rule, values: Mapping[str, Array]) -> Array:
        """What the rule gives for these values of its inputs."""
        return np.asarray(rule.compute(*(self._used_rows(rule, key, values[key]) for key in rule.inputs)))

    def _used_rows(self, rule: Rule, key: str, array: Array) -> Array:
        """The rows of an input that the rule uses."""
        return array[self.labelled] if rule.is_over_labelled(_QUANTITIES[key]) else array

    def _inherited_provenance(self, rule: Rule) -> Provenance:
        """The worst provenance among the inputs of each entry."""
        value = self.values[rule.key]
        inherited = Provenance.right(value.shape)
        for level in (FROM_ROUNDED, FROM_WRONG, FROM_TRIVIAL):
            at_level = {key: self.provenance[key].level == level for key in rule.inputs}
            at_level = {key: mask for key, mask in at_level.items() if mask.any()}
            if not at_level:
                continue
            answer = self._earliest_answer(rule, at_level)
            if rule.holds is None:  # an entry that has a value without these inputs does not depend on them
                without = {key: np.where(mask, np.nan, self.values[key]) for key, mask in at_level.items()}
                answer = np.where(np.isfinite(self.value_of(rule, self.values | without)), NO_ANSWER, answer)
            inherited = Provenance(np.full(value.shape, level), answer).where(answer < NO_ANSWER, inherited)
        if rule.visible == NOT_ZERO:  # a shift of 0 does not depend on the logits
            inherited = Provenance.right(value.shape).where(value == 0, inherited)
        return inherited

    def _earliest_answer(self, rule: Rule, masks: Mapping[str, Array]) -> Array:
        """The earliest answer behind the inputs under these masks, among those of the same node, class and feature."""
        sizes = dict(zip(rule.axes, self.values[rule.key].shape, strict=True))
        earliest = np.full(tuple(sizes.values()), NO_ANSWER)
        for key, mask in masks.items():
            axes = _QUANTITIES[key].axes
            answer = self._used_rows(rule, key, np.where(mask, self.provenance[key].answer, NO_ANSWER))
            answer = answer.min(axis=tuple(i for i, axis in enumerate(axes) if axis not in sizes))
            earliest = np.minimum(earliest, answer.reshape([n if axis in axes else 1 for axis, n in sizes.items()]))
        return earliest
