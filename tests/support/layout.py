"""Records as JSON, rewritten as they must be if W has a row for each feature."""

from typing import Any

FORMULAS = {
    "H = Z Wᵀ + b": "H = Z W + b",
    "dW = Rᵀ Z / N": "dW = Zᵀ R / N",
    "dW = Rᵀ Z": "dW = Zᵀ R",
}

TURNED = ("weights", "weight_gradients", "updated_weights", "weight_differences", "weight_errors")
"""The quantities with classes and features as their axes."""


def turn_record(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the tables of W, dW and W′ transposed, and the other formulas."""
    return record | {field: turn_steps(record[field]) for field in ("given", "steps") if field in record}


def turn_steps(steps: dict[str, Any]) -> dict[str, Any]:
    """The steps of a record with tables transposed and other formulas."""
    turned = {}
    for key, step in steps.items():
        turned[key] = step | ({"formula": FORMULAS.get(step["formula"], step["formula"])} if "formula" in step else {})
        if key in TURNED or key.startswith(("sum_w", "change_w")):
            values = [list(column) for column in zip(*step["values"], strict=True)]
            turned[key] |= {"rows": step["columns"], "columns": step["rows"], "values": values}
    return turned
