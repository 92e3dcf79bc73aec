"""What the tests share: the checkout, the command as a real process, and problems built from text."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import softstep
from softstep.read.schema import parse

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"
HIDDEN = ("SOFTSTEP_CONFIG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8", "TERM")


def problem_in(text: str, source: str = "c.yaml", folder: Path = Path()) -> softstep.Problem:
    """The problem in a config's text."""
    return softstep.Problem.of(parse(text, source, folder))


Call = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    """The environment of a plain UTF-8 terminal, and `more`."""
    kept = {key: value for key, value in os.environ.items() if key not in HIDDEN and not key.startswith("LC_")}
    return kept | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | more


def unmeasured() -> dict[str, str]:
    """The same without what measures coverage in every Python process, and loads modules and writes files for it."""
    return {key: value for key, value in environment().items() if not key.startswith("COVERAGE")}


@pytest.fixture
def call() -> Call:
    """Runs the command as users do, in a process of its own that takes every warning for an error."""

    def run(
        *arguments: str | Path, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "softstep", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env=environment(**(env or {})),
            cwd=cwd,
            timeout=60,
        )

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a config, and gives its path."""

    def written(text: str | bytes, name: str = "c.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written


@pytest.fixture
def at_terminal() -> Callable[..., str]:
    """Runs the command with its stderr at a terminal, and gives what that shows."""

    def run(*arguments: str | Path, status: int = 0) -> str:
        ours, its = pty.openpty()
        command = [sys.executable, "-m", "softstep", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its, env=environment(), cwd=ROOT)
        os.close(its)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # its end is closed
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
        assert process.wait(timeout=60) == status
        return shown.decode()

    return run
