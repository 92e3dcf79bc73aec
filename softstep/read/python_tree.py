"""Python values as the tree that they would be in YAML, so that the same readers check both."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.read.complaints import Place
from softstep.read.tree import List, Map, Node, Text
from softstep.read.yaml_tree import DEEPEST

SOURCE = "Problem"
"""Stands in complaints in place of a file."""

_PLACE = Place(SOURCE)
_WHOLE_ARRAYS = {("i", 2), ("u", 2), ("f", 2), ("b", 2), ("i", 1), ("u", 1)}
"""The kinds of arrays, with their dimensions, that are not read entry by entry."""


class Numbers(List):
    """Finite numbers in rows, or whole numbers in one row. They become nodes only when they are read one by one."""

    def __init__(self, array: Array, depth: int) -> None:
        self.array, self.depth, self.place = array, depth, _PLACE

    @property
    def items(self) -> list[Node]:  # type: ignore[override]
        """The rows as nodes."""
        return [python_tree(row, self.depth + 1) for row in self.array.tolist()]


def python_tree(value: Any, depth: int = 0) -> Node:
    """The node that a value would be. Arrays are lists, masked entries nothing, and strings names in quotes."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and depth > 0 and abs(value) < 1e15:
        value = int(value)  # it may be a label or a key
    if isinstance(value, str):
        return Text(value, _PLACE, quoted=True)
    if value is None:
        return Text("~", _PLACE)
    if isinstance(value, bool | int | float):
        is_long = isinstance(value, int) and abs(value) > 1 << 64  # str() refuses very long ones
        return Text(str(Decimal(value) if is_long else value).lower(), _PLACE)
    if depth > DEEPEST:
        raise SoftstepError(
            f"{SOURCE}: lists or mappings nested too deep; expected at most {DEEPEST} deep; take some off"
        )
    if isinstance(value, Mapping):
        entries = [(python_tree(key, depth + 1), python_tree(entry, depth + 1)) for key, entry in value.items()]
        return Map(entries, _PLACE)
    if hasattr(value, "__array__") or isinstance(value, memoryview):
        array = _as_array(value)
        numbers = _finite_numbers(array)
        if numbers is not None:
            return Numbers(numbers, depth)
        value = array.tolist()
    if isinstance(value, Iterable) and not isinstance(value, set | frozenset):  # sets have no order
        return List([python_tree(entry, depth + 1) for entry in value], _PLACE)
    return Text(str(value), _PLACE)


def _finite_numbers(array: Any) -> Array | None:
    """A copy of a table of finite numbers as float64, or of a row of whole numbers; None for any other array."""
    if not array.size or np.ma.is_masked(array) or (array.dtype.kind, array.ndim) not in _WHOLE_ARRAYS:
        return None
    with np.errstate(all="ignore"):
        numbers = np.array(array, dtype=float if array.ndim == 2 else array.dtype, subok=False)
    return numbers if array.ndim == 1 or np.isfinite(numbers).all() else None


def _as_array(value: Any) -> Any:
    """A table or tensor of another library as an array. Raises SoftstepError if it is none."""
    try:
        return value if isinstance(value, np.ndarray) else np.asarray(value)
    except Exception as error:  # whatever that library raises
        kind = type(value).__name__
        raise SoftstepError(f"{SOURCE}: a {kind} that is no array ({error}); expected one; convert it first") from None
