"""What formats are made from for a report of marked sheets: a page for each sheet, a record, a gradebook."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from softstep.errors import SoftstepError
from softstep.mark.report import Interval, MarkedCell, MarkedSheet, MarkedStep, Report
from softstep.mark.verdicts import MISSING, RIGHT
from softstep.names import as_data
from softstep.render import gradescope
from softstep.render.options import Options
from softstep.render.page import Page
from softstep.render.report_sections import marks_section, range_places, step_section
from softstep.render.report_words import cut_digits_sentence, figure_before_cut
from softstep.render.result_views import as_json


def pages(report: Report, options: Options) -> Iterator[Page]:
    """A page for each sheet that could be read: the steps that are not right, and a table of the marks."""
    for sheet in report.sheets:
        if sheet.steps is not None:
            shown = [step for step in sheet.steps.values() if step.verdict not in (RIGHT, MISSING) or step.roads]
            sections = [step_section(step, sheet, report, options) for step in shown]
            title = sheet.name or PurePath(sheet.file).name
            yield Page(title, "softstep check", tuple(_head(sheet, report)), [*sections, marks_section(sheet)])


def record(report: Report, options: Options) -> dict[str, Any]:
    """The report as plain data, the sheets one by one."""
    head = {"schema": "softstep-check/1", "config": report.config}
    return head | {"sheets": ([_sheet_record(sheet, report)] for sheet in report.sheets)}


def yaml_data(report: Report, options: Options) -> dict[str, Any]:
    """The report as plain data."""
    sheets = [_sheet_record(sheet, report) for sheet in report.sheets]
    return {"schema": "softstep-check/1", "config": report.config, "sheets": sheets}


def gradescope_results(report: Report, options: Options) -> dict[str, Any]:
    """The results for Gradescope, which marks one student at a time. Raises SoftstepError if there are more sheets."""
    if len(report.sheets) != 1:
        raise SoftstepError(f"softstep: -f gradescope: {len(report.sheets)} sheets; expected one; mark them one by one")
    return gradescope.results(report, options)


def _sheet_record(sheet: MarkedSheet, report: Report) -> dict[str, Any]:
    is_readable = sheet.steps is not None
    return {
        "file": sheet.file,
        "config": sheet.exercise.config or None,
        "student": sheet.student,
        "name": sheet.name,
        "score": _points_value(sheet.score) if is_readable else None,
        "out_of": _points_value(sheet.out_of) if is_readable else None,
        "answered": sheet.answered if is_readable else None,
        "asked": sheet.asked if is_readable else None,
        "cut_digits": _cut_digits_record(sheet, report),
        "steps": {key: _step_record(step, sheet, report) for key, step in (sheet.steps or {}).items()},
        "complaints": list(sheet.complaints),
    }


def rows(report: Report, options: Options) -> Iterator[list[Any]]:
    """A gradebook: a header, and a row for each sheet. A step that does not count has an empty cell."""
    head = ["file", "student", "name", "score", "out_of", "answered", "asked"]
    yield [*head, *report.keys, "tags", "says", "unexplained"]
    for sheet in report.sheets:
        if sheet.steps is None:
            yield [sheet.file, sheet.student, *[""] * (len(head) + len(report.keys) + 1)]
        else:
            counted = {key: _points_value(step.points) for key, step in sheet.steps.items() if step.weight}
            total = _points_value(sheet.score), _points_value(sheet.out_of), sheet.answered, sheet.asked
            unexplained = [key for key, step in sheet.steps.items() if step.unexplained]
            words = " ".join(sheet.tags), "; ".join(sheet.says), " ".join(unexplained)
            points = (counted.get(key, "") for key in report.keys)
            yield [sheet.file, sheet.student, sheet.name or "", *total, *points, *words]


def _head(sheet: MarkedSheet, report: Report) -> Iterator[str]:
    """What was checked against what, how far off is right, and whether digits were cut off."""
    exercise = sheet.exercise
    yield f"{PurePath(sheet.file).name}, checked against {PurePath(exercise.config).name}"
    places = f"{exercise.rounding.decimals} decimals, losses {exercise.rounding.loss_decimals}; more if more are typed"
    half_unit = f"half a unit in the last place ({places})"
    yield f"Tolerance: {half_unit if exercise.tolerance is None else f'{exercise.tolerance:g}'}"
    if sheet.cut_digits:
        yield cut_digits_sentence(sheet.cut_digits, report.hints_only)


def _cut_digits_record(sheet: MarkedSheet, report: Report) -> dict[str, Any] | None:
    if sheet.cut_digits is None:
        return None
    value = None if report.hints_only else float(figure_before_cut(sheet.cut_digits))
    return {"count": sheet.cut_digits.answers, "typed": sheet.cut_digits.typed, "value": value}


def _step_record(step: MarkedStep, sheet: MarkedSheet, report: Report) -> dict[str, Any]:
    explanations = []
    for slips in step.explanations:
        explanations.append([{"tag": slip.tag, "where": slip.where, "says": slip.says} for slip in slips])
        for slip, data in zip(slips, explanations[-1], strict=True):
            if slip.formula:
                data |= {"formula": slip.formula, "in_place_of": sheet.exercise.formulas[slip.where]}
    return {
        "verdict": step.verdict,
        "points": _points_value(step.points),
        "out_of": _points_value(step.weight),
        "cells": [_cell_record(cell, report) for cell in step.cells],
        "slips": explanations,
        "unexplained": step.unexplained,
        "roads": [{"tag": road.tag, "says": road.says, "formula": road.formula} for road in step.roads],
    }


def _cell_record(cell: MarkedCell, report: Report) -> dict[str, Any]:
    """An answer; hints have no right figure and no range."""
    expected = cell.expected and as_json(cell.expected)
    if isinstance(expected, str):
        expected = as_data(expected)
    ranges = [_range_record(interval, cell.decimals) for interval in cell.accepted]
    is_shown = not report.hints_only
    return {
        "row": cell.row,
        "column": cell.column,
        "typed": cell.typed,
        "verdict": cell.verdict,
        "expected": expected if is_shown else None,
        "accepted": [ranges[0]["from"], ranges[0]["to"]] if ranges and is_shown else None,
        "ranges": ranges if len(ranges) > 1 and is_shown else None,
        "places": cell.places,
        "follows_from": cell.follows_from._asdict() if cell.follows_from else None,
    }


def _range_record(interval: Interval, decimals: int) -> dict[str, Any]:
    """A range with the digits that count, and the figures that it is computed by."""
    places = range_places(interval, decimals) + 4
    return {"from": round(interval.low, places), "to": round(interval.high, places), "by": interval.source or None}


def _points_value(points: float) -> float:
    """Points without the noise of float64."""
    return round(points, 9)
