"""The article: all 44 figures that it prints, the figures it leaves out, and its mistakes."""

import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep

PRINTED = {
    "logits": ["0.68 0.57 0.82", "0.58 0.21 0.23", "0.90 0.62 0.95", "0.25 0.12 0.09", "0.47 0.55 0.40"],
    "probabilities": ["0.33 0.29 0.38", "0.42 0.29 0.29", "0.36 0.27 0.37", "0.37 0.32 0.31", "0.33 0.36 0.31"],
    "predictions": "2 0 2 0 1",
    "loss": "1.1358",
    "weight_gradients": ["-1.62 -1.77 -1.29 -1.73"],
    "updated_weights": ["0.49 0.75 0.12 0.86"],
}
"""The figures printed in the article, with trailing zeros. It prints gradients and updates only for w0. The loss has
the sign of the article's own formula."""

LEFT_OUT = {
    "exponentials": ["1.97 1.77 2.27", "1.79 1.23 1.26", "2.46 1.86 2.59", "1.28 1.13 1.09", "1.60 1.73 1.49"],
    "normalizers": "6.01 4.28 6.91 3.50 4.82",
    "node_losses": "1.1087 1.2379 1.0217 1.1394 1.1712",
    "residuals": [
        "-0.67 -0.71 -0.62", "-0.58 -0.71 -0.71", "-0.64 -0.73 -0.63", "-0.63 -0.68 -0.69", "-0.67 -0.64 -0.69",
    ],
    "weight_gradients": ["-1.62 -1.77 -1.29 -1.73", "-1.73 -1.97 -1.41 -1.90", "-1.65 -1.85 -1.30 -1.76"],
    "bias_gradients": "-3.19 -3.47 -3.34",
    "updated_weights": ["0.49 0.75 0.12 0.86", "1.10 0.35 0.95 0.20", "0.86 0.33 0.66 1.12"],
    "updated_biases": "0.69 0.58 0.35",
}  # fmt: skip
"""Figures missing in the article, computed in exact decimal arithmetic without softstep."""


def as_lines(digits: object) -> object:
    """Printed entries in the form of the tables above: a row is a line."""
    if isinstance(digits, list):
        return [" ".join(row) for row in digits] if isinstance(digits[0], list) else " ".join(digits)
    return digits


@pytest.fixture(scope="module")
def article() -> softstep.Result:
    return softstep.load(CONFIGS / "doc_example.yaml").run()


def test_the_table_of_printed_figures_has_all_44() -> None:
    assert sum(len(" ".join(rows if isinstance(rows, list) else [rows]).split()) for rows in PRINTED.values()) == 44


@pytest.mark.parametrize("key", PRINTED)
def test_every_figure_printed_in_the_article_is_reproduced(article: softstep.Result, key: str) -> None:
    lines = as_lines(article[key].digits())
    assert lines[: len(PRINTED[key])] == PRINTED[key] if isinstance(lines, list) else lines == PRINTED[key]


@pytest.mark.parametrize("key", LEFT_OUT)
def test_every_figure_missing_in_the_article_equals_decimal_arithmetic(article: softstep.Result, key: str) -> None:
    assert as_lines(article[key].digits()) == LEFT_OUT[key]


def test_the_note_says_that_the_articles_rule_raises_the_loss_and_the_derivative_lowers_it(
    article: softstep.Result,
) -> None:
    (note,) = article.notes
    assert "is not the derivative of L" in note
    assert "∂L/∂w1 (x_1): article -1.9757, derivative -0.0151" in note
    assert "raises L from 1.1391 to 1.1427" in note
    assert "one step with the derivative gives 1.1164" in note


def test_there_is_no_note_if_the_gradient_is_the_derivative() -> None:
    assert softstep.load(CONFIGS / "article_table.yaml").run().notes == ()


def test_the_printed_table_gives_other_logits_at_node_5() -> None:
    result = softstep.load(CONFIGS / "article_table.yaml").forward()
    assert as_lines(result["logits"].digits())[4] == "0.41 0.64 0.36"


def test_full_precision_gives_another_loss_than_the_article() -> None:
    text = (CONFIGS / "doc_example.yaml").read_text().replace("every_step: true", "every_step: false")
    result = problem_in(text, "doc_example.yaml", CONFIGS).run()
    assert result["loss"].digits() == "1.1391"
    assert result["weight_gradients"].digits()[0][1] == "-1.78"


@pytest.mark.parametrize(
    ("gradient", "losses"),
    [("article", {1: "1.1427"}), ("standard", {1: "1.1164", 100: "0.5973", 1000: "0.0787"})],
)
def test_many_steps_lead_to_the_verified_losses(gradient: str, losses: dict[int, str]) -> None:
    text = (CONFIGS / "doc_example.yaml").read_text()
    text = text.replace("every_step: true", "every_step: false").replace(
        "gradient: article\n", f"gradient: {gradient}\n"
    )
    problem = problem_in(text, "doc_example.yaml", CONFIGS)
    for step in range(1, max(losses) + 1):
        problem = problem.after()
        if step in losses:
            assert problem.loss()["loss"].digits() == losses[step]
    assert step in losses
    if gradient == "standard":
        assert problem.forward()["predictions"].digits() == ["0", "1", "0", "1", "2"]
