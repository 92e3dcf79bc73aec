"""An answer sheet, in YAML or CSV: whatever can be read of it is, and every complaint has its place."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.errors import SoftstepError
from softstep.lesson.rounding import MOST_DECIMALS
from softstep.names import HEADER, is_whole, joined, of_cell, some
from softstep.read import datafiles
from softstep.read.marked import (
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
from softstep.read.scalars import Unreadable, parse_number, quoted
from softstep.read.sources import lines_in, read_text, shown
from softstep.read.suggest import numbers_in
from softstep.read.values import count, did_you_mean, keys_alone, printable, text, too_many
from softstep.sheet import BLANK, Answers, Misfit, Sheet

_TOO_LARGE = "keep the answers alone"


class _Typed(NamedTuple):
    """What is typed for one entry: the names of its row and column and where these stand, the text and where it stands.

    `fits` says that it is one answer, and in a list of the right length.
    """

    names: tuple[str, ...]
    places: tuple[Place, ...]
    text: str
    place: Place
    where: str
    fits: bool = True


def read_sheet(path: str, steps: Mapping[str, Step]) -> Sheet:
    """The answer sheet in the file at `path`, about these steps; `-` is standard input.

    Raises SoftstepError where nothing of it can be read.
    """
    sheet, source = read_text(path, _TOO_LARGE, "sheet")
    return parse_sheet(sheet, source, steps)


def parse_sheet(sheet: str, source: str, steps: Mapping[str, Step]) -> Sheet:
    """What the sheet's text says of these steps. Raises SoftstepError where it is neither YAML keys nor CSV."""
    complaints = Complaints(source, Path())
    first = next((text for _, text in datafiles.filled(enumerate(lines_in(sheet), 1))), "")
    owner, answers = (_from_csv if _begins_csv(first) else _from_yaml)(sheet, steps, complaints)
    return Sheet(source, owner, {key: answers[key] for key in steps if key in answers}, tuple(complaints.lines()))


Read = tuple[str | None, dict[str, Answers]]
"""Whose sheet it is, and the answers by key of the step."""


def _begins_csv(line: str) -> bool:
    first = [cell.strip(' "\ufeff').lower() for cell in re.split("[,;\t]", line)]
    return first[0] == HEADER[0] or first[:2] == ["", HEADER[0]]


def _from_yaml(sheet: str, steps: Mapping[str, Step], complaints: Complaints) -> Read:
    root = compose(sheet, complaints, gaps=True)
    if not isinstance(root, MappingNode):
        at, there = ((1, 1), "nothing") if root is None else (place(root), kind(root))
        must = f"steps with their answers, or CSV that begins with {','.join(HEADER)}"
        raise SoftstepError(f"{complaints.at(at)}: sheet: {there}; expected {must}; write logits: {{…}}")
    owner, answers = None, {}
    before: set[str] = set()
    for typed, key_node, node in entries(root, "sheet", complaints):
        key = typed.lower()
        if key in before:
            again = f"{quoted(typed)} for the second time"
            complaints.add(key_node, "sheet", again, "there once", "delete one of the two")
            continue
        before.add(key)
        if key == "name":
            owner = None if _is_blank(node) else text(node, key, complaints)
        elif key in steps:
            answers[key] = _answers(steps[key], node, complaints)
        else:
            _no_step(typed, place(key_node), steps, complaints)
    return owner, answers


def _from_csv(sheet: str, steps: Mapping[str, Step], complaints: Complaints) -> Read:
    """Lines of step, row, column and value; a line of `name` says whose the sheet is."""
    owner: str | None = None
    typed: dict[str, list[_Typed]] = {}
    numbered = list(enumerate(lines_in(sheet), 1))
    lines = datafiles.csv_lines(numbered, lambda cells: cells[0].lower() == HEADER[0], "sheet", complaints)
    columns = [name.lower() for name in lines.columns or ()]
    if sorted(columns[:3]) != sorted(HEADER[1:]):
        raise _no_header(next(datafiles.filled(numbered)), complaints)
    for name, at, cells in lines.rows:
        key = name.lower()
        axes = 0 if key == "name" else len(_axes(steps[key])) if key in steps else 2
        if _misses_cells(name, at, cells, columns, complaints):
            continue
        row, column, value = (_unguarded(cells[columns.index(name)]) for name in HEADER[1:])
        _check_empty(key, (row, column), axes, complaints)
        if key == "name":
            if value.text and owner not in (None, value.text):
                complaints.add(at, "name", "a second name", "one alone", "delete one of the two")
            owner = _owner(value, complaints) or owner
        elif key in steps:
            found = typed.setdefault(key, [])
            if value.text not in ("", BLANK):
                found.append(_of_cells(key, (row, column)[:axes], value))
        else:
            _no_step(name, at, steps, complaints)
    return owner, {key: _placed(steps[key], found, complaints) for key, found in typed.items()}


def _no_header(first: tuple[int, str], complaints: Complaints) -> SoftstepError:
    """What to say of a first line that names other columns."""
    line, text = first
    must = ",".join(HEADER)
    cure = "delete the first column" if text.startswith(",") else f"write {must}"
    return SoftstepError(f"{complaints.at((line, 1))}: sheet: the header {shown(text, 60)}; expected {must}; {cure}")


def _misses_cells(
    name: str, at: Place, cells: Sequence[datafiles.Cell], columns: Sequence[str], complaints: Complaints
) -> bool:
    """Whether a line has fewer cells than four or more than the header, which is complained of."""
    there = count(len(cells) + 1, "cell")
    if len(cells) < 3:
        cure = datafiles.other_delimiter(name) or f"add {3 - len(cells)}"
        complaints.add(at, shown(name), there, f"four, {','.join(HEADER)}", cure)
    elif len(cells) > len(columns):
        cure = f"delete {len(cells) - len(columns)}, or write a point for a decimal comma"
        complaints.add(at, shown(name), there, str(len(columns) + 1), cure)
    return not 3 <= len(cells) <= len(columns)


def _check_empty(key: str, named: Sequence[datafiles.Cell], axes: int, complaints: Complaints) -> None:
    """Complain of a row or a column of what has but so many of these `axes`."""
    for cell, axis in list(zip(named, ("row", "column"), strict=True))[axes:]:
        if cell.text:
            there = f"{quoted(cell.text)} for its {axis}"
            complaints.add(cell.place, key, there, "left empty, for there is one alone", "delete it")


def _of_cells(key: str, named: Sequence[datafiles.Cell], value: datafiles.Cell) -> _Typed:
    """The answer in a line, whose cells name its row and column."""
    names = tuple(cell.text for cell in named)
    number = re.sub(r"\A([+-]?\d+),(\d+)\Z", r"\1.\2", value.text)  # as many spreadsheets write it
    return _Typed(names, tuple(cell.place for cell in named), number, value.place, _where(key, names))


def _unguarded(cell: datafiles.Cell) -> datafiles.Cell:
    return cell._replace(text=of_cell(cell.text))


def _owner(cell: datafiles.Cell, complaints: Complaints) -> str | None:
    try:
        return printable(cell.text) or None
    except Unreadable as error:
        complaints.add(cell.place, "name", error.found, error.expected, error.fix)
        return None


def _no_step(key: str, at: Place, steps: Mapping[str, Step], complaints: Complaints) -> None:
    cure = did_you_mean(key, [*steps, "name"]) or "delete it"
    complaints.add(at, "sheet", f"no step {quoted(key)}", joined(["name", *steps], "or"), cure)


def _axes(step: Step) -> list[tuple[str, ...]]:
    """The names of rows and of columns, as far as the step has them."""
    return [tuple(names) for names in step.table.names.values()]


def _where(key: str, names: Sequence[str]) -> str:
    """An entry as complaints call it.

    >>> _where("logits", ["1", "0"])
    'logits.1[0]'
    """
    row, columns = (f".{shown(name)}" for name in names[:1]), (f"[{shown(name)}]" for name in names[1:])
    return "".join((key, *row, *columns)).removesuffix("[]").removesuffix(".")


def _answers(step: Step, node: Node, complaints: Complaints) -> Answers:
    """What stands under the key of a step."""
    axes = _axes(step)
    turned = len(axes) == 2 and _is_turned(node, *axes)
    typed = list(_flat(step.rule.key, node, axes[::-1] if turned else axes, complaints, turned))
    if turned:
        typed = [entry._replace(names=entry.names[::-1], places=entry.places[::-1]) for entry in typed]
    return _placed(step, typed, complaints, turned and bool(typed))


def _is_turned(node: Node, rows: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a table stands there with its rows as columns: by its names, else by its shape."""
    if not isinstance(node, MappingNode | SequenceNode) or not node.value:
        return False
    if isinstance(node, MappingNode):
        names = {key.value for key, _ in node.value if isinstance(key, ScalarNode)}
        if names.isdisjoint(rows):
            return names <= set(columns)
    values = [value for _, value in node.value] if isinstance(node, MappingNode) else node.value
    lengths = {len(value.value) if isinstance(value, SequenceNode) else None for value in values}
    return len(rows) != len(columns) == len(values) and lengths == {len(rows)}


def _flat(
    key: str,
    node: Node,
    axes: Sequence[tuple[str, ...]],
    complaints: Complaints,
    by_order: bool,
    names: tuple[str, ...] = (),
    places: tuple[Place, ...] = (),
    fits: bool = True,
) -> Iterator[_Typed]:
    """The answers below a node, with one name for each of the axes; what is blank is none.

    `by_order` takes entries whose names are not there in their order, as those of a list.
    """
    where = _where(key, names)
    if _is_blank(node) or is_alias(node):
        return
    if not axes:
        if isinstance(node, ScalarNode):
            yield _Typed(names, places, str(node.value), place(node), where, fits)
        else:
            complaints.add(node, where, kind(node), "one answer", "write it without brackets")
            yield _Typed(names, places, kind(node), place(node), where, fits=False)
        return
    here = axes[0]
    if isinstance(node, ScalarNode) or keys_alone(node):
        typed = numbers_in(str(node.value)) if isinstance(node, ScalarNode) else keys_alone(node)
        typed = typed if len(typed) > 1 else [BLANK] * len(here)
        cure = f"write [{', '.join(typed)}]" if len(here) < 12 else "write a list"
        complaints.add(node, where, kind(node), f"{len(here)} answers", cure)
        return
    if isinstance(node, MappingNode):
        named = list(entries(node, where, complaints))
        in_order = by_order and not {name for name, *_ in named} <= set(here)
    else:
        named, in_order = [("", value, value) for value in node.value], True
        if len(named) != len(here):
            blanks = f"add {len(here) - len(named)}, {BLANK} for what is not answered"
            cure = too_many(len(named), len(here)) or blanks
            complaints.add(node, where, f"a list of {len(named)}", f"a list of {len(here)}", cure)
            fits = False
    for i, (name, name_node, value) in enumerate(named):
        below = (*names, (here[i] if i < len(here) else str(i + 1)) if in_order else name)
        yield from _flat(key, value, axes[1:], complaints, by_order, below, (*places, place(name_node)), fits)


def _placed(step: Step, typed: Iterable[_Typed], complaints: Complaints, turned: bool = False) -> Answers:
    """The entries in their places in the step, each read as what the step holds."""
    shape = step.value.shape
    numbers, decimals = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    texts: dict[tuple[int, ...], str] = {}
    misfits: list[Misfit] = []
    elsewhere: set[tuple[int, ...]] = set()
    axes = [{name: i for i, name in enumerate(names)} for names in _axes(step)]
    for entry in typed:
        at = tuple(axis[name] for axis, name in zip(axes, entry.names, strict=True) if name in axis)
        if not entry.fits or len(at) < len(axes):
            elsewhere.add(at)
            row, column, *_ = (*map(shown, entry.names), None, None)
            misfits.append(Misfit(row, column, shown(entry.text)))
            if entry.fits:
                _no_place(step, entry, complaints)
        elif at in texts:
            complaints.add(entry.place, entry.where, "a second answer", "one alone", "delete one of the two")
        else:
            texts[at] = shown(entry.text)
            try:
                numbers[at], decimals[at] = _class(entry.text, step.entries) if step.entries else _number(entry.text)
            except Unreadable as error:
                complaints.add(entry.place, entry.where, error.found, error.expected, error.fix)
    missing = numbers.size - len({at for at in elsewhere | set(texts) if len(at) == len(axes)})
    return Answers(numbers, decimals, texts, missing, tuple(misfits), turned)


def _no_place(step: Step, entry: _Typed, complaints: Complaints) -> None:
    """An answer under a name that the step has not."""
    for i, (axis, names, name) in enumerate(zip(("row", "column"), _axes(step), entry.names, strict=False)):
        if name not in names:
            cure = did_you_mean(name, names) or "write one of them"
            there = f"no {axis} {quoted(name)}" if name else f"no {axis}"
            where = _where(step.rule.key, entry.names[: i + 1])
            complaints.add(entry.places[i], where, there, some(names, 12, "or"), cure)


def _number(typed: str) -> tuple[float, int]:
    """A number, its minus perhaps the page's, and how many decimals were typed.

    >>> _number("0.50"), _number("5e-3")
    ((0.5, 2), (0.005, 3))
    """
    text = typed.replace("−", "-", 1)
    number = parse_number(text)
    mantissa, _, exponent = text.lower().partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent[:6] or 0)  # no more digits of it matter
    return number, min(MOST_DECIMALS, max(0, places))


def _class(text: str, classes: Sequence[str]) -> tuple[int, int]:
    """The place of a class that is given by its name or, where no name is a number, by its number."""
    alike = [c for c, name in enumerate(classes) if name.casefold() == text.casefold()]
    if text in classes or len(alike) == 1:
        return classes.index(text) if text in classes else alike[0], 0
    first = int(classes[0]) if is_whole(classes[0]) else 0
    in_order = list(classes) == [str(first + c) for c in range(len(classes))]
    number = text.removesuffix(".0")
    if is_whole(number) and len(number) < 10 and (in_order or not any(map(is_whole, classes))):
        return int(number) - first, 0
    cure = did_you_mean(text, classes) or "write one of them"
    raise Unreadable(quoted(text), some(classes, 12, "or"), cure)


def _is_blank(node: Node) -> bool:
    return is_empty(node) or (isinstance(node, ScalarNode) and node.value in ("", BLANK))
