"""Run the command: in a process of its own as users do, or in the tests' process, which takes a tenth of the time.

In the tests' process the command gets its own file descriptors, streams, arguments, environment and working folder, and
all of them are restored afterwards. What is missing there is the start and the end of a process: the encoding that
Python starts with, imports and their warnings, signals and closed pipes. Tests of these start a process.
"""

import fcntl
import gc
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread

import pytest

from softstep.__main__ import main
from softstep.cli import app

ROOT = Path(__file__).resolve().parents[2]
CONFIGS, CORPORA = ROOT / "configs", ROOT / "tests" / "corpora"
SOFTSTEP = [sys.executable, "-W", "error", "-m", "softstep"]
HIDDEN = ("SOFTSTEP_CONFIG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8", "TERM")
SECONDS = 60
"""A command that takes longer than this hangs."""

STREAMS = (("stdin", "r", "surrogateescape"), ("stdout", "w", "surrogateescape"), ("stderr", "w", "backslashreplace"))
"""Name, mode and error handler of the standard streams in a plain UTF-8 locale."""

RunResult = subprocess.CompletedProcess[bytes]
Call = Callable[..., subprocess.CompletedProcess[str]]
"""The type of the fixtures `call` and `call_process`."""

Descriptors = tuple[int, int, int]
"""The file descriptors of stdin, stdout and stderr."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a plain UTF-8 terminal, with `more` variables."""
    kept = {key: value for key, value in os.environ.items() if key not in HIDDEN and not key.startswith("LC_")}
    return kept | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | more


def environment_without_coverage() -> dict[str, str]:
    """The same without coverage's variables, which make every Python process load modules and write files."""
    return {key: value for key, value in environment().items() if not key.startswith("COVERAGE")}


def run_in_process(
    *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> RunResult:
    """Run the command in a process of its own; every warning is an error."""
    command = [*SOFTSTEP, *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, env=environment(**(env or {})), cwd=cwd, timeout=SECONDS
    )


def run_in_this_process(
    *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> RunResult:
    """Run the command in this process."""
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        status = _run(arguments, (given.fileno(), out.fileno(), err.fileno()), environment(**(env or {})), cwd)
        out.seek(0)
        err.seek(0)
        return RunResult([*map(str, arguments)], status, out.read(), err.read())


def run_in_shell(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in which $S is the command."""
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        encoding="utf-8",
        env=environment(S=" ".join(SOFTSTEP), **env),
        cwd=ROOT,
        timeout=60,
    )


@contextmanager
def terminal(columns: int = 80) -> Iterator[tuple[int, bytearray]]:
    """Open a terminal; yield the descriptor to write to, and the bytes, which are complete once the block has ended."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    written = bytearray()

    def read() -> None:
        while True:
            try:
                piece = os.read(here, 65536)
            except OSError:  # the other end is closed
                return
            if not piece:
                return
            written.extend(piece)

    reader = Thread(target=read)
    reader.start()
    try:
        yield there, written
    finally:
        os.close(there)
        reader.join(SECONDS)
        os.close(here)


def screen_output(*arguments: str | Path, columns: int = 80, **env: str) -> tuple[str, int]:
    """What the command writes to a terminal of so many columns, and its status; run in this process."""
    with terminal(columns) as (screen, written):
        status = _run(arguments, (screen, screen, screen), environment(**env), ROOT)
    return written.decode().replace("\r\n", "\n"), status


def screen_output_of_process(*arguments: str | Path, columns: int = 80, **env: str) -> tuple[str, int]:
    """The same, run in a process of its own."""
    with terminal(columns) as (screen, written):
        status = _call_process(arguments, (screen, screen, screen), environment(**env))
    return written.decode().replace("\r\n", "\n"), status


def stderr_on_screen(*arguments: str | Path) -> tuple[str, int]:
    """What the command writes when only stderr is a terminal, and its status; run in this process."""
    with terminal() as (screen, written), open(os.devnull, "r+b") as nothing:
        status = _run(arguments, (nothing.fileno(), nothing.fileno(), screen), environment(), ROOT)
    return written.decode(), status


def stderr_on_screen_of_process(*arguments: str | Path) -> tuple[str, int]:
    """The same, run in a process of its own."""
    with terminal() as (screen, written):
        status = _call_process(arguments, (subprocess.DEVNULL, subprocess.DEVNULL, screen), environment())
    return written.decode(), status


def _call_process(arguments: Iterable[str | Path], descriptors: Descriptors, env: Mapping[str, str]) -> int:
    """Run the command in a process with these descriptors 0, 1 and 2; return its exit status."""
    stdin, stdout, stderr = descriptors
    command = [*SOFTSTEP, *map(str, arguments)]
    return subprocess.call(command, stdin=stdin, stdout=stdout, stderr=stderr, env=env, cwd=ROOT, timeout=SECONDS)


def _run(arguments: Iterable[str | Path], descriptors: Descriptors, env: Mapping[str, str], cwd: Path) -> int:
    """Run the command in this process with these descriptors 0, 1 and 2; return its exit status."""
    with ExitStack() as stack:
        stack.enter_context(_restore_process())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        for number, (name, mode, errors) in enumerate(STREAMS):
            stream = stack.enter_context(open(number, mode, encoding="utf-8", errors=errors, closefd=False))
            patch.setattr(sys, name, stream)
        patch.setattr(sys, "argv", ["softstep", *map(str, arguments)])
        patch.setattr(gc, "freeze", lambda: None)  # the tests have frozen objects too, and cannot unfreeze only these
        patch.setattr(sys, "excepthook", sys.excepthook)  # Typer sets its own
        patch.setattr(app, "registered_commands", app.registered_commands)  # the command shortens this list
        patch.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        stack.enter_context(warnings.catch_warnings(action="error"))
        with pytest.raises(SystemExit) as end:
            main()
    assert isinstance(end.value.code, int)
    return end.value.code


@contextmanager
def _restore_process() -> Iterator[None]:
    """Restore what a process gives back to the system at its end: descriptors, signals, environment, garbage."""

    def raise_timeout(number: int, frame: object) -> None:
        raise subprocess.TimeoutExpired("softstep", SECONDS)

    kept = [os.dup(number) for number in range(3)]
    env, collects = dict(os.environ), gc.isenabled()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, raise_timeout)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for ending, handler in handlers.items():
            signal.signal(ending, handler)
        os.environ.clear()
        os.environ.update(env)
        if collects:
            gc.enable()
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, number)
            os.close(descriptor)
