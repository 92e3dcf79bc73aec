"""What is wrong with what was typed, as data, and the lines that say it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from softstep.errors import SoftstepError, sentence

Place = tuple[int, int]
"""A line and a column, counted from 1."""

MOST_COMPLAINTS = 100
"""Of more complaints about one file no more are told."""


class Node(Protocol):
    """What stands somewhere in a file."""

    start_mark: Any


class Complaint(NamedTuple):
    """One thing that is wrong: where in the file and where in the config, what was found and expected, and the fix.

    `found` alone is a sentence of its own, such as why a file cannot be read.
    """

    place: Place
    path: str
    found: str
    expected: str = ""
    fix: str = ""

    @property
    def text(self) -> str:
        """The complaint as it is said, without its place in the file."""
        said = sentence(self.found, self.expected, self.fix) if self.expected else self.found
        return f"{self.path}: {said}"


class Complaints:
    """All complaints about one file, collected so that they can be told at once.

    `source` is the file's name in them; file names in it start from `folder`.
    """

    def __init__(self, source: str, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.found: list[Complaint] = []
        self.count = 0
        self._others: list[Complaints] = []

    def add(self, at: Node | Place, path: str, found: str, expected: str = "", fix: str = "") -> None:
        """Something was found at a node or a place that is not what is expected there."""
        self.count += 1
        if not self.enough or self.count == MOST_COMPLAINTS:
            self.found.append(Complaint(_place(at), path, found, expected, fix))

    @property
    def enough(self) -> bool:
        """Whether no more are told, so that none need be sought."""
        return self.count >= MOST_COMPLAINTS

    def at(self, place: Place) -> str:
        """The place as it is told."""
        line, column = place
        return f"{self.source}:{line}:{column}"

    def about(self, source: str) -> "Complaints":
        """Those about another file that this one names, to be told with these."""
        self._others.append(Complaints(source, self.folder))
        return self._others[-1]

    def add_failure(self, at: Node, path: str, error: SoftstepError) -> None:
        """What the node asks for could not be done."""
        for reason in error.complaints:
            self.add(at, path, reason)

    def refuse(self) -> None:
        """Raise all that was found, if anything was, in the order of the file."""
        lines = [line for complaints in (self, *self._others) for line in complaints.lines()]
        if lines:
            raise SoftstepError(*lines)

    def __bool__(self) -> bool:
        return bool(self.found) or any(self._others)

    def lines(self) -> Iterator[str]:
        """The complaints in the order of the file, each with its place."""
        found = sorted({(complaint.place, complaint.text) for complaint in self.found})
        yield from (f"{self.at(place)}: {text}" for place, text in found)
        if self.enough:
            last, _ = found[-1]
            yield f"{self.at(last)}: there may be more complaints from here on; mend these first"


def _place(at: Node | Place) -> Place:
    return at if isinstance(at, tuple) else (at.start_mark.line + 1, at.start_mark.column + 1)
