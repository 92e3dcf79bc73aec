"""Bad and odd NPY and NPZ files. Bad CSV files are in `corpora/bad_data`, see test_bad_configs."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support.problems import complaints_about

from softstep.read.schema import parse


def npy_bytes(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    """An array as NumPy saves it."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    return file.getvalue()


def npy_with_header(old: bytes, new: bytes) -> bytes:
    """An NPY file in whose header `old` is replaced by `new`, of the same length."""
    data = npy_bytes(np.zeros((2, 2)))
    assert data.count(old) == 1
    assert len(old) == len(new)
    return data.replace(old, new)


class Trap:
    """Touch a file when unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, ("sprung",)


TABLE = "expected a table of numbers"
NO_ARRAY = "no array of numbers; expected one"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (npy_bytes(np.zeros(3)), f"float64 of shape (3,); {TABLE}; reshape it"),
        (npy_bytes(np.float64(3)), f"float64 of shape (); {TABLE}; reshape it"),
        (npy_bytes(np.zeros((1, 2, 3))), f"float64 of shape (1, 2, 3); {TABLE}; reshape it"),
        (npy_bytes(np.zeros((0, 2))), f"float64 of shape (0, 2); {TABLE}; fill it"),
        (npy_bytes(np.array([["a"]])), f"<U1 of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.array([[b"a"]])), f"|S1 of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.array([[True]])), f"bool of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.array([[1j]])), f"complex128 of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.array([["2026-11-22"]], dtype="M8[D]")), f"datetime64[D] of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.zeros((1, 1), dtype=[("a", "f8")])), f"[('a', '<f8')] of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.zeros((1, 1), dtype="V8")), f"|V8 of shape (1, 1); {TABLE}; save numbers"),
        (npy_bytes(np.array([[1.0, np.nan]])), "nan at [0, 1]; expected finite numbers; put one there"),
        (npy_bytes(np.array([[1.0], [-np.inf]])), "-inf at [1, 0]; expected finite numbers; put one there"),
        (npy_bytes(np.array([[1e300]], dtype=np.longdouble) * np.longdouble(1e300)), "inf at [0, 0]; expected finite"),
        (npy_bytes(np.array([[Trap()]])), NO_ARRAY),
        (npy_bytes(np.zeros((2, 2), dtype=[("a", "O")])), NO_ARRAY),
        (b"", NO_ARRAY),
        (b"\x93NUMPY", NO_ARRAY),
        (npy_bytes(np.zeros((4, 4)))[:64], NO_ARRAY),
        (npy_bytes(np.zeros((4, 4)))[:-1], NO_ARRAY),
        (npy_bytes(np.zeros((4, 4)))[:128], NO_ARRAY),
        (b"0.5,0.6\n", NO_ARRAY),
        (b"\x80\x04\x95\x0f\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.", NO_ARRAY),
        (b"PK\x03\x04" + b"\0" * 100, NO_ARRAY),
        (npy_with_header(b"(2, 2), } ", b"(2, -2), }"), NO_ARRAY),
        (npy_with_header(b"(2, 2), }    ", b"(2, 2000000)}"), NO_ARRAY),
        (npy_with_header(b"(2, 2), }                 ", b"(9999999999, 9999999999)} "), NO_ARRAY),
        (npy_with_header(b"(2, 2), } ", b"(2, 2.5), "), NO_ARRAY),
        (npy_with_header(b"'<f8'", b"'<f0'"), NO_ARRAY),
        (npy_with_header(b"'<f8'", b"'!!!'"), NO_ARRAY),
        (npy_with_header(b"{'descr'", b"[exit()]"), NO_ARRAY),
        (npy_with_header(b"NUMPY\x01\0v\0", b"NUMPY\x01\0\xff\xff"), NO_ARRAY),
        (npy_with_header(b"NUMPY\x01\0", b"NUMPY\x09\0"), NO_ARRAY),
        (b"\x93NUMPY\x02\0\xff\xff\xff\xff" + b" " * 100, NO_ARRAY),
        (b"\x93NUMPY\x02\0\x40\x42\x0f\0" + b"{" * 1_000_000, NO_ARRAY),
        (b"\x93NUMPY\x01\0\x10\x27" + b"(" * 10_000, NO_ARRAY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_array_that_is_not_a_table_of_numbers_is_refused(data: bytes, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "Z.npy").write_bytes(data)
    (line,) = complaints_about("embeddings: {file: Z.npy}\n", tmp_path)
    assert line.startswith(f"c.yaml:1:13: embeddings: Z.npy: {complaint}")
    assert line.isprintable()


SMALL = np.array([[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    "data",
    [
        *(npy_bytes(SMALL.astype(kind)) for kind in ("i1", "u1", "<i2", ">i2", ">u4", ">i8", "<u8")),
        *(npy_bytes(SMALL.astype(kind)) for kind in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", np.longdouble)),
        *(npy_bytes(np.asfortranarray(SMALL.astype(kind))) for kind in ("<i8", ">f8", "<f8")),
        *(npy_bytes(SMALL.astype(float), version) for version in ((1, 0), (2, 0), (3, 0))),
        npy_bytes(SMALL.astype(float)) + b"what NumPy does not look at",
        npy_bytes(np.arange(12.0).reshape(2, 6)[:, 1:4] + np.array([[0], [-3]])),
    ],
)
def test_numbers_of_every_type_memory_order_and_npy_version_are_read(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "Z.npy").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "Z.npz", "w") as archive:
        archive.writestr("Z.npy", data)
    for name in ("Z.npy", "Z.npz"):
        given = parse(f"embeddings: {{file: {name}}}\n", "c.yaml", tmp_path).given
        assert given.values["embeddings"].dtype == float
        assert given.values["embeddings"].tolist() == SMALL.tolist()


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_labels_of_many_digits_are_read_exactly(suffix: str, tmp_path: Path) -> None:
    y = np.array([1234567890123457, 1234567890123456])
    {"npy": np.save, "npz": np.savez}[suffix](tmp_path / f"y.{suffix}", y)
    text = f"logits: [[1, 2], [3, 4]]\nclasses: [1234567890123456, 1234567890123457]\nlabels: {{file: y.{suffix}}}\n"
    assert parse(text, "c.yaml", tmp_path).given.values["labels"].tolist() == [1, 0]


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_objects_are_never_unpickled(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    {"npy": np.save, "npz": np.savez}[suffix](f"Z.{suffix}", np.array([[Trap()]]))
    assert "no array of numbers" in complaints_about(f"embeddings: {{file: Z.{suffix}}}\n", tmp_path)[0]
    assert not Path("sprung").exists()
    np.load(f"Z.{suffix}", allow_pickle=True)["arr_0" if suffix == "npz" else 0]
    assert Path("sprung").exists()


@pytest.mark.parametrize("cut", range(0, 160, 3))
def test_an_npy_file_cut_anywhere_is_refused(cut: int, tmp_path: Path) -> None:
    (tmp_path / "Z.npy").write_bytes(npy_bytes(np.zeros((2, 2)))[:cut])
    (complaint,) = complaints_about("embeddings: {file: Z.npy}\n", tmp_path)
    assert NO_ARRAY in complaint


def test_an_npz_file_cut_or_changed_anywhere_is_refused_or_read_correctly(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Z.npy", npy_bytes(np.arange(4.0).reshape(2, 2)))
    data = file.getvalue()
    for at in range(len(data)):
        for changed in (data[:at], data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]):
            (tmp_path / "Z.npz").write_bytes(changed)
            complaints = complaints_about("embeddings: {file: Z.npz}\n", tmp_path)
            assert all(line.startswith("c.yaml:1:13: embeddings: Z.npz: ") for line in complaints), at
            if not complaints:  # the changed byte does not matter, a date for example
                given = parse("embeddings: {file: Z.npz}\n", "c.yaml", tmp_path).given
                assert given.values["embeddings"].tolist() == [[0, 1], [2, 3]], at


def test_a_file_with_a_similar_name_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("1,0.5\n")
    (complaint,) = complaints_about("embeddings: {file: node.csv}\n", tmp_path)
    assert complaint.endswith("no such file; did you mean nodes.csv?")
