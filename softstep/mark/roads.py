"""Other roads to the right result: rules that a lecture may use in place of the lesson's, as right as these."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softstep.lesson import maths
from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.hypothesis import Chain


@dataclass(frozen=True, eq=False, kw_only=True)
class Road:
    """Another road to the step under `key`.

    `tag` and `says` name it, `formula` is the one used. `rules` are applied in their order, to a student's earlier
    figures, and the last one leads to the step. `factor` gives, from the student's figures, what each row is multiplied
    with on this road, and what it is divided by before the lesson's own rules go on with it. `by_rows`: each row may be
    reached by this road or not.
    """

    tag: str
    key: str
    says: str
    formula: str
    rules: tuple[Rule, ...]
    factor: Callable[[Mapping[str, Array]], Array] | None = None
    by_rows: bool = True

    @property
    def looseness(self) -> int:
        """By how many margins answers may be off: by one in a whole table, for slips lead to similar figures."""
        return 2 if self.by_rows else 1

    def value(self, chain: Chain) -> Array:
        """The step as this road leads to it."""
        values = dict(chain.values)
        for rule in self.rules:
            values[rule.key] = chain.value_of(rule, values)
        return np.asarray(values[self.key] * self.factor_of(values))

    def factor_of(self, values: Mapping[str, Array]) -> Array | float:
        """What each row of the lesson's figures is multiplied with on this road."""
        return 1.0 if self.factor is None else self.factor(values)


def possible_roads(rules: Mapping[str, Rule]) -> Iterator[Road]:
    """The other roads through a lesson with these rules."""
    if "exponentials" in rules and rules["exponentials"].inputs[0] in rules:
        yield from _shifted(rules)
    if "weight_gradients" in rules and "N" in rules["weight_gradients"].formula:
        yield _divided_residuals(rules)
    yield from _losses_from_logits(rules)
    yield from _updates_in_one(rules)


def _shifted(rules: Mapping[str, Rule]) -> Iterator[Road]:
    """exp(h − c) with c the row's maximum, and the sums of these."""
    exponents, letter = rules["exponentials"].inputs[0], rules["exponentials"].formula[-2]
    says = "the maximum of each row was subtracted before exp"

    def column(values: Mapping[str, Array]) -> Array:
        return np.asarray(np.exp(-values[exponents].max(axis=1, keepdims=True)))

    def entry(values: Mapping[str, Array]) -> Array:
        return np.asarray(np.exp(-values[exponents].max(axis=1)))

    formula = f"E_ic = exp({letter}_ic − max_k {letter}_ik)"
    yield Road(
        tag="shifted-exponentials", key="exponentials", says=says, formula=formula, rules=(rules["exponentials"],),
        factor=column,
    )  # fmt: skip
    yield Road(
        tag="shifted-exponentials", key="normalizers", says=says,
        formula=f"S_i = Σ_c exp({letter}_ic − max_k {letter}_ik)", rules=(rules["normalizers"],), factor=entry,
    )  # fmt: skip


def _divided_residuals(rules: Mapping[str, Rule]) -> Road:
    """Residuals divided by N, which the gradient then is not."""
    rule = rules["residuals"]
    symbol, _, formula = rule.formula.partition(" = ")
    return Road(
        tag="divided-residuals", key=rule.key, says="the residuals were divided by N, in place of the gradient",
        formula=f"{symbol} = ({formula}) / N", rules=(rule,),
        factor=lambda values: np.asarray(1 / len(values["residuals"])), by_rows=False,
    )  # fmt: skip


def _losses_from_logits(rules: Mapping[str, Rule]) -> Iterator[Road]:
    """Losses from the logits, without the probabilities."""
    rule = rules.get("node_losses")
    if rule is None or rule.in_full is None or rule.in_full.instead[0] not in rules:
        return
    exponents, _, targets = rule.in_full.instead
    compute = rule.in_full.compute

    def losses(H: Array, targets: Array) -> Array:
        return compute(H, maths.relative_exponentials(H), targets)

    letter = rules["exponentials"].formula[-2] if "exponentials" in rules else "H"
    formula = f"−ln P_ic = ln(1 + Σ_k≠c exp({letter}_ik − {letter}_ic))"
    from_logits = replace(rule, compute=losses, inputs=(exponents, targets), in_full=None)
    says = "the losses were computed from the logits, without rounded probabilities"
    common: dict[str, Any] = {"tag": "loss-from-logits", "says": says, "formula": formula}
    yield Road(key=rule.key, rules=(from_logits,), **common)
    for key in ("data_loss", "loss"):
        if key in rules and "node_losses" in rules[key].inputs:
            yield Road(key=key, rules=(from_logits, rules[key]), **common)


def _updates_in_one(rules: Mapping[str, Rule]) -> Iterator[Road]:
    """The update from the residuals, without a rounded gradient."""
    for gradient, update in (("weight_gradients", "updated_weights"), ("bias_gradients", "updated_biases")):
        if gradient in rules and update in rules:
            symbol = rules[update].symbol
            yield Road(
                tag="update-in-one", key=update, says=f"{symbol} was computed at once, without a rounded gradient",
                formula=rules[update].formula, rules=(rules[gradient], rules[update]),
            )  # fmt: skip
