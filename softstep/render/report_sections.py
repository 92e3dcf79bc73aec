"""The sections of a page about a marked sheet: one for each step that is not right, and the table of the marks."""

from collections.abc import Iterator, Sequence
from math import ceil, log10

from softstep.lesson.rounding import MOST_DECIMALS, Rounding, figure
from softstep.mark.report import Interval, MarkedCell, MarkedSheet, MarkedStep, Report
from softstep.mark.verdicts import CARRIED_FORWARD, RIGHT
from softstep.render.answer_names import place_label
from softstep.render.options import Options
from softstep.render.origin_words import ERROR_CARRIED_FORWARD
from softstep.render.page import Cell, Grid, Row, Section
from softstep.render.report_words import answered_sentence, sentences
from softstep.render.step_sections import MOST_ROWS, corner_heading

ON_PAGES = {CARRIED_FORWARD: ERROR_CARRIED_FORWARD}
"""Verdicts that pages call by another name than JSON does."""


def step_section(step: MarkedStep, sheet: MarkedSheet, report: Report, options: Options) -> Section:
    """Why a step is not right, and its answers that gain nothing or are off in the last place."""
    cells = [cell for cell in step.cells if cell.verdict not in (RIGHT, CARRIED_FORWARD)]
    shown = cells if options.all else cells[:MOST_ROWS]
    footnotes = []
    if len(cells) > len(shown):
        footnotes.append(f"{len(cells) - len(shown):,} more; --all shows them")
    if any(cell.from_earlier and len(cell.accepted) == 1 for cell in cells) and not report.hints_only:
        footnotes.append("The range is computed from the earlier answers on this sheet; the column right is not.")
    if step.missing:
        footnotes.append(f"{step.missing} of {step.count} not answered")
    reasons = tuple(sentences(step, sheet.steps or {}, sheet.exercise.formulas))
    grid = _answer_grid(step, shown, sheet.exercise.rounding, report) if shown else None
    return Section(step.rule.title, step.rule.formula, grid, footnotes=tuple(footnotes), reasons=reasons)


def marks_section(sheet: MarkedSheet) -> Section:
    """The points of each step and in all."""
    marks = []
    for step in (sheet.steps or {}).values():
        points = (_points_text(step.points), f"of {_points_text(step.weight)}") if step.weight else ("", "")
        entries = f"{sum(cell.points > 0 for cell in step.cells)} of {step.count}"
        marks.append((step.rule.title, (*_cells(*points, entries), _verdict_cell(step.verdict))))
    marks.append(("Score", _cells(_points_text(sheet.score), f"of {_points_text(sheet.out_of)}", "", "")))
    footnote = answered_sentence(sheet)
    if sheet.exercise.has_marks and any(not step.weight for step in (sheet.steps or {}).values()):
        footnote = "A step without points is not asked."
    grid = Grid("step", ("points", "of", "entries", "verdict"), tuple(marks))
    return Section("Marks", "", grid, footnotes=(footnote,) if footnote else ())


def range_places(interval: Interval, decimals: int) -> int:
    """The number of decimals that tell the ends of a range from each other and from other answers.

    >>> range_places(Interval(0.605, 0.615, ""), 2), range_places(Interval(0.60999, 0.61001, ""), 2)
    (3, 6)
    """
    width = interval.high - interval.low
    return min(MOST_DECIMALS, 1 + max(decimals, ceil(-log10(width) - 1e-6) if width > 0 else MOST_DECIMALS))


def _answer_grid(step: MarkedStep, cells: Sequence[MarkedCell], rounding: Rounding, report: Report) -> Grid:
    """Answers with the right figures and the accepted ranges; hints have neither."""
    corner = corner_heading(step.step)
    if report.hints_only:
        rows = tuple((_label(cell), (*_cells(cell.typed), _verdict_cell(cell.verdict))) for cell in cells)
        return Grid(corner, ("typed", "verdict"), rows)
    has_sources = any(len(cell.accepted) > 1 for cell in cells)
    columns = ("typed", "right", "right if in", *(["computed"] if has_sources else []), "verdict")
    return Grid(corner, columns, tuple(row for cell in cells for row in _answer_rows(cell, has_sources, rounding)))


def _answer_rows(cell: MarkedCell, has_sources: bool, rounding: Rounding) -> Iterator[Row]:
    """A row for the first range, and one for each other range; with the sources if there is more than one."""
    ranges = [_range_text(interval, cell.decimals) for interval in cell.accepted] or [""]
    sources = [interval.source for interval in cell.accepted] if len(ranges) > 1 else [""]
    for i, (text, source) in enumerate(zip(ranges, sources, strict=True)):
        figures = ("", "") if i else (cell.typed, _right_figure(cell, rounding))
        texts = (*figures, text, *([source] if has_sources else []))
        yield "" if i else _label(cell), (*_cells(*texts), Cell(("",)) if i else _verdict_cell(cell.verdict))


def _range_text(interval: Interval, decimals: int) -> str:
    places = range_places(interval, decimals)
    return " to ".join(figure(end, places, "half-even") for end in interval[:2])


def _right_figure(cell: MarkedCell, rounding: Rounding) -> str:
    if isinstance(cell.expected, float):
        return figure(cell.expected, cell.decimals, rounding.ties)
    return cell.expected or ""


def _label(cell: MarkedCell) -> str:
    return place_label(cell.row, cell.column)


def _cells(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell((text,)) for text in texts)


def _verdict_cell(verdict: str) -> Cell:
    name = ON_PAGES.get(verdict, verdict)
    return Cell((name,), verdict=name)


def _points_text(points: float) -> str:
    """Points to two decimals at most."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
