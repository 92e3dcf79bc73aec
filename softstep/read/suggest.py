"""What might have been meant by what was typed: tables of patterns, and what to write for each."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

from softstep.names import join_words, safe_text

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
PADDED = re.compile(r"\A([+-]?)0+(?=\d)", re.ASCII)
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)

_NEEDS_QUOTES = re.compile(r"\A([-?:,\[\]{}#&*!|>'\"%@`]|(null|Null|NULL|~)\Z)|: | #|[,\[\]{}]|:\Z")

_LOOKALIKES = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("\u2018\u2019", "'"),
    "\u3001": ",",
    "\u3010": "[",
    "\u3011": "]",
}
"""ASCII for characters that Unicode's compatibility forms leave as they are."""


_FRACTION = re.compile(r"(?a:(?=.{3,29}$)([+-]?\d+) ?/ ?(0*[1-9]\d*))")

_MEANT_NUMBERS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r".*", lambda match: "".join(str(unicodedata.decimal(c, c)) for c in match[0])),
    (r"([+-]?)0+(\d.*)", lambda match: match[1] + match[2]),
    (r"([+-]?\d{1,3}(\.\d{3})+),(\d+)", lambda match: f"{match[1].replace('.', '')}.{match[3]}"),
    (r"([^,]*),(.*)", lambda match: f"{match[1]}.{match[2]}"),
    (r"[^Ool]*[Ool].*", lambda match: match[0].replace("O", "0").replace("o", "0").replace("l", "1")),
    (_FRACTION.pattern, lambda match: f"{int(match[1]) / int(match[2]):{'.10g' if is_endless(match[0]) else ''}}"),
    (r"([^eE]*?) ?%", lambda match: repr(float(f"{match[1]}e-2")) if is_number(match[1]) else ""),
)
"""Ways to type a number, and the number that each means: digits of another script, leading zeros, a decimal comma with
or without thousands, letters for digits, a fraction, a percentage."""

ALSO_CALLED = {
    **dict.fromkeys(("a", "probs", "y_hat", "yhat", "ŷ", "y_pred"), "probabilities"),
    **dict.fromkeys(("target", "t", "y_true"), "labels"),
    **dict.fromkeys(("kernel", "coef", "coef_", "theta", "θ"), "weights"),
    **dict.fromkeys(("intercept", "intercept_"), "biases"),
    **dict.fromkeys(("step", "step size", "learning rate", "rate"), "learning_rate"),
    **dict.fromkeys(("every_step", "decimals", "ties"), "rounding"),
    "names": "classes",
    "digits": "decimals",
    "std": "scale",
}
"""Names of the keys in other books and libraries that are not accepted. Those that are: `Quantity.also_called`."""

# Numbers


def is_number(text: str) -> bool:
    """Whether the text is a decimal number: 0.5, -.5, 3., 1e-3, but not 05.

    >>> [is_number(text) for text in ("0.5", "-.5", "3.", "1e-3", "05", "1_0", "x")]
    [True, True, True, True, False, False, False]
    """
    return bool(NUMBER.fullmatch(text)) and not PADDED.match(text)


def has_decimals(text: str) -> bool:
    """Whether the text is a number with a decimal point or comma, and so no name of a row.

    >>> has_decimals("0.15"), has_decimals("0,15"), has_decimals("15")
    (True, True, False)
    """
    return bool(re.fullmatch(r"[+-]?\d*[.,]\d+", text, re.ASCII))


def number_meant(text: str) -> str | None:
    """The number that was most likely meant; None if there is no good guess.

    >>> [number_meant(text) for text in ("0,5", "\u22120.5", "O.5", "1/4", "50%", "five")]
    ['0.5', '-0.5', '0.5', '0.25', '0.5', None]
    """
    bare = re.sub(r"(?<=\d)[ '](?=\d{3}(?!\d))", "", in_ascii(text).strip())
    for pattern, rewrite in _MEANT_NUMBERS:
        match = re.fullmatch(pattern, bare)
        if match and is_number(number := rewrite(match)):
            return number
    return None


def is_endless(text: str) -> bool:
    """Whether it is a fraction whose decimals do not end, or not soon.

    >>> is_endless("1/3"), is_endless("1/4"), is_endless("0.3")
    (True, False, False)
    """
    match = _FRACTION.fullmatch(in_ascii(text).strip())
    return match is not None and int(match[1]) * 10**12 % int(match[2]) != 0


def thousands(text: str) -> tuple[str, str] | None:
    """The two numbers that a text such as 1,234 may mean; None for any other text."""
    text = in_ascii(text)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text, re.ASCII):
        return text.replace(",", ""), text.replace(",", ".")
    return None


def is_not_finite(text: str) -> bool:
    """Whether it is a word for infinity or for not a number."""
    return in_ascii(text).lower().lstrip("+-.") in ("nan", "inf", "infinity")


def reads_like_number(text: str) -> bool:
    """Whether it is a number, or surely meant as one."""
    return is_number(text) or is_not_finite(text) or bool(thousands(text)) or number_meant(text) is not None


def numbers_in(text: str) -> list[str]:
    """The numbers in a text of numbers, between spaces, commas, semicolons or brackets. Empty for any other text.

    >>> numbers_in("(1.25; -0.4)")
    ['1.25', '-0.4']
    """
    bare = without_lookalikes(text).strip(" ()[]{}")
    numbers = re.split(r"[\s,;()\[\]{}]+", bare)
    return numbers if all(map(is_number, numbers)) else []


def numbers_with_commas(text: str) -> list[str]:
    """The numbers in a text of at least two, if each has a decimal comma without a blank. Empty for any other text.

    >>> numbers_with_commas("0,5; 1,2"), numbers_with_commas("0,5, 1,2"), numbers_with_commas("0,5,1,2")
    (['0.5', '1.2'], ['0.5', '1.2'], [])
    """
    pairs = re.split(r"\s*;\s*|,?\s+", without_lookalikes(text).strip())
    are_decimals = len(pairs) > 1 and all(re.fullmatch(r"[+-]?\d+,\d+", pair, re.ASCII) for pair in pairs)
    return [pair.replace(",", ".") for pair in pairs] if are_decimals else []


# Look-alikes


def lookalike(text: str) -> str | None:
    """Name the first character that only looks like ASCII; None if there is none.

    >>> lookalike("\u22120.5")
    'U+2212 (minus sign)'
    """
    for character in text:
        if not character.isascii() and _ascii_form(character) != character:
            return f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed').lower()})"
    return None


def without_lookalikes(text: str) -> str:
    """The text with ASCII for every character that only looks like it.

    >>> without_lookalikes("\u22120.5 \u00e9")
    '-0.5 \u00e9'
    """
    return text if text.isascii() else "".join(map(_ascii_form, text))


def _ascii_form(character: str) -> str:
    """The ASCII character that looks the same, else the character itself. 2² is not 22."""
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>", "<fraction>")):
        return character
    form = _LOOKALIKES.get(character, unicodedata.normalize("NFKC", character))
    return form if form.isascii() else character


def in_ascii(text: str) -> str:
    """The text without look-alikes, and without the quotation marks that were among them; any other text unchanged."""
    if lookalike(text) is None:
        return text
    text = without_lookalikes(text).strip(" \"'")
    joined = re.sub(r"(?<=\d) (?=\d{3}(?!\d))|(?<=[.+-]) (?=\d)", "", text)
    return joined if is_number(joined) else text


# Names and words


def is_padded(text: str) -> bool:
    """Whether it is a whole number with a sign or zeros before it, which is a name only in quotes.

    >>> is_padded("01"), is_padded("1"), is_padded("+1"), is_padded("a")
    (True, False, True, False)
    """
    return bool(WHOLE.fullmatch(text)) and str(int(text[:100])) != text


def in_quotes(name: str) -> str:
    """A name as YAML needs it: in quotes if it would mean something else without them.

    >>> in_quotes("paper"), in_quotes("null"), in_quotes("01"), in_quotes("a: b")
    ('paper', '"null"', '"01"', '"a: b"')
    """
    return f'"{name}"' if is_padded(name) or _NEEDS_QUOTES.search(name) else name


def bare_name(key: str) -> str:
    """A key without a prefix and a number at its end, as programs have them.

    >>> bare_name("layer.bias"), bare_name("X2"), bare_name("y_pred_1")
    ('bias', 'X', 'y_pred')
    """
    return re.sub(r"(?<=\w)_?\d+$", "", in_ascii(key).rpartition(".")[2])


def near_word(wrong: str, words: Iterable[str]) -> str | None:
    """The word that is most like the wrong one; None if none is near.

    >>> near_word("embedings", ["embeddings", "labels"])
    'embeddings'
    """
    bare = without_lookalikes(wrong).strip().lower()
    return next(iter(get_close_matches(bare, list(islice(words, 1000)), n=1)), None)


def did_you_mean(wrong: str, words: Sequence[str]) -> str | None:
    """The fix for a word that is nearly one of these; None if none is near.

    >>> did_you_mean("embedings", ["embeddings", "labels"])
    'did you mean embeddings?'
    """
    near = None if is_number(wrong) else near_word(wrong, words)
    return None if near is None else f"did you mean {in_quotes(safe_text(near))}?"


def one_of(words: Sequence[str], most: int = 12) -> str:
    """The words as what is expected: all, or the first of too many."""
    return join_words(words, "or") if len(words) <= most + 1 else f"{', '.join(words[:most])}, …"
