"""The output formats: each a function from what was found, marked or asked for, and a look, to pieces of text."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from softstep.errors import SoftstepError

if TYPE_CHECKING:
    from softstep.render.look import Look


class Format(NamedTuple):
    """Where a format's function is, and the endings of its files.

    `for_screen` says that it is printed in the encoding of the screen; `without` names the options that it has no
    place for.
    """

    module: str
    function: str
    endings: tuple[str, ...]
    for_screen: bool = False
    without: tuple[str, ...] = ("standalone",)

    def load(self) -> "Callable[[Any, Look], Iterator[str]]":
        """The function, imported now: a command imports the format it prints and no other."""
        reader: Callable[[Any, Look], Iterator[str]] = getattr(import_module(self.module), self.function)
        return reader


FORMATS = {
    "table": Format("softstep.render.table", "table", (".txt",), for_screen=True),
    "markdown": Format("softstep.render.markdown", "markdown", (".md",)),
    "latex": Format("softstep.render.latex", "latex", (".tex",), without=()),
    "html": Format("softstep.render.html", "html", (".html", ".htm"), without=()),
    "plain": Format("softstep.render.data", "plain", (), without=("work", "standalone")),
    "json": Format("softstep.render.records", "json", (".json",)),
    "csv": Format("softstep.render.data", "csv", (".csv",)),
    "tsv": Format("softstep.render.data", "tsv", (".tsv",)),
    "yaml": Format("softstep.render.records", "yaml", (".yaml", ".yml")),
}

REPORTS = {
    "table": Format("softstep.render.table", "marks", (".txt",), for_screen=True),
    "json": Format("softstep.render.records", "marks", (".json",)),
    "csv": Format("softstep.render.data", "marks", (".csv",)),
    "markdown": Format("softstep.render.markdown", "marks", (".md",)),
}
"""The formats of marked sheets."""

BLANKS = {
    "yaml": Format("softstep.render.blank", "yaml", (".yaml", ".yml")),
    "csv": Format("softstep.render.blank", "csv", (".csv",)),
}
"""The formats of an empty sheet."""

OTHERS = (".pdf", ".docx", ".odt", ".ipynb", ".png", ".svg", ".xlsx", ".ods", ".npy", ".npz")
"""Endings of files that nobody would look for a table of text in."""


def format_for(file: str, formats: Mapping[str, Format] = FORMATS) -> str:
    """The format that a file's ending asks for; else the first. Raises SoftstepError for what it cannot be.

    >>> format_for("next.yaml"), format_for("notes")
    ('yaml', 'table')
    """
    not_here = (ending for name in FORMATS.keys() - formats.keys() for ending in FORMATS[name].endings)
    if file.lower().endswith((*OTHERS, *not_here)):
        made = ", ".join(ending for kind in formats.values() for ending in kind.endings)
        raise SoftstepError(f"softstep: {file}: no format makes such a file, must end in one of {made}; rename it")
    named = (name for name, kind in formats.items() if file.lower().endswith(kind.endings))
    return next(named, next(iter(formats)))
