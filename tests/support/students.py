"""Students who work a problem by hand, without a mistake or with one of the known slips: the reference for marking.

They share no code with softstep: every quantity is a plain sum in a loop over lists, each figure is rounded before the
next is computed from it, and every slip is written here a second time, as a student makes it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

TIES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "half-down": ROUND_HALF_DOWN}
WAYS = TIES | {"cut-off": ROUND_DOWN}

Table = list[list[float]]


@dataclass(frozen=True)
class Exercise:
    """A problem as students get it."""

    Z: Table
    W: Table
    b: list[float]
    y: list[int]
    alpha: float

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
        return {
            "embeddings": self.Z,
            "weights": self.W,
            "biases": self.b,
            "labels": self.y,
            "learning_rate": self.alpha,
        }


def random_exercise(random: Random, decimals: int = 2) -> Exercise:
    """A random problem: 2 to 8 nodes, 2 to 5 features, 2 to 5 classes, numbers with so many decimals."""
    n, d, K = random.randint(2, 8), random.randint(2, 5), random.randint(2, 5)

    def number(least: float = -1.5, most: float = 1.5) -> float:
        return round(random.uniform(least, most), decimals)

    return Exercise(
        [[number() for _ in range(d)] for _ in range(n)],
        [[number() for _ in range(d)] for _ in range(K)],
        [number() for _ in range(K)],
        [random.randrange(K) for _ in range(n)],
        random.choice([0.1, 0.15, 0.2, 0.25, 0.3, 0.45]),
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


def target(s: Exercise, i: int, c: int) -> int:
    return int(s.y[i] == c)


def gradient(s: Exercise, R: Table, by: float) -> Table:
    return [[dot(column(R, c), column(s.Z, j)) / by for j in range(s.d)] for c in range(s.K)]


HONEST: Mapping[str, Work] = {
    "logits": lambda s, f: [[dot(z, w) + b for w, b in zip(s.W, s.b, strict=True)] for z in s.Z],
    "exponentials": lambda s, f: map_entries(f["logits"], lambda i, c: math.exp(f["logits"][i][c])),
    "normalizers": lambda s, f: [math.fsum(row) for row in f["exponentials"]],
    "probabilities": lambda s, f: map_entries(
        f["exponentials"], lambda i, c: f["exponentials"][i][c] / f["normalizers"][i]
    ),
    "predictions": lambda s, f: [index_of_largest(row) for row in f["probabilities"]],
    "node_losses": lambda s, f: [-ln(row[y]) for row, y in zip(f["probabilities"], s.y, strict=True)],
    "loss": lambda s, f: math.fsum(f["node_losses"]) / s.N,
    "residuals": lambda s, f: map_entries(f["probabilities"], lambda i, c: f["probabilities"][i][c] - target(s, i, c)),
    "weight_gradients": lambda s, f: gradient(s, f["residuals"], s.N),
    "bias_gradients": lambda s, f: [math.fsum(column(f["residuals"], c)) / s.N for c in range(s.K)],
    "updated_weights": lambda s, f: map_entries(s.W, lambda c, j: s.W[c][j] - s.alpha * f["weight_gradients"][c][j]),
    "updated_biases": lambda s, f: [b - s.alpha * g for b, g in zip(s.b, f["bias_gradients"], strict=True)],
}


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

SLIPS: Sequence[tuple[str, str, Work]] = (
    ("no-bias", "logits", lambda s, f: [[dot(z, w) for w in s.W] for z in s.Z]),
    ("bias-subtracted", "logits", lambda s, f: [[dot(z, w) - b for w, b in zip(s.W, s.b, strict=True)] for z in s.Z]),
    (
        "softmax-down-columns",
        "probabilities",
        _entries("exponentials", lambda s, f, i, c: f["exponentials"][i][c] / math.fsum(column(f["exponentials"], c))),
    ),
    (
        "no-exp",
        "probabilities",
        _entries("logits", lambda s, f, i, c: f["logits"][i][c] / (math.fsum(f["logits"][i]) or math.nan)),
    ),
    ("not-normalised", "probabilities", lambda s, f: f["exponentials"]),
    (
        "softmax-twice",
        "probabilities",
        lambda s, f: [
            softmax([e / total for e in row]) for row, total in zip(f["exponentials"], f["normalizers"], strict=True)
        ],
    ),
    ("no-exp", "exponentials", lambda s, f: f["logits"]),
    ("base-2", "exponentials", _entries("logits", lambda s, f, i, c: 2 ** f["logits"][i][c])),
    ("base-10", "exponentials", _entries("logits", lambda s, f, i, c: 10 ** f["logits"][i][c])),
    ("base-2", "probabilities", lambda s, f: [softmax(row, 2) for row in f["logits"]]),
    ("base-10", "probabilities", lambda s, f: [softmax(row, 10) for row in f["logits"]]),
    ("one-based", "predictions", lambda s, f: [index_of_largest(row) + 1 for row in f["probabilities"]]),
    ("smallest", "predictions", lambda s, f: [row.index(min(row)) for row in f["probabilities"]]),
    ("loss-sign", "node_losses", _losses(lambda row, y: ln(row[y]))),
    ("log10", "node_losses", _losses(lambda row, y: -math.log10(row[y]))),
    ("log2", "node_losses", _losses(lambda row, y: -math.log2(row[y]))),
    ("all-classes", "node_losses", _losses(lambda row, y: -math.fsum(map(ln, row)))),
    ("predicted-class", "node_losses", _losses(lambda row, y: -ln(max(row)))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[(y + 1) % len(row)]))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[y - 1]))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[min(y + 1, len(row) - 1)]))),
    ("off-by-one-label", "node_losses", _losses(lambda row, y: -ln(row[max(y - 1, 0)]))),
    ("one-minus-p", "node_losses", _losses(lambda row, y: -ln(1 - row[y]))),
    ("loss-sign", "loss", lambda s, f: -math.fsum(f["node_losses"]) / s.N),
    ("loss-sum", "loss", lambda s, f: math.fsum(f["node_losses"])),
    (
        "log-of-mean",
        "loss",
        lambda s, f: -ln(math.fsum(row[y] for row, y in zip(f["probabilities"], s.y, strict=True)) / s.N),
    ),
    ("ones-target", "residuals", _entries("probabilities", lambda s, f, i, c: f["probabilities"][i][c] - 1)),
    ("no-target", "residuals", lambda s, f: f["probabilities"]),
    (
        "flipped-sign",
        "residuals",
        _entries("probabilities", lambda s, f, i, c: target(s, i, c) - f["probabilities"][i][c]),
    ),
    (
        "logits-for-probabilities",
        "residuals",
        _entries("logits", lambda s, f, i, c: f["logits"][i][c] - target(s, i, c)),
    ),
    (
        "extra-derivative",
        "residuals",
        _entries(
            "probabilities",
            lambda s, f, i, c: (p := f["probabilities"][i][c]) * (1 - p) * (p - target(s, i, c)),
        ),
    ),
    ("flipped-sign", "weight_gradients", lambda s, f: gradient(s, f["residuals"], -s.N)),
    ("no-mean", "weight_gradients", lambda s, f: gradient(s, f["residuals"], 1)),
    ("divided-by-classes", "weight_gradients", lambda s, f: gradient(s, f["residuals"], s.K)),
    (
        "transposed",
        "weight_gradients",
        lambda s, f: [list(row) for row in zip(*gradient(s, f["residuals"], s.N), strict=True)],
    ),
    (
        "no-input",
        "weight_gradients",
        lambda s, f: [[math.fsum(column(f["residuals"], c)) / s.N] * s.d for c in range(s.K)],
    ),
    (
        "flipped-sign",
        "bias_gradients",
        lambda s, f: [-math.fsum(column(f["residuals"], c)) / s.N for c in range(s.K)],
    ),
    ("no-mean", "bias_gradients", lambda s, f: [math.fsum(column(f["residuals"], c)) for c in range(s.K)]),
    (
        "divided-by-classes",
        "bias_gradients",
        lambda s, f: [math.fsum(column(f["residuals"], c)) / s.K for c in range(s.K)],
    ),
    *((tag, "updated_weights", _weights(of)) for tag, of in _UPDATES.items()),
    *((tag, "updated_biases", _biases(of)) for tag, of in _UPDATES.items()),
)
"""Every slip in a rule: its tag, the step where it is made, and the wrong computation."""


def misread_input(s: Exercise, tag: str, random: Random) -> tuple[Exercise, str] | None:
    """The problem as a student with this slip reads it, and the node or parameter misread; None if nothing changes."""
    name = random.choice(["Z", "W"] if tag in ("swapped-entries", "wrong-row") else ["Z", "W", "b"])
    read = [list(row) if isinstance(row, list) else [row] for row in getattr(s, name)]
    before = [list(row) for row in read]
    i = random.randrange(len(read))
    j = random.randrange(len(read[i]))
    x = read[i][j]
    if tag == "swapped-entries":
        k = random.choice([k for k in range(len(read[i])) if k != j])
        read[i][j], read[i][k] = read[i][k], read[i][j]
    elif tag == "wrong-row":
        read[i] = list(read[random.choice([k for k in range(len(read)) if k != i])])
    elif tag == "lost-sign":
        read[i][j] = -x
    elif tag == "shifted-point":
        read[i][j] = round(x * random.choice([10, 0.1]), 3)
    else:
        figures = list(f"{abs(x):.2f}")
        places = [p for p, figure in enumerate(figures) if figure.isdigit()]
        p, q = random.sample(places, 2)
        figures[p], figures[q] = figures[q], figures[p]
        read[i][j] = math.copysign(float("".join(figures)), x)
    if read == before:
        return None
    where = {"Z": f"node {i + 1}", "W": f"w{i}", "b": f"b{i}"}[name]
    return replace(s, **{name: [row[0] for row in read] if name == "b" else read}), where


EDITS = ("swapped-entries", "lost-sign", "swapped-digits", "shifted-point", "wrong-row")


LOSSES = ("node_losses", "loss")
"""The steps that may have decimals of their own."""


def work_exercise(
    s: Exercise, slips: Sequence[tuple[str, Work]] = (), ties: str = "half-up", loss_places: int = 2
) -> Figures | None:
    """A student's figures, each rounded before the next is computed: losses to `loss_places` decimals, the rest to two.

    `slips` replace the right steps. None if a figure is not a finite number.
    """
    figures: Figures = {}
    for key, right in HONEST.items():
        try:
            figures[key] = _round_all(
                dict(slips).get(key, right)(s, figures), ties, loss_places if key in LOSSES else 2
            )
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        if key == "weight_gradients" and len(figures[key]) != s.K:  # transposed; the update needs the right shape
            break
    return figures


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


def as_sheet(figures: Figures, steps: Sequence[str] = (), name: str = "Ada", loss_places: int = 2) -> str:
    """The figures of some steps, or of all, as a student types them."""
    lines = [f"name: {name}"]
    for key, value in figures.items():
        if not steps or key in steps:
            lines.append(f"{key}: {_as_typed(value, loss_places if key in LOSSES else 2)}")
    return "\n".join(lines) + "\n"


def _as_typed(value: Any, places: int) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_as_typed(entry, places) for entry in value)}]"
    return str(value) if isinstance(value, int) else f"{value:.{places}f}"
