"""A number as people type it: read exactly, or refused with what is wrong and how to write it."""

import re

from softstep.names import is_whole
from softstep.read.sources import shown
from softstep.read.suggest import (
    PADDED,
    is_not_finite,
    is_number,
    lookalike,
    number_meant,
    numbers_in,
    thousands,
)

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)

_MEANS_MORE = re.compile(r"\A([-?:,\[\]{}#&*!|>'\"%@`]|(null|Null|NULL|~)\Z)|: | #|[,\[\]{}]|:\Z")


class Unreadable(Exception):  # noqa: N818
    """Text that is not what it should be: what was found, what is expected, and the fix."""

    def __init__(self, found: str, expected: str, fix: str) -> None:
        super().__init__(found, expected, fix)
        self.found, self.expected, self.fix = found, expected, fix


def parse_number(text: str) -> float:
    """A finite decimal number, as `0.5`, `-.5`, `3.`, `1e-3`. Raises Unreadable.

    >>> parse_number("-.5"), parse_number("1e-3")
    (-0.5, 0.001)
    """
    if not is_number(text):
        raise _not_a_number(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Unreadable(quoted(text), "no larger than 1.8e308, the largest float64", "write a smaller number")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise Unreadable(quoted(text), "no nearer to 0 than 4.9e-324, the smallest float64", "write 0")
    return value


def reads_like_number(text: str) -> bool:
    """Whether it is a number, or surely meant to be one, however it is typed."""
    return is_number(text) or is_not_finite(text) or bool(thousands(text)) or number_meant(text) is not None


def parse_not_negative(text: str) -> float:
    """A number that is 0 or more. Raises Unreadable."""
    if not is_number(text) and (meant := number_meant(text)):
        raise Unreadable(found_number(text), DECIMAL_NUMBER, f"write {shown(meant.lstrip('-'))}")
    value = parse_number(text)
    if value < 0:
        raise Unreadable(quoted(text), "0 or more", f"write {text.lstrip('-')}")
    return abs(value)  # of −0 too


def parse_entry(text: str) -> float:
    """A number in a list or a row. Raises Unreadable, for several numbers without commas with the commas as a fix."""
    several = [] if reads_like_number(text) else numbers_in(text)
    if len(several) > 1:
        raise Unreadable(found_number(text), DECIMAL_NUMBER, f"write {shown(', '.join(several))}")
    return parse_number(text)


def parse_whole(text: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`. Raises Unreadable.

    >>> parse_whole("15", 0, 15)
    15
    """
    expected, one_of_them = f"a whole number from {least} to {most}", f"write one of {least} to {most}"
    if not _WHOLE.fullmatch(text) or PADDED.match(text):
        number = text if is_number(text) else number_meant(text) or ""
        value = float(number or "nan")
        if is_number(text):
            fits = value.is_integer() and least <= value <= most
            fix = f"write {int(value)}" if fits else one_of_them
        else:
            fix = f"write {shown(number)}" if _WHOLE.fullmatch(number) else one_of_them
        raise Unreadable(quoted(text) if is_number(text) else found_number(text), expected, fix)
    if len(text) > 20 or not least <= int(text) <= most:
        raise Unreadable(quoted(text), expected, one_of_them)
    return int(text)


def parse_name(text: str, in_quotes: bool = False) -> str:
    """The name of a node or a class: text, or a whole number, which out of quotes must be plain. Raises Unreadable.

    >>> parse_name("7"), parse_name("paper")
    ('7', 'paper')
    """
    must = "a whole number or a name"
    if not text.strip() or text != text.strip():
        raise Unreadable(quoted(text), must, "write it without spaces around it" if text.strip() else "write a name")
    if len(text) > 80:
        raise Unreadable(quoted(text), f"{must} of at most 80 characters", "shorten it")
    bad = next((c for c in text if not c.isprintable()), None)
    if bad is not None:
        raise Unreadable(f"U+{ord(bad):04X} in a name", "printable text", "delete the character")
    named = lookalike(text)
    if named and not is_whole(text) and (is_whole(named[1]) or named[1].strip() != named[1]):
        raise Unreadable(f"{quoted(text)} with {named[0]}", must, f"write {shown(named[1].strip())}")
    if is_padded(text) and not in_quotes:
        cure = f'write {int(text)}, or "{text}" for a name' if len(text) <= 20 else "write a shorter number"
        raise Unreadable(quoted(text), must, cure)
    return text


def in_quotes(name: str) -> str:
    """A name as it is to be typed: in quotes where YAML would read something else.

    >>> in_quotes("paper"), in_quotes("null"), in_quotes("01"), in_quotes("a: b")
    ('paper', '"null"', '"01"', '"a: b"')
    """
    return f'"{name}"' if is_padded(name) or _MEANS_MORE.search(name) else name


def is_padded(text: str) -> bool:
    """Whether it is a whole number, but not as it is written, so that it is a name only in quotes.

    >>> is_padded("01"), is_padded("1"), is_padded("+1"), is_padded("a")
    (True, False, True, False)
    """
    return bool(_WHOLE.fullmatch(text)) and str(int(text[:100])) != text


def quoted(text: str) -> str:
    """The text as a complaint quotes it."""
    return f"'{shown(text)}'" if text else "nothing"


DECIMAL_NUMBER = "a decimal number"


def found_number(text: str) -> str:
    """What stands where a number should, with a character that only looks like an ASCII one named."""
    named = lookalike(text)
    return f"{quoted(text)} with {named[0]}" if named else quoted(text)


def _not_a_number(text: str) -> Unreadable:
    """What is wrong with the text, and the number that was most likely meant."""
    found = found_number(text)
    if is_not_finite(text):
        return Unreadable(found, "a finite number", "write a number")
    if either := thousands(text):
        return Unreadable(found, DECIMAL_NUMBER, f"write {either[0]} or {either[1]}, whichever is meant")
    meant = number_meant(text)
    return Unreadable(found, DECIMAL_NUMBER, f"write {shown(meant)}" if meant else "write a number such as 0.5")
