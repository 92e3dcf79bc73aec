"""What the tests share: the checkout, the command, and problems built from text."""

import gc
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from running import ROOT, Ran, environment, in_a_process, in_this_process, unmeasured

import softstep
from softstep.read.schema import parse

__all__ = ["CONFIGS", "ROOT", "Call", "environment", "few_and_many", "problem_in", "unmeasured"]

CONFIGS = ROOT / "configs"


def problem_in(text: str, source: str = "c.yaml", folder: Path = Path()) -> softstep.Problem:
    """The problem in a config's text."""
    return softstep.Problem.of(parse(text, source, folder))


Call = Callable[..., subprocess.CompletedProcess[str]]


def _in_text(run: Callable[..., Ran]) -> Call:
    """A way to run the command, with text for bytes."""

    def in_text(
        *arguments: str | Path, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        done = run(*arguments, stdin=stdin.encode(), env=env, cwd=cwd)
        out, err = (part.decode().replace("\r\n", "\n").replace("\r", "\n") for part in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return in_text


def pytest_collection_finish() -> None:
    """What is there before the tests stays: to look for garbage in it again and again takes a tenth of their time."""
    gc.freeze()


def few_and_many(few: int, many: int) -> pytest.MarkDecorator:
    """So many `cases` of something random: few in every run of the tests, many in the slow one."""
    return pytest.mark.parametrize("cases", [few, pytest.param(many, marks=pytest.mark.slow)], ids=["few", "many"])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write anew what is expected in case files, goldens, guides")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether what is expected is written anew, to be read before it is kept."""
    return bool(request.config.getoption("--update"))


@pytest.fixture
def call() -> Call:
    """Runs the command in this process; every warning is an error."""
    return _in_text(in_this_process)


@pytest.fixture
def call_process() -> Call:
    """Runs the command as users do, in a process of its own; every warning is an error there too."""
    return _in_text(in_a_process)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a config, and gives its path."""

    def written(text: str | bytes, name: str = "c.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written
