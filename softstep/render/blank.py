"""An empty answer sheet, to be filled in."""

from collections.abc import Iterator

import yaml as yaml_writer

from softstep.names import HEADER, as_data
from softstep.read.answers import BLANK, BlankSheet
from softstep.render.look import Look


def yaml(sheet: BlankSheet, look: Look) -> Iterator[str]:
    """The steps by key, a row a line, with `_` for each answer."""
    yield f"# Write a number for each {BLANK}; what stays {BLANK} is not answered.\nname: {BLANK}\n"
    for key, step in sheet.steps.items():
        columns = f"; columns {', '.join(step.columns)}" if step.columns else ""
        yield f"\n# {step.rule.formula}{columns}\n{key}:"
        if step.rows is None:
            yield f" {BLANK}\n"
            continue
        empty = f"[{', '.join([BLANK] * len(step.columns))}]" if step.columns else BLANK
        yield "\n" + "".join(f"  {_key(name)}: {empty}\n" for name in step.rows)


def rows(sheet: BlankSheet, look: Look) -> Iterator[tuple[str, ...]]:
    """A head, and a row for each answer: step, row, column and an empty value."""
    yield HEADER
    yield ("name", "", "", "")
    for key, step in sheet.steps.items():
        yield from ((key, row, column, "") for row in step.rows or ("",) for column in step.columns or ("",))


def _key(name: str) -> str:
    """A name as a key of YAML, in quotation marks where it needs them."""
    written: str = yaml_writer.safe_dump({as_data(name): 0}, allow_unicode=True, width=float("inf"))
    return written.rpartition(":")[0]
