"""The keys of a config, made to agree with each other, and the `Setting` that they make."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from softstep.compute.rows import places_in
from softstep.compute.steps import Given
from softstep.lesson.maths import Array
from softstep.lesson.quantities import ALWAYS, CLASS, FEATURE, NODE
from softstep.lesson.rounding import MOST_DECIMALS, Rounding, places_of, rounded_floats
from softstep.lesson.rules import GRADIENTS, RULES
from softstep.names import is_whole, joined
from softstep.read.arrays import Nodes, PlacelessComplaints
from softstep.read.filenames import file_at, names_file, same_file
from softstep.read.labels import Labels, labels
from softstep.read.marked import (
    MOST_COMPLAINTS,
    Complaints,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
    kind,
    place,
)
from softstep.read.scalars import quoted
from softstep.read.sources import shown
from softstep.read.suggest import numbers_in
from softstep.read.tables import Init, Table, biases, node_rows, weights
from softstep.read.values import (
    did_you_mean,
    mapping,
    names,
    not_negative,
    points,
    surplus,
    text,
    truth,
    whole,
    word,
)
from softstep.read.written import STARTS
from softstep.setting import Setting

MOST_RANDOM = 10_000_000
"""As many random weights are drawn; more belong in a file."""

MOST_COUNTED = 1000
"""As many classes may be known from their labels alone; a larger label is more likely a slip."""

Reader = Callable[[Node, str, Complaints], Any]

_PLACES = partial(whole, least=0, most=MOST_DECIMALS)
_ROUNDING: Mapping[str, Reader] = {
    "every_step": truth,
    "decimals": _PLACES,
    "loss_decimals": _PLACES,
    "ties": partial(word, words=tuple(Rounding.TIES)),
}


def parse(text: str, source: str, folder: Path) -> Setting:
    """What a config's text says. Raises SoftstepError with all complaints, each with `source`, line and column.

    File names in it start from `folder`.
    """
    complaints = Complaints(source, folder)
    root = compose(text, complaints)
    if not isinstance(root, MappingNode):
        at, found = ((1, 1), "nothing") if root is None else (place(root), kind(root))
        has_equals = isinstance(root, ScalarNode) and "=" in root.value
        fix = "write ':' for '='" if has_equals else "write embeddings: …"
        complaints.add(at, "config", found, "keys with values", fix)
        complaints.refuse()
    assert isinstance(root, MappingNode)
    return _settled(root, complaints)


def parse_values(keys: Mapping[str, Any]) -> Setting:
    """What Python values say under the keys of a config. Raises SoftstepError with the same complaints."""
    return _settled(Nodes().of(keys), PlacelessComplaints())


def _settled(root: Node, complaints: Complaints) -> Setting:
    nodes = mapping(root, "config", complaints, tuple(_KEYS), "embeddings: [[0.1, 0.2]]")
    read = _read(nodes, complaints)
    return _Agreement(nodes, read, complaints).setting()


def _read(nodes: Mapping[str, Node], complaints: Complaints) -> dict[str, Any]:
    """What every key holds; of labels in the same file as the rows of numbers, it is read once for both."""
    beside = file_at(nodes["labels"], complaints.folder) if names_file(nodes.get("labels")) else None
    if beside is None or beside.column is None:
        return {key: _KEYS[key](node, key, complaints) for key, node in nodes.items()}
    readers: dict[str, Reader] = {**_KEYS, **{key: partial(node_rows, beside=beside) for key in STARTS}}
    read = {key: readers[key](node, key, complaints) for key, node in nodes.items() if key != "labels"}
    tables = [read.get(key) for key in STARTS]
    table = next((table for table in tables if table and table.file and same_file(table.file, beside)), None)
    return read | {"labels": labels(nodes["labels"], "labels", complaints, table)}


def _rounding(node: Node, where: str, complaints: Complaints) -> Rounding:
    """`rounding`; without `loss_decimals` the loss has as many as everything else."""
    found = mapping(node, where, complaints, tuple(_ROUNDING), "decimals: 2")
    typed = {key: _ROUNDING[key](value, f"{where}.{key}", complaints) for key, value in found.items()}
    values = {key: value for key, value in typed.items() if value is not None}
    return Rounding(**({"loss_decimals": values["decimals"]} if "decimals" in values else {}) | values)


def _marks(node: Node, where: str, complaints: Complaints) -> dict[str, float]:
    """`marks`: how many points a step of an answer sheet is worth."""
    found = mapping(node, where, complaints, [rule.key for rule in RULES if rule.visible == ALWAYS], "loss: 1")
    read = {key: points(value, f"{where}.{key}", complaints) for key, value in found.items()}
    return {key: value for key, value in read.items() if value is not None}


_KEYS: Mapping[str, Reader] = {
    "title": text,
    "embeddings": node_rows,
    "logits": node_rows,
    "probabilities": node_rows,
    "labels": labels,
    "classes": names,
    "features": names,
    "weights": weights,
    "biases": biases,
    "learning_rate": not_negative,
    "gradient": partial(word, words=tuple(GRADIENTS)),
    "rounding": _rounding,
    "marks": _marks,
}
"""The keys of a config, and how what they hold is read."""


class _Agreement:
    """What was read, and what its parts must agree on; with a part that is None, nothing is compared."""

    def __init__(self, nodes: Mapping[str, Node], read: Mapping[str, Any], complaints: Complaints) -> None:
        self.nodes, self.read, self.complaints = nodes, read, complaints
        self.rounding: Rounding = read.get("rounding") or Rounding()
        self.start = next((key for key in ("probabilities", "logits", "embeddings") if key in nodes), None)
        self.table: Table | None = read.get(self.start or "")
        self.embeddings = self.table if self.start == "embeddings" else None
        self.classes: tuple[str, ...] | None = read.get("classes")
        self.unread = "classes" in nodes and self.classes is None
        """Whether there are classes of which not all could be read, so that nothing is compared with them."""
        self.weights: Table | Init | None = read.get("weights")
        self.biases: Table | None = read.get("biases")
        self.labels: Labels | None = read.get("labels")

    def setting(self) -> Setting:
        """The setting. Raises SoftstepError with all complaints there are."""
        self._one_start()
        length = self._length_of_weights()
        d = length or (self.embeddings and self.embeddings.length)
        rows = self.table and self.table.matrix(length, "as the weights have")
        values: dict[str, Array | None] = {str(self.start): rows}
        if self.start == "probabilities" and self.table:
            _check_distributions(self.table, values["probabilities"])
        K = self._class_count(values.get("logits", values.get("probabilities")))
        typed = self.nodes.get("classes")
        entries = (isinstance(typed, SequenceNode) and typed.value) or None if self.classes is None else self.classes
        self._as_many("classes", entries, K, "class")
        self._as_many("biases", self.biases and self.biases.names, K, "class")
        self._as_many("features", self.read.get("features"), d, "feature")
        self._same_columns()
        W = values["weights"] = self._weights(values.get("embeddings"), K, d)
        b = self.biases and self.biases.matrix(1, "one for each class")
        classes = self.classes or CLASS.default_names(K or 0)
        labelled = self._labelled(() if self.unread else classes)
        if W is not None:
            values["biases"] = np.zeros(len(W)) if b is None else b[:, 0]
        if self.read.get("learning_rate") is not None:
            values["learning_rate"] = np.array(self.read["learning_rate"])
        self.complaints.refuse()
        return self._built(values, classes, labelled)

    def _as_many(self, key: str, there: Sequence[str] | None, must: int | None, what: str) -> None:
        """A key must hold as many names as there are classes or features."""
        if there is not None and must is not None and len(there) != must:
            cure = surplus(len(there), must)
            self.complaints.add(self.nodes[key], key, f"{len(there)} of them", f"{must}, one for each {what}", cure)

    def _one_start(self) -> None:
        """Logits and probabilities stand in place of what they are computed from."""
        for key in ("embeddings", "features", "weights", "biases", "logits"):
            if self.start in ("logits", "probabilities") and key in self.nodes and key != self.start:
                must = f"left out, for {self.start} stand in its place"
                there = f"given beside {self.start}"
                self.complaints.add(self.nodes[key], key, there, must, f"delete {key} or {self.start}")

    def _length_of_weights(self) -> int | None:
        """How many numbers a row of embeddings has, where they leave that open and the weights do not."""
        lengths = self.embeddings.likely_lengths if self.embeddings else []
        of_weights = self.weights.likely_lengths if isinstance(self.weights, Table) else []
        return of_weights[0] if len(lengths) > 1 and len(of_weights) == 1 and of_weights[0] in lengths else None

    def _same_columns(self) -> None:
        """Weights whose header names the features must name them in the order that they have."""
        if not (self.embeddings and isinstance(self.weights, Table) and self.weights.columns):
            return
        features = self.read.get("features") or self.embeddings.columns or ()
        if self.weights.columns != features and sorted(self.weights.columns) == sorted(features):
            there, must = (joined(names, "and") for names in (self.weights.columns, features))
            cure = "put the columns into that order"
            self.complaints.add(self.nodes["weights"], "weights", f"columns {there}", f"{must}, as elsewhere", cure)

    def _class_count(self, later: Array | None) -> int | None:
        """K: a column of logits or a row of weights for each class; for random weights, as many as are named."""
        if self.start in ("logits", "probabilities"):
            return None if later is None else later.shape[1]
        if isinstance(self.weights, Table):
            return len(self.weights.names)
        if self.classes or self.biases:
            return len(self.classes or self.biases.names)  # type: ignore[union-attr]
        written = self.labels.column.texts if self.labels else ()
        if self.labels and self.labels.file:
            written = tuple(text.removesuffix(".0") for text in written)
        K = max(map(int, written)) + 1 if written and all(map(is_whole, written)) else 0
        return K if self.weights and 1 < K <= MOST_COUNTED else None

    def _weights(self, Z: Array | None, K: int | None, d: int | None) -> Array | None:
        """The weights as typed or drawn: a row for each class, a column for each feature."""
        if isinstance(self.weights, Init):
            return self._drawn(self.weights, K, None if Z is None else Z.shape[1])
        return self.weights.matrix(d, "one for each feature") if self.weights else None

    def _drawn(self, init: Init, K: int | None, d: int | None) -> Array | None:
        """Random weights, the same on every machine; by hand with the decimals that are printed."""
        if K is None and not self.unread:
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
            W = rounded_floats(W, self.rounding.decimals, self.rounding.ties)
        return W

    def _labelled(self, classes: tuple[str, ...]) -> tuple[Array, Array]:
        """The rows of labelled nodes, and the class of each as its place among the classes, where these are known."""
        if self.labels is None:
            return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
        places = {name: c for c, name in enumerate(classes)}
        if not any(map(is_whole, classes)):
            places |= {str(c): c for c in range(len(classes))}
        nodes = tuple(dict.fromkeys(self.labels.nodes)) if self.table is None else self.table.names
        rows = places_in(self.labels.nodes, nodes)
        codes = self.labels.column.codes
        if self.labels.file:  # where pandas writes 1.0 for 1 as soon as another label is missing
            texts = self.labels.column.texts
            as_floats = {text: text[:-2] for text in texts if text.endswith(".0") and text not in places}
            places |= {text: places[whole] for text, whole in as_floats.items() if whole in places}
        of_text = np.array([places.get(text, -1) for text in (*self.labels.column.texts, "")], dtype=int)
        self._check_labels(rows, places, classes)
        good = (codes >= 0) & (rows >= 0)
        found = np.full(len(nodes), -1)
        found[rows[good]] = np.maximum(of_text[codes[good]], 0)
        labelled = np.flatnonzero(found >= 0)[: None if self.table else 0]
        return labelled, found[labelled]

    def _check_labels(self, rows: Array, places: Mapping[str, int], classes: tuple[str, ...]) -> None:
        """Each label is that of a node of the table, in these `rows` of it, and a class, and the node's only one."""
        assert self.labels is not None
        codes = self.labels.column.codes
        known = np.array([not classes or text in places for text in (*self.labels.column.texts, "")])
        again = _again(np.where(codes >= 0, rows, -1))
        odd = np.flatnonzero((codes >= 0) & ((rows < 0) | again | ~known[codes]))
        if odd.size:
            self._complain(odd[:MOST_COMPLAINTS], again, places, classes)

    def _complain(self, odd: Array, again: Array, places: Mapping[str, int], classes: tuple[str, ...]) -> None:
        """Say what is wrong with each of these labels."""
        assert self.labels is not None
        nodes = dict.fromkeys(self.labels.nodes if self.table is None else self.table.names)
        complaints = self.labels.complaints
        unknown: set[str] = set()
        for i, (node, label, node_place, label_place) in zip(odd.tolist(), self.labels.some(odd), strict=True):
            where = f"labels.{shown(node)}"
            if label is None or complaints.enough:
                return
            swapped = label in nodes and node in places and (node not in nodes or label not in places)
            if again[i] or node in unknown:
                complaints.add(node_place, where, "a label for the second time", "there once", "delete one of the two")
            elif swapped and label_place < node_place:
                there, must = f"class {quoted(node)} in brackets", "a node and its class, or a class and its nodes"
                complaints.add(label_place, f"labels.{shown(label)}", there, must, "delete the brackets")
                continue
            elif node not in nodes and swapped:
                cure = f"write [{shown(label)}]"
                complaints.add(label_place, where, quoted(label), "a list of the nodes of the class", cure)
                continue
            elif node not in nodes:
                cure = did_you_mean(node, nodes) or "delete the label, or add the node"
                complaints.add(node_place, where, f"no node {quoted(node)}", f"a node of {self.start}", cure)
                unknown.add(node)
            if classes and label not in places:
                must = joined(classes, "or") if len(classes) < 12 else "a class of the config"
                complaints.add(label_place, where, f"class {quoted(label)}", must, self._cure_of_label(label, classes))

    def _cure_of_label(self, label: str, classes: tuple[str, ...]) -> str:
        """What to do about a label that is no class."""
        written = [text.removesuffix(".0") for text in self.labels.column.texts] if self.labels else []
        several = numbers_in(label)
        if len(several) > 1:
            return f"write {', '.join(several)}"
        if label.removesuffix(".0") in classes:
            return f"write {label.removesuffix('.0')}"
        if label.removesuffix(".0") == str(len(classes)) and self.classes is None and "0" not in written:
            from_1 = ", ".join(str(c + 1) for c in range(len(classes)))
            return f"they are counted from 0; to count from 1 add classes: [{from_1}] to the config"
        return did_you_mean(label, classes) or "write one of these"

    def _built(
        self, values: Mapping[str, Array | None], classes: tuple[str, ...], labelled: tuple[Array, Array]
    ) -> Setting:
        """The setting, from parts that agree."""
        nodes = self.table.names if self.table else ()
        rows, codes = labelled
        given = {key: value for key, value in values.items() if value is not None}
        if self.labels:
            given["labels"] = codes
        d = next((given[key].shape[1] for key in ("embeddings", "weights") if key in given), 0)
        headed = self.embeddings and self.embeddings.columns
        labelling = {
            NODE: nodes,
            CLASS: classes,
            FEATURE: self.read.get("features") or headed or FEATURE.default_names(d),
        }
        weights = self.weights if isinstance(self.weights, Table) else None
        files = {str(self.start): self.table, "labels": self.labels, "weights": weights, "biases": self.biases}
        return Setting(
            Given(given, labelling, rows),
            self.read.get("gradient") or "standard",
            self.rounding,
            self.read.get("title"),
            self.complaints.source,
            self.complaints.at((1, 1)),
            {key: part.file for key, part in files.items() if part and part.file},
            self.read.get("marks") or {},
        )


def _check_distributions(table: Table, P: Array | None) -> None:
    """Probabilities are from 0 to 1, and those of a node add up to 1, as nearly as their decimals allow."""
    if P is None:
        return
    sure = (np.abs(P.sum(axis=1) - 1) < 1e-10) & (P >= 0).all(axis=1) & (P <= 1).all(axis=1)
    for i in np.flatnonzero(~sure).tolist():
        if table.complaints.enough:
            return
        row = P[i].tolist()
        decimals = places_of(np.array(row), MOST_DECIMALS)
        where, total = f"probabilities.{shown(table.names[i])}", sum(row)
        outside = [p for p in row if not 0 <= p <= 1]
        if outside:
            table.complaints.add(
                table.places([i])[0], where, f"a probability of {outside[0]!r}", "from 0 to 1", "correct it"
            )
        elif abs(total - 1) > len(row) * 0.5 * 10.0**-decimals * (decimals > 0) + 1e-9:
            there = f"probabilities that add up to {total:.6g}"
            table.complaints.add(table.places([i])[0], where, there, "a sum of 1", "correct them")


def _again(rows: Array) -> Array:
    """Which of these stood there before; -1 is none.

    >>> _again(np.array([4, -1, 4, -1])).tolist()
    [False, False, True, False]
    """
    again = rows >= 0
    if not (rows[1:] > rows[:-1]).all():
        again[np.unique(rows, return_index=True)[1]] = False
        return again & (rows >= 0)
    return np.zeros(len(rows), dtype=bool)
