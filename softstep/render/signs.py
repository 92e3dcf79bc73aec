"""The page's signs in ASCII, for screens and files that have no others."""

_ASCII = str.maketrans(
    {
        "−": "-",
        "×": "*",
        "·": "*",
        "Σ": "sum",
        "Π": "prod",
        "∂": "d",
        "α": "alpha",
        "ℓ": "l",
        "ŷ": "yhat",
        "ᵀ": "^T",
        "′": "'",
        "→": "->",
        "…": "...",
        "≈": "~",
    }
)


def to_ascii(text: str) -> str:
    """The text with the page's signs in ASCII, and any other character as its escape.

    >>> to_ascii("W′ = W − α dW")
    "W' = W - alpha dW"
    >>> to_ascii("Z (5 × 4)"), to_ascii("0.5×0.17")
    ('Z (5 x 4)', '0.5*0.17')
    """
    return text.replace(" × ", " x ").translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
