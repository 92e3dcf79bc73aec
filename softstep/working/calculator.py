"""A pocket calculator: it takes a working's numbers as they are shown, and gives what a reader would get from them."""

from collections import deque
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import exp, inf, log, nan
from typing import Any

from softstep.lesson.formulas import CLOSE, COMMA, MINUS, OVER, PLUS, TIMES, Number, Sign, Symbol, Token


def worth(tokens: Iterable[Token]) -> float:
    """What the numbers and signs give, in float64; NaN where a term is left out.

    >>> from softstep.lesson.formulas import LN, NEGATIVE, OPEN
    >>> worth((NEGATIVE, LN, OPEN, Number(0.25, "0.25"), CLOSE, OVER, Number(2, "2")))
    0.6931471805599453
    """
    try:
        return float(_Calculator(tokens, float).sum())
    except OverflowError:
        return inf


def exactly(tokens: Iterable[Token]) -> Fraction | None:
    """The same in fractions; None where an exponential or a logarithm has no end, as all but exp(0) and ln(1).

    >>> exactly((Number(0.1, "0.1"), TIMES, Number(3, "3")))
    Fraction(3, 10)
    """
    try:
        value = _Calculator(tokens, Fraction).sum()
    except OverflowError:  # of an exponential or a logarithm of what is beyond float64
        return None
    return value if isinstance(value, Fraction) else None


class _Calculator:
    """Reads tokens from left to right, a sum of products of factors, its numbers as floats or as fractions.

    Exponentials, logarithms and what is left out are floats in both, and what is made with them.
    """

    def __init__(self, tokens: Iterable[Token], number: Callable[[str], Any]) -> None:
        self.tokens = deque([*tokens, None])
        self.number = number

    def next_of(self, *signs: Sign) -> Token | None:
        """The next token, taken off, if it is one of these signs."""
        return self.tokens.popleft() if self.tokens[0] in signs else None

    def sum(self) -> Any:
        value = self.product()
        while sign := self.next_of(PLUS, MINUS):
            value += self.product() if sign == PLUS else -self.product()
        return value

    def product(self) -> Any:
        value = self.factor()
        while sign := self.next_of(TIMES, OVER):
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
                return exp(value) if value else value + 1  # 1, as exact as the 0 is
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
        """Sums with commas between them, and the bracket that closes them."""
        values = [self.sum()]
        while self.next_of(COMMA):
            values.append(self.sum())
        self.next_of(CLOSE)
        return values
