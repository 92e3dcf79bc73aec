"""Write what a command found to a file or to standard output, and its complaints to stderr."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

from softstep.cli.options import Presentation
from softstep.errors import SoftstepError, say
from softstep.output import is_screen, print_pieces, stdout_encoding, write_file
from softstep.render import FORMATS, SUBJECTS, format_for, render

if TYPE_CHECKING:
    from softstep.read.setting import Setting
    from softstep.result import Result

PATIENCE = 0.5
"""Seconds before a progress bar appears: what is done sooner needs none."""

Progress = Callable[..., None]
"""A progress callback: `(done, total, loss=None)`."""


def format_name(subject: str, presentation: Presentation) -> str:
    """The format that is asked for, else the one of the file's ending, else the first of the subject.

    Raises SoftstepError where the subject has no such format, or the format no place for an option that was given.
    """
    formats, file = SUBJECTS[subject].formats, presentation.file
    name = presentation.format or (format_for(Path(file).name, formats) if file else next(iter(formats)))
    if name not in formats:
        raise SoftstepError(f"softstep: -f {name}: no format for this; expected one of {', '.join(formats)}; use one")
    for option in formats[name].without:
        if presentation.look.get(option):
            able = ", ".join(other for other in formats if option not in formats[other].without)
            raise SoftstepError(f"softstep: --{option}: -f {name} has no place for it; expected one of {able}; use one")
    return name


def present(subject: object, name: str, presentation: Presentation) -> None:
    """Write a result, a report or a blank sheet in the format `name`.

    On a screen whose encoding lacks the signs of a page, it is drawn in ASCII.
    """
    from softstep.render.ascii import has_signs
    from softstep.render.options import DEFAULT_WIDTH, NARROWEST, Options, Screen

    file = Path(presentation.file) if presentation.file else None
    on_screen = is_screen() and not file
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if re.fullmatch(r"\d{1,4}", columns, re.ASCII) else DEFAULT_WIDTH
    width = os.get_terminal_size(sys.stdout.fileno()).columns or width if on_screen else width
    color = "never" if file and presentation.color == "auto" else presentation.color
    has_24_bits = os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    colors: Literal["256", "truecolor"] | None = "truecolor" if has_24_bits else "256"
    colors = colors if _has_color(color, on_screen) else None
    is_text = FORMATS[name].for_screen and not file
    encoding = stdout_encoding() if is_text else "utf-8"
    ascii = presentation.ascii or not has_signs(encoding)  # noqa: A001
    screen = Screen(
        max(width, NARROWEST), on_screen, colors, ascii, "ascii" if presentation.ascii or file else encoding
    )
    options = Options(**presentation.look, folder=file.parent if file else Path(), screen=screen)
    pieces = render(subject, name, options)
    if file:
        write_file(file, pieces)
    else:
        print_pieces(pieces, encoding)


def finish(result: "Result", name: str, presentation: Presentation) -> int:
    """Present a result, which may be a no, and return its exit status.

    Its complaints and the notes on its config go to stderr, unless they already stand among the notes on the screen.
    """
    present(result, name, presentation)
    if not (name == "table" and presentation.file is None and is_screen()):
        say_notes(result.setting)
        say_all(result.complaints)
    return result.status


def say_notes(setting: "Setting") -> None:
    """Say on stderr how a config was read."""
    say_all(f"{setting.source}: {note}" for note in setting.notes)


def say_all(lines: Iterable[str]) -> None:
    """Say each of these lines on stderr."""
    for line in lines:
        say(line)


def _has_color(color: str, on_screen: bool) -> bool:
    """Whether to colour: as asked, else as NO_COLOR and FORCE_COLOR say, else on a screen that can."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return on_screen and os.environ.get("TERM") != "dumb"


@contextmanager
def show_progress(activity: str) -> Iterator[Progress | None]:
    """Yield a progress callback that draws a bar on stderr after `PATIENCE`; None where stderr is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    start = monotonic()
    with ExitStack() as stack:
        bars: list[Progress] = []

        def report(done: int, total: int, loss: float | None = None) -> None:
            if not bars and monotonic() - start > PATIENCE:
                from softstep.render.progress import progress_bar

                bars.append(stack.enter_context(progress_bar(activity)))
            for each in bars:
                each(done, total, loss)

        yield report
