"""One round of the lesson by hand, in exact fractions: the reference for by-hand arithmetic.

It shares no code with softstep: no NumPy and no matrices, its own rounding, every quantity a plain sum in a loop. Only
exp and ln come from the `decimal` module, with 60 digits.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import floor
from typing import Any

SIXTY = Context(prec=60)


def round_exactly(x: Fraction, places: int, ties: str) -> Fraction:
    """Round x to `places` decimals; `ties` is half-up (away from zero), half-even or half-down (towards zero)."""
    units = abs(x) * 10**places
    below = floor(units)
    rest = units - below
    if rest == Fraction(1, 2):
        up = {"half-up": True, "half-even": below % 2 == 1, "half-down": False}[ties]
    else:
        up = rest > Fraction(1, 2)
    return (1 if x > 0 else -1) * Fraction(below + up, 10**places)


def exp(x: Fraction) -> Fraction:
    return Fraction(SIXTY.exp(SIXTY.divide(Decimal(x.numerator), Decimal(x.denominator))))


def ln(x: Fraction) -> Fraction:
    return Fraction(SIXTY.ln(SIXTY.divide(Decimal(x.numerator), Decimal(x.denominator))))


def one_round(
    Z: Sequence[Sequence[str]],
    W: Sequence[Sequence[str]],
    b: Sequence[str],
    y: Sequence[int],
    alpha: str,
    *,
    places: int,
    loss_places: int,
    ties: str,
    article: bool,
) -> dict[str, Any]:
    """Every quantity of the lesson, each rounded before the next is computed from it; numbers are given as text."""
    z = [[Fraction(x) for x in row] for row in Z]
    w = [[Fraction(x) for x in row] for row in W]
    bias = [Fraction(x) for x in b]
    rate = Fraction(alpha)
    nodes, classes, features = range(len(z)), range(len(w)), range(len(z[0]))
    N = 1 if article else len(z)

    def round_figure(x: Fraction) -> Fraction:
        return round_exactly(x, places, ties)

    h = [[round_figure(sum((z[i][j] * w[c][j] for j in features), bias[c])) for c in classes] for i in nodes]
    e = [[round_figure(exp(h[i][c])) for c in classes] for i in nodes]
    s = [round_figure(sum(e[i])) for i in nodes]
    p = [[round_figure(e[i][c] / s[i]) for c in classes] for i in nodes]
    losses = [round_exactly(-ln(p[i][y[i]]), loss_places, ties) for i in nodes]
    residuals = [[round_figure(p[i][c] - (1 if article or y[i] == c else 0)) for c in classes] for i in nodes]
    dw = [[round_figure(sum(residuals[i][c] * z[i][j] for i in nodes) / N) for j in features] for c in classes]
    db = [round_figure(sum(residuals[i][c] for i in nodes) / N) for c in classes]
    return {
        "logits": h,
        "exponentials": e,
        "normalizers": s,
        "probabilities": p,
        "predictions": [row.index(max(row)) for row in p],
        "node_losses": losses,
        "loss": round_exactly(sum(losses) / len(z), loss_places, ties),
        "residuals": residuals,
        "weight_gradients": dw,
        "bias_gradients": db,
        "updated_weights": [[round_figure(w[c][j] - rate * dw[c][j]) for j in features] for c in classes],
        "updated_biases": [round_figure(bias[c] - rate * db[c]) for c in classes],
    }


def floats(x: Any) -> Any:
    """The numbers as the nearest float64."""
    return [floats(entry) for entry in x] if isinstance(x, list) else float(x)
