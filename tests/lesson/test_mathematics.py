"""The formulae in full precision, compared with finite differences and with what holds for every softmax layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softstep.lesson import maths

SEEDS = range(20)


def random_problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Random Z, W, b and y."""
    random = np.random.default_rng(seed)
    N, K, d = random.integers(1, 9), random.integers(1, 6), random.integers(1, 6)
    return random.normal(size=(N, d)), random.normal(size=(K, d)), random.normal(size=K), random.integers(0, K, N)


def stable_probabilities(H: np.ndarray) -> np.ndarray:
    return maths.stable_probabilities(maths.relative_exponentials(H))


def stable_node_losses(H: np.ndarray, y: np.ndarray) -> np.ndarray:
    return maths.stable_node_losses(H, maths.relative_exponentials(H), y)


def loss(Z: np.ndarray, W: np.ndarray, b: np.ndarray, y: np.ndarray) -> float:
    return float(maths.loss(stable_node_losses(maths.logits(Z, W, b), y)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradients_equal_central_differences_of_the_loss(seed: int) -> None:
    Z, W, b, y = random_problem(seed)
    R = maths.residuals(stable_probabilities(maths.logits(Z, W, b)), y)
    h = 1e-6
    for parameter, gradient in ((W, maths.weight_gradients(R, Z)), (b, maths.bias_gradients(R))):
        for at in np.ndindex(parameter.shape):
            kept = parameter[at]
            parameter[at] = kept + h
            above = loss(Z, W, b, y)
            parameter[at] = kept - h
            below = loss(Z, W, b, y)
            parameter[at] = kept
            assert gradient[at] == pytest.approx((above - below) / (2 * h), abs=1e-8)


def test_the_articles_gradient_differs_from_the_derivative() -> None:
    Z, W, b, y = random_problem(1)
    P = stable_probabilities(maths.logits(Z, W, b))
    R = maths.article_residuals(P, y)
    assert np.abs(maths.article_weight_gradients(R, Z) - maths.weight_gradients(maths.residuals(P, y), Z)).max() > 0.1
    assert np.abs(maths.article_bias_gradients(R) - maths.bias_gradients(maths.residuals(P, y))).max() > 0.1


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=6),
    st.integers(-1000, 1000),
    st.integers(0, 5),
)
def test_adding_a_constant_to_all_logits_changes_nothing(row: list[int], shift: int, label: int) -> None:
    H, y = np.array([row], dtype=float), np.array([label % len(row)])
    assert (stable_probabilities(H) == stable_probabilities(H + shift)).all()
    assert (stable_node_losses(H, y) == stable_node_losses(H + shift, y)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_residuals_of_a_node_add_up_to_0(seed: int) -> None:
    Z, W, b, y = random_problem(seed)
    R = maths.residuals(stable_probabilities(maths.logits(Z, W, b)), y)
    assert R.sum(axis=1) == pytest.approx(np.zeros(len(y)), abs=1e-15)


def test_equal_probabilities_predict_the_first_class() -> None:
    assert maths.predictions(np.array([[0.2, 0.4, 0.4], [0.5, 0.5, 0.0]])).tolist() == [1, 0]


def test_the_stable_forms_agree_with_the_page() -> None:
    Z, W, b, y = random_problem(3)
    H = maths.logits(Z, W, b)
    E = maths.exponentials(H, maths.shifts(H, 1e-300, 1e300))
    P = maths.probabilities(E, maths.normalizers(E))
    assert stable_probabilities(H) == pytest.approx(P, rel=1e-14)
    assert stable_node_losses(H, y) == pytest.approx(maths.node_losses(P, y), rel=1e-13)


def test_the_length_of_a_gradient_neither_overflows_nor_divides_by_0() -> None:
    assert maths.norm(np.array([[3e200]]), np.array([-4e200])) == pytest.approx(5e200)
    assert maths.norm(np.zeros((2, 3)), np.zeros(2)) == 0
