"""What may stand under a key of a config, as JSON Schema: the shapes of values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from softstep.lesson.quantities import Quantity

Shape = Mapping[str, Any]
"""A JSON Schema of a value, in words that draft 07 and later drafts share."""


def any_of(*shapes: Shape) -> Shape:
    """A value of one of these shapes."""
    return {"anyOf": [*shapes]}


def list_of(item: Shape) -> Shape:
    """A list with at least one value."""
    return {"type": "array", "items": item, "minItems": 1}


def mapping_to(value: Shape) -> Shape:
    """A mapping from names to such values, with at least one."""
    return {"type": "object", "additionalProperties": value, "minProperties": 1}


def mapping_with(values: Mapping[str, Shape], required: Sequence[str] = ()) -> Shape:
    """A mapping that may have these keys and no others."""
    return {"type": "object", "properties": values, "additionalProperties": False, "required": [*required]}


def with_other_names(mapping: Shape, quantities: Iterable[Quantity]) -> Shape:
    """The mapping, in which the keys of quantities may also be their symbols and other names, in any case."""
    patterns = {}
    for quantity in quantities:
        names = (quantity.key, quantity.symbol, *quantity.also_called)
        patterns[f"^({'|'.join(map(_in_any_case, names))})$"] = mapping["properties"][quantity.key]
    return {**mapping, "patternProperties": patterns}


def _in_any_case(name: str) -> str:
    """A pattern for a name in any case.

    >>> _in_any_case("w_h")
    '[wW]_[hH]'
    """
    return "".join(f"[{c.lower()}{c.upper()}]" if c.lower() != c.upper() else c for c in name)


def with_rows(values: Shape) -> Shape:
    """Values beside the word that says what their rows are."""
    return mapping_with({"rows": {"enum": ["features", "classes"]}, "values": values}, ["rows", "values"])


NUMBER = {"type": "number"}
TEXT = {"type": ["string", "number", "boolean"]}  # editors take text such as 2 or true for something else
NAME = TEXT
NAMES = list_of(NAME)
BOOLEAN = any_of({"type": "boolean"}, {"type": "string", "pattern": "^([yY][eE][sS]|[nN][oO]|[oO][nN]|[oO][fF]{2})$"})

ROW = list_of(NUMBER)
LINES = {"type": "string", "pattern": "\n"}
"""Lines of CSV below a `|`."""

FILE = mapping_with({"file": TEXT, "key": NAME}, ["file"])
VECTOR = any_of(ROW, list_of(ROW), mapping_to(NUMBER), FILE, LINES)
MATRIX = any_of(ROW, list_of(ROW), mapping_to(ROW), FILE, LINES)


_LABEL = {"type": [*NAME["type"], "null"]}
_NO_FILE_NAME = {**_LABEL, "pattern": r"^(?!.*\.(csv|tsv|npy|npz)$)"}  # the class of a node that is called file
_ONE_HOT = {"type": "array", "items": {"enum": [0, 1]}, "minItems": 2}
LABELS = any_of(
    NAME,  # of one node, or lines of CSV
    list_of(any_of(_LABEL, _ONE_HOT)),
    list_of({"type": "array", "items": _LABEL, "minItems": 1}),  # a column
    {**mapping_to(any_of(_LABEL, _ONE_HOT)), "properties": {"file": _NO_FILE_NAME}},
    mapping_to({"type": "array", "items": NAME}),
    mapping_with({"file": TEXT, "column": NAME, "key": NAME}, ["file"]),
)
"""Labels in every form."""
