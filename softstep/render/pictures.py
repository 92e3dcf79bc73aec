"""Pictures in letters, for a screen or a text file: a bar for a share, signs for a size, a curve over steps."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import isfinite

from softstep.lesson.rounding import figure

BAR = 8
"""The columns of the longest bar."""

MOST_SHADES = 3
"""So many sizes of either sign are told apart, without that of 0."""

WIDTH, HEIGHT = 40, 8
"""The columns and lines of a curve, without what stands beside it."""

_LONGER = " ▏▎▍▌▋▊▉█"
_HIGHER = " ▁▂▃▄▅▆▇█"

Points = Sequence[tuple[int, float]]
"""Steps in their order, and the value after each."""


def bar(share: float) -> str:
    """A bar as long as a share of its full length, to an eighth of a character.

    >>> bar(0.5)
    '████'
    """
    whole, eighths = divmod(round(share * BAR * 8), 8)
    return "█" * whole + _LONGER[eighths].strip()


def sign(shade: float) -> str:
    """The sign of an entry, for its shade."""
    return "-" if shade < 0 else "+"


def level(shade: float) -> int:
    """How dark an entry is shaded, of `MOST_SHADES`."""
    return round(abs(shade) * MOST_SHADES)


def described(points: Points) -> str:
    """Where the curve starts and ends.

    >>> described([(0, 1.1465), (5, 0.5)])
    'L from 1.1465 at step 0 to 0.5000 at step 5'
    """
    ends = (f"{figure(value, 4, 'half-up')} at step {step}" for step, value in (points[0], points[-1]))
    return f"L from {' to '.join(ends)}"


def drawn(points: Points, ascii: bool) -> Iterator[str]:  # noqa: A002
    """The lines of the curve, from its largest value at the top to 0; an infinite value stands as high as that.

    Between two steps the value is that after the first of them.
    """
    steps = [step for step, _ in points]
    largest = max((value for _, value in points if isfinite(value)), default=0.0) or 1.0
    over = [steps[0] + (steps[-1] - steps[0]) * column / (WIDTH - 1) for column in range(WIDTH)]
    heights = [HEIGHT * min(points[bisect_right(steps, step) - 1][1] / largest, 1) for step in over]
    labels = {0: figure(largest, 4, "half-up"), HEIGHT - 1: "0"}
    margin = max(map(len, labels.values()))
    for line in range(HEIGHT):
        cells = (_cell(height - (HEIGHT - 1 - line), ascii) for height in heights)
        yield f"{labels.get(line, ''):>{margin}} {'|' if ascii else '│'}{''.join(cells)}".rstrip()
    yield f"{'step':>{margin}}  {steps[0]:<{WIDTH // 2}}{steps[-1]:>{WIDTH // 2}}"


def _cell(height: float, ascii: bool) -> str:  # noqa: A002
    """A cell that is filled so high, 1 being all of it."""
    share = min(max(height, 0.0), 1.0)
    return "#" if ascii and share >= 0.5 else " " if ascii else _HIGHER[round(8 * share)]
