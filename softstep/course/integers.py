"""Whole numbers that follow from a seed, bit for bit the same everywhere."""

from collections.abc import MutableSequence
from hashlib import sha256
from typing import Any

_BYTES = 16
"""The bytes of one number, so many that no remainder is visibly more likely than another."""


class Integers:
    """A stream of whole numbers, made from SHA-256 of the seed and a counter.

    Generators of libraries may change from version to version; this one cannot.

    >>> numbers = Integers("seed 1")
    >>> [numbers.between(1, 6) for _ in range(8)]
    [2, 6, 4, 3, 1, 6, 2, 4]
    """

    def __init__(self, seed: str) -> None:
        self.seed, self.count, self.pool = seed, 0, b""

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        if not self.pool:
            self.pool = sha256(f"{self.seed} {self.count}".encode()).digest()
            self.count += 1
        number, self.pool = int.from_bytes(self.pool[:_BYTES], "big"), self.pool[_BYTES:]
        return low + number % (high - low + 1)

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Bring the items into another order, in place."""
        for i in range(len(items) - 1, 0, -1):
            j = self.between(0, i)
            items[i], items[j] = items[j], items[i]
