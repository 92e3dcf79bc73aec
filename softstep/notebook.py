"""How a notebook shows steps and results; the formats are imported only when it asks, and by name."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from softstep.errors import SoftstepError


class Shown:
    """Mixin: tables in a notebook, displayed formulae in what LaTeX makes of it."""

    def _repr_html_(self) -> str:
        return _fragment("html", self)

    def _repr_latex_(self) -> str:
        return _fragment("latex", self)


def written(format: str, result: object, look: Mapping[str, Any], of: str = "FORMATS") -> str:  # noqa: A002
    """The result in a format, of those that `softstep.render` has for it. Raises SoftstepError for any other."""
    formats = getattr(import_module("softstep.render"), of)
    if format not in formats:
        raise SoftstepError(f"format {format}: no such format, must be one of {', '.join(formats)}; write one of them")
    look_of = import_module("softstep.render.look").Look
    return "".join(formats[format].load()(result, look_of(**look)))


def _fragment(kind: str, shown: Shown) -> str:
    drawn: str = import_module(f"softstep.render.{kind}").fragment(shown)
    return drawn
