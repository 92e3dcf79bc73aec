"""Bad answer sheets: their complaints, and the answers after following every fix. Good ones, however typed or saved.

The bad cases are in `corpora/bad_sheets`, with the config they answer; `support/cases.py` describes the files.
`support/apply_fixes.py` follows every fix exactly; `[fixed gives]` has the answers read then. If they are not what was
meant, the section `[meant]` has a sheet that is. All cases in `corpora/good_sheets` mean the same as their first.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.apply_fixes import CHOSEN, LEFT, NOBODY, REFUSED, is_misleading, outcomes
from support.cases import SAVED, Case, cases_in
from support.problems import problem_in
from support.running import Call

import softstep
from softstep.read.answers import Sheet
from softstep.read.sheets import read_sheet

BAD, GOOD = cases_in("bad_sheets"), cases_in("good_sheets")
CONFIG = next(iter(BAD.values())).needed_files()["config.yaml"].text
STEPS = problem_in(CONFIG).marker().steps

MISLEADING = 2
"""The most cases whose fixes may give other answers than were meant."""


def file_name(name: str) -> str:
    """A file name for a case, as its author would choose it."""
    return "s.csv" if "lines" in name else "s.yaml"


def complaints_about(file: str, data: bytes) -> list[str]:
    """The complaints about a sheet."""
    Path(file).write_bytes(data)
    try:
        return list(read_sheet(file, STEPS).complaints)
    except softstep.SoftstepError as error:
        return list(error.complaints)


def summary_of(sheet: Sheet) -> str:
    """All answers in a sheet, without the blanks."""
    found = [f"name {sheet.name}"] if sheet.name else []
    for key, answered in sheet.answers.items():
        if answered.missing < answered.numbers.size:
            rows = [" ".join(f"{number:g}" for number in row) for row in np.atleast_2d(answered.numbers).tolist()]
            found.append(f"{key} {' | '.join(rows)}".replace("nan", "_"))
    return ", ".join(found) or "nothing"


def results_of_fixes(name: str, case: Case) -> list[str]:
    """The answers after following every fix of a case, a line for each way to follow them."""
    file, ways = file_name(name), []

    def complain(files: Mapping[str, str]) -> list[str]:
        return complaints_about(file, files[file].encode("utf-8", "replace"))

    for followed in outcomes({file: case.typed.text}, complain):
        if followed.left:
            ways.append(LEFT + followed.left)
        elif followed.refused:
            ways.append(REFUSED)
        else:
            ways.append(summary_of(read_sheet(file, STEPS)) + CHOSEN * followed.chosen)
    return list(dict.fromkeys(ways))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_sheet_gets_every_complaint(name: str, update: bool) -> None:
    case = BAD[name]
    complaints = complaints_about(file_name(name), case.typed.data)
    if update:
        case.expect("complaints", complaints)
    assert complaints
    assert complaints == case["complaints"]
    assert all(line.isprintable() for line in complaints)


@pytest.mark.parametrize("name", BAD)
def test_following_every_fix_gives_the_recorded_answers(name: str, update: bool) -> None:
    case = BAD[name]
    given = results_of_fixes(name, case)
    if update:
        case.expect("fixed gives", given)
    assert given == case["fixed gives"]
    assert given[0] != REFUSED


def test_fixes_give_what_was_meant_in_all_but_a_few_cases() -> None:
    misled = []
    for name, case in BAD.items():
        if case["meant"]:
            complaints_about(file_name(name), "".join(f"{line}\n" for line in case["meant"]).encode())
            meant = NOBODY if case["meant"] == [NOBODY] else summary_of(read_sheet(file_name(name), STEPS))
            misled += [name] * is_misleading(case["fixed gives"], meant)
    assert len(misled) <= MISLEADING, misled
    assert all(given.endswith(CHOSEN) for name in misled for given in BAD[name]["fixed gives"])


def read_good_sheet(data: bytes) -> str:
    """All answers in a good sheet, as text: a missing number, nan, is not equal to itself, but its text is."""
    Path("s").write_bytes(data)
    sheet = read_sheet("s", STEPS)
    assert sheet.complaints == ()
    answers: dict[str, Any] = {
        key: (answered.numbers.tolist(), answered.missing)
        for key, answered in sheet.answers.items()
        if answered.missing < answered.numbers.size
    }
    return repr((sheet.name, answers))


@pytest.mark.parametrize("name", GOOD)
def test_every_way_to_type_an_answer_means_the_same(name: str) -> None:
    assert read_good_sheet(GOOD[name].typed.data) == read_good_sheet(next(iter(GOOD.values())).typed.data)


@pytest.mark.parametrize("way", SAVED)
@pytest.mark.parametrize("name", ["plain", "lines"])
def test_every_way_to_save_a_sheet_means_the_same(name: str, way: str) -> None:
    typed = GOOD[f"every_way_to_type_it: {name}"].typed
    assert read_good_sheet(SAVED[way](typed.text)) == read_good_sheet(typed.data)


def test_the_command_marks_readable_sheets_and_reports_the_rest(call: Call, tmp_path: Path) -> None:
    """There is one exit status for all sheets: 2 if one cannot be read, else 1 if something is wrong."""
    Path("config.yaml").write_text(CONFIG)
    files, expected = [], []
    for i, (name, case) in enumerate(BAD.items()):
        file = f"{i}{file_name(name)}"
        Path(file).write_bytes(case.typed.data)
        files.append(file)
        expected += [f"{i}{complaint}" for complaint in case["complaints"]]
    every = call("check", "config.yaml", *files, "-f", "csv", cwd=tmp_path)
    assert every.returncode == 2
    complaints, _, summary = every.stderr.partition("softstep: ")
    assert sorted(complaints.splitlines()) == sorted(expected)
    assert summary.startswith(f"{len(BAD) - 20} marked, 0 without a mistake, 20 not read")
    assert len(every.stdout.splitlines()) == len(BAD) + 1
    shutil.copy(files[list(BAD).index("keys: key misspelt")], "misspelt.yaml")
    assert call("check", "config.yaml", "misspelt.yaml", cwd=tmp_path).returncode == 1
