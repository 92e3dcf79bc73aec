"""A result: parts of it, and its steps as arrays and as text."""

from typing import Any

import numpy as np
import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep


def test_a_selected_step_comes_without_the_inputs(result: softstep.Result) -> None:
    assert result.only(steps="loss").opening == ()


def test_a_complaint_lists_up_to_twenty_valid_names() -> None:
    with pytest.raises(softstep.SoftstepError, match="18, 19 or 20; write one of them"):
        softstep.Problem(logits=[[1, 2]] * 20).forward().only(nodes=[99])


def test_iterators_and_single_names_select_parts_too(result: softstep.Result) -> None:
    assert [*result.only(steps=iter(["loss"]))] == [*result.only(steps="loss")] == ["loss"]
    assert result.only(nodes=(i for i in (1, 2)))["logits"].rows == ("1", "2")
    assert result.only(nodes=5)["logits"].rows == ("5",)


PARTS: list[tuple[dict[str, Any], dict[str, tuple[int, ...]]]] = [
    ({"steps": ["logits", "loss"]}, {"logits": (5, 3), "loss": ()}),
    (
        {"nodes": [2]},
        {
            "logits": (1, 3), "exponentials": (1, 3), "normalizers": (1,), "probabilities": (1, 3),
            "predictions": (1,), "node_losses": (1,), "residuals": (1, 3),
        },
    ),
    (
        {"classes": ["1", 2]},
        {
            "logits": (5, 2), "exponentials": (5, 2), "normalizers": (5,), "probabilities": (5, 2), "residuals": (5, 2),
            "weight_gradients": (2, 4), "bias_gradients": (2,), "updated_weights": (2, 4), "updated_biases": (2,),
        },
    ),
    (
        {"params": ["b1"]},
        {
            "logits": (5, 1), "exponentials": (5, 1), "normalizers": (5,), "probabilities": (5, 1), "residuals": (5, 1),
            "bias_gradients": (1,), "updated_biases": (1,),
        },
    ),
    ({"nodes": ["1", "5"], "classes": ["0"], "steps": ["residuals"]}, {"residuals": (2, 1)}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "left"), PARTS, ids=lambda case: " ".join(case))
def test_a_part_of_a_result_has_the_selected_numbers(
    result: softstep.Result, asked: dict[str, Any], left: dict[str, tuple[int, ...]]
) -> None:
    only = result.only(**asked)
    assert {key: step.value.shape for key, step in only.items()} == left
    for key, step in only.items():
        rows = [(result[key].rows or ()).index(name) for name in step.rows or ()]
        columns = [(result[key].columns or ()).index(name) for name in step.columns or ()]
        whole = result[key].value
        part = whole[np.ix_(rows, columns)] if columns else whole[rows] if rows else whole
        assert step.value.tolist() == part.tolist()


def test_a_part_of_a_part_has_the_same_working_as_the_whole(result: softstep.Result) -> None:
    from softstep.working.explain import explain_step

    whole = list(explain_step(result["logits"]))
    assert list(explain_step(result.only(nodes=[2, 4]).only(nodes=[4], classes=[1])["logits"])) == [whole[3 * 3 + 1]]


def test_a_part_of_an_update_cannot_be_written_as_a_config(result: softstep.Result) -> None:
    update = softstep.load(CONFIGS / "doc_example.yaml").update()
    assert update.next_config is not None
    with pytest.raises(softstep.SoftstepError, match="which has to be whole"):
        update.only(classes=[0]).text("yaml")
    assert [new.rows for _, new in result.only(params=["w1"]).changes] == [("w1",)]


def test_selecting_parts_without_common_numbers_is_refused(result: softstep.Result) -> None:
    with pytest.raises(softstep.SoftstepError, match="no number is about node 1 and step loss; leave one"):
        result.only(nodes=[1], steps=["loss"])
    with pytest.raises(softstep.SoftstepError, match="--node 9: no such node in this result"):
        result.only(nodes=[9])


def test_a_named_class_can_be_selected_by_its_number() -> None:
    named = softstep.Problem(logits=[[1, 2]], classes=["cat", "dog"]).forward()
    assert named.only(classes=1)["exponentials"].columns == ("dog",)
    assert named.only(classes="dog")["exponentials"].columns == ("dog",)


def test_numpy_reads_a_step_as_an_array(result: softstep.Result) -> None:
    assert np.argmax(result["probabilities"], axis=1).tolist() == [2, 0, 2, 0, 1]
    assert (np.asarray(result["residuals"]) @ np.ones(3)).shape == (5,)


def test_a_result_can_be_written_in_any_format(result: softstep.Result) -> None:
    assert result.text("csv", work=True).startswith("step,row,column,value,work\n")
    assert "h_1[0] = z_1·w_0 + b_0" in result.text(work=True)
    assert result.only(steps="loss").text("markdown").startswith("# Node classification")
    with pytest.raises(softstep.SoftstepError, match="format docx: no such format; expected one of table, markdown"):
        result.text("docx")


SYMBOLS = {
    "H": "logits", "m": "shifts", "E": "exponentials", "S": "normalizers", "P": "probabilities", "ŷ": "predictions",
    "yhat": "predictions", "y_hat": "predictions", "ℓ": "node_losses", "l": "node_losses", "L": "loss",
    "R": "residuals", "dW": "weight_gradients", "db": "bias_gradients", "W′": "updated_weights",
    "W'": "updated_weights", "b′": "updated_biases", "b'": "updated_biases", "L′": "loss_after", "L'": "loss_after",
    "y\u0302": "predictions", "W\u2019": "updated_weights", "h": "logits",
    "DW": "weight_gradients", "w'": "updated_weights", "LOSS": "loss",
}  # fmt: skip


@pytest.mark.parametrize(("symbol", "key"), SYMBOLS.items())
def test_a_step_may_be_asked_for_by_its_symbol(symbol: str, key: str) -> None:
    text = "embeddings: [[800, 1]]\nlabels: [1]\nweights: [[1, 2], [0.5, 3]]\nlearning_rate: 0.1\n"
    assert [*problem_in(text).run().only(steps=[symbol])] == [key]


def test_a_symbol_of_another_command_is_no_step() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").loss()
    with pytest.raises(softstep.SoftstepError, match="--step P: no such step in this result; expected one of node_l"):
        result.only(steps=["P"])
    with pytest.raises(KeyError):
        result["L"]


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("w_1", ["w1"]), ("W1", ["w1"]), ("W_1", ["w1"]), ("dW_1", ["w1"]), ("dw1", ["w1"]), ("b_0", ["b0"]),
        ("B0", ["b0"]), ("db_0", ["b0"]), ("W", ["w0", "w1", "w2"]), ("w", ["w0", "w1", "w2"]),
        ("dW", ["w0", "w1", "w2"]), ("b", ["b0", "b1", "b2"]), ("db", ["b0", "b1", "b2"]),
    ],
)  # fmt: skip
def test_a_parameter_may_be_written_in_other_ways(typed: str, rows: list[str]) -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").update(typed)
    updated = [step for key, step in result.items() if key.startswith("updated")]
    assert [row for step in updated for row in step.rows or ()] == rows


@pytest.mark.parametrize("typed", ["w_3", "w01", "w_01", "wb", "d", "", "z0", "ddW", "w__1"])
def test_what_is_no_parameter_is_refused(typed: str) -> None:
    with pytest.raises(
        softstep.SoftstepError, match="no such parameter; expected one of w0, w1, w2, b0, b1, b2, W or b"
    ):
        softstep.load(CONFIGS / "doc_example.yaml").update(typed)
