"""A report of marked sheets in the forms that the formats write: a page for each sheet, a record, a gradebook."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from softstep.lesson.rounding import figure
from softstep.lesson.rules import BY_KEY
from softstep.mark.marks import FOLLOWS, MISSING, RIGHT, MarkedCell, MarkedSheet, MarkedStep, Origin, Report
from softstep.mark.slips import Slip
from softstep.names import as_data, first_words
from softstep.render.look import Look
from softstep.render.page import MOST_ROWS, Cell, Grid, Page, Row, Section, corner
from softstep.render.results import strict

UNEXPLAINED = "No slip is found that explains this."
MOST_NAMED = 12
"""Of more answers that follow from others only so many are named."""

TOO_EASY = "These figures follow from earlier ones that make the step too easy to be marked."


def pages(report: Report, look: Look) -> Iterator[Page]:
    """A page for each sheet that could be read."""
    for sheet in report.sheets:
        if sheet.steps is not None:
            yield _page(sheet, sheet.steps, report, look)


def record(report: Report, look: Look) -> dict[str, Any]:
    """Everything that marking left, as plain data."""
    return {
        "schema": "softstep-check/1",
        "config": report.config,
        "sheets": [_sheet(sheet, report) for sheet in report.sheets],
    }


yaml = record


def rows(report: Report, look: Look) -> Iterator[list[Any]]:
    """A head, and a row for each sheet: whose it is, the score, the points of each step, the tags of all slips."""
    yield ["file", "name", "score", "out_of", *report.keys, "tags"]
    for sheet in report.sheets:
        if sheet.steps is None:
            yield [sheet.file, *[""] * (len(report.keys) + 4)]
        else:
            points = (_exact(sheet.steps[key].points) if key in sheet.steps else "" for key in report.keys)
            whose = sheet.file, sheet.name or "", _exact(sheet.score), _exact(sheet.out_of)
            yield [*whose, *points, " ".join(sheet.tags)]


def _page(sheet: MarkedSheet, steps: Mapping[str, MarkedStep], report: Report, look: Look) -> Page:
    sections = [_section(step, report, look) for step in steps.values() if step.verdict not in (RIGHT, MISSING)]
    total = _short(sheet.score), f"of {_short(sheet.out_of)}", "", ""
    rows = [(step.rule.title, _cells(_marks(step))) for step in steps.values()]
    grid = Grid("step", ("points", "of", "entries", "verdict"), (*rows, ("Score", _cells(total))))
    opening = f"{sheet.file}, checked against {report.config}", _measure(report)
    return Page(sheet.name, "softstep check", opening, [*sections, Section("Marks", "", grid, ())])


def _measure(report: Report) -> str:
    """What is right."""
    if report.tolerance is not None:
        return f"Right is within {report.tolerance:g}"
    rounding = report.rounding
    places = f"{rounding.decimals} decimals, losses {rounding.loss_decimals}, more where more are typed"
    return f"Right is within half a unit of the last place: {places}"


def _marks(step: MarkedStep) -> tuple[str, ...]:
    """The points of a step, those it could have, how many of its entries gain any, and the verdict."""
    return _short(step.points), f"of {_short(step.weight)}", f"{step.gained} of {step.count}", step.verdict


def _section(step: MarkedStep, report: Report, look: Look) -> Section:
    """Why a step is not right, and the answers that gain nothing, or are off in their last place."""
    differing = [cell for cell in step.cells if cell.verdict not in (RIGHT, FOLLOWS)]
    shown = differing if look.all else differing[:MOST_ROWS]
    columns = ("typed", "verdict") if report.hints_only else ("typed", "right", "accepted", "verdict")
    grid = Grid(corner(step.rule), columns, tuple(_row(cell, report) for cell in shown)) if shown else None
    hints = tuple(_hints(step, differing, len(differing) - len(shown), report))
    return Section(step.rule.title, step.rule.formula, grid, (), hints=hints, reasons=tuple(_reasons(step, report)))


def _hints(step: MarkedStep, differing: Iterable[MarkedCell], left_out: int, report: Report) -> Iterator[str]:
    if left_out:
        yield f"{left_out:,} more; --all shows them"
    if any(cell.by_earlier for cell in differing) and not report.hints_only:
        yield "Accepted is what follows from the earlier answers."
    if step.missing:
        yield f"{step.missing} of {step.count} not answered"


def _reasons(step: MarkedStep, report: Report) -> Iterator[str]:
    """What explains the wrong answers, and what the others follow from."""
    if step.too_easy:
        yield TOO_EASY
    if step.unexplained:
        yield UNEXPLAINED
    if coarse := [cell for cell in step.cells if cell.coarse]:
        where = first_words([*map(_label, coarse)], MOST_NAMED)
        yield f"Right as far as typed, but {coarse[0].decimals} decimals count" + (f": {where}." if where else ".")
    for i, slips in enumerate(step.explanations):
        yield f"{'Or' if i else 'Slip'}: {'; and '.join(_told(slip, report) for slip in slips)}."
    yield from _following(step)


def _following(step: MarkedStep) -> Iterator[str]:
    """What follows from what, in a line for each earlier step."""
    cells = [cell for cell in step.cells if cell.follows_from]
    for key in dict.fromkeys(cell.follows_from.step for cell in cells if cell.follows_from):
        mine = [cell for cell in cells if cell.follows_from and cell.follows_from.step == key]
        origins = dict.fromkeys(_label(cell.follows_from) for cell in mine if cell.follows_from)
        from_, what = (first_words([*labels], MOST_NAMED) for labels in (origins, map(_label, mine)))
        yield f"Follows from {BY_KEY[key].symbol} {from_}".rstrip() + (f": {what}." if what else ".")


def _told(slip: Slip, report: Report) -> str:
    """The slip in words; one in a rule with its formula and the right one."""
    formulas = f": {slip.formula}, not {report.formulas[slip.where]}" if slip.formula else ""
    return f"{slip.says}{formulas} ({slip.tag})"


def _row(cell: MarkedCell, report: Report) -> Row:
    """An answer with what would be right."""
    if report.hints_only:
        return _label(cell), _cells((cell.typed, cell.verdict))
    accepted = " to ".join(figure(end, cell.decimals + 1, "half-even") for end in cell.accepted or ())
    right = cell.expected if isinstance(cell.expected, str) else ""
    if isinstance(cell.expected, float):
        right = figure(cell.expected, cell.decimals, report.rounding.ties)
    return _label(cell), _cells((cell.typed, right, accepted, cell.verdict))


def _label(cell: MarkedCell | Origin) -> str:
    """The names of a row and a column, as far as there are any."""
    return f"{cell.row or ''}[{cell.column}]" if cell.column is not None else cell.row or ""


def _sheet(sheet: MarkedSheet, report: Report) -> dict[str, Any]:
    readable = sheet.steps is not None
    return {
        "file": sheet.file,
        "name": sheet.name,
        "score": _exact(sheet.score) if readable else None,
        "out_of": _exact(sheet.out_of) if readable else None,
        "steps": {key: _step(step, report) for key, step in (sheet.steps or {}).items()},
        "complaints": list(sheet.complaints),
    }


def _step(step: MarkedStep, report: Report) -> dict[str, Any]:
    return {
        "verdict": step.verdict,
        "cells": [_cell(cell) for cell in step.cells],
        "slips": [[_slip(slip, report) for slip in slips] for slips in step.explanations],
    }


def _cell(cell: MarkedCell) -> dict[str, Any]:
    by_name = isinstance(cell.expected, str)
    return {
        "row": cell.row,
        "column": cell.column,
        "typed": cell.typed,
        "verdict": cell.verdict,
        "expected": as_data(str(cell.expected)) if by_name else cell.expected and strict(cell.expected),
        "accepted": list(cell.accepted) if cell.accepted else None,
        "follows_from": cell.follows_from._asdict() if cell.follows_from else None,
    }


def _slip(slip: Slip, report: Report) -> dict[str, Any]:
    formulas = {"formula": slip.formula, "in_place_of": report.formulas[slip.where]} if slip.formula else {}
    return {"tag": slip.tag, "where": slip.where, "says": slip.says, **formulas}


def _cells(texts: Iterable[str]) -> tuple[Cell, ...]:
    return tuple(Cell((text,)) for text in texts)


def _short(points: float) -> str:
    """Points to two decimals, as many of them as it takes."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _exact(points: float) -> float:
    """Points without the noise of float64."""
    return round(points, 9)
