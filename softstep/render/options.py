"""How output looks, whatever the format, and the screen that tables are drawn on."""

from pathlib import Path
from typing import NamedTuple


class Screen(NamedTuple):
    """Where tables are drawn.

    `width` is None where lines may be of any length. `pictures` adds bars to shares and shades to other matrices. With
    `ascii` all signs are ASCII; a letter of a name stays if `encoding` has it.
    """

    width: int | None = None
    color: bool = False
    pictures: bool = False
    ascii: bool = False
    encoding: str = "ascii"


class Options(NamedTuple):
    """How output looks; `decimals` replaces those of the config.

    `work` adds the numbers put into each formula. `all` shows every row and every term. `standalone` makes a whole
    document where a format makes a fragment. File names in the output are relative to `folder`.
    """

    decimals: int | None = None
    work: bool = False
    all: bool = False
    standalone: bool = False
    folder: Path = Path()
    screen: Screen = Screen()
