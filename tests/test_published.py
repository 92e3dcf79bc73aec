"""Worked examples from course notes, textbooks and library documentation, compared with the figures that they print.

`corpora/published` has each config with the title and the address of its source, and the figures row by row. `*` stands
for a figure that the source does not print, or prints wrong; the config then says so. A figure with … behind it is one
that the source cuts off and does not round.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from support.cases import cases_in
from support.problems import problem_in

CASES = {case.name: case for case in cases_in("published").values()}
PRINTED = {
    (name, line.partition(": ")[0]): line.partition(": ")[2] for name, case in CASES.items() for line in case["printed"]
}
"""The figures by example and step, with `|` between rows."""

CUT = "…"


def table_of(text):
    """The printed figures as a table of text."""
    return np.array([row.split() for row in text.split("|")])


def rounds_to(value, figure):
    """Whether the value, rounded to the last place of the figure, is the figure; with … behind it, cut off there."""
    printed = Decimal(figure.removesuffix(CUT))
    return Decimal(repr(value)).quantize(printed, ROUND_DOWN if figure.endswith(CUT) else ROUND_HALF_EVEN) == printed


@pytest.mark.parametrize(("source", "step"), PRINTED, ids="-".join)
def test_every_figure_rounds_to_the_printed_one(source, step):
    """At least one figure of the step is compared."""
    printed = table_of(PRINTED[source, step])
    computed = np.atleast_2d(problem_in(CASES[source].typed.text).run()[step].value)
    assert computed.shape == printed.shape
    pairs = zip(computed.ravel().tolist(), printed.ravel().tolist(), strict=True)
    pairs = [(value, figure) for value, figure in pairs if figure != "*"]
    assert pairs
    assert [pair for pair in pairs if not rounds_to(*pair)] == []


def test_a_figure_off_by_one_in_its_last_place_is_noticed():
    """Figures are compared to their last printed place, and no further."""
    assert rounds_to(0.35338733, "0.353")
    assert not rounds_to(0.35338733, "0.354")
    assert not rounds_to(0.0154493157, "0.016")
    assert rounds_to(6.9144001069e-13, "6.91440011e-13")
    assert not rounds_to(6.9144001069e-13, "6.91440010e-13")
    assert rounds_to(0.0945899, "0.0945…")
    assert not rounds_to(0.0945899, "0.0946…")


def test_every_config_is_compared_and_begins_with_its_source():
    """No config is unused, and each begins with a title and an address."""
    texts = {name: case.typed.text for name, case in CASES.items()}
    assert set(texts) == {source for source, _ in PRINTED}
    assert len(texts) >= 100
    assert [name for name, text in texts.items() if not re.match(r"# \w.*\n# https?://\S+\n", text)] == []
