"""How often slips are found: random problems worked by hand with one slip, two slips, mistakes or none.

`python tests/benchmarks/slips.py [TRIALS]` prints the tables. For each slip: in how many sheets it changes a printed
figure, in how many of these a figure is wrong (not only off in its last place), how often the right tag is among the
explanations of that step, and how often it is the only one. Sometimes other slips give exactly the same figures.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.students import (
    CONVENTION_SLIPS,
    EDITS,
    HONEST,
    SLIPS,
    TIES,
    Exercise,
    Figures,
    Work,
    add_mistakes,
    as_sheet,
    misread_input,
    random_exercise,
    slip_as_made,
    with_conventions,
    work_exercise,
)

import softstep
from softstep.mark.report import MarkedSheet
from softstep.read.sheets import parse_sheet

HONEST_SHEETS = 2_000
TABLES = ("logits", "probabilities", "residuals", "weight_gradients", "updated_weights")


def mark_figures(problem: Exercise, figures: Figures) -> MarkedSheet:
    """Mark the sheet with these figures."""
    marker = softstep.Problem(**problem.keys()).marker()
    return marker.mark(parse_sheet(as_sheet(figures), "sheet", marker.steps))


def tags(sheet: MarkedSheet, step: str) -> list[tuple[str, ...]]:
    """The explanations of a step, as tags."""
    assert sheet.steps is not None
    return [tuple(slip.tag for slip in slips) for slips in sheet.steps[step].explanations]


def is_wrong(sheet: MarkedSheet, step: str) -> bool:
    """Whether a step has an answer that is wrong, and so needs an explanation."""
    assert sheet.steps is not None
    return sheet.steps[step].verdict in ("wrong", "wrong shape")


def try_one_slip(tag: str, step: str, work: Work | None, trials: int) -> Counter[str]:
    """Count sheets with this slip: in a rule, or without `work` in the given numbers."""
    random, seen = Random(f"{tag} {step}"), Counter[str]()
    for _ in range(trials):
        problem = random_exercise(random)
        read = (problem, "") if work else misread_input(problem, tag, random)
        figures = read and work_exercise(read[0], [(step, work)] if work else [])
        if not figures or figures == work_exercise(problem):
            continue
        sheet = mark_figures(problem, figures)
        seen["changed"] += 1
        if is_wrong(sheet, step):
            seen["wrong"] += 1
            seen["found"] += (tag,) in tags(sheet, step)
            seen["only"] += tags(sheet, step) == [(tag,)]
    return seen


def try_conventions(tag: str, step: str, work: Work, trials: int) -> Counter[str]:
    """Count sheets with this slip under random conventions."""
    random, seen = Random(f"{tag} {step}"), Counter[str]()
    while seen["wrong"] < trials:
        problem = with_conventions(random_exercise(random), random)
        key = slip_as_made(problem, tag, step)
        figures = work_exercise(problem, [(key, work)]) if key else None
        if key is None or not figures or figures == work_exercise(problem):
            continue
        sheet = mark_figures(problem, figures)
        seen["changed"] += 1
        if is_wrong(sheet, key):
            seen["wrong"] += 1
            seen["found"] += (tag,) in tags(sheet, key)
            seen["only"] += tags(sheet, key) == [(tag,)]
    return seen


def try_two_slips(trials: int) -> Counter[str]:
    """Count sheets with two slips in different steps; one may be in the given numbers."""
    random, seen = Random("two"), Counter[str]()
    made = [*SLIPS, *((tag, "logits", None) for tag in EDITS)]
    while seen["tried"] < trials:
        problem = random_exercise(random)
        (first, one, make_one), (second, other, make_other) = random.sample(made, 2)
        edit = first if make_one is None else second
        read = (problem, "") if make_one and make_other else misread_input(problem, edit, random)
        slips = [(step, work) for step, work in ((one, make_one), (other, make_other)) if work]
        figures = work_exercise(read[0], slips) if read and one != other else None
        if not figures or not {one, other} <= set(figures):
            continue
        sheet = mark_figures(problem, figures)
        if is_wrong(sheet, one) and is_wrong(sheet, other):
            seen["tried"] += 1
            seen["found"] += (first,) in tags(sheet, one) and (second,) in tags(sheet, other)
    return seen


def try_mistakes(count: int, trials: int) -> Counter[str]:
    """Count sheets with arithmetic mistakes and no slip."""
    random, seen = Random(f"mistakes {count}"), Counter[str]()
    while seen["tried"] < trials:
        problem, step = random_exercise(random), random.choice(TABLES)
        figures = work_exercise(problem)
        if not figures:
            continue
        figures = add_mistakes(figures, [step], random, count)
        sheet = mark_figures(problem, figures)
        if is_wrong(sheet, step):
            seen["tried"] += 1
            seen["named"] += bool(tags(sheet, step))
    return seen


def try_honest_sheets(ties: str, trials: int) -> Counter[str]:
    """Count sheets without a slip."""
    random, seen = Random(ties), Counter[str]()
    while seen["tried"] < trials:
        problem = random_exercise(random)
        figures = work_exercise(problem, ties=ties)
        if figures:
            sheet = mark_figures(problem, figures)
            seen["tried"] += 1
            seen["accused"] += bool(sheet.tags)
            seen["not right"] += any(step.verdict != "right" for step in (sheet.steps or {}).values())
    return seen


def main() -> None:
    """Print the tables."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    start = perf_counter()
    print(f"{'slip':26} {'made in':18} {'changed':>8} {'wrong':>6} {'found':>8} {'only':>8}")
    total = Counter[str]()
    for tag, step, work in (*SLIPS, *((tag, "logits", None) for tag in EDITS)):
        seen = try_one_slip(tag, step, work, trials)
        total += seen
        print(row(tag, step if work else "inputs", seen))
    print(row("all", "", total))
    print("under random conventions")
    total = Counter()
    for tag, step, work in (*SLIPS, *CONVENTION_SLIPS):
        seen = try_conventions(tag, step, work, trials)
        total += seen
        print(row(tag, step, seen))
    print(row("all", "", total))
    two = try_two_slips(trials * 5)
    print(f"two slips in different steps: {two['tried']:,} sheets, both named in {two['found'] / two['tried']:.2%}")
    for count in (1, 2, 3):
        seen = try_mistakes(count, trials * 5)
        print(f"arithmetic mistakes, {count}: {seen['tried']:,} sheets, a slip named in {seen['named']}")
    for ties in TIES:
        seen = try_honest_sheets(ties, HONEST_SHEETS)
        counts = f"{seen['not right']} with a figure not right, {seen['accused']} accused of a slip"
        print(f"honest, {ties}: {seen['tried']:,} sheets, {counts}")
    print(f"{perf_counter() - start:.0f} s, {len(HONEST)} steps a sheet")


def row(tag: str, step: str, seen: Counter[str]) -> str:
    """A line of the table."""
    shares = (f"{seen[kind] / max(seen['wrong'], 1):8.2%}" for kind in ("found", "only"))
    return " ".join((f"{tag:26} {step:18} {seen['changed']:8} {seen['wrong']:6}", *shares))


if __name__ == "__main__":
    main()
