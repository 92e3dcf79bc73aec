"""Worked examples from course notes, textbooks and library documentation, against the figures that they print.

`published/` has each config with the title and the address of its source, and the figures as text, row by row; `*`
stands for one that the source does not print, or prints wrong, which the config then says.
"""

import re
from decimal import Decimal

import numpy as np
import pytest
from support.cases import cases_in
from support.problems import problem_in

CASES = {case.name: case for case in cases_in("published").values()}
PRINTED = {
    (name, line.partition(": ")[0]): line.partition(": ")[2] for name, case in CASES.items() for line in case["printed"]
}
"""(example, step): the figures, rows apart by `|`."""


def figures(text):
    """The printed figures as a table of text."""
    return np.array([row.split() for row in text.split("|")])


def rounds_to(value, figure):
    """Whether the value is the printed figure when it is rounded to the figure's last place."""
    return Decimal(repr(value)).quantize(Decimal(figure)) == Decimal(figure)


@pytest.mark.parametrize(("source", "step"), PRINTED, ids="-".join)
def test_every_figure_is_the_printed_one(source, step):
    """Every figure of the step, in its place; at least one is compared."""
    printed = figures(PRINTED[source, step])
    computed = np.atleast_2d(problem_in(CASES[source].typed.text).run()[step].value)
    assert computed.shape == printed.shape
    pairs = zip(computed.ravel().tolist(), printed.ravel().tolist(), strict=True)
    pairs = [(value, figure) for value, figure in pairs if figure != "*"]
    assert pairs
    assert [pair for pair in pairs if not rounds_to(*pair)] == []


def test_a_figure_that_is_off_by_one_in_its_last_place_is_told_apart():
    """The comparison itself: to the last printed place, and no further."""
    assert rounds_to(0.35338733, "0.353")
    assert not rounds_to(0.35338733, "0.354")
    assert not rounds_to(0.0154493157, "0.016")
    assert rounds_to(6.9144001069e-13, "6.91440011e-13")
    assert not rounds_to(6.9144001069e-13, "6.91440010e-13")


def test_every_config_is_compared_and_names_a_public_page():
    """No config is there unused, and each begins with a title and an address."""
    texts = {name: case.typed.text for name, case in CASES.items()}
    assert set(texts) == {source for source, _ in PRINTED}
    assert len(texts) >= 18
    assert [name for name, text in texts.items() if not re.match(r"# \w.*\n# https?://\S+\n", text)] == []
