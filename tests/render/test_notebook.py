"""How a notebook shows a result: as HTML tables and as formulae."""

import softstep


def test_a_notebook_shows_a_result_as_tables(result: softstep.Result) -> None:
    shown = result._repr_html_()
    assert shown.count("<table>") == 15
    assert "<html" not in shown
    assert "body {" not in shown  # this would change the style of the notebook
    assert "<td" in result["logits"]._repr_html_()
    assert result["logits"]._repr_html_().count("<table>") == 1


def test_a_notebook_shows_a_result_as_displayed_formulae(result: softstep.Result) -> None:
    shown = result._repr_latex_()
    assert r"$$ H = Z W^{\top} + b $$" in shown
    assert r"\text{1} & [0.68] & 0.57 & 0.82^{*}" in shown
    assert not any(command in shown for command in (r"\section", r"\begin{tabular}", r"\par"))
    assert result["loss"]._repr_latex_() == r"$$ L = (1/N) \sum \ell_{i} = 1.1358 $$"
