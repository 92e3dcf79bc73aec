"""Markdown with tables and $…$ mathematics, as the common hosts render it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from softstep.render.look import Look
from softstep.render.notation import as_tex, heading, wide
from softstep.render.page import Grid, Page, Section, marked

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&#])")


def markdown(pages: Iterable[Page], look: Look) -> Iterator[str]:
    """The pages as headings, tables and, with the work, a list of formulae under each."""
    for i, page in enumerate(pages):
        yield "\n" * bool(i)
        yield f"# {_text(page.title or page.name)}\n\n"
        yield "".join(f"- {_text(line)}\n" for line in page.head)
        for section in page.sections:
            yield from _section(section)
        for note in page.notes:
            yield f"\n{_text(f'Note: {note}')}\n"


def _section(section: Section) -> Iterator[str]:
    tokens = heading(section.formula, section.figures)
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
