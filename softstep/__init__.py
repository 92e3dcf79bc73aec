"""softstep, a step-by-step calculator for one softmax layer.

>>> import softstep
>>> result = softstep.load("configs/doc_example.yaml").run()
>>> result["loss"].digits()
'1.1358'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softstep.errors import SoftstepError
    from softstep.problem import Problem, load
    from softstep.result import Result
    from softstep.steps import Step

__version__ = "0.5.0"
__all__ = ["Problem", "Result", "SoftstepError", "Step", "load"]

_HOMES = {"load": "problem", "SoftstepError": "errors", "Problem": "problem", "Result": "result", "Step": "steps"}


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is first asked for: the command line starts without NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'softstep' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"softstep.{_HOMES[name]}"), name)
