"""Names of nodes, classes and features, of the columns of CSV, and lists of names in a sentence."""

import re
from collections.abc import Sequence

HEADER = ("step", "row", "column", "value")
"""The columns of what softstep prints as CSV, and of an answer sheet in it."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)


def is_whole(name: str) -> bool:
    """Whether a name is a whole number as anybody would write it: 12, -3, not 012, +3 or -0.

    >>> [is_whole(name) for name in ("12", "-3", "012", "+3", "-0", "--5", "x")]
    [True, True, False, False, False, False, False]
    """
    return bool(_WHOLE.fullmatch(name))


def plain(name: str) -> int | str:
    """A name as data: whole numbers as such.

    >>> plain("12"), plain("paper")
    (12, 'paper')
    """
    return int(name) if is_whole(name) else name


def joined(words: Sequence[str], last: str = "and") -> str:
    """The words as a sentence has them, with `last` before the last.

    >>> joined(["a", "b", "c"]), joined(["up", "down"], "or"), joined(["one"])
    ('a, b and c', 'up or down', 'one')
    """
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def some(words: Sequence[str], most: int = 8, last: str = "and") -> str:
    """The first of the words, and how many more there are.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return joined(words, last) if len(words) <= most else f"{', '.join(words[:most])} and {len(words) - most:,} more"
