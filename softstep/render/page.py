"""A page for people, as data: head lines, sections with a table or a number, and notes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from softstep.lesson.workings import Tokens

COLUMN_SPACING = 2
"""The least space between two columns of a table, in characters."""

BLANK_LINE = "_" * 6
"""A blank to write in, in text."""

Curve = Sequence[tuple[int, float]]
"""Steps of a training in their order, and a value after each."""


class Cell(NamedTuple):
    """A cell of a table: one figure or name, or an old and a new one; without figures, a blank to write in.

    `true` and `predicted` say that it belongs to the true or the predicted class of its node, `verdict` how an answer
    was marked. `shade` is the size of the entry relative to the largest of its matrix, from −1 to 1; for
    probabilities, it is the probability.
    """

    figures: tuple[str, ...]
    true: bool = False
    predicted: bool = False
    verdict: str = ""
    shade: float | None = None

    @property
    def is_blank(self) -> bool:
        """Whether it is a blank to write in."""
        return not self.figures

    @property
    def meaning(self) -> str:
        """What the colour of the cell says: the true class, the predicted class, both, the verdict, or a blank."""
        if self.is_blank:
            return "blank"
        return " and ".join(["true"] * self.true + ["predicted"] * self.predicted) or self.verdict

    @property
    def text(self) -> str:
        """The figures, in [brackets] for the true class, with a star* for the predicted class."""
        text = BLANK_LINE if self.is_blank else join_figures(self.figures)
        return (f"[{text}]" if self.true else text) + ("*" if self.predicted else "")


Row = tuple[str, tuple[Cell, ...]]
"""The name of a row, and its cells."""


class Grid(NamedTuple):
    """A table as it is printed; a row of dots stands for rows left out.

    `corner` is the heading of the row names. `shares` says that the entries are shares of 1, `has_classes` that some
    cells belong to a true or predicted class.
    """

    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    shares: bool = False
    has_classes: bool = False

    @property
    def has_blanks(self) -> bool:
        """Whether it has cells to write in."""
        return any(cell.is_blank for _, cells in self.rows for cell in cells)


class Section(NamedTuple):
    """A part of a page: title and formula, a table or one figure (or an old and a new one), workings.

    Sections of the same `stage` stand under one heading. `reasons` stand before the table, `footnotes` below it. `pair`
    holds the values of an old and a new figure, `curve` the loss after each step of a training.
    """

    title: str
    formula: str
    grid: Grid | None = None
    figures: tuple[str, ...] = ()
    workings: Sequence[Sequence[Tokens]] = ()
    footnotes: tuple[str, ...] = ()
    pair: tuple[float, float] | None = None
    curve: Curve = ()
    reasons: tuple[str, ...] = ()
    stage: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a single number without its working, which takes one line."""
        return self.grid is None and not self.workings and not self.reasons


class Page(NamedTuple):
    """A page for people; `name` is its heading where it has no title.

    With `numbers_alone` a single number stands on a line of its own. In LaTeX, the sections of a page that `flows`
    stand side by side, as they always do in HTML.
    """

    title: str | None
    name: str
    head: tuple[str, ...]
    sections: Iterable[Section]
    notes: tuple[str, ...] = ()
    numbers_alone: bool = False
    flows: bool = False


def join_figures(figures: Sequence[str]) -> str:
    """A figure, or an old and a new one, in text.

    >>> join_figures(("0.17", "0.49"))
    '0.17 → 0.49'
    """
    return " → ".join(figures)


def split_columns(widths: Sequence[int], margin: int, page_width: int) -> Iterator[Sequence[int]]:
    """Groups of columns that fit the page beside row names of width `margin`; at least one column in each."""
    group: list[int] = []
    used = margin
    for j, width in enumerate(widths):
        if group and used + COLUMN_SPACING + width > page_width:
            yield group
            group, used = [], margin
        group.append(j)
        used += COLUMN_SPACING + width
    yield group


def split_grid(grid: Grid, page_width: int) -> Iterator[Sequence[int]]:
    """Groups of columns of a table that fit a printed page of so many characters."""
    texts = [[cell.text for cell in cells] for _, cells in grid.rows]
    widths = [max(map(len, column)) for column in zip(grid.columns, *texts, strict=True)]
    margin = max(len(name) for name in (grid.corner, *(name for name, _ in grid.rows)))
    return split_columns(widths, margin, page_width)
