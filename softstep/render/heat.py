"""Colours of cells by the size of their entries: one hue for entries of one sign, a second where signs differ."""

Color = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""

NONE: Color = (247, 247, 247)
LARGEST: dict[bool, Color] = {True: (33, 102, 172), False: (178, 24, 43)}
"""The colours of 0, of the largest positive and of the largest negative entry: blue and red, which everybody can tell
apart."""


def background(shade: float) -> Color:
    """The background of an entry, by its size relative to the largest of its matrix, from −1 to 1.

    >>> background(0.0), background(1.0)
    ((247, 247, 247), (33, 102, 172))
    """
    r, g, b = (round(none + (most - none) * abs(shade)) for none, most in zip(NONE, LARGEST[shade >= 0], strict=True))
    return r, g, b


def text_color(color: Color) -> Color:
    """Black or white, whichever is read better on a background.

    >>> text_color((247, 247, 247)), text_color((33, 102, 172))
    ((0, 0, 0), (255, 255, 255))
    """
    r, g, b = ((part / 255) ** 2.2 for part in color)
    return (0, 0, 0) if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 else (255, 255, 255)


def heat_colors(shade: float) -> tuple[str, str]:
    """The colours of text and background, as Rich and CSS write them.

    >>> heat_colors(1.0)
    ('rgb(255,255,255)', 'rgb(33,102,172)')
    """
    color = background(shade)
    text, back = (f"rgb({','.join(map(str, parts))})" for parts in (text_color(color), color))
    return text, back
