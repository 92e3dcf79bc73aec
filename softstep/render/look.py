"""How a result is to look, whatever the format, and the screen that it is drawn on."""

from pathlib import Path
from typing import NamedTuple


class Screen(NamedTuple):
    """Where tables are drawn: its width if it has one, colour, pictures in letters, ASCII alone.

    With `ascii` only the letters of names are others, as far as `encoding` has them.
    """

    width: int | None = None
    color: bool = False
    pictures: bool = False
    ascii: bool = False
    encoding: str = "ascii"


class Look(NamedTuple):
    """How a result is to look: decimals other than the config's, and the screen.

    `work` adds the numbers put into each formula; `all` shows every row and every term; `standalone` makes a whole
    document where a format makes a part of one. `folder` is where file names in the output start from.
    """

    decimals: int | None = None
    work: bool = False
    all: bool = False
    standalone: bool = False
    folder: Path = Path()
    screen: Screen = Screen()
