"""The marking of one sheet: each answer against the right value, and against what follows from earlier answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from softstep.compute.steps import printed_decimals
from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.maths import Array
from softstep.lesson.quantities import LOSS, NOT_ZERO, TYPED
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import Rule
from softstep.mark.answer_key import AnswerKey
from softstep.mark.cells import marked_cells
from softstep.mark.copying import CopyingSlip, find_copying_slip
from softstep.mark.cut_digits import count_cut_digits
from softstep.mark.explanations import Found, find_explanations, has_slip_in_rule
from softstep.mark.hypothesis import CarriedAnswers, Hypothesis
from softstep.mark.input_errors import InputError
from softstep.mark.judging import Assessment, judge_by_roads, judge_under
from softstep.mark.provenance import FROM_RIGHT, FROM_ROUNDED, FROM_TRIVIAL, FROM_WRONG, NO_ANSWER, Provenance
from softstep.mark.report import MarkedSheet, MarkedStep, Origin
from softstep.mark.search import Question
from softstep.mark.verdicts import (
    IS_CARRIED_FORWARD,
    IS_ROUNDED,
    IS_TRIVIAL,
    IS_WRONG,
    Figures,
    Judgement,
    are_alike,
    is_within,
    judge,
    outside_0_to_1,
)
from softstep.mark.ways import BY_TYPED, CUTTING, ROUND_FUNCTIONS, UNROUNDED, Way
from softstep.mark.wrong_rules import Explanation, WrongRule, transposed_table
from softstep.read.answers import Answers, Sheet

MOST_HYPOTHESES = 6
"""Hypotheses about misread inputs that are followed into later steps, the inputs as given among them."""


class Marking:
    """The marking of one sheet, step by step.

    `hypotheses` follow the sheet: the first with the inputs as given, one more for each explanation by misread inputs,
    which stay misread. `carried` are the answers so far, `origins` their places by number.
    """

    def __init__(self, key: AnswerKey, sheet: Sheet) -> None:
        self.key, self.sheet = key, sheet
        self.rounding = self._rounding_of_sheet()
        counter = count_cut_digits(key, sheet, self.rounding)
        self.cut_digits = None if key.tolerance is not None else counter.finding
        self.may_cut_digits = counter.is_possible and key.tolerance is None
        self.ways = [self._main_way(), UNROUNDED]
        self.hypotheses = [Hypothesis(key.given, self.rounding, self.ways)]
        self.carried: dict[str, CarriedAnswers] = {}
        self.origins: list[Origin] = []
        self.marked: dict[str, MarkedStep] = {}
        self.copied: dict[str, CopyingSlip] = {}
        self.excused: set[str] = set()

    def mark(self) -> MarkedSheet:
        """The sheet with its marks; a step that counts and is not on the sheet is marked missing."""
        weights = self._weights()
        for rule in self.key.rules:
            for hypothesis in self.hypotheses:
                hypothesis.compute(rule)
            weight = weights.get(rule.key, 0.0)
            if rule.key in self.sheet.answers:
                self.marked[rule.key] = self._mark_step(rule, self.sheet.answers[rule.key], weight)
            else:
                if rule.key in weights:
                    step = self.key.steps[rule.key]
                    count = step.value.size
                    self.marked[rule.key] = MarkedStep(
                        step=step, count=count, missing=count, weight=weight, is_blank=True
                    )
                self._follow_other_ways(rule)
                for hypothesis in self.hypotheses:
                    hypothesis.adopt(rule, None)
        self._name_copying_slips()
        return MarkedSheet(
            self.sheet.file, self.sheet.name, self.marked, self.sheet.complaints, self.cut_digits, self.key.exercise
        )

    def _weights(self) -> Mapping[str, float]:
        """The points of the steps that count: those under `marks`, else 1 for each that the sheet answers.

        A sheet without an answer counts as if it left all steps out.
        """
        answered = [key for key, answers in self.sheet.answers.items() if not answers.is_blank]
        return self.key.setting.marks or dict.fromkeys(answered or self.key.steps, 1.0)

    # How the student works

    def _rounding_of_sheet(self) -> Rounding:
        """The config's rounding, with more decimals if the whole sheet has more.

        If the config sets no decimals, losses are rounded to those of the losses on the sheet.
        """
        rounding = self.key.rounding
        typed = [int(each.decimals.max()) for key, each in self.sheet.answers.items() if _is_table_of_numbers(key)]
        rounding = replace(rounding, decimals=max(rounding.decimals, min(typed, default=0)))
        if self.key.setting.rounding.loss_decimals is not None:
            return rounding
        losses = [answers for key, answers in self.sheet.answers.items() if ALL_RULES[key].precision == LOSS]
        most = max((int(answers.decimals.max()) for answers in losses), default=0)
        return replace(rounding, loss_decimals=max(rounding.printed_loss_decimals, most))

    def _main_way(self) -> Way:
        """The way of the config by hand, or that of a sheet that cuts digits off."""
        if self.cut_digits:
            return CUTTING
        return Way(ROUND_FUNCTIONS[self.rounding.ties] if self.rounding.every_step else None)

    def _follow_other_ways(self, rule: Rule) -> None:
        """From the first answer that is missing on, follow the other ways to round what is not on the sheet."""
        if rule.visible != NOT_ZERO and len(self.ways) == 2:
            self.ways += [way for way in BY_TYPED if way not in self.ways]
            for hypothesis in self.hypotheses:
                hypothesis.add_ways(self.ways)

    # One step

    def _mark_step(self, rule: Rule, answers: Answers, weight: float) -> MarkedStep:
        """Give each answer its verdict, explain wrong ones, and keep the answers for later steps."""
        assessment = self._assess(rule, answers)
        figures, to_explain = assessment.figures, assessment.to_explain
        found = self._explanations(rule, assessment.to_search, to_explain) if to_explain.any() else []
        step, last = self.key.steps[rule.key], self.hypotheses[-1]
        cells = tuple(marked_cells(self.key, step, answers, assessment, self.origins, last))
        copying = None if found or not to_explain.any() else self._copying_slip(rule, answers, figures, to_explain)
        trivial = self._trivial_answers(rule, assessment, found)
        numbers = self._number_answers(rule)
        carried = self._carried_answers(assessment, numbers, trivial)
        self._go_on(rule, carried, found, numbers, to_explain)
        if copying:
            self._go_on_as_meant(rule, carried, copying, to_explain)
        return MarkedStep(
            step=step, count=to_explain.size, missing=answers.missing, weight=weight, cells=cells,
            is_blank=answers.is_blank,
            explanations=self._shown_explanations(rule, answers, found), wrong_count=int(to_explain.sum()),
            unexplained=bool(to_explain.any()) and not found,
            left_over=int((to_explain & ~found[0].matched).sum()) if found else 0,
            in_some_rows=bool(found) and found[0].in_some_rows,
            follows_trivial=bool(assessment.follows_trivial.any()), roads=assessment.roads,
            is_outside=bool(trivial.any()) and rule.shares and not are_alike(answers.numbers, self._right(rule)),
        )  # fmt: skip

    def _assess(self, rule: Rule, answers: Answers) -> Assessment:
        """The verdicts on the answers to a step."""
        typed, margin = answers.numbers, self.key.margin(rule, answers)
        cuts = self.cut_digits is not None and rule.holds is None
        figures = Figures.cut(typed, margin) if cuts else Figures.rounded(typed, margin)
        roads = self.key.roads.get(rule.key, ())
        judgement = self._judgement(rule, typed, margin)
        judgement, figures, taken = judge_by_roads(rule, figures, judgement, roads, self.hypotheses)
        coarse, few_places = self._coarse_answers(rule, answers, judgement)
        right_as_asked = self._right_as_asked(rule, answers, judgement)
        judgement = judgement._replace(verdict=np.where(few_places, IS_ROUNDED, judgement.verdict))
        decimals = np.maximum(printed_decimals(rule, self.key.rounding), answers.decimals)
        return Assessment(
            figures, judgement, coarse, few_places, right_as_asked, decimals, margin, taken, self.cut_digits is not None
        )

    def _number_answers(self, rule: Rule) -> Array:
        """The numbers of the answers to a step, by which later ones name where they come from."""
        step, first = self.key.steps[rule.key], len(self.origins)
        shape = self._right(rule).shape
        self.origins += [Origin(rule.key, *step.names_at(at)) for at in np.ndindex(shape)]
        return np.arange(first, len(self.origins)).reshape(shape)

    def _shown_explanations(self, rule: Rule, answers: Answers, found: Sequence[Found]) -> tuple[Explanation, ...]:
        """The explanations as pages show them; a table with rows and columns exchanged is a slip of its own."""
        explanations = tuple(each.slips for each in found)
        if self.key.setting.features_as_rows:
            explanations = tuple(tuple(slip.turn() for slip in slips) for slips in explanations)
        if answers.turned:
            exchanged = transposed_table(rule, self.key.steps[rule.key].rule.formula)
            explanations = tuple((*slips, exchanged) for slips in explanations or [()])
        return explanations

    def _right(self, rule: Rule) -> Array:
        """The right figures of a step."""
        return self.key.references[rule.key][0]

    def _judgement(self, rule: Rule, typed: Array, margin: Array) -> Judgement:
        """The best verdict on each answer; hypotheses that the answers disprove are dropped.

        A wrong answer is shown with what follows under the last hypothesis, which assumes all input errors found.
        """
        right = Provenance.right(typed.shape)
        of_references = [judge(rule, typed, margin, value, right) for value in self.key.references[rule.key]]
        of_hypotheses = [judge_under(each, rule, typed, margin) for each in self.hypotheses]
        best = [reduce(Judgement.or_better, (*of_references, each)) for each in of_hypotheses]
        self._drop_disproved([int((~np.isnan(typed) & (each.verdict >= IS_TRIVIAL)).sum()) for each in best])
        last = self.hypotheses[-1]
        provenance = last.provenance[rule.key]
        accepted = np.where(provenance.has_carried_error, last.values[rule.key], self._right(rule))
        wrong = Judgement(np.full(typed.shape, IS_WRONG), accepted, provenance)
        return reduce(Judgement.or_better, (*of_references, *of_hypotheses), wrong)

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

    def _explanations(self, rule: Rule, figures: Figures, wrong: Array) -> list[Found]:
        """The smallest sets of slips that explain the wrong answers, if need be as figures with digits cut off."""
        question = self._question(rule, figures, wrong)
        found = find_explanations(question, self.hypotheses, self.marked)
        if not found and self.may_cut_digits and not self.cut_digits and rule.holds is None:
            as_cut = question._replace(figures=Figures.cut(figures.numbers, figures.margins))
            found = find_explanations(as_cut, self.hypotheses, self.marked, only_single=True)
        return found

    def _question(self, rule: Rule, figures: Figures, wrong: Array) -> Question:
        return Question(self.key.catalogue, rule, self.carried, self._proved_steps(), figures, wrong)

    def _copying_slip(self, rule: Rule, answers: Answers, figures: Figures, wrong: Array) -> CopyingSlip | None:
        """The slip of the pen that explains the wrong answers."""
        values = [*self.key.references[rule.key]]
        values += [chain.values[rule.key] for each in self.hypotheses for chain in each.chains]
        texts = [answers.typed[place] for place in map(tuple, np.argwhere(wrong).tolist())]
        slip = find_copying_slip(self.key.steps[rule.key], figures, wrong, values, texts)
        if slip:
            self.copied[rule.key] = slip
        return slip

    def _proved_steps(self) -> set[str]:
        """The steps that later answers show to be right: all answers to a step computed from them are."""
        proved: set[str] = set()
        for rule in reversed(self.key.rules):
            step = self.marked.get(rule.key)
            is_right = step and rule.holds is None and step.scored_count == step.count
            if is_right or (not step and rule.key in proved):
                proved.update(rule.inputs)
        return proved

    def _coarse_answers(self, rule: Rule, answers: Answers, judgement: Judgement) -> tuple[Array, Array]:
        """Which wrong answers lack only decimals: they would be accepted if those typed were enough.

        First those that remain wrong, with less than two decimals: none if any other answer is wrong, too, for 0.5 may
        stand for 0.50. Then those with two or more, which are right as far as they go.
        """
        wrong = ~np.isnan(answers.numbers) & (judgement.verdict == IS_WRONG)
        coarse = wrong & (answers.decimals < printed_decimals(rule, self.key.rounding))
        near = np.zeros(wrong.shape, bool)
        if coarse.any():
            for value, provenance in self._accepted_values(rule):
                is_near = is_within(value, answers.numbers, 0.5 * 10.0**-answers.decimals)
                near |= is_near & (provenance.level < FROM_TRIVIAL)
        coarse &= near
        has_places = coarse & (answers.decimals >= 2)
        as_typed = Figures.rounded(answers.numbers, np.zeros(wrong.shape))  # 1 is no coarse 1.00 if targets are 1
        if not coarse.any() or has_slip_in_rule(self._question(rule, as_typed, wrong), self.hypotheses[0]):
            return np.zeros(wrong.shape, bool), np.zeros(wrong.shape, bool)
        return coarse & ~has_places & bool((coarse | ~wrong).all()), has_places

    def _right_as_asked(self, rule: Rule, answers: Answers, judgement: Judgement) -> Array:
        """Which wrong answers would be accepted without decimals that were not asked for; no slip rests on these."""
        asked = printed_decimals(rule, self.key.rounding)
        extra = ~np.isnan(answers.numbers) & (judgement.verdict == IS_WRONG) & (answers.decimals > asked)
        if self.key.tolerance is not None or rule.holds is not None or not extra.any():
            return np.zeros(extra.shape, bool)
        half_unit = np.full(extra.shape, 0.5 * 10.0**-asked)
        values = [value for value, provenance in self._accepted_values(rule) if (provenance.level < FROM_TRIVIAL).all()]
        near = [is_within(value, answers.numbers, half_unit) for value in values]
        return np.asarray(extra & np.any(near, axis=0)) if near else np.zeros(extra.shape, bool)

    def _accepted_values(self, rule: Rule) -> Iterator[tuple[Array, Provenance]]:
        """The right values, then those under each hypothesis, with their provenance."""
        for value in self.key.references[rule.key]:
            yield value, Provenance.right(value.shape)
        for each in self.hypotheses:
            for chain in each.chains:
                yield chain.values[rule.key], each.provenance[rule.key]

    # For the next steps

    def _trivial_answers(self, rule: Rule, assessment: Assessment, found: Sequence[Found]) -> Array:
        """Which wrong answers make the steps computed from them trivial, unless a slip in a formula explains them.

        Those of a step whose answers are all alike, and probabilities outside 0 … 1; but not a single wrong answer, nor
        what follows from an earlier step with a slip in its formula, or with a single wrong answer.
        """
        typed, judgement = assessment.figures.numbers, assessment.judgement
        is_wrong = assessment.is_wrong
        if is_wrong.sum() == 1 or any(isinstance(slip, WrongRule) for each in found for slip in each.slips):
            self.excused.add(rule.key)
        if are_alike(typed, self._right(rule)) and rule.key not in self.excused:
            return is_wrong
        if not rule.shares:
            return np.zeros(typed.shape, bool)
        follows = (judgement.verdict == IS_CARRIED_FORWARD) & outside_0_to_1(typed)
        for place in map(tuple, np.argwhere(follows)):
            follows[place] = self.origins[judgement.provenance.answer[place]].step not in self.excused
        return np.asarray(follows | (is_wrong & outside_0_to_1(typed) & (rule.key not in self.excused)))

    def _carried_answers(self, assessment: Assessment, numbers: Array, trivial: Array) -> CarriedAnswers:
        """The answers as later steps use them, with their provenance; `numbers` are their own numbers."""
        verdict, inherited = assessment.judgement.verdict, assessment.judgement.provenance
        level = np.choose(verdict, [FROM_RIGHT, FROM_ROUNDED, inherited.level, FROM_TRIVIAL, FROM_WRONG])
        answer = np.choose(verdict, [NO_ANSWER, numbers, inherited.answer, inherited.answer, numbers])
        provenance = Provenance(np.where(trivial, FROM_TRIVIAL, level), np.where(trivial, numbers, answer))
        return CarriedAnswers(assessment.figures, provenance)

    def _go_on(self, rule: Rule, carried: CarriedAnswers, found: Sequence[Found], numbers: Array, wrong: Array) -> None:
        """Let all hypotheses go on from this step, and add one for each explanation by misread inputs."""
        self.carried[rule.key] = carried
        if not carried.figures.answered.all():
            self._follow_other_ways(rule)
        for hypothesis in self.hypotheses:
            explained = next(
                ((each.values[hypothesis], each.slips) for each in found if hypothesis in each.values), None
            )
            hypothesis.adopt(rule, carried, explained)
        for each in found:
            errors = [slip for slip in each.slips if isinstance(slip, InputError) and not slip.only_here]
            for under in each.values if errors else ():
                self._assume(rule, (*under.input_errors, *errors), int(numbers[wrong][0]))

    def _assume(self, rule: Rule, errors: Sequence[InputError], evidence: int) -> None:
        """Add the hypothesis that these input errors stay, computed from the beginning to this rule."""
        if len(self.hypotheses) < MOST_HYPOTHESES:
            hypothesis = Hypothesis(self.key.given, self.rounding, self.ways, errors, evidence)
            for earlier in self.key.rules[: self.key.rules.index(rule) + 1]:
                hypothesis.compute(earlier)
                hypothesis.adopt(earlier, self.carried.get(earlier.key))
            self.hypotheses.append(hypothesis)

    def _go_on_as_meant(self, rule: Rule, carried: CarriedAnswers, slip: CopyingSlip, wrong: Array) -> None:
        """Add the hypothesis that later steps go on from the answers as they were meant."""
        if len(self.hypotheses) >= MOST_HYPOTHESES:
            return
        hypothesis = self.hypotheses[0].branch()
        hypothesis.compute(rule)
        inherited = hypothesis.provenance[rule.key]
        figures = carried.figures.with_numbers(slip.meant)
        hypothesis.adopt(rule, CarriedAnswers(figures, inherited.where(wrong, carried.provenance)))
        self.hypotheses.append(hypothesis)

    def _name_copying_slips(self) -> None:
        """Name the slips of the pen in steps from which the rest of the sheet does not follow."""
        followed = {cell.follows_from.step for step in self.marked.values() for cell in step.cells if cell.follows_from}
        for key, slip in self.copied.items():
            later = [rule.key for rule in self.key.rules if key in rule.inputs]
            has_proof = bool(self._answered_after(later))
            if key not in followed and (has_proof or not slip.needs_proof):
                self.marked[key] = replace(self.marked[key], explanations=((slip,),), unexplained=False)

    def _answered_after(self, keys: Iterable[str]) -> set[str]:
        """The answered steps among these and those computed from them, up to the first that is answered."""
        found: set[str] = set()
        for key in keys:
            if key in self.carried:
                found.add(key)
            else:
                found |= self._answered_after(rule.key for rule in self.key.rules if key in rule.inputs)
        return found


def _is_table_of_numbers(key: str) -> bool:
    """Whether a step has numbers with the decimals of the config, not losses nor classes."""
    return ALL_RULES[key].precision not in (LOSS, TYPED) and ALL_RULES[key].holds is None


def _is_assumed(slips: Explanation, hypotheses: Iterable[Hypothesis]) -> bool:
    """Whether one of the hypotheses assumes all input errors of an explanation."""
    errors = {slip for slip in slips if isinstance(slip, InputError)}
    return any(errors <= {*hypothesis.input_errors} for hypothesis in hypotheses)
