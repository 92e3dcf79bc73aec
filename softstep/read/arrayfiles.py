"""Arrays of numbers from NumPy's NPY and NPZ files, of which none is taken for larger than its file."""

import warnings
from pathlib import Path
from typing import IO, Any

import numpy as np

from softstep.compute.rows import parts
from softstep.errors import SoftstepError
from softstep.lesson.maths import Array
from softstep.names import joined, some
from softstep.read.scalars import in_quotes
from softstep.read.sources import check_file, shown
from softstep.read.values import did_you_mean

SUFFIXES = (".npy", ".npz")

_DENSEST = 1100
"""Deflate packs no more than so many bytes into one."""


def array_file(path: Path, dimensions: int, key: str | None = None, as_typed: bool = False) -> Array:
    """The array in an NPY file, or of this key in an NPZ file, as float64 or as it is. Raises SoftstepError.

    Objects are never unpickled. A file of float64 is mapped into memory, not copied.
    """
    file = check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote, or that are none
            array = _member(path, file, key) if path.suffix.lower() == ".npz" else _mapped(path)
    except SoftstepError:
        raise
    except Exception:  # whatever a broken header makes NumPy and zipfile raise: they name no class for it
        raise _no_array(file) from None
    if array.dtype.kind not in "iuf" or array.ndim != dimensions or 0 in array.shape:
        must = "a table of numbers" if dimensions == 2 else "a row of numbers"
        cure = "fill it" if 0 in array.shape else "reshape it"
        cure = cure if array.dtype.kind in "iuf" else "save numbers"
        raise SoftstepError(f"{file}: {array.dtype} of shape {array.shape}; expected {must}; {cure}")
    with np.errstate(over="ignore"):
        values = array if as_typed else np.asarray(array, dtype=float)
    _check_finite(values, file)
    return values


def _mapped(path: Path) -> Array:
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))  # no header can ask for more than is there


def _member(path: Path, file: str, key: str | None) -> Array:
    """The array of this key in an NPZ file, or the only one."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        arrays = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        members = {info.filename.removesuffix(".npy"): info for info in arrays}
        info = members[_key(key, list(members), file)]
        if info.file_size > max(info.compress_size, 1) * _DENSEST or info.compress_size > path.stat().st_size:
            raise _no_array(file)
        with archive.open(info) as member:
            _check_header(member, info.file_size)
        with archive.open(info) as member:
            return np.asarray(np.lib.format.read_array(member, allow_pickle=False))


def _key(key: str | None, keys: list[str], file: str) -> str:
    """The key of the array that is meant."""
    if key is None and len(keys) != 1:
        there = f"{len(keys)} arrays, {some(keys)}" if keys else "no array"
        cure = f"add key: {in_quotes(shown(keys[0]))}" if keys else "save one"
        raise SoftstepError(f"{file}: {there}; expected one; {cure}")
    if key is not None and key not in keys:
        cure = did_you_mean(key, keys) or f"write {in_quotes(shown(keys[0]))}" if keys else "save one"
        must = joined(keys, "or") if 0 < len(keys) < 12 else "one of its arrays"
        raise SoftstepError(f"{file}: no array '{shown(key)}'; expected {must}; {cure}")
    return keys[0] if key is None else key


def _check_header(member: IO[bytes], size: int) -> None:
    """Raise ValueError where an array would be larger than the bytes that are there, or made of objects."""
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(member)
    bytes_ = dtype.itemsize
    for length in shape:
        bytes_ *= length
    if dtype.hasobject or not 0 <= bytes_ <= size:
        raise ValueError


def _check_finite(values: Array, file: str) -> None:
    done = 0
    for part in parts(values):
        if not np.isfinite(part).all():
            bad = np.argwhere(~np.isfinite(part))[0]
            at: list[Any] = [int(bad[0]) + done, *bad[1:].tolist()]
            raise SoftstepError(f"{file}: {part[tuple(bad)]} at {at}; expected finite; put a number there")
        done += len(part)


def _no_array(file: str) -> SoftstepError:
    saved = "numpy.savez" if file.lower().endswith(".npz") else "numpy.save"
    return SoftstepError(f"{file}: no array of numbers; expected one; save numbers with {saved}")
