"""`softstep train`: its options, its files, its exit status and how it ends."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.running import CONFIGS, ROOT, Call, environment, stderr_on_screen, stderr_on_screen_of_process
from support.textbook import textbook_history

import softstep
from softstep.cli import present

TABLE = CONFIGS / "article_table.yaml"
EXAMPLE = CONFIGS / "doc_example.yaml"


@pytest.mark.parametrize("config", [EXAMPLE, TABLE], ids=["by hand", "in full"])
def test_a_training_continues_bit_for_bit_from_its_output(config: Path, tmp_path: Path, call: Call) -> None:
    assert call("train", config, "--steps", "7", "-o", tmp_path / "a.yaml").returncode == 0
    assert call("train", tmp_path / "a.yaml", "--steps", "5", "-o", tmp_path / "b.yaml").returncode == 0
    assert call("train", config, "--steps", "12", "-o", tmp_path / "c.yaml").returncode == 0
    assert (tmp_path / "b.yaml").read_text() == (tmp_path / "c.yaml").read_text()


def test_the_page_of_a_training_has_the_decimals_that_its_head_says(call: Call) -> None:
    config = "embeddings: [[1]]\nweights: [[2.125], [0]]\nlabels: [0]\nlearning_rate: 0.3\n"
    page = call("train", "-", "--steps", "1", stdin=config).stdout
    history, weights = page.split("Weights")
    assert "Full precision, displayed to 2 decimals (losses 4)." in history
    assert {len(figure.partition(".")[2]) for figure in re.findall(r"\d+\.\d+", history)} == {4}
    assert {len(figure.partition(".")[2]) for figure in re.findall(r"\d+\.\d+", weights)} == {2}


def test_a_training_stops_when_the_loss_is_low_enough(call: Call) -> None:
    history = textbook_history(softstep.load(TABLE), 200)
    first = next(step for step, (loss, *_) in enumerate(history) if loss <= 0.5)
    done = call("train", TABLE, "--steps", "500", "--until-loss", "0.5", "-f", "json")
    record = json.loads(done.stdout)
    assert done.returncode == 0
    assert record["steps"]["history"]["rows"][-2:] == [str(first // 50 * 50), str(first)]
    assert record["notes"] == [f"The loss is down to 0.5 after step {first}."]


def test_not_reaching_the_loss_gives_status_1(call: Call) -> None:
    done = call("train", TABLE, "--steps", "3", "--until-loss", "0.5")
    assert done.returncode == 1
    assert done.stderr == "softstep: After step 3 the loss is not down to 0.5; take more steps.\n"
    assert "Note: After step 3 the loss is not down to 0.5" in done.stdout


DIVERGING = "embeddings: [[1], [1], [3]]\nlabels: [0, 1, 0]\nweights: [[0.5], [0]]\n"


@pytest.mark.parametrize(
    ("rate", "message"),
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
def test_a_diverging_training_is_reported_with_its_steps(rate: str, message: str, call: Call, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(f"{DIVERGING}learning_rate: {rate}\n")
    done = call("train", config, "-o", tmp_path / "final.yaml", "--history", tmp_path / "h.csv")
    assert (done.returncode, done.stderr) == (1, f"softstep: {message}\n")
    assert np.abs(softstep.load(tmp_path / "final.yaml").given.values["weights"]).max() > 1
    assert (tmp_path / "h.csv").read_text().startswith("step,loss,accuracy,gradient_norm\n0,0.")


def test_with_every_step_reported_the_exact_step_of_diverging_is_known(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"{DIVERGING}learning_rate: 50\n")
    assert "Diverged at step " in call("train", tmp_path / "c.yaml", "--every", "1").stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["-o", "x.csv", "--history", "x.csv"],
            "x.csv for --history and --output; expected for one; name another file",
        ),
        (["--plot", "x.svg", "--history", "./x.svg"], "x.svg for --plot"),
        (["--history", "-"], "--history -: standard output; expected a file; name one"),
    ],
)
def test_using_one_file_for_two_outputs_is_refused(
    options: list[str], message: str, call: Call, tmp_path: Path
) -> None:
    done = call("train", TABLE, *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message.split(" for ")[0] in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_training_can_be_a_complete_latex_document(call: Call) -> None:
    assert call("train", TABLE, "-f", "latex", "--standalone").stdout.startswith("\\documentclass")


def test_the_history_file_is_csv_with_a_line_for_each_step(call: Call, tmp_path: Path) -> None:
    done = call("train", TABLE, "--steps", "4", "--history", tmp_path / "h.csv", "-f", "plain")
    assert done.returncode == 0
    rows = [line.split(",") for line in (tmp_path / "h.csv").read_text().splitlines()]
    assert rows[0] == ["step", "loss", "accuracy", "gradient_norm"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "3", "4"]
    assert np.array([row[1:] for row in rows[1:]], dtype=float) == pytest.approx(
        np.array(textbook_history(softstep.load(TABLE), 4)), rel=1e-12
    )
    assert len(done.stdout.splitlines()) == 3 + 1 + 3  # the weights and the biases


@pytest.mark.parametrize("option", ["-o", "--history", "--plot"])
def test_an_unwritable_file_is_reported_before_the_training(option: str, call: Call, tmp_path: Path) -> None:
    start = time.monotonic()
    file = tmp_path / "none" / ("x.svg" if option == "--plot" else "x.csv")
    done = call("train", TABLE, "--steps", "1000000000", option, file)
    assert done.returncode == 2
    assert done.stderr.startswith(f"softstep: {file} cannot be written (No such file")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "options", [["-o", "x.pdf"], ["--standalone"], ["-f", "walk"], ["--plot", "x.gif"]], ids=lambda options: options[0]
)
def test_an_unknown_format_is_reported_before_the_training(options: list[str], call: Call, tmp_path: Path) -> None:
    start = time.monotonic()
    done = call("train", TABLE, "--steps", "1000000000", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("key", ["learning_rate", "labels", "weights", "embeddings"])
def test_a_missing_key_is_reported(key: str, call: Call, tmp_path: Path) -> None:
    typed = {
        "embeddings": "embeddings: [[1, 2]]\n",
        "labels": "labels: [0]\n",
        "weights": "weights: [[1, 2], [3, 4]]\n",
        "learning_rate": "learning_rate: 0.1\n",
    }
    (tmp_path / "c.yaml").write_text("".join(line for name, line in typed.items() if name != key))
    done = call("train", tmp_path / "c.yaml")
    assert done.returncode == 2
    assert f"train needs {key}, which this config does not have; add it" in done.stderr


@pytest.mark.parametrize(
    ("option", "value"), [("--steps", "0"), ("--steps", "1e3"), ("--every", "-1"), ("--until-loss", "nan")]
)
def test_an_invalid_number_for_an_option_is_refused(option: str, value: str, call: Call) -> None:
    done = call("train", TABLE, option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{value}' must be a" in done.stderr


@pytest.mark.parametrize("name", ["c.html", "c.tex", "c.md", "c.json", "c.csv"])
def test_a_training_is_written_in_every_format(name: str, call: Call, tmp_path: Path) -> None:
    assert call("train", TABLE, "--steps", "3", "-o", tmp_path / name).returncode == 0
    text = (tmp_path / name).read_text()
    assert ("gradient_norm" if name in ("c.json", "c.csv") else "gradient norm") in text
    assert "1.146" in text


@pytest.mark.slow
def test_control_c_stops_the_training_and_writes_its_files(tmp_path: Path) -> None:
    files = {"-o": tmp_path / "final.yaml", "--history": tmp_path / "h.csv"}
    command = [sys.executable, "-m", "softstep", "train", str(TABLE), "--steps", "1000000000", "--every", "10"]
    for wait in (3, 6, 12):  # until it trains
        process = subprocess.Popen(
            [*command, *(str(part) for pair in files.items() for part in pair)],
            stderr=subprocess.PIPE, encoding="utf-8", env=environment(), cwd=ROOT,
        )  # fmt: skip
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        message = process.communicate(timeout=30)[1]
        if files["-o"].exists():
            break
    assert process.returncode == 130
    rows = (tmp_path / "h.csv").read_text().splitlines()
    last, loss = rows[-1].split(",")[:2]
    assert message == f"softstep: Interrupted after step {last}; the result is that of this step.\n"
    assert int(last) > 10
    assert float(softstep.load(tmp_path / "final.yaml").loss()["loss"].value) == float(loss)


@pytest.mark.parametrize(
    ("show", "steps"),
    [(stderr_on_screen, "100"), pytest.param(stderr_on_screen_of_process, "20000", marks=pytest.mark.slow)],
    ids=["at once", "after a while"],
)
def test_on_a_terminal_a_progress_bar_shows_the_loss(
    show: Callable[..., tuple[str, int]], steps: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if show is stderr_on_screen:
        monkeypatch.setattr(present, "PATIENCE", 0)
    shown, status = show("train", TABLE, "--steps", steps, "-o", tmp_path / "x.yaml")
    assert status == 0
    assert "Training" in shown
    assert f"/{steps}" in shown
    assert "loss 0." in shown
