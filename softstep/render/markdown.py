"""Markdown with tables and $…$ mathematics, as common hosts render it."""

import re
from collections.abc import Iterable, Iterator

from softstep.render.notation import as_tex, equation, to_fullwidth
from softstep.render.options import Options
from softstep.render.page import Page, Section

_LIST = re.compile(r"^(\d*)([-+.)])(?=\s)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&#])")


def render_markdown(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages as headings, tables and, with the work, a list of formulas under each."""
    for i, page in enumerate(pages):
        yield "\n" if i else ""
        yield f"# {_escape_markdown(page.title or page.name)}\n\n"
        yield "".join(f"- {_escape_markdown(line)}\n" for line in page.head)
        yield from markdown_sections(page.sections, page.notes)


def markdown_sections(sections: Iterable[Section], notes: Iterable[str] = ()) -> Iterator[str]:
    """The sections of a page and its notes."""
    for section in sections:
        tokens = equation(section.formula, section.figures)
        yield f"\n## {section.title}\n" if section.title else ""
        yield f"\n${as_tex(tokens, to_fullwidth)}$\n" if tokens else ""
        yield from (f"\n{_escape_markdown(reason)}\n" for reason in section.reasons)
        if section.grid:
            columns, rows = section.grid.columns, section.grid.rows
            lines = [
                [section.grid.corner, *columns],
                *([name, *(cell.text for cell in cells)] for name, cells in rows),
            ]
            head, *body = (f"| {' | '.join(map(_escape_markdown, line))} |\n" for line in lines)
            yield "".join(["\n", head, f"|:--|{'--:|' * len(columns)}\n", *body])
        for working in section.workings:
            yield "\n" + "".join(f"- ${as_tex(line, to_fullwidth)}$\n" for line in working)
        yield from (f"\n{_escape_markdown(footnote)}\n" for footnote in section.footnotes)
    yield from (f"\n{_escape_markdown(f'Note: {note}')}\n" for note in notes)


def _escape_markdown(text: str) -> str:
    """Text in which no sign has a meaning in Markdown."""
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))
