"""How output looks, whatever the format, and the screen that tables are drawn on."""

from pathlib import Path
from typing import Literal, NamedTuple

from softstep.render.ascii import to_ascii

DEFAULT_WIDTH = 80
"""The width of a page where there is no terminal and no COLUMNS, so that a pipe is the same on every machine."""


NARROWEST = 20
"""The width of a page on a narrower screen."""


class Screen(NamedTuple):
    """Where pages are drawn as text.

    Tables are at most `width` wide; lines of text are wrapped only if the screen `wraps`, as terminals do. `colors` is
    Rich's name of the colours there are. With `ascii` all signs are ASCII; a letter of a name stays if `encoding` has
    it.
    """

    width: int = DEFAULT_WIDTH
    wraps: bool = False
    colors: Literal["256", "truecolor"] | None = None
    ascii: bool = False
    encoding: str = "ascii"

    def replace_signs(self, text: str) -> str:
        """The text with signs that the screen has."""
        return to_ascii(text, self.encoding) if self.ascii else text


class Options(NamedTuple):
    """How output looks; `decimals` replaces those of the config.

    `work` adds the numbers put into each formula. `all` shows every row and every term. `standalone` makes a whole
    document where a format makes a fragment. `heat` shades the cells of matrices by the size of their entries. File
    names in the output are relative to `folder`.
    """

    decimals: int | None = None
    work: bool = False
    all: bool = False
    standalone: bool = False
    heat: bool = False
    folder: Path = Path()
    screen: Screen = Screen()
