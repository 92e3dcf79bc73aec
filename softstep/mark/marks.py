"""What marking leaves: a verdict for each answer, the slips that explain what is wrong, and the points."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import Rule
from softstep.mark.slips import Slip

RIGHT, ROUNDED, FOLLOWS, WRONG = "right", "rounded", "follows", "wrong"
MISSING, UNREADABLE, WRONG_SHAPE = "missing", "unreadable", "wrong shape"

FROM_BEST = (MISSING, RIGHT, ROUNDED, FOLLOWS, UNREADABLE, WRONG_SHAPE, WRONG)
"""The verdicts in their order; that of a step is the worst of its answers, or that there are none."""

GOOD = (RIGHT, ROUNDED)
"""Verdicts that leave nothing to mend."""

SCORED = (RIGHT, ROUNDED, FOLLOWS)
"""Verdicts that gain marks."""

Explanation = tuple[Slip, ...]
"""Slips that together lead to what is on the sheet."""


class Origin(NamedTuple):
    """The earlier answer that another follows from."""

    step: str
    row: str | None
    column: str | None


class MarkedCell(NamedTuple):
    """One answer with its verdict: the right figure, from where to where it would be accepted, what it follows from.

    `decimals` says how many of them count. `by_earlier` says that not the right figure would be accepted but what
    follows from earlier answers, `coarse` that it is wrong only in decimals that were not typed.
    """

    row: str | None
    column: str | None
    typed: str
    verdict: str
    expected: float | str | None = None
    accepted: tuple[float, float] | None = None
    follows_from: Origin | None = None
    decimals: int = 0
    by_earlier: bool = False
    coarse: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class MarkedStep:
    """The answers to one step, the explanations of those that are wrong (any one of which is enough), and the marks.

    `count` is how many entries the step has, `missing` how many of them have no answer, `weight` how many points it
    can gain. `unexplained` says that no slip leads to what is wrong; `too_easy` that it follows from earlier answers,
    but from such as make the step trivial.
    """

    rule: Rule
    count: int
    missing: int
    weight: float
    cells: tuple[MarkedCell, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    unexplained: bool = False
    too_easy: bool = False

    @property
    def verdict(self) -> str:
        """The worst verdict of its answers."""
        return max((cell.verdict for cell in self.cells), key=FROM_BEST.index, default=MISSING)

    @property
    def gained(self) -> int:
        """How many entries are right, rounded or following."""
        return sum(cell.verdict in SCORED for cell in self.cells)

    @property
    def points(self) -> float:
        """The part of `weight` that these entries are."""
        return self.weight * self.gained / self.count

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the slips; where several explanations are possible, all in one: `no-exp|base-2+no-bias`."""
        each = dict.fromkeys("+".join(slip.tag for slip in slips) for slips in self.explanations)
        return tuple(next(iter(each)).split("+")) if len(each) == 1 else ("|".join(each),) if each else ()


@dataclass(frozen=True, eq=False)
class MarkedSheet:
    """A sheet with its marks; `steps` are None, and the complaints say why, where nothing of it could be read."""

    file: str
    name: str | None
    steps: Mapping[str, MarkedStep] | None
    complaints: tuple[str, ...] = ()

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
        """The points that could be gained."""
        return sum(step.weight for step in (self.steps or {}).values())

    @property
    def good(self) -> bool:
        """Whether all that was answered is right, or right but for rounding, and nothing had to be left out."""
        return not self.complaints and all(
            cell.verdict in GOOD for step in (self.steps or {}).values() for cell in step.cells
        )


@dataclass(frozen=True, eq=False)
class Report:
    """The sheets that were marked against one config.

    `formulas` are those of the steps that it has; `tolerance` is how far off is right, if not half a unit of the last
    place by `rounding`. `hints_only` says that neither right figures nor intervals are in it.
    """

    config: str
    rounding: Rounding
    formulas: Mapping[str, str]
    tolerance: float | None
    sheets: tuple[MarkedSheet, ...]
    hints_only: bool = False

    if TYPE_CHECKING:  # given by the package, which knows the formats
        text: ClassVar[Callable[..., str]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the steps that it has."""
        return tuple(self.formulas)

    @property
    def status(self) -> int:
        """0 where nothing is left to mend, 1 where something is, 2 where a sheet could not be read at all."""
        if any(sheet.steps is None for sheet in self.sheets):
            return 2
        return 0 if all(sheet.good for sheet in self.sheets) else 1

    @property
    def complaints(self) -> Iterator[str]:
        """What could not be read of any sheet."""
        return (complaint for sheet in self.sheets for complaint in sheet.complaints)

    @property
    def summary(self) -> Iterator[str]:
        """How a class did: sheets, mean score, and which slips were named how often."""
        marked = [sheet for sheet in self.sheets if sheet.steps is not None]
        unread = len(self.sheets) - len(marked)
        yield f"{len(marked)} marked, {sum(sheet.good for sheet in marked)} without a mistake" + (
            f", {unread} not read" if unread else ""
        )
        if marked:
            scores = sorted(sheet.score for sheet in marked)
            yield f"score {fmean(scores):.2f} in the mean, {scores[0]:.2f} to {scores[-1]:.2f}"
        tags = Counter(tag for sheet in marked for tag in sheet.tags)
        if tags:
            yield f"slips: {', '.join(f'{tag} {count}' for tag, count in tags.most_common())}"

    def hinted(self) -> "Report":
        """The same without a right figure or an interval in it."""
        return replace(self, sheets=tuple(map(_hinted, self.sheets)), hints_only=True)


def _hinted(sheet: MarkedSheet) -> MarkedSheet:
    if sheet.steps is None:
        return sheet
    steps = {
        key: replace(step, cells=tuple(cell._replace(expected=None, accepted=None) for cell in step.cells))
        for key, step in sheet.steps.items()
    }
    return replace(sheet, steps=steps)
