"""On every variant, a student who makes one known slip is told so by `check`."""

from random import Random

import pytest
from support.problems import few_and_many
from support.students import SLIPS, SQUARE_SLIPS, Exercise, as_sheet, work_exercise

import softstep
from softstep.course.exercise import make_exercise
from softstep.course.variants import draw_variants
from softstep.read.sheets import parse_sheet

ASKED = ("logits", "probabilities", "residuals", "weight_gradients", "bias_gradients", "updated_weights")
KEYS = {
    "embeddings": [[0.5, -0.6, 0.8], [0.3, 0.8, -0.4], [0.9, 0.1, 0.6], [-0.2, 0.7, 0.4], [0.6, 0.2, 0.7]],
    "weights": [[0.17, 0.41, -0.14], [0.75, -0.24, 0.67]],
    "biases": [0.05, -0.31],
    "labels": [0, 1, 1, 0, 1],
    "learning_rate": 0.2,
}


@few_and_many(2, 40)
def test_every_slip_on_a_variant_is_named(cases: int) -> None:
    problem = softstep.Problem(**KEYS)
    for variant in draw_variants(make_exercise(problem, ASKED), cases).variants:
        given = {key: value.tolist() for key, value in variant.exercise.problem.given.values.items()}
        names = ("embeddings", "weights", "biases", "labels", "learning_rate")
        student = Exercise(*(given[name] for name in names))
        made = [slip for slip in SLIPS if slip[1] in ASKED and slip[0] not in (*SQUARE_SLIPS, "constant-factor")]
        for tag, step, work in Random(variant.number).sample(made, min(cases, len(made))):
            figures = work_exercise(student, [(step, work)], in_full=True)
            marker = variant.exercise.marker
            if figures is None:  # the logarithm of a negative number
                continue
            if figures == work_exercise(student, in_full=True):
                pytest.fail(f"{tag} does not show")
            marked = marker.mark(parse_sheet(as_sheet(figures, ASKED), "s", marker.steps))
            explanations = (marked.steps or {})[step].explanations
            assert (tag,) in [tuple(slip.tag for slip in slips) for slips in explanations], (tag, step)
