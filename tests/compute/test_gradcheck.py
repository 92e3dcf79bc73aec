"""Gradient check: the derivative agrees with differences of the loss at any scale, other gradients do not."""

import numpy as np
import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep

TABLE = CONFIGS / "article_table.yaml"


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6], ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_the_derivative_passes_the_check_at_any_scale(seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    N, d, K = random.integers(2, 9), random.integers(1, 5), random.integers(2, 6)
    Z = random.normal(size=(N, d)) * scale * random.choice([1.0, 1e-3, 0.0], size=d)
    W = random.normal(size=(K, d)) * 2 / scale
    result = softstep.Problem(embeddings=Z, labels=[int(c) for c in random.integers(K, size=N)], weights=W).gradcheck()
    assert float(result["worst_error"].value) < 1e-6
    assert (result.status, result.complaints) == (0, ())


def test_the_derivative_passes_the_check_after_training() -> None:
    problem = softstep.load(TABLE)
    trained = softstep.Problem.of(problem.setting)
    for _ in range(5):
        weights = trained.train(1000)
        values = {**trained.given.values, **{key: weights[key].value for key in ("weights", "biases")}}
        trained = softstep.Problem.of(
            softstep.Problem(
                embeddings=values["embeddings"], labels=problem.given.values["labels"], weights=values["weights"],
                biases=values["biases"], learning_rate=0.2,
            ).setting
        )  # fmt: skip
    assert float(trained.loss()["loss"].value) < 0.05
    assert trained.gradcheck().status == 0


def test_the_differences_equal_differences_of_the_loss() -> None:
    problem = softstep.load(TABLE)
    result = problem.gradcheck()
    values = problem.given.values
    Z, W, b, y = (np.array(values[key]) for key in ("embeddings", "weights", "biases", "labels"))

    def loss(W: np.ndarray) -> float:
        H = Z @ W.T + b
        return float((np.log(np.exp(H).sum(axis=1)) - H[np.arange(len(y)), y]).mean())

    for at in np.ndindex(W.shape):
        above, below = W.copy(), W.copy()
        above[at] += 1e-5
        below[at] -= 1e-5
        expected = (loss(above) - loss(below)) / 2e-5
        assert result["weight_differences"].value[at] == pytest.approx(expected, abs=1e-9)


def test_errors_are_printed_in_powers_of_ten() -> None:
    result = problem_in(TABLE.read_text()).gradcheck()
    digits = result["weight_errors"].digits()
    assert all("e-" in error for row in digits for error in row)
    assert "e-" in result.text("latex") or "10^{" in result.text("latex")
