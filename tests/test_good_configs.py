"""Good configs, however oddly they are typed or saved: `good_configs/` has a folder for each problem.

Every file in it says what its `plain.yaml` says, to the last bit; what that is, an outsider has read and computed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

import softstep

CORPUS = Path(__file__).with_name("good_configs")
PATHS = sorted(CORPUS.glob("*/*.yaml"))


def said(path: Path) -> dict[str, Any]:
    """The record of a run, but for the file's name."""
    record: dict[str, Any] = json.loads(softstep.load(path).run().text("json"))
    return record | {"config": None}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}: {path.stem}")
def test_every_way_to_type_a_problem_means_the_same(path: Path) -> None:
    assert said(path) == said(path.with_name("plain.yaml"))


def test_the_folders_are_of_different_problems() -> None:
    plain = [json.dumps(said(path)) for path in PATHS if path.stem == "plain"]
    assert len(set(plain)) == len(plain) == len([*CORPUS.iterdir()]) - 1
    assert len({path.read_bytes() for path in PATHS}) == len(PATHS)
