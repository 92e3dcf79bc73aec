"""The search for slips: the smallest sets of them that lead to what a sheet says of one step."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from softstep.marking.carried import Carried, Fixed, within
from softstep.marking.edits import Edit
from softstep.marking.marks import Explanation
from softstep.marking.slips import SLIPS, Slip
from softstep.maths import Array
from softstep.steps import GIVEN, Rule

MOST_TRIED = 5_000
"""As many sets of slips are worked out for one step; where there are more, the rest are not tried."""

MOST_PAIRED = 1_000
"""As many slips are tried in pairs, those first that leave least to explain."""

CHANCE = 0.1
"""Of more than so many explanations that chance would offer none is believed."""

LOOSE = 3
"""A step in which earlier ones had to be passed over, or digits were cut off, is off by so many times half a unit."""

Memo = dict[tuple[object, ...], Array]
"""What a step becomes under each slip alone, and under sets of them, where that depends on no sheet."""


class Search:
    """One step of a sheet, the slips that bear on it, and what it becomes under them.

    A slip bears on the step if it is in its rule or in a rule from there back to what is given or on the sheet, or in
    what is given.
    """

    def __init__(
        self,
        rule: Rule,
        rules: Sequence[Rule],
        carried: Carried,
        fixed: Mapping[str, Fixed],
        edits: Iterable[Edit],
        memo: Memo,
    ) -> None:
        self.rule, self.carried, self.fixed = rule, carried, fixed
        self.place = (rule.key, carried.rounding, *map(id, carried.edits))
        self.path = _path(rule, rules, fixed)
        keys = {step.key for step in self.path}
        read = {key for step in self.path for key in step.inputs} - keys
        inputs = {key for key in read if key in GIVEN}
        self.slips: list[Slip | Edit] = [slip for slip in SLIPS if slip.rule.key in keys and self._can(slip.rule)]
        self.slips += [edit for edit in edits if edit.key in inputs and not any(map(edit.meets, carried.edits))]
        self.memo: Memo = memo if inputs == read and keys.isdisjoint(fixed) else {}

    def explanations(self, typed: Array, wide: Array, fine: Array, answered: Array) -> list[Explanation]:
        """The smallest sets of slips, of three at most, that make every answer what it is; none where none does.

        The set is empty where no slip is needed. `wide` is how far from an answer its value may be; answers that are
        `fine` need no explanation, but must not be spoiled. Of edits there are at most two in a pair and one in a set
        of three. What chance would find as well, among so many, explains nothing; one slip in a rule always counts.
        """
        with np.errstate(all="ignore"):
            base, *_ = made = self._singles()[:, answered]
            target, alone = _Target(typed[answered], wide[answered], fine[answered], base, answered), made[1:]
            if target.met(base):
                return [()]
            found: list[Explanation] = [(self.slips[i],) for i in np.flatnonzero(target.met(alone))]
            reaching = target.changed(alone)[:, ~target.fine].all(axis=1)
            if reaching.sum() * target.chance(alone) > CHANCE:
                found = [slips for slips in found if isinstance(slips[0], Slip)]
            if not found:
                close = zip(self.slips, target.met(alone, LOOSE), strict=True)
                found = [(slip,) for slip, met in close if met and isinstance(slip, Slip)]
            for sets in (self._pairs, self._triples):
                if not found:
                    tried = list(islice(sets(alone, target), MOST_TRIED))
                    if len(tried) * target.chance(alone) <= CHANCE:
                        met = target.met(self._all_made(tried, answered))
                        found = [tried[i] for i in np.flatnonzero(met)]
        return _distinct(found)

    def _pairs(self, alone: Array, target: "_Target") -> Iterator[Explanation]:
        """Two slips, each of which changes whatever the other leaves unexplained."""
        bad, changed = ~target.okay(alone), target.changed(alone)
        useful = np.flatnonzero((changed & ~target.fine).any(axis=1))
        useful = np.sort(useful[np.argsort(bad[useful].sum(axis=1), kind="stable")[:MOST_PAIRED]])
        left = bad[useful].astype(np.float32) @ (~changed[useful]).T.astype(np.float32)
        for a, b in np.argwhere(np.triu((left == 0) & (left.T == 0), 1)).tolist():
            pair = self.slips[useful[a]], self.slips[useful[b]]
            if _together(*pair):
                yield pair

    def _triples(self, alone: Array, target: "_Target") -> Iterator[Explanation]:
        """Two slips in rules, and a third that changes whatever they leave unexplained."""
        bad, changed = ~target.okay(alone), target.changed(alone)
        rules = [(i, slip) for i, slip in enumerate(self.slips) if isinstance(slip, Slip)]
        pairs = [(a, i, b) for (_, a), (i, b) in combinations(rules, 2) if _together(a, b)]
        made = self._all_made([(first, second) for first, _, second in pairs], target.answered)
        for (first, last, second), left, reached in zip(pairs, ~target.okay(made), target.changed(made), strict=True):
            others = slice(last + 1, None)
            fits = ~(left & ~changed[others]).any(axis=1) & ~(bad[others] & ~reached).any(axis=1)
            for third in (self.slips[others][i] for i in np.flatnonzero(fits)):
                if _together(first, third) and _together(second, third):
                    yield first, second, third

    def _can(self, rule: Rule) -> bool:
        return all(key in self.carried.values for key in rule.inputs)

    def _singles(self) -> Array:
        """What the step becomes under no slip, and under each alone."""
        key = (*self.place, None)
        if key not in self.memo:
            self.memo[key] = np.stack([self._worked(()), *(self._worked((slip,)) for slip in self.slips)])
        return self.memo[key]

    def _all_made(self, sets: Sequence[Explanation], answered: Array) -> Array:
        """What the answered entries become under each of these sets of slips."""
        return np.array([self._made(slips)[answered] for slips in sets]).reshape(len(sets), int(answered.sum()))

    def _made(self, slips: Explanation) -> Array:
        """What the step becomes under these slips together."""
        key = (*self.place, *map(id, slips))
        if key not in self.memo:
            self.memo[key] = self._worked(slips)
        return self.memo[key]

    def _worked(self, slips: Explanation) -> Array:
        values = dict(self.carried.values)
        shape = values[self.rule.key].shape
        rules = {slip.rule.key: slip.rule for slip in slips if isinstance(slip, Slip)}
        for edit in slips:
            if isinstance(edit, Edit):
                values[edit.key] = edit.applied(values[edit.key])
        for step in self.path:
            made = self.carried.made(rules.get(step.key, step), values)
            there = self.fixed.get(step.key) if step is not self.rule else None
            values[step.key] = made if there is None else np.where(there.answered, there.numbers, made)
        made = values[self.rule.key]
        return made if made.shape == shape else np.full(shape, np.nan)  # a table of another shape is no answer


class _Target(NamedTuple):
    """What a step must become at the entries that are `answered`; all but that is about these entries alone."""

    typed: Array
    wide: Array
    fine: Array
    base: Array
    answered: Array

    def changed(self, made: Array) -> Array:
        """Which entries slips have changed."""
        same: Array = np.abs(made - self.base) <= 1e-12 * (1 + np.abs(self.base))
        return ~same

    def okay(self, made: Array, looseness: int = 1) -> Array:
        """Which entries are what was typed, or were fine and have not changed."""
        near = within(made, self.typed, self.wide * looseness)
        return near | (self.fine & ~self.changed(made))

    def chance(self, alone: Array) -> float:
        """How likely it is that slips which change all wrong answers make them what they are without being the cause.

        That goes by how far apart the values are that slips lead to.
        """
        likely, led = 1.0, self.changed(alone) & np.isfinite(alone)
        for cell in np.flatnonzero(~self.fine):
            values = alone[led[:, cell], cell]
            apart = np.subtract(*np.percentile(values, (90, 10))) if values.size else 0
            likely *= min(1.0, 2 * float(self.wide[cell]) / (apart + 1e-300))
        return likely

    def met(self, made: Array, looseness: int = 1) -> Array:
        """Whether all of them are; of several tables, for each."""
        return np.asarray(self.okay(made, looseness).all(axis=-1))


def _path(rule: Rule, rules: Sequence[Rule], fixed: Mapping[str, Fixed]) -> list[Rule]:
    """The rules from what is given, or from what the sheet says in full, to this one."""
    path: list[Rule] = []
    wanted = {rule.key}
    for step in reversed(rules[: rules.index(rule) + 1]):
        if step.key in wanted and (step is rule or step.key not in fixed or not fixed[step.key].answered.all()):
            path.insert(0, step)
            wanted.update(step.inputs)
    return path


def _together(one: Slip | Edit, other: Slip | Edit) -> bool:
    """Whether both can be made in one calculation: in different rules, and in different numbers."""
    if isinstance(one, Slip) and isinstance(other, Slip):
        return one.rule.key != other.rule.key
    return not (isinstance(one, Edit) and isinstance(other, Edit) and one.meets(other))


def _distinct(found: Iterable[Explanation]) -> list[Explanation]:
    """Of sets of the same slips, made in earlier rules or in later ones, only the last."""
    return list({tuple(_name(slip) for slip in slips): slips for slips in found}.values())


def _name(slip: Slip | Edit) -> tuple[str, ...]:
    return (slip.tag,) if isinstance(slip, Slip) else (slip.tag, slip.where, slip.says)
