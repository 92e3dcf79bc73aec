r"""LaTeX: a fragment for pdflatex with amsmath, a whole document, or displayed formulae for a notebook."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from unicodedata import normalize

from softstep.compute.steps import Step
from softstep.render.look import Look
from softstep.render.notation import as_tex, entry, formula, wide
from softstep.render.page import Cell, Grid, Page, Row, Section, columns_on_pages, section
from softstep.render.results import sections
from softstep.result import Result

PAGE = 84
"""So many characters fit on a line of a page."""

MOST_ROWS = 25
"""An array cannot be broken over two pages; one of more rows would leave much of a page empty."""

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

Escape = Callable[[str], str]


def latex(pages: Iterable[Page], look: Look) -> Iterator[str]:
    """The pages as headings, displayed formulae, arrays and, with the work, a line for each number."""
    yield _OPENING if look.standalone else ""
    for page in pages:
        yield from _page(page)
    yield _CLOSING if look.standalone else ""


def _page(page: Page) -> Iterator[str]:
    yield f"\\section*{{{escaped(page.title or page.name)}}}\n"
    yield _lines([escaped(line) for line in page.head])
    for each in page.sections:
        yield f"\n\\subsection*{{{escaped(each.title)}}}\n"
        yield _lines([escaped(reason) for reason in each.reasons])
        yield "".join(f"\\[ {line} \\]\n" for line in _displayed(each, escaped))
        for lines in each.workings:
            yield _lines([f"${as_tex(line, escaped)}$" for line in lines])
        yield _lines([escaped(hint) for hint in each.hints])
    for note in page.notes:
        yield f"\n\\paragraph{{Note}} {escaped(note)}\n"


def fragment(shown: Result | Step) -> str:
    """A result, or one step of it, as displayed formulae alone, which a notebook renders."""
    if isinstance(shown, Step):
        return "\n".join(f"$$ {line} $$" for line in _displayed(section(shown, Look()), wide))
    lines = ((rf"\text{{{each.title}}}", *_displayed(each, wide)) for each in sections(shown, Look()))
    return "\n".join(f"$$ {line} $$" for each in lines for line in each)


def escaped(text: str) -> str:
    r"""Text in which no character means anything to LaTeX.

    Characters that pdflatex has no letter for are left to the engines that have; pdflatex shows their codes.

    >>> escaped("é_论")
    "\\'{e}\\_\\ifdefined\\Umathchar 论\\else\\texttt{U+8BBA}\\fi{}"
    """
    runs = groupby(text, lambda character: _letter(character) is None)
    return "".join(_unknown("".join(run)) if strange else "".join(map(str, map(_letter, run))) for strange, run in runs)


def _letter(character: str) -> str | None:
    """What LaTeX needs to print the character; None where it has no letter for it."""
    if character in _SIGNS or character.isascii():
        return _SIGNS.get(character, character)
    base, *accents = list(normalize("NFD", character))
    known = base.isascii() and len(accents) == 1 and accents[0] in _ACCENTS
    return f"\\{_ACCENTS[accents[0]]}{{{base}}}" if known else None


def _unknown(text: str) -> str:
    codes = " ".join(f"U+{ord(character):04X}" for character in text)
    return rf"\ifdefined\Umathchar {text}\else\texttt{{{codes}}}\fi{{}}"


def _displayed(shown: Section, escape: Escape) -> Iterator[str]:
    """The formula, with its one number or before its arrays."""
    tex = as_tex(formula(shown.formula), escape)
    if shown.grid is None and not shown.figures:
        return
    if shown.grid is None:
        yield f"{tex} = {as_tex(entry(shown.figures), escape)}"
        return
    if tex:
        yield tex
    grid = shown.grid
    for columns in columns_on_pages(grid, PAGE):
        for start in range(0, len(grid.rows), MOST_ROWS):
            yield _array(grid, columns, grid.rows[start : start + MOST_ROWS], escape)


def _array(grid: Grid, columns: Sequence[int], rows: Sequence[Row], escape: Escape) -> str:
    heads = [rf"\text{{{escape(name)}}}" for name in (grid.corner, *(grid.columns[j] for j in columns))]
    lines = [
        " & ".join([rf"\text{{{escape(name)}}}", *(_cell(cells[j], escape) for j in columns)]) for name, cells in rows
    ]
    head = " & ".join(heads) + r" \\ \hline \rule{0pt}{2.6ex}"  # or brackets in the first row would touch the line
    body = " \\\\\n".join(lines)
    return f"\\begin{{array}}{{l|{'r' * len(columns)}}}\n{head}\n{body}\n\\end{{array}}"


def _cell(cell: Cell, escape: Escape) -> str:
    tex = as_tex(entry(cell.figures), escape)
    inner = f"[{tex}]" if cell.true else f"{{{tex}}}" if "^" in tex else tex  # a power cannot be raised again
    return inner + ("^{*}" if cell.predicted else "")


def _lines(lines: Sequence[str]) -> str:
    """A paragraph for each line; the second line of one is indented."""
    paragraphs = "".join(rf"\hangindent=2em {line}\par" + "\n" for line in lines)
    spacing = r"\raggedright\parindent=0pt\lineskiplimit=3pt\lineskip=3pt"
    return f"\n\\medskip\n{{{spacing}\n{paragraphs}}}\n" if lines else ""
