"""The steps of a problem: their numbers and digits in both arithmetics, overflows, and parts of a step."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep
from softstep.compute.derive import derive
from softstep.lesson.quantities import CLASS, NODE
from softstep.lesson.rules import BY_KEY, RULES, lesson

BY_HAND = "rounding: {every_step: true}\n"


ODD = {
    "shifts": lambda H: 0 * H[:, 0] + 1,
    "exponentials": lambda H, m: H * 0 + 3,
    "normalizers": lambda E: E[:, 0] * 2,
    "probabilities": lambda E, S: E * 0 + 1,
    "predictions": lambda P: P.argmin(axis=1),
    "node_losses": lambda P, y: P[:, 0] * 0 + 7,
}


@pytest.mark.parametrize("rounding", ["", BY_HAND], ids=["full", "by hand"])
@pytest.mark.parametrize("key", ODD)
def test_later_steps_use_an_alternative_rule_in_both_arithmetics(key: str, rounding: str) -> None:
    given = problem_in("embeddings: [[1, 2], [0, 3]]\nweights: [[1, 0.5], [0, 1]]\nlabels: [0, 1]\n" + rounding)
    odd_rule = replace(BY_KEY[key], compute=ODD[key])
    usual = derive(given.given, lesson(BY_KEY, given.given.values, (), given.rounding), given.rounding)
    other = derive(given.given, lesson(BY_KEY, given.given.values, (odd_rule,), given.rounding), given.rounding)
    assert other[key].value.tolist() != usual[key].value.tolist()
    later = ["probabilities", "loss"] if key in ("exponentials", "normalizers") else ["loss"] * (key[-1] == "s")
    if key not in ("shifts", "predictions"):
        assert all(other[after].value.tolist() != usual[after].value.tolist() for after in later)


def test_a_part_of_a_step_shows_the_same_digits_as_the_whole() -> None:
    for step in softstep.load(CONFIGS / "karate_club.yaml").run().values():
        if step.rows:
            assert step.take({step.rule.axes[0]: [1]}).digits() == step.digits()[1:2]


def test_a_step_is_read_only_and_keeps_the_steps_it_was_computed_from() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").run()
    step = result["residuals"]
    assert step.inputs["probabilities"] is result["probabilities"]
    assert result["normalizers"].inputs["exponentials"] is result["exponentials"]
    for array in (step.numbers, step.value, step.inputs["probabilities"].numbers, result["logits"].value):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 99
    with pytest.raises(AttributeError):
        step.numbers = np.zeros(3)  # type: ignore[misc]
    assert np.asarray(step).shape == (5, 3)


def test_a_result_is_a_mapping_in_the_order_of_the_lesson() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").run()
    assert [*result] == [rule.key for rule in RULES if rule.key != "shifts"] + ["loss_after"]
    assert len(result) == 13


def test_nodes_without_a_label_take_part_only_in_the_forward_pass() -> None:
    layer = "weights: [[1, 2], [0.5, -1]]\nlearning_rate: 1\n"
    some = problem_in("embeddings: {a: [1, 2], b: [3, 4], c: [0.5, 1]}\nlabels: {c: 1, a: 0}\n" + layer).run()
    alone = problem_in("embeddings: {a: [1, 2], c: [0.5, 1]}\nlabels: {c: 1, a: 0}\n" + layer).run()
    assert some["logits"].rows == ("a", "b", "c")
    for key in ("node_losses", "loss", "residuals", "weight_gradients", "bias_gradients", "updated_weights"):
        assert some[key].value.tolist() == alone[key].value.tolist()
        assert some[key].rows == alone[key].rows


@pytest.mark.parametrize(
    ("rounding", "loss"),
    [("", "1.3133"), (BY_HAND, "1.3093")],  # ln(1 + e), and −ln of 0.37/1.37 = 0.27
    ids=["full", "by hand"],
)
def test_exponentials_beyond_float64_are_shifted_and_the_shift_is_shown(rounding: str, loss: str) -> None:
    result = problem_in("logits: {a: [1000, 999], b: [1, 2], c: [-800, -801]}\nlabels: {a: 1}\n" + rounding).run()
    assert result["exponentials"].digits() == [["1.00", "0.37"], ["2.72", "7.39"], ["1.00", "0.37"]]
    assert result["shifts"].digits() == ["1000.00", "0.00", "-800.00"]
    assert result["loss"].digits() == loss
    assert "shifts" not in problem_in("logits: [[1, 2]]\n" + rounding).run()


def test_in_full_precision_exponentials_within_float64_are_not_shifted() -> None:
    result = problem_in("logits: [[-600, -601], [600, -600]]\n").forward()
    assert "shifts" not in result
    expected = [[math.exp(-600), math.exp(-601)], [math.exp(600), math.exp(-600)]]
    assert result["exponentials"].value == pytest.approx(np.array(expected), rel=1e-15)


def test_by_hand_a_large_number_is_printed_with_up_to_31_digits() -> None:
    result = problem_in("logits: [[69, 0], [72, 0], [70, 0]]\n" + BY_HAND).forward()
    assert result["exponentials"].digits() == [
        ["925378172558778760024239791668.73", "1.00"],
        ["1.86e+31", "1.00"],
        ["2515438670919167006265781174252.11", "1.00"],
    ]
    assert result["normalizers"].digits()[0] == "925378172558778760024239791669.73"


def test_by_hand_a_row_is_shifted_if_all_its_exponentials_round_to_0() -> None:
    result = problem_in("logits: [[-5.3, -9], [-5.2, -9]]\n" + BY_HAND).forward()
    assert result["exponentials"].digits() == [["1.00", "0.02"], ["0.01", "0.00"]]
    assert result["probabilities"].digits() == [["0.98", "0.02"], ["1.00", "0.00"]]


def test_a_probability_rounded_to_0_has_an_infinite_loss_that_more_decimals_fix() -> None:
    text = "logits: {a: [9, -9], b: [0, 1]}\nlabels: {a: 1, b: 0}\nrounding: {every_step: true, decimals: 2}\n"
    result = problem_in(text).loss()
    assert result["node_losses"].digits() == ["inf", "1.31"]
    assert result["loss"].value == np.inf
    (note,) = result.notes
    assert note == (
        "By hand, P of the true class of node a rounds to 0.00, so its loss is infinite; "
        "8 decimals are enough (decimals: 8 under rounding)."  # it is e^-18 = 1.5e-8
    )
    assert np.isfinite(problem_in(text.replace("decimals: 2", "decimals: 9")).loss()["loss"].value)


def test_a_probability_given_as_0_has_an_infinite_loss_that_no_decimals_fix() -> None:
    (note,) = problem_in("probabilities: [[1, 0]]\nlabels: [1]\n" + BY_HAND).loss().notes
    assert note == "The loss of node 1 is infinite: P of the true class is 0."


@pytest.mark.parametrize(
    ("text", "command", "where"),
    [
        ("embeddings: {n: [1e200]}\nweights: [[1], [1e200]]\n", "forward", "logits: H at node n, class 1"),
        (
            "embeddings: [[1]]\nweights: [[1e308], [1e308]]\nlabels: [1]\nlearning_rate: 1.7e308\ngradient: article\n",
            "update",
            "updated_weights: W′ at w0, feature x_0",
        ),
        (
            "embeddings: [[1]]\nweights: [[1e308], [1]]\nlabels: [1]\nlearning_rate: 1e308\n",
            "run",
            "after the step, logits: H′ at node 1, class 1",
        ),
        (
            "embeddings: [[1e308], [1e308], [1e308], [1e308]]\nweights: [[0], [0]]\nlabels: [1, 1, 1, 1]\n",
            "grad",
            "weight_gradients: dW at w0, feature x_0",
        ),
    ],
    ids=["logits", "update", "after the step", "gradient"],
)
def test_an_overflow_is_refused_and_names_its_number(text: str, command: str, where: str) -> None:
    with pytest.raises(softstep.SoftstepError, match="beyond the largest float64") as refused:
        getattr(problem_in(text), command)()
    assert where in str(refused.value)
    assert len(refused.value.complaints) == 1


def test_an_overflow_in_a_note_does_not_make_the_command_fail() -> None:
    text = "embeddings: [[1]]\nweights: [[1e308], [1e308]]\nlabels: [1]\nlearning_rate: 1.7e308\ngradient: article\n"
    (note,) = problem_in(text).grad().notes
    assert "is not the derivative of L" in note
    assert "One step" not in note


def test_by_hand_an_overflow_is_refused_but_a_sum_may_exceed_float64() -> None:
    with pytest.raises(softstep.SoftstepError, match="logits: H at node 1, class 0 is beyond"):
        problem_in("embeddings: [[1e200]]\nweights: [[1e200]]\n" + BY_HAND).forward()
    text = "embeddings: [[1e308], [1e308], [1e308], [1e308]]\nweights: [[0], [0]]\nlabels: [1, 1, 1, 1]\n"
    assert problem_in(text + BY_HAND).grad()["weight_gradients"].value.tolist() == [[5e307], [-5e307]]


def test_the_loss_after_the_step_is_the_loss_of_the_next_config() -> None:
    for name in ("doc_example.yaml", "article_table.yaml"):
        first = softstep.load(CONFIGS / name)
        after = first.after()
        assert first.run()["loss_after"].value == after.loss()["loss"].value


def test_the_terms_of_a_gradient_add_up_to_it() -> None:
    result = softstep.load(CONFIGS / "article_table.yaml").grad("w1", "b2")
    N = 5
    contributions = result["contributions_w1"].value
    assert result["sum_w1"].value[0] == pytest.approx(contributions.sum(axis=0))
    assert result["weight_gradients"].value[0] == pytest.approx(contributions.sum(axis=0) / N)
    assert result["bias_gradients"].value[0] == pytest.approx(result["sum_b2"].value[0] / N)
    assert result["residuals"].columns == ("1", "2")
    assert result["weight_gradients"].rows == ("w1",)


def test_by_hand_terms_are_shown_unrounded_and_only_the_gradient_is_rounded() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").grad("w0")
    assert result["residuals"].digits() == [["-0.67"], ["-0.58"], ["-0.64"], ["-0.63"], ["-0.67"]]
    assert result["contributions_w0"].digits()[0] == ["-0.335", "-0.402", "-0.469", "-0.536"]
    assert result["sum_w0"].digits() == [["-1.619", "-1.773", "-1.287", "-1.734"]]
    assert result["weight_gradients"].digits() == [["-1.62", "-1.77", "-1.29", "-1.73"]]
    change = softstep.load(CONFIGS / "doc_example.yaml").update("w0")
    assert change["change_w0"].digits() == [["-0.324", "-0.354", "-0.258", "-0.346"]]
    assert change["updated_weights"].digits() == [["0.49", "0.75", "0.12", "0.86"]]


def test_a_capital_w_or_a_b_selects_all_its_parameters() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").grad("W", "b", "w1")
    assert result["weight_gradients"].rows == ("w0", "w1", "w2")
    assert result["bias_gradients"].rows == ("b0", "b1", "b2")
    assert [key for key in result if key.startswith("sum")] == [f"sum_{letter}{c}" for letter in "wb" for c in range(3)]


def test_typed_numbers_are_shown_without_rounding_and_without_noise() -> None:
    text = "logits: [[0.685000001, 1e-7]]\nlearning_rate: 0.00001\nrounding: {ties: half-down}\n"
    result = problem_in(text).run()
    shown = {step.rule.key: step.digits() for step in result.opening}
    assert shown == {"logits": [["0.6850", "0.0000"]], "learning_rate": "0.00001"}
    assert result.opening[0].digits(2) == [["0.69", "0.00"]]
    short = problem_in("logits: [[1, 2]]\nlearning_rate: 0.00000001\n").run().opening
    assert [step.digits() for step in short] == [[["1", "2"]], "0.00000001"]


def test_computed_numbers_are_shown_without_the_noise_of_their_sum() -> None:
    z, w = [0.5, 0.6, 0.7, 0.8], [0.17, 0.4, -0.14, 0.51]
    steps = [
        problem_in(
            f"embeddings: [{[z[j] for j in order]}]\nweights: [{[w[j] for j in order]}]\nbiases: [0.05]\n"
            "rounding: {ties: half-down}\n"
        ).forward()["logits"]
        for order in permutations(range(4))
    ]
    assert {step.value[0, 0] for step in steps} > {0.685}, "the sums must differ, or this test checks nothing"
    assert {str(step.digits()) for step in steps} == {"[['0.68']]"}


@pytest.mark.parametrize(("rounding", "places"), [("", 4), (BY_HAND, 5)], ids=["full", "by hand"])
def test_terms_have_two_more_decimals_or_by_hand_all_their_decimals(rounding: str, places: int) -> None:
    text = "embeddings: [[0.123], [0.457]]\nweights: [[1], [0]]\nlabels: [0, 1]\n"
    terms = problem_in(text + rounding).grad("w0")["contributions_w0"].digits()
    assert [len(term.partition(".")[2]) for (term,) in terms] == [places, places]


def test_a_part_keeps_the_decimals_of_the_whole_and_ignores_missing_axes() -> None:
    result = problem_in("logits: [[0.5, 1], [0.25, 1]]\nlabels: [0, 1]\n").run()
    assert result.opening[0].take({NODE: [0]}).digits() == [["0.50", "1.00"]]
    assert result["normalizers"].take({NODE: [1], CLASS: [1]}).digits() == result["normalizers"].digits()[1:]
    assert result["loss"].take({NODE: [0]}).digits() == result["loss"].digits()
    assert repr(result["loss"].take({NODE: [0]})) == f"<Step loss: L = {result['loss'].digits()}>"


def test_equal_logits_predict_the_first_class_whatever_their_last_bits() -> None:
    result = problem_in("embeddings: [[1.1, 2.2, 3.3]]\nweights: [[0, 0, 1], [1, 1, 0]]\n").forward()
    assert result["logits"].value[0, 0] < result["logits"].value[0, 1], (
        "the bits must differ, or this test checks nothing"
    )
    assert result["predictions"].digits() == ["0"]


def test_the_complaint_about_an_unknown_parameter_lists_the_valid_ones() -> None:
    with pytest.raises(softstep.SoftstepError, match=r"w9.*one of w0, w1, w2, b0, b1, b2, W or b; write one of them$"):
        softstep.load(CONFIGS / "doc_example.yaml").grad("w9")
