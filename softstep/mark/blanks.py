"""What may be typed into one blank, of which no other is seen: the right figures, and those that slips lead to."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import printed_decimals
from softstep.lesson.maths import Array
from softstep.lesson.rounding import figure
from softstep.lesson.rules import Rule
from softstep.mark.answer_key import AnswerKey
from softstep.mark.hypothesis import Chain, Hypothesis
from softstep.mark.intervals import Place
from softstep.mark.verdicts import EARLY_ROUNDING, is_within
from softstep.mark.ways import BY_TYPED, ROUND_FUNCTIONS, UNROUNDED, Way
from softstep.mark.wrong_rules import Slip, WrongRule

MOST_FIGURES = 40
"""Wrong figures of one blank, the most telling first; the rest are left out."""

TELLING = ("swapped-entries", "wrong-row", "one-wrong-label", "lost-sign")
"""The tags of input errors that stand before others."""

MOST_SLIPS = 3
"""Slips that are named for one wrong figure."""


class Blank(NamedTuple):
    """A blank for one number: the figures that are right there, the printed one first, and the slips behind others.

    All figures have `decimals` decimals. Of a step whose answers are classes, they are the positions of these.
    """

    decimals: int
    right: tuple[str, ...]
    wrong: Mapping[str, tuple[Slip, ...]]


class Blanks:
    """The blanks for the steps of one problem."""

    def __init__(self, key: AnswerKey) -> None:
        self.key, self.ties = key, key.rounding.ties
        with np.errstate(all="ignore"):  # a slip may divide by 0
            self.right = dict(_right_values(key))
            self.under = [(slip, _values_under(key, slip)) for slip in _slips_of(key)]

    def of_step(self, step: str) -> dict[Place, Blank]:
        """The blank for each entry of a step, by its place in the lesson."""
        rule = next(rule for rule in self.key.rules if rule.key == step)
        decimals = printed_decimals(rule, self.key.rounding) if rule.holds is None else 0
        shape = self.key.references[step][0].shape
        with np.errstate(all="ignore"):  # a loss may be infinite
            candidates = self._right_candidates(rule, decimals)
        wrong = self._wrong_candidates(rule)
        return {place: self._blank(place, decimals, candidates, wrong) for place in np.ndindex(shape)}

    def _blank(
        self,
        place: Place,
        decimals: int,
        candidates: Sequence[tuple[Array, Array]],
        wrong: Sequence[tuple[Slip, Array]],
    ) -> Blank:
        right = dict.fromkeys(self._figure(value[place], decimals) for value, is_right in candidates if is_right[place])
        found: dict[str, tuple[Slip, ...]] = {}
        for slip, value in wrong:
            text = self._figure(value[place], decimals)
            if text in right or not isfinite(value[place]) or (text not in found and len(found) == MOST_FIGURES):
                continue
            slips = found.setdefault(text, ())
            if len(slips) < MOST_SLIPS and slip.says not in {each.says for each in slips}:
                found[text] = (*slips, slip)
        return Blank(decimals, tuple(right), found)

    def _figure(self, value: float, decimals: int) -> str:
        return figure(float(value), decimals, self.ties)

    def _right_candidates(self, rule: Rule, decimals: int) -> list[tuple[Array, Array]]:
        """Numbers with the asked decimals next to the right values, and where each of them is right."""
        values, by_roads = self.right[rule.key]
        margin = 0.25 if rule.holds is not None else 0.5 * 10.0**-decimals
        printed = self.key.references[rule.key][0]
        numbers = [ROUND_FUNCTIONS[self.ties](np.asarray(printed, float), decimals)]
        for value in (*values, *by_roads):
            units = value * 10.0**decimals
            numbers += [np.floor(units) / 10.0**decimals, np.ceil(units) / 10.0**decimals]
        return [(number, _are_right(number, margin, values, by_roads)) for number in numbers]

    def _wrong_candidates(self, rule: Rule) -> list[tuple[Slip, Array]]:
        """The values of a step under each slip that changes it, the most telling first.

        These are slips in the rule itself, then those in earlier rules, the nearest first, then those in inputs. Of a
        step whose answers are classes, slips in rules alone.
        """
        order = {each.key: i for i, each in enumerate(self.key.rules)}
        right = np.asarray(self.key.references[rule.key][0], float)
        found = [(slip, values[rule.key]) for slip, values in self.under if rule.key in values]
        if rule.holds is not None:  # a misread input leads to one of few classes by chance
            found = [(slip, value) for slip, value in found if isinstance(slip, WrongRule)]

        def distance(slip: Slip) -> tuple[bool, bool, int]:
            if isinstance(slip, WrongRule):
                return False, slip.is_vague, -order[slip.where]
            return True, slip.tag not in TELLING, 0

        return sorted(
            ((slip, value) for slip, value in found if value.shape == right.shape), key=lambda x: distance(x[0])
        )


def _are_right(number: Array, margin: float, values: Sequence[Array], by_roads: Sequence[Array]) -> Array:
    """Which of these numbers are right: near one of the values, or near one by a road.

    As in marking, a road counts only for a number that is wrong so far.
    """
    margins = np.full(number.shape, margin)
    is_right = _is_near_any(values, number, margins)
    is_settled = _is_near_any(values, number, margins * EARLY_ROUNDING)
    return np.asarray(is_right | (~is_settled & _is_near_any(by_roads, number, margins)))


def _is_near_any(values: Sequence[Array], number: Array, margins: Array) -> Array:
    near = [is_within(value, number, margins) for value in values]
    return np.any(near, axis=0) if near else np.zeros(number.shape, bool)


def _main_way(key: AnswerKey) -> Way:
    return Way(ROUND_FUNCTIONS[key.rounding.ties] if key.rounding.every_step else None)


def _right_values(key: AnswerKey) -> Iterator[tuple[str, tuple[list[Array], list[Array]]]]:
    """The values of each step that are right without other answers: in every way of working, and by other roads."""
    ways = dict.fromkeys((_main_way(key), UNROUNDED, *BY_TYPED))
    hypothesis = Hypothesis(key.given, key.rounding, [*ways])
    for rule in key.rules:
        hypothesis.compute(rule)
        if rule.key in key.references:
            computed = [chain.values[rule.key] for chain in hypothesis.chains]
            roads = [road.value(chain) for road in key.roads.get(rule.key, ()) for chain in hypothesis.chains]
            yield rule.key, (_distinct([*key.references[rule.key], *computed]), _distinct(roads))
        hypothesis.adopt(rule, None)


def _distinct(values: Sequence[Array]) -> list[Array]:
    arrays = [np.asarray(value, float) for value in values]
    return [*{array.tobytes(): array for array in arrays}.values()]


def _slips_of(key: AnswerKey) -> Iterator[Slip]:
    """The slips that can be made in the lesson, in its order."""
    steps = {rule.key for rule in key.rules}
    for slip in key.catalogue.slips:
        if slip.unless not in steps and slip.inputs <= steps | key.given.values.keys():
            yield slip
    yield from key.catalogue.input_errors


def _values_under(key: AnswerKey, slip: Slip) -> dict[str, Array]:
    """The steps that a slip changes, as a student computes them who makes it and works by the config's arithmetic."""
    chain = Chain(_main_way(key), key.given.values, key.given.labelled, key.rounding)
    right = key.catalogue.right.values
    rules: dict[str, Rule] = {}
    slip.put_into(chain.values, rules)
    changed = {name for name, value in chain.values.items() if value is not right[name]} | rules.keys()
    found: dict[str, Array] = {}
    for rule in key.rules:
        used = rules.get(rule.key, rule)
        value = chain.value_of(used, chain.values)
        if value.shape != right[rule.key].shape:
            break
        chain.values[rule.key] = chain.with_answers(rule, value, None)
        if rule.key in changed or not changed.isdisjoint(used.inputs):
            changed.add(rule.key)
            found[rule.key] = np.asarray(value, float)
    return found
