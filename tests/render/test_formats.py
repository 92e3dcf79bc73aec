"""Formats for programs, and tables for people: strict, complete, and with the same numbers in each."""

import csv
import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.running import CONFIGS, Call

import softstep
from softstep.names import as_cell, of_cell
from softstep.render.page import split_columns

EXAMPLE = CONFIGS / "doc_example.yaml"
COMMANDS = ("run", "forward", "loss", "grad", "update")


def parse_strict_json(text: str) -> Any:
    """Parse JSON; refuse NaN and Infinity, which Python's parser accepts."""

    def refuse_constant(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse_constant)


def numbers_by_cell(record: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    """The numbers of a record by step, row and column."""
    by_cell = {}
    for key, step in record["steps"].items():
        if "value" in step:
            by_cell[key, "", ""] = step["value"]
            continue
        for row, values in zip(step["rows"], step["values"], strict=True):
            columns = step.get("columns", [""])
            numbers = values if isinstance(values, list) else [values]
            by_cell |= {(key, row, column): number for column, number in zip(columns, numbers, strict=True)}
    return by_cell


def test_json_has_the_documented_keys(call: Call) -> None:
    text = call("grad", "configs/doc_example.yaml", "-f", "json").stdout
    assert text.isascii()
    assert text.count("\n") == 1
    record = parse_strict_json(text)
    assert [*record] == ["schema", "command", "config", "gradient", "rounding", "given", "steps", "notes"]
    assert record["schema"] == "softstep/1"
    assert (record["command"], record["config"], record["gradient"]) == ("grad", "configs/doc_example.yaml", "article")
    assert record["rounding"] == {"every_step": True, "decimals": 2, "loss_decimals": 4, "ties": "half-down"}
    assert record["steps"]["bias_gradients"] == {
        "symbol": "db", "formula": "db_c = Σ_i R_ic", "rows": ["b0", "b1", "b2"], "values": [-3.19, -3.47, -3.34],
    }  # fmt: skip
    assert record["steps"]["residuals"]["columns"] == ["0", "1", "2"]
    assert "not the derivative of L" in record["notes"][0]


def test_a_single_number_is_under_the_key_value(call: Call) -> None:
    step = parse_strict_json(call("loss", EXAMPLE, "-f", "json").stdout)["steps"]["loss"]
    assert step == {"symbol": "L", "formula": "L = (1/N) Σ ℓ_i", "value": 1.1358}


def test_infinity_is_text_in_json_and_yaml(call: Call, write: Callable[..., Path]) -> None:
    path = write("probabilities: [[1, 0]]\nlabels: [1]\n")
    assert parse_strict_json(call("loss", path, "-f", "json").stdout)["steps"]["loss"]["value"] == "inf"
    assert yaml.safe_load(call("loss", path, "-f", "yaml").stdout)["steps"]["node_losses"]["values"] == ["inf"]
    assert call("loss", path, "-f", "plain").stdout == "inf\n"
    assert call("loss", path, "-f", "csv").stdout == "step,row,column,value\nnode_losses,1,,inf\nloss,,,inf\n"


@pytest.mark.parametrize("option", ["--work", "--param=w0", "--class=0", "--step=updated_biases"])
def test_a_part_of_the_next_config_is_not_written(call: Call, tmp_path: Path, option: str) -> None:
    file = tmp_path / "state.yaml"
    file.write_text("as it was")
    done = call("update", EXAMPLE, option, "-o", file)
    assert (done.returncode, file.read_text()) == (2, "as it was")
    assert "the next config, which has to be whole; leave out --node" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_the_working_has_a_line_for_each_number(call: Call, command: str) -> None:
    steps = parse_strict_json(call(command, EXAMPLE, "-f", "json", "--work").stdout)["steps"]
    for key, step in steps.items():
        numbers = step.get("values", [0])
        count = sum(len(row) if isinstance(row, list) else 1 for row in numbers)
        assert len(step["work"]) == count + (55 if key == "loss_after" else 0)  # those of the second forward pass
    lines = list(csv.DictReader(call(command, EXAMPLE, "-f", "csv", "--work").stdout.splitlines()))
    assert [line["work"] for line in lines if line["step"] != "loss_after"] == [
        line for key, step in steps.items() if key != "loss_after" for line in step["work"]
    ]


def test_plain_prints_the_selected_numbers_if_there_is_no_answer(call: Call) -> None:
    assert call("loss", EXAMPLE, "-f", "plain", "--step", "node_losses").stdout.split()[0] == "1.1087"
    assert call("grad", EXAMPLE, "-f", "plain", "--node", "1").stdout == "-0.67 -0.71 -0.62\n"


def test_json_has_shifts_only_if_a_row_is_shifted(call: Call, write: Callable[..., Path]) -> None:
    steps = parse_strict_json(call("forward", write("logits: [[1000, 0], [1, 0]]\n"), "-f", "json").stdout)["steps"]
    assert steps["shifts"]["values"] == [1000.0, 0.0]
    assert "shifts" not in parse_strict_json(call("forward", EXAMPLE, "-f", "json").stdout)["steps"]


@pytest.mark.parametrize("name", ["doc_example", "article_table", "karate_club"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_format_has_the_same_figures_to_the_last_bit(call: Call, command: str, name: str) -> None:
    path = CONFIGS / f"{name}.yaml"
    record = parse_strict_json(call(command, path, "-f", "json").stdout)
    figures = numbers_by_cell(record)
    result = getattr(softstep.load(path), command)()
    assert {key for key, _, _ in figures} == {*result}
    for delimiter, kind in ((",", "csv"), ("\t", "tsv")):
        rows = list(csv.reader(call(command, path, "-f", kind).stdout.splitlines(), delimiter=delimiter))
        assert rows[0] == ["step", "row", "column", "value"]
        assert {(key, row, column): value for key, row, column, value in rows[1:]} == {
            at: str(figure) for at, figure in figures.items()
        }
    if command != "update":
        assert yaml.safe_load(call(command, path, "-f", "yaml").stdout) == {**record}
    plain = [float(number) for number in call(command, path, "-f", "plain").stdout.split()]
    answers = {
        "forward": ["probabilities"],
        "loss": ["loss"],
        "grad": ["weight_gradients", "bias_gradients"],
        "update": ["updated_weights", "updated_biases"],
    }
    wanted = ["loss_after", *chain(*answers.values())] if command == "run" else answers[command]
    assert plain == [number for (key, _, _), number in figures.items() if key in wanted]


def test_awkward_names_are_kept_in_every_format(call: Call, write: Callable[..., Path]) -> None:
    names = [
        "a,b",
        'say "x"',
        "[w0]",
        ":heart:",
        "a[/b]",
        "论文",
        "no",
        "1.5e",
        "- x",
        "#y",
        "a: b",
        "--5",
        "9" * 25,
    ]
    rows = ", ".join(f"{json.dumps(name)}: [{i}, 1]" for i, name in enumerate(names))
    path = write(f"embeddings: {{{rows}}}\nweights: [[1, 0], [0, 1]]\nlabels: {{'no': 0}}\nlearning_rate: 1\n")
    assert parse_strict_json(call("forward", path, "-f", "json").stdout)["steps"]["normalizers"]["rows"] == names
    for delimiter, kind in ((",", "csv"), ("\t", "tsv")):
        rows_ = csv.reader(call("forward", path, "-f", kind).stdout.splitlines(), delimiter=delimiter)
        assert [of_cell(row[1]) for row in rows_ if row[0] == "normalizers"] == names
    table = call("forward", path).stdout
    assert all(f"\n{name} " in table for name in names)
    again = call("update", "-", "-f", "yaml", stdin=call("update", path, "-f", "yaml").stdout)
    assert [*yaml.safe_load(again.stdout)["embeddings"]] == names


def test_a_long_table_shows_its_ends_and_the_number_of_omitted_rows(call: Call, write: Callable[..., Path]) -> None:
    path = write("logits: [" + ", ".join(f"[{i}, 0]" for i in range(150)) + "]\n")
    lines = call("forward", path, "--step", "predictions").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Predictions"))
    shown = [str(i) for i in (*range(1, 11), *range(141, 151))]
    assert [line.split()[0] for line in lines[at + 4 : at + 25]] == [*shown[:10], "…", *shown[10:]]
    assert lines[at + 25] == "130 rows left out; --all shows them"
    assert "…" not in (whole := call("forward", path, "--all").stdout)
    assert [line.split()[0] for line in whole.splitlines()[-150:]] == [str(i) for i in range(1, 151)]
    assert call("forward", path, "-f", "csv").stdout.count("\npredictions,") == 150


@pytest.mark.parametrize(("rows", "left_out"), [(100, False), (101, True)])
def test_a_table_of_up_to_a_hundred_rows_is_shown_in_full(rows: int, left_out: bool) -> None:
    text = softstep.Problem(logits=[[1, 2]] * rows).forward().text()
    assert ("81 rows left out; --all shows them" in text) == left_out


def test_every_shortened_table_and_sum_says_what_it_omits() -> None:
    many = softstep.Problem(embeddings=[[1, 2]], weights=[[i, 1] for i in range(101)], labels=[0], learning_rate=1)
    assert many.run().text().count("81 rows left out; --all shows them") == 6
    both = softstep.Problem(embeddings=[[1] * 13] * 101, weights=[[1] * 13] * 2).forward().text(work=True)
    assert "81 rows left out; --all shows them\nsums shortened; --all shows every term\n" in both


def test_features_named_like_classes_are_not_marked() -> None:
    problem = softstep.Problem(embeddings=[[1, 2]], weights=[[1, 0], [0, 1]], features=["0", "1"], labels=[0])
    assert "[1]" not in problem.run().text()


def test_a_column_wider_than_the_screen_gets_a_table_of_its_own() -> None:
    assert list(split_columns([30, 5], margin=10, page_width=20)) == [[0], [1]]


def test_words_are_not_broken() -> None:
    title = "a-very-long-title-without-any-space-in-it"
    text = softstep.Problem(logits=[[1, 2]], title=title).forward().text(width=20)
    assert text.startswith(f"{title}\n")


def test_predictions_are_class_names_if_there_are_any(call: Call, write: Callable[..., Path]) -> None:
    path = write("logits: [[1, 2]]\nclasses: [paper, review]\n")
    assert parse_strict_json(call("forward", path, "-f", "json").stdout)["steps"]["predictions"]["values"] == ["review"]
    assert "predictions,1,,review\n" in call("forward", path, "-f", "csv").stdout


def test_class_numbers_are_integers_in_json(call: Call) -> None:
    steps = parse_strict_json(call("forward", EXAMPLE, "-f", "json").stdout)["steps"]
    assert steps["predictions"]["values"] == [2, 0, 2, 0, 1]


FORMULAE = ["=cmd|' /C calc'!A0", "+1+1", "-y", "@SUM(A1)", "＝1", "'=a", "''+a", "--1", "-0.5"]


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_no_name_is_a_formula_to_a_spreadsheet(call: Call, write: Callable[..., Path], kind: str) -> None:
    names = [*FORMULAE, "paper", "'t", "-1", "a=b", "5"]
    keys = {"embeddings": {name: [1] for name in names}, "weights": [[-1.5], [-2]], "classes": ["=yes", "-3"]}
    path = write(yaml.safe_dump(keys))
    text = call("forward", path, "-f", kind, "--work").stdout
    rows = list(csv.reader(text.splitlines(), delimiter="," if kind == "csv" else "\t"))[1:]
    cells = {cell for row in rows for cell in row}
    assert {f"'{name}" for name in FORMULAE} | {"paper", "'t", "-1", "a=b", "5", "'=yes", "-3", "-1.5"} <= cells
    assert all(cell[:1] not in tuple("=+@＝＋－＠\t\r") for cell in cells)
    assert {cell for cell in cells if cell.startswith("-")} == {"-1", "-3", "-1.5", "-2.0"}
    predicted = {row[1]: row[3] for row in rows if row[0] == "predictions"}
    assert set(predicted.values()) == {"'=yes"}


def test_no_owner_of_a_sheet_is_a_formula_in_the_gradebook(call: Call, tmp_path: Path) -> None:
    (tmp_path / "=a.yaml").write_text("name: =HYPERLINK(1)\nloss: 1\n")
    (tmp_path / "b.csv").write_text("step,row,column,value\nname,,,@b\nloss,,,-1\n")
    text = call("check", EXAMPLE, "=a.yaml", "b.csv", "-f", "csv", cwd=tmp_path).stdout
    assert [row[:4] for row in csv.reader(text.splitlines())][1:] == [
        ["'=a.yaml", "'=a", "'=HYPERLINK(1)", "0.0"],
        ["b.csv", "b", "'@b", "0.0"],
    ]


def test_an_answer_for_a_node_named_like_a_formula_is_marked(call: Call, write: Callable[..., Path]) -> None:
    names = [*FORMULAE, "-1", "5", "'t"]
    keys = {"embeddings": {name: [i] for i, name in enumerate(names, 1)}, "weights": [[-1.5], [-2]]}
    path = write(yaml.safe_dump(keys | {"classes": ["=yes", "-3"], "features": ["@x"]}))
    answers = call("forward", path, "-f", "csv").stdout
    done = call("check", path, write(answers, "sheet.csv"), "-f", "json")
    assert (done.returncode, done.stderr) == (0, "")
    blank = call("check", path, "--blank", "-f", "csv").stdout
    sheet = blank.replace("logits,'=cmd|' /C calc'!A0,'=yes,", "logits,'=cmd|' /C calc'!A0,'=yes,-1.5")
    report = parse_strict_json(call("check", path, write(sheet, "one.csv"), "-f", "json").stdout)
    (cell,) = report["sheets"][0]["steps"]["logits"]["cells"]
    assert (cell["row"], cell["column"], cell["verdict"]) == (FORMULAE[0], "=yes", "right")


@pytest.mark.parametrize("name", [*FORMULAE, "paper", "-1", "'t", "'-1", "''-1", "'", "''"])
def test_a_cell_is_read_back_as_its_name(name: str) -> None:
    assert of_cell(as_cell(name)) == name


@pytest.mark.parametrize(("key", "symbol"), [("logits", "H"), ("probabilities", "P")])
def test_given_logits_or_probabilities_are_printed_first(key: str, symbol: str) -> None:
    text = softstep.Problem(**{key: [[0.7, 0.3]]}, labels=[0]).run().text()
    stage, title, symbols, *_, row = text.split("\n\n")[1].splitlines()
    assert stage.startswith("Given ")
    assert (title.split()[0].lower(), symbols.split()[0], row.split()[:3]) == (key, symbol, ["1", "[0.7]*", "0.3"])


def test_rich_draws_a_table_for_every_step_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    import rich.table

    drawn: list[rich.table.Table] = []

    class CountedTable(rich.table.Table):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            drawn.append(self)

    monkeypatch.setattr("softstep.render.rich_tables.Table", CountedTable)
    result = softstep.load(CONFIGS / "doc_example.yaml").run()
    text = result.text()
    steps = [step for step in (*result.opening, *result.values()) if step.rows is not None]
    assert [(table.row_count, len(table.columns) - 1) for table in drawn] == [
        (len(step.rows or ()), len(step.columns or [""])) for step in steps
    ]
    assert all(step.rule.title in text for step in steps)
