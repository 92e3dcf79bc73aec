"""A problem, which is what a config says, and a method for each command that can be run on it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from softstep.compute.derive import derive
from softstep.compute.steps import Given, Step
from softstep.errors import SoftstepError
from softstep.lesson.conventions import TARGET_KEYS, convention_rules
from softstep.lesson.maths import Array, one_hot
from softstep.lesson.quantities import CLASS, GIVEN, MATRIX, NEVER
from softstep.lesson.rounding import MOST_DECIMALS, Rounding
from softstep.lesson.rules import GRADIENTS, LOSS_AFTER, SECOND_PASS, STAGES, Rule, lesson, second_pass
from softstep.lesson.terms import add_terms, find_parameters
from softstep.read import config_of, parse_values, read
from softstep.read.setting import Setting
from softstep.result import Ending, Result
from softstep.working import notes

if TYPE_CHECKING:
    from softstep.compute.plane import Plane
    from softstep.compute.training import Training
    from softstep.mark import Marker, Report


MOST_CHECKED, MOST_TRIED = 200, 10
"""Where a P of a true class rounds to 0, more decimals are tried for all of so many labelled nodes.

Of more labelled nodes, only the first ones whose P rounds to 0 are tried.
"""


def load(path: str | Path, name: str | None = None) -> "Problem":
    """The problem in the config file at `path`, called `name` in complaints; `-` is standard input.

    Raises SoftstepError with every complaint: file:line:column: path: what was found; what is expected; the fix.
    """
    return Problem.of(read(path, name))


class Problem:
    """One softmax layer with its data, and the commands that can be run on it.

    It is made from lists, from arrays, or from mappings by name, with the keys of a config:

    >>> problem = Problem(logits=[[2.0, 0.0]], labels=[0], classes=["cat", "dog"])
    >>> problem.loss()["loss"].digits()
    '0.1269'

    Raises SoftstepError, with the complaints that a config would get, if the keys do not fit together. The commands
    raise it if a key is missing, for an unknown parameter, and on overflow.
    """

    def __init__(self, **keys: object) -> None:
        self.setting = parse_values({key: value for key, value in keys.items() if value is not None})

    @classmethod
    def of(cls, setting: Setting) -> "Problem":
        """The problem with this setting."""
        problem = object.__new__(cls)
        problem.setting = setting
        return problem

    def __repr__(self) -> str:
        return f"<Problem {self.setting.source}: {', '.join(self.given.values)}>"

    @property
    def given(self) -> Given:
        """The quantities that the config gives: embeddings, labels, weights, …"""
        return self.setting.given

    @property
    def rounding(self) -> Rounding:
        """How numbers are rounded, and when."""
        return self.setting.rounding

    def forward(self, *params: str) -> Result:
        """Logits, exponentials, normalizers, probabilities and predictions."""
        return self._stage("forward", params).only(params=params)

    def loss(self, *params: str) -> Result:
        """Node losses and loss."""
        return self._stage("loss", params).only(params=params)

    def grad(self, *params: str) -> Result:
        """Residuals and gradients; the gradients of `params` (w0, b0, W, b) are written out term by term."""
        return self._stage("grad", params).only(params=params)

    def update(self, *params: str) -> Result:
        """Updated weights and biases, and the next config."""
        result = replace(self._stage("update", params), next_config=lambda base: self.after().as_config(base))
        if params:  # what they were stands before what they become
            used = {key for step in result.values() for key in step.inputs}
            opening = tuple(key for key in result.found if key in used and key not in result)
            result = replace(result, opening_keys=opening)
        return result.only(params=params)

    def run(self, *params: str) -> Result:
        """Every step that the config allows, the loss after the update, and a note on what was left out."""
        rules = self._rules("update", params)
        steps = self._with_loss_after(rules)
        missing = [rule for rule in rules if rule.key not in steps]
        if len(missing) == len(rules):
            raise self._error_of_missing(
                "run", min((self._missing_inputs(rule.key, rules) for rule in missing), key=len)
            )
        left_out = self._left_out(missing, rules)
        own = [rule.key for rule in (*rules, LOSS_AFTER) if rule.key in steps and steps[rule.key].is_shown]
        return self._result(
            "run",
            steps,
            own,
            opening_keys=tuple(key for key in GIVEN if key in self.given.values),
            find_notes=lambda shown: (*self._notes(shown), *(left_out if shown.opening_keys else ())),
        ).only(params=params)

    def after(self) -> "Problem":
        """The same problem after one step of gradient descent."""
        steps = self._all_steps_of("update", self._rules("update"))
        return self._replace_parameters(
            {"weights": steps["updated_weights"].value, "biases": steps["updated_biases"].value}
        )

    def train(
        self,
        steps: int | None = None,
        every: int | None = None,
        until_loss: float | None = None,
        progress: Callable[[int, int, float], None] | None = None,
    ) -> Result:
        """Take at most `steps` steps of gradient descent (default: 100).

        The result has their history, a row for `every` N-th step (default: about 20 rows), the weights and biases at
        the end, and the next config. Training stops when the loss is `until_loss` or less, on overflow, and at Ctrl-C.
        `progress` is a callback: `(done, total, loss)`.
        """
        from softstep.compute.training import Descent, Training, history_interval, history_step

        self._require("train", "embeddings", "labels", "weights", "learning_rate")
        descent = Descent(self.given, self._rules("update"), self.rounding)
        steps = 100 if steps is None else steps
        training = Training(descent, steps, every or history_interval(steps), until_loss, progress)
        training.run()
        if not training.history:
            raise SoftstepError(f"{self.setting.place}: {training.overflow}")
        trained = self._replace_parameters(descent.parameters)
        state = trained._steps(())
        parameters = [
            replace(state[key], rule=replace(GIVEN[key], precision=MATRIX, answer=True)) for key in descent.parameters
        ]
        status, sentence = training.ending
        history = history_step(training.history, self.given, self.rounding)
        steps_shown = {step.rule.key: step for step in (history, *parameters)}
        return self._result(
            "train",
            state | steps_shown,
            tuple(steps_shown),
            self._steps(()),
            find_notes=lambda _: self._notes_on_training(training),
            ending=Ending(status, (f"softstep: {sentence}",) if status else ()),
            next_config=trained.as_config,
        )

    def plane(self, trained: Result) -> "Plane | None":
        """The classes that a training predicts over the plane of its two features; None with more or fewer features."""
        from softstep.compute.plane import plane

        steps = [trained[key].whole or trained[key] for key in ("weights", "biases")]  # not turned
        return plane(self._replace_parameters({step.rule.key: step.value for step in steps}).given)

    def gradcheck(self, tolerance: float | None = None, progress: Callable[[int, int], None] | None = None) -> Result:
        """Compare the gradient with central differences of the loss, in full precision.

        The status of the result is 1 if the worst relative error is more than `tolerance` (default: 1e-6). `progress`
        is a callback: `(done, total)`.
        """
        from softstep.compute.gradcheck import compare_gradients

        self._require("gradcheck", "embeddings", "labels", "weights")
        full = self._replace(rounding=Rounding(decimals=8, loss_decimals=8, ties=self.rounding.ties))
        rules = full._rules("grad")
        try:
            steps = compare_gradients(self.given, rules, full.rounding, progress)
        except SoftstepError as overflow:
            raise SoftstepError(f"{self.setting.place}: {overflow}") from None
        tolerance = 1e-6 if tolerance is None else tolerance
        worst = steps[-1]
        passed = float(worst.value) <= tolerance
        verdict = (
            f"The worst relative error of the {self.setting.gradient} gradient is {worst.digits()}, "
            f"{'not more' if passed else 'more'} than {tolerance:g}"
        )
        return full._result(
            "gradcheck",
            {step.rule.key: step for step in steps},
            tuple(step.rule.key for step in steps),
            full._steps(()),
            find_notes=lambda _: (f"{verdict}.",),
            ending=Ending() if passed else Ending(1, (f"softstep: {verdict}",)),
        )

    def check(self, *sheets: str | Path, tolerance: float | None = None, strict: bool = False) -> "Report":
        """Mark the answer sheets in these files.

        An answer is right if it is at most `tolerance` away (default: half a unit of its last place). One that is right
        as far as it goes, but has too few decimals, gains half of its marks; if `strict`, none. A sheet that cannot be
        read is in the report with the reasons.
        """
        return self.marker(tolerance, strict).report(map(str, sheets))

    def marker(self, tolerance: float | None = None, strict: bool = False) -> "Marker":
        """A marker of answer sheets about this problem; see `check`."""
        from softstep.mark import Marker

        roundings = [self.rounding]
        if self.rounding.every_step:
            in_full = replace(self.rounding, every_step=False)
            roundings = [*dict.fromkeys((self.rounding, self.rounding.coarsest, in_full))]
        problems = [self._replace(rounding=rounding) for rounding in roundings]
        references = [problem._steps(problem._rules("update")) for problem in problems]
        return Marker(self.setting, references, tolerance, strict)

    def as_config(self, base: Path) -> dict[str, Any]:
        """A config, as plain data, that reads back as this problem bit for bit; file names in it start from `base`."""
        return config_of(self.setting, base)

    def _stage(self, stage: str, params: Sequence[str]) -> Result:
        """The steps of one stage of the lesson, with the terms of `params`."""
        rules = self._rules(stage, params)
        steps = self._all_steps_of(stage, rules)
        of_stage = [rule for rule in rules if rule.stage == stage]
        own = [rule.key for rule in of_stage if rule.key in steps and steps[rule.key].is_shown]
        left_out = self._left_out([rule for rule in of_stage if rule.key not in steps], rules)
        return self._result(stage, steps, own, find_notes=lambda shown: (*self._notes(shown), *left_out))

    def _result(
        self,
        command: str,
        steps: Mapping[str, Step],
        shown_keys: Sequence[str],
        given: Mapping[str, Step] | None = None,
        **rest: Any,
    ) -> Result:
        """A result with these steps; if the config has a row of W for each feature, so has the result.

        `given` are the steps that the command began with, if `steps` has not these.
        """
        given = {key: steps[key] for key in self.given.values} if given is None else given
        if self.setting.features_as_rows:
            steps, given = ({key: step.turn() for key, step in each.items()} for each in (steps, given))
        return Result(command, self.setting, steps, tuple(shown_keys), given, **rest)

    def _rules(self, stage: str, params: Sequence[str] = ()) -> list[Rule]:
        """The rules of the lesson up to the end of `stage`, with the terms of `params`."""
        parameters = find_parameters(params, self.given.names[CLASS])
        table = convention_rules(self.given.values, self.setting.conventions, len(self.given.names[CLASS]))
        rules = add_terms(lesson(table, self.given.values, GRADIENTS[self.setting.gradient], self.rounding), parameters)
        return [rule for rule in rules if STAGES.index(rule.stage) <= STAGES.index(stage)]

    def _steps(self, rules: Iterable[Rule]) -> dict[str, Step]:
        """The steps that these rules leave, as far as what is given allows."""
        try:
            return derive(self.given, rules, self.rounding)
        except SoftstepError as overflow:
            raise SoftstepError(f"{self.setting.place}: {overflow}") from None

    def _all_steps_of(self, stage: str, rules: Sequence[Rule]) -> dict[str, Step]:
        """Run up to `stage`; raise SoftstepError if one of its own steps could not be computed.

        If the config starts with logits or probabilities, one of them is enough.
        """
        steps = self._steps(rules)
        own = [rule.key for rule in rules if rule.stage == stage]
        missing = [key for key in own if key not in steps]
        if missing and not (self._later_start and len(missing) < len(own)):
            raise self._error_of_missing(stage, [key for step in missing for key in self._missing_inputs(step, rules)])
        return steps

    def _left_out(self, missing: Iterable[Rule], rules: Sequence[Rule]) -> list[str]:
        """A note on the rules that could not be computed, and what each needs."""
        lacks = {rule.title.lower(): self._missing_inputs(rule.key, rules) for rule in missing if rule.visible != NEVER}
        return [notes.skipped_steps(lacks, self._later_start)] if lacks else []

    def _require(self, command: str, *keys: str) -> None:
        """Raise SoftstepError if the config has not all of these keys."""
        given = {*self.given.values} | ({"labels"} if "targets" in self.given.values else set())
        if missing := [key for key in keys if key not in given]:
            raise self._error_of_missing(command, missing)

    def _error_of_missing(self, command: str, missing: Collection[str]) -> SoftstepError:
        """The error of a command that needs these keys."""
        needs = notes.missing_keys(command, [key for key in GIVEN if key in missing], self._later_start)
        return SoftstepError(f"{self.setting.place}: {needs}")

    @property
    def _later_start(self) -> str | None:
        """The key in place of embeddings and weights, if the config starts with logits or probabilities."""
        return next((key for key in ("logits", "probabilities") if key in self.given.values), None)

    def _missing_inputs(self, key: str, rules: Iterable[Rule]) -> list[str]:
        """The keys that must be given so that `key` can be computed, in the order of a config."""
        made_from = {rule.key: rule.inputs for rule in rules}
        wanted, roots = [key], set()
        while wanted:
            key = wanted.pop()
            if key not in self.given.values:
                wanted += made_from.get(key, ())
                roots.add("weights" if key == "biases" else key)  # biases go without saying where there are weights
        if self._later_start and roots & {"embeddings", "weights"}:  # neither stands beside it without the other
            roots |= {"embeddings", "weights"}
        return [key for key in GIVEN if key in roots and key not in made_from]

    def _replace_parameters(self, parameters: Mapping[str, Array]) -> "Problem":
        """The same problem with these weights and biases."""
        floats = {key: value.astype(float) for key, value in parameters.items()}
        return self._replace(given=replace(self.given, values={**self.given.values, **floats}))

    def _replace(self, **changes: Any) -> "Problem":
        """The same problem with another part of its setting."""
        return Problem.of(replace(self.setting, **changes))

    def _with_loss_after(self, rules: Iterable[Rule]) -> dict[str, Step]:
        """The steps and, if these have an update, the loss after it."""
        steps = self._steps(rules)
        if "updated_weights" in steps:
            given = {key: steps[key] for key in self.given.values}
            updated = given | {"weights": steps["updated_weights"], "biases": steps["updated_biases"]}
            try:
                second = second_pass(self._rules("loss"))
                steps["loss_after"] = derive(self.given, second, self.rounding, updated)["loss_after"]
            except SoftstepError as overflow:
                raise SoftstepError(f"{self.setting.place}: after the step, {overflow}") from None
        return steps

    def _notes_on_zeros(self, steps: Iterable[Step], when: str = "", limit: str = "") -> Iterator[str]:
        """Where P of a true class behind these steps rounds to 0, and with how many decimals no loss is infinite.

        `when` says of which moment of a training the problem is, `limit` for what the decimals are enough.
        """
        from softstep.compute.zero_probabilities import zero_probabilities

        if self.given.values.keys().isdisjoint(("labels", "targets")):
            return
        targets, which = self._final_targets()
        for rule, nodes in zero_probabilities(steps, self.given, targets):
            is_after, count = rule.stage == SECOND_PASS, len(self.given.labelled)
            tried = np.arange(count) if count <= MOST_CHECKED else nodes[:MOST_TRIED]
            enough = (self.after() if is_after else self)._decimals_for_finite("loss", tried)
            if is_after and enough:  # which change the step, too
                enough = self._decimals_for_finite("update", range(count), enough)
            elif len(tried) < len(nodes):
                limit = f" for the first {len(tried)}{limit}"
            names = [self.given.labelled_names[i] for i in nodes]
            moment = " after the step" if is_after else when
            limit_here = "" if is_after else limit
            yield notes.zero_probabilities(names, moment, self.rounding.decimals, enough, limit_here, which)

    def _final_targets(self) -> tuple[Array, str]:
        """The targets that losses are made with, a row for each labelled node, and what a note calls their classes."""
        steps = self._steps(rule for rule in self._rules("loss") if rule.key in TARGET_KEYS)
        for key in TARGET_KEYS:
            if key in steps:
                return np.asarray(steps[key].numbers), notes.WITH_TARGET
        return one_hot(self.given.values["labels"], len(self.given.names[CLASS])), notes.TRUE_CLASS

    def _decimals_for_finite(self, stage: str, nodes: Sequence[int] | Array, least: int = 0) -> int | None:
        """More decimals, at least `least`, with which the loss of these labelled nodes is finite by hand.

        It is the loss up to `stage`: "loss", or "update" for the one after the step. None if none are enough.
        """
        few = self._replace(given=self.given.take_labelled(nodes))
        for decimals in range(max(least, self.rounding.decimals + 1), MOST_DECIMALS + 1):
            problem = few._replace(rounding=replace(self.rounding, decimals=decimals))
            with suppress(SoftstepError):  # a number overflows
                steps = problem._with_loss_after(problem._rules(stage))
                if np.isfinite(steps.get("loss_after", steps["loss"]).value):
                    return decimals
        return None

    def _notes_on_training(self, training: "Training") -> Iterator[str]:
        """How it ended if not as expected, the first infinite loss by hand, and whether the gradient is another one."""
        if sentence := training.ending[1]:
            yield sentence
        if training.infinite_at and self.rounding.every_step:
            step, parameters = training.infinite_at
            there = self._replace_parameters(parameters)
            forward = there._steps(there._rules("forward")).values()
            yield from there._notes_on_zeros(forward, f" at step {step}", " with these weights")
        if GRADIENTS[self.setting.gradient]:
            yield notes.training_mismatch(self.setting.gradient)

    def _notes(self, shown: Result) -> Iterator[str]:
        """The notes that belong to what a result shows."""
        stages = {step.rule.stage for step in shown.values() if isinstance(step.rule, Rule)}
        if self.rounding.every_step and "probabilities" not in self.given.values:
            yield from self._notes_on_zeros(shown.values())
        elif "loss" in stages and not np.isfinite(shown.found["loss"].value):
            yield from notes.infinite_losses(shown.found["node_losses"])
        if not {"updated_biases", "loss_after"}.isdisjoint(shown) and not self.setting.has_biases:
            yield notes.ASSUMED_BIASES
        gradient = self.setting.gradient
        if "grad" in stages and GRADIENTS[gradient]:
            full = [self._replace(gradient=rule, rounding=Rounding()) for rule in (gradient, "standard")]
            try:
                both = [problem._with_loss_after(problem._rules("update")) for problem in full]
            except SoftstepError:  # nobody asked for the update, which overflows
                both = [problem._steps(problem._rules("grad")) for problem in full]
            yield notes.gradient_mismatch(gradient, *both)
