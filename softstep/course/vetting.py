"""Why a draw will not do as an exercise: the demands that its figures must meet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from softstep.compute.derive import derive
from softstep.compute.steps import Step
from softstep.course.exercise import Exercise
from softstep.course.slip_figures import Alike, SlipFigures
from softstep.errors import SoftstepError
from softstep.lesson.conventions import convention_rules
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, LOSS, MATRIX
from softstep.lesson.rounding import Rounding, round_floats, round_numbers
from softstep.lesson.rules import GRADIENTS, Rule, lesson
from softstep.read.setting import Setting

CLOSE = 1e-9
"""Two numbers in full precision that differ by less, relative to the larger one, are equal."""


class Plan:
    """What vetting needs to know of an exercise, worked out once for all draws."""

    def __init__(self, exercise: Exercise, drawn: Sequence[str]) -> None:
        setting = exercise.problem.setting
        self.exercise, self.drawn, self.ask = exercise, drawn, exercise.ask
        self.roundings = [setting.rounding]
        if setting.rounding.every_step:
            self.roundings.append(replace(setting.rounding, every_step=False))
        self.rules = [_rules_of(setting, rounding) for rounding in self.roundings]
        self.computed = [rule.key for rule in exercise.path]
        self.fixed_rows = {key: _rows_alike(setting.given.values[key]) for key in drawn}
        self.slips = SlipFigures(exercise)
        self.not_demanded = Alike()


@dataclass(frozen=True, eq=False)
class Draw:
    """New numbers, and their steps in each arithmetic, the config's own first."""

    plan: Plan
    setting: Setting

    @cached_property
    def steps(self) -> list[dict[str, Step]]:
        """The steps by key, in each arithmetic. Raises SoftstepError where a number overflows."""
        arithmetics = zip(self.plan.rules, self.plan.roundings, strict=True)
        return [derive(self.setting.given, rules, rounding) for rules, rounding in arithmetics]

    @cached_property
    def alike(self) -> Alike:
        """The slips that do not show, or look like others, at the steps that are asked for."""
        return self.plan.slips.alike(self.setting.given)

    def figures(self, key: str) -> Iterator[Array]:
        """The printed figures of a step in each arithmetic, as float64."""
        for steps in self.steps:
            if key in steps:
                step = steps[key]
                yield round_floats(step.value, step.decimals, step.rounding.ties)


Demand = Callable[[Draw], str | None]
"""Says how a draw fails a demand; None if it meets it."""


class Fault(NamedTuple):
    """The number of the first demand that a draw does not meet, and how it fails it."""

    demand: int
    reason: str


def first_fault(draw: Draw, demands: Sequence[Demand] | None = None) -> Fault | None:
    """The first of the demands (default: all) that a draw does not meet; None if it meets them."""
    for number, find_fault in enumerate(DEMANDS if demands is None else demands):
        try:
            reason = find_fault(draw)
        except SoftstepError:
            reason = "a number is beyond the largest float64"
        if reason:
            return Fault(number, reason)
    return None


def hardest_demand(faults: Mapping[Fault, int], draws: int) -> str:
    """How the demand fails that rejects most of the draws that meet those before it."""
    shares: dict[int, float] = {}
    for number in sorted({fault.demand for fault in faults}):
        failed = sum(count for fault, count in faults.items() if fault.demand == number)
        shares[number] = failed / draws
        draws -= failed
    hardest = max(shares, key=lambda number: shares[number])
    return max((fault for fault in faults if fault.demand == hardest), key=lambda fault: faults[fault]).reason


def row_given_alike(draw: Draw) -> str | None:
    """A row of what is drawn has equal numbers all along, and could differ."""
    for key in draw.plan.drawn:
        rows = _rows_alike(draw.setting.given.values[key])
        if (rows & ~draw.plan.fixed_rows[key]).any():
            return f"a row of {key} is all alike"
    return None


def first_step_tie(draw: Draw) -> str | None:
    """A figure of the first step lies half-way: most draws fail here, before the rest is computed."""
    plan = draw.plan
    return _tie_in(plan, derive(draw.setting.given, plan.rules[0][:1], plan.roundings[0]), plan.roundings[0])


def rounding_tie(draw: Draw) -> str | None:
    """A figure lies exactly half-way: one that is asked for, or by hand one that leads to it."""
    ties = (_tie_in(draw.plan, *each) for each in zip(draw.steps, draw.plan.roundings, strict=True))
    return next(filter(None, ties), None)


def tied_prediction(draw: Draw) -> str | None:
    """Two classes have the largest probability of a node."""
    for steps in draw.steps:
        if "predictions" in steps and "probabilities" in steps:
            top = np.sort(steps["probabilities"].value, axis=1)[:, -2:]
            if top.shape[1] == 2 and (top[:, 1] - top[:, 0] <= CLOSE).any():
                return "two classes tie for a prediction"
    return None


def certain_probability(draw: Draw) -> str | None:
    """A probability is printed as 0 or as 1."""
    for P in draw.figures("probabilities"):
        if P.shape[1] > 1 and ((P == 0) | (P == 1)).any():
            return "a probability is printed as 0 or 1"
    return None


def row_asked_alike(draw: Draw) -> str | None:
    """A row of what is asked for has equal figures all along."""
    for key in draw.plan.ask:
        if any(_rows_alike(figures).any() for figures in draw.figures(key)):
            return f"a row of {key} is all alike"
    return None


def hidden_slip(draw: Draw) -> str | None:
    """A slip prints a step as it is right, or as another slip does, and need not in an exercise of this shape."""
    return (draw.alike - draw.plan.not_demanded).reason


DEMANDS: tuple[Demand, ...] = (
    row_given_alike,
    first_step_tie,
    rounding_tie,
    tied_prediction,
    certain_probability,
    row_asked_alike,
    hidden_slip,
)
"""The demands; what is quick to find out comes first."""

WITHOUT_SLIPS_AND_TIES: tuple[Demand, ...] = (row_given_alike, tied_prediction, certain_probability, row_asked_alike)
"""What a draw must meet to tell which slips can be told apart in exercises of its shape."""


def _rules_of(setting: Setting, rounding: Rounding) -> list[Rule]:
    """The rules of the lesson in one arithmetic."""
    given, K = setting.given, len(setting.given.names[CLASS])
    table = convention_rules(given.values, setting.conventions, K)
    return list(lesson(table, given.values, GRADIENTS[setting.gradient], rounding))


def _rows_alike(array: Array) -> Array:
    """Which rows of a matrix have equal entries all along; none of anything else."""
    if array.ndim != 2 or array.shape[1] < 2:
        return np.zeros(1, bool)
    return np.asarray((array == array[:, :1]).all(axis=1))


def _tie_in(plan: Plan, steps: Mapping[str, Step], rounding: Rounding) -> str | None:
    for key in plan.computed if rounding.every_step else plan.ask:
        step = steps.get(key)
        if step and step.rule.precision in (MATRIX, LOSS) and step.rule.holds is None and _has_tie(step):
            return f"a figure of {key} lies on a rounding tie"
    return None


def _has_tie(step: Step) -> bool:
    """Whether rounding half up and half down differ at some entry."""
    numbers = step.numbers if step.unrounded is None else step.unrounded
    entries = np.asarray(numbers).ravel()
    with np.errstate(invalid="ignore"):
        after_last_place = np.abs(entries.astype(float)) * 10.0**step.decimals % 1
    near = entries[np.abs(after_last_place - 0.5) < 1e-6]
    up, down = (round_numbers(near, step.decimals, ties) for ties in ("half-up", "half-down"))
    return bool((up != down).any())
