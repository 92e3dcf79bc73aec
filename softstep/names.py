"""Names of nodes, classes and features: as data, as cells of CSV, and in sentences."""

import re
from collections.abc import Sequence

HEADER = ("step", "row", "column", "value")
"""The columns of results and answer sheets in CSV."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)


def is_whole(name: str) -> bool:
    """Whether a name is a whole number in its usual form: 12, -3, not 012, +3 or -0.

    >>> [is_whole(name) for name in ("12", "-3", "012", "+3", "-0", "--5", "x")]
    [True, True, False, False, False, False, False]
    """
    return bool(_WHOLE.fullmatch(name))


def as_data(name: str) -> int | str:
    """A name as data: an int if it is a whole number.

    >>> as_data("12"), as_data("paper")
    (12, 'paper')
    """
    return int(name) if is_whole(name) else name


def join_words(words: Sequence[str], last: str = "and") -> str:
    """The words as a list in a sentence, with `last` before the last one.

    >>> join_words(["a", "b", "c"]), join_words(["up", "down"], "or"), join_words(["one"])
    ('a, b and c', 'up or down', 'one')
    """
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def first_words(words: Sequence[str], most: int = 8, last: str = "and") -> str:
    """The first words as a list in a sentence, and how many more there are.

    >>> first_words(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return (
        join_words(words, last) if len(words) <= most else f"{', '.join(words[:most])} and {len(words) - most:,} more"
    )


def count_of(number: int, noun: str) -> str:
    """A number with a noun, in the plural if need be.

    >>> count_of(1, "row"), count_of(2, "class")
    ('1 row', '2 classes')
    """
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def as_cell(name: str) -> str:
    """A name as a cell of CSV, with an apostrophe before it if a spreadsheet could take it for a formula.

    Whole numbers stay. A name that begins with such an apostrophe gets a second one, so that it can be read back.

    >>> [as_cell(name) for name in ("=1+1", "-y", "-1", "'=1", "paper")]
    ["'=1+1", "'-y", '-1', "''=1", 'paper']
    """
    return f"'{name}" if _FORMULA.match(name) and not is_whole(name) else name


def of_cell(cell: str) -> str:
    """The name in a cell of CSV: the inverse of `as_cell`.

    >>> [of_cell(cell) for cell in ("'=1+1", "=1+1", "-1", "''=1", "'t")]
    ['=1+1', '=1+1', '-1', "'=1", "'t"]
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def is_harmless(character: str) -> bool:
    """Whether a character is printable, or a joiner (U+200C, U+200D) as used in emoji and Persian."""
    return character.isprintable() or character in "\u200c\u200d"


def safe_text(text: str, most: int = 40) -> str:
    """The text for a message: at most `most` characters, control characters escaped."""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"
