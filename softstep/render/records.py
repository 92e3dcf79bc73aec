"""Records for programs: every digit, with its step, its names and the notes."""

import json as json_writer
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import yaml as yaml_writer

from softstep.render.exact import record
from softstep.render.look import Look
from softstep.result import Result, whole_only
from softstep.rows import BLOCK

if TYPE_CHECKING:
    from softstep.marking import Report


def json(result: Result, look: Look) -> Iterator[str]:
    """The record in one line of ASCII."""
    yield from _pieces(record(result, look))
    yield "\n"


def marks(report: "Report", look: Look) -> Iterator[str]:
    """The record of marked sheets in one line of ASCII."""
    from softstep.render.marked import record as marked_record

    yield json_writer.dumps(marked_record(report), allow_nan=False) + "\n"


def yaml(result: Result, look: Look) -> Iterator[str]:
    """The next config where the command makes one, else the record; of very many nodes in JSON, which is YAML too."""
    state = whole_only if result.state and look.work else result.state
    if not state and any(len(step.rows or ()) > BLOCK for step in result.values()):
        yield from json(result, look)
        return
    data = state(look.base) if state else _whole(record(result, look))
    yield yaml_writer.dump(
        data, Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=float("inf")
    )


def _pieces(value: Any) -> Iterator[str]:
    """The JSON of a value; of a list that comes in parts, part by part."""
    if isinstance(value, dict):
        for i, (key, entry) in enumerate(value.items()):
            yield f"{', ' if i else '{'}{_json(key)}: "
            yield from _pieces(entry)
        yield "}" if value else "{}"
    elif isinstance(value, Iterator):
        yield "["
        for i, part in enumerate(value):
            yield ", " * bool(i) + _json(part)[1:-1]
        yield "]"
    else:
        yield _json(value)


def _json(value: Any) -> str:
    return json_writer.dumps(value, allow_nan=False)


def _whole(value: Any) -> Any:
    """The same with every list there at once."""
    if isinstance(value, dict):
        return {key: _whole(entry) for key, entry in value.items()}
    return list(chain.from_iterable(value)) if isinstance(value, Iterator) else value


class _Dumper(yaml_writer.SafeDumper):
    """Writes every value out, where PyYAML would write an alias for one it has met."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
