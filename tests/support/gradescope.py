"""A validator of Gradescope's results.json, written from its published description.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/, sections "Output format", "Controlling test case
visibility", "Test case status" and "Output string formatting". It shares nothing with softstep.
"""

from collections.abc import Callable, Mapping
from typing import Any


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: value in words


_VISIBILITY = _one_of("hidden", "after_due_date", "after_published", "visible")
_FORMAT = _one_of("text", "html", "simple_format", "md", "ansi")

SUBMISSION: Mapping[str, Callable[[Any], bool]] = {
    "score": _is_number,
    "execution_time": _is_number,
    "output": _is_text,
    "output_format": _FORMAT,
    "test_output_format": _FORMAT,
    "test_name_format": _FORMAT,
    "visibility": _VISIBILITY,
    "stdout_visibility": _VISIBILITY,
    "extra_data": lambda value: isinstance(value, dict),
    "tests": lambda value: isinstance(value, list),
    "leaderboard": lambda value: isinstance(value, list),
}

TEST: Mapping[str, Callable[[Any], bool]] = {
    "score": _is_number,
    "max_score": _is_number,
    "status": _one_of("passed", "failed"),
    "name": _is_text,
    "name_format": _FORMAT,
    "number": _is_text,
    "output": _is_text,
    "output_format": _FORMAT,
    "tags": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "visibility": _VISIBILITY,
    "extra_data": lambda value: isinstance(value, dict),
}


def problems_in(results: Any) -> list[str]:
    """What does not fit the description; empty if all does."""
    if not isinstance(results, dict):
        return ["not an object"]
    found = [*_misfits(results, SUBMISSION, "")]
    tests = results.get("tests") or []
    for i, test in enumerate(tests):
        found += _misfits(test, TEST, f"tests[{i}].") if isinstance(test, dict) else [f"tests[{i}]: not an object"]
    if "score" not in results and not (tests and all("score" in test for test in tests)):
        found.append("no score: neither of the submission nor of every test")
    return found


def _misfits(value: Mapping[str, Any], fields: Mapping[str, Callable[[Any], bool]], path: str) -> list[str]:
    return [f"{path}{key}" for key, entry in value.items() if key not in fields or not fields[key](entry)]
