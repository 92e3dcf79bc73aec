"""A result in the forms that the formats write: pages for eyes, and for programs a record, rows and numbers."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain, repeat
from math import isfinite
from typing import Any

from softstep.compute.rows import BLOCK
from softstep.compute.steps import Step
from softstep.names import HEADER, as_data
from softstep.render.look import Look
from softstep.render.page import Classes, Page, Section, section, section_of_change
from softstep.result import Result, whole_only

_BOTH_MARKS = "[brackets] stand around the true class of a node, a star* behind the predicted one."
_STAR = "A star* stands behind the predicted class of a node."


def pages(result: Result, look: Look) -> Iterator[Page]:
    """The one page of a result."""
    shown = list(sections(result, look))
    opening = (*_head(result, look), *_legend(shown, "labels" in result.found))
    yield Page(result.setting.title, f"softstep {result.command}", opening, shown, result.notes)


def sections(result: Result, look: Look) -> Iterator[Section]:
    """What a page says, step by step, and then of what a whole run replaced."""
    classes = Classes(result.found.get("labels"), result.found.get("predictions"))
    for key in (*result.opening_keys, *result):
        yield section(result.found[key], look, classes)
    for old, new in result.changes:
        yield section_of_change(old, new, look)


def _head(result: Result, look: Look) -> Iterator[str]:
    """What was computed, from what, and how."""
    setting = result.setting
    rounding = setting.rounding
    yield f"{setting.source}, {result.command}, gradient: {setting.gradient}"
    places = f"{rounding.decimals} decimals, losses to {rounding.loss_decimals}, ties {rounding.ties}"
    shown = places if look.decimals is None else f"{look.decimals} decimals, ties {rounding.ties}"
    yield f"By hand, every step rounded to {places}" if rounding.every_step else f"In full precision, shown to {shown}"
    if result.source_keys:
        yield f"From {', '.join(size(result.found[key]) for key in result.source_keys)}"
    if "labels" in result.found:
        yield f"N = {len(setting.given.labelled)}, the labelled nodes"


def _legend(sections: list[Section], labelled: bool) -> tuple[str, ...]:
    """What the marks at the entries mean, if there are any."""
    if not any(section.grid and section.grid.marked for section in sections):
        return ()
    return (_BOTH_MARKS if labelled else _STAR,)


def size(step: Step) -> str:
    """The step's symbol with its shape, or with its value if it is one number.

    >>> import numpy as np
    >>> from softstep.compute.table import Table
    >>> from softstep.lesson.quantities import GIVEN
    >>> from softstep.lesson.rounding import Rounding
    >>> size(Step(GIVEN["learning_rate"], Table(np.array(0.5), {}), Rounding(), {}))
    'α = 0.5'
    """
    step = step.whole or step
    if not step.numbers.shape:
        return f"{step.rule.symbol} = {step.digits()}"
    return f"{step.rule.symbol} ({' × '.join(map(str, step.numbers.shape))})"


def record(result: Result, look: Look) -> dict[str, Any]:
    """Everything that was found, every digit of it, as plain data: what JSON and YAML write.

    What there is of every row is an iterator over parts of a list, so that the whole of it is never there at once.
    """
    return {
        "schema": "softstep/1",
        "command": result.command,
        "config": result.setting.source,
        "gradient": result.setting.gradient,
        "rounding": asdict(result.setting.rounding),
        "steps": {key: _record(step, look) for key, step in result.items()},
        "notes": list(result.notes),
    }


def _record(step: Step, look: Look) -> dict[str, Any]:
    found: dict[str, Any] = {"symbol": step.rule.symbol, "formula": step.rule.formula}
    if step.rows is None:
        found["value"] = strict(exact(step))
    else:
        found["rows"] = (list(part.rows or ()) for part in step.parts())
        if step.columns:
            found["columns"] = list(step.columns)
        found["values"] = (strict(exact(part)) for part in step.parts())
    if look.work:
        found["work"] = ([line] for line in worked(step, aside=True))
    return found


def yaml(result: Result, look: Look) -> dict[str, Any]:
    """The next config where the command makes one, else the record; of very many nodes that comes in parts."""
    next_config = whole_only if result.next_config and look.work else result.next_config
    if next_config:
        return next_config(look.folder)
    found = record(result, look)
    has_many_rows = any(len(step.rows or ()) > BLOCK for step in result.values())
    whole: dict[str, Any] = found if has_many_rows else _whole(found)
    return whole


def _whole(value: Any) -> Any:
    """The same with every list there at once."""
    if isinstance(value, dict):
        return {key: _whole(entry) for key, entry in value.items()}
    return list(chain.from_iterable(value)) if isinstance(value, Iterator) else value


def history_rows(result: Result) -> Iterator[tuple[Any, ...]]:
    """The history of a training: a head, and a row for each step that it has."""
    history = result["history"]
    yield ("step", *(history.columns or ()))
    for step, measures in zip(history.rows or (), exact(history), strict=True):
        yield (step, *measures)


def rows(result: Result, look: Look) -> Iterator[tuple[Any, ...]]:
    """One long table: step, row, column, value and, with the work, how that came about; what there is not is empty."""
    yield (*HEADER, *(["work"] if look.work else []))
    for key, step in result.items():
        works = ([work] for work in chain(worked(step), repeat(""))) if look.work else repeat([])
        yield from ((key, *entry, *work) for entry, work in zip(_entries(step), works, strict=False))


def numbers(result: Result, look: Look) -> Iterator[Step]:
    """The steps that the command is there to find; where none of these is left, all that are."""
    yield from [step for step in result.values() if step.rule.answer] or [*result.values()]


def worked(step: Step, aside: bool = False) -> Iterator[str]:
    """For each number, row by row, how it came about; `aside`: before it the same of what no format shows."""
    from softstep.render.notation import as_text
    from softstep.working.explain import explained, made_aside

    for each in (*(made_aside(step) if aside else ()), step) if step.inputs else ():
        for part in each.parts():
            yield from ("; ".join(map(as_text, lines)) for lines in explained(part))


def exact(step: Step) -> Any:
    """Every digit of the numbers, in nested lists; classes by name where they have names that are no numbers."""
    if step.entries is None:
        return step.value.tolist()
    return [as_data(name) for name in step.digits()]


def strict(value: Any) -> Any:
    """Numbers in lists with infinities as text, which JSON has no numbers for.

    >>> strict([1.0, float("inf")])
    [1.0, 'inf']
    """
    if isinstance(value, list):
        return [strict(entry) for entry in value]
    return value if isinstance(value, str) or isfinite(value) else str(value)


def _entries(step: Step) -> Iterator[tuple[str, str, Any]]:
    """The row's name, the column's name and the number of each entry."""
    if step.rows is None:
        yield "", "", strict(exact(step))
        return
    for part in step.parts():
        for row, entries in zip(part.rows or (), strict(exact(part)), strict=True):
            if step.columns is None:
                yield row, "", entries
            else:
                yield from ((row, column, entry) for column, entry in zip(step.columns, entries, strict=True))
