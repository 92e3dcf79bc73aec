"""Fuzzing at length: mutated configs, sheets and data files through the command, beside the outsider.

`python tests/benchmarks/fuzz.py [N] [SEED]` makes N cases, as many of each kind, and prints of each kind how many were
accepted and refused; of how many the outsider had the figures to compare, which it called bad, and of which it was
unsure; how many went through a process from its very start as well, which must say the same; the most memory of a run
and the longest time. A fault is made as small as it gets and printed with its files; the exit status is then 1.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import fuzzing
from support.fuzzing import KINDS, Case, judged, run, run_anew, smaller

ANEW, SHOWN = 200, 5
"""Of so many cases one goes through a process from its start; of each fault so many are shown."""
COLUMNS = ("tried", "accepted", "refused", "compared", "bad", "unsure", "anew", "faults")


def kind_of(fault: str | None) -> str:
    """A fault without its figures."""
    return "".join(c for c in fault or "" if not c.isdigit())[:40]


def fault_of(case: Case, folder: Path, seen: Counter[str], most: Counter[str], anew: bool = False) -> str | None:
    """The fault of a case, if it has one; run and counted."""
    ran = run(case, folder)
    accepted, theirs, fault = judged(case, ran, folder)
    seen.update(["tried", "accepted" if accepted else "refused", theirs])
    for unit, value in (("KB", ran.megabytes * 1024), ("ms", ran.seconds * 1000)):
        most[unit] = max(most[unit], int(value))
    if anew and not fault:
        seen["anew"] += 1
        if run_anew(case, folder)[:3] != ran[:3]:
            fault = "a process from its start says something else"
    return fault


def show(case: Case, fault: str, folder: Path) -> None:
    """Print a fault with all that it takes."""

    def still(smaller_case: Case) -> bool:
        return kind_of(fault_of(smaller_case, folder, Counter(), Counter())) == kind_of(fault)

    least = smaller(case, still) if still(case) else case
    print(f"--- {case.kind}: {fault}\nsoftstep {' '.join(case.arguments)}")
    for name, data in least.files.items():
        print(f"{name}: {data!r}", flush=True)


def main() -> int:
    """Print the faults and the table."""
    count, seed = (int(text) for text in (*sys.argv[1:], *("20000", "0")[len(sys.argv) - 1 :]))
    fuzzing.warm()
    seen, most = ({kind: Counter[str]() for kind in KINDS} for _ in range(2))
    random, faults, begun = Random(seed), Counter[str](), perf_counter()
    with TemporaryDirectory() as name:
        for i in range(count):
            kind = KINDS[i % len(KINDS)]
            case = fuzzing.made(kind, random)
            fault = fault_of(case, Path(name), seen[kind], most[kind], i % ANEW == 0)
            if fault:
                seen[kind]["faults"] += 1
                faults[kind_of(fault)] += 1
                if faults[kind_of(fault)] <= SHOWN:
                    show(case, fault, Path(name))
    print(f"{'kind':18}" + "".join(f"{column:>9}" for column in (*COLUMNS, "MB", "s")))
    for kind, each in seen.items():
        counted = "".join(f"{each[column]:9,}" for column in COLUMNS)
        print(f"{kind:18}{counted}{most[kind]['KB'] / 1024:9.1f}{most[kind]['ms'] / 1000:9.3f}")
    print(f"{count:,} cases, seed {seed}, {perf_counter() - begun:.0f} s; faults: {dict(faults) or 'none'}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
