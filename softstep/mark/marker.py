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
        return Report((self.exercise,), tuple(map(self.mark_file, files)))

    def mark_file(self, file: str) -> MarkedSheet:
        """Mark the sheet in one file."""
        try:
            return self.mark(read_sheet(file, self.steps))
        except SoftstepError as error:
            return MarkedSheet(safe_text(file, 200), None, None, error.complaints, exercise=self.exercise)

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """Mark one sheet."""
        with np.errstate(all="ignore"):  # a slip may divide by 0, and then explains nothing
            return Marking(self, sheet).mark()
