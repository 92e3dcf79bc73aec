"""Whether the config and a sheet were named in the wrong order, as far as the keys of both files tell."""

import shlex
from collections.abc import Sequence

from softstep.errors import SoftstepError
from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.quantities import GIVEN, key_called
from softstep.read import read
from softstep.read.complaints import Log, text_lines
from softstep.read.csv_lines import filled_lines
from softstep.read.files import read_text
from softstep.read.schema import SCHEMA
from softstep.read.sheets import OWNER, is_csv
from softstep.read.tree import values_in
from softstep.read.yaml_tree import yaml_tree


def right_order(config: str, sheets: Sequence[str], is_config_good: bool) -> str | None:
    """The command with the files in the right order, if `config` reads like a sheet and a sheet like a config.

    None if they are in the right order. Where `config` is a good config, the sheet must be one, too. Standard input
    cannot be read twice and is left out.
    """
    first = _keys_of_config_alone(config)
    if first is None or first > 0:
        return None
    for sheet in sheets:
        count = _keys_of_config_alone(sheet)
        if count is not None and count >= 0 and count > first and (not is_config_good or _is_config(sheet)):
            files = [sheet, config, *(other for other in sheets if other != sheet)]
            return " ".join(["softstep check", *map(shlex.quote, files)])
    return None


def _keys_of_config_alone(file: str) -> int | None:
    """How many top-level keys only a config has, minus those that only a sheet has. None if there are no keys."""
    if file == "-":
        return None
    try:
        text, source = read_text(file, "")
        if is_csv([*filled_lines(enumerate(text_lines(text), 1))]):
            return -1
        keys = values_in(yaml_tree(text, source, Log()))
    except SoftstepError:
        return None
    return sum(_is_of_config(key) - _is_of_sheet(key) for key in keys) if keys else None


def _is_config(file: str) -> bool:
    """Whether a file can be read as a config."""
    try:
        return bool(read(file))
    except SoftstepError:
        return False


def _is_of_config(key: str) -> bool:
    return key in SCHEMA or key_called(key, GIVEN.values()) is not None


def _is_of_sheet(key: str) -> bool:
    return key.lower() == OWNER or key_called(key, ALL_RULES.values()) is not None
