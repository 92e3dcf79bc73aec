"""The slips: mistakes that students make, each as data.

A slip in a rule is another rule under the same key: one row of `SLIPS`. Slips in the inputs are in `input_errors`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from softstep.lesson import maths
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
    """A slip in a rule: `rule` is used in place of the right one."""

    rule: Rule

    def turn(self) -> Slip:
        """The slip with the formula as a page shows it if W has a row for each feature."""
        return replace(self, formula=self.rule.turned_formula or self.formula)

    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Put the wrong rule under its key."""
        rules[self.rule.key] = self.rule


def transposed_table(rule: Rule, formula: str) -> WrongRule:
    """The slip of writing a table down with its rows as columns; `formula` is the right one."""
    symbol, _, right = formula.partition(" = ")
    return _wrong_rule("transposed", replace(rule, formula=f"{symbol} = ({right})ᵀ"), _EXCHANGED)


def _wrong_rule(tag: str, rule: Rule, says: str) -> WrongRule:
    targets = frozenset([rule.key])
    return WrongRule(tag=tag, where=rule.key, says=says, formula=rule.formula, targets=targets, rule=rule)


def _slip(
    tag: str,
    key: str,
    formula: str,
    compute: Callable[..., Array],
    says: str,
    inputs: tuple[str, ...] = (),
    turned: str = "",
) -> WrongRule:
    """A row of `SLIPS`: `compute` takes the right rule's inputs, or those named.

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


def _losses_by(log: Callable[[Array], Array], P: Array, y: Array) -> Array:
    return -log(P[np.arange(len(y)), y])


def _losses_beside(shift: int, wraps: bool, P: Array, y: Array) -> Array:
    """The node losses read at the class before or after the true one; past the last comes the first if `wraps`."""
    K = P.shape[1]
    return maths.node_losses(P, (y + shift) % K if wraps else np.clip(y + shift, 0, K - 1))


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
    _slip(
        "loss-sign", "node_losses", "ℓ_i = ln P_i,y_i", lambda P, y: -maths.node_losses(P, y), "the minus was left out",
    ),
    _slip("log10", "node_losses", "ℓ_i = −log10 P_i,y_i", partial(_losses_by, np.log10), "log10 was taken, not ln"),
    _slip("log2", "node_losses", "ℓ_i = −log2 P_i,y_i", partial(_losses_by, np.log2), "log2 was taken, not ln"),
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
    _slip(
        "one-minus-p", "node_losses", "ℓ_i = −ln(1 − P_i,y_i)", lambda P, y: maths.node_losses(1 - P, y),
        "the logarithm of 1 − p was taken, not of p",
    ),
    _slip(
        "loss-sign", "loss", "L = −(1/N) Σ ℓ_i", lambda losses: -maths.loss(losses), "the sign is the wrong way round",
    ),
    _slip(
        "loss-sum", "loss", "L = Σ ℓ_i", lambda losses: losses.sum(), "the sum was not divided by the number of nodes",
    ),
    _slip(
        "log-of-mean", "loss", "L = −ln((1/N) Σ P_i,y_i)",
        lambda P, y: -np.log(P[np.arange(len(y)), y].mean()),
        "the logarithm of the mean was taken, not the mean of the logarithms", ("probabilities", "labels"),
    ),
    _slip(
        "ones-target", "residuals", "R = P − 1", lambda P, y: P - 1,
        "1 was subtracted at every class, not at the true class alone",
    ),
    _slip("no-target", "residuals", "R = P", lambda P, y: P, "1 was not subtracted at the true class"),
    _slip("flipped-sign", "residuals", "R = Y − P", lambda P, y: -maths.residuals(P, y), "y − p was taken, not p − y"),
    _slip(
        "logits-for-probabilities", "residuals", "R = H − Y", maths.residuals,
        "the logits were used in place of the probabilities", ("logits", "labels"),
    ),
    _slip(
        "extra-derivative", "residuals", "R = (P − Y) P (1 − P)", lambda P, y: maths.residuals(P, y) * P * (1 - P),
        "the residuals were multiplied by p(1 − p) once more",
    ),
    _slip(
        "flipped-sign", "weight_gradients", "dW = −Rᵀ Z / N", lambda R, Z: -maths.weight_gradients(R, Z),
        "the sign is the wrong way round", turned="dW = −Zᵀ R / N",
    ),
    _slip(
        "no-mean", "weight_gradients", "dW = Rᵀ Z", maths.article_weight_gradients,
        "the sum was not divided by the number of nodes", turned="dW = Zᵀ R",
    ),
    _slip(
        "divided-by-classes", "weight_gradients", "dW = Rᵀ Z / K", lambda R, Z: R.T @ Z / R.shape[1],
        "the sum was divided by the number of classes, not of nodes", turned="dW = Zᵀ R / K",
    ),
    _slip(
        "transposed", "weight_gradients", "dW = Zᵀ R / N", lambda R, Z: maths.weight_gradients(R, Z).T,
        _EXCHANGED, turned="dW = Rᵀ Z / N",
    ),
    _slip(
        "no-input", "weight_gradients", "dW_cj = Σ_i R_ic / N",
        lambda R, Z: np.repeat(maths.bias_gradients(R)[:, None], Z.shape[1], axis=1),
        "the residuals were not multiplied by z", turned="dW_jc = Σ_i R_ic / N",
    ),
    _slip(
        "flipped-sign", "bias_gradients", "db_c = −Σ_i R_ic / N", lambda R: -maths.bias_gradients(R),
        "the sign is the wrong way round",
    ),
    _slip(
        "no-mean", "bias_gradients", "db_c = Σ_i R_ic", maths.article_bias_gradients,
        "the sum was not divided by the number of nodes",
    ),
    _slip(
        "divided-by-classes", "bias_gradients", "db_c = Σ_i R_ic / K", lambda R: R.sum(axis=0) / R.shape[1],
        "the sum was divided by the number of classes, not of nodes",
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
