"""How a result is to look, whatever the format."""

from pathlib import Path
from typing import NamedTuple


class Look(NamedTuple):
    """How a result is to look: decimals other than the config's, the screen's width if there is one, colour, ASCII.

    `work` adds the numbers put into each formula; `all` shows every row and every term; `pictures` draws shares as
    bars; `standalone` makes a whole document where a format makes a part of one. `base` is the folder that file names
    in the output start from. With `ascii` only the letters of names are others, as far as `encoding` has them.
    """

    decimals: int | None = None
    width: int | None = None
    color: bool = False
    ascii: bool = False
    encoding: str = "ascii"
    work: bool = False
    all: bool = False
    pictures: bool = False
    standalone: bool = False
    base: Path = Path()
