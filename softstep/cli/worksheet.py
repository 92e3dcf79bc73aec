"""`worksheet`: variants of an exercise, with sheets to fill in and keys."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from softstep.cli.app import app
from softstep.cli.options import Config, step_keys, whole_number
from softstep.cli.present import say_all, show_progress
from softstep.cli.problems import open_problem
from softstep.errors import SoftstepError
from softstep.output import print_pieces, write_file
from softstep.render import format_for

if TYPE_CHECKING:
    from softstep.course.variants import Variants

MOST_VARIANTS = 10_000


def _format_names() -> list[str]:
    """The names of the formats, for shell completion."""
    from softstep.course.formats import FORMATS

    return [*FORMATS]


@app.command(
    "worksheet",
    help=(
        "Draw variants of an exercise with other numbers, and write sheets to fill in, keys and configs. In Moodle, "
        "errors are not carried forward: a blank sees no other."
    ),
    short_help="Variants of an exercise, with sheets and keys.",
)
def _worksheet(
    config: Config = None,
    variants: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole_number(1, MOST_VARIANTS), help="How many variants (default: 1)."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole_number(0, 2**32 - 1), help="Another seed draws others (default: 1)."),
    ] = None,
    ask: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", autocompletion=step_keys, help="Ask for this step (default: results). Repeatable."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="KEY", autocompletion=step_keys, help="Give the steps before this one away."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", autocompletion=step_keys, help="Keep this input as it is. Repeatable."),
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            autocompletion=_format_names,
            help="One of markdown, latex, html, yaml, csv, moodle.",
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="DIR|FILE", help="Write a folder, or one file.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not say which config is used, nor report.")] = False,
) -> None:
    from softstep.course.exercise import make_exercise
    from softstep.course.variants import draw_variants

    count = 1 if variants is None else variants
    folder = _folder_of(output, count, format_name)
    name = _known_format(format_name, None if output == "-" else output, folder, count)
    problem = open_problem(config, quiet, False, (), **_outputs(output, folder, count, name))
    exercise = make_exercise(problem, ask or (), start)
    with show_progress("Drawing") as progress:
        drawn = draw_variants(exercise, count, 1 if seed is None else seed, keep or (), progress)
    _write(drawn, name, output, folder)
    if not quiet:
        say_all(f"softstep: {line}" for line in drawn.report())


def _folder_of(output: str | None, count: int, format_name: str | None) -> Path | None:
    """The folder to write; None for one file, or for standard output."""
    from softstep.course.formats import FORMATS

    if output in (None, "-"):
        return None
    path = Path(str(output))
    is_one_file = format_name in FORMATS and FORMATS[str(format_name)].one_file
    is_folder = str(output).endswith("/") or path.is_dir() or (count > 1 and not path.suffix and not is_one_file)
    return path if is_folder else None


def _known_format(format_name: str | None, file: str | None, folder: Path | None, count: int) -> str:
    """The format that is asked for, else that of the file's ending. Raises SoftstepError where it does not fit."""
    from softstep.course.formats import FOLDER_FORMAT, FORMATS

    by_place = FOLDER_FORMAT if folder else format_for(Path(file).name, FORMATS) if file else next(iter(FORMATS))
    name = format_name or by_place
    if name not in FORMATS:
        raise SoftstepError(f"softstep: -f {name}: no format for this; expected one of {', '.join(FORMATS)}; use one")
    if FORMATS[name].one_file and folder:
        raise SoftstepError(f"softstep: -f {name} is one file, {folder} a folder; name a file, or leave -f {name} out")
    if count > 1 and not FORMATS[name].one_file and not folder:
        where = f"{file} is one file" if file else "standard output is one text"
        raise SoftstepError(f"softstep: {where}; expected a folder for {count} variants; write -o variants/")
    return name


def _outputs(output: str | None, folder: Path | None, count: int, name: str) -> dict[str, str | None]:
    """The files that must be no input; a folder that is still to be made has none."""
    from softstep.course.worksheet import folder_names

    if folder is None:
        return {"output": output}
    return {each: str(folder / each) for each in folder_names(count, name)} if folder.is_dir() else {}


def _write(variants: "Variants", name: str, output: str | None, folder: Path | None) -> None:
    """Write the folder, the file, or to standard output."""
    from softstep.course.formats import FORMATS
    from softstep.course.worksheet import folder_files

    if folder is None:
        text = FORMATS[name].write(variants)
        if output in (None, "-"):
            print_pieces(text)
        else:
            write_file(Path(str(output)), text)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SoftstepError(f"softstep: {folder} cannot be made ({error.strerror}); name another folder") from None
    _refuse_other_variants(variants, name, folder)
    for file, pieces in folder_files(variants, name):
        write_file(folder / file, pieces)


def _refuse_other_variants(variants: "Variants", name: str, folder: Path) -> None:
    """Raise SoftstepError, before anything is written, if a folder has configs of other variants, or typed answers."""
    from softstep.course.worksheet import folder_files

    for file, pieces in folder_files(variants, name):
        path = folder / file
        if path.suffix == ".yaml" and path.exists() and path.read_bytes() != "".join(pieces).encode():
            raise SoftstepError(f"softstep: {path} is there, with other text; expected none; name another folder")
