"""The command line: open, derive, present."""

import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import get_terminal_size
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from softstep import __version__
from softstep.errors import SoftstepError, say, say_error
from softstep.output import (
    discard_stdout,
    flush_stdout,
    is_screen,
    print_data,
    print_text,
    refuse_replacing,
    refuse_unwritable,
    stand_in_for_stdout,
    write_file,
)
from softstep.render import FORMATS, SUBJECTS, format_for, write

if TYPE_CHECKING:
    from softstep.problem import Problem

COMMANDS = {
    "run": "Every step, from the inputs to the loss after the update.",
    "forward": "Logits, softmax probabilities and predicted classes.",
    "loss": "The cross-entropy loss of each labelled node, and their mean.",
    "grad": "The gradient of the loss by every weight and bias.",
    "update": "The weights and biases after one step; as yaml, a config.",
}

SUCCESSION = ("update", "train")
"""The commands whose yaml is the next config, which may take the place of the config itself."""

PATIENCE = 0.5
"""What is done in so many seconds is done before a bar could be looked at."""

Watch = Callable[..., None]
"""What is told how many of how many are done and, in training, the loss."""

app = typer.Typer(
    name="softstep",
    help="A step-by-step calculator for one softmax layer that shows every number.",
    epilog="Exit status: 0 done, 1 the answer is no, 2 it could not be done.",
    add_completion=False,
    rich_markup_mode=None,  # else an error's file:line:column is broken over the lines of a box
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _decimals(text: str) -> int:
    """A number of decimals; int() alone would take 1_0 and full-width digits too."""
    return _whole(text, 0, 15)


def _count(text: str) -> int:
    """A number of steps."""
    return _whole(text, 1, 10**9)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 15 and least <= int(text) <= most):
        raise typer.BadParameter(f"'{text}' must be a whole number from {least} to {most:,}.")
    return int(text)


def _one_of(formats: Iterable[str]) -> Callable[[str], str]:
    """What reads the name of a format."""

    def parsed(text: str) -> str:
        if text not in formats:
            raise typer.BadParameter(f"'{text}' must be one of {', '.join(formats)}.")
        return text

    return parsed


def _distance(text: str) -> float:
    """A distance; float() alone would take nan and 1_0 too."""
    if not re.fullmatch(r"(\d{1,9}\.?\d{0,15}|\.\d{1,15})(e-?\d{1,2})?", text, re.ASCII):
        raise typer.BadParameter(f"'{text}' must be a number such as 0.01.")
    return float(text)


def _version(asked: bool) -> None:
    if asked:
        print(f"softstep {__version__}")
        raise typer.Exit


Config = Annotated[
    str | None,
    typer.Argument(
        metavar="[CONFIG|-]",
        help="A YAML config; - is standard input. Left out: $SOFTSTEP_CONFIG, else the article's example.",
    ),
]


def _format_option(known: Iterable[str], listed: Iterable[str]) -> Any:
    """`--format`: the names that are known, and those that the help lists."""
    told = f"One of {', '.join(listed)}. Left out: as FILE ends, else table."
    return typer.Option("--format", "-f", metavar="FORMAT", parser=_one_of(known), help=told)


Format = Annotated[str | None, _format_option(FORMATS, SUBJECTS["Result"].formats)]
ReportFormat = Annotated[str | None, _format_option(FORMATS, SUBJECTS["Report"].formats)]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
]
Decimals = Annotated[
    int | None, typer.Option(metavar="N", parser=_decimals, help="Decimals to show in tables, 0 to 15.")
]
Color = Annotated[Literal["auto", "always", "never"], typer.Option(help="Colour in tables.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw tables with ASCII signs only.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not say which config is used.")]
Param = Annotated[
    list[str] | None,
    typer.Option(metavar="w0|b0|W|b", help="Only this parameter, written out term by term; W, b: all. Repeatable."),
]
Node = Annotated[list[str] | None, typer.Option(metavar="ID", help="Only what is about this node. Repeatable.")]
Class = Annotated[
    list[str] | None, typer.Option("--class", metavar="C", help="Only what is about this class. Repeatable.")
]
Step = Annotated[list[str] | None, typer.Option(metavar="KEY", help="Only this step, by its JSON key. Repeatable.")]
Work = Annotated[bool, typer.Option("--work", help="Show the numbers put into each formula.")]
All = Annotated[bool, typer.Option("--all", help="Show long tables and sums whole.")]
Standalone = Annotated[bool, typer.Option("--standalone", help="With latex: a whole document.")]


def _stretch(
    context: typer.Context,
    config: Config = None,
    work: Work = False,
    node: Node = None,
    class_: Class = None,
    param: Param = None,
    step: Step = None,
    format: Format = None,  # noqa: A002
    output: Output = None,
    decimals: Decimals = None,
    all: All = False,  # noqa: A002
    standalone: Standalone = False,
    color: Color = "auto",
    ascii: Ascii = False,  # noqa: A002
    quiet: Quiet = False,
) -> None:
    command = str(context.info_name)
    look = {"decimals": decimals, "work": work, "all": all, "standalone": standalone}
    name = _format_name("Result", format, output, look)
    result = getattr(_open(config, quiet, _succeeds(command, name), output=output), command)(*(param or ()))
    result = result.only(nodes=node or (), classes=class_ or (), steps=step or ())
    _present(result, name, output, color, ascii, **look)


for _name, _help in COMMANDS.items():
    app.command(_name, help=_help)(_stretch)


@app.command("train", help="Gradient descent, step after step: loss, accuracy and gradient norm, and where it ends.")
def _train(
    config: Config = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", parser=_count, help="Take at most N steps; 100 if left out.")
    ] = None,
    every: Annotated[
        int | None, typer.Option(metavar="N", parser=_count, help="Tell of every N steps; about 20 times if left out.")
    ] = None,
    until_loss: Annotated[
        float | None,
        typer.Option(metavar="X", parser=_distance, help="End where the loss is X or less; else status 1."),
    ] = None,
    history: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write step, loss, accuracy, gradient_norm to a CSV file.")
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw loss and accuracy, as svg, png or pdf; needs softstep[plot]."),
    ] = None,
    format: Format = None,  # noqa: A002
    output: Output = None,
    decimals: Decimals = None,
    all: All = False,  # noqa: A002
    standalone: Standalone = False,
    color: Color = "auto",
    ascii: Ascii = False,  # noqa: A002
    quiet: Quiet = False,
) -> int:
    look = {"decimals": decimals, "all": all, "standalone": standalone}
    name = _format_name("Result", format, output, look)  # or it would be refused only when the training is done
    if plot:
        from softstep.render.plot import drawn, refuse

        refuse(Path(plot))
    problem = _open(config, quiet, _succeeds("train", name), output=output, history=history, plot=plot)
    with _watching("Training") as watch:
        result = problem.train(steps, every, until_loss, watch)
    if history:
        from softstep.render.data import csv
        from softstep.render.look import Look
        from softstep.render.results import history_rows

        write_file(Path(history), csv(history_rows(result), Look()))
    if plot:
        write_file(Path(plot), drawn(result, problem.plane(result), Path(plot)))
    return _answered(result, name, output, color, ascii, **look)


@app.command("gradcheck", help="The gradient against central differences of the loss; status 1 where they differ.")
def _gradcheck(
    config: Config = None,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="T", parser=_distance, help="The largest relative error; 1e-6 if left out."),
    ] = None,
    format: Format = None,  # noqa: A002
    output: Output = None,
    decimals: Decimals = None,
    all: All = False,  # noqa: A002
    standalone: Standalone = False,
    color: Color = "auto",
    ascii: Ascii = False,  # noqa: A002
    quiet: Quiet = False,
) -> int:
    look = {"decimals": decimals, "all": all, "standalone": standalone}
    name = _format_name("Result", format, output, look)
    problem = _open(config, quiet, output=output)
    with _watching("Checking") as watch:
        result = problem.gradcheck(tolerance, watch)
    return _answered(result, name, output, color, ascii, **look)


@app.command("check", help="Mark answer sheets: what is right, what follows, and which slip explains what is wrong.")
def _check(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="The YAML config that the sheets are about.")],
    sheets: Annotated[
        list[str] | None, typer.Argument(metavar="SHEET...", help="Answer sheets, YAML or CSV; - is standard input.")
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help="Print an empty sheet to fill in, as yaml or csv.")] = False,
    hint: Annotated[bool, typer.Option("--hint", help="Show no right figures: the cells and the slips alone.")] = False,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="T", parser=_distance, help="How far off is right, if not half a unit of the last place."),
    ] = None,
    format: ReportFormat = None,  # noqa: A002
    output: Output = None,
    all: All = False,  # noqa: A002
    color: Color = "auto",
    ascii: Ascii = False,  # noqa: A002
) -> int:
    sheets = sheets or []
    _refuse_contradiction([config, *sheets], blank)
    look = {"all": all and not blank}
    name = _format_name("BlankSheet" if blank else "Report", format, output, look)
    marker = _open(config, True, read=sheets, output=output).marker(tolerance)
    if blank:
        from softstep.read.answers import BlankSheet

        _present(BlankSheet(marker.steps), name, output, color)
        return 0
    with _watching("Marking") as watch:
        report = marker.report(_told(sheets, watch))
    status = _said(report)
    _present(report.hinted() if hint else report, name, output, color, ascii, **look)
    for line in report.summary if name in ("csv", "tsv") else ():
        say(f"softstep: {line}")
    return status


def _answered(result: Any, name: str, output: str | None, color: str, ascii: bool, **look: Any) -> int:  # noqa: A002
    """Present a result that may be a no; its complaints are said where they are not among the notes on the screen."""
    _present(result, name, output, color, ascii, **look)
    told = name == "table" and output in (None, "-") and is_screen()
    return int(result.status) if told else _said(result)


def _said(result: Any) -> int:
    """The exit status of a result, whose complaints are said."""
    for complaint in result.complaints:
        say(complaint)
    return int(result.status)


def _to_write(**files: str | None) -> dict[str, Path]:
    """The files by the option that names them. Raises SoftstepError where one cannot be written, or not for itself."""
    written: dict[str, Path] = {}
    taken: dict[Path, str] = {}
    for option, file in files.items():
        if file == "-" and option != "output":
            raise SoftstepError(f"softstep: --{option} -: standard output; expected a file; name one")
        if file not in (None, "-"):
            path = written[option] = Path(str(file))
            refuse_unwritable(path)
            if (other := taken.setdefault(path.resolve(), option)) != option:
                raise SoftstepError(
                    f"softstep: {file} for --{option} and --{other}; expected for one; name another file"
                )
    return written


def _refuse_contradiction(files: list[str], blank: bool) -> None:
    """Raise SoftstepError for files to check that do not go together."""
    if (len(files) > 1) == blank:
        told = "--blank and a sheet to mark; leave one of them out" if blank else "no sheet; name one, or use --blank"
        raise SoftstepError(f"softstep: check: {told}")
    if files.count("-") > 1:
        raise SoftstepError("softstep: check: standard input for two files; expected for one; name the others")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def _succeeds(command: str, format: str) -> bool:  # noqa: A002
    """Whether the output is the next config."""
    return command in SUCCESSION and format == "yaml"


def _open(
    config: str | None, quiet: bool, succeeds: bool = False, read: Sequence[str] = (), **files: str | None
) -> "Problem":
    """The problem that the command is about, which will write these files: to none of them it has to be read from.

    `succeeds` says that the output may take the place of the config; `read` is what will be read besides.
    """
    from softstep.problem import load
    from softstep.read import builtin

    written = _to_write(**files)
    named = os.environ.get("SOFTSTEP_CONFIG") if config is None else config
    if config is None and not quiet:
        used = f"using {named}, from SOFTSTEP_CONFIG" if named else "no config named; using the built-in example"
        say(f"softstep: {used}")
    is_builtin = config is None and not named
    path, name = (str(builtin()), f"{builtin().name} (built in)") if is_builtin else (str(named), None)
    problem = load(path, name)
    kept = [*map(_file, read), *(file.path for file in problem.setting.files.values())]
    for option, file in written.items():
        refuse_replacing(file, kept if succeeds and option == "output" else [*kept, _file(path)])
    return problem


def _file(named: str) -> Path:
    """The file that is read under this name."""
    return Path("/dev/stdin" if named == "-" else named)


def _format_name(
    subject: str,
    format: str | None,  # noqa: A002
    output: str | None,
    look: Mapping[str, Any],
) -> str:
    """The format that is asked for, else as the file ends, else the first. Raises SoftstepError where it cannot be."""
    formats = SUBJECTS[subject].formats
    name = format or (next(iter(formats)) if output in (None, "-") else format_for(Path(str(output)).name, formats))
    if name not in formats:
        raise SoftstepError(f"softstep: -f {name}: no format for this; expected one of {', '.join(formats)}; use one")
    for option in formats[name].without:
        if look.get(option):
            able = ", ".join(other for other in formats if option not in formats[other].without)
            raise SoftstepError(f"softstep: --{option}: -f {name} has no place for it; expected one of {able}; use one")
    return name


def _present(
    subject: object,
    name: str,
    output: str | None,
    color: str,
    ascii: bool = False,  # noqa: A002
    **look: Any,
) -> None:
    """Write a result, a report or a sheet to a file, or print it; to a screen whose encoding lacks a sign, in ASCII."""
    from softstep.render.look import Look, Screen

    file = None if output in (None, "-") else Path(str(output))
    width = None if file or not is_screen() else get_terminal_size().columns
    in_color = _in_color("never" if file and color == "auto" else color, on_screen=width is not None)
    pictures = color == "always" or (color == "auto" and width is not None)
    screen = Screen(width, in_color, pictures, ascii)
    seen = Look(**look, folder=file.parent if file else Path(), screen=screen)
    pieces = write(subject, name, seen)
    if file:
        write_file(file, pieces)
    elif FORMATS[name].for_screen:

        def in_ascii(encoding: str) -> str:
            return "".join(write(subject, name, seen._replace(screen=screen._replace(ascii=True, encoding=encoding))))

        print_text("".join(pieces), in_ascii)
    else:
        print_data(pieces)


@contextmanager
def _watching(doing: str) -> Iterator[Watch | None]:
    """What a long run tells how far it is, where somebody waits for it at a terminal: a bar on stderr."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    start = monotonic()
    with ExitStack() as stack:
        bars: list[Watch] = []

        def watch(done: int, of: int, loss: float | None = None) -> None:
            if not bars and monotonic() - start > PATIENCE:
                from softstep.render.progress import bar

                bars.append(stack.enter_context(bar(doing)))
            for each in bars:
                each(done, of, loss)

        yield watch


def _told(sheets: list[str], watch: Watch | None) -> Iterator[str]:
    """The sheets, one after the other, as somebody watches."""
    for done, sheet in enumerate(sheets):
        if watch:
            watch(done, len(sheets), None)
        yield sheet


def _in_color(color: str, on_screen: bool) -> bool:
    """Whether to colour: as asked, else on a screen that is not dumb, as NO_COLOR and FORCE_COLOR say."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return on_screen and os.environ.get("TERM") != "dumb"


def _hint(command: str | None) -> str:
    """What helps somebody whose command line cannot be read, without a command perhaps because a config came first."""
    first = next(iter(sys.argv[1:]), "")
    if command is None and (first == "-" or first.endswith((".yaml", ".yml")) or os.path.isfile(first)):
        return f"; did you mean softstep run {first}?"
    return f"; see {' '.join(filter(None, ('softstep', command)))} --help"


_UsageError: Any = typer.BadParameter.__base__  # what the command line did wrong; Typer does not export it


def main() -> None:
    """Run the command line; whatever a user can cause ends in a line on stderr and an exit status."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has enough ends us quietly, as it does others
    stand_in_for_stdout()
    asked = [command for command in app.registered_commands if [command.name] == sys.argv[1:2]]
    app.registered_commands = asked or app.registered_commands  # Typer reads the options of all before it runs one
    try:
        status = app(prog_name="softstep", standalone_mode=False) or 0
        flush_stdout()
    except SoftstepError as error:
        status = 2
        say_error(error)
    except MemoryError:
        status = 2
        say("softstep: out of memory; expected data that fits; take fewer nodes, or a larger machine")
    except _UsageError as error:
        status = 2
        say(f"softstep: {error.format_message().rstrip('.')}{_hint(asked[0].name if asked else None)}")
    except OSError as error:  # a help text that does not get out; all else is caught where it is written
        status = 2
        discard_stdout()
        say(f"softstep: standard output cannot be written ({error.strerror or 'closed'}); free it")
    gc.freeze()  # or the interpreter collects once more as it ends
    sys.exit(status)
