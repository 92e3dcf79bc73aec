"""Tokens in the notation of a terminal, of TeX and of MathML; and formulas of the lesson as tokens."""

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise

from softstep.lesson.workings import EQUAL, OPEN, TIMES, Gap, Name, Number, Sign, Symbol, Token, Tokens

_PIECE = re.compile(
    r"(?P<letter>Σ|(?:[A-Za-zαℓŷ]+)[′ᵀ]?)(?:_(?P<index>\w+(?:,\w+)*))?|(?P<number>\d+)|(?P<sign>[^\w\s])"
)
_FIGURE = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?|-?inf", re.ASCII)
_WORDS = ("or", "at", "and")
_INDEX = re.compile(r"-?\d+|[A-Za-z]{1,2}\d*|i,y_i|[A-Za-z]_[A-Za-z\d]+", re.ASCII)
"""An index that is set as mathematics; any other name is set as text."""

_PLAIN_NAME = re.compile(r"[\w.-]+")
_INDEXED_LETTER = re.compile(r"[A-Za-z]_\d+", re.ASCII)
_FULLWIDTH = {ord(sign): ord(sign) + 0xFEE0 for sign in "\\`*_{}[]<>|~$&#%^"}


def parse_formula(text: str) -> Tokens:
    """A formula of the lesson as tokens.

    >>> parse_formula("S_i = Σ_c E_ic")[2:]
    (Symbol(letter='Σ', subscript='c', entry=''), Symbol(letter='E', subscript='ic', entry=''))
    """
    tokens: list[Token] = []
    for piece in _PIECE.finditer(text):
        if piece["letter"] in _WORDS:
            tokens.append(Name(f"\N{NO-BREAK SPACE}{piece['letter']}\N{NO-BREAK SPACE}"))
        elif piece["letter"]:
            tokens.append(Symbol(piece["letter"], piece["index"] or ""))
        elif piece["number"]:
            tokens.append(Number(int(piece["number"]), piece["number"]))
        else:
            before = tokens[-1] if tokens else None
            is_prefix = before is None or (isinstance(before, Sign) and before.text in "=(")
            tokens.append(Sign(piece["sign"], piece["sign"] in "=+−→" and not is_prefix))
    return tuple(tokens)


def is_indexed_letter(name: str) -> bool:
    """Whether a name is a letter with a number, such as x_0, which is set as mathematics.

    >>> is_indexed_letter("x_0"), is_indexed_letter("petal_width")
    (True, False)
    """
    return bool(_INDEXED_LETTER.fullmatch(name))


def equation(formula: str, figures: Sequence[str]) -> Tokens:
    """A formula with the figure it is equal to, or an old and a new one; without figures the formula alone.

    >>> equation("α", ("0.2",))[1:]
    (Sign(text='=', spaced=True), Number(value=None, digits='0.2'))
    """
    tokens = parse_formula(formula)
    return (*tokens, EQUAL, *figure_tokens(figures)) if figures else tokens


def figure_tokens(figures: Sequence[str]) -> Tokens:
    """A figure or a name, or an old and a new one, as tokens.

    >>> figure_tokens(("0.17", "0.49"))[1:]
    (Sign(text='→', spaced=True), Number(value=None, digits='0.49'))
    """
    first, *others = figures
    token = Number(None, first) if _FIGURE.fullmatch(first) else Name(first)
    return (token, Sign("→", True), *figure_tokens(others)) if others else (token,)


def as_text(tokens: Iterable[Token]) -> str:
    """Tokens as a line of text.

    >>> as_text((Symbol("h", "1", "0"), Sign("=", True), Number(-0.5, "-0.5"), Sign("×"), Number(2, "2")))
    'h_1[0] = −0.5×2'
    """
    return _join_tokens(tokens, _token_text)


def as_tex(tokens: Iterable[Token], escape_name: Callable[[str], str]) -> str:
    r"""Tokens as TeX mathematics, without dollars; `escape_name` prepares a name for \text{}.

    >>> as_tex(parse_formula("W′ = W − α dW"), str)
    "W' = W - \\alpha dW"
    """
    return _join_tokens(tokens, lambda token: _token_tex(token, escape_name))


def to_fullwidth(name: str) -> str:
    r"""A name for \text{} on any Markdown host or notebook, with fullwidth forms of the signs that one may interpret.

    >>> to_fullwidth("petal_width")
    'petal＿width'
    """
    return name.translate(_FULLWIDTH)


def as_mathml(tokens: Iterable[Token]) -> str:
    """Tokens as MathML, an element for each term: browsers break lines only between elements.

    >>> as_mathml((Symbol("h"), Sign("=", True), Number(2, "2")))
    '<math><mi>h</mi></math> <math><mo form="infix" stretchy="false" lspace="0" rspace="0.25em">=</mo><mn>2</mn></math>'
    """
    parts, length = [""], 0
    for before, token in pairwise((None, *tokens)):
        assert token is not None
        length += 1
        follows_comma = isinstance(before, Sign) and before.text == ","
        can_break = (token == TIMES or follows_comma) and length > _LONG_PRODUCT
        if can_break or (isinstance(token, Sign) and token.spaced):
            parts, length = [*parts, ""], 0
        after_function = isinstance(before, Symbol) and before.letter in _FUNCTIONS and token != OPEN
        parts[-1] += _THIN_SPACE * after_function + _token_mathml(token)
    return " ".join(f"<math>{part}</math>" for part in parts if part)


def _join_tokens(tokens: Iterable[Token], write: Callable[[Token], str]) -> str:
    """The tokens as text, with spaces around spaced signs and between tokens that would run together."""
    line = ""
    for before, token in pairwise((None, *tokens)):
        text = write(token) if token else ""
        if isinstance(token, Sign):
            line += f" {text} " if token.spaced else f"{text} " if token.text == "," else text
        else:
            runs_together = before is not None and (not isinstance(before, Sign) or before.text in ")]")
            line += f" {text}" if runs_together else text
    return line


def _token_text(token: Token) -> str:
    match token:
        case Symbol(letter, subscript, inside):
            below, entry = (name if _PLAIN_NAME.fullmatch(name) else f'"{name}"' for name in (subscript, inside))
            return letter + (subscript and f"_{below}") + (inside and f"[{entry}]")
        case Number(_, digits):
            return digits.replace("-", "−")
        case Sign(text) | Name(text):
            return text
        case Gap(terms):
            return f"… {terms:,} more …"
    raise TypeError(token)


_TEX = {
    "exp": r"\exp", "ln": r"\ln", "max": r"\max", "argmax": r"\operatorname{argmax}",
    "Σ": r"\sum", "Π": r"\prod", "α": r"\alpha", "ℓ": r"\ell", "ŷ": r"\hat{y}",
    "−": "-", "×": r"\times ", "·": r"\cdot ", "≈": r"\approx", "→": r"\to", "′": "'", "ᵀ": r"^{\top}",
}  # fmt: skip


def _token_tex(token: Token, escape_name: Callable[[str], str]) -> str:
    match token:
        case Symbol(letter, subscript, inside):
            bare, suffix = (letter[:-1], _TEX[letter[-1]]) if letter[-1] in "′ᵀ" else (letter, "")
            below = subscript and f"_{{{_name_tex(subscript, escape_name)}}}"
            return _TEX.get(bare, bare) + suffix + below + (inside and f"[{_name_tex(inside, escape_name)}]")
        case Number(_, digits):
            mantissa, _, power = digits.partition("e")
            return r"\infty" if digits == "inf" else mantissa + (power and rf"\times 10^{{{int(power)}}}")
        case Sign(text):
            return _TEX.get(text, text)
        case Name(text):
            return rf"\text{{{escape_name(text)}}}"
        case Gap(terms):
            return rf"\cdots\text{{ {terms:,} more }}\cdots"
    raise TypeError(token)


def _name_tex(name: str, escape_name: Callable[[str], str]) -> str:
    if not _INDEX.fullmatch(name):
        return rf"\text{{{escape_name(name)}}}"
    return re.sub(r"_(\w+)", r"_{\1}", name)


_FUNCTIONS = ("exp", "ln", "max", "argmax")
_LONG_PRODUCT = 8
"""A product or list of more tokens may be broken."""

_THIN_SPACE = '<mspace width="0.17em"/>'
_MATHML = {"Σ": "<mo>∑</mo>", "Π": "<mo>∏</mo>"}
_RAISED = {"′": "<mo>′</mo>", "ᵀ": "<mo>⊤</mo>"}
_BRACKETS = {"(": "prefix", ")": "postfix", "[": "prefix", "]": "postfix"}


def _token_mathml(token: Token) -> str:
    match token:
        case Symbol(letter, subscript, inside):
            raised = _RAISED.get(letter[-1], "")
            bare = letter[:-1] if raised else letter
            base = _MATHML.get(letter) or f"<mi>{bare}</mi>"
            if len(bare) > 1 and bare not in _FUNCTIONS:  # dW: a browser would set two letters in one element upright
                base = f"<mrow>{''.join(f'<mi>{each}</mi>' for each in bare)}</mrow>"
            below = _name_mathml(subscript) if subscript else ""
            kind = ("msub" if below else "") + ("sup" if below and raised else "msup" if raised else "")
            symbol = f"<{kind}>{base}{below}{raised}</{kind}>" if kind else base
            return symbol + (inside and f"{_operator_mathml('[')}{_name_mathml(inside)}{_operator_mathml(']')}")
        case Number(_, digits):
            number = f"<mn>{digits.lstrip('-').replace('inf', '∞')}</mn>"
            return f"{_operator_mathml('−')}{number}" if digits.startswith("-") else number
        case Sign(text, spaced):
            return _operator_mathml(text, "infix" if spaced or text in "×·/," else "prefix", is_spaced=spaced)
        case Name(text):
            return f"<mtext>{escape(text)}</mtext>"
        case Gap(terms):
            return f"<mtext>… {terms:,} more …</mtext>"
    raise TypeError(token)


def _operator_mathml(sign: str, form: str = "prefix", is_spaced: bool = False) -> str:
    """An operator with its form, which a browser would else guess from its position in the element.

    A spaced one begins an element, behind a space; it gets as much space on its other side.
    """
    space = ' lspace="0" rspace="0.25em"' if is_spaced else ""
    return f'<mo form="{_BRACKETS.get(sign, form)}" stretchy="false"{space}>{escape(sign)}</mo>'


def _name_mathml(name: str) -> str:
    """A name as an index: mathematics if it is a number, a letter or two (y_i too), else text."""
    if not _INDEX.fullmatch(name):
        return f"<mtext>{escape(name)}</mtext>"
    elements = []
    for letter in re.findall(r"[A-Za-z]_\w+|\d+|[A-Za-z]|[,-]", name):
        base, _, below = letter.partition("_")
        kind = "mn" if base.isdigit() else "mi" if base.isalpha() else "mo"
        element = f"<{kind}>{base}</{kind}>"
        elements.append(f"<msub>{element}{_name_mathml(below)}</msub>" if below else element)
    return f"<mrow>{''.join(elements)}</mrow>" if len(elements) > 1 else elements[0]
