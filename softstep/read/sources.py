"""The bytes of a config or a data file, and the text in them."""

import codecs
import os
import stat
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from softstep.errors import SoftstepError, say
from softstep.read.complaints import Place

STDIN = "<stdin>"

MOST_BYTES = 1 << 20
"""A config or a sheet has no more."""

_MARKS = {
    **dict.fromkeys([codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE], "utf-32"),
    **dict.fromkeys([codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], "utf-16"),
}
"""Byte order marks; that of UTF-16 begins that of UTF-32, and so comes after it."""


def check_file(path: Path) -> str:
    """The path as messages show it. Raises SoftstepError unless it is a regular file that can be read."""
    name = shown(str(path), 200)
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
        if regular and os.access(path, os.R_OK):
            return name
    except FileNotFoundError:
        raise SoftstepError(f"{name}: no such file{_nearest(path)}") from None
    except (OSError, ValueError) as error:
        raise SoftstepError(
            f"{name}: cannot be read ({getattr(error, 'strerror', None) or error}); name another"
        ) from None
    if regular:
        raise SoftstepError(f"{name}: no permission to read it; change that with chmod +r")
    raise SoftstepError(f"{name}: this is {'a folder' if path.is_dir() else 'no regular file'}; name a file")


def read_file(path: Path, limit: int | None = None, advice: str = "") -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises SoftstepError; `advice` cures a larger one."""
    name = check_file(path)
    try:
        with open(path, "rb") as file:
            return _limited(file.read(-1 if limit is None else limit + 1), name, limit, advice)
    except OSError as error:
        raise SoftstepError(f"{name}: cannot be read ({error.strerror}); name another") from None


def _read_stdin(limit: int, advice: str, what: str) -> bytes:
    """The bytes of standard input; where a person has to type them, a line on stderr says so."""
    if sys.stdin is None:
        raise SoftstepError(f"{STDIN}: standard input is closed; name a {what}")
    if sys.stdin.isatty():
        say(f"softstep: reading a {what} from the keyboard; end it with Ctrl-D")
    return _limited(sys.stdin.buffer.read(limit + 1), STDIN, limit, advice)


def read_text(path: str | Path, advice: str, what: str = "config", name: str | None = None) -> tuple[str, str]:
    """The text in a file of at most `MOST_BYTES`, and what that is called in complaints; `-` is standard input.

    `what` should be there, and `advice` cures a larger one. Raises SoftstepError.
    """
    if str(path) == "-":
        return decode(_read_stdin(MOST_BYTES, advice, what), STDIN), STDIN
    source = name or shown(str(path), 200)
    return decode(read_file(Path(path), MOST_BYTES, advice), source), source


def decode(data: bytes, name: str) -> str:
    """The text: UTF-8, or what its byte order mark says. Raises SoftstepError at the first byte that is not."""
    encoding = _encoding(data, name)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = end_of(data[: error.start].decode(encoding, "replace"))
        called = encoding.upper().removesuffix("-SIG")
        raise SoftstepError(
            f"{name}:{line}:{column}: byte 0x{data[error.start]:02x}; expected {called} text; save the file as UTF-8"
        ) from None


def text_lines(path: Path, name: str) -> Iterator[tuple[int, str]]:
    """The lines of a text file of any size, with their numbers. Raises SoftstepError, if any, before the first."""
    shown_name = check_file(path)
    try:
        with open(path, "rb") as start:
            encoding = _encoding(start.read(4), name)
        with open(path, encoding=encoding) as file:
            while file.read(MOST_BYTES):
                pass
        with open(path, encoding=encoding) as file:
            yield from enumerate((line.rstrip("\n") for line in file), 1)
    except UnicodeDecodeError:
        decode(read_file(path), name)
    except OSError as error:
        raise SoftstepError(f"{shown_name}: cannot be read ({error.strerror}); name another") from None


def lines_in(text: str) -> list[str]:
    """The lines of a text, as an editor counts them, an empty one behind the last line break.

    >>> lines_in("one\\r\\ntwo\\fthree\\r")
    ['one', 'two\\x0cthree', '']
    """
    return StringIO(text, newline=None).read().split("\n")


def end_of(text: str) -> Place:
    """The line and column at which the text ends, counted from 1.

    >>> end_of("one\\ntwo"), end_of("one\\n")
    ((2, 4), (2, 1))
    """
    lines = lines_in(text)
    return len(lines), len(lines[-1]) + 1


def _encoding(start: bytes, name: str) -> str:
    """The encoding that the byte order mark names. Raises SoftstepError for UTF-16 without one."""
    encoding = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and b"\0" in start[:2]:
        raise SoftstepError(f"{name}:1:1: UTF-16 text without its mark; expected UTF-8 text; save the file as UTF-8")
    return encoding


def shown(text: str, most: int = 40) -> str:
    """The text as a message may show it: cut to `most` characters, without control characters."""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"


def _limited(data: bytes, name: str, limit: int | None, advice: str) -> bytes:
    if limit is not None and len(data) > limit:
        raise SoftstepError(f"{name}: larger than {limit:,} bytes, the most it may have; {advice}")
    return data


def _nearest(path: Path) -> str:
    """A hint at a file whose name is nearly the same, if there is one beside it."""
    if path.is_symlink():
        return ", for it is a link to nothing; name another"
    try:
        alike = [name for name in os.listdir(path.parent) if Path(name).suffix == path.suffix]
        near = get_close_matches(path.name, alike, n=1, cutoff=0.75)
    except OSError:
        near = []
    return f"; did you mean {shown(str(path.with_name(near[0])), 200)}?" if near else "; check the name and the folder"
