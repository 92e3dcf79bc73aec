"""Data files: CSV of any size, read by NumPy or cell by cell, and arrays in NPY and NPZ files."""

import random
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from support.problems import complaints_about, few_and_many, problem_in

from softstep.compute.rows import NumberNames
from softstep.lesson.quantities import FEATURE, NODE
from softstep.read import large_csv
from softstep.read.csv_lines import csv_lines, has_header, numbered_lines

BOTH = "embeddings: {file: nodes.csv}\nlabels: {file: nodes.csv, column: label}\nweights: [[1, 2], [3, 4]]\n"
ROWS = "id,x_0,x_1,label\n1,0.5,-1e-05,0\n2,3.,.25,1\n30,-0,+7,1\n"


@pytest.fixture(params=["by NumPy", "cell by cell"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read every CSV file in one of the two ways."""
    monkeypatch.setattr(large_csv, "LARGE", 0 if request.param == "by NumPy" else 1 << 60)
    return str(request.param)


def meaning_or_complaints(text: str, folder: Path) -> object:
    """The numbers and names of a config, or the complaints about it."""
    complaints = complaints_about(text, folder)
    if complaints:
        return complaints
    given = problem_in(text, "c.yaml", folder).given
    names = {axis.key: list(value) for axis, value in given.names.items()}
    return {key: value.tolist() for key, value in given.values.items()}, names, given.labelled.tolist()


def load_with_numpy(path: Path, column: str | None = None, numbers: bool = True) -> large_csv.Loaded | None:
    """What NumPy reads from a file; None if the file is not plain."""
    lines = csv_lines(path.name, partial(numbered_lines, path, "utf-8-sig"), of_words=not numbers and column is None)
    at = lines.header.index(column) + 1 if column and lines.header else None
    return large_csv.load_csv(path, lines, at, numbers)


def read_both_ways(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    """The meaning of a config if its files are read by NumPy, and cell by cell."""
    results = []
    for large in (0, 1 << 60):
        monkeypatch.setattr(large_csv, "LARGE", large)
        results.append(meaning_or_complaints(text, folder))
    return results[0], results[1]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_with_a_label_column_gives_embeddings_and_labels(sign: str, end: str, tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_bytes(ROWS.replace(",", sign).replace("\n", end).encode("utf-8-sig"))
    given = problem_in(BOTH, "c.yaml", tmp_path).given
    assert given.values["embeddings"].tolist() == [[0.5, -1e-05], [3, 0.25], [0, 7]]
    assert given.values["labels"].tolist() == [0, 1, 1]
    assert given.names[NODE] == ("1", "2", "30")
    assert given.names[FEATURE] == ("x_0", "x_1")


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "rows", ["id,label,x_0,x_1\n7,b,1,2\n8,,3,4\n9,a,5,6\n", "id,x_0,label,x_1\n7,1,b,2\n8,3, ,4\n9,5,a,6\n"]
)
def test_the_label_column_may_be_anywhere_and_have_empty_cells(rows: str, tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text(rows)
    given = problem_in(BOTH + "classes: [a, b]\n", "c.yaml", tmp_path).given
    assert given.values["embeddings"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert given.values["labels"].tolist() == [1, 0]
    assert given.labelled_names == ("7", "9")


@pytest.mark.usefixtures("reader")
def test_the_label_column_may_be_in_another_file_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("1,1,2\n2,3,4\n3,5,6\n")
    (tmp_path / "more.csv").write_text("id,town,label\n3,Ulm,1\n1,Köln,0\n")
    given = problem_in(BOTH.replace("nodes.csv, column", "more.csv, column"), "c.yaml", tmp_path).given
    assert given.values["labels"].tolist() == [0, 1]
    assert given.labelled.tolist() == [0, 2]


@pytest.mark.usefixtures("reader")
def test_the_next_config_names_the_file_of_labels(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("1,0\n2,1\n")
    given = problem_in("logits: [[1, 2], [3, 4]]\nlabels: {file: l.csv}\n", "c.yaml", tmp_path)
    assert given.as_config(tmp_path)["labels"] == {"file": "l.csv"}


@pytest.mark.usefixtures("reader")
def test_columns_without_a_name_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,,,label\n1,,,0\n2,,,1\n")
    text = "logits: [[1, 2], [3, 4]]\nlabels: {file: l.csv, column: label}\n"
    assert problem_in(text, "c.yaml", tmp_path).given.values["labels"].tolist() == [0, 1]


@pytest.mark.usefixtures("reader")
def test_rows_of_weights_may_be_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("w1,5,6\nw0,7,8\n")
    given = problem_in("embeddings: [[1, 2]]\nweights: {file: w.csv}\n", "c.yaml", tmp_path).given
    assert given.values["weights"].tolist() == [[7, 8], [5, 6]]


@pytest.mark.parametrize(
    ("first", "is_header"),
    [
        ("id,0.5", True),
        (",x,y", True),
        (",0.5,1", False),
        (",x,0.5", False),
        ("town,height", True),
        ("town,1", False),
        ("town,NA", False),
        ("cat_id,0.5,0.6", False),
        ("cat_id,x,y", True),
        ("nr,0,1", True),
        ("nr,1,2", False),
        (",0,1", True),
        (",1,2", False),
        (",01,02", False),
        ("1,height", False),
    ],
)
def test_a_first_row_is_a_header_if_it_begins_with_id_or_has_no_number(first: str, is_header: bool) -> None:
    assert has_header([first.split(",")]) == is_header


@pytest.mark.parametrize(
    ("lines", "is_header"),
    [
        ("class,2019,2020\nw0,0.5,1", True),
        ("city,2019,2020\nparis,2,3", True),
        ("paris,2019,2020\nrome,2020,2021", False),
        ("city,2019,2019\nparis,2,3", False),
        ("city,2019,2020", False),
        ("city,2019,0.5\nparis,2,3", False),
    ],
)
def test_years_are_a_header_above_numbers_that_are_not_years(lines: str, is_header: bool) -> None:
    assert has_header([line.split(",") for line in lines.split("\n")]) == is_header


@pytest.mark.parametrize(
    ("first", "is_header"),
    [
        ("id,label", True),
        ("town,class", True),
        ("1,label", False),
        ("paper_id,kind", True),
        (",label", True),
        (",kind", True),
        (",0", False),
        ("nr,1", False),
        ("ann,paper", False),
    ],
)
def test_a_first_row_of_words_is_a_header_if_it_begins_like_one(first: str, is_header: bool) -> None:
    assert has_header([first.split(",")], of_words=True) == is_header


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods", ".parquet", ".pt", ".pkl"])
def test_a_file_type_of_another_program_is_refused(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a{suffix}").write_text("1,2\n")
    assert complaints_about(f"logits: {{file: a{suffix}}}\n", tmp_path) == [
        f"c.yaml:1:9: logits: a{suffix}: a {suffix} file; expected CSV, NPY or NPZ; save it as one of them"
    ]


@pytest.mark.usefixtures("reader")
def test_the_separator_is_named_only_in_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\n1;2;3\n")
    assert complaints_about("logits: {file: a.csv}\n", tmp_path) == []
    (tmp_path / "a.csv").write_text("1;2;3\nsep=;\n")
    assert complaints_about("logits: {file: a.csv}\n", tmp_path) == [
        "a.csv:2:6: logits.sep=: nothing; expected a decimal number; write one"
    ]


@pytest.mark.parametrize("rows", [1, 90_000], ids=["small", "large"])
@pytest.mark.parametrize(
    ("header", "encoding", "more", "place"),
    [
        ("id,h\u00f6he", "latin-1", b"", "1:5: byte 0xf6; expected UTF-8"),
        ("id,x", "utf-16", b"1", "{end}:1: byte 0x31; expected UTF-16"),
    ],
)
def test_an_undecodable_byte_is_the_only_complaint(
    header: str, encoding: str, more: bytes, place: str, rows: int, tmp_path: Path
) -> None:
    text = header + "\n" + "".join(f"{i},{i}.5\n" for i in range(rows))
    (tmp_path / "a.csv").write_bytes(text.encode(encoding) + more)
    assert complaints_about("embeddings: {file: a.csv}\n", tmp_path) == [
        f"c.yaml:1:13: embeddings: a.csv:{place.format(end=rows + 2)} text; save the file as UTF-8"
    ]


@pytest.mark.usefixtures("reader")
def test_a_number_too_small_for_a_float_keeps_its_sign(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,0.5,-1e-5007\n2, 3 ,1e-5007\n")
    values = problem_in("logits: {file: a.csv}\n", "c.yaml", tmp_path).given.values["logits"]
    assert values.tolist() == [[0.5, 0], [3, 0]]
    assert np.signbit(values).tolist() == [[False, True], [False, False]]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("blank", ["\v", "\f", "\N{NO-BREAK SPACE}"])
def test_a_line_of_one_odd_blank_is_reported(blank: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"1,0.5,2\n{blank}\n")
    assert complaints_about("logits: {file: a.csv}\n", tmp_path) == [
        "a.csv:2:1: logits: nothing; expected a name; write one"
    ]


def test_numpy_reads_plain_csv_files_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_csv, "LARGE", 0)
    path = tmp_path / "nodes.csv"
    for text, plain in [
        (ROWS, True),
        ("# made\n\n" + ROWS, True),
        ("1,1e-05,2E+10\nnode-123,1.5e-5,1\nO2, 3 ,4\n" + "x" * 80 + ",1,2\n", True),
        ("10,200.05\n30,100\n", True),
        ("id,label,x,y\n1,a,2,3\n2,b,4,5\n", True),
        ("id,x,label,y\n1,1,a,1e999\n2,1,b,1\n", False),
        ("1,2\n2,1e-400\n", True),
        (f"1,2\n2,0.{'0' * 400}1\n", True),
        ("1,2\n2,01\n", True),
        ("1,2\n2,-01\n", True),
        ("1,2\n2,inf\n", False),
        ('1,2\n"2",3\n', True),
        ('id,x\n"a ""b"" c",3\n"d, e","4"\n', True),
        ('1,2\n "2",3\n', False),
        ('1,2\n"2" ,3\n', False),
        ('1,2\n"2;";3,3\n', False),
        ('1,2\n2,"3\n4",5\n', False),
        ("1,2\né,3\n", False),
        ("1,2\n2\x0c,3\n", True),
        ("1,2\n# 2,3\n", False),
        ("1,2\n" + "x" * 81 + ",3\n", False),
    ]:
        path.write_text(text)
        assert (load_with_numpy(path, None if "label" not in text else "label") is not None) == plain, text


@pytest.mark.parametrize(
    ("text", "column", "read"),
    [
        ("id,label\n1,0\n3,1\n", None, [["1", "3"], ["0", "1"]]),
        ("3,b\n1,a\n", None, [["3", "1"], ["b", "a"]]),
        ("id,t,label\n1,0,b\n3,1,a\n", "label", [["1", "3"], ["b", "a"]]),
        ("id,t,label\n1,0,b\n3,1,a\n", "t", [["1", "3"], ["0", "1"]]),
        ("1,0,b\n3,1,a\n", None, None),
    ],
)
def test_numpy_reads_plain_files_of_labels_too(
    text: str, column: str | None, read: list[list[str]] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_csv, "LARGE", 0)
    (tmp_path / "l.csv").write_text(text)
    loaded = load_with_numpy(tmp_path / "l.csv", column, numbers=False)
    assert (
        loaded and loaded.column and [[*loaded.names], [loaded.column.texts[i] for i in loaded.column.codes]]
    ) == read


def test_the_nodes_of_a_large_file_have_the_numbers_in_it(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i / 8},{-i},{i % 2}\n" for i in range(90_000, 10, -1))
    (tmp_path / "nodes.csv").write_text("id,x_0,x_1,label\n" + rows)
    assert len(rows) > large_csv.LARGE
    given = problem_in(BOTH, "c.yaml", tmp_path).given
    assert isinstance(given.names[NODE], NumberNames)
    assert given.names[NODE][0] == "90000"
    assert given.values["embeddings"][-1].tolist() == [11 / 8, -11]
    assert given.values["labels"].tolist() == [i % 2 for i in range(90_000, 10, -1)]


@few_and_many(70, 700)
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_both_readers_agree_on_every_mutated_file(
    sign: str, cases: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(f"data files {sign}")
    odd = [
        *"0123456789.,;\t\n\r\"'#-+eE _ax\0\x0b\x0c\x1c\x1f\x85\xa0é−٣\u2028\u3000\ufeff\uff11",
        "nan", "inf", "1e400", "1e-400", "1e-300", "00", "01", "-05", "e-05", "0x1", "1_0", "\n\n", "\n#\n", "\r\r\n",
        "0" * 210, "x" * 40, "x" * 90, sign, sign * 2, " ", "label", "1j", "infinity", "1" * 25, "\n1", "True",
        '"a"', '"1"', '""', f'"a{sign}b"', '" 1"', '"1" ', '"x""y"', '\n"1"', "\n#3", "\n # 3",
    ]  # fmt: skip
    agreed = 0
    for _ in range(cases):
        text = ROWS.replace(",", sign) + rng.choice(["", "node a,1,2,0\n", "4,1.5,2,\n"]).replace(",", sign)
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(odd) + text[at + rng.choice([0, 0, 1, 1, 2, 5]) :]
        (tmp_path / "nodes.csv").write_bytes(
            text.encode(rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "latin-1"]), "replace")
        )
        config = rng.choice(
            [BOTH, BOTH + "classes: [a, 1]\n", BOTH.replace("embeddings", "logits").split("weights")[0]]
        )
        fast, slow = read_both_ways(config, tmp_path, monkeypatch)
        assert fast == slow, text
        agreed += not isinstance(fast, list)
    assert cases / 10 < agreed < cases * 13 / 14


@few_and_many(60, 500)
def test_both_readers_agree_on_every_mutated_file_of_labels(
    cases: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random("labels")
    config = "embeddings: [[1, 2], [3, 4], [5, 6]]\nlabels: {file: l.csv}\nweights: [[1, 2], [3, 4]]\n"
    odd = [*'012345,;\n"#-+. a\0\x0bé', "00", "\n1,0", "x" * 40, "1" * 20, "-1"]
    for _ in range(cases):
        text = rng.choice(
            ["id,label\n1,0\n3,1\n", "3,1\n2,0\n1,0\n", "id,t,label\n1,a,0\n2,é,1\n", "id,t,label\n3,a,1\n1,b,\n"]
        )
        for _ in range(rng.choice([0, 1, 1, 2])):
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(odd) + text[at + rng.choice([0, 1]) :]
        (tmp_path / "l.csv").write_text(text)
        column = ", column: label" if rng.random() < 0.5 or ",t," in text else ""
        fast, slow = read_both_ways(config.replace("l.csv", "l.csv" + column), tmp_path, monkeypatch)
        assert fast == slow, text


def test_numpy_reads_the_same_numbers_as_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_csv, "LARGE", 0)
    rng = random.Random(5)
    numbers = [f"{rng.choice('+-')}{rng.random() * 10 ** rng.randint(-12, 12):.{rng.randint(0, 25)}{rng.choice('feE')}}"
               for _ in range(3000)]  # fmt: skip
    (tmp_path / "nodes.csv").write_text("".join(f"{i},{number}\n" for i, number in enumerate(numbers)))
    assert load_with_numpy(tmp_path / "nodes.csv")
    given = problem_in("embeddings: {file: nodes.csv}\n", "c.yaml", tmp_path).given
    assert given.values["embeddings"][:, 0].tolist() == [float(number) for number in numbers]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("rows", "config", "complaint"),
    [
        ("id,x,y,label\n1,1,2,0\n2,1,o.5,1\n", BOTH,
         "nodes.csv:3:5: embeddings.2: 'o.5'; expected a decimal number; write 0.5"),
        ("id,x,y,label\n1,1,2,0\n\n1,3,4,1\n", BOTH,
         "nodes.csv:4:1: embeddings.1: duplicate row '1'; expected each name once; rename one of the two"),
        ("id,x,y,label\n1,1,2,0\n 2, 3,4,  7\n", BOTH,
         "nodes.csv:3:11: labels.2: unknown class '7'; expected 0 or 1; write one of these"),
        ("id,x,y,label\n1,1,2,0\n2,3\n", BOTH,
         "nodes.csv:3:1: embeddings.2: 1 number; expected 2, as the header has; write 2 numbers"),
        ("id,x,label\n1,5\n2,5,1\n", "logits: [[1, 2], [3, 4]]\nlabels: {file: nodes.csv, column: label}\n",
         "nodes.csv:2:1: labels.1: no label; expected one in cell 3; write it, or a comma for none"),
        ("id,x,y,label\n1,1,2,\n2,3,4,\n", BOTH,
         "c.yaml:2:9: labels: no label; expected at least one; label a node"),
        ("id,x,kind\n1,1,0\n", BOTH,
         "c.yaml:2:35: labels.column: 'label'; expected x or kind; write one of these"),
        ("id,x,lable\n1,1,0\n", BOTH,
         "c.yaml:2:35: labels.column: 'label'; expected x or lable; did you mean lable?"),
        ("1,1,2\n2,3,4\n", BOTH,
         "c.yaml:2:35: labels.column: 'label'; expected a name in the header of the file; "
         "begin the file with a line such as id,x_0,label"),
        ("1,1,2\n2,3,4\n", BOTH.replace("{file: nodes.csv, column: label}", "{9: 0}"),
         "c.yaml:2:10: labels.9: no node '9'; expected a node of embeddings; correct the name, or add the node"),
        ("1,1,2\n2,3,4\n", "embeddings: {file: nodes.csv, key: Z}\n",
         "c.yaml:1:31: embeddings: unknown key 'key'; expected file; use one of these keys"),
    ],
    ids=["number", "twice", "class", "short", "no cell", "no label", "no column", "nearly", "no header", "no node",
         "key"],
)  # fmt: skip
def test_every_complaint_about_a_file_names_its_line_and_column(
    rows: str, config: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "nodes.csv").write_text(rows)
    assert complaints_about(config, tmp_path) == [complaint]


@pytest.mark.usefixtures("reader")
def test_labels_of_unknown_nodes_are_reported_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("1,1,2\n2,3,4\n")
    (tmp_path / "l.csv").write_text("id,label\n2,1\n9,0\n1,0\n2,0\n9,1\n")
    complaints = complaints_about(BOTH.replace("nodes.csv, column", "l.csv, column"), tmp_path)
    assert complaints == [
        "l.csv:3:1: labels.9: no node '9'; expected a node of embeddings; correct the name, or add the node",
        "l.csv:5:1: labels.2: a second label; expected one for each node; keep the one that is right",
        "l.csv:6:1: labels.9: no node '9'; expected a node of embeddings; correct the name, or add the node",
    ]


@pytest.mark.usefixtures("reader")
def test_a_label_is_reported_with_its_own_line_after_a_refused_line(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("1,1,2\n2,3,4\n")
    (tmp_path / "l.csv").write_text("id,label\n01,1\n2,7\n9,0\n")
    complaints = complaints_about(BOTH.replace("nodes.csv, column: label", "l.csv"), tmp_path)
    assert [line.partition(": ")[0] for line in complaints] == ["l.csv:2:1", "l.csv:3:3", "l.csv:4:1"]


def test_reading_a_large_file_stops_after_100_complaints(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,x_0,x_1,label\n" + "".join(f"{i},O,1.5,0\n" for i in range(90_000)))
    complaints = complaints_about(BOTH, tmp_path)
    assert len(complaints) == 101
    assert complaints[0].endswith("nodes.csv:2:3: embeddings.0: 'O'; expected a decimal number; write 0")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_array_files_mean_the_same_as_rows(suffix: str, tmp_path: Path) -> None:
    Z, y, W, b = np.arange(6.0).reshape(3, 2), np.array([1, 0, 1]), np.eye(2), np.array([0.5, -1])
    np.savez(tmp_path / "a.npz", Z=Z, y=y, W=W, b=b)
    files = {}
    for key, array in {"Z": Z, "y": y, "W": W, "b": b}.items():
        np.save(tmp_path / f"{key}.npy", array)
        files[key] = f"{{file: a.npz, key: {key}}}" if suffix == "npz" else f"{{file: {key}.npy}}"
    text = f"embeddings: {files['Z']}\nlabels: {files['y']}\nweights: {files['W']}\nbiases: {files['b']}\n"
    rows = f"embeddings: {Z.tolist()}\nlabels: {y.tolist()}\nweights: {W.tolist()}\nbiases: {b.tolist()}\n"
    assert meaning_or_complaints(text, tmp_path) == meaning_or_complaints(rows, tmp_path)


def test_an_array_of_floats_is_not_copied_into_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "Z.npy", np.ones((20_000, 2)))
    given = problem_in("embeddings: {file: Z.npy}\n", "c.yaml", tmp_path).given
    base: object = given.values["embeddings"]
    while not isinstance(base, np.memmap):
        base = base.base  # type: ignore[attr-defined]
    assert isinstance(given.names[NODE], NumberNames)
    assert given.names[NODE][19_999] == "20000"
    np.save(tmp_path / "Z.npy", np.ones((20_000, 2), dtype=np.float32))
    assert problem_in("embeddings: {file: Z.npy}\n", "c.yaml", tmp_path).given.values["embeddings"].dtype == float


def test_a_file_of_weights_is_known_as_such_with_features_as_rows_too(tmp_path: Path) -> None:
    np.save(tmp_path / "W.npy", np.array([[1.0, 2, 3], [4, 5, 6]]))
    text = "embeddings: [[1, 2]]\nweights: {rows: features, values: {file: W.npy}}\n"
    setting = problem_in(text, "c.yaml", tmp_path).setting
    assert setting.given.values["weights"].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert setting.files["weights"].path == tmp_path / "W.npy"


def test_the_only_array_of_an_npz_file_needs_no_key(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", Z=np.zeros((500, 40)))
    given = problem_in("embeddings: {file: a.npz}\n", "c.yaml", tmp_path).given
    assert given.values["embeddings"].shape == (500, 40)


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ("a.npz", "2 arrays; expected Z or y; add key: Z"),
        ("a.npz, key: z", "no array 'z'; expected Z or y; write Z"),
        ("a.npz, key: y", "int64 of shape (2,); expected a table of numbers; reshape it"),
        ("none.npz", "no array; expected one; save one"),
        ("text.npz", "no array of numbers; expected one; save numbers with numpy.savez"),
        ("object.npz", "no array of numbers; expected one; save numbers with numpy.savez"),
        ("huge.npz", "no array of numbers; expected one; save numbers with numpy.savez"),
        ("bomb.npz", "no array of numbers; expected one; save numbers with numpy.savez"),
        ("nan.npz", "nan at [9000, 1]; expected finite numbers; put one there"),
    ],
)
def test_a_bad_npz_file_is_refused(named: str, complaint: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", Z=np.zeros((2, 2)), y=np.array([0, 1]))
    np.savez(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("1,2\n")
    np.savez(tmp_path / "object.npz", Z=np.array([[Path()]]))
    nan = np.zeros((20_000, 2))
    nan[9000, 1] = np.nan
    np.savez(tmp_path / "nan.npz", Z=nan)
    np.save(tmp_path / "small.npy", np.zeros((2, 2)))
    header = (tmp_path / "small.npy").read_bytes().replace(b"(2, 2), }         ", b"(1000000000, 2), }")
    assert b"1000000000" in header
    for name, data in (("huge", header), ("bomb", header + b"\0" * 5_000_000)):
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("Z.npy", data)
    (line,) = complaints_about(f"embeddings: {{file: {named}}}\n", tmp_path)
    assert line == f"c.yaml:1:13: embeddings: {named.split(',')[0]}: {complaint}"


def test_a_complaint_about_an_array_names_its_row(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.array([0, 7]))
    np.save(tmp_path / "W.npy", np.ones((2, 3)))
    assert complaints_about(
        "embeddings: [[1, 2], [3, 4]]\nlabels: {file: y.npy}\nweights: {file: W.npy}\n", tmp_path
    ) == [
        "c.yaml:3:10: weights: 2 rows of 3 numbers; expected rows of 2, because embeddings has 2 features; "
        "if its rows are features, write weights: {rows: features, values: …}"
    ]
    assert complaints_about("logits: {file: W.npy}\nlabels: {file: y.npy}\n", tmp_path) == [
        "y.npy:2:1: labels.2: unknown class '7'; expected 0, 1 or 2; write one of these"
    ]


def test_a_column_needs_a_csv_file_and_a_key_an_npz_file(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.array([0]))
    text = "logits: [[1, 2]]\nlabels: {file: y.npy, column: label, key: y}\n"
    assert complaints_about(text, tmp_path) == [
        "c.yaml:2:23: labels: unknown key 'column'; expected file; use one of these keys",
        "c.yaml:2:38: labels: unknown key 'key'; expected file; use one of these keys",
    ]
    (complaint,) = complaints_about("logits: {file: y.npy, column: a}\n", tmp_path)
    assert complaint.startswith("c.yaml:1:23: logits: unknown key 'column'; expected file; use one of these keys")


def test_the_next_config_names_the_column_and_the_key(tmp_path: Path) -> None:
    import yaml

    (tmp_path / "nodes.csv").write_text(ROWS)
    np.savez(tmp_path / "a.npz", Z=np.ones((3, 2)), y=np.array([0, 1, 1]))
    for text, files in [
        (BOTH, [{"file": "nodes.csv"}, {"file": "nodes.csv", "column": "label"}]),
        (BOTH.replace("nodes.csv}", "a.npz, key: Z}").replace("nodes.csv, column: label", "a.npz, key: y"),
         [{"file": "a.npz", "key": "Z"}, {"file": "a.npz", "key": "y"}]),
    ]:  # fmt: skip
        config = problem_in(text + "learning_rate: 0.1\n", "c.yaml", tmp_path).after().as_config(tmp_path)
        assert [config["embeddings"], config["labels"]] == files
        again = problem_in(yaml.safe_dump(config, sort_keys=False), "c.yaml", tmp_path)
        assert again.given.values["labels"].tolist() == [0, 1, 1]


def test_other_files_in_an_npz_file_are_ignored(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", Z=np.ones((2, 2)))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("notes.txt", "made by hand")
    given = problem_in("embeddings: {file: a.npz}\n", "c.yaml", tmp_path).given
    assert given.values["embeddings"].shape == (2, 2)
