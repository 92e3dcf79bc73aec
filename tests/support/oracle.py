"""One round of the lesson by hand, in exact fractions: the reference for by-hand arithmetic.

It shares no code with softstep: no NumPy and no matrices, its own rounding, every quantity a plain sum in a loop. Only
exp and ln come from the `decimal` module, with 60 digits.
"""

from collections.abc import Mapping, Sequence
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


def one_round_with_conventions(keys: Mapping[str, Any], *, places: int, loss_places: int, ties: str) -> dict[str, Any]:
    """Every quantity of the lesson by the conventions that a config's keys say, each rounded before the next.

    D is not rounded: it is given, added up. A gradient is one operation, the part of the penalty with it.
    """

    def exact(x: Any) -> Any:
        return [exact(entry) for entry in x] if isinstance(x, list) else Fraction(str(x))

    def round_figure(x: Fraction) -> Fraction:
        return round_exactly(x, places, ties)

    def round_table(table: list[list[Fraction]]) -> list[list[Fraction]]:
        return [[round_figure(x) for x in row] for row in table]

    def round_loss(x: Fraction) -> Fraction:
        return round_exactly(x, loss_places, ties)

    w = exact(keys["weights"])
    z, bias, rate, tau = (exact(keys.get(key, 1)) for key in ("embeddings", "biases", "learning_rate", "temperature"))
    classes, features = range(len(w)), range(len(z[0]))
    found: dict[str, Any] = {}

    # forward
    h = round_table([[sum((x * w[c][j] for j, x in enumerate(row)), bias[c]) for c in classes] for row in z])
    found["logits"] = g = h
    if "temperature" in keys:
        found["scaled_logits"] = g = round_table([[x / tau for x in row] for row in h])
    found["exponentials"] = e = round_table([[exp(x) for x in row] for row in g])
    found["normalizers"] = sums = [round_figure(sum(row)) for row in e]
    found["probabilities"] = p = round_table([[x / total for x in row] for row, total in zip(e, sums, strict=True)])
    found["predictions"] = [row.index(max(row)) for row in p]

    # targets
    if "targets" in keys:
        nodes, given = list(range(len(z))), exact(keys["targets"])
    else:
        nodes = [i for i in range(len(z)) if str(i + 1) in keys["labels"]]
        given = [[Fraction(keys["labels"][str(i + 1)] == c) for c in classes] for i in nodes]
    t, epsilon = given, exact(keys.get("label_smoothing", 0))
    if "label_smoothing" in keys:
        t = round_table([[(1 - epsilon) * x + epsilon / len(w) for x in row] for row in given])
        found["smoothed_targets" if "targets" in keys else "targets"] = t
    u = exact(keys.get("class_weights", [1 for _ in classes]))
    s = [exact(keys.get("node_weights", {}).get(str(i + 1), 1)) for i in nodes]
    is_weighted = "class_weights" in keys or "node_weights" in keys
    a = t
    if is_weighted:
        a = round_table([[s[i] * u[c] * x for c, x in enumerate(row)] for i, row in enumerate(t)])
        found["weighted_targets"] = a

    # losses
    by = keys.get("divide_by", "weights" if "labels" in keys and is_weighted else "nodes")
    D = Fraction(len(nodes))
    if keys.get("reduction") == "sum":
        D = Fraction(1)
    elif by == "weights":
        found["divisor"] = D = sum(s[i] * u[c] * x for i, row in enumerate(given) for c, x in enumerate(row))
    pairs = list(zip(a, (p[i] for i in nodes), strict=True))
    losses = [round_loss(-sum(x * ln(of) for x, of in zip(row, ps, strict=True) if x)) for row, ps in pairs]
    found["node_losses"] = losses
    loss = round_loss(sum(losses) / D)
    l2 = {"strength": 0, "half": True, "biases": False, **keys.get("l2", {})}
    strength = exact(l2["strength"])
    if "l2" in keys:
        parameters = [x for row in w for x in row] + (bias if l2["biases"] else [])
        omega = round_loss(strength * sum(x * x for x in parameters) / (2 if l2["half"] else 1))
        found |= {"data_loss": loss, "penalty": omega}
        loss = round_loss(loss + omega)
    found["loss"] = loss

    # gradient
    add_up = not is_weighted and ("targets" not in keys or all(sum(row) == 1 for row in given))
    r = round_table([[(ps[c] * (1 if add_up else sum(row)) - row[c]) / tau for c in classes] for row, ps in pairs])
    factor = strength * (1 if l2["half"] else 2)
    rows = [z[i] for i in nodes]
    dw = round_table(
        [
            [sum(each[c] * row[j] for each, row in zip(r, rows, strict=True)) / D + factor * w[c][j] for j in features]
            for c in classes
        ]
    )
    db = [round_figure(sum(each[c] for each in r) / D + l2["biases"] * factor * bias[c]) for c in classes]
    return found | {
        "residuals": r,
        "weight_gradients": dw,
        "bias_gradients": db,
        "updated_weights": round_table([[w[c][j] - rate * dw[c][j] for j in features] for c in classes]),
        "updated_biases": [round_figure(bias[c] - rate * db[c]) for c in classes],
    }


def floats(x: Any) -> Any:
    """The numbers as the nearest float64."""
    return [floats(entry) for entry in x] if isinstance(x, list) else float(x)
