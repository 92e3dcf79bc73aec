"""What pages call answers: one cell, several cells, or a whole row or column."""

from collections.abc import Collection, Iterable

from softstep.compute.steps import Step
from softstep.lesson.quantities import CLASS
from softstep.mark.report import MarkedCell, Origin
from softstep.names import first_words

MOST_NAMED = 12
"""The most answers that a sentence names."""

Place = tuple[str | None, str | None]
"""The names of the row and the column of an answer."""


def list_labels(cells: Iterable[MarkedCell | Origin]) -> str:
    """The first labels of these answers; empty for the answer of a single number."""
    return first_labels((cell.row, cell.column) for cell in cells)


def first_labels(places: Iterable[Place], most: int = MOST_NAMED) -> str:
    """The labels of the answers in these places, the first ones of many."""
    labels = [*dict.fromkeys(filter(None, (place_label(*place) for place in places)))]
    return first_words(labels, most) if labels else ""


def place_label(row: str | None, column: str | None) -> str:
    """The name of the row with that of the column in brackets; empty for a single number.

    >>> place_label("a", "0"), place_label("a", None), place_label(None, None)
    ('a[0]', 'a', '')
    """
    return f"{row or ''}[{column}]" if column is not None else row or ""


def common_line(step: Step, places: Collection[Place]) -> str:
    """The row or the column of a table that has all these answers, such as node 3, class 1 or w0; else empty."""
    if len(step.rule.axes) < 2:
        return ""
    for axis, names in zip(step.rule.axes, zip(*places, strict=True), strict=True):
        if len({*names}) == 1:
            has_own_name = axis == CLASS and step.rule.parameter
            return f"{names[0]}" if has_own_name else f"{axis.heading} {names[0]}"
    return ""
