"""HTML: one page without scripts or external files, or a fragment for a notebook."""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from math import isfinite

from softstep.compute.steps import Step
from softstep.render.heat import heat_colors
from softstep.render.notation import as_mathml, equation, is_indexed_letter, parse_formula
from softstep.render.options import Options
from softstep.render.page import Cell, Grid, Page, Section, split_grid
from softstep.render.result_views import pages
from softstep.render.step_sections import step_section
from softstep.render.svg_charts import bars_svg, curve_svg
from softstep.result import Result

PAGE_WIDTH = 100
"""The characters that fit on a line of an A4 page; with workings, it is printed in two columns."""

_STYLE = """
.softstep { font: 1rem/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.softstep h2 { font-size: 1.15rem; margin: 1.4em 0 0.5em; border-bottom: 1px solid; break-after: avoid; }
.softstep .stage { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 1em 2.5em; }
.softstep section { max-width: 100%; }
.softstep h3 { font-size: 1rem; margin: 0; break-after: avoid; }
.softstep p { margin: 0.3em 0; }
.softstep h1, .softstep h3, .softstep p { overflow-wrap: anywhere; }
.softstep .formula { margin: 0; opacity: 0.8; break-after: avoid; }
.softstep .wide { overflow-x: auto; }
.softstep table { border-collapse: collapse; margin: 0.3em 0; break-inside: avoid; }
.softstep caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.softstep th, .softstep td { padding: 0.05em 0.5em; text-align: right; white-space: nowrap; border: 0; }
.softstep thead th { border-bottom: 1px solid; }
.softstep th { font-weight: normal; }
.softstep th[scope=row], .softstep thead th:first-child { text-align: left; padding-left: 0; }
.softstep .true { color: light-dark(#00701a, #6fce7d); }
.softstep .predicted { color: light-dark(#8a5a00, #f0c04a); font-weight: bold; }
.softstep .true.predicted { color: light-dark(#00701a, #6fce7d); }
.softstep .right { color: light-dark(#00701a, #6fce7d); }
.softstep .rounded { color: light-dark(#006a80, #5fc9de); }
.softstep .carried { color: light-dark(#84218a, #e08ae6); }
.softstep .wrong { color: light-dark(#b00020, #ff7a85); font-weight: bold; }
.softstep .unreadable { color: light-dark(#8a5a00, #f0c04a); }
.softstep ul { list-style: none; margin: 0.3em 0; padding: 0; font-size: 0.95rem; }
.softstep li { margin: 0.1em 0; padding-left: 2em; text-indent: -2em; break-inside: avoid; }
.softstep rect { fill: rgb(67 147 195 / 60%); print-color-adjust: exact; }
.softstep svg { display: block; max-width: 100%; margin: 0.5em 0; }
"""
_PAGE_STYLE = """
:root { color-scheme: light dark; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 0.3em; }
@page { size: A4; margin: 15mm; }
@media print {
body { margin: 0; max-width: none; padding: 0; }
.softstep { font-size: 9pt; }
.softstep h2 { margin-top: 0.8em; }
.softstep ul { font-size: 8pt; }
.softstep .wide { overflow: visible; }
.softstep th { white-space: normal; overflow-wrap: anywhere; }
.softstep .work { columns: 2; column-gap: 2em; display: block; }
.softstep .work section { margin-bottom: 0.8em; }
}
"""
_BLANK_STYLE = """
.softstep .blank { min-width: 4.5em; height: 2.3em; border: 1px solid; }
"""


def render_html(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages in one: headings, MathML, tables side by side and charts of the losses."""
    for i, page in enumerate(pages):
        title = escape(page.title or page.name)
        if not i:
            yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            style = _STYLE + _PAGE_STYLE + (_BLANK_STYLE if page.flows else "")
            yield f"<style>{style}</style>\n</head>\n<body>\n"
            yield '<main class="softstep">\n'
        yield f"<h1>{title}</h1>\n"
        yield from page_body(page, options)
    yield "</main>\n</body>\n</html>\n"


def fragment(shown: Result | Step) -> str:
    """A result, or one step of it, without the page around it."""
    options = Options()
    if isinstance(shown, Step):
        body = section_html(step_section(shown, options), options)
    else:
        body = page_body(next(pages(shown, options)), options)
    return f'<div class="softstep">\n<style>{_STYLE}</style>\n{"".join(body)}</div>'


def page_body(page: Page, options: Options) -> Iterator[str]:
    """A page below its title."""
    yield from _paragraphs(page.head)
    for stage, sections in groupby(page.sections, lambda section: section.stage):
        yield f"<h2>{stage}</h2>\n" if stage else ""
        yield f'<div class="stage{" work" if options.work else ""}">\n'
        for section in sections:
            yield "<section>\n"
            yield from section_html(section, options)
            yield "</section>\n"
        yield "</div>\n"
    yield from _paragraphs(f"Note: {note}" for note in page.notes)


def section_html(section: Section, options: Options) -> Iterator[str]:
    """A section with its heading."""
    mathml = as_mathml(equation(section.formula, section.figures))
    yield f"<h3>{escape(section.title)}</h3>\n"
    yield f'<p class="formula">{mathml}</p>\n' if mathml else ""
    yield from _paragraphs(section.reasons)
    if section.grid:
        yield from _tables(section.title, section.grid, options)
    if section.pair and all(map(isfinite, section.pair)):
        yield bars_svg(section)
    if section.curve:
        yield curve_svg(section.curve)
    for lines in section.workings:
        items = "".join(f"<li>{as_mathml(line)}</li>\n" for line in lines)
        yield f"<ul>\n{items}</ul>\n"
    yield from _paragraphs(section.footnotes)


def _tables(title: str, grid: Grid, options: Options) -> Iterator[str]:
    """The table, in as many parts as it takes to fit a printed page."""
    for columns in split_grid(grid, PAGE_WIDTH // 2 if options.work else PAGE_WIDTH):
        yield f'<div class="wide">\n<table>\n<caption>{escape(title)}</caption>\n<thead><tr>'
        for name in (grid.corner, *(grid.columns[j] for j in columns)):
            yield f'<th scope="col">{_heading_html(name)}</th>'
        yield "</tr></thead>\n<tbody>\n"
        for name, cells in grid.rows:
            yield f'<tr><th scope="row">{_heading_html(name)}</th>'
            yield from (_cell_html(cells[j], options) for j in columns)
            yield "</tr>\n"
        yield "</tbody>\n</table>\n</div>\n"


def _cell_html(cell: Cell, options: Options) -> str:
    kinds = [word for word in cell.meaning.split() if word not in ("and", "error", "forward", "shape")]
    classes = f' class="{" ".join(kinds)}"' if kinds else ""
    style = ""
    if options.heat and cell.shade is not None:
        color, background = heat_colors(cell.shade)
        style = f' style="color:{color};background:{background};print-color-adjust:exact"'
    text = "" if cell.is_blank else escape(cell.text)
    return f"<td{classes}{style}>{text}</td>"


def _heading_html(name: str) -> str:
    """The name of a row or column; one such as x_0 as mathematics."""
    return as_mathml(parse_formula(name)) if is_indexed_letter(name) else escape(name)


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    return (f"<p>{escape(line)}</p>\n" for line in lines)
