"""Marking: each answer against the right value, and against what follows from the sheet's own earlier answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial, reduce

import numpy as np

from softstep.compute.steps import Step, printed_decimals
from softstep.errors import SoftstepError
from softstep.lesson.conventions import ALL_RULES, convention_rules
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, LOSS, NOT_ZERO
from softstep.lesson.rounding import Rounding, round_floats
from softstep.lesson.rules import GRADIENTS, Rule, lesson
from softstep.mark.hypothesis import CarriedAnswers, Hypothesis, RoundFunction, truncate
from softstep.mark.input_errors import InputError, possible_input_errors
from softstep.mark.provenance import FROM_RIGHT, FROM_ROUNDED, FROM_TRIVIAL, FROM_WRONG, NO_ANSWER, Provenance
from softstep.mark.report import MarkedCell, MarkedSheet, MarkedStep, Origin, Report
from softstep.mark.search import Memo, Search
from softstep.mark.slips import Explanation, WrongRule, slips_in, transposed_table
from softstep.mark.verdicts import (
    CARRIED_FORWARD,
    IS_CARRIED_FORWARD,
    IS_WRONG,
    ON_NUMBERS,
    UNREADABLE,
    WRONG_SHAPE,
    Judgement,
    is_within,
    judge,
    trivial_answers,
)
from softstep.names import safe_text
from softstep.read.answers import Answers, Sheet
from softstep.read.setting import Setting
from softstep.read.sheets import read_sheet

MOST_HYPOTHESES = 6
"""Hypotheses about misread inputs that are followed into later steps, the inputs as given among them."""

_ROUND_FUNCTIONS: Mapping[str, RoundFunction | None] = {
    "not at all": None,
    **{ties: partial(round_floats, ties=ties) for ties in Rounding.TIES},
    "cut off": truncate,
}
"""The ways to round values that are not on the sheet."""


class Marker:
    """Marks answer sheets about one setting.

    `references` are the steps in each arithmetic whose values are right, the config's own first. `tolerance` is how far
    off a right answer may be; None for half a unit of the last place, by `rounding` or as typed.
    """

    def __init__(
        self, setting: Setting, references: Sequence[Mapping[str, Step]], tolerance: float | None = None
    ) -> None:
        self.setting, self.given, self.tolerance = setting, setting.given, tolerance
        self.rounding = setting.rounding.coarsest
        table = convention_rules(self.given.values, setting.conventions, len(self.given.names[CLASS]))
        rules = lesson(table, self.given.values, GRADIENTS[setting.gradient], setting.rounding, as_on_paper=True)
        self.rules = [rule for rule in rules if rule.key in references[0]]
        steps = {rule.key: references[0][rule.key] for rule in self.rules if references[0][rule.key].is_shown}
        self.references = {key: [each[key].value for each in references] for key in steps}
        is_turned = setting.features_as_rows
        self.steps = {key: step.turn() if is_turned else step for key, step in steps.items()}
        self.memo: Memo = {}

    @cached_property
    def slips(self) -> list[WrongRule]:
        """The slips in rules that are searched for."""
        return slips_in(self.given.values, self.setting.conventions, len(self.given.names[CLASS]))

    @cached_property
    def input_errors(self) -> tuple[InputError, ...]:
        """The input errors that are searched for."""
        return possible_input_errors(self.given)

    def report(self, files: Iterable[str]) -> Report:
        """The sheets in these files, marked; of one that cannot be read, only the complaints."""
        sheets = []
        for file in files:
            try:
                sheets.append(self.mark(read_sheet(file, self.steps)))
            except SoftstepError as error:
                sheets.append(MarkedSheet(safe_text(file, 200), None, None, error.complaints))
        formulas = {key: step.rule.formula for key, step in self.steps.items()}
        return Report(self.setting.source, self.rounding, formulas, self.tolerance, tuple(sheets))

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """Mark one sheet."""
        with np.errstate(all="ignore"):  # a slip may divide by 0, and then explains nothing
            return MarkedSheet(sheet.file, sheet.name, _Marking(self, sheet).mark_steps(), sheet.complaints)

    def margin(self, rule: Rule, answers: Answers) -> Array:
        """How far off each answer may be: `tolerance`, else half a unit of the last place.

        That is the last place of the config, or of the answer if it has more. Classes must be equal.
        """
        if rule.holds is not None:
            return np.full(answers.numbers.shape, 0.25)
        decimals = np.maximum(printed_decimals(rule, self.rounding), answers.decimals)
        return 0.5 * 10.0**-decimals if self.tolerance is None else np.full(decimals.shape, self.tolerance)


class _Marking:
    """The marking of one sheet, step by step.

    `hypotheses` follow the sheet in the config's arithmetic: the first with the inputs as given, one more for each
    explanation by misread inputs, which stay misread. `rounding_hypotheses` are copies of the first that round what is
    not on the sheet in other ways. `carried` are the answers so far, `origins` their places by number.
    """

    def __init__(self, marker: Marker, sheet: Sheet) -> None:
        self.marker, self.sheet = marker, sheet
        rounding = self._rounding_of_sheet()
        round_values = _ROUND_FUNCTIONS[rounding.ties] if rounding.every_step else None
        self.hypotheses = [Hypothesis(marker.given, rounding, round_values)]
        self.rounding_hypotheses: list[Hypothesis] = []
        self.carried: dict[str, CarriedAnswers] = {}
        self.origins: list[Origin] = []
        self.marked: dict[str, MarkedStep] = {}

    def _rounding_of_sheet(self) -> Rounding:
        """The config's rounding. If it sets no decimals, losses are rounded to those of the losses on the sheet."""
        rounding = self.marker.rounding
        if self.marker.setting.rounding.loss_decimals is not None:
            return rounding
        losses = [answers for key, answers in self.sheet.answers.items() if ALL_RULES[key].precision == LOSS]
        typed = max((int(answers.decimals.max()) for answers in losses), default=0)
        return replace(rounding, loss_decimals=max(rounding.printed_loss_decimals, typed))

    def mark_steps(self) -> dict[str, MarkedStep]:
        """Mark each step that is on the sheet; a step under `marks` that is not on the sheet is marked missing."""
        weights = self.marker.setting.marks
        for rule in self.marker.rules:
            for hypothesis in self._all_hypotheses():
                hypothesis.compute(rule)
            weight = weights.get(rule.key, 1.0)
            if rule.key in self.sheet.answers:
                self.marked[rule.key] = self._mark_step(rule, self.sheet.answers[rule.key], weight)
            elif rule.key in weights:
                step = self.marker.steps[rule.key]
                count = step.value.size
                self.marked[rule.key] = MarkedStep(step=step, count=count, missing=count, weight=weight)
            carried = self.carried.get(rule.key)
            is_complete = rule.visible == NOT_ZERO or (carried is not None and carried.answered.all())
            if not self.rounding_hypotheses and not is_complete:  # what is left out may have been rounded in any way
                given = self.hypotheses[0]
                self.rounding_hypotheses = [given.with_rounding(function) for function in _ROUND_FUNCTIONS.values()]
            for hypothesis in self._all_hypotheses():
                hypothesis.adopt(rule, carried)
        return self.marked

    def _all_hypotheses(self) -> list[Hypothesis]:
        return self.hypotheses + self.rounding_hypotheses

    def _mark_step(self, rule: Rule, answers: Answers, weight: float) -> MarkedStep:
        """Give each answer its verdict, explain wrong ones, and keep the answers for later steps."""
        typed, margin = answers.numbers, self.marker.margin(rule, answers)
        judgement = self._judgement(rule, typed, margin)
        wrong = ~np.isnan(typed) & (judgement.verdict == IS_WRONG)
        coarse = self._coarse_answers(rule, answers, wrong)
        if coarse.any() and self._has_exact_slip(rule, typed, wrong):
            coarse = np.zeros(wrong.shape, bool)
        cells = tuple(self._cells(rule, answers, margin, judgement, coarse))
        wrong &= ~coarse
        found = self._explanations(rule, np.where(coarse, np.nan, typed), margin, wrong) if wrong.any() else {}
        first = len(self.origins)
        step = self.marker.steps[rule.key]
        self.origins += [Origin(rule.key, *step.names_at(at)) for at in np.ndindex(typed.shape)]
        numbers = np.arange(first, len(self.origins)).reshape(typed.shape)
        self.carried[rule.key] = self._carried_answers(rule, typed, judgement, numbers)
        for slips, hypothesis in found.items():
            self._assume_input_errors(rule, slips, hypothesis, int(numbers[wrong][0]))
        explanations = tuple(slips for slips in found if slips)
        if self.marker.setting.features_as_rows:
            explanations = tuple(tuple(slip.turn() for slip in slips) for slips in explanations)
        if answers.turned:
            exchanged = transposed_table(rule, step.rule.formula)
            explanations = tuple((*slips, exchanged) for slips in explanations or [()])
        return MarkedStep(
            step=step, count=typed.size, missing=answers.missing, weight=weight, cells=cells, explanations=explanations,
            unexplained=bool(wrong.any()) and not found, from_trivial=() in found,
        )  # fmt: skip

    def _judgement(self, rule: Rule, typed: Array, margin: Array) -> Judgement:
        """The best verdict on each answer; hypotheses that the answers disprove are dropped.

        A wrong answer is shown with what follows under the last hypothesis, which assumes all input errors found.
        """
        judgements = [judge(rule, typed, margin, *accepted) for accepted in self._accepted_values(rule)]
        counts = [int((~np.isnan(typed) & (each.verdict == IS_WRONG)).sum()) for each in judgements]
        references = self.marker.references[rule.key]
        self._drop_disproved(counts[len(references) :][: len(self.hypotheses)])
        last = self.hypotheses[-1]
        provenance = last.provenance[rule.key]
        accepted = np.where(provenance.has_carried_error, last.values[rule.key], references[0])
        wrong = Judgement(np.full(typed.shape, IS_WRONG), accepted, provenance)
        return reduce(Judgement.or_better, judgements, wrong)

    def _accepted_values(self, rule: Rule) -> list[tuple[Array, Provenance]]:
        """The right values, then those under each hypothesis, with their provenance."""
        right = [(value, Provenance.right(value.shape)) for value in self.marker.references[rule.key]]
        return right + [(each.values[rule.key], each.provenance[rule.key]) for each in self._all_hypotheses()]

    def _drop_disproved(self, wrong_counts: Sequence[int]) -> None:
        """Drop hypotheses that make more answers wrong than the best one does, and the explanations behind them.

        None is dropped if the inputs as given do as well as any.
        """
        fewest = min(wrong_counts)
        if wrong_counts[0] == fewest:
            return
        others = zip(self.hypotheses[1:], wrong_counts[1:], strict=True)
        dropped = [hypothesis for hypothesis, count in others if count > fewest]
        self.hypotheses = [hypothesis for hypothesis in self.hypotheses if hypothesis not in dropped]

        def is_kept(slips: Explanation) -> bool:
            return _is_assumed(slips, self.hypotheses) or not _is_assumed(slips, dropped)

        for key, step in self.marked.items():
            self.marked[key] = replace(step, explanations=tuple(filter(is_kept, step.explanations)))

    def _explanations(self, rule: Rule, typed: Array, margin: Array, wrong: Array) -> dict[Explanation, Hypothesis]:
        """The smallest sets of slips that explain the wrong answers, each with its first hypothesis."""
        found: dict[Explanation, Hypothesis] = {}
        marker, proved = self.marker, self._proved_steps()
        for hypothesis in self.hypotheses:
            search = Search(
                rule, marker.rules, hypothesis, self.carried, marker.slips, marker.input_errors, marker.memo, proved
            )  # fmt: skip
            for slips in search.explanations(typed, margin, wrong):
                found.setdefault(slips, hypothesis)
        smallest = min(map(len, found), default=0)
        return {slips: hypothesis for slips, hypothesis in found.items() if len(slips) == smallest}

    def _has_exact_slip(self, rule: Rule, typed: Array, wrong: Array) -> bool:
        """Whether a single slip in a rule gives exactly what was typed, as 1 for a target that was not smoothed."""
        found = self._explanations(rule, typed, np.zeros(typed.shape), wrong)
        return any(len(slips) == 1 and isinstance(slips[0], WrongRule) for slips in found)

    def _proved_steps(self) -> set[str]:
        """The steps that later answers show to be right: all answers to a step computed from them are."""
        proved: set[str] = set()
        for rule in reversed(self.marker.rules):
            step = self.marked.get(rule.key)
            is_right = step and rule.holds is None and step.scored_count == step.count
            if is_right or (not step and rule.key in proved):
                proved.update(rule.inputs)
        return proved

    def _carried_answers(self, rule: Rule, typed: Array, judgement: Judgement, numbers: Array) -> CarriedAnswers:
        """The answers as later steps use them, with their provenance; `numbers` are their own numbers."""
        verdict, inherited = judgement.verdict, judgement.provenance
        level = np.choose(verdict, [FROM_RIGHT, FROM_ROUNDED, inherited.level, FROM_WRONG])
        answer = np.choose(verdict, [NO_ANSWER, numbers, inherited.answer, numbers])
        trivial = trivial_answers(rule, typed, verdict, self.marker.references[rule.key][0])
        provenance = Provenance(np.where(trivial, FROM_TRIVIAL, level), np.where(trivial, numbers, answer))
        return CarriedAnswers(~np.isnan(typed), typed, provenance)

    def _assume_input_errors(self, rule: Rule, slips: Explanation, under: Hypothesis, evidence: int) -> None:
        """Add the hypothesis that the input errors of an explanation stay, computed from the beginning to this rule."""
        errors = _input_errors(slips)
        if errors and len(self.hypotheses) < MOST_HYPOTHESES:
            together = (*under.input_errors, *errors)
            hypothesis = Hypothesis(self.marker.given, under.rounding, under.round_values, together, evidence)
            for earlier in self.marker.rules[: self.marker.rules.index(rule) + 1]:
                hypothesis.compute(earlier)
                hypothesis.adopt(earlier, self.carried.get(earlier.key))
            self.hypotheses.append(hypothesis)

    def _coarse_answers(self, rule: Rule, answers: Answers, wrong: Array) -> Array:
        """Which wrong answers lack only decimals: they would be accepted if those typed were enough.

        If any other answer is wrong too, it is none of them: 0.5 may stand for 0.50, and then it is wrong.
        """
        coarse = wrong & (answers.decimals < printed_decimals(rule, self.marker.rounding))
        near = np.zeros(wrong.shape, bool)
        if wrong.any() and coarse[wrong].all():
            for value, provenance in self._accepted_values(rule):
                is_near = is_within(value, answers.numbers, 0.5 * 10.0**-answers.decimals)
                near |= is_near & (provenance.level < FROM_TRIVIAL)
        return coarse & bool(near[wrong].all())

    def _cells(
        self, rule: Rule, answers: Answers, margin: Array, judgement: Judgement, coarse: Array
    ) -> Iterator[MarkedCell]:
        """Every answer with its verdict, those without a place in the step last."""
        step = self.marker.steps[rule.key]
        accepted = judgement.value
        from_earlier = judgement.provenance.has_carried_error & (judgement.verdict >= IS_CARRIED_FORWARD)
        for place, text in answers.typed.items():
            verdict = UNREADABLE if np.isnan(answers.numbers[place]) else ON_NUMBERS[int(judgement.verdict[place])]
            right: float = self.marker.references[rule.key][0][place].item()
            ends = [round(float(accepted[place] + sign * margin[place]), 12) for sign in (-1, 1)]
            is_carried = verdict == CARRIED_FORWARD
            yield MarkedCell(
                *step.names_at(place),
                text,
                WRONG_SHAPE if answers.turned and verdict != UNREADABLE else verdict,
                expected=right if step.entries is None else step.entries[int(right)],
                accepted=(ends[0], ends[1]) if step.entries is None and np.isfinite(ends).all() else None,
                follows_from=self.origins[int(judgement.provenance.answer[place])] if is_carried else None,
                decimals=max(printed_decimals(rule, self.marker.rounding), int(answers.decimals[place])),
                from_earlier=bool(from_earlier[place]),
                has_too_few_decimals=bool(coarse[place]),
            )
        yield from (MarkedCell(*misfit, WRONG_SHAPE) for misfit in answers.misfits)


def _input_errors(slips: Explanation) -> tuple[InputError, ...]:
    return tuple(slip for slip in slips if isinstance(slip, InputError))


def _is_assumed(slips: Explanation, hypotheses: Iterable[Hypothesis]) -> bool:
    """Whether one of the hypotheses assumes all input errors of an explanation."""
    errors = set(_input_errors(slips))
    return any(errors <= {*hypothesis.input_errors} for hypothesis in hypotheses)
