"""Populations of students: who makes which mistakes, and what their sheets show. Like `students`, apart from softstep.

A kind of population is a row of `KINDS`: it makes a student from a random generator and a number, whose remainder says
which of its sorts of student comes next, so that all are equally frequent.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, product
from random import Random
from typing import Any

from support.students import (
    EDITS,
    HONEST,
    LOSSES,
    SLIPS,
    SQUARE_SLIPS,
    USES,
    WRONG_LABEL,
    Exercise,
    Figures,
    Mistake,
    Table,
    Way,
    Work,
    as_sheet,
    column,
    dot,
    exchange,
    misreadings,
    random_exercise,
    random_misreading,
    rule_slip,
    work_as,
)

TYPICAL = (
    *("logits", "probabilities", "loss", "weight_gradients", "bias_gradients", "updated_weights", "updated_biases"),
)
"""The steps that a course asks for; all others are worked but not handed in."""

TABLES = ("logits", "probabilities", "residuals", "weight_gradients", "updated_weights")

AFTER = {
    "logits": ("exponentials",),
    "exponentials": ("normalizers", "probabilities"),
    "normalizers": ("probabilities",),
    "probabilities": ("predictions", "node_losses", "residuals"),
    "node_losses": ("loss",),
    "residuals": ("weight_gradients", "bias_gradients"),
    "weight_gradients": ("updated_weights",),
    "bias_gradients": ("updated_biases",),
}
"""The steps that are computed from a step, if there are no conventions."""

Pen = Callable[[Any, int, Random], Any]
"""Changes the figures of one step, written with so many decimals; None if it cannot."""

MOST_ALTERNATIVES = 1_000
"""Sets of other mistakes that are compared with a sheet."""


@dataclass(frozen=True)
class Student:
    """Who works a problem with these mistakes, hands in these steps, and writes one of them wrong with `pen`.

    `goes_on`: later steps are computed from what was written wrong. `loss_places` are the decimals of losses where the
    way of working leaves them open. `seed` makes the pen slip in the same places each time.
    """

    problem: Exercise
    sort: str
    mistakes: tuple[Mistake, ...] = ()
    steps: tuple[str, ...] = tuple(HONEST)
    step: str = ""
    pen: Pen | None = None
    goes_on: bool = False
    loss_places: int = 2
    seed: int = 0

    def way(self, way: Way) -> Way:
        """The way of working with the decimals of losses that this student likes."""
        return replace(way, loss_places=way.loss_places or self.loss_places)

    def figures(self, way: Way, mistakes: Sequence[Mistake] | None = None) -> Figures | None:
        """What the student hands in, perhaps with other mistakes; None if a figure is not finite."""
        way, pen = self.way(way), self.pen
        places = (way.loss_places or 2) if self.step in LOSSES else way.places
        edits = {self.step: lambda value: pen(value, places, Random(self.seed))} if pen and self.goes_on else None
        figures = work_as(way, self.problem, self.mistakes if mistakes is None else mistakes, edits)
        if figures and pen and not self.goes_on:
            changed = pen(figures[self.step], places, Random(self.seed))
            figures = figures | {self.step: changed} if changed is not None else None
        return figures and {key: value for key, value in figures.items() if key in self.steps}

    def sheet(self, way: Way, figures: Figures) -> str:
        """These figures as the student types them."""
        return as_sheet(figures, loss_places=self.way(way).loss_places or 2, places=way.places)

    def shown_in(self, mistake: Mistake) -> list[str]:
        """The steps of the sheet that show a mistake first: where it is made, or what is computed from there."""
        found = {step for made in mistake.made_in for step in _first_shown(made, self.steps)}
        return [step for step in HONEST if step in found]


def _first_shown(step: str, steps: Sequence[str]) -> set[str]:
    later = AFTER.get(step, ())
    return {step} if step in steps else {shown for after in later for shown in _first_shown(after, steps)}


def mistakes_called(s: Exercise, tag: str, where: str) -> list[Mistake]:
    """Every mistake with this tag in this step, or at this node or parameter: in all steps, or in one."""
    slips = [rule_slip(*slip) for slip in SLIPS if slip[:2] == (tag, where)]
    read = [wrong for letter in USES for wrong in misreadings(s, tag, letter) if wrong.where == where]
    return slips + read + [once(wrong, step) for wrong in read for step in wrong.made_in]


def gives_same_figures(
    student: Student, way: Way, figures: Figures, kept: Sequence[Mistake], named: Sequence[tuple[str, str]]
) -> bool:
    """Whether mistakes with these tags and places, beside those `kept`, give the figures on the sheet, all of them."""
    choices = [
        [mistake for part in tag.split(" or ") for mistake in mistakes_called(student.problem, part, where)]
        for tag, where in named
    ]
    others = islice(product(*choices), MOST_ALTERNATIVES)
    return any(student.figures(way, [*kept, *other]) == figures for other in others)


def once(mistake: Mistake, step: str) -> Mistake:
    """The input misread in this step alone."""
    return replace(mistake, made_in=(step,), once=True)


# Mistakes


MISREAD = (*EDITS, WRONG_LABEL)

ALL_SLIPS: Sequence[tuple[str, str, Work | None]] = (*SLIPS, *((tag, "inputs", None) for tag in MISREAD))
"""Every slip; those in the inputs have no work."""


def _misreading(s: Exercise, tag: str, random: Random, letters: str = "") -> Mistake | None:
    """An input misread with this slip; seldom the learning rate."""
    if tag == WRONG_LABEL:
        return random.choice(misreadings(s, tag, "y"))
    if not letters and tag in ("swapped-digits", "shifted-point") and random.random() < 0.1:
        return random.choice(misreadings(s, tag, "alpha"))
    return random_misreading(s, tag, random, letters or "ZWb")


def mistake_of(s: Exercise, slip: tuple[str, str, Work | None], random: Random) -> Mistake | None:
    """The mistake of a row of `ALL_SLIPS`; None if this problem gives no chance to make it."""
    tag, step, work = slip
    return rule_slip(tag, step, work) if work else _misreading(s, tag, random)


def _student(problem: Exercise, sort: str, random: Random, *mistakes: Mistake | None, **rest: Any) -> Student | None:
    """A student with these mistakes, who hands in all steps or the typical ones; None if a mistake is None."""
    made = tuple(mistake for mistake in mistakes if mistake)
    steps = random.choice([tuple(HONEST), TYPICAL])
    given = {"steps": steps, "loss_places": random.choice([2, 4]), "seed": random.randrange(10**9), **rest}
    return Student(problem, sort, made, **given) if len(made) == len(mistakes) else None


def single(random: Random, number: int) -> Student | None:
    """One slip: in a rule, or an input misread wherever it is used."""
    slip = ALL_SLIPS[number % len(ALL_SLIPS)]
    problem = random_exercise(random, square=slip[0] in SQUARE_SLIPS)
    return _student(problem, f"{slip[0]} in {slip[1]}", random, mistake_of(problem, slip, random))


def _several(random: Random, count: int) -> Student | None:
    slips = random.sample(ALL_SLIPS, count)
    problem = random_exercise(random, square=any(tag in SQUARE_SLIPS for tag, *_ in slips))
    mistakes = [mistake_of(problem, slip, random) for slip in slips]
    first = {mistake.made_in[0] for mistake in mistakes if mistake}
    student = _student(problem, "", random, *mistakes) if len(first) == count else None
    in_loss = sum("loss" in student.shown_in(mistake) for mistake in student.mistakes) if student else 0
    return student if in_loss < 2 else None  # one number cannot speak for two slips


def pair(random: Random, number: int) -> Student | None:
    """Two slips that are made in different steps."""
    return _several(random, 2)


def triple(random: Random, number: int) -> Student | None:
    """Three slips that are made in three different steps."""
    return _several(random, 3)


def pair_in_a_step(random: Random, number: int) -> Student | None:
    """Two slips that show in the same step: two misread inputs, or a slip in the rule and a misread input of it."""
    step = ("inputs", "logits", "probabilities", "weight_gradients", "updated_weights")[number % 5]
    slip = random.choice([slip for slip in SLIPS if step in ("inputs", slip[1])])
    problem = random_exercise(random, square=slip[0] in SQUARE_SLIPS)
    letters = {"weight_gradients": "Z", "updated_weights": "W"}.get(step, "ZWb")
    tags = [tag for tag in EDITS if letters == "ZWb" or misreadings(problem, tag, letters)]
    other = random_misreading(problem, random.choice(tags), random, letters)
    if step == "inputs":
        first = random_misreading(problem, random.choice(EDITS), random)
        if first and other and {change[:2] for change in first.changes} & {change[:2] for change in other.changes}:
            return None
        return _student(problem, "two inputs", random, first, other)
    sort = f"rule and input of {step}"
    if step == "probabilities":  # the logits are not handed in
        steps = [key for key in HONEST if key not in ("logits", "exponentials", "normalizers")]
        return _student(problem, sort, random, rule_slip(*slip), other, steps=tuple(steps))
    if other and step != "logits":
        other = once(other, step)
    return _student(problem, sort, random, rule_slip(*slip), other)


def misread_once(random: Random, number: int) -> Student | None:
    """An input misread in one of the steps that use it."""
    pairs = [(letter, step) for letter, steps in USES.items() for step in steps]
    letter, step = pairs[number % len(pairs)]
    problem = random_exercise(random)
    found = [wrong for tag in MISREAD for wrong in misreadings(problem, tag, letter)]
    if not found:
        return None
    tag = random.choice(sorted({wrong.tag for wrong in found}))
    wrong = random.choice([wrong for wrong in found if wrong.tag == tag])
    return _student(problem, f"{letter} in {step}", random, once(wrong, step))


def honest(random: Random, number: int) -> Student | None:
    """No mistake."""
    return _student(random_exercise(random), "", random)


# Figures written wrong


def _rows(value: Any) -> Table:
    """The rows of a table as lists that can be changed; a vector is one row, a number one row of one."""
    rows = value if isinstance(value, list) else [value]
    return [list(row) for row in (rows if isinstance(rows[0], list) else [rows])]


def _like(value: Any, rows: Table) -> Any:
    """Rows in the form of the value that they are from."""
    if not isinstance(value, list):
        return rows[0][0]
    return rows if isinstance(value[0], list) else rows[0]


def _wrong_figures(count: int) -> Pen:
    def pen(value: Any, places: int, random: Random) -> Any:
        rows = _rows(value)
        are_shares = all(0 <= x <= 1 for row in rows for x in row)
        cells = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
        for i, j in random.sample(cells, min(count, len(cells))):
            rows[i][j] = _wrong_figure(rows[i][j], are_shares, places, random)
        return _like(value, rows)

    return pen


def _wrong_figure(x: float, is_share: bool, places: int, random: Random) -> float:
    """Another figure; a share stays one."""
    while True:
        wrong = round(x + random.choice([-1, 1]) * random.uniform(0.03, 1), places)
        if 0 < wrong < 1 or not is_share:
            return wrong


def _exchange_cells(value: Any, places: int, random: Random) -> Any:
    rows = _rows(value)
    cells = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    (i, j), (k, m) = random.sample(cells, 2)
    rows[i][j], rows[k][m] = rows[k][m], rows[i][j]
    return _like(value, rows)


def _exchange_rows(value: Any, places: int, random: Random) -> Any:
    rows = _rows(value)
    i, k = random.sample(range(len(rows)), 2)
    rows[i], rows[k] = rows[k], rows[i]
    return _like(value, rows)


def _exchange_columns(value: Any, places: int, random: Random) -> Any:
    rows = _rows(value)
    j, m = random.sample(range(len(rows[0])), 2)
    for row in rows:
        row[j], row[m] = row[m], row[j]
    return _like(value, rows)


def _change_figure(value: Any, random: Random, wrong: Callable[[float], list[float]]) -> Any:
    """One figure changed to what it can become, if any can."""
    rows = _rows(value)
    found = [(i, j, x) for i, row in enumerate(rows) for j, right in enumerate(row) for x in wrong(right) if x != right]
    if not found:
        return None
    i, j, x = random.choice(found)
    rows[i][j] = x
    return _like(value, rows)


def _exchange_digits(value: Any, places: int, random: Random) -> Any:
    def wrong(x: float) -> list[float]:
        text = f"{abs(x):.{places}f}"
        digits = [p for p, figure in enumerate(text) if figure.isdigit()]
        return [math.copysign(float(exchange(text, p, q)), x) for p, q in pairwise(digits)]

    return _change_figure(value, random, wrong)


def _lose_sign(value: Any, places: int, random: Random) -> Any:
    return _change_figure(value, random, lambda x: [-x] if x < 0 else [])


COPYING: Mapping[str, tuple[Pen, Sequence[str]]] = {
    "two cells exchanged": (_exchange_cells, TABLES),
    "two rows exchanged": (_exchange_rows, TABLES),
    "two columns exchanged": (_exchange_columns, TABLES),
    "digits exchanged": (_exchange_digits, (*TABLES, "bias_gradients", "loss", "updated_biases")),
    "sign lost": (_lose_sign, (*TABLES, "bias_gradients", "updated_biases")),
}
"""What can go wrong when a table is copied, and in which steps."""


def _with_pen(random: Random, sort: str, pen: Pen, steps: Sequence[str], goes_on: bool) -> Student | None:
    student = _student(random_exercise(random), sort, random)
    assert student
    step = random.choice([step for step in steps if step in student.steps])
    return replace(student, step=step, pen=pen, goes_on=goes_on)


def arithmetic(random: Random, number: int) -> Student | None:
    """One to three random wrong figures in one table; later steps go on from them, or from the right ones."""
    count, goes_on = number % 3 + 1, number % 2 == 0
    sort = f"{count} wrong, goes on from {'wrong' if goes_on else 'right'}"
    return _with_pen(random, sort, _wrong_figures(count), TABLES, goes_on)


def copying(random: Random, number: int) -> Student | None:
    """One table copied wrongly; later steps go on from the right figures."""
    sort = list(COPYING)[number % len(COPYING)]
    pen, steps = COPYING[sort]
    return _with_pen(random, sort, pen, steps, False)


# Rules that nobody has a name for


def _of_probabilities(of: Callable[[float], float]) -> Work:
    return lambda s, f: [of(row[y]) for row, y in zip(f["probabilities"], s.y, strict=True)]


def _sum_and_one(s: Exercise, f: Figures) -> Table:
    return [[e / (total + 1) for e in row] for row, total in zip(f["exponentials"], f["normalizers"], strict=True)]


def _squared_differences(s: Exercise, f: Figures) -> Table:
    return [[(p - (s.y[i] == c)) ** 2 for c, p in enumerate(row)] for i, row in enumerate(f["probabilities"])]


def _without_signs(s: Exercise, f: Figures) -> Table:
    return [[dot([abs(r) for r in column(f["residuals"], c)], column(s.Z, j)) / s.N for j in range(s.d)]
            for c in range(s.K)]  # fmt: skip


NAMELESS: Sequence[tuple[str, str, Work]] = (
    ("bias once for each feature", "logits", lambda s, f: [
        [dot(z, w) + s.d * b for w, b in zip(s.W, s.b, strict=True)] for z in s.Z
    ]),
    ("E / (S + 1)", "probabilities", _sum_and_one),
    ("sigmoid", "probabilities", lambda s, f: [[1 / (1 + math.exp(-h)) for h in row] for row in f["logits"]]),
    ("ln(1 + p)", "node_losses", _of_probabilities(math.log1p)),
    ("(1 − p)²", "node_losses", _of_probabilities(lambda p: (1 - p) ** 2)),
    ("largest loss", "loss", lambda s, f: max(f["node_losses"])),
    ("(p − y)²", "residuals", _squared_differences),
    ("|R|ᵀ Z / N", "weight_gradients", _without_signs),
    ("Σ r² / N", "bias_gradients", lambda s, f: [
        math.fsum(r * r for r in column(f["residuals"], c)) / s.N for c in range(s.K)
    ]),
    ("w (1 − α g)", "updated_weights", lambda s, f: [
        [w * (1 - s.alpha * g) for w, g in zip(*rows, strict=True)]
        for rows in zip(s.W, f["weight_gradients"], strict=True)
    ]),
)  # fmt: skip
"""Ten wrong rules, each with its step."""


def nameless(random: Random, number: int) -> Student | None:
    """A wrong rule that has no tag."""
    sort, step, work = NAMELESS[number % len(NAMELESS)]
    return _student(random_exercise(random), f"{sort} in {step}", random, rule_slip("", step, work))


Kind = Callable[[Random, int], Student | None]

KINDS: Mapping[str, Kind] = {
    "single": single,
    "pair": pair,
    "pair-in-step": pair_in_a_step,
    "triple": triple,
    "misread-once": misread_once,
    "arithmetic": arithmetic,
    "copying": copying,
    "nameless": nameless,
    "honest": honest,
}
"""The kinds of population."""


def students(kind: str) -> Iterator[Student]:
    """Yield the students of a kind, always the same ones."""
    random, number = Random(kind), 0
    while True:
        student = KINDS[kind](random, number)
        number += 1
        if student:
            yield student
