"""The intervals in which answers are accepted."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

from softstep.lesson.maths import Array
from softstep.mark.report import Interval

BY_HAND, IN_FULL, FROM_EARLIER = "by hand", "in full precision", "from earlier answers"
ROUNDED_OTHERWISE = "rounded in another way"
"""The figures that an interval is around."""

Place = tuple[int, ...]


class RightIntervals:
    """The intervals around the right figures of each step, worked out once for all sheets."""

    def __init__(self, references: Mapping[str, Sequence[Array]], by_hand: bool) -> None:
        self.references, self.by_hand = references, by_hand
        self._known: dict[tuple[str, Place, float], tuple[Interval, ...]] = {}

    def around(self, key: str, place: Place, margin: float) -> tuple[Interval, ...]:
        """The intervals around the right figures at this place, of which by hand there may be two."""
        at = key, place, margin
        if at not in self._known:
            arrays = self.references[key]
            named = [(arrays[0], BY_HAND if self.by_hand else IN_FULL), (arrays[-1], IN_FULL)]
            self._known[at] = merge_intervals((float(array[place]), margin, source) for array, source in named)
        return self._known[at]


def merge_intervals(values: Iterable[tuple[float, float, str]]) -> tuple[Interval, ...]:
    """An interval of a margin around each value, without those that nearly coincide with an earlier one."""
    found: list[Interval] = []
    for value, margin, source in values:
        interval = Interval(round(value - margin, 12) + 0, round(value + margin, 12) + 0, source)
        if isfinite(value) and all(abs(each.low - interval.low) >= margin for each in found):
            found.append(interval)
    return tuple(found)
