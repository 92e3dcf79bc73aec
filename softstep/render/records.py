"""Records for programs: every digit, with its step, its names and the notes."""

import json as json_writer
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml as yaml_writer

from softstep.render.exact import record
from softstep.render.views import Look
from softstep.result import Result, whole_only

if TYPE_CHECKING:
    from softstep.marking import Report


def json(result: Result, look: Look) -> Iterator[str]:
    """The record in one line of ASCII."""
    yield json_writer.dumps(record(result, look), allow_nan=False) + "\n"


def marks(report: "Report", look: Look) -> Iterator[str]:
    """The record of marked sheets in one line of ASCII."""
    from softstep.render.marked import record as marked_record

    yield json_writer.dumps(marked_record(report), allow_nan=False) + "\n"


def yaml(result: Result, look: Look) -> Iterator[str]:
    """The next config where the command makes one, else the record."""
    state = whole_only if result.state and look.work else result.state
    data = state(look.base) if state else record(result, look)
    yield yaml_writer.dump(
        data, Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=float("inf")
    )


class _Dumper(yaml_writer.SafeDumper):
    """Writes every value out, where PyYAML would write an alias for one it has met."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
