"""Remake the facts of tests/corpora/conventions/pytorch.json: what PyTorch gives for each problem and setting in it.

Run `python tests/benchmarks/torch_facts.py` with PyTorch installed. It needs no softstep: a setting's keys
become arguments of `torch.nn.functional.cross_entropy`, in float64, and autograd gives the gradients. It prints the
largest difference from the figures that the file had.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

FACTS = Path(__file__).parents[1] / "corpora" / "conventions" / "pytorch.json"
RESULTS = ("loss", "node_losses", "weight_gradients", "bias_gradients")
IGNORED = -100


def results_of(problem: dict[str, Any], setting: dict[str, Any]) -> dict[str, Any]:
    """What PyTorch gives for a setting; an unlabelled node has no loss."""
    Z = torch.tensor(problem["embeddings"])
    W = torch.tensor(problem["weights"], requires_grad=True)
    b = torch.tensor(problem["biases"], requires_grad=True)
    labels = [setting.get("labels", {}).get(str(i + 1), IGNORED) for i in range(len(Z))]
    is_labelled = "labels" in setting
    targets = torch.tensor(labels if is_labelled else setting["targets"])
    arguments = {"label_smoothing": setting.get("label_smoothing", 0.0)}
    if "class_weights" in setting:
        arguments["weight"] = torch.tensor(setting["class_weights"])
    H = (Z @ W.T + b) / setting.get("temperature", 1.0)
    losses = cross_entropy(H, targets, reduction="none", **arguments)
    rows = torch.tensor([i for i, y in enumerate(labels) if y != IGNORED] if is_labelled else range(len(Z)))
    s = torch.tensor(setting.get("node_weights", [1.0] * len(Z)))
    losses = (losses * s)[rows]
    reduction, divide_by = setting.get("reduction", "mean"), setting.get("divide_by")
    if "node_weights" not in setting and divide_by is None:
        loss = cross_entropy(H, targets, reduction=reduction, **arguments)
    elif reduction == "sum":
        loss = losses.sum()
    elif (divide_by or ("weights" if is_labelled else "nodes")) == "nodes":
        loss = losses.sum() / len(rows)
    else:  # PyTorch has no weights of nodes: the mean is written out
        u = torch.tensor(setting.get("class_weights", [1.0] * len(W)))
        loss = losses.sum() / (s[rows] * u[targets[rows]] if is_labelled else s[:, None] * u * targets).sum()
    l2 = {"strength": 0.0, "half": True, "biases": False, **setting.get("l2", {})}
    squares = (W**2).sum() + ((b**2).sum() if l2["biases"] else 0)
    loss = loss + l2["strength"] * squares / (2 if l2["half"] else 1)
    loss.backward()
    return dict(zip(RESULTS, (x.tolist() for x in (loss, losses, W.grad, b.grad)), strict=True))


def text_of(facts: dict[str, Any]) -> str:
    """The file, with a line for each problem and each setting."""
    problems = ",\n".join(f"{json.dumps(name)}: {json.dumps(problem)}" for name, problem in facts["problems"].items())
    settings = ",\n".join(json.dumps(setting, ensure_ascii=False) for setting in facts["settings"])
    return (
        f'{{"made_by": {json.dumps(facts["made_by"])},\n"problems": {{\n{problems}\n}},\n'
        f'"settings": [\n{settings}\n]}}\n'
    )


def largest_difference(one: Any, other: Any) -> float:
    """The largest difference between two numbers or tables of numbers."""
    return float((torch.tensor(one) - torch.tensor(other)).abs().max())


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    differences = [0.0]
    for setting in facts["settings"]:
        results = results_of({**facts["problems"][setting["problem"]], **setting["given"]}, setting["given"])
        differences += [largest_difference(setting[key], results[key]) for key in RESULTS if key in setting]
        setting.update(results)
    version = torch.__version__.partition("+")[0]
    facts["made_by"] = f"PyTorch {version}, autograd in float64; tests/benchmarks/torch_facts.py remakes it"
    FACTS.write_text(text_of(facts), encoding="utf-8")
    print(f"{len(facts['settings'])} settings; largest difference from before: {max(differences):.1e}")
