"""Markdown with tables and $…$ mathematics, as common hosts render it."""

import re
from collections.abc import Iterable, Iterator

from softstep.render.notation import as_tex, equation, to_fullwidth
from softstep.render.options import Options
from softstep.render.page import Grid, Page

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&#])")


def render_markdown(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages as headings, tables and, with the work, a list of formulas under each."""
    for i, page in enumerate(pages):
        yield "\n" if i else ""
        yield f"# {_escape_markdown(page.title or page.name)}\n\n"
        yield "".join(f"- {_escape_markdown(line)}\n" for line in page.head)
        for section in page.sections:
            tokens = equation(section.formula, section.figures)
            yield f"\n## {section.title}\n" + (f"\n${as_tex(tokens, to_fullwidth)}$\n" if tokens else "")
            yield from (f"\n{_escape_markdown(reason)}\n" for reason in section.reasons)
            yield f"\n{_table_markdown(section.grid)}" if section.grid else ""
            for lines in section.workings:
                yield "\n" + "".join(f"- ${as_tex(line, to_fullwidth)}$\n" for line in lines)
            yield from (f"\n{_escape_markdown(footnote)}\n" for footnote in section.footnotes)
        yield from (f"\n{_escape_markdown(f'Note: {note}')}\n" for note in page.notes)


def _table_markdown(grid: Grid) -> str:
    rows = [[grid.corner, *grid.columns], *([name, *(cell.text for cell in cells)] for name, cells in grid.rows)]
    head, *body = (f"| {' | '.join(map(_escape_markdown, row))} |\n" for row in rows)
    return "".join([head, f"|:--|{'--:|' * len(grid.columns)}\n", *body])


def _escape_markdown(text: str) -> str:
    """Text in which no sign has a meaning in Markdown."""
    return _SPECIAL.sub(r"\\\1", text)
