"""The signs of a page in ASCII, for terminals and files that lack them."""

_ASCII = str.maketrans({
    "−": "-", "×": "*", "·": "*", "Σ": "sum", "Π": "prod", "∂": "d", "Δ": "D", "α": "alpha", "ℓ": "l", "ŷ": "yhat",
    "ᵀ": "^T", "′": "'", "→": "->", "…": "...", "≈": "~", "─": "-",
})  # fmt: skip


def has_signs(encoding: str) -> bool:
    """Whether an encoding has all signs of a page.

    >>> has_signs("utf-8"), has_signs("latin-1")
    (True, False)
    """
    signs = "".join(map(chr, _ASCII)) + "│▁█"
    return signs.encode(encoding, "ignore").decode(encoding) == signs


def to_ascii(text: str, encoding: str = "ascii") -> str:
    """The text with all signs in ASCII; other characters that the encoding lacks are escaped.

    >>> to_ascii("W′ = W − α dW")
    "W' = W - alpha dW"
    >>> to_ascii("Z (5 × 4)"), to_ascii("0.5×0.17")
    ('Z (5 x 4)', '0.5*0.17')
    >>> to_ascii("é′"), to_ascii("é′", "latin-1")
    ("\\\\xe9'", "é'")
    """
    return text.replace(" × ", " x ").translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
