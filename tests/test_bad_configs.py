"""Bad configs: every complaint with its place, what is there, what it must be, and the cure, which is tried.

`bad_configs/` has one file for each mistake, and `complaints.txt` there what the command says of all of them, in the
order of their names. `python tests/test_bad_configs.py` writes it anew, to be read before it is kept.
"""

import os
import re
from pathlib import Path

import pytest
from conftest import Call
from obedient import obey_all

import softstep

CORPUS = Path(__file__).with_name("bad_configs")
COMPLAINTS = CORPUS / "complaints.txt"
NAMES = sorted(path.name for path in CORPUS.glob("*.yaml"))

LEFT_TO_THE_READER = {
    "add them": "which numbers",
    "check the name and the folder": "where the file is",
    "correct it": "which probability",
    "correct them": "which probabilities",
    "name a file": "which",
    "name another": "which",
    "put the columns into that order": "with their numbers",
    "save it as one of them": "with the program that wrote it",
    "write embeddings: …": "a whole config",
    "write one of the two": "which of two forms was meant",
    "write w0, w1, … in the order of the classes": "which row is whose",
}
"""Cures that a person must fill in, and what with."""


def complaints(path: Path) -> list[str]:
    """What is wrong with the config in a file."""
    try:
        softstep.load(path).run()
    except softstep.SoftstepError as error:
        return list(error.complaints)
    return []


def expected(name: str) -> list[str]:
    """What the command must say of a file."""
    return [line for line in COMPLAINTS.read_text().splitlines() if line.startswith(f"{name}:")]


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_config_gets_every_complaint(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    assert expected(name)
    assert complaints(Path(name)) == expected(name)


def test_a_complaint_is_one_line_with_a_place_in_the_file_and_a_cure() -> None:
    for complaint in COMPLAINTS.read_text().splitlines():
        place = re.match(r"([\w-]+\.yaml):(\d+):(\d+): .+[,;:] .+; .+$", complaint)
        assert place, complaint
        lines = re.split(r"\r\n|\r|\n", text_in((CORPUS / place[1]).read_bytes()))
        line, column = int(place[2]), int(place[3])
        assert 1 <= line <= len(lines) + 1, complaint
        assert 1 <= column <= len([*lines, ""][line - 1]) + 1, complaint
        assert complaint.isprintable()


def text_in(data: bytes) -> str:
    """The text of a file once it is saved as UTF-8, as far as it is text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-16-le" if b"\0" in data[:2] else "utf-8", "replace")


@pytest.mark.parametrize("name", NAMES)
def test_who_does_what_is_said_has_a_config_that_passes(name: str, tmp_path: Path) -> None:
    """From the last complaint to the first, and again while something else comes to light."""
    (tmp_path / "data").symlink_to(CORPUS / "data")
    path = tmp_path / name
    path.write_bytes((CORPUS / name).read_bytes())
    text = text_in(path.read_bytes())
    for _ in range(12):
        told = complaints(path)
        if any(complaint.rpartition("; ")[2] in LEFT_TO_THE_READER for complaint in told):
            return
        cured = [complaint for complaint in told if not complaint.endswith("save the file as UTF-8")]
        text = obey_all(text, (complaint.replace(str(path), name) for complaint in cured))
        path.write_text(text, newline="")
        if not told:
            return
    pytest.fail(f"still refused: {told}\n{text}")


def test_few_cures_leave_it_to_the_reader_what_to_write() -> None:
    cures = [line.rpartition("; ")[2] for line in COMPLAINTS.read_text().splitlines()]
    left = [cure for cure in cures if cure in LEFT_TO_THE_READER]
    assert set(left) == set(LEFT_TO_THE_READER)
    assert len(left) < len(cures) / 15


@pytest.mark.parametrize("name", NAMES[::40])
def test_the_command_says_so_and_nothing_else(name: str, call: Call) -> None:
    done = call("run", name, cwd=CORPUS)
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", expected(name))


def test_a_flood_of_complaints_is_cut_short(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("labels: [" + "x, " * 5000 + "]\nlogits: [[" + "x, " * 5000 + "]]\n")
    told = complaints(tmp_path / "c.yaml")
    assert len(told) == 101
    assert told[-1].endswith("c.yaml:2:308: there may be more complaints from here on; mend these first")


def test_a_config_larger_than_any_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("#" * (1 << 20) + "\n")
    (told,) = complaints(tmp_path / "c.yaml")
    assert "c.yaml: larger than 1,048,576 bytes, the most it may have; put the matrices in CSV or NPY" in told


if __name__ == "__main__":
    os.chdir(CORPUS)
    COMPLAINTS.write_text("".join(f"{told}\n" for name in NAMES for told in complaints(Path(name))))
