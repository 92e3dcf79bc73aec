"""Answer sheets: what is said of bad ones, and what the fixes lead to; and good ones, however they are typed or saved.

The cases are in `bad_sheets/`, see `cases.py`, about the config there. `apply_fixes.py` follows every fix, to the
letter; `[fixed gives]` is what is read then, and `[meant]` a sheet that says what was meant where that is something
else. Every case in `good_sheets/` says what its first says.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.apply_fixes import CHOSEN, LEFT, NOBODY, REFUSED, misleads, outcomes
from support.cases import SAVED, Case, cases_in
from support.problems import problem_in
from support.running import Call

import softstep
from softstep.read.answers import Sheet
from softstep.read.sheets import read_sheet

BAD, GOOD = cases_in("bad_sheets"), cases_in("good_sheets")
CONFIG = next(iter(BAD.values())).beside()["config.yaml"].text
STEPS = problem_in(CONFIG).marker().steps

MISLEADING = 2
"""So many cases have fixes that lead to other answers than were meant; no more may."""


def file_of(name: str) -> str:
    """The name of the file that a case is in, as whoever wrote it would call it."""
    return "s.csv" if "lines" in name else "s.yaml"


def said(file: str, data: bytes) -> list[str]:
    """What is wrong with a sheet."""
    Path(file).write_bytes(data)
    try:
        return list(read_sheet(file, STEPS).complaints)
    except softstep.SoftstepError as error:
        return list(error.complaints)


def answers(sheet: Sheet) -> str:
    """What is read in a sheet, but for blanks."""
    found = [f"name {sheet.name}"] if sheet.name else []
    for key, answered in sheet.answers.items():
        if answered.missing < answered.numbers.size:
            rows = [" ".join(f"{number:g}" for number in row) for row in np.atleast_2d(answered.numbers).tolist()]
            found.append(f"{key} {' | '.join(rows)}".replace("nan", "_"))
    return ", ".join(found) or "nothing"


def gives(name: str, case: Case) -> list[str]:
    """What is read once all fixes are followed that the complaints about a case offer, in each way."""
    file, ways = file_of(name), []

    def complain(files: Mapping[str, str]) -> list[str]:
        return said(file, files[file].encode("utf-8", "replace"))

    for followed in outcomes({file: case.typed.text}, complain):
        if followed.left:
            ways.append(LEFT + followed.left)
        elif followed.refused:
            ways.append(REFUSED)
        else:
            ways.append(answers(read_sheet(file, STEPS)) + CHOSEN * followed.chosen)
    return list(dict.fromkeys(ways))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_sheet_gets_every_complaint(name: str, update: bool) -> None:
    case = BAD[name]
    told = said(file_of(name), case.typed.data)
    if update:
        case.expect("complaints", told)
    assert told
    assert told == case["complaints"]
    assert all(line.isprintable() for line in told)


@pytest.mark.parametrize("name", BAD)
def test_who_follows_the_fixes_to_the_letter_has_what_was_looked_at(name: str, update: bool) -> None:
    case = BAD[name]
    given = gives(name, case)
    if update:
        case.expect("fixed gives", given)
    assert given == case["fixed gives"]
    assert given[0] != REFUSED


def test_fixes_lead_to_what_was_meant_but_for_few() -> None:
    misled = []
    for name, case in BAD.items():
        if case["meant"]:
            said(file_of(name), "".join(f"{line}\n" for line in case["meant"]).encode())
            meant = NOBODY if case["meant"] == [NOBODY] else answers(read_sheet(file_of(name), STEPS))
            misled += [name] * misleads(case["fixed gives"], meant)
    assert len(misled) <= MISLEADING, misled
    assert all(given.endswith(CHOSEN) for name in misled for given in BAD[name]["fixed gives"])


def read(data: bytes) -> str:
    """All that is read in a good sheet; a number that is missing is not equal to itself, but its text is."""
    Path("s").write_bytes(data)
    sheet = read_sheet("s", STEPS)
    assert sheet.complaints == ()
    said: dict[str, Any] = {
        key: (answered.numbers.tolist(), answered.missing)
        for key, answered in sheet.answers.items()
        if answered.missing < answered.numbers.size
    }
    return repr((sheet.name, said))


@pytest.mark.parametrize("name", GOOD)
def test_every_way_to_type_an_answer_means_the_same(name: str) -> None:
    assert read(GOOD[name].typed.data) == read(next(iter(GOOD.values())).typed.data)


@pytest.mark.parametrize("way", SAVED)
@pytest.mark.parametrize("name", ["plain", "lines"])
def test_every_way_to_save_a_sheet_means_the_same(name: str, way: str) -> None:
    typed = GOOD[f"every_way_to_type_it: {name}"].typed
    assert read(SAVED[way](typed.text)) == read(typed.data)


def test_the_command_marks_what_it_can_read_and_says_the_rest(call: Call, tmp_path: Path) -> None:
    """One status for all: 2 where a sheet cannot be read, else 1 where something is wrong."""
    Path("config.yaml").write_text(CONFIG)
    files, told = [], []
    for i, (name, case) in enumerate(BAD.items()):
        file = f"{i}{file_of(name)}"
        Path(file).write_bytes(case.typed.data)
        files.append(file)
        told += [f"{i}{complaint}" for complaint in case["complaints"]]
    every = call("check", "config.yaml", *files, "-f", "csv", cwd=tmp_path)
    assert every.returncode == 2
    said, _, summary = every.stderr.partition("softstep: ")
    assert sorted(said.splitlines()) == sorted(told)
    assert summary.startswith(f"{len(BAD) - 20} marked, 0 without a mistake, 20 not read")
    assert len(every.stdout.splitlines()) == len(BAD) + 1
    shutil.copy(files[list(BAD).index("keys: key misspelt")], "misspelt.yaml")
    assert call("check", "config.yaml", "misspelt.yaml", cwd=tmp_path).returncode == 1
