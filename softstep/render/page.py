"""A page for eyes: what it opens with, sections with a table of rounded entries or a number, and notes."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.formulas import Gap, Tokens
from softstep.lesson.quantities import CLASS, NODE, PARAMETERS, STEP, Quantity
from softstep.render.look import Look

MOST_ROWS, KEPT_ROWS = 100, 10
"""A table of more rows than the first is shown with as many as the second at either end."""

MOST_TERMS = 12
"""Of more terms in a sum, only the first and the last are shown, as many as that together."""


GAP = 2
"""The columns of a table are at least so far apart."""


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


class Page(NamedTuple):
    """A page for eyes: what it is called, or what it is where it has no title, lines that open it, sections, notes."""

    title: str | None
    name: str
    head: tuple[str, ...]
    sections: Sequence[Section]
    notes: tuple[str, ...] = ()


def section(step: Step, look: Look, classes: "Classes | None" = None) -> Section:
    """What a page says of one step; `classes` mark the entries of true and predicted classes."""
    shown, left_out = _shortened(step, look)
    table = None if step.rows is None else _grid(shown, left_out, look, classes)
    figures = () if table else (step.digits(look.decimals),)
    works = [[line for lines in cells for line in lines] for cells in workings(shown, look)]
    hints = tuple(_hints(left_out, works))
    curve = tuple(zip(map(int, step.rows or ()), step.value[:, 0].tolist(), strict=True)) if _is_course(step) else ()
    formula = step.rule.formula or step.rule.symbol
    return Section(step.rule.title, formula, table, figures, works, hints, curve=curve)


def section_of_change(old: Step, new: Step, look: Look) -> Section:
    """What a page says of what was replaced."""
    title, formula = f"{old.rule.title} before and after", f"{old.rule.symbol} → {new.rule.symbol}"
    if old.rows is None:
        figures = old.digits(look.decimals), new.digits(look.decimals)
        return Section(title, formula, None, figures, pair=(float(old.value), float(new.value)))
    (before, left_out), (after, _) = _shortened(old, look), _shortened(new, look)
    grid = _change_grid(before, after, left_out, look)
    return Section(title, formula, grid, (), hints=tuple(_hints(left_out, [])))


class Classes(NamedTuple):
    """The steps that say which class a node has, and which was predicted, as far as there are any."""

    labels: Step | None
    predictions: Step | None

    def of(self, step: Step) -> Iterator[tuple[str | None, str | None]]:
        """The true and the predicted class of the node of each row."""
        places = np.asarray(step.places[NODE]).tolist()
        true, predicted = (_by_place(by, places) for by in self)
        return ((true.get(place), predicted.get(place)) for place in places)


def _by_place(step: Step | None, places: Sequence[int]) -> dict[int, str]:
    """The classes at these places of the nodes."""
    if step is None:
        return {}
    part = step.take({NODE: np.flatnonzero(np.isin(np.asarray(step.places[NODE]), places))})
    return dict(zip(np.asarray(part.places[NODE]).tolist(), part.digits(), strict=True))


def _is_course(step: Step) -> bool:
    """Whether its rows are steps of a training, so that a column is a curve."""
    return STEP in step.rule.axes


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


def _grid(step: Step, left_out: int, look: Look, classes: Classes | None) -> Grid:
    """The step as a table, a gap where rows are left out; a vector has one column, headed by its symbol."""
    columns = tuple(step.columns or (step.rule.symbol,))
    by_class = classes is not None and step.rule.axes == (NODE, CLASS)
    marks = classes.of(step) if classes and by_class else repeat((None, None))

    def cell(mark: tuple[str | None, str | None], column: str, text: str, shade: float | None) -> Cell:
        true, predicted = mark
        return Cell((text,), column == true, column == predicted, shade)

    rows = tuple(
        (row, tuple(map(partial(cell, mark), columns, texts, shades)))
        for mark, (row, texts), shades in zip(marks, _printed(step, look), _shades(step), strict=False)
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
        from softstep.working.explain import explained, made_aside

        most = None if look.all else MOST_TERMS
        for each in (*made_aside(step), step):
            yield list(explained(_shortened(each, look)[0], look.decimals, most))


def _shortened(step: Step, look: Look) -> tuple[Step, int]:
    """The step with as many rows as are shown, and how many are left out."""
    count = len(step.rows or ())
    if look.all or count <= MOST_ROWS:
        return step, 0
    ends = [*range(KEPT_ROWS), *range(count - KEPT_ROWS, count)]
    return step.take({step.rule.axes[0]: ends}), count - 2 * KEPT_ROWS


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
    if _is_course(step):
        return [[None] * len(step.columns or ())] * len(step.rows or ())
    if step.rows is None or step.columns is None:
        return [[None] for _ in step.rows or ()]
    values = step.value
    largest = 1.0 if step.rule.shares else float(np.abs(values).max(initial=0))
    shades: list[list[float]] = (values / largest if largest else values).tolist()
    return shades


def corner(quantity: Quantity) -> str:
    """What stands above the names of the rows."""
    if quantity.axes[:1] != (CLASS,) or not quantity.parameter:
        return quantity.axes[0].heading if quantity.axes else ""
    return "" if quantity.of_class is not None else PARAMETERS[quantity.parameter]
