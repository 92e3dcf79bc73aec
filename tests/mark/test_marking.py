"""Marking: verdicts, errors carried forward and slips, on sheets of students who share no code with softstep."""

import math
from collections.abc import Mapping
from pathlib import Path
from random import Random

import numpy as np
import pytest
from support.problems import few_and_many, problem_in
from support.running import CONFIGS
from support.students import (
    CONVENTION_SLIPS,
    EDITS,
    SLIPS,
    TIES,
    WAYS,
    Exercise,
    Figures,
    Work,
    as_sheet,
    misread_input,
    random_exercise,
    slip_as_made,
    with_conventions,
    work_exercise,
)

import softstep
from softstep.lesson.rules import BY_KEY
from softstep.mark.convention_slips import CONVENTION_SLIPS as SOFTSTEPS_CONVENTION_SLIPS
from softstep.mark.report import MarkedCell, MarkedSheet
from softstep.mark.slips import SLIPS as SOFTSTEPS_SLIPS
from softstep.mark.verdicts import ORDER
from softstep.read.sheets import parse_sheet

LAYER = """
embeddings: {a: [0.5, 0.6], b: [0.3, -0.8], c: [1.0, 0.2]}
labels: {a: 0, b: 1, c: 1}
weights: [[0.1, 0.4], [0.7, -0.2]]
biases: [0.1, -0.3]
learning_rate: 0.5
"""


def mark(sheet: str, config: str = LAYER, tolerance: float | None = None) -> MarkedSheet:
    """Mark a sheet, given as text."""
    marker = problem_in(config).marker(tolerance)
    return marker.mark(parse_sheet(sheet, "s.yaml", marker.steps))


def mark_figures(problem: Exercise, figures: Figures) -> MarkedSheet:
    """Mark a student's figures."""
    marker = softstep.Problem(**problem.keys()).marker()
    return marker.mark(parse_sheet(as_sheet(figures), "s.yaml", marker.steps))


def cells(sheet: MarkedSheet, key: str) -> Mapping[str, MarkedCell]:
    """The marked answers of a step by row and column, such as `a0`."""
    assert sheet.steps is not None
    return {f"{cell.row or ''}{cell.column or ''}": cell for cell in sheet.steps[key].cells}


def verdicts(sheet: MarkedSheet, key: str) -> list[str]:
    return [cell.verdict for cell in cells(sheet, key).values()]


def tags(sheet: MarkedSheet, key: str) -> list[tuple[str, ...]]:
    """The tags of the slips in each explanation of a step."""
    assert sheet.steps is not None
    return [tuple(slip.tag for slip in slips) for slips in sheet.steps[key].explanations]


def is_named(tag: str, sheet: MarkedSheet, key: str) -> bool:
    """Whether a slip is named alone; for a constant factor, any slip that leads to the same figures."""
    return (tag,) in tags(sheet, key) or (tag == "constant-factor" and any(len(each) == 1 for each in tags(sheet, key)))


def all_tags(sheet: MarkedSheet) -> set[str]:
    return {tag for key in sheet.steps or {} for slips in tags(sheet, key) for tag in slips}


# H of node a is 0.39, −0.07; of b −0.19, 0.07; of c 0.28, 0.36.
@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("0.39", "right"),
        ("0.390", "right"),
        ("0.4", "rounded"),
        ("0.394", "wrong"),
        ("0.391", "rounded"),
        ("0.38", "rounded"),
        ("0.41", "wrong"),
        ("-0.39", "wrong"),
        ("3.9e-1", "right"),
        ("1e400", "unreadable"),
        ("inf", "unreadable"),
        ("nan", "unreadable"),
        ("1/3", "unreadable"),
    ],
)
def test_an_answer_is_right_within_half_a_unit_of_its_last_place(typed: str, verdict: str) -> None:
    assert verdicts(mark(f"logits: {{a: [{typed}, _]}}"), "logits") == [verdict]


def test_a_loss_is_judged_by_the_decimals_of_losses() -> None:
    four = LAYER + "rounding: {loss_decimals: 4}\n"
    right = softstep.Problem.of(problem_in(four).setting).loss()["loss"].digits()
    assert verdicts(mark(f"loss: {right}", four), "loss") == ["right"]
    assert verdicts(mark(f"loss: {float(right) + 0.0004:.4f}", four), "loss") == ["wrong"]
    assert verdicts(mark(f"loss: {float(right) + 0.0004:.4f}"), "loss") == ["wrong"]
    assert verdicts(mark(f"loss: {float(right):.2f}"), "loss") == ["right"]
    coarse = mark(f"loss: {float(right):.2f}", four)
    assert verdicts(coarse, "loss") == ["rounded"]
    assert cells(coarse, "loss")[""].places == 2
    assert not coarse.is_good
    assert coarse.tags == ()
    assert not (coarse.steps or {})["loss"].unexplained
    assert not (coarse.steps or {})["loss"].follows_trivial


@pytest.mark.parametrize(
    ("rounding", "sheet"),
    [
        ("", "node_losses: [0.49, 0.57, 0.65]\nloss: 0.57"),  # −ln 0.6130, −ln 0.5646, −ln 0.5200
        ("{every_step: true}", "node_losses: [0.49, 0.58, 0.65]\nloss: 0.57"),  # −ln 0.61, −ln 0.56, −ln 0.52
        ("{every_step: true}", "node_losses: [0.4943, 0.5798, 0.6539]\nloss: 0.5760"),
        ("{every_step: true}", "loss: 0.57"),  # the mean of rounded node losses, which are not on the sheet
        ("{every_step: true}", "loss: 0.5760"),
        ("{ties: half-even}", "loss: 0.57"),
        ("{ties: half-even}", "loss: 0.5716"),
        ("{ties: half-even}", "loss: 0.5760"),
    ],
)
def test_a_config_without_decimals_takes_losses_of_two_decimals_or_more(rounding: str, sheet: str) -> None:
    config = LAYER + (f"rounding: {rounding}\n" if rounding else "")
    marked = mark(sheet, config)
    assert {verdict for key in marked.steps or {} for verdict in verdicts(marked, key)} == {"right"}
    assert verdicts(mark("loss: 0.5", config), "loss") == verdicts(mark("loss: 0.55", config), "loss") == ["wrong"]


def test_both_ways_to_round_a_tie_are_right() -> None:
    sheet = CONFIGS / "doc_example.yaml"
    marker = softstep.load(sheet).marker()
    for text in ("logits: {1: [0.68, _, _]}", "logits: {1: [0.69, _, _]}"):
        assert verdicts(marker.mark(parse_sheet(text, "s", marker.steps)), "logits") == ["right"]


def test_a_tolerance_replaces_half_a_unit() -> None:
    assert verdicts(mark("logits: {a: [0.44, -0.13]}", tolerance=0.05), "logits") == ["right", "rounded"]
    assert verdicts(mark("logits: {a: [0.385, _]}", tolerance=0), "logits") == ["wrong"]
    assert verdicts(mark("logits: {a: [0.39, _]}", tolerance=0), "logits") == ["right"]


def test_an_answer_computed_from_a_wrong_one_follows_and_names_it() -> None:
    sheet = mark("logits: {a: [0.39, 0.9], b: [-0.19, 0.07]}\nprobabilities: {a: [0.38, 0.62], b: [0.44, 0.56]}\n")
    assert verdicts(sheet, "logits") == ["right", "wrong", "right", "right"]
    assert verdicts(sheet, "probabilities") == ["follows", "follows", "right", "right"]
    assert cells(sheet, "probabilities")["a0"].follows_from == ("logits", "a", "1")
    assert tags(sheet, "logits") == []


def test_an_answer_follows_through_missing_steps_from_the_first_wrong_answer() -> None:
    sheet = mark("logits: {a: [0.39, 0.9]}\nloss: 0.75\nupdated_biases: {b0: 0.08}\n")
    P, y = [[0.3752, 0.6248], [0.4354, 0.5646], [0.48, 0.52]], [0, 1, 1]
    assert f"{-sum(math.log(p[c]) for p, c in zip(P, y, strict=True)) / 3:.2f}" == "0.74"
    assert cells(sheet, "loss")[""].follows_from == ("logits", "a", "1")
    assert verdicts(sheet, "loss") == ["follows"]


def test_an_answer_computed_from_rounded_ones_is_rounded_and_the_sheet_is_good() -> None:
    cut_off = mark("logits: {a: [0.38, -0.07]}\nexponentials: {a: [1.46, 0.93]}\nnormalizers: {a: 2.39}")
    assert verdicts(cut_off, "logits") == ["rounded", "right"]
    assert verdicts(cut_off, "exponentials") == ["rounded", "right"]
    assert cut_off.is_good


@pytest.mark.parametrize(
    "sheet",
    [
        "logits: [[0, 0], [0, 0], [0, 0]]\nprobabilities: [[.5, .5], [.5, .5], [.5, .5]]",
        "logits: [[2, 2], [2, 2], [2, 2]]\nprobabilities: [[.5, .5], [.5, .5], [.5, .5]]",
        "probabilities: {a: [1.47, 0.95]}\nresiduals: {a: [0.47, 0.95]}",
        "probabilities: {a: [-0.2, 1.2]}\nresiduals: {a: [-1.2, 1.2]}",
    ],
)
def test_an_answer_that_follows_from_trivial_answers_is_wrong(sheet: str) -> None:
    steps = mark(sheet).steps or {}
    *_, last = steps.values()
    assert {cell.verdict for cell in last.cells} <= {"wrong", "right"}
    assert last.verdict == "wrong"
    assert last.follows_trivial
    assert last.explanations == ()


def test_a_single_0_or_another_nodes_probabilities_do_not_make_a_step_trivial() -> None:
    assert verdicts(mark("logits: {a: [0, _]}\nexponentials: {a: [1.00, _]}"), "exponentials") == ["follows"]
    sheet = mark("probabilities: {a: [1.47, 0.95], b: [0.3, 0.7]}\nresiduals: {a: [0.47, 0.95], b: [0.3, -0.3]}")
    assert verdicts(sheet, "residuals") == ["wrong", "wrong", "follows", "follows"]


@pytest.mark.parametrize(
    "sheet",
    [
        "probabilities: {a: [1.48, 0.93]}\nresiduals: {a: [0.48, 0.93]}",  # not normalised
        "probabilities: {a: [0.61, -0.04]}\nresiduals: {a: [-0.39, -0.04]}",  # a single one is wrong
    ],
)
def test_later_steps_follow_from_probabilities_outside_0_to_1_with_a_named_slip_or_a_single_mistake(sheet: str) -> None:
    assert "follows" in verdicts(mark(sheet), "residuals")
    assert "wrong" not in verdicts(mark(sheet), "residuals")


def test_nothing_follows_from_other_probabilities_outside_0_to_1_through_to_the_update() -> None:
    sheet = mark(
        "probabilities: [[1.47, 0.95], [0.44, 0.56], [0.48, 0.52]]\n"
        "residuals: [[0.47, 0.95], [0.44, -0.44], [0.48, -0.48]]\n"
        "bias_gradients: [0.46, 0.01]\nupdated_biases: [-0.13, -0.31]\n"
    )
    for key in ("residuals", "bias_gradients", "updated_biases"):
        assert (sheet.steps or {})[key].follows_trivial
    assert verdicts(sheet, "updated_biases") == ["wrong", "wrong"]
    assert (sheet.steps or {})["probabilities"].is_outside


def test_right_probabilities_that_are_all_equal_are_not_trivial() -> None:
    even = "logits: [[1, 1], [2, 2]]\nlabels: [0, 1]\n"
    sheet = mark("probabilities: [[.5, .5], [.5, .5]]\nnode_losses: [0.69, 0.69]\nloss: 0.80", even)
    assert verdicts(sheet, "node_losses") == ["right", "right"]
    assert verdicts(sheet, "loss") == ["wrong"]
    sheet = mark("probabilities: [[0, 0], [0, 0]]\nresiduals: [[-1.00, 0.00], [0.00, -1.00]]", even)
    assert (sheet.steps or {})["residuals"].follows_trivial


def test_a_wrong_answer_comes_with_the_accepted_range() -> None:
    wrong = cells(mark("logits: {a: [0.5, _]}"), "logits")["a0"]
    assert wrong.expected == pytest.approx(0.39)
    assert wrong.accepted[0][:2] == (0.385, 0.395)
    assert not wrong.from_earlier
    right = cells(mark("probabilities: {a: [0.61, _]}"), "probabilities")["a0"]
    assert right.accepted[0][:2] == pytest.approx((0.61301 - 0.005, 0.61301 + 0.005), abs=1e-5)
    followed = cells(mark("logits: {a: [0.5, -0.07]}\nexponentials: {a: [1.9, 0.93]}"), "exponentials")["a0"]
    assert followed.expected == pytest.approx(1.47698, abs=1e-5)
    assert followed.accepted[0][:2] == pytest.approx((1.64372, 1.65372), abs=1e-5)
    assert followed.from_earlier
    assert verdicts(mark("logits: {a: [0.5, -0.07]}\nexponentials: {a: [1.65, 0.93]}"), "exponentials")[0] == "follows"
    assert verdicts(mark("logits: {a: [0.5, -0.07]}\nexponentials: {a: [1.48, 0.93]}"), "exponentials")[0] == "right"


def test_the_accepted_range_is_around_the_right_figure_if_several_roundings_are_right() -> None:
    """exp(0.12) is 1.1275, and exp(0.1) is 1.1052."""
    config = "embeddings: [[0.12]]\nweights: [[1], [0]]\nrounding: {decimals: 1}\n"
    right = cells(mark("exponentials: [[1.1, _]]", config), "exponentials")["10"]
    assert right.accepted[0][:2] == pytest.approx((1.0775, 1.1775), abs=1e-4)
    assert not right.from_earlier


@pytest.mark.parametrize("left", ["", "logits: [[_, 0.0]]\n"], ids=["all of it", "a part"])
@pytest.mark.parametrize("every_step", ["true", "false"])
@pytest.mark.parametrize("logit", [2.471, 2.5, 2.4], ids=["as it is", "rounded", "cut off"])
def test_missing_steps_may_have_been_rounded_in_any_way(logit: float, every_step: str, left: str) -> None:
    config = f"embeddings: [[2.471]]\nweights: [[1], [0]]\nrounding: {{decimals: 1, every_step: {every_step}}}\n"
    assert verdicts(mark(f"{left}exponentials: [[{math.exp(logit):.1f}, _]]", config), "exponentials") == ["right"]


def test_points_are_in_proportion_and_weighted_by_the_marks_of_the_config() -> None:
    sheet = mark("logits: {a: [0.39, 0.9], b: [-0.19, _]}\nloss: 5\n", LAYER + "marks: {loss: 2, predictions: 0.5}\n")
    steps = sheet.steps or {}
    assert [(key, step.points, step.weight) for key, step in steps.items()] == [
        ("logits", 0, 0),
        ("predictions", 0, 0.5),
        ("loss", 0, 2),
    ]
    assert (sheet.score, sheet.out_of, sheet.answered, sheet.asked) == (0, 2.5, 1, 2)
    assert steps["logits"].scored_count == 2
    assert steps["predictions"].verdict == "missing"
    assert not steps["predictions"].follows_trivial
    assert steps["logits"].missing == 3


@pytest.mark.parametrize(
    ("answers", "score", "out_of", "answered"),
    [
        ("loss: 0.5716", 1, 1, 1),
        ("loss: 0.5716\nlogits: {a: [_, _]}\npredictions: _", 1, 1, 1),  # blank, as on a printed sheet
        ("loss: 0.5716\nlogits: {a: [0.39, _]}", 1 + 1 / 6, 2, 2),
        ("loss: 0.5716\nlogits: {a: 5 6}", 1, 2, 2),  # what cannot be read is an answer
        ("name: Ada", 0, 12, 0),
        ("loss: _", 0, 12, 0),
    ],
)
def test_without_marks_a_sheet_counts_what_it_answers(answers: str, score: float, out_of: int, answered: int) -> None:
    sheet = mark(answers)
    assert (sheet.score, sheet.out_of, sheet.answered, sheet.asked) == (pytest.approx(score), out_of, answered, 12)


def test_with_marks_what_is_asked_counts_whatever_the_sheet_answers() -> None:
    asked = LAYER + "marks: {loss: 2, predictions: 0.5}\n"
    for answers in ("loss: 0.5716", "loss: 0.5716\nlogits: {a: [0.39, _]}", "loss: 0.5716\npredictions: _"):
        sheet = mark(answers, asked)
        assert (sheet.score, sheet.out_of, sheet.answered, sheet.asked) == (2, 2.5, 1, 2)
    assert (mark("name: Ada", asked).out_of, mark("logits: {a: [0.39, _]}", asked).score) == (2.5, 0)


def test_the_verdict_of_a_step_is_that_of_its_worst_answer() -> None:
    assert [
        (mark(f"logits: {{a: [0.39, {typed}]}}").steps or {})["logits"].verdict
        for typed in ("_", "-0.07", "-0.08", "1/3", "9")
    ] == ["right", "right", "rounded", "unreadable", "wrong"]


def test_by_hand_the_figures_of_full_precision_are_right_too() -> None:
    marker = softstep.load(CONFIGS / "doc_example.yaml").marker()
    for loss, verdict in (("1.1358", "right"), ("1.1391", "right"), ("1.1375", "wrong")):
        assert verdicts(marker.mark(parse_sheet(f"loss: {loss}", "s", marker.steps)), "loss") == [verdict]


def test_the_mistakes_of_the_article_are_found() -> None:
    report = softstep.load(CONFIGS / "article_table.yaml").check(CONFIGS / "article_answers.yaml")
    (sheet,) = report.sheets
    assert sheet.steps is not None
    assert {
        key: [[(slip.tag, slip.where) for slip in slips] for slips in step.explanations]
        for key, step in sheet.steps.items()
        if step.explanations
    } == {
        "logits": [[("swapped-entries", "node 5")]],
        "loss": [[("loss-sign", "loss")]],
        "weight_gradients": [[("ones-target", "residuals"), ("no-mean", "weight_gradients")]],
    }
    assert not any(step.unexplained for step in sheet.steps.values())
    others = {key: step.verdict for key, step in sheet.steps.items() if not step.explanations}
    assert others == {"probabilities": "follows", "predictions": "right", "updated_weights": "follows"}
    assert {cell.row for cell in sheet.steps["logits"].cells if cell.verdict == "wrong"} == {"5"}


@few_and_many(5, 60)
@pytest.mark.parametrize("ties", TIES)
def test_sheets_without_a_mistake_are_right_and_get_no_slip(ties: str, cases: int) -> None:
    random, seen = Random(ties), 0
    while seen < cases:
        problem = random_exercise(random)
        figures = work_exercise(problem, ties=ties)
        if figures is None:
            continue
        seen += 1
        sheet = mark_figures(problem, figures)
        assert sheet.is_good
        assert {step.verdict for step in (sheet.steps or {}).values()} == {"right"}
        assert sheet.tags == ()


@few_and_many(3, 20)
@pytest.mark.parametrize("decimals", [1, 2])
@pytest.mark.parametrize("config_ties", TIES)
@pytest.mark.parametrize("ties", WAYS)
def test_sheets_without_a_mistake_are_right_even_if_steps_are_missing(
    ties: str, config_ties: str, decimals: int, cases: int
) -> None:
    """With numbers of one decimal, many figures are ties."""
    random, seen = Random(f"{ties} {config_ties} {decimals}"), 0
    while seen < cases:
        problem = random_exercise(random, decimals)
        figures = work_exercise(problem, ties=ties)
        if figures is None:
            continue
        seen += 1
        left = random.sample(list(figures), random.randint(1, 8))
        rounding = {"ties": config_ties, "every_step": seen % 2 == 0}
        marker = softstep.Problem(**problem.keys(), rounding=rounding).marker()
        sheet = marker.mark(parse_sheet(as_sheet(figures, left), "s.yaml", marker.steps))
        assert sheet.is_good, as_sheet(figures, left)
        assert sheet.tags == ()


@few_and_many(10, 500)
@pytest.mark.parametrize("loss_places", [2, 3, 4])
@pytest.mark.parametrize("by_hand", [False, True], ids=["in full", "by hand"])
def test_nobody_is_accused_for_the_decimals_of_losses(by_hand: bool, loss_places: int, cases: int) -> None:
    random, seen = Random(f"losses {by_hand} {loss_places}"), 0
    while seen < cases:
        problem = random_exercise(random)
        figures = work_exercise(problem, ties=random.choice(list(WAYS)), loss_places=loss_places)
        if figures is None:
            continue
        seen += 1
        text = as_sheet(figures, random.sample(list(figures), random.randint(1, 12)), loss_places=loss_places)
        rounding = {"every_step": by_hand, "ties": random.choice(list(TIES))}
        marker = softstep.Problem(**problem.keys(), rounding=rounding).marker()
        sheet = marker.mark(parse_sheet(text, "s.yaml", marker.steps))
        assert (sheet.is_good, sheet.tags) == (True, ()), text


@few_and_many(10, 500)
@pytest.mark.parametrize("loss_places", [2, 4])
def test_a_config_without_decimals_marks_no_loss_harder_than_one_with_two(loss_places: int, cases: int) -> None:
    random, seen = Random(f"harder {loss_places}"), 0
    while seen < cases:
        problem = random_exercise(random)
        slip = random.choice(SLIPS)
        figures = work_exercise(problem, [slip[1:]], random.choice(list(WAYS)), loss_places)
        if figures is None:
            continue
        seen += 1
        steps = random.sample(list(figures), random.randint(1, len(figures)))
        text = as_sheet(figures, steps, loss_places=loss_places)
        orders = []
        for decimals in ({}, {"decimals": 2}):
            rounding = {"every_step": seen % 2 == 0, **decimals}
            marker = softstep.Problem(**problem.keys(), rounding=rounding).marker()
            sheet = marker.mark(parse_sheet(text, "s.yaml", marker.steps))
            orders.append([ORDER.index(verdict) for key in sheet.steps or {} for verdict in verdicts(sheet, key)])
        assert all(one <= other for one, other in zip(*orders, strict=True)), text


@few_and_many(1, 12)
@pytest.mark.parametrize(("tag", "step", "work"), SLIPS, ids=[f"{tag} in {step}" for tag, step, _ in SLIPS])
def test_every_slip_in_a_rule_is_found_in_its_step_only(tag: str, step: str, work: Work, cases: int) -> None:
    random, found = Random(f"{tag} {step}"), []
    while len(found) < cases:
        problem = random_exercise(random)
        figures = work_exercise(problem, [(step, work)])
        if figures is None or figures == work_exercise(problem):
            continue
        sheet = mark_figures(problem, figures)
        if not {"wrong", "wrong shape"} & set(verdicts(sheet, step)):
            continue
        found.append(is_named(tag, sheet, step))
        assert all_tags(sheet) == {slip for slips in tags(sheet, step) for slip in slips}  # no other step gets a slip
    assert all(found)


@few_and_many(1, 12)
@pytest.mark.parametrize("tag", EDITS)
def test_every_misread_input_is_found_with_its_place(tag: str, cases: int) -> None:
    random, tried = Random(tag), 0
    while tried < cases:
        problem = random_exercise(random)
        read = misread_input(problem, tag, random)
        figures = read and work_exercise(read[0])
        if read is None or figures is None or figures == work_exercise(problem):
            continue
        sheet = mark_figures(problem, figures)
        if "wrong" not in verdicts(sheet, "logits"):
            continue
        tried += 1
        steps = sheet.steps or {}
        named = [slip for slips in steps["logits"].explanations for slip in slips]
        assert (tag, read[1]) in [(each, slip.where) for slip in named for each in slip.tag.split(" or ")]
        assert all(step.verdict != "wrong" for key, step in steps.items() if key != "logits")


@few_and_many(5, 60)
def test_two_slips_in_different_steps_are_both_named(cases: int) -> None:
    random, tried = Random("both"), 0
    while tried < cases:
        problem = random_exercise(random)
        (first, one, make_one), (second, other, make_other) = random.sample(SLIPS, 2)
        figures = work_exercise(problem, [(one, make_one), (other, make_other)]) if one != other else None
        if figures is None or not {one, other} <= set(figures) or figures == work_exercise(problem, [(one, make_one)]):
            continue
        sheet = mark_figures(problem, figures)
        if not all({"wrong", "wrong shape"} & set(verdicts(sheet, key)) for key in (one, other)):
            continue
        tried += 1
        assert is_named(first, sheet, one)
        assert is_named(second, sheet, other)


# Conventions


@few_and_many(30, 1500)
@pytest.mark.parametrize("in_full", [False, True], ids=["by hand", "in full"])
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole sheet", "part"])
def test_sheets_without_a_mistake_are_right_under_all_conventions(is_whole: bool, in_full: bool, cases: int) -> None:
    random, seen = Random(f"conventions {in_full} {is_whole}"), 0
    while seen < cases:
        problem = with_conventions(random_exercise(random), random)
        places = random.choice([2, 4])
        figures = work_exercise(problem, ties=random.choice(list(TIES)), loss_places=places, in_full=in_full)
        if figures is None:
            continue
        seen += 1
        steps = list(figures) if is_whole else random.sample(list(figures), random.randint(1, 8))
        text = as_sheet(figures, steps, loss_places=places)
        rounding = {"every_step": seen % 2 == 0, "ties": random.choice(list(TIES))}
        marker = softstep.Problem(**problem.keys(), rounding=rounding).marker()
        sheet = marker.mark(parse_sheet(text, "s.yaml", marker.steps))
        assert {*(sheet.steps or {})} == {*steps}
        assert (sheet.is_good, sheet.tags) == (True, ()), (problem, text)


def convention_sheets(tag: str, step: str, work: Work, cases: int) -> list[tuple[str, MarkedSheet]]:
    """Sheets under random conventions by students with this slip, and the step that it makes wrong."""
    random, sheets = Random(f"conventions {tag} {step}"), []
    while len(sheets) < cases:
        problem = with_conventions(random_exercise(random), random)
        key = slip_as_made(problem, tag, step)
        figures = work_exercise(problem, [(key, work)]) if key else None
        if key is None or figures is None or figures == work_exercise(problem):
            continue
        sheet = mark_figures(problem, figures)
        if {"wrong", "wrong shape"} & set(verdicts(sheet, key)):
            sheets.append((key, sheet))
    return sheets


@few_and_many(2, 60)
@pytest.mark.parametrize(
    ("tag", "step", "work"), CONVENTION_SLIPS, ids=[f"{tag} in {step}" for tag, step, _ in CONVENTION_SLIPS]
)
def test_every_mistaken_convention_is_found_in_its_step_only(tag: str, step: str, work: Work, cases: int) -> None:
    for key, sheet in convention_sheets(tag, step, work, cases):
        assert (tag,) in tags(sheet, key)
        assert all_tags(sheet) == {slip for slips in tags(sheet, key) for slip in slips}


@pytest.mark.slow
@pytest.mark.parametrize("cases", [12])
@pytest.mark.parametrize(("tag", "step", "work"), SLIPS, ids=[f"{tag} in {step}" for tag, step, _ in SLIPS])
def test_every_slip_in_a_rule_is_found_under_all_conventions(tag: str, step: str, work: Work, cases: int) -> None:
    for key, sheet in convention_sheets(tag, step, work, cases):
        assert is_named(tag, sheet, key)
        assert all_tags(sheet) == {slip for slips in tags(sheet, key) for slip in slips}


OPTIONS = LAYER + "label_smoothing: 0.2\nclass_weights: [1, 2]\ntemperature: 2\nl2: 0.1\n"


@pytest.mark.parametrize(
    ("sheet", "key", "explanations"),
    [
        ("targets: [[1, 0], [0, 1], [0, 1]]", "targets", [("no-smoothing",)]),  # whole numbers are not too coarse
        ("divisor: 3", "divisor", [("wrong-divisor",)]),
        ("residuals: [[-0.27, 0.31], [0.34, -0.35], [0.31, -0.38]]", "residuals", []),
        ("exponentials: [[1.48, 0.93], [0.83, 1.07], [1.32, 1.43]]", "exponentials", [("no-temperature",)]),
    ],
    ids=["targets", "divisor", "nothing", "exponentials"],
)
def test_a_mistaken_convention_is_named(sheet: str, key: str, explanations: list[tuple[str, ...]]) -> None:
    assert tags(mark(sheet, OPTIONS), key) == explanations


def test_the_losses_tell_whether_weights_were_left_out_of_the_gradient_alone() -> None:
    """P is 0.61, 0.39; 0.44, 0.56; 0.48, 0.52. Without weights ℓ is 0.49, 0.57, 0.65; nodes of class 1 count twice."""
    config = LAYER + "class_weights: [1, 2]\n"
    R = "residuals: [[-0.39, 0.39], [0.44, -0.44], [0.48, -0.48]]"
    assert tags(mark(R, config), "residuals") == [("unweighted",)]
    assert tags(mark(f"node_losses: [0.49, 0.57, 0.65]\n{R}", config), "residuals") == [("unweighted",)]
    assert tags(mark(f"node_losses: [0.49, 1.14, 1.31]\n{R}", config), "residuals") == [("weights-in-loss-only",)]


def test_a_slip_keeps_the_conventions_that_it_does_not_mistake() -> None:
    text = OPTIONS.replace(
        "weights: [[0.1, 0.4], [0.7, -0.2]]", "weights: {rows: features, values: [[0.1, 0.7], [0.4, -0.2]]}"
    )
    marker = problem_in(text).marker()
    formulas = {(slip.tag, slip.where): slip.turn().formula for slip in marker.slips}
    assert formulas["no-penalty", "weight_gradients"] == "dW = Zᵀ R / D"
    assert formulas["double-penalty", "weight_gradients"] == "dW = Zᵀ R / D + 2λ W"
    assert formulas["wrong-divisor", "weight_gradients"] == "dW = Zᵀ R / N + λ W"
    assert formulas["no-mean", "weight_gradients"] == "dW = Zᵀ R + λ W"
    assert formulas["weights-in-loss-only", "residuals"] == "R = (P − T) / τ"
    assert formulas["no-target", "residuals"] == "R_ic = P_ic Σ_k A_ik / τ"
    assert formulas["smoothing-without-K", "targets"] == "T = (1 − ε) Y"


def test_points_for_a_step_that_the_config_lacks_are_one_complaint() -> None:
    with pytest.raises(softstep.SoftstepError) as error:
        problem_in(LAYER + "marks: {penalty: 2, data_loss: 1, loss: 1, weighted_targets: 1}")
    (complaint,) = error.value.complaints
    assert complaint.endswith(
        "marks: points for penalty, data_loss and weighted_targets; expected steps that follow from this config; "
        "add l2 and class_weights or node_weights, or give the points to another step"
    )
    assert problem_in(OPTIONS + "marks: {penalty: 2, data_loss: 1, A: 1, D: 1}").setting.marks["divisor"] == 1


def test_no_slip_of_a_convention_is_offered_where_the_config_lacks_it() -> None:
    conventions = {slip.tag for slip in SOFTSTEPS_CONVENTION_SLIPS} | {"smoothing-without-K"}
    assert conventions.isdisjoint(slip.tag for slip in problem_in(LAYER).marker().slips)


def test_two_slips_in_one_step_are_found() -> None:
    problem = Exercise([[0.5, 0.6], [0.3, -0.8], [1.0, 0.2]], [[0.1, 0.4], [0.7, -0.2]], [0.1, -0.3], [0, 1, 1], 0.5)
    misread_twice = Exercise([[0.6, 0.5], *problem.Z[1:]], [[0.1, 0.4], [0.7, 0.2]], problem.b, problem.y, 0.5)
    figures = work_exercise(misread_twice)
    assert figures
    sheet = mark_figures(problem, {"logits": figures["logits"]})
    assert [[(slip.tag, slip.where) for slip in slips] for slips in (sheet.steps or {})["logits"].explanations] == [
        [("swapped-entries", "node 1"), ("lost-sign", "w1")]
    ]


@pytest.mark.parametrize(
    "made",
    [
        ("extra-derivative", "flipped-sign"),
        ("no-target", "no-mean", "no-rate"),
        ("no-target", "no-input", "ascent"),
        ("ones-target", "divided-by-classes", "rate-on-parameter"),
    ],
)
def test_slips_in_missing_steps_are_found(made: tuple[str, ...]) -> None:
    problem = Exercise([[0.5, 0.6], [0.3, -0.8], [1.0, 0.2]], [[0.1, 0.4], [0.7, -0.2]], [0.1, -0.3], [0, 1, 1], 0.5)
    steps = ("residuals", "weight_gradients", "updated_weights")[: len(made)]
    works = [next(work for tag, at, work in SLIPS if (tag, at) == kind) for kind in zip(made, steps, strict=True)]
    figures = work_exercise(problem, list(zip(steps, works, strict=True)))
    assert figures
    sheet = mark_figures(problem, {key: figures[key] for key in ("probabilities", steps[-1])})
    assert made in tags(sheet, steps[-1])


def test_no_slip_is_named_if_none_explains_the_wrong_answers() -> None:
    sheet = mark("logits: {a: [0.39, -0.07], b: [-0.19, 0.07], c: [0.28, 7.77]}\nloss: 123.45")
    assert verdicts(sheet, "logits")[-1] == "wrong"
    assert tags(sheet, "logits") == tags(sheet, "loss") == []


def test_a_step_without_a_wrong_answer_gets_no_slip() -> None:
    random = Random("typos")
    for _ in range(40):
        problem = random_exercise(random)
        figures = work_exercise(problem)
        if figures is None:
            continue
        key = random.choice(["logits", "probabilities", "residuals", "weight_gradients"])
        row = random.choice(figures[key])
        row[random.randrange(len(row))] += random.choice([0.1, -0.3, 0.07, 1])
        sheet = mark_figures(problem, figures)
        for step in (sheet.steps or {}).values():
            assert "wrong" in {cell.verdict for cell in step.cells} or not step.explanations


def test_later_steps_decide_between_two_explanations() -> None:
    """Exchanging node b's entries, or reading node c for b, gives the same logits; only one gives the gradient."""
    config = """
    embeddings: {a: [1, 2], b: [3, 5], c: [5, 3], d: [0, 1]}
    labels: {a: 0, b: 1, c: 0, d: 1}
    weights: [[1, 0], [0, 1]]
    """
    same = "logits: {b: [5, 3]}\n"
    sheet = mark(same, config)
    assert tags(sheet, "logits") == [("swapped-entries or wrong-row",)]
    assert sheet.tags == ("swapped-entries or wrong-row",)
    config = config.replace("c: [5, 3]", "c: [5, 4]").replace("[[1, 0], [0, 1]]", "[[1, 0], [0, 0]]")
    assert len(tags(mark("logits: {b: [5, 0]}\n", config), "logits")) >= 2
    P = [[0.73, 0.27], [0.99, 0.01], [0.99, 0.01], [0.5, 0.5]]
    R = [[p[0] - t, p[1] - (1 - t)] for p, t in zip(P, (1, 0, 1, 0), strict=True)]
    Z = [[1, 2], [5, 3], [5, 4], [0, 1]]
    dW = [[sum(r[c] * z[j] for r, z in zip(R, Z, strict=True)) / 4 for j in (0, 1)] for c in (0, 1)]
    sheet = mark(f"logits: {{b: [5, 0]}}\nprobabilities: {P}\nweight_gradients: {dW}\n", config)
    assert tags(sheet, "logits") == [("swapped-entries",)]


def test_every_slip_has_a_description_a_formula_and_a_student_who_makes_it() -> None:
    right = {rule.formula for rule in BY_KEY.values()}
    assert {(slip.tag, slip.where) for slip in SOFTSTEPS_SLIPS} >= {(tag, step) for tag, step, _ in SLIPS}
    assert {slip.tag for slip in SOFTSTEPS_SLIPS} == {tag for tag, *_ in SLIPS}
    conventions = {slip.tag for slip in SOFTSTEPS_CONVENTION_SLIPS} | {"smoothing-without-K"}
    assert conventions == {tag for tag, *_ in CONVENTION_SLIPS}
    assert all(len(slip.says.split()) > 2 for slip in SOFTSTEPS_CONVENTION_SLIPS)
    for slip in SOFTSTEPS_SLIPS:
        assert len(slip.says.split()) > 2
        assert slip.rule.formula not in right
        assert slip.rule.symbol in slip.rule.formula


DOCUMENTED_TAGS = """
swapped-entries lost-sign swapped-digits shifted-point wrong-row no-bias bias-subtracted softmax-down-columns no-exp
not-normalised softmax-twice base-2 base-10 one-based smallest loss-sign loss-sum log10 log2 all-classes predicted-class
off-by-one-label log-of-mean one-minus-p ones-target no-target flipped-sign no-mean divided-by-classes transposed
binary-loss mean-over-classes biases-lumped mean-twice minus-p-at-label
softmax-over-matrix constant-factor one-wrong-label weights-transposed inner-product elementwise-product
logits-for-probabilities extra-derivative no-input ascent no-rate step-only rate-on-parameter no-temperature
no-smoothing smoothing-without-K unweighted weights-in-loss-only wrong-divisor no-penalty
double-penalty penalty-on-biases
"""


def test_the_tags_are_the_documented_ones() -> None:
    in_rules = {slip.tag for slip in (*SOFTSTEPS_SLIPS, *SOFTSTEPS_CONVENTION_SLIPS)}
    assert in_rules | {"smoothing-without-K"} | {*EDITS, "one-wrong-label"} == set(DOCUMENTED_TAGS.split())


def test_a_report_has_a_sheet_for_each_file_even_if_unreadable(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("name: Ada\nloss: 1.1358\n")
    report = softstep.load(CONFIGS / "doc_example.yaml").check(tmp_path / "good.yaml", tmp_path / "none.yaml")
    assert report.status == 2
    good, none = report.sheets
    assert (good.name, good.score, good.is_good) == ("Ada", 1, True)
    assert none.steps is None
    assert (none.score, none.out_of, none.tags, none.is_good) == (0, 0, (), False)
    assert none.complaints[0].endswith("no such file; check the name and the folder")
    assert "Ada" in report.text()
    assert report.text("csv").splitlines()[2].endswith("none.yaml,none" + "," * (5 + 12 + 3))


@pytest.mark.parametrize(
    ("sheets", "status", "summary"),
    [
        (["loss: 1.1358"], 0,
         ["1 marked, 1 without a mistake", "points: mean 1.00, lowest 1.00, highest 1.00",
          "steps left out on 1 sheet; without marks, only answered steps count"]),
        (["loss: 1.1358", "loss: -1.1358"], 1,
         ["2 marked, 1 without a mistake", "points: mean 0.50, lowest 0.00, highest 1.00",
          "steps left out on 2 sheets; without marks, only answered steps count", "slips: loss-sign 1"]),
        (["["], 2, ["0 marked, 0 without a mistake, 1 not read"]),
    ],
    ids=["good", "good and bad", "not read"],
)  # fmt: skip
def test_a_report_summarises_a_class(sheets: list[str], status: int, summary: list[str], tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.yaml" for i in range(len(sheets))]
    for file, sheet in zip(files, sheets, strict=True):
        file.write_text(sheet)
    report = softstep.load(CONFIGS / "doc_example.yaml").check(*files)
    for each in (report, report.without_figures()):
        assert (each.status, list(each.summary)) == (status, summary)


def test_a_sheet_gets_the_same_marks_whatever_was_marked_before() -> None:
    first, second = [[0.61, 0.39], [0.44, 0.56], [0.48, 0.52]], [[0.20, 0.80], [0.30, 0.70], [0.90, 0.10]]
    marker = problem_in(LAYER).marker()
    for P in (first, second, first):
        sheet = marker.mark(parse_sheet(f"probabilities: {P}\nresiduals: {P}", "s.yaml", marker.steps))
        assert tags(sheet, "residuals") == [("no-target",)]


@few_and_many(10, 300)
def test_what_is_kept_from_sheet_to_sheet_changes_no_mark(cases: int) -> None:
    random = Random("kept")
    problem = random_exercise(random)
    marker, tried = softstep.Problem(**problem.keys()).marker(), 0
    while tried < cases:
        places, in_full = random.choice((2, 4, 6)), random.random() < 0.5
        slips = [slip[1:] for slip in random.sample(SLIPS, random.randint(0, 2))]
        figures = work_exercise(problem, slips, random.choice(list(WAYS)), places, in_full)
        if figures is None:
            continue
        tried += 1
        steps = random.sample(list(figures), random.randint(1, len(figures)))
        text = as_sheet(figures, steps, loss_places=places)
        alone = softstep.Problem(**problem.keys()).marker()
        kept, fresh = (each.mark(parse_sheet(text, "s.yaml", each.steps)) for each in (marker, alone))
        for key in kept.steps or {}:
            assert (verdicts(kept, key), tags(kept, key)) == (verdicts(fresh, key), tags(fresh, key)), text


def test_a_slip_that_gives_a_table_of_the_wrong_shape_is_ignored() -> None:
    three = LAYER.replace("[[0.1, 0.4], [0.7, -0.2]]", "[[0.1, 0.4], [0.7, -0.2], [0, 1]]").replace(
        "[0.1, -0.3]", "[0, 0, 0]"
    )
    for sheet in ("updated_weights: {w0: [9, 9]}", "weight_gradients: {w0: [9, _]}\nupdated_weights: {w1: [9, 9]}"):
        assert set(verdicts(mark(sheet, three), "updated_weights")) == {"wrong"}


def test_names_with_braces_appear_unchanged_in_explanations() -> None:
    config = "embeddings: {'{x}': [1.5], '{}': [2]}\nweights: [[1], [2]]\nfeatures: ['{0}']\n"
    sheet = mark("logits: {'{x}': [-1.5, -3]}", config)
    ((slip,),) = (sheet.steps or {})["logits"].explanations
    assert slip.says == "z_{x} at {0} was taken as -1.5, not 1.5"


@pytest.mark.parametrize(
    "typed", ["0e-99999999999999999999", "0e-" + "9" * 5000, "0e9999999999999999999", "1e-300", "0." + "0" * 1000]
)
def test_an_extreme_number_is_only_wrong(typed: str) -> None:
    sheet = mark(f"loss: {typed}")
    assert verdicts(sheet, "loss") == ["wrong"]
    assert sheet.tags == ()
    assert all(cell.decimals <= 15 for cell in cells(sheet, "loss").values())


def test_an_answer_follows_only_from_wrong_answers_it_is_computed_from() -> None:
    sheet = mark("probabilities: {a: [0.61, 1.95]}\nnode_losses: {a: 0.49}\nresiduals: {a: [-0.39, 1.95]}")
    assert verdicts(sheet, "node_losses") == ["right"]
    assert verdicts(sheet, "residuals") == ["right", "follows"]
    config = "embeddings: [[1.0]]\nweights: [[2.3449], [0.5]]\nlabels: [0]\n"
    sheet = mark("logits: [[2.34, 0.9]]\nexponentials: [[10.38, _]]", config)
    assert verdicts(sheet, "exponentials") == ["right"]


def test_a_rounded_answer_beside_a_wrong_one_is_only_rounded() -> None:
    config = "logits: [[0, 1]]\nlabels: [0]\n"
    for other in ("1.73", "0.90"):
        sheet = mark(f"probabilities: [[0.28, {other}]]\nnode_losses: [1.27]\nloss: 1.27\n", config)
        assert verdicts(sheet, "node_losses") == verdicts(sheet, "loss") == ["rounded"]


@pytest.mark.parametrize("text", ["[[_, _, _], [_, _, _]]", "{0: [_, _, _]}", "{? [1] : 2}", "{}"])
def test_a_step_without_answers_gets_no_slip(text: str) -> None:
    sheet = mark(f"residuals: {text}")
    assert sheet.tags == ()
    assert (sheet.steps or {})["residuals"].verdict == "missing"


def test_an_unreadable_answer_in_a_transposed_table_stays_unreadable() -> None:
    assert verdicts(mark("residuals: [[x, _, _], [0.5, _, _]]"), "residuals") == ["unreadable", "wrong shape"]


def test_a_transposed_table_has_the_wrong_shape_but_later_steps_use_it() -> None:
    sheet = mark("logits: [[0.39, -0.19, 0.28], [-0.07, 0.07, 0.36]]\nexponentials: {a: [1.48, 0.93]}")
    assert set(verdicts(sheet, "logits")) == {"wrong shape"}
    assert tags(sheet, "logits") == [("transposed",)]
    ((slip,),) = (sheet.steps or {})["logits"].explanations
    assert slip.formula == "H = (Z Wᵀ + b)ᵀ"
    assert verdicts(sheet, "exponentials") == ["right", "right"]
    garbled = mark("logits: [[0.39, -0.19, 0.28], [-0.07, 0.07, 77]]")
    assert tags(garbled, "logits") == [("transposed",)]
    assert (garbled.steps or {})["logits"].unexplained


def test_an_answer_computed_from_a_misread_input_follows_from_the_answer_that_shows_it() -> None:
    """The student exchanged the entries of node c for the logits and the gradient; the residuals are right."""
    sheet = mark(
        "logits: {a: [0.39, -0.07], b: [-0.19, 0.07], c: [0.52, -0.36]}\n"
        "residuals: [[-0.39, 0.39], [0.44, -0.44], [0.48, -0.48]]\n"
        "weight_gradients: {w0: [0.01, -0.04]}\n"
    )
    assert tags(sheet, "logits") == [("swapped-entries",)]
    assert set(verdicts(sheet, "residuals")) == {"right"}
    assert verdicts(sheet, "weight_gradients") == ["follows", "follows"]
    assert cells(sheet, "weight_gradients")["w0x_0"].follows_from == ("logits", "c", "0")


def test_only_a_few_misread_inputs_are_carried_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softstep.mark.marking.MOST_HYPOTHESES", 1)
    sheet = mark("logits: {c: [0.52, -0.36]}\nresiduals: [[-0.39, 0.39], [0.44, -0.44], [0.48, -0.48]]\n"
                   "weight_gradients: {w0: [0.01, -0.04]}")  # fmt: skip
    assert tags(sheet, "logits") == [("swapped-entries",)]
    assert verdicts(sheet, "weight_gradients") == ["wrong", "wrong"]


def test_a_class_predicted_from_wrong_probabilities_follows() -> None:
    sheet = mark("probabilities: {a: [0.3, 0.7], b: [0.44, 0.56]}\npredictions: {a: 1, b: 1}")
    assert verdicts(sheet, "predictions") == ["follows", "right"]
    assert cells(sheet, "predictions")["a"].follows_from == ("probabilities", "a", "0")


def test_nodes_without_a_label_are_marked_only_in_the_forward_pass() -> None:
    some = LAYER.replace("labels: {a: 0, b: 1, c: 1}", "labels: {c: 1, a: 0}")
    sheet = mark("probabilities: {a: [0.3, 0.7], b: [0.44, 0.56], c: [0.48, 0.52]}\n"
                   "node_losses: {a: 1.20, b: 0.58, c: 0.65}\nloss: 0.93\n"
                   "residuals: {a: [-0.7, 0.7], c: [0.48, -0.48]}\nbias_gradients: [-0.11, 0.11]\n", some)  # fmt: skip
    assert verdicts(sheet, "node_losses") == ["follows", "right", "wrong shape"]
    assert verdicts(sheet, "loss") == ["follows"]
    assert verdicts(sheet, "residuals") == ["follows", "follows", "right", "right"]
    assert verdicts(sheet, "bias_gradients") == ["follows", "follows"]
    other = mark("residuals: {a: [0.39, -0.39], c: [-0.48, 0.48]}", some)
    assert tags(other, "residuals") == [("flipped-sign",)]


def test_given_logits_can_be_misread() -> None:
    given = "logits: {a: [1.2, 0.3], b: [0.1, -0.4]}\nlabels: {a: 0, b: 1}\n"
    sheet = mark("exponentials: {a: [1.35, 3.32], b: [1.11, 0.67]}", given)
    assert ("swapped-entries",) in tags(sheet, "exponentials")


def test_in_a_large_problem_no_input_counts_as_misread() -> None:
    nodes = ", ".join(f"[{i % 7 - 3}, {i % 5 - 2}]" for i in range(600))
    config = f"embeddings: [{nodes}]\nweights: [[1, 0], [0, 1]]\nlabels: [{', '.join('01' * 300)}]\n"
    marker = problem_in(config).marker()
    assert marker.input_errors == ()
    sheet = marker.mark(parse_sheet("logits: {3: [7, 7]}\nloss: 99", "s.yaml", marker.steps))
    assert verdicts(sheet, "logits") == ["wrong", "wrong"]


@few_and_many(2, 60)
def test_a_single_random_number_gets_no_complicated_explanation(cases: int) -> None:
    random, named = Random("chance"), 0
    for _ in range(cases):
        problem = random_exercise(random)
        marker = softstep.Problem(**problem.keys()).marker()
        sheet = marker.mark(parse_sheet(f"loss: {random.uniform(0.3, 6):.2f}", "s.yaml", marker.steps))
        named += any(len(slips) > 1 or slips[0].tag in EDITS for slips in (sheet.steps or {})["loss"].explanations)
    assert named == 0


def test_an_answer_in_an_unknown_row_is_shown(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("logits: {z: [1, 2, 3]}\n")
    shown = softstep.load(CONFIGS / "doc_example.yaml").check(tmp_path / "s.yaml").text()
    assert "z[0]      1                      wrong shape" in shown


def test_a_long_report_is_shortened_unless_all_is_requested(tmp_path: Path) -> None:
    sheet = tmp_path / "s.yaml"
    sheet.write_text(f"logits: {[[9 + i, -9, 9] for i in range(40)]}\n")
    Z = [[i % 7, i % 3] for i in range(40)]
    report = softstep.Problem(embeddings=Z, weights=[[1, 0], [0, 1], [1, 1]]).check(sheet)
    assert report.text().count(" wrong\n") == 101
    assert "20 more; --all shows them\n" in report.text()
    assert report.text(all=True).count(" wrong\n") == 121
    assert "--all" not in report.text(all=True)


def test_a_zero_computed_from_a_wrong_answer_follows() -> None:
    assert verdicts(mark("probabilities: {a: [1, 0]}\nnode_losses: {a: 0}"), "node_losses") == ["follows"]


@pytest.mark.parametrize(
    ("logits", "slips"),
    [
        ("{a: [0.36, 0.02], b: [-0.19, 0.07], c: [0.28, 0.37]}", ("swapped-entries",)),  # 0.37 is only rounded
        ("[[0.30, 0.23], [-0.29, 0.37], [0.18, 0.66]]", ("no-bias",)),  # 0.30 should be 0.29
        ("[[0.29, -0.29, 0.18], [0.23, 0.37, 0.66]]", ("no-bias", "transposed")),
    ],
)
def test_a_slip_is_found_beside_rounded_or_transposed_figures(logits: str, slips: tuple[str, ...]) -> None:
    assert tags(mark(f"logits: {logits}"), "logits") == [slips]


def test_by_hand_an_answer_that_follows_in_full_precision_follows() -> None:
    config = LAYER + "rounding: {every_step: true}\n"
    assert verdicts(mark("logits: {a: [0.39, 0.9]}\nloss: 0.7353", config), "loss") == ["follows"]


def test_an_input_read_rightly_later_still_counts_as_misread() -> None:
    """The student exchanged the entries of node c for the logits, but not for the gradient."""
    sheet = mark(
        "logits: {a: [0.39, -0.07], b: [-0.19, 0.07], c: [0.52, -0.36]}\n"
        "residuals: [[-0.39, 0.39], [0.44, -0.44], [0.48, -0.48]]\n"
        "weight_gradients: {w0: [0.14, -0.16]}\n"
    )
    assert tags(sheet, "logits") == [("swapped-entries",)]
    assert verdicts(sheet, "weight_gradients") == ["right", "right"]


@pytest.mark.parametrize(
    ("loss", "tolerance", "named"),
    [("-0.5716", None, True), ("-0.5717", None, True), ("-0.6027", 0.02, False)],
    ids=["met", "nearly", "nearly, as by chance"],
)
def test_a_nearly_matching_slip_is_named_unless_chance_explains_it(
    loss: str, tolerance: float | None, named: bool
) -> None:
    """Without its minus the loss is -0.57163."""
    assert tags(mark(f"loss: {loss}", tolerance=tolerance), "loss") == ([("loss-sign",)] if named else [])


@pytest.mark.parametrize(("limit", "most"), [("MOST_SETS", 0), ("MOST_ENTRIES", 1), ("MOST_IN_PAIRS", 1)])
def test_the_search_for_slips_stops_at_its_limits(limit: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The student exchanged the entries of node a and lost a sign in w_1."""
    sheet = "logits: [[0.36, 0.22], [-0.19, -0.25], [0.28, 0.44]]"
    assert len(tags(mark(sheet), "logits")) == 1
    monkeypatch.setattr(f"softstep.mark.search.{limit}", most)
    assert tags(mark(sheet), "logits") == []


def test_inputs_misread_in_different_steps_stay_misread_together() -> None:
    """The student lost the sign of node a's first number, and exchanged node b's entries only in the gradient."""
    sheet = mark(
        "logits: [[0.29, -0.77], [-0.19, 0.07], [0.28, 0.36]]\n"
        "residuals: [[-0.26, 0.26], [0.44, -0.44], [0.48, -0.48]]\n"
        "weight_gradients: {w0: [0.09, 0.02]}\n"
        "updated_weights: [[0.06, 0.39], [0.75, -0.19]]\n"
    )
    assert tags(sheet, "logits") == [("lost-sign",)]
    assert set(verdicts(sheet, "updated_weights")) == {"follows"}


def test_given_probabilities_can_be_misread() -> None:
    given = "probabilities: {a: [0.7, 0.3], b: [0.2, 0.8]}\nlabels: {a: 0, b: 1}\n"
    assert tags(mark("residuals: {a: [-0.7, 0.7], b: [0.2, -0.2]}", given), "residuals") == [("swapped-entries",)]


def test_a_long_number_has_no_exchanged_digits() -> None:
    marker = problem_in("embeddings: [[1.23456789]]\nweights: [[1.0], [2.0]]\nlabels: [0]\n").marker()
    assert [error.tag for error in marker.input_errors if error.key == "embeddings"] == ["lost-sign"]


def test_a_misread_learning_rate_is_only_a_shifted_point_or_exchanged_digits() -> None:
    marker = problem_in(LAYER.replace("learning_rate: 0.5", "learning_rate: 0.1")).marker()
    rates = [error for error in marker.input_errors if error.key == "learning_rate"]
    assert [[wrong for _, wrong in rate.changes] for rate in rates] == [[0.01], [10], [0.001]]
    assert {rate.where for rate in rates} == {"learning_rate"}
    assert rates[0].says == "the learning rate was taken as 0.01, not 0.1"


def test_no_input_counts_as_misread_if_too_many_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    possible = len(problem_in(LAYER).marker().input_errors)
    for most, suspected in ((possible, possible), (possible - 1, 0)):
        monkeypatch.setattr("softstep.mark.input_errors.MOST_INPUT_ERRORS", most)
        assert len(problem_in(LAYER).marker().input_errors) == suspected


def test_a_misread_input_changes_only_the_places_it_names() -> None:
    given = problem_in("embeddings: [[1.5, 2], [1.5, 2], [1.5, 0]]\nweights: [[1, 0], [0, 3]]\nlabels: [0, 1, 0]\n")
    for error in given.marker().input_errors:
        values = dict(given.given.values)
        error.put_into(values, {})
        changed = {tuple(at) for at in np.argwhere(values[error.key] != given.given.values[error.key]).tolist()}
        assert changed == {place for place, _ in error.changes} != set()
