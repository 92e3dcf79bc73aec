"""Pages as text with tables, for a terminal, a pipe or a file; only this module and `progress` import Rich."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from io import StringIO
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from softstep.render.ascii import to_ascii
from softstep.render.notation import as_text
from softstep.render.options import Options, Screen
from softstep.render.page import COLUMN_SPACING, Cell, Curve, Grid, Page, Section, join_figures, split_columns
from softstep.render.text_charts import BAR_WIDTH, MOST_SHADES, curve_lines, curve_summary, shade_level, share_bar

if TYPE_CHECKING:
    from rich.console import Console

Part = str | tuple[str, str]
"""A part of a line, alone or with its style."""

_UNBOUNDED = 100_000
_SIGN = re.compile(r"( [-+=≈−~]) ")
_NARROW = 40
"""A narrower screen has no pictures."""

_SHADES = ("", "#d6eaf5", "#a9d3ea", "#74b4dc", "#ea957d", "#f5bfae", "#fbe3dc")
"""The background of a cell by its level of shade; negative levels count from the end."""

_SIZES = "+ ++ +++ small to large positive entry   - -- --- small to large negative entry"


def render_table(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages one after the other; a table that is wider than the screen is drawn in parts, no digit is cut."""
    screen = options.screen
    if screen.width and screen.width < _NARROW:
        screen = screen._replace(pictures=False)
    printer = _Printer(screen)
    for i, page in enumerate(pages):
        sizes = [_SIZES] if screen.pictures and screen.ascii and _has_shades(page) else []
        yield "\n" if i else ""
        yield printer.prose(filter(None, (page.title, *page.head, *sizes)))
        for section in page.sections:
            yield from printer.section(section)
        for note in page.notes:
            yield printer.prose(["", f"Note: {note}"])


def _has_shades(page: Page) -> bool:
    grids = (section.grid for section in page.sections if section.grid)
    return any(cell.shade is not None for grid in grids for _, cells in grid.rows for cell in cells)


class _Printer:
    """Draws the parts of a page for one screen, as text with line ends."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    @cached_property
    def console(self) -> "Console":
        """Rich's console, imported only for colour: that takes longer than everything else a table needs."""
        from rich.console import Console

        return Console(
            file=StringIO(), width=_UNBOUNDED, force_terminal=True, color_system="256", no_color=False,
            legacy_windows=False,
        )  # fmt: skip

    def prose(self, lines: Iterable[str], style: str = "", indent: str = "") -> str:
        """Lines of text, wrapped at the screen's width; the rest of a wrapped line is indented."""
        text = ""
        for line in lines:
            line = self.replace_signs(line.replace("\N{NO-BREAK SPACE}", " "))
            width = self.screen.width or len(line) + 1
            joined = _SIGN.sub("\\1\N{NO-BREAK SPACE}", line)  # a formula is broken before a sign, not behind it
            wrapped = wrap(joined, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
            for part in wrapped or [""]:
                text += self.line(part.replace("\N{NO-BREAK SPACE}", " "), style=style)
        return text

    def section(self, section: Section) -> Iterator[str]:
        """The title with its formula, and the table; one number stands behind the formula."""
        number = f" = {join_figures(section.figures)}" if section.figures else ""
        yield self.prose(["", f"{section.title}  {section.formula}{number}"], "bold")
        yield self.prose(section.reasons, indent="    ")
        if section.grid:
            yield from self.table(section.grid)
        if section.curve:
            yield from self.curve(section.curve)
        for lines in section.workings:
            yield self.prose(["", *map(as_text, lines)], indent="    ")
        yield self.prose(section.footnotes)

    def table(self, grid: Grid) -> Iterator[str]:
        """The table, in as many parts as it takes to fit the screen."""
        texts = [[self.replace_signs(self.entry(grid, cell)) for cell in cells] for _, cells in grid.rows]
        beside = " " * (2 * grid.has_classes + len(self.picture(grid, Cell((), shade=0))))
        heads = [self.replace_signs(column) + beside for column in grid.columns]
        names = [self.replace_signs(name) for name in (grid.corner, *(name for name, _ in grid.rows))]
        widths = [max(map(cell_len, column)) for column in zip(heads, *texts, strict=True)]
        margin = max(map(cell_len, names))
        names = [name + " " * (margin - cell_len(name)) for name in names]
        rule = "-" if self.screen.ascii else "─"
        for columns in split_columns(widths, margin, self.screen.width):
            yield "\n" if columns[0] else ""
            yield self.line(names[0], *self.row(columns, heads, widths), style="bold")
            yield self.line(rule * (margin + sum(COLUMN_SPACING + widths[j] for j in columns)))
            for name, row, (_, cells) in zip(names[1:], texts, grid.rows, strict=True):
                styles = [self.style(grid, cell) for cell in cells] if self.screen.color else []
                yield self.line(name, *self.row(columns, row, widths, styles))

    def row(
        self, columns: Sequence[int], texts: Sequence[str], widths: Sequence[int], styles: Sequence[str] = ()
    ) -> Iterator[Part]:
        """The entries of a row in these columns, each at the right of its column."""
        for j in columns:
            yield " " * COLUMN_SPACING
            yield " " * (widths[j] - cell_len(texts[j])) + texts[j], styles[j] if styles else ""

    def entry(self, grid: Grid, cell: Cell) -> str:
        """The text of a cell with its picture; in a table with [brackets] and stars*, digits stand below digits."""
        text = cell.text
        if grid.has_classes:
            text = (text if cell.true else f" {text}").ljust(len(join_figures(cell.figures)) + 3)
        return text + self.picture(grid, cell)

    def picture(self, grid: Grid, cell: Cell) -> str:
        """A bar for a share; in ASCII, signs for the size of any other entry of a matrix."""
        if not self.screen.pictures or cell.shade is None:
            return ""
        if grid.shares:
            bar = "#" * round(BAR_WIDTH * cell.shade) if self.screen.ascii else share_bar(cell.shade)
            return f" {bar:<{BAR_WIDTH}}"
        level = shade_level(cell.shade)
        return f" {'+' * level or '-' * -level:<{MOST_SHADES}}" if self.screen.ascii else ""

    def style(self, grid: Grid, cell: Cell) -> str:
        """Rich's style for a cell: bold for the predicted class, and a shade by sign and size unless it has a bar."""
        bold = "bold" if cell.predicted else ""
        if not (self.screen.pictures and cell.shade and shade_level(cell.shade)) or grid.shares:
            return bold
        return f"{bold} black on {_SHADES[shade_level(cell.shade)]}"

    def curve(self, curve: Curve) -> Iterator[str]:
        """The curve, and in words where it starts and ends."""
        yield self.prose(["", curve_summary(curve)])
        yield from map(self.line, curve_lines(curve, self.screen.ascii))

    def replace_signs(self, text: str) -> str:
        """The text with signs that the screen has."""
        return to_ascii(text, self.screen.encoding) if self.screen.ascii else text

    def line(self, *parts: Part, style: str = "") -> str:
        """A line, by Rich on a screen with colours."""
        if not self.screen.color:
            return "".join(part if isinstance(part, str) else part[0] for part in parts).rstrip() + "\n"
        from rich.text import Text

        with self.console.capture() as capture:
            self.console.print(Text.assemble(*parts, style=style), no_wrap=True, overflow="ignore", crop=False)
        return capture.get().rstrip() + "\n"
