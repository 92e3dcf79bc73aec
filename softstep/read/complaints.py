"""What is wrong with what was typed, as data, and the lines that say it."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import NamedTuple

from softstep.errors import SoftstepError, sentence

MOST_COMPLAINTS = 100
"""The largest number of complaints about one file."""


class Place(NamedTuple):
    """A file, with a line and a column counted from 1. Python values have line 0."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.column else self.file


class Complaint(NamedTuple):
    """One problem: its place, its path in the config, what was found, what was expected, and the fix.

    Without `expected`, `found` is the whole sentence.
    """

    place: Place
    path: str
    found: str
    expected: str = ""
    fix: str = ""

    def __str__(self) -> str:
        text = sentence(self.found, self.expected, self.fix) if self.expected else self.found
        return f"{self.place}: {self.path}: {text}" if self.path else f"{self.place}: {text}"


class Log:
    """All complaints, and the lines of the files that they are about."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []
        self.notes: list[str] = []
        """Sentences about what may have been meant otherwise than it was read."""
        self.line_of: dict[str, Callable[[int], str]] = {}
        """For each file, a function from the number of a line to its text."""
        self._counts = Counter[str]()

    def add(self, place: Place, path: str, found: str, expected: str = "", fix: str = "") -> None:
        """Add a complaint, unless its file has enough."""
        if not self.has_enough(place.file):
            self.complaints.append(Complaint(place, path, found, expected, fix))
        self._counts[place.file] += 1

    def has_enough(self, file: str) -> bool:
        """Whether no more complaints about a file are kept."""
        return self._counts[file] >= MOST_COMPLAINTS

    def raise_error(self) -> None:
        """Raise SoftstepError with all complaints, if there are any."""
        if self.complaints:
            ordered = self.in_order()
            raise SoftstepError(*map(str, ordered), excerpts=map(self._excerpt, ordered))

    def in_order(self) -> list[Complaint]:
        """The complaints file by file, by line and column, without duplicates."""
        ordered: list[Complaint] = []
        for file in dict.fromkeys(complaint.place.file for complaint in self.complaints):
            ordered += sorted({complaint for complaint in self.complaints if complaint.place.file == file})
            if self.has_enough(file):
                more = "there may be more complaints from here on; mend these first"
                ordered.append(Complaint(ordered[-1].place, "", more))
        return ordered

    def _excerpt(self, complaint: Complaint) -> tuple[str, int] | None:
        """The line that a complaint is about, and the column."""
        file, line, column = complaint.place
        if line and file in self.line_of:
            with suppress(IndexError):  # the place of a missing end is behind the last line
                return self.line_of[file](line), column
        return None


def text_lines(text: str) -> list[str]:
    """The lines of a text as an editor counts them. After a final line break comes an empty line.

    >>> text_lines("one\\r\\ntwo\\fthree\\r")
    ['one', 'two\\x0cthree', '']
    """
    return StringIO(text, newline=None).read().split("\n")
