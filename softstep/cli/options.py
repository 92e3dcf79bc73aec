"""The options and arguments of the commands, each written once, and how their texts are read."""

import inspect
import re
from collections.abc import Callable, Collection
from functools import wraps
from typing import Annotated, Any, Literal, NamedTuple

import typer

from softstep.render import FORMATS, SUBJECTS


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers; int() alone would also take 1_0 and full-width digits."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 15 and least <= int(text) <= most):
            raise typer.BadParameter(f"'{text}' must be a whole number from {least} to {most:,}.")
        return int(text)

    return parse


def parse_distance(text: str) -> float:
    """A number that is not negative; float() alone would also take nan and 1_0."""
    if not re.fullmatch(r"(\d{1,9}\.?\d{0,15}|\.\d{1,15})(e-?\d{1,2})?", text, re.ASCII):
        raise typer.BadParameter(f"'{text}' must be a number such as 0.01.")
    return float(text)


def parse_format(text: str) -> str:
    """The name of a format."""
    if text not in FORMATS:
        raise typer.BadParameter(f"'{text}' must be one of {', '.join(FORMATS)}.")
    return text


def step_keys() -> list[str]:
    """The keys that `--step` takes, for shell completion."""
    from softstep.lesson.quantities import GIVEN, STEP_KEYS

    return [*dict.fromkeys((*GIVEN, *STEP_KEYS))]


Config = Annotated[
    str | None,
    typer.Argument(
        metavar="[CONFIG|-]",
        help="A YAML config; - is standard input. Left out: $SOFTSTEP_CONFIG, else the article's example.",
    ),
]
Node = Annotated[list[str] | None, typer.Option(metavar="ID", help="Show only what concerns this node. Repeatable.")]
Class = Annotated[
    list[str] | None, typer.Option("--class", metavar="C", help="Show only what concerns this class. Repeatable.")
]
Param = Annotated[
    list[str] | None,
    typer.Option(metavar="w0|b0|W|b", help="Show only this parameter, term by term; W, b: all. Repeatable."),
]
Step = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY",
        autocompletion=step_keys,
        help="Show only this step, or what is given, by its key or letter. Repeatable.",
    ),
]


def count_option(help: str) -> Any:  # noqa: A002
    """Return an option that takes a number of steps."""
    return typer.Option(metavar="N", parser=whole_number(1, 10**9), help=help)


class Presentation(NamedTuple):
    """How a result is shown and where it goes: the options that the commands share."""

    work: Annotated[bool, typer.Option("--work", help="Show the numbers put into each formula.")] = False
    format: Annotated[str | None, typer.Option()] = None
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
    ] = None
    decimals: Annotated[
        int | None, typer.Option(metavar="N", parser=whole_number(0, 15), help="Decimals shown in tables, 0 to 15.")
    ] = None
    all: Annotated[bool, typer.Option("--all", help="Show long tables and sums in full.")] = False
    standalone: Annotated[bool, typer.Option("--standalone", help="With latex: a whole document.")] = False
    heat: Annotated[bool, typer.Option("--heat", help="Shade cells of matrices by the size of their entries.")] = False
    color: Annotated[Literal["auto", "always", "never"], typer.Option(help="Colour in tables.")] = "auto"
    ascii: Annotated[bool, typer.Option("--ascii", help="Draw tables with ASCII characters only.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not say which config is used.")] = False

    @property
    def file(self) -> str | None:
        """The file to write to; None is standard output."""
        return None if self.output == "-" else self.output

    @property
    def look(self) -> dict[str, Any]:
        """The options that a format may have no place for."""
        return {name: getattr(self, name) for name in ("decimals", "work", "all", "standalone", "heat")}


def with_presentation(
    subject: str, without: Collection[str] = ()
) -> Callable[[Callable[..., Any]], Callable[..., int | None]]:
    """Give a command the options of `Presentation`, which it takes as its argument `presentation`.

    The help lists the formats of the `subject`; options in `without` are left out.
    """
    formats = SUBJECTS[subject].formats
    help_text = f"One of {', '.join(formats)}. Default: from the ending of FILE, else table."
    option = typer.Option(
        "--format", "-f", metavar="FORMAT", parser=parse_format, autocompletion=lambda: [*formats], help=help_text
    )
    types = {**Presentation.__annotations__, "format": Annotated[str | None, option]}
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=types[name])
        for name, default in Presentation._field_defaults.items()
        if name not in without
    ]

    def decorate(command: Callable[..., Any]) -> Callable[..., int | None]:
        own = [each for each in inspect.signature(command).parameters.values() if each.name != "presentation"]

        @wraps(command)
        def run(**given: Any) -> int | None:
            options = {each.name: given.pop(each.name) for each in shared}
            status: int | None = command(presentation=Presentation(**options), **given)
            return status

        run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in (*own, *shared)}
        return run

    return decorate
