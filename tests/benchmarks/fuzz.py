"""Fuzzing at length: mutated configs, sheets and data files through the command, beside the outsider.

`python tests/benchmarks/fuzz.py [N] [SEED]` makes N cases, as many of each kind, and prints how many were accepted and
refused, in how many both said the same (`agreed`), how many the outsider was unsure of, the most memory
of a run, and the longest time. Every 200th case also goes through a process from its start, which must say the
same. A fault is made as small as it gets and printed with its files; the exit status is then 1.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import fuzzing
from fuzzing import KINDS, Case, judged, run, run_anew, smaller

ANEW = 200


def kind_of(fault: str | None) -> str:
    """A fault without its figures."""
    return "".join(c for c in fault or "" if not c.isdigit())[:25]


def tried(case: Case, anew: bool, folder: Path, seen: Counter[str], most: dict[str, float]) -> str | None:
    """Run a case and count it; its fault, if it has one."""
    ran = run(case, folder)
    accepted, outsider, fault = judged(case, ran, folder)
    if anew and not fault:
        seen["anew"] += 1
        other = run_anew(case, folder)
        if other[:3] != ran[:3]:
            fault = "a process from its start says something else"
    seen.update(["tried", "accepted" if accepted else "refused", "unsure" if outsider == "Unsure" else "agreed"])
    most["MB"], most["s"] = max(most["MB"], ran.megabytes), max(most["s"], ran.seconds)
    return fault


def main() -> int:
    """Print the faults and the table."""
    count, seed = (int(text) for text in (*sys.argv[1:], *("20000", "0")[len(sys.argv) - 1 :]))
    fuzzing.warm()
    counts = {kind: Counter[str]() for kind in KINDS}
    most = {kind: {"MB": 0.0, "s": 0.0} for kind in KINDS}
    random, faults, begun = Random(seed), Counter[str](), perf_counter()
    with TemporaryDirectory() as name:
        folder = Path(name)
        for i in range(count):
            kind = KINDS[i % len(KINDS)]
            case = fuzzing.made(kind, random)
            fault = tried(case, i % ANEW == 0, folder, counts[kind], most[kind])
            if fault:
                faults[kind_of(fault)] += 1
                counts[kind]["faults"] += 1
            if fault and faults[kind_of(fault)] <= 6:
                least = smaller(
                    case,
                    lambda each, fault=fault: kind_of(judged(each, run(each, folder), folder).fault) == kind_of(fault),
                )
                told(i, fault, least)
    columns = ("tried", "accepted", "refused", "agreed", "unsure", "anew", "faults")
    print(f"{'kind':18}" + "".join(f"{column:>9}" for column in columns) + f"{'MB':>9}{'s':>9}")
    for kind, seen in counts.items():
        print(
            f"{kind:18}" + "".join(f"{seen[c]:9,}" for c in columns) + f"{most[kind]['MB']:9.1f}{most[kind]['s']:9.3f}"
        )
    print(f"{count:,} cases, seed {seed}, {perf_counter() - begun:.0f} s; faults: {dict(faults) or 'none'}")
    return int(bool(faults))


def told(i: int, fault: str, case: Case) -> None:
    """Print a fault and what it takes."""
    print(f"--- case {i}, {case.kind}: {fault}\nsoftstep {' '.join(case.arguments)}", flush=True)
    print(f"{case.mutated}: {case.files[case.mutated]!r}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
