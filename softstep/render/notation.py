"""Tokens as mathematics: in the letters of a terminal, in TeX, in MathML; and a formula of the lesson as tokens."""

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise

from softstep.lesson.formulas import EQUAL, OPEN, TIMES, Gap, Name, Number, Sign, Symbol, Token, Tokens

_PIECE = re.compile(
    r"(?P<letter>Σ|(?:[A-Za-zαℓŷ]+)[′ᵀ]?)(?:_(?P<index>\w+(?:,\w+)*))?|(?P<number>\d+)|(?P<sign>[^\w\s])"
)
_FIGURE = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?|-?inf", re.ASCII)
_WORDS = ("or", "at", "and")
_MATHEMATICAL_NAME = re.compile(r"-?\d+|[A-Za-z]{1,2}\d*|i,y_i|[A-Za-z]_[A-Za-z\d]+", re.ASCII)
_PLAIN_NAME = re.compile(r"[\w.-]+")

_WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "\\`*_{}[]<>|~$&#%^"}


def formula(text: str) -> Tokens:
    """A formula as the lesson writes it, as tokens.

    >>> formula("S_i = Σ_c E_ic")[2:]
    (Symbol(letter='Σ', subscript='c', entry=''), Symbol(letter='E', subscript='ic', entry=''))
    """
    tokens: list[Token] = []
    for found in _PIECE.finditer(text):
        if found["letter"] in _WORDS:
            tokens.append(Name(f"\N{NO-BREAK SPACE}{found['letter']}\N{NO-BREAK SPACE}"))
        elif found["letter"]:
            tokens.append(Symbol(found["letter"], found["index"] or ""))
        elif found["number"]:
            tokens.append(Number(int(found["number"]), found["number"]))
        else:
            before = tokens[-1] if tokens else None
            leads = before is None or (isinstance(before, Sign) and before.text in "=(")
            tokens.append(Sign(found["sign"], found["sign"] in "=+−→" and not leads))
    return tuple(tokens)


def heading(written: str, figures: Sequence[str]) -> Tokens:
    """A formula, and what it equals where that is one number, or an old and a new one.

    >>> heading("α", ("0.2",))[1:]
    (Sign(text='=', spaced=True), Number(value=None, digits='0.2'))
    """
    return (*formula(written), EQUAL, *entry(figures)) if figures else formula(written)


def entry(figures: Sequence[str]) -> Tokens:
    """What is printed as tokens: a figure or a name, or an old and a new one.

    >>> entry(("0.17", "0.49"))[1:]
    (Sign(text='→', spaced=True), Number(value=None, digits='0.49'))
    """
    first, *others = figures
    token = Number(None, first) if _FIGURE.fullmatch(first) else Name(first)
    return (token, Sign("→", True), *entry(others)) if others else (token,)


def as_text(tokens: Iterable[Token]) -> str:
    """Tokens in a line of text.

    >>> as_text((Symbol("h", "1", "0"), Sign("=", True), Number(-0.5, "-0.5"), Sign("×"), Number(2, "2")))
    'h_1[0] = −0.5×2'
    """
    return _spaced(tokens, _text)


def as_tex(tokens: Iterable[Token], escaped: Callable[[str], str]) -> str:
    r"""Tokens as mathematics in TeX, without dollars; `escaped` makes a name fit for \text{}.

    >>> as_tex(formula("W′ = W − α dW"), str)
    "W' = W - \\alpha dW"
    """
    return _spaced(tokens, lambda token: _tex(token, escaped))


def wide(name: str) -> str:
    """A name for \\text{} on every host: signs that one or another takes for its own stand in their wide forms.

    >>> wide("petal_width")
    'petal＿width'
    """
    return name.translate(_WIDE)


def as_mathml(tokens: Iterable[Token]) -> str:
    """Tokens as MathML elements, one for each term, so that a line may be broken between them.

    >>> as_mathml((Symbol("h", "1"), Sign("=", True), Number(0.5, "0.5")))
    '<math><msub><mi>h</mi><mn>1</mn></msub></math> <math><mo form="infix" stretchy="false">=</mo><mn>0.5</mn></math>'
    """
    parts, length = [""], 0
    for before, token in pairwise((None, *tokens)):
        assert token is not None
        length += 1
        if isinstance(token, Sign) and (token.spaced or (token == TIMES and length > _LONG)):
            parts, length = [*parts, ""], 0
        apart = isinstance(before, Symbol) and before.letter in _FUNCTIONS and token != OPEN
        parts[-1] += _GAP * apart + _mathml(token)
    return " ".join(f"<math>{part}</math>" for part in parts if part)


def _spaced(tokens: Iterable[Token], write: Callable[[Token], str]) -> str:
    """The tokens one after the other, with a space between two that would run together."""
    written = ""
    for before, token in pairwise((None, *tokens)):
        text = write(token) if token else ""
        if isinstance(token, Sign):
            written += f" {text} " if token.spaced else f"{text} " if token.text == "," else text
        else:
            apart = before is not None and (not isinstance(before, Sign) or before.text in ")]")
            written += f" {text}" if apart else text
    return written


def _text(token: Token) -> str:
    match token:
        case Symbol(letter, subscript, inside):
            return letter + (subscript and f"_{_named(subscript)}") + (inside and f"[{_named(inside)}]")
        case Number(_, digits):
            return digits.replace("-", "−")
        case Sign(text) | Name(text):
            return text
        case Gap(terms):
            return f"… {terms:,} more …"
    raise TypeError(token)


def _named(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


_TEX = {
    "exp": r"\exp", "ln": r"\ln", "max": r"\max", "argmax": r"\operatorname{argmax}",
    "Σ": r"\sum", "Π": r"\prod", "α": r"\alpha", "ℓ": r"\ell", "ŷ": r"\hat{y}",
    "−": "-", "×": r"\times ", "·": r"\cdot ", "≈": r"\approx", "→": r"\to", "′": "'", "ᵀ": r"^{\top}",
}  # fmt: skip


def _tex(token: Token, escaped: Callable[[str], str]) -> str:
    match token:
        case Symbol(letter, subscript, inside):
            bare, mark = (letter[:-1], _TEX[letter[-1]]) if letter[-1] in "′ᵀ" else (letter, "")
            name = _TEX.get(bare, bare) + mark
            below = subscript and f"_{{{_tex_name(subscript, escaped)}}}"
            return name + below + (inside and f"[{_tex_name(inside, escaped)}]")
        case Number(_, digits):
            mantissa, _, power = digits.partition("e")
            return r"\infty" if digits == "inf" else mantissa + (power and rf"\times 10^{{{int(power)}}}")
        case Sign(text):
            return _TEX.get(text, text)
        case Name(text):
            return rf"\text{{{escaped(text)}}}"
        case Gap(terms):
            return rf"\cdots\text{{ {terms:,} more }}\cdots"
    raise TypeError(token)


def _tex_name(name: str, escaped: Callable[[str], str]) -> str:
    """A name as an index: a letter or two, or a number, in mathematics, else as text."""
    if not _MATHEMATICAL_NAME.fullmatch(name):
        return rf"\text{{{escaped(name)}}}"
    return re.sub(r"_(\w+)", r"_{\1}", name)


_FUNCTIONS = ("exp", "ln", "max", "argmax")
_LONG = 8
"""A product of more tokens may be broken."""
_GAP = '<mspace width="0.17em"/>'
_MATHML = {"Σ": "<mo>∑</mo>", "Π": "<mo>∏</mo>"}
_RAISED = {"′": "<mo>′</mo>", "ᵀ": "<mo>⊤</mo>"}
_FORMS = {"(": "prefix", ")": "postfix", "[": "prefix", "]": "postfix"}


def _mathml(token: Token) -> str:
    match token:
        case Symbol(letter, subscript, inside):
            raised = _RAISED.get(letter[-1], "")
            bare = letter[:-1] if raised else letter
            base = _MATHML.get(letter) or f"<mi>{bare}</mi>"
            if len(bare) > 1 and bare not in _FUNCTIONS:  # dW: two letters, which would not slope in one element
                base = f"<mrow>{''.join(f'<mi>{each}</mi>' for each in bare)}</mrow>"
            below = _mathml_name(subscript) if subscript else ""
            kind = ("msub" if below else "") + ("sup" if below and raised else "msup" if raised else "")
            whole = f"<{kind}>{base}{below}{raised}</{kind}>" if kind else base
            return whole + (inside and f"{_operator('[')}{_mathml_name(inside)}{_operator(']')}")
        case Number(_, digits):
            number = f"<mn>{digits.lstrip('-').replace('inf', '∞')}</mn>"
            return f"{_operator('−')}{number}" if digits.startswith("-") else number
        case Sign(text, spaced):
            return _operator(text, "infix" if spaced or text in "×·/," else "prefix")
        case Name(text):
            return f"<mtext>{escape(text)}</mtext>"
        case Gap(terms):
            return f"<mtext>… {terms:,} more …</mtext>"
    raise TypeError(token)


def _operator(sign: str, form: str = "prefix") -> str:
    """An operator that is spaced as what it is, wherever in a line it stands."""
    return f'<mo form="{_FORMS.get(sign, form)}" stretchy="false">{escape(sign)}</mo>'


def _mathml_name(name: str) -> str:
    if not _MATHEMATICAL_NAME.fullmatch(name):
        return f"<mtext>{escape(name)}</mtext>"
    letters = re.findall(r"[A-Za-z]_\w+|\d+|[A-Za-z]|[,-]", name)
    return f"<mrow>{''.join(map(_mathml_letter, letters))}</mrow>" if len(letters) > 1 else _mathml_letter(letters[0])


def _mathml_letter(letter: str) -> str:
    base, _, below = letter.partition("_")
    if below:
        return f"<msub><mi>{base}</mi>{_mathml_name(below)}</msub>"
    element = "mn" if letter.isdigit() else "mi" if letter.isalpha() else "mo"
    return f"<{element}>{letter}</{element}>"
