"""The result of a command, and the part of it that concerns some nodes, classes, parameters or steps."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.errors import SoftstepError
from softstep.lesson.quantities import CLASS, NODE, Axis, Quantity, key_called
from softstep.lesson.rules import Rule
from softstep.lesson.terms import find_parameters
from softstep.names import first_words, is_whole, join_words
from softstep.read.setting import Setting

Asked = str | int | Iterable[object]
"""A name, a number that is a name, or several of these."""


class Ending(NamedTuple):
    """The exit status of a command and, if that is not 0, the reasons."""

    status: int = 0
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Result(Mapping[str, Step]):
    """The result of a command: a mapping from step key to step, in the order of the lesson.

    `found` has all steps by key, also those that were only used. Of these the mapping has `shown_keys`; a page begins
    with `opening_keys`. `given` has what the config gives, as the command began with it. `find_notes` returns the notes
    on it. `next_config`, if there is a next config, returns it as plain data; its argument is the folder that file
    names in it start from.
    """

    command: str
    setting: Setting
    found: Mapping[str, Step]
    shown_keys: tuple[str, ...]
    given: Mapping[str, Step]
    opening_keys: tuple[str, ...] = ()
    find_notes: Callable[["Result"], Iterable[str]] = lambda _: ()
    ending: Ending = field(default_factory=Ending)
    next_config: Callable[[Path], dict[str, Any]] | None = None

    if TYPE_CHECKING:  # the package adds it: only that knows the formats
        text: ClassVar[Callable[..., str]]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """The notes under a page, those on how the config was read among them; computed when first read."""
        return (*self.setting.notes, *self.find_notes(self))

    @property
    def status(self) -> int:
        """The exit status of the command."""
        return self.ending.status

    @property
    def complaints(self) -> tuple[str, ...]:
        """The reasons why the status is not 0."""
        return self.ending.complaints

    @property
    def opening(self) -> tuple[Step, ...]:
        """The steps that a page begins with: what is given, or what the others are computed from."""
        return tuple(self.found[key] for key in self.opening_keys)

    @property
    def changes(self) -> tuple[tuple[Step, Step], ...]:
        """For `run`: each step that the update replaces, with the one that replaces it."""
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
        """The part that concerns these nodes, classes, parameters (w0, b0, W, b) and steps, given ones too.

        Steps are called by their key or symbol.

        What fits all arguments is kept, with its inputs. Raises SoftstepError for an unknown name, and if nothing is
        left.
        """
        nodes, classes, params, steps = (
            list(map(str, [asked] if isinstance(asked, str | int) else asked))
            for asked in (nodes, classes, params, steps)
        )
        names = self.setting.given.names
        numbers = [] if any(map(is_whole, names[CLASS])) else [(str(c), name) for c, name in enumerate(names[CLASS])]
        kept = self
        if nodes:
            tables = [self.found[key].table.names for key in (*self.opening_keys, *self)]
            with_rows = max((table[NODE] for table in tables if NODE in table), key=len, default=names[NODE])
            node_places = _places_of(_known_names("node", nodes, with_rows), names[NODE])
            kept = kept._part_about(NODE, lambda _: node_places)
        if wanted := _known_names("class", classes, names[CLASS], numbers):
            class_places = _places_of(wanted, names[CLASS])
            kept = kept._part_about(CLASS, lambda _: class_places)
        if pairs := find_parameters(params, names[CLASS]):
            classes_of = {letter: {c for other, c in pairs if other == letter} for letter in "wbu"}
            classes_of[""] = {c for _, c in pairs}
            kept = kept._part_about(CLASS, lambda quantity: classes_of[quantity.parameter])
        rules = [step.rule for step in (*self.values(), *self.given.values())]
        if wanted := _known_names("step", [key_called(step, rules) or step for step in steps], [*self, *self.given]):
            kept = replace(
                kept,
                found={**kept.given, **kept.found},
                shown_keys=tuple(key for key in dict.fromkeys((*kept.given, *kept)) if key in wanted),
                given={key: step for key, step in kept.given.items() if key in wanted},
                opening_keys=(),
                next_config=self.next_config and whole_only,
            )
        if not kept.shown_keys:
            kinds = {"node": nodes, "class": classes, "parameter": params, "step": steps}
            asked = [f"{kind} {name}" for kind, each in kinds.items() for name in each]
            fix = "leave it out" if len(asked) == 1 else "leave one of these out"
            raise SoftstepError(f"softstep: {self.command}: no number is about {join_words(asked)}; {fix}")
        return kept

    def _part_about(self, axis: Axis, wanted: Callable[[Quantity], Collection[int]]) -> "Result":
        """The steps with entries at the wanted places of an axis, narrowed to these, and their inputs."""

        def is_asked(rule: Quantity) -> bool:
            return axis in rule.axes or (axis == CLASS and rule.of_class in wanted(rule))

        asked = {key for key in (*self.opening_keys, *self) if is_asked(self.found[key].rule)}
        used = {key for key in asked.intersection(self) for key in self.found[key].inputs}
        found = _steps_at(self.found, axis, wanted)
        left = (asked | used) & found.keys()
        return replace(
            self,
            found={**self.found, **found},
            given=_steps_at(self.given, axis, wanted),
            opening_keys=tuple(key for key in self.opening_keys if key in left),
            shown_keys=tuple(key for key in self if key in left),
            next_config=self.next_config and whole_only,
        )


def _steps_at(steps: Mapping[str, Step], axis: Axis, wanted: Callable[[Quantity], Collection[int]]) -> dict[str, Step]:
    """The steps narrowed to the wanted places of an axis, without those that have none there."""
    narrowed = {**steps}
    for key, step in steps.items():
        if axis in step.rule.axes:
            inside = np.flatnonzero(np.isin(np.asarray(step.positions[axis]), [*wanted(step.rule)]))
            if inside.size:
                narrowed[key] = step.take({axis: inside})
            else:
                del narrowed[key]
    return narrowed


def whole_only(base: Path) -> dict[str, Any]:
    """Stand for the next config of a part of a result: raise SoftstepError."""
    raise SoftstepError(
        "softstep: -f yaml of update is the next config, which has to be whole; leave out --node, --class, --param, "
        "--step and --work, or use -f json"
    )


def _places_of(wanted: Collection[str], names: Iterable[str]) -> set[int]:
    return {i for i, name in enumerate(names) if name in wanted}


def _known_names(
    kind: str, asked: Iterable[str], names: Iterable[str], also: Iterable[tuple[str, str]] = ()
) -> list[str]:
    """The names that are asked for; `also` has other names for some. Raises SoftstepError for an unknown one."""
    known, other_names = dict.fromkeys(names), dict(also)
    wanted = [other_names.get(name, name) for name in asked]
    for name in wanted:
        if name not in known:
            right = first_words([*known], 20, "or")
            raise SoftstepError(
                f"--{kind} {name}: no such {kind} in this result; expected one of {right}; write one of them"
            )
    return wanted
