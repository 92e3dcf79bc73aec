"""New numbers for an exercise: in the range, on the grid and with the signs of its own."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from decimal import Decimal

import numpy as np

from softstep.compute.steps import MOST_TYPED, Given
from softstep.course.integers import Integers
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, GIVEN, key_called
from softstep.lesson.rounding import MOST_DECIMALS, decimals_needed
from softstep.names import join_words
from softstep.read.setting import Setting

Units = list[int]
"""Numbers as multiples of the last place of a table."""


def draw_setting(setting: Setting, keys: Iterable[str], numbers: Integers, **changes: object) -> Setting:
    """The setting with new numbers under these keys, and other `changes`. It names no data files."""
    given = setting.given
    drawn = {key: DRAWN[key](given, key, setting.rounding.decimals, numbers) for key in keys}
    new = replace(given, values={key: drawn.get(key, value) for key, value in given.values.items()})
    return replace(setting, given=new, files={}, notes=(), **changes)  # type: ignore[arg-type]


def drawn_keys(setting: Setting, kept: Collection[str]) -> list[str]:
    """The keys that are drawn anew: those that the config gives, without those `kept`, by their keys or letters."""
    keys = [key for key in DRAWN if key in setting.given.values and (key != "biases" or setting.has_biases)]
    for name in kept:
        key = key_called(name, [GIVEN[each] for each in setting.given.values])
        if key is None:
            expected = join_words(keys, "or")
            raise SoftstepError(f"softstep: --keep {name}: not in the config; expected {expected}; write one of them")
        keys = [each for each in keys if each != key]
    return keys


def _draw_numbers(given: Given, key: str, decimals: int, numbers: Integers) -> Array:
    """New numbers between the smallest and the largest of the table, each with its sign; a 0 stays."""
    array = given.values[key]
    places = _places_of(array, decimals)
    units = _units_of(array, places)
    low, high = min(units), max(units)

    def draw(unit: int) -> int:
        if not unit:
            return 0
        return numbers.between(max(1, low), high) if unit > 0 else numbers.between(low, min(-1, high))

    return _array_of(map(draw, units), places).reshape(array.shape)


def _draw_shares(given: Given, key: str, decimals: int, numbers: Integers) -> Array:
    """New rows of probabilities: each keeps its sum, and stays in the range of the table; no P stays 0."""
    array = given.values[key]
    K = array.shape[1]
    places = max(_places_of(array, decimals), len(str(2 * K)))  # so that each class can have a share
    units = _units_of(array, places)
    low, high = max(1, min(units)), max(units)
    rows = [units[start : start + K] for start in range(0, len(units), K)]
    rows = [_mix_shares(row if key == "targets" else _fill_zeros(row), low, high, numbers) for row in rows]
    return _array_of((unit for row in rows for unit in row), places).reshape(array.shape)


def _mix_shares(row: Units, low: int, high: int, numbers: Integers) -> Units:
    """The row after parts of some entries were moved to others; entries of 0 only change their places."""
    row = list(row)
    movable = [i for i, unit in enumerate(row) if unit]
    for _ in range(4 * len(movable)):
        i, j = (movable[numbers.between(0, len(movable) - 1)] for _ in range(2))
        most = min(row[i] - low, high - row[j])
        if i != j and most > 0:
            part = numbers.between(0, most)
            row[i], row[j] = row[i] - part, row[j] + part
    numbers.shuffle(row)
    return row


def _fill_zeros(row: Units) -> Units:
    """The row with 1 in place of each 0, taken from the largest entry."""
    row, missing = [max(unit, 1) for unit in row], row.count(0)
    row[row.index(max(row))] -= missing
    return row


def _draw_labels(given: Given, key: str, decimals: int, numbers: Integers) -> Array:
    """New classes for the labelled nodes."""
    last, labels = len(given.names[CLASS]) - 1, given.values[key]
    return np.array([numbers.between(0, last) for _ in labels], dtype=labels.dtype)


DRAWN: dict[str, Callable[[Given, str, int, Integers], Array]] = {
    "embeddings": _draw_numbers,
    "logits": _draw_numbers,
    "probabilities": _draw_shares,
    "labels": _draw_labels,
    "targets": _draw_shares,
    "weights": _draw_numbers,
    "biases": _draw_numbers,
}
"""How the inputs are drawn that a variant has anew; all others stay."""


def _places_of(array: Array, decimals: int) -> int:
    """The decimals of the grid: those typed; of numbers that nobody typed, two digits of the largest at least."""
    places = decimals_needed(array, MOST_DECIMALS)
    if places <= MOST_TYPED:
        return places
    return max(decimals, 1 - Decimal(repr(float(np.abs(array).max()))).adjusted())


def _units_of(array: Array, places: int) -> Units:
    return [int(Decimal(repr(number)).scaleb(places).to_integral_value()) for number in array.ravel().tolist()]


def _array_of(units: Iterable[int], places: int) -> Array:
    return np.array([float(Decimal(unit).scaleb(-places)) for unit in units])
