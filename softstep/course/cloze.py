"""Blanks in the notation of Moodle's cloze questions ("embedded answers").

Source: https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type and the pattern of an answer in Moodle's
question/type/multianswer/questiontype.php. Signs with a meaning there are written as entities, which every version of
Moodle turns back: it takes the backslash away only before } and #.
"""

from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite

from softstep.mark.blanks import Blank
from softstep.mark.wrong_rules import Slip

_SPECIAL = {sign: f"&#{ord(sign)};" for sign in '}~#"/\\{%='}


def cloze_text(text: str) -> str:
    r"""Text inside a blank, which Moodle decodes and then shows as HTML.

    >>> cloze_text("z_1 / 2 < {x}")
    'z_1 &#47; 2 &amp;lt; &#123;x&#125;'
    """
    shown = escape(text, quote=False).replace("&", "&amp;")
    return "".join(_SPECIAL.get(sign, sign) for sign in shown)


def number_blank(blank: Blank) -> str:
    """A blank for one number, with all that is right, and with feedback on wrong figures.

    It is right within half a unit of the last place; a loss may be infinite, and is then compared as text.
    """
    if not all(isfinite(float(text)) for text in blank.right):
        return _infinite_blank(blank)
    unit = f"{0.5 * 10.0**-blank.decimals:.{blank.decimals + 1}f}"
    right = (f"={_number(text)}:{unit}" for text in blank.right)
    wrong = (f"%0%{_number(text)}:{unit}#{cloze_text(sentence(slips))}" for text, slips in blank.wrong.items())
    return _blank("NUMERICAL", (*right, *wrong))


def class_blank(blank: Blank, classes: Sequence[str]) -> str:
    """A blank in which one of the classes is chosen."""
    choices = []
    for c, name in enumerate(classes):
        slips = blank.wrong.get(str(c), ())
        text = cloze_text(name) + (f"#{cloze_text(sentence(slips))}" if slips else "")
        choices.append(f"={text}" if str(c) in blank.right else f"%0%{text}")
    return _blank("MULTICHOICE", choices)


def sentence(slips: Sequence[Slip]) -> str:
    """What may have been done where a figure is wrong."""
    return f"This fits if {', or if '.join(dict.fromkeys(slip.says for slip in slips))}."


def _infinite_blank(blank: Blank) -> str:
    finite = [text for text in blank.right if isfinite(float(text))]
    return _blank("SHORTANSWER", [f"={text}" for text in ("inf", "∞", "infinity", *map(_number, finite))])


def _blank(kind: str, alternatives: Iterable[str]) -> str:
    return f"{{1:{kind}:{'~'.join(alternatives)}}}"


def _number(text: str) -> str:
    """A figure without a plus sign, as in 1.00e+16."""
    return text.replace("e+", "e")
