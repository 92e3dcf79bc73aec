"""The ways in which a student goes on from one step to the next."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rounding import Rounding, round_floats

RoundFunction = Callable[[Array, int], Array]
"""Rounds numbers to so many decimals."""


def cut_off(x: Array, decimals: int) -> Array:
    """The numbers cut off after so many decimals.

    >>> cut_off(np.array([0.699, -0.699, 0.7 - 1e-16, -0.001]), 2)
    array([ 0.69, -0.69,  0.7 ,  0.  ])
    """
    return np.asarray(np.round(np.trunc(x * 10.0**decimals + np.sign(x) * 1e-7) / 10.0**decimals, decimals) + 0)


class Way(NamedTuple):
    """How a student goes on from one step to the next.

    `from_typed`: with the figures on the sheet; else with unrounded ones, as a calculator does. `round_values` rounds
    what is not on the sheet; None: it is not rounded. `only_results`: of that, only the main results are rounded.
    """

    round_values: RoundFunction | None
    from_typed: bool = True
    only_results: bool = False


UNROUNDED = Way(None, from_typed=False)

ROUND_FUNCTIONS: Mapping[str, RoundFunction] = {ties: partial(round_floats, ties=ties) for ties in Rounding.TIES}
"""The ways to round, by their rule for ties."""

BY_HAND = Way(ROUND_FUNCTIONS["half-up"])

CUTTING = Way(cut_off)

BY_TYPED = (
    *(Way(None), *map(Way, ROUND_FUNCTIONS.values()), CUTTING),
    Way(ROUND_FUNCTIONS["half-up"], only_results=True),
)
"""The ways to go on with the figures on the sheet, which differ in what is not on it."""
