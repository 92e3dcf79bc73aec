"""A problem, which is what a config says, and the five commands, stretches of the lesson, that can be run on it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from softstep import notes
from softstep.errors import SoftstepError
from softstep.maths import Array
from softstep.names import plain
from softstep.rounding import Rounding
from softstep.steps import (
    BIAS,
    BY_KEY,
    CLASS,
    FEATURE,
    GIVEN,
    GRADIENTS,
    LABELLED,
    NODE,
    WEIGHT,
    Given,
    Result,
    Rule,
    Step,
    derive,
    lesson,
)
from softstep.terms import chosen, narrowed, written_out

STRETCHES = ("forward", "loss", "grad", "update")
"""The stretches of the lesson in their order; `run` is all of them, and the loss after the step."""

LOSS_AFTER = replace(
    BY_KEY["loss"],
    key="loss_after",
    symbol="L′",
    title="Loss after the step",
    formula="L at W′ and b′",
    replaces="loss",
)
"""The loss of the next problem, as a step of this one."""


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """One softmax layer with its data: what is given, the gradient's rules, and how numbers are rounded.

    `source` is the config's name in complaints; `files` says which quantities were read from a file. Its commands raise
    SoftstepError where they lack a key of the config, for a parameter that there is not, and on overflow.
    """

    given: Given
    gradient: str = "standard"
    rounding: Rounding = field(default_factory=Rounding)
    title: str | None = None
    source: str = "problem"
    files: Mapping[str, Path] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Problem {self.source}: {', '.join(self.given.values)}>"

    def forward(self) -> Result:
        """Logits, exponentials, normalizers, probabilities and predictions."""
        return self._stretch("forward")

    def loss(self) -> Result:
        """Node losses and loss."""
        return self._stretch("loss")

    def grad(self, *params: str) -> Result:
        """Residuals and gradients; those of the parameters named (w0, b0, W, b) are written out term by term."""
        return self._stretch("grad", params)

    def update(self, *params: str) -> Result:
        """Updated weights and biases, and the next config."""
        result = replace(self._stretch("update", params), state=lambda base: self.after().as_config(base))
        return replace(result, opening=tuple(self._about(result.reads, params)), reads=()) if params else result

    def run(self) -> Result:
        """Every step that the config allows, the loss after the update, and a note of what was left out."""
        rules = self._rules("update")
        steps = self._followed(rules)
        lacks = {rule.key: self._lacks(rule.key, rules) for rule in rules if rule.key not in steps}
        if len(lacks) == len(rules):
            raise self._lacking("run", lacks)
        titles = {rule.key: rule.title.lower() for rule in rules}
        left_out = [notes.left_out({titles[key]: keys for key, keys in lacks.items()})] if lacks else []
        changing = [rule for rule in (*rules, LOSS_AFTER) if rule.replaces and rule.key in steps]
        return replace(
            self._result("run", [*rules, LOSS_AFTER], steps),
            opening=tuple(steps[key] for key in GIVEN if key in self.given.values),
            reads=(),
            changes=tuple((steps[str(rule.replaces)], steps[rule.key]) for rule in changing),
            notes=(*self._notes(steps), *left_out),
        )

    def after(self) -> "Problem":
        """The same problem after one step of gradient descent."""
        return self._after(self._found("update", self._rules("update")))

    def as_config(self, base: Path) -> dict[str, Any]:
        """The problem as the plain data of a config that reads back as it, bit for bit; see `softstep.config`.

        Embeddings and labels that came from a file stay there; the file's name is relative to the folder `base`.
        """
        names, values = self.given.names, self.given.values
        classes = [names[CLASS][c] for c in values.get("labels", np.zeros(0, dtype=int))]
        labels: dict[Any, Any] = {plain(node): plain(name) for node, name in zip(names[LABELLED], classes, strict=True)}
        if "file" in labels:  # which would be read as the name of a file
            labels = {plain(name): [node for node in labels if labels[node] == plain(name)] for name in classes}
        config: dict[str, Any] = {
            "title": self.title,
            "embeddings": _rows(names[NODE], values["embeddings"]),
            "features": _unless_numbered(names[FEATURE], "x_"),
            "labels": labels,
            "classes": _unless_numbered(names[CLASS], ""),
            "weights": _rows(names[WEIGHT], values["weights"]),
            "biases": _rows(names[BIAS], values["biases"]),
            "learning_rate": values["learning_rate"].item(),
            "gradient": self.gradient,
            "rounding": asdict(self.rounding),
        }
        files = {key: {"file": os.path.relpath(file, base)} for key, file in self.files.items() if key in KEPT_FILES}
        return {key: value for key, value in (config | files).items() if value is not None}

    def _stretch(self, command: str, params: Sequence[str] = ()) -> Result:
        """The steps of one stretch of the lesson, and of the parameters named alone if any are."""
        rules = self._rules(command, params)
        steps = self._found(command, rules)
        result = self._result(command, [rule for rule in rules if rule.command == command], steps)
        result = replace(result, notes=tuple(self._notes(result)))
        if not params:
            return result
        return replace(result, steps={step.rule.key: step for step in self._about(result.values(), params)})

    def _about(self, steps: Iterable[Step], params: Sequence[str]) -> Iterator[Step]:
        """What the steps say of the parameters named."""
        names = chosen(params, len(self.given.names[CLASS]))
        return (kept for step in steps if (kept := narrowed(step, names)))

    def _result(self, command: str, rules: Sequence[Rule], steps: Mapping[str, Step]) -> Result:
        """What these rules left among all steps, as a result; what they made it from are its `reads`."""
        made = {rule.key: rule for rule in rules if rule.key in steps}
        used = {key for rule in made.values() for key in rule.inputs}
        hidden = {key for key, rule in made.items() if rule.unless_0 and not steps[key].value.any()}
        return Result(
            command=command,
            source=self.source,
            title=self.title,
            gradient=self.gradient,
            rounding=self.rounding,
            steps={key: steps[key] for key in made if key not in hidden},
            reads=tuple(step for key, step in steps.items() if key in used and key not in made),
            labels=steps.get("labels"),
            predictions=steps.get("predictions"),
        )

    def _rules(self, command: str, params: Sequence[str] = ()) -> list[Rule]:
        """The lesson from what is given to the end of `command`, with the terms of the parameters named."""
        names = chosen(params, len(self.given.names[CLASS]))
        rules = written_out(lesson(self.given, GRADIENTS[self.gradient], self.rounding), names)
        return [rule for rule in rules if STRETCHES.index(rule.command) <= STRETCHES.index(command)]

    def _steps(self, rules: Iterable[Rule]) -> dict[str, Step]:
        try:
            return derive(self.given, rules, self.rounding)
        except SoftstepError as overflow:
            raise SoftstepError(f"{self.source}:1:1: {overflow}") from None

    def _found(self, command: str, rules: Sequence[Rule]) -> dict[str, Step]:
        """All steps as far as `command`, which must have found its own."""
        steps = self._steps(rules)
        missing = [rule.key for rule in rules if rule.command == command and rule.key not in steps]
        if missing:
            raise self._lacking(command, {key: self._lacks(key, rules) for key in missing})
        return steps

    def _lacking(self, command: str, lacks: Mapping[str, list[str]]) -> SoftstepError:
        lacking = {key for keys in lacks.values() for key in keys}
        start = next((key for key in ("logits", "probabilities") if key in self.given.values), None)
        needs = notes.lacking(command, [key for key in GIVEN if key in lacking], start)
        return SoftstepError(f"{self.source}:1:1: {needs}")

    def _lacks(self, key: str, rules: Iterable[Rule]) -> list[str]:
        """What must be given so that this key can be derived, in the order of a config."""
        made_from = {rule.key: rule.inputs for rule in rules}
        wanted, roots = [key], set()
        while wanted:
            key = wanted.pop()
            if key not in self.given.values:
                wanted += made_from.get(key, ())
                roots.add("weights" if key == "biases" else key)  # biases go without saying where there are weights
        return [key for key in GIVEN if key in roots and key not in made_from]

    def _after(self, steps: Mapping[str, Step]) -> "Problem":
        """The same problem with the weights and biases that the steps end with."""
        updated = {"weights": steps["updated_weights"].value, "biases": steps["updated_biases"].value}
        return replace(self, given=replace(self.given, values={**self.given.values, **updated}))

    def _followed(self, rules: Iterable[Rule]) -> dict[str, Step]:
        """The steps, and where they end with an update the loss after it."""
        steps = self._steps(rules)
        if "updated_weights" in steps:
            after = self._after(steps)
            try:
                loss = derive(after.given, after._rules("loss"), after.rounding)["loss"]
            except SoftstepError as overflow:
                raise SoftstepError(f"{self.source}:1:1: after the step, {overflow}") from None
            steps["loss_after"] = replace(loss, rule=LOSS_AFTER)
        return steps

    def _notes(self, steps: Mapping[str, Step]) -> Iterator[str]:
        """What the steps must be read with."""
        if "node_losses" in steps:
            by_hand = self.rounding.every_step and "probabilities" not in self.given.values
            yield from notes.infinite_loss(steps["node_losses"], by_hand)
        if "residuals" in steps and GRADIENTS[self.gradient]:
            full = [replace(self, gradient=gradient, rounding=Rounding()) for gradient in (self.gradient, "standard")]
            yield notes.no_derivative(self.gradient, *(problem._followed(problem._rules("update")) for problem in full))


KEPT_FILES = ("embeddings", "labels")
"""What a step of gradient descent leaves as it is, so that the next config may go on reading it from its file."""


def _rows(names: Sequence[str], value: Array) -> dict[Any, Any]:
    return {plain(name): entries for name, entries in zip(names, value.tolist(), strict=True)}


def _unless_numbered(names: Sequence[str], prefix: str) -> list[int | str] | None:
    """The names, if somebody gave them."""
    return None if list(names) == [f"{prefix}{i}" for i in range(len(names))] else [plain(name) for name in names]
