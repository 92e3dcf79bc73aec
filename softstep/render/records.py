"""Records for programs: every digit, with its step, its names and the notes."""

import json as json_writer
from collections.abc import Iterator
from typing import Any

import yaml as yaml_writer

from softstep.render.look import Look


def json(record: dict[str, Any], look: Look) -> Iterator[str]:
    """The record in one line of ASCII."""
    yield from _pieces(record)
    yield "\n"


def yaml(data: dict[str, Any] | Iterator[str], look: Look) -> Iterator[str]:
    """The data; in JSON, which is YAML too, where it comes in parts. Text is there already."""
    if isinstance(data, Iterator):
        yield from data
    elif any(isinstance(part, Iterator) for step in data.get("steps", {}).values() for part in step.values()):
        yield from json(data, look)
    else:
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


class _Dumper(yaml_writer.SafeDumper):
    """Writes every value out, where PyYAML would write an alias for one it has met."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
