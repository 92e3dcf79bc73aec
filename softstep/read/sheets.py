"""An answer sheet, in YAML or CSV: whatever can be read of it is, and every complaint has its place."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.quantities import LOSS
from softstep.lesson.rounding import MOST_DECIMALS
from softstep.names import HEADER, count_of, is_whole, of_cell, safe_text
from softstep.read.answers import BLANK, Answers, Misfit, Sheet
from softstep.read.complaints import Log, Place, text_lines
from softstep.read.csv_lines import DELIMITERS, LOOKED_AT, Line, cells_of, delimiter, filled_lines
from softstep.read.files import read_text
from softstep.read.scalars import Refuse, did_you_mean, one_of, parse_number, parse_text, text
from softstep.read.suggest import is_number, numbers_in
from softstep.read.tree import Cursor, Forbidden, List, Map, Node, Refused, Text, is_empty, kind, quote, values_in
from softstep.read.yaml_tree import yaml_tree

_TOO_LARGE = "keep the answers alone"


class _Answer(NamedTuple):
    """What is typed for one entry: the names of its row and column and where these stand, the text, and a cursor at it.

    `fits` says that it is one answer, and in a list of the right length.
    """

    names: tuple[str, ...]
    places: tuple[Place, ...]
    text: str
    cursor: Cursor
    fits: bool = True


Read = tuple[str | None, dict[str, Answers]]
"""Whose sheet it is, and the answers by key of the step."""


def read_sheet(path: str, steps: Mapping[str, Step]) -> Sheet:
    """The answer sheet in the file at `path`, about these steps; `-` is standard input.

    Raises SoftstepError where nothing of it can be read.
    """
    sheet, source = read_text(path, _TOO_LARGE, "sheet")
    return parse_sheet(sheet, source, steps)


def parse_sheet(sheet: str, source: str, steps: Mapping[str, Step]) -> Sheet:
    """What the sheet's text says of these steps. Raises SoftstepError where it is neither YAML keys nor CSV."""
    log = Log()
    log.line_of[source] = lambda number: text_lines(sheet)[number - 1]
    first = next((line for _, line in filled_lines(enumerate(text_lines(sheet), 1))), "")
    owner, answers = (_from_csv if _begins_csv(first) else _from_yaml)(sheet, source, steps, log)
    complaints = tuple(map(str, log.in_order()))
    return Sheet(source, owner, {key: answers[key] for key in steps if key in answers}, complaints)


def _begins_csv(line: str) -> bool:
    first = [cell.strip(' "\ufeff\xa0').lower() for cell in re.split("[,;\t]", line)]
    return first[0] == HEADER[0] or first[:2] == ["", HEADER[0]]


def _from_yaml(sheet: str, source: str, steps: Mapping[str, Step], log: Log) -> Read:
    root = yaml_tree(sheet, source, log)
    if not isinstance(root, Map):
        place, found = (root.place, kind(root)) if root else (Place(source, 1, 1), "nothing")
        expected = f"steps with their answers, or CSV that begins with {','.join(HEADER)}"
        log.add(place, "sheet", found, expected, "write logits: {…}")
        log.refuse()
    assert root is not None
    owner, answers = None, {}
    before: set[str] = set()
    cursor = Cursor(root, "sheet", log)
    for typed, at_key, value in _entries(cursor):
        key = typed.lower()
        if key in before:
            at_key.complain(f"duplicate key {quote(typed)}", "each step once", "rename one of the two")
            continue
        before.add(key)
        if key == "name":
            with suppress(Refused):
                owner = None if _is_blank(value) else text(value.at(value.node, key))
        elif key in steps:
            answers[key] = _answers(steps[key], value)
        else:
            _complain_of_step(log, typed, at_key.place, steps)
    return owner, answers


def _entries(cursor: Cursor) -> Iterator[tuple[str, Cursor, Cursor]]:
    """The entries of a mapping that can be read; of the others there are complaints."""
    with suppress(Refused):
        yield from cursor.entries()


def _from_csv(sheet: str, source: str, steps: Mapping[str, Step], log: Log) -> Read:
    """Lines of step, row, column and value; a line of `name` says whose the sheet is."""
    numbered = list(filled_lines(enumerate(text_lines(sheet), 1)))
    sign = delimiter([text for _, text in numbered[:LOOKED_AT]])
    (first, top), *lines = numbered
    header = [cell.strip("\ufeff\xa0").lower() for cell in cells_of(top, sign)]
    if header[0] != HEADER[0] or sorted(header[1:4]) != sorted(HEADER[1:]):
        fix = "take the first column away" if header[0] == "" else f"write {','.join(HEADER)}"
        log.add(Place(source, first, 1), "sheet", f"the header {safe_text(top, 60)}", ",".join(HEADER), fix)
        log.refuse()
    if again := [name for name in HEADER if header.count(name) > 1]:
        log.add(Place(source, first, 1), "sheet", f"a second column {again[0]}", "one alone", "rename one of the two")
    owner: str | None = None
    typed: dict[str, list[_Answer]] = {}
    at = [header.index(name) for name in HEADER]
    for number, written in lines:
        line = Line(source, number, written, cells_of(written, sign), sign)
        key = line.cells[0].lower()
        if _misses_cells(line, len(header), source, log):
            continue
        _, row, column, value = (of_cell(line.cells[i]) for i in at)
        places = [Place(source, number, line.column_of(i)) for i in at]
        axes = 0 if key == "name" else len(steps[key].rule.axes) if key in steps else 2
        for cell, axis, place in [(row, "row", places[1]), (column, "column", places[2])][axes:]:
            if cell:
                fix = "leave it empty" if value else "write it in the column value"
                log.add(place, key, f"{quote(cell)} for its {axis}", "an empty cell", fix)
        if key == "name":
            owner = _owner(owner, value, places, log) or owner
        elif key not in steps:
            _complain_of_step(log, line.cells[0], places[0], steps)
        elif value in ("", BLANK):
            typed.setdefault(key, [])
        else:
            names = (row, column)[:axes]
            as_number = re.sub(r"\A([+-]?\d+),(\d+)\Z", r"\1.\2", value)  # as many spreadsheets write it
            cursor = Cursor(Text(as_number, places[3]), _path(key, names), log)
            typed.setdefault(key, []).append(_Answer(names, tuple(places[1:][:axes]), as_number, cursor))
    return owner, {key: _in_places(steps[key], found, log) for key, found in typed.items()}


def _misses_cells(line: Line, columns: int, source: str, log: Log) -> bool:
    """Whether a line has fewer cells than four or more than the header, which is complained of."""
    there = len(line.cells)
    found, path = count_of(there, "cell"), safe_text(line.cells[0])
    place = Place(source, line.number, line.column_of(0))
    if there < 4:
        is_split = any(sign in line.text for sign in DELIMITERS if sign != line.delimiter)
        fix = "separate the cells as in the first line" if is_split else "write all four, empty ones too"
        log.add(place, path, found, f"four, {','.join(HEADER)}", fix)
    elif there > columns:
        log.add(place, path, found, str(columns), "write a point for a decimal comma, or quotes around a cell")
    return not 4 <= there <= columns


def _owner(before: str | None, value: str, places: Sequence[Place], log: Log) -> str | None:
    """Whose sheet it is; a complaint where it says two names."""
    if value and before not in (None, value):
        log.add(places[0], "name", "a second name", "one alone", "keep one of the two")
    with suppress(Refused):
        return parse_text(value, Cursor(Text(value, places[3]), "name", log).refuse) or None
    return None


def _complain_of_step(log: Log, key: str, place: Place, steps: Mapping[str, Step]) -> None:
    there = ["name", *steps]
    log.add(place, "sheet", f"no step {quote(key)}", one_of(there), did_you_mean(key, there) or "write one of these")


def _axes(step: Step) -> list[tuple[str, ...]]:
    """The names of rows and of columns, as far as the step has them."""
    return [tuple(names) for names in step.table.names.values()]


def _path(key: str, names: Sequence[str]) -> str:
    """An entry as complaints call it.

    >>> _path("logits", ["1", "0"])
    'logits.1[0]'
    """
    row, columns = (f".{safe_text(name)}" for name in names[:1]), (f"[{safe_text(name)}]" for name in names[1:])
    return "".join((key, *row, *columns)).removesuffix("[]").removesuffix(".")


def _answers(step: Step, cursor: Cursor) -> Answers:
    """What stands under the key of a step."""
    axes = _axes(step)
    turned = len(axes) == 2 and _is_turned(cursor, *axes)
    typed = list(_flat(step.rule.key, cursor, axes[::-1] if turned else axes, turned))
    if turned:
        typed = [answer._replace(names=answer.names[::-1], places=answer.places[::-1]) for answer in typed]
    return _in_places(step, typed, cursor.log, turned and bool(typed))


def _is_turned(cursor: Cursor, rows: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a table stands there with its rows as columns: by its names, else by its shape."""
    node = cursor.node
    if isinstance(node, Map):
        names = values_in(node).keys()
        if names.isdisjoint(rows):
            return bool(names) and names <= set(columns)
    values = [value for _, value in node.entries] if isinstance(node, Map) else getattr(node, "items", [])
    lengths = {len(value.items) if isinstance(value, List) else None for value in values}
    return bool(values) and len(rows) != len(columns) == len(values) and lengths == {len(rows)}


def _flat(
    key: str,
    cursor: Cursor,
    axes: Sequence[tuple[str, ...]],
    by_order: bool,
    names: tuple[str, ...] = (),
    places: tuple[Place, ...] = (),
    fits: bool = True,
) -> Iterator[_Answer]:
    """The answers below a node, with one name for each of the axes; what is blank is none.

    `by_order` takes entries whose names are not there in their order, as those of a list.
    """
    node = cursor.node
    at = cursor.at(node, _path(key, names))
    if _is_blank(cursor) or isinstance(node, Forbidden):
        return
    if not axes:
        if isinstance(node, Text):
            yield _Answer(names, places, node.text, at, fits)
        else:
            at.complain(kind(node), "one answer", "write it without brackets")
            yield _Answer(names, places, kind(node), at, fits=False)
        return
    here = axes[0]
    typed = numbers_in(node.text) if isinstance(node, Text) else _list_in_braces(node, here)
    if isinstance(node, Text) or typed:
        fix = f"write [{', '.join(typed)}]"
        if len(typed) < 2:
            fix = f"write a list such as [{', '.join([*typed, *[BLANK] * len(here)][: min(len(here), 12)])}]"
        at.complain(kind(node), f"{len(here)} answers", fix)
        return
    if isinstance(node, Map):
        named = list(_entries(at))
        in_order = by_order and not {name for name, *_ in named} <= set(here)
    else:
        named, in_order = [("", at.at(item), at.at(item)) for item in node.items], True
        if len(named) != len(here):
            fix = f"write {BLANK} for what is not answered" if len(named) < len(here) else f"write {len(here)} answers"
            if len(named) == 2 * len(here):
                fix = "write points for decimal commas"
            at.complain(f"a list of {len(named)}", f"a list of {len(here)}", fix)
            fits = False
    for i, (name, name_at, value) in enumerate(named):
        below = (*names, (here[i] if i < len(here) else str(i + 1)) if in_order else name)
        yield from _flat(key, value, axes[1:], by_order, below, (*places, name_at.place), fits)


def _list_in_braces(node: Node, names: Sequence[str]) -> list[str]:
    """The keys of a mapping where all are numbers without values, and not names; else none."""
    entries = node.entries if isinstance(node, Map) else []
    keys = [key.text if isinstance(key, Text) else "" for key, value in entries if is_empty(value)]
    return keys if len(keys) == len(entries) and all(map(is_number, keys)) and not set(keys) <= set(names) else []


def _in_places(step: Step, typed: Iterable[_Answer], log: Log, turned: bool = False) -> Answers:
    """The answers in their places in the step, each read as what the step holds."""
    shape = step.value.shape
    numbers, decimals = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    texts: dict[tuple[int, ...], str] = {}
    misfits: list[Misfit] = []
    elsewhere: set[tuple[int, ...]] = set()
    axes = [{name: i for i, name in enumerate(names)} for names in _axes(step)]
    may_be_infinite = step.rule.precision == LOSS
    for answer in typed:
        at = tuple(axis[name] for axis, name in zip(axes, answer.names, strict=True) if name in axis)
        if not answer.fits or len(at) < len(axes):
            elsewhere.add(at)
            row, column, *_ = (*map(safe_text, answer.names), None, None)
            misfits.append(Misfit(row, column, safe_text(answer.text)))
            if answer.fits:
                _complain_of_place(step, answer, log)
        elif at in texts:
            answer.cursor.complain("a second answer", "one alone", "keep one of the two")
        else:
            texts[at] = safe_text(answer.text)
            with suppress(Refused):
                refuse = answer.cursor.refuse
                numbers[at], decimals[at] = (
                    _class(answer.text, refuse, step.entries)
                    if step.entries
                    else _number(answer.text, refuse, may_be_infinite)
                )
    missing = numbers.size - len({at for at in elsewhere | set(texts) if len(at) == len(axes)})
    return Answers(numbers, decimals, texts, missing, tuple(misfits), turned)


def _complain_of_place(step: Step, answer: _Answer, log: Log) -> None:
    """An answer under a name that the step has not."""
    for i, (axis, names, name) in enumerate(zip(("row", "column"), _axes(step), answer.names, strict=False)):
        if name not in names:
            found = f"no {axis} {quote(name)}" if name else f"no {axis}"
            path = _path(step.rule.key, answer.names[: i + 1])
            log.add(answer.places[i], path, found, one_of(names), did_you_mean(name, names) or "write one of them")


def _number(typed: str, refuse: Refuse, may_be_infinite: bool) -> tuple[float, int]:
    """A number, its minus perhaps the page's, and how many decimals were typed; a loss may be infinite."""
    text = typed.replace("−", "-", 1)
    if may_be_infinite and text.lower().lstrip("+.") in ("∞", "inf", "infinity"):
        return inf, 0
    number = parse_number(text, refuse)
    mantissa, _, exponent = text.lower().partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent[:6] or 0)  # no more digits of it matter
    return number, min(MOST_DECIMALS, max(0, places))


def _class(text: str, refuse: Refuse, classes: Sequence[str]) -> tuple[int, int]:
    """The place of a class that is given by its name or, where no name is a number, by its number."""
    alike = [c for c, name in enumerate(classes) if name.casefold() == text.casefold()]
    if text in classes or len(alike) == 1:
        return classes.index(text) if text in classes else alike[0], 0
    first = int(classes[0]) if is_whole(classes[0]) else 0
    in_order = list(classes) == [str(first + c) for c in range(len(classes))]
    number = text.removesuffix(".0")
    if is_whole(number) and len(number) < 10 and (in_order or not any(map(is_whole, classes))):
        return int(number) - first, 0
    return refuse(quote(text), one_of(classes), did_you_mean(text, classes) or "write one of them")


def _is_blank(cursor: Cursor) -> bool:
    return is_empty(cursor.node) or (isinstance(cursor.node, Text) and cursor.node.text in ("", BLANK))
