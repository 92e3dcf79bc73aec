"""By hand, P of a true class that rounds to 0: who is told, and how many decimals are enough."""

import re
from dataclasses import replace

import numpy as np
import pytest
from support.problems import problem_in

import softstep

# Node 2 has H = (9, -0.5), so P of class 1 is 1 / (1 + e^9.5) = 0.000075, which four decimals round to 0.0001.
BEFORE = """
embeddings: {1: [1, 2], 2: [4, -5], 3: [0, 1]}
labels: {1: 0, 2: 1}
weights: [[1, -1], [0.5, 0.5]]
biases: [0, 0]
learning_rate: 0.5
rounding: {every_step: true}
"""
NOTE_BEFORE = (
    "By hand, P of the true class of node 2 rounds to 0.00, so its loss is infinite; "
    "4 decimals are enough (decimals: 4 under rounding)."
)

# All P are 0.5, so dw0 = db0 = (-0.5 - 0.5 + 0.5) / 3 = -1/6. With enough decimals w0 = b0 = 5 after the step, H = ±10,
# and P of node 3 is e^-20 = 2.06e-9, which nine decimals round to 2e-9. Two decimals give w0 = b0 = 5.1.
AFTER = """
embeddings: {1: [1], 2: [1], 3: [1]}
labels: {1: 0, 2: 0, 3: 1}
weights: [[0], [0]]
biases: [0, 0]
learning_rate: 30
rounding: {every_step: true}
"""
NOTE_AFTER = (
    "By hand, P of the true class of node 3 rounds to 0.00 after the step, so its loss is infinite; "
    "9 decimals are enough (decimals: 9 under rounding)."
)


@pytest.mark.parametrize("command", ["forward", "loss", "grad", "update", "run"])
def test_every_command_that_uses_it_has_the_note(command: str) -> None:
    assert NOTE_BEFORE in getattr(problem_in(BEFORE), command)().notes


@pytest.mark.parametrize(
    ("part", "is_there"),
    [
        ({"nodes": ["2"]}, True),
        ({"nodes": ["1"]}, False),
        ({"nodes": ["1", "2"]}, True),
        ({"nodes": ["3"]}, False),
        ({"steps": ["L"]}, True),
        ({"steps": ["ŷ"]}, True),
        ({"steps": ["W′"]}, True),
        ({"steps": ["L′"]}, True),
        ({"steps": ["H", "E"]}, False),
        ({"params": ["w1"]}, True),
        ({"nodes": ["1"], "steps": ["P"]}, False),
    ],
    ids=str,
)
def test_a_part_has_the_note_if_it_shows_or_uses_that_probability(part: dict[str, list[str]], is_there: bool) -> None:
    assert (NOTE_BEFORE in problem_in(BEFORE).run().only(**part).notes) == is_there


def test_the_loss_after_the_step_has_a_note_of_its_own() -> None:
    problem = problem_in(AFTER)
    assert problem.run().notes == (NOTE_AFTER,)
    assert problem.run().only(steps=["loss_after"]).notes == (NOTE_AFTER,)
    assert problem.run().only(nodes=["3"]).notes == problem.update().notes == ()
    for decimals, is_finite in ((8, False), (9, True)):
        more = problem_in(AFTER.replace("true", f"true, decimals: {decimals}"))
        assert np.isfinite(more.run()["loss_after"].value) == is_finite


def test_weights_with_features_as_rows_have_the_same_notes() -> None:
    before = BEFORE.replace("[[1, -1], [0.5, 0.5]]", "{rows: features, values: [[1, 0.5], [-1, 0.5]]}")
    assert problem_in(before).run().notes == problem_in(BEFORE).run().notes == (NOTE_BEFORE,)
    after = AFTER.replace("[[0], [0]]", "{rows: features, values: [[0, 0]]}")
    assert problem_in(after).run().only(steps=["L′"]).notes == (NOTE_AFTER,)
    assert problem_in(after).train(1).notes == problem_in(AFTER).train(1).notes


def test_a_training_says_at_which_step_it_is() -> None:
    with_these = " with these weights (decimals"
    note = NOTE_BEFORE.replace(" 0.00,", " 0.00 at step 0,").replace(" (decimals", with_these)
    assert note in problem_in(BEFORE).train(3).notes
    # with the weights 5.1 of that step, P is e^-20.4 = 1.4e-9
    note = NOTE_AFTER.replace("after the step", "at step 1").replace(" (decimals", with_these)
    assert note in problem_in(AFTER).train(1).notes
    assert not any(
        "rounds to 0" in note for note in problem_in(BEFORE.replace("true", "true, decimals: 4")).train(3).notes
    )


def test_of_many_nodes_the_first_ten_are_tried() -> None:
    # P of the true class is 1 / (1 + e^8) = 0.00034, and 1 / (1 + e^12) = 0.0000061 at node 12
    rows = ", ".join(["[8, 0]"] * 11 + ["[12, 0]"] + ["[0, 0]"] * 200)
    notes = problem_in(f"logits: [{rows}]\nlabels: [{'1, ' * 212}]\nrounding: {{every_step: true}}\n").loss().notes
    (note,) = (note for note in notes if "class 0" not in note)
    assert note == (
        "By hand, P of the true class of nodes 1, 2, 3, 4, 5, 6, 7, 8 and 4 more rounds to 0.00, so their losses are "
        "infinite; 4 decimals are enough for the first 10 (decimals: 4 under rounding)."
    )


def test_where_no_decimals_are_enough_full_precision_is() -> None:
    text = "logits: [[50, 0]]\nlabels: [1]\nrounding: {every_step: true, decimals: 0}\n"
    (note,) = problem_in(text).loss().notes
    assert note == (
        "By hand, P of the true class of node 1 rounds to 0, so its loss is infinite; "
        "15 decimals are not enough, full precision is (no every_step under rounding)."
    )
    assert problem_in(text.replace("true", "false")).loss()["loss"].value == pytest.approx(50)


def test_full_precision_and_nodes_without_labels_have_no_note() -> None:
    assert problem_in(BEFORE.replace("true", "false")).run().notes == ()
    assert problem_in(BEFORE.replace("labels: {1: 0, 2: 1}", "labels: {1: 0}")).run().notes == ()
    assert problem_in(BEFORE.replace("labels: {1: 0, 2: 1}\n", "")).forward().notes == ()


@pytest.mark.parametrize("seed", range(20))
def test_an_infinite_loss_is_never_without_the_decimals_that_cure_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = softstep.Problem(
        Z=random.normal(size=(5, 2)).round(1) * 4,
        y=random.integers(0, 3, size=5),
        W=random.normal(size=(3, 2)).round(1),
        lr=5,
        rounding={"every_step": True},
    )
    result = problem.run()
    for key, marker in (("loss", "rounds to 0.00,"), ("loss_after", "rounds to 0.00 after the step,")):
        notes = [note for note in result.notes if marker in note]
        assert len(notes) == (not np.isfinite(result[key].value))
        for enough in re.findall(r"; (\d+) decimals are enough", "".join(notes)):
            rounding = replace(problem.rounding, decimals=int(enough))
            assert np.isfinite(softstep.Problem.of(replace(problem.setting, rounding=rounding)).run()[key].value)


def test_the_decimals_are_enough_for_nodes_that_fewer_decimals_spare() -> None:
    # with 1 decimal the shift of node 1 is used, with 2 it is not: E = exp(-5.69) = 0.0034 rounds to 0.00
    text = "H: [[-3.5, -5.69, -5.38], [-2.19, -3.37, -1.24]]\ny: [1, 1]\nrounding: {every_step: true, decimals: 1}\n"
    (note,) = (note for note in problem_in(text).loss().notes if note.startswith("By hand"))
    decimals = int(note.rpartition("(decimals: ")[2].partition(" ")[0])
    assert np.isfinite(problem_in(text.replace("decimals: 1", f"decimals: {decimals}")).loss()["loss"].value)
    assert not np.isfinite(problem_in(text.replace("decimals: 1", f"decimals: {decimals - 1}")).loss()["loss"].value)


# P is e^8, e^-8 and 1, divided by their sum: 0.99966, 0.0000001 and 0.00034, which two decimals round to 1, 0 and 0.
@pytest.mark.parametrize(
    ("keys", "loss", "note"),
    [
        ("label_smoothing: 0.1", "inf", "P of a class with a target above 0 of node 1 rounds to 0.00"),
        ("label_smoothing: 0.01", "0.00", ""),
        ("class_weights: [1, 0, 0]", "0.00", ""),
        ("class_weights: [1, 1, 1]", "0.00", ""),
        ("class_weights: [1, 2, 1]\nlabel_smoothing: 0.1", "inf", "P of a class with a target above 0 of node 1"),
        ("node_weights: [0]\nlabel_smoothing: 0.1\ndivide_by: nodes", "0.00", ""),
    ],
    ids=["smoothed", "smoothed by less than half a unit", "weight 0", "weight 1", "both", "a node of weight 0"],
)
def test_only_a_probability_with_a_target_above_0_makes_a_loss_infinite(keys: str, loss: str, note: str) -> None:
    text = f"logits: [[8, -8, 0]]\nlabels: [0]\n{keys}\nrounding: {{every_step: true, decimals: 2}}\n"
    result = problem_in(text).loss()
    assert result["node_losses"].digits() == [loss]
    found = [each for each in result.notes if "infinite" in each]
    assert len(found) == bool(note)
    assert note in "".join(found)


def test_in_full_precision_the_note_speaks_of_targets() -> None:
    result = problem_in("probabilities: [[1, 0, 0]]\ntargets: [[0.5, 0.5, 0]]\n").loss()
    assert "The loss of node 1 is infinite: P of a class with a target above 0 is 0." in result.notes
