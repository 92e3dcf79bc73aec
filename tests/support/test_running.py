"""Ways to run the command: in this process it prints the same as in its own, and everything is restored afterwards."""

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from softstep.cli import app
from support.running import (
    CONFIGS,
    run_in_process,
    run_in_this_process,
    screen_output,
    screen_output_of_process,
    stderr_on_screen,
)

TABLE, ANSWERS = CONFIGS / "article_table.yaml", CONFIGS / "article_answers.yaml"
COMMANDS = {
    "init": ["init", "-"],
    "run": ["run", TABLE, "--work"],
    "forward": ["forward", "-f", "json"],
    "loss": ["loss", TABLE, "-f", "plain"],
    "grad": ["grad", TABLE, "--param", "w0"],
    "update": ["update", TABLE, "-f", "yaml"],
    "train": ["train", TABLE, "--steps", "3"],
    "gradcheck": ["gradcheck", CONFIGS / "doc_example.yaml"],
    "check": ["check", TABLE, ANSWERS],
    "worksheet": ["worksheet", TABLE, "--ask", "logits"],
    "an unknown command": ["walk"],
    "no command": [],
}


def test_every_command_is_compared() -> None:
    assert {command.name for command in app.registered_commands} <= {*COMMANDS}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_command_prints_the_same_in_this_process_as_in_its_own(arguments: list[str | Path]) -> None:
    here, there = run_in_this_process(*arguments), run_in_process(*arguments)
    assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)


def test_a_terminal_shows_the_same_for_both() -> None:
    assert screen_output("run", columns=60) == screen_output_of_process("run", columns=60)


def test_both_pass_on_standard_input_environment_and_folder(tmp_path: Path) -> None:
    text = "probabilities: [[0.5, 0.5]]\nlabels: [0]\n"
    (tmp_path / "c.yaml").write_text(text)
    for run in (run_in_this_process, run_in_process):
        assert run("loss", "-", "-f", "plain", stdin=text.encode()).stdout == b"0.6931471805599453\n"
        done = run("loss", "-f", "plain", env={"SOFTSTEP_CONFIG": "c.yaml"}, cwd=tmp_path)
        assert (done.stdout, done.stderr) == (
            b"0.6931471805599453\n",
            b"softstep: using c.yaml, from SOFTSTEP_CONFIG\n",
        )


def process_state() -> list[object]:
    """Everything a command may change in the process that it runs in."""
    numbers = (signal.SIGINT, signal.SIGPIPE, signal.SIGALRM, signal.SIGTERM)
    descriptors = [(os.fstat(number).st_dev, os.fstat(number).st_ino) for number in range(3)]
    return [
        (sys.argv, sys.stdin, sys.stdout, sys.stderr, sys.excepthook, dict(os.environ), os.getcwd()),
        ([*app.registered_commands], gc.isenabled(), gc.get_freeze_count(), [*warnings.filters]),
        ([signal.getsignal(number) for number in numbers], signal.getitimer(signal.ITIMER_REAL), descriptors),
    ]


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_command_in_this_process_restores_its_state(arguments: list[str | Path], tmp_path: Path) -> None:
    before = process_state()
    run_in_this_process(*arguments, env={"NO_COLOR": "1"}, cwd=tmp_path)
    screen_output(*arguments)
    stderr_on_screen(*arguments)
    assert process_state() == before


def test_a_warning_raises_an_error_and_the_state_is_restored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("softstep.problem.load", lambda *_: warnings.warn("beware", stacklevel=1))
    before = process_state()
    with pytest.raises(UserWarning, match="beware"):
        run_in_this_process("loss")
    assert process_state() == before


def test_a_command_that_hangs_is_stopped_and_the_state_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.running.SECONDS", 0.1)
    monkeypatch.setattr("softstep.problem.load", lambda *_: time.sleep(10))
    before = process_state()
    with pytest.raises(subprocess.TimeoutExpired):
        run_in_this_process("loss")
    assert process_state() == before
