"""What might have been meant by what was typed: tables of patterns, and what to write for each."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import islice

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
PADDED = re.compile(r"\A([+-]?)0+(?=\d)", re.ASCII)

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


def _as_fraction(found: re.Match[str]) -> str:
    return repr(int(found[1]) / int(found[2])) if int(found[2]) else ""


def _as_percent(found: re.Match[str]) -> str:
    number = found[1]
    return repr(float(number) / 100 if "e" in number.lower() else float(f"{number}e-2"))


_MEANT_NUMBERS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r".*", lambda found: "".join(str(unicodedata.decimal(c, c)) for c in found[0])),
    (r"([+-]?)0+(\d.*)", lambda found: found[1] + found[2]),
    (r"([+-]?\d{1,3}(\.\d{3})+),(\d+)", lambda found: f"{found[1].replace('.', '')}.{found[3]}"),
    (r"([^,]*),(.*)", lambda found: f"{found[1]}.{found[2]}"),
    (r"[^Ool]*[Ool].*", lambda found: found[0].replace("O", "0").replace("o", "0").replace("l", "1")),
    (r"(?a:(?=.{3,29}$)([+-]?\d+)/(\d+))", _as_fraction),
    (rf"({NUMBER.pattern})%", _as_percent),
)
"""How people type numbers, and the number that each form means: of another script, padded, with a decimal comma, with
letters for digits, a fraction, a percentage."""

ALSO_CALLED = {
    **dict.fromkeys("xz", "embeddings"),
    **dict.fromkeys(["h", "scores"], "logits"),
    **dict.fromkeys(["y", "targets"], "labels"),
    **dict.fromkeys(["\u03b1", "alpha", "\u03b7", "eta", "lr", "step_size"], "learning_rate"),
    **{"w": "weights", "b": "biases", "p": "probabilities", "names": "classes", "digits": "decimals", "std": "scale"},
}
"""What other books and libraries call the keys."""


def is_number(text: str) -> bool:
    """Whether the text is a decimal number as anybody would write it: 0.5, -.5, 3., 1e-3, not 05.

    >>> [is_number(text) for text in ("0.5", "-.5", "3.", "1e-3", "05", "1_0", "x")]
    [True, True, True, True, False, False, False]
    """
    return bool(NUMBER.fullmatch(text)) and not PADDED.match(text)


def number_meant(text: str) -> str | None:
    """The number that is most likely meant by a text that is none; None where nobody can tell.

    >>> [number_meant(text) for text in ("0,5", "\u22120.5", "O.5", "1/4", "50%", "five")]
    ['0.5', '-0.5', '0.5', '0.25', '0.5', None]
    """
    text = in_ascii(text)
    bare = re.sub(r"(?<=\d)[ '](?=\d{3}(?!\d))", "", text.strip())
    for pattern, rewrite in _MEANT_NUMBERS:
        found = re.fullmatch(pattern, bare)
        if found and is_number(meant := rewrite(found)):
            return meant
    return None


def thousands(text: str) -> tuple[str, str] | None:
    """The two numbers that a text such as 1,234 may mean; None of any other text."""
    text = in_ascii(text)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text, re.ASCII):
        return text.replace(",", ""), text.replace(",", ".")
    return None


def is_not_finite(text: str) -> bool:
    """Whether it is a word for infinity or for no number.

    >>> is_not_finite("-Inf"), is_not_finite("information")
    (True, False)
    """
    return in_ascii(text).lower().lstrip("+-.") in ("nan", "inf", "infinity")


def numbers_in(text: str) -> list[str]:
    """The numbers that stand in a text between spaces, commas, semicolons or brackets; none if something else does.

    >>> numbers_in("(1.25; -0.4)")
    ['1.25', '-0.4']
    """
    named = lookalike(text)
    parts = re.split(r"[\s,;()\[\]{}]+", (named[1] if named else text).strip(" ()[]{}"))
    return parts if all(map(is_number, parts)) else []


def lookalike(text: str) -> tuple[str, str] | None:
    """The first character that only looks like an ASCII one, named, and the text in ASCII; None if there is none.

    >>> lookalike("\u22120.5")
    ('U+2212 (minus sign)', '-0.5')
    """
    for character in text:
        if not character.isascii() and _ascii(character) != character:
            return f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed').lower()})", _ascii(text)
    return None


def in_ascii(text: str) -> str:
    """The text with what only looks like ASCII in ASCII, without quotation marks around it; any other stays."""
    named = lookalike(text)
    if not named:
        return text
    text = named[1].strip(" \"'")
    joined = re.sub(r"(?<=\d) (?=\d{3}(?!\d))|(?<=[.+-]) (?=\d)", "", text)
    return joined if is_number(joined) else text


def near_word(wrong: str, words: Iterable[str]) -> str | None:
    """The one of these words that is nearly the wrong one; None where none is near.

    >>> near_word("embedings", ["embeddings", "labels"])
    'embeddings'
    """
    named = lookalike(wrong)
    plain = (named[1] if named else wrong).strip().lower()
    return next(iter(get_close_matches(plain, list(islice(words, 1000)), n=1)), None)


def _ascii(text: str) -> str:
    """The text with its look-alikes in ASCII; other characters stay."""
    forms = map(_plain, text)
    return "".join(form if form.isascii() else c for form, c in zip(forms, text, strict=True))


def _plain(c: str) -> str:
    """A character without what only makes it look different; 2² is not 22."""
    if unicodedata.decomposition(c).startswith(("<super>", "<sub>", "<fraction>")):
        return c
    return _LOOKALIKES.get(c, unicodedata.normalize("NFKC", c))
