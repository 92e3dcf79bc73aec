"""`softstep check`: its input, its output and its exit status."""

import json
import re
from collections.abc import Callable
from csv import DictReader
from pathlib import Path

import pytest
from support.running import CONFIGS, ROOT, Call, stderr_on_screen, stderr_on_screen_of_process

from softstep.cli import present

TABLE = CONFIGS / "article_table.yaml"
EXAMPLE = CONFIGS / "doc_example.yaml"
ANSWERS = CONFIGS / "article_answers.yaml"

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("sheet", "status"),
    [
        ("loss: 1.1358", 0),
        ("loss: 1.1357", 0),  # rounded
        ("loss: _", 0),
        ("loss: 1.2", 1),
        ("loss: 1,2", 1),
        ("loss: 1.1358\nlos: 2", 1),
        ("logits: {1: [0.9, _, _]}\nexponentials: {1: [2.46, _, _]}", 1),
        ("loss: [", 2),
        ("", 2),
    ],
)
def test_the_exit_status_says_whether_anything_is_wrong(call: Call, write: Write, sheet: str, status: int) -> None:
    assert call("check", EXAMPLE, write(sheet)).returncode == status


def test_an_unreadable_sheet_is_reported_and_the_others_are_marked(call: Call, write: Write) -> None:
    good, bad = write("loss: 1.1358", "good.yaml"), write("[1", "bad.yaml")
    done = call("check", EXAMPLE, bad, "none.yaml", good, "-f", "json")
    assert done.returncode == 2
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [f"{bad}:1:3", "none.yaml"]
    sheets = json.loads(done.stdout)["sheets"]
    assert [(sheet["file"], sheet["score"], sheet["out_of"]) for sheet in sheets] == [
        (str(bad), None, None),
        ("none.yaml", None, None),
        (str(good), 1, 1),
    ]
    assert sheets[1]["complaints"] == ["none.yaml: no such file; check the name and the folder"]


def test_a_bad_config_gives_status_2_and_every_complaint(call: Call, write: Write) -> None:
    done = call("check", write("logits: [[1, x]]\nmark: {}\n"), ANSWERS)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([EXAMPLE], "softstep: check: no sheet; name one, or use --blank"),
        ([EXAMPLE, ANSWERS, "--blank"], "softstep: check: --blank and a sheet to mark; leave one of them out"),
        ([EXAMPLE, "--blank", "--feedback", "x"], "softstep: check: --blank and --feedback; leave one of them out"),
        (["-", "-"], "softstep: check: standard input for two files; expected for one; name the others"),
        (
            [EXAMPLE, ANSWERS, "-f", "plain"],
            "softstep: -f plain: no format for this; "
            "expected one of table, markdown, latex, html, json, csv, tsv, yaml, gradescope; use one",
        ),
        (
            [EXAMPLE, "--blank", "-f", "json"],
            "softstep: -f json: no format for this; "
            "expected one of yaml, csv, tsv, table, markdown, latex, html; use one",
        ),
        (
            [EXAMPLE, ANSWERS, "--tolerance", "nan"],
            "softstep: Invalid value for '--tolerance': 'nan' must be a number such as 0.01; see softstep check --help",
        ),
        (
            [EXAMPLE, ANSWERS, "-o", "report.pdf"],
            "softstep: report.pdf: unknown file ending; expected one of .txt, .md, .tex, .html, .htm, .json, "
            ".csv, "
            ".tsv, .yaml, .yml; rename it",
        ),
        ([], "softstep: Missing argument 'CONFIG'; see softstep check --help"),
    ],
)
def test_a_wrong_argument_gives_one_line_and_status_2(call: Call, arguments: list[str | Path], message: str) -> None:
    done = call("check", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{message}\n")


def test_json_has_every_answer_and_every_explanation(call: Call) -> None:
    done = call("check", TABLE, ANSWERS, "-f", "json")
    report = json.loads(done.stdout)
    assert done.stdout.isascii()
    assert (report["schema"], report["config"]) == ("softstep-check/1", str(TABLE))
    (sheet,) = report["sheets"]
    assert sheet["name"] == "The article, as printed"
    assert {key: len(step["cells"]) for key, step in sheet["steps"].items()} == {
        "logits": 15,
        "probabilities": 15,
        "predictions": 5,
        "loss": 1,
        "weight_gradients": 4,
        "updated_weights": 4,
    }
    loss = sheet["steps"]["loss"]
    assert loss["verdict"] == "wrong"
    assert loss["slips"] == [
        [
            {
                "tag": "loss-sign",
                "where": "loss",
                "says": "the sign is the wrong way round",
                "formula": "L = −(1/N) Σ ℓ_i",
                "in_place_of": "L = (1/N) Σ ℓ_i",
            }
        ]
    ]
    (cell,) = loss["cells"]
    assert (cell["row"], cell["column"], cell["typed"], cell["verdict"]) == (None, None, "-1.1358", "wrong")
    assert cell["expected"] == pytest.approx(1.14649, abs=1e-5)
    assert cell["accepted"] == pytest.approx([1.13571, 1.13581], abs=1e-5)
    assert cell["accepted"] == [cell["ranges"][0]["from"], cell["ranges"][0]["to"]]
    assert [each["by"] for each in cell["ranges"]][:2] == ["from earlier answers"] * 2
    assert (sheet["cut_digits"], loss["unexplained"], loss["roads"], cell["places"]) == (None, False, [], None)
    followed = sheet["steps"]["probabilities"]["cells"][12]
    assert (loss["points"], loss["out_of"], sheet["steps"]["logits"]["points"]) == (0, 1, 0.8)
    assert (sheet["config"], sheet["student"], sheet["answered"], sheet["asked"]) == (
        str(TABLE), "article_answers", 6, 12,
    )  # fmt: skip
    assert followed["follows_from"] == {"step": "logits", "row": "5", "column": "0"}
    assert sheet["steps"]["predictions"]["cells"][4]["expected"] == 1


def test_a_gradebook_has_a_row_for_each_sheet_and_a_summary_on_stderr(call: Call, write: Write) -> None:
    named = write('name: "Lovelace, Ada"\nloss: 2\nlogits: {1: [0.68, 0.57, 0.82]}', "a.yaml")
    done = call("check", TABLE, ANSWERS, named, "no.yaml", "-f", "csv")
    first, second, third = DictReader(done.stdout.splitlines())
    assert list(first)[:7] == ["file", "student", "name", "score", "out_of", "answered", "asked"]
    assert len(first) == 7 + 12 + 3
    assert (first["student"], first["answered"], first["asked"]) == ("article_answers", "6", "12")
    assert first["says"].startswith(
        "the entries x_2 and x_3 of z_5 were exchanged; the sign is the wrong way round; 1 was"
    )
    assert first["tags"] == "swapped-entries loss-sign ones-target no-mean"
    assert (first["logits"], first["loss"], first["exponentials"], first["out_of"]) == ("0.8", "0.0", "", "6.0")
    assert (second["name"], second["logits"], second["loss"], second["score"]) == ("Lovelace, Ada", "0.2", "0.0", "0.2")
    assert (first["unexplained"], second["unexplained"]) == ("", "loss")
    assert (third["file"], third["score"], third["unexplained"]) == ("no.yaml", "", "")
    assert done.stderr.splitlines() == [
        "no.yaml: no such file; check the name and the folder",
        "softstep: 2 marked, 0 without a mistake, 1 not read",
        "softstep: points: mean 1.67, lowest 0.20, highest 3.13",
        "softstep: steps left out on 2 sheets; without marks, only answered steps count",
        "softstep: slips: swapped-entries 1, loss-sign 1, ones-target 1, no-mean 1",
    ]


@pytest.mark.parametrize("kind", ["table", "json", "csv", "markdown"])
def test_hints_never_show_a_right_figure(call: Call, write: Write, kind: str) -> None:
    sheet = write("logits: {1: [0.5, 0.6, 0.8], 5: [0.47, 0.55, 0.4]}\npredictions: {1: 0}\nloss: -1.1358\n")
    right = call("check", TABLE, sheet, "-f", "json").stdout
    expected = {
        f"{cell['expected']:.2f}"
        for step in json.loads(right)["sheets"][0]["steps"].values()
        for cell in step["cells"]
        if isinstance(cell["expected"], float) and cell["verdict"] != "right"
    } - {"0.80"}
    assert len(expected) >= 5
    done = call("check", TABLE, sheet, "-f", kind, "--hint")
    assert done.returncode == 1
    assert [figure for figure in expected if figure in done.stdout] == []
    assert "accepted" not in re.sub('"(also_)?accepted": null', "", done.stdout)


def test_hints_name_the_cells_and_the_slips(call: Call) -> None:
    done = call("check", TABLE, ANSWERS, "--hint")
    assert "Slip: the entries x_2 and x_3 of z_5 were exchanged (swapped-entries)." in done.stdout
    assert "5[0]   0.47    wrong" in done.stdout


@pytest.mark.parametrize(("options", "score"), [((), 0.5), (("--strict",), 0)])
def test_an_answer_with_too_few_decimals_gains_half_its_marks_or_none(
    call: Call, write: Write, options: tuple[str, ...], score: float
) -> None:
    config = write("probabilities: [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3]]\nlabels: [0, 1]\nrounding: {decimals: 4}\n")
    sheet = write("node_losses: [0.36, 0.92]\n", "s.yaml")
    done = call("check", config, sheet, "-f", "json", *options)
    (marked,) = json.loads(done.stdout)["sheets"]
    assert (done.returncode, marked["score"]) == (1, score)
    assert [cell["places"] for cell in marked["steps"]["node_losses"]["cells"]] == [2, 2]
    marks = "no marks" if options else "half marks"
    page = call("check", config, sheet, *options).stdout
    assert f"Right to 2 decimals; 4 are asked: 1 and 2; {marks}.\n" in page
    assert re.search(r"\n1 +0\.36 +0\.3567 ", page)


def test_the_ends_of_ranges_have_no_noise_of_float64(call: Call, write: Write) -> None:
    answers = "logits: {1: [0.5, 0.6, 0.8], 5: [0.47, 0.55, 0.4]}\nloss: 1.2\nprobabilities: {1: [0.3, 0.3, 0.4]}\n"
    found = call("check", TABLE, write(answers, "s.yaml"), "-f", "json").stdout
    cells = [cell for step in json.loads(found)["sheets"][0]["steps"].values() for cell in step["cells"]]
    ends = [end for cell in cells for end in cell["accepted"]]
    ends += [each[end] for cell in cells for each in cell["ranges"] or () for end in ("from", "to")]
    assert len(ends) > 20
    assert max(len(repr(end)) for end in ends) <= 12


def test_a_blank_sheet_can_be_filled_in_and_checked(call: Call, tmp_path: Path) -> None:
    for name in ("sheet.yaml", "sheet.csv"):
        assert call("check", TABLE, "--blank", "-o", tmp_path / name).returncode == 0
        done = call("check", TABLE, tmp_path / name, "-f", "json")
        assert (done.returncode, done.stderr) == (0, "")
        (sheet,) = json.loads(done.stdout)["sheets"]
        assert (sheet["score"], sheet["out_of"]) == (0, 12)
        assert {step["verdict"] for step in sheet["steps"].values()} == {"missing"}
    filled = (tmp_path / "sheet.yaml").read_text().replace("loss: _", "loss: 1.1465").replace("name: _", "name: Ada")
    assert call("check", TABLE, "-", stdin=filled, cwd=ROOT).returncode == 0


def test_a_blank_sheet_quotes_names_that_yaml_would_misread(call: Call, write: Write) -> None:
    config = write(
        "embeddings: {'yes': [1, 2], 'a: b': [3, 4], '010': [5, 6], '# c': [7, 8], 'ä': [0, 1]}\n"
        "labels: {'yes': 0, 'a: b': 1}\nweights: [[1, 2], [3, 4]]\nclasses: ['no', '1, 2']\n"
    )
    for kind in ("yaml", "csv"):
        blank = call("check", config, "--blank", "-f", kind).stdout
        done = call("check", config, "-", "-f", "json", stdin=blank.replace("_,", "7,").replace(",\n", ",7\n"))
        assert done.stderr == ""
        answered = json.loads(done.stdout)["sheets"][0]["steps"]["logits"]["cells"]
        assert [cell["row"] for cell in answered if cell["column"] == "no"] == ["yes", "a: b", "010", "# c", "ä"]


@pytest.mark.parametrize("config", [EXAMPLE, TABLE, CONFIGS / "karate_club.yaml"])
def test_the_output_of_softstep_is_a_sheet_without_a_mistake(call: Call, config: Path) -> None:
    head, *forward = call("forward", config, "-f", "csv").stdout.splitlines()
    _, *update = call("update", config, "-f", "csv").stdout.splitlines()
    done = call("check", config, "-", "-f", "json", stdin="\n".join([head, *update, *forward]))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["sheets"][0]["steps"]) == 7


def test_a_blank_sheet_starts_with_the_first_computed_step(call: Call, write: Write) -> None:
    config = write("probabilities: [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3]]\nlabels: [0, 1]\n")
    assert call("check", config, "--blank").stdout.count(":\n") == 4
    sheet = write("predictions: [0, 1]\nnode_losses: [0.36, 0.92]\nloss: 0.64\nlogits: 1\n", "s.yaml")
    done = call("check", config, sheet)
    assert done.returncode == 1
    assert "no step 'logits'; expected name, predictions, node_losses, loss, residuals or bias_gradients" in done.stderr


def test_in_a_pipe_the_report_is_complete_and_has_no_colour(call: Call) -> None:
    wide = call("check", TABLE, ANSWERS).stdout
    assert "\x1b" not in wide
    assert max(map(len, wide.splitlines())) > 150
    assert "Error carried forward: all 4 follow from the wrong weight gradients of w0.\n" in wide


def test_the_option_ascii_gives_only_ascii(call: Call) -> None:
    assert call("check", TABLE, ANSWERS, "--ascii").stdout.isascii()


@pytest.mark.parametrize(
    ("show", "count"),
    [(stderr_on_screen, 3), pytest.param(stderr_on_screen_of_process, 150, marks=pytest.mark.slow)],
    ids=["at once", "after a while"],
)
def test_marking_many_sheets_shows_a_progress_bar(
    show: Callable[..., tuple[str, int]], count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if show is stderr_on_screen:
        monkeypatch.setattr(present, "PATIENCE", 0)
    for i in range(count):
        (tmp_path / f"{i}.yaml").write_text("loss: 3.21\nprobabilities: {1: [0.5, 0.1, 0.1]}\n")
    shown, status = show("check", EXAMPLE, *tmp_path.glob("*.yaml"), "-f", "csv")
    assert status == 1
    assert "Marking" in shown
    assert f"/{count}" in shown
    assert "softstep: points: mean 0.00, lowest 0.00, highest 0.00\r\n" in shown


def test_marking_one_sheet_shows_no_progress_bar(write: Write) -> None:
    shown, status = stderr_on_screen("check", EXAMPLE, write("loss: 1.1358", "s.yaml"))
    assert (shown, status) == ("", 0)


def test_an_infinite_loss_is_reported_in_every_format(call: Call, write: Write) -> None:
    config = write("probabilities: [[1, 0]]\nlabels: [1]\n")
    sheet = write("node_losses: [1]\nloss: inf\n", "s.yaml")
    for kind in ("table", "json", "csv", "markdown"):
        done = call("check", config, sheet, "-f", kind)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    (marked,) = json.loads(call("check", config, sheet, "-f", "json").stdout)["sheets"]
    (cell,) = marked["steps"]["node_losses"]["cells"]
    assert (cell["expected"], cell["accepted"], cell["verdict"]) == ("inf", None, "wrong")


def test_escape_sequences_in_a_sheet_are_not_printed(call: Call, write: Write) -> None:
    text = "step,row,column,value\nname,,,\x1b[31mEVIL\x07\nloss,,,\x1b[32m9\nlogits,\x1b[33m,0,1\n"
    sheet = write(text, "s.csv")
    for kind in ("table", "json", "csv", "markdown"):
        done = call("check", EXAMPLE, sheet, "-f", kind)
        assert (done.returncode, "\x1b" in done.stdout + done.stderr, "\x07" in done.stdout) == (1, False, False)


def test_infinity_is_the_right_answer_for_an_infinite_loss(call: Call, write: Callable[..., Path]) -> None:
    config = write("logits: [[9, 0], [0, 9]]\nlabels: [1, 1]\nrounding: {every_step: true}\n")
    for text, verdict in (("inf", "right"), ("∞", "right"), ("3.2", "wrong"), ("-inf", "unreadable")):
        sheet = write(f"loss: {text}\n", "s.yaml")
        assert f'"verdict": "{verdict}"' in call("check", config, sheet, "-f", "json").stdout, text


SWAPPED = "softstep: check: are these the wrong way round? write softstep check"


def test_a_sheet_named_before_the_config_is_one_line(call: Call, write: Write) -> None:
    done = call("check", ANSWERS, TABLE)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{SWAPPED} {TABLE} {ANSWERS}\n")


@pytest.mark.parametrize(
    ("config", "sheet"),
    [
        ("X: [[1, 2]]\nW: [[1, 2], [3, 4]]\n", "H: {1: [5, 11]}\nname: Ada\n"),
        ("embeddings: [[1, 2]]\nweights: [[1, 2], [3, 4]]\n", "logits: {1: [5, 11]}\n"),  # a good config
        ("logits: [[1, 2]]\n", "exponentials: {1: [2.72, 7.39]}\n"),  # a good sheet
        ("embeddings: [[1, x]]\n", "loss: 1\n"),
        ("embeddings: [[1, 2]]\nweights: [[1, 2], [3, 4]]\n", "step,row,column,value\nlogits,1,0,5\n"),
    ],
)
def test_the_wrong_order_is_seen_by_the_keys_of_both_files(call: Call, write: Write, config: str, sheet: str) -> None:
    right, answers = write(config, "the config.yaml"), write(sheet, "ada")
    done = call("check", answers, right)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{SWAPPED} '{right}' {answers}\n")
    assert SWAPPED not in call("check", right, answers).stderr


def test_a_config_after_several_sheets_comes_first(call: Call, write: Write) -> None:
    ada, bob = write("loss: 1", "ada.yaml"), write("loss: 2", "bob.yaml")
    assert call("check", ada, bob, TABLE).stderr == f"{SWAPPED} {TABLE} {ada} {bob}\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("loss: 1\n", "loss: 2\n"),  # two sheets
        ("embeddings: [[1, x]]\n", "embeddings: [[1, 2]]\n"),  # two configs
        ("embeddings: [[1, 2]]\nweights: [[1, 2], [3, 4]]\n", "labels: 1\n"),
        ("loss: [1\n", "embeddings: [[1, 2]]\n"),  # no YAML
        ("loss: 1\n", "hello\n"),
        ("logits: [[1, x]]\n", "logits: [[1, 2]]\n"),  # either may be either
    ],
)
def test_other_files_keep_their_complaints(call: Call, write: Write, first: str, second: str) -> None:
    done = call("check", write(first, "first.yaml"), write(second, "second.yaml"))
    assert done.stderr
    assert SWAPPED not in done.stderr


def test_standard_input_is_not_read_twice(call: Call) -> None:
    done = call("check", "-", TABLE, stdin=ANSWERS.read_text())
    assert done.returncode == 2
    assert SWAPPED not in done.stderr
