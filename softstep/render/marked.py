"""What the formats of marked sheets share: a sheet as a page for eyes, and as a record for programs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from softstep.marking.edits import Edit
from softstep.marking.marks import (
    MISSING,
    RIGHT,
    WRONG,
    MarkedCell,
    MarkedSheet,
    MarkedStep,
    Origin,
    Report,
)
from softstep.marking.slips import Slip
from softstep.names import plain
from softstep.render.exact import strict
from softstep.render.views import MOST_ROWS, Cell, Document, Grid, Look, Row, Section
from softstep.rounding import figure
from softstep.steps import BIAS, LABELLED, NODE, WEIGHT

UNEXPLAINED = "No slip that softstep knows leads to these figures."
TOO_EASY = "These figures follow from earlier ones that make the step too easy to be marked."


def documents(report: Report, look: Look) -> Iterator[Document]:
    """A page for each sheet that could be read."""
    for sheet in report.sheets:
        if sheet.steps is not None:
            yield _document(sheet, sheet.steps, report, look)


def record(report: Report) -> dict[str, Any]:
    """Everything that marking left, as plain data."""
    return {
        "schema": "softstep-check/1",
        "config": report.config,
        "sheets": [_sheet(sheet, report) for sheet in report.sheets],
    }


def gradebook(report: Report) -> Iterator[list[Any]]:
    """A head, and a row for each sheet: whose it is, the score, the points of each step, the tags of all slips."""
    yield ["file", "name", "score", "out_of", *report.keys, "tags"]
    for sheet in report.sheets:
        if sheet.steps is None:
            yield [sheet.file, *[""] * (len(report.keys) + 4)]
        else:
            points = (_exact(sheet.steps[key].points) if key in sheet.steps else "" for key in report.keys)
            whose = sheet.file, sheet.name or "", _exact(sheet.score), _exact(sheet.out_of)
            yield [*whose, *points, " ".join(sheet.tags)]


def _document(sheet: MarkedSheet, steps: Mapping[str, MarkedStep], report: Report, look: Look) -> Document:
    sections = [_section(step, report, look) for step in steps.values() if step.verdict not in (RIGHT, MISSING)]
    total = _short(sheet.score), f"of {_short(sheet.out_of)}", "", ""
    rows = [(step.rule.title, _cells(_marks(step))) for step in steps.values()]
    grid = Grid("step", ("points", "of", "entries", "verdict"), (*rows, ("Score", _cells(total))))
    opening = f"{sheet.file}, checked against {report.config}", _measure(report)
    return Document(sheet.name, "softstep check", opening, [*sections, Section("Marks", "", grid, ())])


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
    """Why a step is not right, and the answers that are not."""
    rows = [_row(cell, report) for cell in step.cells if cell.verdict != RIGHT]
    shown = rows if look.all else rows[:MOST_ROWS]
    hints = [f"{len(rows) - len(shown):,} more; --all shows them"] * (len(shown) < len(rows))
    hints += ["Accepted is what follows from the earlier answers."] * any(map(_by_earlier, step.cells))
    hints += [f"{step.missing} of {step.count} not answered"] * (step.missing > 0)
    columns = ("typed", "verdict") if report.hints_only else ("typed", "right", "accepted", "verdict")
    grid = Grid(_CORNERS.get(str(step.rule.rows), ""), columns, tuple(shown)) if rows else None
    reasons = tuple(_reasons(step, report))
    return Section(step.rule.title, step.rule.formula, grid, (), hints=tuple(hints), reasons=reasons)


_CORNERS = {NODE: "node", LABELLED: "node", WEIGHT: "weight", BIAS: "bias"}


def _reasons(step: MarkedStep, report: Report) -> Iterator[str]:
    if step.too_easy:
        yield TOO_EASY
    elif not step.slips and step.verdict == WRONG:
        yield UNEXPLAINED
    for i, slips in enumerate(step.slips):
        yield f"{'Or' if i else 'Slip'}: {'; and '.join(_told(slip, report) for slip in slips)}."


def _told(slip: Slip | Edit, report: Report) -> str:
    """The slip in words, with its formula and the right one, or with whose numbers it is in."""
    wrong, right = _formulas(slip, report)
    return f"{slip.says}: {wrong}, not {right} ({slip.tag})" if wrong else f"{slip.says} ({slip.tag})"


def _formulas(slip: Slip | Edit, report: Report) -> tuple[str, str]:
    return (slip.rule.formula, report.formulas[slip.rule.key]) if isinstance(slip, Slip) else ("", "")


def _row(cell: MarkedCell, report: Report) -> Row:
    """An answer that is not right."""
    origin = cell.follows_from
    verdict = cell.verdict + (f" from {origin.step} {_label(origin)}" if origin else "")
    if report.hints_only:
        return _label(cell), _cells((cell.typed, verdict))
    accepted = " to ".join(figure(end, cell.decimals + 1, "half-even") for end in cell.accepted or ())
    right = cell.expected if isinstance(cell.expected, str) else ""
    if isinstance(cell.expected, float):
        right = figure(cell.expected, cell.decimals, report.rounding.ties)
    return _label(cell), _cells((cell.typed, right, accepted, verdict))


def _by_earlier(cell: MarkedCell) -> bool:
    """Whether what would be accepted is not the right figure."""
    return cell.accepted is not None and not cell.accepted[0] <= float(cell.expected or 0) <= cell.accepted[1]


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
        "slips": [[_slip(slip, report) for slip in slips] for slips in step.slips],
    }


def _cell(cell: MarkedCell) -> dict[str, Any]:
    by_name = isinstance(cell.expected, str)
    return {
        "row": cell.row,
        "column": cell.column,
        "typed": cell.typed,
        "verdict": cell.verdict,
        "expected": plain(str(cell.expected)) if by_name else cell.expected and strict(cell.expected),
        "accepted": list(cell.accepted) if cell.accepted else None,
        "follows_from": cell.follows_from._asdict() if cell.follows_from else None,
    }


def _slip(slip: Slip | Edit, report: Report) -> dict[str, Any]:
    wrong, right = _formulas(slip, report)
    formulas = {"formula": wrong, "in_place_of": right} if wrong else {}
    return {"tag": slip.tag, "where": slip.where, "says": slip.says, **formulas}


def _cells(texts: Iterable[str]) -> tuple[Cell, ...]:
    return tuple(Cell((text,)) for text in texts)


def _short(points: float) -> str:
    """Points to two decimals, as many of them as it takes."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _exact(points: float) -> float:
    """Points without the noise of float64."""
    return round(points, 9)
