"""The search for slips: the smallest sets of them that lead to what a sheet says of one step."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.edits import Edit
from softstep.mark.marks import Explanation
from softstep.mark.slips import SLIPS, Calculation, Slip, WrongRule
from softstep.mark.world import OnSheet, World, within

ROUNDED_EARLY = 3
"""What was rounded early, cut off or rounded by another tie rule is off by so many times half a unit, at most."""

MOST_TRIED = 1_000
"""As many sets of slips are worked out for one step; where there are more, the rest are not tried."""

MOST_WORKED = 2_000_000
"""As many entries are worked out for that; of larger steps fewer sets are tried."""

MOST_PAIRED = 1_000
"""As many slips are tried in pairs, those first that leave least to explain."""

CHANCE = 0.1
"""Where chance would offer more than so many explanations, none is believed."""

Memo = dict[tuple[object, ...], Array]
"""What a step becomes under sets of slips, where that depends on no sheet."""


class Answered(NamedTuple):
    """The answers to one step that are to be explained, which may be all of its entries or a part.

    `half` is how far off each may be; those that are `fine` need no explanation, but must not be spoiled. `places` says
    which entries of the step they are.
    """

    typed: Array
    half: Array
    fine: Array
    places: Array


class Search:
    """One step of a sheet, the slips that bear on it, and what it becomes under them.

    A slip bears on the step if it is in its rule, in a rule from there back to what is given or on the sheet, or in
    what is given.
    """

    def __init__(
        self,
        rule: Rule,
        rules: Sequence[Rule],
        world: World,
        on_sheet: Mapping[str, OnSheet],
        edits: Iterable[Edit],
        memo: Memo,
    ) -> None:
        self.rule, self.world, self.on_sheet = rule, world, on_sheet
        self.path = _path(rule, rules, on_sheet)
        keys = {step.key for step in self.path}
        in_force = frozenset[object]().union(*(edit.touched for edit in world.edits))
        self.in_rules = [slip for slip in SLIPS if slip.where in keys and world.values.keys() >= {*slip.rule.inputs}]
        read = {key for step in (*self.path, *(slip.rule for slip in self.in_rules)) for key in step.inputs} - keys
        in_inputs = [edit for edit in edits if edit.key in read and edit.touched.isdisjoint(in_force)]
        self.slips: list[Slip] = [*self.in_rules, *in_inputs]
        self.state = (rule.key, world.edits)
        self.most = min(MOST_TRIED, MOST_WORKED // sum(world.values[step.key].size for step in self.path))
        self.memo = memo if read <= world.given.keys() and keys.isdisjoint(on_sheet) else {}

    def explanations(self, answers: Answered) -> list[Explanation]:
        """The smallest sets of slips, of three at most, that make every answer what it is; none where none does.

        The set is empty where no slip is needed. Of slips in what is given there are two in a pair and one in a set of
        three, at most. What chance would offer as well explains nothing, but for one slip in a rule.
        """
        target = _Target(answers, self._made_by_each()[:, answers.places])
        if target.is_met(target.base, ROUNDED_EARLY):
            return [()]
        bar = len(self.in_rules)
        met = target.is_met(target.alone)
        if met[bar:].any() and target.offered(target.alone) > CHANCE:
            met[bar:] = False
        if not met.any():
            loosely = target.is_met(target.alone[:bar], ROUNDED_EARLY)
            if loosely.any() and target.offered(target.alone[:bar], ROUNDED_EARLY) <= CHANCE:
                met[:bar] = loosely
        found: list[Explanation] = [(self.slips[i],) for i in np.flatnonzero(met)]
        larger: tuple[Callable[[_Target], Iterator[Explanation]], ...] = (self._pairs, self._triples)
        for sets in larger:
            if not found:
                tried = list(islice(sets(target), self.most))
                if len(tried) * target.chance <= CHANCE:
                    found = [tried[i] for i in np.flatnonzero(target.is_met(self._made(tried, answers.places)))]
        return _distinct(found)

    def _pairs(self, target: "_Target") -> Iterator[Explanation]:
        """Two slips, each of which changes whatever the other leaves unexplained."""
        bad, changed = target.bad, target.led
        useful = np.flatnonzero((changed & ~target.fine).any(axis=1))
        useful = np.sort(useful[np.argsort(bad[useful].sum(axis=1), kind="stable")[:MOST_PAIRED]])
        left = bad[useful].astype(np.float32) @ (~changed[useful]).T.astype(np.float32)
        for a, b in np.argwhere(np.triu((left == 0) & (left.T == 0), 1)).tolist():
            pair = self.slips[useful[a]], self.slips[useful[b]]
            if _together(pair):
                yield pair

    def _triples(self, target: "_Target") -> Iterator[Explanation]:
        """Two slips in rules, and a third that changes whatever they leave unexplained."""
        places = [(i, j) for i, j in combinations(range(len(self.in_rules)), 2)]
        places = [(i, j) for i, j in places if _together((self.slips[i], self.slips[j]))]
        made = self._made([(self.slips[i], self.slips[j]) for i, j in places], target.places)
        for (i, j), left, reached in zip(places, ~target.okay(made), target.changed(made), strict=True):
            fits = ~(left & ~target.led).any(axis=1) & ~(target.bad & ~reached).any(axis=1)
            for k in j + 1 + np.flatnonzero(fits[j + 1 :]):
                triple = self.slips[i], self.slips[j], self.slips[k]
                if _together(triple):
                    yield triple

    def _made_by_each(self) -> Array:
        """What the step becomes under no slip, and under each alone."""
        key = (*self.state, None)
        if key not in self.memo:
            self.memo[key] = np.stack([self._worked(()), *(self._worked((slip,)) for slip in self.slips)])
        return self.memo[key]

    def _made(self, sets: Sequence[Explanation], places: Array) -> Array:
        """What these entries become under each set of slips."""
        for slips in sets:
            if (*self.state, slips) not in self.memo:
                self.memo[*self.state, slips] = self._worked(slips)
        made = [self.memo[*self.state, slips][places] for slips in sets]
        return np.array(made).reshape(len(sets), int(places.sum()))

    def _worked(self, slips: Explanation) -> Array:
        """What the step becomes under these slips; nowhere a number where they give a table of another shape."""
        calculation = Calculation(dict(self.world.values))
        values = calculation.values
        for slip in slips:
            slip.put_into(calculation)
        for step in self.path:
            made = self.world.made(calculation.rules.get(step.key, step), values)
            if made.shape != values[step.key].shape:
                return np.full(values[self.rule.key].shape, np.nan)
            last = step is self.rule
            values[step.key] = made if last else self.world.carried(step, made, self.on_sheet.get(step.key))
        return values[self.rule.key]


class _Target:
    """What the answers must become, what they are without a slip, and under each `alone`."""

    def __init__(self, answers: Answered, made: Array) -> None:
        self.typed, self.half, self.fine, self.places = answers
        self.base, self.alone = made[0], made[1:]

    @cached_property
    def led(self) -> Array:
        """Which answers each slip changes."""
        return self.changed(self.alone)

    @cached_property
    def bad(self) -> Array:
        """Which answers each slip leaves unexplained, or spoils."""
        return ~self.okay(self.alone)

    @cached_property
    def chance(self) -> float:
        """How likely slips that are not the cause lead to the wrong answers all the same."""
        return float(self._likely(self.alone, 1, ~self.fine).prod())

    def changed(self, made: Array) -> Array:
        """Which answers slips have changed."""
        near = np.abs(made - self.base) <= 1e-12 * (1 + np.abs(self.base))
        return np.asarray(~np.where(np.isfinite(self.base), near, made == self.base))

    def okay(self, made: Array, looseness: int = 1) -> Array:
        """Which answers are what was typed, or were fine and have not changed."""
        return within(made, self.typed, self.half * looseness) | (self.fine & ~self.changed(made))

    def is_met(self, made: Array, looseness: int = 1) -> Array:
        """Whether all of them are; of several tables, for each."""
        return np.asarray(self.okay(made, looseness).all(axis=-1))

    def offered(self, alone: Array, looseness: int = 1) -> float:
        """How many slips, of those that change all wrong answers, chance would let lead to all that was typed."""
        changed = self.changed(alone)
        reaching = changed[:, ~self.fine].all(axis=1)
        likely = self._likely(alone, looseness, np.asarray(changed[reaching].any(axis=0)))
        return float(np.where(changed[reaching], likely, 1).prod(axis=1).sum())

    def _likely(self, alone: Array, looseness: int, which: Array) -> Array:
        """The same for each answer: the width of what is taken for it, in the range over which slips spread it.

        It is 1 but for the answers asked for.
        """
        likely, led = np.ones(self.typed.size), self.changed(alone) & np.isfinite(alone)
        for i in np.flatnonzero(which & led.any(axis=0)):
            apart = np.subtract(*np.percentile(alone[led[:, i], i], (90, 10)))
            likely[i] = min(1.0, 2 * looseness * float(self.half[i]) / (apart + 1e-300))
        return likely


def _path(rule: Rule, rules: Sequence[Rule], on_sheet: Mapping[str, OnSheet]) -> list[Rule]:
    """The rules from what is given, or from what the sheet says in full, to this one."""
    path: list[Rule] = []
    wanted = {rule.key}
    for step in reversed(rules[: rules.index(rule) + 1]):
        if step.key in wanted and (step.key not in on_sheet or not on_sheet[step.key].answered.all()):
            path.insert(0, step)
            wanted.update(step.inputs)
    return path


def _together(slips: Explanation) -> bool:
    """Whether all can be made in one calculation: in different rules, and in different numbers."""
    return all(one.touched.isdisjoint(other.touched) for one, other in combinations(slips, 2))


def _distinct(found: Iterable[Explanation]) -> list[Explanation]:
    """Of sets of the same slips, made in earlier rules or in later ones, only the last."""
    return list({tuple(map(_name, slips)): slips for slips in found}.values())


def _name(slip: Slip) -> tuple[str, ...]:
    return (slip.tag,) if isinstance(slip, WrongRule) else (slip.tag, slip.where, slip.says)
