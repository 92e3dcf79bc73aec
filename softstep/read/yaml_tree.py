"""YAML as a tree in which every value keeps its text and its place, and nothing is resolved.

PyYAML's constructors lose what was typed (`010` is 8, `1:30` is 90, the second of two equal keys wins), and its
composers recurse; only its events are used. They come from its C parser, which is twenty times as fast as the one in
Python. Where that finds a mistake the other one is asked as well, for it says more.
"""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from softstep.names import safe_text
from softstep.read.complaints import Log, Place, text_lines
from softstep.read.syntax import diagnosis
from softstep.read.tree import Forbidden, List, Map, Node, Text

DEEPEST = 8
"""Lists and mappings may stand in each other so many deep."""

_ENDS_LINE_IN_YAML = re.compile("[\x85\u2028\u2029]")
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE
_NOT_IN_C = re.compile(r"""\\u[dD][89abAB]|(?<!["']):[\[\]{},]""")
"""What the C parser does not know: two escapes for one character, as JSON writes them, and {1:[2, 3]}."""

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_tree(text: str, source: str, log: Log) -> Node | None:
    """The root of the one document in the text; None if that is empty. Raises SoftstepError for bad syntax."""
    log.line_of[source] = lambda number: text_lines(text)[number - 1]
    for pattern, found, expected, fix in (
        (
            _ENDS_LINE_IN_YAML,
            "U+{:04X}, which ends a line in YAML alone",
            "a line break or a space",
            "write a space for it",
        ),
        (_UNPRINTABLE, "control character U+{:04X}", "printable text", "delete it"),
    ):
        if bad := pattern.search(text):
            log.add(end_of(text[: bad.start()], source), "text", found.format(ord(bad[0])), expected, fix)
            log.refuse()
    parser = yaml.SafeLoader if _NOT_IN_C.search(text) else _PARSER
    events: Iterable[Any] = yaml.parse(text, Loader=parser)
    try:
        root = _Builder(text, source, log).build(events)
    except yaml.MarkedYAMLError as error:
        (line, column), *said = diagnosis(text, error)
        log.add(Place(source, line, column), "YAML", *said)
    except (ValueError, OverflowError):  # \U and the number of no character, in PyYAML's own parser
        log.add(Place(source, 1, 1), "YAML", "an escape that is no character", "text", "write \\\\ for \\")
    else:
        return root
    log.refuse()
    return None


def end_of(text: str, source: str) -> Place:
    """The place at which the text ends."""
    lines = text_lines(text)
    return Place(source, len(lines), len(lines[-1]) + 1)


class _Builder:
    """Builds a tree of events; complains of what a config may not contain, and goes on."""

    def __init__(self, text: str, source: str, log: Log) -> None:
        self.text, self.source, self.log = text, source, log
        self.lines: list[str] | None = None

    def build(self, events: Iterable[Any]) -> Node | None:
        """The root of the document."""
        root: Node | None = None
        open_: list[List | Map] = []
        keys: list[tuple[Node, int] | None] = []  # of each open mapping the key whose value is to come, and its end
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                mark: Any = event.start_mark
                found = "a second document", "one alone", "keep one, without the '---' between them"
                self.log.add(Place(self.source, mark.line + 1, mark.column + 1), "YAML", *found)
                self.log.refuse()
            if not isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                continue
            if isinstance(event, yaml.CollectionEndEvent):
                open_.pop(), keys.pop()
                continue
            key = keys[-1] if keys else None
            node = self._node(event, len(open_), key and key[1])
            if not open_:
                root = node
            elif isinstance(parent := open_[-1], List):
                parent.items.append(node)
            elif key:
                parent.entries.append((key[0], node))
                keys[-1] = None
            else:
                end: Any = event.end_mark
                keys[-1] = node, end.index
            if isinstance(node, List | Map):
                open_.append(node)
                keys.append(None)
        return root

    def _node(self, event: Any, depth: int, key_end: int | None) -> Node:
        """The node that an event begins."""
        mark = event.start_mark
        place = Place(self.source, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            self._forbid(place, f"alias *{safe_text(str(event.anchor))}", "a value", "write the value out again")
            return Forbidden(place)
        if event.anchor is not None:
            self._forbid(place, f"anchor &{safe_text(event.anchor)}", "a plain value", "delete the anchor")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._forbid(place, f"tag {safe_text(tag)}", "a plain value", "delete the tag")
        if depth > DEEPEST:
            found = "lists or mappings nested too deep", f"at most {DEEPEST} deep", "take brackets or dashes away"
            self._forbid(place, *found)
            self.log.refuse()
        if isinstance(event, yaml.ScalarEvent):
            return self._text(event, place, key_end)
        return List([], place) if isinstance(event, yaml.SequenceStartEvent) else Map([], place)

    def _text(self, event: Any, place: Place, key_end: int | None) -> Text:
        value, style = event.value, event.style
        if style in ("|", ">"):
            end = event.end_mark.line + (event.end_mark.column > 0)  # which it is only where the file ends in the block
            self.lines = self.lines or text_lines(self.text)
            return Text("\n".join(self.lines[place.line : end]), place, quoted=True, block=True)
        if style == '"' and not value.isascii():
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # JSON's pairs of escapes
        if style or value:
            return Text(value, place, quoted=bool(style))
        if event.tag or event.anchor:
            return Text("", place)
        if key_end is None or event.start_mark.index == key_end:
            return Text("", place, missing=key_end is not None)
        colon = self.text.find(":", key_end, event.start_mark.index)  # where the C parser is further on
        below = self.text.count("\n", colon, event.start_mark.index)
        if colon >= 0 and below:
            place = Place(self.source, place.line - below, colon - self.text.rfind("\n", 0, colon) + 1)
        elif colon >= 0:
            place = place._replace(column=place.column - (event.start_mark.index - colon - 1))
        return Text("", place)

    def _forbid(self, place: Place, found: str, expected: str, fix: str) -> None:
        self.log.add(place, "YAML", found, expected, fix)
