"""Good configs, however oddly they are typed or saved. The cases are in `corpora/good_configs`, see `support/cases.py`.

The name of a case is its problem and how it is typed. Each must mean the same as the plain config of that problem, to
the last bit.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.cases import SAVED, Case, cases_in
from support.layout import turn_record

import softstep

CASES: Mapping[str, Case] = {
    name.removeprefix("other_problems: "): case for name, case in cases_in("good_configs").items()
}
PLAIN = {name.partition(": ")[0]: case for name, case in CASES.items() if name.endswith(": plain")}
"""The plain config of each problem."""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def run_record(case: Case, data: bytes | None = None) -> dict[str, Any]:
    """The JSON record of a run, without the name of the config."""
    for name, typed in case.needed_files().items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(typed.data)
    Path("c.yaml").write_bytes(case.typed.data if data is None else data)
    record: dict[str, Any] = json.loads(softstep.load("c.yaml").run().text("json"))
    return record | {"config": None}


@cache
def plain_record(problem: str) -> dict[str, Any]:
    """The record of the plain config of a problem."""
    return run_record(PLAIN[problem])


@pytest.mark.parametrize("name", CASES)
def test_every_way_to_type_a_problem_means_the_same(name: str) -> None:
    expected = plain_record(name.partition(": ")[0])
    has_feature_rows = re.search(r"\brows: features\b", CASES[name].typed.text)
    assert run_record(CASES[name]) == (turn_record(expected) if has_feature_rows else expected)


@pytest.mark.parametrize("name", [*(f"{problem}: plain" for problem in PLAIN), "every_way_to_type_it: lines"])
def test_every_way_to_save_a_problem_means_the_same(name: str) -> None:
    case, record = CASES[name], run_record(CASES[name])
    for way, saved in SAVED.items():
        assert run_record(case, saved(case.typed.text)) == record, way
    assert run_record(case, f"\ufeff{case.typed.text}".encode("utf-8-sig")) == record, "a mark twice"


def test_all_problems_and_all_their_forms_are_different() -> None:
    records = [json.dumps(plain_record(problem)) for problem in PLAIN]
    assert len(set(records)) == len(records) == 31
    assert len({case.typed.data for case in CASES.values()}) == len(CASES)
