"""A pocket calculator: the result that a reader gets from the numbers of a working as displayed."""

from collections import deque
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import exp, inf, log, nan
from typing import Any

from softstep.lesson.workings import CLOSE, COMMA, MINUS, OVER, PLUS, TIMES, Number, Sign, Symbol, Token


def float_value(tokens: Iterable[Token]) -> float:
    """The value of the tokens in float64; NaN if a term is left out.

    >>> from softstep.lesson.workings import LN, NEGATIVE, OPEN
    >>> float_value((NEGATIVE, LN, OPEN, Number(0.25, "0.25"), CLOSE, OVER, Number(2, "2")))
    0.6931471805599453
    """
    try:
        return float(_Calculator(tokens, float).sum())
    except OverflowError:
        return inf


def exact_value(tokens: Iterable[Token]) -> Fraction | None:
    """The exact value of the tokens; None if they have an exponential or a logarithm other than exp(0) and ln(1).

    >>> exact_value((Number(0.1, "0.1"), TIMES, Number(3, "3")))
    Fraction(3, 10)
    """
    try:
        value = _Calculator(tokens, Fraction).sum()
    except OverflowError:  # an exponential or a logarithm of a number beyond float64
        return None
    return value if isinstance(value, Fraction) else None


class _Calculator:
    """A parser that evaluates tokens from left to right: a sum of products of factors.

    `number` reads digits as a float or a Fraction. Exponentials, logarithms and missing terms are always floats.
    """

    def __init__(self, tokens: Iterable[Token], number: Callable[[str], Any]) -> None:
        self.tokens = deque([*tokens, None])
        self.number = number

    def accept(self, *signs: Sign) -> Token | None:
        """Remove and return the next token if it is one of these signs."""
        return self.tokens.popleft() if self.tokens[0] in signs else None

    def sum(self) -> Any:
        value = self.product()
        while sign := self.accept(PLUS, MINUS):
            value += self.product() if sign == PLUS else -self.product()
        return value

    def product(self) -> Any:
        value = self.factor()
        while sign := self.accept(TIMES, OVER):
            other = self.factor()
            value = value * other if sign == TIMES else value / other if other else nan
        return value

    def factor(self) -> Any:
        match self.tokens.popleft():
            case Number(_, digits):
                return self.number(digits) if "inf" not in digits else float(digits)
            case Sign("−"):
                return -self.factor()
            case Sign("("):
                return self.row()[0]
            case Symbol("exp"):
                value = self.factor()
                return exp(value) if value else value + 1  # 1, of the same type as the 0
            case Symbol("ln"):
                value = self.factor()
                if value == 1:
                    return value - 1
                return log(value) if value > 0 else -inf if value == 0 else nan
            case Symbol("max" | "argmax" as function):
                self.tokens.popleft()
                row = self.row()
                return max(row) if function == "max" else self.number(str(row.index(max(row))))
        return nan

    def row(self) -> list[Any]:
        """Read sums with commas between them, and the closing bracket."""
        values = [self.sum()]
        while self.accept(COMMA):
            values.append(self.sum())
        self.accept(CLOSE)
        return values
