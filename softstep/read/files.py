"""The bytes of a file and the text in them; arrays of numbers from NumPy's NPY and NPZ files."""

import codecs
import os
import stat
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

import numpy as np

from softstep.compute.rows import parts
from softstep.errors import SoftstepError, say
from softstep.lesson.maths import Array
from softstep.names import safe_text
from softstep.read.suggest import did_you_mean, in_quotes, one_of

STDIN = "<stdin>"

MOST_BYTES = 1 << 20
"""The largest size of a config or a sheet."""

ARRAYS = (".npy", ".npz")
"""The suffixes of files of arrays."""

ENDINGS = (".csv", ".tsv", *ARRAYS)
"""The suffixes of data files."""

_DENSEST = 1100
"""The largest number of bytes that deflate packs into one."""


def check_file(path: Path) -> str:
    """The path as messages show it. Raises SoftstepError unless it is a regular file that can be read."""
    name = safe_text(str(path), 200)
    try:
        is_regular = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        beside = []
        with suppress(OSError):
            beside = os.listdir(path.parent)
        others = [other for other in beside if Path(other).suffix == path.suffix and other != path.name]
        near = [path.with_name(other) for other in get_close_matches(path.name, others, n=1, cutoff=0.75)]
        fix = f"did you mean {safe_text(str(near[0]), 200)}?" if near else "check the name and the folder"
        raise SoftstepError(f"{name}: no such file; {fix}") from None
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    if not is_regular:
        raise SoftstepError(f"{name}: this is {'a folder' if path.is_dir() else 'no regular file'}; name a file")
    if not os.access(path, os.R_OK):
        raise SoftstepError(f"{name}: no permission to read it; change that with chmod +r")
    return name


def _unreadable(name: str, error: OSError | ValueError) -> SoftstepError:
    return SoftstepError(f"{name}: cannot be read ({getattr(error, 'strerror', None) or error}); name another")


# Text


def read_text(path: str | Path, advice: str, noun: str = "config", name: str | None = None) -> tuple[str, str]:
    """The text of a file of at most `MOST_BYTES`, and its name in complaints. `-` is standard input.

    `advice` is the fix for a larger file, `noun` what it should be. Raises SoftstepError.
    """
    if str(path) == "-":
        if sys.stdin is None:
            raise SoftstepError(f"{STDIN}: standard input is closed; name a {noun}")
        if sys.stdin.isatty():
            say(f"softstep: reading a {noun} from the keyboard; end it with Ctrl-D")
        source, data = STDIN, sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        shown_path = check_file(Path(path))
        source = name or shown_path
        try:
            with open(path, "rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _unreadable(shown_path, error) from None
    if len(data) > MOST_BYTES:
        raise SoftstepError(f"{source}: larger than {MOST_BYTES:,} bytes, the most it may have; {advice}")
    return decode(data, source), source


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark. Raises SoftstepError at the first byte that is no text."""
    encoding = _encoding_of(data, name)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        found = f"{len(lines)}:{len(lines[-1]) + 1}: byte 0x{data[error.start]:02x}"
        expected = f"{encoding.upper().removesuffix('-SIG')} text"
        raise SoftstepError(f"{name}:{found}; expected {expected}; save the file as UTF-8") from None


def _encoding_of(start: bytes, name: str) -> str:
    """The encoding of a text that starts with these bytes. Raises SoftstepError if it is not supported."""
    if b"\0\0" in start[:4] or b"\0" in start[:2]:  # UTF-32, or UTF-16 without a mark
        raise SoftstepError(f"{name}:1:1: a zero byte; expected UTF-8 text; save the file as UTF-8")
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def text_encoding(path: Path, name: str, whole: bool = False) -> str:
    """The encoding of a text file. Raises SoftstepError at a byte that is no text, in its beginning or all of it."""
    try:
        with open(path, "rb") as file:
            encoding = _encoding_of(file.read(4), name)
        with open(path, encoding=encoding) as text:
            while text.read(MOST_BYTES) and whole:
                pass
    except OSError as error:
        raise _unreadable(name, error) from None
    except UnicodeDecodeError:
        decode(path.read_bytes(), name)
    return encoding


# Arrays


def array_file(path: Path, dimensions: int, key: str | None = None, as_typed: bool = False) -> Array:
    """The array in an NPY file, or under a key of an NPZ file, as float64 or as it is. Raises SoftstepError.

    Objects are never unpickled. A file of float64 is mapped into memory, not copied. If the header says that an array
    is no table of numbers, nothing of it is read.
    """
    name = check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that Python 2 wrote, or that are no headers
            if path.suffix.lower() == ".npz":
                array = _archived_array(path, name, key, dimensions)
            else:  # a memory map cannot be larger than its file
                array = np.asarray(np.lib.format.open_memmap(path, mode="r"))
                _check_kind(array.shape, array.dtype, dimensions, name)
    except (SoftstepError, MemoryError):
        raise
    except Exception:  # NumPy and zipfile raise many classes for a broken header
        raise _no_array(name) from None
    with np.errstate(over="ignore"):
        values = array if as_typed else np.asarray(array, dtype=float)
    start = 0
    for part in parts(values):
        if not np.isfinite(part).all():
            row, *column = np.argwhere(~np.isfinite(part))[0].tolist()
            place = [start + row, *column]
            raise SoftstepError(f"{name}: {values[tuple(place)]} at {place}; expected finite numbers; put one there")
        start += len(part)
    return values


def _archived_array(path: Path, name: str, key: str | None, dimensions: int) -> Array:
    """The array under a key of an NPZ file, or its only array."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist() if info.filename.endswith(".npy")}
        keys = [filename.removesuffix(".npy") for filename in members]
        info = members[f"{_check_key(key, keys, name)}.npy"]
        if info.file_size > max(info.compress_size, 1) * _DENSEST or info.compress_size > path.stat().st_size:
            raise _no_array(name)
        with archive.open(info) as member:
            _check_header(member, info.file_size, dimensions, name)
        with archive.open(info) as member:
            return np.asarray(np.lib.format.read_array(member, allow_pickle=False))


def _check_key(key: str | None, keys: list[str], name: str) -> str:
    """The key, or the only key if none is given. Raises SoftstepError if there is no such array."""
    if len(keys) == 1 and key is None:
        return keys[0]
    if key in keys:
        return str(key)
    found = f"no array '{safe_text(key)}'" if key is not None else f"{len(keys)} arrays" if keys else "no array"
    fix = f"add key: {in_quotes(safe_text(keys[0]))}" if keys else "save one"
    if key is not None and keys:
        fix = did_you_mean(key, keys) or f"write {in_quotes(safe_text(keys[0]))}"
    raise SoftstepError(f"{name}: {found}; expected {one_of(keys) if keys else 'one'}; {fix}")


def _check_header(member: IO[bytes], size: int, dimensions: int, name: str) -> None:
    """Raise ValueError if the array is larger than its file, SoftstepError if it is no table of numbers."""
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(member)
    bytes_ = dtype.itemsize
    for length in shape:
        bytes_ *= length
    if dtype.hasobject or not 0 <= bytes_ <= size:
        raise ValueError
    _check_kind(shape, dtype, dimensions, name)


def _check_kind(shape: Sequence[int], dtype: Any, dimensions: int, name: str) -> None:
    """Raise SoftstepError unless an array of this shape and type is a table, or a row, of numbers."""
    if dtype.kind not in "iuf" or len(shape) != dimensions or 0 in shape:
        expected = "a table of numbers" if dimensions == 2 else "a row of numbers"
        fix = "save numbers" if dtype.kind not in "iuf" else "fill it" if 0 in shape else "reshape it"
        raise SoftstepError(f"{name}: {dtype} of shape {tuple(shape)}; expected {expected}; {fix}")


def _no_array(name: str) -> SoftstepError:
    function = "numpy.savez" if name.lower().endswith(".npz") else "numpy.save"
    return SoftstepError(f"{name}: no array of numbers; expected one; save numbers with {function}")
