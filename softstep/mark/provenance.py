"""Provenance: the worst answer that each entry of an array was computed from."""

from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array

FROM_RIGHT, FROM_ROUNDED, FROM_WRONG, FROM_TRIVIAL = range(4)
"""What an entry was computed from: right answers only; a rounded one; a wrong one; one that makes the step trivial."""

NO_ANSWER = np.iinfo(np.int64).max
"""Stands for the number of an answer where all answers are right."""


class Provenance(NamedTuple):
    """Two arrays of one shape: the `level` of each entry, FROM_RIGHT to FROM_TRIVIAL, and the `answer` behind it.

    `answer` has the number of the earliest answer of that level. Answers are numbered in the order of the lesson.
    """

    level: Array
    answer: Array

    @classmethod
    def right(cls, shape: tuple[int, ...]) -> "Provenance":
        """The provenance of entries computed from right answers only."""
        return cls(np.full(shape, FROM_RIGHT), np.full(shape, NO_ANSWER))

    @property
    def has_carried_error(self) -> Array:
        """Which entries have an error carried forward: from answers that are rounded or wrong, but not trivial."""
        return np.asarray((self.level > FROM_RIGHT) & (self.level < FROM_TRIVIAL))

    def where(self, mask: Array, other: "Provenance") -> "Provenance":
        """These entries where the mask is true, those of the other elsewhere."""
        return Provenance(np.where(mask, self.level, other.level), np.where(mask, self.answer, other.answer))
