"""What the formats for eyes share: a result as sections, each with a table of rounded entries or a number."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from softstep.render.look import Look
from softstep.result import Result
from softstep.steps import BIAS, CLASS, LABELLED, NODE, STEP, WEIGHT, Quantity, Step
from softstep.work import Gap, Tokens

MOST_ROWS, KEPT_ROWS = 100, 10
"""A table of more rows than the first is shown with as many as the second at either end."""

MOST_TERMS = 12
"""Of more terms in a sum, only the first and the last are shown, as many as that together."""


GAP = 2
"""The columns of a table are at least so far apart."""

_BOTH_MARKS = "[brackets] stand around the true class of a node, a star* behind the predicted one."
_STAR = "A star* stands behind the predicted class of a node."


class Cell(NamedTuple):
    """What is printed in a cell: a figure or a name, or an old and a new one.

    `true` and `predicted` say whether it is the one of its node's true class, and of its predicted class. `shade` is
    its size among the entries of a matrix, from −1 to 1; of shares it is the share.
    """

    figures: tuple[str, ...]
    true: bool = False
    predicted: bool = False
    shade: float | None = None


Row = tuple[str, tuple[Cell, ...]]
"""A row's name and its cells."""


class Grid(NamedTuple):
    """A labelled table of printed entries; a row of dots stands for those left out.

    `shares` says that they are shares of 1, `marked` that some are those of a true or a predicted class.
    """

    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    shares: bool = False
    marked: bool = False


class Section(NamedTuple):
    """What a page says of one step: its title and formula, its table or its one figure (or an old and a new one),
    and how each number came about.

    `hints` say what is left out; `pair` has the two values where one number is shown before and after, `curve` those
    after each of many steps. `reasons` say why, before anything is shown.
    """

    title: str
    formula: str
    grid: Grid | None
    figures: tuple[str, ...]
    workings: Sequence[Sequence[Tokens]] = ()
    hints: tuple[str, ...] = ()
    pair: tuple[float, float] | None = None
    curve: tuple[tuple[int, float], ...] = ()
    reasons: tuple[str, ...] = ()


class Document(NamedTuple):
    """A page for eyes: what it is called, or what it is where it has no title, lines that open it, sections, notes."""

    title: str | None
    name: str
    head: tuple[str, ...]
    sections: Sequence[Section]
    notes: tuple[str, ...] = ()


def document(result: Result, look: Look) -> Document:
    """The result as a page."""
    shown = list(sections(result, look))
    opening = (*_head(result, look), *_legend(shown, result.labels is not None))
    notes = tuple(f"Note: {note}" for note in result.notes)
    return Document(result.title, f"softstep {result.command}", opening, shown, notes)


def _head(result: Result, look: Look) -> Iterator[str]:
    """What was computed, from what, and how."""
    rounding = result.rounding
    yield f"{result.source}, {result.command}, gradient: {result.gradient}"
    places = f"{rounding.decimals} decimals, losses to {rounding.loss_decimals}, ties {rounding.ties}"
    shown = places if look.decimals is None else f"{look.decimals} decimals, ties {rounding.ties}"
    yield f"By hand, every step rounded to {places}" if rounding.every_step else f"In full precision, shown to {shown}"
    if result.reads:
        yield f"From {', '.join(map(size, result.reads))}"
    if result.labels:
        yield f"N = {len(result.labels.rows or ())}, the labelled nodes"


def _legend(sections: Iterable[Section], labelled: bool) -> tuple[str, ...]:
    """What the marks at the entries mean, if there are any."""
    if not any(section.grid and section.grid.marked for section in sections):
        return ()
    return (_BOTH_MARKS if labelled else _STAR,)


def section(step: Step, look: Look, result: Result | None = None) -> Section:
    """What a page says of one step; of its result are the marks of true and predicted classes."""
    shown, left_out = _shortened(step, look)
    table = None if step.rows is None else _grid(shown, left_out, look, result)
    figures = () if table else (step.digits(look.decimals),)
    works = [[line for lines in cells for line in lines] for cells in workings(shown, look)]
    hints = tuple(_hints(left_out, works))
    curve = tuple(zip(map(int, step.rows or ()), step.value[:, 0].tolist(), strict=True)) if step.rule.curve else ()
    formula = step.rule.formula or step.rule.symbol
    return Section(step.rule.title, formula, table, figures, works, hints, curve=curve)


def sections(result: Result, look: Look) -> Iterator[Section]:
    """What a page says, step by step, and then of what was replaced."""
    for step in (*result.opening, *result.values()):
        yield section(step, look, result)
    for old, new in result.changes:
        title, formula = f"{old.rule.title} before and after", f"{old.rule.symbol} → {new.rule.symbol}"
        if old.rows is None:
            figures = old.digits(look.decimals), new.digits(look.decimals)
            yield Section(title, formula, None, figures, pair=(float(old.value), float(new.value)))
        else:
            (before, left_out), (after, _) = _shortened(old, look), _shortened(new, look)
            grid = _change_grid(before, after, left_out, look)
            yield Section(title, formula, grid, (), hints=tuple(_hints(left_out, [])))


def column_runs(widths: Sequence[int], margin: int, page: int | None) -> Iterator[Sequence[int]]:
    """The columns, in runs that fit a page beside the rows' names of width `margin`; at least one in each."""
    run: list[int] = []
    used = margin
    for j, width in enumerate(widths):
        if run and page and used + GAP + width > page:
            yield run
            run, used = [], margin
        run.append(j)
        used += GAP + width
    yield run


def columns_on_pages(grid: Grid, page: int) -> Iterator[Sequence[int]]:
    """The columns of a table in runs that fit a page of so many characters."""
    texts = (map(marked, cells) for _, cells in grid.rows)
    widths = [max(map(len, column)) for column in zip(grid.columns, *texts, strict=True)]
    return column_runs(widths, max(len(name) for name in (grid.corner, *(name for name, _ in grid.rows))), page)


def printed(figures: Sequence[str]) -> str:
    """A figure, or an old and a new one, in text."""
    return " → ".join(figures)


def marked(cell: Cell) -> str:
    """The entry with brackets for its node's true class and a star for the predicted one."""
    text = printed(cell.figures)
    return (f"[{text}]" if cell.true else text) + ("*" if cell.predicted else "")


def _grid(step: Step, left_out: int, look: Look, result: Result | None) -> Grid:
    """The step as a table, a gap where rows are left out; a vector has one column, headed by its symbol."""
    columns = tuple(step.columns or (step.rule.symbol,))
    true, predicted = result.classes_of(step) if result and step.rule.columns == CLASS else ({}, {})

    def cell(row: str, column: str, text: str, shade: float | None) -> Cell:
        return Cell((text,), true.get(row) == column, predicted.get(row) == column, shade)

    rows = tuple(
        (row, tuple(map(partial(cell, row), columns, texts, shades)))
        for (row, texts), shades in zip(_printed(step, look), _shades(step), strict=True)
    )
    marked = any(cell.true or cell.predicted for _, cells in rows for cell in cells)
    return Grid(corner(step.rule), columns, _with_gap(rows, left_out), step.rule.shares, marked)


def _change_grid(old: Step, new: Step, left_out: int, look: Look) -> Grid:
    """Old and new values side by side."""
    rows = tuple(
        (row, tuple(Cell((a, b)) for a, b in zip(entries, others, strict=True)))
        for (row, entries), (_, others) in zip(_printed(old, look), _printed(new, look), strict=True)
    )
    columns = tuple(old.columns or (f"{old.rule.symbol} → {new.rule.symbol}",))
    return Grid(corner(old.rule), columns, _with_gap(rows, left_out))


def workings(step: Step, look: Look) -> Iterator[list[tuple[Tokens, ...]]]:
    """How each number of the step came about, every way to it; before it the same of what no table shows."""
    if look.work and step.inputs:
        from softstep.explain import explained, made_aside

        most = None if look.all else MOST_TERMS
        for each in (*made_aside(step), step):
            yield list(explained(_shortened(each, look)[0], look.decimals, most))


def size(step: Step) -> str:
    """The step's symbol with its shape, or with its value if it is one number.

    >>> import numpy as np
    >>> from softstep.rounding import Rounding
    >>> from softstep.steps import GIVEN
    >>> size(Step(GIVEN["learning_rate"], np.array(0.5), Rounding()))
    'α = 0.5'
    """
    if not step.numbers.shape:
        return f"{step.rule.symbol} = {step.digits()}"
    return f"{step.rule.symbol} ({' × '.join(map(str, step.numbers.shape))})"


def _shortened(step: Step, look: Look) -> tuple[Step, int]:
    """The step with as many rows as are shown, and how many are left out."""
    count = len(step.rows or ())
    if look.all or count <= MOST_ROWS:
        return step, 0
    return step.take(rows=[*range(KEPT_ROWS), *range(count - KEPT_ROWS, count)]), count - 2 * KEPT_ROWS


def _hints(rows_left_out: int, workings: Iterable[Iterable[Tokens]]) -> Iterator[str]:
    """What is left out, and how to see it."""
    if rows_left_out:
        yield f"{rows_left_out:,} rows left out; --all shows them"
    if any(isinstance(token, Gap) for lines in workings for line in lines for token in line):
        yield "sums shortened; --all shows them whole"


def _with_gap(rows: tuple[Row, ...], left_out: int) -> tuple[Row, ...]:
    if not left_out:
        return rows
    gap = ("…", tuple(Cell(("…",)) for _ in rows[0][1]))
    return (*rows[:KEPT_ROWS], gap, *rows[KEPT_ROWS:])


def _printed(step: Step, look: Look) -> list[tuple[str, list[str]]]:
    """Each row's name and its entries as they are printed; one number is no row."""
    if step.rows is None:
        return []
    rows = ([entries] if isinstance(entries, str) else entries for entries in step.digits(look.decimals))
    return list(zip(step.rows, rows, strict=True))


def _shades(step: Step) -> Sequence[Sequence[float | None]]:
    """The shade of each entry of a matrix; those of a vector have none."""
    if step.rule.curve:
        return [[None] * len(step.columns or ())] * len(step.rows or ())
    if step.rows is None or step.columns is None:
        return [[None] for _ in step.rows or ()]
    values = step.value
    largest = 1.0 if step.rule.shares else float(np.abs(values).max(initial=0))
    shades: list[list[float]] = (values / largest if largest else values).tolist()
    return shades


def corner(quantity: Quantity) -> str:
    """What stands above the names of the rows."""
    return _CORNERS.get(str(quantity.rows), "")


_CORNERS = {NODE: "node", LABELLED: "node", WEIGHT: "weights", BIAS: "bias", STEP: "step"}
