"""The command line: each command opens a problem, asks it for a result, and presents that.

`app` is the application; `init`, `stages`, `training`, `check` and `worksheet` have the commands, `options` what they
take; `problems` opens a config, `present` writes what was found.
"""

import gc
import os
import signal
import sys
from typing import Any

import typer

from softstep.cli import init, stages, training, check, worksheet  # isort: skip  # the order of the commands in the help
from softstep.cli.app import app
from softstep.errors import SoftstepError, say, say_error
from softstep.output import discard_stdout, flush_stdout, stand_in_for_stdout

__all__ = ["app", "check", "init", "main", "stages", "training", "worksheet"]

_UsageError: Any = typer.BadParameter.__base__  # a command line that cannot be read; Typer does not export it


def main() -> None:
    """Run the command line. Whatever a user can cause ends in a line on stderr and an exit status."""
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
    except OSError as error:  # a help text or a completion script; all else is caught where it is written
        status = 2
        discard_stdout()
        place, fix = (error.filename, "make it writable") if error.filename else ("standard output", "free it")
        say(f"softstep: {place} cannot be written ({error.strerror or 'closed'}); {fix}")
    gc.freeze()  # or the interpreter collects once more as it ends
    sys.exit(status)


def _hint(command: str | None) -> str:
    """What to try where a command line cannot be read; a config in place of a command suggests `run`."""
    first = next(iter(sys.argv[1:]), "")
    if command is None and (first == "-" or first.endswith((".yaml", ".yml")) or os.path.isfile(first)):
        return f"; did you mean softstep run {first}?"
    return f"; see {' '.join(filter(None, ('softstep', command)))} --help"
