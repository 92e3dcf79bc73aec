"""By-hand arithmetic on random problems, every figure compared with exact fractions."""

from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.conventions import all_combinations, problem_with
from support.oracle import exp, floats, one_round, one_round_with_conventions, round_exactly
from support.problems import few_and_many, problem_in

import softstep
from softstep.lesson.rounding import Rounding


def random_number(random: Random, span: float, places: int) -> str:
    """A random number, as a user types it."""
    return f"{random.uniform(-span, span):.{random.randint(0, places)}f}"


def random_problem(random: Random, places: int) -> dict[str, Any]:
    """A random problem, its numbers as text."""
    N, K, d = random.randint(1, 8), random.randint(1, 5), random.randint(1, 5)
    span = random.choice([0.5, 1, 1, 2])
    return {
        "Z": [[random_number(random, span, places) for _ in range(d)] for _ in range(N)],
        "W": [[random_number(random, span, places) for _ in range(d)] for _ in range(K)],
        "b": [random_number(random, 1, places) for _ in range(K)],
        "y": [random.randrange(K) for _ in range(N)],
        "alpha": random.choice(["0.1", "0.2", "0.5", "1", "0.05"]),
    }


def config_text(given: dict[str, Any], gradient: str, places: int, loss_places: int, ties: str) -> str:
    """The problem as a config."""

    def as_list(rows: list[list[str]]) -> str:
        return ", ".join(f"[{', '.join(row)}]" for row in rows)

    return f"""\
embeddings: [{as_list(given["Z"])}]
weights: [{as_list(given["W"])}]
biases: [{", ".join(given["b"])}]
labels: {given["y"]}
learning_rate: {given["alpha"]}
gradient: {gradient}
rounding: {{every_step: true, decimals: {places}, loss_decimals: {loss_places}, ties: {ties}}}
"""


def count_ties(given: dict[str, Any], places: int) -> int:
    """How many logits are exactly half-way between two numbers of `places` decimals."""
    exact = (
        sum((Fraction(z) * Fraction(w) for z, w in zip(row, weights, strict=True)), Fraction(b))
        for row in given["Z"]
        for weights, b in zip(given["W"], given["b"], strict=True)
    )
    return sum((h * 10**places) % 1 == Fraction(1, 2) for h in exact)


@few_and_many(8, 150)
@pytest.mark.parametrize("gradient", ["standard", "article"])
@pytest.mark.parametrize("ties", Rounding.TIES)
@pytest.mark.parametrize(("places", "loss_places"), [(2, 4), (1, 3), (3, 3), (6, 8)])
def test_every_figure_equals_exact_decimal_arithmetic(
    places: int, loss_places: int, ties: str, gradient: str, cases: int
) -> None:
    random = Random(f"{places}{ties}{gradient}")
    ties_seen = compared_problems = 0
    for _ in range(cases):
        given = random_problem(random, min(places, 3))
        result = problem_in(config_text(given, gradient, places, loss_places, ties), "random", Path()).run()
        try:
            expected = one_round(
                **given, places=places, loss_places=loss_places, ties=ties, article=gradient == "article"
            )
        except (ZeroDivisionError, OverflowError):  # a probability of 0; test_steps has these
            continue
        for key, value in expected.items():
            assert result[key].value.tolist() == floats(value), (key, given)
        compared_problems += 1
        ties_seen += count_ties(given, places)
    assert compared_problems >= cases / 2
    assert ties_seen > cases / 15 or places > 3


@few_and_many(20, 400)
@pytest.mark.parametrize("ties", Rounding.TIES)
@pytest.mark.parametrize(("places", "loss_places"), [(2, 4), (3, 3), (6, 8)])
def test_every_figure_with_conventions_equals_exact_decimal_arithmetic(
    places: int, loss_places: int, ties: str, cases: int
) -> None:
    random = Random(f"{places}{ties}")
    compared_problems = 0
    rounding = {"every_step": True, "decimals": places, "loss_decimals": loss_places, "ties": ties}
    for options in random.sample(all_combinations(), cases):
        keys = problem_with({**options, "features as rows": False}, random)
        result = softstep.Problem(**keys, rounding=rounding).run()
        try:
            expected = one_round_with_conventions(keys, places=places, loss_places=loss_places, ties=ties)
        except (ZeroDivisionError, OverflowError):  # a probability of 0; test_steps has these
            continue
        assert [key for key in result if key not in expected] == ["loss_after"]
        for key, value in expected.items():
            assert result[key].value.tolist() == floats(value), (key, keys)
        compared_problems += 1
    assert compared_problems >= cases / 2


@pytest.mark.parametrize("ties", Rounding.TIES)
def test_large_terms_that_cancel_leave_no_noise(ties: str) -> None:
    given = {
        "Z": [["123456.78", "-123456.78"], ["0.5", "99999.99"]],
        "W": [["1000.01", "1000.005"], ["0.01", "0.00001"]],
        "b": ["-617.2839", "0.00000005"],
        "y": [0, 1],
        "alpha": "0.1",
    }
    result = problem_in(config_text(given, "standard", 2, 2, ties), "cancelling", Path()).forward()
    exact = [
        [sum(Fraction(a) * Fraction(w) for a, w in zip(z, weights, strict=True)) + Fraction(b)
         for weights, b in zip(given["W"], given["b"], strict=True)]
        for z in given["Z"]
    ]  # fmt: skip
    assert exact[0][0] * 100 % 1 == 0
    assert result["logits"].value.tolist() == [[float(round(h, 2)) for h in row] for row in exact]


def test_digits_beyond_float64_are_exact() -> None:
    text = "logits: [[5.1, 4.7]]\nlabels: [0]\nrounding: {every_step: true, decimals: 15}\n"
    result = problem_in(text, "fine", Path()).forward()
    exponentials = [round_exactly(exp(Fraction(h)), 15, "half-up") for h in ("5.1", "4.7")]
    assert [Fraction(digits) for digits in result["exponentials"].digits()[0]] == exponentials
    assert Fraction(result["normalizers"].digits()[0]) == sum(exponentials)


@pytest.mark.parametrize("ties", ["half-up", "half-even", "half-down"])
@pytest.mark.parametrize("far", [20, 40, 60, 120])
def test_numbers_of_very_different_sizes_lose_no_digits(far: int, ties: str) -> None:
    """In some logits large terms cancel; in others a tiny term decides a tie."""
    large, tiny = f"1e{far}", f"1e-{far}"
    Z = [[large, "0.5", large], [tiny, "0.005", "0"], ["0", "-0.005", tiny]]
    W = [[large, "1", f"-{large}"], ["1", "1", "-1"]]
    text = config_text({"Z": Z, "W": W, "b": ["0", "0"], "y": [0, 1, 0], "alpha": "1"}, "standard", 2, 2, ties)
    numbers = problem_in(text).forward()["logits"].numbers.tolist()
    exact = [[sum(Fraction(z) * Fraction(w) for z, w in zip(row, weights, strict=True)) for weights in W] for row in Z]
    assert [[Fraction(h) for h in row] for row in numbers] == [
        [round_exactly(Fraction(h), 2, ties) for h in row] for row in exact
    ]
