"""Training: step after step as the lesson has them, its history, how it ends, and what it leaves behind."""

import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.problems import problem_in
from support.running import CONFIGS, ROOT, Call, environment, stderr_on_screen, stderr_on_screen_of_process

import softstep
from softstep.cli import present

TABLE = CONFIGS / "article_table.yaml"
EXAMPLE = CONFIGS / "doc_example.yaml"
DIVERGING = "embeddings: [[1], [1], [3]]\nlabels: [0, 1, 0]\nweights: [[0.5], [0]]\n"


def descended(problem: softstep.Problem, steps: int) -> list[tuple[float, float, float]]:
    """Loss, accuracy and gradient norm after each step, by the textbook: nothing of softstep but the numbers typed."""
    values = problem.given.values
    Z, W, b, y = (np.array(values[key]) for key in ("embeddings", "weights", "biases", "labels"))
    told = []
    for _ in range(steps + 1):
        E = np.exp(Z @ W.T + b)
        P = E / E.sum(axis=1, keepdims=True)
        R = P - np.eye(len(W))[y]
        dW, db = R.T @ Z / len(Z), R.mean(axis=0)
        loss = -np.log(P[np.arange(len(y)), y]).mean()
        told.append((loss, (P.argmax(axis=1) == y).mean(), math.hypot(*dW.ravel(), *db)))
        W, b = W - values["learning_rate"] * dW, b - values["learning_rate"] * db
    return told


def test_a_training_goes_the_way_of_the_textbook() -> None:
    problem = softstep.load(TABLE)
    history = problem.train(60, every=1)["history"]
    assert list(history.rows or ()) == [str(step) for step in range(61)]
    assert history.columns == ("loss", "accuracy", "gradient_norm")
    assert history.value == pytest.approx(np.array(descended(problem, 60)), rel=1e-10)


@pytest.mark.parametrize("config", ["doc_example.yaml", "article_table.yaml", "karate_club.yaml"])
def test_a_training_is_one_update_after_the_other(config: str) -> None:
    problem = softstep.load(CONFIGS / config)
    trained = problem.train(6, every=1)
    losses = []
    for _ in range(7):
        losses.append(float(problem.loss()["loss"].value))
        last, problem = problem, problem.after()
    assert trained["history"].value[:, 0].tolist() == losses
    assert trained["weights"].value.tolist() == last.given.values["weights"].tolist()
    assert trained["biases"].value.tolist() == last.given.values["biases"].tolist()


@pytest.mark.parametrize("config", [EXAMPLE, TABLE], ids=["by hand", "in full"])
def test_a_training_goes_on_where_it_stopped_bit_for_bit(config: Path, tmp_path: Path, call: Call) -> None:
    assert call("train", config, "--steps", "7", "-o", tmp_path / "a.yaml").returncode == 0
    assert call("train", tmp_path / "a.yaml", "--steps", "5", "-o", tmp_path / "b.yaml").returncode == 0
    assert call("train", config, "--steps", "12", "-o", tmp_path / "c.yaml").returncode == 0
    assert (tmp_path / "b.yaml").read_text() == (tmp_path / "c.yaml").read_text()


def test_in_blocks_a_training_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    keys = {
        "embeddings": random.normal(size=(40, 3)),
        "labels": {i + 1: i % 3 for i in range(31)},
        "learning_rate": 0.4,
    }
    problem = softstep.Problem(weights=random.normal(size=(3, 3)), **keys)
    whole = problem.train(30)
    monkeypatch.setattr("softstep.compute.blocks.FEWEST", 7)
    monkeypatch.setattr("softstep.compute.blocks.ENTRIES", 7)
    blocks = problem.train(30)
    assert blocks["history"].value == pytest.approx(whole["history"].value, rel=1e-12)
    assert blocks["weights"].value == pytest.approx(whole["weights"].value, rel=1e-12)


def test_the_articles_gradient_ends_at_equal_probabilities() -> None:
    article = problem_in(TABLE.read_text().replace("gradient: standard", "gradient: article"))
    history = article.train(2000)["history"].value
    assert history[-1, 0] == pytest.approx(math.log(3), abs=1e-3)
    assert softstep.load(TABLE).train(2000)["history"].value[-1, 0] < 0.1


@pytest.mark.parametrize(
    ("steps", "every"), [(1, 1), (20, 1), (21, 2), (100, 5), (1000, 50), (1001, 100), (5000, 500), (20000, 1000)]
)
def test_about_twenty_moments_are_told(steps: int, every: int) -> None:
    from softstep.compute.training import history_interval

    assert history_interval(steps) == every


def test_every_so_many_steps_are_told_and_the_first_and_the_last() -> None:
    history = softstep.load(TABLE).train(8, every=3)["history"]
    assert history.rows == ("0", "3", "6", "8")


def test_it_ends_where_the_loss_is_low_enough(call: Call) -> None:
    told = descended(softstep.load(TABLE), 200)
    first = next(step for step, (loss, *_) in enumerate(told) if loss <= 0.5)
    done = call("train", TABLE, "--steps", "500", "--until-loss", "0.5", "-f", "json")
    record = json.loads(done.stdout)
    assert done.returncode == 0
    assert record["steps"]["history"]["rows"][-2:] == [str(first // 50 * 50), str(first)]
    assert record["notes"] == [f"The loss is down to 0.5 after step {first}."]


def test_it_ends_at_once_where_the_loss_is_low_enough_to_begin_with() -> None:
    assert softstep.load(TABLE).train(10, until_loss=2)["history"].rows == ("0",)


def test_a_loss_that_is_not_reached_is_status_1(call: Call) -> None:
    done = call("train", TABLE, "--steps", "3", "--until-loss", "0.5")
    assert done.returncode == 1
    assert done.stderr == "softstep: After step 3 the loss is not down to 0.5; take more steps.\n"
    assert "Note: After step 3 the loss is not down to 0.5" in done.stdout


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (
            "50",
            "Diverged between steps 0 and 5: from there on the loss is above 0.6931 = ln K, the loss of equal "
            "probabilities; make learning_rate smaller",
        ),
        (
            "1e308",
            "Diverged at step 4: logits: H at node 3, class 0 is beyond the largest float64, 1.8e308; "
            "make the embeddings, the weights or the learning rate smaller",
        ),
    ],
    ids=["rising", "overflowing"],
)
def test_diverging_is_said_with_its_step(rate: str, said: str, call: Call, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(f"{DIVERGING}learning_rate: {rate}\n")
    done = call("train", config, "-o", tmp_path / "final.yaml", "--history", tmp_path / "h.csv")
    assert (done.returncode, done.stderr) == (1, f"softstep: {said}\n")
    assert np.abs(softstep.load(tmp_path / "final.yaml").given.values["weights"]).max() > 1
    assert (tmp_path / "h.csv").read_text().startswith("step,loss,accuracy,gradient_norm\n0,0.")


def test_with_every_step_told_the_step_of_diverging_is(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"{DIVERGING}learning_rate: 50\n")
    assert "Diverged at step " in call("train", tmp_path / "c.yaml", "--every", "1").stderr


def test_a_gradient_whose_squares_overflow_has_a_length() -> None:
    problem = problem_in("embeddings: [[1e200], [-1e200]]\nlabels: [0, 1]\nweights: [[0], [0]]\nlearning_rate: 1\n")
    assert problem.train(1)["history"].value[0, 2] == pytest.approx(math.hypot(5e199, 5e199))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["-o", "x.csv", "--history", "x.csv"],
            "x.csv for --history and --output; expected for one; name another file",
        ),
        (["--plot", "x.svg", "--history", "./x.svg"], "x.svg for --plot"),
        (["--history", "-"], "--history -: standard output; expected a file; name one"),
    ],
)
def test_files_that_get_in_each_others_way_are_refused(
    options: list[str], said: str, call: Call, tmp_path: Path
) -> None:
    done = call("train", TABLE, *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said.split(" for ")[0] in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_training_makes_a_whole_latex_document(call: Call) -> None:
    assert call("train", TABLE, "-f", "latex", "--standalone").stdout.startswith("\\documentclass")


def test_the_history_is_csv(call: Call, tmp_path: Path) -> None:
    done = call("train", TABLE, "--steps", "4", "--history", tmp_path / "h.csv", "-f", "plain")
    assert done.returncode == 0
    rows = [line.split(",") for line in (tmp_path / "h.csv").read_text().splitlines()]
    assert rows[0] == ["step", "loss", "accuracy", "gradient_norm"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "3", "4"]
    assert np.array([row[1:] for row in rows[1:]], dtype=float) == pytest.approx(
        np.array(descended(softstep.load(TABLE), 4)), rel=1e-12
    )
    assert len(done.stdout.splitlines()) == 3 + 1 + 3  # the weights and the biases


@pytest.mark.parametrize("option", ["-o", "--history", "--plot"])
def test_a_file_that_cannot_be_written_is_said_before_the_training(option: str, call: Call, tmp_path: Path) -> None:
    start = time.monotonic()
    file = tmp_path / "none" / ("x.svg" if option == "--plot" else "x.csv")
    done = call("train", TABLE, "--steps", "1000000000", option, file)
    assert done.returncode == 2
    assert done.stderr.startswith(f"softstep: {file} cannot be written (No such file")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "options", [["-o", "x.pdf"], ["--standalone"], ["-f", "walk"], ["--plot", "x.gif"]], ids=lambda options: options[0]
)
def test_what_cannot_be_printed_is_said_before_the_training(options: list[str], call: Call, tmp_path: Path) -> None:
    start = time.monotonic()
    done = call("train", TABLE, "--steps", "1000000000", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("key", ["learning_rate", "labels", "weights", "embeddings"])
def test_what_a_training_lacks_is_said(key: str, call: Call, tmp_path: Path) -> None:
    typed = {
        "embeddings": "embeddings: [[1, 2]]\n",
        "labels": "labels: [0]\n",
        "weights": "weights: [[1, 2], [3, 4]]\n",
        "learning_rate": "learning_rate: 0.1\n",
    }
    (tmp_path / "c.yaml").write_text("".join(line for name, line in typed.items() if name != key))
    done = call("train", tmp_path / "c.yaml")
    assert done.returncode == 2
    assert f"train needs {key}, which this config lacks; add it" in done.stderr


@pytest.mark.parametrize(
    ("option", "value"), [("--steps", "0"), ("--steps", "1e3"), ("--every", "-1"), ("--until-loss", "nan")]
)
def test_a_wrong_number_is_refused(option: str, value: str, call: Call) -> None:
    done = call("train", TABLE, option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{value}' must be a" in done.stderr


def test_the_curve_is_drawn_and_told_in_words(call: Call) -> None:
    lines = call("train", TABLE, "--steps", "40").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("L from"))
    start, end = (loss for loss, *_ in (descended(softstep.load(TABLE), 40)[i] for i in (0, -1)))
    assert lines[at] == f"L from {start:.4f} at step 0 to {end:.4f} at step 40"
    curve = [line.partition("│")[2].ljust(40) for line in lines[at + 1 : at + 9]]
    heights = [sum(" ▁▂▃▄▅▆▇█".index(line[column]) / 8 for line in curve) for column in range(40)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 8
    assert heights[-1] == pytest.approx(8 * end / start, abs=1 / 16)
    assert max(map(len, lines[at:])) <= 60


def test_the_curve_has_an_ascii_twin(call: Call) -> None:
    done = call("train", TABLE, "--steps", "40", "--ascii")
    assert done.stdout.isascii()
    assert "1.1465 |####" in done.stdout


def test_a_training_by_hand_with_an_infinite_loss_is_shown() -> None:
    hand = "rounding: {every_step: true}\n"
    text = (
        problem_in(f"embeddings: [[9]]\nlabels: [0]\nweights: [[0], [1]]\nlearning_rate: 0.01\n{hand}").train(3).text()
    )
    assert "0      inf" in text
    assert "L from inf at step 0 to" in text


@pytest.mark.parametrize("name", ["c.html", "c.tex", "c.md", "c.json", "c.csv"])
def test_a_training_is_written_in_every_format(name: str, call: Call, tmp_path: Path) -> None:
    assert call("train", TABLE, "--steps", "3", "-o", tmp_path / name).returncode == 0
    text = (tmp_path / name).read_text()
    assert "gradient_norm" in text.replace("\\_", "_").replace("＿", "_")
    assert "1.146" in text


def test_html_has_the_curve(tmp_path: Path) -> None:
    page = softstep.load(TABLE).train(5).text("html")
    assert page.count("<polyline") == 1
    assert 'aria-label="L from 1.1465 at step 0 to' in page


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_a_picture_is_drawn(ending: str, call: Call, tmp_path: Path) -> None:
    begins = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[ending]
    for name in ("a", "b"):
        done = call("train", TABLE, "--steps", "5", "--plot", tmp_path / f"{name}.{ending}", "-f", "plain")
        assert done.returncode == 0, done.stderr
    one, other = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b"))
    assert one.startswith(begins)
    assert one == other


def test_a_picture_of_two_features_shows_what_is_predicted_where(call: Call, tmp_path: Path) -> None:
    config = "embeddings: [[0, 0], [2, 2], [2, 0]]\nlabels: {1: _cat, 2: $dog$}\nclasses: [_cat, $dog$]\n"
    plane = problem_in(config + "weights: [[-1, -1], [1, 1]]\nbiases: [2, -2]\nlearning_rate: 0.1\n")
    found = plane.plane(plane.train(1))
    assert found is not None
    below = found.x[None, :] + found.y[:, None] < 1.7
    assert (found.predicted[below] == 0).all()
    assert (found.predicted[found.x[None, :] + found.y[:, None] > 2.3] == 1).all()
    assert found.labels.tolist() == [0, 1, -1]
    (tmp_path / "c.yaml").write_text(config + "weights: [[-1, -1], [1, 1]]\nlearning_rate: 0.1\n")
    done = call("train", tmp_path / "c.yaml", "--plot", tmp_path / "x.svg", "-f", "plain")
    assert (done.returncode, done.stderr) == (0, "")
    picture = (tmp_path / "x.svg").read_text()
    assert all(name in picture for name in ("class _cat", "class $dog$", "no label", "x_0"))


def test_more_features_have_no_plane() -> None:
    problem = softstep.load(TABLE)
    assert problem.plane(problem.train(1)) is None


def test_a_picture_of_another_kind_is_refused(call: Call, tmp_path: Path) -> None:
    done = call("train", TABLE, "--plot", tmp_path / "x.gif")
    assert done.returncode == 2
    assert "x.gif: no such picture; expected one of .svg, .png, .pdf; rename it" in done.stderr


def test_without_matplotlib_the_cure_is_said(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        f"sys.argv = ['softstep', 'train', {str(TABLE)!r}, '--plot', 'x.svg']\n"
        "from softstep.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=environment(), cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr == (
        "softstep: --plot x.svg: matplotlib is missing; install it with pip install 'softstep[plot]'\n"
    )


@pytest.mark.slow
def test_control_c_ends_cleanly_and_writes_what_was_asked_for(tmp_path: Path) -> None:
    files = {"-o": tmp_path / "final.yaml", "--history": tmp_path / "h.csv"}
    command = [sys.executable, "-m", "softstep", "train", str(TABLE), "--steps", "1000000000", "--every", "10"]
    for wait in (3, 6, 12):  # until it trains
        process = subprocess.Popen(
            [*command, *(str(part) for pair in files.items() for part in pair)],
            stderr=subprocess.PIPE, encoding="utf-8", env=environment(), cwd=ROOT,
        )  # fmt: skip
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
        if files["-o"].exists():
            break
    assert process.returncode == 130
    rows = (tmp_path / "h.csv").read_text().splitlines()
    last, loss = rows[-1].split(",")[:2]
    assert said == f"softstep: Interrupted after step {last}; the result is that of this step.\n"
    assert int(last) > 10
    assert float(softstep.load(tmp_path / "final.yaml").loss()["loss"].value) == float(loss)


@pytest.mark.parametrize(
    ("show", "steps"),
    [(stderr_on_screen, "100"), pytest.param(stderr_on_screen_of_process, "20000", marks=pytest.mark.slow)],
    ids=["at once", "after a while"],
)
def test_at_a_terminal_a_bar_tells_the_loss(
    show: Callable[..., tuple[str, int]], steps: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if show is stderr_on_screen:
        monkeypatch.setattr(present, "PATIENCE", 0)
    shown, status = show("train", TABLE, "--steps", steps, "-o", tmp_path / "x.yaml")
    assert status == 0
    assert "Training" in shown
    assert f"/{steps}" in shown
    assert "loss 0." in shown


def test_a_training_by_hand_that_leaves_the_floats_has_diverged(tmp_path: Path) -> None:
    """Its columns of dW cancel, in decimals exactly, so that their sum is no sign of it."""
    text = "embeddings: [[1, 2]]\nweights: [[1, 2], [3, 4]]\nlearning_rate: 1e308\nlabels: [0]\n"
    for rounding in ("", "rounding: {every_step: true}\n"):
        result = problem_in(text + rounding).train(3)
        assert result.status == 1
        assert "Diverged at step 1: updated_weights: W′ at w0, feature x_1 is beyond" in result.text("table")
