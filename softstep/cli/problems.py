"""Open the problem that a command is about, once it is known that its files can be written."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from softstep.errors import SoftstepError, say
from softstep.output import refuse_replacing, refuse_unwritable

if TYPE_CHECKING:
    from softstep.problem import Problem


def open_problem(
    config: str | None,
    quiet: bool = False,
    may_replace_config: bool = False,
    sheets: Sequence[str] = (),
    **outputs: str | None,
) -> "Problem":
    """The problem in a config, for a command that will write the files `outputs` (option name to file).

    Says on stderr which config is used if none is named, unless `quiet`.

    Raises SoftstepError where one of these is also an input: the config (unless `may_replace_config`), a data file of
    it or one of the `sheets`.
    """
    from softstep.problem import load
    from softstep.read import builtin

    files = _writable_files(outputs)
    named = os.environ.get("SOFTSTEP_CONFIG") if config is None else config
    if config is None and not quiet:
        used = f"using {named}, from SOFTSTEP_CONFIG" if named else "no config named; using the built-in example"
        say(f"softstep: {used}")
    is_builtin = config is None and not named
    path, name = (str(builtin()), f"{builtin().name} (built in)") if is_builtin else (str(named), None)
    problem = load(path, name)
    inputs = [*map(_input_file, sheets), *(file.path for file in problem.setting.files.values())]
    for option, file in files.items():
        replaceable = may_replace_config and option == "output"
        refuse_replacing(file, inputs if replaceable else [*inputs, _input_file(path)])
    return problem


def open_each(configs: Sequence[str], sheets: Sequence[str], output: str | None) -> "list[Problem]":
    """The problems in several configs, for a command that will write the file `output`.

    Raises SoftstepError where this is one of the configs, their data files or the `sheets`.
    """
    from softstep.problem import load

    files = _writable_files({"output": output})
    problems = [load(config) for config in configs]
    data = (file.path for problem in problems for file in problem.setting.files.values())
    for file in files.values():
        refuse_replacing(file, [*map(Path, (*configs, *sheets)), *data])
    return problems


def _writable_files(outputs: dict[str, str | None]) -> dict[str, Path]:
    """The files to write, by option. Raises SoftstepError where one is not writable or is named twice."""
    files: dict[str, Path] = {}
    option_of: dict[Path, str] = {}
    for option, name in outputs.items():
        if name == "-" and option != "output":
            raise SoftstepError(f"softstep: --{option} -: standard output; expected a file; name one")
        if name in (None, "-"):
            continue
        path = files[option] = Path(str(name))
        refuse_unwritable(path)
        if (other := option_of.setdefault(path.resolve(), option)) != option:
            raise SoftstepError(f"softstep: {name} for --{option} and --{other}; expected for one; name another file")
    return files


def _input_file(name: str) -> Path:
    return Path("/dev/stdin" if name == "-" else name)
