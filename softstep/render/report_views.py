"""What formats are made from for a report of marked sheets: a page for each sheet, a record, a gradebook."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.rounding import figure
from softstep.mark.report import MarkedCell, MarkedStep, Origin, Report
from softstep.mark.verdicts import CARRIED_FORWARD, MISSING, RIGHT
from softstep.names import as_data, first_words
from softstep.render.options import Options
from softstep.render.page import Cell, Grid, Page, Section
from softstep.render.result_views import as_json
from softstep.render.step_sections import MOST_ROWS, corner_heading

UNEXPLAINED = "No known slip explains the wrong answers."
TRIVIAL = "No credit: these answers follow from earlier answers that make the step trivial."

ON_PAGES = {CARRIED_FORWARD: "carried forward"}
"""Verdicts that pages call by another name than JSON does."""

MOST_NAMED = 12
"""The most answers that a sentence names."""


def pages(report: Report, options: Options) -> Iterator[Page]:
    """A page for each sheet that could be read: the steps that are not right, and a table of the marks."""
    places = f"{report.rounding.decimals} decimals, losses {report.rounding.loss_decimals}; more if more are typed"
    half_unit = f"half a unit in the last place ({places})"
    tolerance = half_unit if report.tolerance is None else f"{report.tolerance:g}"
    for sheet in report.sheets:
        if sheet.steps is None:
            continue
        file, config = (PurePath(path).name for path in (sheet.file, report.config))
        head = f"{file}, checked against {config}", f"Tolerance: {tolerance}"
        steps = sheet.steps.values()
        sections = [_step_section(step, report, options) for step in steps if step.verdict not in (RIGHT, MISSING)]
        marks = []
        for step in steps:
            points = _points_text(step.points), f"of {_points_text(step.weight)}"
            entries = f"{step.scored_count} of {step.count}"
            marks.append((step.rule.title, (*_cells(*points, entries), _verdict_cell(step.verdict))))
        marks.append(("Score", _cells(_points_text(sheet.score), f"of {_points_text(sheet.out_of)}", "", "")))
        grid = Grid("step", ("points", "of", "entries", "verdict"), tuple(marks))
        yield Page(sheet.name or file, "softstep check", head, [*sections, Section("Marks", "", grid)])


def record(report: Report, options: Options) -> dict[str, Any]:
    """The report as plain data."""
    sheets = []
    for sheet in report.sheets:
        is_readable = sheet.steps is not None
        sheets.append(
            {
                "file": sheet.file,
                "name": sheet.name,
                "score": _points_value(sheet.score) if is_readable else None,
                "out_of": _points_value(sheet.out_of) if is_readable else None,
                "steps": {key: _step_record(step, report) for key, step in (sheet.steps or {}).items()},
                "complaints": list(sheet.complaints),
            }
        )
    return {"schema": "softstep-check/1", "config": report.config, "sheets": sheets}


yaml_data = record


def rows(report: Report, options: Options) -> Iterator[list[Any]]:
    """A header, and a row for each sheet: file, name, score, the points of each step, the tags of all slips."""
    yield ["file", "name", "score", "out_of", *report.keys, "tags"]
    for sheet in report.sheets:
        if sheet.steps is None:
            yield [sheet.file, *[""] * (len(report.keys) + 4)]
        else:
            points = [_points_value(sheet.steps[key].points) if key in sheet.steps else "" for key in report.keys]
            total = _points_value(sheet.score), _points_value(sheet.out_of)
            yield [sheet.file, sheet.name or "", *total, *points, " ".join(sheet.tags)]


def _step_section(step: MarkedStep, report: Report, options: Options) -> Section:
    """Why a step is not right, and its answers that gain nothing or are off in the last place."""
    cells = [cell for cell in step.cells if cell.verdict not in (RIGHT, CARRIED_FORWARD)]
    shown = cells if options.all else cells[:MOST_ROWS]
    columns = ("typed", "verdict") if report.hints_only else ("typed", "right", "right if in", "verdict")
    rows = tuple((_cell_label(cell), _answer_cells(cell, report)) for cell in shown)
    grid = Grid(corner_heading(step.step), columns, rows) if rows else None
    footnotes = []
    if len(cells) > len(shown):
        footnotes.append(f"{len(cells) - len(shown):,} more; --all shows them")
    if any(cell.from_earlier for cell in cells) and not report.hints_only:
        footnotes.append("The range is computed from the earlier answers on this sheet; the column right is not.")
    if step.missing:
        footnotes.append(f"{step.missing} of {step.count} not answered")
    reasons = tuple(_reasons(step, report))
    return Section(step.rule.title, step.rule.formula, grid, footnotes=tuple(footnotes), reasons=reasons)


def _reasons(step: MarkedStep, report: Report) -> Iterator[str]:
    """What explains the wrong answers, and where the errors carried forward come from."""
    if step.from_trivial:
        yield TRIVIAL
    if step.unexplained:
        yield UNEXPLAINED
    if coarse := [cell for cell in step.cells if cell.has_too_few_decimals]:
        labels = _list_labels(coarse)
        yield f"Too few decimals, {coarse[0].decimals} are needed" + (f": {labels}." if labels else ".")
    for i, slips in enumerate(step.explanations):
        texts = []
        for slip in slips:
            formulas = f": you used {slip.formula}, right is {report.formulas[slip.where]}" if slip.formula else ""
            texts.append(f"{slip.says}{formulas} ({slip.tag})")
        yield f"{'Or this slip' if i else 'Slip'}: {'; and '.join(texts)}."
    following: dict[str, list[tuple[MarkedCell, Origin]]] = {}
    for cell in step.cells:
        if cell.follows_from:
            following.setdefault(cell.follows_from.step, []).append((cell, cell.follows_from))
    for key, pairs in following.items():
        labels, origins = map(_list_labels, zip(*pairs, strict=True))
        yield f"Carried forward from {ALL_RULES[key].symbol} {origins}".rstrip() + (f": {labels}." if labels else ".")


def _list_labels(cells: Iterable[MarkedCell | Origin]) -> str:
    """The first labels of these answers; empty for the answer of a single number."""
    return first_words([*dict.fromkeys(map(_cell_label, cells))], MOST_NAMED)


def _answer_cells(cell: MarkedCell, report: Report) -> tuple[Cell, ...]:
    """An answer as typed, the right figure, the accepted interval and the verdict; for hints no figure but its own."""
    if report.hints_only:
        return (*_cells(cell.typed), _verdict_cell(cell.verdict))
    accepted = " to ".join(figure(end, cell.decimals + 1, "half-even") for end in cell.accepted or ())
    right = cell.expected if isinstance(cell.expected, str) else ""
    if isinstance(cell.expected, float):
        right = figure(cell.expected, cell.decimals, report.rounding.ties)
    return (*_cells(cell.typed, right, accepted), _verdict_cell(cell.verdict))


def _cell_label(cell: MarkedCell | Origin) -> str:
    """The name of the row with that of the column in brackets; empty for a single number."""
    return f"{cell.row or ''}[{cell.column}]" if cell.column is not None else cell.row or ""


def _step_record(step: MarkedStep, report: Report) -> dict[str, Any]:
    cells = []
    for cell in step.cells:
        expected = cell.expected and as_json(cell.expected)
        cells.append(
            {
                "row": cell.row,
                "column": cell.column,
                "typed": cell.typed,
                "verdict": cell.verdict,
                "expected": as_data(expected) if isinstance(expected, str) else expected,
                "accepted": list(cell.accepted) if cell.accepted else None,
                "follows_from": cell.follows_from._asdict() if cell.follows_from else None,
            }
        )
    explanations = []
    for slips in step.explanations:
        explanations.append([{"tag": slip.tag, "where": slip.where, "says": slip.says} for slip in slips])
        for slip, data in zip(slips, explanations[-1], strict=True):
            if slip.formula:
                data |= {"formula": slip.formula, "in_place_of": report.formulas[slip.where]}
    return {"verdict": step.verdict, "cells": cells, "slips": explanations}


def _cells(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell((text,)) for text in texts)


def _verdict_cell(verdict: str) -> Cell:
    name = ON_PAGES.get(verdict, verdict)
    return Cell((name,), verdict=name)


def _points_text(points: float) -> str:
    """Points to two decimals at most."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _points_value(points: float) -> float:
    """Points without the noise of float64."""
    return round(points, 9)
