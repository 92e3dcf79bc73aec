"""What a config says: what is given, and how to compute and show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from softstep.compute.steps import Given
from softstep.lesson.conventions import Conventions
from softstep.lesson.rounding import Rounding


class DataFile(NamedTuple):
    """A file that a config names, and one of its columns or arrays if the config names that, too."""

    path: Path
    column: str | None = None
    key: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """What a config says: the data, the rule for the gradient, and the rounding.

    `features_as_rows`: W has a row for each feature where it is typed or shown. `given` has a row for each class.
    `has_biases`: the config gives b, which is 0 if it does not.
    `source` is the name of the config. `place` stands before complaints about the config as a whole. `files` has the
    quantities that came from files, `marks` the points for the steps that count on an answer sheet. `notes` are on
    how the config was read.
    """

    given: Given
    gradient: str = "standard"
    conventions: Conventions = field(default_factory=Conventions)
    rounding: Rounding = field(default_factory=Rounding)
    title: str | None = None
    note: str | None = None
    features_as_rows: bool = False
    has_biases: bool = True
    source: str = "problem"
    place: str = "problem"
    files: Mapping[str, DataFile] = field(default_factory=dict)
    marks: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
