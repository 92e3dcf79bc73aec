"""Training by the textbook, in NumPy: of softstep only the numbers that were typed."""

import math

import numpy as np

import softstep


def descended(problem: softstep.Problem, steps: int) -> list[tuple[float, float, float]]:
    """Loss, accuracy and gradient norm after each step, by the textbook: nothing of softstep but the numbers typed."""
    values = problem.given.values
    Z, W, b, y = (np.array(values[key]) for key in ("embeddings", "weights", "biases", "labels"))
    told = []
    for _ in range(steps + 1):
        E = np.exp(Z @ W.T + b)
        P = E / E.sum(axis=1, keepdims=True)
        R = P - np.eye(len(W))[y]
        dW, db = R.T @ Z / len(Z), R.mean(axis=0)
        loss = -np.log(P[np.arange(len(y)), y]).mean()
        told.append((loss, (P.argmax(axis=1) == y).mean(), math.hypot(*dW.ravel(), *db)))
        W, b = W - values["learning_rate"] * dW, b - values["learning_rate"] * db
    return told
