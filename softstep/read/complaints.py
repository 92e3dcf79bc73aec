"""What is wrong with what was typed, as data, and the lines that say it."""

from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import NamedTuple

from softstep.errors import SoftstepError, sentence

MOST_COMPLAINTS = 100
"""Of more complaints about one file no more are told."""


class Place(NamedTuple):
    """A file as messages call it, and a line and a column of it, counted from 1; values of Python have no line."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.column else self.file


class Complaint(NamedTuple):
    """One thing that is wrong: where in the file and where in the config, what was found and expected, and the fix.

    `found` alone is a sentence of its own, such as why a file cannot be read.
    """

    place: Place
    path: str
    found: str
    expected: str = ""
    fix: str = ""

    def __str__(self) -> str:
        said = sentence(self.found, self.expected, self.fix) if self.expected else self.found
        return f"{self.place}: {self.path}: {said}" if self.path else f"{self.place}: {said}"


class Log:
    """All complaints, collected so that they can be told at once, and the lines of the files that they are about."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []
        self.line_of: dict[str, Callable[[int], str]] = {}
        """What gives a line of a file by its number."""
        self._counts: dict[str, int] = {}

    def add(self, place: Place, path: str, found: str, expected: str = "", fix: str = "") -> None:
        """Add a complaint, unless there are enough about its file."""
        if not self.has_enough(place.file):
            self.complaints.append(Complaint(place, path, found, expected, fix))
        self._counts[place.file] = self._counts.get(place.file, 0) + 1

    def has_enough(self, file: str) -> bool:
        """Whether no more are told about a file, so that none need be sought."""
        return self._counts.get(file, 0) >= MOST_COMPLAINTS

    def refuse(self) -> None:
        """Raise SoftstepError with all complaints, if there are any: file by file, in the order of their places."""
        if self.complaints:
            ordered = self.in_order()
            raise SoftstepError(*map(str, ordered), excerpts=map(self._excerpt, ordered))

    def in_order(self) -> list[Complaint]:
        """The complaints in the order in which they are told, each once."""
        files = list(dict.fromkeys(complaint.place.file for complaint in self.complaints))
        told: list[Complaint] = []
        for file in files:
            about = sorted({each for each in self.complaints if each.place.file == file})
            told += about
            if self.has_enough(file):
                told.append(
                    Complaint(about[-1].place, "", "there may be more complaints from here on; mend these first")
                )
        return told

    def _excerpt(self, complaint: Complaint) -> tuple[str, int] | None:
        """The line that a complaint is about, and the column."""
        place = complaint.place
        line_of = self.line_of.get(place.file) if place.line else None
        with suppress(IndexError):  # what ends too early is told behind the last line
            return (line_of(place.line), place.column) if line_of else None
        return None


def text_lines(text: str) -> list[str]:
    """The lines of a text, as an editor counts them, an empty one behind the last line break.

    >>> text_lines("one\\r\\ntwo\\fthree\\r")
    ['one', 'two\\x0cthree', '']
    """
    return StringIO(text, newline=None).read().split("\n")
