"""The keys of a config, one row each, and the `Setting` that they make together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from softstep.compute.steps import Given
from softstep.lesson.conventions import ALL_RULES, DIVISORS, MEAN, REDUCTIONS, convention_rules
from softstep.lesson.maths import Array
from softstep.lesson.quantities import ALWAYS, AXES, CLASS, FEATURE, GIVEN, NODE
from softstep.lesson.rounding import MOST_DECIMALS, Rounding
from softstep.lesson.rules import GRADIENTS
from softstep.read import convention_keys, random_weights, scalars
from softstep.read.agree import STARTS, Agreed, Names, agree
from softstep.read.check_contents import check_distributions, labelled_nodes, note_missing_class_0
from softstep.read.complaints import Log, Place
from softstep.read.data_file import is_file_mapping
from softstep.read.labels import read_labels
from softstep.read.python_tree import SOURCE, python_tree
from softstep.read.random_weights import RandomWeights
from softstep.read.read_table import read_layout, read_table
from softstep.read.setting import DataFile, Setting
from softstep.read.shapes import LABELS, MATRIX, NAMES, VECTOR, Shape, any_of, with_other_names, with_rows
from softstep.read.suggest import is_number
from softstep.read.table import InputTable
from softstep.read.tree import Cursor, List, Refused, Text, texts_of, values_in
from softstep.read.write import file_of, labels_of, names_of, rows_of
from softstep.read.yaml_tree import yaml_map


class Context(NamedTuple):
    """What the reader of a key may have to know: the config's folder, the column of labels, and the tables so far."""

    folder: Path
    label_file: DataFile | None
    tables: list[InputTable]


class Key(NamedTuple):
    """A key of a config: how to read its value, and how to write a setting under it.

    For editors it has a line that says what it holds, the JSON Schema of its value, and an example.
    """

    read: Callable[[Cursor, Context], Any]
    write: Callable[[Setting], Any]
    description: str
    shape: Shape
    example: Any


def _read_table(cursor: Cursor, context: Context) -> InputTable:
    quantity = GIVEN[cursor.path]
    label_file = context.label_file if NODE in quantity.axes else None
    context.tables.append(table := read_table(cursor, quantity, context.folder, label_file))
    return table


def _read_weights(cursor: Cursor, context: Context) -> InputTable | RandomWeights:
    values, has_feature_rows = read_layout(cursor)
    asked = [node for key, node in values_in(values.node).items() if key in random_weights.READERS]
    if all(isinstance(node, List) and all(map(is_number, texts_of(node))) for node in asked):
        return _read_table(cursor, context)  # rows may have these names, too
    return random_weights.read_random_weights(values, FEATURE if has_feature_rows else CLASS)


def _table_key(key: str, description: str, example: Any) -> Key:
    shape = MATRIX if len(GIVEN[key].axes) == 2 else VECTOR
    return Key(_read_table, lambda setting: rows_of(setting, key), description, shape, example)


def _scalar_key(
    reader: scalars.ScalarReader[Any], write: Callable[[Setting], Any], description: str, example: Any
) -> Key:
    return Key(lambda cursor, _: reader(cursor), write, description, reader.shape, example)


_READ_PLACES = scalars.whole_reader(0, MOST_DECIMALS)
_ROUNDING: Mapping[str, scalars.ScalarReader[Any]] = {
    "every_step": scalars.read_boolean.with_description("true: by hand, every matrix is rounded before it is used."),
    "decimals": _READ_PLACES.with_description("The decimals of every matrix."),
    "loss_decimals": _READ_PLACES.with_description("The decimals of the losses."),
    "ties": scalars.word_reader(*Rounding.TIES).with_description("How a number half-way between two is rounded."),
}
_MARKED_RULES = [rule for rule in ALL_RULES.values() if rule.visible == ALWAYS]
_MARKS = {rule.key: scalars.read_points.with_description(f"Points for {rule.title.lower()}.") for rule in _MARKED_RULES}


def _read_rounding(cursor: Cursor) -> Rounding:
    """Read `rounding`. Losses have `decimals` too, unless `loss_decimals` says otherwise."""
    values = scalars.read_mapping(cursor, _ROUNDING, "decimals: 2")
    if "decimals" in values:
        values.setdefault("loss_decimals", values["decimals"])
    return Rounding(**values)


def _write_rounding(setting: Setting) -> dict[str, Any]:
    """The mapping under `rounding`, without decimals if the config set none: they would set those of losses."""
    values = asdict(setting.rounding)
    if values["loss_decimals"] is None:
        del values["decimals"], values["loss_decimals"]
    return values


_WEIGHTS = any_of(MATRIX, random_weights.SHAPE)

SCHEMA: Mapping[str, Key] = {
    "title": _scalar_key(
        scalars.read_text, lambda setting: setting.title, "A line of text above the page.", "Two papers"
    ),
    "note": _scalar_key(
        scalars.read_paragraph, lambda setting: setting.note, "A line or a paragraph below the title.", "From lecture 3"
    ),
    "embeddings": _table_key("embeddings", "Z: a row for each node.", {"a": [0.5, 0.6], "b": [0.3, 0.8]}),
    "logits": _table_key(
        "logits", "H, in place of embeddings, weights and biases: a row for each node.", {"a": [0.34, 0.13]}
    ),
    "probabilities": _table_key(
        "probabilities", "P, in place of the logits: a row for each node, which adds up to 1.", {"a": [0.55, 0.45]}
    ),
    "features": Key(
        lambda cursor, _: scalars.read_names(cursor),
        lambda setting: names_of(setting.given, FEATURE),
        "Names of the columns of the embeddings.",
        NAMES,
        ["height", "weight"],
    ),
    "labels": Key(
        lambda cursor, context: read_labels(cursor, context.folder, context.tables),
        lambda setting: labels_of(setting.given),
        "y: the class of each node. A node without a label takes part in the forward pass only.",
        LABELS,
        {"a": 0, "b": 1},
    ),
    "classes": Key(
        lambda cursor, _: scalars.read_names(cursor),
        lambda setting: names_of(setting.given, CLASS),
        "Names of the classes, in order; 0, 1, … if left out.",
        NAMES,
        ["theory", "practice"],
    ),
    "weights": Key(
        _read_weights,
        lambda setting: rows_of(setting, "weights"),
        "W: a row for each class; or {rows: features, values: …}, a row for each feature.",
        any_of(_WEIGHTS, with_rows(_WEIGHTS)),
        [[0.1, 0.4], [0.7, -0.2]],
    ),
    "biases": _table_key("biases", "b: a number for each class; 0 if left out.", [0.05, -0.1]),
    "learning_rate": _scalar_key(
        scalars.read_non_negative,
        lambda setting: rows_of(setting, "learning_rate"),
        "α: the size of the step. Without it there is no update.",
        0.5,
    ),
    "targets": _table_key(
        "targets",
        "T, in place of labels: for each node a probability of each class.",
        {"a": [0.9, 0.1], "b": [0.5, 0.5]},
    ),
    "label_smoothing": _scalar_key(
        convention_keys.read_smoothing,
        lambda setting: rows_of(setting, "label_smoothing"),
        "ε: the targets are (1 − ε) Y + ε/K.",
        0.1,
    ),
    "class_weights": _table_key("class_weights", "u: a weight for each class.", [1, 2]),
    "node_weights": _table_key("node_weights", "s: a weight for some nodes; the others have 1.", {"a": 2}),
    "reduction": _scalar_key(
        scalars.word_reader(*REDUCTIONS),
        lambda setting: None if setting.conventions.reduction == MEAN else setting.conventions.reduction,
        "Whether the loss is the mean of the node losses or their sum.",
        "sum",
    ),
    "divide_by": _scalar_key(
        scalars.word_reader(*DIVISORS),
        lambda setting: setting.conventions.divide_by,
        "What a mean with weights is divided by: the weights of the labels, or the number of nodes.",
        "nodes",
    ),
    "l2": Key(
        lambda cursor, _: convention_keys.read_penalty(cursor),
        lambda setting: convention_keys.write_penalty(rows_of(setting, "l2"), setting.conventions),
        "λ: adds the penalty (λ/2)‖W‖² to the loss.",
        convention_keys.PENALTY_SHAPE,
        0.01,
    ),
    "temperature": _scalar_key(
        convention_keys.read_temperature,
        lambda setting: rows_of(setting, "temperature"),
        "τ: the probabilities are softmax(H/τ).",
        2,
    ),
    "gradient": _scalar_key(
        scalars.word_reader(*GRADIENTS),
        lambda setting: setting.gradient,
        "standard: the derivative of the loss; article: the gradient of the article.",
        "standard",
    ),
    "rounding": Key(
        lambda cursor, _: _read_rounding(cursor),
        _write_rounding,
        "How numbers are rounded and shown. Left out: full precision.",
        scalars.mapping_shape(_ROUNDING),
        {"every_step": True, "decimals": 2},
    ),
    "marks": Key(
        lambda cursor, _: scalars.read_mapping(cursor, _MARKS, "loss: 1", _MARKED_RULES),
        lambda setting: dict(setting.marks) or None,
        "The steps that count on an answer sheet, and their points.",
        with_other_names(scalars.mapping_shape(_MARKS), _MARKED_RULES),
        {"loss": 2, "logits": 3},
    ),
}
"""The keys of a config."""


def parse(config: str, source: str, folder: Path) -> Setting:
    """Read a config's text. Raises SoftstepError with all complaints, each with `source`, line and column.

    Paths in the config start from `folder`.
    """
    log = Log()
    root = yaml_map(config, source, log, "config", "keys with values", "write embeddings: …")
    return _read_setting(Cursor(root, "config", log), folder, Place(source, 1, 1))


def parse_values(keys: Mapping[str, Any]) -> Setting:
    """Read Python values under the keys of a config. Raises SoftstepError with the same complaints."""
    return _read_setting(Cursor(python_tree(keys), "config", Log()), Path(), Place(SOURCE))


def config_of(setting: Setting, base: Path) -> dict[str, Any]:
    """The plain data of a config that reads back as the setting, bit for bit.

    What came from a file stays there, but for weights and biases, which a step changes. Paths are relative to `base`.
    """
    kept = {key: file for key, file in setting.files.items() if key in (*STARTS, "labels")}
    config = {key: file_of(kept[key], base) if key in kept else row.write(setting) for key, row in SCHEMA.items()}
    return {key: value for key, value in config.items() if value is not None}


def _read_setting(root: Cursor, folder: Path, place: Place) -> Setting:
    """Read the keys, check that they agree, and put them together. Raises SoftstepError with all complaints."""
    cursors = dict(scalars.known_entries(root, tuple(SCHEMA), "embeddings: [[0.1, 0.2]]", GIVEN.values()))
    label_node = cursors["labels"].node if "labels" in cursors else None
    parts = {key: part.text for key, part in values_in(label_node).items() if isinstance(part, Text)}
    is_column = is_file_mapping(label_node) and {"file", "column"} <= parts.keys()
    context = Context(folder, DataFile(folder / parts["file"], parts["column"]) if is_column else None, [])
    values: dict[str, Any] = {}
    for key in sorted(cursors, key="labels".__eq__):  # labels come last: another key may have read their file
        with suppress(Refused):
            values[key] = SCHEMA[key].read(cursors[key], context)
    given = _given_in(cursors, values)
    root.log.raise_error()
    conventions = convention_keys.conventions_of(values)
    if "marks" in values:
        steps = convention_rules(given.values, conventions, len(given.names[CLASS]))
        convention_keys.check_marks(cursors["marks"], values["marks"], steps)
        root.log.raise_error()
    return Setting(
        given,
        features_as_rows=getattr(values.get("weights"), "rows_axis", CLASS) == FEATURE,
        has_biases="biases" in values,
        source=place.file,
        place=str(place),
        notes=tuple(root.log.notes),
        conventions=conventions,
        files={key: value.file for key, value in values.items() if getattr(value, "file", None)},
        **{field.name: values[field.name] for field in fields(Setting) if field.name in values},
    )


def _given_in(cursors: Mapping[str, Cursor], values: dict[str, Any]) -> Given:
    """Check the values, and put them together. Without complaints, the result is what is given."""
    start = next((key for key in STARTS if key in cursors), None)
    if start not in (None, "embeddings"):
        _drop_replaced_keys(str(start), cursors, values)
    parts: dict[str, InputTable | Names] = {key: part for key, part in values.items() if isinstance(part, InputTable)}
    for key, axis in (("classes", CLASS), ("features", FEATURE)):
        if key in values:
            parts[key] = Names(cursors[key], axis, values[key])
    if "labels" in values and values["labels"].one_hot is not None:
        parts["labels"] = values["labels"].one_hot._replace(lacks_rows=True)  # some nodes may have no label
    for key in ("targets", "node_weights"):
        if key in values and values[key].row_names is not None:  # some nodes may have none
            parts[key] = values[key]._replace(lacks_rows=True)
    if start:
        _check_single_class(str(start), cursors, parts)
    agreed = agree(parts, values["labels"].column.texts if "labels" in values and "labels" not in parts else ())
    values |= {key: table for key, table in agreed.tables.items() if key != "labels"}
    for part in parts.values():
        if isinstance(part, InputTable) and (pair := part.pair or part.odd_pair):
            part.cursor.add_note(f"if {pair} is meant as {pair.replace(',', '.')}, write points")
    for key in ("probabilities", "targets"):
        if key in values:
            check_distributions(values[key])
    for key in ("class_weights", "node_weights"):
        if key in values:
            convention_keys.check_not_negative(values[key])
    convention_keys.check_together(cursors, values)
    K, names = _class_count(cursors, values, agreed), {**agreed.names}
    if K is not None:
        names.setdefault(CLASS, CLASS.default_names(K))
    arrays = _arrays_of(values, K, agreed.lengths.get(FEATURE))
    labelled = np.zeros(0, dtype=int)
    if "labels" in values:
        is_refused = "classes" in cursors and "classes" not in values
        classes = None if K is None or is_refused else names[CLASS]
        labelled, arrays["labels"] = labelled_nodes(values["labels"], names.get(NODE), classes, str(start))
        is_unnamed = K is not None and names[CLASS] == CLASS.default_names(K)
        if K is not None and is_unnamed and "classes" not in cursors and values["labels"].one_hot is None:
            note_missing_class_0(values["labels"], arrays["labels"], K)
        if NODE not in names:
            names[NODE] = tuple(dict.fromkeys(values["labels"].nodes))
    if "targets" in values:
        rows, arrays["targets"] = convention_keys.rows_of_nodes(values["targets"], names.get(NODE), str(start))
        labelled = labelled if "labels" in values else rows
    if "node_weights" in values:
        rows, weights = convention_keys.rows_of_nodes(values["node_weights"], names.get(NODE), str(start))
        arrays["node_weights"] = np.ones(len(names.get(NODE, ())))
        arrays["node_weights"][rows] = weights
    convention_keys.check_divisor(cursors, arrays, labelled, values.get("divide_by"))
    ordered = {key: arrays[key] for key in GIVEN if key in arrays}
    headings = {table.rows_axis: table.heading for table in agreed.tables.values() if table.heading}
    return Given(ordered, {axis: names.get(axis, ()) for axis in AXES}, labelled, headings)


def _drop_replaced_keys(start: str, cursors: Mapping[str, Cursor], values: dict[str, Any]) -> None:
    """If the config starts with logits or probabilities, complain about the keys they replace."""
    for key in ("embeddings", "features", "weights", "biases", "logits"):
        if key in cursors and key != start:
            expected = f"nothing, because {start} stand in its place"
            cursors[key].add_complaint(f"given beside {start}", expected, "keep one of the two")
            values.pop(key, None)


def _check_single_class(start: str, cursors: Mapping[str, Cursor], parts: dict[str, InputTable | Names]) -> None:
    """Complain about a column of numbers as logits or probabilities, and note any other table of a single class."""
    key = "weights" if start == "embeddings" else start
    table = parts.get(key)
    listed = parts.get("classes")
    is_meant = "classes" in cursors and not (isinstance(listed, Names) and len(listed.names) > 1)
    if is_meant or not isinstance(table, InputTable) or table.lengths.get(CLASS) != 1 or not table.is_even:
        return
    if key != "weights" and table.row_names is None and len(table.values) > 1:
        numbers = [f"{x:g}" for x in table.values[:8, 0].tolist()] + ["…"] * (len(table.values) > 8)
        fix = f"if they are of one node, write {key}: [{', '.join(numbers)}]"
        cursors[key].add_complaint("rows of 1 number", "a number for each class, at least two", fix)
        del parts[key]
    else:
        cursors[key].add_note("there is one class only, so P is 1 and the loss 0")


def _class_count(cursors: Mapping[str, Cursor], values: Mapping[str, Any], agreed: Agreed) -> int | None:
    """The number of classes K. With random weights and no other source: the largest label + 1.

    Complains about random weights without any source. A key that was refused might be one.
    """
    K, labels = agreed.lengths.get(CLASS), values.get("labels")
    is_random = isinstance(values.get("weights"), RandomWeights)
    if K is None and is_random and cursors.keys().isdisjoint(("classes", "biases")):
        K = random_weights.class_count_of(labels) if labels else None
        is_refused = "labels" in cursors and (labels is None or labels.lacks_rows)
        if K is None and not is_refused:
            fix = "add classes: [name, …]"
            cursors["weights"].add_complaint("random weights", "a known number of classes", fix)
    return K


def _arrays_of(values: Mapping[str, Any], K: int | None, d: int | None) -> dict[str, Array]:
    """The numbers under each key. Random weights are drawn; biases that are left out are 0."""
    arrays = {key: value.array for key, value in values.items() if isinstance(value, InputTable)}
    weights = values.get("weights")
    if isinstance(weights, RandomWeights) and K is not None and d is not None:
        arrays["weights"] = weights.draw(K, d, values.get("rounding", Rounding()))
    if "weights" in arrays:
        arrays.setdefault("biases", np.zeros(len(arrays["weights"])))
    for key in ("learning_rate", "label_smoothing", "temperature", "l2"):
        if key in values:
            value = values[key]
            arrays[key] = np.array(value.strength if isinstance(value, convention_keys.Penalty) else value)
    return arrays
