"""The bytes of a file and the text in them; arrays of numbers from NumPy's NPY and NPZ files."""

import codecs
import os
import stat
import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

import numpy as np

from softstep.compute.rows import parts
from softstep.errors import SoftstepError, say
from softstep.lesson.maths import Array
from softstep.names import first_words, join_words, safe_text
from softstep.read.scalars import did_you_mean, in_quotes

STDIN = "<stdin>"

MOST_BYTES = 1 << 20
"""A config or a sheet has no more."""

ARRAYS = (".npy", ".npz")
"""How the names of files of arrays end."""

ENDINGS = (".csv", ".tsv", *ARRAYS)
"""How the names of data files end."""

_MARKS = dict.fromkeys([codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], "utf-16")

_DENSEST = 1100
"""Deflate packs no more than so many bytes into one."""


def check_file(path: Path) -> str:
    """The path as messages show it. Raises SoftstepError unless it is a regular file that can be read."""
    name = safe_text(str(path), 200)
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
        if regular and os.access(path, os.R_OK):
            return name
    except FileNotFoundError:
        raise SoftstepError(f"{name}: no such file{_nearest(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SoftstepError(f"{name}: cannot be read ({reason}); name another") from None
    if regular:
        raise SoftstepError(f"{name}: no permission to read it; change that with chmod +r")
    raise SoftstepError(f"{name}: this is {'a folder' if path.is_dir() else 'no regular file'}; name a file")


def check_csv(path: Path) -> str:
    """The same of a file that may be CSV."""
    name = check_file(path)
    if path.suffix.lower() in (".xlsx", ".xls", ".ods", ".parquet", ".pt", ".pkl"):
        raise SoftstepError(f"{name}: a {path.suffix} file; expected CSV, NPY or NPZ; save it as one of them")
    return name


def read_text(path: str | Path, advice: str, what: str = "config", name: str | None = None) -> tuple[str, str]:
    """The text in a file of at most `MOST_BYTES`, and what that is called in complaints; `-` is standard input.

    `what` should be there, and `advice` cures a larger one. Raises SoftstepError.
    """
    if str(path) == "-":
        source, data = STDIN, _read_stdin(what)
    else:
        source = name or safe_text(str(path), 200)
        shown_name = check_file(Path(path))
        try:
            with open(path, "rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise SoftstepError(f"{shown_name}: cannot be read ({error.strerror}); name another") from None
    if len(data) > MOST_BYTES:
        raise SoftstepError(f"{source}: larger than {MOST_BYTES:,} bytes, the most it may have; {advice}")
    return decode(data, source), source


def _read_stdin(what: str) -> bytes:
    """The bytes of standard input; where a person has to type them, a line on stderr says so."""
    if sys.stdin is None:
        raise SoftstepError(f"{STDIN}: standard input is closed; name a {what}")
    if sys.stdin.isatty():
        say(f"softstep: reading a {what} from the keyboard; end it with Ctrl-D")
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def decode(data: bytes, name: str) -> str:
    """The text: UTF-8, or UTF-16 where its mark says so. Raises SoftstepError at the first byte that is not."""
    encoding = encoding_of(data, name)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        lines = data[: error.start].decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        called = encoding.upper().removesuffix("-SIG")
        raise SoftstepError(
            f"{name}:{len(lines)}:{len(lines[-1]) + 1}: byte 0x{data[error.start]:02x}; expected {called} text; "
            "save the file as UTF-8"
        ) from None


def encoding_of(start: bytes, name: str) -> str:
    """The encoding that the byte order mark names. Raises SoftstepError for what is not read."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise SoftstepError(f"{name}:1:1: UTF-32 text; expected UTF-8 text; save the file as UTF-8")
    encoding = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and b"\0" in start[:2]:
        raise SoftstepError(f"{name}:1:1: UTF-16 text without its mark; expected UTF-8 text; save the file as UTF-8")
    return encoding


def encoding_in(path: Path, name: str) -> str:
    """The encoding of a text file. Raises SoftstepError for what is not read."""
    try:
        with open(path, "rb") as file:
            return encoding_of(file.read(4), name)
    except OSError as error:
        raise SoftstepError(f"{name}: cannot be read ({error.strerror}); name another") from None


def check_text(path: Path, name: str, beginning: bool = False) -> None:
    """Raise SoftstepError at the first byte of a file of any size, or of its `beginning`, that is no text."""
    try:
        with open(path, encoding=encoding_in(path, name)) as file:
            while file.read(MOST_BYTES) and not beginning:
                pass
    except UnicodeDecodeError:
        decode(path.read_bytes(), name)


def _nearest(path: Path) -> str:
    """A hint at a file whose name is nearly the same, if there is one beside it."""
    if path.is_symlink():
        return ", for it is a link to nothing; name another"
    try:
        alike = [name for name in os.listdir(path.parent) if Path(name).suffix == path.suffix]
        near = get_close_matches(path.name, alike, n=1, cutoff=0.75)
    except OSError:
        near = []
    return (
        f"; did you mean {safe_text(str(path.with_name(near[0])), 200)}?" if near else "; check the name and the folder"
    )


def array_file(path: Path, dimensions: int, key: str | None = None, as_typed: bool = False) -> Array:
    """The array in an NPY file, or of this key in an NPZ file, as float64 or as it is. Raises SoftstepError.

    Objects are never unpickled. A file of float64 is mapped into memory, not copied; nothing is read of an array that
    its header says is no table of numbers.
    """
    file = check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote, or that are none
            if path.suffix.lower() == ".npz":
                array = _member(path, file, key, dimensions)
            else:
                array = np.asarray(
                    np.lib.format.open_memmap(path, mode="r")
                )  # no header can ask for more than there is
                _check_kind(array.shape, array.dtype, dimensions, file)
    except (SoftstepError, MemoryError):
        raise
    except Exception:  # whatever a broken header makes NumPy and zipfile raise: they name no class for it
        raise _no_array(file) from None
    with np.errstate(over="ignore"):
        values = array if as_typed else np.asarray(array, dtype=float)
    _check_finite(values, file)
    return values


def _check_kind(shape: Sequence[int], dtype: Any, dimensions: int, file: str) -> None:
    """Raise SoftstepError unless an array of this shape and type is a table, or a row, of numbers."""
    if dtype.kind not in "iuf" or len(shape) != dimensions or 0 in shape:
        expected = "a table of numbers" if dimensions == 2 else "a row of numbers"
        fix = "save numbers" if dtype.kind not in "iuf" else "fill it" if 0 in shape else "reshape it"
        raise SoftstepError(f"{file}: {dtype} of shape {tuple(shape)}; expected {expected}; {fix}")


def _member(path: Path, file: str, key: str | None, dimensions: int) -> Array:
    """The array of this key in an NPZ file, or the only one."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        arrays = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        members = {info.filename.removesuffix(".npy"): info for info in arrays}
        info = members[_key(key, list(members), file)]
        if info.file_size > max(info.compress_size, 1) * _DENSEST or info.compress_size > path.stat().st_size:
            raise _no_array(file)
        with archive.open(info) as member:
            _check_header(member, info.file_size, dimensions, file)
        with archive.open(info) as member:
            return np.asarray(np.lib.format.read_array(member, allow_pickle=False))


def _key(key: str | None, keys: list[str], file: str) -> str:
    """The key of the array that is meant."""
    if key is None and len(keys) != 1:
        found = f"{len(keys)} arrays, {first_words(keys)}" if keys else "no array"
        fix = f"add key: {in_quotes(safe_text(keys[0]))}" if keys else "save one"
        raise SoftstepError(f"{file}: {found}; expected one; {fix}")
    if key is not None and key not in keys:
        fix = did_you_mean(key, keys) or f"write {in_quotes(safe_text(keys[0]))}" if keys else "save one"
        expected = join_words(keys, "or") if 0 < len(keys) < 12 else "one of its arrays"
        raise SoftstepError(f"{file}: no array '{safe_text(key)}'; expected {expected}; {fix}")
    return keys[0] if key is None else key


def _check_header(member: IO[bytes], size: int, dimensions: int, file: str) -> None:
    """Raise ValueError where an array is larger than the bytes that are there, SoftstepError where it is no table."""
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(member)
    bytes_ = dtype.itemsize
    for length in shape:
        bytes_ *= length
    if dtype.hasobject or not 0 <= bytes_ <= size:
        raise ValueError
    _check_kind(shape, dtype, dimensions, file)


def _check_finite(values: Array, file: str) -> None:
    done = 0
    for part in parts(values):
        if not np.isfinite(part).all():
            bad = np.argwhere(~np.isfinite(part))[0]
            at: list[Any] = [int(bad[0]) + done, *bad[1:].tolist()]
            raise SoftstepError(f"{file}: {part[tuple(bad)]} at {at}; expected finite numbers; put one there")
        done += len(part)


def _no_array(file: str) -> SoftstepError:
    saved = "numpy.savez" if file.lower().endswith(".npz") else "numpy.save"
    return SoftstepError(f"{file}: no array of numbers; expected one; save numbers with {saved}")
