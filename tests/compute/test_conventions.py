"""Conventions of a course against outsiders: PyTorch's results, and derivatives of the loss without their formula."""

import json
import tracemalloc
from random import Random
from typing import Any

import numpy as np
import pytest
from support.conventions import Textbook, all_combinations, problem_with
from support.problems import few_and_many
from support.running import CORPORA

import softstep
from softstep.compute.rows import LazyArray

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


@few_and_many(30, 1680)
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


# Many nodes

EVERY_OPTION: dict[str, dict[str, Any]] = {
    "labels": {
        "label_smoothing": 0.1, "class_weights": [0.5, 2, 1.25], "node_weights": {"7": 2.5, "50": 0.25},
        "l2": {"strength": 0.01, "biases": True}, "temperature": 2,
    },
    "targets": {
        "label_smoothing": 0.1, "class_weights": [0.5, 2, 1.25], "node_weights": {"7": 2.5, "50": 0.25},
        "divide_by": "weights", "l2": {"strength": 0.01, "half": False}, "temperature": 0.5,
    },
    "a sum": {"label_smoothing": 0.2, "class_weights": [0.5, 2, 1.25], "reduction": "sum", "temperature": 2},
}  # fmt: skip


def many_nodes(options: str, nodes: int, unlabelled: range = range(0)) -> softstep.Problem:
    """A problem of so many nodes with these options."""
    random = np.random.default_rng(3)
    keys = dict(EVERY_OPTION[options])
    T = random.dirichlet(np.ones(3), size=nodes)
    labels = T.argmax(axis=1).tolist()
    if options == "targets":
        keys["targets"] = T
    else:
        keys["labels"] = {i + 1: y for i, y in enumerate(labels) if i not in unlabelled} if unlabelled else labels
    Z, W = random.normal(size=(nodes, 4)), random.normal(size=(3, 4))
    return softstep.Problem(embeddings=Z, weights=W, biases=[0.1, 0.2, -0.3], learning_rate=0.1, **keys)


@pytest.mark.parametrize(("nodes", "block"), [(60, 7), pytest.param(30_000, 2048, marks=pytest.mark.slow)])
@pytest.mark.parametrize("options", EVERY_OPTION)
def test_every_option_gives_the_same_in_blocks(
    options: str, nodes: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = many_nodes(options, nodes, unlabelled=range(nodes // 3, nodes // 3 + 2 * block))  # a whole block
    found = []
    for size in (10**6, block):
        monkeypatch.setattr("softstep.compute.blocks.FEWEST", size)
        monkeypatch.setattr("softstep.compute.blocks.ENTRIES", size)
        checked = problem.gradcheck()
        assert checked.status == 0
        gradients = {f"checked {key}": checked[key] for key in ("weight_gradients", "bias_gradients")}
        trained = {f"trained {key}": step for key, step in problem.train(5).items()}
        steps = {**problem.run(), **trained, **gradients}
        found.append({key: step.value for key, step in steps.items()})
    whole, in_blocks = found
    assert whole.keys() == in_blocks.keys() >= {"loss", "loss_after", "trained history"}
    for key, value in whole.items():
        assert in_blocks[key] == pytest.approx(value, rel=1e-12, abs=1e-12), key


@pytest.mark.slow
@pytest.mark.parametrize("options", EVERY_OPTION)
@pytest.mark.parametrize("command", ["loss", "grad", "update", "train"])
def test_every_option_takes_no_memory_per_node(options: str, command: str) -> None:
    """A number for each of the 90,000 more nodes would be 0.7 MB."""
    peaks = []
    for nodes in (30_000, 120_000):
        problem = many_nodes(options, nodes)
        tracemalloc.start()
        getattr(problem, command)(*([3] if command == "train" else []))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000, peaks


@pytest.mark.parametrize("options", EVERY_OPTION)
def test_every_option_never_builds_a_whole_matrix(options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("blocks.FEWEST", "blocks.ENTRIES", "rows.BLOCK", "steps.BLOCK"):
        monkeypatch.setattr(f"softstep.compute.{name}", 7)
    monkeypatch.setattr(LazyArray, "_all_rows", property(lambda rows: pytest.fail(f"all {len(rows)} rows at once")))
    problem = many_nodes(options, 60, unlabelled=range(20, 34))
    assert problem.run()["updated_weights"].rows == ("w0", "w1", "w2")
    assert problem.train(2)["history"].rows == ("0", "1", "2")
