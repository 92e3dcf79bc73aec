"""A step explained: each cell as symbol = formula = numbers put in = result ≈ printed figure, in tokens.

Typed inputs stand as they were typed. By hand the others stand as they are printed, and a finite decimal is shown
whole. In full precision they stand with two places more than the table has, with as many significant digits where they
divide or go into a logarithm, and with more where a pocket calculator would get another result from them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain
from math import isclose, isfinite, isnan
from typing import Any

import numpy as np

from softstep.compute.rows import Numbers
from softstep.compute.steps import MOST_TYPED, Step
from softstep.lesson.formulas import EQUAL, NEARLY, Form, Name, Number, Sign, Symbol, Tokens, bracketed, written_out
from softstep.lesson.quantities import CLASS, TERM, TYPED, Axis, Quantity
from softstep.lesson.rounding import Rounding, figure, near, whole
from softstep.lesson.rules import SECOND_PASS, Rule
from softstep.working.calculator import exactly, worth

MORE_PLACES = 2
"""A working has so many more than the table: with none it would seem to contradict one printed figure in seven."""

MOST_PLACES = 10
"""No more are added, whatever a calculator gets."""

MOST_DIGITS = 40
"""A decimal by hand that has more does not end; all others are shown whole."""


def explained(step: Step, decimals: int | None = None, most: int | None = None) -> Iterator[tuple[Tokens, ...]]:
    """For each cell of the step, row by row, every way to it; nothing for what is given.

    `decimals` are those of the table, if not the step's own; of more than `most` terms in a sum some are left out.
    """
    if isinstance(step.rule, Rule):
        ways = [_lines(way, decimals, most) for way in (step, *step.also)]
        yield from (tuple(chain.from_iterable(lines)) for lines in zip(*ways, strict=True))


def _lines(step: Step, decimals: int | None, most: int | None) -> Iterator[list[Tokens]]:
    """For each cell of the step the line of its rule, if that has one."""
    assert isinstance(step.rule, Rule)
    printed = np.array(step.digits(decimals), dtype=object)
    tries = [_Figures(step.whole or step, decimals, more) for more in range(MORE_PLACES, MOST_PLACES + 1)]
    figures = tries[0]
    for at in np.ndindex(printed.shape):
        place = step.place_in_whole(at)
        forms = (list(each.forms(place, most)) for each in tries)
        first = next(forms)
        agreed = (each for each in chain([first], forms) if all(figures.agrees(form, place) for form in each))
        yield [bracketed(figures.line(form, place, str(printed[at]))) for form in next(agreed, first)]


def _is_in_second_pass(quantity: Quantity) -> bool:
    return isinstance(quantity, Rule) and quantity.stage == SECOND_PASS


def made_aside(step: Step) -> list[Step]:
    """The steps that it is made from and that no table shows, each after those that it is made from itself."""
    found: dict[str, Step] = {}

    def visit(step: Step) -> None:
        for source in step.inputs.values():
            if source.rule.key not in found and _is_in_second_pass(source.rule):
                rows = step.rule.axes[:1]
                if step.whole and not source.whole and source.rule.axes[:1] == rows:
                    source = source.take({axis: step.places_in_whole[axis] for axis in rows})
                visit(source)
                found[source.rule.key] = source

    visit(step)
    return [source for source in found.values() if source.is_shown]


@dataclass(frozen=True, eq=False)
class _Figures:
    """A step as a working reads it: what its entries are called, and the digits that are shown of them."""

    step: Step
    decimals: int | None
    more: int
    least: int = 0

    @property
    def numbers(self) -> Numbers:
        return self.step.numbers

    @cached_property
    def inputs(self) -> "Mapping[str, _Figures]":
        least = max(self.least, self.printed)  # a loss with more places than its probability needs more of it too
        return {key: _Figures(step, self.decimals, self.more, least) for key, step in self.step.inputs.items()}

    @property
    def rounding(self) -> Rounding:
        return self.step.rounding

    @cached_property
    def printed(self) -> int:
        """The places of the figure that the result is rounded to; by hand those that it goes on with."""
        if self.decimals is None or self.rounding.every_step:
            return self.step.decimals
        return self.decimals

    @cached_property
    def places(self) -> int:
        """The places that an entry is shown with where it goes into another, if it is not shown whole."""
        return max(self.printed, self.least) + self.more

    def symbol(self, *at: int) -> Symbol:
        """What the entry at a place is called: h_1[0] in the matrix H, S_1 in the vector S."""
        letter = self.step.rule.symbol
        names = [self._subscript(axis, i) for axis, i in zip(self.step.rule.axes, at, strict=False)]
        return Symbol(letter if self.step.columns is None else letter.lower(), *names)

    def _subscript(self, axis: Axis, i: int) -> str:
        """What stands for entry i of an axis below or behind a letter: a parameter has its letter before already."""
        if axis == CLASS and self.step.rule.parameter:
            return str(self.step.places[axis][i])
        return self.step.table.names[axis][i]

    def number(self, *at: int) -> Number:
        """The entry at a place: as it was typed, as it is printed by hand, else with more places than are printed."""
        return self._number(self.numbers[at], 0)

    def factor(self, *at: int) -> Number:
        """The same with as many significant digits as it has places."""
        return self._number(self.numbers[at], self.places)

    def _number(self, entry: Any, significant: int) -> Number:
        if self.step.rule.places == TYPED:
            typed = _typed(entry)
            if self.rounding.every_step or len(typed.strip("-0.").replace(".", "")) <= MOST_TYPED:
                return Number(entry, typed)
        elif self.rounding.every_step:
            return Number(entry, f"{entry:f}" if entry.is_finite() else str(float(entry)))
        value = float(entry)
        places = self.places
        if significant and 0 < abs(value) < 1:
            places = max(places, significant - 1 - Decimal(repr(value)).adjusted())
        if places > MOST_DIGITS:
            return Number(value, f"{value:.{significant - 1}e}")
        return Number(value, figure(value, places, self.rounding.ties))

    def forms(self, at: tuple[int, ...], most: int | None) -> Iterator[Form]:
        """The ways of the step's rule to the entry at a place, every term of a sum written out."""
        assert isinstance(self.step.rule, Rule)
        for form in self.step.rule.work(at, self, *(self.inputs[key] for key in self.step.rule.inputs)):
            yield form._replace(numbers=written_out(form.numbers, most))

    def agrees(self, form: Form, at: tuple[int, ...]) -> bool:
        """Whether a pocket calculator gets the same result from the numbers as they are shown; by hand it does."""
        if self.rounding.every_step or isnan(value := worth(form.numbers)):
            return True
        if self.step.entries is not None:
            return bool(value == self.numbers[at])
        return self._near(value) == self._near(float(self.numbers[at]))

    def line(self, form: Form, at: tuple[int, ...], printed: str) -> Tokens:
        """The whole line for one way to the entry at a place, which is printed so."""
        exact = all(_is_whole(token) for token in form.numbers if isinstance(token, Number))
        line: Tokens = () if self.step.rule.places == TERM else (self.symbol(*at),)
        for sign, link in ((EQUAL, form.symbols), (EQUAL if exact else NEARLY, form.numbers)):
            if link and not (len(link) == 1 and isinstance(link[0], Number)):  # a number alone is the result
                line = (*line, *((sign,) if line else ()), *link)
        if self.step.entries is not None:
            return (*line, EQUAL, Name(printed))
        if self.rounding.every_step:
            printed = figure(self.numbers[at], self.printed, self.rounding.ties)  # whatever the table is shown with
        assert self.step.unrounded is not None
        value = self.step.unrounded[at]
        sign, text = self._result(value, form.numbers if exact else ())
        if text == printed or (sign == EQUAL and Decimal(text) == Decimal(printed)):
            return (*line, sign, Number(value, printed))
        return (*line, sign, Number(value, text), NEARLY, Number(Decimal(printed), printed))

    def _result(self, value: Any, numbers: Tokens) -> tuple[Sign, str]:
        """What the numbers give before it is rounded: whole if it ends, else with two places more than are printed.

        `numbers` are given where they are shown whole.
        """
        number = value if isinstance(value, Decimal) else float(value)
        text = self._near(number)
        if isinstance(number, Decimal):
            ending = whole(number, MOST_DIGITS)
            return (NEARLY, text) if ending is None else (EQUAL, ending)
        if numbers and isfinite(number) and exactly(numbers) == Fraction(text):
            return EQUAL, whole(Decimal(text), MOST_DIGITS) or text
        return (NEARLY if isfinite(number) else EQUAL), text

    def _near(self, number: float | Decimal) -> str:
        return near(number, self.printed + MORE_PLACES, self.printed, self.rounding.ties)


def _is_whole(number: Number) -> bool:
    """Whether its digits are all it has, but for the noise of float64."""
    if isinstance(number.value, Decimal):
        return Decimal(number.digits) == number.value
    return isclose(float(number.digits), float(number.value), rel_tol=1e-14)


def _typed(value: Any) -> str:
    """A number as it was typed, or nearly so."""
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return whole(number, MOST_DIGITS) or str(float(value))
