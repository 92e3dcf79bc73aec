"""`check`: mark answer sheets, or print a blank one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from softstep.cli.app import app
from softstep.cli.options import Presentation, parse_distance, with_presentation
from softstep.cli.present import Progress, format_name, present, say_all, say_notes, show_progress
from softstep.cli.problems import open_each, open_problem
from softstep.errors import SoftstepError, say
from softstep.names import first_words
from softstep.render import FORMATS

if TYPE_CHECKING:
    from softstep.mark import Report
    from softstep.problem import Problem

SheetsOf = Sequence[tuple["Problem", Sequence[str]]]
"""Problems, each with the files of its sheets."""


@app.command(
    "check",
    help="Mark answer sheets: what is right, which errors are carried forward, and which slip explains what is wrong.",
    short_help="Mark answer sheets, carry errors forward, name the mistakes.",
)
@with_presentation("Report", without=("work", "decimals", "standalone", "heat", "quiet"))
def _check(
    presentation: Presentation,
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="The YAML config that the sheets are about.")],
    sheets: Annotated[
        list[str] | None, typer.Argument(metavar="SHEET...", help="Answer sheets, YAML or CSV; - is standard input.")
    ] = None,
    each: Annotated[
        bool,
        typer.Option("--each", help="CONFIG and SHEET are folders: mark 07-ada.yaml and 07.csv against 07.yaml, …"),
    ] = False,
    blank: Annotated[
        bool, typer.Option("--blank", help="Print a blank sheet to fill in, as yaml, csv or a page.")
    ] = False,
    hint: Annotated[bool, typer.Option("--hint", help="Show the cells and the slips, but no right figures.")] = False,
    feedback: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Write a page for each sheet to this folder: html, or -f markdown or latex."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="T", parser=parse_distance, help="How far off still counts as right (default: half the last place)."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="No marks for answers with too few decimals.")] = False,
) -> int:
    sheets = sheets or []
    _refuse_contradictions([config, *sheets], blank, each, feedback)
    if blank:
        return _print_blank(config, presentation._replace(all=False))
    name = format_name("Report", presentation)
    sheets_of, unpaired = _pair(config, sheets[0], presentation) if each else (_open(config, sheets, presentation), {})
    files = [*chain.from_iterable(files for _, files in sheets_of), *unpaired]
    pages = _feedback_pages(feedback, files, presentation)
    report = _mark(sheets_of, unpaired, tolerance, strict)
    if not each and any(report.complaints):
        _refuse_wrong_order(config, sheets, is_config_good=True)
    say_all(report.complaints)
    report = report.without_figures() if hint else report
    if pages:
        _write_feedback(report, pages, presentation)
    if not pages or _is_report_asked(presentation):
        present(report, name, presentation)
    if name in ("csv", "tsv") or pages:
        say_all(f"softstep: {line}" for line in report.summary)
    return int(report.status)


def _print_blank(config: str, presentation: Presentation) -> int:
    """Print a blank sheet; one for people has what is given, too."""
    from softstep.course.exercise import blank_sheet, whole_exercise
    from softstep.read.answers import BlankSheet

    name = format_name("BlankSheet", presentation)
    problem = open_problem(config, True, output=presentation.output)
    say_notes(problem.setting)
    is_page = FORMATS[name].view == "pages"
    sheet = blank_sheet(whole_exercise(problem)) if is_page else BlankSheet(problem.marker().steps)
    present(sheet, name, presentation._replace(standalone=name == "latex"))
    return 0


def _open(config: str, sheets: Sequence[str], presentation: Presentation) -> SheetsOf:
    """The problem in a config, with the sheets about it."""
    try:
        problem = open_problem(config, True, sheets=sheets, output=presentation.output)
    except SoftstepError:
        _refuse_wrong_order(config, sheets, is_config_good=False)
        raise
    say_notes(problem.setting)
    return [(problem, sheets)]


def _pair(configs: str, sheets: str, presentation: Presentation) -> tuple[SheetsOf, dict[str, str]]:
    """The problems in a folder of configs, with their sheets, and a complaint for each sheet without a config."""
    from softstep.course.folders import pair_folders

    pairing = pair_folders(Path(configs), Path(sheets))
    if pairing.without_sheets:
        say(f"softstep: no sheet for {first_words([path.name for path in pairing.without_sheets])}")
    used = {str(config): [*map(str, files)] for config, files in pairing.sheets_of.items() if files}
    every_sheet = [*chain.from_iterable(used.values()), *map(str, pairing.unpaired)]
    problems = open_each([*used], every_sheet, presentation.output)
    for problem in problems:
        say_notes(problem.setting)
    complaints = {
        str(sheet): f"{sheet}: no config {sheet.stem.partition('-')[0]}.yaml in {configs}; "
        "expected 07-ada.yaml for 07.yaml; rename the sheet"
        for sheet in pairing.unpaired
    }
    return [*zip(problems, used.values(), strict=True)], complaints


def _mark(sheets_of: SheetsOf, unpaired: Mapping[str, str], tolerance: float | None, strict: bool) -> "Report":
    """Mark the sheets about each problem; those without a config are in the report with their complaints."""
    from softstep.mark import MarkedSheet, Report

    with show_progress("Marking") as progress:
        files = _with_progress([*chain.from_iterable(files for _, files in sheets_of)], progress)
        reports = [
            problem.marker(tolerance, strict).report(islice(files, len(sheets))) for problem, sheets in sheets_of
        ]
    unread = (MarkedSheet(file, None, None, (complaint,)) for file, complaint in unpaired.items())
    return Report.merge([*reports, Report((), tuple(unread))])


# Feedback


def _feedback_pages(folder: str | None, sheets: Sequence[str], presentation: Presentation) -> list[Path]:
    """The files for the feedback on these sheets, in a folder that is made if there is none."""
    if folder is None:
        return []
    from softstep.course.feedback import feedback_names, make_folder

    names = feedback_names(sheets, _feedback_format(presentation))
    make_folder(Path(folder))
    return [Path(folder) / names[sheet] for sheet in sheets]


def _feedback_format(presentation: Presentation) -> str:
    from softstep.course.feedback import PAGE_FORMATS

    return presentation.format if presentation.format in PAGE_FORMATS else PAGE_FORMATS[0]


def _is_report_asked(presentation: Presentation) -> bool:
    """Whether, with feedback pages, the report itself is asked for, too: by a file, or by a format of its own."""
    return bool(presentation.output) or presentation.format not in (None, _feedback_format(presentation))


def _write_feedback(report: "Report", pages: Sequence[Path], presentation: Presentation) -> None:
    from softstep.course.feedback import write_feedback
    from softstep.render.options import Options

    with show_progress("Writing pages") as progress:
        write_feedback(report, pages, _feedback_format(presentation), Options(all=presentation.all), progress)


# What is refused


def _refuse_contradictions(files: list[str], blank: bool, each: bool, feedback: str | None) -> None:
    """Raise SoftstepError for files that cannot be checked together."""
    if each and (blank or len(files) != 2 or "-" in files):
        raise SoftstepError("softstep: check: --each expects two folders, of configs and of sheets; name these alone")
    if blank and feedback is not None:
        raise SoftstepError("softstep: check: --blank and --feedback; leave one of them out")
    if (len(files) > 1) == blank:
        reason = "--blank and a sheet to mark; leave one of them out" if blank else "no sheet; name one, or use --blank"
        raise SoftstepError(f"softstep: check: {reason}")
    if files.count("-") > 1:
        raise SoftstepError("softstep: check: standard input for two files; expected for one; name the others")


def _refuse_wrong_order(config: str, sheets: Sequence[str], is_config_good: bool) -> None:
    """Raise SoftstepError if the config was named among the sheets."""
    from softstep.read.wrong_order import right_order

    if command := right_order(config, sheets, is_config_good):
        raise SoftstepError(f"softstep: check: are these the wrong way round? write {command}")


def _with_progress(sheets: Sequence[str], progress: Progress | None) -> Iterator[str]:
    """Yield the sheets, and report each to the progress callback."""
    for done, sheet in enumerate(sheets):
        if progress:
            progress(done, len(sheets))
        yield sheet
