"""Start-up: the whole process `softstep grad --param w0`, compared with only importing its libraries and drawing four
tables as large as its own; and `-f plain`, compared with only importing the libraries.

`python tests/benchmarks/startup.py [PAIRS]` runs both in turn and prints the median times, the median of the ratios of
each pair, and the peak memory of each. Measure an install whose files are compiled, as pip leaves them.
"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

SOFTSTEP = [str(Path(sys.executable).with_name("softstep")), "grad", "--quiet", "--param", "w0"]
IMPORTS = "import numpy, yaml, typer, rich.table, rich.console\n"
TABLES = """
from rich.box import SIMPLE_HEAD
console = rich.console.Console(width=80)
for columns, rows in ((2, 5), (5, 5), (5, 1), (5, 1)):
    table = rich.table.Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in range(columns):
        table.add_column(f"x_{column}", justify="right")
    for row in range(rows):
        table.add_row(*[f"-{row}.{column}34" for column in range(columns)])
    console.print(table)
"""
PAIRS = {
    "tables": (SOFTSTEP, [sys.executable, "-c", IMPORTS + TABLES]),
    "plain": ([*SOFTSTEP, "-f", "plain"], [sys.executable, "-c", IMPORTS]),
}
"""The command and its reference, each with one thread of linear algebra."""


def run(command: list[str], *statuses: int) -> tuple[float, float]:
    """Run a command that must end with 0 or one of these statuses; return its seconds and its peak memory in MiB."""
    start = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
    assert process.returncode in (0, *statuses)
    return perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Print the comparisons."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    for name, (ours, reference) in PAIRS.items():
        run(ours)
        run(reference)
        measured = [(run(ours), run(reference)) for _ in range(count)]
        ratios = [mine / other for (mine, _), (other, _) in measured]
        for i, what in enumerate((f"softstep grad --param w0, {name}", "its reference")):
            seconds, memory = (median(pair[i][j] for pair in measured) for j in (0, 1))
            print(f"{what:32} {seconds * 1000:6.1f} ms {memory:6.1f} MiB")
        print(
            f"{'ratio, pair by pair':32} {median(ratios):6.2f}, {min(ratios):.2f} to {max(ratios):.2f}, {count} pairs"
        )


if __name__ == "__main__":
    main()
