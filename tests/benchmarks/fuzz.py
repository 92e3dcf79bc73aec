"""Fuzzing with many cases: run the command on mutated configs, sheets and data files, and judge the results.

`python tests/benchmarks/fuzz.py [N] [SEED]` makes N cases, equally many of each kind. For each kind it prints how many
were accepted and refused; for how many the reference reader had figures to compare, found them bad, or was unsure; how
many ran again in a fresh process, which must print the same; and the most memory and the longest time of a run. A
faulty case is shrunk and printed with its files; the exit status is then 1.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import fuzzing
from support.fuzzing import KINDS, Case, judge, run, run_in_new_process, shrink

FRESH, SHOWN = 200, 5
"""One case in this many runs again in a fresh process; at most so many cases of a fault are shown."""
COLUMNS = ("tried", "accepted", "refused", "compared", "bad", "unsure", "fresh", "faults")


def kind_of(fault: str | None) -> str:
    """The text of a fault without its digits."""
    return "".join(c for c in fault or "" if not c.isdigit())[:40]


def fault_of(case: Case, folder: Path, seen: Counter[str], most: Counter[str], fresh: bool = False) -> str | None:
    """Run and count a case; return its fault, if it has one."""
    ran = run(case, folder)
    accepted, theirs, fault = judge(case, ran, folder)
    seen.update(["tried", "accepted" if accepted else "refused", theirs])
    for unit, value in (("KB", ran.megabytes * 1024), ("ms", ran.seconds * 1000)):
        most[unit] = max(most[unit], int(value))
    if fresh and not fault:
        seen["fresh"] += 1
        if run_in_new_process(case, folder)[:3] != ran[:3]:
            fault = "a fresh process prints something else"
    return fault


def show(case: Case, fault: str, folder: Path) -> None:
    """Print a fault with the files that reproduce it."""

    def still_fails(smaller_case: Case) -> bool:
        return kind_of(fault_of(smaller_case, folder, Counter(), Counter())) == kind_of(fault)

    least = shrink(case, still_fails) if still_fails(case) else case
    print(f"--- {case.kind}: {fault}\nsoftstep {' '.join(case.arguments)}")
    for name, data in least.files.items():
        print(f"{name}: {data!r}", flush=True)


def main() -> int:
    """Print the faults and the table."""
    count, seed = (int(text) for text in (*sys.argv[1:], *("20000", "0")[len(sys.argv) - 1 :]))
    fuzzing.import_everything()
    seen, most = ({kind: Counter[str]() for kind in KINDS} for _ in range(2))
    random, faults, begun = Random(seed), Counter[str](), perf_counter()
    with TemporaryDirectory() as name:
        for i in range(count):
            kind = KINDS[i % len(KINDS)]
            case = fuzzing.make_case(kind, random)
            fault = fault_of(case, Path(name), seen[kind], most[kind], i % FRESH == 0)
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
