"""Sections of a page about steps: a table of rounded entries or one number, and its workings."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.quantities import CLASS, NODE, STEP, Axis
from softstep.lesson.workings import Gap, Tokens
from softstep.render.options import Options
from softstep.render.page import Cell, Grid, Section

MOST_ROWS, KEPT_ROWS = 100, 10
"""A table of more than `MOST_ROWS` rows is shown with `KEPT_ROWS` at either end."""

MOST_TERMS = 12
"""A sum of more terms is shown with its first and last ones, as many as this together."""


class NodeClasses(NamedTuple):
    """The true and the predicted class of each node, as far as a result has them."""

    labels: Step | None
    predictions: Step | None

    def of_rows(self, step: Step) -> list[tuple[str | None, ...]]:
        """The true and the predicted class for each row of a step."""
        nodes = np.asarray(step.positions[NODE])
        columns: list[list[str | None]] = []
        for source in self:
            by_node: dict[int, str] = {}
            if source is not None:
                rows = np.flatnonzero(np.isin(np.asarray(source.positions[NODE]), nodes))
                part = source.take({NODE: rows})
                by_node = dict(zip(np.asarray(part.positions[NODE]).tolist(), part.digits(), strict=True))
            columns.append([by_node.get(node) for node in nodes.tolist()])
        return list(zip(*columns, strict=True))


def step_section(step: Step, options: Options, classes: NodeClasses | None = None, stage: str = "") -> Section:
    """The section about a step; its cells belong to true and predicted classes only if `classes` are given."""
    title, formula = step.rule.title, step.rule.formula or step.rule.symbol
    short, left_out = _shorten_rows(step, options)
    workings = list(_workings(short, options))
    footnotes = [f"{left_out:,} rows left out; --all shows them"] if left_out else []
    if any(isinstance(token, Gap) for lines in workings for line in lines for token in line):
        footnotes.append("sums shortened; --all shows every term")
    if step.rows is None:
        return Section(title, formula, None, (step.digits(options.decimals),), workings, tuple(footnotes), stage=stage)
    grid = _step_grid(short, left_out, options, classes)
    curve = tuple(zip(map(int, step.rows), step.value[:, 0].tolist(), strict=True)) if _is_history(step) else ()
    return Section(title, formula, grid, (), workings, tuple(footnotes), curve=curve, stage=stage)


def change_section(old: Step, new: Step, options: Options, stage: str) -> Section:
    """The section about the old and the new value of a number."""
    figures = old.digits(options.decimals), new.digits(options.decimals)
    pair = float(old.value), float(new.value)
    title, formula = f"{old.rule.title} before and after", f"{old.rule.symbol} → {new.rule.symbol}"
    return Section(title, formula, figures=figures, pair=pair, stage=stage)


def corner_heading(step: Step) -> str:
    """The heading of the row names; names of parameters, such as w0, need none."""
    if not step.rule.axes or (step.rule.axes[0] == CLASS and step.rule.parameter):
        return ""
    axis = step.rule.axes[0]
    return step.given.headings.get(axis, axis.heading)


def names_along(step: Step, axis: Axis) -> Sequence[str]:
    """The names along an axis; those of parameters have the name of the class behind them, if it has one: w0 cat."""
    names, classes = step.table.names[axis], step.given.names[CLASS]
    if axis != CLASS or not step.rule.parameter or classes == CLASS.default_names(len(classes)):
        return names
    return [f"{name} {classes[c]}" for name, c in zip(names, step.positions[CLASS], strict=True)]


def _is_history(step: Step) -> bool:
    """Whether the rows are steps of a training."""
    return STEP in step.rule.axes


def _step_grid(step: Step, left_out: int, options: Options, classes: NodeClasses | None) -> Grid:
    """The step as a table; a vector is one column under its symbol."""
    rows_axis, *columns_axes = step.rule.axes
    columns = tuple(names_along(step, columns_axes[0]) if columns_axes else (step.rule.symbol,))
    heads = tuple(name.replace("_", " ") for name in columns) if _is_history(step) else columns
    row_classes: Iterable[tuple[str | None, ...]] = repeat((None, None))
    if classes and step.rule.axes == (NODE, CLASS):
        row_classes = classes.of_rows(step)
    printed, names, rows = step.digits(options.decimals), names_along(step, rows_axis), []
    for name, (true, predicted), texts, shades in zip(names, row_classes, printed, _shades(step), strict=False):
        entries = [texts] if isinstance(texts, str) else texts
        cells = [
            Cell((text,), column == true, column == predicted, shade=shade)
            for column, text, shade in zip(columns, entries, shades, strict=True)
        ]
        rows.append((name, tuple(cells)))
    has_classes = any(cell.true or cell.predicted for _, cells in rows for cell in cells)
    if left_out:
        rows.insert(KEPT_ROWS, ("…", (Cell(("…",)),) * len(columns)))
    return Grid(corner_heading(step), heads, tuple(rows), step.rule.shares, has_classes)


def _workings(step: Step, options: Options) -> Iterator[list[Tokens]]:
    """Each number's formula with the numbers put in; first those of the hidden steps that it needs."""
    if options.work and step.inputs:
        from softstep.working.explain import explain_step, hidden_sources

        most_terms = None if options.all else MOST_TERMS
        for each in (*hidden_sources(step), step):
            short, _ = _shorten_rows(each, options)
            if lines := list(chain.from_iterable(explain_step(short, options.decimals, most_terms))):
                yield lines


def _shorten_rows(step: Step, options: Options) -> tuple[Step, int]:
    """The step without the middle of very many rows, and how many are left out."""
    count = len(step.rows or ())
    if options.all or count <= MOST_ROWS:
        return step, 0
    ends = [*range(KEPT_ROWS), *range(count - KEPT_ROWS, count)]
    return step.take({step.rule.axes[0]: ends}), count - 2 * KEPT_ROWS


def _shades(step: Step) -> Sequence[Sequence[float | None]]:
    """The shade of each entry of a matrix; None for entries of vectors and histories."""
    if step.columns is None or _is_history(step):
        return [[None] * len(step.columns or [""])] * len(step.rows or ())
    largest = 1.0 if step.rule.shares else float(np.abs(step.value).max(initial=0))
    shades: list[list[float | None]] = (step.value / (largest or 1.0)).tolist()
    return shades
