"""Python values as the nodes that they would be in YAML, so that one reading checks both."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from yaml import Mark

from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.read.marked import DEEPEST, Complaints, MappingNode, Node, Place, ScalarNode, SequenceNode

SOURCE = "Problem"
"""What stands in complaints in place of a file."""


_TABLES = {("i", 2), ("u", 2), ("f", 2), ("i", 1), ("u", 1)}
"""The kinds of arrays, and their dimensions, that are not read entry by entry."""


class PlacelessComplaints(Complaints):
    """Complaints about values that stand in no file, and so have no place."""

    def __init__(self) -> None:
        super().__init__(SOURCE, Path())

    def at(self, place: Place) -> str:
        """What was being made: a value has no line."""
        return self.source


class ArrayNode(SequenceNode):
    """Finite numbers in rows, or whole ones in a row, which become nodes only where they are looked at one by one."""

    def __init__(self, array: Array, mark: Mark, nodes: Callable[[], list[Node]]) -> None:
        self.array = array
        self.start_mark = self.end_mark = mark
        self._nodes = nodes

    @cached_property
    def value(self) -> list[Node]:
        """The rows, as those of a list."""
        return self._nodes()


def _text(value: Any) -> str:
    """A number or a truth as it is typed, were it of ever so many digits."""
    return str(Decimal(value)) if isinstance(value, int) and abs(value) > 1 << 64 else str(value)


class Nodes:
    """Makes nodes, whose places are only the order in which they were made."""

    def __init__(self) -> None:
        self._order = count()

    def of(self, value: Any, depth: int = 0) -> Node:
        """The node that a value would be; arrays are lists, masked entries nothing, names in quotation marks."""
        mark = self._mark()
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and value.is_integer() and depth > 0 and abs(value) < 1e15:
            value = int(value)  # as a label or a key
        if isinstance(value, str):
            return ScalarNode("", value, mark, mark, style='"')
        if value is None or isinstance(value, bool | int | float):
            return ScalarNode("", "~" if value is None else _text(value).lower(), mark, mark)
        if depth > DEEPEST:
            must = f"at most {DEEPEST} deep; take some brackets off"
            raise SoftstepError(f"{SOURCE}: lists or mappings nested too deep; expected {must}")
        if isinstance(value, Mapping):
            pairs = [(self.of(key, depth + 1), self.of(entry, depth + 1)) for key, entry in value.items()]
            return MappingNode("", pairs, mark, mark)
        if hasattr(value, "__array__") or isinstance(value, memoryview):
            array = _array(value)
            numbers = _numbers_of(array)
            if numbers is not None:
                return ArrayNode(numbers, mark, lambda: [self.of(row, depth + 1) for row in array.tolist()])
            value = array.tolist()
        if isinstance(value, Iterable) and not isinstance(value, set | frozenset):  # these have no order
            return SequenceNode("", [self.of(entry, depth + 1) for entry in value], mark, mark)
        return ScalarNode("", str(value), mark, mark)

    def _mark(self) -> Mark:
        order = next(self._order)
        return Mark("", order, 0, order, None, 0)


def _numbers_of(array: Any) -> Array | None:
    """A copy of a table of finite numbers, as float64, or of a row of whole ones; None of any other array."""
    if not array.size or np.ma.is_masked(array) or (array.dtype.kind, array.ndim) not in _TABLES:
        return None
    with np.errstate(all="ignore"):
        numbers = np.array(array, dtype=float if array.ndim == 2 else array.dtype, subok=False)
    return numbers if array.ndim == 1 or np.isfinite(numbers).all() else None


def _array(value: Any) -> Any:
    """What another library's table or tensor is to NumPy. Raises SoftstepError where it is nothing."""
    try:
        return value if isinstance(value, np.ndarray) else np.asarray(value)
    except Exception as error:  # whatever that library raises
        kind = type(value).__name__
        raise SoftstepError(f"{SOURCE}: a {kind} that is no array ({error}); expected one; convert it first") from None
