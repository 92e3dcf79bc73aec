"""What a config says: what is given, and how to compute and show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from softstep.compute.steps import Given
from softstep.lesson.rounding import Rounding


class DataFile(NamedTuple):
    """A file that a config names, and which column of it, or which of its arrays, is meant."""

    path: Path
    column: str | None = None
    key: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """What a config says: what is given, the gradient's rules, and how numbers are rounded.

    `source` is the config's name, and `place` where complaints about all of it stand; `files` says which quantities
    were read from a file, `marks` how many points a step of an answer sheet is worth, where that is not 1.
    """

    given: Given
    gradient: str = "standard"
    rounding: Rounding = field(default_factory=Rounding)
    title: str | None = None
    source: str = "problem"
    place: str = "problem"
    files: Mapping[str, DataFile] = field(default_factory=dict)
    marks: Mapping[str, float] = field(default_factory=dict)
