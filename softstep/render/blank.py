"""An empty answer sheet, to be filled in."""

import csv as csv_writer
from collections.abc import Iterator, Mapping
from io import StringIO

import yaml as yaml_writer

from softstep.names import plain
from softstep.render.views import Look
from softstep.steps import Step

BLANK = "_"


def yaml(steps: Mapping[str, Step], look: Look) -> Iterator[str]:
    """The steps by key, a row a line, with `_` for each answer."""
    yield f"# Write a number for each {BLANK}; what stays {BLANK} is not answered.\nname: {BLANK}\n"
    for key, step in steps.items():
        columns = f"; columns {', '.join(step.columns)}" if step.columns else ""
        yield f"\n# {step.rule.formula}{columns}\n{key}:"
        if step.rows is None:
            yield f" {BLANK}\n"
            continue
        empty = f"[{', '.join([BLANK] * len(step.columns))}]" if step.columns else BLANK
        yield "\n" + "".join(f"  {_key(name)}: {empty}\n" for name in step.rows)


def csv(steps: Mapping[str, Step], look: Look) -> Iterator[str]:
    """A line for each answer: step, row, column and an empty value."""
    lines = StringIO()
    writer = csv_writer.writer(lines, lineterminator="\n")
    writer.writerow(("step", "row", "column", "value"))
    writer.writerow(("name", "", "", ""))
    for key, step in steps.items():
        for row in step.rows or ("",):
            writer.writerows((key, row, column, "") for column in step.columns or ("",))
    yield lines.getvalue()


def _key(name: str) -> str:
    """A name as a key of YAML, in quotation marks where it needs them."""
    written: str = yaml_writer.safe_dump({plain(name): 0}, allow_unicode=True, width=float("inf"))
    return written.rpartition(":")[0]
