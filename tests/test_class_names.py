"""Names on pages: the class beside its parameters, and the table's own word above its rows. Records keep w0."""

import json
import re
from pathlib import Path

import pytest
from support.problems import problem_in
from support.running import Call

import softstep
from softstep.read.sheets import parse_sheet

IRIS = """
embeddings: |
  flower,length,width
  a,1.4,0.2
  b,4.7,1.4
labels: {a: setosa, b: virginica}
weights: {setosa: [-0.5, -0.3], virginica: [0.4, 0.6]}
biases: {setosa: 0.3, virginica: -0.4}
learning_rate: 0.1
"""
LISTED = IRIS.replace("{setosa: [-0.5, -0.3], virginica: [0.4, 0.6]}", "[[-0.5, -0.3], [0.4, 0.6]]")
LISTED = LISTED.replace("{setosa: 0.3, virginica: -0.4}", "[0.3, -0.4]") + "classes: [setosa, virginica]\n"
TURNED = LISTED.replace(
    "weights: [[-0.5, -0.3], [0.4, 0.6]]", "weights: {rows: features, values: [[-0.5, 0.4], [-0.3, 0.6]]}"
)


@pytest.mark.parametrize("config", [IRIS, LISTED], ids=["named by the rows of W", "listed"])
@pytest.mark.parametrize("form", ["table", "markdown", "latex", "html"])
def test_pages_call_parameters_by_number_and_class(config: str, form: str) -> None:
    text = problem_in(config).run().text(form)
    for letter in "wb":
        for c, name in enumerate(["setosa", "virginica"]):
            assert f"{letter}{c} {name}" in text


@pytest.mark.parametrize("form", ["table", "markdown", "latex", "html"])
def test_with_features_as_rows_the_columns_are_called_so(form: str) -> None:
    text = problem_in(TURNED).update().text(form)
    assert "w0 setosa" in text
    assert "feature" in text
    assert problem_in(TURNED).update()["updated_weights"].columns == ("w0", "w1")


def test_classes_without_names_are_not_added() -> None:
    text = softstep.Problem(embeddings=[[1, 2, 3]], weights=[[1, 2, 3], [4, 5, 6]]).run().text()
    assert re.search(r"\bw0 +1 +2 +3\b", text)


def test_records_keep_the_short_names() -> None:
    record, plain = (json.loads(problem_in(config).run().text("json")) for config in (IRIS, LISTED))
    assert record["steps"] == plain["steps"]
    assert record["steps"]["weight_gradients"]["rows"] == ["w0", "w1"]
    assert problem_in(IRIS).update().text("csv").splitlines()[1].startswith("updated_weights,w0,length,")


def test_a_next_config_has_the_names_of_the_classes(tmp_path: Path) -> None:
    config = problem_in(IRIS).as_config(tmp_path)
    assert config["classes"] == ["setosa", "virginica"]
    assert [*config["weights"]] == ["w0", "w1"]


@pytest.mark.parametrize("form", ["table", "markdown", "latex", "html"])
def test_the_word_above_the_rows_is_that_of_the_table(form: str) -> None:
    text = problem_in(IRIS).run().text(form)
    assert text.count("flower") == 9  # Z, y, H, E, S, P, ŷ, ℓ and R
    assert "node  " not in text.replace("node losses", "")


def test_a_report_has_the_word_of_the_table_too(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(IRIS)
    (tmp_path / "s.yaml").write_text("logits: {a: [1, 2]}\n")
    page = call("check", "c.yaml", "s.yaml", cwd=tmp_path).stdout
    assert re.search(r"^flower +typed", page, re.MULTILINE)


def test_a_word_that_no_page_could_show_is_left_out() -> None:
    config = IRIS.replace("flower,", '"flo\\tw",').replace("|\n", "|\n", 1)
    assert "node" in problem_in(config).forward().text()


@pytest.mark.parametrize(
    "sheet",
    [
        "weight_gradients: {setosa: [-0.45, -0.06], virginica: [0.45, 0.06]}",
        "dW: {w0 setosa: [-0.45, -0.06], w1 virginica: [0.45, 0.06]}",
        "step,row,column,value\ndW,virginica,length,0.45\ndW,w_0,width,-0.06\ndW,setosa,length,-0.45\ndW,w1,width,0.06",
    ],
)
def test_a_sheet_may_call_parameters_by_class(sheet: str) -> None:
    # softmax(-0.46, 0.28) = 0.3230, 0.6770; softmax(-2.47, 2.32) = 0.0082, 0.9918
    # dW_0 = (-0.6770 (1.4, 0.2) + 0.0082 (4.7, 1.4)) / 2 = (-0.4545, -0.0619), and dW_1 = -dW_0
    marker = problem_in(IRIS).marker()
    marked = marker.mark(parse_sheet(sheet + "\n", "s", marker.steps))
    assert not marked.complaints
    assert marked.steps is not None
    assert marked.steps["weight_gradients"].verdict == "right"
    assert [cell.row for cell in marked.steps["weight_gradients"].cells] == ["w0", "w0", "w1", "w1"]


def test_a_parameter_may_be_called_by_its_class(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(IRIS)
    named = call("grad", "c.yaml", "--param", "virginica", "-f", "json", cwd=tmp_path)
    assert [*json.loads(named.stdout)["steps"]] == [
        "residuals", "contributions_w1", "sum_w1", "sum_b1", "weight_gradients", "bias_gradients"
    ]  # fmt: skip
    assert "no such parameter; expected one of w0" in call("grad", "c.yaml", "--param", "rose", cwd=tmp_path).stderr


def test_an_exact_name_comes_before_a_class_of_that_name() -> None:
    problem = softstep.Problem(embeddings=[[1, 2, 3]], labels=[0], weights=[[1, 2, 3], [4, 5, 6]], classes=["w1", "b"])
    assert [*problem.grad("w1")] == ["residuals", "contributions_w1", "sum_w1", "weight_gradients"]
