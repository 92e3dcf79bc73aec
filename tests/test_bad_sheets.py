"""Answer sheets: what is said of bad ones, with the cure tried, and good ones, however oddly they are typed or saved.

`bad_sheets/` has a sheet for each mistake, about the `config.yaml` there, and `complaints.txt` what is said of all of
them; `python tests/test_bad_sheets.py` writes it anew. Every sheet in `good_sheets/` says what `plain.yaml` says.
"""

from pathlib import Path
from typing import Any

import pytest
from conftest import Call
from obedient import obey_all
from test_bad_configs import text_in

import softstep
from softstep.read.sheets import read_sheet

HERE = Path(__file__).parent
BAD, GOOD = HERE / "bad_sheets", HERE / "good_sheets"
COMPLAINTS = BAD / "complaints.txt"
STEPS = softstep.load(BAD / "config.yaml").marker().steps
OTHERS = {"config.yaml", "complaints.txt"}
BAD_NAMES = sorted(path.name for path in BAD.iterdir() if path.name not in OTHERS)
GOOD_NAMES = sorted(path.name for path in GOOD.iterdir() if path.name not in OTHERS)

LEFT_TO_THE_READER = {
    "write logits: {…}": "a whole sheet",
    "save the file as UTF-8": "with the program that wrote it",
    "delete it": "it was the only answer",
    "delete the first column": "with a program",
}
"""Cures after which there may be nothing to mark yet."""


def complaints(path: Path) -> list[str]:
    """What is wrong with the sheet in a file."""
    try:
        told = read_sheet(str(path), STEPS).complaints
    except softstep.SoftstepError as error:
        told = error.complaints
    return [complaint.replace(str(path), path.name) for complaint in told]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_sheet_gets_every_complaint(name: str) -> None:
    expected = [line for line in COMPLAINTS.read_text().splitlines() if line.startswith(f"{name}:")]
    assert expected
    assert complaints(BAD / name) == expected
    assert all(line.isprintable() for line in expected)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_who_does_what_is_said_has_a_sheet_without_complaints(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes((BAD / name).read_bytes())
    text = text_in(path.read_bytes())
    for _ in range(12):
        told = complaints(path)
        if any(complaint.rpartition("; ")[2] in LEFT_TO_THE_READER for complaint in told):
            return
        text = obey_all(text, told)
        path.write_text(text, newline="")
        if not told:
            return
    pytest.fail(f"still refused: {told}\n{text}")


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_every_way_to_type_an_answer_means_the_same(name: str) -> None:
    def said(name: str) -> dict[str, Any]:
        sheet = read_sheet(str(GOOD / name), STEPS)
        assert sheet.complaints == ()
        return {"name": sheet.name} | {
            key: (answers.numbers.tolist(), answers.missing)
            for key, answers in sheet.answers.items()
            if answers.missing < answers.numbers.size
        }

    assert repr(said(name)) == repr(said("plain.yaml"))  # not a number is not equal to itself


def test_the_command_marks_what_it_can_read_and_says_the_rest(call: Call) -> None:
    """One status for all: 2 where a sheet cannot be read, else 1 where something is wrong."""
    every = call("check", "config.yaml", *BAD_NAMES, "-f", "csv", cwd=BAD)
    assert every.returncode == 2
    said, _, summary = every.stderr.partition("softstep: ")
    assert sorted(said.splitlines()) == sorted(COMPLAINTS.read_text().splitlines())
    assert summary.startswith(f"{len(BAD_NAMES) - 19} marked, 0 without a mistake, 19 not read")
    assert len(every.stdout.splitlines()) == len(BAD_NAMES) + 1
    assert call("check", "config.yaml", "key-misspelt.yaml", cwd=BAD).returncode == 1


if __name__ == "__main__":
    COMPLAINTS.write_text("".join(f"{told}\n" for name in BAD_NAMES for told in complaints(BAD / name)))
