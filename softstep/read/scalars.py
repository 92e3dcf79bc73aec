"""One value at a time: a number, a name, a word, or a mapping of these. A reader takes a cursor."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import isinf
from typing import Any, NoReturn, TypeVar

from softstep.names import is_harmless, is_whole, join_words, safe_text
from softstep.read.suggest import (
    ALSO_CALLED,
    PADDED,
    in_ascii,
    is_not_finite,
    is_number,
    lookalike,
    near_word,
    number_meant,
    numbers_in,
    thousands,
)
from softstep.read.tree import Cursor, List, Map, Refused, Text, collect, is_empty, kind, quote, texts_in, values_in

T = TypeVar("T")

Reader = Callable[[Cursor], Any]

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_MEANS_MORE = re.compile(r"\A([-?:,\[\]{}#&*!|>'\"%@`]|(null|Null|NULL|~)\Z)|: | #|[,\[\]{}]|:\Z")
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

DECIMAL_NUMBER = "a decimal number"
MOST_CHARACTERS = 80
"""No name has more."""

MOST_POINTS = 1_000_000
"""No step of a sheet is worth more."""


Refuse = Callable[[str, str, str], NoReturn]
"""What refuses a text: with what was found, what is expected, and the fix. It raises."""


def parse_number(text: str, refuse: Refuse) -> float:
    """A finite decimal number, as `0.5`, `-.5`, `3.`, `1e-3`."""
    if not is_number(text):
        _refuse_number(text, refuse)
    value = float(text)
    if isinf(value):
        refuse(quote(text), "no larger than 1.8e308, the largest float64", "write a smaller number")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        refuse(quote(text), "no nearer to 0 than 4.9e-324, the smallest float64", "write 0")
    return value


def parse_cell(text: str, refuse: Refuse) -> float:
    """A number in a cell of CSV: zeros may stand before it, and one too small for float64 is 0."""
    bare = PADDED.sub(r"\1", text)
    if not is_number(bare):
        return parse_entry(text, refuse)
    return float(bare) if float(bare) == 0 else parse_number(bare, refuse)


def parse_entry(text: str, refuse: Refuse) -> float:
    """A number in a list or a row, where commas may have been forgotten."""
    several = [] if reads_like_number(text) else numbers_in(text)
    if len(several) > 1:
        refuse(_found_number(text), DECIMAL_NUMBER, f"write {safe_text(', '.join(several))}")
    return parse_number(text, refuse)


def parse_not_negative(text: str, refuse: Refuse) -> float:
    """A number that is 0 or more."""
    value = parse_number(text, refuse)
    if value < 0:
        refuse(quote(text), "0 or more", f"write {text.lstrip('-')}")
    return abs(value)  # of −0 too


def parse_points(text: str, refuse: Refuse) -> float:
    """How many points something is worth."""
    if (value := parse_not_negative(text, refuse)) > MOST_POINTS:
        refuse(quote(text), f"from 0 to {MOST_POINTS}", f"write a number from 0 to {MOST_POINTS}")
    return value


def parse_whole(text: str, refuse: Refuse, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    value = float(text if is_number(text) else number_meant(text) or "nan")
    fits = value.is_integer() and least <= value <= most
    if not (fits and _WHOLE.fullmatch(text) and is_number(text)):
        fix = f"write {int(value)}" if fits else f"write a number from {least} to {most}"
        refuse(_found_number(text), f"a whole number from {least} to {most}", fix)
    return int(value)


def parse_name(text: str, refuse: Refuse, in_quotes: bool = False) -> str:
    """The name of a node or a class: text, or a whole number, which out of quotes must be plain."""
    expected = "a whole number or a name"
    if text != text.strip() or not text:
        fix = "write it without spaces around it" if text.strip() else "write a name"
        refuse(quote(text), expected, fix)
    if len(text) > MOST_CHARACTERS:
        refuse(quote(text), f"{expected} of at most {MOST_CHARACTERS} characters", "shorten it")
    _check_printable(text, refuse, "name")
    named = lookalike(text)
    if named and not is_whole(text) and (is_whole(named[1]) or named[1].strip() != named[1]):
        refuse(f"{quote(text)} with {named[0]}", expected, f"write {safe_text(named[1].strip())}")
    if is_padded(text) and not in_quotes:
        fix = f'write {int(text)}, or "{text}" for a name' if len(text) <= 20 else "write a shorter number"
        refuse(quote(text), expected, fix)
    return text


def parse_text(text: str, refuse: Refuse) -> str:
    """A line of text without the spaces around it."""
    _check_printable(text.strip(), refuse, "text")
    return text.strip()


def is_name(text: str) -> bool:
    """Whether it is a name, be it in quotes.

    >>> is_name("paper"), is_name("01"), is_name(" a"), is_name("")
    (True, True, False, False)
    """

    def refuse(*_: str) -> NoReturn:
        raise Refused

    with suppress(Refused):
        return bool(parse_name(text, refuse, in_quotes=True))
    return False


def _check_printable(text: str, refuse: Refuse, what: str) -> None:
    bad = next((character for character in text if not is_harmless(character)), None)
    if bad is not None:
        fix = "write a space for it" if bad.isspace() else "delete that character"
        refuse(f"U+{ord(bad):04X} in a {what}", "printable characters", fix)


def reads_like_number(text: str) -> bool:
    """Whether it is a number, or surely meant to be one, however it is typed."""
    return is_number(text) or is_not_finite(text) or bool(thousands(text)) or number_meant(text) is not None


def is_padded(text: str) -> bool:
    """Whether it is a whole number, but not as it is written, so that it is a name only in quotes.

    >>> is_padded("01"), is_padded("1"), is_padded("+1"), is_padded("a")
    (True, False, True, False)
    """
    return bool(_WHOLE.fullmatch(text)) and str(int(text[:100])) != text


def in_quotes(name: str) -> str:
    """A name as it is to be typed: in quotes where YAML would read something else.

    >>> in_quotes("paper"), in_quotes("null"), in_quotes("01"), in_quotes("a: b")
    ('paper', '"null"', '"01"', '"a: b"')
    """
    return f'"{name}"' if is_padded(name) or _MEANS_MORE.search(name) else name


def did_you_mean(wrong: str, words: Sequence[str]) -> str | None:
    """The fix for what is nearly one of these words; None where none is near.

    >>> did_you_mean("embedings", ["embeddings", "labels"])
    'did you mean embeddings?'
    """
    near = None if is_number(wrong) else near_word(wrong, words)
    return None if near is None else f"did you mean {in_quotes(safe_text(near))}?"


def one_of(words: Sequence[str], most: int = 12) -> str:
    """The words as what is expected, if they are not too many."""
    return join_words(words, "or") if len(words) <= most + 1 else f"{', '.join(words[:most])}, …"


def _found_number(text: str) -> str:
    named = lookalike(text)
    return f"{quote(text)} with {named[0]}" if named else quote(text)


def _refuse_number(text: str, refuse: Refuse) -> NoReturn:
    """Refuse a text that is no number, with the number that was most likely meant."""
    found = _found_number(text)
    if is_not_finite(text):
        refuse(found, "a finite number", "write a number")
    if either := thousands(text):
        refuse(found, DECIMAL_NUMBER, f"write {either[0]} or {either[1]}, whichever is meant")
    meant = number_meant(text)
    refuse(found, DECIMAL_NUMBER, f"write {safe_text(meant)}" if meant else "write a number such as 0.5")


# Readers


def scalar(expected: str, parse: Callable[[str, Refuse], T], may_be_quoted: bool = False) -> Callable[[Cursor], T]:
    """A reader of one value; `may_be_quoted` says whether quotation marks may stand around it."""

    def read(cursor: Cursor) -> T:
        node = cursor.node
        if not isinstance(node, Text) or is_empty(node):
            is_nested = isinstance(node, List) or (isinstance(node, Map) and not may_be_quoted)
            fix = "take the inner brackets away" if is_nested else "write one"
            cursor.refuse(kind(node), expected, fix)
        value = parse(node.text, cursor.refuse)
        if node.quoted and not may_be_quoted:
            cursor.refuse(f"{quote(node.text)} in quotes", expected, f"write {safe_text(node.text.strip())}")
        return value

    return read


number = scalar(DECIMAL_NUMBER, parse_number)
entry = scalar(DECIMAL_NUMBER, parse_entry)
cell_number = scalar(DECIMAL_NUMBER, parse_cell)
not_negative = scalar(DECIMAL_NUMBER, parse_not_negative)
points = scalar(DECIMAL_NUMBER, parse_points)
text = scalar("a line of text", parse_text, may_be_quoted=True)
quoted_name = scalar("a name", partial(parse_name, in_quotes=True), may_be_quoted=True)
plain_name = scalar("a name", parse_name, may_be_quoted=True)


def name(cursor: Cursor) -> str:
    """The name of a node or a class."""
    return (quoted_name if isinstance(cursor.node, Text) and cursor.node.quoted else plain_name)(cursor)


def whole(least: int, most: int) -> Callable[[Cursor], int]:
    """A reader of whole numbers from `least` to `most`."""
    return scalar(f"a whole number from {least} to {most}", partial(parse_whole, least=least, most=most))


def word(*words: str) -> Callable[[Cursor], str]:
    """A reader of one of these words."""
    return scalar(join_words(words, "or"), partial(_parse_word, words=words), may_be_quoted=True)


def truth(cursor: Cursor) -> bool:
    """true or false, however YAML spells it."""
    return scalar("true or false", _parse_truth)(cursor)


def _parse_truth(text: str, refuse: Refuse) -> bool:
    if text.lower() not in _TRUTHS:
        refuse(quote(text), "true or false", "write true or false, whichever is meant")
    return _TRUTHS[text.lower()]


def _parse_word(text: str, refuse: Refuse, words: Sequence[str]) -> str:
    if text not in words:
        refuse(quote(text), join_words(words[:3], "or"), did_you_mean(text, words) or "write one of these words")
    return text


def names(cursor: Cursor) -> tuple[str, ...]:
    """A list of names, each there once."""
    node = cursor.node
    if not isinstance(node, List) or not node.items:
        there = ", ".join(map(safe_text, texts_in(node)))
        cursor.refuse(kind(node), "a list of names", f"write [{there}]" if there else "write a list such as [cat, dog]")
    read = collect(name, cursors := cursor.items())
    first: dict[str, str] = {}
    for each, at in zip(read, cursors, strict=True):
        if (before := first.setdefault(each, at.path)) != at.path:
            at.complain(f"duplicate name {quote(each)} (as {before})", "each name once", "rename it")
    if len(first) < len(read):
        raise Refused
    return tuple(read)


def mapping(cursor: Cursor, readers: Mapping[str, Reader], example: str) -> dict[str, Any]:
    """The values of a mapping that may have these keys, and no others, as these readers read them.

    What was refused is left out: the reason is in the log. `example` is an entry.
    """
    read: dict[str, Any] = {}
    for key, value in known_entries(cursor, tuple(readers), example):
        with suppress(Refused):
            read[key] = readers[key](value)
    return read


def known_entries(cursor: Cursor, keys: Sequence[str], example: str) -> list[tuple[str, Cursor]]:
    """The entries of a mapping that may have these keys, and no others; of the others there are complaints."""
    if not isinstance(cursor.node, Map):
        cursor.refuse(kind(cursor.node), f"a mapping with {one_of(keys, 4)}", f"write {{{example}}}")
    prefix = "" if cursor.path == "config" else f"{cursor.path}."
    found: list[tuple[str, Cursor]] = []
    typed = values_in(cursor.node)
    free = [key for key in keys if key not in typed]
    with suppress(Refused):  # keys that are there twice, or no text: the others are read all the same
        for key, at_key, value in cursor.entries():
            if key in keys:
                found.append((key, cursor.at(value.node, f"{prefix}{key}")))
            elif not cursor.log.has_enough(at_key.place.file):
                _complain_of_key(key, at_key, keys, free)
    return found


def named_entries(cursor: Cursor) -> tuple[list[tuple[str, Cursor, Cursor]], bool]:
    """The name, and cursors at it and at its value, for each entry that is named; and whether others were refused.

    Raises Refused if all were.
    """
    assert isinstance(cursor.node, Map)
    found: list[tuple[str, Cursor, Cursor]] = []
    with suppress(Refused):
        for _, key, value in cursor.entries():
            with suppress(Refused):
                found.append((name(key), key, value))
    has_refused = len(found) < len(cursor.node.entries)
    if has_refused and not found:
        raise Refused
    return found, has_refused


def _complain_of_key(key: str, at: Cursor, keys: Sequence[str], free: Sequence[str]) -> None:
    meant = ALSO_CALLED.get(in_ascii(key).lower())
    near = meant if meant in free else near_word(key, free)
    expected = in_quotes(near) if near else one_of(keys, 4)
    at.complain(f"unknown key {quote(key)}", expected, f"did you mean {near}?" if near else "use one of these keys")
