"""The Moodle export, read by an independent reader of cloze questions."""

import re
from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from support.cloze import NUMBER, Blank, Question, read_blanks, read_questions
from support.populations import mistake_of
from support.problems import few_and_many, problem_in
from support.running import CONFIGS
from support.students import SLIPS, WAYS_OF_WORKING, Exercise, random_exercise, work_as

import softstep
from softstep.course.cloze import cloze_text
from softstep.course.moodle import moodle_xml
from softstep.mark import Marker
from softstep.problem import Problem
from softstep.read.sheets import parse_sheet

STEPS = ("logits", "probabilities", "predictions", "node_losses", "loss", "residuals", "weight_gradients",
         "bias_gradients", "updated_weights")  # fmt: skip

SMALL = "embeddings: [[0.5, 0.6], [0.3, -0.8]]\nlabels: [0, 1]\nlearning_rate: 0.5\n"
ROWS = "weights: [[0.1, 0.4], [0.7, -0.2]]\nbiases: [0.1, -0.3]\n"
CONFIG_TEXTS = {
    "by hand": SMALL + ROWS + "rounding: {every_step: true, decimals: 2, ties: half-even}\n",
    "in full": SMALL + ROWS,
    "three decimals": SMALL + ROWS + "rounding: {decimals: 3, loss_decimals: 4}\n",
    "features as rows": SMALL + "weights: {rows: features, values: [[0.1, 0.7], [0.4, -0.2]]}\n",
    "conventions": SMALL + ROWS + "label_smoothing: 0.1\nl2: 0.1\nclass_weights: [1, 2]\ntemperature: 2\n",
    "names": "logits: {'a}~#\"/\\{1:NM:=1}': [1, -2], '<b>&': [0.5, -1]}\nlabels: [0, 1]\n"
             "classes: ['x~y#}', '=%0%\\']\n",
    "no decimals": "logits: [[9, 3], [30, 7]]\nlabels: [0, 1]\nrounding: {decimals: 0}\n",
}  # fmt: skip


def question_on(problem: Problem, *ask: str) -> Question:
    _, (question,) = read_questions(moodle_xml([problem], ask, "Exercise"))
    return question


def steps_of(problem: Problem) -> list[str]:
    """The steps of the exercise that this problem has."""
    return [key for key in STEPS if key in problem.marker().steps]


def blanks_of(problem: Problem, key: str) -> Iterator[tuple[Blank, tuple[str | None, str | None], str]]:
    """The blanks of a step in their order, each with its row and column, and the printed figure."""
    step = problem.marker().steps[key]
    figures = np.asarray(step.digits(), dtype=object)
    blanks = iter(question_on(problem, key).blanks)
    for at in np.ndindex(figures.shape):
        row = step.rows[at[0]] if step.rows else None
        yield next(blanks), (row, step.columns[at[1]] if step.columns else None), str(figures[at])
    assert next(blanks, None) is None


def verdict(marker: Marker, key: str, place: tuple[str | None, str | None], typed: str) -> str:
    """What `check` says of an answer on a sheet without others."""
    row, column = place
    text = typed if row is None else {row: typed if column is None else {column: typed}}
    sheet = marker.mark(parse_sheet(f"{key}: {text}".replace("'" + typed + "'", typed), "s.yaml", marker.steps))
    return (sheet.steps or {})[key].cells[0].verdict


@pytest.mark.parametrize("text", CONFIG_TEXTS.values(), ids=CONFIG_TEXTS)
def test_the_printed_figures_are_right(text: str) -> None:
    problem = problem_in(text)
    for key in steps_of(problem):
        for blank, _, figure in blanks_of(problem, key):
            assert blank.percent(figure) == 100, (key, figure)


def test_a_file_has_a_category_and_a_question_for_each_variant() -> None:
    problems = [problem_in(CONFIG_TEXTS["in full"]), problem_in(CONFIG_TEXTS["by hand"])]
    xml = moodle_xml(problems, ["logits", "loss"], "Exam 1/2 ]]> & more")
    categories, questions = read_questions(xml)
    assert categories == ["$course$/top/Exam 1//2 ]]> & more"]
    assert [question.name for question in questions] == ["Exam 1/2 ]]> & more 01", "Exam 1/2 ]]> & more 02"]
    for question in questions:
        assert len(question.blanks) == 5
        assert all(blank.weight == 1 for blank in question.blanks)
        assert "<caption>Embeddings</caption>" in question.text
        assert len(question.step("Logits")) == 4
        assert "<caption>Logits</caption>" in question.feedback
        assert re.search(r"<mn>0.5</mn><mo[^>]*>×</mo><mn>0.1</mn>", question.feedback)
        assert read_blanks(question.feedback) == []


@pytest.mark.parametrize("text", CONFIG_TEXTS.values(), ids=CONFIG_TEXTS)
def test_every_number_has_moodles_own_form(text: str) -> None:
    problem = problem_in(text)
    question = question_on(problem, *steps_of(problem))
    for blank, body in read_blanks(question.text):
        assert "+" not in body
        assert "−" not in re.sub(r"#This fits.*?(?=~|$)", "", body)
        if blank.kind == "NUMERICAL":
            for alternative in blank.alternatives:
                value, tolerance = alternative.answer.split(":")
                assert NUMBER.fullmatch(value)
                assert NUMBER.fullmatch(tolerance)


def test_names_with_signs_of_the_notation_stay_names() -> None:
    problem = problem_in(CONFIG_TEXTS["names"])
    question = question_on(problem, "logits" if "logits" in problem.marker().steps else "predictions", "loss")
    *predictions, loss = question.blanks
    assert [blank.kind for blank in predictions] == ["MULTICHOICE"] * 2
    assert [each.answer for each in predictions[0].alternatives] == ["x~y#}", "=%0%\\"]
    assert [blank.percent("x~y#}") for blank in predictions] == [100, 100]
    assert loss.kind == "NUMERICAL"
    assert '<th scope="row">&lt;b&gt;&amp;</th>' in question.text
    assert cloze_text('a{b}~#"/\\') == "a&#123;b&#125;&#126;&#35;&#34;&#47;&#92;"


def test_an_infinite_loss_is_a_text() -> None:
    problem = problem_in("logits: [[9, 0], [0, 9]]\nlabels: [1, 1]\nrounding: {every_step: true}\n")
    (loss,) = question_on(problem, "loss").blanks
    assert (loss.kind, loss.percent("inf"), loss.percent("∞"), loss.percent("4")) == ("SHORTANSWER", 100, 100, 0)


def test_a_step_that_the_problem_has_not_is_refused() -> None:
    with pytest.raises(softstep.SoftstepError, match="--ask logits: not a step of this config; expected predictions,"):
        moodle_xml([problem_in("probabilities: [[0.5, 0.5]]\nlabels: [0]\nreduction: sum\n")], ["logits"], "E")


def test_the_blanks_of_weights_with_features_as_rows_stand_as_in_the_lecture() -> None:
    by_class, by_feature = (
        problem_in(CONFIG_TEXTS["in full"]),
        problem_in(CONFIG_TEXTS["features as rows"] + "biases: [0.1, -0.3]\n"),
    )
    one, other = (question_on(each, "weight_gradients").blanks for each in (by_class, by_feature))
    assert [other[i].alternatives[0] for i in (0, 2, 1, 3)] == [blank.alternatives[0] for blank in one]


# What `check` says


def compare_with_check(problem: Problem, keys: list[str], random: Random, most: int) -> None:
    """Compare blanks with `check` on the figures around the right ones."""
    marker = problem.marker()
    for key in keys:
        blanks = [*blanks_of(problem, key)]
        for blank, place, _ in random.sample(blanks, min(most, len(blanks))):
            if blank.kind != "NUMERICAL":
                continue
            value, tolerance = blank.alternatives[0].answer.split(":")
            decimals = len(tolerance.partition(".")[2]) - 1
            for units in range(-4, 5):
                typed = f"{round(float(value) + units * 10.0**-decimals, decimals) + 0:.{decimals}f}"
                typed = typed.replace("-0." + "0" * decimals, "0." + "0" * decimals) if float(typed) == 0 else typed
                is_right = verdict(marker, key, place, typed) == "right"
                assert (blank.percent(typed) == 100) == is_right, (key, place, typed)


@pytest.mark.parametrize("name", ["by hand", "in full", "conventions"])
def test_a_blank_accepts_what_check_calls_right(name: str) -> None:
    problem = problem_in(CONFIG_TEXTS[name])
    compare_with_check(problem, steps_of(problem), Random(1), 1)


@pytest.mark.slow
@pytest.mark.parametrize("cases", [12])
def test_blanks_of_random_exercises_accept_what_check_calls_right(cases: int) -> None:
    random = Random(19)
    for i in range(cases):
        keys = random_exercise(random).keys()
        ties, decimals = random.choice(["half-up", "half-even", "half-down"]), random.choice([1, 2, 3])
        rounding = {"every_step": i % 2 == 0, "decimals": decimals, "ties": ties}
        reduction = random.choice(["mean", "sum"])
        problem = softstep.Problem(**keys, rounding=rounding, reduction=reduction)
        compare_with_check(problem, steps_of(problem), random, 2)


# Slips


def figures_in(value: object) -> list[float]:
    return [x for each in value for x in figures_in(each)] if isinstance(value, list) else [value]  # type: ignore[list-item]


@few_and_many(1, 8)
def test_the_figures_of_slips_in_rules_are_wrong_with_a_sentence(cases: int) -> None:
    random, way = Random(7), WAYS_OF_WORKING[0]
    named, unnamed = 0, []
    for _ in range(cases):
        exercise = Exercise([[0.5, 0.6], [0.3, -0.8], [1.0, 0.2]], *random_table(random), [0, 1, 1], 0.5)
        problem = softstep.Problem(**exercise.keys(), rounding={"every_step": True, "loss_decimals": 2})
        keys = [key for key in steps_of(problem) if key != "predictions"]
        sentences = {slip.tag: set() for slip in problem.marker().slips}  # type: ignore[var-annotated]
        for slip in problem.marker().slips:
            sentences[slip.tag].add(slip.says)
        question, right = question_on(problem, *keys), work_as(way, exercise)
        titles = {key: problem.marker().steps[key].rule.title for key in keys}
        for tag, step, work in SLIPS:
            mistake = mistake_of(exercise, (tag, step, work), random)
            figures = work_as(way, exercise, [mistake]) if mistake else None
            if not figures or not right or step not in keys:
                continue
            for figure, blank in zip(figures_in(figures[step]), question.step(titles[step]), strict=True):
                found = blank.match(f"{figure:.2f}")
                if found and found.percent == 100:
                    continue
                if found and any(says in found.feedback for says in sentences.get(tag, ())):
                    named += 1
                elif not found or found.feedback.count(" if ") < 3:
                    unnamed.append((tag, step, figure))
    assert (named > 100 * cases, unnamed) == (True, [])


def random_table(random: Random) -> tuple[list[list[float]], list[float]]:
    """Weights and biases of a small exercise."""
    numbers = [round(random.uniform(-1, 1), 1) or 0.1 for _ in range(6)]
    return [numbers[:2], numbers[2:4]], numbers[4:]


def test_slips_with_one_figure_share_an_alternative() -> None:
    question = question_on(softstep.load(CONFIGS / "doc_example.yaml"), "logits", "loss")
    for blank in question.blanks:
        answers = [each.answer for each in blank.alternatives]
        assert len(set(answers)) == len(answers) <= 40 + 8
    first = question.blanks[0]
    for typed, slips in (
        ("0.63", "the bias was left out"),
        ("0.51", "z_1 at x_0 was taken as -0.5, not 0.5, or if w0 at x_0 was taken as -0.17, not 0.17"),
    ):
        assert first.match(typed) == (0.0, f"{typed}:0.005", f"This fits if {slips}.")
    assert first.match("0.99") is None
