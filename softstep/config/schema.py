"""The keys of a config, made to agree with each other, and the `Problem` that they make."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from softstep.config.labels import Labels, labels
from softstep.config.marked import Complaints, MappingNode, Node, compose, kind, place
from softstep.config.numerals import is_whole, quoted
from softstep.config.sources import shown
from softstep.config.tables import Init, Table, biases, distributions, node_rows, weights
from softstep.config.values import (
    count,
    did_you_mean,
    either,
    mapping,
    names,
    not_negative,
    surplus,
    text,
    truth,
    whole,
    word,
)
from softstep.errors import SoftstepError
from softstep.maths import Array
from softstep.problem import Problem
from softstep.rounding import MOST_DECIMALS, Rounding, rounded
from softstep.steps import BIAS, CLASS, FEATURE, GRADIENTS, LABELLED, NODE, WEIGHT, Given

MOST_RANDOM = 10_000_000

Reader = Callable[[Node, str, Complaints], Any]

_PLACES = partial(whole, least=0, most=MOST_DECIMALS)
_ROUNDING: Mapping[str, Reader] = {
    "every_step": truth,
    "decimals": _PLACES,
    "loss_decimals": _PLACES,
    "ties": partial(word, words=tuple(Rounding.TIES)),
}


def parse(text: str, source: str, folder: Path) -> Problem:
    """The problem in a config's text. Raises SoftstepError with all complaints, each with `source`, line and column.

    File names in it start from `folder`.
    """
    complaints = Complaints(source, folder)
    root = compose(text, complaints)
    if not isinstance(root, MappingNode):
        (line, column), there = ((1, 1), "nothing") if root is None else (place(root), kind(root))
        raise SoftstepError(f"{source}:{line}:{column}: config: {there}, must be keys with values; write embeddings: …")
    nodes = mapping(root, "config", complaints, tuple(_KEYS))
    read = {key: _KEYS[key](node, key, complaints) for key, node in nodes.items()}
    problem = _Agreement(nodes, read, complaints).problem()
    complaints.refuse()
    return problem


def _rounding(node: Node, where: str, complaints: Complaints) -> Rounding:
    """`rounding`; without `loss_decimals` the loss has as many as everything else."""
    found = mapping(node, where, complaints, tuple(_ROUNDING))
    typed = {key: _ROUNDING[key](value, f"{where}.{key}", complaints) for key, value in found.items()}
    values = {key: value for key, value in typed.items() if value is not None}
    return Rounding(**({"loss_decimals": values["decimals"]} if "decimals" in values else {}) | values)


_KEYS: Mapping[str, Reader] = {
    "title": text,
    "embeddings": node_rows,
    "logits": node_rows,
    "probabilities": distributions,
    "labels": labels,
    "classes": names,
    "weights": weights,
    "biases": biases,
    "learning_rate": not_negative,
    "gradient": partial(word, words=tuple(GRADIENTS)),
    "rounding": _rounding,
}
"""The keys of a config, and how what they hold is read."""


def _nearest(label: str, classes: tuple[str, ...]) -> str:
    """The cure for a label that is no class."""
    whole_part = label.removesuffix(".0")
    return f"write {whole_part}" if whole_part in classes else did_you_mean(label, classes) or f"write {classes[0]}"


class _Agreement:
    """What was read, and what its parts must agree on; with a part that is None, nothing is compared."""

    def __init__(self, nodes: Mapping[str, Node], read: Mapping[str, Any], complaints: Complaints) -> None:
        self.nodes, self.read, self.complaints = nodes, read, complaints
        self.rounding: Rounding = read.get("rounding") or Rounding()
        self.start = next((key for key in ("probabilities", "logits", "embeddings") if key in nodes), None)
        self.table: Table | None = read.get(self.start or "")
        self.classes: tuple[str, ...] | None = read.get("classes")
        self.biases: Table | None = read.get("biases")
        self.labels: Labels | None = read.get("labels")

    def problem(self) -> Problem:
        """The problem; what it is after a complaint is not for use."""
        self._one_start()
        K = self._class_count(self.read.get("weights"))
        for key, there in (("classes", self.classes), ("biases", self.biases and self.biases.names)):
            if K is not None and there and len(there) != K:
                cure = surplus(len(there), K)
                self.complaints.add(self.nodes[key], key, f"{len(there)} of them", f"{K}, one for each class", cure)
        W = self._weights(K)
        if W is None and isinstance(self.read.get("weights"), Init):
            K = None  # it may be a billion
        classes = self.classes or tuple(map(str, range(K or 0)))
        return self._built(W, classes, self._labelled(classes, known=bool(classes)))

    def _one_start(self) -> None:
        """Logits and probabilities stand in place of what they are computed from."""
        for key in ("embeddings", "weights", "biases", "logits"):
            if self.start in ("logits", "probabilities") and key in self.nodes and key != self.start:
                must = f"left out, for {self.start} stand in its place"
                there = f"given beside {self.start}"
                self.complaints.add(self.nodes[key], key, there, must, f"delete {key} or {self.start}")

    def _class_count(self, parameters: Table | Init | None) -> int | None:
        """K: a row of weights or a column of logits for each class; for random weights, as many as are named."""
        if self.start in ("logits", "probabilities"):
            return None if self.table is None or self.table.values is None else self.table.values.shape[1]
        if isinstance(parameters, Table):
            return len(parameters.names)
        if self.classes or self.biases:
            return len(self.classes or self.biases.names)  # type: ignore[union-attr]
        if not isinstance(parameters, Init) or self.labels is None:
            return None
        written = [label.label for label in self.labels.labels if label.label]
        return max(map(int, written)) + 1 if written and all(is_whole(label) for label in written) else None

    def _weights(self, K: int | None) -> Array | None:
        """The weights as typed or drawn: a row for each class, a column for each feature."""
        parameters: Table | Init | None = self.read.get("weights")
        Z = self.table.values if self.table and self.start == "embeddings" else None
        if isinstance(parameters, Init):
            return self._drawn(parameters, K, None if Z is None else Z.shape[1])
        if parameters is None or parameters.values is None:
            return None
        there = parameters.values.shape[1]
        if Z is not None and there != Z.shape[1]:
            in_rows = f"{count(there, 'number')} in a row"
            cure = f"{surplus(there, Z.shape[1])} in each row"
            self.complaints.add(self.nodes["weights"], "weights", in_rows, f"{Z.shape[1]}, one for each feature", cure)
        return parameters.values

    def _drawn(self, init: Init, K: int | None, d: int | None) -> Array | None:
        """Random weights, the same on every machine; by hand with the decimals that are printed."""
        if K is None:
            must = "of a known number of classes"
            self.complaints.add(self.nodes["weights"], "weights", "random weights", must, "add classes: [name, …]")
        if K is None or d is None:
            return None
        if K * d > MOST_RANDOM:
            must = f"at most {MOST_RANDOM:,}"
            self.complaints.add(self.nodes["weights"], "weights", f"{K * d:,} numbers", must, "put them in a file")
            return None
        W = np.random.RandomState(init.seed).normal(0, init.scale, (K, d))  # NumPy promises never to change its stream
        if self.rounding.every_step:
            W = rounded(W, self.rounding.decimals, self.rounding.ties).astype(float)
        return W

    def _labelled(self, classes: tuple[str, ...], known: bool) -> dict[str, int]:
        """The class of each labelled node, as its place among the classes, where these are known."""
        found: dict[str, int] = {}
        nodes = None if self.table is None else dict.fromkeys(self.table.names)
        places = {name: c for c, name in enumerate(classes)}
        if not any(map(is_whole, classes)):
            places |= {str(c): c for c in range(len(classes))}
        for node, label, node_place, label_place in self.labels.labels if self.labels else ():
            complaints = self.labels.complaints if self.labels else self.complaints
            where = f"labels.{shown(node)}"
            if label is None:
                continue
            if node in found:
                complaints.add(node_place, where, "a label for the second time", "there once", "delete one of the two")
            elif nodes is not None and node not in nodes:
                cure = did_you_mean(node, nodes) or "delete the label, or add the node"
                complaints.add(node_place, where, f"no node {quoted(node)}", f"a node of {self.start}", cure)
            if known and label not in places:
                must = either(classes) if 0 < len(classes) < 12 else "a class of the config"
                cure = _nearest(label, classes)
                complaints.add(label_place, where, f"class {quoted(label)}", must, cure)
            found[node] = places.get(label, 0)
        return found

    def _built(self, W: Array | None, classes: tuple[str, ...], labelled: Mapping[str, int]) -> Problem:
        """The problem, from parts that agree."""
        nodes = self.table.names if self.table else ()
        rows = [i for i, node in enumerate(nodes) if node in labelled]
        values: dict[str, Array] = {}
        if self.start and self.table and self.table.values is not None:
            values[self.start] = self.table.values
        if self.labels:
            values["labels"] = np.array([labelled[nodes[i]] for i in rows], dtype=int)
        if W is not None:
            values["weights"] = W
            b = self.biases.values if self.biases else None
            values["biases"] = np.zeros(len(W)) if b is None else b[:, 0]
        if self.read.get("learning_rate") is not None:
            values["learning_rate"] = np.array(self.read["learning_rate"])
        matrix = values.get("embeddings", W)
        headed = self.table.columns if self.table and self.start == "embeddings" else None
        labelling = {
            NODE: nodes,
            LABELLED: tuple(nodes[i] for i in rows),
            CLASS: classes,
            FEATURE: headed or tuple(f"x_{j}" for j in range(0 if matrix is None else matrix.shape[1])),
            WEIGHT: tuple(f"w{c}" for c in range(len(classes))),
            BIAS: tuple(f"b{c}" for c in range(len(classes))),
        }
        files = {str(self.start): self.table, "labels": self.labels}
        return Problem(
            Given(values, labelling, np.array(rows, dtype=int)),
            self.read.get("gradient") or "standard",
            self.rounding,
            self.read.get("title"),
            self.complaints.source,
            {key: part.file for key, part in files.items() if part and part.file},
        )
