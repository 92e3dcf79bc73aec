"""Workings as lines of text: aligned on their first =, and on a terminal broken before operators."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from softstep.lesson.workings import EQUAL, Tokens
from softstep.render.notation import as_text
from softstep.render.options import Screen

_BREAK = re.compile(r" (?=[-+=≈−~] )|(?<=,) ")
"""A space at which a formula may be broken: a sign begins the next line, a comma ends this one."""


def working_lines(workings: Sequence[Tokens], screen: Screen) -> Iterator[str]:
    """The lines of some workings, their first = one below the other."""
    sides = []
    for tokens in workings:
        equals = tokens.index(EQUAL) if EQUAL in tokens else len(tokens)
        sides.append([screen.replace_signs(as_text(side)) for side in (tokens[:equals], tokens[equals:])])
    margin = max(cell_len(left) for left, _ in sides)
    indent = margin + 1 if margin < screen.width // 2 else 4
    for left, right in sides:
        line = left + " " * (margin - cell_len(left)) + right
        yield from break_line(line, screen.width, indent) if screen.wraps else (line.rstrip(),)


def break_line(line: str, width: int, indent: int) -> Iterator[str]:
    """A line in parts that fit the width, each but the first behind an indent; a part that is too long stays whole.

    >>> list(break_line("h = 0.5 + 0.25 + 0.125", 14, 2))
    ['h = 0.5 + 0.25', '  + 0.125']
    """
    part = ""
    for piece in _BREAK.split(line):
        if part.strip() and cell_len(part) + 1 + cell_len(piece) > width:
            yield part.rstrip()
            part = " " * indent + piece
        else:
            part = f"{part} {piece}" if part else piece
    yield part.rstrip()
