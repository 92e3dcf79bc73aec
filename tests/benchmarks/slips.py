"""How well everybody's sheets are marked: kinds of students, in rows, who work in different ways, in columns.

`python tests/benchmarks/slips.py [STUDENTS] [--kind KIND] [--misses N]` prints one table: STUDENTS of every kind work
by hand, with each rule for ties or cutting off, and with a calculator that writes 2 or 4 places, or 2 and losses with
4. The same students are in every column; they hand in all steps or those that a course asks for.

What is counted:

- `sheets`: those with something to find. A mistake counts if a figure is wrong (not only off in its last place) in the
  step of the sheet that shows it first; in sheets with several, all must count.
- `found`: every step in which mistakes show has an explanation of exactly these; `only`: it has no other. Mistakes
  with which the same student would have written the same sheet count as the ones made: `support.students` works the
  problem again with them and all figures are compared, so softstep has no say in that.
- `named`: any tag at all, of students whose mistakes have none; `equal`: those where an explanation in every step would
  have given the same sheet, and so is no false one.
- `fair`: no step is wrong but those where a mistake shows, as all others follow.
- of honest students, the number with a wrong answer and with a tag.

`--kind` shows the sorts of students of one kind in rows; `--kind conventions`, slips under random conventions.
`--misses` prints sheets that were not understood or not marked fairly, of one way of working with `--way`.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.populations import KINDS, Student, gives_same_figures, students
from support.students import (
    CONVENTION_SLIPS,
    SLIPS,
    WAYS_OF_WORKING,
    Exercise,
    Figures,
    Mistake,
    Way,
    Work,
    as_sheet,
    random_exercise,
    slip_as_made,
    with_conventions,
    work_exercise,
)

import softstep
from softstep.mark.marker import Marker
from softstep.mark.report import MarkedSheet
from softstep.read.sheets import parse_sheet

Named = tuple[tuple[str, str], ...]
"""An explanation: the tag and the place of each slip."""


@dataclass
class Case:
    """A sheet and how it was marked. `counts` are what it adds to the table; `shown` are the mistakes by step."""

    student: Student
    way: Way
    text: str
    sheet: MarkedSheet
    shown: dict[str, list[Mistake]]
    counts: Counter[str]
    is_miss: bool


def explanations(sheet: MarkedSheet, step: str) -> list[Named]:
    """The explanations of a step."""
    assert sheet.steps is not None
    return [tuple((slip.tag, slip.where) for slip in slips) for slips in sheet.steps[step].explanations]


def is_wrong(sheet: MarkedSheet, step: str) -> bool:
    """Whether a step has an answer that is wrong, and so needs an explanation."""
    assert sheet.steps is not None
    return step in sheet.steps and sheet.steps[step].verdict in ("wrong", "wrong shape")


def mistakes_shown(student: Student, way: Way, figures: Figures, sheet: MarkedSheet) -> dict[str, list[Mistake]]:
    """The mistakes by the step that shows them first; those that make nothing wrong there are left out."""
    shown = defaultdict(list)
    for mistake in student.mistakes:
        without = student.figures(way, [other for other in student.mistakes if other is not mistake])
        for step in student.shown_in(mistake):
            if is_wrong(sheet, step) and not (without and without.get(step) == figures.get(step)):
                shown[step].append(mistake)
                break
    return dict(shown)


def has_tags(named: Named, made: Sequence[Mistake]) -> bool:
    """Whether an explanation has exactly the tags of these mistakes; `a or b` is either."""
    orders = permutations(made) if len(named) == len(made) else ()
    return any(
        all(mistake.tag in tag.split(" or ") for (tag, _), mistake in zip(named, order, strict=True))
        for order in orders
    )


def are_right(
    student: Student, way: Way, figures: Figures, shown: dict[str, list[Mistake]], step: str, named: Sequence[Named]
) -> list[bool]:
    """Whether each explanation of a step is of the mistakes made there, or of others that give the same figures."""
    made = shown[step]
    kept = [mistake for mistake in student.mistakes if mistake not in made]
    return [has_tags(each, made) or gives_same_figures(student, way, figures, kept, each) for each in named]


def is_fair(student: Student, sheet: MarkedSheet) -> bool:
    """Whether no step is wrong but those that show a mistake; what follows from a mistake is not wrong."""
    shown = {student.step}.union(*map(student.shown_in, student.mistakes))
    return not any(is_wrong(sheet, key) for key in sheet.steps or {} if key not in shown)


def is_equal(student: Student, way: Way, figures: Figures, sheet: MarkedSheet) -> bool:
    """Whether every step with explanations has one with which alone a student would write the same figures."""
    other = replace(student, mistakes=(), pen=None)
    named = [explanations(sheet, key) for key in sheet.steps or {}]
    named = [each for each in named if each]
    return bool(named) and all(any(gives_same_figures(other, way, figures, (), one) for one in each) for each in named)


def mark_student(student: Student, way: Way, marker: Marker) -> Case | None:
    """Mark what a student hands in; None if there is nothing to find in it."""
    figures = student.figures(way)
    if not figures:
        return None
    text = student.sheet(way, figures)
    sheet = marker.mark(parse_sheet(text, "sheet", marker.steps))
    assert sheet.steps is not None
    if not student.mistakes and not student.pen:
        counts = Counter(wrong=any(is_wrong(sheet, key) for key in sheet.steps), named=bool(sheet.tags))
        return Case(student, way, text, sheet, {}, counts, any(counts.values()))
    if student.pen:
        shown: dict[str, list[Mistake]] = {student.step: []} if is_wrong(sheet, student.step) else {}
    else:
        shown = mistakes_shown(student, way, figures, sheet)
    counts = Counter(fair=is_fair(student, sheet))
    if student.pen or not all(mistake.tag for mistake in student.mistakes):
        counts += Counter(named=bool(sheet.tags), equal=is_equal(student, way, figures, sheet))
        is_miss = counts["named"] > counts["equal"] or not counts["fair"]
        return Case(student, way, text, sheet, shown, counts, is_miss) if shown else None
    if sum(map(len, shown.values())) < len(student.mistakes):
        return None
    right = [are_right(student, way, figures, shown, step, explanations(sheet, step)) for step in shown]
    counts += Counter(found=all(map(any, right)), only=all(any(each) and all(each) for each in right))
    return Case(student, way, text, sheet, shown, counts, not (counts["found"] and counts["fair"]))


MEASURES = {
    **dict.fromkeys(("single", "pair", "pair-in-step", "triple", "misread-once"), ("found", "only", "fair")),
    **dict.fromkeys(("arithmetic", "copying", "nameless"), ("named", "equal", "fair")),
    "honest": ("wrong", "named"),
}
"""What is counted of each kind."""

Counts = dict[tuple[str, str], Counter[str]]
"""The counts by sort of student, or "" for all, and by way."""


def try_kind(kind: str, count: int) -> tuple[Counts, list[Case]]:
    """Mark the sheets of so many students of a kind; also return the cases that are misses."""
    counts: Counts = defaultdict(Counter)
    misses = []
    for student in islice(students(kind), count):
        marker = softstep.Problem(**student.problem.keys()).marker()
        for way in WAYS_OF_WORKING:
            case = mark_student(student, way, marker)
            if case:
                misses += [case] if case.is_miss else []
                for sort in {"", student.sort}:
                    counts[sort, way.name] += case.counts + Counter(sheets=1)
    return counts, misses


def rows(kind: str, sort: str, counts: Counts) -> Iterator[str]:
    """The rows of the table for a kind, or for one sort of its students."""
    name = f"  {sort}" if sort else kind
    for measure in ("sheets", *MEASURES[kind]):
        cells = []
        for way in WAYS_OF_WORKING:
            seen = counts[sort, way.name]
            share = f"{seen[measure] / seen['sheets']:.1%}" if seen["sheets"] else "–"
            cells.append(str(seen[measure]) if kind == "honest" or measure == "sheets" else share)
        yield f"{name:40} {measure:7}" + "".join(f"{cell:>10}" for cell in cells)


def describe(case: Case) -> Iterator[str]:
    """A case as text that can be copied: the config, the sheet, what was made and what was named."""
    student = case.student
    made = [f"{each.tag or 'no tag'} in {each.where}{' once' * each.once}" for each in student.mistakes]
    yield f"── {student.sort}, {case.way.name}: {'; '.join(made) or 'no slip'}"
    yield json.dumps(student.problem.keys())
    yield case.text.rstrip()
    for change in (change for mistake in student.mistakes for change in mistake.changes):
        yield f"# read: {change}"
    if student.pen:
        yield f"# written wrong in {student.step}{', and used' * student.goes_on}"
    for step, mistakes in case.shown.items():
        yield f"# shown in {step}: {', '.join(f'{each.tag} in {each.where}' for each in mistakes) or 'no slip'}"
    for key, step in (case.sheet.steps or {}).items():
        named = [" + ".join(f"{tag} in {where}" for tag, where in each) for each in explanations(case.sheet, key)]
        if named or step.verdict not in ("right", "rounded"):
            yield f"# {key}: {step.verdict}; named: {' / '.join(named) or 'nothing'}"


# Conventions


def try_conventions(tag: str, step: str, work: Work, trials: int) -> Counter[str]:
    """Count sheets with this slip under random conventions, worked by hand."""
    random, seen = Random(f"{tag} {step}"), Counter[str]()
    for _ in range(trials * 100):
        problem = with_conventions(random_exercise(random), random)
        key = slip_as_made(problem, tag, step)
        figures = work_exercise(problem, [(key, work)]) if key else None
        if seen["wrong"] >= trials or key is None or not figures or figures == work_exercise(problem):
            continue
        sheet = mark_figures(problem, figures)
        if is_wrong(sheet, key):
            named = [[tag for tag, _ in each] for each in explanations(sheet, key)]
            seen += Counter(wrong=1, found=[tag] in named, only=named == [[tag]])
    return seen


def mark_figures(problem: Exercise, figures: Figures) -> MarkedSheet:
    """Mark the sheet with these figures."""
    marker = softstep.Problem(**problem.keys()).marker()
    return marker.mark(parse_sheet(as_sheet(figures), "sheet", marker.steps))


def print_conventions(trials: int) -> None:
    """Print how often each slip is found under random conventions."""
    print(f"{'under random conventions':26} {'made in':18} {'wrong':>6} {'found':>8} {'only':>8}")
    total = Counter[str]()
    for tag, step, work in (*SLIPS, *CONVENTION_SLIPS):
        seen = try_conventions(tag, step, work, trials)
        total += seen
        print(convention_row(tag, step, seen))
    print(convention_row("all", "", total))


def convention_row(tag: str, step: str, seen: Counter[str]) -> str:
    """A line of the table of conventions."""
    shares = (f"{seen[kind] / max(seen['wrong'], 1):8.2%}" for kind in ("found", "only"))
    return " ".join((f"{tag:26} {step:18} {seen['wrong']:6}", *shares))


def options() -> Namespace:
    """Read the options of the command line."""
    parser = ArgumentParser(description="How well sheets of all kinds of students are marked.")
    parser.add_argument("students", nargs="?", type=int, default=150, help="students of each kind")
    parser.add_argument("--kind", choices=[*KINDS, "conventions"], help="only this kind, with its sorts")
    parser.add_argument("--misses", type=int, default=0, help="print so many sheets that were not understood")
    parser.add_argument("--way", default="", choices=[way.name for way in WAYS_OF_WORKING], help="of these sheets")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    chosen, start = options(), perf_counter()
    if chosen.kind == "conventions":
        print_conventions(chosen.students)
        return
    print(f"{'students':40} {'':7}" + "".join(f"{way.name:>10}" for way in WAYS_OF_WORKING))
    for kind in [chosen.kind] if chosen.kind else KINDS:
        counts, misses = try_kind(kind, chosen.students)
        misses = [case for case in misses if chosen.way in ("", case.way.name)]
        sorts = sorted({sort for sort, _ in counts}) if chosen.kind else [""]
        for sort in sorts:
            print("\n".join(rows(kind, sort, counts)), flush=True)
        for case in Random(0).sample(misses, min(chosen.misses, len(misses))):
            print("\n".join(describe(case)))
    print(f"{perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
