"""HTML: one page without scripts or anything from elsewhere, or the part of one that a notebook shows."""

from collections.abc import Iterable, Iterator
from html import escape
from math import isfinite

from softstep.compute.steps import Step
from softstep.render.look import Look
from softstep.render.notation import as_mathml, heading
from softstep.render.page import Cell, Grid, Page, Section, columns_on_pages, marked, printed, section
from softstep.render.pictures import Points, described
from softstep.render.results import pages
from softstep.result import Result

PAGE = 100
"""So many characters fit on a line of an A4 page."""

_STYLE = """
.softstep { font: 1rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.softstep h2 { font-size: 1.1rem; margin: 1.6em 0 0.3em; break-after: avoid; }
.softstep p { margin: 0.3em 0; }
.softstep .formula { break-after: avoid; }
.softstep .wide { overflow-x: auto; }
.softstep table { border-collapse: collapse; margin: 0.5em 0; }
.softstep caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.softstep th, .softstep td { padding: 0.1em 0.6em; text-align: right; white-space: nowrap; border: 0; }
.softstep thead th { border-bottom: 1px solid; }
.softstep th[scope=row], .softstep thead th:first-child { text-align: left; }
.softstep tr { break-inside: avoid; }
.softstep td { background: rgb(214 96 77 / calc(var(--size, 0) * 45%)); print-color-adjust: exact; }
.softstep td.plus { background: rgb(67 147 195 / calc(var(--size, 0) * 45%)); }
.softstep .predicted { font-weight: bold; }
.softstep ul { list-style: none; margin: 0.5em 0; padding: 0; font-size: 0.95rem; }
.softstep li { margin: 0.15em 0; padding-left: 2em; text-indent: -2em; break-inside: avoid; }
.softstep rect { fill: rgb(67 147 195 / 60%); print-color-adjust: exact; }
.softstep svg { display: block; max-width: 100%; margin: 0.5em 0; }
"""
_PAGE_STYLE = """
:root { color-scheme: light dark; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
@page { size: A4; margin: 15mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 10pt; } }
"""


def html(pages: Iterable[Page], look: Look) -> Iterator[str]:
    """The pages in one: headings, tables whose cells are shaded, native MathML and, of the losses, a picture."""
    for i, page in enumerate(pages):
        title = escape(page.title or page.name)
        if not i:
            yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            yield f"<style>{_PAGE_STYLE}{_STYLE}</style>\n</head>\n<body>\n"
            yield '<main class="softstep">\n'
        yield f"<h1>{title}</h1>\n"
        yield from _body(page)
    yield "</main>\n</body>\n</html>\n"


def fragment(shown: Result | Step) -> str:
    """A result, or one step of it, without the page around it."""
    look = Look()
    body = _section(section(shown, look)) if isinstance(shown, Step) else _body(next(pages(shown, look)))
    return f'<div class="softstep">\n<style>{_STYLE}</style>\n{"".join(body)}</div>'


def _body(page: Page) -> Iterator[str]:
    yield from _paragraphs(page.head)
    for each in page.sections:
        yield "<section>\n"
        yield from _section(each)
        yield "</section>\n"
    yield from _paragraphs(f"Note: {note}" for note in page.notes)


def _section(shown: Section) -> Iterator[str]:
    mathml = as_mathml(heading(shown.formula, shown.figures))
    yield f"<h2>{escape(shown.title)}</h2>\n"
    yield f'<p class="formula">{mathml}</p>\n' if mathml else ""
    yield from _paragraphs(shown.reasons)
    if shown.grid:
        yield from _tables(shown.title, shown.grid)
    if shown.pair and all(map(isfinite, shown.pair)):
        yield _bars(shown)
    if shown.curve:
        yield _curve(shown.curve)
    for lines in shown.workings:
        yield f"<ul>\n{''.join(f'<li>{as_mathml(line)}</li>{chr(10)}' for line in lines)}</ul>\n"
    yield from _paragraphs(shown.hints)


def _tables(title: str, grid: Grid) -> Iterator[str]:
    """The table, in as many parts as it takes to fit a printed page."""
    for columns in columns_on_pages(grid, PAGE):
        yield f'<div class="wide">\n<table>\n<caption>{escape(title)}</caption>\n<thead><tr>'
        yield from (
            f'<th scope="col">{escape(name)}</th>' for name in (grid.corner, *(grid.columns[j] for j in columns))
        )
        yield "</tr></thead>\n<tbody>\n"
        for name, cells in grid.rows:
            entries = "".join(_cell(cells[j]) for j in columns)
            yield f'<tr><th scope="row">{escape(name)}</th>{entries}</tr>\n'
        yield "</tbody>\n</table>\n</div>\n"


def _cell(cell: Cell) -> str:
    kinds = [name for name, is_so in (("plus", (cell.shade or 0) > 0), ("predicted", cell.predicted)) if is_so]
    named = f' class="{" ".join(kinds)}"' if kinds else ""
    shaded = f' style="--size:{abs(cell.shade):.2f}"' if cell.shade else ""
    return f"<td{named}{shaded}>{escape(marked(cell))}</td>"


def _bars(shown: Section) -> str:
    """A picture of one number before and after, as two bars with their figures."""
    largest = max(map(abs, shown.pair or ())) or 1
    rows = zip(("before", "after"), shown.figures, shown.pair or (), strict=True)
    bars = "".join(
        f'<text x="0" y="{16 + 24 * i}">{name}</text><text x="60" y="{16 + 24 * i}">{escape(figure)}</text>'
        f'<rect x="130" y="{4 + 24 * i}" width="{260 * abs(value) / largest:.1f}" height="16"/>'
        for i, (name, figure, value) in enumerate(rows)
    )
    label = escape(f"{shown.title}: {printed(shown.figures)}")
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 50" width="400" height="50" fill="currentColor" '
        f'font-size="14"><title>{label}</title>{bars}</svg>\n'
    )


def _curve(points: Points) -> str:
    """A picture of a value after each step, 0 at its bottom."""
    (first, _), (last, _) = points[0], points[-1]
    finite = [(step, value) for step, value in points if isfinite(value)]
    largest = max((value for _, value in finite), default=0) or 1
    line = " ".join(
        f"{5 + 390 * (step - first) / (last - first or 1):.1f},{155 - 150 * value / largest:.1f}"
        for step, value in finite
    )
    label = escape(described(points))
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 160" width="400" height="160" fill="none" '
        f'stroke="currentColor"><title>{label}</title><path d="M5 5V155H395" stroke-width="0.5"/>'
        f'<polyline points="{line}" stroke-width="2"/></svg>\n<p>{label}</p>\n'
    )


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    return (f"<p>{escape(line)}</p>\n" for line in lines)
