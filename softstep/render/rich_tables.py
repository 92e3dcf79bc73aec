"""Tables of a page as Rich draws them: the texts of the cells, the widths of the columns, and what colours mean."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from rich.box import Box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from softstep.render.heat import heat_colors
from softstep.render.options import Options
from softstep.render.page import COLUMN_SPACING, Cell, Grid, join_figures

HEAD, ROW_NAME = "cyan", "dim"
STYLES = {
    "true": "green",
    "predicted": "bold yellow",
    "true and predicted": "bold green",
    "right": "green",
    "rounded": "cyan",
    "error carried forward": "magenta",
    "wrong": "bold red",
    "wrong shape": "bold red",
    "unreadable": "yellow",
}
"""Rich's styles of cells by their meaning; signs or words say the same without colour."""

LIGHT = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
LIGHT_ASCII = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""One rule under the heads, and no other line."""


class GridTable:
    """A grid with the signs of one screen, whose rows and columns Rich draws with widths that are fixed beforehand.

    `margin` is the width of the row names, `widths` has those of the columns. Names from a config are `Text`, so that
    nothing in them is markup.
    """

    def __init__(self, grid: Grid, options: Options) -> None:
        self.grid, self.screen, self.heat = grid, options.screen, options.heat
        self.corner, *self.names = map(self.screen.replace_signs, (grid.corner, *(name for name, _ in grid.rows)))
        self.heads = list(map(self.screen.replace_signs, grid.columns))
        if grid.has_classes:
            longest = max(len(join_figures(cell.figures)) for _, cells in grid.rows for cell in cells)
            self.texts = [[self.align(cell, longest) for cell in cells] for _, cells in grid.rows]
            self.heads = [" " * (longest + 1 - cell_len(head)) + head for head in self.heads]
        else:
            self.texts = [[self.screen.replace_signs(cell.text) for cell in cells] for _, cells in grid.rows]
        self.margin = max(map(cell_len, (self.corner, *self.names)))
        self.widths = [max(map(cell_len, column)) for column in zip(self.heads, *self.texts, strict=True)]

    @cached_property
    def width(self) -> int:
        """The width of the whole table."""
        return self.margin + sum(COLUMN_SPACING + width for width in self.widths)

    def draw(self, columns: Sequence[int] | None = None, rows: range | None = None) -> Table:
        """Some columns and rows (all if left out) as a table of Rich's; only the first row has heads above it."""
        columns = range(len(self.widths)) if columns is None else columns
        rows = range(len(self.texts)) if rows is None else rows
        box = LIGHT_ASCII if self.screen.ascii else LIGHT
        spacing = (0, COLUMN_SPACING - 1, 0, 0)  # Rich adds one column for the line that this box leaves blank
        table = Table(box=box, show_edge=False, pad_edge=False, padding=spacing, show_header=rows.start == 0)
        table.add_column(Text(self.corner), style=ROW_NAME, header_style=HEAD, width=self.margin, no_wrap=True)
        justify: Literal["left", "right"] = "left" if self.grid.has_classes else "right"
        for j in columns:
            table.add_column(
                Text(self.heads[j]), justify=justify, header_style=HEAD, width=self.widths[j], no_wrap=True
            )
        for i in rows:
            cells = self.grid.rows[i][1]
            texts = (Text(self.texts[i][j], self.style(cells[j])) for j in columns)
            table.add_row(Text(self.names[i]), *texts)
        return table

    def align(self, cell: Cell, longest: int) -> str:
        """The text of a cell with room for a bracket before it, so that digits stand below digits.

        Rich drops spaces at the end of what it aligns to the right, so such columns are aligned to the left.
        """
        text = cell.text if cell.true else f" {cell.text}"
        return " " * (longest - len(join_figures(cell.figures))) + self.screen.replace_signs(text)

    def style(self, cell: Cell) -> str:
        """Rich's style of a cell: by its meaning and, with heat, by its size."""
        style = STYLES.get(cell.meaning, "")
        if self.heat and cell.shade is not None:
            color, background = heat_colors(cell.shade)
            return f"{style} {color} on {background}"
        return style
