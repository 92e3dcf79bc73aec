"""Pages as text, for a terminal, a pipe or a file: Rich draws each table, and tables stand side by side."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

from softstep.render.options import Options
from softstep.render.page import Page, Section, join_figures, split_columns
from softstep.render.rich_tables import GridTable
from softstep.render.text_charts import curve_lines, curve_summary
from softstep.render.text_workings import working_lines

TILE_SPACING = 3
"""The space between tables side by side, in characters."""

ROWS_AT_ONCE = 200
"""A table of more rows is drawn in parts of this many rows, so that the first part is there at once."""

TITLE, FORMULA, STAGE = "bold", "dim", "bold"
"""Rich's styles."""


class Part(NamedTuple):
    """A section with its table, and the width that it takes."""

    section: Section
    table: GridTable | None
    width: int


class Tile(NamedTuple):
    """A part, or numbers below each other, and the width that they take."""

    parts: list[Part]
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
            rule = self.screen.replace_signs("─") * (self.width - cell_len(stage) - 1)
            yield f"\n{self.paragraph(f'{stage} {rule}', STAGE)}" if stage else ""
            for i, row in enumerate(self.rows(sections, page.numbers_alone)):
                yield "" if stage and not i else "\n"
                yield from self.row(row)
        for note in page.notes:
            yield f"\n{self.paragraph(f'Note: {note}')}"

    def rows(self, sections: Iterable[Section], numbers_alone: bool) -> Iterator[list[Tile]]:
        """The sections in their order, as tiles in rows that fit the page; numbers below each other are one tile."""
        row: list[Tile] = []
        for section in sections:
            part = self.part(section)
            tile = Tile([part], part.width)
            if row and section.is_number and row[-1].parts[-1].section.is_number:
                above = row.pop()
                tile = Tile([*above.parts, part], max(above.width, part.width))
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
            for part in tiles[0].parts:
                yield from self.whole_width(part)
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
        drawn: list[RenderableType] = []
        for section, table, _ in tile.parts:
            drawn += [self.title(section), *([table.draw()] if table else [])]
            drawn += map(Text, map(self.screen.replace_signs, section.footnotes))
        return self.console.render_lines(Group(*drawn), self.console.options.update(width=tile.width))

    def part(self, section: Section) -> Part:
        """A section with its table; it takes all of the page if nothing can stand beside it."""
        grid = section.grid
        table = GridTable(grid, self.options) if grid else None
        if section.workings or section.reasons or section.curve or (grid and len(grid.rows) > ROWS_AT_ONCE):
            return Part(section, table, self.width)
        lines = [*self.title(section).plain.splitlines(), *section.footnotes]
        widths = [cell_len(line) for line in lines] + ([table.width] if table else [])
        return Part(section, table, min(self.width, max(widths)))

    def whole_width(self, part: Part) -> Iterator[str]:
        """A section on all of the page: title, reasons, table, curve, workings and footnotes."""
        section = part.section
        title = self.title(section)
        longest = 0 if self.screen.wraps else max(map(cell_len, title.plain.splitlines()))
        yield self.lines(title, max(longest, self.width))
        yield from map(self.paragraph, section.reasons)
        if part.table:
            yield from self.tables(part.table)
        if section.curve:
            yield f"\n{self.paragraph(curve_summary(section.curve))}"
            yield from (f"{line}\n" for line in curve_lines(section.curve, self.screen.ascii, self.width))
        for lines in section.workings:
            yield "\n" + "".join(f"{line}\n" for line in working_lines(lines, self.screen))
        yield from map(self.paragraph, section.footnotes)

    def title(self, section: Section) -> Text:
        """The title of a section, and its formula on the next line; of a single number, all on one line."""
        title, formula = (self.screen.replace_signs(section.title), TITLE), self.screen.replace_signs(section.formula)
        if section.figures:
            figures = self.screen.replace_signs(join_figures(section.figures))
            return Text.assemble(title, (f"  {formula} = ", FORMULA), figures)
        return Text.assemble(title, (f"\n{formula}" if formula else "", FORMULA))

    def tables(self, table: GridTable) -> Iterator[str]:
        """The table, in as many parts as it takes to fit the page; very many rows in parts too."""
        for columns in split_columns(table.widths, table.margin, self.width):
            yield "\n" if columns[0] else ""
            for start in range(0, len(table.texts), ROWS_AT_ONCE):
                rows = range(start, min(start + ROWS_AT_ONCE, len(table.texts)))
                yield self.lines(table.draw(columns, rows), max(self.width, table.width))

    def paragraph(self, line: str, style: str = "") -> str:
        """A line of text; on a terminal it is wrapped."""
        text = Text(self.screen.replace_signs(line.replace("\N{NO-BREAK SPACE}", " ")), style)
        return self.lines(text, self.width if self.screen.wraps else max(1, cell_len(text.plain)))

    def lines(self, renderable: RenderableType, width: int) -> str:
        """What Rich makes of a renderable in this width."""
        options = self.console.options.update(width=width)
        return self.print_lines(self.console.render_lines(renderable, options, pad=False))

    def print_lines(self, lines: Iterable[list[Segment]]) -> str:
        """Lines of segments as text, without spaces at their ends."""
        segments: list[Segment] = []
        for line in lines:
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                line[-1] = line[-1]._replace(text=line[-1].text.rstrip())
            segments += [*line, Segment.line()]
        with self.console.capture() as capture:
            self.console.print(Segments(segments), end="", crop=False, soft_wrap=True)
        return capture.get()
