"""One value of a config at a time: a number, a name, a word, a mapping.

Every reading here and in `tables` and `labels` has one signature, (node, where, complaints), and returns None after it
complained, so that what depends on it can be left unchecked.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from softstep.names import joined
from softstep.read.marked import (
    Complaints,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    entries,
    is_alias,
    is_empty,
    kind,
)
from softstep.read.scalars import (
    Unreadable,
    in_quotes,
    parse_entry,
    parse_name,
    parse_not_negative,
    parse_number,
    parse_whole,
    quoted,
)
from softstep.read.sources import shown
from softstep.read.suggest import ALSO_CALLED, near_word, numbers_in

T = TypeVar("T")

_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_ALSO_TRUTHS = {"1": "true", "y": "true", "t": "true", "0": "false", "n": "false", "f": "false"}
"""What YAML and others say for true and false, and what is elsewhere said."""

MOST_MARKS = 1_000_000
"""No step of a sheet is worth more."""


def scalar(
    node: Node, where: str, complaints: Complaints, must: str, read: Callable[[str], T], in_quotes: bool = False
) -> T | None:
    """`read` of one value's text; `in_quotes` says whether quotation marks may stand around it."""
    if is_alias(node):
        return None
    if not isinstance(node, ScalarNode) or is_empty(node):
        cure = "write one" if isinstance(node, ScalarNode) else "write one value without brackets"
        complaints.add(node, where, kind(node), must, cure)
        return None
    try:
        value = read(node.value)
    except Unreadable as error:
        complaints.add(node, where, error.found, error.expected, error.fix)
        return None
    if node.style is not None and not in_quotes:
        complaints.add(node, where, f"{quoted(node.value)} in quotes", must, f"write {shown(node.value)}")
        return None
    return value


def number(node: Node, where: str, complaints: Complaints) -> float | None:
    """A decimal number."""
    return scalar(node, where, complaints, "a decimal number", parse_number)


def number_in_list(node: Node, where: str, complaints: Complaints) -> float | None:
    """The same, where commas may have been forgotten."""
    return scalar(node, where, complaints, "a decimal number", parse_entry)


def not_negative(node: Node, where: str, complaints: Complaints) -> float | None:
    """A decimal number, 0 or more."""
    return scalar(node, where, complaints, "a decimal number", parse_not_negative)


def points(node: Node, where: str, complaints: Complaints) -> float | None:
    """How many marks something is worth."""
    return scalar(node, where, complaints, "a decimal number", _points)


def whole(node: Node, where: str, complaints: Complaints, least: int, most: int) -> int | None:
    """A whole number from `least` to `most`."""
    must = f"a whole number from {least} to {most}"
    return scalar(node, where, complaints, must, lambda text: parse_whole(text, least, most))


def text(node: Node, where: str, complaints: Complaints) -> str | None:
    """A line of text."""
    return scalar(node, where, complaints, "a line of text", printable, in_quotes=True)


def name(node: Node, where: str, complaints: Complaints) -> str | None:
    """The name of a node or a class."""
    in_quotes = isinstance(node, ScalarNode) and node.style is not None
    return scalar(node, where, complaints, "a name", lambda text: parse_name(text, in_quotes), in_quotes=True)


def word(node: Node, where: str, complaints: Complaints, words: Sequence[str]) -> str | None:
    """One of these words."""
    return scalar(node, where, complaints, joined(words, "or"), lambda text: _one_of(text, words), in_quotes=True)


def truth(node: Node, where: str, complaints: Complaints) -> bool | None:
    """true or false, however YAML spells it."""
    read = scalar(node, where, complaints, "true or false", lambda text: _truth(text.lower()))
    return None if read is None else _TRUTHS[read]


def mapping(node: Node, where: str, complaints: Complaints, keys: Sequence[str], example: str) -> dict[str, Node]:
    """The entries of a mapping that may have these keys, and no others; `example` is one of them with a value."""
    found: dict[str, Node] = {}
    if not isinstance(node, MappingNode):
        if not is_alias(node):
            complaints.add(node, where, kind(node), f"a mapping with {joined(keys, 'or')}", f"write {{{example}}}")
        return found
    for key, key_node, value in entries(node, where, complaints):
        if key in keys:
            found[key] = value
        else:
            others = {other.value for other, _ in node.value if isinstance(other, ScalarNode)}
            free = [word for word in keys if word not in others]
            meant = ALSO_CALLED.get(key.lower())
            cure = f"did you mean {meant}?" if meant in free else did_you_mean(key, free) or "delete the entry"
            complaints.add(key_node, where, f"unknown key {quoted(key)}", joined(keys, "or"), cure)
    return found


def names(node: Node, where: str, complaints: Complaints) -> tuple[str, ...] | None:
    """A list of names, each there once."""
    if not isinstance(node, SequenceNode) or not node.value:
        if not is_alias(node):
            complaints.add(node, where, kind(node), "a list of names", "write [first, second]")
        return None
    read: dict[str, int] = {}
    for i, entry in enumerate(node.value):
        each = name(entry, f"{where}[{i}]", complaints)
        if each is not None and each in read:
            complaints.add(entry, f"{where}[{i}]", f"{quoted(each)} for the second time", "there once", "rename it")
        elif each is not None:
            read[each] = i
    return tuple(read) if len(read) == len(node.value) else None


def keys_alone(node: Node) -> list[str]:
    """The numbers in braces that should be brackets; none if anything else stands there."""
    if not isinstance(node, MappingNode) or not all(is_empty(value) for _, value in node.value):
        return []
    return numbers_in(" ".join(str(key.value) for key, _ in node.value))


def printable(text: str) -> str:
    """A line of text without the spaces around it. Raises Unreadable."""
    bad = next((character for character in text.strip() if not character.isprintable()), None)
    if bad is not None:
        raise Unreadable(f"U+{ord(bad):04X} in the text", "a line of printable text", "delete the character")
    return text.strip()


def did_you_mean(wrong: str, words: Iterable[str]) -> str | None:
    """The cure for what is nearly one of these words; None where none is near.

    >>> did_you_mean("embedings", ["embeddings", "labels"])
    'did you mean embeddings?'
    """
    near = near_word(wrong, words)
    return None if near is None else f"did you mean {in_quotes(shown(near))}?"


def count(number: int, noun: str) -> str:
    """So many of something.

    >>> count(1, "row"), count(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")


def surplus(there: int, must: int) -> str:
    """The cure for having `there` of what must be `must`.

    >>> surplus(3, 4), surplus(5, 4)
    ('add 1', 'delete 1')
    """
    return too_many(there, must) or f"add {must - there}"


def too_many(there: int, must: int) -> str | None:
    """The cure for more than `must`; twice as many may be numbers with decimal commas.

    >>> too_many(4, 3), too_many(4, 2), too_many(1, 2)
    ('delete 1', 'delete 2, or write points for decimal commas', None)
    """
    commas = ", or write points for decimal commas" if there == 2 * must else ""
    return f"delete {there - must}{commas}" if there > must else None


def _points(text: str) -> float:
    value = parse_not_negative(text)
    if value > MOST_MARKS:
        raise Unreadable(quoted(text), f"from 0 to {MOST_MARKS}", f"write one of 0 to {MOST_MARKS}")
    return value


def _truth(text: str) -> str:
    if text in _ALSO_TRUTHS:
        raise Unreadable(quoted(text), "true or false", f"write {_ALSO_TRUTHS[text]}")
    return _one_of(text, tuple(_TRUTHS))


def _one_of(text: str, words: Sequence[str]) -> str:
    if text not in words:
        raise Unreadable(quoted(text), joined(words, "or"), did_you_mean(text, words) or f"write {words[0]}")
    return text
