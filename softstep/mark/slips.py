"""The slips in rules: one row of `SLIPS` for each, with the formula that the student used.

Those that mistake a convention are in `convention_slips`, those in the inputs in `input_errors`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from softstep.lesson import maths
from softstep.lesson.maths import Array
from softstep.lesson.rules import BY_KEY, Rule
from softstep.mark import wrong_formulas as wrong
from softstep.mark.wrong_formulas import Edit
from softstep.mark.wrong_rules import EXCHANGED, WrongRule, make_wrong_rule


def _change(
    tag: str, key: str, edit: Edit, compute: Callable[..., Array], says: str, first: str = "", is_vague: bool = False
) -> WrongRule:
    """A row of `SLIPS` for every right rule: its formula is edited, `compute` takes its function and its inputs.

    `first` is the key of another first input.
    """

    def remake(right: Rule) -> Rule:
        inputs = (first, *right.inputs[1:]) if first else right.inputs
        turned = edit(right.turned_formula) if right.turned_formula else ""
        computed = partial(compute, right.compute)
        return replace(right, formula=edit(right.formula), turned_formula=turned, compute=computed, inputs=inputs)

    return make_wrong_rule(tag, remake(BY_KEY[key]), says, remake=remake, is_vague=is_vague)


def _slip(
    tag: str,
    key: str,
    formula: str,
    compute: Callable[..., Array],
    says: str,
    inputs: tuple[str, ...] = (),
    turned: str = "",
    mixes_nodes: bool = False,
) -> WrongRule:
    """A row of `SLIPS`, one rule whatever is right: `compute` takes the inputs of the page's rule, or those named.

    `turned` is the formula if W has a row for each feature, unless it is the same.
    """
    right = BY_KEY[key]
    over_labelled = right.labelled or "labels" in inputs or right.over_labelled
    inputs = inputs or right.inputs
    rule = replace(
        right, formula=formula, turned_formula=turned, compute=compute, inputs=inputs, over_labelled=over_labelled
    )
    return make_wrong_rule(tag, rule, says, mixes_nodes=mixes_nodes)


def _update_slips(tag: str, formula: str, compute: Callable[..., Array], says: str) -> Iterator[WrongRule]:
    """The same slip in the update of the weights and of the biases."""
    yield _slip(tag, "updated_weights", f"W′ = {formula.format(p='W', g='dW')}", compute, says)
    yield _slip(tag, "updated_biases", f"b′ = {formula.format(p='b', g='db')}", compute, says)


def _off_by_one(formula: str, shift: int, wraps: bool) -> WrongRule:
    """The slip of reading the losses at the next class; past the last comes the first if `wraps`."""
    says = "the loss of each node was read at the class next to its own"
    return _slip("off-by-one-label", "node_losses", formula, partial(wrong.losses_beside, shift, wraps), says)


def _multiples(key: str) -> Iterator[WrongRule]:
    """The slips of writing down twice or half of what is right, and of dividing by N − 1."""
    for times, factor, says in (
        ("2", lambda N: 2.0, "the result was doubled"),
        ("0.5", lambda N: 0.5, "the result was halved"),
        ("N / (N − 1)", lambda N: N / (N - 1) if N > 1 else np.nan, "the sum was divided by N − 1, not by N"),
    ):
        edit = partial(wrong.multiply_by, times)
        yield _change("constant-factor", key, edit, partial(wrong.multiple, factor), says, is_vague=True)


_FROM_LOGITS = ("logits",)
_DIVIDED_TWICE = "the sum was divided twice"

SLIPS: tuple[WrongRule, ...] = (
    _slip(
        "no-bias", "logits", "H = Z Wᵀ", lambda Z, W, b: Z @ W.T, "the bias was left out", turned="H = Z W",
    ),
    _slip(
        "bias-subtracted", "logits", "H = Z Wᵀ − b", lambda Z, W, b: Z @ W.T - b, "the bias was subtracted",
        turned="H = Z W − b",
    ),
    _slip(
        "weights-transposed", "logits", "H = Z W + b", wrong.logits_of_transposed,
        "the weights were used with rows and columns exchanged", turned="H = Z Wᵀ + b",
    ),
    _slip("no-exp", "exponentials", "E = H", lambda H: H, "exp was left out", _FROM_LOGITS),
    _slip("base-2", "exponentials", "E = 2^H", partial(wrong.powers, 2.0), "powers of 2 were taken, not of e"),
    _slip("base-10", "exponentials", "E = 10^H", partial(wrong.powers, 10.0), "powers of 10 were taken, not of e"),
    _slip(
        "softmax-down-columns", "probabilities", "P_ic = E_ic / Σ_i E_ic", lambda E: wrong.shares(E, 0),
        "each exponential was divided by the sum over the nodes, not over the classes", ("exponentials",),
        mixes_nodes=True,
    ),
    _slip(
        "softmax-over-matrix", "probabilities", "P_ic = E_ic / Σ_ic E_ic", lambda E: E / E.sum(),
        "each exponential was divided by the sum over the whole matrix", ("exponentials",), mixes_nodes=True,
    ),
    _slip(
        "no-exp", "probabilities", "P_ic = H_ic / Σ_c H_ic", lambda H: wrong.shares(H, 1),
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
        "base-2", "probabilities", "P_ic = 2^H_ic / Σ_c 2^H_ic", lambda H: wrong.shares(np.exp2(H), 1),
        "powers of 2 were taken, not of e", _FROM_LOGITS,
    ),
    _slip(
        "base-10", "probabilities", "P_ic = 10^H_ic / Σ_c 10^H_ic", lambda H: wrong.shares(np.power(10.0, H), 1),
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
        "loss-sign", "node_losses", lambda formula: formula.replace("−", "", 1), wrong.negative,
        "the minus was left out",
    ),
    _change(
        "log10", "node_losses", lambda formula: formula.replace("ln", "log10"), partial(wrong.losses_by, 10.0),
        "log10 was taken, not ln",
    ),
    _change(
        "log2", "node_losses", lambda formula: formula.replace("ln", "log2"), partial(wrong.losses_by, 2.0),
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
    _off_by_one("ℓ_i = −ln P_i,(y_i + 1)", 1, wraps=True),
    _off_by_one("ℓ_i = −ln P_i,(y_i − 1)", -1, wraps=True),
    _off_by_one("ℓ_i = −ln P_i,(y_i + 1)", 1, wraps=False),
    _off_by_one("ℓ_i = −ln P_i,(y_i − 1)", -1, wraps=False),
    _change(
        "one-minus-p", "node_losses", lambda formula: re.sub(r"ln (\S+)", r"ln(1 − \1)", formula),
        lambda right, P, T: right(1 - P, T), "the logarithm of 1 − p was taken, not of p",
    ),
    _slip(
        "binary-loss", "node_losses", "ℓ_i = −Σ_c [Y_ic ln P_ic + (1 − Y_ic) ln(1 − P_ic)]", wrong.binary_losses,
        "the loss of a yes or no for each class was taken",
    ),
    _change("loss-sign", "loss", wrong.flip_sign, wrong.negative, "the sign is the wrong way round"),
    _change(
        "loss-sum", "loss", lambda formula: f"{formula.partition(' = ')[0]} = Σ ℓ_i",
        lambda right, losses, *D: losses.sum(), "the sum was not divided",
    ),
    _slip(
        "mean-over-classes", "loss", "L = (1/K) Σ ℓ_i", lambda losses, P: losses.sum() / P.shape[1],
        "the sum was divided by the number of classes", ("node_losses", "probabilities"),
    ),
    _change("mean-twice", "loss", wrong.divide_again, wrong.divided_again, _DIVIDED_TWICE),
    *_multiples("loss"),
    _slip(
        "log-of-mean", "loss", "L = −ln((1/N) Σ P_i,y_i)",
        lambda P, y: -np.log(P[np.arange(len(y)), y].mean()),
        "the logarithm of the mean was taken, not the mean of the logarithms", ("probabilities", "labels"),
    ),
    _change(
        "ones-target", "residuals", lambda formula: re.sub(rf"− {wrong.TARGET}", "− 1", formula),
        partial(wrong.residuals_of, 1), "1 was subtracted at every class, not the target",
    ),
    _change(
        "no-target", "residuals", wrong.drop_target, partial(wrong.residuals_of, 0), "the target was not subtracted",
    ),
    _change(
        "minus-p-at-label", "residuals", lambda formula: formula.replace("P − Y", "P (1 − 2Y)"), wrong.minus_at_label,
        "−p was written at the true class, not p − 1",
    ),
    _change("flipped-sign", "residuals", wrong.flip_residuals, wrong.negative, "y − p was taken, not p − y"),
    _change(
        "logits-for-probabilities", "residuals", lambda formula: formula.replace("P", "H"),
        lambda right, *values: right(*values), "the logits were used in place of the probabilities", first="logits",
    ),
    _change(
        "extra-derivative", "residuals", wrong.add_derivative, lambda right, P, *rest: right(P, *rest) * P * (1 - P),
        "the residuals were multiplied by p(1 − p) once more",
    ),
    _change("flipped-sign", "weight_gradients", wrong.flip_sign, wrong.negative, "the sign is the wrong way round"),
    _change(
        "no-mean", "weight_gradients", wrong.drop_divisor, lambda right, R, Z, *D: maths.article_weight_gradients(R, Z),
        "the sum was not divided",
    ),
    _change(
        "divided-by-classes", "weight_gradients", lambda formula: f"{wrong.drop_divisor(formula)} / K",
        lambda right, R, Z, *D: R.T @ Z / R.shape[1], "the sum was divided by the number of classes",
    ),
    _change(
        "transposed", "weight_gradients", wrong.exchange_factors, lambda right, *values: right(*values).T, EXCHANGED,
    ),
    _change(
        "no-input", "weight_gradients", wrong.drop_input, lambda right, R, Z, *D: right(R, np.ones_like(Z), *D),
        "the residuals were not multiplied by z",
    ),
    _change("mean-twice", "weight_gradients", wrong.divide_again, wrong.divided_again, _DIVIDED_TWICE),
    *_multiples("weight_gradients"),
    _change(
        "inner-product", "weight_gradients", wrong.replace_products("dW_cj = Σ_i r_i · z_i", "dW_jc = Σ_i r_i · z_i"),
        wrong.products(wrong.inner_products),
        "the inner product of residuals and embeddings was taken for every weight",
    ),
    _change(
        "elementwise-product", "weight_gradients",
        wrong.replace_products("dW_cj = Σ_i R_ij Z_ij", "dW_jc = Σ_i R_ij Z_ij"),
        wrong.products(wrong.products_in_rows), "residuals and embeddings were multiplied entry by entry",
    ),
    _change(
        "elementwise-product", "weight_gradients",
        wrong.replace_products("dW_cj = Σ_i R_ic Z_ic", "dW_jc = Σ_i R_ic Z_ic"),
        wrong.products(wrong.products_in_columns), "residuals and embeddings were multiplied entry by entry",
    ),
    _change("flipped-sign", "bias_gradients", wrong.flip_sign, wrong.negative, "the sign is the wrong way round"),
    _change(
        "no-mean", "bias_gradients", wrong.drop_divisor, lambda right, R, *D: maths.article_bias_gradients(R),
        "the sum was not divided",
    ),
    _change(
        "divided-by-classes", "bias_gradients", lambda formula: f"{wrong.drop_divisor(formula)} / K",
        lambda right, R, *D: R.sum(axis=0) / R.shape[1], "the sum was divided by the number of classes",
    ),
    _change("mean-twice", "bias_gradients", wrong.divide_again, wrong.divided_again, _DIVIDED_TWICE),
    *_multiples("bias_gradients"),
    _change(
        "biases-lumped", "bias_gradients", lambda formula: formula.replace("Σ_i R_ic", "Σ_i Σ_k R_ik"),
        lambda right, R, *D: right(R.sum(axis=1, keepdims=True) * np.ones_like(R), *D),
        "one sum over all classes was written for every class",
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
