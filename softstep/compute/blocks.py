"""The rules of the lesson on blocks of nodes: what is summed over all nodes needs no matrix of all of them.

By hand, and where there are few nodes, all of them are one block.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from softstep.compute.rows import Places, Rows, names_at
from softstep.compute.steps import Given, decimals_of
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, GIVEN, LOSS, NODE, TERM, Axis, Quantity
from softstep.lesson.rounding import Rounding, decimal_arithmetic, round_numbers
from softstep.lesson.rules import MEAN, Rule

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

ENTRIES = 3 << 15
"""A block has at most so many entries of a node × class matrix: they stay in the cache of a processor core."""

FEWEST = 2048
"""In blocks of fewer nodes, what it takes to call NumPy would be most of the work."""

MOST_THREADS = 4

_KEPT = 1 << 21

T = TypeVar("T")


def apply_rule(rule: Rule, arrays: Sequence[Array], rounding: Rounding) -> tuple[Array, Array]:
    """What the rule makes of these, in float64 or, by hand, in exact decimals; and what the next rule uses of it."""
    if not rounding.every_step:
        value = np.asarray(rule.compute(*arrays))
        return value, value
    with decimal_arithmetic(arrays):
        value = np.asarray(rule.compute(*arrays))
    if rule.places == TERM or rule.holds is not None:
        return value, value
    return value, round_numbers(value, decimals_of(rule, value, rounding), rounding.ties)


def without_sign_of_0(x: Array) -> Array:
    """The same numbers, and 0 for −0; in decimals there is none."""
    return x if x.dtype == object else x + 0


class Blocks:
    """A walk down the table of rules on some of the nodes at a time, from `values`, arrays by key.

    What a rule reads is among the values, or made by the rules before it.
    """

    def __init__(self, given: Given, values: Mapping[str, Array], rules: Iterable[Rule], rounding: Rounding) -> None:
        self.given, self.values, self.rounding = given, values, rounding
        self.rules = {rule.key: rule for rule in rules}
        self.quantities: Mapping[str, Quantity] = {**GIVEN, **self.rules}
        self.count = len(given.names[NODE])
        self.all_labelled = len(given.labelled) == self.count
        largest = max(FEWEST, ENTRIES // max(len(given.names[CLASS]), 1))
        blocks = 1 if rounding.every_step else max(-(-self.count // largest), 1)
        self._first = {key for key, rule in self.rules.items() if values.keys() >= {*rule.inputs}}
        ends = [self.count * i // blocks for i in range(blocks + 1)]
        self.runs = [slice(start, end) for start, end in pairwise(ends)]
        np.empty(_KEPT)  # the C library then keeps freed memory for the next array, rather than fetch it anew

    @property
    def many(self) -> bool:
        """Whether there is more than one block."""
        return len(self.runs) > 1

    def rows(self, key: str) -> Rows:
        """What the rule of this key, which leaves a row for each node, makes of those that are looked at."""
        plan = self._plan([key])
        rule = self.rules[key]
        labelled = self.given.labelled if rule.labelled and not self.all_labelled else None

        def compute(rows: Places) -> Array:
            return without_sign_of_0(self._walked(plan, rows if labelled is None else labelled[rows], {})[key])

        shape = (len(self.given.places_of(rule, axis)) for axis in rule.axes)
        return Rows((*shape,), int if rule.holds is not None else float, compute)

    def reducer(self, keys: Sequence[str]) -> Callable[..., dict[str, Array]]:
        """What gives these sums and means over labelled nodes: a function of the values that are to be others.

        That raises SoftstepError where a float64 overflows, naming the entry.
        """
        plan = self._plan(keys)
        weighted = {key: self.rules[key].reduction == MEAN for key in keys}
        N = len(self.given.labelled)
        unit = 2 ** N.bit_length()  # nodes are counted in it, so that no sum overflows where the mean does not

        def reduced(**changed: Array) -> dict[str, Array]:
            if not self.many:
                arrays = self._walked(plan, slice(0, self.count), changed)
                return {key: without_sign_of_0(arrays[key]) for key in keys}
            totals: dict[str, Array] = {}
            for count, found in _in_threads(partial(of_block, changed=changed), self.runs):
                for key in keys if count else ():  # a mean of none is 0/0
                    part = found[key] * (count / unit) if weighted[key] else found[key]
                    totals[key] = totals[key] + part if key in totals else part
            return {
                key: without_sign_of_0(total / (N / unit) if weighted[key] else total) for key, total in totals.items()
            }

        def of_block(nodes: slice, changed: Mapping[str, Array]) -> tuple[int, dict[str, Array]]:
            arrays = self._walked(plan, nodes, changed)
            return len(arrays.get("labels", ())), {key: arrays[key] for key in keys}

        return reduced

    def _plan(self, keys: Iterable[str]) -> list[Rule]:
        """The rules that lead to these keys, and those that overflow if any does: all that read only the values."""
        wanted = {*keys, *self._first}
        plan = []
        for rule in reversed(self.rules.values()):
            if rule.key in wanted:
                plan.append(rule)
                wanted.update(rule.instead or rule.inputs)
        return plan[::-1]

    def _walked(self, plan: Iterable[Rule], nodes: Places, changed: Mapping[str, Array]) -> dict[str, Array]:
        """What the rules make of these nodes."""
        in_block, in_all = self._labelled(nodes)
        arrays = {}
        for key, value in {**self.values, **changed}.items():
            quantity = self.quantities[key]
            arrays[key] = value[in_all if quantity.labelled else nodes] if NODE in quantity.axes else value
        with np.errstate(all="ignore"):  # an overflow is refused by name, and ln 0 is told
            for rule in plan:
                inputs = [
                    arrays[key][in_block]
                    if in_block is not None and rule.reads_labelled(self.quantities[key])
                    else arrays[key]
                    for key in rule.instead or rule.inputs
                ]
                _, made = apply_rule(rule, inputs, self.rounding)
                arrays[rule.key] = made
                if rule.key in self._first and not np.isfinite(float(made.sum())):  # or nearly so
                    nodes_here = {NODE: names_at(self.given.names[NODE], nodes)}
                    refuse_overflow(rule, made, self.given.names_of(rule) | nodes_here)
        return arrays

    def _labelled(self, nodes: Places) -> tuple[Array | None, Places]:
        """Which of these nodes have a label, None for all; and which of all labelled nodes they are."""
        if self.all_labelled:
            return None, nodes
        labelled = self.given.labelled
        if isinstance(nodes, slice):
            start, stop, _ = nodes.indices(self.count)
            first, last = np.searchsorted(labelled, (start, stop))
            return labelled[first:last] - start, slice(first, last)
        if not len(labelled):
            return labelled, labelled
        at = np.minimum(np.searchsorted(labelled, nodes), len(labelled) - 1)
        there = np.flatnonzero(labelled[at] == nodes)
        return there, at[there]


def refuse_overflow(rule: Quantity, numbers: Array, names: Mapping[Axis, Sequence[str]]) -> None:
    """Raise SoftstepError where there is an infinity, naming the entry; in a loss it is the answer to p = 0."""
    bad = np.argwhere(~np.isfinite(numbers.astype(float)))
    if bad.size and rule.places != LOSS:
        where = ", ".join(_entry(axis, names[axis][i], rule) for axis, i in zip(rule.axes, bad[0], strict=True))
        raise SoftstepError(
            f"{rule.key}: {rule.symbol} at {where} is beyond the largest float64, 1.8e308; "
            "make the embeddings, the weights or the learning rate smaller"
        )


def _entry(axis: Axis, name: str, quantity: Quantity) -> str:
    """What an entry along an axis is called in a sentence: node 3, w0."""
    return name if axis == CLASS and quantity.parameter else f"{axis.key} {name}"


def _in_threads(function: Callable[[slice], T], runs: Sequence[slice]) -> Iterator[T]:
    """What the function makes of each, in order; several at once where the linear algebra below has one thread."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        yield from map(function, runs)
        return
    yield from _threads().map(function, runs)


@cache
def _threads() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1))
