"""The table of rules and the steps that it leaves, at the edges too."""

from pathlib import Path

import numpy as np
import pytest
from conftest import CONFIGS

import softstep
from softstep.config.schema import parse
from softstep.steps import ARTICLE, BY_KEY, RULES, STABLE, lesson

BY_HAND = "rounding: {every_step: true}\n"


def problem(text: str) -> softstep.Problem:
    return parse(text, "c.yaml", Path())


def test_the_lesson_is_the_table_of_the_design() -> None:
    assert [rule.key for rule in RULES] == [
        "logits", "exponentials", "normalizers", "probabilities", "predictions", "node_losses", "loss", "residuals",
        "weight_gradients", "bias_gradients", "updated_weights", "updated_biases",
    ]  # fmt: skip


@pytest.mark.parametrize("rule", [*STABLE, *ARTICLE], ids=lambda rule: rule.formula)
def test_an_alternative_rule_has_the_key_the_symbol_and_the_labels_of_the_one_it_replaces(
    rule: softstep.steps.Rule,
) -> None:
    page = BY_KEY[rule.key]
    assert (rule.symbol, rule.rows, rule.columns, rule.places) == (page.symbol, page.rows, page.columns, page.places)
    assert rule.compute is not page.compute


def test_by_hand_the_page_is_computed_as_it_stands() -> None:
    by_hand = lesson("standard", softstep.load(CONFIGS / "doc_example.yaml").rounding)
    assert by_hand == RULES


def test_a_step_is_frozen_and_keeps_the_very_arrays_used() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").run()
    step = result["residuals"]
    assert step.inputs["probabilities"].tolist() == result["probabilities"].value.tolist()
    with pytest.raises(AttributeError):
        step.value = np.zeros(3)  # type: ignore[misc]
    assert np.asarray(step).shape == (5, 3)


def test_a_result_is_a_mapping_in_the_order_of_the_lesson() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").run()
    assert [*result] == [rule.key for rule in RULES] + ["loss_after"]
    assert len(result) == 13


def test_nodes_without_a_label_take_part_in_the_forward_pass_and_in_nothing_else() -> None:
    layer = "weights: [[1, 2], [0.5, -1]]\nlearning_rate: 1\n"
    some = problem("embeddings: {a: [1, 2], b: [3, 4], c: [0.5, 1]}\nlabels: {c: 1, a: 0}\n" + layer).run()
    alone = problem("embeddings: {a: [1, 2], c: [0.5, 1]}\nlabels: {c: 1, a: 0}\n" + layer).run()
    assert some["logits"].rows == ("a", "b", "c")
    for key in ("node_losses", "loss", "residuals", "weight_gradients", "bias_gradients", "updated_weights"):
        assert some[key].value.tolist() == alone[key].value.tolist()
        assert some[key].rows == alone[key].rows


@pytest.mark.parametrize("rounding", ["", BY_HAND], ids=["full", "by hand"])
def test_exponentials_that_cannot_be_written_stand_shifted_and_say_so(rounding: str) -> None:
    result = problem("logits: {a: [1000, 999], b: [1, 2], c: [-800, -801]}\nlabels: {a: 1}\n" + rounding).run()
    assert result["exponentials"].digits() == [["1.00", "0.37"], ["2.72", "7.39"], ["1.00", "0.37"]]
    remark = result["exponentials"].remark
    assert remark is not None
    assert "m = 1000.00 at node a, m = -800.00 at node c" in remark
    assert "node b" not in remark
    assert result["loss"].digits() == "1.31"


def test_by_hand_a_row_whose_exponentials_would_all_be_0_00_stands_shifted() -> None:
    result = problem("logits: [[-5.3, -9], [-5.2, -9]]\n" + BY_HAND).forward()
    assert result["exponentials"].digits() == [["1.00", "0.02"], ["0.01", "0.00"]]
    assert result["probabilities"].digits() == [["0.98", "0.02"], ["1.00", "0.00"]]


def test_a_probability_that_rounds_to_0_has_an_infinite_loss_and_more_decimals_cure_it() -> None:
    text = "logits: {a: [9, -9], b: [0, 1]}\nlabels: {a: 1, b: 0}\nrounding: {every_step: true, decimals: 2}\n"
    result = problem(text).loss()
    assert result["node_losses"].digits() == ["inf", "1.31"]
    assert result["loss"].value == np.inf
    (note,) = result.notes
    assert "The loss of node a is infinite" in note
    assert "more decimals" in note
    assert np.isfinite(problem(text.replace("decimals: 2", "decimals: 9")).loss()["loss"].value)


def test_a_probability_given_as_0_has_an_infinite_loss_that_no_decimals_cure() -> None:
    (note,) = problem("probabilities: [[1, 0]]\nlabels: [1]\n" + BY_HAND).loss().notes
    assert note == "The loss of node 1 is infinite, for P of the true class is 0."


@pytest.mark.parametrize(
    ("text", "command", "where"),
    [
        ("embeddings: {n: [1e200]}\nweights: [[1], [1e200]]\n", "forward", "logits: H at node n, class 1"),
        (
            "embeddings: [[1]]\nweights: [[1e308], [1e308]]\nlabels: [1]\nlearning_rate: 1.7e308\ngradient: article\n",
            "update",
            "updated_weights: W′ at weight w0, feature x_0",
        ),
        (
            "embeddings: [[1]]\nweights: [[1e308], [1]]\nlabels: [1]\nlearning_rate: 1e308\n",
            "run",
            "after the step, logits: H at node 1, class 1",
        ),
        (
            "embeddings: [[1e308], [1e308], [1e308], [1e308]]\nweights: [[0], [0]]\nlabels: [1, 1, 1, 1]\n",
            "grad",
            "weight_gradients: dW at weight w0, feature x_0",
        ),
    ],
    ids=["logits", "update", "after the step", "gradient"],
)
def test_an_overflow_is_refused_by_name(text: str, command: str, where: str) -> None:
    with pytest.raises(softstep.SoftstepError, match="beyond the largest float64") as refused:
        problem(text).result(command)
    assert where in str(refused.value)
    assert len(refused.value.complaints) == 1


def test_by_hand_an_overflow_is_refused_too_but_a_sum_may_be_larger_than_its_mean() -> None:
    with pytest.raises(softstep.SoftstepError, match="logits: H at node 1, class 0 is beyond"):
        problem("embeddings: [[1e200]]\nweights: [[1e200]]\n" + BY_HAND).forward()
    text = "embeddings: [[1e308], [1e308], [1e308], [1e308]]\nweights: [[0], [0]]\nlabels: [1, 1, 1, 1]\n"
    assert problem(text + BY_HAND).grad()["weight_gradients"].value.tolist() == [[5e307], [-5e307]]


def test_a_loss_after_the_step_is_the_loss_of_the_next_config() -> None:
    for name in ("doc_example.yaml", "article_table.yaml"):
        first = softstep.load(CONFIGS / name)
        after = first.after(first.update())
        assert first.run()["loss_after"].value == after.loss()["loss"].value


def test_terms_add_up_to_the_gradient() -> None:
    result = softstep.load(CONFIGS / "article_table.yaml").grad("w1", "b2")
    N = 5
    contributions = result["contributions_w1"].value
    assert result["sum_w1"].value[0] == pytest.approx(contributions.sum(axis=0))
    assert result["weight_gradients"].value[0] == pytest.approx(contributions.sum(axis=0) / N)
    assert result["bias_gradients"].value[0] == pytest.approx(result["sum_b2"].value[0] / N)
    assert result["residuals"].columns == ("1", "2")
    assert result["weight_gradients"].rows == ("w1",)


def test_by_hand_a_term_is_shown_whole_and_only_the_gradient_is_rounded() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").grad("w0")
    assert result["residuals"].digits() == [["-0.67"], ["-0.58"], ["-0.64"], ["-0.63"], ["-0.67"]]
    assert result["contributions_w0"].digits()[0] == ["-0.335", "-0.402", "-0.469", "-0.536"]
    assert result["sum_w0"].digits() == [["-1.619", "-1.773", "-1.287", "-1.734"]]
    assert result["weight_gradients"].digits() == [["-1.62", "-1.77", "-1.29", "-1.73"]]
    change = softstep.load(CONFIGS / "doc_example.yaml").update("w0")
    assert change["change_w0"].digits() == [["-0.324", "-0.354", "-0.258", "-0.346"]]
    assert change["updated_weights"].digits() == [["0.49", "0.75", "0.12", "0.86"]]


def test_capital_letters_stand_for_all_parameters() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").grad("W", "b", "w1")
    assert result["weight_gradients"].rows == ("w0", "w1", "w2")
    assert result["bias_gradients"].rows == ("b0", "b1", "b2")
    assert [key for key in result if key.startswith("sum")] == [f"sum_{letter}{c}" for letter in "wb" for c in range(3)]


def test_an_unknown_parameter_lists_the_right_ones() -> None:
    with pytest.raises(softstep.SoftstepError, match=r"w9.*one of w0, w1, w2, b0, b1, b2, W, b$"):
        softstep.load(CONFIGS / "doc_example.yaml").grad("w9")
