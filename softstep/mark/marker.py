"""Marking: each answer of a sheet against what is right and against what the sheet's own earlier figures lead to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Step, printed_decimals
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.lesson.quantities import NOT_ZERO
from softstep.lesson.rounding import Rounding, round_floats
from softstep.lesson.rules import GRADIENTS, Rule, lesson
from softstep.mark.edits import Edit, edits
from softstep.mark.marks import (
    FOLLOWS,
    RIGHT,
    ROUNDED,
    UNREADABLE,
    WRONG,
    WRONG_SHAPE,
    Explanation,
    MarkedCell,
    MarkedSheet,
    MarkedStep,
    Origin,
    Report,
)
from softstep.mark.search import ROUNDED_EARLY, Answered, Memo, Search
from softstep.mark.slips import turned
from softstep.mark.world import (
    INEXACT,
    SOUND,
    TRIVIAL,
    UNSOUND,
    OnSheet,
    Way,
    World,
    cut_off,
    doubt,
    level,
    to_blame,
    within,
)
from softstep.names import safe_text
from softstep.read.answers import Answers, Sheet
from softstep.read.setting import Setting
from softstep.read.sheets import read_sheet

VERDICTS = (RIGHT, ROUNDED, FOLLOWS, WRONG)
"""The verdicts on a number, which is how arrays hold them: by their place here."""

_RIGHT, _ROUNDED, _FOLLOWS, _WRONG = range(4)

_WAYS: Mapping[str, Way] = {ties: partial(round_floats, ties=ties) for ties in Rounding.TIES}

MOST_WORLDS = 6
"""As many explanations of a misread input are followed up in what comes after it."""


class Marker:
    """Marks sheets about one setting.

    `references` are the steps in each arithmetic whose figures are right, the first of them the config's own.
    `tolerance` is how far off is still right, if not half a unit of the last place.
    """

    def __init__(
        self, setting: Setting, references: Sequence[Mapping[str, Step]], tolerance: float | None = None
    ) -> None:
        self.setting, self.given, self.tolerance = setting, setting.given, tolerance
        rules = lesson(self.given.values, GRADIENTS[setting.gradient], setting.rounding, as_on_paper=True)
        self.rules = [rule for rule in rules if rule.key in references[0]]
        self.steps = {rule.key: references[0][rule.key] for rule in self.rules if references[0][rule.key].is_shown}
        self.references = {key: [steps[key].value for steps in references] for key in self.steps}
        self.memo: Memo = {}

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The slips that can be made in what is given."""
        return edits(self.given)

    def report(self, files: Iterable[str]) -> Report:
        """The sheets in these files with their marks; one that cannot be read has the reasons alone."""
        sheets = tuple(map(self._read, files))
        formulas = {key: step.rule.formula for key, step in self.steps.items()}
        return Report(self.setting.source, self.setting.rounding, formulas, self.tolerance, sheets)

    def _read(self, file: str) -> MarkedSheet:
        try:
            return self.mark(read_sheet(file, self.steps))
        except SoftstepError as error:
            return MarkedSheet(safe_text(file, 200), None, None, error.complaints)

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """The sheet with its marks."""
        with np.errstate(all="ignore"):  # a slip may divide by 0, and then explains nothing
            return MarkedSheet(sheet.file, sheet.name, _Marking(self, sheet).steps(), sheet.complaints)

    def half_units(self, rule: Rule, answers: Answers) -> Array:
        """How far off each answer may be: half a unit of the last place, that of the config or a later one if typed."""
        if rule.holds is not None:
            return np.full(answers.numbers.shape, 0.25)
        decimals = np.maximum(printed_decimals(rule, self.setting.rounding), answers.decimals)
        return 0.5 * 10.0**-decimals if self.tolerance is None else np.full(decimals.shape, self.tolerance)


class Judged(NamedTuple):
    """The verdict of each answer to a step, as a number, the value that it goes by, and the doubts of that value."""

    verdicts: Array
    values: Array
    doubts: Array

    def or_by(self, values: Array, doubts: Array, verdicts: Array) -> "Judged":
        """The same, and a better verdict where other values give one."""
        better = verdicts < self.verdicts
        return Judged(*(np.where(better, *each) for each in zip((verdicts, values, doubts), self, strict=True)))


class _Marking:
    """One sheet on its way through the lesson.

    `worlds` are the lesson carried on from its figures in the config's arithmetic: once with what is given as it is,
    and once for each explanation by a misread input, which stays misread. `others` are the first of them in other ways
    to round what is not on the sheet. `origins` are the entries so far by number.
    """

    def __init__(self, marker: Marker, sheet: Sheet) -> None:
        self.marker, self.sheet = marker, sheet
        rounding = marker.setting.rounding
        self.worlds = [World(marker.given, rounding, _WAYS[rounding.ties] if rounding.every_step else None)]
        self.others: list[World] = []
        self.on_sheet: dict[str, OnSheet] = {}
        self.origins: list[Origin] = []
        self.marked: dict[str, MarkedStep] = {}

    def steps(self) -> dict[str, MarkedStep]:
        """The marks of each step that the sheet has, or that the config gives marks for."""
        weights = self.marker.setting.marks
        for rule in self.marker.rules:
            for world in self._all_worlds():
                world.walk(rule)
            weight = weights.get(rule.key, 1.0)
            if rule.key in self.sheet.answers:
                self.marked[rule.key] = self._mark(rule, self.sheet.answers[rule.key], weight)
            elif rule.key in weights:
                count = self.marker.steps[rule.key].value.size
                self.marked[rule.key] = MarkedStep(rule=rule, count=count, missing=count, weight=weight)
            self._settle(rule)
        return self.marked

    def _settle(self, rule: Rule) -> None:
        """Go on from what the sheet says of the step; in other ways too, once it does not have all of one."""
        on_sheet = self.on_sheet.get(rule.key)
        if not self.others and rule.visible != NOT_ZERO and not (on_sheet and on_sheet.answered.all()):
            self.others = [self.worlds[0].otherwise(way) for way in (None, *_WAYS.values(), cut_off)]
        for world in self._all_worlds():
            world.settle(rule, on_sheet)

    def _all_worlds(self) -> tuple[World, ...]:
        return (*self.worlds, *self.others)

    def _mark(self, rule: Rule, answers: Answers, weight: float) -> MarkedStep:
        """Give each answer its verdict, explain what is wrong, and go on from what is there."""
        typed, half = answers.numbers, self.marker.half_units(rule, answers)
        judged = self._judged(rule, typed, half)
        wrong = ~np.isnan(typed) & (judged.verdicts == _WRONG)
        coarse = self._coarse(rule, answers, wrong)
        cells = tuple(self._cells(rule, answers, half, judged, coarse))
        wrong &= ~coarse
        numbers = self._numbered(rule, typed.shape)
        found = self._explained(rule, np.where(coarse, np.nan, typed), half, wrong) if wrong.any() else {}
        self.on_sheet[rule.key] = self._to_go_on_from(rule, answers, judged, numbers)
        for slips, world in found.items():
            self._take_for_misread(rule, slips, world, int(numbers[wrong][0]))
        explanations = tuple(slips for slips in found if slips)
        if answers.turned:
            explanations = tuple((*slips, turned(rule)) for slips in explanations or [()])
        return MarkedStep(
            rule=rule, count=typed.size, missing=answers.missing, weight=weight, cells=cells, explanations=explanations,
            unexplained=bool(wrong.any()) and not found, too_easy=() in found,
        )  # fmt: skip

    def _numbered(self, rule: Rule, shape: tuple[int, ...]) -> Array:
        """A number for each entry of the step."""
        first = len(self.origins)
        step = self.marker.steps[rule.key]
        self.origins += [Origin(rule.key, *step.names_at(place)) for place in np.ndindex(shape)]
        return np.arange(first, len(self.origins)).reshape(shape)

    def _judged(self, rule: Rule, typed: Array, half: Array) -> Judged:
        """The best verdict on each answer, going by what is right and by what follows in each world."""
        best = Judged(np.full(typed.shape, _WRONG), np.full(typed.shape, np.nan), np.zeros(typed.shape, int))
        wrongs = []
        for values, doubts in self._acceptable(rule):
            verdicts = _verdicts_by(rule, values, level(doubts), typed, half)
            best = best.or_by(values, doubts, verdicts)
            wrongs.append(int((~np.isnan(typed) & (verdicts == _WRONG)).sum()))
        first = len(self.marker.references[rule.key])
        self._drop_disproved(wrongs[first : first + len(self.worlds)])
        return best

    def _acceptable(self, rule: Rule) -> list[tuple[Array, Array]]:
        """What is right, and then what follows in each world, with its doubts."""
        right = [(value, np.zeros(value.shape, int)) for value in self.marker.references[rule.key]]
        return right + [(world.values[rule.key], world.doubts[rule.key]) for world in self._all_worlds()]

    def _drop_disproved(self, wrongs: Sequence[int]) -> None:
        """Leave the worlds under which more is wrong than under others, and the explanations that they came from.

        Where as little is wrong with what is given as it is, nothing speaks against any of them.
        """
        if wrongs[0] == min(wrongs):
            return
        beside = zip(self.worlds[1:], wrongs[1:], strict=True)
        dropped = [world for world, wrong in beside if wrong > min(wrongs)]
        self.worlds = [world for world in self.worlds if world not in dropped]
        for key, step in self.marked.items():
            kept = tuple(slips for slips in step.explanations if not self._disproved(slips, dropped))
            self.marked[key] = replace(step, explanations=kept)

    def _disproved(self, slips: Explanation, dropped: Iterable[World]) -> bool:
        """Whether some dropped world has its misread inputs, and no other has."""
        its = set(_edits(slips))
        in_dropped, in_others = (any(its <= {*world.edits} for world in each) for each in (dropped, self.worlds))
        return in_dropped and not in_others

    def _explained(self, rule: Rule, typed: Array, half: Array, wrong: Array) -> dict[Explanation, World]:
        """The smallest sets of slips that explain the step, each with the world in which it does."""
        answered = ~np.isnan(typed)
        answers = Answered(typed[answered], half[answered], ~wrong[answered], answered)
        found: list[tuple[Explanation, World]] = []
        for world in self.worlds:
            search = Search(rule, self.marker.rules, world, self.on_sheet, self.marker.edits, self.marker.memo)
            found += ((slips, world) for slips in search.explanations(answers))
        smallest = min((len(slips) for slips, _ in found), default=0)
        worlds: dict[Explanation, World] = {}
        for slips, world in found:
            if len(slips) == smallest:
                worlds.setdefault(slips, world)
        return worlds

    def _to_go_on_from(self, rule: Rule, answers: Answers, judged: Judged, numbers: Array) -> OnSheet:
        """The answers, each as doubtful as its verdict says."""
        by_verdict = [0 * numbers, doubt(INEXACT, numbers), judged.doubts, doubt(UNSOUND, numbers)]
        doubts = np.choose(judged.verdicts, by_verdict)
        answered = ~np.isnan(answers.numbers)
        trivial = answered & self._trivial(rule, answers.numbers, judged.verdicts, answered)
        return OnSheet(answered, answers.numbers, np.where(trivial, doubt(TRIVIAL, numbers), doubts))

    def _trivial(self, rule: Rule, typed: Array, verdicts: Array, answered: Array) -> Array:
        """Which answers make what is computed from them too easy to gain marks.

        Those are wrong ones where all answers are 0, or equal when they should not be, and the probabilities of a node
        that are neither right nor all from 0 to 1.
        """
        numbers, right = typed[answered], self.marker.references[rule.key][0][answered]
        flat = numbers.size > 1 and not np.ptp(numbers) and (not numbers.any() or bool(np.ptp(right)))
        trivial: Array = (verdicts == _WRONG) & flat
        if rule.shares:
            trivial |= (verdicts > _ROUNDED) & ((typed < 0) | (typed > 1)).any(axis=-1, keepdims=True)
        return trivial

    def _take_for_misread(self, rule: Rule, slips: Explanation, world: World, blamed: int) -> None:
        """Carry on, from the beginning to this rule, with the inputs that an explanation says were misread."""
        if _edits(slips) and len(self.worlds) < MOST_WORLDS:
            misread = World(self.marker.given, world.rounding, world.way, (*world.edits, *_edits(slips)), blamed)
            for earlier in self.marker.rules[: self.marker.rules.index(rule) + 1]:
                misread.walk(earlier)
                misread.settle(earlier, self.on_sheet.get(earlier.key))
            self.worlds.append(misread)

    def _coarse(self, rule: Rule, answers: Answers, wrong: Array) -> Array:
        """Which wrong answers would be accepted, had no more decimals been asked for than were typed.

        None, where others are wrong all the same: then a last 0 may have been left out.
        """
        coarse = wrong & (answers.decimals < printed_decimals(rule, self.marker.setting.rounding))
        near = np.zeros(wrong.shape, bool)
        if not wrong.any() or not coarse[wrong].all():  # as on most sheets, and what is acceptable takes a while
            return near
        for values, doubts in self._acceptable(rule):
            near |= within(values, answers.numbers, 0.5 * 10.0**-answers.decimals) & (level(doubts) < TRIVIAL)
        return coarse & bool(near[wrong].all())

    def _cells(self, rule: Rule, answers: Answers, half: Array, judged: Judged, coarse: Array) -> Iterator[MarkedCell]:
        """Every answer with its verdict, those that have no place in the step last."""
        step = self.marker.steps[rule.key]
        accepted, by_earlier = self._accepted(rule, judged)
        for place, text in sorted(answers.typed.items()):
            verdict = VERDICTS[int(judged.verdicts[place])] if not np.isnan(answers.numbers[place]) else UNREADABLE
            right: float = step.value[place].item()
            ends = [round(float(accepted[place] + sign * half[place]), 12) for sign in (-1, 1)]
            yield MarkedCell(
                *step.names_at(place),
                text,
                WRONG_SHAPE if answers.turned and verdict != UNREADABLE else verdict,
                expected=right if step.entries is None else step.entries[int(right)],
                accepted=(ends[0], ends[1]) if step.entries is None and np.isfinite(ends).all() else None,
                follows_from=self.origins[to_blame(int(judged.doubts[place]))] if verdict == FOLLOWS else None,
                decimals=max(printed_decimals(rule, self.marker.setting.rounding), int(answers.decimals[place])),
                by_earlier=bool(by_earlier[place]),
                coarse=bool(coarse[place]),
            )
        yield from (MarkedCell(*misfit, WRONG_SHAPE) for misfit in answers.misfits)

    def _accepted(self, rule: Rule, judged: Judged) -> tuple[Array, Array]:
        """About which value an answer was accepted or would be, and whether that follows from some that are not right.

        For a wrong answer the last world says what follows: it goes by all that is known to be misread.
        """
        own, doubts = (there[rule.key] for there in (self.worlds[-1].values, self.worlds[-1].doubts))
        follows = (level(doubts) > SOUND) & (level(doubts) < TRIVIAL)
        would = np.where(follows, own, self.marker.references[rule.key][0])
        wrong = judged.verdicts == _WRONG
        return np.where(wrong, would, judged.values), np.where(wrong, follows, judged.verdicts == _FOLLOWS)


def _verdicts_by(rule: Rule, value: Array, levels: Array, typed: Array, half: Array) -> Array:
    """The verdict of each answer as a number, going by a value that rests on answers of these levels."""
    near = within(value, typed, half)
    about = near if rule.holds is not None else within(value, typed, half * ROUNDED_EARLY)
    cases = [near & (levels == SOUND), about & (levels <= INEXACT), about & (levels == UNSOUND)]
    return np.select(cases, [_RIGHT, _ROUNDED, _FOLLOWS], _WRONG)


def _edits(slips: Explanation) -> tuple[Edit, ...]:
    return tuple(slip for slip in slips if isinstance(slip, Edit))
