"""Pages and records of marked sheets: what each sentence says, and when."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.problems import problem_in

from softstep.mark.copying import CopyingSlip
from softstep.mark.input_errors import InputError
from softstep.mark.report import CutDigits, Interval, MarkedCell, MarkedStep, Origin, Report
from softstep.mark.roads import Road
from softstep.mark.verdicts import CARRIED_FORWARD, RIGHT, ROUNDED, WRONG
from softstep.read.sheets import parse_sheet
from softstep.render.options import Options
from softstep.render.origin_words import origin_sentences
from softstep.render.report_sections import step_section
from softstep.render.report_views import rows, yaml_data
from softstep.render.report_words import ALL_ALIKE, ONLY_ENTRY, ONLY_SIGN, OUTSIDE, UNEXPLAINED, sentences

LAYER = """
embeddings: {a: [0.5, 0.6], b: [0.3, -0.8], c: [1.0, 0.2]}
labels: {a: 0, b: 1, c: 1}
weights: [[0.1, 0.4], [0.7, -0.2]]
biases: [0.1, -0.3]
learning_rate: 0.5
"""
MARKER = problem_in(LAYER).marker()
LOGITS = "logits: {a: [0.39, -0.07], b: [-0.19, 0.07], c: [0.28, 0.36]}\n"


def report_on(sheet: str) -> Report:
    """The report on a sheet, given as text."""
    return Report((MARKER.exercise,), (MARKER.mark(parse_sheet(sheet, "s.yaml", MARKER.steps)),))


REPORT = report_on(LOGITS)


def steps_of(report: Report) -> Mapping[str, MarkedStep]:
    return report.sheets[0].steps or {}


def cell(place: str, verdict: str = WRONG, typed: str = "9", follows_from: Origin | None = None) -> MarkedCell:
    """An answer in a place such as a0, which 0.3 would be right for."""
    row, column = place[:-1] or None, place[-1:] or None
    return MarkedCell(row, column, typed, verdict, 0.3, (Interval(0.295, 0.305, ""),), follows_from, 2)


def step_with(*cells: MarkedCell, key: str = "logits", **rest: Any) -> MarkedStep:
    step = MARKER.steps[key]
    return MarkedStep(step=step, count=step.value.size, missing=0, weight=1, cells=cells, **rest)


def said(step: MarkedStep, others: Mapping[str, MarkedStep] | None = None) -> list[str]:
    """The sentences on a step."""
    return [*sentences(step, others or {}, MARKER.exercise.formulas)]


def page_of(report: Report, **options: Any) -> str:
    return report.text("table", **options)


# What explains the wrong answers


def input_error(only_here: bool) -> InputError:
    return InputError(
        tag="lost-sign", where="w0", says="w0 was misread", targets=frozenset(), key="weights", changes=(),
        only_here=only_here,
    )  # fmt: skip


PEN = CopyingSlip(
    tag="turned-digits",
    where="logits",
    says="two digits of 63 were exchanged",
    targets=frozenset(["logits"]),
    meant=np.array([36.0]),
)


@pytest.mark.parametrize(
    ("slips", "count", "sentence"),
    [
        (input_error(only_here=False), 2, "Slip: w0 was misread (lost-sign)."),
        (input_error(only_here=False), 1, "This would fit: w0 was misread (lost-sign)."),
        (input_error(only_here=True), 1, "Perhaps, in this step: w0 was misread (lost-sign)."),
        (PEN, 1, "Slip of the pen: two digits of 63 were exchanged (turned-digits)."),
    ],
)
def test_the_first_words_say_how_sure_an_explanation_is(slips: Any, count: int, sentence: str) -> None:
    step = step_with(cell("c0"), explanations=((slips,), (slips,)), wrong_count=count)
    assert said(step) == [sentence, f"Or this slip: {sentence.split(': ')[1]}"]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([cell("a0"), cell("c0")], UNEXPLAINED),
        ([cell("c0")], UNEXPLAINED),
        ([cell("a0", RIGHT), cell("a1", ROUNDED), cell("c0")], ONLY_ENTRY),
        ([cell("a0", RIGHT), cell("c0", typed="-0.3")], ONLY_SIGN),
        ([cell("a0", RIGHT), cell("c0", typed="−0.30")], ONLY_SIGN),
        ([cell("a0", RIGHT), cell("c0", typed="-0.4")], ONLY_ENTRY),
        ([cell("a0", "unreadable", typed="?"), cell("c0")], UNEXPLAINED),
    ],
)
def test_a_single_wrong_entry_is_arithmetic_or_a_sign(cells: list[MarkedCell], sentence: str) -> None:
    wrong = sum(each.verdict == WRONG for each in cells)
    assert said(step_with(*cells, unexplained=True, wrong_count=wrong)) == [sentence]


def test_answers_that_follow_from_trivial_ones_are_told_what_to_correct() -> None:
    step = step_with(cell("a0"), key="node_losses", follows_trivial=True)
    outside = step_with(cell("a0"), key="probabilities", is_outside=True)
    assert said(step, {"probabilities": outside, "node_losses": step}) == [OUTSIDE]
    assert said(step, {"node_losses": step, "later": outside}) == [ALL_ALIKE]


# Other roads, digits cut off, few decimals

ROAD = Road(key="exponentials", tag="shifted", says="the maximum was subtracted", formula="E = exp(H − m)", rules=())


def test_another_road_is_named_on_the_page_even_if_all_is_right() -> None:
    step = step_with(cell("a0", RIGHT), key="exponentials", roads=(ROAD,))
    sheet = replace(REPORT.sheets[0], steps={"exponentials": step})
    report = replace(REPORT, sheets=(sheet,))
    sentence = "Another way to the right result: E = exp(H − m); the maximum was subtracted (shifted)."
    assert f"\nExponentials\nE = exp(H)\n{sentence}\n\nMarks\n" in page_of(report)
    assert yaml_data(report, Options())["sheets"][0]["steps"]["exponentials"]["roads"] == [
        {"tag": "shifted", "says": "the maximum was subtracted", "formula": "E = exp(H − m)"}
    ]


@pytest.mark.parametrize(
    ("value", "typed", "shown"), [(0.0589, "0.05", "0.059"), (0.0597, "0.05", "0.0597"), (-1.999, "-1.9", "-1.999")]
)
def test_digits_cut_off_are_said_once_in_the_head(value: float, typed: str, shown: str) -> None:
    report = replace(REPORT, sheets=(replace(REPORT.sheets[0], cut_digits=CutDigits(15, typed, value)),))
    sentence = f"Digits were cut off, not rounded: {typed} for {shown}; 15 answers; no marks lost.\n"
    assert page_of(report).count(sentence) == 1
    cut = {"count": 15, "typed": typed, "value": float(shown)}
    assert yaml_data(report, Options())["sheets"][0]["cut_digits"] == cut
    hint = report.without_figures()
    assert f"Digits were cut off, not rounded, as in {typed}; 15 answers; no marks lost.\n" in page_of(hint)
    assert yaml_data(hint, Options())["sheets"][0]["cut_digits"] == cut | {"value": None}


@pytest.mark.parametrize(("strict", "points"), [(False, 0.5), (True, 0)])
def test_a_report_from_python_may_be_strict(strict: bool, points: float, write: Callable[..., Path]) -> None:
    problem = problem_in(LAYER + "rounding: {decimals: 4}\n")
    report = problem.check(write("probabilities: {a: [0.61, 0.39]}\n", "s.yaml"), strict=strict)
    assert (report.sheets[0].score, report.status) == (pytest.approx(points / 3), 1)


def test_answers_right_to_few_decimals_are_named_with_their_marks() -> None:
    half = cell("a0", ROUNDED)._replace(places=2, decimals=4, credit=0.5)
    none = cell("b1", ROUNDED)._replace(places=3, decimals=4, credit=0.0)
    assert said(step_with(none, half, half._replace(row="c"))) == [
        "Right to 2 decimals; 4 are asked: a[0] and c[0]; half marks.",
        "Right to 3 decimals; 4 are asked: b[1]; no marks.",
    ]
    number = half._replace(row=None, column=None)
    assert said(step_with(number, key="loss")) == ["Right to 2 decimals; 4 are asked; half marks."]


# Errors carried forward


def from_logits(*pairs: tuple[str, str], key: str = "probabilities", right: int = 0) -> MarkedStep:
    """A step with answers that follow from logits, and some right ones."""
    cells = [
        cell(place, CARRIED_FORWARD, follows_from=Origin("logits", origin[0], origin[1])) for place, origin in pairs
    ]
    return step_with(*cells, *[cell("b1", RIGHT)] * right, key=key)


ALL = [f"{node}{c}" for node in "abc" for c in "01"]


@pytest.mark.parametrize(
    ("wrong", "step", "sentence"),
    [
        (["c0"], from_logits(("c0", "c0"), right=1), "c[0] follows from the wrong H c[0]"),
        (["c0"], from_logits(("c0", "c0"), ("c1", "c0")), "both follow from the wrong H c[0]"),
        (
            ["c0", "c1"],
            from_logits(("c0", "c0"), ("c1", "c0"), right=1),
            "c[0] and c[1] follow from the wrong logits of node c",
        ),
        (
            ["a1", "b1", "c1"],
            from_logits(*((place, f"{place[0]}1") for place in ALL)),
            "all 6 follow from the wrong logits of class 1",
        ),
        (
            ["a0", "b1"],
            from_logits(("a0", "a0"), ("a1", "a0"), ("b0", "b1")),
            "all 3 follow from the wrong H a[0] and b[1]",
        ),
        (ALL, from_logits(("c0", "c0"), ("c1", "c0")), "both follow from the wrong logits of node c"),
        (ALL, from_logits(("", "a0"), key="loss"), "the loss follows from the wrong logits"),
        (["a0", "b0"], from_logits(("", "a0"), key="loss"), "the loss follows from the wrong logits of class 0"),
    ],
)
def test_errors_carried_forward_are_summed_up(wrong: list[str], step: MarkedStep, sentence: str) -> None:
    logits = step_with(*map(cell, wrong))
    assert [*origin_sentences(step, {"logits": logits})] == [f"Error carried forward: {sentence}."]


def test_many_answers_of_a_row_that_follow_are_counted() -> None:
    exercise = problem_in("logits: [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]\nlabels: [0, 1]\n").marker()
    probabilities = exercise.steps["probabilities"]
    origin = Origin("exponentials", "1", "0")
    follow = [MarkedCell("1", c, "0.2", CARRIED_FORWARD, follows_from=origin) for c in "0123"]
    right = MarkedCell("2", "0", "0.1", RIGHT)
    step = MarkedStep(step=probabilities, count=10, missing=5, weight=1, cells=(*follow, right))
    wrong = MarkedCell("1", "0", "9", WRONG)
    earlier = MarkedStep(step=exercise.steps["exponentials"], count=10, missing=9, weight=1, cells=(wrong,))
    (sentence,) = origin_sentences(step, {"exponentials": earlier})
    assert sentence == "Error carried forward: 4 answers of node 1 follow from the wrong E 1[0]."


def test_a_row_of_parameters_has_its_own_name() -> None:
    places = [("w0", "x_0"), ("w0", "x_1")]
    wrong = step_with(*(MarkedCell(*place, "9", WRONG) for place in places), key="weight_gradients")
    follow = [
        MarkedCell(*place, "9", CARRIED_FORWARD, follows_from=Origin("weight_gradients", *place)) for place in places
    ]
    step = step_with(*follow, MarkedCell("w1", "x_0", "0", RIGHT), key="updated_weights")
    (sentence,) = origin_sentences(step, {"weight_gradients": wrong})
    assert sentence == ("Error carried forward: w0[x_0] and w0[x_1] follow from the wrong weight gradients of w0.")


def test_pages_say_error_carried_forward_and_json_says_follows() -> None:
    report = report_on("logits: {c: [0.91, 0.36]}\nprobabilities: {c: [0.63, 0.37]}\n")
    assert "2 of 6  error carried forward\n" in page_of(report)
    assert yaml_data(report, Options())["sheets"][0]["steps"]["probabilities"]["verdict"] == "follows"


# Tables


def test_a_table_has_a_line_for_each_accepted_range_and_its_source() -> None:
    two = Interval(1.0756, 1.0758, "in full precision"), Interval(1.0822, 1.0824, "by hand")
    step = step_with(cell("a0"), cell("b0")._replace(accepted=two, decimals=3))
    sheet = replace(REPORT.sheets[0], steps={"logits": step})
    page = page_of(replace(REPORT, sheets=(sheet,)), width=80)
    assert (
        "node  typed  right         right if in           computed  verdict\n"
        "──────────────────────────────────────────────────────────────────\n"
        "a[0]      9   0.30      0.295 to 0.305                       wrong\n"
        "b[0]      9  0.300  1.07560 to 1.07580  in full precision    wrong\n"
        "                    1.08220 to 1.08240            by hand\n"
    ) in page
    hint = step_section(step, sheet, REPORT.without_figures(), Options())
    assert hint.grid is not None
    assert hint.grid.columns == ("typed", "verdict")


def test_a_gradebook_names_the_steps_with_unexplained_mistakes() -> None:
    report = report_on("logits: {a: [5, 6]}\nloss: 7\n")
    head, row = rows(report, Options())
    assert (head[-1], row[-1]) == ("unexplained", "logits loss")
    steps = yaml_data(report, Options())["sheets"][0]["steps"]
    assert [step["unexplained"] for step in steps.values()] == [True, True]


@pytest.mark.parametrize(
    ("file", "config", "student"),
    [
        ("07-ada.yaml", "exam.yaml", "ada"),
        ("sheets/ada.yaml", "exam.yaml", "ada"),
        ("b-ada.csv", "variants/b.yaml", "ada"),
        ("b-ada.csv", "exam.yaml", "b-ada"),
        ("07-ada-k.yaml", "7.yaml", "ada-k"),
        ("07.yaml", "07.yaml", "07"),
        ("07-.yaml", "07.yaml", "07-"),
    ],
)
def test_a_student_is_named_by_the_file(file: str, config: str, student: str) -> None:
    sheet = replace(REPORT.sheets[0], file=file, exercise=MARKER.exercise._replace(config=config))
    assert sheet.student == student


def test_a_page_says_which_steps_count() -> None:
    assert page_of(REPORT).endswith("\n1 of 12 steps answered; only these count.\n")
    assert page_of(report_on("name: Ada\n")).endswith("\n0 of 12 steps answered.\n")
    marker = problem_in(LAYER + "marks: {loss: 2}\n").marker()
    marked = marker.mark(parse_sheet(LOGITS, "s.yaml", marker.steps))
    page = page_of(Report((marker.exercise,), (marked,)))
    assert re.search(r"\nLogits +6 of 6 +right\nLoss +0 +of 2 +0 of 1 +missing\nScore +0 +of 2", page)
    assert page.endswith("\nA step without points is not asked.\n")
