"""Where output goes: standard output or a file, whole or not at all."""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import cast

from softstep.errors import SoftstepError


def is_screen() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def print_text(text: str, instead: Callable[[], str]) -> None:
    """Print text for eyes in the encoding of standard output; `instead`, where that lacks a character of it."""
    with _stdout() as stream:
        try:
            encoded = text.encode(stream.encoding)
        except UnicodeEncodeError:
            encoded = instead().encode(stream.encoding, "backslashreplace")
        stream.buffer.write(encoded)
        stream.flush()


def print_data(pieces: Iterable[str]) -> None:
    """Print text for programs, in UTF-8 whatever the locale."""
    with _stdout() as stream:
        for piece in pieces:
            stream.buffer.write(piece.encode())
        stream.flush()


def discard_stdout() -> None:
    """Send what is still to be printed nowhere: Python flushes once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def flush_stdout() -> None:
    """See that what was printed arrives."""
    if sys.stdout.writable():
        with _stdout() as stream:
            stream.flush()


def stand_in_for_stdout() -> None:
    """Where standard output is closed, put something in its place that refuses what is printed."""
    if sys.stdout is None:
        sys.stdout = TextIOWrapper(BufferedReader(cast(RawIOBase, BytesIO())))


def write_file(path: Path, pieces: Iterable[str]) -> None:
    """Write UTF-8 to a file that others see old or new, never half. Raises SoftstepError where it cannot be written.

    What is no regular file (a device, a pipe, an open descriptor) is written to as it is; a link stays, and its target
    is replaced.
    """
    try:
        opened = re.fullmatch(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)|/dev/(stdout|stderr)", str(path))
        mode = _mode(path)
        if opened is None and (mode is None or stat.S_ISREG(mode)):
            _replace(path.resolve(), pieces, mode)
            return
        number = opened and (opened[1] or opened[2] or {"stdout": 1, "stderr": 2}[opened[3]])
        with open(os.dup(int(number)) if number else path, "wb") as file:
            file.writelines(piece.encode() for piece in pieces)
    except OSError as error:
        raise SoftstepError(f"softstep: {path} cannot be written ({error.strerror}); name another file") from None


def _replace(path: Path, pieces: Iterable[str], mode: int | None) -> None:
    import tempfile

    if mode is not None and not os.access(path, os.W_OK):
        raise PermissionError(13, "it is read-only")
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.writelines(piece.encode() for piece in pieces)
        os.chmod(name, 0o666 & ~_umask() if mode is None else stat.S_IMODE(mode))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _mode(path: Path) -> int | None:
    """What kind of file there is, and who may do what with it; None where there is none yet."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _stdout() -> Iterator[TextIOWrapper]:
    """Standard output, to be written to. Raises SoftstepError where that fails."""
    assert isinstance(sys.stdout, TextIOWrapper)
    if not sys.stdout.writable():
        raise SoftstepError("softstep: standard output is closed; open it, or name a file with -o FILE")
    try:
        yield sys.stdout
    except OSError as error:
        discard_stdout()
        raise SoftstepError(f"softstep: standard output cannot be written ({error.strerror}); use -o FILE") from None
