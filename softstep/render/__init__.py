"""The output formats: each a function from a result and a look to pieces of text."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from softstep.render.views import Look
    from softstep.steps import Result


class Format(NamedTuple):
    """Where a format's function is, the endings of its files, and whether it is for eyes or for programs."""

    module: str
    function: str
    endings: tuple[str, ...]
    for_eyes: bool = False

    def load(self) -> "Callable[[Result, Look], Iterator[str]]":
        """The function, imported now: a command imports the format it prints and no other."""
        reader: Callable[[Result, Look], Iterator[str]] = getattr(import_module(self.module), self.function)
        return reader


FORMATS = {
    "table": Format("softstep.render.table", "table", (".txt",), for_eyes=True),
    "plain": Format("softstep.render.data", "plain", ()),
    "json": Format("softstep.render.records", "json", (".json",)),
    "csv": Format("softstep.render.data", "csv", (".csv",)),
    "tsv": Format("softstep.render.data", "tsv", (".tsv",)),
    "yaml": Format("softstep.render.records", "yaml", (".yaml", ".yml")),
}


def format_for(file: str) -> str:
    """The format that a file's ending asks for; else `table`.

    >>> format_for("next.yaml"), format_for("notes")
    ('yaml', 'table')
    """
    return next((name for name, kind in FORMATS.items() if file.lower().endswith(kind.endings)), "table")
