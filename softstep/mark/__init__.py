"""Marking of answer sheets: verdicts, errors carried forward, and the slips that explain wrong answers.

README.md in this folder explains both on one example.
"""

from softstep.mark.marker import Marker
from softstep.mark.report import MarkedSheet, Report

__all__ = ["MarkedSheet", "Marker", "Report"]
