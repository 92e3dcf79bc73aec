"""Tables for a terminal, a pipe or a text file; the only module that imports Rich."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from io import StringIO
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from softstep.render.look import Look, Screen
from softstep.render.notation import as_text
from softstep.render.page import GAP, Cell, Grid, Page, Section, column_runs, marked, printed
from softstep.render.pictures import BAR, MOST_SHADES, Points, bar, described, drawn, level, sign
from softstep.render.signs import to_ascii

if TYPE_CHECKING:
    from rich.console import Console

Part = str | tuple[str, str]
"""A part of a line, with its style if it has one."""

_UNBOUNDED = 100_000
_SIGN = re.compile(r"( [-+=≈−~]) ")
_NARROW = 40
_SHADES = {"+": ("", "#d6eaf5", "#a9d3ea", "#74b4dc"), "-": ("", "#fbe3dc", "#f5bfae", "#ea957d")}
_SIZES = "Behind an entry, + and - to +++ and --- say how large it is in its table."


def table(pages: Iterable[Page], look: Look) -> Iterator[str]:
    """The pages one after the other, as titled tables, each as wide as its numbers need: no digit is ever cut.

    On a screen, a table that is wider is drawn in parts, some of its columns in each.
    """
    screen = look.screen
    screen = screen._replace(pictures=screen.pictures and (screen.width or _NARROW) >= _NARROW)
    paper = _Paper(screen)
    for i, page in enumerate(pages):
        sizes = (_SIZES,) * (screen.pictures and screen.ascii and _has_shades(page))
        yield "\n" * bool(i)
        yield paper.prose(filter(None, (page.title, *page.head, *sizes)))
        for section in page.sections:
            yield from paper.section(section)
        for note in page.notes:
            yield paper.prose(["", f"Note: {note}"])


def _has_shades(page: Page) -> bool:
    grids = (section.grid for section in page.sections if section.grid)
    return any(cell.shade is not None for grid in grids for _, cells in grid.rows for cell in cells)


class _Paper:
    """Prose and tables in one look."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    @cached_property
    def console(self) -> "Console":
        """Rich's, imported where there are colours: it takes longer than all else that a table needs."""
        from rich.console import Console

        return Console(
            file=StringIO(), width=_UNBOUNDED, force_terminal=True, color_system="256", no_color=False,
            legacy_windows=False,
        )  # fmt: skip

    def prose(self, lines: Iterable[str], style: str = "", indent: str = "") -> str:
        """Lines of text, folded at the screen's width; what is folded goes on behind an `indent`."""
        drawn = []
        for line in map(self.signs, lines):
            width = self.screen.width or len(line) + 1
            whole = _SIGN.sub("\\1\N{NO-BREAK SPACE}", line)  # a formula is broken before a sign, not behind it
            folded = wrap(whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
            parts = (part.replace("\N{NO-BREAK SPACE}", " ") for part in folded or [""])
            drawn += [self.drawn(part, style=style) for part in parts]
        return "".join(drawn)

    def section(self, section: Section) -> Iterator[str]:
        """A title with its formula, and the table; one number stands behind the formula."""
        number = f" = {printed(section.figures)}" if section.figures else ""
        yield self.prose(["", f"{section.title}  {section.formula}{number}"], "bold")
        yield self.prose(section.reasons, indent="    ")
        if section.grid:
            yield from self.grid(section.grid)
        if section.curve:
            yield from self.curve(section.curve)
        for lines in section.workings:
            yield self.prose(["", *map(as_text, lines)], indent="    ")
        yield self.prose(section.hints)

    def grid(self, grid: Grid) -> Iterator[str]:
        """A table, in as many parts as it takes to fit the screen."""
        texts = [[self.signs(self.entry(grid, cell)) for cell in cells] for _, cells in grid.rows]
        beside = len(self.picture(grid, Cell((), shade=0)))
        heads = [self.signs(column) + "  " * grid.marked + " " * beside for column in grid.columns]
        names = [self.signs(name) for name, _ in grid.rows]
        widths = [max(map(cell_len, column)) for column in zip(heads, *texts, strict=True)]
        margin = max(map(cell_len, [grid.corner, *names]))
        for run in column_runs(widths, margin, self.screen.width):
            yield "\n" if run[0] else ""
            yield self.drawn(_left(self.signs(grid.corner), margin), *self.cells(run, heads, widths), style="bold")
            yield self.drawn(("-" if self.screen.ascii else "─") * (margin + sum(GAP + widths[j] for j in run)))
            for name, row, (_, cells) in zip(names, texts, grid.rows, strict=True):
                styles = [self.style(grid, cell) for cell in cells]
                yield self.drawn(_left(name, margin), *self.cells(run, row, widths, styles))

    def curve(self, points: Points) -> Iterator[str]:
        """The curve, and in words where it starts and ends."""
        yield self.prose(["", described(points)])
        yield from map(self.drawn, drawn(points, self.screen.ascii))

    def cells(
        self, run: Sequence[int], texts: Sequence[str], widths: Sequence[int], styles: Sequence[str] = ()
    ) -> Iterator[Part]:
        """The entries of a row in these columns, each at the right of its column."""
        for j in run:
            yield " " * GAP
            yield " " * (widths[j] - cell_len(texts[j])) + texts[j], styles[j] if styles else ""

    def entry(self, grid: Grid, cell: Cell) -> str:
        """What stands in a cell."""
        return (_aligned(cell) if grid.marked else printed(cell.figures)) + self.picture(grid, cell)

    def picture(self, grid: Grid, cell: Cell) -> str:
        """A bar for a share; without more than ASCII, signs for the size of any other entry of a matrix."""
        if not self.screen.pictures or cell.shade is None:
            return ""
        if grid.shares:
            full = "#" * round(BAR * cell.shade) if self.screen.ascii else bar(cell.shade)
            return f" {full:<{BAR}}"
        return f" {sign(cell.shade) * level(cell.shade):<{MOST_SHADES}}" if self.screen.ascii else ""

    def style(self, grid: Grid, cell: Cell) -> str:
        """How a cell is printed: the predicted class in bold, other matrices shaded by sign and size."""
        bold = "bold" if cell.predicted else ""
        if not (self.screen.pictures and self.screen.color and cell.shade and not grid.shares and level(cell.shade)):
            return bold
        return f"{bold} black on {_SHADES[sign(cell.shade)][level(cell.shade)]}"

    def signs(self, text: str) -> str:
        return to_ascii(text, self.screen.encoding) if self.screen.ascii else text

    def drawn(self, *parts: Part, style: str = "") -> str:
        """A line as it is printed, by Rich where it has colours."""
        if not self.screen.color:
            return "".join(part if isinstance(part, str) else part[0] for part in parts).rstrip() + "\n"
        from rich.text import Text

        with self.console.capture() as capture:
            self.console.print(Text.assemble(*parts, style=style), no_wrap=True, overflow="ignore", crop=False)
        return capture.get().rstrip() + "\n"


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _aligned(cell: Cell) -> str:
    """The entry with its marks, as wide as one with all marks."""
    return (marked(cell) if cell.true else f" {marked(cell)}").ljust(len(printed(cell.figures)) + 3)
