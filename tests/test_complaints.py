"""Bad configs: every complaint with its place, what is there, what it must be, and the cure.

`complaints.txt` has one config after the other, each with the complaints that it must get: `=== name`, the config,
`---`, the complaints. `python tests/test_complaints.py` writes the complaints anew, to be read before they are kept.
"""

import re
from pathlib import Path

import numpy as np
import pytest

import softstep
from softstep.config.schema import parse

CORPUS = Path(__file__).with_name("complaints.txt")
CURE = re.compile(r"c\.yaml:(\d+):(\d+): .*?'(.*)'.*(?:write (\S.*)|did you mean (.*)\?)$")


def corpus() -> dict[str, tuple[str, list[str]]]:
    """Each config by name, and its complaints."""
    parts = re.split(r"^=== (.*)\n", CORPUS.read_bytes().decode(), flags=re.MULTILINE)[1:]
    bodies = (body.rpartition("---\n") for body in parts[1::2])
    return {name: (text, told.splitlines()) for name, (text, _, told) in zip(parts[::2], bodies, strict=True)}


def complaints(text: str, folder: Path = Path("nowhere")) -> list[str]:
    """What is wrong with a config."""
    try:
        parse(text, "c.yaml", folder)
    except softstep.SoftstepError as error:
        return list(error.complaints)
    return []


@pytest.mark.parametrize("name", corpus())
def test_a_bad_config_gets_every_complaint(name: str) -> None:
    text, expected = corpus()[name]
    assert expected
    assert complaints(text) == expected


@pytest.mark.parametrize("name", corpus())
def test_a_complaint_is_one_line_with_a_place_and_a_cure(name: str) -> None:
    text, expected = corpus()[name]
    lines = len(text.splitlines()) + 1
    for complaint in expected:
        place = re.match(r"c\.yaml:(\d+):(\d+): [^:]+: .+; .+$", complaint)
        assert place
        assert 1 <= int(place[1]) <= lines
        assert complaint.isprintable()


def mended(text: str, told: list[str]) -> str | None:
    """The text with every cure applied that names what to write; None where one does not."""
    lines = text.splitlines(keepends=True)
    for complaint in reversed(told):
        cure = CURE.match(complaint)
        if cure is None:
            return None
        line, column, there, instead = int(cure[1]) - 1, int(cure[2]) - 1, cure[3], cure[4] or cure[5]
        rest = lines[line][column:]
        token = next((quoted for quoted in (f'"{there}"', f"'{there}'", there) if rest.startswith(quoted)), None)
        if token is None or " " in instead:
            return None
        lines[line] = lines[line][:column] + instead + rest[len(token) :]
    return "".join(lines)


def test_a_cure_that_says_what_to_write_makes_the_config_pass() -> None:
    cured = 0
    for name, (text, told) in corpus().items():
        better = mended(text, told)
        if better is not None:
            left = complaints(better)
            assert not left or name == "classes too few", (name, better, left)
            cured += 1
    assert cured > 35


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"title: caf\xe9\n", "1:11: byte 0xe9, must be UTF-8 text; save the file as UTF-8"),
        (b"title: x\n\xff\n", "2:1: byte 0xff, must be UTF-8 text; save the file as UTF-8"),
        ("title: x".encode("utf-16") + b"\x00\xd8", "1:9: byte 0x00, must be UTF-16 text; save the file as UTF-8"),
        (b"title: x\0\n", "1:9: text: control character U+0000, must be printable text; delete it"),
        (b"#" * (1 << 20) + b"\n", "larger than 1,048,576 bytes, the most it may have; put the matrices in CSV or NPY"),
    ],
    ids=["Latin-1", "no text", "broken UTF-16", "NUL", "too large"],
)
def test_bytes_that_are_no_text_are_refused_where_they_stand(data: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(data)
    with pytest.raises(softstep.SoftstepError) as refused:
        softstep.load(path)
    assert str(refused.value).startswith(f"{path}:{' ' if 'larger' in complaint else ''}{complaint}")


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.zeros(3), "float64 of shape (3,), must be a table of numbers; reshape it"),
        (np.array([["a"]]), "<U1 of shape (1, 1), must be a table of numbers"),
        (np.array([[1.0, np.nan]]), "nan at [0, 1], must be finite"),
        (np.zeros((0, 2)), "float64 of shape (0, 2), must be a table of numbers"),
    ],
    ids=["one dimension", "text", "not a number", "empty"],
)
def test_an_array_that_is_no_table_is_refused(array: np.ndarray, complaint: str, tmp_path: Path) -> None:
    np.save(tmp_path / "Z.npy", array)
    (told,) = complaints("embeddings: {file: Z.npy}\n", tmp_path)
    assert told.startswith("c.yaml:1:13: embeddings: ")
    assert complaint in told


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "sprung"),)

    np.save(tmp_path / "Z.npy", np.array([[Trap()]]), allow_pickle=True)
    (told,) = complaints("embeddings: {file: Z.npy}\n", tmp_path)
    assert "Z.npy: no array of numbers, must be one" in told
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("cut", [0, 5, 64, 130])
def test_a_truncated_array_is_refused(cut: int, tmp_path: Path) -> None:
    np.save(tmp_path / "Z.npy", np.zeros((4, 4)))
    data = (tmp_path / "Z.npy").read_bytes()
    (tmp_path / "Z.npy").write_bytes(data[:cut])
    (told,) = complaints("embeddings: {file: Z.npy}\n", tmp_path)
    assert "no array of numbers, must be one" in told


def test_a_complaint_about_a_data_file_names_its_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,x_0,x_1\n1,0.5,0.6\n2, 0.3,o.8\n")
    (tmp_path / "labels.csv").write_text("id,label\n1,0\n2,7\n3\n")
    text = "embeddings: {file: nodes.csv}\nlabels: {file: labels.csv}\nweights: [[1, 2], [3, 4]]\ntitel: x\n"
    assert [told.replace(f"{tmp_path}/", "") for told in complaints(text, tmp_path)] == [
        "c.yaml:4:1: config: unknown key 'titel', must be title, embeddings, logits, probabilities, labels, classes, "
        "features, weights, biases, learning_rate, gradient, rounding or marks; did you mean title?",
        "nodes.csv:3:8: embeddings.2: 'o.8', must be a decimal number; write 0.8",
        "labels.csv:3:3: labels.2: class '7', must be 0 or 1; write one of these",
        "labels.csv:4:1: labels.3: 0 cells behind the node, must be its class alone; write node,class",
    ]


def test_a_flood_of_complaints_is_cut_short() -> None:
    told = complaints("labels: [" + "x, " * 5000 + "]\nlogits: [[" + "x, " * 5000 + "]]\n")
    assert len(told) == 101
    assert told[-1] == "c.yaml: there may be more complaints; mend these first"


def test_a_file_nearly_of_that_name_is_offered(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("1,0.5\n")
    (told,) = complaints("embeddings: {file: node.csv}\n", tmp_path)
    assert told.endswith(f"no such file; did you mean {tmp_path / 'nodes.csv'}?")


def rewrite() -> None:
    """Write the complaints anew."""
    parts = (
        f"=== {name}\n{text}---\n" + "".join(f"{told}\n" for told in complaints(text))
        for name, (text, _) in corpus().items()
    )
    CORPUS.write_bytes("".join(parts).encode())


if __name__ == "__main__":
    rewrite()
