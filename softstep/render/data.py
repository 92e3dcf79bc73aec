"""Lists of numbers for programs: every digit, nothing shortened."""

import csv as csv_writer
from collections.abc import Iterator
from io import StringIO
from itertools import repeat
from typing import TYPE_CHECKING, Any

from softstep.render.exact import exact, strict, worked
from softstep.render.views import Look
from softstep.result import Result
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
    yield delimiter.join(("step", "row", "column", "value", *(["work"] if look.work else []))) + "\n"
    for key, step in result.items():
        lines = StringIO()
        writer = csv_writer.writer(lines, delimiter=delimiter, lineterminator="\n")
        *_, own = ([], *worked(step, look))
        works = ([work] for work in own) if look.work else repeat([])
        writer.writerows((key, *entry, *work) for entry, work in zip(_entries(step), works, strict=False))
        yield lines.getvalue()


def marks(report: "Report", look: Look) -> Iterator[str]:
    """The gradebook: a row for each sheet."""
    from softstep.render.marked import gradebook

    lines = StringIO()
    csv_writer.writer(lines, lineterminator="\n").writerows(gradebook(report))
    yield lines.getvalue()


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
