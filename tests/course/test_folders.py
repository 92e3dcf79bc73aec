"""`softstep check --each` and `--feedback`: a class with variants, and a page for each student."""

import json
from collections.abc import Callable
from csv import DictReader
from pathlib import Path

import pytest
from support.running import Call, stderr_on_screen

from softstep import problem
from softstep.cli import present
from softstep.course.folders import pair_folders
from softstep.errors import SoftstepError

FIRST = "logits: [[1, 2], [3, 5]]\nlabels: [0, 1]\n"
SECOND = "logits: [[2, 2], [3, 5]]\nlabels: [0, 1]\nrounding: {decimals: 3}\n"

MakeFolder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    """Make a folder with these files, empty if they have no text."""

    def make(name: str, *empty: str, **files: str) -> Path:
        (tmp_path / name).mkdir()
        for file, text in {**dict.fromkeys(empty, ""), **files}.items():
            (tmp_path / name / file).write_text(text)
        return tmp_path / name

    return make


@pytest.fixture
def course(folder: MakeFolder) -> tuple[Path, Path]:
    """Three variants, and the sheets of four students, one without a variant."""
    configs = folder("configs", **{"07.yaml": FIRST, "08.yaml": SECOND, "09.yaml": FIRST, "index.csv": "variant\n"})
    for name in ("07-sheet.html", "07-key.html", "07-answers.yaml"):
        (configs / name).write_text("loss: 7\n")
    sheets = {
        "07-ada.yaml": "loss: 0.72\n",
        "07.csv": "step,row,column,value\nloss,,,0.1\n",
        "08-bob.yaml": "name: Bob\nloss: 0.410\n",
        "5-eve.yaml": "loss: 1\n",
    }
    return configs, folder("sheets", **sheets)


def test_sheets_belong_to_the_config_of_their_name_up_to_the_first_hyphen(folder: MakeFolder) -> None:
    configs = folder("configs", "07.yaml", "b.yaml", "7.yaml", "07-ada.yaml", "07-answers.yaml", "nodes.csv", "c.yml")
    names = ["07.yaml", "07-ada-k.yml", "07-ada.csv", "b-.yaml", "index.csv", "07-sheet.yaml", "07-key.csv",
             "07-answers.yaml", "note.txt", ".7-x.yaml", "x.yaml", "3-y.csv", "answers.yaml"]  # fmt: skip
    pairing = pair_folders(configs, folder("sheets", *names))
    assert {config.name: [sheet.name for sheet in sheets] for config, sheets in pairing.sheets_of.items()} == {
        "07.yaml": ["07-ada-k.yml", "07-ada.csv", "07.yaml"],
        "7.yaml": [],
        "b.yaml": ["b-.yaml"],
    }
    assert [sheet.name for sheet in pairing.unpaired] == ["3-y.csv", "answers.yaml", "x.yaml"]
    assert [config.name for config in pairing.without_sheets] == ["7.yaml"]


def test_zeros_before_the_number_of_a_variant_do_not_count(folder: MakeFolder) -> None:
    configs, sheets = (
        folder("configs", "001.yaml", "0.yaml"),
        folder("sheets", "1-ada.yaml", "01-bob.yaml", "00-eve.yaml"),
    )
    pairing = pair_folders(configs, sheets)
    assert {config.name: [each.name for each in found] for config, found in pairing.sheets_of.items()} == {
        "0.yaml": [],
        "001.yaml": ["01-bob.yaml", "1-ada.yaml"],
    }
    assert [sheet.name for sheet in pairing.unpaired] == ["00-eve.yaml"]


def test_sheets_may_lie_beside_their_configs(folder: MakeFolder) -> None:
    both = folder("both", "07.yaml", "08.yaml", "07-ada.yaml", "08-answers.yaml", "nodes.csv")
    pairing = pair_folders(both, both)
    assert [[sheet.name for sheet in sheets] for sheets in pairing.sheets_of.values()] == [["07-ada.yaml"], []]
    assert pairing.unpaired == []


def test_a_folder_without_configs_or_sheets_is_refused(folder: MakeFolder) -> None:
    configs, empty = folder("configs", "07.yaml"), folder("empty", "07-sheet.yaml")
    for arguments, reason in (((empty, configs), "no config"), ((configs, empty), "no sheet")):
        with pytest.raises(SoftstepError, match=reason):
            pair_folders(*arguments)


def test_each_sheet_is_marked_against_its_own_config(call: Call, course: tuple[Path, Path]) -> None:
    configs, sheets = course
    done = call("check", "--each", *course, "-f", "csv")
    rows = [*DictReader(done.stdout.splitlines())]
    assert [(Path(row["file"]).name, row["student"], row["name"], row["loss"]) for row in rows] == [
        ("07-ada.yaml", "ada", "", "1.0"),
        ("07.csv", "07", "", "0.0"),
        ("08-bob.yaml", "bob", "Bob", "1.0"),
        ("5-eve.yaml", "eve", "", ""),
    ]
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "softstep: no sheet for 09.yaml",
        f"{sheets / '5-eve.yaml'}: no config 5.yaml in {configs}; expected 07-ada.yaml for 07.yaml; rename the sheet",
        "softstep: 3 marked, 2 without a mistake, 1 not read",
        "softstep: points: mean 0.67, lowest 0.00, highest 1.00",
        "softstep: steps left out on 3 sheets; without marks, only answered steps count",
    ]


def test_a_report_on_several_configs_names_them_by_sheet(call: Call, course: tuple[Path, Path]) -> None:
    configs, _ = course
    report = json.loads(call("check", "--each", *course, "-f", "json").stdout)
    assert report["config"] is None
    assert [sheet["config"] for sheet in report["sheets"]] == [
        str(configs / "07.yaml"), str(configs / "07.yaml"), str(configs / "08.yaml"), None,
    ]  # fmt: skip
    page = call("check", "--each", *course).stdout
    assert "Bob\n08-bob.yaml, checked against 08.yaml\nTolerance: half a unit in the last place (3 decimals" in page


@pytest.mark.parametrize("options", [["--blank"], ["x.yaml"]])
def test_each_takes_two_folders_alone(call: Call, course: tuple[Path, Path], options: list[str]) -> None:
    done = call("check", "--each", *course, *options)
    expected = "softstep: check: --each expects two folders, of configs and of sheets; name these alone\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_each_refuses_a_file_and_to_replace_what_it_reads(call: Call, course: tuple[Path, Path]) -> None:
    configs, sheets = course
    done = call("check", "--each", configs / "07.yaml", sheets)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("07.yaml: Not a directory; expected a folder; check the name\n")
    for file in (configs / "07.yaml", sheets / "08-bob.yaml", sheets / "5-eve.yaml"):
        before = file.read_text()
        done = call("check", "--each", *course, "-o", file)
        assert (done.returncode, file.read_text()) == (2, before)
        assert "it is what this is made from" in done.stderr


def test_feedback_is_a_page_for_each_sheet(call: Call, course: tuple[Path, Path], tmp_path: Path) -> None:
    done = call("check", "--each", *course, "--feedback", tmp_path / "pages")
    assert (done.returncode, done.stdout) == (2, "")
    assert "softstep: 3 marked, 2 without a mistake, 1 not read" in done.stderr
    pages = {path.name: path.read_text() for path in (tmp_path / "pages").iterdir()}
    assert sorted(pages) == ["07-ada.html", "07.html", "08-bob.html", "5-eve.html"]
    assert "<h1>Bob</h1>" in pages["08-bob.html"]
    assert "Ada" not in pages["08-bob.html"]
    assert "<td>0.72</td>" in pages["07.html"]
    assert "5-eve.yaml could not be read." in pages["5-eve.html"]


def test_feedback_as_hints_has_no_right_figure_and_goes_with_a_gradebook(
    call: Call, course: tuple[Path, Path], tmp_path: Path
) -> None:
    configs, sheets = course
    config, sheet, pages = configs / "07.yaml", sheets / "07.csv", tmp_path / "pages"
    done = call("check", config, sheet, "--hint", "--feedback", pages, "-f", "csv")
    assert (done.returncode, done.stdout.count("\n")) == (1, 2)
    assert "0.72" not in (pages / "07.html").read_text()
    done = call("check", config, sheet, "--feedback", pages, "-f", "markdown")
    assert (done.returncode, done.stdout) == (1, "")
    assert "| 0.1 | 0.72 |" in (pages / "07.md").read_text()


def test_what_could_not_be_read_is_on_the_page(call: Call, course: tuple[Path, Path], tmp_path: Path) -> None:
    sheet = tmp_path / "s.yaml"
    sheet.write_text("loss: 0.72\nlogits: 5\nlos: 3\n")
    call("check", course[0] / "07.yaml", sheet, "--feedback", tmp_path)
    assert (tmp_path / "s.html").read_text().count("<p>Note: ") == 2


def test_two_sheets_for_one_page_are_refused(call: Call, course: tuple[Path, Path], tmp_path: Path) -> None:
    configs, sheets = course
    (sheets / "07-ada.csv").write_text("step,row,column,value\nloss,,,1\n")
    done = call("check", "--each", configs, sheets, "--feedback", tmp_path / "pages")
    assert (done.returncode, done.stdout, (tmp_path / "pages").exists()) == (2, "", False)
    assert done.stderr.endswith("for 07-ada.html; rename one of them\n")


def test_a_class_shows_progress_bars(
    course: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(present, "PATIENCE", 0)
    shown, status = stderr_on_screen("check", "--each", *course, "--feedback", tmp_path / "pages")
    assert (status, "Marking" in shown, "Writing pages" in shown, "/4" in shown) == (2, True, True, True)


def test_each_config_is_opened_once(call: Call, course: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    load = problem.load
    monkeypatch.setattr(problem, "load", lambda path: opened.append(Path(path).name) or load(path))
    call("check", "--each", *course, "-f", "csv")
    assert opened == ["07.yaml", "08.yaml"]


def test_a_bad_config_among_many_gives_its_complaints(call: Call, course: tuple[Path, Path]) -> None:
    configs, _ = course
    (configs / "08.yaml").write_text("logits: [[1, x]]\n")
    done = call("check", "--each", *course)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{configs / '08.yaml'}:1:14: " in done.stderr
