"""The rules of the lesson on blocks of nodes: sums over all nodes need no matrix with a row for each of them.

By hand, and for few nodes, there is a single block.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from softstep.compute.rows import LazyArray, Selection, select_names
from softstep.compute.steps import Given, decimals_of
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, GIVEN, LOSS, NODE, TERM, TYPED, Axis, Quantity
from softstep.lesson.rounding import Rounding, decimal_arithmetic, round_numbers
from softstep.lesson.rules import MEAN, TOTAL, Rule

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

ENTRIES = 3 << 15
"""A block has at most this many entries of a node × class matrix, so that they fit in the cache of a processor core."""

FEWEST = 2048
"""A block has at least this many nodes: with fewer, most of the time would go into calling NumPy."""

MOST_THREADS = 4

_REUSED_MEMORY = 1 << 21


def apply_rule(rule: Rule, arrays: Sequence[Array], rounding: Rounding) -> tuple[Array, Array]:
    """The value of a rule on these arrays, and its value as the next rule uses it: by hand, rounded."""
    if not rounding.every_step:
        value = np.asarray(rule.compute(*arrays))
        return value, value
    with decimal_arithmetic(arrays):
        value = np.asarray(rule.compute(*arrays))
    if rule.precision in (TYPED, TERM) or rule.holds is not None:
        return value, value
    return value, round_numbers(value, decimals_of(rule, value, rounding), rounding.ties)


def remove_negative_zeros(x: Array) -> Array:
    """The same numbers, with 0 for −0; decimals have no −0 here."""
    return x if x.dtype == object else x + 0


class Blocks:
    """The table of rules applied to blocks of nodes, starting from `values`, arrays by key."""

    def __init__(self, given: Given, values: Mapping[str, Array], rules: Iterable[Rule], rounding: Rounding) -> None:
        self.given, self.values, self.rounding = given, values, rounding
        self.rules = {rule.key: rule for rule in rules}
        self.quantities: Mapping[str, Quantity] = {**GIVEN, **self.rules}
        self.count = len(given.names[NODE])
        self.all_labelled = len(given.labelled) == self.count
        self.first_keys = {key for key, rule in self.rules.items() if values.keys() >= {*rule.inputs}}
        largest = max(FEWEST, ENTRIES // max(len(given.names[CLASS]), 1))
        blocks = 1 if rounding.every_step else max(-(-self.count // largest), 1)
        self.slices = [slice(*ends) for ends in pairwise(self.count * i // blocks for i in range(blocks + 1))]
        totals = (rule for rule in self.rules.values() if rule.reduction == TOTAL)
        self.values = {**values, **{rule.key: self._total(rule) for rule in totals}}
        np.empty(_REUSED_MEMORY)  # once freed, the C library reuses memory for the next arrays

    def _total(self, rule: Rule) -> Array:
        """The value of a rule of the input, added up over all labelled nodes."""
        values = {key: self.values[key] for key in rule.inputs}
        return np.asarray(sum(self._apply_rules([rule], nodes, values)[rule.key] for nodes in self.slices))

    @property
    def has_many(self) -> bool:
        """Whether there is more than one block."""
        return len(self.slices) > 1

    def rows(self, key: str) -> LazyArray:
        """The value of the rule of this key, a quantity with a row for each node, computed when it is read."""
        plan = self._plan([key])
        rule = self.rules[key]
        labelled = self.given.labelled if rule.labelled and not self.all_labelled else None

        def compute(rows: Selection) -> Array:
            nodes = rows if labelled is None else labelled[rows]
            return remove_negative_zeros(self._apply_rules(plan, nodes, self.values)[key])

        shape = tuple(map(len, self.given.positions_of(rule).values()))
        return LazyArray(shape, int if rule.holds is not None else float, compute)

    def reduce(self, keys: Sequence[str], **parameters: Array) -> dict[str, Array]:
        """The sums and means over labelled nodes that have these keys; `parameters` replace values of the same key.

        Raises SoftstepError where a float64 overflows, naming the entry.
        """
        plan = self._plan(keys)
        values = {**self.values, **parameters}
        after = [rule for rule in plan if NODE not in rule.axes and not rule.reduction]  # made from sums
        if not self.has_many:
            arrays = self._apply_rules(plan, slice(0, self.count), values)
            return {key: remove_negative_zeros(arrays[key]) for key in keys}
        plan = [rule for rule in plan if rule not in after]
        reduced = [rule.key for rule in plan if rule.reduction]
        means = {key for key in reduced if self.rules[key].reduction == MEAN}
        N = len(self.given.labelled)
        unit = 2 ** N.bit_length()  # above every count, so that the weighted means add up without overflow

        def reduce_block(nodes: slice) -> dict[str, Array]:
            arrays = self._apply_rules(plan, nodes, values)
            first, last = np.searchsorted(self.given.labelled, (nodes.start, nodes.stop))
            count = int(last - first)
            if not count:  # a mean of none is 0/0
                return {}
            return {key: arrays[key] * (count / unit) if key in means else arrays[key] for key in reduced}

        # threads help only where NumPy's linear algebra has none of its own
        run = thread_pool().map if os.environ.get("OPENBLAS_NUM_THREADS") == "1" else map
        totals: dict[str, Array] = {}
        for block in run(reduce_block, self.slices):
            for key, part in block.items():
                totals[key] = totals[key] + part if key in totals else part
        sums = {
            key: remove_negative_zeros(total / (N / unit) if key in means else total) for key, total in totals.items()
        }
        for rule in after:
            inputs = [sums[key] if key in sums else values[key] for key in rule.instead or rule.inputs]
            sums[rule.key] = remove_negative_zeros(apply_rule(rule, inputs, self.rounding)[1])
        return {key: sums[key] if key in sums else values[key] for key in keys}

    def _plan(self, keys: Iterable[str]) -> list[Rule]:
        """The rules that these keys need, and those that read only values, where any overflow starts."""
        needed = {*keys, *self.first_keys}
        plan = []
        for rule in reversed(self.rules.values()):
            if rule.key in needed and rule.key not in self.values:
                plan.append(rule)
                needed.update(rule.instead or rule.inputs)
        return plan[::-1]

    def _apply_rules(self, plan: Iterable[Rule], nodes: Selection, values: Mapping[str, Array]) -> dict[str, Array]:
        """The values of these nodes, and of the rules on them, by key."""
        labelled_here, labelled_of_all = self._find_labelled(nodes)
        arrays = {}
        for key, value in values.items():
            quantity = self.quantities[key]
            rows = labelled_of_all if quantity.labelled else nodes
            arrays[key] = value[rows] if NODE in quantity.axes else value
        with np.errstate(all="ignore"):  # overflow is refused below, by name, and ln 0 gets a note
            for rule in plan:
                inputs = [arrays[key] for key in rule.instead or rule.inputs]
                if labelled_here is not None:
                    for i, key in enumerate(rule.instead or rule.inputs):
                        if rule.is_over_labelled(self.quantities[key]):
                            inputs[i] = inputs[i][labelled_here]
                _, value = apply_rule(rule, inputs, self.rounding)
                arrays[rule.key] = value
                if rule.key in self.first_keys and not np.isfinite(float(value.sum())):  # the sum alone may overflow
                    names = {**self.given.names_of(rule), NODE: select_names(self.given.names[NODE], nodes)}
                    refuse_overflow(rule, value, names)
        return arrays

    def _find_labelled(self, nodes: Selection) -> tuple[Array | None, Selection]:
        """The labelled nodes among these: their positions in `nodes`, None for all, and among all labelled nodes."""
        labelled = self.given.labelled
        if self.all_labelled:
            return None, nodes
        if isinstance(nodes, slice):
            start, stop, _ = nodes.indices(self.count)
            first, last = np.searchsorted(labelled, (start, stop))
            return labelled[first:last] - start, slice(first, last)
        if not len(labelled):
            return labelled, labelled
        at = np.minimum(np.searchsorted(labelled, nodes), len(labelled) - 1)
        here = np.flatnonzero(labelled[at] == nodes)
        return here, at[here]


def refuse_overflow(rule: Quantity, numbers: Array, names: Mapping[Axis, Sequence[str]]) -> None:
    """Raise SoftstepError if a number is infinite or NaN, naming the entry. A loss may be infinite, where p is 0."""
    bad = np.argwhere(~np.isfinite(numbers.astype(float)))
    if not bad.size or rule.precision == LOSS:
        return
    entry = []
    for axis, i in zip(rule.axes, bad[0], strict=True):
        name = names[axis][i]
        entry.append(name if axis == CLASS and rule.parameter else f"{axis.key} {name}")  # w0; node 3
    raise SoftstepError(
        f"{rule.key}: {rule.symbol} at {', '.join(entry)} is beyond the largest float64, 1.8e308; "
        "make the embeddings, the weights or the learning rate smaller"
    )


@cache
def thread_pool() -> "ThreadPoolExecutor":
    """The threads that blocks are computed in."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1))
