"""An answer sheet, in YAML or CSV: all that can be read of it, and a complaint with a place about the rest."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import Any, NamedTuple

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.quantities import CLASS, LOSS, Quantity, key_called, usual_parameter_name
from softstep.lesson.rounding import MOST_DECIMALS
from softstep.names import HEADER, count_of, is_whole, of_cell, safe_text
from softstep.read import files, scalars
from softstep.read.answers import BLANK, Answers, Misfit, Sheet
from softstep.read.complaints import Log, text_lines
from softstep.read.csv_lines import DELIMITERS, LOOKED_AT, Line, delimiter, filled_lines
from softstep.read.suggest import did_you_mean, is_number, numbers_in, one_of
from softstep.read.tree import Cursor, Forbidden, List, Map, Node, Refused, Text, is_empty, kind, quote, values_in
from softstep.read.yaml_tree import yaml_map

_TOO_LARGE = "keep the answers alone"

OWNER = "name"
"""The key of the owner's name."""


class _Axis(NamedTuple):
    """The word row or column, the names along that axis, and other names for some of them."""

    word: str
    names: tuple[str, ...]
    other_names: Mapping[str, str]

    def name_of(self, typed: str) -> str:
        """The name that was typed, perhaps in another form: w_0, or cat, for w0 of class cat."""
        usual = usual_parameter_name(typed)
        if typed in self.names or usual not in self.names:
            return typed if typed in self.names else self.other_names.get(typed, typed)
        return usual


class _Answer(NamedTuple):
    """One answer: the names of its row and column, its text, and a cursor at it.

    `fits` is false for a list in its place, and in a list of the wrong length.
    """

    names: tuple[str, ...]
    text: str
    cursor: Cursor
    fits: bool


def read_sheet(path: str, steps: Mapping[str, Step]) -> Sheet:
    """Read the answer sheet in the file at `path`. `-` is standard input. Raises SoftstepError if it is no sheet."""
    sheet, source = files.read_text(path, _TOO_LARGE, "sheet")
    return parse_sheet(sheet, source, steps)


def parse_sheet(sheet: str, source: str, steps: Mapping[str, Step]) -> Sheet:
    """Read a sheet's text, with answers to these steps. Raises SoftstepError if it is neither YAML keys nor CSV."""
    log = Log()
    log.line_of[source] = lambda number: text_lines(sheet)[number - 1]
    lines = [*filled_lines(enumerate(text_lines(sheet), 1))]
    expected = f"steps with their answers, or CSV that begins with {','.join(HEADER)}"
    key_of = partial(_key_of, [step.rule for step in steps.values()])
    if is_csv(lines):
        root = _csv_map(lines, source, steps, key_of, log)
    else:
        root = yaml_map(sheet, source, log, "sheet", expected, "write logits: {…}")
    owner = None
    answers: dict[str, Answers] = {}
    for key, key_cursor, value in _good_entries(Cursor(root, "sheet", log), key_of):
        if key == OWNER:
            with suppress(Refused):
                owner = None if _is_blank(value.node) else scalars.read_text(value.cursor_at(value.node, key))
        elif key in steps:
            answers[key] = _answers_to(steps[key], value.cursor_at(value.node, key))
        else:
            names = [OWNER, *steps]
            fix = did_you_mean(key, names) or "write one of these"
            key_cursor.add_complaint(f"no step {quote(key)}", one_of(names), fix)
    complaints = tuple(map(str, log.in_order()))
    return Sheet(source, owner, {key: answers[key] for key in steps if key in answers}, complaints)


def _key_of(rules: Sequence[Quantity], typed: str) -> str:
    """The key that was typed for one of these rules or for the name of the owner; else what was typed."""
    return OWNER if typed.lower() == OWNER else key_called(typed, rules) or typed


def _good_entries(cursor: Cursor, key_of: Callable[[str], str] = str) -> Iterator[tuple[str, Cursor, Cursor]]:
    """Yield the entries of a mapping that can be read."""
    with suppress(Refused):
        yield from cursor.entries(key_of)


def _is_blank(node: Node) -> bool:
    return is_empty(node) or (isinstance(node, Text) and node.text in ("", BLANK))


def _path(names: Sequence[str]) -> str:
    """The path of an entry, from the names of its step, row and column.

    >>> _path(["logits", "1", "0"]), _path(["logits", "", ""])
    ('logits.1[0]', 'logits')
    """
    forms = zip(("{}", ".{}", "[{}]"), names, strict=False)
    return "".join(form.format(safe_text(name)) for form, name in forms if name)


# CSV


def is_csv(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether these filled lines begin like a sheet in CSV, perhaps with a column before its own."""
    cells = [cell.strip(' "\ufeff\xa0').lower() for cell in re.split("[,;\t]", lines[0][1])] if lines else [""]
    return cells[0] == HEADER[0] or cells[:2] == ["", HEADER[0]]


def _csv_map(
    numbered: Sequence[tuple[int, str]],
    source: str,
    steps: Mapping[str, Step],
    key_of: Callable[[str], str],
    log: Log,
) -> Map:
    """Lines of step, row, column and value as the mappings that they would be in YAML."""
    sign = delimiter([text for _, text in numbered[:LOOKED_AT]])
    top, *lines = [Line(source, number, text, sign) for number, text in numbered]
    header = [cell.strip("\ufeff\xa0").lower() for cell in top.cells]
    if header[0] != HEADER[0] or sorted(header[1:4]) != sorted(HEADER[1:]):
        fix = "take the first column away" if header[0] == "" else f"write {','.join(HEADER)}"
        log.add(top.place_of(0), "sheet", f"the header {safe_text(top.text, 60)}", ",".join(HEADER), fix)
        log.raise_error()
    root = Map([], top.place_of(0))
    axes_of: dict[str, Sequence[_Axis | None]] = {key: _axes_of(step) for key, step in steps.items()}
    nodes: dict[tuple[str, ...], Any] = {(): root}
    for line in lines:
        if not _has_right_length(line, len(header), log):
            continue
        step, row, column, value = (
            Text(of_cell(line.cells[i]), line.place_of(i), quoted=True) for i in map(header.index, HEADER)
        )
        key = key_of(step.text)
        depth = len(steps[key].rule.axes) if key in steps else 0 if key == OWNER else 2
        for cell, axis in ((row, "row"), (column, "column"))[depth:]:
            if cell.text:
                fix = "leave it empty" if value.text else "write it in the column value"
                log.add(cell.place, key, f"{quote(cell.text)} for its {axis}", "an empty cell", fix)
        if key != OWNER:  # many spreadsheets write decimal commas
            value.text = re.sub(r"\A([+-]?\d+),(\d+)\Z", r"\1.\2", value.text)
        axes = axes_of.get(key, [None] * depth)
        cells = zip(axes, (row, column), strict=False)
        names = (key, *(axis.name_of(cell.text) if axis else cell.text for axis, cell in cells))
        for i, name in enumerate((step, row, column)[: depth + 1]):
            if names[: i + 1] not in nodes:
                nodes[names[: i + 1]] = value if i == depth else Map([], name.place)
                nodes[names[:i]].entries.append((name, nodes[names[: i + 1]]))
        before = nodes[names]
        if _is_blank(before):
            before.text, before.place = value.text, value.place
        elif before is not value and not _is_blank(value):
            log.add(value.place, _path(names), "a second answer", "one alone", "keep one of the two")
    return root


def _has_right_length(line: Line, columns: int, log: Log) -> bool:
    """Whether a line has four cells, and no more than the header has. Complains if not."""
    count = len(line.cells)
    if 4 <= count <= columns:
        return True
    expected, fix = f"four, {','.join(HEADER)}", "write all four, empty ones too"
    if count > columns:
        expected, fix = str(columns), "write a point for a decimal comma, or quotes around a cell"
    elif any(sign in line.text for sign in DELIMITERS if sign != line.delimiter):
        fix = "separate the cells as in the first line"
    log.add(line.place_of(0), safe_text(line.cells[0]), count_of(count, "cell"), expected, fix)
    return False


# Answers to a step


def _answers_to(step: Step, cursor: Cursor) -> Answers:
    """Read the answers under the key of a step, and put them in their places."""
    axes = _axes_of(step)
    turned = len(axes) == 2 and _is_turned(cursor.node, *axes)
    complaints_before = len(cursor.log.complaints)
    answers = list(_answers_below(cursor, axes[::-1] if turned else axes, turned, (step.rule.key,)))
    is_blank = not answers and len(cursor.log.complaints) == complaints_before
    shape = (step.whole or step).value.shape
    numbers, decimals = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    texts: dict[tuple[int, ...], str] = {}
    misfits: list[Misfit] = []
    misfit_places: set[tuple[int, ...]] = set()
    indices = [{name: i for i, name in enumerate(axis.names)} for axis in axes]
    for answer in answers:
        names = answer.names[::-1] if turned else answer.names
        place = tuple(index[name] for index, name in zip(indices, names, strict=True) if name in index)
        if answer.fits and len(place) == len(axes):
            texts[place] = safe_text(answer.text)
            with suppress(Refused):
                at = step.position_in_whole(place)
                numbers[at], decimals[at] = _parse_answer(answer.text, answer.cursor.refuse, step)
        else:
            misfit_places.add(place)
            row, column, *_ = (*map(safe_text, names), None, None)
            misfits.append(Misfit(row, column, safe_text(answer.text)))
    missing = numbers.size - sum(len(place) == len(axes) for place in misfit_places | set(texts))
    in_lesson = {step.position_in_whole(place): text for place, text in sorted(texts.items())}
    return Answers(numbers, decimals, in_lesson, missing, tuple(misfits), turned and bool(answers), is_blank)


def _axes_of(step: Step) -> list[_Axis]:
    """The axes of a step; the parameters of a class may also be called by its name, or by both as on a page."""
    axes = []
    for word, (axis, names) in zip(("row", "column"), step.table.names.items(), strict=False):
        other_names: dict[str, str] = {}
        if axis == CLASS and step.rule.parameter:
            for name, c in zip(names, step.positions[CLASS], strict=True):
                other_names |= dict.fromkeys((step.given.names[CLASS][c], f"{name} {step.given.names[CLASS][c]}"), name)
        axes.append(_Axis(word, tuple(names), other_names))
    return axes


def _is_turned(node: Node, rows: _Axis, columns: _Axis) -> bool:
    """Whether a table has rows as columns: by its names, else by its shape."""
    keys = values_in(node).keys()
    if isinstance(node, Map) and {*map(rows.name_of, keys)}.isdisjoint(rows.names):
        return bool(node.entries) and {*map(columns.name_of, keys)} <= {*columns.names}
    values = [value for _, value in node.entries] if isinstance(node, Map) else getattr(node, "items", [])
    lengths = {len(value.items) if isinstance(value, List) else None for value in values}
    return bool(values) and len(rows.names) != len(columns.names) == len(values) and lengths == {len(rows.names)}


def _answers_below(
    cursor: Cursor, axes: Sequence[_Axis], by_order: bool, names: tuple[str, ...], fits: bool = True
) -> Iterator[_Answer]:
    """Yield the answers below a node, without blanks.

    `by_order`: entries with other names are taken in their order, like those of a list.
    """
    node = cursor.node
    if _is_blank(node) or isinstance(node, Forbidden):
        return
    if not axes:
        if not isinstance(node, Text):
            cursor.add_complaint(kind(node), "one answer", "write it without brackets")
        text, fits = (node.text, fits) if isinstance(node, Text) else (kind(node), False)
        yield _Answer(names[1:], text, cursor, fits)
        return
    axis, *axes = axes
    expected = axis.names
    numbers = numbers_in(node.text) if isinstance(node, Text) else _numbers_in_braces(node, expected)
    if isinstance(node, Text) or numbers:
        example = [*numbers, *[BLANK] * len(expected)][: min(len(expected), 12)]
        fix = f"write [{', '.join(numbers)}]" if len(numbers) > 1 else f"write a list such as [{', '.join(example)}]"
        cursor.add_complaint(kind(node), f"{len(expected)} answers", fix)
        return
    if isinstance(node, Map):
        entries = list(_good_entries(cursor, axis.name_of))
        in_order = by_order and not {name for name, *_ in entries} <= set(expected)
    else:
        entries, in_order = [("", item, item) for item in cursor.items()], True
        if len(entries) != len(expected):
            fits = False
            fix = f"write {len(expected)} answers"
            if len(entries) < len(expected):
                fix = f"write {BLANK} for what is not answered"
            elif len(entries) == 2 * len(expected):
                fix = "write points for decimal commas"
            cursor.add_complaint(f"a list of {len(entries)}", f"a list of {len(expected)}", fix)
    for i, (name, name_cursor, value) in enumerate(entries):
        if in_order:
            name = expected[i] if i < len(expected) else str(i + 1)
        path = _path((*names, name))
        answers = list(_answers_below(value.cursor_at(value.node, path), axes, by_order, (*names, name), fits))
        if answers and name not in expected and not in_order:
            found = f"no {axis.word} {quote(name)}" if name else f"no {axis.word}"
            fix = did_you_mean(name, expected) or "write one of them"
            cursor.log.add(name_cursor.place, path, found, one_of(expected), fix)
        yield from answers


def _numbers_in_braces(node: Node, names: Sequence[str]) -> list[str]:
    """The keys of a mapping if all are numbers without values, and not all are names; else none."""
    entries = node.entries if isinstance(node, Map) else []
    keys = [key.text for key, value in entries if isinstance(key, Text) and is_empty(value)]
    return keys if len(keys) == len(entries) and all(map(is_number, keys)) and not set(keys) <= set(names) else []


def _parse_answer(typed: str, refuse: scalars.Refuse, step: Step) -> tuple[float, int]:
    """A number as typed, perhaps with the page's minus, and its decimals; or the index of a class. Losses may be ∞."""
    if step.entries:
        return _parse_class(typed, refuse, step.entries), 0
    text = typed.replace("−", "-", 1)
    if step.rule.precision == LOSS and text.lower().lstrip("+.") in ("∞", "inf", "infinity"):
        return inf, 0
    number = scalars.parse_number(text, refuse)
    mantissa, _, exponent = text.lower().partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent[:6] or 0)  # six digits are enough
    return number, min(MOST_DECIMALS, max(0, places))


def _parse_class(text: str, refuse: scalars.Refuse, classes: Sequence[str]) -> int:
    """The index of a class, from its name in any case, or from its number if no name is another number."""
    if text in classes:
        return classes.index(text)
    alike = [c for c, name in enumerate(classes) if name.casefold() == text.casefold()]
    if len(alike) == 1:
        return alike[0]
    first = int(classes[0]) if is_whole(classes[0]) else 0
    are_in_order = list(classes) == [str(first + c) for c in range(len(classes))]
    number = text.removesuffix(".0")
    if is_whole(number) and len(number) < 10 and (are_in_order or not any(map(is_whole, classes))):
        return int(number) - first
    return refuse(quote(text), one_of(classes), did_you_mean(text, classes) or "write one of them")
