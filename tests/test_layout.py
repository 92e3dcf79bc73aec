"""W with a row for each feature, as many lectures print it: H = Z W + b in every format, sheet and next config."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.layout import turn_record, turn_steps
from support.problems import problem_in
from support.running import CONFIGS, Call

import softstep
from softstep.read.sheets import parse_sheet

LECTURE = """
embeddings: [[1.0, 2.0], [0.5, -1.0], [0.0, 1.5]]
labels: [0, 2, 1]
weights: {rows: features, values: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}
biases: [0.1, 0.0, -0.1]
learning_rate: 0.5
"""
OURS = LECTURE.replace(
    "{rows: features, values: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}", "[[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]"
)
SQUARE = "embeddings: [[1, 2]]\nlabels: [0]\nlearning_rate: 1\nweights: "


def record_of(result: softstep.Result) -> dict[str, object]:
    record: dict[str, object] = json.loads(result.text("json"))
    return record


@pytest.mark.parametrize("command", ["run", "forward", "loss", "grad", "update", "train", "gradcheck"])
def test_every_command_shows_the_tables_of_w_with_features_as_rows(command: str) -> None:
    lecture, ours = (record_of(getattr(problem_in(text), command)()) for text in (LECTURE, OURS))
    assert lecture == turn_record(ours)


@pytest.mark.parametrize("gradient", ["standard", "article"])
def test_the_article_as_an_example_with_features_as_rows(gradient: str, tmp_path: Path) -> None:
    text = (CONFIGS / "doc_example.yaml").read_text().replace("gradient: article", f"gradient: {gradient}")
    ours = problem_in(text)
    lecture = softstep.Problem(**turned_keys(ours, tmp_path))
    assert record_of(lecture.run())["steps"] == turn_steps(record_of(ours.run())["steps"])  # type: ignore[arg-type]


def turned_keys(problem: softstep.Problem, folder: Path) -> dict[str, object]:
    """The keys of a config with W transposed."""
    keys = problem.as_config(folder)
    rows = [[keys["weights"][f"w{c}"][j] for c in range(3)] for j in range(4)]
    return keys | {"weights": {"rows": "features", "values": rows}}


def test_figures_of_a_lecture_worked_in_numpy() -> None:
    Z, W = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 1.5]]), np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    E = np.exp(Z @ W + [0.1, 0.0, -0.1])
    R = E / E.sum(axis=1, keepdims=True) - np.eye(3)[[0, 2, 1]]
    run = problem_in(LECTURE).run()
    assert np.allclose(run["weight_gradients"], Z.T @ R / 3, atol=1e-12)
    assert np.allclose(run["updated_weights"], W - 0.5 * Z.T @ R / 3, atol=1e-12)
    assert run["weight_gradients"].rule.formula == "dW = Zᵀ R / N"


@pytest.mark.parametrize("form", ["table", "markdown", "latex", "html", "csv", "tsv", "plain"])
def test_every_format_shows_a_row_for_each_feature(form: str) -> None:
    text = problem_in(LECTURE).grad("w1").text(form, work=form != "plain")
    expected = {
        "table": ["feature     w1\n", "\nx_0       0.16\n", "\nx_1      -0.22\n"],
        "markdown": ["| feature | w1 |", "| x\\_0 | 0.16 |", "| x\\_1 | -0.22 |"],
        "latex": [r"dW = Z^{\top} R/N", r"\text{feature} & \text{w1} \\ \hline", "x_{0} & 0.16"],
        "html": ['<th scope="col">feature</th><th scope="col">w1</th>'],
        "csv": ["weight_gradients,x_0,w1,0.1647", "weight_gradients,x_1,w1,-0.22"],
        "tsv": ["weight_gradients\tx_0\tw1\t0.1647", "weight_gradients\tx_1\tw1\t-0.22"],
        "plain": ["0.1647", "-0.2244"],
    }
    for piece in expected[form]:
        assert piece in text, piece


def test_workings_are_those_of_the_other_layout_in_the_order_of_the_rows() -> None:
    lecture, ours = (record_of(problem_in(text).grad())["steps"] for text in (LECTURE, OURS))
    text = [json.loads(problem_in(each).grad().text("json", work=True))["steps"]["weight_gradients"]["work"]
            for each in (LECTURE, OURS)]  # fmt: skip
    assert text[0] == [text[1][2 * c + j] for j in range(2) for c in range(3)]
    assert text[0][1].startswith("dw_1[x_0] = (1/N) Σ_i r_i[1]·z_i[x_0]")
    assert lecture != ours


def test_the_next_config_keeps_the_layout_bit_for_bit(write: Callable[..., Path], tmp_path: Path) -> None:
    problem = problem_in(LECTURE)
    config = problem.update().text("yaml")
    assert "weights:\n  rows: features\n  values:\n    x_0: [0.1897" in config
    again = problem_in(config)
    assert again.as_config(tmp_path) == problem.after().as_config(tmp_path)
    assert again.given.values["weights"].tolist() == problem.after().given.values["weights"].tolist()
    assert again.setting.features_as_rows


def test_random_weights_may_be_shown_with_features_as_rows() -> None:
    keys = "embeddings: [[1, 2, 3]]\nclasses: [a, b]\nweights: "
    turned = problem_in(keys + "{rows: features, values: {init: normal, seed: 3}}\n").run()
    plain = problem_in(keys + "{init: normal, seed: 3}\n").run()
    assert turned.found["weights"].value.tolist() == plain.found["weights"].value.T.tolist()
    assert turned["logits"].value.tolist() == plain["logits"].value.tolist()


@pytest.mark.parametrize("weights", ["{rows: features, values: [[1, 2], [3, 4]]}", "[[1, 3], [2, 4]]"])
def test_a_square_w_says_which_way_it_was_read(weights: str) -> None:
    run = problem_in(f"{SQUARE}{weights}\n").run()
    side = "column" if "rows" in weights else "row"
    assert f"W is square: {side} c of W is class c.\n" in run.text()
    assert run["logits"].digits() == [["7.00", "10.00"]]  # 1·1 + 2·3 and 1·2 + 2·4
    assert f"W is square: {side} c of W is class c.\n" in problem_in(f"{SQUARE}{weights}\n").loss().text()
    assert "W is square" not in problem_in(LECTURE).run().text()


def test_a_picture_of_the_plane_uses_the_weights_as_the_lesson_has_them() -> None:
    planes = []
    for text in (LECTURE, OURS):
        problem = problem_in(text)
        plane = problem.plane(problem.train(5))
        assert plane is not None
        planes.append(plane.predicted)
    assert np.array_equal(*planes)


# Answer sheets

ANSWERS = """
weight_gradients: {x_0: [-0.18, 0.16, 0.01], x_1: [-0.46, -0.22, 0.68]}
updated_weights: [[0.19, 0.12, 0.29], [0.63, 0.61, 0.26]]
"""


def marked(sheet: str, config: str = LECTURE) -> list[tuple[str, str, str]]:
    """The row, the column and the verdict of each answer."""
    marker = problem_in(config).marker()
    steps = marker.mark(parse_sheet(sheet, "s.yaml", marker.steps)).steps
    assert steps is not None
    return [(str(cell.row), str(cell.column), cell.verdict) for step in steps.values() for cell in step.cells]


def test_a_sheet_in_the_layout_of_the_lecture_is_right() -> None:
    entries = [(f"x_{j}", f"w{c}", "right") for j in range(2) for c in range(3)]
    assert marked(ANSWERS) == entries * 2


def test_a_square_sheet_is_read_in_the_layout_of_the_lecture() -> None:
    config = SQUARE + "{rows: features, values: [[0.1, 0.2], [0.3, 0.4]]}\n"
    # P = softmax(0.7, 1.0) = 0.4256, 0.5744; R = −0.5744, 0.5744; dW_jc = z_j R_c
    assert marked("weight_gradients: [[-0.57, 0.57], [-1.15, 1.15]]", config) == [
        ("x_0", "w0", "right"), ("x_0", "w1", "right"), ("x_1", "w0", "right"), ("x_1", "w1", "right"),
    ]  # fmt: skip
    assert {verdict for *_, verdict in marked("weight_gradients: [[-0.57, -1.15], [0.57, 1.15]]", config)} >= {"wrong"}


def test_a_blank_sheet_that_is_filled_in_as_exported_is_right(call: Call, tmp_path: Path) -> None:
    config, sheet = tmp_path / "c.yaml", tmp_path / "s.csv"
    config.write_text(LECTURE)
    sheet.write_text(call("grad", config, "-f", "csv").stdout)
    assert call("check", config, sheet).returncode == 0
    blank = call("check", config, "--blank").stdout
    assert "# dW = Zᵀ R / N; columns w0, w1, w2\nweight_gradients:\n  x_0: [_, _, _]\n" in blank


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("logits: {1: [0.90, 1.20, 1.50]}", "you used H = Z W, right is H = Z W + b (no-bias)"),
        (
            "weight_gradients: [[-0.54, 0.49, 0.04], [-1.37, -0.67, 2.04]]",
            "you used dW = Zᵀ R, right is dW = Zᵀ R / N (no-mean)",
        ),
        (
            "weight_gradients: [[-0.18, -0.46], [0.16, -0.22], [0.01, 0.68]]",
            "you used dW = (Zᵀ R / N)ᵀ, right is dW = Zᵀ R / N (transposed)",
        ),
    ],
)
def test_slips_are_told_in_the_formulas_of_the_lecture(answers: str, says: str, call: Call, tmp_path: Path) -> None:
    for name, text in (("c.yaml", LECTURE), ("s.yaml", answers)):
        (tmp_path / name).write_text(text)
    assert says in call("check", "c.yaml", "s.yaml", cwd=tmp_path).stdout
