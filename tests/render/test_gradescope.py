"""`softstep check -f gradescope`: the results.json that Gradescope reads."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.gradescope import problems_in
from support.running import CONFIGS, Call, environment

TABLE, ANSWERS = CONFIGS / "article_table.yaml", CONFIGS / "article_answers.yaml"
LAYER = "probabilities: [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3]]\nlabels: [0, 1]\n"

Write = Callable[..., Path]


def test_results_fit_the_published_description_and_have_a_test_for_each_step(call: Call) -> None:
    done = call("check", TABLE, ANSWERS, "-f", "gradescope")
    results = json.loads(done.stdout)
    assert (done.returncode, done.stderr, problems_in(results)) == (1, "", [])
    assert [test["name"] for test in results["tests"]] == [
        "Logits", "Probabilities", "Predictions", "Loss", "Weight gradients", "Updated weights",
    ]  # fmt: skip
    logits, _, predictions, *_ = results["tests"]
    assert (logits["score"], logits["max_score"], logits["status"]) == (0.8, 1, "failed")
    assert (predictions["status"], predictions["output"], predictions["tags"]) == ("passed", "Right", [])
    assert logits["tags"] == ["swapped-entries"]
    assert "Slip: the entries x\\_2 and x\\_3 of z\\_5 were exchanged (swapped-entries).\n" in logits["output"]
    assert "| 5\\[0\\] | 0.47 | wrong |\n" in logits["output"]
    assert results["score"] == pytest.approx(sum(test["score"] for test in results["tests"]))
    assert results["output"] == "6 of 12 steps answered; only these count."


def test_results_never_show_a_right_figure(call: Call) -> None:
    right = json.loads(call("check", TABLE, ANSWERS, "-f", "json").stdout)["sheets"][0]["steps"]
    tests = json.loads(call("check", TABLE, ANSWERS, "-f", "gradescope").stdout)["tests"]
    for step, test in zip(right.values(), tests, strict=True):
        wrong = [cell for cell in step["cells"] if cell["verdict"] == "wrong"]
        typed = {cell["typed"] for cell in step["cells"]}
        figures = {f"{cell['expected']:.{places}f}" for cell in wrong for places in (2, 4)} - typed
        assert [figure for figure in figures if figure in test["output"]] == []


def test_a_step_that_is_not_asked_has_no_points_and_a_missing_one_has_0(call: Call, write: Write) -> None:
    sheet = write("node_losses: [0.36, 9]\n", "s.yaml")
    results = json.loads(call("check", write(LAYER + "marks: {loss: 2}\n"), sheet, "-f", "gradescope").stdout)
    losses, loss = results["tests"]
    assert problems_in(results) == []
    assert (losses.keys() & {"score", "max_score"}, losses["status"]) == (set(), "failed")
    assert (loss["score"], loss["max_score"], loss["status"], loss["output"]) == (0, 2, "failed", "1 of 1 not answered")


def test_a_sheet_that_cannot_be_read_gets_0_and_the_reasons(call: Call, write: Write) -> None:
    done = call("check", write(LAYER), write("loss: [", "s.yaml"), "-f", "gradescope")
    results = json.loads(done.stdout)
    assert (done.returncode, results["score"], results["tests"], problems_in(results)) == (2, 0, [], [])
    assert "s.yaml:1" in results["output"]


def test_gradescope_takes_one_sheet(call: Call, write: Write) -> None:
    done = call("check", TABLE, ANSWERS, write("loss: 1", "s.yaml"), "-f", "gradescope")
    expected = "softstep: -f gradescope: 2 sheets; expected one; mark them one by one\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_the_documented_run_autograder_writes_the_results(tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh file=run_autograder\n(.*?)```", (CONFIGS / "README.md").read_text(), re.DOTALL)
    assert len(script.splitlines()) == 3
    for name in ("source", "submission", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "exam.yaml").write_text(LAYER)
    (tmp_path / "submission" / "my answers.yaml").write_text("loss: 0.6365\n")
    run = tmp_path / "run_autograder"
    run.write_text(script.replace("/autograder", str(tmp_path)))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(["bash", run], env=environment(PATH=path), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    assert (problems_in(results), results["score"]) == ([], 1)


def test_the_validator_sees_what_does_not_fit() -> None:
    assert problems_in({"tests": [{"score": "1", "status": "ok", "colour": 1}], "visibility": "never"}) == [
        "visibility", "tests[0].score", "tests[0].status", "tests[0].colour",
    ]  # fmt: skip
    assert problems_in({"tests": [{"name": "a"}]}) == ["no score: neither of the submission nor of every test"]
