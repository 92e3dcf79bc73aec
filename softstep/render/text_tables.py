"""Pages as text, for a terminal, a pipe or a file: Rich draws each table, and tables stand side by side."""

import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

from softstep.lesson.workings import EQUAL, Tokens
from softstep.render.ascii import to_ascii
from softstep.render.notation import as_text
from softstep.render.options import Options
from softstep.render.page import Grid, Page, Section, join_figures, split_columns
from softstep.render.rich_tables import GridTable
from softstep.render.text_charts import curve_lines, curve_summary

TILE_SPACING = 3
"""The space between tables side by side, in characters."""

ROWS_AT_ONCE = 200
"""A table of more rows is drawn in parts of this many rows, so that the first part is there at once."""

_BREAK = re.compile(r" (?=[-+=≈−~] )|(?<=,) ")
"""A space at which a formula may be broken: a sign begins the next line, a comma ends this one."""

TITLE, FORMULA, STAGE = "bold", "dim", "bold"
"""Rich's styles."""


class Tile(NamedTuple):
    """A section, or numbers below each other, and the width that they take."""

    sections: list[Section]
    width: int


def render_table(pages: Iterable[Page], options: Options) -> Iterator[str]:
    """The pages one after the other; a table that is wider than the page is drawn in parts, no digit is cut."""
    painter = _Painter(options)
    for i, page in enumerate(pages):
        yield "\n" if i else ""
        yield from painter.page(page)


class _Painter:
    """Draws the parts of a page for one screen, as text with line ends."""

    def __init__(self, options: Options) -> None:
        self.options, self.screen, self.width = options, options.screen, options.screen.width
        self.console = Console(
            file=StringIO(), width=self.width, height=25, color_system=self.screen.colors, no_color=False,
            force_terminal=self.screen.colors is not None, legacy_windows=False, markup=False, emoji=False,
            highlight=False,
        )  # fmt: skip

    def page(self, page: Page) -> Iterator[str]:
        """The head, the stages and the notes of a page."""
        yield self.paragraph(page.title or page.name, TITLE)
        yield from map(self.paragraph, page.head)
        for stage, sections in groupby(page.sections, lambda section: section.stage):
            yield f"\n{self.stage_rule(stage)}" if stage else ""
            for i, row in enumerate(self.rows(sections, page.numbers_alone)):
                yield "" if stage and not i else "\n"
                yield from self.row(row)
        for note in page.notes:
            yield f"\n{self.paragraph(f'Note: {note}')}"

    def stage_rule(self, stage: str) -> str:
        """The heading of a stage, with a line to the end of the page."""
        line = ("-" if self.screen.ascii else "─") * (self.width - cell_len(stage) - 1)
        return self.paragraph(f"{stage} {line}", STAGE)

    def rows(self, sections: Iterable[Section], numbers_alone: bool) -> Iterator[list[Tile]]:
        """The sections in their order, as tiles in rows that fit the page; numbers below each other are one tile."""
        row: list[Tile] = []
        for section in sections:
            tile = Tile([section], self.section_width(section))
            if row and section.is_number and row[-1].sections[-1].is_number:
                above = row.pop()
                tile = Tile([*above.sections, section], max(above.width, tile.width))
            used = sum(each.width + TILE_SPACING for each in row)
            if row and (used + tile.width > self.width or (numbers_alone and section.is_number)):
                yield row
                row = []
            row.append(tile)
        if row:
            yield row

    def row(self, tiles: Sequence[Tile]) -> Iterator[str]:
        """Tiles side by side, joined line by line; one alone may be long."""
        if len(tiles) == 1:
            for section in tiles[0].sections:
                yield from self.section(section)
            return
        drawn = [self.draw_tile(tile) for tile in tiles]
        lines = []
        for i in range(max(map(len, drawn))):
            line: list[Segment] = []
            for tile, tile_lines in zip(tiles, drawn, strict=True):
                line += tile_lines[i] if i < len(tile_lines) else [Segment(" " * tile.width)]
                line.append(Segment(" " * TILE_SPACING))
            lines.append(line)
        yield self.print_lines(lines)

    def draw_tile(self, tile: Tile) -> list[list[Segment]]:
        """The lines of a tile, each as wide as the tile."""
        parts: list[RenderableType] = []
        for section in tile.sections:
            parts.append(self.title(section))
            if section.grid:
                parts.append(GridTable(section.grid, self.options).draw())
            parts += map(Text, map(self.replace_signs, section.footnotes))
        return self.console.render_lines(Group(*parts), self.console.options.update(width=tile.width))

    def section_width(self, section: Section) -> int:
        """The width that a section takes: all of the page if nothing can stand beside it."""
        grid = section.grid
        if section.workings or section.reasons or section.curve or (grid and len(grid.rows) > ROWS_AT_ONCE):
            return self.width
        lines = [*self.title(section).plain.splitlines(), *section.footnotes]
        widths = [cell_len(line) for line in lines] + ([GridTable(grid, self.options).width] if grid else [])
        return min(self.width, max(widths))

    def section(self, section: Section) -> Iterator[str]:
        """A section on all of the page: title, reasons, table, curve, workings and footnotes."""
        title = self.title(section)
        longest = max(map(cell_len, title.plain.splitlines()))
        yield self.lines(title, self.width if self.screen.wraps else max(longest, self.width))
        yield from map(self.paragraph, section.reasons)
        if section.grid:
            yield from self.tables(section.grid)
        if section.curve:
            yield f"\n{self.paragraph(curve_summary(section.curve))}"
            yield from (f"{line}\n" for line in curve_lines(section.curve, self.screen.ascii, self.width))
        for lines in section.workings:
            yield "\n" + "".join(self.workings(lines))
        yield from map(self.paragraph, section.footnotes)

    def title(self, section: Section) -> Text:
        """The title of a section, and its formula on the next line; of a single number, all on one line."""
        title, formula = (self.replace_signs(section.title), TITLE), self.replace_signs(section.formula)
        if section.figures:
            figures = self.replace_signs(join_figures(section.figures))
            return Text.assemble(title, (f"  {formula} = ", FORMULA), figures)
        return Text.assemble(title, (f"\n{formula}" if formula else "", FORMULA))

    def tables(self, grid: Grid) -> Iterator[str]:
        """The table, in as many parts as it takes to fit the page; very many rows in parts too."""
        table = GridTable(grid, self.options)
        for columns in split_columns(table.widths, table.margin, self.width):
            yield "\n" if columns[0] else ""
            for start in range(0, len(grid.rows), ROWS_AT_ONCE):
                rows = range(start, min(start + ROWS_AT_ONCE, len(grid.rows)))
                yield self.lines(table.draw(columns, rows), max(self.width, table.width))

    def workings(self, lines: Sequence[Tokens]) -> Iterator[str]:
        """Lines of equations, their first = one below the other; on a terminal broken before operators."""
        equals = [line.index(EQUAL) if EQUAL in line else len(line) for line in lines]
        lefts = [self.replace_signs(as_text(line[:i])) for line, i in zip(lines, equals, strict=True)]
        rights = [self.replace_signs(as_text(line[i:])) for line, i in zip(lines, equals, strict=True)]
        margin = max(map(cell_len, lefts))
        for left, right in zip(lefts, rights, strict=True):
            line = left + " " * (margin - cell_len(left)) + right
            indent = margin + 1 if margin < self.width // 2 else 4
            yield from self.broken_line(line, indent) if self.screen.wraps else (f"{line.rstrip()}\n",)

    def broken_line(self, line: str, indent: int) -> Iterator[str]:
        """A line in parts that fit the terminal, each but the first behind an indent; a long part stays whole."""
        part = ""
        for piece in _BREAK.split(line):
            if part.strip() and cell_len(part) + 1 + cell_len(piece) > self.width:
                yield f"{part.rstrip()}\n"
                part = " " * indent + piece
            else:
                part = f"{part} {piece}" if part else piece
        yield f"{part.rstrip()}\n"

    def paragraph(self, line: str, style: str = "") -> str:
        """A line of text; on a terminal it is wrapped."""
        text = Text(self.replace_signs(line.replace("\N{NO-BREAK SPACE}", " ")), style)
        return self.lines(text, self.width if self.screen.wraps else max(1, cell_len(text.plain)))

    def lines(self, renderable: RenderableType, width: int) -> str:
        """What Rich makes of a renderable in this width."""
        options = self.console.options.update(width=width)
        return self.print_lines(self.console.render_lines(renderable, options, pad=False))

    def print_lines(self, lines: Iterable[list[Segment]]) -> str:
        """Lines of segments as text, without spaces at their ends."""
        segments: list[Segment] = []
        for line in lines:
            kept = [*line]
            while kept and not kept[-1].text.strip():
                kept.pop()
            if kept:
                text, style, _ = kept.pop()
                kept.append(Segment(text.rstrip(), style))
            segments += [*kept, Segment.line()]
        with self.console.capture() as capture:
            self.console.print(Segments(segments), end="", crop=False, soft_wrap=True)
        return capture.get()

    def replace_signs(self, text: str) -> str:
        """The text with signs that the screen has."""
        return to_ascii(text, self.screen.encoding) if self.screen.ascii else text
