"""Conventions of a course against outsiders: PyTorch's results, and derivatives of the loss without their formula."""

import json
from random import Random
from typing import Any

import numpy as np
import pytest
from support.conventions import Textbook, all_combinations, problem_with
from support.problems import few_and_many
from support.running import CORPORA

import softstep

FACTS = json.loads((CORPORA / "conventions" / "pytorch.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("fact", FACTS["settings"], ids=lambda fact: f"{fact['problem']}: {fact['name']}")
def test_loss_and_gradients_are_those_of_pytorch(fact: dict[str, Any]) -> None:
    keys = {**FACTS["problems"][fact["problem"]], **fact["given"]}
    classes = [str(c) for c in range(len(keys["weights"]))]
    result = softstep.Problem(**keys, classes=classes, learning_rate=1).run()
    for key in ("loss", "node_losses", "weight_gradients", "bias_gradients"):
        assert result[key].value == pytest.approx(np.array(fact[key]), rel=1e-12, abs=1e-12), key


def test_the_facts_have_each_option_alone_and_each_pair() -> None:
    options = ("targets", "label_smoothing", "class_weights", "node_weights", "reduction", "temperature", "l2")
    assert len(FACTS["settings"]) == 94
    assert FACTS["made_by"].startswith("PyTorch")
    seen = {tuple(key for key in options if key in fact["given"]) for fact in FACTS["settings"]}
    assert {(), *((key,) for key in options if key != "node_weights")} <= seen
    pairs = [{one, other} for i, one in enumerate(options) for other in options[i + 1 :]]
    assert [pair for pair in pairs if not any(pair <= {*combination} for combination in seen)] == []
    assert any(len(combination) >= 5 for combination in seen)


@few_and_many(60, 1680)
def test_every_combination_has_the_loss_of_the_textbook_and_its_derivatives(cases: int) -> None:
    """The derivatives are compared with complex steps, which are exact, and with gradcheck's central differences."""
    combinations, random = all_combinations(), Random(17)
    assert len(combinations) == 1680
    for options in random.sample(combinations, cases):
        keys = problem_with(options, random)
        problem, textbook = softstep.Problem(**keys), Textbook(keys)
        result = problem.run()
        dW, db = textbook.derivatives()
        expected = {
            "node_losses": textbook.node_losses(textbook.W, textbook.b),
            "loss": textbook.loss(textbook.W, textbook.b).real,
            "weight_gradients": dW,
            "bias_gradients": db,
            "updated_weights": textbook.W - keys["learning_rate"] * dW,
        }
        for key, value in expected.items():
            computed = result[key].value
            if options["features as rows"] and key in ("weight_gradients", "updated_weights"):
                computed = computed.T
            assert computed == pytest.approx(value, rel=1e-12, abs=1e-12), (key, keys)
        assert problem.gradcheck().status == 0, keys


@pytest.mark.parametrize(
    ("targets", "formula"),
    [([0.25, 0.25, 0.5], "R = P − T"), ([0.33, 0.33, 0.33], "R_ic = P_ic Σ_k T_ik − T_ic")],
    ids=["to 1", "to 0.99"],
)
def test_the_residuals_are_the_derivative_whatever_the_targets_add_up_to(targets: list[float], formula: str) -> None:
    problem = softstep.Problem(embeddings=[[1, 2]], weights=[[0.1, 0.2], [0.3, -0.4], [0, 0]], targets=[targets])
    assert problem.run()["residuals"].rule.formula == formula
    assert problem.gradcheck().status == 0
    third = softstep.Problem(logits=[[0, 0, 0]], targets=[targets]).run()["residuals"].value
    assert third == pytest.approx(np.array([[sum(targets) / 3 - t for t in targets]]), abs=1e-15)
