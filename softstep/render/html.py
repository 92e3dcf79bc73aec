"""HTML: one page without scripts or external files, or a fragment for a notebook."""

from collections.abc import Iterable, Iterator
from html import escape
from math import isfinite

from softstep.compute.steps import Step
from softstep.render.notation import as_mathml, equation
from softstep.render.options import Options
from softstep.render.page import Curve, Grid, Page, Section, join_figures, split_grid
from softstep.render.result_views import pages
from softstep.render.step_sections import step_section
from softstep.render.text_charts import curve_summary
from softstep.result import Result

PAGE_WIDTH = 100
"""The characters that fit on a line of an A4 page."""

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


def render_html(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages in one: headings, MathML, tables with shaded cells and charts of the losses."""
    for i, page in enumerate(pages):
        title = escape(page.title or page.name)
        if not i:
            yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            yield f"<style>{_PAGE_STYLE}{_STYLE}</style>\n</head>\n<body>\n"
            yield '<main class="softstep">\n'
        yield f"<h1>{title}</h1>\n"
        yield from _page_body(page)
    yield "</main>\n</body>\n</html>\n"


def fragment(shown: Result | Step) -> str:
    """A result, or one step of it, without the page around it."""
    if isinstance(shown, Step):
        body = _section_html(step_section(shown, Options()))
    else:
        body = _page_body(next(pages(shown, Options())))
    return f'<div class="softstep">\n<style>{_STYLE}</style>\n{"".join(body)}</div>'


def _page_body(page: Page) -> Iterator[str]:
    yield from _paragraphs(page.head)
    for section in page.sections:
        yield "<section>\n"
        yield from _section_html(section)
        yield "</section>\n"
    yield from _paragraphs(f"Note: {note}" for note in page.notes)


def _section_html(section: Section) -> Iterator[str]:
    mathml = as_mathml(equation(section.formula, section.figures))
    yield f"<h2>{escape(section.title)}</h2>\n"
    yield f'<p class="formula">{mathml}</p>\n' if mathml else ""
    yield from _paragraphs(section.reasons)
    if section.grid:
        yield from _tables(section.title, section.grid)
    if section.pair and all(map(isfinite, section.pair)):
        yield _bars_svg(section)
    if section.curve:
        yield _curve_svg(section.curve)
    for lines in section.workings:
        items = "".join(f"<li>{as_mathml(line)}</li>\n" for line in lines)
        yield f"<ul>\n{items}</ul>\n"
    yield from _paragraphs(section.footnotes)


def _tables(title: str, grid: Grid) -> Iterator[str]:
    """The table, in as many parts as it takes to fit a printed page."""
    for columns in split_grid(grid, PAGE_WIDTH):
        yield f'<div class="wide">\n<table>\n<caption>{escape(title)}</caption>\n<thead><tr>'
        for name in (grid.corner, *(grid.columns[j] for j in columns)):
            yield f'<th scope="col">{escape(name)}</th>'
        yield "</tr></thead>\n<tbody>\n"
        for name, cells in grid.rows:
            yield f'<tr><th scope="row">{escape(name)}</th>'
            for cell in (cells[j] for j in columns):
                classes = ["plus"] * ((cell.shade or 0) > 0) + ["predicted"] * cell.predicted
                kind = f' class="{" ".join(classes)}"' if classes else ""
                shade = f' style="--size:{abs(cell.shade):.2f}"' if cell.shade else ""
                yield f"<td{kind}{shade}>{escape(cell.text)}</td>"
            yield "</tr>\n"
        yield "</tbody>\n</table>\n</div>\n"


def _bars_svg(section: Section) -> str:
    """A chart of an old and a new number: two bars with their figures."""
    largest = max(map(abs, section.pair or ())) or 1
    bars = ""
    for y, name, text, value in zip((4, 28), ("before", "after"), section.figures, section.pair or (), strict=True):
        bars += (
            f'<text x="0" y="{y + 12}">{name}</text><text x="60" y="{y + 12}">{escape(text)}</text>'
            f'<rect x="130" y="{y}" width="{260 * abs(value) / largest:.1f}" height="16"/>'
        )
    label = escape(f"{section.title}: {join_figures(section.figures)}")
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 50" width="400" height="50" fill="currentColor" '
        f'font-size="14"><title>{label}</title>{bars}</svg>\n'
    )


def _curve_svg(curve: Curve) -> str:
    """A chart of a value after each step, with 0 at the bottom."""
    (first, _), (last, _) = curve[0], curve[-1]
    finite = [(step, value) for step, value in curve if isfinite(value)]
    largest = max((value for _, value in finite), default=0) or 1
    points = " ".join(
        f"{5 + 390 * (step - first) / (last - first or 1):.1f},{155 - 150 * value / largest:.1f}"
        for step, value in finite
    )
    label = escape(curve_summary(curve))
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 160" width="400" height="160" fill="none" '
        f'stroke="currentColor"><title>{label}</title><path d="M5 5V155H395" stroke-width="0.5"/>'
        f'<polyline points="{points}" stroke-width="2"/></svg>\n<p>{label}</p>\n'
    )


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    return (f"<p>{escape(line)}</p>\n" for line in lines)
