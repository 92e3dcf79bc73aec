"""What a worksheet asks for, and the blank sheet that asks for it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from softstep.compute.steps import Step, as_step
from softstep.errors import SoftstepError
from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.quantities import ALWAYS, GIVEN, key_called
from softstep.lesson.rules import Rule
from softstep.mark import Marker
from softstep.names import join_words
from softstep.problem import Problem
from softstep.read.answers import BlankSheet


@dataclass(frozen=True, eq=False)
class Exercise:
    """A problem, the keys of the steps that are asked for, and the key of the first one that is not given away.

    What is asked for comes in the order of the lesson.
    """

    problem: Problem
    ask: tuple[str, ...]
    start: str

    @cached_property
    def marker(self) -> Marker:
        """The marker of sheets about the problem, which has its steps."""
        return self.problem.marker()

    @property
    def given_away(self) -> dict[str, Step]:
        """The steps before the first one that a student computes."""
        steps = self.marker.steps
        return dict(takewhile(lambda each: each[0] != self.start, steps.items()))

    @property
    def path(self) -> list[Rule]:
        """The rules from what is given, or given away, to the steps that are asked for, these included."""
        return rules_to(self.ask, self.marker.rules, self.given_away)

    def about(self, problem: Problem) -> "Exercise":
        """The same exercise about other numbers."""
        return Exercise(problem, self.ask, self.start)


def make_exercise(problem: Problem, ask: Sequence[str] = (), start: str | None = None) -> Exercise:
    """The exercise that asks for these steps, by their keys or letters, and gives those before `start` away.

    Without `ask`, it asks for the logits and the main results. Raises SoftstepError for a step that it cannot ask for.
    """
    steps = {key: step for key, step in problem.marker().steps.items() if step.rule.visible == ALWAYS}
    if not steps:
        raise SoftstepError(f"{problem.setting.place}: worksheet: nothing to compute; add weights, or labels")
    keys = [*steps]
    first = keys[0] if start is None else _known_key("from", start, keys)
    left = keys[keys.index(first) :]
    asked = {_known_key("ask", name, keys) for name in ask}
    if early := [key for key in keys if key in asked and key not in left]:
        raise SoftstepError(f"softstep: --ask {early[0]}: --from {first} gives it away; leave one of the two out")
    if not ask:
        asked = {key for key in left if key == "logits" or steps[key].rule.answer} or {*left}
    return Exercise(problem, tuple(key for key in keys if key in asked), first)


def whole_exercise(problem: Problem) -> Exercise:
    """The exercise that asks for every step."""
    keys = tuple(problem.marker().steps)
    return Exercise(problem, keys, next(iter(keys), ""))


def blank_sheet(exercise: Exercise) -> BlankSheet:
    """The sheet with what is given, what is given away, the formulas, and blanks for what is asked for."""
    setting, steps, path = exercise.problem.setting, exercise.marker.steps, exercise.path
    given, used = setting.given, {key for rule in path for key in rule.inputs}
    inputs = {
        key: as_step(GIVEN[key], value, given, setting.rounding) for key, value in given.values.items() if key in used
    }
    if setting.features_as_rows:
        inputs = {key: step.turn() for key, step in inputs.items()}
    shown = {**inputs, **exercise.given_away}
    on_the_way = {rule.key: steps[rule.key] for rule in path if rule.key in steps and rule.key not in exercise.ask}
    return BlankSheet({key: steps[key] for key in exercise.ask}, setting, shown, on_the_way)


def rules_to(keys: Iterable[str], rules: Sequence[Rule], known: Collection[str]) -> list[Rule]:
    """The rules that lead from what is `known` to these keys, in order."""
    path: list[Rule] = []
    wanted = {*keys}
    for rule in reversed(rules):
        if rule.key in wanted and rule.key not in known:
            path.insert(0, rule)
            wanted.update(rule.inputs)
    return path


def _known_key(option: str, name: str, keys: Sequence[str]) -> str:
    """The key of the step with this name. Raises SoftstepError if the exercise has none."""
    key = key_called(name, [ALL_RULES[key] for key in keys])
    if key is None:
        expected = join_words(keys, "or")
        raise SoftstepError(f"softstep: --{option} {name}: not a step of this config; expected {expected}; write one")
    return key
