"""`check`: mark answer sheets, or print a blank one."""

from collections.abc import Iterator
from typing import Annotated

import typer

from softstep.cli.app import app
from softstep.cli.options import Presentation, parse_distance, with_presentation
from softstep.cli.present import Progress, format_name, present, say_all, say_notes, show_progress
from softstep.cli.problems import open_problem
from softstep.errors import SoftstepError


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
    blank: Annotated[bool, typer.Option("--blank", help="Print a blank sheet to fill in, as yaml or csv.")] = False,
    hint: Annotated[bool, typer.Option("--hint", help="Show the cells and the slips, but no right figures.")] = False,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="T", parser=parse_distance, help="How far off still counts as right (default: half the last place)."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="No marks for answers with too few decimals.")] = False,
) -> int:
    sheets = sheets or []
    _refuse_contradictions([config, *sheets], blank)
    if blank:
        presentation = presentation._replace(all=False)
    name = format_name("BlankSheet" if blank else "Report", presentation)
    try:
        problem = open_problem(config, True, sheets=sheets, output=presentation.output)
    except SoftstepError:
        _refuse_wrong_order(config, sheets, is_config_good=False)
        raise
    say_notes(problem.setting)
    marker = problem.marker(tolerance, strict)
    if blank:
        from softstep.read.answers import BlankSheet

        present(BlankSheet(marker.steps), name, presentation)
        return 0
    with show_progress("Marking") as progress:
        report = marker.report(_with_progress(sheets, progress))
    if any(report.complaints):
        _refuse_wrong_order(config, sheets, is_config_good=True)
    say_all(report.complaints)
    present(report.without_figures() if hint else report, name, presentation)
    if name in ("csv", "tsv"):
        say_all(f"softstep: {line}" for line in report.summary)
    return int(report.status)


def _refuse_contradictions(files: list[str], blank: bool) -> None:
    """Raise SoftstepError for files that cannot be checked together."""
    if (len(files) > 1) == blank:
        reason = "--blank and a sheet to mark; leave one of them out" if blank else "no sheet; name one, or use --blank"
        raise SoftstepError(f"softstep: check: {reason}")
    if files.count("-") > 1:
        raise SoftstepError("softstep: check: standard input for two files; expected for one; name the others")


def _refuse_wrong_order(config: str, sheets: list[str], is_config_good: bool) -> None:
    """Raise SoftstepError if the config was named among the sheets."""
    from softstep.read.wrong_order import right_order

    if command := right_order(config, sheets, is_config_good):
        raise SoftstepError(f"softstep: check: are these the wrong way round? write {command}")


def _with_progress(sheets: list[str], progress: Progress | None) -> Iterator[str]:
    """Yield the sheets, and report each to the progress callback."""
    for done, sheet in enumerate(sheets):
        if progress:
            progress(done, len(sheets))
        yield sheet
