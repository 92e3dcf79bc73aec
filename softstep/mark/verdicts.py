"""The verdicts on answers, and the rules that decide them."""

from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.provenance import FROM_RIGHT, FROM_ROUNDED, FROM_WRONG, Provenance

RIGHT, ROUNDED, CARRIED_FORWARD, WRONG = "right", "rounded", "follows", "wrong"
MISSING, UNREADABLE, WRONG_SHAPE = "missing", "unreadable", "wrong shape"

ORDER = (MISSING, RIGHT, ROUNDED, CARRIED_FORWARD, UNREADABLE, WRONG_SHAPE, WRONG)
"""From best to worst; the verdict on a step is the worst of its answers."""

GOOD = (RIGHT, ROUNDED)
"""Verdicts that leave nothing to correct."""

SCORED = (RIGHT, ROUNDED, CARRIED_FORWARD)
"""Verdicts that gain marks."""

ON_NUMBERS = (RIGHT, ROUNDED, CARRIED_FORWARD, WRONG)
"""The verdicts on a number. Arrays hold their positions in this tuple, the best verdict first."""

IS_RIGHT, IS_ROUNDED, IS_CARRIED_FORWARD, IS_WRONG = range(4)

EARLY_ROUNDING = 3
"""Rounding early, cutting off, or another rule for ties moves a value by this many margins at most."""


class Judgement(NamedTuple):
    """The verdict on each answer, as its position in ON_NUMBERS, and the value it was compared with."""

    verdict: Array
    value: Array
    provenance: Provenance

    def or_better(self, other: "Judgement") -> "Judgement":
        """The other verdict where it is better, this one elsewhere."""
        better = other.verdict < self.verdict
        return Judgement(
            np.where(better, other.verdict, self.verdict),
            np.where(better, other.value, self.value),
            other.provenance.where(better, self.provenance),
        )


def judge(rule: Rule, typed: Array, margin: Array, value: Array, provenance: Provenance) -> Judgement:
    """Compare the answers with a computed value; one further away than its `margin` is not right.

    Right needs a value computed from right answers only, rounded one from right or rounded answers, carried forward
    one from a wrong answer. Nothing is carried forward from answers that make the step trivial.
    """
    is_near = is_within(value, typed, margin)
    is_about = is_near if rule.holds is not None else is_within(value, typed, margin * EARLY_ROUNDING)
    level = provenance.level
    cases = [is_near & (level == FROM_RIGHT), is_about & (level <= FROM_ROUNDED), is_about & (level == FROM_WRONG)]
    verdict = np.select(cases, [IS_RIGHT, IS_ROUNDED, IS_CARRIED_FORWARD], IS_WRONG)
    return Judgement(verdict, value, provenance)


def is_within(value: Array, typed: Array, margin: Array) -> Array:
    """Whether computed numbers are within the margin of typed ones; the noise of float64 does not count."""
    is_near = np.abs(value - typed) <= margin * (1 + 1e-9) + 1e-12 * (1 + np.abs(typed))
    return np.asarray(np.where(np.isfinite(typed), is_near, value == typed))


def trivial_answers(rule: Rule, typed: Array, verdict: Array, right: Array) -> Array:
    """Which answers make the steps computed from them trivial.

    Those are wrong answers that are all 0, or all equal where the right ones are not; and the probabilities of a node
    that has one outside 0 … 1.
    """
    answered = ~np.isnan(typed)
    numbers = typed[answered]
    are_equal = numbers.size > 1 and np.ptp(numbers) == 0
    trivial: Array = (verdict == IS_WRONG) & (are_equal and (numbers[0] == 0 or np.ptp(right[answered]) != 0))
    if rule.shares:
        trivial |= (verdict > IS_ROUNDED) & ((typed < 0) | (typed > 1)).any(axis=-1, keepdims=True)
    return answered & trivial
