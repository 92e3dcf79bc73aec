"""Gradient descent on many nodes, and a long training, with softstep, textbook NumPy and PyTorch.

`python tests/benchmarks/large.py WHO NODES FEATURES CLASSES` prints the seconds of a round (forward, loss, gradient,
update; the median of 9) on random data, and by how many MiB the peak memory grew beyond the data. `WHO digits` does the
same for 1,000 steps on the handwritten digits of scikit-learn. WHO is softstep, textbook, torch, or steps for a step of
softstep's training. `python tests/benchmarks` runs it, in a new process for each measurement.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

ALPHA, STEPS, ROUNDS = 0.1, 1000, 9

Round = Callable[[], Any]
"""A function that computes one round."""


def textbook(Z: Any, y: Any, W: Any, b: Any) -> Round:
    """Seven lines of NumPy: stable softmax, cross-entropy, its gradient, one step."""
    N, K = len(Z), len(W)

    def one_round() -> Any:
        H = Z @ W.T + b
        E = np.exp(H - H.max(axis=1, keepdims=True))
        P = E / E.sum(axis=1, keepdims=True)
        L = -np.log(P[np.arange(N), y]).mean()
        R = P - np.eye(K)[y]
        dW, db = R.T @ Z / N, R.mean(axis=0)
        W_, b_ = W - ALPHA * dW, b - ALPHA * db
        return float(L), W_, b_

    return one_round


def softstep(Z: Any, y: Any, W: Any, b: Any) -> Round:
    """The command `update`, which computes everything, without reading and printing."""
    problem = problem_of(Z, y, W, b)

    return problem.update


def torch(Z: Any, y: Any, W: Any, b: Any) -> Round:
    """PyTorch's cross-entropy, differentiated by autograd."""
    import torch as library

    Z, y = library.from_numpy(Z), library.from_numpy(y)
    W, b = (library.from_numpy(parameter.copy()).requires_grad_() for parameter in (W, b))

    def one_round() -> float:
        loss = library.nn.functional.cross_entropy(Z @ W.T + b, y)
        loss.backward()
        with library.no_grad():
            for parameter in (W, b):
                parameter -= ALPHA * parameter.grad
                parameter.grad = None
        return float(loss)

    return one_round


def train_with_softstep(Z: Any, y: Any, W: Any, b: Any) -> float:
    """Train 1,000 steps; return the loss."""
    return float(problem_of(Z, y, W, b).train(STEPS)["history"].value[-1, 0])


def train_with_torch(Z: Any, y: Any, W: Any, b: Any) -> float:
    """Train 1,000 steps; return the loss."""
    one_round = torch(Z, y, W, b)
    for _ in range(STEPS):
        one_round()
    return one_round()


def problem_of(Z: Any, y: Any, W: Any, b: Any) -> Any:
    """The problem in arrays."""
    from softstep import Problem

    return Problem(embeddings=Z, labels=y, weights=W, biases=b, learning_rate=ALPHA)


def random_problem(N: int, d: int, K: int) -> tuple[Any, Any, Any, Any]:
    """Embeddings, labels, weights and biases."""
    random = np.random.default_rng(1)
    return (
        random.normal(size=(N, d)), random.integers(0, K, N), random.normal(size=(K, d)) * 0.3, random.normal(size=K)
    )  # fmt: skip


def digits() -> tuple[Any, Any, Any, Any]:
    """The 1,797 handwritten digits of scikit-learn, 8 × 8 pixels each, and parameters that are 0."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return pixels / 16, labels, np.zeros((10, pixels.shape[1])), np.zeros(10)


class Measurement(NamedTuple):
    """Seconds, the loss after a training, and by how many MiB the peak memory grew beyond the data."""

    seconds: float
    loss: float
    memory: float


def measure(who: str, *what: str) -> Measurement:
    """Measure in this process."""
    if what == ("digits",):
        problem = digits()
        run = {"softstep": train_with_softstep, "torch": train_with_torch}[who]
        run(*problem)
        before, start = peak_memory(), perf_counter()
        loss = run(*problem)
        return Measurement(perf_counter() - start, loss, peak_memory() - before)
    data = random_problem(*map(int, what))
    if who == "steps":
        problem, steps = problem_of(*data), max(40, 20_000_000 // len(data[0]))
        before = peak_memory(restart=True)
        problem.train(3, every=3)
        start = perf_counter()
        loss = float(problem.train(steps, every=steps)["history"].value[-1, 0])
        return Measurement((perf_counter() - start) / steps, loss, peak_memory() - before)
    one_round = {"textbook": textbook, "softstep": softstep, "torch": torch}[who](*data)
    before = peak_memory(restart=True)
    one_round()
    seconds = []
    for _ in range(ROUNDS):
        start = perf_counter()
        one_round()
        seconds.append(perf_counter() - start)
    return Measurement(median(seconds), 0.0, peak_memory() - before)


def peak_memory(restart: bool = False) -> float:
    """The peak memory of this process in MiB, since its start; `restart` measures it from now on, if the system can."""
    with suppress(OSError):
        if restart:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_in_process(who: str, *what: object) -> Measurement | None:
    """Measure in a process of its own; None if a library is missing. Softstep gets the settings of its command."""
    own = {"OPENBLAS_NUM_THREADS": "1"} if who in ("softstep", "steps") and what != ("digits",) else {}
    command = [sys.executable, __file__, who, *map(str, what)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=os.environ | own)
    if "ModuleNotFoundError" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr
    return Measurement(*json.loads(done.stdout))


def compare_with(other: str, *what: object, times: int = 3) -> tuple[float, Measurement, Measurement] | None:
    """The median ratio of softstep's seconds to another's, measured in turn, and the last measurement of each."""
    pairs = [(measure_in_process("softstep", *what), measure_in_process(other, *what)) for _ in range(times)]
    both = [(ours, its) for ours, its in pairs if ours and its]
    if not both:
        return None
    return median(ours.seconds / its.seconds for ours, its in both), *both[-1]


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
