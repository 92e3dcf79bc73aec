"""Answer sheets, marked: `marker` gives each answer its verdict, `search` finds the slips that explain what is wrong.

`slips` are other rules under the same keys and `edits` misread inputs; `world` is the lesson as it goes on from a
sheet's own figures, and `marks` what is left.
"""

from softstep.mark.marker import Marker
from softstep.mark.marks import MarkedSheet, Report

__all__ = ["MarkedSheet", "Marker", "Report"]
