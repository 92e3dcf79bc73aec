"""Marking: each answer of a sheet against what is right and against what the sheet's own earlier figures lead to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from softstep.config.sheets import read_sheet
from softstep.errors import SoftstepError
from softstep.marking.carried import (
    INEXACT,
    SOUND,
    TRIVIAL,
    UNSOUND,
    Carried,
    Fixed,
    doubt,
    levels,
    places,
    to_blame,
    within,
)
from softstep.marking.edits import Edit, edits
from softstep.marking.marks import (
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
from softstep.marking.search import Memo, Search
from softstep.marking.slips import TRANSPOSED
from softstep.maths import Array
from softstep.sheet import Answers, Sheet
from softstep.steps import GRADIENTS, Rule, Setting, Step, lesson

VERDICTS = (RIGHT, ROUNDED, FOLLOWS, WRONG)
_RIGHT, _ROUNDED, _FOLLOWS, _WRONG = range(4)

ROUNDED_EARLY = 3
"""What was rounded early, cut off or rounded by another tie rule is off by so many times half a unit, at most."""

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
        rules = lesson(self.given, GRADIENTS[setting.gradient], setting.rounding, as_on_paper=True)
        self.rules = [rule for rule in rules if rule.key in references[0]]
        self.steps = {rule.key: references[0][rule.key] for rule in self.rules if references[0][rule.key].told}
        self.references = {key: [steps[key].value for steps in references] for key in self.steps}
        self.edits = edits(self.given)
        self.memo: Memo = {}

    def report(self, files: Iterable[str]) -> Report:
        """The sheets in these files with their marks; one that cannot be read has the reasons alone."""
        sheets = tuple(map(self._read, files))
        formulas = {key: step.rule.formula for key, step in self.steps.items()}
        return Report(self.setting.source, self.setting.rounding, formulas, self.tolerance, sheets)

    def _read(self, file: str) -> MarkedSheet:
        try:
            return self.mark(read_sheet(file, self.steps))
        except SoftstepError as error:
            return MarkedSheet(file, None, None, error.complaints)

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """The sheet with its marks."""
        with np.errstate(all="ignore"):
            return MarkedSheet(sheet.file, sheet.name, _Marking(self, sheet).steps(), sheet.complaints)

    def half_units(self, rule: Rule, answers: Answers) -> Array:
        """How far off each answer may be: half a unit of the last place, that of the config or a later one if typed."""
        if rule.entries is not None:
            return np.full(answers.numbers.shape, 0.25)
        decimals = np.maximum(places(rule, self.setting.rounding), answers.decimals)
        return 0.5 * 10.0**-decimals if self.tolerance is None else np.full(decimals.shape, self.tolerance)


class _Marking:
    """One sheet on its way through the lesson.

    `worlds` are the lesson carried on from its figures: once with what is given as it is, and once for each explanation
    by a misread input, which stays misread. `by_hand` is the first of them with every figure rounded by the way.
    """

    def __init__(self, marker: Marker, sheet: Sheet) -> None:
        self.marker, self.sheet = marker, sheet
        self.worlds = [Carried(marker.given)]
        self.by_hand = Carried(marker.given, rounding=marker.setting.rounding)
        self.fixed: dict[str, Fixed] = {}
        self.starts: dict[str, int] = {}
        self.marked: dict[str, MarkedStep] = {}

    def steps(self) -> dict[str, MarkedStep]:
        """The marks of each step that the sheet has, or that the config gives marks for."""
        weights = self.marker.setting.marks
        for rule in self.marker.rules:
            for world in (*self.worlds, self.by_hand):
                world.through(rule)
            if rule.key in self.sheet.answers:
                self._mark(rule, self.sheet.answers[rule.key], weights.get(rule.key, 1.0))
            elif rule.key in weights:
                count = self.marker.steps[rule.key].value.size
                self.marked[rule.key] = MarkedStep(rule, (), count, count, weights[rule.key])
        return self.marked

    def _mark(self, rule: Rule, answers: Answers, weight: float) -> None:
        """Give each answer its verdict, explain what is wrong, and carry on from what is there."""
        half = self.marker.half_units(rule, answers)
        answered = np.isfinite(answers.numbers)
        self.starts[rule.key] = sum(fixed.answered.size for fixed in self.fixed.values())
        numbers = self.starts[rule.key] + np.arange(answers.numbers.size).reshape(answers.numbers.shape)

        verdicts, doubts = self._verdicts(rule, answers.numbers, half)
        cells = tuple(self._cells(rule, answers, half, verdicts, doubts))
        by_verdict = [np.zeros_like(numbers), doubt(INEXACT, numbers), doubts, doubt(UNSOUND, numbers)]
        doubts = np.choose(verdicts, by_verdict)
        doubts = np.where(self._trivial(rule, answers.numbers, verdicts, answered), doubt(TRIVIAL, numbers), doubts)

        wrong = answered & (verdicts == _WRONG)
        found: dict[Explanation, Carried] = {}
        if wrong.any():
            found = self._explained(rule, answers.numbers, half, ~wrong, answered)
        self.fixed[rule.key] = Fixed(answered, answers.numbers, doubts)
        for world in (*self.worlds, self.by_hand):
            world.fix(rule, self.fixed[rule.key])
        self._follow_up(rule, found, int(numbers[wrong][0]) if found else 0)
        named = tuple(slips for slips in found if slips)
        if answers.turned:
            named = tuple((*slips, TRANSPOSED) for slips in (found if wrong.any() else [()]))
        self.marked[rule.key] = MarkedStep(
            rule, cells, answers.numbers.size, answers.missing, weight, named, () in found
        )

    def _verdicts(self, rule: Rule, typed: Array, half: Array) -> tuple[Array, Array]:
        """The verdict of each entry as far as it is answered, and the doubts that it inherits."""
        wide = half * (1 if rule.entries is not None else ROUNDED_EARLY)

        def by(value: Array, level: Array) -> Array:
            near, about = (within(value, typed, width) for width in (half, wide))
            verdicts = np.where(about & (level == UNSOUND), _FOLLOWS, _WRONG)
            verdicts = np.where(about & (level <= INEXACT), _ROUNDED, verdicts)
            return np.where(near & (level == SOUND), _RIGHT, verdicts)

        sound = np.zeros(typed.shape, int)
        best, doubts = np.full(typed.shape, _WRONG), sound
        wrongs = []
        for world in (*self.worlds, self.by_hand):
            inherited = world.doubts[rule.key]
            verdicts = by(world.values[rule.key], levels(inherited))
            doubts = np.where(verdicts < best, inherited, doubts)
            best = np.minimum(best, verdicts)
            wrongs.append(int((np.isfinite(typed) & (verdicts == _WRONG)).sum()))
        for reference in self.marker.references[rule.key]:
            best = np.minimum(best, by(reference, sound))
        self._leave(wrongs[:-1])
        return best, doubts

    def _leave(self, wrongs: Sequence[int]) -> None:
        """Leave the worlds under which more is wrong than under others, and the explanations that they came from.

        Where as little is wrong with what is given as it is, nothing speaks against any of them.
        """
        if wrongs[0] == min(wrongs):
            return
        beside = zip(self.worlds[1:], wrongs[1:], strict=True)
        left = [world.edits for world, wrong in beside if wrong > min(wrongs)]
        self.worlds = [world for world in self.worlds if world.edits not in left]
        kept = [set(world.edits) for world in self.worlds]
        for key, step in self.marked.items():
            disproved = [
                slips
                for slips in step.slips
                if any(set(_edits(slips)) <= set(edits) for edits in left)
                and not any(set(_edits(slips)) <= edits for edits in kept)
            ]
            if disproved:
                slips = tuple(slips for slips in step.slips if slips not in disproved)
                self.marked[key] = replace(step, slips=slips)

    def _trivial(self, rule: Rule, typed: Array, verdicts: Array, answered: Array) -> Array:
        """Which answers make what is computed from them too easy to gain marks.

        Those are wrong ones where all answers are 0, or equal when they should not be, and the probabilities of a node
        that are neither right nor all from 0 to 1.
        """
        numbers, right = typed[answered], self.marker.references[rule.key][0][answered]
        flat = numbers.size > 1 and not np.ptp(numbers) and (not numbers.any() or bool(np.ptp(right)))
        trivial: Array = answered & (verdicts == _WRONG) & flat
        if rule.shares:
            outside = ((typed < 0) | (typed > 1)).any(axis=-1, keepdims=True)
            trivial |= answered & (verdicts > _ROUNDED) & outside
        return trivial

    def _explained(
        self, rule: Rule, typed: Array, half: Array, fine: Array, answered: Array
    ) -> dict[Explanation, Carried]:
        """The smallest sets of slips that explain the step, each with the world in which it does."""
        found: list[tuple[Explanation, Carried]] = []
        for world in (*self.worlds, self.by_hand):
            search = Search(rule, self.marker.rules, world, self.fixed, self.marker.edits, self.marker.memo)
            if world is not self.by_hand or (not found and len(search.path) > 1):
                found += ((slips, world) for slips in search.explanations(typed, half, fine, answered))
        smallest = min((len(slips) for slips, _ in found), default=0)
        return {slips: world for slips, world in reversed(found) if len(slips) == smallest}

    def _follow_up(self, rule: Rule, found: Mapping[Explanation, Carried], blamed: int) -> None:
        """Carry on with what was misread as well."""
        for slips, world in found.items():
            if _edits(slips) and len(self.worlds) < MOST_WORLDS:
                self.worlds.append(Carried(self.marker.given, (*world.edits, *_edits(slips)), blamed))
                for earlier in self.marker.rules[: self.marker.rules.index(rule) + 1]:
                    self.worlds[-1].through(earlier, self.fixed.get(earlier.key))

    def _cells(self, rule: Rule, answers: Answers, half: Array, verdicts: Array, doubts: Array) -> Iterator[MarkedCell]:
        """Every answer with its verdict, those that have no place in the step last."""
        step = self.marker.steps[rule.key]
        lows, highs = self._accepted(rule, answers.numbers, half)
        for place, text in sorted(answers.typed.items()):
            row, column = step.names_at(place)
            verdict = VERDICTS[int(verdicts[place])] if np.isfinite(answers.numbers[place]) else UNREADABLE
            origin = self._origin(int(doubts[place])) if verdict == FOLLOWS else None
            right: float = step.value[place].item()
            expected = right if step.entries is None else step.entries[int(right)]
            accepted = None if step.entries else (round(float(lows[place]), 12), round(float(highs[place]), 12))
            shown = WRONG_SHAPE if answers.turned else verdict
            decimals = max(places(rule, self.marker.setting.rounding), int(answers.decimals[place]))
            yield MarkedCell(row, column, text, shown, expected, accepted, origin, decimals)
        yield from (MarkedCell(*misfit, WRONG_SHAPE) for misfit in answers.misfits)

    def _accepted(self, rule: Rule, typed: Array, half: Array) -> tuple[Array, Array]:
        """From where to where an answer would be accepted: about what follows from the earlier answers.

        Where these are right, it is about the right figure, and on to what follows near to that.
        """
        first, *others = self.marker.references[rule.key]
        world = self.worlds[-1]
        own, level = world.values[rule.key], levels(world.doubts[rule.key])
        first = np.where(level == UNSOUND, own, first)
        lows, highs = first - half, first + half
        for value in (*others, np.where(level == SOUND, own, np.nan)):
            meets = (value - half <= highs) & (value + half >= lows)
            lows = np.where(meets, np.minimum(lows, value - half), lows)
            highs = np.where(meets, np.maximum(highs, value + half), highs)
        return lows, highs

    def _origin(self, doubts: int) -> Origin:
        """The answer that is to blame."""
        number = to_blame(doubts)
        key = max((key for key, start in self.starts.items() if start <= number), key=lambda key: self.starts[key])
        place = np.unravel_index(number - self.starts[key], self.fixed[key].answered.shape)
        return Origin(key, *self.marker.steps[key].names_at(tuple(map(int, place))))


def _edits(slips: Explanation) -> tuple[Edit, ...]:
    return tuple(slip for slip in slips if isinstance(slip, Edit))
