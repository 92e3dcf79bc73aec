"""How often the slips are found: random problems worked by hand, with one slip, with two, and with none.

`python tests/benchmarks/slips.py [TRIALS]` prints the table. Per slip: in how many sheets it changes a printed figure,
in how many of these some figure is then wrong (not merely off in its last place), how often the true tag is among the
explanations of that step, and the only one.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from students import EDITS, SLIPS, TIES, Sum, Work, as_sheet, handed_out, misread, worked

import softstep
from softstep.config.sheets import parse_sheet
from softstep.marking.marks import MarkedSheet

HONEST_SHEETS = 2_000


def marked(problem: Sum, sheet: str) -> MarkedSheet:
    """The sheet as softstep marks it."""
    marker = softstep.Problem(**problem.keys()).marker()
    return marker.mark(parse_sheet(sheet, "sheet", marker.steps))


def tags(sheet: MarkedSheet, step: str | None = None) -> list[tuple[str, ...]]:
    """The explanations of a step, or of all, as tags."""
    return [
        tuple(slip.tag for slip in slips)
        for key, answers in (sheet.steps or {}).items()
        if step in (None, key)
        for slips in answers.slips
    ]


def one_slip(tag: str, step: str, work: Work | None, trials: int) -> Counter[str]:
    """Sheets with this slip."""
    random, seen = Random(f"{tag} {step}"), Counter[str]()
    for _ in range(trials):
        problem = handed_out(random)
        honest = worked(problem)
        if work is None:
            read = misread(problem, tag, random)
            if read is None:
                continue
            figures = worked(read[0])
        else:
            figures = worked(problem, [(step, work)])
        if honest is None or figures is None or figures == honest:
            continue
        sheet = marked(problem, as_sheet(figures))
        seen["changed"] += 1
        if all(
            cell.verdict != "wrong" and cell.verdict != "wrong shape"
            for s in (sheet.steps or {}).values()
            for cell in s.cells
        ):
            seen["in the last place"] += 1
            continue
        seen["wrong"] += 1
        found = tags(sheet) if work is None else tags(sheet, step)
        seen["found"] += (tag,) in found
        seen["only"] += found == [(tag,)]
    return seen


def two_slips(trials: int) -> Counter[str]:
    """Sheets with two slips in different steps."""
    random, seen = Random("two"), Counter[str]()
    while seen["tried"] < trials:
        problem = handed_out(random)
        (first, one, make_one), (second, other, make_other) = random.sample(SLIPS, 2)
        if one == other:
            continue
        both = worked(problem, [(one, make_one), (other, make_other)])
        if both is None or one not in both or other not in both:
            continue
        sheet = marked(problem, as_sheet(both))
        steps = sheet.steps or {}
        if any(all(cell.verdict not in ("wrong", "wrong shape") for cell in steps[key].cells) for key in (one, other)):
            continue
        seen["tried"] += 1
        named = (first,) in tags(sheet, one) and (second,) in tags(sheet, other)
        seen["found"] += named
        if not named:
            seen[f"{first} {one} {second} {other}: {tags(sheet, one)} {tags(sheet, other)}"] += 1
    return seen


def honest_sheets(ties: str, trials: int) -> Counter[str]:
    """Sheets without a slip."""
    random, seen = Random(ties), Counter[str]()
    while seen["sheets"] < trials:
        problem = handed_out(random)
        figures = worked(problem, ties=ties)
        if figures is None:
            continue
        sheet = marked(problem, as_sheet(figures))
        seen["sheets"] += 1
        seen["accused"] += bool(tags(sheet))
        seen["not all right"] += any(step.verdict != "right" for step in (sheet.steps or {}).values())
        seen["wrong"] += any(step.verdict in ("wrong", "follows") for step in (sheet.steps or {}).values())
    return seen


def main() -> None:
    """Print the table."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    begun = perf_counter()
    print(f"{'slip':26} {'made in':18} {'changed':>8} {'wrong':>6} {'found':>8} {'only':>8}")
    total = Counter[str]()
    for tag, step, work in (*SLIPS, *((tag, "", None) for tag in EDITS)):
        seen = one_slip(tag, step, work, trials)
        total += seen
        print(row(tag, step or "inputs", seen))
    print(row("all", "", total))
    two = two_slips(trials * 5)
    print(f"two slips in different steps: {two['tried']} sheets, both named in {two['found'] / two['tried']:.2%}")
    for k, v in two.most_common(12):
        print(v, k)
    for ties in TIES:
        seen = honest_sheets(ties, HONEST_SHEETS if trials >= 200 else trials)
        print(f"honest, {ties}: {dict(seen)}")
    print(f"{perf_counter() - begun:.0f} s")


def row(tag: str, step: str, seen: Counter[str]) -> str:
    shares = (f"{seen[kind] / max(seen['wrong'], 1):8.2%}" for kind in ("found", "only"))
    return " ".join((f"{tag:26} {step:18} {seen['changed']:8} {seen['wrong']:6}", *shares))


if __name__ == "__main__":
    main()
