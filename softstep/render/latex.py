r"""LaTeX: a fragment for pdflatex with amsmath, a whole document, or displayed formulas for a notebook."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from unicodedata import normalize

from softstep.compute.steps import Step
from softstep.render.notation import as_tex, figure_tokens, is_indexed_letter, parse_formula, to_fullwidth
from softstep.render.options import Options
from softstep.render.page import Cell, Grid, Page, Row, Section, split_grid
from softstep.render.result_views import sections
from softstep.render.step_sections import step_section
from softstep.result import Result

PAGE_WIDTH = 84
"""The characters that fit on a line of a page."""

MOST_ROWS = 25
"""The rows of an array, at most: LaTeX cannot break an array, and a long one would leave much of a page empty."""

_OPENING = r"""\documentclass[a4paper]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath}
\begin{document}
"""
_CLOSING = r"\end{document}" + "\n"

_SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}", "'": "{'}", '"': "{''}", "-": "{-}", "\N{NO-BREAK SPACE}": "~",
    "−": r"\ensuremath{-}", "×": r"\ensuremath{\times}", "∂": r"\ensuremath{\partial}", "α": r"\ensuremath{\alpha}",
    "ℓ": r"\ensuremath{\ell}", "′": r"\ensuremath{'}", "→": r"\ensuremath{\to}", "…": r"\dots{}", "ß": r"\ss{}",
    "ø": r"\o{}", "Ø": r"\O{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}",
}  # fmt: skip
_ACCENTS = dict(
    zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327", "`'^~=u.\"rHvc", strict=True)
)

EscapeName = Callable[[str], str]


def render_latex(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages as headings, displayed formulas, arrays and, with the work, a line for each number."""
    yield _OPENING if options.standalone else ""
    for page in pages:
        yield f"\\section*{{{escape_latex(page.title or page.name)}}}\n"
        yield _paragraphs_latex(map(escape_latex, page.head))
        if page.flows:
            yield from _boxes_latex(page)
            continue
        for section in page.sections:
            yield f"\n\\subsection*{{{escape_latex(section.title)}}}\n"
            yield _paragraphs_latex(map(escape_latex, section.reasons))
            yield "".join(f"\\[ {line} \\]\n" for line in _displayed_lines(section, escape_latex))
            for lines in section.workings:
                yield _paragraphs_latex(f"${as_tex(line, escape_latex)}$" for line in lines)
            yield _paragraphs_latex(map(escape_latex, section.footnotes))
        for note in page.notes:
            yield f"\n\\paragraph{{Note}} {escape_latex(note)}\n"
    yield _CLOSING if options.standalone else ""


def _boxes_latex(page: Page) -> Iterator[str]:
    """The sections of a page as boxes side by side, under a heading for each stage."""
    for stage, parts in groupby(page.sections, lambda section: section.stage):
        yield f"\n\\subsection*{{{escape_latex(stage)}}}\n{{\\raggedright\\parindent=0pt\\lineskip=2ex\n"
        for section in parts:
            displayed = [f"${line}$" for line in _displayed_lines(section, escape_latex)]
            workings = [f"${as_tex(line, escape_latex)}$" for lines in section.workings for line in lines]
            title, notes = rf"\textbf{{{escape_latex(section.title)}}}", map(escape_latex, section.footnotes)
            yield _box_latex([title, *displayed[:2], *workings, *notes])
            yield from (_box_latex([line]) for line in displayed[2:])  # a box cannot be broken
        yield "\\par}\n"


def _box_latex(lines: Iterable[str]) -> str:
    return "\\begin{tabular}[t]{@{}l@{}}\n" + " \\\\[0.5ex]\n".join(lines) + "\n\\end{tabular}\\qquad\n"


def fragment(shown: Result | Step) -> str:
    """A result, or one step of it, as displayed formulas alone, which a notebook renders."""
    if isinstance(shown, Step):
        lines = [*_displayed_lines(step_section(shown, Options()), to_fullwidth)]
    else:
        lines = []
        for section in sections(shown, Options()):
            lines += [rf"\text{{{section.title}}}", *_displayed_lines(section, to_fullwidth)]
    return "\n".join(f"$$ {line} $$" for line in lines)


def escape_latex(text: str) -> str:
    r"""Text in which no character has a meaning in LaTeX.

    Characters that pdflatex has no letter for are printed by other engines; pdflatex prints their codes.

    >>> escape_latex("é_论")
    "\\'{e}\\_\\ifdefined\\Umathchar 论\\else\\texttt{U+8BBA}\\fi{}"
    """
    pieces = []
    for is_known, characters in groupby(text, lambda character: _letter_latex(character) is not None):
        run = "".join(characters)
        if is_known:
            pieces += [str(_letter_latex(character)) for character in run]
        else:
            codes = " ".join(f"U+{ord(character):04X}" for character in run)
            pieces.append(rf"\ifdefined\Umathchar {run}\else\texttt{{{codes}}}\fi{{}}")
    return "".join(pieces)


def _letter_latex(character: str) -> str | None:
    """What prints the character in pdflatex; None if it has no letter for it."""
    if character in _SIGNS or character.isascii():
        return _SIGNS.get(character, character)
    base, *accents = list(normalize("NFD", character))
    is_known = base.isascii() and len(accents) == 1 and accents[0] in _ACCENTS
    return f"\\{_ACCENTS[accents[0]]}{{{base}}}" if is_known else None


def _displayed_lines(section: Section, escape_name: EscapeName) -> Iterator[str]:
    """The formula with its one figure, or the formula and its arrays."""
    tex = as_tex(parse_formula(section.formula), escape_name)
    grid = section.grid
    if grid is None:
        if section.figures:
            yield f"{tex} = {as_tex(figure_tokens(section.figures), escape_name)}"
        return
    if tex:
        yield tex
    for columns in split_grid(grid, PAGE_WIDTH):
        for start in range(0, len(grid.rows), MOST_ROWS):
            yield _array_latex(grid, columns, grid.rows[start : start + MOST_ROWS], escape_name)


def _array_latex(grid: Grid, columns: Sequence[int], rows: Sequence[Row], escape_name: EscapeName) -> str:
    """An array of some rows and columns of the table."""
    names = [grid.corner, *(grid.columns[j] for j in columns)]
    head = " & ".join(_name_latex(name, escape_name) for name in names)
    head += r" \\ \hline \rule{0pt}{2.6ex}"  # a strut: brackets in the first row would touch the line
    lines = []
    for name, cells in rows:
        entries = [_name_latex(name, escape_name), *(_cell_latex(cells[j], escape_name) for j in columns)]
        lines.append(" & ".join(entries))
    if grid.has_blanks:
        body = "".join(f"{line} \\\\ \\hline\n" for line in lines)
        return f"\\begin{{array}}{{l|{'r|' * len(columns)}}}\n{head}\n{body}\\end{{array}}"
    body = " \\\\\n".join(lines)
    return f"\\begin{{array}}{{l|{'r' * len(columns)}}}\n{head}\n{body}\n\\end{{array}}"


def _cell_latex(cell: Cell, escape_name: EscapeName) -> str:
    """A cell in an array; a blank has room to write."""
    if cell.is_blank:
        return r"\rule[-1.4ex]{0pt}{4.4ex}\hspace{3.2em}"
    tex = as_tex(figure_tokens(cell.figures), escape_name)
    inner = f"[{tex}]" if cell.true else f"{{{tex}}}" if "^" in tex else tex  # no power can be raised again
    return inner + ("^{*}" if cell.predicted else "")


def _name_latex(name: str, escape_name: EscapeName) -> str:
    """The name of a row or column; one such as x_0 as mathematics."""
    return as_tex(parse_formula(name), escape_name) if is_indexed_letter(name) else rf"\text{{{escape_name(name)}}}"


def _paragraphs_latex(lines: Iterable[str]) -> str:
    """A paragraph for each line, its second line indented; nothing for no lines."""
    paragraphs = "".join(rf"\hangindent=2em {line}\par" + "\n" for line in lines)
    spacing = r"\raggedright\parindent=0pt\lineskiplimit=3pt\lineskip=3pt"
    return f"\n\\medskip\n{{{spacing}\n{paragraphs}}}\n" if paragraphs else ""
