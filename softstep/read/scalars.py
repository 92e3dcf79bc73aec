"""Readers of one value at a time: a number, a name, a word, or a mapping of these. A reader takes a cursor."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isinf
from typing import Any, Generic, NoReturn, TypeVar

from softstep.lesson.quantities import Quantity, key_called
from softstep.names import is_harmless, is_whole, join_words, safe_text
from softstep.read import suggest
from softstep.read.complaints import Log, Place
from softstep.read.shapes import BOOLEAN, NAME, NUMBER, TEXT, Shape, mapping_with
from softstep.read.tree import Cursor, List, Map, Refused, Text, collect, is_empty, kind, quote, texts_in, values_in

T = TypeVar("T")

Reader = Callable[[Cursor], Any]

Refuse = Callable[[str, str, str], NoReturn]
"""Refuse a text: takes what was found, what is expected and the fix, and raises Refused."""

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

DECIMAL_NUMBER = "a decimal number"

MOST_CHARACTERS = 80
"""The largest length of a name."""

MOST_POINTS = 1_000_000
"""The largest number of points for one step of a sheet."""

# From text


def parse_number(text: str, refuse: Refuse) -> float:
    """A finite decimal number, such as `0.5`, `-.5`, `3.`, `1e-3`."""
    if not suggest.is_number(text):
        _refuse_number(text, refuse)
    value = float(text)
    if isinf(value):
        refuse(quote(text), "no larger than 1.8e308, the largest float64", "write a smaller number")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        refuse(quote(text), "no nearer to 0 than 4.9e-324, the smallest float64", "write 0")
    return value


def _refuse_number(text: str, refuse: Refuse) -> NoReturn:
    """Refuse a text that is no number, with the number that was most likely meant."""
    if suggest.is_not_finite(text):
        refuse(_quote_with_lookalike(text), "a finite number", "write a number")
    number = suggest.number_meant(text)
    fix = f"write {safe_text(number)}" if number else "write a number such as 0.5"
    if suggest.is_endless(text):
        fix += ", with as many digits as you need"
    if either := suggest.thousands(text):
        fix = f"write {either[0]} or {either[1]}, whichever is meant"
    refuse(_quote_with_lookalike(text), DECIMAL_NUMBER, fix)


def _quote_with_lookalike(text: str) -> str:
    character = suggest.lookalike(text)
    return f"{quote(text)} with {character}" if character else quote(text)


def parse_cell(text: str, refuse: Refuse) -> float:
    """A number in a cell of CSV: it may begin with zeros, and is 0 if it is too small for float64."""
    bare = suggest.PADDED.sub(r"\1", text)
    if suggest.is_number(bare) and float(bare) == 0:
        return float(bare)
    return parse_number(bare if suggest.is_number(bare) else text, refuse)


def parse_entry(text: str, refuse: Refuse) -> float:
    """A number in a list, where commas may be missing."""
    several = [] if suggest.reads_like_number(text) else suggest.numbers_in(text)
    if len(several) > 1:
        refuse(_quote_with_lookalike(text), DECIMAL_NUMBER, f"write {safe_text(', '.join(several))}")
    return parse_number(text, refuse)


def parse_non_negative(text: str, refuse: Refuse, most: float = inf) -> float:
    """A number from 0 to `most`."""
    value = parse_number(text, refuse)
    if value < 0:
        refuse(quote(text), "0 or more", f"did you mean {text.lstrip('-')}?")
    if value > most:
        refuse(quote(text), f"from 0 to {most}", f"write a number from 0 to {most}")
    return abs(value)  # −0 becomes 0


def parse_whole(text: str, refuse: Refuse, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    value = float(text if suggest.is_number(text) else suggest.number_meant(text) or "nan")
    fits = value.is_integer() and least <= value <= most
    if not (fits and suggest.WHOLE.fullmatch(text) and suggest.is_number(text)):
        fix = f"write {int(value)}" if fits else f"write a number from {least} to {most}"
        refuse(_quote_with_lookalike(text), f"a whole number from {least} to {most}", fix)
    return int(value)


def parse_name(text: str, refuse: Refuse, quoted: bool = False) -> str:
    """The name of a node or a class: text, or a whole number. Only in quotes may a number have leading zeros."""
    expected = "a whole number or a name"
    if text != text.strip() or not text:
        refuse(quote(text), expected, "write it without spaces around it" if text.strip() else "write a name")
    if len(text) > MOST_CHARACTERS:
        refuse(quote(text), f"{expected} of at most {MOST_CHARACTERS} characters", "shorten it")
    _check_printable(text, refuse, "name")
    bare = suggest.without_lookalikes(text)
    if bare != text and (is_whole(bare) or bare != bare.strip()):
        refuse(_quote_with_lookalike(text), expected, f"write {safe_text(bare.strip())}")
    if suggest.is_padded(text) and not quoted:
        fix = f'write {int(text)}, or "{text}" for a name' if len(text) <= 20 else "write a shorter number"
        refuse(quote(text), expected, fix)
    return text


def parse_text(text: str, refuse: Refuse) -> str:
    """A line of text without the spaces around it."""
    _check_printable(text.strip(), refuse, "text")
    return text.strip()


def parse_paragraph(text: str, refuse: Refuse) -> str:
    """Lines of text, joined to one."""
    return parse_text(" ".join(text.split()), refuse)


def _check_printable(text: str, refuse: Refuse, noun: str) -> None:
    bad = next((character for character in text if not is_harmless(character)), None)
    if bad is not None:
        fix = "write a space for it" if bad.isspace() else "delete that character"
        refuse(f"U+{ord(bad):04X} in a {noun}", "printable characters", fix)


def _parse_boolean(text: str, refuse: Refuse) -> bool:
    if text.lower() not in _BOOLEANS:
        refuse(quote(text), "true or false", "write true or false, whichever is meant")
    return _BOOLEANS[text.lower()]


def _parse_word(text: str, refuse: Refuse, words: Sequence[str]) -> str:
    if text not in words:
        fix = suggest.did_you_mean(text, words) or "write one of these words"
        refuse(quote(text), join_words(words[:3], "or"), fix)
    return text


# From a cursor


@dataclass(frozen=True, eq=False, repr=False)
class ScalarReader(Generic[T]):
    """A reader of one value, with or without quotation marks around it. `shape` is the value's JSON Schema."""

    expected: str
    parse: Callable[[str, Refuse], T]
    shape: Shape
    may_be_quoted: bool = False

    def __call__(self, cursor: Cursor) -> T:
        """Read the value under the cursor, or refuse it."""
        node = cursor.node
        if not isinstance(node, Text) or is_empty(node):
            is_nested = isinstance(node, List) or (isinstance(node, Map) and not self.may_be_quoted)
            cursor.refuse(kind(node), self.expected, "take the inner brackets away" if is_nested else "write one")
        value = self.parse(node.text, cursor.refuse)
        if node.quoted and not self.may_be_quoted:
            cursor.refuse(f"{quote(node.text)} in quotes", self.expected, f"write {safe_text(node.text.strip())}")
        return value

    def with_description(self, text: str) -> "ScalarReader[T]":
        """The same reader, whose shape says what the value is for."""
        return replace(self, shape={**self.shape, "description": text})


read_number = ScalarReader(DECIMAL_NUMBER, parse_number, NUMBER)
read_entry = ScalarReader(DECIMAL_NUMBER, parse_entry, NUMBER)
read_cell = ScalarReader(DECIMAL_NUMBER, parse_cell, NUMBER)
read_non_negative = ScalarReader(DECIMAL_NUMBER, parse_non_negative, NUMBER | {"minimum": 0})
read_points = ScalarReader(
    DECIMAL_NUMBER, partial(parse_non_negative, most=MOST_POINTS), NUMBER | {"minimum": 0, "maximum": MOST_POINTS}
)
read_boolean = ScalarReader("true or false", _parse_boolean, BOOLEAN)
read_text = ScalarReader("a line of text", parse_text, TEXT, may_be_quoted=True)
read_paragraph = ScalarReader("text", parse_paragraph, TEXT, may_be_quoted=True)
read_quoted_name = ScalarReader("a name", partial(parse_name, quoted=True), NAME, may_be_quoted=True)
_read_plain_name = ScalarReader("a name", parse_name, NAME, may_be_quoted=True)


def read_name(cursor: Cursor) -> str:
    """Read the name of a node or a class."""
    return (read_quoted_name if isinstance(cursor.node, Text) and cursor.node.quoted else _read_plain_name)(cursor)


def is_name(text: str) -> bool:
    """Whether the text is a valid name when quoted.

    >>> is_name("paper"), is_name("01"), is_name(" a"), is_name("")
    (True, True, False, False)
    """
    with suppress(Refused):
        return bool(read_quoted_name(Cursor(Text(text, Place(""), quoted=True), "", Log())))
    return False


def whole_reader(least: int, most: int) -> ScalarReader[int]:
    """Make a reader of whole numbers from `least` to `most`."""
    shape = {"type": "integer", "minimum": least, "maximum": most}
    return ScalarReader(f"a whole number from {least} to {most}", partial(parse_whole, least=least, most=most), shape)


def word_reader(*words: str) -> ScalarReader[str]:
    """Make a reader of one of these words."""
    return ScalarReader(join_words(words, "or"), partial(_parse_word, words=words), {"enum": [*words]}, True)


def read_names(cursor: Cursor) -> tuple[str, ...]:
    """Read a list of names without duplicates."""
    node = cursor.node
    if not isinstance(node, List) or not node.items:
        texts = ", ".join(map(safe_text, texts_in(node)))
        fix = f"write [{texts}]" if texts else "write a list such as [cat, dog]"
        cursor.refuse(kind(node), "a list of names", fix)
    names = collect(read_name, cursor.items())
    paths: dict[str, str] = {}
    for name, item in zip(names, cursor.items(), strict=True):
        if name in paths:
            item.add_complaint(f"duplicate name {quote(name)} (as {paths[name]})", "each name once", "rename it")
        paths.setdefault(name, item.path)
    if len(paths) < len(names):
        raise Refused
    return tuple(names)


def read_mapping(
    cursor: Cursor, readers: Mapping[str, Reader], example: str, quantities: Collection[Quantity] = ()
) -> dict[str, Any]:
    """Read a mapping that may have these keys and no others. What was refused is left out. `example` is an entry."""
    values: dict[str, Any] = {}
    for key, value in known_entries(cursor, tuple(readers), example, quantities):
        with suppress(Refused):
            values[key] = readers[key](value)
    return values


def mapping_shape(readers: Mapping[str, ScalarReader[Any]], required: Sequence[str] = ()) -> Shape:
    """The JSON Schema of a mapping with these readers."""
    return mapping_with({key: reader.shape for key, reader in readers.items()}, required)


def known_entries(
    cursor: Cursor, keys: Sequence[str], example: str, quantities: Collection[Quantity] = ()
) -> list[tuple[str, Cursor]]:
    """The entries of a mapping that may have these keys and no others. Complains about the others.

    The keys of `quantities` may be typed as their symbols or other names.
    """

    def key_of(typed: str) -> str:
        return typed if typed in keys else key_called(typed, quantities) or typed

    if not isinstance(cursor.node, Map):
        cursor.refuse(kind(cursor.node), f"a mapping with {suggest.one_of(keys, 4)}", f"write {{{example}}}")
    prefix = "" if cursor.path == "config" else f"{cursor.path}."
    known: list[tuple[str, Cursor]] = []
    used = {*map(key_of, values_in(cursor.node))}
    unused = [key for key in keys if key not in used]
    with suppress(Refused):  # after a bad key, the good ones are still read
        for key, key_cursor, value in cursor.entries(key_of):
            if key in keys:
                known.append((key, value.cursor_at(value.node, f"{prefix}{key}")))
            elif not cursor.log.has_enough(key_cursor.place.file):  # the nearest word takes time to find
                bare = suggest.bare_name(key)
                other_name = suggest.ALSO_CALLED.get(bare.lower()) or key_called(bare, quantities)
                near = other_name if other_name in unused else suggest.near_word(key, unused)
                expected = suggest.in_quotes(near) if near else suggest.one_of(unused or keys)
                fix = f"did you mean {near}?" if near else "use one of these keys"
                if near in ("weights", "biases") and re.fullmatch(r"[wWbB]_?\d+", key):
                    row = "[…]" if near == "weights" else "…"
                    fix = f"write them together, as {near}: {{{near[0]}0: {row}, {near[0]}1: {row}}}"
                key_cursor.add_complaint(f"unknown key {quote(key)}", expected, fix)
    return known


def named_entries(cursor: Cursor) -> tuple[list[tuple[str, Cursor, Cursor]], bool]:
    """For each entry with a good name: the name, and cursors at it and at its value; and whether others were refused.

    Raises Refused if all were.
    """
    assert isinstance(cursor.node, Map)
    named: list[tuple[str, Cursor, Cursor]] = []
    with suppress(Refused):
        for _, key, value in cursor.entries():
            with suppress(Refused):
                name = read_name(key)
                named.append((name, key, value.cursor_at(value.node, f"{cursor.path}.{safe_text(name)}")))
    lacks_rows = len(named) < len(cursor.node.entries)
    if lacks_rows and not named:
        raise Refused
    return named, lacks_rows
