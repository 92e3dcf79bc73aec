"""The one exception for everything that a user can cause, and how complaints are printed on stderr."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from unicodedata import east_asian_width


class SoftstepError(Exception):
    """Everything that a user can cause: one complaint per line, with place, what was found and expected, and the fix.

    `excerpts` has for each complaint the line of the file and the column that it is about, or None.
    """

    def __init__(self, *complaints: str, excerpts: Iterable[tuple[str, int] | None] = ()) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints
        self.excerpts = tuple(excerpts)


def say(line: str) -> None:
    """Print a line on stderr, if that is open; control characters are printed as escapes."""
    if sys.stderr is None:  # print() would take standard output instead
        return
    with suppress(OSError):
        print("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line), file=sys.stderr, flush=True)


MOST_EXCERPTS = 10
"""The number of complaints under which a terminal shows the line of the file."""


def say_error(error: SoftstepError) -> None:
    """Print all complaints on stderr; on a terminal with the line of the file and a caret under the place."""
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    for i, complaint in enumerate(error.complaints):
        say(complaint)
        excerpt = error.excerpts[i] if on_terminal and i < min(MOST_EXCERPTS, len(error.excerpts)) else None
        if excerpt:
            for line in with_caret(*excerpt):
                say(line)


def with_caret(line: str, column: int, width: int = 76) -> tuple[str, str]:
    """A line of a file, cut to `width` around a column, and a line with a caret under that column.

    >>> with_caret("a: [1, x]", 8)
    ('    a: [1, x]', '           ^')
    """
    start = max(0, min(column - width // 2, len(line) - width))
    part = "".join(c if c.isprintable() else " " for c in line[start : start + width])
    wide = sum(east_asian_width(c) in "WF" for c in part[: column - start - 1])
    return f"    {part}", " " * (4 + column - start - 1 + wide) + "^"


def sentence(found: str, expected: str, fix: str) -> str:
    """A complaint as one sentence.

    >>> sentence("'O.5'", "a decimal number", "write 0.5")
    "'O.5'; expected a decimal number; write 0.5"
    """
    return f"{found}; expected {expected}; {fix}"
