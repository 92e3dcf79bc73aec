"""The page's signs in ASCII, for screens and files that have no others."""

_ASCII = str.maketrans(
    {
        "−": "-",
        "×": "x",
        "·": "*",
        "Σ": "sum",
        "∂": "d",
        "α": "alpha",
        "ℓ": "l",
        "ŷ": "yhat",
        "ᵀ": "^T",
        "′": "'",
        "→": "->",
        "─": "-",
        "…": "...",
        "≈": "~",
        "∞": "inf",
    }
)


def to_ascii(text: str) -> str:
    """The text with the page's signs in ASCII, and any other character as its escape.

    >>> to_ascii("W′ = W − α dW")
    "W' = W - alpha dW"
    """
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
