"""Where output goes: standard output or a file, whole or not at all."""

import os
import re
import signal
import stat
import sys
from codecs import getincrementalencoder
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, BytesIO, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import cast

from softstep.errors import SoftstepError


def is_screen() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def stdout_encoding() -> str:
    """The encoding of standard output, in which text for people is printed."""
    return sys.stdout.encoding


def print_pieces(pieces: Iterable[str], encoding: str = "utf-8") -> None:
    """Print text piece by piece; text for programs is UTF-8 whatever the locale."""
    encoder = getincrementalencoder(encoding)("backslashreplace")  # a byte order mark comes once
    with _stdout() as stream:
        for piece in pieces:
            stream.buffer.write(encoder.encode(piece))
            stream.flush()


def discard_stdout() -> None:
    """Discard what is still to be printed: Python flushes once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def flush_stdout() -> None:
    """Flush standard output, and raise SoftstepError if that fails."""
    if sys.stdout.writable():
        with _stdout() as stream:
            stream.flush()


def stand_in_for_stdout() -> None:
    """If standard output is closed, put a stream in its place that refuses what is printed."""
    if sys.stdout is None:
        sys.stdout = TextIOWrapper(BufferedReader(cast(RawIOBase, BytesIO())))


def refuse_unwritable(path: Path) -> None:
    """Raise SoftstepError if a file is not writable, before there is anything to write."""
    if _descriptor(path) is not None:
        return
    try:
        mode = _mode(path)
        folder = path.resolve().parent
        os.stat(folder)
    except OSError as error:
        raise _unwritable(path, error.strerror) from None
    if mode is not None and stat.S_ISDIR(mode):
        raise _unwritable(path, "Is a directory")
    existing = [] if mode is None else [path]
    beside = (
        [folder] if mode is None or stat.S_ISREG(mode) else []
    )  # where the new file is written before it is renamed
    if not all(os.access(each, os.W_OK) for each in (*existing, *beside)):
        raise _unwritable(path, "Permission denied")


def refuse_replacing(path: Path, read: Iterable[Path]) -> None:
    """Raise SoftstepError if `path` is one of the files that were read, by whatever name or link."""
    for each in read:
        with suppress(OSError):  # one of them does not exist, or no longer
            if os.path.isfile(path) and os.path.samefile(path, each):
                raise _unwritable(path, "it is what this is made from")


def write_file(path: Path, pieces: Iterable[str] | Iterable[bytes]) -> None:
    """Write text (as UTF-8) or bytes to a file, which others see either old or new, never half.

    A device, a pipe or an open descriptor is written to directly; of a link the target is replaced. Raises
    SoftstepError if it cannot be written.
    """
    try:
        opened = _descriptor(path)
        mode = _mode(path)
        if opened is None and (mode is None or stat.S_ISREG(mode)):
            _write_beside(path.resolve(), pieces, mode)
            return
        with open(path if opened is None else os.dup(opened), "wb") as file:
            file.writelines(map(_to_bytes, pieces))
    except OSError as error:
        raise _unwritable(path, error.strerror) from None


def _descriptor(path: Path) -> int | None:
    """The number of the open descriptor that a path such as /dev/fd/3 stands for, if it does."""
    opened = re.fullmatch(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)|/dev/(stdout|stderr)", str(path))
    return int(opened[1] or opened[2] or {"stdout": 1, "stderr": 2}[opened[3]]) if opened else None


def _unwritable(path: Path, why: str | None) -> SoftstepError:
    return SoftstepError(f"softstep: {path} cannot be written ({why}); name another file")


def _to_bytes(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode()


def _write_beside(path: Path, pieces: Iterable[str] | Iterable[bytes], mode: int | None) -> None:
    """Write a new file beside `path`, and give it that name once it is whole."""
    if mode is not None and not os.access(path, os.W_OK):
        raise PermissionError(13, "it is read-only")
    unfinished = path.with_name(f".softstep-{os.urandom(8).hex()}")
    try:
        with _remove_if_killed(unfinished):
            with open(unfinished, "xb") as file:
                if mode is not None and os.chmod in os.supports_fd:
                    os.chmod(file.fileno(), stat.S_IMODE(mode))
                file.writelines(map(_to_bytes, pieces))
                file.flush()
                os.fsync(file.fileno())  # a full disk may say so only now
            os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def _remove_if_killed(unfinished: Path) -> Iterator[None]:
    """Remove the file if SIGTERM or SIGHUP ends the process meanwhile.

    A handler that raises would not do: an exception raised inside a library can be lost there.
    """

    def end(number: int, _: object) -> None:
        unfinished.unlink(missing_ok=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] != signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])


def _mode(path: Path) -> int | None:
    """The mode of the file (its kind and permissions); None if there is none yet."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _stdout() -> Iterator[TextIOWrapper]:
    """Standard output, for writing. Raises SoftstepError if that fails."""
    assert isinstance(sys.stdout, TextIOWrapper)
    if not sys.stdout.writable():
        raise SoftstepError("softstep: standard output is closed; open it, or name a file with -o FILE")
    try:
        yield sys.stdout
    except OSError as error:
        discard_stdout()
        raise SoftstepError(f"softstep: standard output cannot be written ({error.strerror}); use -o FILE") from None
