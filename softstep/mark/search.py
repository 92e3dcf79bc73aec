"""The search for slips: the smallest sets of slips that explain the wrong answers to one step."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, islice

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.hypothesis import CarriedAnswers, Hypothesis
from softstep.mark.input_errors import InputError
from softstep.mark.slips import Explanation, Slip, WrongRule
from softstep.mark.verdicts import EARLY_ROUNDING, is_within

MOST_SETS = 1_000
"""Sets of two or three slips that are tried for one step; the rest are not."""

MOST_ENTRIES = 2_000_000
"""Entries that are computed for these sets; for a large step, fewer sets are tried."""

MOST_IN_PAIRS = 1_000
"""Slips that are tried in pairs, those that leave the fewest answers unexplained."""

MOST_BY_CHANCE = 0.1
"""Explanations are not believed if more than this many are expected by chance."""

Memo = dict[tuple[object, ...], Array]
"""Values of a step under slips that depend on no sheet, kept for the next sheets."""


class Search:
    """The search for one step of one sheet, under one hypothesis.

    It tries the slips in this rule and in those before it, back to the inputs or to steps that the sheet answers in
    full, and the slips in the inputs of these rules. `proved` are the keys of steps in which no slip can be.
    """

    def __init__(
        self,
        rule: Rule,
        rules: Sequence[Rule],
        hypothesis: Hypothesis,
        carried: Mapping[str, CarriedAnswers],
        slips: Iterable[WrongRule],
        input_errors: Iterable[InputError],
        memo: Memo,
        proved: Collection[str] = (),
    ) -> None:
        self.rule, self.hypothesis, self.carried = rule, hypothesis, carried
        self.path = _path_to(rule, rules, carried)
        keys, values = {step.key for step in self.path}, hypothesis.values
        assumed = frozenset[object]().union(*(error.targets for error in hypothesis.input_errors))
        doubtful = keys - {*proved} | {rule.key}
        self.in_rules = [
            slip
            for slip in slips
            if slip.where in doubtful and slip.unless not in doubtful and values.keys() >= slip.inputs
        ]
        inputs = {key for step in (*self.path, *(slip.rule for slip in self.in_rules)) for key in step.inputs} - keys
        in_inputs = [error for error in input_errors if error.key in inputs and error.targets.isdisjoint(assumed)]
        self.slips: list[Slip] = [*self.in_rules, *in_inputs]
        self.state = (rule.key, hypothesis.input_errors, frozenset(doubtful))
        self.most_sets = min(MOST_SETS, MOST_ENTRIES // sum(values[step.key].size for step in self.path))
        self.memo = memo if inputs <= hypothesis.given.keys() and keys.isdisjoint(carried) else {}

    def explanations(self, typed: Array, margin: Array, wrong: Array) -> list[Explanation]:
        """The smallest sets of slips, three at most, that match every wrong answer and spoil no other.

        [()] if no slip is needed, [] if none match. Both slips of a pair may be in the inputs, but only one of three.
        Sets that chance would offer as well explain nothing, but a single slip in a rule that matches always does.
        """
        key = (*self.state, None)
        if key not in self.memo:
            self.memo[key] = np.stack([self._value_under(()), *(self._value_under((slip,)) for slip in self.slips)])
        target = _Target(typed, margin, wrong, self.memo[key])
        if target.is_met(target.base, EARLY_ROUNDING):
            return [()]
        found = self._single_slips(target)
        for sets in (self._pairs, self._triples):
            if not found:
                tried = list(islice(sets(target), self.most_sets))
                if len(tried) * target.match_probability <= MOST_BY_CHANCE:
                    met = target.is_met(self._values_under(tried, target.answered))
                    found = [tried[i] for i in np.flatnonzero(met)]
        # The same slips may be made in earlier rules or in later ones; the last are kept.
        names = (tuple((slip.tag, isinstance(slip, InputError) and slip.says) for slip in slips) for slips in found)
        return list(dict(zip(names, found, strict=True)).values())

    def _single_slips(self, target: "_Target") -> list[Explanation]:
        """The slips that match alone; if none does, those in a rule that nearly match."""
        count = len(self.in_rules)
        met = target.is_met(target.alone)
        if met[count:].any() and target.expected_by_chance(target.alone) > MOST_BY_CHANCE:
            met[count:] = False
        if not met.any():
            nearly = target.is_met(target.alone[:count], EARLY_ROUNDING)
            if nearly.any() and target.expected_by_chance(target.alone[:count], EARLY_ROUNDING) <= MOST_BY_CHANCE:
                met[:count] = nearly
        return [(self.slips[i],) for i in np.flatnonzero(met)]

    def _pairs(self, target: "_Target") -> Iterator[Explanation]:
        """Pairs in which each slip changes all that the other leaves unexplained."""
        missed, changed = target.missed_by_slip, target.changed_by_slip
        useful = np.flatnonzero((changed & ~target.fine).any(axis=1))
        useful = np.sort(useful[np.argsort(missed[useful].sum(axis=1), kind="stable")[:MOST_IN_PAIRS]])
        left = missed[useful].astype(np.float32) @ (~changed[useful]).T.astype(np.float32)
        for a, b in np.argwhere(np.triu((left == 0) & (left.T == 0), 1)).tolist():
            pair = self.slips[useful[a]], self.slips[useful[b]]
            if _can_combine(pair):
                yield pair

    def _triples(self, target: "_Target") -> Iterator[Explanation]:
        """Two slips in rules, and a third that changes all that they leave unexplained."""
        places = [(i, j) for i, j in combinations(range(len(self.in_rules)), 2)]
        places = [(i, j) for i, j in places if _can_combine((self.slips[i], self.slips[j]))]
        values = self._values_under([(self.slips[i], self.slips[j]) for i, j in places], target.answered)
        for (i, j), missed, changed in zip(
            places, ~target.matched_answers(values), target.changed_answers(values), strict=True
        ):
            fits = ~(missed & ~target.changed_by_slip).any(axis=1) & ~(target.missed_by_slip & ~changed).any(axis=1)
            for k in j + 1 + np.flatnonzero(fits[j + 1 :]):
                triple = self.slips[i], self.slips[j], self.slips[k]
                if _can_combine(triple):
                    yield triple

    def _values_under(self, sets: Sequence[Explanation], answered: Array) -> Array:
        """The values of the answered entries under each set of slips."""
        for slips in sets:
            if (*self.state, slips) not in self.memo:
                self.memo[*self.state, slips] = self._value_under(slips)
        values = [self.memo[*self.state, slips][answered] for slips in sets]
        return np.array(values).reshape(len(sets), int(answered.sum()))

    def _value_under(self, slips: Explanation) -> Array:
        """The value of the step under these slips; NaN if they give a table of another shape."""
        values = dict(self.hypothesis.values)
        rules: dict[str, Rule] = {}
        for slip in slips:
            slip.put_into(values, rules)
        for step in self.path:
            value = self.hypothesis.value_of(rules.get(step.key, step), values)
            if value.shape != values[step.key].shape:
                return np.full(values[self.rule.key].shape, np.nan)
            is_last = step is self.rule
            values[step.key] = (
                value if is_last else self.hypothesis.carry_forward(step, value, self.carried.get(step.key))
            )
        return values[self.rule.key]


class _Target:
    """The answers that slips must match, within a `margin` each; those that are `fine` must only not be spoiled.

    `base` are the values without a slip, `alone` those under each slip alone, as far as they are `answered`.
    """

    def __init__(self, typed: Array, margin: Array, wrong: Array, values: Array) -> None:
        self.answered = ~np.isnan(typed)
        self.typed, self.margin, self.fine = (array[self.answered] for array in (typed, margin, ~wrong))
        self.base, self.alone = values[0, self.answered], values[1:, self.answered]

    @cached_property
    def changed_by_slip(self) -> Array:
        """Which answers each slip changes."""
        return self.changed_answers(self.alone)

    @cached_property
    def missed_by_slip(self) -> Array:
        """Which answers each slip leaves unexplained, or spoils."""
        return ~self.matched_answers(self.alone)

    @cached_property
    def match_probability(self) -> float:
        """The probability that slips match the wrong answers by chance."""
        return float(self._match_probabilities(self.alone, 1, ~self.fine).prod())

    def changed_answers(self, values: Array) -> Array:
        """Which answers have other values than without a slip."""
        is_near = np.abs(values - self.base) <= 1e-12 * (1 + np.abs(self.base))
        return np.asarray(~np.where(np.isfinite(self.base), is_near, values == self.base))

    def matched_answers(self, values: Array, looseness: int = 1) -> Array:
        """Which answers have values as typed, or were fine and are not changed."""
        return is_within(values, self.typed, self.margin * looseness) | (self.fine & ~self.changed_answers(values))

    def is_met(self, values: Array, looseness: int = 1) -> Array:
        """Whether all answers match; one for each set of values."""
        return np.asarray(self.matched_answers(values, looseness).all(axis=-1))

    def expected_by_chance(self, alone: Array, looseness: int = 1) -> float:
        """Expected number of slips that would match these answers by chance.

        Only slips that change every wrong answer can match. Answers that a slip leaves unchanged match anyway.
        """
        changed = self.changed_answers(alone)
        candidates = changed[changed[:, ~self.fine].all(axis=1)]
        probability = self._match_probabilities(alone, looseness, np.asarray(candidates.any(axis=0)))
        return float(np.where(candidates, probability, 1).prod(axis=1).sum())

    def _match_probabilities(self, alone: Array, looseness: int, which: Array) -> Array:
        """The probability that a slip matches each answer by chance; 1 for answers that are not asked for.

        It is the width of the accepted range over that of the values under the slips, from the 10th to the 90th
        percentile.
        """
        probability, has_value = np.ones(self.typed.size), self.changed_answers(alone) & np.isfinite(alone)
        for i in np.flatnonzero(which & has_value.any(axis=0)):
            spread = np.subtract(*np.percentile(alone[has_value[:, i], i], (90, 10)))
            probability[i] = min(1.0, 2 * looseness * float(self.margin[i]) / (spread + 1e-300))
        return probability


def _path_to(rule: Rule, rules: Sequence[Rule], carried: Mapping[str, CarriedAnswers]) -> list[Rule]:
    """The rules from the inputs, or from steps that the sheet answers in full, to this one."""
    path: list[Rule] = []
    wanted = {rule.key}
    for step in reversed(rules[: rules.index(rule) + 1]):
        if step.key in wanted and (step.key not in carried or not carried[step.key].answered.all()):
            path.insert(0, step)
            wanted.update(step.inputs)
    return path


def _can_combine(slips: Explanation) -> bool:
    """Whether the slips can be made together: no two change the same rule or number."""
    return all(one.targets.isdisjoint(other.targets) for one, other in combinations(slips, 2))
