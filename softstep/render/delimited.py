"""Delimited text for programs, every digit of it: plain, CSV and TSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice
from typing import Any

from softstep.compute.rows import BLOCK
from softstep.compute.steps import Step
from softstep.names import as_cell
from softstep.render.options import Options


def render_plain(steps: Iterable[Step], options: Options) -> Iterator[str]:
    """Only the numbers: a line for each row, an empty line between two steps."""
    for i, step in enumerate(steps):
        yield "\n" if i else ""
        for part in step.parts():
            rows = part.value.tolist() if part.rows is not None else [part.value.tolist()]
            lines = (" ".join(map(repr, row)) if isinstance(row, list) else repr(row) for row in rows)
            yield "".join(f"{line}\n" for line in lines)


def render_csv(rows: Iterable[Sequence[Any]], options: Options) -> Iterator[str]:
    """The rows with commas."""
    return _delimit(rows, ",")


def render_tsv(rows: Iterable[Sequence[Any]], options: Options) -> Iterator[str]:
    """The rows with tabs."""
    return _delimit(rows, "\t")


def _delimit(rows: Iterable[Sequence[Any]], delimiter: str) -> Iterator[str]:
    """The rows as lines, a block at a time; names are written so that no spreadsheet takes them for formulas."""
    rest = iter(rows)
    while block := list(islice(rest, BLOCK)):
        distinct = set(chain.from_iterable(block))  # few names differ: each is looked at once
        cells = {name: as_cell(name) for name in distinct if isinstance(name, str)}
        escaped = {name: cell for name, cell in cells.items() if cell != name}
        if escaped:
            block = [[escaped.get(cell, cell) for cell in row] for row in block]
        lines = StringIO()
        csv.writer(lines, delimiter=delimiter, lineterminator="\n").writerows(block)
        yield lines.getvalue()
