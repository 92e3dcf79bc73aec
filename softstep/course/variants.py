"""Variants of an exercise: other numbers, drawn by a seed until they make a good exercise."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import and_, or_

from softstep import __version__
from softstep.course.drawing import draw_setting, drawn_keys
from softstep.course.exercise import Exercise
from softstep.course.integers import Integers
from softstep.course.slip_figures import Alike, Kind, name_of
from softstep.course.vetting import WITHOUT_SLIPS_AND_TIES, Draw, Fault, Plan, first_fault, hardest_demand
from softstep.errors import SoftstepError
from softstep.names import count_of, first_words
from softstep.problem import Problem

MOST_DRAWS = 1_000
"""After so many draws a variant is given up."""

TRIED, MOST_TRIED = 25, 400
"""Draws that tell which slips are alike in every exercise of this shape; more are tried if each has others that are."""

MOST_NUMBERS = 5_000
"""An exercise for paper has no more numbers than these."""


@dataclass(frozen=True, eq=False)
class Variant:
    """An exercise with new numbers: its number, how many draws it took, and how hard it is.

    `slips` counts the slips that show on its sheet, `wrong` the labelled nodes whose predicted class is not the true
    one. `largest_logit` and `wrong` are None where there are no logits or labels.
    """

    number: int
    exercise: Exercise
    draws: int
    slips: int
    largest_logit: float | None
    wrong: int | None


@dataclass(frozen=True, eq=False)
class Variants:
    """The variants of an exercise, in order.

    `kinds` are the slips that can be made, `alike` those that are alike in every exercise of this shape, `tolerated`
    others that hardly any exercise of it tells apart.
    """

    seed: int
    variants: tuple[Variant, ...]
    kinds: frozenset[Kind]
    alike: Alike
    tolerated: Alike

    def report(self) -> Iterator[str]:
        """How the variants came about, how many slips show, and how hard the exercises are."""
        draws = sum(variant.draws for variant in self.variants)
        count = len(self.variants)
        yield f"{count_of(count, 'variant')} of seed {self.seed} in {count_of(draws, 'draw')}, {draws / count:.1f} each"
        shown = _range_of([variant.slips for variant in self.variants])
        yield f"slips that show in each: {shown} of {len(self.kinds)}"
        yield from _lines_on(self.alike, "no", "every")
        yield from _lines_on(self.tolerated, "hardly any", "nearly every")
        hardness: dict[str, list[float]] = {
            "largest logit": [v.largest_logit for v in self.variants if v.largest_logit is not None],
            "wrong predictions": [v.wrong for v in self.variants if v.wrong is not None],
        }
        if spread := [f"{name} {_range_of(each)}" for name, each in hardness.items() if each]:
            yield f"difficulty: {'; '.join(spread)}"


def draw_variants(
    exercise: Exercise,
    count: int = 1,
    seed: int = 1,
    keep: Sequence[str] = (),
    progress: Callable[..., None] | None = None,
) -> Variants:
    """Draw this many variants of an exercise; each depends on the seed and on those before it alone.

    `keep` names inputs that stay as they are. `progress` is a callback: `(done, total)`. Raises SoftstepError if the
    exercise is too large, nothing is left to draw, or a variant does not meet the demands.
    """
    keys = _keys_to_draw(exercise, keep)
    plan = Plan(exercise, keys)
    always, plan.not_demanded = _inevitable(plan, seed)
    found: list[Variant] = []
    seen: set[bytes] = set()
    for number in range(1, count + 1):
        if progress:
            progress(number - 1, count)
        found.append(_find_variant(plan, seed, number, seen))
    return Variants(seed, tuple(found), plan.slips.kinds, always, plan.not_demanded - always)


def _keys_to_draw(exercise: Exercise, keep: Sequence[str]) -> list[str]:
    setting = exercise.problem.setting
    size = sum(value.size for value in setting.given.values.values())
    if size > MOST_NUMBERS:
        raise SoftstepError(
            f"{setting.place}: worksheet: {size:,} numbers; expected {MOST_NUMBERS:,} at most; take fewer nodes"
        )
    keys = drawn_keys(setting, keep)
    if not keys:
        raise SoftstepError(f"softstep: --keep {' --keep '.join(keep)}: nothing is left to draw; leave one of them out")
    return keys


def _draw(plan: Plan, seed: int, name: str, **changes: object) -> Draw:
    setting = plan.exercise.problem.setting
    return Draw(plan, draw_setting(setting, plan.drawn, Integers(f"softstep {seed} {name}"), **changes))


def _inevitable(plan: Plan, seed: int) -> tuple[Alike, Alike]:
    """What is alike in every draw, and what is not demanded: what is so in many draws, or in the best of them.

    Of N = 1 and K = 3, the loss at the predicted class is that at the true class or at one next to it.
    """
    trials = (_draw(plan, seed, f"trial {number}") for number in range(MOST_TRIED))
    useful = (trial.alike for trial in trials if first_fault(trial, WITHOUT_SLIPS_AND_TIES) is None)
    tried = [*islice(useful, TRIED)] or [Alike()]
    always = reduce(and_, tried)
    while always not in tried and (another := next(useful, None)):
        tried.append(another)
        always &= another
    return always, min(tried, key=len) | _in_many(tried)


def _in_many(tried: Sequence[Alike]) -> Alike:
    """What is alike in more than a quarter of these draws."""
    every = reduce(or_, tried)
    hidden = frozenset(kind for kind in every.as_right if 4 * sum(kind in each.as_right for each in tried) > len(tried))
    pairs = frozenset(pair for pair in every.pairs if 4 * sum(pair in each.pairs for each in tried) > len(tried))
    return Alike(hidden, pairs)


def _find_variant(plan: Plan, seed: int, number: int, seen: set[bytes]) -> Variant:
    """Draw until all demands are met. Raises SoftstepError, with the one that most draws fail, if none does."""
    note = f"Variant {number} of seed {seed}, softstep {__version__}"
    setting = plan.exercise.problem.setting
    points = {key: setting.marks.get(key, 1) for key in plan.ask}
    faults: Counter[Fault] = Counter()
    for attempt in range(1, MOST_DRAWS + 1):
        draw = _draw(plan, seed, f"{number} {attempt}", note=note, marks=points, source=f"variant {number}")
        content = b" ".join(draw.setting.given.values[key].tobytes() for key in plan.drawn)
        fault = Fault(-1, "it is an earlier variant") if content in seen else first_fault(draw)
        if fault is None:
            seen.add(content)
            return _variant_of(draw, number, attempt)
        faults[fault] += 1
    raise SoftstepError(
        f"{setting.place}: worksheet: variant {number}: no draw of {MOST_DRAWS:,} meets the demands; mostly "
        f"{hardest_demand(faults, MOST_DRAWS)}; ask for other steps, use more decimals, or keep less"
    )


def _variant_of(draw: Draw, number: int, draws: int) -> Variant:
    """The variant that a draw makes."""
    steps, given = draw.steps[0], draw.setting.given
    H = steps.get("logits")
    wrong = None
    if "predictions" in steps and "labels" in given.values:
        wrong = int((steps["predictions"].value[given.labelled] != given.values["labels"]).sum())
    return Variant(
        number,
        draw.plan.exercise.about(Problem.of(draw.setting)),
        draws,
        len(draw.plan.slips.kinds - draw.alike.as_right),
        None if H is None else float(H.value.max()),
        wrong,
    )


def _lines_on(alike: Alike, none: str, every: str) -> Iterator[str]:
    """The slips that do not show, and those that look alike; `none` and `every` say in how many exercises."""
    if hidden := [*map(name_of, sorted(alike.as_right))]:
        yield f"slips that {none} exercise of this shape shows: {first_words(hidden)}"
    pairs = [(a, b) for a, b in sorted(alike.pairs) if not {a, b} & alike.as_right]
    if pairs:
        names = "; ".join(f"{name_of(a)} and {name_of(b)}" for a, b in pairs)
        yield f"slips that {every} exercise of this shape prints alike: {names}"


def _range_of(numbers: Sequence[float]) -> str:
    """The smallest and the largest of these numbers.

    >>> _range_of([3, 1, 2]), _range_of([0.5, 0.5])
    ('1 to 3', '0.5')
    """
    low, high = min(numbers), max(numbers)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
