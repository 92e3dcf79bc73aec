"""What a command found, and what is left of it when only some of it is asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.errors import SoftstepError
from softstep.lesson.quantities import CLASS, NODE, Axis, Quantity
from softstep.lesson.rules import Rule
from softstep.lesson.terms import chosen
from softstep.names import first_words, is_whole, join_words
from softstep.read.setting import Setting

Asked = str | int | Iterable[object]
"""A name, a number that is one, or several."""


class Ending(NamedTuple):
    """How a command ended: the exit status and, where that is not 0, why."""

    status: int = 0
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Result(Mapping[str, Step]):
    """What a command found: a mapping from step key to step, in the order of the lesson.

    `found` are all steps by key, those that were used too. `shown_keys` name those that the command is there to show,
    `opening_keys` the ones that are shown before them, `source_keys` those of which only the sizes are. `find_notes`
    finds the notes. `next_config` makes the next config, where there is one, as plain data; its argument is the folder
    that file names in it start from.
    """

    command: str
    setting: Setting
    found: Mapping[str, Step]
    shown_keys: tuple[str, ...]
    opening_keys: tuple[str, ...] = ()
    source_keys: tuple[str, ...] = ()
    find_notes: Callable[[], Iterable[str]] = tuple
    ending: Ending = field(default_factory=Ending)
    next_config: Callable[[Path], dict[str, Any]] | None = None

    if TYPE_CHECKING:  # given by the package, which knows the formats
        text: ClassVar[Callable[..., str]]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is to be said under it; computed where somebody reads it."""
        return tuple(self.find_notes())

    @property
    def status(self) -> int:
        """What the command ends with."""
        return self.ending.status

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why the status is not 0."""
        return self.ending.complaints

    @property
    def opening(self) -> tuple[Step, ...]:
        """The steps that are shown before those that were found."""
        return tuple(self.found[key] for key in self.opening_keys)

    @property
    def changes(self) -> tuple[tuple[Step, Step], ...]:
        """Of a whole run, what one step of gradient descent replaces, and its new value."""
        if self.command != "run":
            return ()
        replaced = {key: step.rule.replaces for key, step in self.items() if isinstance(step.rule, Rule)}
        return tuple((self.found[old], self[new]) for new, old in replaced.items() if old)

    def __getitem__(self, key: str) -> Step:
        if key not in self.shown_keys:
            raise KeyError(key)
        return self.found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shown_keys)

    def __len__(self) -> int:
        return len(self.shown_keys)

    def __repr__(self) -> str:
        return f"<Result of {self.command}, {self.setting.source}: {', '.join(self)}>"

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
        names = self.setting.given.names
        K = len(names[CLASS])
        numbers = [] if any(map(is_whole, names[CLASS])) else [(str(c), name) for c, name in enumerate(names[CLASS])]
        kept = self
        if wanted := _known("node", nodes, self._nodes() if nodes else ()):
            kept = kept._about(NODE, lambda _: _places(names[NODE], wanted))
        if wanted := _known("class", classes, names[CLASS], numbers):
            kept = kept._about(CLASS, lambda _: _places(names[CLASS], wanted))
        if of := chosen(params, K):
            by_letter = {letter: {c for other, c in of if other == letter} for letter in "wb"} | {
                "": {c for _, c in of}
            }
            kept = kept._about(CLASS, lambda quantity: by_letter[quantity.parameter])
        if wanted := _known("step", steps, self):
            left = tuple(key for key in kept if key in wanted)
            kept = replace(kept, opening_keys=(), shown_keys=left, next_config=self.next_config and whole_only)
        if not kept.shown_keys:
            kinds = {"node": nodes, "class": classes, "parameter": params, "step": steps}
            asked = [f"{kind} {name}" for kind, each in kinds.items() for name in each]
            cure = "leave it out" if len(asked) == 1 else "leave one of these out"
            raise SoftstepError(f"softstep: {self.command}: no number is about {join_words(asked)}; {cure}")
        return kept

    def _nodes(self) -> list[str]:
        """The nodes that have a row in any step; all of them where none has."""
        rows = (self.found[key].table.names.get(NODE, ()) for key in (*self.opening_keys, *self))
        return list(dict.fromkeys(name for names in rows for name in names)) or list(self.setting.given.names[NODE])

    def _about(self, axis: Axis, wanted: Callable[[Quantity], Collection[int]]) -> "Result":
        """What has entries at the wanted places of an axis, with these alone; and what it is made from."""

        def is_asked(rule: Quantity) -> bool:
            return axis in rule.axes or (axis == CLASS and rule.of_class in wanted(rule))

        asked = {key for key in (*self.opening_keys, *self) if is_asked(self.found[key].rule)}
        used = {key for key in asked.intersection(self) for key in self.found[key].inputs}
        found = {key: _part(step, axis, wanted(step.rule)) for key, step in self.found.items()}
        left = {key for key in asked | used if found.get(key)}
        return replace(
            self,
            found={key: found[key] or step for key, step in self.found.items()},
            opening_keys=tuple(key for key in self.opening_keys if key in left),
            shown_keys=tuple(key for key in self if key in left),
            next_config=self.next_config and whole_only,
        )


def whole_only(base: Path) -> dict[str, Any]:
    """What stands for the next config where only a part is asked for, or more. Raises SoftstepError."""
    raise SoftstepError(
        "softstep: -f yaml of update is the next config, which has to be whole; leave out --node, --class, --param, "
        "--step and --work, or use -f json"
    )


def _part(step: Step, axis: Axis, wanted: Collection[int]) -> Step | None:
    """The entries of a step at these places of an axis; None where none of them is there."""
    if axis not in step.rule.axes:
        return step
    inside = np.flatnonzero(np.isin(np.asarray(step.places[axis]), [*wanted]))
    return step.take({axis: inside}) if inside.size else None


def _places(names: Iterable[str], wanted: Collection[str]) -> set[int]:
    return {i for i, name in enumerate(names) if name in wanted}


def _listed(asked: Asked) -> list[str]:
    """What is asked for, one thing or several, as names."""
    return [str(asked)] if isinstance(asked, str | int) else [str(name) for name in asked]


def _known(kind: str, asked: Iterable[str], names: Iterable[str], also: Iterable[tuple[str, str]] = ()) -> list[str]:
    """The names that are asked for, which may `also` go by others. Raises SoftstepError for one that is not there."""
    there, others = dict.fromkeys(names), dict(also)
    wanted = [others.get(name, name) for name in asked]
    for name in wanted:
        if name not in there:
            right = first_words([*there], 20, "or")
            raise SoftstepError(f"--{kind} {name}: no such {kind} here; expected one of {right}; write one of them")
    return wanted
