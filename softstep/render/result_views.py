"""What formats are made from for a result: pages for people; a record, rows and numbers for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain, repeat
from math import isfinite
from pathlib import PurePath
from typing import Any

from softstep.compute.rows import BLOCK
from softstep.compute.steps import Step
from softstep.lesson.quantities import CLASS, FEATURE, NODE, Quantity
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import STAGES, Rule
from softstep.names import HEADER, as_data, count_of
from softstep.read.setting import Setting
from softstep.render.options import Options
from softstep.render.page import Page, Section
from softstep.render.step_sections import NodeClasses, change_section, step_section
from softstep.result import Result, whole_only

STAGE_HEADINGS = {"forward": "Forward", "loss": "Loss", "grad": "Gradient", "update": "Update"}
"""The headings of the stages on a page; what has no stage is given."""

TIES = {"half-up": "away from zero", "half-even": "to even", "half-down": "toward zero"}
"""How ties are rounded, in words."""


def pages(result: Result, options: Options) -> Iterator[Page]:
    """The one page of a result."""
    setting = result.setting
    title = setting.title or PurePath(setting.source).name
    head = tuple(_head(result, options))
    numbers_alone = result.command != "run"
    yield Page(title, f"softstep {result.command}", head, sections(result, options), result.notes, numbers_alone)


def sections(result: Result, options: Options) -> Iterator[Section]:
    """The sections of a result's page: a step in each, and for a whole run the loss before and after."""
    classes = NodeClasses(result.found.get("labels"), result.found.get("predictions"))
    for key in (*result.opening_keys, *result):
        step = result.found[key]
        yield step_section(step, options, classes, _stage_heading(result, step.rule))
    for old, new in result.changes:
        if old.rows is None:
            yield change_section(old, new, options, _stage_heading(result, new.rule))


def _stage_heading(result: Result, quantity: Quantity) -> str:
    """The heading that a quantity stands under."""
    if result.command not in (*STAGES, "run"):
        return ""
    return STAGE_HEADINGS[quantity.stage] if isinstance(quantity, Rule) else "Given"


def _head(result: Result, options: Options) -> Iterator[str]:
    """The head lines of a result's page: the config's note, the rounding, N, and what the signs at entries mean."""
    setting = result.setting
    line = rounding_line(setting.rounding, options)
    if "labels" in result.found:
        line += f" N = {count_of(len(setting.given.labelled), 'labelled node')}."
    if setting.note:
        yield setting.note
    yield line
    yield from (step.rule.remark.format(step.digits()) for step in result.found.values() if step.rule.remark)
    shown = [result.found[key].rule for key in (*result.opening_keys, *result)]
    yield from square_lines(setting)
    has_labels, has_predictions = (key in result.found for key in ("labels", "predictions"))
    if any(quantity.axes == (NODE, CLASS) for quantity in shown):
        signs = ["[ ] true class"] * has_labels + ["* predicted class"] * has_predictions
        yield "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE} ".join(signs)


def rounding_line(rounding: Rounding, options: Options) -> str:
    """How numbers are rounded, as a sentence."""
    decimals, loss_decimals = rounding.decimals, rounding.printed_loss_decimals
    if options.decimals is not None and not rounding.every_step:
        decimals = loss_decimals = options.decimals
    places = count_of(decimals, "decimal") + (f" (losses {loss_decimals})" if loss_decimals != decimals else "")
    if rounding.every_step:
        return f"By hand: every step rounded to {places}, ties {TIES[rounding.ties]}."
    return f"Full precision, displayed to {places}."


def square_lines(setting: Setting) -> Iterator[str]:
    """Which way round W is, where its shape does not say so."""
    names = setting.given.names
    if "weights" in setting.given.values and len(names[CLASS]) == len(names[FEATURE]):
        side = "column" if setting.features_as_rows else "row"
        yield f"W is square: {side} c of W is class c."


def record(result: Result, options: Options) -> dict[str, Any]:
    """The result as plain data with every digit, as JSON and YAML have it.

    A list with an entry for each row is an iterator over its parts, so that it is never in memory as a whole.
    """
    rounding = result.setting.rounding
    return {
        "schema": "softstep/1",
        "command": result.command,
        "config": result.setting.source,
        "gradient": result.setting.gradient,
        "rounding": asdict(rounding) | {"loss_decimals": rounding.printed_loss_decimals},
        "given": {key: {"symbol": step.rule.symbol, **_numbers_record(step)} for key, step in result.given.items()},
        "steps": {key: _step_record(step, options) for key, step in result.items()},
        "notes": list(result.notes),
    }


def _step_record(step: Step, options: Options) -> dict[str, Any]:
    data = {"symbol": step.rule.symbol, "formula": step.rule.formula, **_numbers_record(step)}
    if options.work:
        data["work"] = ([line] for line in working_lines(step, hidden=True))
    return data


def _numbers_record(step: Step) -> dict[str, Any]:
    """The numbers of a step, with the names of their rows and columns."""
    if step.rows is None:
        return {"value": exact_values(step)}
    columns = {"columns": list(step.columns)} if step.columns else {}
    return {
        "rows": (list(part.rows or ()) for part in step.parts()),
        **columns,
        "values": map(exact_values, step.parts()),
    }


def yaml_data(result: Result, options: Options) -> dict[str, Any]:
    """The next config if the command makes one, else the record, for very many nodes in parts."""
    if result.next_config:
        next_config = whole_only if options.work else result.next_config
        return next_config(options.folder)
    data = record(result, options)
    if any(len(step.rows or ()) > BLOCK for step in (*result.given.values(), *result.values())):
        return data
    for step in (*data["given"].values(), *data["steps"].values()):
        for field, value in step.items():
            step[field] = list(chain.from_iterable(value)) if isinstance(value, Iterator) else value
    return data


def history_rows(result: Result) -> Iterator[tuple[Any, ...]]:
    """The history of a training: a header, and a row for each step."""
    history = result["history"]
    yield ("step", *(history.columns or ()))
    for step, measures in zip(history.rows or (), exact_values(history), strict=True):
        yield (step, *measures)


def rows(result: Result, options: Options) -> Iterator[tuple[Any, ...]]:
    """One long table: step, row, column and value, empty where there is none; with the work, a column for it."""
    yield (*HEADER, *(["work"] if options.work else []))
    for key, step in result.items():
        works = ([work] for work in chain(working_lines(step), repeat(""))) if options.work else repeat([])
        yield from ((key, *entry, *work) for entry, work in zip(_entries(step), works, strict=False))


def _entries(step: Step) -> Iterator[tuple[str, str, Any]]:
    """The row, the column and the value of each entry."""
    if step.rows is None:
        yield "", "", exact_values(step)
        return
    for part in step.parts():
        for row, values in zip(part.rows or (), exact_values(part), strict=True):
            if step.columns is None:
                yield row, "", values
            else:
                yield from ((row, column, value) for column, value in zip(step.columns, values, strict=True))


def numbers(result: Result, options: Options) -> Iterator[Step]:
    """The steps that answer the command; if a selection leaves none of them, all that it leaves."""
    yield from [step for step in result.values() if step.rule.answer] or [*result.values()]


def working_lines(step: Step, hidden: bool = False) -> Iterator[str]:
    """The working of each number, row by row; with `hidden`, first those of the hidden steps that it needs."""
    from softstep.render.notation import as_text
    from softstep.working.explain import explain_step, hidden_sources

    if step.inputs:
        for each in (*(hidden_sources(step) if hidden else ()), step):
            for part in each.parts():
                yield from ("; ".join(map(as_text, lines)) for lines in explain_step(part))


def exact_values(step: Step) -> Any:
    """The values with every digit, in nested lists, as JSON has them; classes by name, or as an int if it is one."""
    if step.entries is None:
        return as_json(step.value.tolist())
    return [as_data(name) for name in step.digits()]


def as_json(value: Any) -> Any:
    """Numbers in lists with infinities as text, since JSON has no number for them.

    >>> as_json([1.0, float("inf")])
    [1.0, 'inf']
    """
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return value if isinstance(value, str) or isfinite(value) else str(value)
