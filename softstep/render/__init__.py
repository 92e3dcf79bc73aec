"""The output formats, and what is written in them.

A result, a report of marked sheets and a blank sheet each have a module here that makes pages for eyes, a record, rows
or numbers of it; a format is a function from one of these to pieces of text.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from softstep.errors import SoftstepError

if TYPE_CHECKING:
    from softstep.render.look import Look


class Format(NamedTuple):
    """What a format is made from (a function of the modules in `SUBJECTS`), and the function that writes it.

    `endings` are those of its files. `for_screen` says that it is printed in the encoding of the screen; `without`
    names the options that it has no place for.
    """

    made_from: str
    module: str
    function: str
    endings: tuple[str, ...]
    for_screen: bool = False
    without: tuple[str, ...] = ("standalone",)


FORMATS = {
    "table": Format("pages", "table", "table", (".txt",), for_screen=True),
    "markdown": Format("pages", "markdown", "markdown", (".md",)),
    "latex": Format("pages", "latex", "latex", (".tex",), without=()),
    "html": Format("pages", "html", "html", (".html", ".htm"), without=()),
    "plain": Format("numbers", "data", "plain", (), without=("work", "standalone")),
    "json": Format("record", "records", "json", (".json",)),
    "csv": Format("rows", "data", "csv", (".csv",)),
    "tsv": Format("rows", "data", "tsv", (".tsv",)),
    "yaml": Format("yaml", "records", "yaml", (".yaml", ".yml")),
}


class Subject(NamedTuple):
    """What can be written: the module that reads it, and what that makes of it. The first format is the usual one."""

    module: str
    makes: tuple[str, ...]

    @property
    def formats(self) -> dict[str, Format]:
        """The formats that it can be written in."""
        return {name: kind for made in self.makes for name, kind in FORMATS.items() if kind.made_from == made}


SUBJECTS = {
    "Result": Subject("results", ("pages", "numbers", "record", "rows", "yaml")),
    "Report": Subject("reports", ("pages", "record", "rows", "yaml")),
    "BlankSheet": Subject("blank", ("yaml", "rows")),
}
"""By the name of the class, so that a command imports what it prints and no other."""

OTHERS = (".pdf", ".docx", ".odt", ".ipynb", ".png", ".svg", ".xlsx", ".ods", ".npy", ".npz")
"""Endings of files that nobody would look for a table of text in."""


def write(subject: object, name: str, look: "Look") -> Iterator[str]:
    """The subject in the format of this name, in pieces of text. Raises SoftstepError for any other format."""
    there = SUBJECTS[type(subject).__name__]
    if name not in there.formats:
        must = ", ".join(there.formats)
        raise SoftstepError(f"format {name}: no such format; expected one of {must}; write one of them")
    kind = FORMATS[name]
    made = getattr(_module(there.module), kind.made_from)(subject, look)
    pieces: Iterator[str] = getattr(_module(kind.module), kind.function)(made, look)
    return pieces


def text(subject: object, format: str = "table", **look: Any) -> str:  # noqa: A002
    """The subject in any format, as a command prints it; `look` may be work=True, all=True, decimals=3, ascii=True.

    Raises SoftstepError for a format that there is not.
    """
    from softstep.render.look import Look, Screen

    screen = {option: look.pop(option) for option in Screen._fields if option in look}
    return "".join(write(subject, format, Look(**look, screen=Screen(**screen))))


def html_fragment(shown: object) -> str:
    """A result, or one step of it, as a notebook shows it: tables."""
    fragment: str = _module("html").fragment(shown)
    return fragment


def latex_fragment(shown: object) -> str:
    """The same as displayed formulae."""
    fragment: str = _module("latex").fragment(shown)
    return fragment


def format_for(file: str, formats: dict[str, Format]) -> str:
    """The format that a file's ending asks for; else the first. Raises SoftstepError for what it cannot be.

    >>> format_for("next.yaml", FORMATS), format_for("notes", FORMATS)
    ('yaml', 'table')
    """
    not_here = (ending for name in FORMATS.keys() - formats.keys() for ending in FORMATS[name].endings)
    if file.lower().endswith((*OTHERS, *not_here)):
        made = ", ".join(ending for kind in formats.values() for ending in kind.endings)
        raise SoftstepError(f"softstep: {file}: no format makes such a file; expected one of {made}; rename it")
    named = (name for name, kind in formats.items() if file.lower().endswith(kind.endings))
    return next(named, next(iter(formats)))


def _module(name: str) -> Any:
    return import_module(f"softstep.render.{name}")
