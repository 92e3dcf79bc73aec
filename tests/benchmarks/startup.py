"""Start-up: the whole process `softstep grad --param w0`, compared with only importing its libraries.

`python tests/benchmarks/startup.py [PAIRS]` runs both in turn and prints the median times, the median of the ratios of
each pair, and the peak memory of each. Measure an install whose files are compiled, as pip leaves them.
"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

OURS = [str(Path(sys.executable).with_name("softstep")), "grad", "--quiet", "--param", "w0"]
REFERENCE = [sys.executable, "-c", "import numpy, yaml, typer, rich.table, rich.console"]


def run(command: list[str], status: int = 0) -> tuple[float, float]:
    """Run a command that must end with this status; return its seconds and its peak memory in MiB."""
    start = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
    assert process.returncode == status
    return perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Print the comparison."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    for command in (OURS, REFERENCE):
        run(command)
    measured = [(run(OURS), run(REFERENCE)) for _ in range(pairs)]
    ratios = [ours / reference for (ours, _), (reference, _) in measured]
    for i, name in enumerate(("softstep grad --param w0", "importing its libraries")):
        seconds, memory = (median(pair[i][j] for pair in measured) for j in (0, 1))
        print(f"{name:26} {seconds * 1000:6.1f} ms {memory:6.1f} MiB")
    print(f"{'ratio, pair by pair':26} {median(ratios):6.2f}, {min(ratios):.2f} to {max(ratios):.2f}, {pairs} pairs")


if __name__ == "__main__":
    main()
