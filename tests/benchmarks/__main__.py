"""Every benchmark, each a ratio of softstep to an outside reference measured in turn: `python tests/benchmarks`.

It takes some minutes and 2 GB. Rows that need PyTorch or scikit-learn are skipped where these are missing.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import large
from startup import OURS, REFERENCE, run

TORCH = """
import torch
Z = torch.tensor([[.5, .6, .7, .8], [.3, .8, .3, .4], [.7, .9, .6, .9], [.2, .1, .2, .3], [.8, .4, .3, .2]]).double()
y = torch.tensor([0, 1, 0, 1, 2])
W = torch.tensor([[.17, .4, -.14, .51], [.75, -.04, .67, -.18], [.53, -.04, .4, .77]]).double().requires_grad_()
b = torch.tensor([.05, -.11, -.32]).double()
P = torch.softmax(Z @ W.T + b, dim=1)
loss = torch.nn.functional.nll_loss(torch.log(P), y)
loss.backward()
R = P - torch.nn.functional.one_hot(y)
print(R[:, 0], R[:, :1] * Z, (R[:, :1] * Z).sum(dim=0), W.grad[0])
"""
"""What prints the figures of `softstep grad --param w0`."""

CSV = 1_000_000, 16


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    print(f"{'what':50} {'against':28} {'ratio':>7} {'reach':>7}  memory, MiB (ours; its)")
    start()
    rounds()
    flat()
    files()


def told(what: str, against: str, ratio: float | None, reach: float, *memory: float) -> None:
    """A row of the table."""
    found = f"{'skipped':>7}" if ratio is None else f"{ratio:7.2f}"
    print(f"{what:50} {against:28} {found} {reach:7.2f}  {'; '.join(f'{each:.1f}' for each in memory)}", flush=True)


def whole(ours: list[str], its: list[str], pairs: int) -> tuple[float, float, float]:
    """The median ratio of the times of two processes, run in turn, and the median peak memory of both."""
    for command in (ours, its):
        run(command)
    found = [(run(ours), run(its)) for _ in range(pairs)]
    ratio = median(our[0] / other[0] for our, other in found)
    return ratio, median(our[1] for our, _ in found), median(other[1] for _, other in found)


def start() -> None:
    """A small command, from its start to its end."""
    example = "softstep grad --param w0, whole process"
    told(f"{example}, table", "importing its libraries", *in_order(whole(OURS, REFERENCE, 30), 1.0))
    plain = [*OURS, "-f", "plain"]
    told(f"{example}, -f plain", "importing its libraries", *in_order(whole(plain, REFERENCE, 30), 0.85))
    if find_spec("torch"):
        found = whole(OURS, [sys.executable, "-c", TORCH], 5)
        told(example, "the same by PyTorch", *in_order(found, 1 / 12))
    else:
        told(example, "the same by PyTorch", None, 1 / 12)


def in_order(found: tuple[float, float, float], reach: float) -> tuple[float, float, float, float]:
    """Ratio, reach and memory."""
    ratio, ours, its = found
    return ratio, reach, ours, its


def rounds() -> None:
    """A round on a million nodes, and 1,000 steps on the digits."""
    for d, K, who, reach in ((64, 10, "textbook", 0.35), (64, 10, "torch", 0.5), (16, 3, "textbook", 0.3)):
        compared = large.against(who, 10**6, d, K)
        name = {"textbook": "NumPy, as in textbooks", "torch": "PyTorch autograd"}[who]
        what = f"one round, 1e6 × {d}, {K} classes, in process"
        told(what, name, *((compared[0], reach, compared[1].memory, compared[2].memory) if compared else (None, reach)))
    compared = large.against("torch", "digits")
    told("1,000 steps on the digits, 1,797 × 64, 10 classes", "PyTorch autograd", compared and compared[0], 0.6)
    if compared:
        print(f"    the losses after them differ by {abs(compared[1].loss - compared[2].loss):.1e}")


def flat() -> None:
    """What a row costs, from ten thousand to ten million of them."""
    found = {N: large.measured("steps", N, 16, 3) for N in (10**4, 10**5, 10**6, 10**7)}
    costs = [each.seconds / N for N, each in found.items() if each]
    told(
        "a step of training, per row, 1e4 to 1e7 rows × 16", "itself: largest to smallest", max(costs) / min(costs), 1.5
    )
    memory = "; ".join(f"{N:.0e}: {each.memory:.1f}" for N, each in found.items() if each)
    print(f"    memory beyond the data, MiB: {memory}")


def files() -> None:
    """A large CSV file, from its bytes to the loss."""
    with TemporaryDirectory() as folder:
        rows, features = CSV
        path, config = Path(folder) / "nodes.csv", Path(folder) / "c.yaml"
        write_csv(path, rows, features)
        weights = "weights: {init: normal, scale: 0.1, seed: 0}\nclasses: [0, 1, 2]\n"
        config.write_text(f"embeddings: {{file: nodes.csv}}\nlabels: {{file: nodes.csv, column: label}}\n{weights}")
        ours = [OURS[0], "loss", str(config), "-f", "plain"]
        its = [sys.executable, "-c", f"import numpy; numpy.loadtxt({str(path)!r}, delimiter=',', skiprows=1)"]
        told(
            "softstep loss, CSV of 1e6 × 16, whole process",
            "reading it with NumPy alone",
            *in_order(whole(ours, its, 5), 1.3),
        )


def write_csv(path: Path, rows: int, features: int) -> None:
    """Random embeddings with an id before them and a label behind."""
    random = large.np.random.default_rng(0)
    with path.open("w") as file:
        file.write(f"id,{','.join(f'x_{j}' for j in range(features))},label\n")
        for start in range(0, rows, 10_000):
            numbers = random.normal(size=(10_000, features))
            labels = random.integers(0, 3, 10_000)
            file.writelines(
                f"{start + i + 1},{','.join(f'{z:.4f}' for z in numbers[i])},{labels[i]}\n" for i in range(10_000)
            )


if __name__ == "__main__":
    main()
