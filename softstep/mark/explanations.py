"""The explanations of wrong answers: the searches in all ways of working, from the simplest explanation on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.mark.catalogue import are_changed
from softstep.mark.hypothesis import Basis, Hypothesis
from softstep.mark.input_errors import InputError
from softstep.mark.report import MarkedStep
from softstep.mark.search import Question, Search, path_to, values_under
from softstep.mark.verdicts import GOOD
from softstep.mark.ways import BY_HAND
from softstep.mark.wrong_rules import Explanation, Slip, WrongRule, constant_factor

MOST_ALTERNATIVES = 3
"""More explanations than this explain nothing."""

FEWEST_FOR_FACTOR = 3
"""So many wrong answers must be the same multiple of the right ones before any factor explains them."""


Kind = Callable[[Search], list[Explanation]]
"""A kind of explanations that are searched for."""

Alike = tuple[Explanation, Sequence[tuple[Explanation, Search]]]
"""An explanation, and the same slips as they were found in several searches."""


class Found(NamedTuple):
    """An explanation, with the unrounded values of the step by the hypotheses under which it was found.

    `matched` are the wrong answers that it leads to. `in_some_rows`: it is not made where other answers are right.
    """

    slips: Explanation
    values: Mapping[Hypothesis, Array]
    matched: Array
    in_some_rows: bool = False

    @property
    def basis(self) -> Basis:
        """What the values are based on; in some rows alone, they differ from sheet to sheet."""
        return None if self.in_some_rows else self.slips


def find_explanations(
    question: Question,
    hypotheses: Sequence[Hypothesis],
    marked: Mapping[str, MarkedStep],
    only_single: bool = False,
) -> list[Found]:
    """The simplest explanations of the wrong answers to a step; none if there are too many of them.

    Single slips come first, then single ones that nearly match, pairs, threes, and multiples of the right figures. An
    input that earlier right answers used rightly is suspected last. `only_single`: no more than the first are tried.
    """
    searches = [Search(question, hypothesis, chain) for hypothesis in hypotheses for chain in hypothesis.chains]
    for kind, searched in _stages(searches)[: 1 if only_single else None]:
        found: dict[object, list[tuple[Explanation, Search]]] = {}
        for search in searched:
            for identity, slips in {_identity(slips): slips for slips in kind(search)}.items():
                found.setdefault(identity, []).append((slips, search))
        if found:
            likely = _choose_likely((_with_doubts(alike[0][0], question, marked), alike) for alike in found.values())
            unrounded = {search.hypothesis: search for search in searches if not search.chain.way.from_typed}
            return [_as_found(kind, slips, alike, unrounded) for slips, alike in likely]
    return []


def has_slip_in_rule(question: Question, hypothesis: Hypothesis) -> bool:
    """Whether a single slip in a rule gives what was typed, within the margins of the question."""
    found = Search(question, hypothesis, hypothesis.chains[0]).single_slips()
    return any(isinstance(slip, WrongRule) for slips in found for slip in slips)


def _stages(searches: Sequence[Search]) -> list[tuple[Kind, list[Search]]]:
    """The kinds of explanations, the simplest first, and the searches in which each is looked for."""
    distinct = [*{search.signature: search for search in reversed(searches)}.values()][::-1]
    main_ways = [chain.way for chain in searches[0].hypothesis.chains[:2]]
    likely = [search for search in distinct if search.chain.way in main_ways]
    by_hand = [search for search in distinct if search.chain.way in (*main_ways, BY_HAND)]
    others = [search for search in by_hand if search not in likely]
    return [
        (Search.single_slips, likely),
        (Search.single_slips, others),
        (Search.near_slips, by_hand),
        (Search.pairs, by_hand),
        (Search.triples, likely),
        (_multiples, by_hand),
        (Search.slips_in_some_rows, likely),
        (Search.slips_for_most, likely),
    ]


def _choose_likely(found: Iterable[Alike]) -> list[Alike]:
    """The explanations without those that are weaker than others; none if too many are left."""
    left = list(found)
    for is_weak in (_is_vague, _is_only_here):
        left = [each for each in left if not any(map(is_weak, each[0]))] or left
    return left if len(left) <= MOST_ALTERNATIVES else []


def _as_found(
    kind: Kind,
    slips: Explanation,
    alike: Sequence[tuple[Explanation, Search]],
    unrounded: Mapping[Hypothesis, Search],
) -> Found:
    """The explanation with the values under it; in `alike` are the same slips as they were found in the searches."""
    values: dict[Hypothesis, Array] = {}
    for plain, search in alike:
        value = unrounded[search.hypothesis].value_under(plain)
        if kind is Search.slips_in_some_rows:
            value = np.where(search.wrong_entries, value, unrounded[search.hypothesis].chain.values[search.rule.key])
        values.setdefault(search.hypothesis, value)
    plain, search = alike[0]
    matched = search.matches(plain) if kind is Search.slips_for_most else search.wrong_entries
    return Found(slips, values, matched, kind is Search.slips_in_some_rows)


def _identity(slips: Explanation) -> object:
    """What tells explanations apart; the same slip may be made in earlier rules or in later ones."""
    return tuple((slip.tag, isinstance(slip, InputError) and slip.says) for slip in slips)


def _is_vague(slip: Slip) -> bool:
    return isinstance(slip, WrongRule) and slip.is_vague


def _is_only_here(slip: Slip) -> bool:
    return isinstance(slip, InputError) and slip.only_here


def _with_doubts(slips: Explanation, question: Question, marked: Mapping[str, MarkedStep]) -> Explanation:
    """The explanation, with a mark on inputs that earlier right answers used rightly."""
    result: list[Slip] = []
    for slip in slips:
        if isinstance(slip, InputError):
            slip = replace(slip, only_here=any(_is_used_rightly(slip, question, step) for step in marked.values()))
        result.append(slip)
    return tuple(result)


def _is_used_rightly(error: InputError, question: Question, step: MarkedStep) -> bool:
    """Whether right answers to this step would not be right if the input had been misread there."""
    catalogue, carried = question.catalogue, question.carried
    rule = next(rule for rule in catalogue.rules if rule.key == step.rule.key)
    if rule.key not in carried:
        return False
    path = path_to(rule, catalogue.rules, {key: each for key, each in carried.items() if key != rule.key})
    if not any(error.key in each.inputs for each in path):
        return False
    value = values_under((error,), path, catalogue.right, {}, {})
    figures = carried[rule.key].figures
    shows = are_changed(value, catalogue.right.values[rule.key]) & figures.answered & ~figures.are_met(value, 3)
    is_right = figures.are_met(catalogue.right.values[rule.key], 3)
    return bool((shows & is_right).any()) and all(cell.verdict in GOOD for cell in step.cells)


def _multiples(search: Search) -> list[Explanation]:
    """The slip of writing a multiple of the right figures: any one of three or more, else a mean over all nodes."""
    low, high = _possible_factors(search)
    count = int(search.wrong.sum())
    all_nodes, labelled = search.node_counts
    if low > high or low <= 0 <= high:
        return []
    if count >= FEWEST_FOR_FACTOR and np.ptp(search.base[search.wrong]) > 0:
        return [(constant_factor(search.rule, (low + high) / 2, count),)]
    of_all = labelled / all_nodes
    return [(constant_factor(search.rule, of_all, count),)] if of_all < 1 and low <= of_all <= high else []


def _possible_factors(search: Search) -> tuple[float, float]:
    """The smallest and the largest factor that lead from the right figures to all wrong answers; none: 1 and 0."""
    base = search.base[search.wrong]
    centres, margins = (array[search.wrong] for array in search.figures[1:])
    if search.rule.holds is not None or not np.isfinite(base).all() or (np.abs(base) <= margins).any():
        return 1, 0
    ends = np.stack([(centres - margins) / base, (centres + margins) / base])
    return float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
