"""What a command found, and what is left of it when only some of it is asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from softstep.errors import SoftstepError
from softstep.maths import Array
from softstep.names import is_whole, joined, some
from softstep.notebook import Shown, written
from softstep.rounding import Rounding
from softstep.steps import BIAS, CLASS, LABELLED, NODE, WEIGHT, Rule, Step
from softstep.terms import chosen

Asked = str | int | Iterable[object]
"""A name, a number that is one, or several."""


@dataclass(frozen=True, eq=False, repr=False)
class Result(Shown, Mapping[str, Step]):
    """What a command found: a mapping from step key to step, in the order of the lesson, and what is printed around it.

    `names` are those of nodes, classes and parameters, `labelled` the rows of the nodes that have a label. `opening` is
    shown before the steps; of `reads`, the other quantities that they are made from, only the symbols. `changes` pairs
    what one step of gradient descent replaces with its new value. `labels` and `predictions` are the steps that say
    which class a node has. `noted` finds the notes. `status` is what the command ends with, and `complaints` say why it
    is not 0. `state` makes the next config, where there is one, as plain data; its argument is the folder that file
    names in it start from.
    """

    command: str
    source: str
    title: str | None
    gradient: str
    rounding: Rounding
    names: Mapping[str, Sequence[str]]
    labelled: Array
    steps: Mapping[str, Step]
    opening: tuple[Step, ...] = ()
    reads: tuple[Step, ...] = ()
    changes: tuple[tuple[Step, Step], ...] = ()
    labels: Step | None = None
    predictions: Step | None = None
    noted: Callable[[], Iterable[str]] = tuple
    complaints: tuple[str, ...] = ()
    status: int = 0
    state: Callable[[Path], dict[str, Any]] | None = None

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is to be said under it; computed where somebody reads it."""
        return tuple(self.noted())

    def __getitem__(self, key: str) -> Step:
        return self.steps[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"<Result of {self.command}, {self.source}: {', '.join(self)}>"

    def classes_of(self, step: Step) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The true and the predicted class of the nodes that label the step's rows, by name."""
        rows = np.asarray(step.part.rows if step.part else range(len(step.rows or ())), dtype=int)
        nodes = self.labelled[rows] if step.rule.rows == LABELLED else rows
        there = np.flatnonzero(np.isin(self.labelled, nodes))
        return _by_node(self.labels, there), _by_node(self.predictions, nodes)

    def only(
        self,
        nodes: Asked = (),
        classes: Asked = (),
        params: Asked = (),
        steps: Asked = (),
    ) -> "Result":
        """What it says of these nodes, classes, parameters (w0, b0, W, b) and steps (by key) alone.

        Of the rest, what these are made from stays. Each kind narrows further what the others leave. Raises
        SoftstepError for a name that is not there, and where nothing is left.
        """
        nodes, classes, params, steps = map(_listed, (nodes, classes, params, steps))
        names = self.names[CLASS]
        numbers = [] if any(map(is_whole, names)) else [(str(c), name) for c, name in enumerate(names)]
        kept = self
        if wanted := _known("node", nodes, self._nodes() if nodes else ()):
            kept = kept._about({NODE: wanted, LABELLED: wanted})
        if wanted := _known("class", classes, names, numbers):
            places = [names.index(name) for name in wanted]
            weights, biases = ([self.names[axis][c] for c in places] for axis in (WEIGHT, BIAS))
            kept = kept._about({CLASS: wanted, WEIGHT: weights, BIAS: biases})
        if of := chosen(params, len(names)):
            kept = kept._about({CLASS: {names[int(name[1:])] for name in of}, WEIGHT: of, BIAS: of})
        if wanted := _known("step", steps, self):
            changes = tuple(change for change in kept.changes if change[1].rule.key in wanted)
            left = {key: step for key, step in kept.items() if key in wanted}
            kept = replace(kept, opening=(), steps=left, changes=changes, state=self.state and whole_only)
        if not kept.steps:
            kinds = {"node": nodes, "class": classes, "parameter": params, "step": steps}
            asked = [f"{kind} {name}" for kind, each in kinds.items() for name in each]
            cure = "leave it out" if len(asked) == 1 else "leave one of these out"
            raise SoftstepError(f"softstep: {self.command}: no number is about {joined(asked)}; {cure}")
        return kept

    def text(self, format: str = "table", **look: Any) -> str:  # noqa: A002
        """The result in any format, as a command prints it; `look` may be work=True, all=True, decimals=3, ascii=True.

        Raises SoftstepError for a format that there is not.
        """
        return written(format, self, look)

    def _nodes(self) -> list[str]:
        """The nodes that have a row in any step; all of them where none has."""
        rows = (step.rows or () for step in (*self.opening, *self.values()) if step.rule.rows in (NODE, LABELLED))
        return list(dict.fromkeys(name for names in rows for name in names)) or list(self.names[NODE])

    def _about(self, wanted: Mapping[Any, Collection[str]]) -> "Result":
        """What says something of these names, the keys being those of `names`, and what it is made from.

        What is written out for a parameter is about that.
        """
        params = (*wanted.get(WEIGHT, ()), *wanted.get(BIAS, ()))
        asked = {
            step.rule.key
            for step in (*self.opening, *self.values())
            if any(axis in wanted for axis in (step.rule.rows, step.rule.columns))
            or (isinstance(step.rule, Rule) and step.rule.param in params)
        }
        used = {key for step in self.values() if step.rule.key in asked for key in step.inputs}

        def about(step: Step) -> Step | None:
            if step.rule.key not in asked | used:
                return None
            rows, columns = (
                [i for i, name in enumerate(names or ()) if name in wanted[axis]] if axis in wanted else None
                for axis, names in ((step.rule.rows, step.rows), (step.rule.columns, step.columns))
            )
            return step.take(rows, columns) if rows != [] and columns != [] else None

        return self._kept(about)

    def _kept(self, kept: Callable[[Step], Step | None]) -> "Result":
        """What `kept` leaves of each step."""
        return replace(
            self,
            opening=tuple(step for step in map(kept, self.opening) if step),
            steps={step.rule.key: step for step in map(kept, self.values()) if step},
            changes=tuple(
                (old, new) for before, after in self.changes if (old := kept(before)) and (new := kept(after))
            ),
            state=self.state and whole_only,
        )


def whole_only(base: Path) -> dict[str, Any]:
    """What stands for the next config where only a part is asked for, or more. Raises SoftstepError."""
    raise SoftstepError(
        "softstep: -f yaml of update is the next config, which has to be whole; leave out --node, --class, --param, "
        "--step and --work, or use -f json"
    )


def _by_node(step: Step | None, rows: Array) -> dict[str, str]:
    """The classes at these rows, by node."""
    part = step and step.take(rows=rows)
    return dict(zip(part.rows or (), part.digits(), strict=True)) if part else {}


def _listed(asked: Asked) -> list[str]:
    """What is asked for, one thing or several, as names."""
    return [str(asked)] if isinstance(asked, str | int) else [str(name) for name in asked]


def _known(kind: str, asked: Iterable[str], names: Iterable[str], also: Iterable[tuple[str, str]] = ()) -> list[str]:
    """The names that are asked for, which may `also` go by others. Raises SoftstepError for one that is not there."""
    there, others = dict.fromkeys(names), dict(also)
    wanted = [others.get(name, name) for name in asked]
    for name in wanted:
        if name not in there:
            right = some([*there], 20, "or")
            raise SoftstepError(f"--{kind} {name}: no such {kind} here, must be one of {right}; write one of them")
    return wanted
