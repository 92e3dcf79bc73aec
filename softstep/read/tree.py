"""What was typed, as a tree of text, lists and mappings with their places; and a cursor that reads it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from softstep.names import safe_text
from softstep.read.complaints import Log, Place
from softstep.read.suggest import in_ascii

T = TypeVar("T")


@dataclass(eq=False, repr=False, slots=True)
class Text:
    """One value as it was typed.

    A `block` has several lines; the first stands below `place`. `missing` means that a key has no value, not even a
    colon.
    """

    text: str
    place: Place
    quoted: bool = False
    block: bool = False
    missing: bool = False


@dataclass(eq=False, repr=False, slots=True)
class List:
    """Values in their order."""

    items: "list[Node]"
    place: Place


@dataclass(eq=False, repr=False, slots=True)
class Map:
    """Keys with values, in their order."""

    entries: "list[tuple[Node, Node]]"
    place: Place


@dataclass(eq=False, repr=False, slots=True)
class Forbidden:
    """Something that a config may not contain. The log has a complaint about it."""

    place: Place


Node = Text | List | Map | Forbidden

NOTHING = ("~", "null", "Null", "NULL")
"""The words for nothing in YAML."""


class Refused(Exception):  # noqa: N818
    """A value was refused. The log has the reason."""


@dataclass(eq=False, repr=False, slots=True)
class Cursor:
    """A node, its path in complaints, and the log."""

    node: Node
    path: str
    log: Log

    @property
    def place(self) -> Place:
        """Where the node begins."""
        return self.node.place

    def refuse(self, found: str, expected: str, fix: str) -> NoReturn:
        """Add a complaint about the node, and raise Refused."""
        self.add_complaint(found, expected, fix)
        raise Refused

    def add_complaint(self, found: str, expected: str, fix: str) -> None:
        """Add a complaint about the node, unless it is forbidden and has one already."""
        if not isinstance(self.node, Forbidden):
            self.log.add(self.place, self.path, found, expected, fix)

    def add_note(self, note: str) -> None:
        """Add a note on how the node was read."""
        where = f", line {self.place.line}" if self.place.line else ""
        self.log.notes.append(f"{self.path}{where}: {note}")

    def cursor_at(self, node: Node, path: str | None = None) -> "Cursor":
        """A cursor at another node."""
        return Cursor(node, self.path if path is None else path, self.log)

    def items(self) -> "list[Cursor]":
        """A cursor for each value of a list."""
        assert isinstance(self.node, List)
        return [self.cursor_at(item, f"{self.path}[{i}]") for i, item in enumerate(self.node.items)]

    def entries(self, key_of: Callable[[str], str] = str) -> "Iterator[tuple[str, Cursor, Cursor]]":
        """Yield the good entries of a mapping: the key, a cursor at it, and one at the value.

        `key_of` turns what was typed into the key that is meant. At the end, raise Refused if an entry was bad: a key
        that is no text, a duplicate, or a key without a value.
        """
        assert isinstance(self.node, Map)
        first: dict[str, Text] = {}
        for key, value in self.node.entries:
            key_cursor = self.cursor_at(key)
            if not isinstance(key, Text) or is_empty(key):
                key_cursor.add_complaint(f"{kind(key)} as a key", "a name or a whole number", "name the entry")
            elif earlier := first.get(key_of(key.text)):
                _complain_about_duplicate(key_cursor, key, earlier)
            elif isinstance(value, Text) and value.missing:
                name, colon, rest = in_ascii(key.text).partition(":")
                fix = "write a colon, a space and a value"
                if colon:
                    fix = f"write {safe_text(name)}: {safe_text(rest) or '…'}, with a space after the colon"
                key_cursor.add_complaint(f"{quote(key.text)} without a value", "key: value", fix)
            else:
                first[key_of(key.text)] = key
                yield key_of(key.text), key_cursor, self.cursor_at(value)
        if len(first) < len(self.node.entries):
            raise Refused


def _complain_about_duplicate(cursor: Cursor, key: Text, earlier: Text) -> None:
    """Complain about a key that was there before, perhaps under another name."""
    where = f" on line {earlier.place.line}" if earlier.place.line else ""
    if key.text == earlier.text:
        where, fix = f"first{where}" if where else "given twice", "rename one of the two"
    else:
        where, fix = f"the same as {quote(earlier.text)}{where}", "keep one of the two"
    cursor.add_complaint(f"duplicate key {quote(key.text)} ({where})", "each key once", fix)


def collect(read: Callable[[Cursor], T], cursors: Iterable[Cursor]) -> list[T]:
    """Read all of them. Raises Refused at the end if any was refused."""
    values, refused = [], False
    for cursor in cursors:
        try:
            values.append(read(cursor))
        except Refused:
            refused = True
    if refused:
        raise Refused
    return values


def is_empty(node: Node) -> bool:
    """Whether nothing was written: no text, `~` or `null`, not in quotes."""
    return isinstance(node, Text) and not node.quoted and node.text in ("", *NOTHING)


def values_in(node: Node | None) -> "dict[str, Node]":
    """The values of a mapping by their keys, as far as these are text. Empty for any other node."""
    return {key.text: value for key, value in node.entries if isinstance(key, Text)} if isinstance(node, Map) else {}


def kind(node: Node) -> str:
    """What a node is, in words.

    >>> place = Place("c.yaml", 1, 1)
    >>> kind(Text("x", place)), kind(List([], place)), kind(Map([(Text("a", place), Text("1", place))], place))
    ("'x'", 'an empty list', 'a mapping of 1')
    """
    if isinstance(node, Text):
        return "nothing" if is_empty(node) else quote(node.text)
    if isinstance(node, Forbidden):
        return "what is forbidden"
    count, noun = (len(node.items), "list") if isinstance(node, List) else (len(node.entries), "mapping")
    return f"a {noun} of {count}" if count else f"an empty {noun}"


def texts_in(node: Node | None) -> list[str]:
    """The values of a mapping as text; for a key without a value, the key. Empty if a value is no text.

    >>> place = Place("c.yaml", 1, 1)
    >>> texts_in(Map([(Text("a", place), Text("1", place)), (Text("2", place), Text("", place, missing=True))], place))
    ['1', '2']
    """
    entries = node.entries if isinstance(node, Map) else []
    values = [key if isinstance(value, Text) and value.missing else value for key, value in entries]
    texts = [value.text for value in values if isinstance(value, Text)]
    return texts if len(texts) == len(values) else []


def texts_of(node: List) -> list[str]:
    """The texts of the values in a list; empty text for a value that is none."""
    return [item.text if isinstance(item, Text) else "" for item in node.items]


def quote(text: str) -> str:
    """The text as a complaint quotes it."""
    return f"'{safe_text(text)}'" if text else "nothing"
