"""The command, run as users do: in a process of its own, or in the tests' own, which takes a tenth of the time.

In the tests' process the command has descriptors, streams, arguments, an environment and a folder of its own, and
leaves none of them behind. What it has not got there is a start and an end: the encoding that Python is started with,
what it imports and what that warns of, signals, pipes that are closed. Tests of these start a process.
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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread

import pytest

from softstep.__main__ import main
from softstep.cli import app

ROOT = Path(__file__).resolve().parent.parent
SOFTSTEP = [sys.executable, "-W", "error", "-m", "softstep"]
HIDDEN = ("SOFTSTEP_CONFIG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8", "TERM")
SECONDS = 60
"""What takes longer hangs."""

STREAMS = (("stdin", "r", "surrogateescape"), ("stdout", "w", "surrogateescape"), ("stderr", "w", "backslashreplace"))
"""What the standard streams are in a plain UTF-8 locale."""

Ran = subprocess.CompletedProcess[bytes]
Descriptors = tuple[int, int, int]


def environment(**more: str) -> dict[str, str]:
    """The environment of a plain UTF-8 terminal, and `more`."""
    kept = {key: value for key, value in os.environ.items() if key not in HIDDEN and not key.startswith("LC_")}
    return kept | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | more


def unmeasured() -> dict[str, str]:
    """The same without what measures coverage in every Python process, and loads modules and writes files for it."""
    return {key: value for key, value in environment().items() if not key.startswith("COVERAGE")}


def in_a_process(
    *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Ran:
    """The command in a process of its own, which takes every warning for an error."""
    command = [*SOFTSTEP, *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, env=environment(**(env or {})), cwd=cwd, timeout=SECONDS
    )


def in_this_process(
    *arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Ran:
    """The same in this process."""
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        status = _run(arguments, (given.fileno(), out.fileno(), err.fileno()), environment(**(env or {})), cwd)
        out.seek(0)
        err.seek(0)
        return Ran([*map(str, arguments)], status, out.read(), err.read())


@contextmanager
def terminal(columns: int = 80) -> Iterator[tuple[int, bytearray]]:
    """A terminal: the descriptor of its inner end, and what has been written there once the block has ended."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    written = bytearray()

    def read() -> None:
        while True:
            try:
                piece = os.read(here, 65536)
            except OSError:  # its inner end is closed
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


def on_screen(*arguments: str | Path, columns: int = 80, **env: str) -> tuple[str, int]:
    """What a command writes to a terminal of so many columns, and its status; in this process."""
    with terminal(columns) as (screen, written):
        status = _run(arguments, (screen, screen, screen), environment(**env), ROOT)
    return written.decode().replace("\r\n", "\n"), status


def on_screen_of_a_process(*arguments: str | Path, columns: int = 80, **env: str) -> tuple[str, int]:
    """The same in a process of its own."""
    with terminal(columns) as (screen, written):
        status = _started(arguments, (screen, screen, screen), environment(**env))
    return written.decode().replace("\r\n", "\n"), status


def watched(*arguments: str | Path) -> tuple[str, int]:
    """What a command writes to a terminal on stderr alone, and its status; in this process."""
    with terminal() as (screen, written), open(os.devnull, "r+b") as nothing:
        status = _run(arguments, (nothing.fileno(), nothing.fileno(), screen), environment(), ROOT)
    return written.decode(), status


def watched_in_a_process(*arguments: str | Path) -> tuple[str, int]:
    """The same in a process of its own."""
    with terminal() as (screen, written):
        status = _started(arguments, (subprocess.DEVNULL, subprocess.DEVNULL, screen), environment())
    return written.decode(), status


def _started(arguments: Iterable[str | Path], descriptors: Descriptors, env: Mapping[str, str]) -> int:
    """Run the command in a process with these for its descriptors 0, 1 and 2, and give its exit status."""
    stdin, stdout, stderr = descriptors
    command = [*SOFTSTEP, *map(str, arguments)]
    return subprocess.call(command, stdin=stdin, stdout=stdout, stderr=stderr, env=env, cwd=ROOT, timeout=SECONDS)


def _run(arguments: Iterable[str | Path], descriptors: Descriptors, env: Mapping[str, str], cwd: Path) -> int:
    """Run the command in this process with these for its descriptors 0, 1 and 2, and give its exit status."""
    with ExitStack() as stack:
        stack.enter_context(_as_before())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        for number, (name, mode, errors) in enumerate(STREAMS):
            stream = stack.enter_context(open(number, mode, encoding="utf-8", errors=errors, closefd=False))
            patch.setattr(sys, name, stream)
        patch.setattr(sys, "argv", ["softstep", *map(str, arguments)])
        patch.setattr(gc, "freeze", lambda: None)  # which could not be told from what is frozen already
        patch.setattr(sys, "excepthook", sys.excepthook)  # Typer has one of its own
        patch.setattr(app, "registered_commands", app.registered_commands)  # of which the command leaves one
        patch.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        stack.enter_context(warnings.catch_warnings(action="error"))
        with pytest.raises(SystemExit) as end:
            main()
    assert isinstance(end.value.code, int)
    return end.value.code


@contextmanager
def _as_before() -> Iterator[None]:
    """What a process leaves to the system as it ends is as it was: descriptors, signals, environment, garbage."""

    def hangs(number: int, frame: object) -> None:
        raise subprocess.TimeoutExpired("softstep", SECONDS)

    kept = [os.dup(number) for number in range(3)]
    env, collects = dict(os.environ), gc.isenabled()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, hangs)
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
