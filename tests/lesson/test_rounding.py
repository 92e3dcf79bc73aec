"""Rounding: a tie is decided on the decimal number, never by the binary noise of float64."""

from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import permutations
from operator import add

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.oracle import round_exactly

from softstep.lesson.rounding import (
    Rounding,
    all_digits,
    consistent_figure,
    decimals_needed,
    digits,
    round_floats,
    round_numbers,
)

TERMS = [0.5 * 0.17, 0.6 * 0.4, 0.7 * -0.14, 0.8 * 0.51, 0.05]
"""The terms of the article's h_1[0], which is 0.685 exactly."""


def printed_number(x: float, places: int, ties: str = "half-up") -> str:
    return str(digits(np.array(x), places, ties).item())


@pytest.mark.parametrize(
    ("x", "half_up", "half_even", "half_down"),
    [
        (0.685, "0.69", "0.68", "0.68"),
        (0.235, "0.24", "0.24", "0.23"),
        (-0.685, "-0.69", "-0.68", "-0.68"),
        (1.005, "1.01", "1.00", "1.00"),
        (2.675, "2.68", "2.68", "2.67"),
        (0.125, "0.13", "0.12", "0.12"),
        (-0.005, "-0.01", "0.00", "0.00"),
        (0.0049999, "0.00", "0.00", "0.00"),
        (0.68500001, "0.69", "0.69", "0.69"),
        (1e15 + 0.5, "1000000000000000.50", "1000000000000000.50", "1000000000000000.50"),
        (123456789.685001, "123456789.69", "123456789.69", "123456789.69"),
        (123456789.6850001, "123456789.69", "123456789.68", "123456789.68"),  # a 16th digit is noise
        (123456789012345.67, "123456789012345.67", "123456789012345.67", "123456789012345.67"),
    ],
)
def test_a_tie_is_decided_on_the_decimal(x: float, half_up: str, half_even: str, half_down: str) -> None:
    assert [printed_number(x, 2, ties) for ties in Rounding.TIES] == [half_up, half_even, half_down]


def test_a_sum_is_rounded_the_same_in_every_order() -> None:
    sums = {reduce(add, order) for order in permutations(TERMS)}  # sum() has corrected its own noise since Python 3.12
    assert len(sums) > 1, "in float64 the order must matter, or this test checks nothing"
    assert {f"{x:.2f}" for x in sums} == {"0.68", "0.69"}
    for ties, expected in zip(Rounding.TIES, ("0.69", "0.68", "0.68"), strict=True):
        assert {printed_number(x, 2, ties) for x in sums} == {expected}


@given(
    numerator=st.integers(-(10**7), 10**7),
    typed_places=st.integers(0, 6),
    places=st.integers(0, 6),
    ties=st.sampled_from(list(Rounding.TIES)),
)
def test_any_short_decimal_is_rounded_exactly(numerator: int, typed_places: int, places: int, ties: str) -> None:
    x = Fraction(numerator, 10**typed_places)
    assert Fraction(printed_number(float(x), places, ties)) == round_exactly(x, places, ties)


@given(
    typed=st.lists(
        st.tuples(st.integers(-(10**6), 10**6), st.sampled_from([0, 5, 7]), st.sampled_from([-1, 0, 1]))
        | st.tuples(st.integers(-(10**14), 10**14), st.sampled_from([0, 5]), st.just(0)),
        min_size=1,
        max_size=4,
    ),
    places=st.integers(0, 6),
    more=st.integers(0, 2),
    ties=st.sampled_from(list(Rounding.TIES)),
)
@example([(61628470833807, 5, 0)], 2, 1, "half-up")
def test_floats_and_their_neighbours_are_rounded_like_the_decimals_typed(
    typed: list[tuple[int, int, int]], places: int, more: int, ties: str
) -> None:
    exact = [Fraction(10 * number + last_digit, 10 ** (places + more)) for number, last_digit, _ in typed]
    x = np.array(exact, dtype=float)
    found = round_floats(np.nextafter(x, x + [towards for *_, towards in typed]), places, ties)
    assert found.tolist() == [float(round_exactly(number, places, ties)) for number in exact]
    assert not np.signbit(found[found == 0]).any()


@given(x=st.floats(-1e15, 1e15), places=st.integers(0, 15), ties=st.sampled_from(list(Rounding.TIES)))
def test_rounding_stays_within_half_a_unit_and_never_gives_minus_zero(x: float, places: int, ties: str) -> None:
    text = printed_number(x, places, ties)
    noise = max(abs(Fraction(x)) / 10**14, Fraction(1, 10 ** (places + 8)))
    assert abs(Fraction(text) - Fraction(x)) <= Fraction(1, 2 * 10**places) + noise
    assert not (text.startswith("-") and float(text) == 0)
    assert len(text.partition(".")[2]) == places


def test_large_numbers_are_printed_in_powers_of_ten() -> None:
    assert [printed_number(x, 2) for x in (1e15, 1e16, -1.7976931348623157e308)] == [
        "1000000000000000.00", "1.00e+16", "-1.80e+308",
    ]  # fmt: skip


def test_infinity_and_nan_are_printed_as_words() -> None:
    assert [printed_number(x, 2) for x in (float("inf"), float("-inf"), float("nan"))] == ["inf", "-inf", "nan"]


def test_exact_decimals_are_rounded_without_removing_noise() -> None:
    noise_like = np.array([Decimal("0.6849999999999999999")], dtype=object)
    assert str(round_numbers(noise_like, 2, "half-up")[0]) == "0.68"
    assert str(round_numbers(noise_like.astype(float), 2, "half-up")[0]) == "0.69"


def test_rounding_keeps_the_shape() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert round_numbers(x, 1, "half-up").shape == digits(x, 1, "half-up").shape == (2, 3)
    assert round_numbers(np.zeros((0, 3)), 1, "half-up").shape == (0, 3)


@given(
    x=st.lists(
        st.floats() | st.builds(lambda n, places: n / 10**places, st.integers(-(10**17), 10**17), st.integers(0, 17)),
        max_size=4,
    ),
    most=st.integers(0, 15),
)
@example([0.5, 0.25], 15)
@example([1e-7, 3.0, 100.0], 15)
@example([1 / 3], 4)
@example([3e12 + 0.125], 4)
@example([float("inf")], 15)
def test_the_decimals_needed_are_those_of_the_longest_entry(x: list[float], most: int) -> None:
    typed = [f"{Decimal(repr(number)):f}".partition(".")[2].rstrip("0") for number in x if np.isfinite(number)]
    assert decimals_needed(np.array(x), most) == min(most, max(map(len, typed), default=0))


@pytest.mark.parametrize(
    ("number", "most", "text"),
    [
        ("12.340", 4, "12.34"),
        ("12.345", 4, None),
        ("1e-4", 4, "0.0001"),
        ("1e-5", 4, None),
        ("1e4", 4, "10000"),
        ("1e5", 4, None),
        ("Infinity", 4, "inf"),
    ],
)
def test_a_short_decimal_is_written_without_rounding(number: str, most: int, text: str | None) -> None:
    assert all_digits(Decimal(number), most) == text


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        (Decimal("0.32496"), 4, "0.32496"),
        (Decimal("12345678901234567890.124"), 3, "12345678901234567890.124"),
        (0.68499999999999994, 16, "0.6850000000000000"),
        (float("inf"), 4, "inf"),
    ],
)
def test_a_figure_gets_the_fewest_places_that_still_round_correctly(
    number: float | Decimal, places: int, text: str
) -> None:
    assert consistent_figure(number, places, 2, "half-up") == text
