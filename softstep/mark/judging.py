"""The verdicts on the answers to one step, under the hypotheses about a sheet and by other roads."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.hypothesis import Hypothesis
from softstep.mark.roads import Road
from softstep.mark.verdicts import IS_TRIVIAL, Figures, Judgement, judge


class Assessment(NamedTuple):
    """The verdicts on the answers to one step.

    `coarse` are wrong only for lack of decimals, `few_places` right as far as their decimals go, `right_as_asked` wrong
    only in decimals that were not asked for. `decimals` is how many
    count, `margin` how far off each may be. `is_of_cut_sheet`: digits are cut off on the whole sheet.
    """

    figures: Figures
    judgement: Judgement
    coarse: Array
    few_places: Array
    right_as_asked: Array
    decimals: Array
    margin: Array
    roads: tuple[Road, ...]
    is_of_cut_sheet: bool

    @property
    def is_wrong(self) -> Array:
        """Which answers gain nothing."""
        return np.asarray(self.figures.answered & (self.judgement.verdict >= IS_TRIVIAL))

    @property
    def follows_trivial(self) -> Array:
        """Which answers follow only from those that make a step trivial."""
        return np.asarray(self.judgement.verdict == IS_TRIVIAL)

    @property
    def to_explain(self) -> Array:
        """Which answers are wrong and follow from nothing."""
        return np.asarray(self.is_wrong & ~self.follows_trivial & ~self.coarse & ~self.right_as_asked)

    @property
    def to_search(self) -> Figures:
        """The answers that slips are compared with."""
        is_left_out = self.coarse | self.few_places | self.follows_trivial | self.right_as_asked
        return self.figures._replace(numbers=np.where(is_left_out, np.nan, self.figures.numbers))


def judge_under(hypothesis: Hypothesis, rule: Rule, typed: Array, margin: Array) -> Judgement:
    """The best verdict on each answer under one hypothesis, in any way of working."""
    provenance = hypothesis.provenance[rule.key]
    values = {chain.values[rule.key].tobytes(): chain.values[rule.key] for chain in hypothesis.chains}
    return reduce(Judgement.or_better, (judge(rule, typed, margin, value, provenance) for value in values.values()))


def judge_by_roads(
    rule: Rule,
    figures: Figures,
    judgement: Judgement,
    roads: Iterable[Road],
    hypotheses: Sequence[Hypothesis],
) -> tuple[Judgement, Figures, tuple[Road, ...]]:
    """The verdicts where rows that other roads lead to are right, too, and the figures as the lesson has them.

    A road counts for whole rows, and only if it saves some answer from being wrong.
    """
    taken: list[Road] = []
    for road in roads:
        if not _are_wrong(figures, judgement).any():
            break
        pairs = [(road.value(chain), hypothesis, chain) for hypothesis in hypotheses for chain in hypothesis.chains]
        other = reduce(
            Judgement.or_better,
            (
                judge(rule, figures.centres, figures.margins, value, each.provenance[rule.key], road.looseness)
                for value, each, _ in pairs
            ),
        )
        fits = _rows_that_fit(road, figures, other)
        if (fits & _are_wrong(figures, judgement)).any():
            taken.append(road)
            judgement = other.or_better(judgement).where(fits, judgement)
            *_, nearest = min(pairs, key=lambda pair: float(np.nansum(np.abs(pair[0] - figures.centres)[fits])))
            figures = figures.divided_by(np.where(fits, road.factor_of(nearest.values), 1.0))
    return judgement, figures, tuple(taken)


def _are_wrong(figures: Figures, judgement: Judgement) -> Array:
    return np.asarray(figures.answered & (judgement.verdict >= IS_TRIVIAL))


def _rows_that_fit(road: Road, figures: Figures, judgement: Judgement) -> Array:
    """The rows of which a road leads to every answer; or all of them or none, if it is not taken by rows."""
    fits = (judgement.verdict < IS_TRIVIAL) | ~figures.answered
    if not road.by_rows:
        return np.full(fits.shape, fits.all())
    return np.broadcast_to(fits.all(axis=-1, keepdims=True), fits.shape) if fits.ndim > 1 else fits
