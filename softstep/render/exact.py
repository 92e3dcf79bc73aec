"""What the formats for programs share: a result as plain data, every digit of it, and nothing shortened."""

from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite
from typing import Any

from softstep.names import plain
from softstep.render.look import Look
from softstep.result import Result
from softstep.steps import Step


def record(result: Result, look: Look) -> dict[str, Any]:
    """Everything that was found, every digit of it, as plain data: what JSON and YAML write.

    What there is of every row is an iterator over parts of a list, so that the whole of it is never there at once.
    """
    return {
        "schema": "softstep/1",
        "command": result.command,
        "config": result.source,
        "gradient": result.gradient,
        "rounding": asdict(result.rounding),
        "steps": {key: _record(step, look) for key, step in result.items()},
        "notes": list(result.notes),
    }


def _record(step: Step, look: Look) -> dict[str, Any]:
    found: dict[str, Any] = {"symbol": step.rule.symbol, "formula": step.rule.formula}
    if step.rows is None:
        found["value"] = strict(exact(step))
    else:
        found["rows"] = (list(part.rows or ()) for part in step.parts())
        if step.columns:
            found["columns"] = list(step.columns)
        found["values"] = (strict(exact(part)) for part in step.parts())
    if look.work:
        found["work"] = ([line] for line in worked(step, aside=True))
    return found


def worked(step: Step, aside: bool = False) -> Iterator[str]:
    """For each number, row by row, how it came about; `aside`: before it the same of what no format shows."""
    from softstep.explain import explained, made_aside
    from softstep.render.notation import as_text

    for each in (*(made_aside(step) if aside else ()), step) if step.inputs else ():
        for part in each.parts():
            yield from ("; ".join(map(as_text, lines)) for lines in explained(part))


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
