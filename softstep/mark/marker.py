"""The marker of answer sheets."""

from collections.abc import Iterable

import numpy as np

from softstep.errors import SoftstepError
from softstep.mark.answer_key import AnswerKey
from softstep.mark.marking import Marking
from softstep.mark.report import MarkedSheet, Report
from softstep.names import safe_text
from softstep.read.answers import Sheet
from softstep.read.sheets import read_sheet


class Marker(AnswerKey):
    """Marks answer sheets about one setting."""

    def report(self, files: Iterable[str]) -> Report:
        """The sheets in these files, marked; of one that cannot be read, only the complaints."""
        sheets = []
        for file in files:
            try:
                sheets.append(self.mark(read_sheet(file, self.steps)))
            except SoftstepError as error:
                sheets.append(MarkedSheet(safe_text(file, 200), None, None, error.complaints))
        formulas = {key: step.rule.formula for key, step in self.steps.items()}
        return Report(self.setting.source, self.rounding, formulas, self.tolerance, tuple(sheets))

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """Mark one sheet."""
        with np.errstate(all="ignore"):  # a slip may divide by 0, and then explains nothing
            return Marking(self, sheet).mark()
