"""Records as JSON and YAML for programs, every digit of them."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from softstep.render.options import Options


def render_json(record: dict[str, Any], options: Options) -> Iterator[str]:
    """The record in one line of ASCII."""
    yield from _json_pieces(record)
    yield "\n"


def render_gradescope(results: dict[str, Any], options: Options) -> Iterator[str]:
    """The results as JSON."""
    return render_json(results, options)


def render_yaml(data: dict[str, Any] | Iterator[str], options: Options) -> Iterator[str]:
    """The data as YAML. Data in parts is written as JSON, which is YAML too; text is YAML already."""
    if isinstance(data, Iterator):
        yield from data
    elif any(isinstance(part, Iterator) for step in _steps_in(data) for part in step.values()):
        yield from render_json(data, options)
    else:
        yield yaml.dump(
            data, Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=float("inf")
        )


def _steps_in(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of steps in a record; none in a config."""
    return [step for part in ("given", "steps") for step in data.get(part, {}).values()]


def _json_pieces(value: Any) -> Iterator[str]:
    """The JSON of a value; an iterator over parts of a list is written part by part."""
    if isinstance(value, dict):
        for i, (key, entry) in enumerate(value.items()):
            yield f"{', ' if i else '{'}{json.dumps(key)}: "
            yield from _json_pieces(entry)
        yield "}" if value else "{}"
    elif isinstance(value, Iterator):
        yield "["
        for i, part in enumerate(value):
            yield ", " * bool(i) + json.dumps(part, allow_nan=False)[1:-1]
        yield "]"
    else:
        yield json.dumps(value, allow_nan=False)


class _Dumper(yaml.SafeDumper):
    """Writes out a value that occurs twice, where PyYAML would write an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
