"""A number as people type it: read exactly, or refused with what is wrong and how to write it."""

import re
import unicodedata

from softstep.config.sources import shown
from softstep.names import is_whole

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PADDED = re.compile(r"\A([+-]?)0+(?=\d)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_LOOKALIKES = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("\u2018\u2019", "'"),
    "\u3001": ",",
    "\u3010": "[",
    "\u3011": "]",
}
"""What Unicode's own compatibility forms do not take to ASCII."""

EXAMPLE = "write a number such as 0.5"
"""The cure where nobody can tell what number was meant."""

_MEANS_MORE = re.compile(r"\A([-?:,\[\]{}#&*!|>'\"%@`]|(null|Null|NULL|~)\Z)|: | #|[,\[\]{}]|:\Z")
_AROUND = " \"'"


class Unreadable(Exception):  # noqa: N818
    """Text that is not what it must be: what is there, what must be, and the cure."""

    def __init__(self, there: str, must: str, cure: str) -> None:
        super().__init__(there, must, cure)
        self.there, self.must, self.cure = there, must, cure


def parse_number(text: str) -> float:
    """A finite decimal number, as `0.5`, `-.5`, `3.`, `1e-3`. Raises Unreadable.

    >>> parse_number("-.5"), parse_number("1e-3")
    (-0.5, 0.001)
    """
    if not _is_number(text):
        raise _not_a_number(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Unreadable(quoted(text), "no larger than 1.8e308, the largest float64", "write a smaller number")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise Unreadable(quoted(text), "no nearer to 0 than 4.9e-324, the smallest float64", "write 0")
    return value


def parse_entry(text: str) -> float:
    """A number in a list or a row. Raises Unreadable, for several numbers without commas with the commas as a cure."""
    try:
        return parse_number(text)
    except Unreadable as error:
        several = numbers_in(text)
        if len(several) < 2 or error.cure != EXAMPLE:
            raise
        raise Unreadable(error.there, error.must, f"write {shown(', '.join(several))}") from None


def parse_whole(text: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`. Raises Unreadable.

    >>> parse_whole("15", 0, 15)
    15
    """
    must = f"a whole number from {least} to {most}"
    if not _WHOLE.fullmatch(text) or _PADDED.match(text):
        try:
            value = parse_number(text)
        except Unreadable as error:
            mended = error.cure.removeprefix("write ")
            raise Unreadable(error.there, must, error.cure if _WHOLE.fullmatch(mended) else _one(least, most)) from None
        fits = value.is_integer() and least <= value <= most
        raise Unreadable(quoted(text), must, f"write {int(value)}" if fits else _one(least, most))
    if len(text) > 20 or not least <= int(text) <= most:
        raise Unreadable(quoted(text), must, _one(least, most))
    return int(text)


def _one(least: int, most: int) -> str:
    return f"write one of {least} to {most}"


def numbers_in(text: str) -> list[str]:
    """The numbers that stand in a text between spaces, commas, semicolons or brackets; none if something else does.

    >>> numbers_in("(1.25; -0.4)")
    ['1.25', '-0.4']
    """
    named = lookalike(text)
    parts = re.split(r"[\s,;()\[\]{}]+", (named[1] if named else text).strip(" ()[]{}"))
    return parts if all(map(_is_number, parts)) else []


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


def lookalike(text: str) -> tuple[str, str] | None:
    """The first character that only looks like an ASCII one, named, and the text in ASCII; None if there is none.

    >>> lookalike("\u22120.5")
    ('U+2212 (minus sign)', '-0.5')
    """
    for character in text:
        if not character.isascii() and _ascii(character) != character:
            return f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed').lower()})", _ascii(text)
    return None


def quoted(text: str) -> str:
    """The text as a complaint quotes it."""
    return f"'{shown(text)}'" if text else "nothing"


def _ascii(text: str) -> str:
    """The text with its look-alikes in ASCII; other characters stay."""
    forms = map(_plain, text)
    return "".join(form if form.isascii() else c for form, c in zip(forms, text, strict=True))


def _plain(c: str) -> str:
    """A character without what only makes it look different; 2² is not 22."""
    if unicodedata.decomposition(c).startswith(("<super>", "<sub>", "<fraction>")):
        return c
    return _LOOKALIKES.get(c, unicodedata.normalize("NFKC", c))


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and not _PADDED.match(text)


def _not_a_number(text: str) -> Unreadable:
    """What is wrong with the text, and the number that was most likely meant."""
    must = "a decimal number"
    there, named = quoted(text), lookalike(text)
    if named:
        there, text = f"{there} with {named[0]}", named[1].strip(_AROUND)
        joined = re.sub(r"(?<=\d) (?=\d{3}(?!\d))|(?<=[.+-]) (?=\d)", "", text)
        text = joined if _is_number(joined) else text
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return Unreadable(there, "a finite number", "write a number")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text, re.ASCII):
        return Unreadable(there, must, f"write {text.replace(',', '')} or {text.replace(',', '.')}, whichever is meant")
    mended = next(filter(_is_number, _mends(text)), None)
    return Unreadable(there, must, f"write {shown(mended)}" if mended else EXAMPLE)


def _mends(text: str) -> list[str]:
    """What the text may stand for, the likeliest first."""
    bare = re.sub(r"_|(?<=\d)[ '](?=\d{3}(?!\d))", "", text.strip())
    unpadded = _PADDED.sub(r"\1", bare)
    ascii_digits = "".join(str(unicodedata.decimal(c, c)) for c in bare)
    mends = [
        ascii_digits,
        unpadded,
        bare.replace(",", ".", 1),
        bare.replace("O", "0").replace("o", "0").replace("l", "1"),
    ]
    fraction = re.fullmatch(r"([+-]?\d+)/(\d+)", bare, re.ASCII)
    if fraction and len(bare) < 30 and int(fraction[2]):
        mends.append(repr(int(fraction[1]) / int(fraction[2])))
    if bare.endswith("%") and _is_number(bare[:-1]):
        mends.append(repr(float(f"{bare[:-1]}e-2") if "e" not in bare.lower() else float(bare[:-1]) / 100))
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,13}", bare):
        mends.append(str(int(bare, 16)))
    return mends
