"""Gradient descent on all nodes, step by step, with the rules of the lesson."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf, log
from typing import NamedTuple

import numpy as np

from softstep.compute.blocks import Blocks, apply_rule, refuse_overflow, remove_negative_zeros
from softstep.compute.derive import computable_rules, given_values
from softstep.compute.steps import Given, Step
from softstep.compute.table import Table, read_only_view
from softstep.errors import SoftstepError
from softstep.lesson import maths
from softstep.lesson import workings as work
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, LOSS, MEASURE, STEP, Quantity
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import BY_KEY, MEAN, Rule

HISTORY = Quantity("history", "L", "History", (STEP, MEASURE), formula=BY_KEY["loss"].formula, precision=LOSS)

ACCURACY = Rule(
    "accuracy", "A", "Accuracy",
    formula="A = (1/N) Σ [ŷ_i = y_i]", precision=LOSS,
    inputs=("predictions", "labels"), compute=maths.accuracy, work=work.no_working, stage="loss", over_labelled=True,
    reduction=MEAN,
)  # fmt: skip

GRADIENT_NORM = Rule(
    "gradient_norm", "‖∇L‖", "Gradient norm",
    formula="‖∇L‖ = √(Σ dW² + Σ db²)", precision=LOSS,
    inputs=("weight_gradients", "bias_gradients"), compute=maths.norm, work=work.no_working, stage="grad",
)  # fmt: skip


class HistoryRow(NamedTuple):
    """The measures of the parameters after a number of steps, by name: loss, accuracy if there are labels, norm."""

    step: int
    measures: Mapping[str, Array]

    @property
    def loss(self) -> float:
        """The loss, as a plain number."""
        return float(self.measures["loss"])


def history_interval(steps: int) -> int:
    """The number of steps between rows of the history, 1, 2, 5, 10, …, so that it has about 20 rows.

    >>> history_interval(20), history_interval(100), history_interval(1000)
    (1, 5, 50)
    """
    size = 1
    while 20 * size < steps:
        size = size * 5 // 2 if str(size)[0] == "2" else size * 2
    return size


def history_step(history: Sequence[HistoryRow], given: Given, rounding: Rounding) -> Step:
    """The history as a step."""
    numbers = np.array([[measure.item() for measure in row.measures.values()] for row in history])
    names = {STEP: tuple(str(row.step) for row in history), MEASURE: tuple(history[0].measures)}
    positions = {axis: range(len(names[axis])) for axis in names}
    return Step(HISTORY, Table(read_only_view(numbers), names), rounding, positions, given)


class Descent:
    """Gradient descent with these rules. `parameters` are its weights and biases so far."""

    def __init__(self, given: Given, rules: Iterable[Rule], rounding: Rounding) -> None:
        self.given, self.rounding = given, rounding
        self.values = given_values(given, rounding)
        self._shares = [ACCURACY] if "labels" in self.values else []
        rules = [*computable_rules(rules, self.values), *self._shares]
        self.updates = {str(rule.replaces): rule for rule in rules if rule.replaces}
        self.parameters: Mapping[str, Array] = {key: self.values[key] for key in self.updates}
        of_gradient = {rule.key for rule in rules if rule.stage == "grad"}
        self.gradients = [key for rule in self.updates.values() for key in rule.inputs if key in of_gradient]
        self._blocks = Blocks(given, self.values, rules, rounding)
        self._reduced: Mapping[str, Array] = {}  # for these parameters

    def step(self) -> None:
        """Take one step. Raises SoftstepError where a float64 overflows; then the parameters are unchanged."""
        gradients = self._reduced or self._blocks.reduce(self.gradients, **self.parameters)
        values = {**self.values, **self.parameters, **gradients}
        self.parameters = {key: self._apply(rule, values) for key, rule in self.updates.items()}
        self._reduced = {}

    def measures(self) -> dict[str, Array]:
        """The measures of the parameters, by name. Raises SoftstepError where a float64 overflows."""
        keys = ["loss", *(rule.key for rule in self._shares)]
        if not self._reduced:
            self._reduced = self._blocks.reduce([*keys, *self.gradients], **self.parameters)
        measures = {key: self._reduced[key] for key in keys}
        return {**measures, GRADIENT_NORM.key: self._apply(GRADIENT_NORM, self._reduced)}

    def _apply(self, rule: Rule, values: Mapping[str, Array]) -> Array:
        """The value of the rule. Raises SoftstepError where a float64 overflows."""
        with np.errstate(all="ignore"):  # overflow is refused below, by name
            value = remove_negative_zeros(apply_rule(rule, [values[key] for key in rule.inputs], self.rounding)[1])
            sizes = np.abs(value) if value.dtype == object else value  # Infinity − Infinity raises an error in decimals
            if not np.isfinite(float(np.sum(sizes))):  # the sum alone may overflow
                refuse_overflow(rule, value, self.given.names_of(rule))
        return value


class Training:
    """A descent of at most `steps` steps, and its history: a row for every `every` steps, the first and the last.

    It ends early if the loss is at most `until_loss`, if a float64 overflows (`overflow` says where), or if Ctrl-C is
    pressed (`interrupted`). `infinite_at` is the first step with an infinite loss in the history, and its parameters.
    Progress callback: `(done, total, loss)`.
    """

    def __init__(
        self,
        descent: Descent,
        steps: int,
        every: int,
        until_loss: float | None = None,
        progress: Callable[[int, int, float], None] | None = None,
    ) -> None:
        self.descent, self.steps, self.every, self.until_loss = descent, steps, every, until_loss
        self.progress = progress
        self.history: list[HistoryRow] = []
        self.overflow: str | None = None
        self.interrupted = False
        self.infinite_at: tuple[int, Mapping[str, Array]] | None = None

    @property
    def has_reached_loss(self) -> bool:
        """Whether the loss is at most `until_loss`."""
        return self.until_loss is not None and bool(self.history) and self.history[-1].loss <= self.until_loss

    def run(self) -> None:
        """Take the steps."""
        step = 0
        with catch_interrupts() as interrupts:
            try:
                self._record(0)
                while step < self.steps and not self.has_reached_loss and not interrupts:
                    step += 1
                    self.descent.step()
                    if step % self.every == 0 or self.until_loss is not None:
                        self._record(step)
                    if self.progress:
                        self.progress(step, self.steps, float(self.descent.measures()["loss"]))
                self._record(step)
            except SoftstepError as overflow:
                self.overflow = f"step {step}: {overflow}"
            self.interrupted = bool(interrupts)

    @property
    def ending(self) -> tuple[int, str | None]:
        """The exit status, and a sentence about how the training ended; None if it took all steps as expected.

        It diverged if the loss ends a tenth above both the first loss and ln K, the loss of equal probabilities. (By
        hand, a loss that has converged still goes up and down in its last places.)
        """
        first, last = self.history[0], self.history[-1]
        equal = log(len(self.descent.given.names[CLASS]))
        limit = 1.1 * max(first.loss, equal)
        if self.interrupted:
            return 130, f"Interrupted after step {last.step}; the result is that of this step."
        if self.overflow:
            return 1, f"Diverged at {self.overflow}"
        if last.loss > limit:
            low = max(i for i, row in enumerate(self.history) if not row.loss > limit)
            before, after = self.history[low].step, self.history[low + 1].step
            when = f"at step {after}" if after - before == 1 else f"between steps {before} and {after}"
            known = f"{first.loss:.4g}, the loss at step 0"
            if equal > first.loss:
                known = f"{equal:.4g} = ln K, the loss of equal probabilities"
            return 1, f"Diverged {when}: from there on the loss is above {known}; make learning_rate smaller"
        if self.has_reached_loss:
            return 0, f"The loss is down to {self.until_loss:g} after step {last.step}."
        if self.until_loss is not None:
            return 1, f"After step {last.step} the loss is not down to {self.until_loss:g}; take more steps."
        return 0, None

    def _record(self, step: int) -> None:
        """Add a row to the history, in place of a last one that is not at a multiple of `every`."""
        if self.history and self.history[-1].step % self.every:
            self.history.pop()
        if not self.history or self.history[-1].step != step:
            self.history.append(HistoryRow(step, self.descent.measures()))
            if self.infinite_at is None and self.history[-1].loss == inf:
                self.infinite_at = step, self.descent.parameters


@contextmanager
def catch_interrupts() -> Iterator[list[int]]:
    """A list that gets the signal of the first Ctrl-C, which does nothing else; a second one acts as usual."""
    interrupts: list[int] = []
    usual = signal.getsignal(signal.SIGINT)

    def catch(number: int, _: object) -> None:
        interrupts.append(number)
        signal.signal(number, usual)

    try:
        signal.signal(signal.SIGINT, catch)
    except ValueError:  # not the main thread, and only that one receives signals
        yield interrupts
        return
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, usual)
