"""An answer sheet as it was read: numbers by step and place, each with the text that was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from softstep.compute.steps import Step
from softstep.lesson.maths import Array
from softstep.read.setting import Setting

CellPosition = tuple[int, ...]
"""The indices of an entry: its row and its column, as far as the step has them."""

BLANK = "_"
"""Stands for an answer that is not given."""


class Misfit(NamedTuple):
    """An answer in a row or a column that the step does not have, or in a row of another length."""

    row: str | None
    column: str | None
    typed: str


@dataclass(frozen=True, eq=False)
class Answers:
    """What a sheet says about one step.

    `numbers` has nan for what is blank or could not be read; classes are numbers counted from 0. `decimals` counts the
    decimals that were typed, `missing` the blanks. `typed` has the texts, in the order of the page. Positions are those
    in the lesson, where W has a row for each class. `turned`: the sheet has rows and columns exchanged; here they are
    in their places. `is_blank`: nothing was typed, not even what could not be read.
    """

    numbers: Array
    decimals: Array
    typed: Mapping[CellPosition, str]
    missing: int
    misfits: tuple[Misfit, ...] = ()
    turned: bool = False
    is_blank: bool = False


@dataclass(frozen=True, eq=False)
class BlankSheet:
    """The steps that an empty sheet asks for.

    For people it has more: the `setting` it is about, what is `given`, and steps `on_the_way`, of which it shows the
    formulas.
    """

    steps: Mapping[str, Step]
    setting: Setting | None = None
    given: Mapping[str, Step] = field(default_factory=dict)
    on_the_way: Mapping[str, Step] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Sheet:
    """An answer sheet: its file, the name on it, the answers by key of the step, and the complaints."""

    file: str
    name: str | None
    answers: Mapping[str, Answers]
    complaints: tuple[str, ...] = ()
