"""Worksheets: sheets that give nothing away, keys that gain full marks, and the files of a folder."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.problems import few_and_many, problem_in
from support.running import CONFIGS, Call

import softstep
from softstep.compute.steps import Step
from softstep.course.exercise import Exercise, blank_sheet, make_exercise, whole_exercise
from softstep.course.formats import FORMATS as COURSE_FORMATS
from softstep.course.variants import draw_variants
from softstep.course.worksheet import folder_files, folder_names
from softstep.render import render
from softstep.render.options import Options

EXAMPLE = CONFIGS / "doc_example.yaml"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
FORMATS = ("markdown", "latex", "html")
FORWARD = ("--ask", "logits", "--ask", "P", "--ask", "predictions")
BY_HAND = """
embeddings: {a: [0.5, 0.6], b: [0.3, 0.8], c: [0.9, 0.1]}
classes: [theory, practice]
labels: {a: theory, b: practice, c: theory}
weights: {rows: features, values: [[0.1, 0.7], [0.4, -0.2]]}
biases: [0.05, -0.1]
learning_rate: 0.2
"""
KINDS = {
    "the article": EXAMPLE.read_text(),
    "rows of features": BY_HAND,
    "by hand": BY_HAND + "rounding: {every_step: true, decimals: 3}",
    "from logits": "logits: [[2.0, 1.0, 0.1], [0.5, -0.3, 1.2]]\nlabels: [0, 2]",
    "forward alone": "embeddings: [[0.5, 0.6], [0.3, 0.8]]\nweights: [[0.1, 0.4], [0.7, -0.2]]",
}


def figures(exercise: Exercise) -> list[str]:
    """The printed figures of what is asked for, in the order of the sheet."""
    return [figure for key in exercise.ask for figure in flat(exercise.marker.steps[key].digits())]


def flat(entries: object) -> list[str]:
    return [figure for entry in entries for figure in flat(entry)] if isinstance(entries, list) else [str(entries)]


def sheet_of(exercise: Exercise, name: str) -> str:
    return "".join(render(blank_sheet(exercise), name, Options(all=True, standalone=True)))


def filled(answers: str, exercise: Exercise) -> str:
    """The empty answer sheet with these figures in it."""
    digits = iter(figures(exercise))
    head, _, rest = answers.partition("name: _\n")
    return head + re.sub(r"\b_\b", lambda _: next(digits), rest)


@pytest.mark.parametrize("text", KINDS.values(), ids=KINDS)
@few_and_many(2, 30)
def test_a_sheet_filled_in_with_the_key_gains_full_marks(text: str, cases: int, tmp_path: Path) -> None:
    variants = draw_variants(make_exercise(problem_in(text)), cases)
    for file, pieces in folder_files(variants, "yaml"):
        (tmp_path / file).write_text("".join(pieces))
    for variant in variants.variants:
        name = f"{variant.number:02}"
        sheet = tmp_path / f"{name}-answers.yaml"
        sheet.write_text(filled(sheet.read_text(), variant.exercise))
        report = softstep.load(tmp_path / f"{name}.yaml").check(sheet)
        (marked,) = report.sheets
        assert (report.status, marked.score, marked.out_of) == (
            0,
            len(variant.exercise.ask),
            len(variant.exercise.ask),
        )


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", KINDS.values(), ids=KINDS)
def test_a_sheet_shows_no_answer(text: str, name: str) -> None:
    exercise = draw_variants(make_exercise(problem_in(text)), 1).variants[0].exercise
    sheet = sheet_of(exercise, name)
    sheet = re.sub(r" [lr]space=\"[\d.]+em\"", "", sheet.partition("<body>")[2] or sheet)
    given = {figure.strip("-") for step in blank_sheet(exercise).given.values() for figure in flat(step.digits())}
    answers = {figure.strip("-") for figure in figures(exercise) if "." in figure} - given
    assert len(answers) > 3
    assert [figure for figure in answers if re.search(rf"(?<![\d.]){figure}(?!\.?\d)", sheet)] == []
    assert not re.search(r"true class|predicted|class=\"true|\^\{\*\}|\d\\?\*|\[\d+\.\d\d\]", sheet)


@pytest.mark.parametrize("name", FORMATS)
def test_a_sheet_is_the_same_whatever_the_answers_are(name: str) -> None:
    exercise = make_exercise(softstep.load(EXAMPLE), ["P", "loss", "R"])
    before = sheet_of(exercise, name)
    for key, step in exercise.marker.steps.items():
        exercise.marker.steps[key] = doubled(step) if key in exercise.ask else step
    assert sheet_of(exercise, name) == before


def doubled(step: Step) -> Step:
    return replace(step, table=replace(step.table, numbers=step.numbers * 2 + 1))  # type: ignore[operator]


def test_a_sheet_gives_what_its_steps_need_and_the_formulas_on_the_way() -> None:
    sheet = sheet_of(make_exercise(softstep.load(EXAMPLE), ["predictions", "H"]), "markdown")
    titles = re.findall(r"^## (.*)$", sheet, re.MULTILINE)
    assert titles == ["Embeddings", "Weights", "Biases", "On the way", "Logits", "Predictions"]
    assert r"$E = \exp(H)$" in sheet
    assert sheet.count(r"| \_\_\_\_\_\_ |\n".replace(r"\n", "\n")) == 5 + 5


def test_from_gives_the_steps_before_it_away() -> None:
    exercise = make_exercise(softstep.load(EXAMPLE), start="R")
    assert exercise.ask == ("weight_gradients", "bias_gradients", "updated_weights", "updated_biases")
    sheet = sheet_of(exercise, "markdown")
    given = ["exponentials", "normalizers", "probabilities", "predictions", "node_losses", "loss"]
    assert [*exercise.given_away] == ["logits", *given]
    (first,) = exercise.marker.steps["probabilities"].digits()[:1]
    assert f"| 1 | {' | '.join(first)} |" in sheet  # without a star or brackets
    assert re.findall(r"^## (.*)$", sheet, re.MULTILINE)[-6:-4] == ["Loss", "On the way"]


def test_a_single_number_has_one_blank() -> None:
    sheet = sheet_of(make_exercise(softstep.load(EXAMPLE), ["L"]), "html")
    assert sheet.count('<td class="blank"></td>') == 1


@pytest.mark.parametrize(
    ("ask", "start", "words"),
    [
        (["dQ"], None, "--ask dQ: not a step of this config; expected logits, .* or updated_biases; write one"),
        ([], "Z", "--from Z: not a step of this config; expected logits"),
        (["H"], "P", "--ask logits: --from probabilities gives it away; leave one of the two out"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(ask: list[str], start: str | None, words: str) -> None:
    with pytest.raises(softstep.SoftstepError, match=words):
        make_exercise(softstep.load(EXAMPLE), ask, start)


def test_without_labels_only_the_forward_pass_can_be_asked_for() -> None:
    problem = problem_in(KINDS["forward alone"])
    assert make_exercise(problem).ask == ("logits", "probabilities")
    with pytest.raises(softstep.SoftstepError, match=r"--ask L: not a step of this config; expected logits, .*predict"):
        make_exercise(problem, ["L"])


def test_a_blank_sheet_of_every_step_asks_for_every_step() -> None:
    sheet = blank_sheet(whole_exercise(softstep.load(EXAMPLE)))
    assert [*sheet.given] == [*softstep.load(EXAMPLE).given.values]
    assert (len(sheet.steps), len(sheet.on_the_way)) == (12, 0)


# The command


def test_a_folder_has_configs_sheets_keys_answers_and_an_index(call: Call, tmp_path: Path) -> None:
    done = call("worksheet", EXAMPLE, *FORWARD, "--variants", "2", "-f", "markdown", "-o", f"{tmp_path}/week3/")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("softstep: 2 variants of seed 1 in 24 draws, 12.0 each\nsoftstep: slips that show")
    files = {path.name: path.read_text() for path in (tmp_path / "week3").iterdir()}
    each = [
        f"{number}{ending}" for number in ("01", "02") for ending in (".yaml", "-answers.yaml", "-sheet.md", "-key.md")
    ]
    assert sorted(files) == sorted([*each, "index.csv"]) == sorted(folder_names(2, "markdown"))
    assert files["index.csv"].splitlines()[0] == "variant,config,seed,draws,slips,largest_logit,wrong_predictions"
    assert files["index.csv"].splitlines()[1] == "1,01.yaml,1,10,15,0.7,3"
    assert files["01-key.md"].count("# Node classification, one layer, three classes: key") == 2
    assert "h_1[0] = z_1·w_0 + b_0" not in files["01-sheet.md"]
    assert call("run", "-q", tmp_path / "week3" / "02.yaml").returncode == 0
    assert call("check", tmp_path / "week3" / "01.yaml", tmp_path / "week3" / "01-answers.yaml").stdout.endswith(
        "0  of 3\n"
    )


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("markdown", "# Node classification"),
        ("latex", "\\documentclass"),
        ("html", "<!doctype html>"),
        ("yaml", "title: Node"),
        ("csv", "variant,config,"),
    ],
)
def test_one_variant_goes_to_standard_output(name: str, start: str, call: Call, tmp_path: Path) -> None:
    done = call("worksheet", EXAMPLE, *FORWARD, "-f", name, "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(start)
    file = tmp_path / f"sheet.{ {'markdown': 'md', 'latex': 'tex'}.get(name, name) }"
    assert call("worksheet", EXAMPLE, *FORWARD, "-q", "-o", file).returncode == 0
    assert file.read_text() == done.stdout


def test_the_help_lists_every_format(call: Call) -> None:
    assert f"One of {', '.join(COURSE_FORMATS)}." in " ".join(call("worksheet", "--help").stdout.split())


def test_an_index_has_a_line_for_each_variant(call: Call) -> None:
    done = call("worksheet", EXAMPLE, *FORWARD, "-f", "csv", "--variants", "3", "-q")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["variant", "1", "2", "3"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--variants", "2"], "standard output is one text; expected a folder for 2 variants; write -o variants/"),
        (["--variants", "2", "-o", "a.md"], "a.md is one file; expected a folder for 2 variants; write -o variants/"),
        (["-f", "csv", "-o", "a/"], "-f csv is one file, a a folder; name a file, or leave -f csv out"),
        (["-f", "json"], "-f json: no format for this; expected one of markdown, latex, html, yaml, csv, moodle;"),
        (["-o", "a.pdf"], "a.pdf: unknown file ending; expected one of .md, .tex, .html, .htm, .yaml, .yml, .csv,"),
        (["--ask", "Q"], "--ask Q: not a step of this config; expected logits,"),
        (["-o", "/dev/null/a/", "--ask", "H"], "/dev/null/a cannot be made (Not a directory); name another folder"),
        (["--variants", "0"], "Invalid value for '--variants': '0' must be a whole number from 1 to 10,000"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_done_says_why(
    arguments: list[str], complaint: str, call: Call, tmp_path: Path
) -> None:
    done = call("worksheet", EXAMPLE, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"softstep: {complaint}")
    assert done.stderr.count("\n") == 1
    assert not [*tmp_path.iterdir()]


def test_a_folder_never_replaces_answers_that_were_typed(call: Call, tmp_path: Path) -> None:
    arguments = ("worksheet", EXAMPLE, *FORWARD, "-o", f"{tmp_path}/")
    assert call(*arguments).returncode == 0
    assert call(*arguments).returncode == 0
    answers = tmp_path / "01-answers.yaml"
    answers.write_text(answers.read_text().replace("_", "0.5", 1))
    done = call(*arguments)
    assert (done.returncode, answers.read_text().count("0.5")) == (2, 1)
    assert done.stderr == f"softstep: {answers} is there, with other text; expected none; name another folder\n"


def test_a_folder_never_replaces_the_config_it_is_made_from(call: Call, tmp_path: Path) -> None:
    (tmp_path / "01.yaml").write_text(KINDS["from logits"])
    done = call("worksheet", "01.yaml", "-o", ".", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("it is what this is made from")) == (2, 1)
    assert (tmp_path / "01.yaml").read_text() == KINDS["from logits"]


@pytest.mark.parametrize("name", FORMATS)
def test_check_prints_a_blank_sheet_with_what_is_given(name: str, call: Call) -> None:
    done = call("check", EXAMPLE, "--blank", "-f", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.17" in done.stdout
    assert "1.1358" not in done.stdout
    assert ("\\begin{document}" in done.stdout) == (name == "latex")


@pytest.mark.slow
@pytest.mark.skipif(not (CHROMIUM and shutil.which("pdfinfo")), reason="needs Chromium and pdfinfo")
def test_the_sheet_of_the_forward_pass_is_one_page_from_chromium(call: Call, tmp_path: Path) -> None:
    call("worksheet", EXAMPLE, *FORWARD, "-q", "-o", tmp_path / "sheet.html")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={tmp_path}/sheet.pdf"]
    subprocess.run([CHROMIUM, *options, f"file://{tmp_path}/sheet.html"], capture_output=True, timeout=60)
    assert page_count(tmp_path / "sheet.pdf") == 1


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("pdflatex") and shutil.which("pdfinfo")), reason="needs pdflatex and pdfinfo")
def test_the_sheet_of_the_forward_pass_is_one_page_from_pdflatex(call: Call, tmp_path: Path) -> None:
    call("worksheet", EXAMPLE, *FORWARD, "-q", "-o", tmp_path / "sheet.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
    done = subprocess.run(command, capture_output=True, encoding="latin-1", cwd=tmp_path, timeout=60)
    assert (done.returncode, "Overfull" in done.stdout) == (0, False)
    assert page_count(tmp_path / "sheet.pdf") == 1


def page_count(pdf: Path) -> int:
    done = subprocess.run(["pdfinfo", pdf], capture_output=True, encoding="utf-8", timeout=60)
    return int(re.findall(r"^Pages: +(\d+)$", done.stdout, re.MULTILINE)[0])
