"""Names and numbers of very many nodes: names held as whole numbers, and arrays computed some rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from softstep.lesson.maths import Array

BLOCK = 8192
"""The number of rows that are read or written at a time."""

Selection = slice | Sequence[int] | Array
"""Some entries along an axis, in order: a slice, or their positions."""


class NumberNames(Sequence[str]):
    """Names that are whole numbers, held as an array of these.

    >>> names = NumberNames(np.array([7, 3, 12]))
    >>> names[1], list(names[1:]), "12" in names, names.index("12")
    ('3', ['3', '12'], True, 2)
    """

    def __init__(self, numbers: Array | range) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "NumberNames": ...
    def __getitem__(self, at: int | slice) -> "str | NumberNames":
        return NumberNames(self.numbers[at]) if isinstance(at, slice) else str(self.numbers[at])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NumberNames):
            return np.array_equal(np.asarray(self.numbers), np.asarray(other.numbers))
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(str.__eq__, self, other))

    def __repr__(self) -> str:
        return f"<{len(self)} names, {self[0]} to {self[-1]}>" if len(self) else "<no names>"


class LazyArray:
    """A matrix or a vector whose rows are computed when they are read.

    `compute` makes the rows of a selection. `shape` and `dtype` are those of the whole array, which exists only once
    NumPy asks for it.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, compute: Callable[[Selection], Array]) -> None:
        self.shape, self.dtype, self._compute = shape, np.dtype(dtype), compute
        self._cached_block: tuple[int, Array] = (0, np.empty(0))

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self._all_rows if dtype is None else self._all_rows.astype(dtype)

    @cached_property
    def _all_rows(self) -> Array:
        array = np.empty(self.shape, self.dtype)
        for start in range(0, len(self), BLOCK):
            array[start : start + BLOCK] = self._compute(slice(start, start + BLOCK))
        return array

    def __getitem__(self, at: Any) -> Any:
        """`at` is a row number, (row, column), or a selection of rows, with or without columns."""
        row, *columns = at if isinstance(at, tuple) else (at,)
        if isinstance(row, int | np.integer):
            start, block = self._cached_block
            if not start <= row < start + len(block):
                start = int(row) // BLOCK * BLOCK
                block = self._compute(slice(start, start + BLOCK))
                self._cached_block = start, block
            return block[(row - start, *columns)]
        rows = slice(*row.indices(len(self))) if isinstance(row, slice) else np.asarray(row, dtype=int)
        return self._compute(rows)[(slice(None), *columns)]


Numbers = Array | LazyArray
"""The numbers of a step: an array, or for very many nodes a lazy one."""


def parts(numbers: Numbers) -> Iterator[Array]:
    """The numbers, `BLOCK` rows at a time."""
    if not numbers.shape or len(numbers) <= BLOCK:
        yield np.asarray(numbers)
    else:
        yield from (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))


def select(numbers: Numbers, rows: Selection | None, columns: Selection | None) -> Numbers:
    """The numbers in these rows and columns (None: in all); a lazy array if these are very many rows.

    >>> select(np.array([[1, 2], [3, 4]]), [1], [0]).tolist()
    [[3]]
    """
    if isinstance(rows, slice):
        numbers, rows = numbers[rows], None
    if rows is None and columns is None:
        return numbers
    at_rows = None if rows is None else np.asarray(rows, dtype=int)
    at_columns = None if columns is None else np.arange(numbers.shape[1])[columns]

    def compute(at: Selection) -> Array:
        block: Array = numbers[at if at_rows is None else at_rows[at]]
        return block if at_columns is None else block[:, at_columns]

    count = len(numbers) if at_rows is None else len(at_rows)
    if count <= BLOCK or (at_rows is None and not isinstance(numbers, LazyArray)):
        return compute(slice(None))
    width = numbers.shape[1:] if at_columns is None else (len(at_columns),)
    return LazyArray((count, *width), numbers.dtype, compute)


def select_names(names: Sequence[str], selection: Selection) -> Sequence[str]:
    """The names at these positions.

    >>> select_names(("a", "b", "c"), [2, 0])
    ('c', 'a')
    """
    if isinstance(selection, slice):
        return names[selection]
    if isinstance(names, NumberNames) and len(selection) > BLOCK:
        return NumberNames(np.asarray(names.numbers)[selection])
    return tuple(names[i] for i in selection)


def select_positions(positions: Sequence[int] | Array, selection: Selection) -> Sequence[int] | Array:
    """The entries of `positions` that `selection` picks.

    >>> select_positions(range(10, 20), [3, 0]).tolist(), select_positions(range(10, 20), slice(2))
    ([13, 10], range(10, 12))
    """
    if isinstance(selection, slice):
        return positions[selection]
    at = np.asarray(selection, dtype=int)
    return positions.start + positions.step * at if isinstance(positions, range) else np.asarray(positions)[at]


def number_names(numbers: Array | range) -> Sequence[str]:
    """Names that are whole numbers; as text if they are few.

    >>> number_names(range(1, 3))
    ('1', '2')
    """
    return NumberNames(numbers) if len(numbers) > BLOCK else tuple(str(number) for number in numbers)


def repeated_positions(names: Sequence[str]) -> Array:
    """The positions of names that occur earlier too.

    >>> repeated_positions(("a", "b", "a", "a")).tolist()
    [2, 3]
    """
    if isinstance(names, NumberNames):
        numbers = np.asarray(names.numbers)
        if (numbers[1:] > numbers[:-1]).all():  # as most are
            return np.zeros(0, dtype=int)
        order = np.argsort(numbers, kind="stable")
        return np.sort(order[1:][numbers[order[1:]] == numbers[order[:-1]]])
    seen = set[str]()
    repeated = []
    for i, name in enumerate(names):
        if name in seen:
            repeated.append(i)
        seen.add(name)
    return np.array(repeated, dtype=int)


def positions_in(names: Sequence[str], among: Sequence[str]) -> Array:
    """The position of each name `among` others, which are all different; -1 if it is not there.

    >>> positions_in(("b", "c", "a"), ("a", "b")).tolist()
    [1, -1, 0]
    """
    if names is among:
        return np.arange(len(names))
    if isinstance(names, NumberNames) and isinstance(among, NumberNames):
        wanted, others = np.asarray(names.numbers), np.asarray(among.numbers)
        if np.array_equal(wanted, others):
            return np.arange(len(wanted))
        order = np.argsort(others)
        at = order[np.minimum(np.searchsorted(others, wanted, sorter=order), len(others) - 1)]
        return np.where(others[at] == wanted, at, -1)
    positions = {name: i for i, name in enumerate(among)}
    return np.array([positions.get(name, -1) for name in names], dtype=int)
