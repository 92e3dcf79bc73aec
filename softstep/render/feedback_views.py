"""What formats are made from for the feedback to one student: a page, also about a sheet that cannot be read."""

from collections.abc import Iterator
from pathlib import PurePath

from softstep.mark.report import Feedback, Report
from softstep.render import report_views
from softstep.render.options import Options
from softstep.render.page import Page


def pages(feedback: Feedback, options: Options) -> Iterator[Page]:
    """The page about a sheet, with what could not be read of it."""
    sheet = feedback.sheet
    if sheet.steps is None:
        name = PurePath(sheet.file).name
        yield Page(name, "softstep check", (f"{name} could not be read.",), [], sheet.complaints)
        return
    report = Report((sheet.exercise,), (sheet,), feedback.hints_only)
    yield from (page._replace(notes=sheet.complaints) for page in report_views.pages(report, options))
