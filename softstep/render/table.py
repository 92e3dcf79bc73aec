"""Tables for a terminal, a pipe or a text file; the only module that imports Rich."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from textwrap import wrap

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from softstep.render.signs import to_ascii
from softstep.render.views import Cell, Grid, Look, change_grid, grid, size
from softstep.steps import Result, Step

_UNBOUNDED = 100_000
_GAP = 2
_LINE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_DASHES = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_BOTH_MARKS = "[brackets] stand around the true class of a node, a star* behind the predicted one."
_STAR = "A star* stands behind the predicted class of a node."


def table(result: Result, look: Look) -> Iterator[str]:
    """The result as titled tables, each as wide as its numbers need: no digit is ever cut.

    On a screen, a table that is wider is drawn in parts, some of its columns in each.
    """
    page = _Page(look)
    shown = [(step, grid(step, result, look.decimals)) for step in (*result.opening, *result.values())]
    yield page.prose(_head(result, look))
    if any(cells.marked for _, cells in shown):
        yield page.prose([_BOTH_MARKS if result.true else _STAR])
    for step, cells in shown:
        yield from page.step(step, cells)
    for old, new in result.changes:
        yield from page.change(old, new)
    for note in result.notes:
        yield page.prose(["", f"Note: {note}"])


def _head(result: Result, look: Look) -> Iterator[str]:
    """What was computed, from what, and how."""
    rounding = result.rounding
    if result.title:
        yield result.title
    yield f"{result.source}, {result.command}, gradient: {result.gradient}"
    places = f"{rounding.decimals} decimals, losses to {rounding.loss_decimals}, ties {rounding.ties}"
    shown = places if look.decimals is None else f"{look.decimals} decimals, ties {rounding.ties}"
    yield f"By hand, every step rounded to {places}" if rounding.every_step else f"In full precision, shown to {shown}"
    if result.reads:
        yield f"From {', '.join(map(size, result.reads))}"
    if result.true:
        yield f"N = {len(result.true)}, the labelled nodes"


class _Page:
    """Prose and tables in one look."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.console = Console(
            file=StringIO(),
            width=_UNBOUNDED,
            force_terminal=look.color,
            color_system="standard" if look.color else None,
            no_color=not look.color,
            legacy_windows=False,
        )

    def prose(self, lines: Iterable[str], style: str = "") -> str:
        """Lines of text, folded at the screen's width."""
        drawn = []
        for line in map(self.signs, lines):
            width = self.look.width or len(line) + 1
            folded = wrap(line, width, break_long_words=False, break_on_hyphens=False)
            drawn += [self.drawn(Text(part, style=style)) for part in folded or [""]]
        return "".join(drawn)

    def step(self, step: Step, cells: Grid) -> Iterator[str]:
        """A step's title with its formula, and its table; one number stands behind the formula."""
        title = f"{step.rule.title}  {step.rule.formula or step.rule.symbol}"
        if step.rows is None:
            yield self.prose(["", f"{title} = {step.digits(self.look.decimals)}"], "bold")
            return
        yield self.prose(["", title], "bold")
        yield from self.drawn_grid(cells)

    def change(self, old: Step, new: Step) -> Iterator[str]:
        """Old and new values side by side."""
        title = f"{old.rule.title} before and after  {old.rule.symbol} → {new.rule.symbol}"
        if old.rows is None:
            values = f"{old.digits(self.look.decimals)} → {new.digits(self.look.decimals)}"
            yield self.prose(["", f"{title} = {values}"], "bold")
            return
        yield self.prose(["", title], "bold")
        yield from self.drawn_grid(change_grid(old, new, self.look.decimals))

    def drawn_grid(self, grid: Grid) -> Iterator[str]:
        """A table, in as many parts as it takes to fit the screen."""
        texts = [[self.signs(_marked(cell) if grid.marked else cell.text) for cell in cells] for _, cells in grid.rows]
        heads = [self.signs(column) + "  " * grid.marked for column in grid.columns]
        names = [self.signs(name) for name, _ in grid.rows]
        widths = [max(map(cell_len, column)) for column in zip(heads, *texts, strict=True)]
        margin = max(map(cell_len, [grid.corner, *names]))
        for part in _parts(widths, margin, self.look.width):
            table = Table(
                box=_DASHES if self.look.ascii else _LINE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
            )
            table.add_column(Text(grid.corner), no_wrap=True)
            for j in part:
                table.add_column(Text(heads[j]), justify="right", no_wrap=True)
            for name, row, (_, cells) in zip(names, texts, grid.rows, strict=True):
                table.add_row(Text(name), *(Text(row[j], style="bold" if cells[j].predicted else "") for j in part))
            yield "\n" * (part[0] > 0) + self.drawn(table)
        if grid.left_out:
            yield self.prose([f"{grid.left_out:,} rows left out; -f csv prints them all"])

    def signs(self, text: str) -> str:
        return to_ascii(text) if self.look.ascii else text

    def drawn(self, thing: Table | Text) -> str:
        with self.console.capture() as capture:
            self.console.print(thing, no_wrap=True, overflow="ignore", crop=False)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _marked(cell: Cell) -> str:
    text = f"[{cell.text}]" if cell.true else f" {cell.text}"
    return f"{text}{'*' * cell.predicted}".ljust(len(cell.text) + 3)


def _parts(widths: Sequence[int], margin: int, screen: int | None) -> Iterator[Sequence[int]]:
    """The columns, in runs that fit the screen beside the rows' names; at least one in each."""
    run: list[int] = []
    used = margin
    for j, width in enumerate(widths):
        if run and screen and used + _GAP + width > screen:
            yield run
            run, used = [], margin
        run.append(j)
        used += _GAP + width
    yield run
