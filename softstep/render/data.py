"""Lists of numbers for programs: every digit, nothing shortened."""

import csv as csv_writer
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice
from typing import Any

from softstep.compute.rows import BLOCK
from softstep.compute.steps import Step
from softstep.names import as_cell
from softstep.render.look import Look


def plain(steps: Iterable[Step], look: Look) -> Iterator[str]:
    """Only the numbers: a row a line, an empty line between two quantities."""
    for i, step in enumerate(steps):
        yield "\n" * bool(i)
        for part in step.parts():
            rows = part.value.tolist() if part.rows is not None else [part.value.tolist()]
            lines = (" ".join(map(repr, row)) if isinstance(row, list) else repr(row) for row in rows)
            yield "".join(f"{line}\n" for line in lines)


def csv(rows: Iterable[Sequence[Any]], look: Look) -> Iterator[str]:
    """The rows with commas."""
    return separated(rows, ",")


def tsv(rows: Iterable[Sequence[Any]], look: Look) -> Iterator[str]:
    """The rows with tabs."""
    return separated(rows, "\t")


def separated(rows: Iterable[Sequence[Any]], delimiter: str) -> Iterator[str]:
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
