"""An answer sheet, in YAML or CSV: whatever can be read of it is, and every complaint has its place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.config import datafiles
from softstep.config.marked import (
    Complaints,
    MappingNode,
    Node,
    Place,
    ScalarNode,
    SequenceNode,
    compose,
    entries,
    is_alias,
    is_empty,
    kind,
    place,
)
from softstep.config.numerals import Unreadable, parse_number, quoted
from softstep.config.sources import STDIN, decode, read_file, read_stdin, shown
from softstep.config.values import count, did_you_mean, text
from softstep.errors import SoftstepError
from softstep.names import is_whole, joined, some
from softstep.sheet import Answers, Misfit, Sheet
from softstep.steps import Step

NOT_ANSWERED = "_"

MOST_BYTES = 1 << 20
_TOO_LARGE = "keep the answers alone"
_FORM = "step,row,column,value"


class _Typed(NamedTuple):
    """What is typed for one entry: the names of its row and its column, the text, where it stands, how complaints call
    that, and whether it stands in a list of the right length."""

    row: str | None
    column: str | None
    text: str
    place: Place
    where: str
    fits: bool = True


def read_sheet(path: str, steps: Mapping[str, Step]) -> Sheet:
    """The answer sheet in the file at `path`, about these steps; `-` is standard input.

    Raises SoftstepError where nothing of it can be read.
    """
    if path == "-":
        return parse_sheet(decode(read_stdin(MOST_BYTES, _TOO_LARGE, "sheet"), STDIN), STDIN, steps)
    source = shown(path, 200)
    return parse_sheet(decode(read_file(Path(path), MOST_BYTES, _TOO_LARGE), source), source, steps)


def parse_sheet(sheet: str, source: str, steps: Mapping[str, Step]) -> Sheet:
    """What the sheet's text says of these steps. Raises SoftstepError where it is neither YAML keys nor CSV."""
    complaints = Complaints(source, Path())
    first = next((line for line in sheet.splitlines() if line.strip() and not line.startswith("#")), "")
    if first.replace(";", ",").replace("\t", ",").replace(" ", "").lower().startswith("step,"):
        owner, answers = _from_csv(sheet, steps, complaints)
    else:
        root = compose(sheet, complaints, gaps=True)
        if not isinstance(root, MappingNode):
            at, there = ((1, 1), "nothing") if root is None else (place(root), kind(root))
            must = f"steps with their answers, or CSV that begins with {_FORM}"
            raise SoftstepError(f"{complaints.at(at)}: sheet: {there}, must be {must}; write logits: {{…}}")
        owner, answers = _from_yaml(root, steps, complaints)
    return Sheet(source, owner, {key: answers[key] for key in steps if key in answers}, tuple(complaints.lines()))


def _from_yaml(
    root: MappingNode, steps: Mapping[str, Step], complaints: Complaints
) -> tuple[str | None, dict[str, Answers]]:
    owner, answers = None, {}
    for key, key_node, node in entries(root, "sheet", complaints):
        if key == "name":
            owner = None if _is_blank(node) else text(node, key, complaints)
        elif key in steps:
            answers[key] = _answers(steps[key], node, complaints)
        else:
            _no_step(key, place(key_node), steps, complaints)
    return owner, answers


def _from_csv(sheet: str, steps: Mapping[str, Step], complaints: Complaints) -> tuple[str | None, dict[str, Answers]]:
    """Lines of step, row, column and value; a line of `name` says whose the sheet is."""
    owner: str | None = None
    typed: dict[str, list[_Typed]] = {}
    lines = datafiles.csv_lines(
        enumerate(sheet.splitlines(), 1), lambda cells: cells[0].lower() == "step", "sheet", complaints
    )
    columns = [name.lower() for name in lines.columns or ()]
    if sorted(columns[:3]) != ["column", "row", "value"]:
        there = f"the header {','.join(['step', *columns])}"
        raise SoftstepError(f"{complaints.at((1, 1))}: sheet: {there}, must be {_FORM}; write that")
    for key, at, cells in lines.rows:
        if len(cells) < 3:
            complaints.add(at, key, count(len(cells) + 1, "cell"), f"four, {_FORM}", f"add {3 - len(cells)}")
            continue
        row, column, value = (cells[columns.index(name)] for name in ("row", "column", "value"))
        if key == "name":
            owner = value.text or None
        elif key in steps:
            if value.text not in ("", NOT_ANSWERED):
                where = f"{key}.{shown(row.text)}" if row.text else key
                where += f"[{shown(column.text)}]" if column.text else ""
                entry = _Typed(row.text or None, column.text or None, value.text, value.place, where)
                typed.setdefault(key, []).append(entry)
        else:
            _no_step(key, at, steps, complaints)
    return owner, {key: _placed(steps[key], found, complaints) for key, found in typed.items()}


def _no_step(key: str, at: Place, steps: Mapping[str, Step], complaints: Complaints) -> None:
    cure = did_you_mean(key, [*steps, "name"]) or "delete it"
    complaints.add(at, "sheet", f"no step {quoted(key)}", joined(["name", *steps], "or"), cure)


def _answers(step: Step, node: Node, complaints: Complaints) -> Answers:
    """What stands under the key of a step."""
    key, rows, columns = step.rule.key, step.rows, step.columns
    if rows is None:
        return _placed(step, _cell(_Entry(None, node), None, key, complaints), complaints)
    turned = columns is not None and _is_turned(node, rows, columns)
    if turned:
        rows, columns = columns, rows
    typed: list[_Typed] = []
    for row in _entries(node, rows or (), key, complaints, by_order=turned):
        inside = f"{key}.{shown(row.name or '')}"
        if columns is None:
            typed += _cell(row, None, inside, complaints)
        else:
            for column in _entries(row.node, columns, inside, complaints):
                typed += _cell(row, column, f"{inside}[{shown(column.name or '')}]", complaints)
    if turned:
        typed = [entry._replace(row=entry.column, column=entry.row) for entry in typed]
    return _placed(step, typed, complaints, turned)


def _is_turned(node: Node, rows: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a table stands there with its rows as columns: by its names, else by its shape."""
    pairs = [*_pairs(node)]
    if isinstance(node, MappingNode) and {name for name, _ in pairs}.isdisjoint(rows):
        return all(name in columns for name, _ in pairs)
    lengths = {len(value.value) if isinstance(value, SequenceNode) else None for _, value in pairs}
    return len(rows) != len(columns) == len(pairs) and lengths == {len(rows)}


def _pairs(node: Node) -> Iterator[tuple[str | None, Node]]:
    """The entries of a list or of a mapping, the latter with their keys."""
    if isinstance(node, MappingNode):
        yield from ((key.value if isinstance(key, ScalarNode) else None, value) for key, value in node.value)
    elif isinstance(node, SequenceNode):
        yield from ((None, value) for value in node.value)


class _Entry(NamedTuple):
    """An entry of a list or a mapping: whose it is, what stands there, and whether the list has the right length."""

    name: str | None
    node: Node
    fits: bool = True


def _entries(
    node: Node, names: Sequence[str], where: str, complaints: Complaints, by_order: bool = False
) -> Iterator[_Entry]:
    """The entries under names or, in a list, in their order; `by_order` takes names that are not there so as well."""
    if isinstance(node, MappingNode):
        named = [(key, value) for key, _, value in entries(node, where, complaints)]
        strange = by_order and not {key for key, _ in named} <= set(names)
        yield from (_Entry(names[i] if strange else key, value) for i, (key, value) in enumerate(named))
    elif isinstance(node, SequenceNode):
        fits = len(node.value) == len(names)
        if not fits:
            there, cure = f"a list of {len(node.value)}", f"write {NOT_ANSWERED} for what is not answered"
            complaints.add(node, where, there, f"one of {len(names)}", cure)
        for i, value in enumerate(node.value):
            yield _Entry(names[i] if i < len(names) else str(i + 1), value, fits)
    elif not _is_blank(node) and not is_alias(node):
        complaints.add(node, where, kind(node), f"{len(names)} answers", f"write [{NOT_ANSWERED}, …]")


def _cell(row: _Entry, column: _Entry | None, where: str, complaints: Complaints) -> list[_Typed]:
    """The one entry that stands there, if there is one."""
    last = column or row
    node = last.node
    if _is_blank(node) or is_alias(node):
        return []
    if not isinstance(node, ScalarNode):
        complaints.add(node, where, kind(node), "one answer", "write it without brackets")
        return [_Typed(row.name, column and column.name, kind(node), place(node), where, fits=False)]
    fits = row.fits and last.fits
    return [_Typed(row.name, column and column.name, str(node.value), place(node), where, fits)]


def _placed(step: Step, typed: Iterable[_Typed], complaints: Complaints, turned: bool = False) -> Answers:
    """The entries in their places in the step, each read as what the step holds."""
    shape = step.value.shape
    numbers, decimals = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    texts: dict[tuple[int, ...], str] = {}
    misfits: list[Misfit] = []
    elsewhere: set[tuple[int | None, ...]] = set()
    axes = [{name: i for i, name in enumerate(names)} for names in (step.rows, step.columns) if names is not None]
    for entry in typed:
        at = tuple(axis.get(name or "") for axis, name in zip(axes, (entry.row, entry.column), strict=False))
        if not entry.fits or None in at:
            elsewhere.add(at)
            row, column = (name and shown(name) for name in (entry.row, entry.column))
            misfits.append(Misfit(row, column, shown(entry.text)))
            if entry.fits:
                _no_place(step, entry, complaints)
        elif at in texts:
            complaints.add(entry.place, entry.where, "a second answer", "one alone", "delete one of the two")
        else:
            texts[at] = shown(entry.text)  # type: ignore[index]
            try:
                number, places = _class(entry.text, step.entries) if step.entries else _number(entry.text)
                numbers[at], decimals[at] = number, places
            except Unreadable as error:
                complaints.add(entry.place, entry.where, error.there, error.must, error.cure)
    missing = numbers.size - len({at for at in elsewhere | set(texts) if None not in at})
    return Answers(numbers, decimals, texts, missing, tuple(misfits), turned)


def _no_place(step: Step, entry: _Typed, complaints: Complaints) -> None:
    """An answer under a name that the step has not."""
    for axis, names, name in zip(("row", "column"), (step.rows, step.columns), (entry.row, entry.column), strict=True):
        if names is not None and name not in names:
            cure = did_you_mean(name or "", names) or "write one of them"
            there = f"no {axis} {quoted(name)}" if name else f"no {axis}"
            complaints.add(entry.place, entry.where, there, some(names, 12, "or"), cure)


def _number(text: str) -> tuple[float, int]:
    """A number and how many decimals were typed."""
    exponent = Decimal(text).as_tuple().exponent if (number := parse_number(text)) is not None else 0
    return number, max(0, -int(exponent))


def _class(text: str, classes: Sequence[str]) -> tuple[int, int]:
    """The place of a class that is given by its name or, where no name is a number, by its number."""
    if text in classes:
        return classes.index(text), 0
    first = int(classes[0]) if is_whole(classes[0]) else 0
    in_order = list(classes) == [str(first + c) for c in range(len(classes))]
    if is_whole(text) and len(text) < 10 and (in_order or not any(map(is_whole, classes))):
        return int(text) - first, 0
    cure = did_you_mean(text, classes) or "write one of them"
    raise Unreadable(quoted(text), some(classes, 12, "or"), cure)


def _is_blank(node: Node) -> bool:
    return is_empty(node) or (isinstance(node, ScalarNode) and node.value in ("", NOT_ANSWERED))
