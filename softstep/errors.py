"""The one exception for everything that a user can cause, and the lines on stderr."""

import sys
from contextlib import suppress


class SoftstepError(Exception):
    """What could not be done: one complaint a line, each with its place, what is there, what must be, and the cure."""

    def __init__(self, *complaints: str) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


def say(line: str) -> None:
    """A line on stderr, if there is one that takes it; control characters are shown, not sent."""
    if sys.stderr is None:  # print() would take standard output instead
        return
    with suppress(OSError):
        print("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line), file=sys.stderr, flush=True)


def sentence(found: str, expected: str, fix: str) -> str:
    """How a complaint is said.

    >>> sentence("'O.5'", "a decimal number", "write 0.5")
    "'O.5'; expected a decimal number; write 0.5"
    """
    return f"{found}; expected {expected}; {fix}"
