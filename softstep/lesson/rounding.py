"""The one rounding function, numbers as text, and float64 read as the number that is on paper.

Source: the names of the three tie rules follow the General Decimal Arithmetic specification (`decimal` module).
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Number = float | Decimal

MOST_DECIMALS = 15
"""float64 carries this many decimals of a number below 10."""

LARGEST = 1e304
"""Exponentials above this count as overflow, so that the sum of a row is finite."""

_HALF = Decimal("0.5")
_CERTAIN = 2.0**51  # below it, float64 represents every multiple of 1/2
_ROOMY = Context(prec=1000)  # a product of two float64 has up to 617 digits before the point


@dataclass(frozen=True)
class Rounding:
    """How numbers are rounded: the config key `rounding`.

    - `every_step`: by hand: every quantity is computed in exact decimals and rounded before the next rule uses it.
    - `decimals`: places after the point.
    - `loss_decimals`: those of the loss and the node losses; None if the config sets no decimals at all.
    - `ties`: how a number exactly half-way is rounded, a key of `TIES`.
    """

    TIES: ClassVar = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "half-down": ROUND_HALF_DOWN}

    every_step: bool = False
    decimals: int = 2
    loss_decimals: int | None = None
    ties: str = "half-up"

    @property
    def printed_loss_decimals(self) -> int:
        """The decimals of printed losses: 4 if the config sets none, so that one step of training is visible."""
        return 4 if self.loss_decimals is None else self.loss_decimals

    @property
    def coarsest(self) -> "Rounding":
        """The coarsest rounding allowed on an answer sheet: with `decimals` for losses too, if the config sets none."""
        return replace(self, loss_decimals=self.decimals) if self.loss_decimals is None else self

    @property
    def smallest_positive(self) -> float:
        """The smallest positive number that is not rounded to 0: by hand, with two decimals, 0.005."""
        return 0.5 * 10.0**-self.decimals if self.every_step else 1 / LARGEST


def to_decimals(x: Array) -> Array:
    """Each float64 as the shortest decimal number that reads back as it, which is the number that was typed.

    >>> to_decimals(np.array([0.1, 0.685]))
    array([Decimal('0.1'), Decimal('0.685')], dtype=object)
    """
    return x if x.dtype == object else _map_entries(lambda number: Decimal(repr(number)), x)


def paper_value(number: Number, decimals: int) -> Decimal:
    """The number as it is on paper: a float64 without its binary noise, if that would decide a tie.

    A float64 that is a tie at `decimals` places when read to 15 significant digits (and at most eight places more) is
    that tie. Any other number is itself.

    >>> paper_value(0.68499999999999994, decimals=2), paper_value(0.68123, decimals=2)
    (Decimal('0.6850000000'), Decimal('0.68123'))
    """
    if isinstance(number, Decimal):
        return number
    as_it_is = Decimal(repr(number))
    if not as_it_is.is_finite():
        return as_it_is
    noiseless = _quantize(as_it_is, min(decimals + 8, 14 - as_it_is.adjusted()), "half-even")
    after_last_place = _ROOMY.remainder(noiseless.copy_abs().scaleb(decimals, _ROOMY), 1)
    return noiseless if after_last_place == _HALF else as_it_is


def round_numbers(x: Array, decimals: int, ties: str) -> Array:
    """x rounded to `decimals` places, as `decimal.Decimal`; never −0. `ties` is a key of `Rounding.TIES`.

    float64 entries are read by `paper_value`, so that binary noise decides no tie.

    >>> [str(round_numbers(np.array(0.685), 2, ties)) for ties in Rounding.TIES]
    ['0.69', '0.68', '0.68']
    >>> [str(round_numbers(np.array(0.235), 2, ties)) for ties in Rounding.TIES]
    ['0.24', '0.24', '0.23']
    >>> str(round_numbers(np.array(-0.001), 2, "half-up"))
    '0.00'
    """
    return _map_entries(lambda number: _quantize(paper_value(number, decimals), decimals, ties), x)


def round_floats(x: Array, decimals: int, ties: str) -> Array:
    """`round_numbers` from float64 to float64; fast, because only numbers close to a tie are read as decimals.

    >>> round_floats(np.array([0.68499999999999994, 0.684]), 2, "half-up")
    array([0.69, 0.68])
    """
    unit = 10.0**decimals
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are too large to have decimals
        units = np.asarray(x * unit)
        whole = np.rint(units)
        result = np.asarray(whole / unit)
        unsure = ~(np.abs(units - whole) < 0.5 - 1e-6) | (np.abs(units) > 1e9)
    if unsure.any():
        result[unsure] = round_numbers(x[unsure], decimals, ties).astype(float)
    return result + 0  # never −0


def digits(x: Array, decimals: int, ties: str) -> Array:
    """Each entry of x as text with `decimals` places; see `figure`.

    >>> digits(np.array([0.5, -12345.678]), 2, "half-up")
    array(['0.50', '-12345.68'], dtype=object)
    """
    return _map_entries(lambda number: figure(number, decimals, ties), x)


def figure(number: Number, decimals: int, ties: str) -> str:
    """The number as text with `decimals` places; as a power of ten from 10^16 (float64) or 10^31 (Decimal) on.

    >>> figure(0.685, 2, "half-even"), figure(1e300, 2, "half-up")
    ('0.68', '1.00e+300')
    """
    short = _quantize(paper_value(number, decimals), decimals, ties)
    if not short.is_finite():
        return str(float(short))
    most = 30 if isinstance(number, Decimal) else MOST_DECIMALS
    return f"{short:.{decimals}e}" if short.adjusted() > most else f"{short:f}"


def powers_of_ten(x: Array) -> Array:
    """Each entry of x as text with two digits and a power of ten.

    >>> powers_of_ten(np.array([0.00012345, 0.0]))
    array(['1.2e-04', '0'], dtype=object)
    """
    return _map_entries(lambda number: f"{number:.1e}" if number else "0", x)


def decimals_needed(x: Array, most: int) -> int:
    """The number of decimals that the longest entry of x has, at most `most`.

    >>> decimals_needed(np.array([0.5, -0.14, 3.0]), most=15)
    2
    """
    needed = 0
    if x.dtype == float:
        x = x[np.abs(x) < LARGEST]  # larger numbers have no decimals
        for places in range(most + 1):
            units = np.minimum(np.abs(x), _CERTAIN) * 10.0**places
            fits = (units < _CERTAIN) & (np.rint(units) / 10.0**places == np.abs(x))
            needed = places if fits.any() else needed
            x = x[~fits]
        if (np.minimum(np.abs(x), _CERTAIN) * 10.0**most < _CERTAIN).any():
            return most
    entries = (number for number in to_decimals(x).flat if number.is_finite())
    return max(needed, min(most, max((-number.normalize().as_tuple().exponent for number in entries), default=0)))


def all_digits(number: Decimal, most: int) -> str | None:
    """All digits of a decimal number, without zeros at the end; None if there are more than `most`.

    >>> all_digits(Decimal("1.50"), most=40), all_digits(Decimal(1) / 3, most=20)
    ('1.5', None)
    """
    short = number.normalize(_ROOMY)
    if not short.is_finite():
        return str(float(short))
    return f"{short:f}" if len(short.as_tuple().digits) <= most and abs(short.adjusted()) <= most else None


def consistent_figure(number: Number, places: int, printed: int, ties: str) -> str:
    """The number with `places` places, or with as many more as it takes to round correctly to `printed` places.

    >>> consistent_figure(Decimal("0.32278"), 4, 2, "half-up"), consistent_figure(Decimal("0.324996"), 4, 2, "half-up")
    ('0.3228', '0.324996')
    """
    read = paper_value(number, printed)
    as_printed = _quantize(read, printed, ties)
    while read.is_finite() and _quantize(_quantize(read, places, ties), printed, ties) != as_printed:
        places += 1
    return figure(number if isinstance(number, Decimal) else float(read), places, ties)


def decimal_arithmetic(given: Iterable[Array]) -> AbstractContextManager[Context]:
    """The decimal context for a by-hand rule with these arrays: 50 digits, or more if their products have more.

    So sums and products are exact; only exp, ln and quotients are not.

    >>> with decimal_arithmetic([np.array([Decimal("1e60"), Decimal("0.5")])]) as context:
    ...     context.prec, Decimal("1e60") + Decimal("0.5") - Decimal("1e60")
    (142, Decimal('0.5'))
    """
    numbers = [n for x in given if x.dtype == object for n in x.flat if n and n.is_finite()]
    highest = max((n.adjusted() for n in numbers), default=0)
    lowest = min((n.as_tuple().exponent for n in numbers), default=0)
    return localcontext(Context(prec=max(50, 2 * (highest - lowest) + 20)))


def _map_entries(function: Callable[[Any], Any], x: Array) -> Array:
    """`function` of every entry of x, a Python number; an array of objects of the same shape."""
    result = np.empty(x.size, dtype=object)
    result[:] = [function(entry) for entry in x.ravel().tolist()]
    return result.reshape(x.shape)


def _quantize(number: Decimal, places: int, ties: str) -> Decimal:
    if not number.is_finite():
        return number
    result = number.quantize(Decimal(1).scaleb(-places), Rounding.TIES[ties], _ROOMY)
    return abs(result) if result == 0 else result
