"""The output formats, and the views that they are made from.

A result, a report of marked sheets, the feedback to a student and a blank answer sheet are subjects. Each has a module
with functions for its views: pages for people; a record, rows, numbers or YAML data for programs. A format turns one
view into pieces of text.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from softstep.errors import SoftstepError

if TYPE_CHECKING:
    from softstep.render.options import Options


class Format(NamedTuple):
    """The view that a format is made from, and the module with the function that writes it: `render_` and its name.

    `endings` are those of its files. `for_screen` says that it is printed in the encoding of the screen. `without`
    names the options that it has no place for.
    """

    view: str
    module: str
    endings: tuple[str, ...]
    for_screen: bool = False
    without: tuple[str, ...] = ("standalone",)


FORMATS = {
    "table": Format("pages", "text_tables", (".txt",), for_screen=True),
    "markdown": Format("pages", "markdown", (".md",)),
    "latex": Format("pages", "latex", (".tex",), without=()),
    "html": Format("pages", "html", (".html", ".htm"), without=()),
    "plain": Format("numbers", "delimited", (), without=("work", "standalone")),
    "json": Format("record", "json_yaml", (".json",)),
    "csv": Format("rows", "delimited", (".csv",)),
    "tsv": Format("rows", "delimited", (".tsv",)),
    "yaml": Format("yaml_data", "json_yaml", (".yaml", ".yml")),
    "gradescope": Format("gradescope_results", "json_yaml", ()),
}


class Subject(NamedTuple):
    """The module with the views of a subject, and their names. The first view has the default format."""

    module: str
    views: tuple[str, ...]

    @property
    def formats(self) -> dict[str, Format]:
        """The formats by name, the default first."""
        return {name: kind for view in self.views for name, kind in FORMATS.items() if kind.view == view}


SUBJECTS = {
    "Result": Subject("result_views", ("pages", "numbers", "record", "rows", "yaml_data")),
    "Report": Subject("report_views", ("pages", "record", "rows", "yaml_data", "gradescope_results")),
    "Feedback": Subject("feedback_views", ("pages",)),
    "BlankSheet": Subject("blank_sheet_views", ("yaml_data", "rows", "pages")),
}
"""The subjects by the name of their class, so that a command imports only what it prints."""

FOREIGN_ENDINGS = (".pdf", ".docx", ".odt", ".ipynb", ".png", ".svg", ".xlsx", ".ods", ".npy", ".npz")
"""File endings of formats that softstep does not write."""


def render(subject: object, name: str, options: "Options") -> Iterator[str]:
    """The subject in the format of this name, in pieces of text.

    Raises SoftstepError if the subject has no such format.
    """
    views = SUBJECTS[type(subject).__name__]
    if name not in views.formats:
        names = ", ".join(views.formats)
        raise SoftstepError(f"format {name}: no such format; expected one of {names}; write one of them")
    return render_view(getattr(_module(views.module), FORMATS[name].view)(subject, options), name, options)


def render_view(view: object, name: str, options: "Options") -> Iterator[str]:
    """A view in the format of this name, in pieces of text."""
    pieces: Iterator[str] = getattr(_module(FORMATS[name].module), f"render_{name}")(view, options)
    return pieces


def text(subject: object, format: str = "table", **options: Any) -> str:  # noqa: A002
    """The subject in any format, as a command prints it.

    `options` may be work=True, all=True, decimals=3, ascii=True. Raises SoftstepError if there is no such format.
    """
    from softstep.render.options import Options, Screen

    screen = {name: options.pop(name) for name in Screen._fields if name in options}
    return "".join(render(subject, format, Options(**options, screen=Screen(**screen))))


def html_fragment(shown: object) -> str:
    """A result, or one step of it, as a notebook shows it: tables."""
    fragment: str = _module("html").fragment(shown)
    return fragment


def latex_fragment(shown: object) -> str:
    """A result or step as displayed formulas, for a notebook."""
    fragment: str = _module("latex").fragment(shown)
    return fragment


def format_for(file: str, formats: Mapping[str, Any]) -> str:
    """The format for a file of this name, by its ending; the first one for any other ending.

    Raises SoftstepError if the ending belongs to another kind of file.

    >>> format_for("next.yaml", FORMATS), format_for("notes", FORMATS)
    ('yaml', 'table')
    """
    for name, kind in formats.items():
        if file.lower().endswith(kind.endings):
            return name
    foreign = (ending for kind in FORMATS.values() for ending in kind.endings)
    if file.lower().endswith((*FOREIGN_ENDINGS, *foreign)):
        possible = ", ".join(ending for kind in formats.values() for ending in kind.endings)
        raise SoftstepError(f"softstep: {file}: unknown file ending; expected one of {possible}; rename it")
    return next(iter(formats))


def _module(name: str) -> Any:
    return import_module(f"softstep.render.{name}")
