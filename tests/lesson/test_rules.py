"""The table of rules: its steps, its formulae, and which rules a problem gets."""

import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep
from softstep.lesson.quantities import AXES, GIVEN, Axis
from softstep.lesson.rules import ARTICLE, BY_KEY, RULES, lesson

STABLE = [rule.in_full for rule in RULES if rule.in_full]


def test_the_table_has_the_steps_of_the_lesson_in_order() -> None:
    assert [rule.key for rule in RULES] == [
        "logits", "shifts", "exponentials", "normalizers", "probabilities", "predictions", "node_losses", "loss",
        "residuals", "weight_gradients", "bias_gradients", "updated_weights", "updated_biases",
    ]  # fmt: skip


@pytest.mark.parametrize("rule", [*STABLE, *ARTICLE], ids=lambda rule: rule.formula)
def test_an_alternative_rule_keeps_the_key_symbol_and_axes_of_the_rule_it_replaces(
    rule: softstep.lesson.rules.Rule,
) -> None:
    page = BY_KEY[rule.key]
    assert (rule.symbol, rule.axes, rule.precision) == (page.symbol, page.axes, page.precision)
    assert rule.compute is not page.compute


def test_by_hand_no_rule_is_replaced_except_the_shifts() -> None:
    example = softstep.load(CONFIGS / "doc_example.yaml")
    by_hand = lesson(BY_KEY, example.given.values, (), example.rounding)
    assert [rule for rule in by_hand if rule.key != "shifts"] == [rule for rule in RULES if rule.key != "shifts"]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.key not in ("shifts", "updated_biases")], ids=str)
def test_the_printed_formula_is_in_the_docstring_of_the_function(rule: softstep.lesson.rules.Rule) -> None:
    assert rule.formula in (rule.compute.__doc__ or "").splitlines()[0]


def test_the_lesson_starts_after_what_is_given() -> None:
    given = problem_in("probabilities: [[0.5, 0.5]]\nlabels: [0]\n")
    assert lesson(BY_KEY, given.given.values, (), given.rounding)[0].key == "predictions"


def test_every_axis_is_defined_exactly_once() -> None:
    used = {axis for quantity in (*GIVEN.values(), *RULES) for axis in quantity.axes}
    assert used == set(AXES)
    assert len({axis.key for axis in AXES}) == len(AXES)
    assert Axis("batch", "batch", first=1).default_names(2) == ("1", "2")
