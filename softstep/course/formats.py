"""The formats of a worksheet: what each is made from, and whether it is one file for all variants."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from softstep.course.variants import Variants

FOLDER_FORMAT = "html"
"""The format of the sheets in a folder, if none is named."""


class CourseFormat(NamedTuple):
    """A format: its file endings, and the module and the function that write variants in it.

    The function takes the variants; with `one_file` it writes all of them in one text, else the first one alone.
    `has_sheets`: in a folder there are sheets and keys in it.
    """

    endings: tuple[str, ...]
    module: str
    function: str
    one_file: bool = False
    has_sheets: bool = False

    @property
    def write(self) -> Callable[["Variants"], Iterator[str]]:
        """The function that writes variants in this format, in pieces of text."""
        function: Callable[[Variants], Iterator[str]] = getattr(
            import_module(f"softstep.course.{self.module}"), self.function
        )
        return function


FORMATS = {
    "markdown": CourseFormat((".md",), "worksheet", "markdown_sheet", has_sheets=True),
    "latex": CourseFormat((".tex",), "worksheet", "latex_sheet", has_sheets=True),
    "html": CourseFormat((".html", ".htm"), "worksheet", "html_sheet", has_sheets=True),
    "yaml": CourseFormat((".yaml", ".yml"), "worksheet", "config"),
    "csv": CourseFormat((".csv",), "worksheet", "index", one_file=True),
    "moodle": CourseFormat((".xml",), "worksheet", "moodle_questions", one_file=True),
}
"""The formats of a worksheet, the default first."""
