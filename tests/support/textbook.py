"""Training as in a textbook, in NumPy. Only the numbers in the config come from softstep."""

import math

import numpy as np

import softstep


def textbook_history(problem: softstep.Problem, steps: int) -> list[tuple[float, float, float]]:
    """Loss, accuracy and gradient norm before the first step and after each step."""
    values = problem.given.values
    Z, W, b, y = (np.array(values[key]) for key in ("embeddings", "weights", "biases", "labels"))
    history = []
    for _ in range(steps + 1):
        E = np.exp(Z @ W.T + b)
        P = E / E.sum(axis=1, keepdims=True)
        R = P - np.eye(len(W))[y]
        dW, db = R.T @ Z / len(Z), R.mean(axis=0)
        loss = -np.log(P[np.arange(len(y)), y]).mean()
        history.append((loss, (P.argmax(axis=1) == y).mean(), math.hypot(*dW.ravel(), *db)))
        W, b = W - values["learning_rate"] * dW, b - values["learning_rate"] * db
    return history
