"""The two views of a result that all formats share: `record`, exact, for programs; `Grid`, rounded, for eyes."""

from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from softstep.names import plain
from softstep.steps import BIAS, CLASS, LABELLED, NODE, WEIGHT, Result, Step

MOST_ROWS, KEPT_ROWS = 100, 10
"""A table of more rows than the first is shown with as many as the second at either end."""


class Look(NamedTuple):
    """How a result is to look: decimals other than the config's, the screen's width if there is one, colour, ASCII.

    `base` is the folder that file names in the output start from.
    """

    decimals: int | None = None
    width: int | None = None
    color: bool = False
    ascii: bool = False
    base: Path = Path()


class Cell(NamedTuple):
    """A printed entry, and whether it is the one of its node's true class, and of its predicted class."""

    text: str
    true: bool = False
    predicted: bool = False


Row = tuple[str, tuple[Cell, ...]]
"""A row's name and its cells."""


class Grid(NamedTuple):
    """A labelled table of printed entries; a row of dots stands for `left_out` rows."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0

    @property
    def marked(self) -> bool:
        """Whether any cell is that of a true or a predicted class."""
        return any(cell.true or cell.predicted for _, cells in self.rows for cell in cells)


def grid(step: Step, result: Result, decimals: int | None = None) -> Grid:
    """The step as a table; a vector has one column, headed by its symbol."""
    shown, left_out = _shortened(step)
    columns = shown.columns or (step.rule.symbol,)
    by_class = step.rule.columns == CLASS
    rows = tuple(
        (
            row,
            tuple(
                Cell(
                    text, by_class and result.true.get(row) == column, by_class and result.predicted.get(row) == column
                )
                for column, text in zip(columns, entries, strict=True)
            ),
        )
        for row, entries in _printed(shown, decimals)
    )
    return Grid(_corner(step), columns, _with_gap(rows, left_out), left_out)


def change_grid(old: Step, new: Step, decimals: int | None = None) -> Grid:
    """Old and new values side by side, as `old → new`."""
    (before, left_out), (after, _) = _shortened(old), _shortened(new)
    rows = tuple(
        (row, tuple(Cell(f"{a} → {b}") for a, b in zip(entries, others, strict=True)))
        for (row, entries), (_, others) in zip(_printed(before, decimals), _printed(after, decimals), strict=True)
    )
    return Grid(
        _corner(old), old.columns or (f"{old.rule.symbol} → {new.rule.symbol}",), _with_gap(rows, left_out), left_out
    )


def size(step: Step) -> str:
    """The step's symbol with its shape, or with its value if it is one number.

    >>> import numpy as np
    >>> from softstep.rounding import Rounding
    >>> from softstep.steps import GIVEN
    >>> size(Step(GIVEN["learning_rate"], np.array(0.5), Rounding()))
    'α = 0.5'
    """
    if not step.value.shape:
        return f"{step.rule.symbol} = {step.digits()}"
    return f"{step.rule.symbol} ({' × '.join(map(str, step.value.shape))})"


def record(result: Result) -> dict[str, Any]:
    """Everything that was found, every digit of it, as plain data: what JSON and YAML write."""
    return {
        "schema": "softstep/1",
        "command": result.command,
        "config": result.source,
        "gradient": result.gradient,
        "rounding": asdict(result.rounding),
        "steps": {key: _record(step) for key, step in result.items()},
        "notes": list(result.notes),
    }


def _record(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"symbol": step.rule.symbol, "formula": step.rule.formula}
    if step.rows is None:
        return found | {"value": strict(exact(step))}
    found["rows"] = list(step.rows)
    if step.columns is not None:
        found["columns"] = list(step.columns)
    return found | {"values": strict(exact(step))}


def exact(step: Step) -> Any:
    """Every digit of the numbers, in nested lists; classes by name where they have names that are no numbers."""
    if step.entries is None:
        return step.value.tolist()
    return [plain(name) for name in step.digits()]


def strict(value: Any) -> Any:
    """Numbers in lists with infinities as text, which JSON has no numbers for.

    >>> strict([1.0, float("inf")])
    [1.0, 'inf']
    """
    if isinstance(value, list):
        return [strict(entry) for entry in value]
    return value if isinstance(value, str) or isfinite(value) else str(value)


def _shortened(step: Step) -> tuple[Step, int]:
    """The step with as many rows as are shown, and how many are left out."""
    count = len(step.rows or ())
    if count <= MOST_ROWS:
        return step, 0
    return step.take(rows=[*range(KEPT_ROWS), *range(count - KEPT_ROWS, count)]), count - 2 * KEPT_ROWS


def _with_gap(rows: tuple[Row, ...], left_out: int) -> tuple[Row, ...]:
    if not left_out:
        return rows
    gap = ("…", tuple(Cell("…") for _ in rows[0][1]))
    return (*rows[:KEPT_ROWS], gap, *rows[KEPT_ROWS:])


def _printed(step: Step, decimals: int | None) -> list[tuple[str, list[str]]]:
    """Each row's name and its entries as they are printed; one number is no row."""
    if step.rows is None:
        return []
    rows = ([entries] if isinstance(entries, str) else entries for entries in step.digits(decimals))
    return list(zip(step.rows, rows, strict=True))


def _corner(step: Step) -> str:
    """What stands above the names of the rows."""
    return _CORNERS.get(str(step.rule.rows), "")


_CORNERS = {NODE: "node", LABELLED: "node", WEIGHT: "weights", BIAS: "bias"}
