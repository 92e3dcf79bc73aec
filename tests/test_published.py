"""Worked examples from course notes, textbooks and library documentation, against the figures that they print.

Each config in `published/` begins with the title and the address of its source. `PRINTED` has the figures as text, row
by row; `*` stands for one that the source does not print, or prints wrong, which the config then says.
"""

import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import softstep

FOLDER = Path(__file__).parent / "published"

PRINTED = {
    ("cs231n_notes", "logits"): "-2.85 0.86 0.28",
    ("cs231n_notes", "exponentials"): "0.058 2.36 1.32",
    ("cs231n_notes", "probabilities"): "* 0.631 0.353",
    ("cs231n_notes", "loss"): "1.04",
    ("cs231n_diffuse", "exponentials"): "* 0.14 1 | 1.65 0.37 1",
    ("cs231n_diffuse", "probabilities"): "0.7 0.04 0.26 | 0.55 0.12 0.33",
    ("cs231n_slides", "exponentials"): "24.5 164.0 0.18",
    ("cs231n_slides", "probabilities"): "0.13 0.87 0.00",
    ("cs231n_slides", "loss"): "2.04",
    ("mlxtend", "logits"): "0.07 0.22 0.28 | 0.35 0.78 1.12 | -0.33 -0.58 -0.92 | -0.39 -0.7 -1.1",
    ("mlxtend", "probabilities"): """
        0.29450637 0.34216758 0.36332605 | 0.21290077 0.32728332 0.45981591 |
        0.42860913 0.33380113 0.23758974 | 0.44941979 0.32962558 0.22095463""",
    ("mlxtend", "predictions"): "2 2 0 0",
    ("mlxtend", "node_losses"): "1.22245465 1.11692907 1.43720989 1.50979788",
    ("mlxtend", "loss"): "1.32159787159",
    ("river", "residuals"): """
        -0.70549363 0.34216758 0.36332605 | 0.21290077 -0.67271668 0.45981591 |
        0.42860913 0.33380113 -0.76241026 | 0.44941979 0.32962558 -0.77904537""",
    ("river", "loss"): "1.321598",
    ("mindspore", "node_losses"): "0.5899297 0.523744",
    ("mindspore", "residuals"): """
        0.02760027 0.203940 0.01015357 0.203940 -0.445634 |
        0.08015892 0.02948882 0.08015892 -0.4077012 0.21789455""",
    ("tensorflow", "node_losses"): "0.2975075 1.1448325 0.",
    ("keras", "node_losses"): "0.0513 2.303",
    ("keras", "loss"): "1.177",
    ("chainer", "loss"): "0.440190",
    ("scikit_learn", "loss"): "0.21616",
    ("scipy", "probabilities"): """
        1.05877e-01 6.42177e-02 4.75736e-02 7.82332e-01 |
        2.42746e-03 3.28521e-04 9.79307e-01 1.79366e-02 |
        1.22094e-05 2.68929e-01 7.31025e-01 3.31885e-05""",
    ("wikipedia", "probabilities"): """
        0.024 0.064 0.175 0.475 0.024 0.064 0.175 |
        0.125 0.138 0.153 0.169 0.125 0.138 0.153""",
    ("d2l", "node_losses"): "2.3026 0.6931",
    ("jurafsky_softmax", "probabilities"): "0.055 0.090 0.0067 0.10 0.74 0.010",
    ("jurafsky_sentiment", "logits"): "* 0.833 | * 0.833",
    ("jurafsky_sentiment", "probabilities"): "0.30 0.70 | 0.30 0.70",
    ("jurafsky_sentiment", "node_losses"): "0.36 1.2",
    ("jurafsky_gradient", "weight_gradients"): "* * | -1.5 -1.0",
    ("jurafsky_gradient", "bias_gradients"): "* -0.5",
    ("jurafsky_gradient", "updated_weights"): "* * | 0.15 0.1",
    ("jurafsky_gradient", "updated_biases"): "* 0.05",
    ("ustc_homework", "probabilities"): "1.00000000e+00 6.91440011e-13",
    ("ustc_homework", "residuals"): "1.0000 -1.0000",
    ("ustc_homework", "updated_weights"): "0.8000 -0.3000 1.0000 1.0000 | -0.8000 0.3000 -1.0000 -1.0000",
    ("ustc_homework", "updated_biases"): "-0.1000 2.1000",
    ("atnn_lab", "logits"): "-1.4 -1.3 4.1",
    ("atnn_lab", "probabilities"): "0.00405191 0.00447805 0.99147003",
    ("atnn_lab", "loss"): "5.40856655445139",
    ("atnn_lab", "residuals"): "0.00405191 -0.99552195 0.99147003",
    ("atnn_lab", "weight_gradients"): "0.00405191 0.01215573 0. | -0.99552195 -2.98656584 0. | 0.99147003 2.9744101 0.",
    ("atnn_lab", "bias_gradients"): "0.00405191 -0.99552195 0.99147003",
    ("atnn_lab", "updated_biases"): "0.09918962 0.29910439 -0.09829401",
}
"""(config, step): the figures, rows apart by `|`."""


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
    computed = np.atleast_2d(softstep.load(FOLDER / f"{source}.yaml").run()[step].value)
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
    """No config lies in the folder unused, and each begins with a title and an address."""
    configs = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}
    assert set(configs) == {source for source, _ in PRINTED}
    assert [name for name, text in configs.items() if not re.match(r"# \w.*\n# https?://\S+\n", text)] == []
