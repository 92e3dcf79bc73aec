"""softstep, a step-by-step calculator for one softmax layer.

>>> import softstep
>>> result = softstep.load("configs/doc_example.yaml").run()
>>> result["loss"].digits()
'1.1358'
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softstep.compute.steps import Step
    from softstep.errors import SoftstepError
    from softstep.problem import Problem, load
    from softstep.result import Result

__version__ = "0.10.0"
__all__ = ["Problem", "Result", "SoftstepError", "Step", "load"]

_HOMES = {
    "load": "problem",
    "SoftstepError": "errors",
    "Problem": "problem",
    "Result": "result",
    "Step": "compute.steps",
}


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts without NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'softstep' has no attribute '{name}'")
    from importlib import import_module

    _add_formats()
    return getattr(import_module(f"softstep.{_HOMES[name]}"), name)


@cache
def _add_formats() -> None:
    """Add to results, steps and reports the methods that write them, so that none of these imports a format."""
    from softstep import render
    from softstep.compute.steps import Step
    from softstep.mark.report import Report
    from softstep.result import Result

    in_notebook = {"_repr_html_": render.html_fragment, "_repr_latex_": render.latex_fragment}
    for kind, methods in (
        (Result, {"text": render.text} | in_notebook),
        (Step, in_notebook),
        (Report, {"text": render.text}),
    ):
        for name, method in methods.items():
            setattr(kind, name, method)
