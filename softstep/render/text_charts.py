"""Charts in letters, for a terminal or a text file: bars for shares, signs for sizes, a curve over steps."""

from bisect import bisect_right
from collections.abc import Iterator
from math import isfinite

from softstep.lesson.rounding import figure
from softstep.render.page import Curve

BAR_WIDTH = 8
"""The length of the bar of a share of 1, in characters."""

MOST_SHADES = 3
"""The number of shades for either sign."""

WIDTH, HEIGHT = 40, 8
"""The columns and lines of a curve, without its labels."""

_LEFT_BLOCKS = " ▏▎▍▌▋▊▉█"
_LOWER_BLOCKS = " ▁▂▃▄▅▆▇█"


def share_bar(share: float) -> str:
    """A bar as long as a share of `BAR_WIDTH`, to an eighth of a character.

    >>> share_bar(0.5)
    '████'
    """
    whole, eighths = divmod(round(share * BAR_WIDTH * 8), 8)
    return "█" * whole + _LEFT_BLOCKS[eighths].strip()


def shade_level(shade: float) -> int:
    """The shade of an entry as a whole number, from −`MOST_SHADES` to `MOST_SHADES`."""
    return round(shade * MOST_SHADES)


def curve_summary(curve: Curve) -> str:
    """Where the curve starts and ends.

    >>> curve_summary([(0, 1.1465), (5, 0.5)])
    'L from 1.1465 at step 0 to 0.5000 at step 5'
    """
    ends = (f"{figure(value, 4, 'half-up')} at step {step}" for step, value in (curve[0], curve[-1]))
    return f"L from {' to '.join(ends)}"


def curve_lines(curve: Curve, ascii: bool) -> Iterator[str]:  # noqa: A002
    """The lines of the curve, its largest finite value at the top and 0 at the bottom.

    Between two steps it keeps the value of the first. An infinite value stands at the top.
    """
    steps = [step for step, _ in curve]
    largest = max((value for _, value in curve if isfinite(value)), default=0.0) or 1.0
    positions = [steps[0] + (steps[-1] - steps[0]) * column / (WIDTH - 1) for column in range(WIDTH)]
    heights = [HEIGHT * min(curve[bisect_right(steps, position) - 1][1] / largest, 1) for position in positions]
    labels = {0: figure(largest, 4, "half-up"), HEIGHT - 1: "0"}
    margin = max(map(len, labels.values()))
    for line in range(HEIGHT):
        shares = [min(max(height - (HEIGHT - 1 - line), 0.0), 1.0) for height in heights]
        blocks = "".join((" #"[share >= 0.5] if ascii else _LOWER_BLOCKS[round(8 * share)]) for share in shares)
        yield f"{labels.get(line, ''):>{margin}} {'|' if ascii else '│'}{blocks}".rstrip()
    yield f"{'step':>{margin}}  {steps[0]:<{WIDTH // 2}}{steps[-1]:>{WIDTH // 2}}"
