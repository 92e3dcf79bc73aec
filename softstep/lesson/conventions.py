"""Conventions of a course: targets that are not one-hot, weights, another divisor, a penalty, a temperature.

All of them are one rule. With targets T (one-hot labels, smoothed labels, or given), A_ic = s_i u_c T_ic:

    ℓ_i = −Σ_c A_ic ln P_ic    L = Σ_i ℓ_i / D + Ω    R_ic = (P_ic Σ_k A_ik − A_ic) / τ    dW = Rᵀ Z / D + λ W

`convention_rules` is the table of rules of a lesson. Where an option is not used, its rows and letters are not there.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from softstep.lesson import maths
from softstep.lesson import workings as work
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, GIVEN, LOSS, NEVER, NODE, TYPED
from softstep.lesson.rules import BY_KEY, RELATIVE, RULES, SUM, TOTAL, Rule, with_stable

MEAN, WHOLE_SUM = "mean", "sum"
REDUCTIONS = (MEAN, WHOLE_SUM)
"""The values of the config key `reduction`."""

WEIGHTS, NODES = "weights", "nodes"
DIVISORS = (WEIGHTS, NODES)
"""The values of the config key `divide_by`."""


@dataclass(frozen=True)
class Conventions:
    """The conventions that a config says in words.

    `reduction` is "mean" or "sum" of the node losses, `divide_by` what a mean with weights is divided by (None: by the
    weights of the labels; with given targets, by N). The penalty is (λ/2)‖W‖², without `half` λ‖W‖²; with `biases` it
    is of the biases, too. `add_up`: whether the targets of each node add up to 1, and not to 0.99 as in 0.33 0.33 0.33.
    """

    reduction: str = MEAN
    divide_by: str | None = None
    half: bool = True
    biases: bool = False
    add_up: bool = True


SCALED_LOGITS = Rule(
    "scaled_logits", "G", "Scaled logits", (NODE, CLASS),
    formula="G = H / τ",
    inputs=("logits", "temperature"), compute=maths.scaled_logits, work=work.scaled_logits, stage="forward",
)  # fmt: skip

TARGETS = Rule(
    "targets", "T", "Targets", (NODE, CLASS), labelled=True, shares=True,
    formula="T = (1 − ε) Y + ε / K",
    inputs=("labels", "label_smoothing"), compute=maths.smoothed_targets, work=work.smoothed_labels, stage="loss",
)  # fmt: skip

SMOOTHED_TARGETS = replace(
    TARGETS, key="smoothed_targets", symbol="T′", title="Smoothed targets", formula="T′ = (1 − ε) T + ε / K",
    inputs=("targets", "label_smoothing"), work=work.smoothed_targets,
)  # fmt: skip

WEIGHTED_TARGETS = Rule(
    "weighted_targets", "A", "Weighted targets", (NODE, CLASS), labelled=True,
    inputs=(), compute=maths.weighted_targets, work=work.weighted_targets, stage="loss", over_labelled=True,
)  # fmt: skip

DIVISOR = Rule(
    "divisor", "D", "Divisor", precision=TYPED,
    inputs=(), compute=maths.divisor, work=work.divisor, stage="loss", over_labelled=True, reduction=TOTAL,
)  # fmt: skip


def _as_data_loss(loss: Rule) -> Rule:
    """The loss as it is before the penalty is added."""
    formula = loss.formula.replace("L =", "L_data =")
    return replace(loss, key="data_loss", symbol="L_data", title="Data loss", formula=formula, answer=False, also=())


DATA_LOSS = _as_data_loss(BY_KEY["loss"])

PENALTY = Rule(
    "penalty", "Ω", "Penalty", precision=LOSS,
    inputs=(), compute=maths.penalty, work=work.penalty, stage="loss",
)  # fmt: skip

STEPS = (SCALED_LOGITS, TARGETS, SMOOTHED_TARGETS, WEIGHTED_TARGETS, DIVISOR, DATA_LOSS, PENALTY)
"""The steps that only some conventions have."""

TARGET_KEYS = (WEIGHTED_TARGETS.key, SMOOTHED_TARGETS.key, TARGETS.key)
"""The steps that losses may be made with; the last of the lesson comes first."""

TARGET_LETTERS = {"labels": "Y", "targets": "T", "smoothed_targets": "T′", "weighted_targets": "A"}
"""The letter of the targets in a formula, by their key."""

ALL_RULES = {rule.key: rule for rule in (*RULES, *STEPS)}
"""A rule for each step that a lesson may have."""


def convention_rules(given: Collection[str], conventions: Conventions, K: int) -> dict[str, Rule]:
    """The table of rules with these conventions, for K classes; `given` has the keys that the config gives."""
    table: dict[str, Rule] = {}
    for rule in RULES:
        for own in _rules_for(rule, given, conventions, K):
            table[own.key] = own
    return table


def _rules_for(rule: Rule, given: Collection[str], conventions: Conventions, K: int) -> list[Rule]:
    """The rule with these conventions, after the new rules that it needs."""
    if rule.key in _MAKERS:
        return list(_MAKERS[rule.key](rule, given, conventions, K))
    return [rule]


# Forward


def _exponentials_on(rule: Rule, given: Collection[str], *_: Any) -> list[Rule]:
    """Shifts and exponentials, of the scaled logits if there is a temperature."""
    if "temperature" not in given:
        return [rule]
    formula = rule.formula.replace("H", "G")
    inputs = tuple("scaled_logits" if key == "logits" else key for key in rule.inputs)
    scaled = replace(rule, formula=formula, inputs=inputs, title=rule.title.replace("H", "G"))
    return [SCALED_LOGITS, scaled] if rule.key == "shifts" else [scaled]


def _relative(given: Collection[str]) -> Rule:
    """The common input of the stable rules."""
    return replace(RELATIVE, inputs=(_exponents(given),))


def _exponents(given: Collection[str]) -> str:
    """The key of what exp is taken of."""
    return "scaled_logits" if "temperature" in given else "logits"


def _probabilities(rule: Rule, given: Collection[str], *_: Any) -> list[Rule]:
    return [replace(rule, needs=(_relative(given),))]


# Loss


def _targets(given: Collection[str]) -> str:
    """The key of the targets before weights: labels, or given or smoothed targets."""
    if "targets" in given:
        return "smoothed_targets" if "label_smoothing" in given else "targets"
    return "targets" if "label_smoothing" in given else "labels"


def _weights(given: Collection[str]) -> tuple[str, ...]:
    """The keys of the weights of classes and nodes."""
    return tuple(key for key in ("class_weights", "node_weights") if key in given)


def _final_targets(given: Collection[str]) -> str:
    """The key of the targets that losses and residuals are made with."""
    return "weighted_targets" if _weights(given) else _targets(given)


def _factors(given: Collection[str], of_class: str = "u_c") -> str:
    """The weights as they stand before a target in a formula, such as s_i u_c."""
    return "s_i " * ("node_weights" in given) + f"{of_class} " * ("class_weights" in given)


def _places(weights: tuple[str, ...]) -> tuple[int, ...]:
    """For each of these weights, where in the position of a target, that of the weight stands."""
    return tuple(0 if key == "node_weights" else 1 for key in weights)


def _by_weights(compute: Callable[..., Array], weights: tuple[str, ...]) -> Callable[..., Array]:
    """The function with its weights by name: u of classes, s of nodes."""
    letters = [GIVEN[key].symbol for key in weights]

    def by_name(first: Array, *values: Array) -> Array:
        return compute(first, **dict(zip(letters, values, strict=True)))

    return by_name


def _on_one_hot(compute: Callable[..., Array], K: int) -> Callable[..., Array]:
    """The function of targets as a function of labels."""
    return lambda y, *others: compute(maths.one_hot(y, K), *others)


def _node_losses(rule: Rule, given: Collection[str], conventions: Conventions, K: int) -> list[Rule]:
    """The targets as far as they are no labels, and the losses of the nodes."""
    rules, targets, weights, final = [], _targets(given), _weights(given), _final_targets(given)
    exponents = _exponents(given)
    if "label_smoothing" in given:
        of_labels = replace(TARGETS, compute=_on_one_hot(TARGETS.compute, K))
        rules.append(SMOOTHED_TARGETS if "targets" in given else of_labels)
    if weights:
        formula = f"A_ic = {_factors(given)}{TARGET_LETTERS[targets]}_ic"
        compute = _by_weights(maths.weighted_targets, weights)
        rules.append(
            replace(
                WEIGHTED_TARGETS, formula=formula, inputs=(targets, *weights),
                compute=_on_one_hot(compute, K) if targets == "labels" else compute,
                work=partial(work.weighted_targets, places=_places(weights), of_labels=targets == "labels"),
            )
        )  # fmt: skip
    if final == "labels":
        stable = replace(rule.in_full or rule, instead=(exponents, RELATIVE.key, "labels"))
        return [*rules, replace(rule, in_full=stable)]
    losses = replace(
        rule, formula=f"ℓ_i = −Σ_c {TARGET_LETTERS[final]}_ic ln P_ic", inputs=("probabilities", final),
        compute=maths.target_losses, work=work.target_losses,
    )  # fmt: skip
    instead = (exponents, RELATIVE.key, final)
    stable = with_stable(losses, maths.stable_target_losses, instead=instead, work=work.stable_target_losses)
    return [*rules, stable]


def _has_divisor(given: Collection[str], conventions: Conventions) -> bool:
    """Whether the mean is over weights, and not over nodes."""
    by_default = WEIGHTS if "labels" in given else NODES
    divide_by = conventions.divide_by or by_default
    return bool(_weights(given)) and conventions.reduction == MEAN and divide_by == WEIGHTS


def _divisor(given: Collection[str]) -> Rule:
    """The weights of the labels added up, or those of given targets."""
    weights, of_labels = _weights(given), "labels" in given
    targets = "labels" if of_labels else "targets"
    formula = f"D = Σ_i {_factors(given, 'u_y_i').strip()}" if of_labels else f"D = Σ_ic {_factors(given)}T_ic"
    return replace(
        DIVISOR, formula=formula, inputs=(targets, *weights),
        compute=_by_weights(maths.divisor if of_labels else maths.divisor_of_targets, weights),
        work=partial(work.divisor if of_labels else work.divisor_of_targets, places=_places(weights)),
        remark=f"Mean over the weights of the {targets}, D = {{}}.",
    )  # fmt: skip


def _loss(rule: Rule, given: Collection[str], conventions: Conventions, K: int) -> list[Rule]:
    """The divisor, the data loss and the penalty, as far as there are any, and the loss."""
    rules: list[Rule] = []
    changes: dict[str, Any] = {}
    if _has_divisor(given, conventions):
        rules.append(_divisor(given))
        changes = {
            "formula": "L = Σ ℓ_i / D", "inputs": ("node_losses", "divisor"), "compute": maths.loss_over,
            "work": work.loss_over, "reduction": SUM,
        }  # fmt: skip
    elif conventions.reduction == WHOLE_SUM:
        changes = {
            "formula": "L = Σ ℓ_i", "compute": maths.total_loss, "work": work.total_loss, "reduction": SUM,
            "remark": "The loss is the sum over the nodes, not their mean.",
        }  # fmt: skip
    is_plain = not changes and _final_targets(given) == "labels"
    mean = replace(rule, **changes, also=rule.also if is_plain else ())
    if "l2" not in given:
        return [*rules, mean]
    parameters = ("weights", "biases") if conventions.biases else ("weights",)
    squares = "(‖W‖² + ‖b‖²)" if conventions.biases else "‖W‖²"
    factor = "(λ/2) " if conventions.half else "λ "
    penalty = replace(
        PENALTY, formula=f"Ω = {factor}{squares}", inputs=("l2", *parameters),
        compute=partial(maths.penalty, half=conventions.half), work=partial(work.penalty, half=conventions.half),
    )  # fmt: skip
    loss = replace(
        rule, formula="L = L_data + Ω", inputs=("data_loss", "penalty"), compute=maths.penalized_loss,
        work=work.penalized_loss, reduction="", also=(),
    )  # fmt: skip
    return [*rules, _as_data_loss(mean), penalty, loss]


# Gradient


def _residuals(rule: Rule, given: Collection[str], conventions: Conventions, K: int) -> list[Rule]:
    """The residuals, by the targets and the temperature."""
    final = _final_targets(given)
    letter = TARGET_LETTERS[final]
    symbol, formula, compute, working = "R", f"P − {letter}", rule.compute, rule.work
    if final == "weighted_targets" or not conventions.add_up:
        symbol, formula = "R_ic", f"P_ic Σ_k {letter}_ik − {letter}_ic"
        compute, working = maths.weighted_residuals, work.weighted_residuals
    elif final != "labels":
        compute, working = maths.target_residuals, work.target_residuals
    inputs: tuple[str, ...] = ("probabilities", final)
    if "temperature" in given:
        formula, inputs = f"({formula}) / τ", (*inputs, "temperature")
        compute, working = partial(_divide_by_temperature, compute), work.divide_by_temperature(working)
    return [replace(rule, formula=f"{symbol} = {formula}", inputs=inputs, compute=compute, work=working)]


def _divide_by_temperature(residuals: Callable[..., Array], P: Array, targets: Array, tau: Array) -> Array:
    quotient: Array = residuals(P, targets) / tau
    return quotient


def _gradient(rule: Rule, given: Collection[str], conventions: Conventions, K: int) -> list[Rule]:
    """The gradient with respect to the weights or the biases: the data part, and that of the penalty."""
    is_of_weights = rule.key == "weight_gradients"
    if _has_divisor(given, conventions):
        rule = replace(
            rule, inputs=(*rule.inputs, "divisor"), reduction=SUM, formula=rule.formula.replace("/ N", "/ D"),
            turned_formula=rule.turned_formula.replace("/ N", "/ D"),
            compute=maths.weight_gradients_over if is_of_weights else maths.bias_gradients_over,
            work=work.weight_gradients_over if is_of_weights else work.bias_gradients_over,
        )  # fmt: skip
    elif conventions.reduction == WHOLE_SUM:
        rule = replace(
            rule, reduction=SUM, formula=rule.formula.replace(" / N", ""),
            turned_formula=rule.turned_formula.replace(" / N", ""),
            compute=maths.article_weight_gradients if is_of_weights else maths.article_bias_gradients,
            work=work.article_weight_gradients if is_of_weights else work.article_bias_gradients,
        )  # fmt: skip
    return [with_penalty(rule, conventions) if "l2" in given else rule]


def with_penalty(rule: Rule, conventions: Conventions) -> Rule:
    """The rule of a gradient with the part of the penalty added, unless the penalty is not of its parameter."""
    is_of_weights = rule.key == "weight_gradients"
    if not is_of_weights and not conventions.biases:
        return rule
    parameter, letter = ("weights", "W") if is_of_weights else ("biases", "b_c")
    data = replace(rule, key=f"data_{rule.key}", visible=NEVER, answer=False)
    tail = f" + {'' if conventions.half else '2'}λ {letter}"
    add = partial(maths.penalized_gradient, half=conventions.half)

    def compute(*values: Array) -> Array:
        *of_data, w, strength = values
        return add(data.compute(*of_data), w, strength)

    whole = replace(
        rule, formula=rule.formula + tail, turned_formula=rule.turned_formula and rule.turned_formula + tail,
        inputs=(*rule.inputs, parameter, "l2"), compute=compute, work=work.add_penalty(rule.work, conventions.half),
        reduction="",
    )  # fmt: skip
    return with_stable(whole, add, data, instead=(data.key, parameter, "l2"))


_MAKERS: dict[str, Callable[..., list[Rule]]] = {
    "shifts": _exponentials_on,
    "exponentials": _exponentials_on,
    "probabilities": _probabilities,
    "node_losses": _node_losses,
    "loss": _loss,
    "residuals": _residuals,
    "weight_gradients": _gradient,
    "bias_gradients": _gradient,
}
"""The functions that make the rule of a key by the conventions."""
