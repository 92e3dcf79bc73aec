"""An answer sheet as it was read: numbers by step and place, each with the text that was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from softstep.compute.steps import Step
from softstep.lesson.maths import Array

Place = tuple[int, ...]
"""The row and the column of an entry, as far as the step has them, counted from 0."""

BLANK = "_"
"""What stands for an answer that is not given."""


class Misfit(NamedTuple):
    """An answer in a row or a column that the step has not, or in a row of another length."""

    row: str | None
    column: str | None
    typed: str


@dataclass(frozen=True, eq=False)
class Answers:
    """What a sheet says of one step.

    `numbers` has nan where nothing was typed or nothing could be read, `decimals` how many were typed; classes are
    numbers here, counted from 0. `typed` are the texts, `missing` counts the entries without one. `turned` says that
    rows and columns were exchanged on the sheet; here they are in their places.
    """

    numbers: Array
    decimals: Array
    typed: Mapping[Place, str]
    missing: int
    misfits: tuple[Misfit, ...] = ()
    turned: bool = False


@dataclass(frozen=True, eq=False)
class BlankSheet:
    """The steps that a sheet to fill in asks for."""

    steps: Mapping[str, Step]


@dataclass(frozen=True, eq=False)
class Sheet:
    """An answer sheet: the file, whose it is, the answers by key of the step, and what could not be read of it."""

    file: str
    name: str | None
    answers: Mapping[str, Answers]
    complaints: tuple[str, ...] = ()
