"""The tables of a config: their numbers, the names along their axes, and where their rows and columns are."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan, nan
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, FEATURE, Axis, Quantity, parameter_name, usual_parameter_name
from softstep.names import safe_text
from softstep.read.complaints import Place
from softstep.read.large_csv import Column, Places, column_of_texts
from softstep.read.setting import DataFile
from softstep.read.tree import Cursor, Refused


class Row(NamedTuple):
    """A row of a table: its name (empty if refused), its numbers (nan if refused), and its label if it has one."""

    name: str
    numbers: list[float]
    label: str = ""


class InputTable(NamedTuple):
    """A table as a config gives it. The order of its axes is that of its rows and columns.

    `row_lengths` counts the numbers of each row; it is 0 if one was refused. `values` has numbers only if all rows are
    equally long, or as long as the header. `is_flat`: they are one list where rows were expected, read as one row.
    `lacks_rows`: there may be other rows. `pair`: the first two numbers, such as 0,5, if the commas of all rows may be
    decimal ones; `odd_pair`: the first two without a blank between them, if other commas have one. `labels` is a column
    of the same file. `heading` is the word above the row names.
    """

    cursor: Cursor
    quantity: Quantity
    values: Array
    row_lengths: Array
    names: Mapping[Axis, Sequence[str] | None]
    places: Mapping[Axis, Places]
    is_flat: bool = False
    lacks_rows: bool = False
    pair: str = ""
    odd_pair: str = ""
    file: DataFile | None = None
    labels: Column | None = None
    heading: str = ""

    @property
    def is_even(self) -> bool:
        """Whether all rows have as many numbers as they must."""
        return self.values.size > 0

    @property
    def array(self) -> Array:
        """The numbers; those of weights with a row for each class."""
        return self.values.T if self.rows_axis == FEATURE else self.values

    @property
    def rows_axis(self) -> Axis:
        """The axis of the rows."""
        return next(iter(self.names))

    @property
    def row_names(self) -> Sequence[str] | None:
        """The names of the rows, if they have names."""
        return self.names[self.rows_axis]

    @property
    def class_names(self) -> list[str]:
        """The right names for the classes of weights or biases: w0, w1, … or b0, b1, …"""
        names = self.names.get(CLASS) or ()
        return [parameter_name(self.quantity.parameter, c) for c in range(len(names))]

    @property
    def is_misnamed(self) -> bool:
        """Whether it has weights or biases with other names than these, in any order."""
        names = self.names.get(CLASS)
        return bool(self.quantity.parameter) and names is not None and set(names) != set(self.class_names)

    @property
    def lengths(self) -> dict[Axis, int]:
        """The length of each axis, unless refused rows or wrong names make it uncertain."""
        lengths = dict(zip(self.names, self.values.shape if self.is_even else self.row_lengths.shape, strict=False))
        if self.lacks_rows:
            del lengths[self.rows_axis]
        if self.is_misnamed:
            lengths.pop(CLASS, None)
        return lengths

    def path_of(self, i: int) -> str:
        """The path of row i in complaints."""
        name = self.row_names[i] if self.row_names is not None else ""
        return f"{self.cursor.path}.{safe_text(name or default_name(self.quantity, i))}"


def default_name(quantity: Quantity, i: int) -> str:
    """The name of row i if nobody named it."""
    axis = quantity.axes[0]
    if axis == CLASS and quantity.parameter:
        return parameter_name(quantity.parameter, i)
    return axis.default.format(axis.first + i)


def make_table(
    cursor: Cursor,
    quantity: Quantity,
    numbers: Array,
    row_lengths: Array,
    row_names: Sequence[str] | None,
    header: Sequence[str] | None,
    places: Sequence[Places],
) -> InputTable:
    """Make a table of numbers that follow row after row; `places` are those of rows and of columns."""
    width = 1
    if len(quantity.axes) == 2:
        width = len(header) if header is not None else max(row_lengths[:1], default=0)
    is_even = width > 0 and (row_lengths == width).all()
    shape = (len(row_lengths), width)[: len(quantity.axes)]
    values = numbers.reshape(shape) if is_even else np.zeros((len(row_lengths), 0))
    names = dict(zip(quantity.axes, (row_names, header), strict=False))
    return InputTable(cursor, quantity, values, row_lengths, names, dict(zip(names, places, strict=False)))


def rows_table(
    cursor: Cursor,
    quantity: Quantity,
    rows: Iterable[Row],
    places: Sequence[Places],
    is_named: bool = True,
    header: Sequence[str] | None = None,
    label_places: Places | None = None,
) -> InputTable:
    """Collect the rows, and their labels if these have places."""
    names: list[str] = []
    labels: list[str] = []
    numbers, lengths = array("d"), array("q")
    for row in rows:
        names.append(row.name)
        labels.append(row.label)
        numbers.extend(row.numbers)
        lengths.append(0 if any(map(isnan, row.numbers)) else len(row.numbers))
    row_names = tuple(names) if is_named else None
    table = make_table(cursor, quantity, np.array(numbers), np.array(lengths), row_names, header, places)
    column = column_of_texts(labels, label_places) if label_places else None
    return table._replace(lacks_rows=is_named and "" in names, labels=column)


def array_table(cursor: Cursor, quantity: Quantity, values: Array) -> InputTable:
    """A table of numbers without names."""

    def places(rows: Sequence[int] | Array) -> list[Place]:
        return [cursor.place] * len(rows)

    row_lengths = np.full(len(values), values[0].size)
    return make_table(cursor, quantity, values, row_lengths, None, None, (places, places))


def name_classes_as_usual(table: InputTable) -> InputTable:
    """Call the classes of weights or biases w0 for w_0 or W0. Names that would be there twice stay as they are."""
    names = table.names.get(CLASS)
    if names is None or not table.quantity.parameter:
        return table
    usual = [*map(usual_parameter_name, names)]
    counts = Counter(usual)
    names = tuple(new if counts[new] == 1 else old for new, old in zip(usual, names, strict=True))
    return table._replace(names={**table.names, CLASS: names})


def order_classes(table: InputTable, classes: Sequence[str] | None) -> InputTable:
    """Put weights or biases in the order of the classes, by the names of their rows: w0, w1, … or the `classes`."""
    if {*(table.names.get(CLASS) or ())} != {*(classes or ())}:
        table = name_classes_as_usual(table)
    names, right = table.names.get(CLASS), table.class_names
    if names and classes and {*names} == {*classes}:
        parameter_names = dict(zip(classes, right, strict=True))
        names = tuple(parameter_names[name] for name in names)
        table = table._replace(names={**table.names, CLASS: names})
    if names is None or not table.quantity.parameter or table.is_misnamed or not table.is_even:
        return table
    index = {name: i for i, name in enumerate(names)}
    values = table.values.take([index[name] for name in right], axis=[*table.names].index(CLASS))
    return table._replace(values=values, names={**table.names, CLASS: right})


# Numbers of a row

_NUMBER = r"[+-]?(?:(?:0|[1-9]\d{0,20})(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?"
_PLAIN_NUMBERS = re.compile(rf"(?:{_NUMBER}\n)*", re.ASCII)
"""Lines with one number each, which are neither too large nor too small for a float64."""


def plain_numbers(texts: Sequence[str]) -> list[float] | None:
    """The numbers in these texts; None if one of them needs a closer look."""
    lines = "\n".join((*texts, ""))
    one_each = lines.count("\n") == len(texts)
    return list(map(float, texts)) if one_each and _PLAIN_NUMBERS.fullmatch(lines) else None


def number_or_nan(read: Callable[[Cursor], float], cursor: Cursor) -> float:
    """Read a number; nan if it is refused."""
    try:
        return read(cursor)
    except Refused:
        return nan
