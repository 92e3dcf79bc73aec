"""The search for slips: the smallest sets of slips that explain the wrong answers to one step.

What slips make of a step depends on few sheets: where a chain of values has no figures of the sheet in it, it is kept
for the next ones. Elsewhere the slips that can change the wrong answers at all are found by what they change in the
right solution, and only these are computed anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.catalogue import Catalogue, Effects, are_changed
from softstep.mark.hypothesis import CarriedAnswers, Chain, Hypothesis, node_count
from softstep.mark.verdicts import EARLY_ROUNDING, Figures
from softstep.mark.wrong_rules import Explanation, Slip, WrongRule

MOST_SETS = 3_000
"""Sets of two or three slips that are tried for one step if they are kept for other sheets; the rest are not."""

MOST_SETS_ONCE = 600
"""The same if they are of use on one sheet only."""

MOST_ENTRIES = 2_000_000
"""Entries that are computed for these sets; for a large step, fewer sets are tried."""

MOST_IN_PAIRS = 1_000
"""Slips that are tried in pairs, those that leave the fewest answers unexplained."""

MOST_BY_CHANCE = 0.1
"""Explanations are not believed if more than this many are expected by chance."""

MOST_BY_CHANCE_IN_PART = 0.02
"""The same for slips that explain only some of the answers."""

FEWEST_IN_PART = 3
"""So many wrong answers must be explained by a slip that does not explain all."""

EarlierSteps = dict[tuple[str, Explanation], Array]
"""The values of steps by their keys and by the slips that are in them."""


class Question(NamedTuple):
    """What is to be explained: the answers to one step of a sheet, of which some are wrong.

    `carried` are the answers to earlier steps, `proved` the keys of those in which no slip can be.
    """

    catalogue: Catalogue
    rule: Rule
    carried: Mapping[str, CarriedAnswers]
    proved: Collection[str]
    figures: Figures
    wrong: Array


class Search:
    """The search for one step of one sheet, under one hypothesis, in one way of working.

    It tries the slips in this rule and in those before it, back to the inputs or to steps that the sheet answers in
    full, and the slips in the inputs of these rules. A set of slips must lead to every wrong answer and spoil no other.
    """

    def __init__(self, question: Question, hypothesis: Hypothesis, chain: Chain) -> None:
        catalogue, rule, carried, proved, figures, wrong = question
        self.catalogue, self.rule, self.carried = catalogue, rule, carried
        self.hypothesis, self.chain = hypothesis, chain
        self.answered, self.wrong_entries = figures.answered, wrong
        self.figures, self.wrong = figures.take(self.answered), wrong[self.answered]
        self.base = chain.values[rule.key][self.answered]
        self.path = path_to(rule, catalogue.rules, carried)
        keys = {step.key for step in self.path}
        assumed = frozenset[object]().union(*(error.targets for error in hypothesis.input_errors))
        doubtful = frozenset(keys - {*proved} | {rule.key})
        self.in_rules = [
            slip
            for slip in catalogue.slips
            if slip.where in doubtful and slip.unless not in doubtful and chain.values.keys() >= slip.inputs
        ]
        used = {key for step in (*self.path, *(slip.rule for slip in self.in_rules)) for key in step.inputs} - keys
        errors = [error for error in catalogue.input_errors if error.key in used and error.targets.isdisjoint(assumed)]
        if len(errors) * figures.numbers.size > MOST_ENTRIES:
            errors = []
        self.slips: list[Slip] = [*self.in_rules, *errors]
        self.situation = (rule.key, frozenset(keys), doubtful, assumed)
        basis = chain.basis_of(sorted(used))
        rounds = chain.way.round_values if len(self.path) > 1 else None
        self.signature = rounds, tuple(chain.values[key].tobytes() for key in sorted(used)), hypothesis.input_errors
        uses_sheet = basis is None or (chain.way.from_typed and not keys.isdisjoint(carried))
        self.state = None if uses_sheet else (basis, hypothesis.input_errors, chain.way, chain.rounding)
        entries = sum(chain.values[step.key].size for step in self.path)
        self.most_sets = min(MOST_SETS if self.state else MOST_SETS_ONCE, MOST_ENTRIES // entries)

    def single_slips(self) -> list[Explanation]:
        """The slips that match alone; none in the inputs if chance would lead there as well."""
        count = len(self.in_rules)
        met = self._are_met(self._values_under_each(self._covers_all))
        if met[count:].any() and self._expected_by_chance(len(self.slips)) > MOST_BY_CHANCE:
            met[count:] = False
        return self._explanations(met)

    def near_slips(self) -> list[Explanation]:
        """The slips in a rule that nearly match, as if something was rounded early; none if chance would lead there."""
        count = len(self.in_rules)
        nearly = self._are_met(self._values_under_each(np.arange(len(self.slips)) < count)[:count], EARLY_ROUNDING)
        if nearly.any() and self._expected_by_chance(count, EARLY_ROUNDING) > MOST_BY_CHANCE:
            return []
        return self._explanations(nearly)

    def pairs(self) -> list[Explanation]:
        """Pairs of slips that match, of which each changes all that the other leaves unexplained."""
        which = self._covers_some
        if self.wrong.sum() == 1 and not self.state:  # little speaks for two slips; try those in rules
            which = np.arange(len(self.slips)) < len(self.in_rules)
        alone = self._values_under_each(which)
        missed, changed = ~self._matched(alone), self._changed(alone) & which[:, None]
        useful = np.flatnonzero((changed & self.wrong).any(axis=1))
        useful = np.sort(useful[np.argsort(missed[useful].sum(axis=1), kind="stable")[:MOST_IN_PAIRS]])
        left = missed[useful].astype(np.float32) @ (~changed[useful]).T.astype(np.float32)
        left[[isinstance(slip, WrongRule) and slip.mixes_nodes for slip in map(self.slips.__getitem__, useful)]] = 0
        found = np.argwhere(np.triu((left == 0) & (left.T == 0), 1)).tolist()
        return self._sets_that_match((self.slips[useful[a]], self.slips[useful[b]]) for a, b in found)

    def triples(self) -> list[Explanation]:
        """Three slips in rules that match."""
        sets = combinations(self.in_rules, 3) if len({slip.where for slip in self.in_rules}) > 2 else ()
        return self._sets_that_match(sets)

    def slips_in_some_rows(self) -> list[Explanation]:
        """The slips in a rule that match the wrong answers, though others are right; none if chance would lead there.

        They were made in some rows only.
        """
        values = self._values_under_each(self._covers_some)[: len(self.in_rules)]
        met = np.asarray(self.figures.are_met(values)[:, self.wrong].all(axis=1))
        if not met.any() or self._expected_for(self.wrong) > MOST_BY_CHANCE_IN_PART:
            return []
        return self._explanations(met)

    def slips_for_most(self) -> list[Explanation]:
        """The slips that match most wrong answers, three at least, and spoil no other."""
        alone = self._values_under_each(self._covers_some)
        matched = self._matched(alone)
        counts = np.where(matched[:, ~self.wrong].all(axis=1), (matched & self.wrong).sum(axis=1), 0)
        best = int(counts.max(initial=0))
        if best < max(FEWEST_IN_PART, self.wrong.sum() / 2):
            return []
        found = np.flatnonzero(counts == best)
        choices = 2.0 ** min(int(self.wrong.sum()), 1_000)  # of the answers that are to match
        if self._expected_for((matched & self.wrong)[found[0]]) > MOST_BY_CHANCE_IN_PART / choices:
            return []
        return [(self.slips[i],) for i in found]

    def _expected_for(self, which: Array) -> float:
        """Expected number of slips that would match these answers by chance."""
        probability = self._match_probabilities(self._effects.spread)[which].prod()
        return float(len(self.slips) * probability)

    def matches(self, slips: Explanation) -> Array:
        """Which wrong answers a slip leads to, in the shape of the step."""
        result = np.zeros(self.answered.shape, bool)
        result[self.answered] = self.figures.are_met(self.value_under(slips)[self.answered]) & self.wrong
        return result

    def _sets_that_match(self, sets: Iterable[Explanation]) -> list[Explanation]:
        """Those of the sets that match; none if chance would lead there as well."""
        if self.wrong.sum() == 1:  # a single 0 speaks for nothing, and no single number for a multiple besides
            if np.abs(self.figures.numbers[self.wrong]) <= self.figures.margins[self.wrong]:
                return []
            sets = (slips for slips in sets if not any(isinstance(slip, WrongRule) and slip.is_vague for slip in slips))
        tried = list(islice(filter(_can_combine, sets), self.most_sets))
        probability = float(self._match_probabilities(self._effects.spread)[self.wrong].prod())
        if not tried or len(tried) * probability > MOST_BY_CHANCE:
            return []
        return [tried[i] for i in np.flatnonzero(self._are_met(self._values_under(tried)))]

    def _explanations(self, met: Array) -> list[Explanation]:
        return [(self.slips[i],) for i in np.flatnonzero(met)]

    # Matching

    def _matched(self, values: Array, looseness: int = 1) -> Array:
        """Which answers have values as typed, or were fine and are not changed."""
        return self.figures.are_met(values, looseness) | (~self.wrong & ~self._changed(values))

    def _are_met(self, values: Array, looseness: int = 1) -> Array:
        """Whether all answers match; one for each set of values."""
        return np.asarray(self._matched(values, looseness).all(axis=-1))

    def _changed(self, values: Array) -> Array:
        return are_changed(values, self.base)

    # Chance

    def _expected_by_chance(self, count: int, looseness: int = 1) -> float:
        """Expected number of the first `count` slips that would match these answers by chance.

        Only slips that change every wrong answer can match. Answers that a slip leaves unchanged match anyway.
        """
        candidates = self._effects.changes[:count, self.answered]
        candidates = candidates[candidates[:, self.wrong].all(axis=1)]
        are_all = count == len(self.slips)
        spread = self._effects.spread if are_all else self._effects.spread_by_rules
        return float(np.where(candidates, self._match_probabilities(spread, looseness), 1).prod(axis=1).sum())

    def _match_probabilities(self, spread: Array, looseness: int = 1) -> Array:
        """The probability that a slip leads to each answer by chance: the accepted range over that of the values."""
        width = 2 * looseness * self.figures.margins
        return np.minimum(1, width / (spread[self.answered] + 1e-300))

    # Values

    @cached_property
    def _effects(self) -> Effects:
        """What the slips make of this step, on this sheet if that is known from others, else in the right solution."""
        state = self.state or "right"
        key = (*self.situation, state)
        kept = self.catalogue.get(key)
        if kept is None:
            chain = self.chain if self.state else self.catalogue.right
            carried = self.carried if self.state else {}
            sets, earlier = [(), *((slip,) for slip in self.slips)], EarlierSteps()
            values = np.stack([values_under(slips, self.path, chain, carried, earlier) for slips in sets])
            kept = Effects.of(values, len(self.in_rules))
            self.catalogue.keep(key, kept)
        return kept

    @cached_property
    def _covers_all(self) -> Array:
        """Which slips may change all wrong answers; those in rules always may."""
        covers = np.asarray(self._effects.changes[:, self.answered][:, self.wrong].all(axis=1))
        covers[: len(self.in_rules)] = True
        return covers

    @cached_property
    def _covers_some(self) -> Array:
        """Which slips may change some wrong answer."""
        covers = np.asarray(self._effects.changes[:, self.answered][:, self.wrong].any(axis=1))
        covers[: len(self.in_rules)] = True
        return covers

    def _values_under_each(self, which: Array) -> Array:
        """The values of the answered entries under each slip; those without a slip for slips that are left out."""
        if self.state:
            return self._effects.values[1:, self.answered]
        for i in np.flatnonzero(which & ~self._is_computed):
            self._alone[i] = self.value_under((self.slips[i],))[self.answered]
        self._is_computed |= which
        return self._alone

    @cached_property
    def _alone(self) -> Array:
        """What `_values_under_each` has computed so far."""
        return np.tile(self.base, (len(self.slips), 1))

    @cached_property
    def _is_computed(self) -> Array:
        return np.zeros(len(self.slips), bool)

    def _values_under(self, sets: Sequence[Explanation]) -> Array:
        """The values of the answered entries under each set of slips."""
        known = self._effects.of_sets if self.state else {}
        new = [slips for slips in sets if slips not in known]
        for slips in new:
            known[slips] = self.value_under(slips)
        if self.state and new:
            self.catalogue.count_kept(sum(known[slips].size + 50 for slips in new))
        return np.array([known[slips] for slips in sets]).reshape(len(sets), *self.answered.shape)[:, self.answered]

    def value_under(self, slips: Explanation) -> Array:
        """The value of the step under these slips; nan if they give a table of another shape."""
        return values_under(slips, self.path, self.chain, self.carried, self._earlier_steps)

    @cached_property
    def _earlier_steps(self) -> EarlierSteps:
        return {}

    @property
    def node_counts(self) -> tuple[int, int]:
        """How many nodes there are, and how many of them are labelled."""
        return node_count(self.chain.values), len(self.chain.labelled)


def values_under(
    slips: Explanation,
    path: Sequence[Rule],
    chain: Chain,
    carried: Mapping[str, CarriedAnswers],
    earlier_steps: EarlierSteps,
) -> Array:
    """The value of the last step of a path under these slips; nan if they give a table of another shape.

    `earlier_steps` keeps the values of the other steps, by the slips that are in them.
    """
    values = dict(chain.values)
    rules: dict[str, Rule] = {}
    for slip in slips:
        slip.put_into(values, rules)
    last = path[-1]
    made: Explanation = ()
    for step in path:
        rule = rules.get(step.key, step)
        made += tuple([slip for slip in slips if slip not in made and slip.is_in(rule)])
        known = earlier_steps.get((step.key, made))
        if known is not None:
            values[step.key] = known
            continue
        value = chain.value_of(rule, values)
        if value.shape != chain.values[step.key].shape:
            return np.full(chain.values[last.key].shape, np.nan)
        if step is not last:
            value = earlier_steps[step.key, made] = chain.carry_forward(step, value, carried.get(step.key))
        values[step.key] = value
    return values[last.key]


def path_to(rule: Rule, rules: Sequence[Rule], carried: Mapping[str, CarriedAnswers]) -> list[Rule]:
    """The rules from the inputs, or from steps that the sheet answers in full, to this one."""
    path: list[Rule] = []
    wanted = {rule.key}
    for step in reversed(rules[: rules.index(rule) + 1]):
        if step.key in wanted and (step.key not in carried or not carried[step.key].figures.answered.all()):
            path.insert(0, step)
            wanted.update(step.inputs)
    return path


def _can_combine(slips: Explanation) -> bool:
    """Whether the slips can be made together: no two change the same rule or number."""
    return all(one.targets.isdisjoint(other.targets) for one, other in combinations(slips, 2))
