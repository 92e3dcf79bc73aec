"""A problem, which is what a config says, and the five stretches of the lesson that can be run on it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from softstep import notes
from softstep.errors import SoftstepError
from softstep.maths import Array
from softstep.rounding import Rounding
from softstep.steps import BIAS, CLASS, GIVEN, LABELLED, LOSS, NODE, WEIGHT, Given, Result, Rule, Step, derive, lesson
from softstep.terms import chosen, narrowed, written_out

STRETCHES = ("forward", "loss", "grad", "update", "run")
"""The stretches of the lesson in their order; `run` is all of them, and the loss after the step."""


@dataclass(frozen=True, eq=False)
class Problem:
    """One softmax layer with its data: what is given, the gradient's rules, and how numbers are rounded.

    `source` is the config's name in complaints; `files` says which quantities were read from a file.
    """

    given: Given
    gradient: str = "standard"
    rounding: Rounding = field(default_factory=Rounding)
    title: str | None = None
    source: str = "problem"
    files: Mapping[str, Path] = field(default_factory=dict)

    def forward(self) -> Result:
        """Logits, exponentials, normalizers, probabilities and predictions."""
        return self.result("forward")

    def loss(self) -> Result:
        """Node losses and loss."""
        return self.result("loss")

    def grad(self, *params: str) -> Result:
        """Residuals and gradients; those of the parameters named (w0, b0, W, b) are written out term by term."""
        return self.result("grad", params)

    def update(self, *params: str) -> Result:
        """Updated weights and biases, and the next config."""
        return self.result("update", params)

    def run(self) -> Result:
        """Every step that the config allows, and a note of what it leaves out."""
        return self.result("run")

    def result(self, command: str, params: Sequence[str] = ()) -> Result:
        """What `command` finds. Raises SoftstepError where it lacks a key, for an unknown parameter, on overflow."""
        names = chosen(params, len(self.given.names[CLASS]))
        rules = self._rules(command, names)
        steps = self._steps(rules)
        own = {rule.key: rule for rule in rules if command in ("run", rule.command)}
        lacks = {key: self._lacks(key, rules) for key in own if key not in steps}
        if lacks and (command != "run" or len(lacks) == len(own)):
            raise SoftstepError(f"{self.source}:1:1: {notes.lacking(command, _together(lacks), self._start())}")
        made = {key: steps[key] for key in own if key in steps and key not in self.given.values}
        used = {key for rule in own.values() for key in rule.inputs}
        reads = [step for key, step in steps.items() if key in used and key not in made]
        opening: list[Step] = []
        if command == "run":
            opening, reads = [steps[key] for key in GIVEN if key in self.given.values], []
        elif command == "update" and names:
            opening, reads = _about(names, reads), []
        return Result(
            command=command,
            source=self.source,
            title=self.title,
            gradient=self.gradient,
            rounding=self.rounding,
            steps={step.rule.key: step for step in _about(names, made.values())},
            opening=tuple(opening),
            reads=tuple(reads),
            changes=tuple(_changes(steps, rules)) if command == "run" else (),
            true=_by_name(steps.get("labels")),
            predicted=_by_name(steps.get("predictions")),
            notes=tuple(self._notes(command, steps, lacks)),
            state=self.after(steps).as_config if command == "update" else None,
        )

    def after(self, steps: Mapping[str, Step]) -> "Problem":
        """The same problem with the updated weights and biases."""
        return self._with(steps["updated_weights"].value, steps["updated_biases"].value)

    def as_config(self, base: Path) -> dict[str, Any]:
        """The problem as the plain data of a config that reads back as it, bit for bit; see `softstep.config`.

        Embeddings and labels that came from a file stay there; the file's name is relative to the folder `base`.
        """
        names, values = self.given.names, self.given.values
        labelled = dict(zip(names[LABELLED], values["labels"].tolist(), strict=True)) if "labels" in values else {}
        numbered = tuple(map(str, range(len(names[CLASS]))))
        config: dict[str, Any] = {
            "title": self.title,
            "embeddings": _rows(names[NODE], values["embeddings"]),
            "labels": {_plain(node): _plain(names[CLASS][c]) for node, c in labelled.items()},
            "classes": None if names[CLASS] == numbered else [_plain(name) for name in names[CLASS]],
            "weights": _rows(names[WEIGHT], values["weights"]),
            "biases": _rows(names[BIAS], values["biases"]),
            "learning_rate": values["learning_rate"].item(),
            "gradient": self.gradient,
            "rounding": vars(self.rounding),
        }
        files = {
            key: {"file": os.path.relpath(self.files[key], base)}
            for key in ("embeddings", "labels")
            if key in self.files
        }
        return {key: value for key, value in (config | files).items() if value is not None}

    def _rules(self, command: str, names: Sequence[str]) -> list[Rule]:
        """The lesson from what is given to the end of `command`, with the terms of the parameters named."""
        rules = [*written_out(lesson(self.gradient, self.rounding), names), self._loss_after()]
        start = max((i for i, rule in enumerate(rules) if rule.key in self.given.values), default=-1)
        return [rule for rule in rules[start + 1 :] if STRETCHES.index(rule.command) <= STRETCHES.index(command)]

    def _loss_after(self) -> Rule:
        """The loss that the step leads to: the lesson once more, as far as the loss."""

        def loss_after(W: Array, b: Array, y: Array) -> Array:
            after = self._with(W.astype(float), b.astype(float))
            try:
                return derive(after.given, after._rules("loss", ()), after.rounding)["loss"].value
            except SoftstepError as overflow:
                raise SoftstepError(f"after the step, {overflow}") from None

        return Rule(
            "loss_after",
            "L′",
            "Loss after the step",
            places=LOSS,
            formula="L at W′ and b′",
            inputs=("updated_weights", "updated_biases", "labels"),
            compute=loss_after,
            command="run",
            answer=True,
            replaces="loss",
        )

    def _with(self, W: Array, b: Array) -> "Problem":
        return replace(self, given=replace(self.given, values={**self.given.values, "weights": W, "biases": b}))

    def _steps(self, rules: Iterable[Rule]) -> dict[str, Step]:
        try:
            return derive(self.given, rules, self.rounding)
        except SoftstepError as overflow:
            raise SoftstepError(f"{self.source}:1:1: {overflow}") from None

    def _start(self) -> str | None:
        """The key of the lesson that is given where it starts later than at the embeddings."""
        return next((key for key in ("logits", "probabilities") if key in self.given.values), None)

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

    def _notes(self, command: str, steps: Mapping[str, Step], lacks: Mapping[str, list[str]]) -> Iterator[str]:
        if "node_losses" in steps and command in ("loss", "run"):
            rounded = self.rounding.every_step and "probabilities" not in self.given.values
            yield from notes.infinite_loss(steps["node_losses"], rounded)
        if lacks:
            yield notes.left_out(lacks)
        if self.gradient != "standard" and "residuals" in steps and command in ("grad", "run"):
            full = [replace(self, gradient=gradient, rounding=Rounding()) for gradient in (self.gradient, "standard")]
            yield notes.article_gradient(*(problem._steps(problem._rules("run", ())) for problem in full))


def _together(lacks: Mapping[str, Iterable[str]]) -> list[str]:
    """All keys that are lacking, in the order of a config."""
    lacking = {key for keys in lacks.values() for key in keys}
    return [key for key in GIVEN if key in lacking]


def _about(names: Sequence[str], steps: Iterable[Step]) -> list[Step]:
    """What the steps say of the named parameters; all of it where none is named."""
    return [kept for step in steps if (kept := narrowed(step, names) if names else step)]


def _changes(steps: Mapping[str, Step], rules: Iterable[Rule]) -> Iterator[tuple[Step, Step]]:
    """What a step of gradient descent replaces, and its new value."""
    for rule in rules:
        if rule.replaces and rule.key in steps:
            yield steps[rule.replaces], steps[rule.key]


def _by_name(step: Step | None) -> dict[str, str]:
    return dict(zip(step.rows or (), step.digits(), strict=True)) if step else {}


def _rows(names: Sequence[str], value: Array) -> dict[Any, Any]:
    return {_plain(name): entries for name, entries in zip(names, value.tolist(), strict=True)}


def _plain(name: str) -> int | str:
    """A name as YAML data: whole numbers as such."""
    return int(name) if name.lstrip("-").isdecimal() and str(int(name)) == name else name
