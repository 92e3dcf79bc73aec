"""All benchmarks, `python tests/benchmarks`: the ratio of softstep's time to that of something else, run in turn.

This takes some minutes and 2 GB. Rows that need PyTorch or scikit-learn are skipped if these are missing.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import large
from startup import PAIRS, SOFTSTEP, run

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
"""Prints the same figures as `softstep grad --param w0`."""

CSV = 1_000_000, 16


def main() -> None:
    """Print the table, each row as soon as it is measured."""
    print(f"{'what':50} {'against':28} {'ratio':>7} {'reach':>7}  memory, MiB (ours; its)")
    measure_start()
    measure_rounds()
    measure_row_cost()
    measure_files()


def print_row(what: str, against: str, ratio: float | None, reach: float, *memory: float) -> None:
    """Print a row of the table."""
    ratio_text = f"{'skipped':>7}" if ratio is None else f"{ratio:7.2f}"
    print(
        f"{what:50} {against:28} {ratio_text} {reach:7.2f}  {'; '.join(f'{each:.1f}' for each in memory)}", flush=True
    )


def compare_processes(ours: list[str], its: list[str], pairs: int) -> tuple[float, float, float]:
    """Run two processes in turn; return the median ratio of their times and the median peak memory of each."""
    for command in (ours, its):
        run(command)
    result = [(run(ours), run(its)) for _ in range(pairs)]
    ratio = median(our[0] / other[0] for our, other in result)
    return ratio, median(our[1] for our, _ in result), median(other[1] for _, other in result)


def measure_start() -> None:
    """Measure a small command as a whole process."""
    example = "softstep grad --param w0, whole process"
    imports = "importing its libraries"
    tables = row_values(compare_processes(*PAIRS["tables"], 30), 1.05)
    print_row(f"{example}, tables", f"{imports} and drawing four tables", *tables)
    print_row(f"{example}, -f plain", imports, *row_values(compare_processes(*PAIRS["plain"], 30), 0.88))
    if find_spec("torch"):
        result = compare_processes(SOFTSTEP, [sys.executable, "-c", TORCH], 5)
        print_row(example, "the same by PyTorch", *row_values(result, 1 / 12))
    else:
        print_row(example, "the same by PyTorch", None, 1 / 12)


def row_values(result: tuple[float, float, float], reach: float) -> tuple[float, float, float, float]:
    """Ratio, reach and memory, in the order of `print_row`."""
    ratio, ours, its = result
    return ratio, reach, ours, its


def measure_rounds() -> None:
    """Measure a round on a million nodes, and 1,000 steps on handwritten digits."""
    for d, K, who, reach in ((64, 10, "textbook", 0.35), (64, 10, "torch", 0.5), (16, 3, "textbook", 0.3)):
        compared = large.compare_with(who, 10**6, d, K)
        name = {"textbook": "NumPy, as in textbooks", "torch": "PyTorch autograd"}[who]
        what = f"one round, 1e6 × {d}, {K} classes, in process"
        print_row(
            what, name, *((compared[0], reach, compared[1].memory, compared[2].memory) if compared else (None, reach))
        )
    compared = large.compare_with("torch", "digits")
    print_row("1,000 steps on the digits, 1,797 × 64, 10 classes", "PyTorch autograd", compared and compared[0], 0.6)
    if compared:
        print(f"    the losses after them differ by {abs(compared[1].loss - compared[2].loss):.1e}")


def measure_row_cost() -> None:
    """Measure the time for each row of data, for ten thousand to ten million rows."""
    result = {N: large.measure_in_process("steps", N, 16, 3) for N in (10**4, 10**5, 10**6, 10**7)}
    costs = [each.seconds / N for N, each in result.items() if each]
    print_row(
        "a step of training, per row, 1e4 to 1e7 rows × 16", "itself: largest to smallest", max(costs) / min(costs), 1.5
    )
    memory = "; ".join(f"{N:.0e}: {each.memory:.1f}" for N, each in result.items() if each)
    print(f"    memory beyond the data, MiB: {memory}")


def measure_files() -> None:
    """Measure a large CSV file, from its bytes to the loss."""
    with TemporaryDirectory() as folder:
        rows, features = CSV
        path, config = Path(folder) / "nodes.csv", Path(folder) / "c.yaml"
        write_csv(path, rows, features)
        weights = "weights: {init: normal, scale: 0.1, seed: 0}\nclasses: [0, 1, 2]\n"
        config.write_text(f"embeddings: {{file: nodes.csv}}\nlabels: {{file: nodes.csv, column: label}}\n{weights}")
        ours = [SOFTSTEP[0], "loss", str(config), "-f", "plain"]
        its = [sys.executable, "-c", f"import numpy; numpy.loadtxt({str(path)!r}, delimiter=',', skiprows=1)"]
        print_row(
            "softstep loss, CSV of 1e6 × 16, whole process",
            "reading it with NumPy alone",
            *row_values(compare_processes(ours, its, 5), 1.3),
        )


def write_csv(path: Path, rows: int, features: int) -> None:
    """Write random embeddings with an id before and a label behind them."""
    random = large.np.random.default_rng(0)
    with path.open("w") as file:
        file.write(f"id,{','.join(f'x_{j}' for j in range(features))},label\n")
        for first in range(0, rows, 10_000):
            numbers = random.normal(size=(10_000, features))
            labels = random.integers(0, 3, 10_000)
            file.writelines(
                f"{first + i + 1},{','.join(f'{z:.4f}' for z in numbers[i])},{labels[i]}\n" for i in range(10_000)
            )


if __name__ == "__main__":
    main()
