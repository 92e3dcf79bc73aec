"""The slips that mistake a convention, and all slips that can be made in a lesson."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from softstep.lesson import maths
from softstep.lesson.conventions import (
    MEAN,
    NODES,
    TARGET_LETTERS,
    WEIGHTS,
    Conventions,
    convention_rules,
    with_penalty,
)
from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.slips import SLIPS
from softstep.mark.wrong_rules import WrongRule, make_wrong_rule


@dataclass(frozen=True)
class ConventionSlip:
    """A mistaken convention: the lesson as if the keys in `left_out` were not given, with other `conventions`.

    `steps` are the keys of the steps in which that can be done, each in a group with others that are done together.
    """

    tag: str
    says: str
    steps: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...] = ()
    conventions: Mapping[str, Any] = field(default_factory=dict)
    unless: str = ""


def _unweighted(says: str, *weights: str) -> Iterator[ConventionSlip]:
    """The slips of leaving weights out: everywhere, and in the gradient alone."""
    steps = (("weighted_targets",), ("weighted_targets", "divisor"), ("node_losses",))
    yield ConventionSlip("unweighted", f"{says} were left out", steps, weights)
    in_gradient = f"{says} were left out of the gradient"
    yield ConventionSlip("weights-in-loss-only", in_gradient, (("residuals",),), weights, unless="weighted_targets")


_LOSSES, _GRADIENTS = (("data_loss",), ("loss",)), (("weight_gradients",), ("bias_gradients",))

CONVENTION_SLIPS: tuple[ConventionSlip, ...] = (
    ConventionSlip(
        "no-temperature", "the temperature was left out",
        (("scaled_logits",), ("exponentials",), ("exponentials", "residuals"), ("residuals",)), ("temperature",),
    ),
    ConventionSlip(
        "no-smoothing", "the targets were not smoothed",
        (("targets",), ("smoothed_targets",), ("weighted_targets",), ("node_losses",), ("residuals",)),
        ("label_smoothing",),
    ),
    *_unweighted("the class weights", "class_weights"),
    *_unweighted("the node weights", "node_weights"),
    *_unweighted("the weights", "class_weights", "node_weights"),
    ConventionSlip(
        "wrong-divisor", "the sum was divided by N", (("divisor",), *_LOSSES, *_GRADIENTS),
        conventions={"reduction": MEAN, "divide_by": NODES},
    ),
    ConventionSlip(
        "wrong-divisor", "the sum was divided by the weights", (*_LOSSES, *_GRADIENTS),
        conventions={"reduction": MEAN, "divide_by": WEIGHTS},
    ),
    ConventionSlip("no-penalty", "the penalty was left out", (("loss",), *_GRADIENTS), ("l2",)),
    ConventionSlip(
        "double-penalty", "the half of the penalty was left out", (("penalty",), *_GRADIENTS),
        conventions={"half": False},
    ),
    ConventionSlip(
        "double-penalty", "the penalty was halved", (("penalty",), *_GRADIENTS), conventions={"half": True},
    ),
    ConventionSlip(
        "penalty-on-biases", "the biases were counted in the penalty", (("penalty",), ("bias_gradients",)),
        conventions={"biases": True},
    ),
)  # fmt: skip
"""All slips that mistake a convention, but for `smoothing-without-K`."""


def slips_in(given: Collection[str], conventions: Conventions, K: int) -> list[WrongRule]:
    """Every slip that can be made in the rules of a lesson, which follow from the arguments of `convention_rules`.

    A slip keeps all that it does not change: one in dW = Rᵀ Z / D + λ W keeps the divisor and the penalty.
    """
    table = convention_rules(given, conventions, K)
    without_penalty = convention_rules({*given} - {"l2"}, conventions, K)
    slips = [_on_lesson(slip, table, without_penalty, conventions) for slip in SLIPS]
    return [*filter(None, slips), *_smoothing_slips(table, K), *_convention_slips(table, given, conventions, K)]


def _on_lesson(
    slip: WrongRule, table: Mapping[str, Rule], without_penalty: Mapping[str, Rule], conventions: Conventions
) -> WrongRule | None:
    """The slip as it is made on the rules of a lesson; None if it cannot be made there."""
    key = "data_loss" if slip.where == "loss" and "data_loss" in table else slip.where
    is_of_all = slip.tag == "transposed" or slip.is_vague  # of the data part and the penalty together
    is_penalized = table[key].inputs[-1] == "l2" and not is_of_all
    right = without_penalty[key] if is_penalized else table[key]
    if slip.remake:
        wrong = slip.remake(right)
        wrong = with_penalty(wrong, conventions) if is_penalized else wrong
    elif "labels" in slip.rule.inputs and "labels" not in table["node_losses"].inputs:
        return None
    else:
        wrong = replace(
            slip.rule, key=key, symbol=right.symbol, formula=slip.rule.formula.replace("L =", f"{right.symbol} =")
        )
    if "scaled_logits" in table and key != "logits" and "logits" in wrong.inputs:
        inputs = tuple("scaled_logits" if each == "logits" else each for each in wrong.inputs)
        wrong = replace(wrong, inputs=inputs, formula=wrong.formula.replace("H", "G"))
    if wrong.formula == table[key].formula:
        return None
    return replace(slip, where=key, rule=wrong, formula=wrong.formula, targets=frozenset([key]))


def _smoothing_slips(table: Mapping[str, Rule], K: int) -> Iterator[WrongRule]:
    """The slip of forgetting the share of every class."""

    def without_share(right: Rule, T: Array, epsilon: Array) -> Array:
        return right.compute(T, epsilon) - epsilon / K

    for right in table.values():
        if right.formula.endswith(" + ε / K"):
            wrong = replace(
                right, formula=right.formula.removesuffix(" + ε / K"), compute=partial(without_share, right)
            )
            yield make_wrong_rule("smoothing-without-K", wrong, "ε / K was not added")


def _convention_slips(
    table: Mapping[str, Rule], given: Collection[str], conventions: Conventions, K: int
) -> Iterator[WrongRule]:
    """The slips of `CONVENTION_SLIPS` that change a formula of the lesson."""
    seen = set()
    for slip in CONVENTION_SLIPS:
        if not {*slip.left_out} <= {*given}:
            continue
        other = convention_rules({*given} - {*slip.left_out}, replace(conventions, **slip.conventions), K)
        for keys in slip.steps:
            rules = [_rule_by(other, table[key], table, K) for key in keys if key in table]
            formulas = (slip.tag, *(rule.formula for rule in rules))
            is_other = len(rules) == len(keys) and all(rule.formula != table[rule.key].formula for rule in rules)
            if is_other and formulas not in seen:
                seen.add(formulas)
                yield make_wrong_rule(slip.tag, rules[0], slip.says, tuple(rules[1:]), unless=slip.unless)


def _rule_by(other: Mapping[str, Rule], right: Rule, table: Mapping[str, Rule], K: int) -> Rule:
    """The rule in another table for the same key, from steps of the right `table`.

    Where the other table has no such step, its input is taken as it is: T = Y, G = H, L = L_data, or D = N.
    """
    if right.key not in other or ("data_loss" in right.inputs and "data_loss" not in other):
        return _rule_without_change(right, K)
    wrong = other[right.key]
    if "divisor" not in wrong.inputs or "divisor" in table:
        return wrong
    divisor, at = other["divisor"], wrong.inputs.index("divisor")
    end = at + len(divisor.inputs)

    def compute(*values: Array) -> Array:
        return wrong.compute(*values[:at], divisor.compute(*values[at:end]), *values[end:])

    terms = f"/ ({divisor.formula.removeprefix('D = ')})"
    return replace(
        wrong, formula=wrong.formula.replace("/ D", terms), turned_formula=wrong.turned_formula.replace("/ D", terms),
        inputs=(*wrong.inputs[:at], *divisor.inputs, *wrong.inputs[at + 1 :]), compute=compute, over_labelled=True,
    )  # fmt: skip


_LETTERS = {**TARGET_LETTERS, "logits": "H", "data_loss": "L_data"}


def _rule_without_change(right: Rule, K: int) -> Rule:
    first = right.inputs[0]

    def compute(value: Array) -> Array:
        if right.key == "divisor":
            return np.asarray(len(value))
        return maths.one_hot(value, K) if first == "labels" else value

    letter = "N" if right.key == "divisor" else _LETTERS[first]
    return replace(right, formula=f"{right.symbol} = {letter}", inputs=(first,), compute=compute)
