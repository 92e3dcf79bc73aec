"""What students compute by mistake, and the formulas that they use, made from the right ones."""

import re
from collections.abc import Callable

import numpy as np

from softstep.lesson import maths
from softstep.lesson.maths import Array

Edit = Callable[[str], str]
"""Makes a wrong formula from a right one."""


def multiply_by(times: str, formula: str) -> str:
    """The formula with its right side multiplied."""
    symbol, _, right = formula.partition(" = ")
    return f"{symbol} = ({right}) · {times}"


def multiple(factor: Callable[[int], float], right: Callable[..., Array], rows: Array, *values: Array) -> Array:
    """The right value times a factor that depends on the number of rows."""
    return np.asarray(factor(len(rows)) * right(rows, *values))


def powers(base: float, H: Array, m: Array) -> Array:
    """Powers of another base in place of exponentials."""
    return np.asarray(np.power(base, H - m[:, None]))


def shares(E: Array, axis: int) -> Array:
    """Each entry divided by the sum along an axis."""
    return np.asarray(E / E.sum(axis=axis, keepdims=True))


def negative(right: Callable[..., Array], *values: Array) -> Array:
    """The right value with the other sign."""
    return -right(*values)


def flip_sign(formula: str) -> str:
    """The formula with a minus."""
    return formula.replace("= ", "= −", 1)


def losses_by(base: float, right: Callable[..., Array], *values: Array) -> Array:
    """Losses by the logarithm of another base."""
    return np.asarray(right(*values) / np.log(base))


def losses_beside(shift: int, wraps: bool, P: Array, y: Array) -> Array:
    """The node losses read at the class before or after the true one; past the last comes the first if `wraps`."""
    K = P.shape[1]
    return maths.node_losses(P, (y + shift) % K if wraps else np.clip(y + shift, 0, K - 1))


def binary_losses(P: Array, y: Array) -> Array:
    """−Σ_c [Y_ic ln P_ic + (1 − Y_ic) ln(1 − P_ic)]."""
    is_true = maths.one_hot(y, P.shape[1]) == 1
    return np.asarray(-np.log(np.where(is_true, P, 1 - P)).sum(axis=1))


def minus_at_label(right: Callable[..., Array], P: Array, y: Array, *tau: Array) -> Array:
    """P (1 − 2Y): −p at the true class, p elsewhere."""
    Y = maths.one_hot(y, P.shape[1]) if y.ndim == 1 else y
    return np.asarray(P * (1 - 2 * Y) / (tau[0] if tau else 1))


def logits_of_transposed(Z: Array, W: Array, b: Array) -> Array:
    """Z W + b; nan if there are not as many classes as features."""
    return Z @ W + b if W.shape[0] == W.shape[1] else np.full((len(Z), len(b)), np.nan)


def divided_again(right: Callable[..., Array], rows: Array, *values: Array) -> Array:
    """The right value divided once more by N, or by D if that is an input."""
    has_divisor = bool(values) and values[-1].ndim == 0
    return np.asarray(right(rows, *values) / (values[-1] if has_divisor else len(rows)))


def products(part: Callable[[Array, Array], tuple[Array, Array]]) -> Callable[..., Array]:
    """A wrong product of residuals and embeddings, where there are as many classes as features."""

    def compute(right: Callable[..., Array], R: Array, Z: Array, *D: Array) -> Array:
        return right(*part(R, Z), *D) if R.shape == Z.shape else np.full((R.shape[1], Z.shape[1]), np.nan)

    return compute


def inner_products(R: Array, Z: Array) -> tuple[Array, Array]:
    """Residuals and embeddings of which the product is Σ_i r_i · z_i for every weight."""
    return (R * Z).sum(axis=1, keepdims=True) * np.ones_like(R), np.ones_like(Z)


def products_in_rows(R: Array, Z: Array) -> tuple[Array, Array]:
    """Residuals and embeddings of which the product is Σ_i R_ij Z_ij, the same for every class."""
    return np.ones_like(R), R * Z


def products_in_columns(R: Array, Z: Array) -> tuple[Array, Array]:
    """Residuals and embeddings of which the product is Σ_i R_ic Z_ic, the same for every feature."""
    return R * Z, np.ones_like(Z)


TARGET = "(Y|T′?|A_ic)"
"""What is subtracted in the formula of residuals."""


def residuals_of(target: float, right: Callable[..., Array], P: Array, T: Array, *tau: Array) -> Array:
    """The residuals with the same number in place of every target."""
    targets = maths.one_hot(T, P.shape[1]) if T.ndim == 1 else T
    return right(P, T, *tau) + (targets - target) / (tau[0] if tau else 1)


def flip_residuals(formula: str) -> str:
    """The formula of residuals with its terms exchanged."""
    return re.sub(rf"(P|P_ic Σ_k A_ik) − {TARGET}", r"\2 − \1", formula)


def drop_target(formula: str) -> str:
    """The formula of residuals without the target."""
    return re.sub(rf"\(?(P|P_ic Σ_k A_ik) − {TARGET}\)?", r"\1", formula)


def add_derivative(formula: str) -> str:
    """The formula of residuals times p (1 − p)."""
    symbol, _, right = formula.partition(" = ")
    difference, by, tau = right.partition(" / ")
    p = "P_ic" if "_ic" in difference else "P"
    return f"{symbol} = ({difference.strip('()')}) {p} (1 − {p}){by}{tau}"


def drop_divisor(formula: str) -> str:
    """The formula without / N or / D at its end."""
    return re.sub(" / [ND]$", "", formula)


def divide_again(formula: str) -> str:
    """The formula with N² or D² in place of N or D."""
    return re.sub(r"(1/N|/ [ND]$)", r"\1²", formula)


def exchange_factors(formula: str) -> str:
    """The formula with the factors Rᵀ Z exchanged."""
    other = {"Rᵀ Z": "Zᵀ R", "Zᵀ R": "Rᵀ Z"}
    return re.sub("|".join(other), lambda found: other[found[0]], formula).replace("λ W", "λ Wᵀ")


def drop_input(formula: str) -> str:
    """The formula of the weight gradients without the embeddings."""
    return formula.replace("dW = Rᵀ Z", "dW_cj = Σ_i R_ic").replace("dW = Zᵀ R", "dW_jc = Σ_i R_ic")


def replace_products(rows: str, columns: str) -> Edit:
    """Write another product in place of Rᵀ Z; `columns` is the one where W has a row for each feature."""
    return lambda formula: formula.replace("dW = Rᵀ Z", rows).replace("dW = Zᵀ R", columns)
