"""Lists of numbers for programs: every digit, nothing shortened."""

import csv as csv_writer
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import repeat
from typing import TYPE_CHECKING, Any

from softstep.render.exact import exact, strict, worked
from softstep.render.views import Look
from softstep.result import Result
from softstep.sheet import HEADER
from softstep.steps import Step

if TYPE_CHECKING:
    from softstep.marking import Report


def plain(result: Result, look: Look) -> Iterator[str]:
    """Only the numbers that the command is there to find: a row a line, an empty line between two quantities.

    Where none of these is left, all that are.
    """
    answers = [step for step in result.values() if step.rule.answer] or [*result.values()]
    for i, step in enumerate(answers):
        rows = step.value.tolist() if step.rows is not None else [step.value.tolist()]
        lines = (" ".join(map(repr, row)) if isinstance(row, list) else repr(row) for row in rows)
        yield "\n" * bool(i) + "".join(f"{line}\n" for line in lines)


def csv(result: Result, look: Look, delimiter: str = ",") -> Iterator[str]:
    """One long table: step, row, column, value and, with the work, how that came about; what there is not is empty."""
    yield separated([(*HEADER, *(["work"] if look.work else []))], delimiter)
    for key, step in result.items():
        *_, own = ([], *worked(step, look))
        works = ([work] for work in own) if look.work else repeat([])
        entries = zip(_entries(step), works, strict=False)
        yield separated(((key, *entry, *work) for entry, work in entries), delimiter)


def marks(report: "Report", look: Look) -> Iterator[str]:
    """The gradebook: a row for each sheet."""
    from softstep.render.marked import gradebook

    yield separated(gradebook(report))


def separated(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    """The rows as lines of CSV."""
    lines = StringIO()
    csv_writer.writer(lines, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return lines.getvalue()


def tsv(result: Result, look: Look) -> Iterator[str]:
    """The same with tabs."""
    return csv(result, look, "\t")


def _entries(step: Step) -> Iterator[tuple[str, str, Any]]:
    """The row's name, the column's name and the number of each entry."""
    if step.rows is None:
        yield "", "", strict(exact(step))
        return
    for row, entries in zip(step.rows, exact(step), strict=True):
        if step.columns is None:
            yield row, "", strict(entries)
        else:
            yield from ((row, column, entry) for column, entry in zip(step.columns, strict(entries), strict=True))
