"""Markdown with tables and $…$ mathematics, as the common hosts render it."""

import re
from collections.abc import Iterator, Sequence

from softstep.render.notation import as_tex, entry, formula, wide
from softstep.render.views import Grid, Look, Section, head, legend, marked, sections
from softstep.result import Result
from softstep.work import EQUAL

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&#])")


def markdown(result: Result, look: Look) -> Iterator[str]:
    """The result as headings, tables and, with the work, a list of formulae under each."""
    shown = list(sections(result, look))
    yield f"# {_text(result.title or f'softstep {result.command}')}\n\n"
    yield "".join(f"- {_text(line)}\n" for line in (*head(result, look), *legend(result, shown)))
    for section in shown:
        yield from _section(section)
    for note in result.notes:
        yield f"\nNote: {_text(note)}\n"


def _section(section: Section) -> Iterator[str]:
    number = () if section.grid else (EQUAL, *entry(section.figures))
    yield f"\n## {section.title}\n\n${as_tex((*formula(section.formula), *number), wide)}$\n"
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
