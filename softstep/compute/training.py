"""Gradient descent on all nodes, step after step, by the rules of the lesson."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from math import log
from typing import NamedTuple

import numpy as np

from softstep.compute.blocks import Blocks, apply_rule, refuse_overflow, without_sign_of_0
from softstep.compute.derive import possible, typed
from softstep.compute.steps import Given, Step
from softstep.compute.table import Table, locked
from softstep.errors import SoftstepError
from softstep.lesson import formulas as work
from softstep.lesson import maths
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, LOSS, MEASURE, STEP, Quantity
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import BY_KEY, MEAN, Rule

_SMALLER = "make learning_rate smaller"

MEASURES = ("loss", "accuracy", "gradient_norm")
"""What is told of the parameters after a step, in this order."""

HISTORY = Quantity("history", "L", "History", (STEP, MEASURE), formula=BY_KEY["loss"].formula, places=LOSS)

ACCURACY = Rule(
    "accuracy", "A", "Accuracy",
    formula="A = (1/N) Σ [ŷ_i = y_i]", places=LOSS,
    inputs=("predictions", "labels"), compute=maths.accuracy, work=work.unshown, stage="loss", over_labelled=True,
    reduction=MEAN,
)  # fmt: skip

GRADIENT_NORM = Rule(
    "gradient_norm", "‖∇L‖", "Gradient norm",
    formula="‖∇L‖ = √(Σ dW² + Σ db²)", places=LOSS,
    inputs=("weight_gradients", "bias_gradients"), compute=maths.norm, work=work.unshown, stage="grad",
)  # fmt: skip


class Moment(NamedTuple):
    """How well the parameters do after so many steps: the numbers of `MEASURES`."""

    step: int
    measures: tuple[Array, ...]

    @property
    def loss(self) -> float:
        """The loss, as a plain number."""
        return float(self.measures[0])


def rounds(steps: int) -> int:
    """How many steps there are from one moment of the history to the next: 1, 2, 5, 10, … and so about 20 moments.

    >>> rounds(20), rounds(100), rounds(1000)
    (1, 5, 50)
    """
    size = 1
    while 20 * size < steps:
        size = size * 5 // 2 if str(size)[0] == "2" else size * 2
    return size


def history_step(history: Sequence[Moment], rounding: Rounding) -> Step:
    """The history as a table."""
    numbers = np.array([[measure.item() for measure in moment.measures] for moment in history])
    names = {STEP: tuple(str(moment.step) for moment in history), MEASURE: MEASURES}
    return Step(HISTORY, Table(locked(numbers), names), rounding, {axis: range(len(names[axis])) for axis in names})


class Descent:
    """Gradient descent from what is given, by these rules; `parameters` are the weights and biases it has come to."""

    def __init__(self, given: Given, rules: Iterable[Rule], rounding: Rounding) -> None:
        self.given, self.rounding = given, rounding
        self.values = typed(given, rounding)
        rules = [*possible(rules, self.values), ACCURACY]
        self.updates = {str(rule.replaces): rule for rule in rules if rule.replaces}
        self.parameters: Mapping[str, Array] = {key: self.values[key] for key in self.updates}
        blocks = Blocks(given, self.values, rules, rounding)
        gradients = [rule.key for rule in rules if rule.reduction and rule.stage == "grad"]
        self._gradients = blocks.reducer(gradients)
        self._all = blocks.reducer(["loss", ACCURACY.key, *gradients])
        self._found: Mapping[str, Array] = {}

    def step(self) -> None:
        """Take one step. Raises SoftstepError where a float64 overflows; then the parameters stay as they were."""
        found = {**self.values, **self.parameters, **(self._found or self._gradients(**self.parameters))}
        self.parameters = {key: self._applied(rule, found) for key, rule in self.updates.items()}
        self._found = {}

    def measures(self) -> tuple[Array, ...]:
        """The numbers of `MEASURES` for the parameters as they are. Raises SoftstepError where a float64 overflows."""
        self._found = self._found or self._all(**self.parameters)
        return self._found["loss"], self._found[ACCURACY.key], self._applied(GRADIENT_NORM, self._found)

    def _applied(self, rule: Rule, found: Mapping[str, Array]) -> Array:
        """What the rule makes of what was found."""
        with np.errstate(all="ignore"):  # an overflow is refused by name
            value = without_sign_of_0(apply_rule(rule, [found[key] for key in rule.inputs], self.rounding)[1])
            sizes = np.abs(value) if value.dtype == object else value  # decimals have no inf that would stay in a sum
            if not np.isfinite(float(np.sum(sizes))):  # or nearly so
                refuse_overflow(rule, value, self.given.names_of(rule))
        return value


class Training:
    """A descent of at most so many steps, and its history: a moment `every` so many of them, the first and the last.

    It ends before that where the loss is not above `until_loss`, where a float64 overflows (`overflow` says where) and
    where Ctrl-C is typed (`interrupted`). `watch` is told how many steps of how many are done, and the loss.
    """

    def __init__(
        self,
        descent: Descent,
        steps: int,
        every: int,
        until_loss: float | None = None,
        watch: Callable[[int, int, float], None] | None = None,
    ) -> None:
        self.descent, self.steps, self.every, self.until_loss = descent, steps, every, until_loss
        self.watch = watch
        self.history: list[Moment] = []
        self.overflow: str | None = None
        self.interrupted = False

    @property
    def reached(self) -> bool:
        """Whether the loss has come down to where it was to come."""
        return self.until_loss is not None and bool(self.history) and self.history[-1].loss <= self.until_loss

    def run(self) -> None:
        """Take the steps."""
        step = 0
        with _interruptible() as typed:
            try:
                self._remember(0)
                while step < self.steps and not self.reached and not typed:
                    step += 1
                    self._take(step)
                self._remember(step)
            except SoftstepError as overflow:
                self.overflow = f"step {step}: {overflow}"
            self.interrupted = bool(typed)

    @property
    def ending(self) -> tuple[int, str | None]:
        """The exit status, and what is to be said of how it ended.

        It diverged where the loss ends a tenth above the one that it began with, and above ln K, that of equal
        probabilities, which know nothing. (By hand a loss that has come down goes up and down by some last places.)
        """
        first, last = self.history[0], self.history[-1]
        known = max(first.loss, log(len(self.descent.given.names[CLASS])))
        if self.interrupted:
            return 130, f"Interrupted after step {last.step}; all is as it was then."
        if self.overflow:
            return 1, f"Diverged at {self.overflow}"
        if last.loss > 1.1 * known:
            above = [*takewhile(lambda moment: moment.loss > 1.1 * known, reversed(self.history))]
            what = "it began with" if known == first.loss else "equal probabilities have, ln K"
            than = f"the {known:.4g} that {what}"
            return 1, f"Diverged {self._between(above[-1])}: from there on the loss is above {than}; {_SMALLER}"
        if self.reached:
            return 0, f"The loss is down to {self.until_loss:g} after step {last.step}."
        if self.until_loss is not None:
            return 1, f"After step {last.step} the loss is not down to {self.until_loss:g}; take more steps."
        return 0, None

    def _between(self, moment: Moment) -> str:
        """At which step it came to a moment, as far as the history tells."""
        before = max((other.step for other in self.history if other.step < moment.step), default=moment.step - 1)
        return f"at step {moment.step}" if moment.step - before == 1 else f"between steps {before} and {moment.step}"

    def _take(self, step: int) -> None:
        self.descent.step()
        if step % self.every == 0 or self.until_loss is not None:
            self._remember(step)
        if self.watch:
            self.watch(step, self.steps, float(self.descent.measures()[0]))

    def _remember(self, step: int) -> None:
        """A moment for the history, in which those between the steps that are told are not kept."""
        if self.history and self.history[-1].step % self.every:
            self.history.pop()
        if not self.history or self.history[-1].step != step:
            self.history.append(Moment(step, self.descent.measures()))


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Where Ctrl-C is typed, the signal is in the list, and nothing else happens; typed again, it is as ever."""
    typed: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def heard(number: int, _: object) -> None:
        typed.append(number)
        signal.signal(number, before)

    try:
        signal.signal(signal.SIGINT, heard)
    except ValueError:  # only the main thread hears it
        yield typed
        return
    try:
        yield typed
    finally:
        signal.signal(signal.SIGINT, before)
