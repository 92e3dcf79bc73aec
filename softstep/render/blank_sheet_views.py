"""What formats are made from for a blank answer sheet: YAML text and rows."""

from collections.abc import Iterator

import yaml

from softstep.names import HEADER, as_data
from softstep.read.answers import BLANK, BlankSheet
from softstep.render.options import Options


def yaml_data(sheet: BlankSheet, options: Options) -> Iterator[str]:
    """The steps by key as YAML text, a line for each row, with `_` for each answer."""
    yield f"# Replace {BLANK} by a number; {BLANK} means not answered.\nname: {BLANK}\n"
    for key, step in sheet.steps.items():
        columns = f"; columns {', '.join(step.columns)}" if step.columns else ""
        yield f"\n# {step.rule.formula}{columns}\n{key}:"
        if step.rows is None:
            yield f" {BLANK}\n"
            continue
        blanks = f"[{', '.join([BLANK] * len(step.columns))}]" if step.columns else BLANK
        yield "\n"
        for name in step.rows:
            line = yaml.safe_dump({as_data(name): 0}, allow_unicode=True, width=float("inf"))  # quoted if need be
            yield f"  {line.rpartition(':')[0]}: {blanks}\n"


def rows(sheet: BlankSheet, options: Options) -> Iterator[tuple[str, ...]]:
    """A header, and a row for each answer: step, row, column and an empty value."""
    yield HEADER
    yield ("name", "", "", "")
    for key, step in sheet.steps.items():
        yield from ((key, row, column, "") for row in step.rows or ("",) for column in step.columns or ("",))
