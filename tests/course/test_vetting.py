"""Vetting: each demand rejects what fails it, and nothing else does."""

import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep
from softstep.course import vetting
from softstep.course.drawing import drawn_keys
from softstep.course.exercise import make_exercise
from softstep.course.vetting import Draw, Fault, Plan, first_fault, hardest_demand

BY_HAND = "\nrounding: {every_step: true}"
ONE_NODE = "embeddings: [[0.5, 0.3]]\nweights: [[0.1, 0.2], [0.4, 0.3]]"
LOGITS = "logits: [[1.2, 0.4, -0.3], [0.5, 1.1, 0.2], [0.3, 0.8, 1.6], [0.9, -0.7, 0.6]]\nlabels: [1, 2, 2, 0]"


def draw_of(text: str, *ask: str, original: str | None = None, start: str | None = None) -> Draw:
    """The config's own numbers as a draw of an exercise with the same shape."""
    exercise = make_exercise(problem_in(original or text), ask, start)
    plan = Plan(exercise, drawn_keys(exercise.problem.setting, ()))
    return Draw(plan, problem_in(text).setting)


def test_a_good_draw_has_no_fault() -> None:
    assert first_fault(draw_of(LOGITS, "probabilities", "node_losses")) is None


REJECTED = {
    "a row of the embeddings": (
        "row_given_alike",
        draw_of(ONE_NODE.replace("0.3]]", "0.5]]", 1), original=ONE_NODE),
        "a row of embeddings is all alike",
    ),
    "a tie of the first step": (
        "first_step_tie",
        draw_of((CONFIGS / "doc_example.yaml").read_text(), "logits"),
        "a figure of logits lies on a rounding tie",
    ),
    "a tie by hand": (
        "rounding_tie",
        draw_of("probabilities: [[0.555, 0.445]]\nlabels: [0]" + BY_HAND, "residuals"),
        "a figure of residuals lies on a rounding tie",
    ),
    "a tie in full precision": (
        "rounding_tie",
        draw_of("probabilities: [[0.555, 0.445]]\nlabels: [0]", "residuals"),
        "a figure of residuals lies on a rounding tie",
    ),
    "two classes with the same probability": (
        "tied_prediction",
        draw_of("logits: [[1.2, 1.2, -0.3]]", "predictions"),
        "two classes tie for a prediction",
    ),
    "two classes with the same figure by hand": (
        "tied_prediction",
        draw_of("logits: [[1.2, 1.201, -0.3]]" + BY_HAND, "predictions"),
        "two classes tie for a prediction",
    ),
    "a probability of 1.00": (
        "certain_probability",
        draw_of("logits: [[6.2, 0.4]]", "probabilities"),
        "a probability is printed as 0 or 1",
    ),
    "a row of figures that is all alike": (
        "row_asked_alike",
        draw_of("embeddings: [[0.5, 0.3]]\nweights: [[0.1, 0.2], [0.1, 0.201]]", "logits"),
        "a row of logits is all alike",
    ),
    "a slip that does not show": (
        "hidden_slip",
        draw_of(f"{ONE_NODE}\nbiases: [0.001, 0.002]", "logits"),
        "the slip bias-subtracted (logits) does not show",
    ),
    "two slips that look alike": (
        "hidden_slip",
        draw_of(LOGITS.replace("[1, 2, 2, 0]", "[2, 0, 1, 2]"), "node_losses"),
        "the slips off-by-one-label (node_losses) and predicted-class (node_losses) look alike",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("demand", "draw", "reason"), REJECTED.values(), ids=REJECTED)
def test_a_demand_rejects(demand: str, draw: Draw, reason: str) -> None:
    assert getattr(vetting, demand)(draw) == reason
    assert first_fault(draw)


def test_a_number_that_overflows_is_rejected() -> None:
    draw = draw_of("embeddings: [[1e200, 3e200]]\nweights: [[1e200, 2], [3, 1e200]]", "logits", original=ONE_NODE)
    assert first_fault(draw) == Fault(1, "a number is beyond the largest float64")


def test_the_hardest_demand_is_the_one_that_rejects_most_of_what_reaches_it() -> None:
    faults = {Fault(1, "common"): 700, Fault(3, "rare"): 10, Fault(3, "hard"): 280}
    assert hardest_demand(faults, 1000) == "hard"


def test_a_row_that_has_no_other_form_may_be_all_alike() -> None:
    draw = draw_of("embeddings: [[1, 1], [0, 1]]\nweights: [[0.1, 0.2], [0.4, 0.3]]\nbiases: [0.3, 0.1]", "logits")
    assert vetting.row_given_alike(draw) is None


def test_a_slip_is_looked_for_where_it_first_shows() -> None:
    kinds = draw_of(LOGITS, "probabilities", "loss").plan.slips.kinds
    assert ("no-exp", "exponentials") in kinds
    assert ("log10", "node_losses") in kinds
    assert not any(where in ("predictions", "residuals") for _, where in kinds)


def test_no_slip_is_made_in_a_step_that_is_given_away() -> None:
    kinds = draw_of(LOGITS, "loss", start="node_losses").plan.slips.kinds
    assert {where for _, where in kinds} == {"node_losses", "loss"}


def test_ties_on_the_way_are_rejected_by_hand_alone() -> None:
    text = "embeddings: [[0.5, 0.3]]\nweights: [[0.11, 0.2], [0.4, 0.3]]\nlabels: [0]"
    assert vetting.rounding_tie(draw_of(text + BY_HAND, "loss")) == "a figure of logits lies on a rounding tie"
    assert vetting.rounding_tie(draw_of(text, "loss")) is None


def test_an_exercise_needs_something_to_compute() -> None:
    with pytest.raises(softstep.SoftstepError, match="nothing to compute"):
        make_exercise(problem_in("embeddings: [[0.5, 0.3]]"))
