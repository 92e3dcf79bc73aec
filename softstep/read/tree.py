"""What was typed as a tree of text, lists and mappings, each with its place; and a cursor that reads it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from softstep.names import safe_text
from softstep.read.complaints import Log, Place
from softstep.read.suggest import in_ascii

T = TypeVar("T")


@dataclass(eq=False, repr=False, slots=True)
class Text:
    """One value as it was typed. In a `block` the lines stand as they do in the file, the first below `place`.

    `missing` says that not even a colon stands where the value of a key should.
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
    """What a config may not contain, of which the log says so already."""

    place: Place


Node = Text | List | Map | Forbidden

NOTHING = ("~", "null", "Null", "NULL")
"""How YAML writes that there is nothing."""


class Refused(Exception):  # noqa: N818
    """What was read here was refused; the reason is in the log."""


@dataclass(eq=False, repr=False, slots=True)
class Cursor:
    """A node, what it is called in complaints, and the log of these."""

    node: Node
    path: str
    log: Log

    @property
    def place(self) -> Place:
        """Where the node begins."""
        return self.node.place

    def refuse(self, found: str, expected: str, fix: str) -> NoReturn:
        """Complain of the node, and raise Refused."""
        self.complain(found, expected, fix)
        raise Refused

    def complain(self, found: str, expected: str, fix: str) -> None:
        """Complain of the node, unless there is a complaint of it already."""
        if not isinstance(self.node, Forbidden):
            self.log.add(self.node.place, self.path, found, expected, fix)

    def at(self, node: Node, path: str | None = None) -> "Cursor":
        """A cursor at another node."""
        return Cursor(node, self.path if path is None else path, self.log)

    def items(self) -> "list[Cursor]":
        """A cursor for each value of a list."""
        assert isinstance(self.node, List)
        return [self.at(item, f"{self.path}[{i}]") for i, item in enumerate(self.node.items)]

    def entries(self) -> "Iterator[tuple[str, Cursor, Cursor]]":
        """The key of each good entry of a mapping, with cursors at the key and at the value.

        An entry is bad if its key is no text, was there before, or has no value: the log says so, under the path of the
        mapping. Behind the last entry, raises Refused if any was bad.
        """
        assert isinstance(self.node, Map)
        first: dict[str, Place] = {}
        refused = False
        for key, value in self.node.entries:
            at_key = self.at(key)
            if not isinstance(key, Text) or is_empty(key):
                at_key.complain(f"{kind(key)} as a key", "a name or a whole number", "name the entry")
            elif key.text in first:
                where = f"first on line {first[key.text].line}" if key.place.line else "given twice"
                at_key.complain(f"duplicate key {quote(key.text)} ({where})", "each key once", "rename one of the two")
            elif isinstance(value, Text) and value.missing:
                name, colon, rest = in_ascii(key.text).partition(":")
                spaced = f"write {safe_text(name)}: {safe_text(rest) or '…'}, with a space after the colon"
                fix = spaced if colon else "write a colon, a space and a value"
                at_key.complain(f"{quote(key.text)} without a value", "key: value", fix)
            else:
                first[key.text] = key.place
                yield key.text, at_key, self.at(value)
                continue
            refused = True
        if refused:
            raise Refused


def collect(read: Callable[[Cursor], T], cursors: Iterable[Cursor]) -> list[T]:
    """Read all of them. Raises Refused if any was refused, once every reason is in the log."""
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
    """The values of a mapping by those of its keys that are text; nothing of any other node."""
    return {key.text: value for key, value in node.entries if isinstance(key, Text)} if isinstance(node, Map) else {}


def kind(node: Node) -> str:
    """What is there, in words.

    >>> place = Place("c.yaml", 1, 1)
    >>> kind(Text("x", place)), kind(List([], place)), kind(Map([(Text("a", place), Text("1", place))], place))
    ("'x'", 'an empty list', 'a mapping of 1')
    """
    if isinstance(node, Text):
        return "nothing" if is_empty(node) else quote(node.text)
    if isinstance(node, Forbidden):
        return "what is forbidden"
    count, what = (len(node.items), "a list") if isinstance(node, List) else (len(node.entries), "a mapping")
    return f"{what} of {count}" if count else f"an empty {what[2:]}"


def texts_in(node: Node | None) -> list[str]:
    """The values of a mapping as they were typed; of a key without a value, the key. Empty if a value is no text.

    >>> place = Place("c.yaml", 1, 1)
    >>> texts_in(Map([(Text("a", place), Text("1", place)), (Text("2", place), Text("", place, missing=True))], place))
    ['1', '2']
    """
    entries = node.entries if isinstance(node, Map) else []
    values = [key if isinstance(value, Text) and value.missing else value for key, value in entries]
    texts = [value.text for value in values if isinstance(value, Text)]
    return texts if len(texts) == len(values) else []


def quote(text: str) -> str:
    """The text as a complaint quotes it."""
    return f"'{safe_text(text)}'" if text else "nothing"
