"""The working of each cell: symbol = formula = the same with numbers ≈ result ≈ printed figure, in tokens.

Input is written as it was typed. By hand, the other numbers are written as printed, and a result with finitely many
digits is written in full. In full precision they get two places more than the table; in a quotient or a logarithm, as
many significant digits; and more if a pocket calculator would otherwise get another result from them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain
from math import isclose, isfinite, isnan, nan
from typing import Any

import numpy as np

from softstep.compute.rows import Numbers
from softstep.compute.steps import MOST_TYPED, Step
from softstep.lesson.quantities import CLASS, TERM, TYPED
from softstep.lesson.rounding import Rounding, all_digits, consistent_figure, figure
from softstep.lesson.rules import SECOND_PASS, Rule
from softstep.lesson.workings import (
    EQUAL,
    NEARLY,
    Form,
    Name,
    Number,
    Sign,
    Symbol,
    Tokens,
    bracket_negatives,
    write_out,
)
from softstep.working.calculator import exact_value, float_value

MORE_PLACES = 2
"""A working has this many places more than the table. With none, one working in seven would contradict the table."""

MOST_PLACES = 10
"""The most places that are added for the sake of a calculator."""

MOST_DIGITS = 40
"""The most digits of a by-hand result; one with more, such as 1/3, is treated as endless."""


def explain_step(step: Step, decimals: int | None = None, most: int | None = None) -> Iterator[tuple[Tokens, ...]]:
    """The lines of working for each cell of the step, row by row; nothing for input.

    `decimals` are those of the table, by default those of the step. A sum shows at most `most` terms.
    """
    if isinstance(step.rule, Rule):
        by_rule = [_lines_by_cell(each, decimals, most) for each in (step, *step.also)]
        yield from (tuple(chain.from_iterable(lines)) for lines in zip(*by_rule, strict=True))


def _lines_by_cell(step: Step, decimals: int | None, most: int | None) -> Iterator[list[Tokens]]:
    """For each cell of the step, the lines that its own rule makes: one or none."""
    printed = np.array(step.digits(decimals), dtype=object)
    figures = [_Figures(step.whole or step, decimals, more) for more in range(MORE_PLACES, MOST_PLACES + 1)]
    for at in np.ndindex(printed.shape):
        in_whole = step.position_in_whole(at)
        for each in figures:
            forms = each.forms(in_whole, most)
            if all(figures[0].has_same_result(form, in_whole) for form in forms):
                break
        else:
            forms = figures[0].forms(in_whole, most)
        yield [bracket_negatives(figures[0].line(form, in_whole, str(printed[at]))) for form in forms]


def hidden_sources(step: Step) -> list[Step]:
    """The steps of the second pass that this step was computed from, in order; no table shows them."""
    found: dict[str, Step] = {}

    def visit(step: Step) -> None:
        for source in step.inputs.values():
            is_hidden = isinstance(source.rule, Rule) and source.rule.stage == SECOND_PASS
            if not is_hidden or source.rule.key in found:
                continue
            rows = step.rule.axes[:1]
            if step.whole and not source.whole and source.rule.axes[:1] == rows:
                source = source.take({axis: step.positions_in_whole[axis] for axis in rows})
            visit(source)
            found[source.rule.key] = source

    visit(step)
    return [source for source in found.values() if source.is_shown]


@dataclass(frozen=True, eq=False)
class _Figures:
    """A step as a working reads it: the symbols of its entries, and their digits.

    `decimals` are those of the table, None for those of the step. A number in the working has `more` decimals than the
    table, and `more` than `least`, the decimals of the result: with 2 in the table and `more` 2, it has 4.
    """

    step: Step
    decimals: int | None
    more: int
    least: int = 0

    @property
    def numbers(self) -> Numbers:
        return self.step.numbers

    @cached_property
    def inputs(self) -> "Mapping[str, _Figures]":
        least = max(self.least, self.printed_decimals)  # a loss with more decimals needs more of its probabilities
        return {key: _Figures(step, self.decimals, self.more, least) for key, step in self.step.inputs.items()}

    @property
    def rounding(self) -> Rounding:
        return self.step.rounding

    @cached_property
    def printed_decimals(self) -> int:
        """The decimals that the result is rounded to: those of the table; by hand, of the step."""
        if self.decimals is None or self.rounding.every_step:
            return self.step.decimals
        return self.decimals

    @cached_property
    def working_decimals(self) -> int:
        """The decimals of a number in a working, if it is not written in full."""
        return max(self.printed_decimals, self.least) + self.more

    def symbol(self, *at: int) -> Symbol:
        """The symbol of an entry, or of a whole row: h_1[0] in the matrix H, S_1 in the vector S."""
        letter = self.step.rule.symbol
        names = []
        for axis, i in zip(self.step.rule.axes, at, strict=False):
            has_letter = axis == CLASS and self.step.rule.parameter  # w_0, not w_w0
            names.append(str(self.step.positions[axis][i]) if has_letter else self.step.table.names[axis][i])
        return Symbol(letter if self.step.columns is None else letter.lower(), *names)

    def number(self, *at: int) -> Number:
        """The entry as typed, or by hand as printed, or with more decimals than printed."""
        return self._number(self.numbers[at], 0)

    def factor(self, *at: int) -> Number:
        """The entry with at least as many significant digits as it would have decimals."""
        return self._number(self.numbers[at], self.working_decimals)

    def _number(self, entry: Any, significant: int) -> Number:
        if self.step.rule.precision == TYPED:
            number = entry if isinstance(entry, Decimal) else Decimal(repr(float(entry)))
            typed = all_digits(number, MOST_DIGITS) or str(float(entry))
            if self.rounding.every_step or len(typed.strip("-0.").replace(".", "")) <= MOST_TYPED:
                return Number(entry, typed)
        elif self.rounding.every_step:
            return Number(entry, f"{entry:f}" if entry.is_finite() else str(float(entry)))
        value = float(entry)
        places = self.working_decimals
        if significant and 0 < abs(value) < 1:
            places = max(places, significant - 1 - Decimal(repr(value)).adjusted())
        if places > MOST_DIGITS:
            return Number(value, f"{value:.{significant - 1}e}")
        return Number(value, figure(value, places, self.rounding.ties))

    def forms(self, at: tuple[int, ...], most: int | None) -> list[Form]:
        """The working of an entry by the step's rule, with all terms of a sum written out, or `most` of them."""
        assert isinstance(self.step.rule, Rule)
        forms = self.step.rule.work(at, self, *(self.inputs[key] for key in self.step.rule.inputs))
        return [form._replace(numbers=write_out(form.numbers, most)) for form in forms]

    def has_same_result(self, form: Form, at: tuple[int, ...]) -> bool:
        """Whether a pocket calculator gets this entry from the numbers of the form; by hand it always does.

        So it does, as far as anybody can tell, if terms of a sum are left out.
        """
        value = nan if self.rounding.every_step else float_value(form.numbers)
        if isnan(value):
            return True
        if self.step.entries is not None:
            return bool(value == self.numbers[at])
        return self._result_text(value) == self._result_text(float(self.numbers[at]))

    def line(self, form: Form, at: tuple[int, ...], printed: str) -> Tokens:
        """The line of working that leads to an entry, which the table prints as `printed`."""
        exact = all(_is_exact(token) for token in form.numbers if isinstance(token, Number))
        line: Tokens = () if self.step.rule.precision == TERM else (self.symbol(*at),)
        for sign, link in ((EQUAL, form.symbols), (EQUAL if exact else NEARLY, form.numbers)):
            would_repeat_result = len(link) == 1 and isinstance(link[0], Number)
            if link and not would_repeat_result:
                line = (*line, *((sign,) if line else ()), *link)
        if self.step.entries is not None:
            return (*line, EQUAL, Name(printed))
        if self.rounding.every_step:
            printed = figure(self.numbers[at], self.printed_decimals, self.rounding.ties)  # as the next rule uses it
        assert self.step.unrounded is not None
        value = self.step.unrounded[at]
        sign, text = self._result(value, form.numbers if exact else ())
        if text == printed or (sign == EQUAL and Decimal(text) == Decimal(printed)):
            return (*line, sign, Number(value, printed))
        return (*line, sign, Number(value, text), NEARLY, Number(Decimal(printed), printed))

    def _result(self, value: Any, exact_numbers: Tokens) -> tuple[Sign, str]:
        """The result before rounding: after = if it is written in full or infinite, else after ≈ with more decimals.

        `exact_numbers` are the numbers of the working, if all of them are written in full.
        """
        number = value if isinstance(value, Decimal) else float(value)
        text = self._result_text(number)
        if isinstance(number, Decimal):
            in_full = all_digits(number, MOST_DIGITS)
            return (NEARLY, text) if in_full is None else (EQUAL, in_full)
        if exact_numbers and isfinite(number) and exact_value(exact_numbers) == Fraction(text):
            return EQUAL, all_digits(Decimal(text), MOST_DIGITS) or text
        return (NEARLY if isfinite(number) else EQUAL), text

    def _result_text(self, number: float | Decimal) -> str:
        return consistent_figure(number, self.printed_decimals + MORE_PLACES, self.printed_decimals, self.rounding.ties)


def _is_exact(number: Number) -> bool:
    """Whether the digits are those of the number, up to float64 rounding error."""
    if isinstance(number.value, Decimal):
        return Decimal(number.digits) == number.value
    return isclose(float(number.digits), float(number.value), rel_tol=1e-14)
