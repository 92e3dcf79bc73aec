"""Fixtures for all tests: the command, files to run it on, and the option `--update`."""

import gc
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.running import CONFIGS, ROOT, Call, RunResult, run_in_process, run_in_this_process

import softstep


def _decode_output(run: Callable[..., RunResult]) -> Call:
    """Turn a way to run the command with bytes into one with text."""

    def run_with_text(
        *arguments: str | Path, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        done = run(*arguments, stdin=stdin.encode(), env=env, cwd=cwd)
        out, err = (part.decode().replace("\r\n", "\n").replace("\r", "\n") for part in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run_with_text


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from what is loaded by now; searching it takes a tenth of the tests' time."""
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite the expected output in case files, golden files and guides"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite the expected output; read it before you keep it."""
    return bool(request.config.getoption("--update"))


@pytest.fixture
def call() -> Call:
    """Run the command in this process; every warning is an error."""
    return _decode_output(run_in_this_process)


@pytest.fixture
def call_process() -> Call:
    """Run the command in a process of its own, as users do; every warning is an error there too."""
    return _decode_output(run_in_process)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file, by default the config c.yaml, and return its path."""

    def write_file(text: str | bytes, name: str = "c.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write_file


@pytest.fixture
def result() -> softstep.Result:
    """The result of running the article's example."""
    return softstep.load(CONFIGS / "doc_example.yaml").run()
