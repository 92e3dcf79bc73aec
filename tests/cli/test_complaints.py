"""Complaints: what they are, and how they are said on a terminal and in a pipe."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from support.problems import problem_in
from support.running import ROOT, Call, stderr_on_screen

import softstep
from softstep.errors import with_caret
from softstep.lesson.quantities import AXES, GIVEN, Axis
from softstep.lesson.rules import RULES
from softstep.read.schema import SCHEMA

BAD = "title: 日本語 and more\nlogits: [[1, −2], [x, 3]]\nlabels: [0, 1]\n"


def test_on_a_terminal_the_line_stands_under_its_complaint_with_a_caret_under_the_place(
    write: Callable[..., Path],
) -> None:
    path = write(BAD)
    shown, status = stderr_on_screen("run", path)
    assert status == 2
    lines = shown.replace("\r\n", "\n").splitlines()
    assert lines[:3] == [
        f"{path}:2:14: logits.1[1]: '−2' with U+2212 (minus sign); expected a decimal number; write -2",
        "    logits: [[1, −2], [x, 3]]",
        "                 ^",
    ]
    assert [line for line in lines if line.startswith(str(path))] == lines[::3]
    assert len(lines) == 6


def test_in_a_pipe_there_are_the_complaints_alone(call: Call, write: Callable[..., Path]) -> None:
    done = call("run", write(BAD))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 2)


def test_no_more_than_ten_lines_of_a_file_are_shown(write: Callable[..., Path]) -> None:
    path = write(f"logits: [[{', '.join(['x'] * 30)}]]\n")
    shown, _ = stderr_on_screen("run", path)
    assert sum(line.strip() == "^" for line in shown.splitlines()) == 10
    assert sum(line.startswith(str(path)) for line in shown.splitlines()) == 30


@pytest.mark.parametrize(
    ("line", "column", "under"),
    [("a: x", 4, "x"), ("日本: x", 5, "x"), (f"{'a' * 200}x{'b' * 200}", 201, "x"), ("\ta: x", 5, "x"), ("", 1, "")],
)
def test_the_caret_stands_under_the_place_however_wide_the_letters(line: str, column: int, under: str) -> None:
    text, caret = with_caret(line, column)
    cells = "".join(c * (2 if c in "日本" else 1) for c in text)
    assert cells[caret.index("^") : caret.index("^") + 1] == under
    assert len(text) <= 80


def test_where_memory_ends_a_line_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("softstep.problem.load", load)
    done = call("run", ROOT / "configs" / "doc_example.yaml")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "out of memory" in done.stderr


def test_no_code_decides_by_what_a_complaint_says() -> None:
    told = {"fix", "expected", "complaints"}
    for path in (ROOT / "softstep").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                names = {side.attr for side in sides if isinstance(side, ast.Attribute)}
                assert names.isdisjoint(told), f"{path}:{node.lineno}"


def test_every_axis_of_a_lesson_is_said_once() -> None:
    used = {axis for quantity in (*GIVEN.values(), *RULES) for axis in quantity.axes}
    assert used == set(AXES)
    assert len({axis.key for axis in AXES}) == len(AXES)
    assert Axis("batch", "batch", first=1).default_names(2) == ("1", "2")


def test_a_key_of_a_config_is_a_row_that_reads_and_writes_it(tmp_path: Path) -> None:
    problem = softstep.load(ROOT / "configs" / "doc_example.yaml")
    written = problem.as_config(tmp_path)
    assert [*written] == [key for key in SCHEMA if key in written]
    assert {key: SCHEMA[key].write(problem.setting) for key in written} == written


def test_an_unknown_key_of_python_values_is_told_like_one_of_a_config() -> None:
    with pytest.raises(softstep.SoftstepError, match="unknown key 'lables'; expected labels; did you mean labels"):
        softstep.Problem(logits=[[1, 2]], lables=[0])


def test_an_infinite_loss_is_a_right_answer_where_the_loss_is_infinite(call: Call, write: Callable[..., Path]) -> None:
    config = write("logits: [[9, 0], [0, 9]]\nlabels: [1, 1]\nrounding: {every_step: true}\n")
    for text, verdict in (("inf", "right"), ("∞", "right"), ("3.2", "wrong"), ("-inf", "unreadable")):
        sheet = write(f"loss: {text}\n", "s.yaml")
        assert f'"verdict": "{verdict}"' in call("check", config, sheet, "-f", "json").stdout, text


def test_weights_whose_rows_are_features_mean_the_same_as_turned() -> None:
    config = "embeddings: [[1, 2], [3, 4]]\nlabels: [0, 2]\nbiases: [0.1, 0.2, 0.3]\nweights: "
    turned = problem_in(config + "{rows: features, values: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}\n")
    plain = problem_in(config + "[[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]\n")
    assert turned.given.values["weights"].tolist() == plain.given.values["weights"].tolist()
    with pytest.raises(softstep.SoftstepError, match="2 rows of 3 numbers; expected rows of 2, for embeddings has 2"):
        problem_in(config + "[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]\n")
