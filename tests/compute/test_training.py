"""Training: its steps, its history and when it ends, compared with the textbook."""

import math
from pathlib import Path

import numpy as np
import pytest
from support.problems import problem_in
from support.running import CONFIGS
from support.textbook import textbook_history

import softstep

TABLE = CONFIGS / "article_table.yaml"


def test_a_training_gives_the_numbers_of_the_textbook() -> None:
    problem = softstep.load(TABLE)
    history = problem.train(60, every=1)["history"]
    assert list(history.rows or ()) == [str(step) for step in range(61)]
    assert history.columns == ("loss", "accuracy", "gradient_norm")
    assert history.value == pytest.approx(np.array(textbook_history(problem, 60)), rel=1e-10)


@pytest.mark.parametrize("config", ["doc_example.yaml", "article_table.yaml", "karate_club.yaml"])
def test_a_training_equals_repeated_updates(config: str) -> None:
    problem = softstep.load(CONFIGS / config)
    trained = problem.train(6, every=1)
    losses = []
    for _ in range(7):
        losses.append(float(problem.loss()["loss"].value))
        last, problem = problem, problem.after()
    assert trained["history"].value[:, 0].tolist() == losses
    assert trained["weights"].value.tolist() == last.given.values["weights"].tolist()
    assert trained["biases"].value.tolist() == last.given.values["biases"].tolist()


def test_a_training_in_blocks_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    keys = {
        "embeddings": random.normal(size=(40, 3)),
        "labels": {i + 1: i % 3 for i in range(31)},
        "learning_rate": 0.4,
    }
    problem = softstep.Problem(weights=random.normal(size=(3, 3)), **keys)
    whole = problem.train(30)
    monkeypatch.setattr("softstep.compute.blocks.FEWEST", 7)
    monkeypatch.setattr("softstep.compute.blocks.ENTRIES", 7)
    blocks = problem.train(30)
    assert blocks["history"].value == pytest.approx(whole["history"].value, rel=1e-12)
    assert blocks["weights"].value == pytest.approx(whole["weights"].value, rel=1e-12)


def test_the_articles_gradient_leads_to_equal_probabilities() -> None:
    article = problem_in(TABLE.read_text().replace("gradient: standard", "gradient: article"))
    history = article.train(2000)["history"].value
    assert history[-1, 0] == pytest.approx(math.log(3), abs=1e-3)
    assert softstep.load(TABLE).train(2000)["history"].value[-1, 0] < 0.1


@pytest.mark.parametrize(
    ("steps", "every"), [(1, 1), (20, 1), (21, 2), (100, 5), (1000, 50), (1001, 100), (5000, 500), (20000, 1000)]
)
def test_about_twenty_steps_are_reported_by_default(steps: int, every: int) -> None:
    from softstep.compute.training import history_interval

    assert history_interval(steps) == every


def test_every_third_step_is_reported_and_the_first_and_the_last() -> None:
    history = softstep.load(TABLE).train(8, every=3)["history"]
    assert history.rows == ("0", "3", "6", "8")


def test_a_training_stops_at_once_if_the_loss_is_already_low_enough() -> None:
    assert softstep.load(TABLE).train(10, until_loss=2)["history"].rows == ("0",)


def test_the_norm_of_a_gradient_is_finite_even_if_its_squares_overflow() -> None:
    problem = problem_in("embeddings: [[1e200], [-1e200]]\nlabels: [0, 1]\nweights: [[0], [0]]\nlearning_rate: 1\n")
    assert problem.train(1)["history"].value[0, 2] == pytest.approx(math.hypot(5e199, 5e199))


def test_a_problem_with_more_than_two_features_has_no_plane() -> None:
    problem = softstep.load(TABLE)
    assert problem.plane(problem.train(1)) is None


def test_a_training_beyond_float64_has_diverged_in_both_arithmetics(tmp_path: Path) -> None:
    """The columns of dW cancel, so their sum does not show the overflow."""
    text = "embeddings: [[1, 2]]\nweights: [[1, 2], [3, 4]]\nlearning_rate: 1e308\nlabels: [0]\n"
    for rounding in ("", "rounding: {every_step: true}\n"):
        result = problem_in(text + rounding).train(3)
        assert result.status == 1
        assert "Diverged at step 1: updated_weights: W′ at w0, feature x_1 is beyond" in result.text("table")
