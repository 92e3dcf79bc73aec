"""A second reader of configs, data files and answer sheets, written from the specification: the reference for fuzzing.

It shares no code with softstep: it reads YAML events and CSV itself, uses no NumPy, and computes every quantity as a
plain sum in a loop. It answers `Bad` (must be refused), `Good` (must be accepted, with these figures) or `Unsure`. It
does not guess: where the specification is not clear, or the reader does not support something, it is `Unsure`.
"""

import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from support import oracle


class Bad(Exception):  # noqa: N818
    """The input must be refused; the message says why."""


class Unsure(Exception):  # noqa: N818
    """The specification is not clear here, or this reader does not support it."""


class Figure(NamedTuple):
    """A quantity, the names of its rows and columns, and the error allowed for float64."""

    values: Any
    rows: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    slack: float = 1e-9

    def cells(self) -> dict[tuple[str | None, str | None], float]:
        """Each number by row and column."""
        if self.rows is None:
            return {(None, None): self.values}
        if self.columns is None:
            return {(row, None): value for row, value in zip(self.rows, self.values, strict=True)}
        table = zip(self.rows, self.values, strict=True)
        return {(row, c): x for row, xs in table for c, x in zip(self.columns, xs, strict=True)}


class Good(NamedTuple):
    """The input must be accepted: each quantity by its key."""

    figures: dict[str, Figure]
    setting: "Setting"


# ---- text and YAML


class Text(NamedTuple):
    """A scalar: its text, and the sign that it began with (None for plain text)."""

    text: str
    style: str | None

    @property
    def is_nothing(self) -> bool:
        """Whether it is empty, or a word for nothing."""
        return self.style is None and self.text in ("", "~", "null", "Null", "NULL")


Tree = Any
"""A Text, a list of trees, or a dict of trees."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
KEYS = [
    "title", "note", "embeddings", "logits", "probabilities", "labels", "classes", "features", "weights", "biases",
    "learning_rate", "gradient", "rounding", "marks",
]  # fmt: skip
STEPS = [
    "logits", "exponentials", "normalizers", "probabilities", "predictions", "node_losses", "loss", "residuals",
    "weight_gradients", "bias_gradients", "updated_weights", "updated_biases",
]  # fmt: skip
OTHER_NAMES = {
    **dict.fromkeys("ZX", "embeddings"),
    **dict.fromkeys(("α", "alpha", "η", "eta", "lr"), "learning_rate"),
    **{"H": "logits", "P": "probabilities", "y": "labels", "W": "weights", "b": "biases"},
}
OTHER_STEPS = {
    **dict.fromkeys(("ŷ", "yhat", "y_hat"), "predictions"),
    **dict.fromkeys(("W′", "W'"), "updated_weights"),
    **dict.fromkeys(("b′", "b'"), "updated_biases"),
    **{"H": "logits", "E": "exponentials", "S": "normalizers", "P": "probabilities", "R": "residuals", "L": "loss"},
    **{"l": "node_losses", "ℓ": "node_losses", "dW": "weight_gradients", "db": "bias_gradients"},
}
DEEPEST, LARGEST = 8, 1 << 20


def decode(data: bytes, strict: bool = True) -> str:
    """Decode bytes to text; if `strict`, refuse control characters."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        raise Bad("UTF-32")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Bad("not UTF-8") from error
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]", text):
        raise (Bad if strict else Unsure)("control character")
    if re.search(r"[\x85\u2028\u2029\ufeff\ufffe\uffff]", text):
        raise Unsure("a line end or mark of Unicode")
    return text


def parse_tree(text: str) -> Tree:
    """Parse a YAML text of one document; scalars stay as they were typed."""
    try:
        events = list(yaml.parse(text, Loader=yaml.BaseLoader))
    except yaml.YAMLError as error:
        # With tabs and question marks PyYAML refuses some texts that the specification accepts.
        raise (Unsure if re.search(r"\t|\S\?", text) else Bad)("no YAML") from error
    if re.search(r"\\ud[89a-f]", text, re.IGNORECASE):
        raise Unsure("halves of a character")
    if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) != 1:
        raise Bad("not one document")
    if any(isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) for event in events):
        raise Bad("anchor or alias")
    if any(isinstance(event, yaml.NodeEvent) and event.tag for event in events):  # type: ignore[attr-defined]
        raise Bad("tag")
    inner = iter(events[2:])
    return _node(next(inner), inner, 0)


def _node(event: Any, events: Iterator[Any], depth: int) -> Tree:
    """The tree that starts with this event."""
    if isinstance(event, yaml.ScalarEvent):
        return Text(event.value, event.style)
    if depth > DEEPEST:
        raise Bad("nested too deep")
    if isinstance(event, yaml.SequenceStartEvent):
        return [_node(e, events, depth + 1) for e in iter(lambda: _open(next(events)), None)]
    mapping: dict[str, Tree] = {}
    for start in iter(lambda: _open(next(events)), None):
        key = _node(start, events, depth + 1)
        value = _node(next(events), events, depth + 1)
        if not isinstance(key, Text) or key.is_nothing or _is_oddly_spelt(key):
            raise Bad("a key that is no name")
        if key.text in mapping:
            raise Bad("a key twice")
        mapping[key.text] = value
    return mapping


def _open(event: Any) -> Any:
    """The event; None if it ends a list or a mapping."""
    return None if isinstance(event, yaml.CollectionEndEvent) else event


def number(tree: Tree, quoted: bool = False) -> str:
    """A decimal number, as typed."""
    if not isinstance(tree, Text) or (tree.style is not None and not quoted) or not NUMBER.fullmatch(tree.text):
        raise Bad("no decimal number")
    if re.match(r"[+-]?0\d", tree.text):
        raise Bad("a number with a 0 before it")
    if re.search(r"[eE][+-]?\d{5}", tree.text):
        raise Unsure("an exponent of five digits")
    value = float(tree.text)
    if math.isinf(value) or (value == 0 and re.search("[1-9]", re.split("[eE]", tree.text)[0])):
        raise Bad("a number beyond float64")
    return tree.text


def cell(text: str) -> str:
    """A decimal number in a CSV cell: leading zeros are allowed, and a number too small for float64 is 0."""
    bare = re.sub(r"^([+-]?)0+(?=\d)", r"\1", text, flags=re.ASCII)
    if NUMBER.fullmatch(bare) and not re.search(r"[eE][+-]?\d{5}", bare) and float(bare) == 0:
        return "0"
    return number(Text(bare if NUMBER.fullmatch(bare) else text, None))


def is_displayable(text: str) -> bool:
    """Whether all characters can be shown: printable ones, and the joiners of emoji and of Persian."""
    return re.sub("[\u200c\u200d]", "", text).isprintable()


def name(tree: Tree) -> str:
    """A whole number or a name."""
    if not isinstance(tree, Text) or tree.is_nothing or not 0 < len(tree.text) <= 80 or tree.text != tree.text.strip():
        raise Bad("no name")
    if not is_displayable(tree.text) or _is_oddly_spelt(tree):
        raise Bad("no name")
    if not tree.text.isascii() and any(c.isdigit() for c in tree.text if not c.isascii()):
        raise Unsure("a digit of another script in a name")
    return tree.text


def _is_oddly_spelt(tree: Text) -> bool:
    """Whether this is an oddly spelt whole number, and therefore no name."""
    return tree.style is None and re.fullmatch(r"\+\d+|[+-]?0\d+|-0", tree.text, re.ASCII) is not None


def whole_number(tree: Tree, most: int) -> int:
    """A whole number from 0 to `most`."""
    if not isinstance(tree, Text) or tree.style is not None or not re.fullmatch(r"\d+", tree.text, re.ASCII):
        raise Bad("no whole number")
    if re.match(r"0\d", tree.text) or len(tree.text) > 20 or int(tree.text) > most:
        raise Bad("no such whole number")
    return int(tree.text)


def one_word_of(tree: Tree, *words: str) -> str:
    """One of these words."""
    if not isinstance(tree, Text) or tree.text not in words:
        raise Bad(f"none of {words}")
    return tree.text


def with_long_names(tree: dict[str, Tree], keys: Sequence[str], others: dict[str, str]) -> dict[str, Tree]:
    """The mapping under its long keys. Quantities may be called by letters, in any case where no two differ by it."""
    of_quantities = others | {key: key for key in others.values()}
    lower: dict[str, set[str]] = {}
    for called, key in of_quantities.items():
        lower.setdefault(called.lower(), set()).add(key)
    renamed: dict[str, Tree] = {}
    for typed, value in tree.items():
        alike = lower.get(typed.lower(), set())
        key = typed if typed in keys else of_quantities.get(typed) or (min(alike) if len(alike) == 1 else typed)
        if key in renamed:
            raise Bad("a key twice, under two names")
        renamed[key] = value
    return renamed


# ---- CSV


def csv_rows(text: str) -> list[list[str]]:
    """The cells of each line that is neither blank nor a comment."""
    if '"' in text:
        raise Unsure("quotation marks in CSV")
    every = re.split(r"\r\n|\r|\n", text)
    lines = [line for line in every if line.strip(" ,;\t") and not re.match(r"\s*#(\s|$)", line)]
    signs = [sign for sign in ";\t," if any(sign in line for line in lines)]
    if len(signs) > 1:
        signs = [sign for sign in signs if len({line.count(sign) for line in lines}) == 1]
        if not signs or len(lines) > 20:
            raise Unsure("more than one sign between cells, and none in all lines alike")
    return [[each.strip() for each in line.split(signs[0] if signs else ",")] for line in lines]


def csv_table(text: str, without: str | None = None) -> tuple[dict[str, list[str]], list[str] | None]:
    """Numbers by the name of their row, and the header; `without` is a column to ignore."""
    rows, header = csv_rows(text), None
    if rows and not rows[0][0]:
        raise Unsure("a header or a row without a name")
    first = rows[0][0].lower() if rows else ""
    headed = first in ("id", "node", "name", "index", "nr") or first.endswith("_id")
    if rows and (headed or without in rows[0][1:] or not any(NUMBER.fullmatch(cell) for cell in rows[0][1:])):
        header = rows.pop(0)
        word = re.compile(r"(?!(nan|na|none|null)$|inf)[A-Za-z_]\w*", re.ASCII | re.IGNORECASE)
        plain = all(word.fullmatch(each) and len(each) <= 80 for each in header)
        if not plain or len({*header[1:]}) < len(header) - 1:
            raise Unsure("an odd header")
    if rows and not header and all(re.fullmatch(r"[12]\d{3}", each) for each in rows[0][1:]):
        raise Unsure("years, or numbers")
    left_out = header.index(without, 1) if header and without in header[1:] else None
    table: dict[str, list[str]] = {}
    for row in rows:
        if header and len(row) != len(header):
            raise Bad("a row of another length than the header")
        if row[0] in table:
            raise Bad("a row twice")
        if row[0].lower() in ("null", "~"):
            raise Unsure("a name that YAML takes for nothing")
        table[name(Text(row[0], None))] = [cell(each) for j, each in enumerate(row) if j not in (0, left_out)]
    return table, header and [each for j, each in enumerate(header) if j not in (0, left_out)]


# ---- a config


@dataclass
class Setting:
    """The meaning of a config; numbers stay as typed."""

    start: str
    nodes: list[str]
    rows: list[list[str]]
    W: list[list[str]]
    b: list[str]
    classes: list[str]
    features: list[str]
    by_feature: bool = False
    labels: dict[int, int] = field(default_factory=dict)
    rate: str | None = None
    article: bool = False
    by_hand: bool = False
    places: int = 2
    loss_places: int = 4
    sheet_loss_places: int = 2
    ties: str = "half-up"


def read_config(data: bytes, folder: Path = Path()) -> Good | Bad | Unsure:
    """Read a config whose files are in this folder, and compute its quantities."""
    try:
        if len(data) > LARGEST:
            raise Bad("too large")
        setting = _read_setting(parse_tree(decode(data)), folder)
        return Good(figures_by_hand(setting) if setting.by_hand else figures_in_full(setting), setting)
    except (Bad, Unsure) as answer:
        return answer
    except (OverflowError, ZeroDivisionError):
        return Unsure("a number that is not finite")


def _read_setting(config: Tree, folder: Path) -> Setting:
    """Read the keys of a config, and check that they fit together."""
    if not isinstance(config, dict) or not config:
        raise Bad("no config")
    config = with_long_names(config, KEYS, OTHER_NAMES)
    if not {*config} <= {*KEYS}:
        raise Bad("no config")
    start = next((key for key in ("probabilities", "logits", "embeddings") if key in config), None)
    beside = {"embeddings": (), "logits": ("embeddings", "weights", "biases")}
    beside["probabilities"] = ("logits", *beside["logits"])
    if start is None or any(key in config for key in beside[start]):
        raise Bad("nothing to begin with, or too much")
    labels, data = config.get("labels"), config[start]
    both = isinstance(labels, dict) and isinstance(data, dict) and labels.get("file") == data.get("file") is not None
    column = labels["column"].text if both and isinstance(labels.get("column"), Text) else None
    is_row = isinstance(data, list) and bool(data) and all(isinstance(each, Text) for each in data)
    nodes, header = _read_table([data] if is_row else data, folder, column)
    named = [name(each) for each in _nonempty_list(config["classes"])] if "classes" in config else None
    W, b = _read_parameters(config, folder, len(named or ())) if start == "embeddings" else ([], [])
    across = len(next(iter(nodes.values())))
    K = len(W) if start == "embeddings" else across
    if W and len(W[0]) != across:
        raise Bad("weights of another length than the embeddings")
    if named is not None and (len({*named}) < len(named) or len(named) != K):
        raise Bad("a class twice, or another number of classes")
    features = [name(each) for each in _nonempty_list(config["features"])] if "features" in config else None
    if features and (start != "embeddings" or header):
        raise Unsure("names of features that another place names too, or none needs")
    if features and (len(features) != across or len({*features}) < across):
        raise Bad("another number of features")
    if header and start != "embeddings" and header != named:
        raise Unsure("a header over classes")
    classes = named or [str(c) for c in range(K)]
    features = features or (start == "embeddings" and header) or [f"x_{j}" for j in range(across)]
    weights = config.get("weights")
    by_feature = isinstance(weights, dict) and {*weights} == {"rows", "values"} and weights["rows"].text == "features"
    setting = Setting(start, [*nodes], [*nodes.values()], W, b, classes, features, by_feature)
    if labels is not None:
        setting.labels = _read_labels(labels, setting, folder)
    _read_options(config, setting)
    if start == "probabilities":
        for row in setting.rows:
            total = math.fsum(map(float, row))
            if min(map(float, row)) < 0 or max(map(float, row)) > 1 or abs(total - 1) > 0.1:
                raise Bad("no probabilities")
            if abs(total - 1) > 1e-9:
                raise Unsure("probabilities that add up to nearly 1")
    return setting


def _read_options(config: dict[str, Tree], setting: Setting) -> None:
    """Read the keys without tables: the title and how to compute."""
    for key, text in ((key, config[key]) for key in ("title", "note") if key in config):
        if not isinstance(text, Text) or text.is_nothing:
            raise Bad("no line of text")
        is_block = text.style in ("|", ">")
        shown = text.text.replace("\n", " ") if key == "note" else text.text
        if not is_displayable(shown) or not text.text.strip() or (is_block and key == "title"):
            raise Unsure(f"an odd {key}")
    if "learning_rate" in config:
        setting.rate = number(config["learning_rate"])
        if float(setting.rate) < 0:
            raise Bad("a rate below 0")
    setting.article = "gradient" in config and one_word_of(config["gradient"], "standard", "article") == "article"
    marks = config.get("marks", {})
    if isinstance(marks, dict):
        marks = with_long_names(marks, STEPS, OTHER_STEPS)
    if not isinstance(marks, dict) or not {*marks} <= {*STEPS} or any(float(number(m)) < 0 for m in marks.values()):
        raise Bad("no marks")
    rounding = config.get("rounding", {})
    if not isinstance(rounding, dict) or not {*rounding} <= {"every_step", "decimals", "loss_decimals", "ties"}:
        raise Bad("no rounding")
    if "every_step" in rounding:
        word = rounding["every_step"]
        if isinstance(word, Text) and word.text.lower() != word.text:
            raise Unsure("a word in capitals")
        setting.by_hand = one_word_of(word, "true", "yes", "on", "false", "no", "off") in ("true", "yes", "on")
        if word.style is not None:
            raise Bad("a word in quotes")
    setting.places = whole_number(rounding["decimals"], 15) if "decimals" in rounding else 2
    if "loss_decimals" in rounding:
        setting.loss_places = setting.sheet_loss_places = whole_number(rounding["loss_decimals"], 15)
    elif "decimals" in rounding:
        setting.loss_places = setting.sheet_loss_places = setting.places
    setting.ties = (
        one_word_of(rounding["ties"], "half-up", "half-even", "half-down") if "ties" in rounding else "half-up"
    )


def _nonempty_list(tree: Tree) -> list[Tree]:
    """A list with at least one entry."""
    if not isinstance(tree, list) or not tree:
        raise Bad("no list")
    return tree


def _file_text(tree: dict[str, Tree], folder: Path, *more: str) -> str:
    """The text of the CSV file named in a mapping."""
    named = tree["file"]
    if not {*tree} <= {"file", *more} or not isinstance(named, Text) or named.is_nothing:
        raise Bad("no file")
    path = os.path.join(folder, named.text)
    if not os.path.isfile(path):
        raise Bad("no such file")
    if not named.text.endswith(".csv"):
        raise Unsure("a file of another kind")
    return decode(Path(path).read_bytes(), strict=False)


def _read_table(tree: Tree, folder: Path, without: str | None = None) -> tuple[dict[str, list[str]], list[str] | None]:
    """Rows of numbers by name, and the names of the columns if a CSV header has them."""
    header = None
    if isinstance(tree, dict) and isinstance(tree.get("file"), Text):
        table, header = csv_table(_file_text(tree, folder), without)
    elif isinstance(tree, Text) and tree.style in ("|", ">"):
        table, header = csv_table(tree.text)
    elif isinstance(tree, Text) and "\n" in tree.text:
        raise Unsure("lines in quotes")
    elif isinstance(tree, dict):
        table = {name(Text(key, '"')): [number(x) for x in _nonempty_list(row)] for key, row in tree.items()}
    else:
        table = {str(i): [number(x) for x in _nonempty_list(row)] for i, row in enumerate(_nonempty_list(tree), 1)}
    if not table or len({len(row) for row in table.values()}) > 1 or not next(iter(table.values())):
        raise Bad("no rows, or rows of different lengths")
    return table, header


def _read_parameters(config: dict[str, Tree], folder: Path, K: int) -> tuple[list[list[str]], list[str]]:
    """Read weights and biases, in the order of the classes."""
    weights, biases = config.get("weights"), config.get("biases")
    if weights is None:
        raise Bad("embeddings without weights lead nowhere")
    if isinstance(weights, dict) and "init" in weights:
        one_word_of(weights["init"], "normal")
        if not {*weights} <= {"init", "scale", "seed"} or float(number(weights.get("scale", Text("1", None)))) < 0:
            raise Bad("random weights of an unknown kind")
        whole_number(weights.get("seed", Text("0", None)), 2**32 - 1)
        raise Unsure("random weights")
    if isinstance(weights, dict) and {*weights} == {"rows", "values"}:
        by_feature = one_word_of(weights["rows"], "classes", "features") == "features"
        weights = weights["values"]
    else:
        by_feature = False
    if by_feature:
        table, header = _read_table(weights, folder)
        if header:
            raise Unsure("a header over classes")
        W = [list(column) for column in zip(*table.values(), strict=True)]
        return W, _read_biases(biases, folder, len(W))
    if K and isinstance(weights, dict) and not any(re.fullmatch(r"[wW]_?\d", key) for key in weights):
        raise Unsure("weights by the names of classes")
    W = _in_order(_read_table(weights, folder)[0], "w" if not isinstance(weights, list) else None)
    return W, _read_biases(biases, folder, len(W))


def _read_biases(biases: Tree, folder: Path, K: int) -> list[str]:
    """Read the biases, in the order of the classes; zeros if none are given."""
    if biases is None:
        return ["0"] * K
    if isinstance(biases, list):
        b = [number(x) for x in _nonempty_list(biases)]
    elif isinstance(biases, dict) and not isinstance(biases.get("file"), Text):
        b = [row[0] for row in _in_order({key: [number(x)] for key, x in biases.items()}, "b")]
    else:
        rows = _in_order(_read_table(biases, folder)[0], "b")
        if len(rows[0]) > 1:
            raise Bad("more than one number for a bias")
        b = [row[0] for row in rows]
    if len(b) != K:
        raise Bad("another number of biases")
    return b


def _in_order(rows: dict[str, list[str]], letter: str | None) -> list[list[str]]:
    """The rows named by a letter and a class number, in the order of the classes."""
    if letter is None:
        return [*rows.values()]
    other = re.compile(rf"{letter}_?(0|[1-9]\d*)", re.ASCII | re.IGNORECASE)
    usual = {other.sub(rf"{letter}\1", name) if other.fullmatch(name) else name: row for name, row in rows.items()}
    rows = usual if len(usual) == len(rows) else rows
    if not rows or {*rows} != {f"{letter}{c}" for c in range(len(rows))}:
        raise Bad(f"rows that are not named {letter}0 and so on")
    return [rows[f"{letter}{c}"] for c in range(len(rows))]


def _read_labels(tree: Tree, setting: Setting, folder: Path) -> dict[int, int]:
    """Read the class of each labelled node, both as numbers."""
    pairs: list[tuple[str, str]]
    if isinstance(tree, dict) and isinstance(tree.get("file"), Text) and "file" not in setting.nodes:
        pairs = _read_labels_in_csv(_file_text(tree, folder, "column"), tree.get("column"), setting)
    elif isinstance(tree, dict) and "file" in tree and not isinstance(tree["file"], list):
        raise Unsure("a node or a file")
    elif isinstance(tree, Text) and tree.style in ("|", ">"):
        pairs = _read_labels_in_csv(tree.text, None, setting)
    elif isinstance(tree, Text) and not tree.is_nothing:
        if tree.style is None and re.search(r"[\s,;()]|\.\w{2,7}$", tree.text):
            raise Unsure("a class, or several, or a file")
        if len(setting.nodes) > 1:
            raise Bad("one label for several nodes")
        pairs = [(setting.nodes[0], name(tree))]
    elif _is_one_hot(tree):
        rows = tree if isinstance(tree, list) else [*tree.values()]
        marks = [[float(number(x)) for x in row] for row in rows]
        if any(len(row) != len(setting.classes) or sorted(row)[-2:] != [0, 1] or min(row) < 0 for row in marks):
            raise Bad("a row that has not a single 1")
        names = _nodes_of_list(len(rows), setting) if isinstance(tree, list) else [*tree]
        pairs = [(node, setting.classes[row.index(1)]) for node, row in zip(names, marks, strict=True)]
    elif isinstance(tree, dict) and any(isinstance(value, list) for value in tree.values()):
        if any(value == [] for value in tree.values()):
            raise Unsure("a class without nodes")
        pairs = [(name(node), c) for c, nodes in tree.items() for node in _nonempty_list(nodes)]
    elif isinstance(tree, dict):
        pairs = [(node, name(c)) for node, c in tree.items() if not (isinstance(c, Text) and c.is_nothing and c.text)]
    else:
        each = _nonempty_list(tree)
        pairs = [
            (node, name(c))
            for node, c in zip(_nodes_of_list(len(each), setting), each, strict=True)
            if not (isinstance(c, Text) and c.is_nothing)
        ]
    labels: dict[int, int] = {}
    for node, c in pairs:
        if node not in setting.nodes or setting.nodes.index(node) in labels:
            raise Bad("a label of no node, or a second one")
        labels[setting.nodes.index(node)] = _class_number(c, setting.classes)
    if not labels:
        raise Bad("no label")
    return dict(sorted(labels.items()))


def _is_one_hot(tree: Tree) -> bool:
    """Whether labels are rows of numbers by node.

    A list of lists can be nothing else. A mapping of lists has the nodes of each class, unless that would name a node
    twice and each row is of 0s with a single 1.
    """
    if isinstance(tree, list):
        return bool(tree) and all(isinstance(row, list) and len(row) > 1 for row in tree)
    if not isinstance(tree, dict) or not tree or not all(isinstance(row, list) for row in tree.values()):
        return False
    each = [x.text if isinstance(x, Text) and NUMBER.fullmatch(x.text) else "" for row in tree.values() for x in row]
    if "" in each or len({*each}) == len(each) or len({len(row) for row in tree.values()}) > 1:
        return False
    counts = [[float(x.text) for x in row] for row in tree.values()]
    return all(len(row) > 1 and row.count(1) == 1 and row.count(0) == len(row) - 1 for row in counts)


def _nodes_of_list(count: int, setting: Setting) -> list[str]:
    """The nodes that a list of labels is about: 1, 2, …, or all in their order if they have other names."""
    numbered = [str(i) for i in range(1, count + 1)]
    return setting.nodes if len(setting.nodes) == count and {*setting.nodes} != {*numbered} else numbered


def _class_number(text: str, classes: list[str]) -> int:
    """The number of a class, given its name or its number."""
    if text in classes:
        return classes.index(text)
    numbered = [re.fullmatch(r"\d+", c, re.ASCII) is not None for c in classes]
    if re.fullmatch(r"\d+", text, re.ASCII) and any(numbered) and not all(numbered):
        raise Unsure("a number beside classes of which some are called by numbers")
    if not re.fullmatch(r"0|[1-9]\d{0,5}", text, re.ASCII) or any(numbered) or int(text) >= len(classes):
        raise Bad("no such class")
    return int(text)


def _read_labels_in_csv(text: str, column: Tree, setting: Setting) -> list[tuple[str, str]]:
    """The node and the class in each row; `column` names the column with the classes, if there is one."""
    rows = csv_rows(text)
    if not rows:
        raise Bad("no labels")
    if not rows[0][0] or (
        column is None and rows[0][0] in setting.nodes and rows[0][-1] in ("label", "labels", "class")
    ):
        raise Unsure("an odd header")
    at = 1
    if column is not None:
        if not isinstance(column, Text) or column.is_nothing:
            raise Bad("no column")
        header = rows.pop(0)
        if any(NUMBER.fullmatch(cell) for cell in header[1:]) or header.count(column.text) > 1 or not all(header):
            raise Unsure("an odd header")
        if column.text not in header[1:]:
            raise Bad("no such column")
        at = header.index(column.text)
        if any(len(row) != len(header) for row in rows):
            raise (Bad if any(len(row) <= at for row in rows) else Unsure)("a row of another length than the header")
    elif rows[0][0] not in setting.nodes:
        if rows[0] not in (["id", "label"], ["node", "class"]):
            raise Unsure("a header or a label of no node")
        rows.pop(0)
    if column is None and any(len(row) != 2 for row in rows):
        raise Bad("not node and class alone")
    if column is None and any(not row[1] for row in rows):
        raise Unsure("an empty cell for a class")
    return [(name(Text(row[0], None)), name(Text(row[at], None))) for row in rows if row[at]]


# ---- the lesson


def _as_figures(setting: Setting, values: dict[str, Any], slack: dict[str, float]) -> dict[str, Figure]:
    """Add the names of rows and columns to the quantities."""
    s, labelled = setting, [setting.nodes[i] for i in setting.labels]
    w, b = ([f"{letter}{c}" for c in range(len(s.classes))] for letter in "wb")
    by_node, by_weight = (s.nodes, s.classes), (w, s.features)
    axes: dict[str, tuple[Sequence[str] | None, Sequence[str] | None]] = {
        **dict.fromkeys(("logits", "exponentials", "probabilities"), by_node),
        **dict.fromkeys(("normalizers", "predictions"), (s.nodes, None)),
        "node_losses": (labelled, None),
        "residuals": (labelled, s.classes),
        **dict.fromkeys(("weight_gradients", "updated_weights"), by_weight),
        **dict.fromkeys(("bias_gradients", "updated_biases"), (b, None)),
    }
    named = [i if i is None else s.classes[int(i)] for i in values["predictions"]]
    if s.by_feature:  # W has a row for each feature
        for key in {"weight_gradients", "updated_weights"} & {*values}:
            values[key], axes[key] = [list(column) for column in zip(*values[key], strict=True)], by_weight[::-1]
    return {
        key: Figure(value, *axes.get(key, (None, None)), slack.get(key, 1e-9))
        for key, value in (values | {"predictions": named}).items()
    }


def figures_in_full(setting: Setting) -> dict[str, Figure]:
    """Every quantity in full precision, with float64."""
    s, K = setting, range(len(setting.classes))
    given = [[float(x) for x in row] for row in s.rows]
    W, b = [[float(x) for x in row] for row in s.W], [float(x) for x in s.b]
    values: dict[str, Any] = {}
    H, P, reach = given, given, 0.0
    if s.start == "embeddings":
        terms = [[[z * w for z, w in zip(row, W[c], strict=True)] + [b[c]] for c in K] for row in given]
        H = values["logits"] = [[math.fsum(each) for each in row] for row in terms]
        reach = max(math.fsum(map(abs, each)) for row in terms for each in row)
    if s.start != "probabilities":
        reach = max(reach, *(abs(h) for row in H for h in row), 0)
        if not math.isfinite(reach):
            raise Unsure("an overflow")
        P = values["probabilities"] = [softmax(row) for row in H]
        if reach < 700:
            values["exponentials"] = [[math.exp(h) for h in row] for row in H]
            values["normalizers"] = [math.fsum(row) for row in values["exponentials"]]
        else:
            values |= {"exponentials": None, "normalizers": None}
    off = 1e-13 * (1 + reach)
    if off > 1e-4:
        raise Unsure("logits that cancel beyond the digits of float64")
    values["predictions"] = [row.index(max(row)) if _has_clear_maximum(row, off) else None for row in P]
    N = len(s.labels)
    if N:
        at = [*s.labels.items()]
        if s.start == "probabilities" and not all(P[i][y] for i, y in at):
            raise Unsure("an infinite loss")
        typed = s.start == "probabilities"
        values["node_losses"] = [-math.log(P[i][y]) if typed else node_loss(H[i], y) for i, y in at]
        values["loss"] = math.fsum(values["node_losses"]) / N
        R = values["residuals"] = [[P[i][c] - (s.article or c == y) for c in K] for i, y in at]
        n = 1 if s.article else N
        db = values["bias_gradients"] = [math.fsum(row[c] for row in R) / n for c in K]
    far = off * N * (1 + max((abs(x) for row in given for x in row), default=0))
    rate = float(s.rate or 0)
    slack = dict.fromkeys(values, 4 * off) | {"weight_gradients": far, "bias_gradients": far}
    slack |= {
        "updated_weights": far * rate,
        "updated_biases": far * rate,
        "loss_after": far * rate * (1 + reach) + 4 * off,
    }
    if N and W:
        dW = values["weight_gradients"] = [
            [math.fsum(R[k][c] * given[i][j] for k, i in enumerate(s.labels)) / n for j in range(len(W[0]))] for c in K
        ]
        if s.rate is not None:
            values["updated_weights"] = [
                [w - rate * g for w, g in zip(*rows, strict=True)] for rows in zip(W, dW, strict=True)
            ]
            values["updated_biases"] = [x - rate * g for x, g in zip(b, db, strict=True)]
            after = replace(s, W=[[repr(w) for w in row] for row in values["updated_weights"]], rate=None)
            after.b = [repr(x) for x in values["updated_biases"]]
            values["loss_after"] = figures_in_full(after)["loss"].values
    return _as_figures(s, values, slack)


def softmax(row: Sequence[float]) -> list[float]:
    """exp(h) / S, after subtracting the largest logit."""
    e = [math.exp(h - max(row)) for h in row]
    return [x / math.fsum(e) for x in e]


def node_loss(row: Sequence[float], y: int) -> float:
    """-ln p_y = ln(1 + sum of exp(h_c - h_y) over the other classes)."""
    others = [h - row[y] for c, h in enumerate(row) if c != y]
    most = max([0.0, *others])
    return most + math.log1p(math.fsum([math.exp(-most) - 1, *(math.exp(h - most) for h in others)]))


def _has_clear_maximum(row: Sequence[float], off: float) -> bool:
    """Whether the largest entry is larger than the others by more than the error allowed."""
    first, *rest = sorted(row, reverse=True)
    return not rest or first - rest[0] > 4 * off


def figures_by_hand(setting: Setting) -> dict[str, Figure]:
    """Every quantity by hand, from the exact fractions of the oracle."""
    s, K = setting, len(setting.classes)
    numbers = [x for row in (*s.rows, *s.W, s.b, [s.rate or "0"]) for x in row]
    if any(len(re.sub(r"\D", "", x)) > 15 or "e" in x.lower() for x in numbers):
        raise Unsure("by hand, a number of more digits than float64 has")
    W, b = s.W, s.b
    if s.start == "probabilities":
        raise Unsure("by hand, from probabilities")
    if s.start == "logits":  # the logits of a layer whose weights are the identity
        if any(len(x.partition(".")[2]) > s.places for row in s.rows for x in row):
            raise Unsure("by hand, logits of more decimals than are kept")
        W, b = [[str(int(c == j)) for j in range(K)] for c in range(K)], ["0"] * K
    most = max(sum(abs(float(z) * float(w)) for z, w in zip(row, v, strict=True)) for row in s.rows for v in W)
    if most + max(map(abs, map(float, b))) > 30 or s.places > 8 or s.loss_places > 8:
        raise Unsure("by hand, large logits or many decimals")

    def work_out(W: Any, b: Any, labels: dict[int, int]) -> dict[str, Any]:
        rows, y = [s.rows[i] for i in labels], [*labels.values()]
        places, loss_places, ties, article = s.places, s.loss_places, s.ties, s.article
        return oracle.one_round(
            rows, W, b, y, s.rate or "0", places=places, loss_places=loss_places, ties=ties, article=article
        )

    def forward(i: int) -> dict[str, Any]:
        for c in range(K):  # until the label has a probability above 0, so that the oracle can compute its loss
            with suppress(OverflowError):
                return work_out(W, b, {i: c})
        raise Unsure("by hand, no probability above 0")

    nodes = [forward(i) for i in range(len(s.rows))]
    values = {key: [node[key][0] for node in nodes] for key in STEPS[:5]}
    if s.labels:
        values |= (rest := {key: value for key, value in work_out(W, b, s.labels).items() if key not in STEPS[:5]})
        if s.rate is not None:
            after = work_out(rest["updated_weights"], rest["updated_biases"], s.labels)
            values["loss_after"] = after["loss"]
    absent = {"updated_weights", "updated_biases", "loss_after"} if s.rate is None or not s.W else set()
    absent |= set() if s.W else {"logits", "weight_gradients"}
    return _as_figures(s, {key: oracle.floats(value) for key, value in values.items() if key not in absent}, {})


# ---- comparing with softstep's output


def first_difference(steps: dict[str, Any], good: Good) -> str | None:
    """Describe the first difference between softstep's JSON steps and these figures; None if there is none."""
    if others := ({*steps} ^ {*good.figures}) - {"shifts"}:  # subtracted from logits that are too large for exp
        return f"other steps: {sorted(others)}"
    for key, figure in good.figures.items():
        step = steps[key]
        if (step.get("rows"), step.get("columns")) != (_as_list(figure.rows), _as_list(figure.columns)):
            return f"{key}: other names of rows or columns"
        values = step["value"] if figure.rows is None else step["values"]
        pairs = zip(_flatten(figure.values), _flatten(values), strict=True) if figure.values is not None else ()
        for ours, theirs in pairs:
            if ours is not None and not is_near(ours, theirs, figure.slack):
                return f"{key}: {theirs}, not {ours}"
    return None


def is_near(ours: float | str, theirs: Any, slack: float) -> bool:
    """Whether two numbers are equal except for the noise of float64, or two names are equal."""
    if isinstance(ours, str):
        return ours == str(theirs)
    return isinstance(theirs, (int, float)) and math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=slack)


def _as_list(names: Sequence[str] | None) -> list[str] | None:
    """Names as a list, as in JSON."""
    return None if names is None else [*names]


def _flatten(values: Any) -> list[Any]:
    """Nested lists of numbers as one list."""
    return [x for each in values for x in _flatten(each)] if isinstance(values, list) else [values]


# ---- answer sheets

Answers = dict[tuple[str, str | None, str | None], str]
"""The typed answers by step, row and column."""


def read_answers(data: bytes, good: Good) -> Answers | Bad | Unsure:
    """Read the answers in a sheet about a config."""
    try:
        if len(data) > LARGEST:
            raise Bad("too large")
        text = decode(data, strict=False)
        if re.match(r'\s*"?step"?\s*[,;\t]', text, re.IGNORECASE):
            return _read_answers_in_csv(csv_rows(text), good)
        return _read_answers_in_yaml(text, good)
    except (Bad, Unsure) as answer:
        return answer


def _read_answers_in_csv(rows: list[list[str]], good: Good) -> Answers:
    """Read the answers in lines of step, row, column and value."""
    if rows[0] != ["step", "row", "column", "value"]:
        raise Unsure("an odd header")
    found: Answers = {}
    for row in rows[1:]:
        if len(row) != 4:
            raise Unsure("a line of other than four cells")
        if row[0] != "name":
            _store_answer(found, (row[0], row[1] or None, row[2] or None), row[3], good)
        elif row[1] or row[2] or not row[3].isprintable() or sum(other[0] == "name" for other in rows) > 1:
            raise Unsure("an odd name, or two")
    return found


def _read_answers_in_yaml(text: str, good: Good) -> Answers:
    """Read the answers below the keys of the steps."""
    try:
        tree = parse_tree(text)
    except Bad as error:
        if str(error) in ("no YAML", "not one document"):
            raise
        raise Unsure(str(error)) from error
    if tree == {} or not isinstance(tree, dict):
        raise (Unsure if tree == {} else Bad)("no steps")
    found: Answers = {}
    for key, value in tree.items():
        figure = good.figures.get(key)
        if key == "name" and isinstance(value, Text) and value.text.isprintable():
            continue
        if figure is None:
            raise Unsure("a key that is no step")
        for row, cells in _pairs_by_name(value, figure.rows):
            for column, cell in _pairs_by_name(cells, figure.columns):
                if not isinstance(cell, Text) or cell.style in ("|", ">"):
                    raise Unsure("an answer that is no number")
                if cell == Text("", None):
                    raise Unsure("nothing at all for an answer")
                _store_answer(found, (key, row, column), "_" if cell.is_nothing else cell.text, good)
    return found


def _pairs_by_name(tree: Tree, names: Sequence[str] | None) -> list[tuple[str | None, Tree]]:
    """The entries of a list or a mapping with their names; the value itself if it has no names."""
    if names is None:
        return [(None, tree)]
    if isinstance(tree, dict):
        return [*tree.items()]
    if not isinstance(tree, list) or len(tree) != len(names):
        raise Unsure("a row or a table of another shape")
    return [*zip(names, tree, strict=True)]


def _store_answer(found: Answers, place: tuple[str, str | None, str | None], typed: str, good: Good) -> None:
    """Store an answer, unless it is blank; it must have a place."""
    step, row, column = place
    if step not in STEPS or step not in good.figures or (row, column) not in good.figures[step].cells():
        raise Unsure("an answer without a place")
    if place in found:
        raise Unsure("an answer twice")
    if typed in ("", "_"):
        return
    try:
        found[place] = number(Text(typed, '"'), quoted=True)
    except Bad as error:
        raise Unsure(str(error)) from error
    if len(typed) >= 40 or (step == "predictions" and not re.fullmatch(r"\d{1,9}", typed)):
        raise Unsure("an answer that is shown cut short, or a prediction that is no class")


def first_wrong_verdict(sheet: dict[str, Any], typed: Answers, good: Good) -> str | None:
    """Describe the first verdict in softstep's JSON that these figures contradict; None if there is none."""
    cells = {(key, c["row"], c["column"]): c for key, step in sheet["steps"].items() for c in step["cells"]}
    answered = {place: cell for place, cell in cells.items() if cell["verdict"] != "missing"}
    if sheet["complaints"] or {place: cell["typed"] for place, cell in answered.items()} != typed:
        return "other answers, or complaints"
    alone = len({step for step, _, _ in typed}) == 1
    for (step, row, column), cell in answered.items():
        figure = good.figures[step]
        right = figure.cells()[row, column]
        if right is None or good.setting.by_hand:
            continue
        if not is_near(right, cell["expected"], figure.slack):
            return f"{step} {row} {column}: expected {cell['expected']}, not {right}"
        off = abs(Fraction(cell["typed"]) - Fraction(right))
        places = good.setting.sheet_loss_places if step in ("loss", "node_losses") else good.setting.places
        half = Fraction(1, 2 * 10 ** max(places, _decimals(cell["typed"])))
        if step == "predictions":
            half = Fraction(0)
        if cell["verdict"] != "right" and off < half * Fraction(999, 1000):
            return f"{step} {row} {column}: {cell['typed']} is {cell['verdict']}, but {right} is right"
        if cell["verdict"] == "right" and alone and off > 10 * half:  # more than rounding can explain
            return f"{step} {row} {column}: {cell['typed']} is right, but {right} is"
    return None


def _decimals(typed: str) -> int:
    """The number of decimals typed."""
    mantissa, _, exponent = typed.lower().partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))
