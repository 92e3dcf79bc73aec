"""The one rounding function, figures as they are printed, and the ways to read a float64 as the number on paper.

Source: the names of the three tie rules follow the General Decimal Arithmetic specification (`decimal` module).
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Number = float | Decimal

MOST_DECIMALS = 15
"""As many as float64 carries for numbers below 10."""

LARGEST = 1e304
"""Larger numbers are not written down, so that a row of them still has a sum in float64."""

_HALF = Decimal("0.5")
_CERTAIN = 2.0**51  # so many units of the last place a float64 tells apart, and half units too
_ROOMY = Context(prec=1000)  # a product of two float64 has up to 617 digits before the point


@dataclass(frozen=True)
class Rounding:
    """How numbers are rounded: what a config says under `rounding`.

    `every_step`: every step is rounded before the next rule uses it (by hand), and is computed in exact decimals.
    `decimals`, `loss_decimals`: places after the point, the second for the loss and its terms.
    `ties`: what happens to a number exactly half-way, a key of `TIES`.
    """

    TIES: ClassVar = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "half-down": ROUND_HALF_DOWN}

    every_step: bool = False
    decimals: int = 2
    loss_decimals: int = 2
    ties: str = "half-up"

    @property
    def smallest(self) -> float:
        """The smallest positive number that can be written down: by hand 0.005 at two decimals, which is 0.01."""
        return 0.5 * 10.0**-self.decimals if self.every_step else 1 / LARGEST


def exact(x: Array) -> Array:
    """A typed or printed float64 as the decimal number it was typed as: the shortest that reads back as it.

    >>> exact(np.array([0.1, 0.685]))
    array([Decimal('0.1'), Decimal('0.685')], dtype=object)
    """
    return x if x.dtype == object else _each(lambda number: Decimal(repr(number)), x)


def on_paper(x: Array, decimals: int) -> Array:
    """A computed float64 as the decimal number that the same sum has on paper, where its last digits matter.

    That is where it is half-way between two numbers of `decimals` places but for binary noise: when read to 15
    significant digits, and to no more than eight places past the last. All others stay as they are.

    >>> on_paper(np.array([0.68499999999999994, 0.68123]), decimals=2)
    array([Decimal('0.6850000000'), Decimal('0.68123')], dtype=object)
    """
    return _each(lambda number: _on_paper(number, decimals), x)


def round_numbers(x: Array, decimals: int, ties: str) -> Array:
    """x to `decimals` places, `ties` deciding what is exactly half-way; decimals in, decimals out, never −0.

    A float64 is first read as it stands on paper, so that no tie is decided by binary noise.

    >>> [str(round_numbers(np.array(0.685), 2, ties)) for ties in Rounding.TIES]
    ['0.69', '0.68', '0.68']
    >>> [str(round_numbers(np.array(0.235), 2, ties)) for ties in Rounding.TIES]
    ['0.24', '0.24', '0.23']
    >>> str(round_numbers(np.array(-0.001), 2, "half-up"))
    '0.00'
    """
    return _each(lambda number: _to_places(_on_paper(number, decimals), decimals, ties), x)


def rounded_floats(x: Array, decimals: int, ties: str) -> Array:
    """`rounded` of float64 as float64; only what is nearly half-way has to be looked at as a decimal number.

    >>> rounded_floats(np.array([0.68499999999999994, 0.684]), 2, "half-up")
    array([0.69, 0.68])
    """
    with np.errstate(over="ignore", invalid="ignore"):  # where there is nothing to round
        result = np.array(np.round(x, decimals))
        units = np.abs(x) * 10.0**decimals
        unsure = ~(np.abs(units % 1 - 0.5) > 1e-6) | (units > 1e9)
    result[unsure] = round_numbers(x[unsure], decimals, ties).astype(float)
    return result + 0  # never −0


def digits(x: Array, decimals: int, ties: str) -> Array:
    """x as text with `decimals` places, as it is printed; see `figure`.

    >>> digits(np.array([0.5, -12345.678]), 2, "half-up")
    array(['0.50', '-12345.68'], dtype=object)
    """
    return _each(lambda number: figure(number, decimals, ties), x)


def figure(number: Number, decimals: int, ties: str) -> str:
    """One number as text with `decimals` places; in powers of ten where that takes more digits than there are.

    That is from 10^16 on in float64, from 10^31 on in decimals.

    >>> figure(0.685, 2, "half-even"), figure(1e300, 2, "half-up")
    ('0.68', '1.00e+300')
    """
    short = _to_places(_on_paper(number, decimals), decimals, ties)
    if not short.is_finite():
        return str(float(short))
    most = 30 if isinstance(number, Decimal) else MOST_DECIMALS
    return f"{short:.{decimals}e}" if short.adjusted() > most else f"{short:f}"


def powers(x: Array) -> Array:
    """x as text with two digits and a power of ten.

    >>> powers(np.array([0.00012345, 0.0]))
    array(['1.2e-04', '0'], dtype=object)
    """
    return _each(lambda number: f"{number:.1e}" if number else "0", x)


def places_of(x: Array, most: int) -> int:
    """How many decimals it takes to show every entry of x whole, `most` at most.

    >>> places_of(np.array([0.5, -0.14, 3.0]), most=15)
    2
    """
    needed = 0
    if x.dtype == float:
        x = x[np.abs(x) < LARGEST]  # larger ones have no decimals
        for places in range(most + 1):
            units = np.minimum(np.abs(x), _CERTAIN) * 10.0**places
            whole = (units < _CERTAIN) & (np.rint(units) / 10.0**places == np.abs(x))
            needed = places if whole.any() else needed
            x = x[~whole]
        if (np.minimum(np.abs(x), _CERTAIN) * 10.0**most < _CERTAIN).any():
            return most
    entries = (number for number in exact(x).flat if number.is_finite())
    return max(needed, min(most, max((-number.normalize().as_tuple().exponent for number in entries), default=0)))


def whole(number: Decimal, most: int) -> str | None:
    """Every digit of a decimal number, and no zeros at its end; None where it has more than `most` digits.

    >>> whole(Decimal("1.50"), most=40), whole(Decimal(1) / 3, most=20)
    ('1.5', None)
    """
    short = number.normalize(_ROOMY)
    if not short.is_finite():
        return str(float(short))
    return f"{short:f}" if len(short.as_tuple().digits) <= most and abs(short.adjusted()) <= most else None


def near(number: Number, places: int, printed: int, ties: str) -> str:
    """The number to `places`, and to as many more as it takes to be rounded to `printed` places as the number is.

    >>> near(Decimal("0.32278"), 4, 2, "half-up"), near(Decimal("0.324996"), 4, 2, "half-up")
    ('0.3228', '0.324996')
    """
    read = _on_paper(number, printed)
    as_printed = _to_places(read, printed, ties)
    while read.is_finite() and _to_places(_to_places(read, places, ties), printed, ties) != as_printed:
        places += 1
    return figure(number if isinstance(number, Decimal) else float(read), places, ties)


def decimal_arithmetic(given: Iterable[Array]) -> AbstractContextManager[Context]:
    """Where a by-hand step is computed from what is given: in decimals of 50 digits, or of as many as products have.

    So only exp, ln and quotients are inexact.

    >>> with decimal_arithmetic([np.array([Decimal("1e60"), Decimal("0.5")])]) as context:
    ...     context.prec, Decimal("1e60") + Decimal("0.5") - Decimal("1e60")
    (142, Decimal('0.5'))
    """
    numbers = [n for x in given if x.dtype == object for n in x.flat if n and n.is_finite()]
    highest = max((n.adjusted() for n in numbers), default=0)
    lowest = min((n.as_tuple().exponent for n in numbers), default=0)
    return localcontext(Context(prec=max(50, 2 * (highest - lowest) + 20)))


def _each(function: Callable[[Any], Any], x: Array) -> Array:
    """`function` of every entry of x, which it meets as Python numbers; the same shape, of objects."""
    result = np.empty(x.size, dtype=object)
    result[:] = [function(entry) for entry in x.ravel().tolist()]
    return result.reshape(x.shape)


def _on_paper(number: Number, decimals: int) -> Decimal:
    """One number as `on_paper` reads it; a decimal is on paper already."""
    if isinstance(number, Decimal):
        return number
    as_it_is = Decimal(repr(number))
    if not as_it_is.is_finite():
        return as_it_is
    noiseless = _to_places(as_it_is, min(decimals + 8, 14 - as_it_is.adjusted()), "half-even")
    past_the_last = _ROOMY.remainder(noiseless.copy_abs().scaleb(decimals, _ROOMY), 1)
    return noiseless if past_the_last == _HALF else as_it_is


def _to_places(number: Decimal, places: int, ties: str) -> Decimal:
    if not number.is_finite():
        return number
    result = number.quantize(Decimal(1).scaleb(-places), Rounding.TIES[ties], _ROOMY)
    return abs(result) if result == 0 else result
