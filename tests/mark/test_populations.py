"""The students of the experiment on slips: each kind fills sheets, and equal mistakes are known as equal."""

from itertools import islice
from random import Random

import pytest
from support.populations import KINDS, TYPICAL, Student, gives_same_figures, mistakes_called, students
from support.students import WAYS_OF_WORKING, as_read, random_exercise


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_student_fills_sheets(kind: str) -> None:
    filled = [
        student.sheet(way, figures)
        for student in islice(students(kind), 10)
        for way in WAYS_OF_WORKING
        if (figures := student.figures(way))
    ]
    assert len(filled) > 30
    assert all("logits: [[" in sheet or "probabilities: [[" in sheet for sheet in filled)


def test_mistakes_with_the_same_figures_are_equal() -> None:
    problem = next(s for s in map(random_exercise, map(Random, range(99))) if s.N == 2)
    way = WAYS_OF_WORKING[0]
    twice = mistakes_called(problem, "mean-twice", "loss")
    student = Student(problem, "", tuple(twice), TYPICAL)
    figures = student.figures(way)
    assert figures
    assert gives_same_figures(student, way, figures, (), [("constant-factor", "loss")])
    assert gives_same_figures(student, way, figures, (), [("log2 or constant-factor", "loss")])
    assert not gives_same_figures(student, way, figures, (), [("loss-sum", "loss")])
    assert not gives_same_figures(student, way, figures, twice, [("lost-sign", "w0")])


def test_a_misread_input_shows_where_it_is_used_first() -> None:
    problem = random_exercise(Random(1))
    wrong = mistakes_called(problem, "one-wrong-label", "node 1")[0]
    assert Student(problem, "", (wrong,)).shown_in(wrong) == ["node_losses", "residuals"]
    assert Student(problem, "", (wrong,), TYPICAL).shown_in(wrong) == ["loss", "weight_gradients", "bias_gradients"]
    assert as_read(problem, [wrong]).y[1:] == problem.y[1:]
    assert as_read(problem, [wrong]).y[0] != problem.y[0]
