"""What a good teacher sees: calculators, cut digits, other roads, slips of the pen, and restraint.

The config is the article's table in full precision: L = 1.1465, and 1.1470 from the printed probabilities.
"""

import math
from typing import Any

import numpy as np
import pytest
from support.cases import cases_in
from support.problems import problem_in
from support.running import CONFIGS

import softstep
from softstep.mark.report import MarkedSheet, MarkedStep
from softstep.read.sheets import parse_sheet
from softstep.render.report_words import cut_digits_sentence, sentences

PROBLEM = softstep.load(CONFIGS / "article_table.yaml")
STEPS = PROBLEM.run()
Z, y = PROBLEM.given.values["embeddings"], PROBLEM.given.values["labels"]
W, b = PROBLEM.given.values["weights"], PROBLEM.given.values["biases"]
H = Z @ W.T + b
P = np.exp(H) / np.exp(H).sum(axis=1, keepdims=True)
LOSS = float(-np.log(P[np.arange(5), y]).mean())


def typed(**steps: Any) -> str:
    """A sheet with these figures, arrays to two decimals."""
    return "".join(
        f"{key}: {np.round(value, 2).tolist() if isinstance(value, np.ndarray) else value}\n"
        for key, value in steps.items()
    )


def mark(text: str, **options: Any) -> MarkedSheet:
    marker = PROBLEM.marker(**options)
    return marker.mark(parse_sheet(text, "s.yaml", marker.steps))


def step(sheet: MarkedSheet, key: str) -> MarkedStep:
    assert sheet.steps is not None
    return sheet.steps[key]


def tags(sheet: MarkedSheet, key: str) -> list[tuple[str, ...]]:
    return [tuple(slip.tag for slip in slips) for slips in step(sheet, key).explanations]


def verdicts(sheet: MarkedSheet, key: str) -> set[str]:
    return {cell.verdict for cell in step(sheet, key).cells}


# Calculators carry full precision, and write two or four decimals


@pytest.mark.parametrize(
    ("loss", "tag"),
    [
        (-LOSS, "loss-sign"),
        (5 * LOSS, "loss-sum"),
        (LOSS / math.log(2), "log2"),
        (LOSS / math.log(10), "log10"),
    ],
)
def test_a_slip_in_the_loss_is_named_with_four_decimals_after_printed_probabilities(loss: float, tag: str) -> None:
    sheet = mark(typed(logits=H, probabilities=P, loss=f"{loss:.4f}"))
    assert tags(sheet, "loss") == [(tag,)]


def test_the_unrounded_consequence_of_a_slip_is_not_wrong() -> None:
    powers = np.exp2(H) / np.exp2(H).sum(axis=1, keepdims=True)
    loss = -np.log(powers[np.arange(5), y]).mean()
    sheet = mark(typed(logits=H, probabilities=powers, loss=f"{loss:.4f}"))
    assert tags(sheet, "probabilities") == [("base-2",)]
    assert f"{loss:.4f}" == "1.1301"
    assert verdicts(sheet, "loss") <= {"rounded", "follows"}
    other = mark(typed(logits=H, probabilities=powers, loss=f"{loss + 0.0009:.4f}"))
    assert verdicts(other, "loss") == {"wrong"}


# Digits that are cut off


def cut(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.trunc(x * 100 + np.sign(x) * 1e-7) / 100)


def test_a_sheet_that_cuts_digits_off_is_said_once_and_loses_no_marks() -> None:
    sheet = mark(typed(logits=cut(H), probabilities=cut(P)))
    assert sheet.cut_digits is not None
    assert sheet.cut_digits.answers >= 5
    assert sheet.score == sheet.out_of
    assert sheet.is_good
    assert not any(cell.is_cut for each in (sheet.steps or {}).values() for cell in each.cells)
    assert mark(typed(logits=H, probabilities=P)).cut_digits is None


def test_slips_are_found_in_figures_with_digits_cut_off() -> None:
    assert tags(mark("logits: {5: [0.47, 0.55, 0.39]}"), "logits") == [("swapped-entries",)]
    assert tags(mark("logits: {5: [0.47, 0.55, 0.40]}"), "logits") == [("swapped-entries",)]
    exchanged = Z.copy()
    exchanged[4, 2:] = exchanged[4, :1:-1]
    wrong = exchanged @ W.T + b
    assert tags(mark(typed(logits=cut(wrong))), "logits") == [("swapped-entries",)]


def test_a_single_answer_with_digits_cut_off_is_said_beside_it() -> None:
    sheet = softstep.Problem(logits=[[1.0, 0.5, 2.0]]).marker().mark
    steps = softstep.Problem(logits=[[1.0, 0.5, 2.0]]).marker().steps
    (cells,) = [
        each.cells
        for each in (sheet(parse_sheet("exponentials: [[2.71, 1.65, 7.39]]", "s", steps)).steps or {}).values()
    ]
    assert [cell.is_cut for cell in cells] == [True, False, False]


# Other roads to the right result


def test_shifted_exponentials_and_their_sums_are_right_row_by_row_and_named() -> None:
    shifted = np.exp(H - H.max(axis=1, keepdims=True))
    sheet = mark(typed(logits=H, exponentials=shifted, normalizers=shifted.sum(axis=1), probabilities=P))
    for key in ("exponentials", "normalizers"):
        assert verdicts(sheet, key) <= {"right", "rounded"}
        assert [road.tag for road in step(sheet, key).roads] == ["shifted-exponentials"]
    assert verdicts(sheet, "probabilities") == {"right"}
    mixed = np.exp(H)
    mixed[2] = shifted[2]
    assert verdicts(mark(typed(logits=H, exponentials=mixed)), "exponentials") <= {"right", "rounded"}
    half = np.exp(H)
    half[2, 0] = shifted[2, 0]
    assert "wrong" in verdicts(mark(typed(logits=H, exponentials=half)), "exponentials")


def test_residuals_divided_by_n_are_right_and_so_is_the_gradient_from_them() -> None:
    residuals = (P - np.eye(3)[y]) / 5
    sheet = mark(
        f"residuals: {np.round(residuals, 3).tolist()}\n"
        + typed(weight_gradients=residuals.T @ Z, bias_gradients=residuals.sum(axis=0))
    )
    assert [road.tag for road in step(sheet, "residuals").roads] == ["divided-residuals"]
    for key in ("residuals", "weight_gradients", "bias_gradients"):
        assert verdicts(sheet, key) <= {"right", "rounded"}, key


def test_losses_from_the_logits_are_right_though_the_probabilities_are_rounded() -> None:
    rounded = np.round(H, 2)
    losses = np.log(np.exp(rounded).sum(axis=1)) - rounded[np.arange(5), y]
    sheet = mark(typed(logits=H) + f"probabilities: {np.round(P, 2).tolist()}\nloss: {losses.mean():.4f}\n")
    assert verdicts(sheet, "loss") <= {"right", "rounded"}


def test_an_update_from_the_residuals_at_once_is_right() -> None:
    alpha = float(PROBLEM.given.values["learning_rate"])
    residuals = np.round(P - np.eye(3)[y], 2)
    updated = W - alpha * (residuals.T @ Z / 5)
    sheet = mark(typed(residuals=residuals, weight_gradients=np.round(residuals.T @ Z / 5, 1), updated_weights=updated))
    assert verdicts(sheet, "updated_weights") <= {"right", "rounded", "follows"}


# Slips of the pen


def test_two_answers_exchanged_on_paper_are_a_slip_of_the_pen() -> None:
    wrong = np.round(P, 2)
    wrong[0, 2], wrong[1, 1] = wrong[1, 1], wrong[0, 2]
    sheet = mark(typed(logits=H, probabilities=wrong, loss=f"{LOSS:.4f}"))
    assert tags(sheet, "probabilities") == [("exchanged-cells",)]
    assert verdicts(sheet, "loss") == {"right"}


@pytest.mark.parametrize(("axis", "tag"), [(0, "exchanged-rows"), (1, "exchanged-columns")])
def test_two_rows_or_columns_exchanged_on_paper_are_a_slip_of_the_pen(axis: int, tag: str) -> None:
    order = [1, 0, 2, 3, 4][: P.shape[axis]]
    sheet = mark(typed(logits=H, probabilities=P.take(order, axis=axis), loss=f"{LOSS:.4f}"))
    assert tags(sheet, "probabilities") == [(tag,)]


def test_a_sign_or_digits_are_a_slip_of_the_pen_only_if_the_rest_goes_on_from_the_right_figure() -> None:
    wrong = np.round(P, 2)
    wrong[1, 0] = 0.24  # 0.42
    alone = mark(typed(probabilities=wrong))
    assert tags(alone, "probabilities") == []
    assert step(alone, "probabilities").unexplained
    right_loss = mark(typed(probabilities=wrong, loss=f"{LOSS:.4f}"))
    assert tags(right_loss, "probabilities") == [("turned-digits",)]
    losses = -np.log(wrong[np.arange(5), y])
    follows = mark(typed(probabilities=np.where(wrong == 0.29, 0.92, wrong), node_losses=losses))
    assert tags(follows, "probabilities") == []


# Restraint


def test_one_misreading_is_said_once() -> None:
    marker = softstep.Problem(embeddings=[[0.10, 0.55]], weights=[[1.0, 0.5], [0.5, 1.0]], labels=[0]).marker()
    alike = [error for error in marker.input_errors if (error.key, error.changes) == ("embeddings", (((0, 0), 0.01),))]
    assert [error.tag for error in alike] == ["swapped-digits or shifted-point"]


def test_an_input_that_earlier_answers_used_rightly_is_doubted_in_this_step_only() -> None:
    misread = Z.copy()
    misread[0, 1] = -misread[0, 1]
    residuals = P - np.eye(3)[y]
    sheet = mark(typed(logits=H, probabilities=P, weight_gradients=residuals.T @ misread / 5))
    (((slip,),)) = (step(sheet, "weight_gradients").explanations,)[0]
    assert (slip.tag, slip.only_here) == ("lost-sign", True)  # type: ignore[attr-defined]


def test_more_than_three_alternatives_explain_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = softstep.Problem(
        embeddings=[[1, 2], [3, 5], [5, 3], [0, 1]], weights=[[1, 0], [0, 0]], labels=[0, 1, 0, 1]
    )
    marker = config.marker()
    text = "logits: {2: [5, 0]}\n"
    found = marker.mark(parse_sheet(text, "s", marker.steps)).steps or {}
    assert 2 <= len(found["logits"].explanations) <= 3
    monkeypatch.setattr("softstep.mark.explanations.MOST_ALTERNATIVES", 1)
    found = marker.mark(parse_sheet(text, "s", marker.steps)).steps or {}
    assert found["logits"].explanations == ()
    assert found["logits"].unexplained


def test_a_slip_in_some_rows_and_one_beside_other_mistakes_are_named() -> None:
    losses = -np.log(P[np.arange(5), y])
    losses[2] /= math.log(10)
    sheet = mark(f"node_losses: {np.round(losses, 4).tolist()}")
    assert tags(sheet, "node_losses") == [("log10",)]
    assert step(sheet, "node_losses").in_some_rows
    over_matrix = np.exp(H) / np.exp(H).sum()
    over_matrix[1, 1] += 0.01
    sheet = mark(f"probabilities: {np.round(over_matrix, 4).tolist()}")
    assert tags(sheet, "probabilities") == [("softmax-over-matrix",)]
    assert (step(sheet, "probabilities").wrong_count, step(sheet, "probabilities").left_over) == (15, 1)


def test_all_wrong_figures_may_be_one_multiple_of_the_right_ones() -> None:
    residuals = P - np.eye(3)[y]
    sheet = mark(f"weight_gradients: {np.round(1.37 * residuals.T @ Z / 5, 4).tolist()}")
    (((slip,),)) = step(sheet, "weight_gradients").explanations
    assert (slip.tag, slip.says) == ("constant-factor", "all wrong figures are 1.37 times what is right")


# Few places


@pytest.mark.parametrize(("strict", "points"), [(False, 0.5), (True, 0.0)])
def test_a_loss_with_two_of_four_decimals_gains_half_marks_or_none(strict: bool, points: float) -> None:
    four = PROBLEM.as_config(CONFIGS) | {"rounding": {"loss_decimals": 4}}
    marker = softstep.Problem(**four).marker(strict=strict)
    for loss, places, verdict in (("1.15", 2, "rounded"), ("1.1", None, "wrong"), ("1.16", None, "wrong")):
        marked = marker.mark(parse_sheet(typed(loss=loss), "s", marker.steps))
        (cell,) = step(marked, "loss").cells
        assert (cell.verdict, cell.places) == (verdict, places)
        assert cell.points == (points if places else 0)
        assert not marked.is_good


# Published examples


MISTAKES = {case.name: case for case in cases_in("mistakes").values()}


@pytest.mark.parametrize("name", MISTAKES)
def test_published_examples_with_wrong_figures_are_explained(name: str, update: bool) -> None:
    case = MISTAKES[name]
    marker = problem_in(case.typed.text).marker()
    marked = marker.mark(parse_sheet(case.files["sheet.yaml"].text, "sheet.yaml", marker.steps))
    steps = marked.steps or {}
    said = [sentence for each in steps.values() for sentence in sentences(each, steps, marked.exercise.formulas)]
    said = [*([cut_digits_sentence(marked.cut_digits, False)] if marked.cut_digits else []), *said]
    if update:
        case.expect("explained", said)
    assert said == case["explained"]
    assert said
    assert not any(each.unexplained for each in steps.values())
