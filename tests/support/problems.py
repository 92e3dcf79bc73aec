"""Problems and complaints from a config's text, and how many random problems a test tries."""

from pathlib import Path

import pytest

import softstep
from softstep.read.schema import parse


def problem_in(text: str, source: str = "c.yaml", folder: Path = Path()) -> softstep.Problem:
    """The problem in a config's text."""
    return softstep.Problem.of(parse(text, source, folder))


def complaints_about(text: str, folder: Path) -> list[str]:
    """The complaints about a config, or about the files in this folder that it names."""
    try:
        parse(text, "c.yaml", folder)
    except softstep.SoftstepError as error:
        return [complaint.replace(f"{folder}/", "") for complaint in error.complaints]
    return []


def few_and_many(few: int, many: int) -> pytest.MarkDecorator:
    """Give a test its number of random `cases`: few in the fast suite, many in the slow one."""
    return pytest.mark.parametrize("cases", [few, pytest.param(many, marks=pytest.mark.slow)], ids=["few", "many"])
