"""Feedback: a page for each student, in a file of its own."""

from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from softstep.errors import SoftstepError
from softstep.mark.report import Feedback, Report
from softstep.output import write_file
from softstep.render import FORMATS, render
from softstep.render.options import Options

PAGE_FORMATS = ("html", "markdown", "latex")
"""The formats of feedback pages, the default first."""


def feedback_names(sheets: Iterable[str], kind: str) -> dict[str, str]:
    """The name of the page for each sheet, from the sheet's own name.

    Raises SoftstepError if two sheets would have one page.

    >>> feedback_names(["sheets/07-ada.yaml", "08-bob.csv"], "html")
    {'sheets/07-ada.yaml': '07-ada.html', '08-bob.csv': '08-bob.html'}
    """
    names: dict[str, str] = {}
    sheet_of: dict[str, str] = {}
    for sheet in sheets:
        name = "stdin" if sheet == "-" else PurePath(sheet).stem
        names[sheet] = name + FORMATS[kind].endings[0]
        if (other := sheet_of.setdefault(names[sheet].casefold(), sheet)) != sheet:
            raise SoftstepError(f"softstep: --feedback: {other} and {sheet} for {names[sheet]}; rename one of them")
    return names


def make_folder(folder: Path) -> None:
    """Make the folder for the pages, if there is none. Raises SoftstepError if that fails."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise SoftstepError(f"softstep: --feedback: {folder}: {error.strerror}; name another folder") from None


def write_feedback(
    report: Report, files: Iterable[Path], kind: str, options: Options, progress: Callable[[int, int], None] | None
) -> None:
    """Write the page of each sheet to its file, in the format `kind`; `progress` is a callback: `(done, total)`."""
    for done, (sheet, file) in enumerate(zip(report.sheets, files, strict=True)):
        if progress:
            progress(done, len(report.sheets))
        write_file(file, render(Feedback(sheet, report.hints_only), kind, options))
