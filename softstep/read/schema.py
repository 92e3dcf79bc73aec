"""The keys of a config, one row each, and the `Setting` that they make together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from softstep.compute.steps import Given
from softstep.lesson.maths import Array
from softstep.lesson.quantities import ALWAYS, AXES, CLASS, FEATURE, GIVEN, NODE, Axis
from softstep.lesson.rounding import MOST_DECIMALS, Rounding, round_floats
from softstep.lesson.rules import GRADIENTS, RULES
from softstep.names import is_whole
from softstep.read.agree import STARTS, Agreed, Names, agree, check_distributions, labelled_nodes
from softstep.read.complaints import Log, Place
from softstep.read.labels import Labels, read_labels
from softstep.read.python_tree import SOURCE, python_tree
from softstep.read.scalars import known_entries, mapping, names, not_negative, points, text, truth, whole, word
from softstep.read.setting import DataFile, Setting
from softstep.read.table import TypedTable, names_file, read_table
from softstep.read.tree import Cursor, Map, Refused, Text, kind, values_in
from softstep.read.write import file_of, labels_of, names_of, rows_of
from softstep.read.yaml_tree import yaml_tree

MOST_RANDOM = 10_000_000
"""As many random weights are drawn; more belong in a file."""

MOST_COUNTED = 1000
"""As many classes may be known from their labels alone; a larger label is more likely a slip."""


class Init(NamedTuple):
    """Random weights yet to be drawn: normal with mean 0 and standard deviation `scale`."""

    scale: float
    seed: int


class Context(NamedTuple):
    """What a reader of a key may have to know of the others: the folder of the config, and where labels stand."""

    folder: Path
    labels_beside: DataFile | None
    tables: "list[TypedTable]"


class Key(NamedTuple):
    """A key of a config: how its value is read, and how a setting is written under it."""

    read: Callable[[Cursor, Context], Any]
    write: Callable[[Setting], Any]


def _rows_of(key: str) -> Key:
    def read(cursor: Cursor, context: Context) -> TypedTable:
        table = read_table(cursor, GIVEN[key], context.folder, context.labels_beside)
        context.tables.append(table)
        return table

    return Key(read, lambda setting: rows_of(setting.given, key))


def _read_weights(cursor: Cursor, context: Context) -> "TypedTable | Init":
    keys = values_in(cursor.node).keys()
    if not keys & {"init", "scale", "seed"}:
        return read_table(cursor, GIVEN["weights"], context.folder)
    readers = {"init": word("normal"), "scale": not_negative, "seed": whole(0, 2**32 - 1)}
    found = mapping(cursor, readers, "init: normal")
    if "init" not in keys:
        cursor.refuse("random weights of no kind", "normal", "add init: normal")
    if len(found) < len(keys):
        raise Refused
    return Init(found.get("scale", 1.0), found.get("seed", 0))


_PLACES = whole(0, MOST_DECIMALS)
_ROUNDING = {"every_step": truth, "decimals": _PLACES, "loss_decimals": _PLACES, "ties": word(*Rounding.TIES)}
_MARKS = {rule.key: points for rule in RULES if rule.visible == ALWAYS}


def _read_rounding(cursor: Cursor, context: Context) -> Rounding:
    """`rounding`; without `loss_decimals` the loss has as many as everything else."""
    found = mapping(cursor, _ROUNDING, "decimals: 2")
    return Rounding(**({"loss_decimals": found["decimals"]} if "decimals" in found else {}) | found)


SCHEMA: Mapping[str, Key] = {
    "title": Key(lambda cursor, _: text(cursor), lambda setting: setting.title),
    "embeddings": _rows_of("embeddings"),
    "logits": _rows_of("logits"),
    "probabilities": _rows_of("probabilities"),
    "features": Key(lambda cursor, _: names(cursor), lambda setting: names_of(setting.given, FEATURE)),
    "labels": Key(
        lambda cursor, context: read_labels(cursor, context.folder, context.tables),
        lambda setting: labels_of(setting.given),
    ),
    "classes": Key(lambda cursor, _: names(cursor), lambda setting: names_of(setting.given, CLASS)),
    "weights": Key(_read_weights, lambda setting: rows_of(setting.given, "weights")),
    "biases": Key(
        lambda cursor, context: read_table(cursor, GIVEN["biases"], context.folder),
        lambda setting: rows_of(setting.given, "biases"),
    ),
    "learning_rate": Key(
        lambda cursor, _: not_negative(cursor), lambda setting: rows_of(setting.given, "learning_rate")
    ),
    "gradient": Key(lambda cursor, _: word(*GRADIENTS)(cursor), lambda setting: setting.gradient),
    "rounding": Key(_read_rounding, lambda setting: asdict(setting.rounding)),
    "marks": Key(lambda cursor, _: mapping(cursor, _MARKS, "loss: 1"), lambda setting: dict(setting.marks) or None),
}
"""The keys of a config."""


def parse(config: str, source: str, folder: Path) -> Setting:
    """What a config's text says. Raises SoftstepError with all complaints, each with `source`, line and column.

    File names in it start from `folder`.
    """
    log = Log()
    root = yaml_tree(config, source, log)
    if not isinstance(root, Map):
        place = root.place if root else Place(source, 1, 1)
        has_equals = isinstance(root, Text) and "=" in root.text
        fix = "write ':' for '='" if has_equals else "write embeddings: …"
        log.add(place, "config", kind(root) if root else "nothing", "keys with values", fix)
        log.refuse()
    assert root is not None
    return _setting(Cursor(root, "config", log), folder, Place(source, 1, 1))


def parse_values(keys: Mapping[str, Any]) -> Setting:
    """What Python values say under the keys of a config. Raises SoftstepError with the same complaints."""
    return _setting(Cursor(python_tree(keys), "config", Log()), Path(), Place(SOURCE))


def config_of(setting: Setting, base: Path) -> dict[str, Any]:
    """The plain data of a config that reads back as the setting, bit for bit.

    What came from a file stays there, but for weights and biases: the file's were those of another step. The file's
    name is relative to the folder `base`.
    """
    kept = {key: file for key, file in setting.files.items() if key in (*STARTS, "labels")}
    config = {key: file_of(kept[key], base) if key in kept else row.write(setting) for key, row in SCHEMA.items()}
    return {key: value for key, value in config.items() if value is not None}


def _setting(root: Cursor, folder: Path, place: Place) -> Setting:
    cursors = dict(known_entries(root, tuple(SCHEMA), "embeddings: [[0.1, 0.2]]"))
    return _Parts(cursors, _read(cursors, folder), root.log).setting(place)


def _read(cursors: Mapping[str, Cursor], folder: Path) -> dict[str, Any]:
    """What each key holds, but for what was refused. Labels come last: they may be a column of another key's file."""
    context = Context(folder, _file_at(cursors.get("labels"), folder), [])
    read: dict[str, Any] = {}
    for key in sorted(cursors, key=lambda key: key == "labels"):
        with suppress(Refused):
            read[key] = SCHEMA[key].read(cursors[key], context)
    return read


def _file_at(cursor: Cursor | None, folder: Path) -> DataFile | None:
    """The file of which labels are a column, if they are."""
    node = cursor.node if cursor else None
    if not names_file(node):
        return None
    found = {key: value.text for key, value in values_in(node).items() if isinstance(value, Text)}
    return DataFile(folder / found["file"], found["column"]) if {"file", "column"} <= found.keys() else None


class _Parts:
    """What was read of a config, and the setting that it makes if all of it agrees."""

    def __init__(self, cursors: Mapping[str, Cursor], read: Mapping[str, Any], log: Log) -> None:
        self.cursors, self.read, self.log = cursors, read, log
        self.start = next((key for key in STARTS if key in cursors), None)
        self.labels: Labels | None = read.get("labels")
        self.weights: TypedTable | Init | None = read.get("weights")
        self.rounding: Rounding = read.get("rounding") or Rounding()

    def setting(self, place: Place) -> Setting:
        """The setting. Raises SoftstepError with all complaints there are."""
        tables = {key: part for key, part in self.read.items() if isinstance(part, TypedTable)}
        self._require_one_start(tables)
        lists = {"classes": CLASS, "features": FEATURE}
        names = {key: Names(self.cursors[key], lists[key], self.read[key]) for key in lists if key in self.read}
        agreed = agree({**tables, **names})
        if "probabilities" in tables:
            check_distributions(tables["probabilities"])
        W = self._drawn_weights(self.weights, agreed) if isinstance(self.weights, Init) else None
        rows, codes = self._labelled(agreed, tables)
        self.log.refuse()
        values = {key: table.values for key, table in tables.items()}
        if W is not None:
            values["weights"] = W
        if "weights" in values:
            values.setdefault("biases", np.zeros(len(values["weights"])))
        if self.labels is not None:
            values["labels"] = codes
        if "learning_rate" in self.read:
            values["learning_rate"] = np.array(self.read["learning_rate"])
        order = [key for key in GIVEN if key in values]
        axes: dict[Axis, Any] = {axis: agreed.names.get(axis, ()) for axis in AXES}
        if self.labels is not None and not axes[NODE]:
            axes[NODE] = tuple(dict.fromkeys(self.labels.nodes or ()))
        if W is not None:
            axes[CLASS] = agreed.names.get(CLASS) or CLASS.default_names(len(W))
        return Setting(
            Given({key: values[key] for key in order}, axes, rows),
            source=place.file,
            place=str(place),
            files={key: part.file for key, part in self.read.items() if getattr(part, "file", None)},
            **{field.name: self.read[field.name] for field in fields(Setting) if field.name in self.read},
        )

    def _require_one_start(self, tables: dict[str, TypedTable]) -> None:
        """Logits and probabilities stand in place of what they are computed from."""
        if self.start in (None, "embeddings"):
            return
        for key in ("embeddings", "features", "weights", "biases", "logits"):
            if key in self.cursors and key != self.start:
                expected = f"nothing, for {self.start} stand in its place"
                self.cursors[key].complain(f"given beside {self.start}", expected, "keep one of the two")
                tables.pop(key, None)

    def _known_classes(self, agreed: Agreed) -> int | None:
        """K; of random weights the labels may say it: there is a class for each number up to the largest."""
        if CLASS in agreed.length:
            return agreed.length[CLASS]
        written = self.labels.column.texts if self.labels else ()
        if self.labels and self.labels.file:
            written = tuple(text.removesuffix(".0") for text in written)
        K = max(map(int, written)) + 1 if written and all(map(is_whole, written)) else 0
        return K if 1 < K <= MOST_COUNTED else None

    def _drawn_weights(self, init: Init, agreed: Agreed) -> Array | None:
        """Random weights, the same on every machine; by hand with the decimals that are printed."""
        K, d = self._known_classes(agreed), agreed.length.get(FEATURE)
        if K is None and "classes" in self.cursors:
            return None
        if K is None:
            self.cursors["weights"].complain("random weights", "a known number of classes", "add classes: [name, …]")
        if K is None or d is None:
            return None
        if K * d > MOST_RANDOM:
            self.cursors["weights"].complain(f"{K * d:,} numbers", f"at most {MOST_RANDOM:,}", "put them in a file")
            return None
        W = np.random.RandomState(init.seed).normal(0, init.scale, (K, d))  # NumPy promises never to change its stream
        return round_floats(W, self.rounding.decimals, self.rounding.ties) if self.rounding.every_step else W

    def _labelled(self, agreed: Agreed, tables: Mapping[str, TypedTable]) -> tuple[Array, Array]:
        if self.labels is None:
            return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
        K = self._known_classes(agreed) if isinstance(self.weights, Init) else agreed.length.get(CLASS)
        unread = "classes" in self.cursors and "classes" not in self.read
        classes = None if unread or K is None else agreed.names.get(CLASS) or CLASS.default_names(K)
        start = tables.get(str(self.start))
        withdrawn = self.start is not None and (start is None or start.is_flat)
        nodes = None if withdrawn else agreed.names.get(NODE)
        return labelled_nodes(self.labels, nodes, classes, str(self.start))
