"""The slips: mistakes that students make, each as data.

A slip in a rule is another rule under the same key: one row of `SLIPS`, or of `CONVENTION_SLIPS` if it mistakes a
convention. `slips_in` makes them on the rules of a lesson. Slips in the inputs are in `input_errors`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
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
from softstep.lesson.rules import BY_KEY, Rule


@dataclass(frozen=True, eq=False, kw_only=True)
class Slip(ABC):
    """One mistake of a student.

    `tag` names the kind of mistake, `where` the step, the node or the parameter, and `says` what the student did.
    `formula` is the formula used, if the mistake is in a rule. Slips with a common target cannot be made together.
    """

    tag: str
    where: str
    says: str
    formula: str = ""
    targets: frozenset[object]

    def turn(self) -> "Slip":
        """The slip as a page shows it if W has a row for each feature."""
        return self

    @abstractmethod
    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Make the slip: change a value of the inputs, or put a wrong rule under its key."""


Explanation = tuple[Slip, ...]
"""Slips that together lead to what is on the sheet."""


@dataclass(frozen=True, eq=False, kw_only=True)
class WrongRule(Slip):
    """A slip in a rule: `rule` is used in place of the right one, and rules `also` in place of others.

    `remake` makes the wrong rule from a right one; if it is None, the wrong rule is the same whatever is right.
    `unless` is the key of an earlier step: where a slip could be made there, this one is not named.
    """

    rule: Rule
    also: tuple[Rule, ...] = ()
    remake: Callable[[Rule], Rule] | None = None
    unless: str = ""

    @property
    def inputs(self) -> set[str]:
        """The keys of all that its rules are computed from."""
        return {key for rule in (self.rule, *self.also) for key in rule.inputs}

    def turn(self) -> Slip:
        """The slip with the formula as a page shows it if W has a row for each feature."""
        return replace(self, formula=self.rule.turned_formula or self.formula)

    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Put the wrong rules under their keys."""
        rules.update({rule.key: rule for rule in (self.rule, *self.also)})


def transposed_table(rule: Rule, formula: str) -> WrongRule:
    """The slip of writing a table down with its rows as columns; `formula` is the right one."""
    symbol, _, right = formula.partition(" = ")
    return _wrong_rule("transposed", replace(rule, formula=f"{symbol} = ({right})ᵀ"), _EXCHANGED)


def _wrong_rule(tag: str, rule: Rule, says: str, also: tuple[Rule, ...] = (), **rest: Any) -> WrongRule:
    targets = frozenset(each.key for each in (rule, *also))
    return WrongRule(
        tag=tag, where=rule.key, says=says, formula=rule.formula, targets=targets, rule=rule, also=also, **rest
    )


Edit = Callable[[str], str]
"""Makes a wrong formula from a right one."""


def _change(tag: str, key: str, edit: Edit, compute: Callable[..., Array], says: str, first: str = "") -> WrongRule:
    """A row of `SLIPS` for every right rule: its formula is edited, `compute` takes its function and its inputs.

    `first` is the key of another first input.
    """

    def remake(right: Rule) -> Rule:
        inputs = (first, *right.inputs[1:]) if first else right.inputs
        turned = edit(right.turned_formula) if right.turned_formula else ""
        computed = partial(compute, right.compute)
        return replace(right, formula=edit(right.formula), turned_formula=turned, compute=computed, inputs=inputs)

    return _wrong_rule(tag, remake(BY_KEY[key]), says, remake=remake)


def _slip(
    tag: str,
    key: str,
    formula: str,
    compute: Callable[..., Array],
    says: str,
    inputs: tuple[str, ...] = (),
    turned: str = "",
) -> WrongRule:
    """A row of `SLIPS`, one rule whatever is right: `compute` takes the inputs of the page's rule, or those named.

    `turned` is the formula if W has a row for each feature, unless it is the same.
    """
    right = BY_KEY[key]
    over_labelled = right.labelled or "labels" in inputs or right.over_labelled
    inputs = inputs or right.inputs
    wrong = replace(
        right, formula=formula, turned_formula=turned, compute=compute, inputs=inputs, over_labelled=over_labelled
    )
    return _wrong_rule(tag, wrong, says)


def _update_slips(tag: str, formula: str, compute: Callable[..., Array], says: str) -> Iterator[WrongRule]:
    """The same slip in the update of the weights and of the biases."""
    yield _slip(tag, "updated_weights", f"W′ = {formula.format(p='W', g='dW')}", compute, says)
    yield _slip(tag, "updated_biases", f"b′ = {formula.format(p='b', g='db')}", compute, says)


def _powers(base: float, H: Array, m: Array) -> Array:
    return np.asarray(np.power(base, H - m[:, None]))


def _shares(E: Array, axis: int) -> Array:
    return np.asarray(E / E.sum(axis=axis, keepdims=True))


def _negative(right: Callable[..., Array], *values: Array) -> Array:
    return -right(*values)


def _flip_sign(formula: str) -> str:
    return formula.replace("= ", "= −", 1)


def _losses_by(base: float, right: Callable[..., Array], *values: Array) -> Array:
    return np.asarray(right(*values) / np.log(base))


def _losses_beside(shift: int, wraps: bool, P: Array, y: Array) -> Array:
    """The node losses read at the class before or after the true one; past the last comes the first if `wraps`."""
    K = P.shape[1]
    return maths.node_losses(P, (y + shift) % K if wraps else np.clip(y + shift, 0, K - 1))


_TARGET = "(Y|T′?|A_ic)"
"""What is subtracted in the formula of residuals."""


def _residuals_of(target: float, right: Callable[..., Array], P: Array, T: Array, *tau: Array) -> Array:
    """The residuals with the same number in place of every target."""
    targets = maths.one_hot(T, P.shape[1]) if T.ndim == 1 else T
    return right(P, T, *tau) + (targets - target) / (tau[0] if tau else 1)


def _flip_residuals(formula: str) -> str:
    return re.sub(rf"(P|P_ic Σ_k A_ik) − {_TARGET}", r"\2 − \1", formula)


def _drop_target(formula: str) -> str:
    return re.sub(rf"\(?(P|P_ic Σ_k A_ik) − {_TARGET}\)?", r"\1", formula)


def _add_derivative(formula: str) -> str:
    symbol, _, right = formula.partition(" = ")
    difference, by, tau = right.partition(" / ")
    p = "P_ic" if "_ic" in difference else "P"
    return f"{symbol} = ({difference.strip('()')}) {p} (1 − {p}){by}{tau}"


def _drop_divisor(formula: str) -> str:
    return re.sub(" / [ND]$", "", formula)


def _exchange_factors(formula: str) -> str:
    other = {"Rᵀ Z": "Zᵀ R", "Zᵀ R": "Rᵀ Z"}
    return re.sub("|".join(other), lambda found: other[found[0]], formula).replace("λ W", "λ Wᵀ")


def _drop_input(formula: str) -> str:
    return formula.replace("dW = Rᵀ Z", "dW_cj = Σ_i R_ic").replace("dW = Zᵀ R", "dW_jc = Σ_i R_ic")


_EXCHANGED = "rows and columns were exchanged"
_FROM_LOGITS = ("logits",)
_LABELS_OFF = "the loss of each node was read at the class next to its own"

SLIPS: tuple[WrongRule, ...] = (
    _slip(
        "no-bias", "logits", "H = Z Wᵀ", lambda Z, W, b: Z @ W.T, "the bias was left out", turned="H = Z W",
    ),
    _slip(
        "bias-subtracted", "logits", "H = Z Wᵀ − b", lambda Z, W, b: Z @ W.T - b, "the bias was subtracted",
        turned="H = Z W − b",
    ),
    _slip("no-exp", "exponentials", "E = H", lambda H: H, "exp was left out", _FROM_LOGITS),
    _slip("base-2", "exponentials", "E = 2^H", partial(_powers, 2.0), "powers of 2 were taken, not of e"),
    _slip("base-10", "exponentials", "E = 10^H", partial(_powers, 10.0), "powers of 10 were taken, not of e"),
    _slip(
        "softmax-down-columns", "probabilities", "P_ic = E_ic / Σ_i E_ic", lambda E: _shares(E, 0),
        "each exponential was divided by the sum over the nodes, not over the classes", ("exponentials",),
    ),
    _slip(
        "no-exp", "probabilities", "P_ic = H_ic / Σ_c H_ic", lambda H: _shares(H, 1),
        "the logits themselves were divided by their sum, without exp", _FROM_LOGITS,
    ),
    _slip(
        "not-normalised", "probabilities", "P_ic = E_ic", lambda E: E,
        "the exponentials were not divided by their sum", ("exponentials",),
    ),
    _slip(
        "softmax-twice", "probabilities", "P = softmax(E / S)",
        lambda E, S: maths.stable_probabilities(maths.relative_exponentials(E / S[:, None])),
        "softmax was applied to its own result",
    ),
    _slip(
        "base-2", "probabilities", "P_ic = 2^H_ic / Σ_c 2^H_ic", lambda H: _shares(np.exp2(H), 1),
        "powers of 2 were taken, not of e", _FROM_LOGITS,
    ),
    _slip(
        "base-10", "probabilities", "P_ic = 10^H_ic / Σ_c 10^H_ic", lambda H: _shares(np.power(10.0, H), 1),
        "powers of 10 were taken, not of e", _FROM_LOGITS,
    ),
    _slip(
        "one-based", "predictions", "ŷ_i = 1 + argmax_c P_ic", lambda P: P.argmax(axis=1) + 1,
        "the classes were counted from 1",
    ),
    _slip(
        "smallest", "predictions", "ŷ_i = argmin_c P_ic", lambda P: P.argmin(axis=1),
        "the class with the smallest probability was taken",
    ),
    _change(
        "loss-sign", "node_losses", lambda formula: formula.replace("−", "", 1), _negative, "the minus was left out",
    ),
    _change(
        "log10", "node_losses", lambda formula: formula.replace("ln", "log10"), partial(_losses_by, 10.0),
        "log10 was taken, not ln",
    ),
    _change(
        "log2", "node_losses", lambda formula: formula.replace("ln", "log2"), partial(_losses_by, 2.0),
        "log2 was taken, not ln",
    ),
    _slip(
        "all-classes", "node_losses", "ℓ_i = −Σ_c ln P_ic", lambda P, y: -np.log(P).sum(axis=1),
        "the logarithms of all classes were summed, not that of the true class alone",
    ),
    _slip(
        "predicted-class", "node_losses", "ℓ_i = −ln max_c P_ic", lambda P, y: -np.log(P.max(axis=1)),
        "the largest probability was taken, not that of the true class",
    ),
    _slip("off-by-one-label", "node_losses", "ℓ_i = −ln P_i,y_i+1", partial(_losses_beside, 1, True), _LABELS_OFF),
    _slip("off-by-one-label", "node_losses", "ℓ_i = −ln P_i,y_i−1", partial(_losses_beside, -1, True), _LABELS_OFF),
    _slip("off-by-one-label", "node_losses", "ℓ_i = −ln P_i,y_i+1", partial(_losses_beside, 1, False), _LABELS_OFF),
    _slip("off-by-one-label", "node_losses", "ℓ_i = −ln P_i,y_i−1", partial(_losses_beside, -1, False), _LABELS_OFF),
    _change(
        "one-minus-p", "node_losses", lambda formula: re.sub(r"ln (\S+)", r"ln(1 − \1)", formula),
        lambda right, P, T: right(1 - P, T), "the logarithm of 1 − p was taken, not of p",
    ),
    _change("loss-sign", "loss", _flip_sign, _negative, "the sign is the wrong way round"),
    _change(
        "loss-sum", "loss", lambda formula: f"{formula.partition(' = ')[0]} = Σ ℓ_i",
        lambda right, losses, *D: losses.sum(), "the sum was not divided",
    ),
    _slip(
        "log-of-mean", "loss", "L = −ln((1/N) Σ P_i,y_i)",
        lambda P, y: -np.log(P[np.arange(len(y)), y].mean()),
        "the logarithm of the mean was taken, not the mean of the logarithms", ("probabilities", "labels"),
    ),
    _change(
        "ones-target", "residuals", lambda formula: re.sub(rf"− {_TARGET}", "− 1", formula), partial(_residuals_of, 1),
        "1 was subtracted at every class, not the target",
    ),
    _change(
        "no-target", "residuals", _drop_target, partial(_residuals_of, 0), "the target was not subtracted",
    ),
    _change("flipped-sign", "residuals", _flip_residuals, _negative, "y − p was taken, not p − y"),
    _change(
        "logits-for-probabilities", "residuals", lambda formula: formula.replace("P", "H"),
        lambda right, *values: right(*values), "the logits were used in place of the probabilities", first="logits",
    ),
    _change(
        "extra-derivative", "residuals", _add_derivative, lambda right, P, *rest: right(P, *rest) * P * (1 - P),
        "the residuals were multiplied by p(1 − p) once more",
    ),
    _change("flipped-sign", "weight_gradients", _flip_sign, _negative, "the sign is the wrong way round"),
    _change(
        "no-mean", "weight_gradients", _drop_divisor, lambda right, R, Z, *D: maths.article_weight_gradients(R, Z),
        "the sum was not divided",
    ),
    _change(
        "divided-by-classes", "weight_gradients", lambda formula: f"{_drop_divisor(formula)} / K",
        lambda right, R, Z, *D: R.T @ Z / R.shape[1], "the sum was divided by the number of classes",
    ),
    _change(
        "transposed", "weight_gradients", _exchange_factors, lambda right, *values: right(*values).T, _EXCHANGED,
    ),
    _change(
        "no-input", "weight_gradients", _drop_input, lambda right, R, Z, *D: right(R, np.ones_like(Z), *D),
        "the residuals were not multiplied by z",
    ),
    _change("flipped-sign", "bias_gradients", _flip_sign, _negative, "the sign is the wrong way round"),
    _change(
        "no-mean", "bias_gradients", _drop_divisor, lambda right, R, *D: maths.article_bias_gradients(R),
        "the sum was not divided",
    ),
    _change(
        "divided-by-classes", "bias_gradients", lambda formula: f"{_drop_divisor(formula)} / K",
        lambda right, R, *D: R.sum(axis=0) / R.shape[1], "the sum was divided by the number of classes",
    ),
    *_update_slips("ascent", "{p} + α {g}", lambda w, g, a: w + a * g, "the step was added, not subtracted"),
    *_update_slips("no-rate", "{p} − {g}", lambda w, g, a: w - g, "the learning rate was left out"),
    *_update_slips("step-only", "α {g}", lambda w, g, a: a * g, "only the step itself was written down"),
    *_update_slips("step-only", "−α {g}", lambda w, g, a: -a * g, "only the step itself was written down"),
    *_update_slips(
        "rate-on-parameter", "α {p} − {g}", lambda w, g, a: a * w - g,
        "the learning rate was multiplied with the parameter, not with the gradient",
    ),
)  # fmt: skip
"""All slips in a rule, in the order of the lesson. A slip that can be made in two steps has a row for each."""


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
    is_penalized = table[key].inputs[-1] == "l2" and slip.tag != "transposed"  # which is of all that is added
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
            yield _wrong_rule("smoothing-without-K", wrong, "ε / K was not added")


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
                yield _wrong_rule(slip.tag, rules[0], slip.says, tuple(rules[1:]), unless=slip.unless)


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
