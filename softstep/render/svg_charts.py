"""Charts of a page as SVG: two bars for an old and a new number, a curve over the steps of a training."""

from html import escape
from math import isfinite

from softstep.render.page import Curve, Section, join_figures
from softstep.render.text_charts import curve_summary


def bars_svg(section: Section) -> str:
    """A chart of an old and a new number: two bars with their figures."""
    largest = max(map(abs, section.pair or ())) or 1
    bars = ""
    for y, name, text, value in zip((4, 28), ("before", "after"), section.figures, section.pair or (), strict=True):
        bars += (
            f'<text x="0" y="{y + 12}">{name}</text><text x="60" y="{y + 12}">{escape(text)}</text>'
            f'<rect x="130" y="{y}" width="{260 * abs(value) / largest:.1f}" height="16"/>'
        )
    label = escape(f"{section.title}: {join_figures(section.figures)}")
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 50" width="400" height="50" fill="currentColor" '
        f'font-size="14"><title>{label}</title>{bars}</svg>\n'
    )


def curve_svg(curve: Curve) -> str:
    """A chart of a value after each step, with 0 at the bottom."""
    (first, _), (last, _) = curve[0], curve[-1]
    finite = [(step, value) for step, value in curve if isfinite(value)]
    largest = max((value for _, value in finite), default=0) or 1
    points = " ".join(
        f"{5 + 390 * (step - first) / (last - first or 1):.1f},{155 - 150 * value / largest:.1f}"
        for step, value in finite
    )
    label = escape(curve_summary(curve))
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 160" width="400" height="160" fill="none" '
        f'stroke="currentColor"><title>{label}</title><path d="M5 5V155H395" stroke-width="0.5"/>'
        f'<polyline points="{points}" stroke-width="2"/></svg>\n<p>{label}</p>\n'
    )
