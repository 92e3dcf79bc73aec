"""Case files: read and rewritten byte for byte, and every file in `corpora` is used."""

from pathlib import Path

import pytest

from support.cases import read_case_file
from support.running import CORPORA

FILE = """About things.

[file nodes.csv]
1,2

[case one]
a: 1

[complaints]
c.yaml:1:1: a

[case none]

[case an end, no newline at the end]
[0.5
[file more.csv, as in bytes/more.csv]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case file."""
    (tmp_path / "bytes").mkdir()
    (tmp_path / "bytes" / "more.csv").write_bytes(b"\xff\r\n")
    path = tmp_path / "things.txt"
    path.write_text(FILE)
    return path


def test_what_is_typed_is_kept_byte_for_byte(path: Path) -> None:
    one, none, end = read_case_file(path).cases
    assert (one.typed.data, none.typed.data, end.typed.data) == (b"a: 1\n\n", b"", b"[0.5")
    assert [typed.data for typed in end.needed_files().values()] == [b"1,2\n", b"\xff\r\n"]
    assert one["complaints"] == ["c.yaml:1:1: a"]
    assert none["complaints"] == []


def test_only_the_expected_output_of_a_case_is_rewritten(path: Path) -> None:
    one, none, _ = read_case_file(path).cases
    one.expect("complaints", [])
    none.expect("complaints", ["b", "c"])
    expected = FILE.replace("[complaints]\nc.yaml:1:1: a\n", "")
    assert path.read_text() == expected.replace("[case none]\n", "[case none]\n[complaints]\nb\nc\n")


@pytest.mark.parametrize(
    ("old", "new"), [("\n[case none]", "[case none]"), ("[case none]", "[case one]"), ("\n[file nodes", "[file nodes")]
)
def test_a_case_file_with_a_mistake_in_its_sections_is_refused(path: Path, old: str, new: str) -> None:
    path.write_text(FILE.replace(old, new))
    with pytest.raises(ValueError, match="an empty line before a case is missing"):
        read_case_file(path)


def test_every_file_of_bytes_is_used_by_a_case() -> None:
    for folder in CORPORA.glob("*/bytes"):
        text = "".join(path.read_text() for path in folder.parent.glob("*.txt"))
        assert [path.name for path in folder.iterdir() if f", as in bytes/{path.name}]\n" not in text] == []
