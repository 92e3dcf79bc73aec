"""Markdown with tables and $…$ mathematics, as the common hosts render it."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from softstep.render.look import Look
from softstep.render.notation import as_tex, entry, formula, wide
from softstep.render.views import Document, Grid, Section, document, marked
from softstep.result import Result
from softstep.work import EQUAL

if TYPE_CHECKING:
    from softstep.marking import Report

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&#])")


def markdown(result: Result, look: Look) -> Iterator[str]:
    """The result as headings, tables and, with the work, a list of formulae under each."""
    return _written(document(result, look))


def marks(report: "Report", look: Look) -> Iterator[str]:
    """The sheets one after the other: the reasons for each mark, then the marks."""
    from softstep.render.marked import documents

    for i, sheet in enumerate(documents(report, look)):
        yield "\n" * bool(i)
        yield from _written(sheet)


def _written(document: Document) -> Iterator[str]:
    yield f"# {_text(document.title or document.name)}\n\n"
    yield "".join(f"- {_text(line)}\n" for line in document.head)
    for section in document.sections:
        yield from _section(section)
    for note in document.notes:
        yield f"\n{_text(note)}\n"


def _section(section: Section) -> Iterator[str]:
    number = (EQUAL, *entry(section.figures)) if section.figures else ()
    tokens = (*formula(section.formula), *number)
    yield f"\n## {section.title}\n" + (f"\n${as_tex(tokens, wide)}$\n" if tokens else "")
    for reason in section.reasons:
        yield f"\n{_text(reason)}\n"
    if section.grid:
        yield f"\n{_table(section.grid)}"
    for lines in section.workings:
        yield "\n" + "".join(f"- ${as_tex(line, wide)}$\n" for line in lines)
    for hint in section.hints:
        yield f"\n{_text(hint)}\n"


def _table(grid: Grid) -> str:
    rows = [[name, *map(marked, cells)] for name, cells in grid.rows]
    lines = [_row([grid.corner, *grid.columns]), f"|:--|{'--:|' * len(grid.columns)}\n", *map(_row, rows)]
    return "".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_text, cells))} |\n"


def _text(text: str) -> str:
    """Text in which no sign means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", text)
