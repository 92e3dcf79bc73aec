"""YAML as a tree in which every value keeps its text and its place, and nothing is resolved.

PyYAML's constructors change what was typed (`010` becomes 8, `1:30` becomes 90, a duplicate key wins), and its
composers recurse. Only its events are used. They come from its C parser, which is twenty times as fast as the one in
Python. After an error the Python parser is asked too, because it says more.
"""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from softstep.names import safe_text
from softstep.read.complaints import Log, Place, text_lines
from softstep.read.syntax import diagnose
from softstep.read.tree import Forbidden, List, Map, Node, Text, kind

DEEPEST = 8
"""The largest depth of lists and mappings in each other."""

_ENDS_LINE_IN_YAML = re.compile("[\x85\u2028\u2029]")
"""Signs that end a line in YAML but in no editor."""

_NOT_IN_C = re.compile(r"""\\u[dD][89abAB]|(?<!["']):[\[\]{},]""")
"""Unknown to the C parser: two escapes for one character, as in JSON, and {1:[2, 3]}."""

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_tree(text: str, source: str, log: Log) -> Node | None:
    """The root of the one document in a text; None if it is empty. Raises SoftstepError for bad syntax."""
    log.line_of[source] = lambda number: text_lines(text)[number - 1]
    if bad := yaml.reader.Reader.NON_PRINTABLE.search(text) or _ENDS_LINE_IN_YAML.search(text):
        lines = text_lines(text[: bad.start()])
        fix = "write a space for it" if bad[0].isspace() else "delete it"
        place = Place(source, len(lines), len(lines[-1]) + 1)
        log.add(place, "text", f"character U+{ord(bad[0]):04X}", "printable text", fix)
        log.raise_error()
    parser = yaml.SafeLoader if _NOT_IN_C.search(text) else _PARSER
    events: Iterable[Any] = yaml.parse(text, Loader=parser)
    try:
        return _Builder(text, source, log).build(events)
    except yaml.MarkedYAMLError as error:
        line, column, *problem = diagnose(text, error)
        log.add(Place(source, line, column), "YAML", *problem)
    except (ValueError, OverflowError):  # the Python parser met \U with the number of no character
        log.add(Place(source, 1, 1), "YAML", "an escape that is no character", "text", "write \\\\ for \\")
    log.raise_error()
    return None


def yaml_map(text: str, source: str, log: Log, path: str, expected: str, fix: str) -> Map:
    """The root, which must be a mapping. Raises SoftstepError with a complaint under `path`."""
    root = yaml_tree(text, source, log)
    if not isinstance(root, Map):
        has_equals = isinstance(root, Text) and "=" in root.text
        place, found = (root.place, kind(root)) if root else (Place(source, 1, 1), "nothing")
        log.add(place, path, found, expected, "write ':' for '='" if has_equals else fix)
        log.raise_error()
    assert isinstance(root, Map)
    return root


class _Builder:
    """Builds a tree of events. Complains about what a config may not contain, and goes on."""

    def __init__(self, text: str, source: str, log: Log) -> None:
        self.text, self.source, self.log = text, source, log
        self.lines: list[str] | None = None

    def build(self, events: Iterable[Any]) -> Node | None:
        """The root of the document."""
        root: Node | None = None
        open_nodes: list[List | Map] = []
        keys: list[tuple[Node, Any] | None] = []  # for each open node, the key without a value so far, and its end
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                fix = "keep one, without the '---' between them"
                self._forbid(self._place_of(event), "a second document", "one alone", fix)
                self.log.raise_error()
            if isinstance(event, yaml.CollectionEndEvent):
                open_nodes.pop(), keys.pop()
            elif isinstance(event, yaml.NodeEvent):
                key = keys[-1] if keys else None
                node = self._node(event, len(open_nodes), key and key[1])
                if not open_nodes:
                    root = node
                elif isinstance(parent := open_nodes[-1], List):
                    parent.items.append(node)
                elif key:
                    parent.entries.append((key[0], node))
                    keys[-1] = None
                else:
                    keys[-1] = node, event.end_mark
                if isinstance(node, List | Map):
                    open_nodes.append(node)
                    keys.append(None)
        return root

    def _place_of(self, event: Any) -> Place:
        return Place(self.source, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any, depth: int, key_end: Any) -> Node:
        """The node that an event begins; `key_end` is where its key ends, if it has one."""
        place = self._place_of(event)
        if isinstance(event, yaml.AliasEvent):
            self._forbid(place, f"alias *{safe_text(str(event.anchor))}", "a value", "write the value out again")
            return Forbidden(place)
        if event.anchor is not None:
            self._forbid(place, f"anchor &{safe_text(event.anchor)}", "a plain value", "delete the anchor")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._forbid(place, f"tag {safe_text(tag)}", "a plain value", "delete the tag")
        if depth > DEEPEST:
            found = "lists or mappings nested too deep"
            self._forbid(place, found, f"at most {DEEPEST} deep", "take brackets or dashes away")
            self.log.raise_error()
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place, key_end)
        return List([], place) if isinstance(event, yaml.SequenceStartEvent) else Map([], place)

    def _scalar(self, event: Any, place: Place, key_end: Any) -> Text:
        value, style = event.value, event.style
        if style in ("|", ">"):
            is_cut = event.end_mark.column > 0  # the file ends in the block, without a line break
            self.lines = self.lines or text_lines(self.text)
            lines = self.lines[place.line : event.end_mark.line + is_cut]
            return Text("\n".join(lines), place, quoted=True, block=True)
        if style == '"' and not value.isascii():  # JSON has pairs of escapes
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if style or value or event.tag or event.anchor:
            return Text(value, place, quoted=bool(style))
        if key_end is None or event.start_mark.index == key_end.index:
            return Text("", place, missing=key_end is not None)
        return Text("", Place(self.source, key_end.line + 1, key_end.column + 2))  # the C parser may be further on

    def _forbid(self, place: Place, found: str, expected: str, fix: str) -> None:
        self.log.add(place, "YAML", found, expected, fix)
