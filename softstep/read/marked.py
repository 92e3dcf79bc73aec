"""YAML as marked nodes: every scalar keeps its text and its place, and nothing is resolved.

PyYAML's constructors lose what was typed (`010` is 8, `1:30` is 90, the second of two equal keys wins), so only its
parser is used. Tags, anchors, aliases and deep nesting are refused here; all else is for `schema`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from softstep.read.complaints import MOST_COMPLAINTS, Complaints, Place
from softstep.read.scalars import quoted
from softstep.read.sources import end_of, shown
from softstep.read.suggest import lookalike
from softstep.read.syntax import diagnosed, no_character, place_of

_ENDS_LINE_IN_YAML = re.compile("[\x85\u2028\u2029]")
_BLANK = re.compile(r"(?P<tabs>[\t ]+)(?P<rest>[\r\n#\0])?")

DEEPEST = 8

__all__ = [
    "MOST_COMPLAINTS", "Complaints", "MappingNode", "Node", "Place", "ScalarNode", "SequenceNode", "block_lines",
    "compose", "entries", "is_alias", "is_empty", "kind", "place",
]  # fmt: skip


def compose(text: str, complaints: Complaints, gaps: bool = False) -> Node | None:
    """The root node of the one document in the text, None if that is empty. Raises SoftstepError for bad syntax.

    `gaps` says whether entries of a list in brackets may be left empty.
    """
    ended = _ENDS_LINE_IN_YAML.search(text)
    if ended:
        there = f"U+{ord(ended[0]):04X}, which ends a line in YAML alone"
        complaints.add(end_of(text[: ended.start()]), "text", there, "a line break or a space", "delete the character")
        complaints.refuse()
    try:
        loader = (_GapLoader if gaps else _Loader)(text, complaints)
    except yaml.reader.ReaderError as error:
        character = f"control character U+{ord(text[error.position]):04X}"
        complaints.add(end_of(text[: error.position]), "text", character, "printable text", "delete it")
        complaints.refuse()
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        complaints.add(*diagnosed(error, text))
    except (ValueError, OverflowError):  # \U and the number of no character
        complaints.add(*no_character(loader.get_mark(), text))
    complaints.refuse()
    return None


def entries(node: MappingNode, where: str, complaints: Complaints) -> Iterator[tuple[str, ScalarNode, Node]]:
    """Key, its node and the value's node, for each entry of a mapping whose key is text that stands there once."""
    first: dict[str, Node] = {}
    for i, (key, value) in enumerate(node.value):
        if is_alias(key):
            continue
        if not isinstance(key, ScalarNode) or is_empty(key):
            complaints.add(key, where, f"{kind(key)} as a key", "a name or a whole number", "name the entry")
        elif key.value in first:
            line, _ = place(first[key.value])
            there = f"{quoted(key.value)} for the second time, first in line {line}"
            complaints.add(key, where, there, "there once", "delete one of the two")
        elif value.start_mark.index == key.end_mark.index and is_empty(value):  # not even a colon
            there = f"{quoted(key.value)} without a value"
            complaints.add(key, where, there, "key: value", _valueless(key.value, follows=i > 0))
        else:
            first[key.value] = key
            yield key.value, key, value


def _valueless(key: str, follows: bool) -> str:
    """The cure for a key without a value in braces; `follows` says whether it stands behind a comma."""
    named = lookalike(key)
    name, colon, value = (named[1] if named else key).partition(":")
    if colon:
        return f"write {shown(name)}: {shown(value) or '…'}, with a space after the colon"
    if key.endswith(")"):
        return f"write {shown(key[:-1])}], with brackets for ( and )"
    if follows and key.isdigit():
        return "write a decimal point for the comma before it"
    return "write a colon, a space and a value"


def block_lines(node: ScalarNode) -> Iterator[tuple[int, str]]:
    """The lines of a block of text as they stand in the file, with their numbers."""
    mark: Any = node.start_mark
    lines = mark.buffer[mark.pointer :].rstrip("\0").splitlines()
    end = node.end_mark.line + (node.end_mark.column > 0)  # which it is only where the file ends in the block
    return iter(list(enumerate(lines, mark.line + 1))[1 : end - mark.line])


def place(node: Node) -> Place:
    """Where the node begins."""
    return place_of(node.start_mark)


def is_alias(node: Node) -> bool:
    """Whether an alias stood here, of which `compose` complained."""
    return isinstance(node, ScalarNode) and node.value is None


def is_empty(node: Node) -> bool:
    """Whether nothing was written: no text, `~` or `null`, not in quotes."""
    return isinstance(node, ScalarNode) and node.style is None and node.value in ("", "~", "null", "Null", "NULL")


def kind(node: Node) -> str:
    """What is there, in words."""
    if isinstance(node, ScalarNode):
        return "nothing" if is_empty(node) else quoted(node.value or "")
    count, what = len(node.value), "a list" if isinstance(node, SequenceNode) else "a mapping"
    return f"{what} of {count}" if count else f"an empty {what[2:]}"


def _paired(text: str) -> str:
    """The text with one character for two escapes that JSON writes for it; a half alone stays."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@dataclass(slots=True)
class _Mark:
    """PyYAML's mark without a dictionary: a config of a megabyte has two for each of half a million nodes."""

    line: int
    column: int
    index: int
    pointer: int
    buffer: str


class _Loader(yaml.BaseLoader):
    """PyYAML's composer, which complains of what a config may not contain and goes on."""

    def get_mark(self) -> _Mark:  # type: ignore[override]
        return _Mark(self.line, self.column, self.index, self.pointer, self.buffer)

    def __init__(self, text: str, complaints: Complaints) -> None:
        self.complaints = complaints
        self.depth = 0
        super().__init__(text)

    def scan_to_next_token(self) -> None:
        """Past spaces, and past tabs too where they indent nothing: in brackets, behind a colon, at a line's end."""
        super().scan_to_next_token()
        while self.buffer.startswith("\t", self.pointer):
            blank = _BLANK.match(self.buffer, self.pointer)
            assert blank
            behind_colon = self.buffer[max(0, self.pointer - 100) : self.pointer].rstrip(" ").endswith(":")
            if not (self.flow_level or behind_colon or blank["rest"]):
                return
            self.forward(len(blank["tabs"]))
            super().scan_to_next_token()

    def compose_node(self, parent: Node | None, index: int) -> Node:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self._forbidden(event, f"alias *{shown(str(event.anchor))}", "a value", "write the value out again")
            self.get_event()  # type: ignore[no-untyped-call]
            mark: Any = event.start_mark
            return ScalarNode("alias", None, mark, mark)
        if event.anchor is not None:
            self._forbidden(event, f"anchor &{shown(event.anchor)}", "a plain value", "delete the anchor")
            event.anchor = None
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._forbidden(event, f"tag {shown(tag)}", "a plain value", "delete the tag")
            event.tag, event.implicit = None, (True, False)
        if self.depth > DEEPEST:
            cure = "delete brackets or dashes"
            self._forbidden(event, "lists or mappings nested too deep", f"at most {DEEPEST} deep", cure)
            self.complaints.refuse()
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        assert node is not None
        if isinstance(node, ScalarNode) and node.style == '"':
            node.value = _paired(node.value)
        return node

    def _forbidden(self, event: Any, there: str, must: str, cure: str) -> None:
        self.complaints.add(place_of(event.start_mark), "YAML", there, must, cure)


class _GapLoader(_Loader):
    """The same for lists such as `[1, , 3]`, whose second entry is nothing."""

    def parse_flow_node(self) -> Any:
        if self.check_token(yaml.FlowEntryToken):
            self.state = self.states.pop()
            return self.process_empty_scalar(self.peek_token().start_mark)  # type: ignore[no-untyped-call]
        return super().parse_flow_node()  # type: ignore[no-untyped-call]
