"""Lists of numbers for programs: every digit, nothing shortened."""

import csv as csv_writer
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

from softstep.names import HEADER, as_cell
from softstep.render.exact import exact, strict, worked
from softstep.render.look import Look
from softstep.result import Result
from softstep.rows import BLOCK
from softstep.steps import Step

if TYPE_CHECKING:
    from softstep.marking import Report


def plain(result: Result, look: Look) -> Iterator[str]:
    """Only the numbers that the command is there to find: a row a line, an empty line between two quantities.

    Where none of these is left, all that are.
    """
    answers = [step for step in result.values() if step.rule.answer] or [*result.values()]
    for i, step in enumerate(answers):
        yield "\n" * bool(i)
        for part in step.parts():
            rows = part.value.tolist() if part.rows is not None else [part.value.tolist()]
            lines = (" ".join(map(repr, row)) if isinstance(row, list) else repr(row) for row in rows)
            yield "".join(f"{line}\n" for line in lines)


def csv(result: Result, look: Look, delimiter: str = ",") -> Iterator[str]:
    """One long table: step, row, column, value and, with the work, how that came about; what there is not is empty."""
    yield from separated([(*HEADER, *(["work"] if look.work else []))], delimiter)
    for key, step in result.items():
        works = ([work] for work in chain(worked(step), repeat(""))) if look.work else repeat([])
        rows = ((key, *entry, *work) for entry, work in zip(_entries(step), works, strict=False))
        yield from separated(rows, delimiter)


def moments(result: Result) -> Iterator[str]:
    """The history of a training: a row for each step that is told of."""
    history = result["history"]
    yield from separated([("step", *(history.columns or ()))])
    yield from separated((step, *measures) for step, measures in zip(history.rows or (), exact(history), strict=True))


def marks(report: "Report", look: Look) -> Iterator[str]:
    """The gradebook: a row for each sheet."""
    from softstep.render.marked import gradebook

    yield from separated(gradebook(report))


def separated(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> Iterator[str]:
    """The rows as lines of CSV, some at a time: numbers, and text that no spreadsheet takes for a formula."""
    left = iter(rows)
    while some := list(islice(left, BLOCK)):
        lines = StringIO()
        csv_writer.writer(lines, delimiter=delimiter, lineterminator="\n").writerows(_harmless(some))
        yield lines.getvalue()


def _harmless(rows: list[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """The rows with names as cells; as nearly all names already are, only the different ones are looked at."""
    names = (cell for cell in set(chain.from_iterable(rows)) if isinstance(cell, str))
    cells = {name: cell for name in names if (cell := as_cell(name)) != name}
    return ([cells.get(cell, cell) for cell in row] for row in rows) if cells else rows


def tsv(result: Result, look: Look) -> Iterator[str]:
    """The same with tabs."""
    return csv(result, look, "\t")


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
