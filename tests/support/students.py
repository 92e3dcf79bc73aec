"""Students who work a problem by hand, without a mistake or with one of the known slips: the reference for marking.

They share no code with softstep: every quantity is a plain sum in a loop over lists, each figure is rounded before the
next is computed from it, and every slip is written here a second time, as a student makes it.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

TIES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "half-down": ROUND_HALF_DOWN}
WAYS = TIES | {"cut-off": ROUND_DOWN}


@dataclass(frozen=True)
class Way:
    """How a student works.

    By hand each figure is rounded before the next is computed; `in_full` it is rounded only when it is written down,
    as with a calculator. `loss_places` are the decimals of losses, None for two or four as the student likes.
    """

    name: str
    ties: str = "half-up"
    in_full: bool = False
    places: int = 2
    loss_places: int | None = None


WAYS_OF_WORKING = (
    Way("half-up"),
    Way("half-even", "half-even"),
    Way("half-down", "half-down"),
    Way("cut off", "cut-off"),
    Way("calc 2", in_full=True, loss_places=2),
    Way("calc 4", in_full=True, places=4, loss_places=4),
    Way("calc 2, 4", in_full=True, loss_places=4),
)
"""By hand with each rule for ties, by hand cutting off, and with a calculator."""

Table = list[list[float]]


@dataclass(frozen=True)
class Conventions:
    """The conventions of a course; what is None is not used.

    T has targets in place of labels, `u` a weight for each class, `s` one for each node; `lam` is the strength of the
    penalty, with a half in it or not, of the biases too or not.
    """

    T: Table | None = None
    epsilon: float | None = None
    u: list[float] | None = None
    s: list[float] | None = None
    reduction: str | None = None
    divide_by: str | None = None
    lam: float | None = None
    half: bool = True
    biases: bool = False
    tau: float | None = None

    def keys(self) -> dict[str, Any]:
        """The conventions under the keys of a config."""
        penalty = {"strength": self.lam, "half": self.half, "biases": self.biases}
        keys = {
            "targets": self.T,
            "label_smoothing": self.epsilon,
            "class_weights": self.u,
            "node_weights": self.s,
            "reduction": self.reduction,
            "divide_by": self.divide_by,
            "l2": self.lam and penalty,
            "temperature": self.tau,
        }
        return {key: value for key, value in keys.items() if value is not None}

    @property
    def has_weights(self) -> bool:
        return self.u is not None or self.s is not None

    @property
    def has_divisor(self) -> bool:
        by = self.divide_by or ("nodes" if self.T else "weights")
        return self.has_weights and self.reduction != "sum" and by == "weights"


@dataclass(frozen=True)
class Exercise:
    """A problem as students get it."""

    Z: Table
    W: Table
    b: list[float]
    y: list[int]
    alpha: float
    by: Conventions = Conventions()

    @property
    def N(self) -> int:  # noqa: N802
        return len(self.Z)

    @property
    def K(self) -> int:  # noqa: N802
        return len(self.W)

    @property
    def d(self) -> int:
        return len(self.Z[0])

    def keys(self) -> dict[str, Any]:
        """The numbers under the keys of a config."""
        labels = {} if self.by.T else {"labels": self.y}
        return {
            "embeddings": self.Z,
            "weights": self.W,
            "biases": self.b,
            "learning_rate": self.alpha,
            **labels,
            **self.by.keys(),
        }


def random_exercise(random: Random, decimals: int = 2, square: bool = False) -> Exercise:
    """A random problem: 2 to 8 nodes, 2 to 5 features, 2 to 5 classes, numbers with so many decimals.

    `square`: as many classes as features.
    """
    n, d, K = random.randint(2, 8), random.randint(2, 5), random.randint(2, 5)
    K = d if square else K

    def number(least: float = -1.5, most: float = 1.5) -> float:
        return round(random.uniform(least, most), decimals) + 0.0  # no -0

    return Exercise(
        [[number() for _ in range(d)] for _ in range(n)],
        [[number() for _ in range(d)] for _ in range(K)],
        [number() for _ in range(K)],
        [random.randrange(K) for _ in range(n)],
        random.choice([0.1, 0.15, 0.2, 0.25, 0.3, 0.45]),
    )


def with_conventions(s: Exercise, random: Random) -> Exercise:
    """The problem with random conventions, each in about two of five problems."""

    def perhaps(value: Any) -> Any:
        return value if random.random() < 0.4 else None

    def shares() -> list[float]:
        parts = [random.randint(0, 4) for _ in range(s.K - 1)]
        parts = [part * 10 // max(10, sum(parts)) for part in parts]
        return [x / 10 for x in (*parts, 10 - sum(parts))]

    u = perhaps([random.choice([0.5, 1.5, 2.0, 3.0]) for _ in range(s.K)])
    weights = perhaps([random.choice([0.5, 1.5, 2.0]) for _ in range(s.N)])
    is_weighted = u is not None or weights is not None
    reduction = perhaps(random.choice(["sum", "mean"]))
    return replace(
        s,
        by=Conventions(
            T=perhaps([shares() for _ in range(s.N)]),
            epsilon=perhaps(random.choice([0.1, 0.2, 0.3])),
            u=u,
            s=weights,
            reduction=reduction,
            divide_by=perhaps(random.choice(["weights", "nodes"])) if is_weighted and reduction != "sum" else None,
            lam=perhaps(random.choice([0.05, 0.1, 0.2])),
            half=random.random() < 0.6,
            biases=random.random() < 0.4,
            tau=perhaps(random.choice([0.5, 2.0, 3.0])),
        ),
    )


def round_figure(x: float, ties: str, places: int = 2) -> float:
    """Round x as a student does: ties are decided on the decimal number, not on the noise of float64."""
    return float(Decimal(repr(round(x, 11))).quantize(Decimal(1).scaleb(-places), WAYS[ties])) + 0.0


def ln(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def index_of_largest(row: Sequence[float]) -> int:
    return row.index(max(row))


def dot(u: Sequence[float], v: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(u, v, strict=True))


def column(table: Table, c: int) -> list[float]:
    return [row[c] for row in table]


Figures = dict[str, Any]
"""The numbers written down so far, by key of the step."""

Work = Callable[[Exercise, Figures], Any]


def map_entries(table: Table, of: Callable[[int, int], float]) -> Table:
    return [[of(i, c) for c in range(len(row))] for i, row in enumerate(table)]


def softmax(row: Sequence[float], base: float = math.e) -> list[float]:
    powers = [base**x for x in row]
    return [x / math.fsum(powers) for x in powers]


def exponents(f: Figures) -> Table:
    """What exp is taken of."""
    table: Table = f.get("scaled_logits") or f["logits"]
    return table


def label(s: Exercise, i: int, c: int) -> float:
    """The target before smoothing and weights."""
    return s.by.T[i][c] if s.by.T else int(s.y[i] == c)


def smoothed(s: Exercise, f: Figures, i: int, c: int) -> float:
    """The target before weights."""
    table = f.get("smoothed_targets") or f.get("targets")
    return table[i][c] if table else label(s, i, c)


def target(s: Exercise, f: Figures, i: int, c: int) -> float:
    """The target that losses and residuals are made with."""
    table = f.get("weighted_targets")
    return table[i][c] if table else smoothed(s, f, i, c)


def weight(s: Exercise, i: int, c: int) -> float:
    return (s.by.s[i] if s.by.s else 1) * (s.by.u[c] if s.by.u else 1)


def weight_sum(s: Exercise) -> float:
    """The weights of the labels, or of the targets, added up."""
    return math.fsum(weight(s, i, c) * label(s, i, c) for i in range(s.N) for c in range(s.K))


def divisor(s: Exercise, f: Figures) -> float:
    """What the sum of the losses is divided by."""
    return 1 if s.by.reduction == "sum" else f.get("divisor") or s.N


def decay(s: Exercise, w: float, factor: float = 1) -> float:
    """The gradient of the penalty with respect to one number."""
    return (s.by.lam or 0) * (1 if s.by.half else 2) * w * factor


def gradient(s: Exercise, R: Table, by: float, factor: float = 1) -> Table:
    return [
        [dot(column(R, c), column(s.Z, j)) / by + decay(s, s.W[c][j], factor) for j in range(s.d)] for c in range(s.K)
    ]


def bias_gradient(s: Exercise, R: Table, by: float, factor: float = 1) -> list[float]:
    factor = factor if s.by.biases else 0
    return [math.fsum(column(R, c)) / by + decay(s, s.b[c], factor) for c in range(s.K)]


def penalty(s: Exercise, half: bool, biases: bool) -> float:
    squares = math.fsum(w * w for row in (*s.W, s.b if biases else []) for w in row)
    return (s.by.lam or 0) * squares / (2 if half else 1)


def cross_entropy(row: Sequence[float], targets: Sequence[float]) -> float:
    return -math.fsum(t * ln(p) for p, t in zip(row, targets, strict=True) if t)


def losses(s: Exercise, f: Figures, of: Callable[[int, int], float]) -> list[float]:
    return [cross_entropy(row, [of(i, c) for c in range(s.K)]) for i, row in enumerate(f["probabilities"])]


def residual(s: Exercise, f: Figures, P: Table, targets: Callable[[int, int], float], i: int, c: int) -> float:
    """The difference of one entry, with the temperature; the targets need not add up to 1."""
    total = math.fsum(targets(i, k) for k in range(s.K)) if "weighted_targets" in f else 1
    return (P[i][c] * total - targets(i, c)) / (s.by.tau or 1)


def right_residual(s: Exercise, f: Figures, i: int, c: int) -> float:
    return residual(s, f, f["probabilities"], lambda i, c: target(s, f, i, c), i, c)


def each_target(s: Exercise, of: Callable[[int, int], float]) -> Table:
    return [[of(i, c) for c in range(s.K)] for i in range(s.N)]


def smooth(s: Exercise, i: int, c: int, share: float = 1) -> float:
    epsilon = s.by.epsilon or 0
    return (1 - epsilon) * label(s, i, c) + share * epsilon / s.K


HONEST: Mapping[str, Work] = {
    "logits": lambda s, f: [[dot(z, w) + b for w, b in zip(s.W, s.b, strict=True)] for z in s.Z],
    "scaled_logits": lambda s, f: s.by.tau and map_entries(f["logits"], lambda i, c: f["logits"][i][c] / s.by.tau),
    "exponentials": lambda s, f: map_entries(f["logits"], lambda i, c: math.exp(exponents(f)[i][c])),
    "normalizers": lambda s, f: [math.fsum(row) for row in f["exponentials"]],
    "probabilities": lambda s, f: map_entries(
        f["exponentials"], lambda i, c: f["exponentials"][i][c] / f["normalizers"][i]
    ),
    "predictions": lambda s, f: [index_of_largest(row) for row in f["probabilities"]],
    "targets": lambda s, f: None if s.by.T or not s.by.epsilon else each_target(s, lambda i, c: smooth(s, i, c)),
    "smoothed_targets": lambda s, f: s.by.T and s.by.epsilon and each_target(s, lambda i, c: smooth(s, i, c)),
    "weighted_targets": lambda s, f: (
        each_target(s, lambda i, c: weight(s, i, c) * smoothed(s, f, i, c)) if s.by.has_weights else None
    ),
    "node_losses": lambda s, f: losses(s, f, lambda i, c: target(s, f, i, c)),
    "divisor": lambda s, f: weight_sum(s) if s.by.has_divisor else None,
    "data_loss": lambda s, f: s.by.lam and math.fsum(f["node_losses"]) / divisor(s, f),
    "penalty": lambda s, f: s.by.lam and penalty(s, s.by.half, s.by.biases),
    "loss": lambda s, f: f["data_loss"] + f["penalty"] if s.by.lam else math.fsum(f["node_losses"]) / divisor(s, f),
    "residuals": lambda s, f: map_entries(f["probabilities"], lambda i, c: right_residual(s, f, i, c)),
    "weight_gradients": lambda s, f: gradient(s, f["residuals"], divisor(s, f)),
    "bias_gradients": lambda s, f: bias_gradient(s, f["residuals"], divisor(s, f)),
    "updated_weights": lambda s, f: map_entries(s.W, lambda c, j: s.W[c][j] - s.alpha * f["weight_gradients"][c][j]),
    "updated_biases": lambda s, f: [b - s.alpha * g for b, g in zip(s.b, f["bias_gradients"], strict=True)],
}
"""The steps; None for one that the conventions have not."""


def _losses(of: Callable[[Sequence[float], int], float]) -> Work:
    return lambda s, f: [of(row, y) for row, y in zip(f["probabilities"], s.y, strict=True)]


def _entries(key: str, of: Callable[[Exercise, Figures, int, int], float]) -> Work:
    return lambda s, f: map_entries(f[key], lambda i, c: of(s, f, i, c))


def _weights(of: Callable[[float, float, float], float]) -> Work:
    return lambda s, f: map_entries(s.W, lambda c, j: of(s.W[c][j], f["weight_gradients"][c][j], s.alpha))


def _biases(of: Callable[[float, float, float], float]) -> Work:
    return lambda s, f: [of(b, g, s.alpha) for b, g in zip(s.b, f["bias_gradients"], strict=True)]


_UPDATES: Mapping[str, Callable[[float, float, float], float]] = {
    "ascent": lambda w, g, a: w + a * g,
    "no-rate": lambda w, g, a: w - g,
    "step-only": lambda w, g, a: a * g,
    "rate-on-parameter": lambda w, g, a: a * w - g,
}


def complements(f: Figures) -> Figures:
    """1 - p in place of every probability."""
    return {"probabilities": map_entries(f["probabilities"], lambda i, c: 1 - f["probabilities"][i][c])}


def _if_square(work: Work) -> Work:
    """The work of a slip that needs as many classes as features; None if there are not."""
    return lambda s, f: work(s, f) if s.d == s.K else None


def times(value: Any, k: float) -> Any:
    """Every number times k."""
    return [times(entry, k) for entry in value] if isinstance(value, list) else value * k


def _times(factor: Callable[[Exercise], float], work: Work) -> Work:
    return lambda s, f: times(work(s, f), factor(s))


_FACTORS: Sequence[Callable[[Exercise], float]] = (lambda s: 2, lambda s: 0.5, lambda s: s.N / (s.N - 1))

_SCALED: Mapping[str, Work] = {
    "loss": lambda s, f: math.fsum(f["node_losses"]) / divisor(s, f),
    "weight_gradients": HONEST["weight_gradients"],
    "bias_gradients": HONEST["bias_gradients"],
}

SQUARE_SLIPS = ("weights-transposed", "inner-product", "elementwise-product")
"""Slips that need as many classes as features."""

SLIPS: Sequence[tuple[str, str, Work]] = (
    ("no-bias", "logits", lambda s, f: [[dot(z, w) for w in s.W] for z in s.Z]),
    ("bias-subtracted", "logits", lambda s, f: [[dot(z, w) - b for w, b in zip(s.W, s.b, strict=True)] for z in s.Z]),
    (
        "weights-transposed",
        "logits",
        _if_square(lambda s, f: [[dot(z, column(s.W, c)) + s.b[c] for c in range(s.K)] for z in s.Z]),
    ),
    (
        "softmax-down-columns",
        "probabilities",
        _entries("exponentials", lambda s, f, i, c: f["exponentials"][i][c] / math.fsum(column(f["exponentials"], c))),
    ),
    (
        "no-exp",
        "probabilities",
        _entries("logits", lambda s, f, i, c: exponents(f)[i][c] / (math.fsum(exponents(f)[i]) or math.nan)),
    ),
    ("not-normalised", "probabilities", lambda s, f: f["exponentials"]),
    (
        "softmax-twice",
        "probabilities",
        lambda s, f: [
            softmax([e / total for e in row]) for row, total in zip(f["exponentials"], f["normalizers"], strict=True)
        ],
    ),
    (
        "softmax-over-matrix",
        "probabilities",
        lambda s, f: times(f["exponentials"], 1 / math.fsum(map(math.fsum, f["exponentials"]))),
    ),
    ("no-exp", "exponentials", lambda s, f: exponents(f)),
    ("base-2", "exponentials", _entries("logits", lambda s, f, i, c: 2 ** exponents(f)[i][c])),
    ("base-10", "exponentials", _entries("logits", lambda s, f, i, c: 10 ** exponents(f)[i][c])),
    ("base-2", "probabilities", lambda s, f: [softmax(row, 2) for row in exponents(f)]),
    ("base-10", "probabilities", lambda s, f: [softmax(row, 10) for row in exponents(f)]),
    ("one-based", "predictions", lambda s, f: [index_of_largest(row) + 1 for row in f["probabilities"]]),
    ("smallest", "predictions", lambda s, f: [row.index(min(row)) for row in f["probabilities"]]),
    ("loss-sign", "node_losses", lambda s, f: losses(s, f, lambda i, c: -target(s, f, i, c))),
    ("log10", "node_losses", lambda s, f: losses(s, f, lambda i, c: target(s, f, i, c) / math.log(10))),
    ("log2", "node_losses", lambda s, f: losses(s, f, lambda i, c: target(s, f, i, c) / math.log(2))),
    ("all-classes", "node_losses", _losses(lambda row, y: -math.fsum(map(ln, row)))),
    ("predicted-class", "node_losses", _losses(lambda row, y: -ln(max(row)))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[(y + 1) % len(row)]))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[y - 1]))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[min(y + 1, len(row) - 1)]))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[max(y - 1, 0)]))),
    (
        "one-minus-p",
        "node_losses",
        lambda s, f: losses(s, complements(f), lambda i, c: target(s, f, i, c)),
    ),
    (
        "binary-loss",
        "node_losses",
        lambda s, f: [
            one + other
            for one, other in zip(
                losses(s, f, lambda i, c: target(s, f, i, c)),
                losses(s, complements(f), lambda i, c: 1 - target(s, f, i, c)),
                strict=True,
            )
        ],
    ),
    ("loss-sign", "loss", lambda s, f: -math.fsum(f["node_losses"]) / divisor(s, f)),
    ("loss-sum", "loss", lambda s, f: math.fsum(f["node_losses"])),
    ("mean-over-classes", "loss", lambda s, f: math.fsum(f["node_losses"]) / s.K),
    ("mean-twice", "loss", lambda s, f: math.fsum(f["node_losses"]) / divisor(s, f) ** 2),
    (
        "log-of-mean",
        "loss",
        lambda s, f: -ln(math.fsum(row[y] for row, y in zip(f["probabilities"], s.y, strict=True)) / s.N),
    ),
    (
        "ones-target",
        "residuals",
        _entries(
            "probabilities", lambda s, f, i, c: right_residual(s, f, i, c) + (target(s, f, i, c) - 1) / (s.by.tau or 1)
        ),
    ),
    (
        "no-target",
        "residuals",
        _entries("probabilities", lambda s, f, i, c: right_residual(s, f, i, c) + target(s, f, i, c) / (s.by.tau or 1)),
    ),
    (
        "minus-p-at-label",
        "residuals",
        _entries(
            "probabilities", lambda s, f, i, c: f["probabilities"][i][c] * (-1 if s.y[i] == c else 1) / (s.by.tau or 1)
        ),
    ),
    ("flipped-sign", "residuals", _entries("probabilities", lambda s, f, i, c: -right_residual(s, f, i, c))),
    (
        "logits-for-probabilities",
        "residuals",
        _entries("logits", lambda s, f, i, c: residual(s, f, exponents(f), lambda i, c: target(s, f, i, c), i, c)),
    ),
    (
        "extra-derivative",
        "residuals",
        _entries(
            "probabilities",
            lambda s, f, i, c: (p := f["probabilities"][i][c]) * (1 - p) * right_residual(s, f, i, c),
        ),
    ),
    ("flipped-sign", "weight_gradients", lambda s, f: gradient(s, f["residuals"], -divisor(s, f))),
    ("no-mean", "weight_gradients", lambda s, f: gradient(s, f["residuals"], 1)),
    ("divided-by-classes", "weight_gradients", lambda s, f: gradient(s, f["residuals"], s.K)),
    (
        "transposed",
        "weight_gradients",
        lambda s, f: [list(row) for row in zip(*gradient(s, f["residuals"], divisor(s, f)), strict=True)],
    ),
    (
        "no-input",
        "weight_gradients",
        lambda s, f: [
            [math.fsum(column(f["residuals"], c)) / divisor(s, f) + decay(s, w) for w in s.W[c]] for c in range(s.K)
        ],
    ),
    ("mean-twice", "weight_gradients", lambda s, f: gradient(s, f["residuals"], divisor(s, f) ** 2)),
    (
        "inner-product",
        "weight_gradients",
        _if_square(
            lambda s, f: [
                [
                    math.fsum(dot(r, z) for r, z in zip(f["residuals"], s.Z, strict=True)) / divisor(s, f) + decay(s, w)
                    for w in row
                ]
                for row in s.W
            ]
        ),
    ),
    (
        "elementwise-product",
        "weight_gradients",
        _if_square(
            lambda s, f: [
                [
                    dot(column(f["residuals"], j), column(s.Z, j)) / divisor(s, f) + decay(s, w)
                    for j, w in enumerate(row)
                ]
                for row in s.W
            ]
        ),
    ),
    ("flipped-sign", "bias_gradients", lambda s, f: bias_gradient(s, f["residuals"], -divisor(s, f))),
    ("no-mean", "bias_gradients", lambda s, f: bias_gradient(s, f["residuals"], 1)),
    ("divided-by-classes", "bias_gradients", lambda s, f: bias_gradient(s, f["residuals"], s.K)),
    ("mean-twice", "bias_gradients", lambda s, f: bias_gradient(s, f["residuals"], divisor(s, f) ** 2)),
    (
        "biases-lumped",
        "bias_gradients",
        lambda s, f: [
            math.fsum(map(math.fsum, f["residuals"])) / divisor(s, f) + decay(s, b, int(s.by.biases)) for b in s.b
        ],
    ),
    *(("constant-factor", step, _times(factor, work)) for step, work in _SCALED.items() for factor in _FACTORS),
    *((tag, "updated_weights", _weights(of)) for tag, of in _UPDATES.items()),
    *((tag, "updated_biases", _biases(of)) for tag, of in _UPDATES.items()),
)
"""Every slip in a rule: its tag, the step where it is made, and the wrong computation."""


ONE_HOT_SLIPS = (
    *("all-classes", "predicted-class", "off-by-one-label", "log-of-mean", "binary-loss", "minus-p-at-label"),
)
"""Slips that need labels, neither smoothed nor weighted."""


def slip_as_made(s: Exercise, tag: str, step: str) -> str | None:
    """The step in which a slip is made under the conventions of a problem; None if it cannot be made."""
    by = s.by
    is_one_hot = not (by.T or by.epsilon or by.has_weights)
    needs_mean = tag in ("no-mean", "loss-sum", "mean-twice")
    if (tag in ONE_HOT_SLIPS and not is_one_hot) or (needs_mean and by.reduction == "sum"):
        return None
    return "data_loss" if step == "loss" and by.lam and tag != "no-penalty" else step


def _if_given(option: Callable[[Exercise], Any], work: Work) -> Work:
    """The work of a slip that needs an option; None if the problem lacks it."""
    return lambda s, f: work(s, f) if option(s) else None


def _wrong_divisor(s: Exercise) -> float | None:
    """N for the sum of the weights, or for a sum; and the reverse. None if both are the same."""
    wrong = s.N if s.by.has_divisor or s.by.reduction == "sum" else weight_sum(s) if s.by.has_weights else None
    right = weight_sum(s) if s.by.has_divisor else 1 if s.by.reduction == "sum" else s.N
    return None if wrong == right else wrong


_smoothing: Callable[[Exercise], Any] = lambda s: s.by.epsilon  # noqa: E731
_smoothing_of_labels: Callable[[Exercise], Any] = lambda s: s.by.epsilon and not s.by.T  # noqa: E731
_smoothing_of_targets: Callable[[Exercise], Any] = lambda s: s.by.epsilon and s.by.T  # noqa: E731
_weights_given: Callable[[Exercise], Any] = lambda s: s.by.has_weights  # noqa: E731
_penalty: Callable[[Exercise], Any] = lambda s: s.by.lam  # noqa: E731
_penalty_of_biases: Callable[[Exercise], Any] = lambda s: s.by.lam and s.by.biases  # noqa: E731
_penalty_of_weights: Callable[[Exercise], Any] = lambda s: s.by.lam and not s.by.biases  # noqa: E731
_temperature: Callable[[Exercise], Any] = lambda s: s.by.tau  # noqa: E731


def _other_half(s: Exercise) -> float:
    return 2 if s.by.half else 0.5


CONVENTION_SLIPS: Sequence[tuple[str, str, Work]] = (
    ("no-temperature", "scaled_logits", _if_given(_temperature, lambda s, f: f["logits"])),
    (
        "no-temperature",
        "exponentials",
        _if_given(_temperature, _entries("logits", lambda s, f, i, c: math.exp(f["logits"][i][c]))),
    ),
    (
        "no-temperature",
        "residuals",
        _if_given(
            _temperature, _entries("probabilities", lambda s, f, i, c: right_residual(s, f, i, c) * (s.by.tau or 1))
        ),
    ),
    (
        "no-smoothing",
        "targets",
        _if_given(_smoothing_of_labels, lambda s, f: each_target(s, lambda i, c: label(s, i, c))),
    ),
    (
        "no-smoothing",
        "smoothed_targets",
        _if_given(_smoothing_of_targets, lambda s, f: each_target(s, lambda i, c: label(s, i, c))),
    ),
    (
        "no-smoothing",
        "weighted_targets",
        _if_given(
            lambda s: s.by.epsilon and s.by.has_weights,
            lambda s, f: each_target(s, lambda i, c: weight(s, i, c) * label(s, i, c)),
        ),
    ),
    (
        "no-smoothing",
        "node_losses",
        _if_given(
            lambda s: s.by.epsilon and not s.by.has_weights, lambda s, f: losses(s, f, lambda i, c: label(s, i, c))
        ),
    ),
    (
        "no-smoothing",
        "residuals",
        _if_given(
            lambda s: s.by.epsilon and not s.by.has_weights,
            _entries("probabilities", lambda s, f, i, c: (f["probabilities"][i][c] - label(s, i, c)) / (s.by.tau or 1)),
        ),
    ),
    (
        "smoothing-without-K",
        "targets",
        _if_given(_smoothing_of_labels, lambda s, f: each_target(s, lambda i, c: smooth(s, i, c, 0))),
    ),
    (
        "smoothing-without-K",
        "smoothed_targets",
        _if_given(_smoothing_of_targets, lambda s, f: each_target(s, lambda i, c: smooth(s, i, c, 0))),
    ),
    (
        "unweighted",
        "weighted_targets",
        _if_given(_weights_given, lambda s, f: each_target(s, lambda i, c: smoothed(s, f, i, c))),
    ),
    (
        "unweighted",
        "weighted_targets",
        _if_given(
            lambda s: s.by.u and s.by.s,
            lambda s, f: each_target(s, lambda i, c: (s.by.s or [])[i] * smoothed(s, f, i, c)),
        ),
    ),
    (
        "unweighted",
        "node_losses",
        _if_given(_weights_given, lambda s, f: losses(s, f, lambda i, c: smoothed(s, f, i, c))),
    ),
    (
        "weights-in-loss-only",
        "residuals",
        _if_given(
            _weights_given,
            _entries(
                "probabilities",
                lambda s, f, i, c: (f["probabilities"][i][c] - smoothed(s, f, i, c)) / (s.by.tau or 1),
            ),
        ),
    ),
    ("wrong-divisor", "divisor", _if_given(lambda s: s.by.has_divisor and _wrong_divisor(s), lambda s, f: s.N)),
    (
        "wrong-divisor",
        "loss",
        _if_given(_wrong_divisor, lambda s, f: math.fsum(f["node_losses"]) / (_wrong_divisor(s) or math.nan)),
    ),
    (
        "wrong-divisor",
        "weight_gradients",
        _if_given(_wrong_divisor, lambda s, f: gradient(s, f["residuals"], _wrong_divisor(s) or math.nan)),
    ),
    (
        "wrong-divisor",
        "bias_gradients",
        _if_given(_wrong_divisor, lambda s, f: bias_gradient(s, f["residuals"], _wrong_divisor(s) or math.nan)),
    ),
    ("no-penalty", "loss", _if_given(_penalty, lambda s, f: f["data_loss"])),
    ("no-penalty", "weight_gradients", _if_given(_penalty, lambda s, f: gradient(s, f["residuals"], divisor(s, f), 0))),
    (
        "no-penalty",
        "bias_gradients",
        _if_given(_penalty_of_biases, lambda s, f: bias_gradient(s, f["residuals"], divisor(s, f), 0)),
    ),
    ("double-penalty", "penalty", _if_given(_penalty, lambda s, f: penalty(s, not s.by.half, s.by.biases))),
    (
        "double-penalty",
        "weight_gradients",
        _if_given(_penalty, lambda s, f: gradient(s, f["residuals"], divisor(s, f), _other_half(s))),
    ),
    (
        "double-penalty",
        "bias_gradients",
        _if_given(_penalty_of_biases, lambda s, f: bias_gradient(s, f["residuals"], divisor(s, f), _other_half(s))),
    ),
    ("penalty-on-biases", "penalty", _if_given(_penalty_of_weights, lambda s, f: penalty(s, s.by.half, True))),
    (
        "penalty-on-biases",
        "bias_gradients",
        _if_given(
            _penalty_of_weights,
            lambda s, f: [math.fsum(column(f["residuals"], c)) / divisor(s, f) + decay(s, s.b[c]) for c in range(s.K)],
        ),
    ),
)
"""Every slip that mistakes a convention; its work is None where the problem lacks the convention."""


@dataclass(frozen=True)
class Mistake:
    """A mistake: in a rule, the wrong `work`; or in the inputs, `changes`: the letter, the place and the wrong number.

    `where` is the step of the rule, or the node or parameter misread. `made_in` are the steps where it is made: for an
    input those that use the number; or `once`, in the only step where it is misread.
    """

    tag: str
    where: str
    made_in: tuple[str, ...]
    work: Work | None = None
    changes: tuple[tuple[str, tuple[int, ...], float], ...] = ()
    once: bool = False

    def is_read_in(self, step: str) -> bool:
        """Whether the wrong numbers are read in a step."""
        return not self.once or step in self.made_in


USES = {
    "Z": ("logits", "weight_gradients"),
    "W": ("logits", "updated_weights"),
    "b": ("logits", "updated_biases"),
    "y": ("node_losses", "residuals"),
    "alpha": ("updated_weights", "updated_biases"),
}
"""The inputs by letter, and the steps that use them if there are no conventions."""

EDITS = ("swapped-entries", "lost-sign", "swapped-digits", "shifted-point", "wrong-row")
"""The ways to misread an input."""

WRONG_LABEL = "one-wrong-label"
"""The label of a node, read as another class."""


def rule_slip(tag: str, step: str, work: Work) -> Mistake:
    """The mistake of a row of `SLIPS`."""
    return Mistake(tag, step, (step,), work)


def misreadings(s: Exercise, tag: str, letter: str) -> list[Mistake]:
    """Every way to misread one number or row of an input with this slip."""
    value = getattr(s, letter)
    rows = value if letter in "ZW" else [[x] for x in value] if letter != "alpha" else [[value]]
    found = []
    for i, row in enumerate(rows):
        places = [(i, j) if letter in "ZW" else (i,) if letter != "alpha" else () for j in range(len(row))]
        for wrong in _wrong_rows(s, tag, letter, rows, i):
            pairs = zip(places, row, wrong, strict=True)
            changes = tuple((letter, place, read) for place, right, read in pairs if read != right)
            if changes:
                found.append(Mistake(tag, _where(letter, i), USES[letter], None, changes))
    return found


def _where(letter: str, i: int) -> str:
    return {"Z": f"node {i + 1}", "y": f"node {i + 1}", "W": f"w{i}", "b": f"b{i}", "alpha": "learning_rate"}[letter]


def _wrong_rows(s: Exercise, tag: str, letter: str, rows: Table, i: int) -> list[list[float]]:
    """What one row can be read as."""
    row = rows[i]
    if tag == "swapped-entries":
        orders = ([k if m == j else j if m == k else m for m in range(len(row))] for j, k in _pairs(len(row)))
        return [[row[m] for m in order] for order in orders]
    if tag == "wrong-row":
        return [list(other) for other in rows if len(row) > 1]
    readings = [(j, wrong) for j, x in enumerate(row) for wrong in _wrong_numbers(s, tag, letter, x)]
    return [[*row[:j], wrong, *row[j + 1 :]] for j, wrong in readings]


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(j, k) for k in range(count) for j in range(k)]


def _wrong_numbers(s: Exercise, tag: str, letter: str, x: float) -> list[float]:
    """What one number can be read as."""
    if (tag == WRONG_LABEL) != (letter == "y") or (tag == "lost-sign" and letter == "alpha"):
        return []
    if tag == WRONG_LABEL:
        return [*range(s.K)]
    if tag == "lost-sign":
        return [-x]
    if tag == "shifted-point":
        return [round(x * 10, 3), round(x * 0.1, 3)]
    text = str(x) if letter == "alpha" else f"{abs(x):.2f}"
    places = [p for p, figure in enumerate(text) if figure.isdigit()]
    return [math.copysign(float(exchange(text, places[p], places[q])), x) for p, q in _pairs(len(places))]


def exchange(text: str, p: int, q: int) -> str:
    """The text with two characters exchanged."""
    characters = list(text)
    characters[p], characters[q] = characters[q], characters[p]
    return "".join(characters)


def as_read(s: Exercise, mistakes: Iterable[Mistake]) -> Exercise:
    """The problem as a student with these mistakes reads it."""
    values = {letter: _copy(getattr(s, letter)) for letter in USES}
    for letter, place, wrong in (change for mistake in mistakes for change in mistake.changes):
        if not place:
            values[letter] = wrong
        elif len(place) == 1:
            values[letter][place[0]] = wrong
        else:
            values[letter][place[0]][place[1]] = wrong
    return replace(s, **values)


def misread_input(s: Exercise, tag: str, random: Random) -> tuple[Exercise, str] | None:
    """The problem as a student with this slip reads it, and the node or parameter misread; None if nothing changes."""
    mistake = random_misreading(s, tag, random)
    return (as_read(s, [mistake]), mistake.where) if mistake else None


def random_misreading(s: Exercise, tag: str, random: Random, letters: str = "ZWb") -> Mistake | None:
    """An input misread with this slip; None if that changes nothing."""
    letter = random.choice([*("ZW" if tag in ("swapped-entries", "wrong-row") else letters)])
    found = misreadings(s, tag, letter)
    return random.choice(found) if found else None


LOSSES = ("node_losses", "data_loss", "penalty", "loss")
"""The steps that may have decimals of their own."""

Edit = Callable[[Any], Any]
"""Changes the figures of a step after they were computed."""


def work_exercise(
    s: Exercise,
    slips: Sequence[tuple[str, Work]] = (),
    ties: str = "half-up",
    loss_places: int = 2,
    in_full: bool = False,
) -> Figures | None:
    """A student's figures, each rounded before the next is computed: losses to `loss_places` decimals, the rest to two.

    `in_full`: they are rounded only when they are written down. `slips` replace the right steps. None if a figure is
    not a finite number, or a slip cannot be made.
    """
    made = [Mistake("", step, (step,), work) for step, work in slips]
    return work_as(Way("", ties, in_full, loss_places=loss_places), s, made)


def work_as(
    way: Way,
    s: Exercise,
    mistakes: Sequence[Mistake] = (),
    edits: Mapping[str, Edit] | None = None,
) -> Figures | None:
    """The figures of a student who works this way, with these mistakes; later steps go on from what `edits` change."""
    works = {mistake.where: mistake.work for mistake in mistakes if mistake.work}
    figures: Figures = {}
    written: Figures = {}
    for key, right in HONEST.items():
        places = (way.loss_places or 2) if key in LOSSES else way.places
        try:
            misread = [mistake for mistake in mistakes if mistake.changes and mistake.is_read_in(key)]
            value = works.get(key, right)(as_read(s, misread) if misread else s, figures)
            if value is None and key not in works:
                continue
            if value is None:
                return None
            value = value if way.in_full else _round_all(value, way.ties, places)
            figures[key] = edits[key](value) if edits and key in edits else value
            written[key] = _round_all(figures[key], way.ties, places)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        if key == "weight_gradients" and len(figures[key]) != s.K:  # transposed; the update needs the right shape
            break
    return written


def _round_all(value: Any, ties: str, places: int) -> Any:
    if isinstance(value, list):
        return [_round_all(entry, ties, places) for entry in value]
    if not math.isfinite(value):
        raise ValueError
    return value if isinstance(value, int) else round_figure(value, ties, places)


def add_mistakes(figures: Figures, steps: Sequence[str], random: Random, count: int) -> Figures:
    """The figures with `count` random mistakes in tables of these steps; later steps do not use the wrong figures."""
    figures = {key: _copy(value) for key, value in figures.items()}
    rows = [row for key in steps if key in figures and isinstance(figures[key], list) for row in _rows(figures[key])]
    for _ in range(count):
        row = random.choice(rows)
        i = random.randrange(len(row))
        row[i] = round(row[i] + random.choice([-1, 1]) * random.uniform(0.03, 1), 2)
    return figures


def _copy(value: Any) -> Any:
    return [_copy(entry) for entry in value] if isinstance(value, list) else value


def _rows(value: Any) -> list[list[float]]:
    """The rows of a table, or a vector as one row; none for predicted classes."""
    if isinstance(value[0], int):
        return []
    return value if isinstance(value[0], list) else [value]


def as_sheet(
    figures: Figures, steps: Sequence[str] = (), name: str = "Ada", loss_places: int = 2, places: int = 2
) -> str:
    """The figures of some steps, or of all, as a student types them."""
    lines = [f"name: {name}"]
    for key, value in figures.items():
        if not steps or key in steps:
            lines.append(f"{key}: {_as_typed(value, loss_places if key in LOSSES else places)}")
    return "\n".join(lines) + "\n"


def _as_typed(value: Any, places: int) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_as_typed(entry, places) for entry in value)}]"
    return str(value) if isinstance(value, int) else f"{value:.{places}f}"
