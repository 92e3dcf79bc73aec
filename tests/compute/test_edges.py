"""The edges of float64: a table of exact expectations, and random problems compared with 200-digit decimals.

Nothing may warn: pytest and the fixture `call` turn every warning into an error.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, localcontext
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given as given_random
from hypothesis import settings
from hypothesis import strategies as st
from support.problems import few_and_many
from support.running import Call

import softstep

DIGITS = Context(prec=200)
LARGEST, LEAST = 1.7976931348623157e308, 5e-324
"""The largest float64, and the smallest positive one."""

LETTERS = {
    "P": "probabilities",
    "losses": "node_losses",
    "L": "loss",
    "R": "residuals",
    "dW": "weight_gradients",
    "db": "bias_gradients",
    "W": "updated_weights",
    "b": "updated_biases",
}


def logits(*H: Any, y: Any) -> dict[str, Any]:
    """A problem that starts with logits."""
    return {"logits": [*H], "labels": y}


def layer(Z: Any, W: Any, y: Any, alpha: float = 1) -> dict[str, Any]:
    """A problem that starts with embeddings."""
    return {"embeddings": Z, "weights": W, "labels": y, "learning_rate": alpha}


def shares(*P: Any, y: Any) -> dict[str, Any]:
    """A problem that starts with probabilities."""
    return {"probabilities": [*P], "labels": y}


def page(**expected: Any) -> dict[str, Any]:
    """Expected values by letter: a number to the last bit and the sign, a Decimal to 1e-15, text to its last digit."""
    return {LETTERS[letter]: value for letter, value in expected.items()}


def ln(x: Decimal | float | str) -> Decimal:
    return DIGITS.ln(Decimal(x))


def exp(x: Decimal | float | str) -> Decimal:
    return DIGITS.exp(Decimal(x))


def ratio(a: Decimal | float | str, b: Decimal | float | str) -> Decimal:
    return DIGITS.divide(Decimal(a), Decimal(b))


def decimals(text: str) -> list[Decimal]:
    return [Decimal(figure) for figure in text.split()]


E_10 = float(exp(10))
THIRD = ratio(1, 3)
SINGLE = float(np.float32(0.1))
SCIPY_P = decimals("0.03205860328008499 0.08714431874203256 0.23688281808991013 0.6439142598879722")
SCIPY_LOSSES = decimals("3.4401896985611953 2.4401896985611953 1.4401896985611953 0.44018969856119533")

EDGES = {
    "logits of ±10,000": (
        logits([1e4, -1e4], [-1e4, 1e4], y=[1, 1]),
        page(P=[[1, 0], [0, 1]], losses=[20_000, 0], L=10_000, R=[[1, -1], [0, 0]], db=[0.5, -0.5]),
    ),
    "logits of ±1e308, right": (
        logits([1e308, -1e308], y=[0]),
        page(P=[[1, 0]], losses=[0], L=0, R=[[0, 0]], db=[0, 0]),
    ),
    "logits of ±1e308, wrong: 2e308 is beyond float64": (
        logits([1e308, -1e308], y=[1]),
        page(P=[[1, 0]], losses=[inf], L=inf, R=[[1, -1]], db=[1, -1]),
    ),
    "two logits of 1e308": (
        logits([1e308, 1e308, 0], y=[0]),
        page(P=[[0.5, 0.5, 0]], losses=[ln(2)], L=ln(2), R=[[-0.5, 0.5, 0]], db=[-0.5, 0.5, 0]),
    ),
    "the largest logit": (
        logits([0, LARGEST], y=[0]),
        page(P=[[0, 1]], losses=[LARGEST], L=LARGEST, R=[[-1, 1]], db=[-1, 1]),
    ),
    "losses whose sum is beyond float64, and not their mean": (
        logits([1e308, 0], [1e308, 0], y=[1, 1]),
        page(losses=[1e308, 1e308], L=1e308),
    ),
    "all equal": (
        logits([7.3] * 5, [-1e308] * 5, y=[4, 0]),
        page(P=[[0.2] * 5] * 2, losses=[ln(5)] * 2, L=ln(5), R=[[0.2] * 4 + [-0.8], [-0.8] + [0.2] * 4]),
    ),
    "zeros of either sign": (
        logits([0.0, -0.0], [-0.0, 0.0], y=[0, 0]),
        page(P=[[0.5, 0.5]] * 2, L=ln(2), db=[-0.5, 0.5]),
    ),
    "exponentials that cannot be added up": (
        logits([709.7, 709.7], [-745, -745], y=[0, 0]),
        page(P=[[0.5, 0.5]] * 2, L=ln(2), db=[-0.5, 0.5]),
    ),
    "a spread of 1,400, wrong": (
        logits([700, -700], y=[1]),
        page(P=[[1, 0]], losses=[1400], L=1400, R=[[1, -1]], db=[1, -1]),
    ),
    "a spread of 1,400, right": (
        logits([700, -700], y=[0]),
        page(P=[[1, 0]], losses=[0], L=0, R=[[0, 0]], db=[0, 0]),
    ),
    "one node, one class": (
        layer([[3.7]], [[-2]], [0]),
        page(P=[[1]], losses=[0], L=0, R=[[0]], dW=[[0]], db=[0], W=[[-2]], b=[0]),
    ),
    "one node": (
        layer([[1, 2]], [[0, 0], [0, 0]], [1]),
        page(P=[[0.5, 0.5]], L=ln(2), R=[[0.5, -0.5]], dW=[[0.5, 1], [-0.5, -1]], W=[[-0.5, -1], [0.5, 1]]),
    ),
    "a class nobody has": (
        layer([[1], [3]], [[0], [0], [0]], [0, 1]),
        page(P=[[THIRD] * 3] * 2, dW=[[ratio(1, 6)], [ratio(-5, 6)], [ratio(2, 3)]], db=[*[ratio(-1, 6)] * 2, THIRD]),
    ),
    "all labels the same": (
        layer([[1], [2], [3]], [[0], [0]], [1, 1, 1]),
        page(L=ln(2), R=[[0.5, -0.5]] * 3, dW=[[1], [-1]], db=[0.5, -0.5]),
    ),
    "subnormal probabilities": (
        logits([0, -740], [0, -745], [0, -746], y=[1, 0, 0]),
        page(P=[[1, exp(-740)], [1, LEAST], [1, 0]], losses=[740, LEAST, 0], R=[[1, -1], [0, LEAST], [0, 0]]),
    ),
    "a sure answer: P is 1 and R 0, the loss is what is missing": (
        logits([46, 0], y=[0]),
        page(P=[[1, exp(-46)]], losses=[exp(-46)], L=exp(-46), R=[[0, exp(-46)]]),
    ),
    "terms that cancel": (
        layer([[1e4, -1e4, 1]], [[1e4, 1e4, 1], [1e4, 1e4, 0]], [1]),
        page(P=[[ratio(1, 1 + exp(-1)), ratio(1, 1 + exp(1))]], losses=[ln(1 + exp(1))]),
    ),
    "integers": (
        layer(np.array([[1, 2], [3, 4]], dtype=np.int8), np.array([[-1, 0], [0, 0]]), np.array([0, 1], dtype=np.uint8)),
        page(losses=[ln(1 + exp(1)), ln(1 + exp(-3))]),
    ),
    "float32, taken as it is": (
        {"logits": np.array([[SINGLE, 0], [0, 1e38]], dtype=np.float32), "labels": [1, 0]},
        page(losses=[ln(1 + exp(SINGLE)), float(np.float32(1e38))]),
    ),
    "a learning rate of 1e308": (
        layer([[1, 0.5]], [[0, 0], [0, 0]], [0], 1e308),
        page(dW=[[-0.5, -0.25], [0.5, 0.25]], W=[[5e307, 2.5e307], [-5e307, -2.5e307]], b=[5e307, -5e307]),
    ),
    "a learning rate of 5e-324": (
        layer([[4, 2]], [[0, 1], [0, 1]], [0], LEAST),
        page(dW=[[-2, -1], [2, 1]], W=[[2 * LEAST, 1], [-2 * LEAST, 1]]),
    ),
    # SciPy, scipy/special/tests/test_logsumexp.py: TestSoftmax, TestLogSoftmax, and logsumexp of equal numbers
    "SciPy: softmax [1000, 0, 0, 0]": (logits([1000, 0, 0, 0], y=[0]), page(P=[[1, 0, 0, 0]])),
    "SciPy: softmax [0, 1]": (logits([0, 1], y=[0]), page(P=[[ratio(1, 1 + exp(1)), ratio(exp(1), 1 + exp(1))]])),
    "SciPy: softmax 0 … 3, moved by 100": (
        logits([0, 1, 2, 3], [100, 101, 102, 103], y=[0, 0]),
        page(P=[SCIPY_P, SCIPY_P]),
    ),
    "SciPy: softmax of wide rows": (
        logits([-25, 0, 25, 50], [1, 325, 749, 750], y=[0, 0]),
        page(
            P=[
                decimals("2.678636961770877e-33 1.9287498479371314e-22 1.3887943864771144e-11 0.999999999986112"),
                [0, *decimals("1.9444526359919372e-185 0.2689414213699951 0.7310585786300048")],
            ]
        ),
    ),
    "SciPy: log_softmax [1000, 1]": (logits([1000, 1], [1000, 1], y=[0, 1]), page(losses=[0, 999])),
    "SciPy: log_softmax 0 … 3, moved by 100": (
        logits(*[[0, 1, 2, 3]] * 4, *[[100, 101, 102, 103]] * 4, y=[0, 1, 2, 3] * 2),
        page(losses=SCIPY_LOSSES * 2),
    ),
    "SciPy: logsumexp of 1,000 times 10,000": (logits([10_000] * 1000, y=[0]), page(L=ln(1000))),
    # scikit-learn, sklearn/_loss/tests/test_loss.py: test_loss_on_specific_values, test_loss_of_perfect_prediction
    "scikit-learn: HalfMultinomialLoss [0.2, 0.5, 0.3]": (
        logits(*[[0.2, 0.5, 0.3]] * 3, y=[0, 1, 2]),
        page(losses=[ln(exp(0.2) + exp(0.5) + exp(0.3)) - Decimal(h) for h in (0.2, 0.5, 0.3)]),
    ),
    "scikit-learn: HalfMultinomialLoss [10000, 0, 7e-7]": (logits([1e4, 0, 7e-7], y=[2]), page(L=1e4 - 7e-7)),
    "scikit-learn: a perfect prediction": (
        logits([E_10, -E_10, -E_10], [-E_10, E_10, -E_10], [-E_10, -E_10, E_10], y=[0, 1, 2]),
        page(losses=[0, 0, 0], L=0, R=[[0, 0, 0]] * 3),
    ),
    # scikit-learn, sklearn/metrics/tests/test_classification.py: test_log_loss, without its eps
    "scikit-learn: log_loss, two classes": (
        shares([0.5, 0.5], [0.1, 0.9], [0.01, 0.99], [0.9, 0.1], [0.75, 0.25], [0.001, 0.999], y=[0, 0, 0, 1, 1, 1]),
        page(L=-sum(map(ln, (0.5, 0.1, 0.01, 0.1, 0.25, 0.999))) / 6),
    ),
    "scikit-learn: log_loss, three classes": (
        shares([0.2, 0.7, 0.1], [0.6, 0.2, 0.2], [0.6, 0.1, 0.3], y=[1, 0, 2]),
        page(L="0.6904911"),
    ),
    "scikit-learn: log_loss of sure answers": (shares([1, 0, 0], [0, 1, 0], [0, 0, 1], y=[0, 1, 2]), page(L=0)),
    "scikit-learn: log_loss of a sure answer that is wrong": (
        shares([0, 0.5, 0.5], [0, 1, 0], [0, 0, 1], y=[0, 1, 2]),
        page(losses=[inf, 0, 0], L=inf),
    ),
    # PyTorch, github.com/pytorch/pytorch/issues/11752: cross_entropy gave 0
    "PyTorch: cross_entropy [1e8, 1e8]": (logits([1e8, 1e8], y=[1]), page(L=ln(2))),
    # PyTorch's LogSoftmax, as printed in github.com/tracel-ai/burn/issues/315
    "PyTorch: log_softmax [-781.1664 …]": (
        logits(*[[-781.1664, -1043.7303, 890.2518, -1234.9999, -1622.5167, -2174.6855]] * 2, y=[0, 2]),
        page(losses=["1671.4182", 0]),
    ),
    # PyTorch's LogSoftmax, as NNlib.jl's test/runtests.jl has it
    "PyTorch: log_softmax of thousands": (logits([1, 2, 3000], [1, 2, 3000], y=[0, 1]), page(losses=[2999, 2998])),
    "PyTorch: log_softmax of thousands in twos": (
        logits([1, 1000], [2, 2000], [3, 3000], y=[0, 0, 0]),
        page(losses=[999, 1998, 2997]),
    ),
}
"""Each problem with its expected values."""

COMMANDED = (
    "logits of ±10,000",
    "logits of ±1e308, wrong: 2e308 is beyond float64",
    "two logits of 1e308",
    "losses whose sum is beyond float64, and not their mean",
    "one node, one class",
    "subnormal probabilities",
    "a learning rate of 1e308",
)
"""The rows that the command is run on as well."""


def pairs(got: Any, expected: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the numbers of two nested lists in pairs."""
    if isinstance(expected, list):
        for each in zip(got, expected, strict=True):
            yield from pairs(*each)
    else:
        yield got, expected


def is_as_expected(got: float, expected: float | Decimal | str) -> bool:
    """Whether a number equals a float to the last bit and sign, a Decimal to 1e-15, or rounds to a text."""
    if isinstance(expected, str):
        return Decimal(got).quantize(Decimal(expected)) == Decimal(expected)
    if isinstance(expected, Decimal):
        return got == float(expected) or abs(Decimal(got) - expected) <= Decimal("1e-15") * abs(expected)
    return repr(got) == repr(float(expected))


@pytest.mark.parametrize("edge", EDGES)
def test_every_number_at_an_edge_is_exact(edge: str) -> None:
    given, expected = EDGES[edge]
    result = softstep.Problem(**given).run()
    for key, numbers in expected.items():
        assert [pair for pair in pairs(result[key].value.tolist(), numbers) if not is_as_expected(*pair)] == [], key


@pytest.mark.parametrize("edge", COMMANDED)
def test_the_command_prints_the_numbers_of_the_result(edge: str, call: Call, write: Callable[..., Path]) -> None:
    given, expected = EDGES[edge]
    config = write("".join(f"{key}: {json.dumps(value)}\n" for key, value in given.items()))
    done = call("run", config, "-f", "json")
    notes = "".join(f"{config}: {note}\n" for note in softstep.load(config).setting.notes)
    assert (done.returncode, done.stderr) == (0, notes)
    steps, result = json.loads(done.stdout)["steps"], softstep.Problem(**given).run()
    for key in expected:
        printed = steps[key].get("values", steps[key].get("value"))
        assert all(repr(float(got)) == repr(its) for got, its in pairs(printed, result[key].value.tolist())), key


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_can_be_printed_with_its_working(edge: str) -> None:
    assert "Loss  L = " in softstep.Problem(**EDGES[edge][0]).run().text("table", work=True)


@pytest.mark.parametrize("classes", [10**5, pytest.param(10**6, marks=pytest.mark.slow)])
def test_many_equal_logits_have_equal_probabilities(classes: int) -> None:
    result = softstep.Problem(logits=np.full((1, classes), 700.0), labels=[5]).run()
    assert is_as_expected(float(result["loss"].value), ln(classes))
    assert (result["probabilities"].value == 1 / classes).all()


@pytest.mark.parametrize("nodes", [10**5, pytest.param(10**6, marks=pytest.mark.slow)])
def test_many_equal_nodes_have_the_loss_and_gradient_of_one_node(nodes: int) -> None:
    result = softstep.Problem(logits=np.full((nodes, 4), 1e308), labels=np.ones(nodes, dtype=int)).run()
    assert is_as_expected(float(result["loss"].value), ln(4))
    assert result["bias_gradients"].value.tolist() == [0.25, -0.75, 0.25, 0.25]


def test_a_mean_within_float64_is_found_even_if_its_sum_overflows() -> None:
    y = np.ones(10**5, dtype=int)
    wrong = softstep.Problem(logits=np.tile([1e308, 0], (len(y), 1)), labels=y).loss()
    assert is_as_expected(float(wrong["loss"].value), Decimal("1e308"))
    large = softstep.Problem(embeddings=np.full((len(y), 1), 5e303), weights=[[0], [0]], labels=y).grad()
    assert large["weight_gradients"].value.tolist() == pytest.approx(np.array([[2.5e303], [-2.5e303]]), rel=1e-13)


Bounded = tuple[Decimal, Decimal]
"""A number, and the size that its error is relative to."""

STEP = Decimal("1e-308")
"""1e-15 of this is two steps between subnormal numbers, the error allowed for an exponential and a division."""


def ln_1_plus(x: Decimal) -> Decimal:
    """ln(1 + x), also for an x so small that 1 + x is 1 in 200 digits."""
    return x - x * x / 2 if x < Decimal("1e-100") else (1 + x).ln()


def node_quantities(h: list[Decimal], sizes: list[Decimal], label: int) -> dict[str, list[Bounded]]:
    """Every quantity of a node from its logits and their `sizes`, with the size its error is relative to."""
    top = h.index(max(h))
    T = [(x - h[top]).exp() for x in h]
    P = [t / sum(T) for t in T]
    Y = [Decimal(c == label) for c in range(len(h))]
    R = [p - one for p, one in zip(P, Y, strict=True)]
    loss = h[top] - h[label] + ln_1_plus(sum(T[:top] + T[top + 1 :], Decimal(0)))
    moves = [h[top] - x + size for x, size in zip(h, sizes, strict=True)]
    move = sum(p * m for p, m in zip(P, moves, strict=True))
    of_P = [p * (1 + m + move) + STEP for p, m in zip(P, moves, strict=True)]
    of_R = [size + one for size, one in zip(of_P, Y, strict=True)]
    of_loss = loss + sum(abs(r) * m for r, m in zip(R, moves, strict=True)) + STEP * len(h)
    return {
        "logits": [*zip(h, sizes, strict=True)],
        "probabilities": [*zip(P, of_P, strict=True)],
        "residuals": [*zip(R, of_R, strict=True)],
        "node_losses": [(loss, of_loss)],
    }


def reference(given: dict[str, Any]) -> dict[str, list[Bounded]]:
    """Each quantity in 200 digits from the given float64 numbers, with the size that its error is relative to:

    - a logit: the sum of the sizes of its terms, Σ |z w| + |b|; a given logit has no error
    - P: P (1 + m + Σ P m), because an error of h or of max h − h is a relative error of exp; m is the size of both
    - R = P − Y: the same, plus Y. For P close to 1, P − 1 is accurate to 1e-15 of 1: if 1 − P is 1e-20, R is 0, as on
      the page
    - ℓ: ℓ + Σ |R| m. So the loss of a confident right answer is accurate to the last digits, even if its R is 0
    - L, dW and db: the sums of the sizes of their terms
    """
    with localcontext(DIGITS):
        table = {
            key: [[Decimal(float(x)) for x in row] for row in given.get(key, ())]
            for key in ("logits", "embeddings", "weights")
        }
        Z, W, H = table["embeddings"], table["weights"], table["logits"]
        b = [Decimal(float(x)) for x in given.get("biases", [0] * len(W))]
        terms = [[[c, *(x * v for x, v in zip(z, w, strict=True))] for w, c in zip(W, b, strict=True)] for z in Z]
        sizes = [[sum(map(abs, each)) for each in row] for row in terms] or [[Decimal(0)] * len(h) for h in H]
        H = H or [[sum(each) for each in row] for row in terms]
        nodes = [node_quantities(h, size, int(c)) for h, size, c in zip(H, sizes, given["labels"], strict=True)]

        def mean(numbers: list[Bounded], factors: list[Decimal]) -> Bounded:
            value = sum(x * f for (x, _), f in zip(numbers, factors, strict=True))
            size = sum(relative_to * abs(f) for (_, relative_to), f in zip(numbers, factors, strict=True))
            return value / len(nodes), size / len(nodes) + STEP

        ones = [Decimal(1)] * len(nodes)
        columns = [[node["residuals"][c] for node in nodes] for c in range(len(H[0]))]
        return {
            **{key: [number for node in nodes for number in node[key]] for key in nodes[0]},
            "loss": [mean([node["node_losses"][0] for node in nodes], ones)],
            "bias_gradients": [mean(column, ones) for column in columns],
            "weight_gradients": [mean(column, [*x]) for column in columns for x in zip(*Z, strict=True)],
        }


def largest_errors(given: dict[str, Any]) -> dict[str, float]:
    """The largest error of each quantity, in units of 1e-15 of the size it is relative to."""
    result = softstep.Problem(**given).run()
    errors = {}
    with localcontext(DIGITS):
        expected = reference(given)
        for key in expected.keys() & result.keys():
            errors[key] = max(
                0 if x == float(number) else float(abs(Decimal(x) - number) / size * 10**15)
                for x, (number, size) in zip(result[key].value.ravel().tolist(), expected[key], strict=True)
            )
    return errors


def agrees_with_reference(given: dict[str, Any]) -> bool:
    """Whether all numbers agree with the reference to 1e-15."""
    return all(far <= 1 for far in largest_errors(given).values())


@pytest.mark.parametrize("edge", [edge for edge, (given, _) in EDGES.items() if "probabilities" not in given])
def test_every_number_at_an_edge_agrees_with_200_digits(edge: str) -> None:
    assert agrees_with_reference(EDGES[edge][0])


def random_problem(random: np.random.Generator, cancelling: bool) -> dict[str, Any]:
    """A random problem with numbers from 1e-6 to 1e4; if `cancelling`, large terms of each logit cancel."""
    N, K, d = random.integers(1, 9), random.integers(1, 7), random.integers(1, 7)
    Z, W, b = (
        random.normal(size=shape) * 10 ** random.uniform(-6, 4, shape[:1] + (1,) * (len(shape) - 1))
        for shape in ((N, d), (K, d), (K,))
    )
    if cancelling:
        Z = np.hstack([Z, -Z])
        W = np.hstack([W, W + random.normal(size=W.shape) / np.abs(Z).max()])
        b = b / np.abs(b).max()
    return {"embeddings": Z, "weights": W, "biases": b, "labels": random.integers(0, K, N)}


@few_and_many(12, 50)
@pytest.mark.parametrize("cancelling", [False, True], ids=["any", "cancelling"])
@pytest.mark.parametrize("seed", range(4))
def test_every_number_of_a_random_problem_agrees_with_200_digits(seed: int, cancelling: bool, cases: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(cases):
        given = random_problem(random, cancelling)
        assert agrees_with_reference(given), given


@settings(deadline=None)
@given_random(st.lists(st.floats(-700, 700), min_size=1, max_size=6), st.data())
def test_every_number_of_any_row_of_logits_agrees_with_200_digits(row: list[float], data: st.DataObject) -> None:
    assert agrees_with_reference(logits(row, y=[data.draw(st.integers(0, len(row) - 1))]))
