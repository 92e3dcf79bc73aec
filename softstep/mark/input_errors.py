"""The slips in the inputs: numbers and rows that a student copied or read wrongly."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any

import numpy as np

from softstep.compute.steps import Given
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, GIVEN
from softstep.lesson.rounding import decimals_needed
from softstep.lesson.rules import Rule
from softstep.mark.wrong_rules import Slip
from softstep.read.answers import CellPosition

MOST_INPUT_ERRORS = 5_000
"""If more are possible, none is searched for: some of them would match any answer."""

MOST_DIGITS = 8
"""Nobody copies a number with more digits by hand."""

_ROW_NAMES = {
    "embeddings": ("z_{}", "node {}"),
    "logits": ("h_{}", "node {}"),
    "probabilities": ("p_{}", "node {}"),
    "weights": ("{}", "{}"),
    "biases": ("{}", "{}"),
    "labels": ("node {}", "node {}"),
    "targets": ("t_{}", "node {}"),
    "learning_rate": ("the learning rate", "learning_rate"),
}
"""The inputs that are copied: what a row is called in words, and in a slip's `where`."""

Changes = tuple[tuple[CellPosition, float], ...]
"""The entries that an input error changes, and their wrong values."""

Misreading = tuple[str, int, Changes, str]
"""An input error in one quantity: its tag, its row, the changes, and what the student did."""


@dataclass(frozen=True, eq=False, kw_only=True)
class InputError(Slip):
    """A slip in the input under `key`.

    `only_here`: earlier right answers used the same input rightly.
    """

    key: str
    changes: Changes
    only_here: bool = False

    def is_in(self, rule: Rule) -> bool:
        """Whether the rule uses the input."""
        return self.key in rule.inputs

    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Put the wrong numbers into a copy of the input."""
        values[self.key] = values[self.key].copy()
        for place, number in self.changes:
            values[self.key][place] = number


def possible_input_errors(given: Given) -> tuple[InputError, ...]:
    """Every input error in one number or one row; none if there are more than `MOST_INPUT_ERRORS`.

    One that can come about in two ways has both tags: 0.01 for 0.10 is swapped-digits or shifted-point.
    """
    errors = (error for key in _ROW_NAMES if key in given.values for error in _input_errors_in(key, given))
    alike: dict[tuple[str, frozenset[Any]], list[InputError]] = {}
    for error in errors:
        alike.setdefault((error.key, frozenset(error.changes)), []).append(error)
        if len(alike) > MOST_INPUT_ERRORS:
            return ()
    return tuple(
        replace(first, tag=" or ".join(dict.fromkeys(error.tag for error in (first, *others))))
        for first, *others in alike.values()
    )


def _input_errors_in(key: str, given: Given) -> Iterator[InputError]:
    """Every input error in one quantity."""
    array = np.asarray(given.values[key], dtype=float)
    rows, columns, *_ = *given.names_of(GIVEN[key]).values(), given.names[CLASS] if key == "labels" else ("",), ("",)
    names, where = ([template.format(row) for row in rows] for template in _ROW_NAMES[key])
    kinds = INPUT_ERRORS if array.ndim == 2 else INPUT_ERRORS[:1]
    for kind in (wrong_labels,) if key == "labels" else kinds:
        for tag, i, changes, says in kind(array, names, columns):
            targets = frozenset((key, place) for place, _ in changes)
            yield InputError(tag=tag, where=where[i], says=says, targets=targets, key=key, changes=changes)


def wrong_labels(array: Array, rows: Sequence[str], classes: Sequence[str]) -> Iterator[Misreading]:
    """Each label replaced by each other class."""
    for i, label in enumerate(array.astype(int).tolist()):
        for c in range(len(classes)):
            if c != label:
                says = f"the label of {rows[i]} was taken as {classes[c]}, not {classes[label]}"
                yield "one-wrong-label", i, (((i,), c),), says


def misread_numbers(array: Array, rows: Sequence[str], columns: Sequence[str]) -> Iterator[Misreading]:
    """One number with the other sign, with two digits exchanged, or with its point shifted."""
    decimals = decimals_needed(array, MOST_DIGITS)
    for place in np.ndindex(array.shape):
        i, *j = place or (0,)
        value = float(array[place])
        what = rows[i] + "".join(f" at {columns[each]}" for each in j)
        for tag, wrong in _misreadings(value, decimals):
            if place or wrong not in (-value, 1):  # without its sign or left out, a rate is a slip in the update
                yield tag, i, ((place, wrong),), f"{what} was taken as {wrong:g}, not {value:g}"


def _misreadings(value: float, decimals: int) -> Iterator[tuple[str, float]]:
    """The wrong numbers that one number, typed with so many decimals, can become."""
    if value:
        yield "lost-sign", -value
    text = f"{abs(value):.{decimals}f}"
    digits = [i for i, character in enumerate(text) if character.isdigit()]
    if float(text) != abs(value) or len(digits) > MOST_DIGITS:
        return
    swapped = set()
    for i, j in combinations(digits, 2):
        characters = list(text)
        characters[i], characters[j] = characters[j], characters[i]
        swapped.add(float("".join(characters)))
    yield from (("swapped-digits", wrong if value > 0 else -wrong) for wrong in sorted(swapped - {abs(value)}))
    if value:
        yield from (("shifted-point", float(f"{value!r}e{places}")) for places in (1, -1, 2, -2))


def swapped_entries(array: Array, rows: Sequence[str], columns: Sequence[str]) -> Iterator[Misreading]:
    """Two entries of one row exchanged."""
    for i, entries in enumerate(array.tolist()):
        for j, k in combinations(range(len(entries)), 2):
            if entries[j] != entries[k]:
                says = f"the entries {columns[j]} and {columns[k]} of {rows[i]} were exchanged"
                yield "swapped-entries", i, (((i, j), entries[k]), ((i, k), entries[j])), says


def wrong_rows(array: Array, rows: Sequence[str], columns: Sequence[str]) -> Iterator[Misreading]:
    """Each row replaced by each other row."""
    entries = array.tolist()
    for i, k in permutations(range(len(entries)), 2):
        changes = tuple(((i, j), wrong) for j, wrong in enumerate(entries[k]) if wrong != entries[i][j])
        if changes:
            yield "wrong-row", i, changes, f"{rows[k]} was taken in place of {rows[i]}"


INPUT_ERRORS: tuple[Callable[[Array, Sequence[str], Sequence[str]], Iterator[Misreading]], ...] = (
    misread_numbers,
    swapped_entries,
    wrong_rows,
)
"""The kinds of input errors, from an array and the names of its rows and columns; all but the first need a table."""
