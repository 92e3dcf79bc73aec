"""What marking leaves: the verdict on each answer, the explanations of wrong ones, the points."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from softstep.compute.steps import Step
from softstep.lesson.quantities import Quantity
from softstep.lesson.rounding import Rounding
from softstep.mark.roads import Road
from softstep.mark.verdicts import GOOD, MISSING, ORDER, SCORED
from softstep.mark.wrong_rules import Explanation
from softstep.names import count_of


class Origin(NamedTuple):
    """The earlier answer that an error is carried forward from."""

    step: str
    row: str | None
    column: str | None


class CutDigits(NamedTuple):
    """The finding that a sheet cuts digits off: the number of answers that show it, and one, as typed and before."""

    answers: int
    typed: str
    value: float


class Interval(NamedTuple):
    """A range in which an answer is accepted; `source` says by which figures."""

    low: float
    high: float
    source: str


class MarkedCell(NamedTuple):
    """One answer with its verdict.

    `expected` is the right figure, `accepted` the ranges in which the answer is or would be accepted; `from_earlier`
    says that the first follows from earlier answers that are not right. `decimals` is how many decimals count, and
    `has_too_few_decimals` that the answer is wrong only for lack of some. `places`: it is right to so many decimals,
    but more are asked. `is_cut`: its last digits were cut off, not rounded. `is_right_as_asked`: it is
    wrong only in decimals that were not asked for. `credit` is the share of its marks that it
    gains if its verdict gains marks.
    """

    row: str | None
    column: str | None
    typed: str
    verdict: str
    expected: float | str | None = None
    accepted: tuple[Interval, ...] = ()
    follows_from: Origin | None = None
    decimals: int = 0
    from_earlier: bool = False
    has_too_few_decimals: bool = False
    places: int | None = None
    is_cut: bool = False
    is_right_as_asked: bool = False
    credit: float = 1.0

    @property
    def points(self) -> float:
        """The points gained, of 1."""
        return self.credit if self.verdict in SCORED else 0.0

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to correct."""
        return self.verdict in GOOD and self.places is None


class Exercise(NamedTuple):
    """What sheets are marked against.

    `formulas` are those of the steps of the `config`. `tolerance` is how far off a right answer may be; None for half a
    unit of the last place by `rounding`. `has_marks`: the config says which steps count; else those that are answered.
    """

    config: str
    rounding: Rounding
    formulas: Mapping[str, str]
    tolerance: float | None = None
    has_marks: bool = False


NO_EXERCISE = Exercise("", Rounding(), {})
"""What a sheet without a config is marked against."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MarkedStep:
    """The answers to one step, and the explanations of wrong ones, each of which is enough alone.

    `count` is the number of entries, `missing` the number of those without an answer, `weight` the points to
    gain; of a step that does not count, 0. `is_blank`: nothing was typed.
    `wrong_count` of the answers are wrong and follow from nothing; `unexplained`: no slips explain them. `left_over` of
    them are not explained by the slips; `in_some_rows`: the slips were not made in the others.
    `follows_trivial`: some follow from earlier answers, but from ones that make the step trivial. `is_outside`: the
    answers are probabilities outside 0 … 1, which no later step follows from. `roads` are other roads to the right
    result that the student took.
    """

    step: Step
    count: int
    missing: int
    weight: float
    cells: tuple[MarkedCell, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    unexplained: bool = False
    wrong_count: int = 0
    left_over: int = 0
    in_some_rows: bool = False
    follows_trivial: bool = False
    is_outside: bool = False
    is_blank: bool = False
    roads: tuple[Road, ...] = ()

    @property
    def rule(self) -> Quantity:
        """The rule of the step, as pages show it."""
        return self.step.rule

    @property
    def verdict(self) -> str:
        """The worst verdict of its answers."""
        return max((cell.verdict for cell in self.cells), key=ORDER.index, default=MISSING)

    @property
    def scored_count(self) -> int:
        """The number of entries that are right, rounded or carried forward."""
        return sum(cell.verdict in SCORED for cell in self.cells)

    @property
    def points(self) -> float:
        """The points gained: `weight` in proportion to these entries."""
        return self.weight * self.share

    @property
    def share(self) -> float:
        """The share of its points that is gained."""
        return sum(cell.points for cell in self.cells) / self.count

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the slips; of several explanations, one tag for all: `no-exp|base-2+no-bias`."""
        each = dict.fromkeys("+".join(slip.tag for slip in slips) for slips in self.explanations)
        return tuple(next(iter(each)).split("+")) if len(each) == 1 else ("|".join(each),) if each else ()

    @property
    def says(self) -> str:
        """The slips in words; several explanations are alternatives."""
        each = dict.fromkeys(" and ".join(slip.says for slip in slips) for slips in self.explanations)
        return ", or ".join(each)


@dataclass(frozen=True, eq=False)
class MarkedSheet:
    """A sheet with its marks; `steps` is None if nothing of it could be read, and `complaints` say why.

    `cut_digits`: digits were cut off on this sheet, not rounded. `exercise` is what it was marked against.
    """

    file: str
    name: str | None
    steps: Mapping[str, MarkedStep] | None
    complaints: tuple[str, ...] = ()
    cut_digits: CutDigits | None = None
    exercise: Exercise = NO_EXERCISE

    @property
    def student(self) -> str:
        """Whose sheet it is, by the name of its file: `ada` for 07-ada.yaml and for ada.yaml.

        What stands before the first hyphen is left out if it names the variant: a number, or the name of the config.
        """
        stem = PurePath(self.file).stem
        variant, _, student = stem.partition("-")
        is_variant = variant.isdigit() or variant == PurePath(self.exercise.config).stem
        return student if student and is_variant else stem

    @property
    def asked(self) -> int:
        """The number of steps that are asked: those under `marks`, else all."""
        if self.exercise.has_marks:
            return sum(step.weight > 0 for step in (self.steps or {}).values())
        return len(self.exercise.formulas)

    @property
    def answered(self) -> int:
        """The number of these steps that the sheet answers."""
        return sum(step.weight > 0 and not step.is_blank for step in (self.steps or {}).values())

    @property
    def counts_a_part(self) -> bool:
        """Whether only some steps count, because the sheet answers no others."""
        return not self.exercise.has_marks and 0 < self.answered < self.asked

    @property
    def says(self) -> tuple[str, ...]:
        """The slips of all steps in words."""
        return tuple(dict.fromkeys(step.says for step in (self.steps or {}).values() if step.explanations))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of all steps."""
        return tuple(dict.fromkeys(tag for step in (self.steps or {}).values() for tag in step.tags))

    @property
    def score(self) -> float:
        """The points gained."""
        return sum(step.points for step in (self.steps or {}).values())

    @property
    def out_of(self) -> float:
        """The points to gain."""
        return sum(step.weight for step in (self.steps or {}).values())

    @property
    def is_good(self) -> bool:
        """Whether every answer could be read and is right or rounded."""
        cells = (cell for step in (self.steps or {}).values() for cell in step.cells)
        return not self.complaints and all(cell.is_good for cell in cells)


@dataclass(frozen=True, eq=False)
class Report:
    """Marked sheets, about one exercise or several.

    `hints_only`: every view leaves out right figures and accepted ranges.
    """

    exercises: tuple[Exercise, ...]
    sheets: tuple[MarkedSheet, ...]
    hints_only: bool = False

    if TYPE_CHECKING:  # given by the package, which knows the formats
        text: ClassVar[Callable[..., str]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the steps of all exercises."""
        return tuple(dict.fromkeys(key for exercise in self.exercises for key in exercise.formulas))

    @property
    def config(self) -> str | None:
        """The config that the sheets are about; None if there are several."""
        return self.exercises[0].config if len(self.exercises) == 1 else None

    @property
    def status(self) -> int:
        """The exit status: 0 if every sheet is good, 1 if one is not, 2 if one could not be read at all."""
        if any(sheet.steps is None for sheet in self.sheets):
            return 2
        return 0 if all(sheet.is_good for sheet in self.sheets) else 1

    @property
    def complaints(self) -> Iterator[str]:
        """What could not be read of any sheet."""
        return (complaint for sheet in self.sheets for complaint in sheet.complaints)

    @property
    def summary(self) -> Iterator[str]:
        """A few lines on the class: sheets, scores, and how often each slip was named."""
        marked = [sheet for sheet in self.sheets if sheet.steps is not None]
        unread = len(self.sheets) - len(marked)
        good = sum(sheet.is_good and sheet.answered > 0 for sheet in marked)
        yield f"{len(marked)} marked, {good} without a mistake" + (f", {unread} not read" if unread else "")
        if marked:
            scores = sorted(sheet.score for sheet in marked)
            yield f"points: mean {fmean(scores):.2f}, lowest {scores[0]:.2f}, highest {scores[-1]:.2f}"
        if parts := sum(sheet.counts_a_part for sheet in marked):
            sheets = count_of(parts, "sheet")
            yield f"steps left out on {sheets}; without marks, only answered steps count"
        tags = Counter(tag for sheet in marked for tag in sheet.tags)
        if tags:
            yield f"slips: {', '.join(f'{tag} {count}' for tag, count in tags.most_common())}"

    @classmethod
    def merge(cls, reports: Iterable["Report"]) -> "Report":
        """One report with the sheets of several."""
        reports = tuple(reports)
        exercises = tuple(exercise for report in reports for exercise in report.exercises)
        return cls(exercises, tuple(sheet for report in reports for sheet in report.sheets))

    def without_figures(self) -> "Report":
        """The same report as hints: shown without right figures and accepted ranges."""
        return replace(self, hints_only=True)


class Feedback(NamedTuple):
    """What one student is shown: a sheet with its marks, with right figures or as hints only."""

    sheet: MarkedSheet
    hints_only: bool = False
