"""What a report says of each answer: its verdict, the right figure, and the intervals in which it is accepted."""

from collections.abc import Iterator, Sequence

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.maths import Array
from softstep.mark.answer_key import AnswerKey
from softstep.mark.hypothesis import Hypothesis
from softstep.mark.intervals import FROM_EARLIER, ROUNDED_OTHERWISE, Place, merge_intervals
from softstep.mark.judging import Assessment
from softstep.mark.report import Interval, MarkedCell, Origin
from softstep.mark.verdicts import (
    CARRIED_FORWARD,
    IS_CARRIED_FORWARD,
    IS_RIGHT,
    IS_ROUNDED,
    ON_NUMBERS,
    UNREADABLE,
    WRONG_SHAPE,
)
from softstep.read.answers import Answers

CREDIT = {False: 0.5, True: 0.0}
"""The share of its marks that an answer with few places gains, if marking is strict or not."""


def marked_cells(
    key: AnswerKey,
    step: Step,
    answers: Answers,
    assessment: Assessment,
    origins: Sequence[Origin],
    last: Hypothesis,
) -> Iterator[MarkedCell]:
    """Every answer with its verdict, those without a place in the step last.

    `last` is the hypothesis that assumes all input errors found.
    """
    judgement, right = assessment.judgement, key.references[step.rule.key][0]
    is_cut = np.zeros(right.shape, bool)
    if step.entries is None and not assessment.is_of_cut_sheet:
        is_cut = (judgement.verdict == IS_ROUNDED) & ~assessment.few_places & _are_cut(answers, assessment, right)
    from_earlier = judgement.provenance.has_carried_error & (judgement.verdict >= IS_CARRIED_FORWARD)
    for place, text in answers.typed.items():
        verdict = UNREADABLE if np.isnan(answers.numbers[place]) else ON_NUMBERS[int(judgement.verdict[place])]
        is_few = bool(assessment.few_places[place])
        expected: float = right[place].item()
        yield MarkedCell(
            *step.names_at(place),
            text,
            WRONG_SHAPE if answers.turned and verdict != UNREADABLE else verdict,
            expected=expected if step.entries is None else step.entries[int(expected)],
            accepted=() if step.entries else _accepted(key, step.rule.key, place, assessment, last),
            follows_from=origins[int(judgement.provenance.answer[place])] if verdict == CARRIED_FORWARD else None,
            decimals=int(assessment.decimals[place]),
            from_earlier=bool(from_earlier[place]),
            has_too_few_decimals=bool(assessment.coarse[place]),
            places=int(answers.decimals[place]) if is_few else None,
            is_right_as_asked=bool(assessment.right_as_asked[place]),
            is_cut=bool(is_cut[place]),
            credit=CREDIT[key.strict] if is_few else 1.0,
        )
    yield from (MarkedCell(*misfit, WRONG_SHAPE) for misfit in answers.misfits)


def _are_cut(answers: Answers, assessment: Assessment, right: Array) -> Array:
    """Which answers are the right figure, or what follows, with its last digits cut off."""
    unit = 10.0**-assessment.decimals
    cut: Array = np.zeros(right.shape, bool)
    for value in (right, assessment.judgement.value):
        rest = (np.abs(value) - np.abs(answers.numbers)) / unit
        cut |= (rest >= 0.5) & (rest < 1 - 1e-6) & (np.sign(value) == np.sign(answers.numbers))
    return cut


def _accepted(
    answer_key: AnswerKey, key: str, place: Place, assessment: Assessment, last: Hypothesis
) -> tuple[Interval, ...]:
    """The intervals in which an answer is or would be accepted, that of its verdict first."""
    judgement, margin = assessment.judgement, float(assessment.margin[place])
    right = answer_key.intervals.around(key, place, margin)
    value = float(judgement.value[place])
    if judgement.verdict[place] == IS_RIGHT and len(right) == 1 and right[0].low <= value <= right[0].high:
        return right
    around_right = [((each.low + each.high) / 2, margin, each.source) for each in right]
    around_right.sort(key=lambda each: abs(each[0] - value))
    if judgement.verdict[place] == IS_RIGHT or not judgement.provenance.has_carried_error[place]:
        is_near = any(abs(each - value) < margin for each, *_ in around_right)
        return merge_intervals(around_right if is_near else [(value, margin, ROUNDED_OTHERWISE), *around_right])
    carried = [chain.values[key][place] for chain in last.chains[:2]] if last.provenance[key].level[place] else []
    from_earlier = [(float(each), margin, FROM_EARLIER) for each in (value, *carried)]
    return merge_intervals([*from_earlier, *around_right])
