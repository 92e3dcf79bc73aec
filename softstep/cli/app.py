"""The Typer application, to which each module of commands adds its own."""

from typing import Annotated

import typer

from softstep import __version__

app = typer.Typer(
    name="softstep",
    help="A step-by-step calculator for one softmax layer that shows every number.",
    epilog="Exit status: 0 done, 1 a check failed, 2 it could not be done.",
    add_completion=True,
    rich_markup_mode=None,  # else an error's file:line:column is broken over the lines of a box
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"softstep {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _print_help(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
