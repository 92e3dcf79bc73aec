"""A validator of the part of JSON Schema that softstep's schema uses, and YAML as editors read it.

It shares nothing with softstep. A word of JSON Schema that it does not know is an error, so that nothing passes unseen.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

Check = Callable[[Any, Any, Mapping[str, Any]], bool]

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: TYPES["number"](value) and value == value // 1,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def _has_type(wanted: str | list[str], value: Any, _: object) -> bool:
    return any(TYPES[name](value) for name in ([wanted] if isinstance(wanted, str) else wanted))


WORDS: Mapping[str, Check] = {
    "type": _has_type,
    "enum": lambda words, value, _: any(
        value == word and isinstance(value, bool) == isinstance(word, bool) for word in words
    ),
    "pattern": lambda pattern, value, _: not isinstance(value, str) or bool(re.search(pattern, value)),
    "minimum": lambda least, value, _: not TYPES["number"](value) or value >= least,
    "exclusiveMinimum": lambda least, value, _: not TYPES["number"](value) or value > least,
    "maximum": lambda most, value, _: not TYPES["number"](value) or value <= most,
    "items": lambda item, value, _: not isinstance(value, list) or all(is_valid(each, item) for each in value),
    "minItems": lambda least, value, _: not isinstance(value, list) or len(value) >= least,
    "minProperties": lambda least, value, _: not isinstance(value, dict) or len(value) >= least,
    "required": lambda keys, value, _: not isinstance(value, dict) or value.keys() >= {*keys},
    "properties": lambda properties, value, _: (
        not isinstance(value, dict)
        or all(is_valid(each, properties[key]) for key, each in value.items() if key in properties)
    ),
    "additionalProperties": lambda other, value, schema: (
        not isinstance(value, dict)
        or all(
            other is not False and is_valid(each, other)
            for key, each in value.items()
            if key not in schema.get("properties", {})
            and not any(re.search(pattern, key) for pattern in schema.get("patternProperties", {}))
        )
    ),
    "patternProperties": lambda patterns, value, _: (
        not isinstance(value, dict)
        or all(
            is_valid(each, shape)
            for key, each in value.items()
            for pattern, shape in patterns.items()
            if re.search(pattern, key)
        )
    ),
    "anyOf": lambda schemas, value, _: any(is_valid(value, each) for each in schemas),
    **dict.fromkeys(("$schema", "title", "description", "examples"), lambda *_: True),
}
"""For each word of a schema, whether a value is as it says; a word about one type accepts all others."""


def is_valid(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value is as a schema says. Raises KeyError for a word that is not in `WORDS`."""
    return all(WORDS[word](argument, value, schema) for word, argument in schema.items())


SCALARS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    (r"null|Null|NULL|~|", lambda text: None),
    (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    (r"0o[0-7]+|0x[0-9a-fA-F]+", lambda text: int(text, 0)),
    (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    (r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", lambda text: float(text.replace(".", ""))),
)
"""What a plain scalar means in YAML 1.2 (its core schema); PyYAML knows 1.1, where `no` is false and 1e-3 is text."""


def yaml_of_editor(text: str) -> Any:
    """The data in a text of YAML 1.2. Raises yaml.YAMLError for any other text."""
    return _data_of(yaml.compose(text, Loader=yaml.CBaseLoader))


def _data_of(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _data_of(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [*map(_data_of, node.value)]
    if node is None or node.style:  # nothing at all, or in quotes or a block
        return None if node is None else node.value
    return next((make(node.value) for form, make in SCALARS if re.fullmatch(form, node.value)), node.value)
