"""The JSON Schema of a config, made from the table of its keys, for editors and other programs."""

import json
from typing import Any

from softstep.lesson.quantities import GIVEN
from softstep.read.schema import SCHEMA
from softstep.read.shapes import mapping_with, with_other_names

TITLE = "softstep config"


def json_schema() -> dict[str, Any]:
    """The schema as plain data: draft 07, which editors know."""
    properties = {
        name: {"description": key.description, **key.shape, "examples": [key.example]} for name, key in SCHEMA.items()
    }
    config = with_other_names(mapping_with(properties), GIVEN.values())
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": TITLE, **config}


def json_schema_text() -> str:
    """The schema as JSON, in many lines."""
    return f"{json.dumps(json_schema(), indent=2)}\n"
