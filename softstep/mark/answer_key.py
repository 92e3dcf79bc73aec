"""The answer key of a problem: what is the same for all sheets about it."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from softstep.compute.steps import Step, printed_decimals
from softstep.lesson.conventions import convention_rules
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS
from softstep.lesson.rules import GRADIENTS, Rule, lesson
from softstep.mark.catalogue import Catalogue
from softstep.mark.convention_slips import slips_in
from softstep.mark.input_errors import InputError, possible_input_errors
from softstep.mark.intervals import RightIntervals
from softstep.mark.report import Exercise
from softstep.mark.roads import Road, possible_roads
from softstep.mark.wrong_rules import WrongRule
from softstep.read.answers import Answers
from softstep.read.setting import Setting


class AnswerKey:
    """What answers are compared with: the right figures of one setting, and the slips that lead to wrong ones.

    `references` are the steps in each arithmetic whose values are right, the config's own first. `tolerance` is how far
    off a right answer may be; None for half a unit of the last place, by `rounding` or as typed. `strict`: an answer
    that lacks decimals gains nothing; else half of the marks.
    """

    def __init__(
        self,
        setting: Setting,
        references: Sequence[Mapping[str, Step]],
        tolerance: float | None = None,
        strict: bool = False,
    ) -> None:
        self.setting, self.given, self.tolerance, self.strict = setting, setting.given, tolerance, strict
        self.rounding = setting.rounding.coarsest
        table = convention_rules(self.given.values, setting.conventions, len(self.given.names[CLASS]))
        rules = lesson(table, self.given.values, GRADIENTS[setting.gradient], setting.rounding, as_on_paper=True)
        self.rules = [rule for rule in rules if rule.key in references[0]]
        steps = {rule.key: references[0][rule.key] for rule in self.rules if references[0][rule.key].is_shown}
        self.references = {key: [each[key].value for each in references] for key in steps}
        is_turned = setting.features_as_rows
        self.intervals = RightIntervals(self.references, setting.rounding.every_step)
        self.steps = {key: step.turn() if is_turned else step for key, step in steps.items()}

    @cached_property
    def exercise(self) -> Exercise:
        """What a report says of the config."""
        formulas = {key: step.rule.formula for key, step in self.steps.items()}
        return Exercise(self.setting.source, self.rounding, formulas, self.tolerance, bool(self.setting.marks))

    @cached_property
    def slips(self) -> list[WrongRule]:
        """The slips in rules that are searched for."""
        return slips_in(self.given.values, self.setting.conventions, len(self.given.names[CLASS]))

    @cached_property
    def input_errors(self) -> tuple[InputError, ...]:
        """The input errors that are searched for."""
        return possible_input_errors(self.given)

    @cached_property
    def catalogue(self) -> Catalogue:
        """All slips, and what is known of them on every sheet."""
        given = self.given
        return Catalogue(self.rules, self.slips, self.input_errors, given.values, given.labelled, self.rounding)

    @cached_property
    def roads(self) -> Mapping[str, list[Road]]:
        """The other roads to each step."""
        roads: dict[str, list[Road]] = {}
        for road in possible_roads({rule.key: rule for rule in self.rules}):
            roads.setdefault(road.key, []).append(road)
        return roads

    def margin(self, rule: Rule, answers: Answers) -> Array:
        """How far off each answer may be: `tolerance`, else half a unit of the last place.

        That is the last place of the config, or of the answer if it has more. Classes must be equal.
        """
        if rule.holds is not None:
            return np.full(answers.numbers.shape, 0.25)
        decimals = np.maximum(printed_decimals(rule, self.rounding), answers.decimals)
        return 0.5 * 10.0**-decimals if self.tolerance is None else np.full(decimals.shape, self.tolerance)
