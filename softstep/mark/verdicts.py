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

ON_NUMBERS = (RIGHT, ROUNDED, CARRIED_FORWARD, WRONG, WRONG)
"""The verdicts on a number. Arrays hold their positions in this tuple, the best verdict first.

An answer that follows from ones that make a step trivial is wrong, like one that follows from nothing.
"""

IS_RIGHT, IS_ROUNDED, IS_CARRIED_FORWARD, IS_TRIVIAL, IS_WRONG = range(5)

EARLY_ROUNDING = 3
"""Rounding early, cutting off, or another rule for ties moves a value by this many margins at most."""


class Figures(NamedTuple):
    """The answers to one step, nan where there is none. Each stands for all numbers within a margin of its centre.

    A rounded figure stands for those around itself; 0.05 that was cut off stands for 0.05 to 0.06.
    """

    numbers: Array
    centres: Array
    margins: Array

    @classmethod
    def rounded(cls, numbers: Array, margins: Array) -> "Figures":
        """Answers that were rounded."""
        return cls(numbers, numbers, margins)

    @classmethod
    def cut(cls, numbers: Array, margins: Array) -> "Figures":
        """Answers whose digits were cut off; `margins` are half a unit."""
        return cls(numbers, numbers + np.sign(numbers) * margins, np.where(numbers == 0, 2 * margins, margins))

    @property
    def answered(self) -> Array:
        """Which entries have an answer."""
        return ~np.isnan(self.numbers)

    def are_met(self, values: Array, looseness: float = 1) -> Array:
        """Which answers these values lead to, or nearly do by some margins."""
        return is_within(values, self.centres, self.margins * looseness)

    def with_numbers(self, numbers: Array) -> "Figures":
        """Other answers that were rounded or cut off in the same way."""
        return Figures(numbers, numbers + np.sign(numbers) * np.abs(self.centres - self.numbers), self.margins)

    def divided_by(self, factor: Array) -> "Figures":
        """The answers on another scale."""
        return Figures(*(array / factor for array in self))

    def take(self, mask: Array) -> "Figures":
        """Some of the answers, in one row."""
        return Figures(*(array[mask] for array in self))


class Judgement(NamedTuple):
    """The verdict on each answer, as its position in ON_NUMBERS, and the value it was compared with."""

    verdict: Array
    value: Array
    provenance: Provenance

    def or_better(self, other: "Judgement") -> "Judgement":
        """The other verdict where it is better, this one elsewhere."""
        return other.where(other.verdict < self.verdict, self)

    def where(self, mask: Array, other: "Judgement") -> "Judgement":
        """This judgement where the mask is true, the other elsewhere."""
        return Judgement(
            np.where(mask, self.verdict, other.verdict),
            np.where(mask, self.value, other.value),
            self.provenance.where(mask, other.provenance),
        )


def judge(
    rule: Rule, typed: Array, margin: Array, value: Array, provenance: Provenance, looseness: float = EARLY_ROUNDING
) -> Judgement:
    """Compare the answers with a computed value; one further away than its `margin` is not right.

    By `looseness` margins it may be off where figures are rounded or carried forward.

    Right needs a value computed from right answers only, rounded one from right or rounded answers, carried forward
    one from a wrong answer. What is computed from answers that make a step trivial gains nothing.
    """
    is_near = is_within(value, typed, margin)
    is_about = is_near if rule.holds is not None else is_within(value, typed, margin * looseness)
    level = provenance.level
    cases = [
        is_near & (level == FROM_RIGHT),
        is_about & (level <= FROM_ROUNDED),
        is_about & (level == FROM_WRONG),
        is_about,
    ]
    verdict = np.select(cases, [IS_RIGHT, IS_ROUNDED, IS_CARRIED_FORWARD, IS_TRIVIAL], IS_WRONG)
    return Judgement(verdict, value, provenance)


def is_within(value: Array, typed: Array, margin: Array) -> Array:
    """Whether computed numbers are within the margin of typed ones; the noise of float64 does not count."""
    is_near = np.abs(value - typed) <= margin * (1 + 1e-9) + 1e-12 * (1 + np.abs(typed))
    return np.asarray(np.where(np.isfinite(typed), is_near, value == typed))


def are_alike(typed: Array, right: Array) -> bool:
    """Whether the answers are all 0, or all equal where the right ones are not: later steps are too easy then."""
    answered = ~np.isnan(typed)
    numbers = typed[answered]
    return numbers.size > 1 and np.ptp(numbers) == 0 and bool(numbers[0] == 0 or np.ptp(right[answered]) != 0)


def outside_0_to_1(typed: Array) -> Array:
    """The nodes with a probability that is not between 0 and 1."""
    return np.broadcast_to(((typed < 0) | (typed > 1)).any(axis=-1, keepdims=True), typed.shape)
