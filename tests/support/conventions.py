"""Every combination of the conventions of a course, on random problems, and what one loss function says of them."""

from collections.abc import Mapping
from itertools import product
from random import Random
from typing import Any

import numpy as np

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "targets": ("all labels", "some labels", "targets"),
    "label_smoothing": (False, True),
    "class_weights": (False, True),
    "node_weights": (False, True),
    "mean or sum": ("mean", "weights", "nodes", "sum"),
    "l2": (None, (True, False), (True, True), (False, False), (False, True)),
    "temperature": (False, True),
    "features as rows": (False, True),
}
"""The choices of each option. Those of l2 are half and biases."""


def all_combinations() -> list[dict[str, Any]]:
    """All combinations of the options; only a mean with weights has a choice of what it is divided by."""
    found = [dict(zip(CHOICES, choices, strict=True)) for choices in product(*CHOICES.values())]
    return [
        options
        for options in found
        if options["class_weights"] or options["node_weights"] or options["mean or sum"] in ("mean", "sum")
    ]


def problem_with(options: Mapping[str, Any], random: Random, nodes: int = 0, places: int = 2) -> dict[str, Any]:
    """The keys of a random problem with these options; its numbers have at most so many decimals."""

    def number(low: float, high: float) -> float:
        return round(random.uniform(low, high), random.randint(0, places))

    def weight() -> float:
        return random.choice((0.5, 1.25, 2, 3, number(1, 4)))

    def table(rows: int, columns: int) -> list[list[float]]:
        return [[number(-1.5, 1.5) for _ in range(columns)] for _ in range(rows)]

    def target_row() -> list[float]:
        parts = [random.choice((0, 1, 1, 2, 5)) for _ in range(K - 1)] + [1]
        return [
            round(part / sum(parts), places) for part in random.sample(parts, K)
        ]  # may add up to 0.99 or 1.01, as in print

    n, d, K = nodes or random.randint(1, 5), random.randint(1, 4), random.randint(2, 4)
    W = table(K, d)
    labels = {str(i): random.randrange(K) for i in range(1, n + 1)}
    if options["targets"] == "some labels":
        for i in random.sample(sorted(labels), random.randint(0, n - 1)):
            del labels[i]
    keys: dict[str, Any] = {
        "embeddings": table(n, d),
        "weights": {"rows": "features", "values": np.transpose(W).tolist()} if options["features as rows"] else W,
        "biases": table(1, K)[0],
        "classes": [str(c) for c in range(K)],
        "learning_rate": random.choice((0.1, 0.5, 1)),
    }
    is_given = options["targets"] == "targets"
    keys |= {"targets": [target_row() for _ in range(n)]} if is_given else {"labels": labels}
    if options["label_smoothing"]:
        keys["label_smoothing"] = random.choice((0.1, 0.25, 0.2, 1))
    if options["class_weights"]:
        keys["class_weights"] = [weight() for _ in range(K)]
    if options["node_weights"]:
        weighted = random.sample(range(1, n + 1), random.randint(1, n))
        keys["node_weights"] = {str(i): weight() for i in weighted}
    if options["mean or sum"] == "sum":
        keys["reduction"] = "sum"
    elif options["mean or sum"] != "mean":
        keys["divide_by"] = options["mean or sum"]
    if options["l2"]:
        half, biases = options["l2"]
        keys["l2"] = {"strength": random.choice((0.01, 0.1, 0.5, 2)), "half": half, "biases": biases}
    if options["temperature"]:
        keys["temperature"] = random.choice((0.5, 2, 1.25, 4))
    return keys


class Textbook:
    """The loss of a problem in NumPy, straight from its definition, and its derivatives without a formula for them."""

    def __init__(self, keys: Mapping[str, Any]) -> None:
        self.keys = keys
        W = keys["weights"]
        self.W = np.array(W["values"], float).T if isinstance(W, dict) else np.array(W, float)
        self.b, self.Z = np.array(keys["biases"], float), np.array(keys["embeddings"], float)
        n, K = len(self.Z), len(self.W)
        s, u = np.ones(n), np.array(keys.get("class_weights", np.ones(K)), float)
        for i, weight in keys.get("node_weights", {}).items():
            s[int(i) - 1] = weight
        if "targets" in keys:
            self.rows, T = np.arange(n), np.array(keys["targets"], float)
        else:
            self.rows = np.array(sorted(int(i) - 1 for i in keys["labels"]))
            T = np.eye(K)[[keys["labels"][str(i + 1)] for i in self.rows]]
        weights = s[self.rows, None] * u
        by = "sum" if keys.get("reduction") == "sum" else keys.get("divide_by")
        if by is None:
            by = "weights" if "labels" in keys and {"class_weights", "node_weights"} & {*keys} else "nodes"
        self.D = {"sum": 1, "nodes": len(T), "weights": (weights * T).sum()}[by]
        epsilon = keys.get("label_smoothing", 0)
        self.A = weights * ((1 - epsilon) * T + epsilon / K)

    def node_losses(self, W: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The loss of each node that has a target."""
        H = (self.Z[self.rows] @ W.T + b) / self.keys.get("temperature", 1)
        return (self.A * (np.log(np.exp(H).sum(axis=1, keepdims=True)) - H)).sum(axis=1)

    def loss(self, W: np.ndarray, b: np.ndarray) -> complex:
        """The loss; parameters may be complex."""
        l2 = {"strength": 0, "half": True, "biases": False, **self.keys.get("l2", {})}
        squares = (W**2).sum() + l2["biases"] * (b**2).sum()
        return self.node_losses(W, b).sum() / self.D + l2["strength"] * squares / (2 if l2["half"] else 1)

    def derivatives(self) -> tuple[np.ndarray, np.ndarray]:
        """Those with respect to W and b: the imaginary part of L(w + it) / t, exact since t can be tiny."""
        t = 1e-30
        dW, db = np.zeros(self.W.shape), np.zeros(self.b.shape)
        for at in np.ndindex(dW.shape):
            W = self.W.astype(complex)
            W[at] += 1j * t
            dW[at] = self.loss(W, self.b).imag / t
        for c in range(len(db)):
            b = self.b.astype(complex)
            b[c] += 1j * t
            db[c] = self.loss(self.W, b).imag / t
        return dW, db
