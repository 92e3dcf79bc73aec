"""Python values as the tree that they would be in YAML, so that one reading checks both."""

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
"""What stands in complaints in place of a file."""

_PLACE = Place(SOURCE)
_TABLES = {("i", 2), ("u", 2), ("f", 2), ("i", 1), ("u", 1)}
"""The kinds of arrays, and their dimensions, that are not read entry by entry."""


class Numbers(List):
    """Finite numbers in rows, or whole ones in a row, which become nodes only where they are looked at one by one."""

    def __init__(self, array: Array, depth: int) -> None:
        self.array, self.depth, self.place = array, depth, _PLACE

    @property
    def items(self) -> list[Node]:  # type: ignore[override]
        """The rows, as those of a list."""
        return [python_tree(row, self.depth + 1) for row in self.array.tolist()]


def python_tree(value: Any, depth: int = 0) -> Node:
    """The node that a value would be; arrays are lists, masked entries nothing, names in quotation marks."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and depth > 0 and abs(value) < 1e15:
        value = int(value)  # as a label or a key
    if isinstance(value, str):
        return Text(value, _PLACE, quoted=True)
    if value is None or isinstance(value, bool | int | float):
        return Text("~" if value is None else _text(value).lower(), _PLACE)
    if depth > DEEPEST:
        raise SoftstepError(
            f"{SOURCE}: lists or mappings nested too deep; expected at most {DEEPEST} deep; take some off"
        )
    if isinstance(value, Mapping):
        pairs = [(python_tree(key, depth + 1), python_tree(entry, depth + 1)) for key, entry in value.items()]
        return Map(pairs, _PLACE)
    if hasattr(value, "__array__") or isinstance(value, memoryview):
        array = _array(value)
        numbers = _numbers_of(array)
        if numbers is not None:
            return Numbers(numbers, depth)
        value = array.tolist()
    if isinstance(value, Iterable) and not isinstance(value, set | frozenset):  # these have no order
        return List([python_tree(entry, depth + 1) for entry in value], _PLACE)
    return Text(str(value), _PLACE)


def _text(value: Any) -> str:
    """A number or a truth as it is typed, were it of ever so many digits."""
    return str(Decimal(value)) if isinstance(value, int) and abs(value) > 1 << 64 else str(value)


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
