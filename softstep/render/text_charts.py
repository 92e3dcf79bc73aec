"""A curve over steps in letters, for a terminal or a text file."""

from bisect import bisect_right
from collections.abc import Iterator
from math import ceil, isfinite

from softstep.lesson.rounding import figure
from softstep.render.page import Curve

WIDTH, HEIGHT = 40, 8
"""The columns and lines of a curve, without its labels."""

NARROWEST = 8
"""The columns of a curve on a narrow page."""

_LOWER_BLOCKS = " ▁▂▃▄▅▆▇█"


def curve_summary(curve: Curve) -> str:
    """Where the curve starts and ends.

    >>> curve_summary([(0, 1.1465), (5, 0.5)])
    'L from 1.1465 at step 0 to 0.5000 at step 5'
    """
    ends = (f"{figure(value, 4, 'half-up')} at step {step}" for step, value in (curve[0], curve[-1]))
    return f"L from {' to '.join(ends)}"


def curve_lines(curve: Curve, ascii: bool, page_width: int) -> Iterator[str]:  # noqa: A002
    """The lines of the curve with the values at both of its ends, its largest finite value at the top, 0 at the bottom.

    Between two steps it keeps the value of the first. An infinite value stands at the top.
    """
    steps = [step for step, _ in curve]
    largest = max((value for _, value in curve if isfinite(value)), default=0.0) or 1.0
    first, last = (figure(value, 4, "half-up") for _, value in (curve[0], curve[-1]))
    margin = max(len(first), len("step"))
    width = max(NARROWEST, min(WIDTH, page_width - margin - len(last) - 3))
    positions = [steps[0] + (steps[-1] - steps[0]) * column / (width - 1) for column in range(width)]
    heights = [HEIGHT * min(curve[bisect_right(steps, position) - 1][1] / largest, 1) for position in positions]
    tops = [HEIGHT - max(1, ceil(height)) for height in (heights[0], heights[-1])]
    for line in range(HEIGHT):
        shares = [min(max(height - (HEIGHT - 1 - line), 0.0), 1.0) for height in heights]
        blocks = "".join((" #"[share >= 0.5] if ascii else _LOWER_BLOCKS[round(8 * share)]) for share in shares)
        left, right = first if line == tops[0] else "", last if line == tops[1] else ""
        yield f"{left:>{margin}} {'|' if ascii else '│'}{blocks} {right}".rstrip()
    yield f"{'step':>{margin}}  {steps[0]:<{width // 2}}{steps[-1]:>{width - width // 2}}"
