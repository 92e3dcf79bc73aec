"""What has a row for each node, however many there are: names that are numbers, and matrices that are never whole."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from softstep.lesson.maths import Array

BLOCK = 8192
"""So many rows are read or written at a time."""

Places = slice | Array
"""Which rows: a run of them, or their places."""

Chosen = slice | Sequence[int] | Array
"""The same, or a list of the places."""


class Numbered(Sequence[str]):
    """Names that are whole numbers, and are held as such.

    >>> names = Numbered(np.array([7, 3, 12]))
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
    def __getitem__(self, at: slice) -> "Numbered": ...
    def __getitem__(self, at: int | slice) -> "str | Numbered":
        return Numbered(self.numbers[at]) if isinstance(at, slice) else str(self.numbers[at])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Numbered):
            return np.array_equal(np.asarray(self.numbers), np.asarray(other.numbers))
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(str.__eq__, self, other))

    def __repr__(self) -> str:
        return f"<{len(self)} names, {self[0]} to {self[-1]}>" if len(self) else "<no names>"


class Rows:
    """The rows of a matrix, or the entries of a vector, which are computed where they are looked at.

    `shape` and `dtype` are those of all of them. NumPy takes them as an array, and only then are they there at once.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, compute: Callable[[Places], Array]) -> None:
        self.shape, self.dtype, self._compute = shape, np.dtype(dtype), compute
        self._kept: tuple[int, Array] = (0, np.empty(0))

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self._whole if dtype is None else self._whole.astype(dtype)

    @cached_property
    def _whole(self) -> Array:
        whole = np.empty(self.shape, self.dtype)
        for start in range(0, len(self), BLOCK):
            whole[start : start + BLOCK] = self._compute(slice(start, start + BLOCK))
        return whole

    def __getitem__(self, at: Any) -> Any:
        """The row or the entry at a place; these rows; of those, these columns."""
        if not isinstance(at, tuple):
            at = (at,)
        row, *columns = at
        if isinstance(row, int | np.integer):
            start, block = self._kept
            if not start <= row < start + len(block):
                start = int(row) // BLOCK * BLOCK
                block = self._compute(slice(start, start + BLOCK))
                self._kept = start, block
            return block[(row - start, *columns)]
        rows = slice(*row.indices(len(self))) if isinstance(row, slice) else np.asarray(row, dtype=int)
        return self._compute(rows)[(slice(None), *columns)]

    def select(self, rows: Array | None, columns: Sequence[int] | None) -> "Rows":
        """Those at these places, in this order."""
        shape = (len(self) if rows is None else len(rows), *self.shape[1:])

        def compute(at: Places) -> Array:
            block = self._compute(at if rows is None else rows[at])
            return block if columns is None else block[:, list(columns)]

        return Rows(shape if columns is None else (shape[0], len(columns)), self.dtype, compute)


Numbers = Array | Rows
"""Numbers that are there, or are computed where they are looked at."""


def parts(numbers: Numbers) -> Iterator[Array]:
    """The numbers, some rows at a time; one number is there at once."""
    if not numbers.shape or len(numbers) <= BLOCK:
        yield np.asarray(numbers)
    else:
        yield from (numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))


def select(numbers: Numbers, rows: Chosen | None, columns: Chosen | None) -> Numbers:
    """The numbers at these rows and columns; of very many rows when they are looked at.

    >>> select(np.array([[1, 2], [3, 4]]), [1], [0]).tolist()
    [[3]]
    """
    at = None if columns is None else np.arange(numbers.shape[1])[columns].tolist()
    if isinstance(rows, slice):
        numbers, rows = numbers[rows], None
    places = None if rows is None else np.asarray(rows, dtype=int)
    if isinstance(numbers, Rows) or (places is not None and len(places) > BLOCK):
        lazy = numbers if isinstance(numbers, Rows) else Rows(numbers.shape, numbers.dtype, numbers.__getitem__)
        lazy = lazy.select(places, at)
        return lazy if len(lazy) > BLOCK else np.asarray(lazy)
    if places is not None:
        numbers = numbers[places]
    return numbers if at is None else numbers[:, at]


def names_at(names: Sequence[str], rows: Chosen) -> Sequence[str]:
    """The names at these places.

    >>> names_at(("a", "b", "c"), [2, 0])
    ('c', 'a')
    """
    if isinstance(rows, slice):
        return names[rows]
    if isinstance(names, Numbered) and len(rows) > BLOCK:
        return Numbered(np.asarray(names.numbers)[rows])
    return tuple(names[i] for i in rows)


def places_at(places: Sequence[int] | Array, rows: Chosen) -> Sequence[int] | Array:
    """Which of all places the chosen ones of these are.

    >>> places_at(range(10, 20), [3, 0]).tolist(), places_at(range(10, 20), slice(2))
    ([13, 10], range(10, 12))
    """
    if isinstance(rows, slice):
        return places[rows]
    chosen = np.asarray(rows, dtype=int)
    return places.start + places.step * chosen if isinstance(places, range) else np.asarray(places)[chosen]


def number_names(numbers: Array | range) -> Sequence[str]:
    """Names that are whole numbers; a few of them are held as text.

    >>> number_names(range(1, 3))
    ('1', '2')
    """
    return Numbered(numbers) if len(numbers) > BLOCK else tuple(str(number) for number in numbers)


def repeated_places(names: Sequence[str]) -> Array:
    """The places of names that stand there before.

    >>> repeated_places(("a", "b", "a", "a")).tolist()
    [2, 3]
    """
    again = np.ones(len(names), dtype=bool)
    if isinstance(names, Numbered):
        numbers = np.asarray(names.numbers)
        again[slice(None) if _ascending(numbers) else np.unique(numbers, return_index=True)[1]] = False
    elif len(first := {name: i for i, name in zip(range(len(names) - 1, -1, -1), reversed(names), strict=True)}):
        again[list(first.values())] = False
    return np.flatnonzero(again)


def places_in(names: Sequence[str], among: Sequence[str]) -> Array:
    """Where each of the names stands among others, which differ; -1 where it does not.

    >>> places_in(("b", "c", "a"), ("a", "b")).tolist()
    [1, -1, 0]
    """
    if names is among:
        return np.arange(len(names))
    if isinstance(names, Numbered) and isinstance(among, Numbered):
        return _numbers_in(np.asarray(names.numbers), np.asarray(among.numbers))
    places = {name: i for i, name in enumerate(among)}
    return np.array([places.get(name, -1) for name in names], dtype=int)


def _numbers_in(numbers: Array, among: Array) -> Array:
    if np.array_equal(numbers, among):
        return np.arange(len(numbers))
    order = np.arange(len(among)) if _ascending(among) else np.argsort(among)
    at = order[np.minimum(np.searchsorted(among, numbers, sorter=order), len(among) - 1)]
    return np.where(among[at] == numbers, at, -1)


def _ascending(numbers: Array) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())
