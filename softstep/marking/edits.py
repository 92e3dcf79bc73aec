"""The slips in what is given: numbers that a student copied or read wrongly."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from softstep.maths import Array
from softstep.rounding import places_of
from softstep.steps import BIAS, FEATURE, NODE, WEIGHT, Given

MOST_NUMBERS = 2_000
"""In a problem with more numbers than this none is suspected: too many slips would explain too much."""

MOST_DIGITS = 8
"""Nobody copies a number with more digits by hand."""

Place = tuple[int, ...]


class Edit(NamedTuple):
    """A slip in what is given: its tag, the quantity, the entries changed with their values, and what the student did.

    `where` names the node or the parameter.
    """

    tag: str
    key: str
    changes: tuple[tuple[Place, float], ...]
    where: str
    says: str

    def applied(self, array: Array) -> Array:
        """The quantity with the slip in it."""
        array = array.copy()
        for place, value in self.changes:
            array[place] = value
        return array

    def meets(self, other: "Edit") -> bool:
        """Whether both change the same number."""
        return self.key == other.key and not {place for place, _ in self.changes}.isdisjoint(dict(other.changes))


def edits(given: Given) -> tuple[Edit, ...]:
    """Every slip in one number or in one row of what is given."""
    names = given.names
    values = {key: given.values[key] for key in _ROWS if key in given.values}
    if sum(array.size for array in values.values()) > MOST_NUMBERS:
        return ()
    found: list[Edit] = []
    for key, array in values.items():
        rows = names.get(_ROWS[key], (key,))
        decimals = places_of(array, MOST_DIGITS)
        for place, value in _entries(array):
            row = rows[place[0]] if place else key
            at = f" at {names[FEATURE][place[1]]}" if len(place) > 1 else ""
            says = f"{_called(key, row)}{at} was taken as {{}}, not {value:g}"
            for tag, wrong in _misread(value, decimals):
                if key == "learning_rate" and wrong in (-value, 1):  # which are slips of the update
                    continue
                found.append(Edit(tag, key, ((place, wrong),), _where(key, row), says.format(f"{wrong:g}")))
        if array.ndim == 2:
            found += _exchanged(key, array, rows, names)
            found += _wrong_rows(key, array, rows)
    return tuple(found)


_ROWS = {"embeddings": NODE, "weights": WEIGHT, "biases": BIAS, "learning_rate": ""}
"""The quantities that are copied, and whose names label their rows."""


def _misread(value: float, decimals: int) -> Iterator[tuple[str, float]]:
    """What one number can become that is typed with so many decimals."""
    if value:
        yield "lost-sign", -value
    text = f"{abs(value):.{decimals}f}"
    digits = [i for i, character in enumerate(text) if character.isdigit()]
    if float(text) != abs(value) or len(digits) > MOST_DIGITS:
        return
    swapped = {float(_swapped(text, i, j)) for i, j in combinations(digits, 2)} - {abs(value)}
    yield from (("swapped-digits", wrong if value > 0 else -wrong) for wrong in sorted(swapped))
    if value:
        yield from (("shifted-point", float(f"{value!r}e{places}")) for places in (1, -1, 2, -2))


def _exchanged(key: str, array: Array, rows: tuple[str, ...], names: Mapping[str, tuple[str, ...]]) -> Iterator[Edit]:
    """Two entries of one row exchanged."""
    features = names[FEATURE]
    for i, row in enumerate(rows):
        entries = array[i].tolist()
        for j, k in combinations(range(len(entries)), 2):
            if entries[j] != entries[k]:
                says = f"the entries {features[j]} and {features[k]} of {_called(key, row)} were exchanged"
                changes = (((i, j), entries[k]), ((i, k), entries[j]))
                yield Edit("swapped-entries", key, changes, _where(key, row), says)


def _wrong_rows(key: str, array: Array, rows: tuple[str, ...]) -> Iterator[Edit]:
    """Another row in place of one."""
    for i, row in enumerate(rows):
        for k, other in enumerate(rows):
            changes = tuple(((i, j), wrong) for j, wrong in enumerate(array[k].tolist()) if wrong != array[i, j])
            if changes:
                says = f"{_called(key, other)} was taken in place of {_called(key, row)}"
                yield Edit("wrong-row", key, changes, _where(key, row), says)


def _entries(array: Array) -> Iterator[tuple[Place, float]]:
    """Each number with its place."""
    if array.ndim == 0:
        yield (), float(array)
    elif array.ndim == 1:
        yield from (((i,), value) for i, value in enumerate(array.tolist()))
    else:
        yield from (((i, j), value) for i, row in enumerate(array.tolist()) for j, value in enumerate(row))


def _swapped(text: str, i: int, j: int) -> str:
    characters = list(text)
    characters[i], characters[j] = characters[j], characters[i]
    return "".join(characters)


def _called(key: str, row: str) -> str:
    """The row as the page calls it."""
    if key == "embeddings":
        return f"z_{row}"
    return "the learning rate" if key == "learning_rate" else row


def _where(key: str, row: str) -> str:
    return f"node {row}" if key == "embeddings" else row
