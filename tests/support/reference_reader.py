"""What a config, its data files and an answer sheet mean, read once more from the specification alone.

The outsider of the fuzzing. It shares nothing with softstep: its own reading of YAML's events and of CSV, no NumPy, and
every quantity a plain sum in a loop. It answers `Bad` (must be refused), `Good` (must be accepted, with these figures)
or `Unsure` (beyond what it understands): where the specification leaves a question open, it does not guess.
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
    """What must be refused, and why."""


class Unsure(Exception):  # noqa: N818
    """Where the specification, or the outsider, leaves open what is meant."""


class Figure(NamedTuple):
    """A quantity, what its rows and columns are called, and how far off a float64 may be."""

    values: Any
    rows: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    slack: float = 1e-9

    def cells(self) -> dict[tuple[str | None, str | None], float]:
        """Each number by its row and column."""
        if self.rows is None:
            return {(None, None): self.values}
        if self.columns is None:
            return {(row, None): value for row, value in zip(self.rows, self.values, strict=True)}
        table = zip(self.rows, self.values, strict=True)
        return {(row, c): x for row, xs in table for c, x in zip(self.columns, xs, strict=True)}


class Good(NamedTuple):
    """What must be accepted: each quantity by its key."""

    figures: dict[str, Figure]
    setting: "Setting"


# ---- text and YAML


class Text(NamedTuple):
    """A scalar: its text, and the sign that it began with (None for a plain one)."""

    text: str
    style: str | None

    @property
    def nothing(self) -> bool:
        """Whether there is nothing, or a word for it."""
        return self.style is None and self.text in ("", "~", "null", "Null", "NULL")


Tree = Any
"""A Text, a list of trees, or a dict of trees."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
KEYS = [
    "title", "embeddings", "logits", "probabilities", "labels", "classes", "features", "weights", "biases",
    "learning_rate", "gradient", "rounding", "marks",
]  # fmt: skip
STEPS = [
    "logits", "exponentials", "normalizers", "probabilities", "predictions", "node_losses", "loss", "residuals",
    "weight_gradients", "bias_gradients", "updated_weights", "updated_biases",
]  # fmt: skip
DEEPEST, LARGEST = 8, 1 << 20


def decoded(data: bytes, strict: bool = True) -> str:
    """Bytes as text; a control character is refused where one is `strict`."""
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


def tree_in(text: str) -> Tree:
    """The one document in a YAML text, with its scalars as they were typed."""
    try:
        events = list(yaml.parse(text, Loader=yaml.BaseLoader))
    except yaml.YAMLError as error:
        raise (Unsure if re.search(r"\t|\S\?", text) else Bad)("no YAML") from error  # PyYAML has them all otherwise
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
    """The tree that begins with this event."""
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
        if not isinstance(key, Text) or key.nothing or _odd(key):
            raise Bad("a key that is no name")
        if key.text in mapping:
            raise Bad("a key twice")
        mapping[key.text] = value
    return mapping


def _open(event: Any) -> Any:
    """The event; None where it ends a list or a mapping."""
    return None if isinstance(event, yaml.CollectionEndEvent) else event


def number(tree: Tree, quoted: bool = False) -> str:
    """A decimal number, as it was typed."""
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
    """A decimal number in a cell of CSV, where zeros may stand before it, and one too small for float64 is 0."""
    bare = re.sub(r"^([+-]?)0+(?=\d)", r"\1", text, flags=re.ASCII)
    if NUMBER.fullmatch(bare) and not re.search(r"[eE][+-]?\d{5}", bare) and float(bare) == 0:
        return "0"
    return number(Text(bare if NUMBER.fullmatch(bare) else text, None))


def harmless(text: str) -> bool:
    """Whether all of it can be shown: what is printable, and the joiners of emoji and of Persian."""
    return re.sub("[\u200c\u200d]", "", text).isprintable()


def name(tree: Tree) -> str:
    """A whole number or a name."""
    if not isinstance(tree, Text) or tree.nothing or not 0 < len(tree.text) <= 80 or tree.text != tree.text.strip():
        raise Bad("no name")
    if not harmless(tree.text) or _odd(tree):
        raise Bad("no name")
    if not tree.text.isascii() and any(c.isdigit() for c in tree.text if not c.isascii()):
        raise Unsure("a digit of another script in a name")
    return tree.text


def _odd(tree: Text) -> bool:
    """Whether this is a whole number in odd spelling, and no name."""
    return tree.style is None and re.fullmatch(r"\+\d+|[+-]?0\d+|-0", tree.text, re.ASCII) is not None


def whole(tree: Tree, most: int) -> int:
    """A whole number from 0 to `most`."""
    if not isinstance(tree, Text) or tree.style is not None or not re.fullmatch(r"\d+", tree.text, re.ASCII):
        raise Bad("no whole number")
    if re.match(r"0\d", tree.text) or len(tree.text) > 20 or int(tree.text) > most:
        raise Bad("no such whole number")
    return int(tree.text)


def one_of(tree: Tree, *words: str) -> str:
    """One of these words."""
    if not isinstance(tree, Text) or tree.text not in words:
        raise Bad(f"none of {words}")
    return tree.text


# ---- CSV


def csv_rows(text: str) -> list[list[str]]:
    """The cells of each line that has some."""
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
    """Numbers by the name of their row, and the header; a column may be left out."""
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
    """What a config says; numbers as they were typed."""

    start: str
    nodes: list[str]
    rows: list[list[str]]
    W: list[list[str]]
    b: list[str]
    classes: list[str]
    features: list[str]
    labels: dict[int, int] = field(default_factory=dict)
    rate: str | None = None
    article: bool = False
    by_hand: bool = False
    places: int = 2
    loss_places: int = 2
    ties: str = "half-up"


def understood(data: bytes, folder: Path = Path()) -> Good | Bad | Unsure:
    """What a config means, whose files are in this folder."""
    try:
        if len(data) > LARGEST:
            raise Bad("too large")
        setting = _setting(tree_in(decoded(data)), folder)
        return Good(by_hand(setting) if setting.by_hand else in_full(setting), setting)
    except (Bad, Unsure) as answer:
        return answer
    except (OverflowError, ZeroDivisionError):
        return Unsure("a number that is not finite")


def _setting(config: Tree, folder: Path) -> Setting:
    """What the keys of a config say together."""
    if not isinstance(config, dict) or not config or not {*config} <= {*KEYS}:
        raise Bad("no config")
    start = next((key for key in ("probabilities", "logits", "embeddings") if key in config), None)
    beside = {"embeddings": (), "logits": ("embeddings", "weights", "biases")}
    beside["probabilities"] = ("logits", *beside["logits"])
    if start is None or any(key in config for key in beside[start]):
        raise Bad("nothing to begin with, or too much")
    labels, data = config.get("labels"), config[start]
    both = isinstance(labels, dict) and isinstance(data, dict) and labels.get("file") == data.get("file") is not None
    column = labels["column"].text if both and isinstance(labels.get("column"), Text) else None
    nodes, header = _table(data, folder, column)
    named = [name(each) for each in _list(config["classes"])] if "classes" in config else None
    W, b = _parameters(config, folder, len(named or ())) if start == "embeddings" else ([], [])
    across = len(next(iter(nodes.values())))
    K = len(W) if start == "embeddings" else across
    if W and len(W[0]) != across:
        raise Bad("weights of another length than the embeddings")
    if named is not None and (len({*named}) < len(named) or len(named) != K):
        raise Bad("a class twice, or another number of classes")
    features = [name(each) for each in _list(config["features"])] if "features" in config else None
    if features and (start != "embeddings" or header):
        raise Unsure("names of features that another place names too, or none needs")
    if features and (len(features) != across or len({*features}) < across):
        raise Bad("another number of features")
    if header and start != "embeddings" and header != named:
        raise Unsure("a header over classes")
    classes = named or [str(c) for c in range(K)]
    features = features or (start == "embeddings" and header) or [f"x_{j}" for j in range(across)]
    setting = Setting(start, [*nodes], [*nodes.values()], W, b, classes, features)
    if labels is not None:
        setting.labels = _labels(labels, setting, folder)
    _manner(config, setting)
    if start == "probabilities":
        for row in setting.rows:
            total = math.fsum(map(float, row))
            if min(map(float, row)) < 0 or max(map(float, row)) > 1 or abs(total - 1) > 0.1:
                raise Bad("no probabilities")
            if abs(total - 1) > 1e-9:
                raise Unsure("probabilities that add up to nearly 1")
    return setting


def _manner(config: dict[str, Tree], setting: Setting) -> None:
    """How to compute: the keys that hold no table."""
    for text in (config[key] for key in ("title",) if key in config):
        if not isinstance(text, Text) or text.nothing:
            raise Bad("no line of text")
        if not harmless(text.text) or not text.text.strip() or text.style in ("|", ">"):
            raise Unsure("an odd title")
    if "learning_rate" in config:
        setting.rate = number(config["learning_rate"])
        if float(setting.rate) < 0:
            raise Bad("a rate below 0")
    setting.article = "gradient" in config and one_of(config["gradient"], "standard", "article") == "article"
    marks = config.get("marks", {})
    if not isinstance(marks, dict) or not {*marks} <= {*STEPS} or any(float(number(m)) < 0 for m in marks.values()):
        raise Bad("no marks")
    rounding = config.get("rounding", {})
    if not isinstance(rounding, dict) or not {*rounding} <= {"every_step", "decimals", "loss_decimals", "ties"}:
        raise Bad("no rounding")
    if "every_step" in rounding:
        word = rounding["every_step"]
        if isinstance(word, Text) and word.text.lower() != word.text:
            raise Unsure("a word in capitals")
        setting.by_hand = one_of(word, "true", "yes", "on", "false", "no", "off") in ("true", "yes", "on")
        if word.style is not None:
            raise Bad("a word in quotes")
    setting.places = whole(rounding["decimals"], 15) if "decimals" in rounding else 2
    setting.loss_places = whole(rounding["loss_decimals"], 15) if "loss_decimals" in rounding else setting.places
    setting.ties = one_of(rounding["ties"], "half-up", "half-even", "half-down") if "ties" in rounding else "half-up"


def _list(tree: Tree) -> list[Tree]:
    """A list that is not empty."""
    if not isinstance(tree, list) or not tree:
        raise Bad("no list")
    return tree


def _file(tree: dict[str, Tree], folder: Path, *more: str) -> str:
    """The text of the CSV file that a mapping names."""
    named = tree["file"]
    if not {*tree} <= {"file", *more} or not isinstance(named, Text) or named.nothing:
        raise Bad("no file")
    path = os.path.join(folder, named.text)
    if not os.path.isfile(path):
        raise Bad("no such file")
    if not named.text.endswith(".csv"):
        raise Unsure("a file of another kind")
    return decoded(Path(path).read_bytes(), strict=False)


def _table(tree: Tree, folder: Path, without: str | None = None) -> tuple[dict[str, list[str]], list[str] | None]:
    """Rows of numbers by name, and the names of their columns where a CSV header has them."""
    header = None
    if isinstance(tree, dict) and isinstance(tree.get("file"), Text):
        table, header = csv_table(_file(tree, folder), without)
    elif isinstance(tree, Text) and tree.style in ("|", ">"):
        table, header = csv_table(tree.text)
    elif isinstance(tree, Text) and "\n" in tree.text:
        raise Unsure("lines in quotes")
    elif isinstance(tree, dict):
        table = {name(Text(key, '"')): [number(x) for x in _list(row)] for key, row in tree.items()}
    else:
        table = {str(i): [number(x) for x in _list(row)] for i, row in enumerate(_list(tree), 1)}
    if not table or len({len(row) for row in table.values()}) > 1 or not next(iter(table.values())):
        raise Bad("no rows, or rows of different lengths")
    return table, header


def _parameters(config: dict[str, Tree], folder: Path, K: int) -> tuple[list[list[str]], list[str]]:
    """Weights and biases, in the order of the classes."""
    weights, biases = config.get("weights"), config.get("biases")
    if weights is None:
        raise Bad("embeddings without weights lead nowhere")
    if isinstance(weights, dict) and "init" in weights:
        one_of(weights["init"], "normal")
        if not {*weights} <= {"init", "scale", "seed"} or float(number(weights.get("scale", Text("1", None)))) < 0:
            raise Bad("random weights of an unknown kind")
        whole(weights.get("seed", Text("0", None)), 2**32 - 1)
        raise Unsure("random weights")
    if isinstance(weights, dict) and {*weights} == {"rows", "values"}:
        by_feature = one_of(weights["rows"], "classes", "features") == "features"
        weights = weights["values"]
    else:
        by_feature = False
    if by_feature:
        table, header = _table(weights, folder)
        if header:
            raise Unsure("a header over classes")
        W = [list(column) for column in zip(*table.values(), strict=True)]
        return W, _biases(biases, folder, len(W))
    if K and isinstance(weights, dict) and not any(re.fullmatch(r"w\d", key) for key in weights):
        raise Unsure("weights by the names of classes")
    W = _in_order(_table(weights, folder)[0], "w" if not isinstance(weights, list) else None)
    return W, _biases(biases, folder, len(W))


def _biases(biases: Tree, folder: Path, K: int) -> list[str]:
    """The biases, in the order of the classes; zeros where none are given."""
    if biases is None:
        return ["0"] * K
    if isinstance(biases, list):
        b = [number(x) for x in _list(biases)]
    elif isinstance(biases, dict) and not isinstance(biases.get("file"), Text):
        b = [row[0] for row in _in_order({key: [number(x)] for key, x in biases.items()}, "b")]
    else:
        rows = _in_order(_table(biases, folder)[0], "b")
        if len(rows[0]) > 1:
            raise Bad("more than one number for a bias")
        b = [row[0] for row in rows]
    if len(b) != K:
        raise Bad("another number of biases")
    return b


def _in_order(rows: dict[str, list[str]], letter: str | None) -> list[list[str]]:
    """The rows from class 0 on, which are named by a letter and the number of the class."""
    if letter is None:
        return [*rows.values()]
    if not rows or {*rows} != {f"{letter}{c}" for c in range(len(rows))}:
        raise Bad(f"rows that are not named {letter}0 and so on")
    return [rows[f"{letter}{c}"] for c in range(len(rows))]


def _labels(tree: Tree, setting: Setting, folder: Path) -> dict[int, int]:
    """The class of each labelled node, both by number."""
    pairs: list[tuple[str, str]]
    if isinstance(tree, dict) and isinstance(tree.get("file"), Text) and "file" not in setting.nodes:
        pairs = _labels_in_csv(_file(tree, folder, "column"), tree.get("column"), setting)
    elif isinstance(tree, dict) and "file" in tree and not isinstance(tree["file"], list):
        raise Unsure("a node or a file")
    elif isinstance(tree, Text) and tree.style in ("|", ">"):
        pairs = _labels_in_csv(tree.text, None, setting)
    elif isinstance(tree, dict) and any(isinstance(value, list) for value in tree.values()):
        if any(value == [] for value in tree.values()):
            raise Unsure("a class without nodes")
        pairs = [(name(node), c) for c, nodes in tree.items() for node in _list(nodes)]
    elif isinstance(tree, dict):
        pairs = [(node, name(c)) for node, c in tree.items() if not (isinstance(c, Text) and c.nothing and c.text)]
    else:
        if setting.nodes != [str(i) for i in range(1, len(setting.nodes) + 1)]:
            raise Unsure("a list of labels for nodes with names")
        pairs = [(str(i), name(c)) for i, c in enumerate(_list(tree), 1) if not (isinstance(c, Text) and c.nothing)]
    labels: dict[int, int] = {}
    for node, c in pairs:
        if node not in setting.nodes or setting.nodes.index(node) in labels:
            raise Bad("a label of no node, or a second one")
        labels[setting.nodes.index(node)] = _class(c, setting.classes)
    if not labels:
        raise Bad("no label")
    return dict(sorted(labels.items()))


def _class(text: str, classes: list[str]) -> int:
    """The number of a class that is called by its name or by its number."""
    if text in classes:
        return classes.index(text)
    numbered = [re.fullmatch(r"\d+", c, re.ASCII) is not None for c in classes]
    if re.fullmatch(r"\d+", text, re.ASCII) and any(numbered) and not all(numbered):
        raise Unsure("a number beside classes of which some are called by numbers")
    if not re.fullmatch(r"0|[1-9]\d{0,5}", text, re.ASCII) or any(numbered) or int(text) >= len(classes):
        raise Bad("no such class")
    return int(text)


def _labels_in_csv(text: str, column: Tree, setting: Setting) -> list[tuple[str, str]]:
    """Node and class of each row, the class from a column of that name where one is given."""
    rows = csv_rows(text)
    if not rows:
        raise Bad("no labels")
    if not rows[0][0] or (
        column is None and rows[0][0] in setting.nodes and rows[0][-1] in ("label", "labels", "class")
    ):
        raise Unsure("an odd header")
    at = 1
    if column is not None:
        if not isinstance(column, Text) or column.nothing:
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


def _named(setting: Setting, values: dict[str, Any], slack: dict[str, float]) -> dict[str, Figure]:
    """The quantities with the names of their rows and columns."""
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
    return {
        key: Figure(value, *axes.get(key, (None, None)), slack.get(key, 1e-9))
        for key, value in (values | {"predictions": named}).items()
    }


def in_full(setting: Setting) -> dict[str, Figure]:
    """Every quantity in float64."""
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
    values["predictions"] = [row.index(max(row)) if _clear(row, off) else None for row in P]
    N = len(s.labels)
    if N:
        at = [*s.labels.items()]
        if s.start == "probabilities" and not all(P[i][y] for i, y in at):
            raise Unsure("an infinite loss")
        typed = s.start == "probabilities"
        values["node_losses"] = [-math.log(P[i][y]) if typed else surprise(H[i], y) for i, y in at]
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
            values["loss_after"] = in_full(after)["loss"].values
    return _named(s, values, slack)


def softmax(row: Sequence[float]) -> list[float]:
    """exp(h) / S, with the largest logit taken off."""
    e = [math.exp(h - max(row)) for h in row]
    return [x / math.fsum(e) for x in e]


def surprise(row: Sequence[float], y: int) -> float:
    """-ln p_y = ln(1 + sum of exp(h_c - h_y) over the other classes)."""
    others = [h - row[y] for c, h in enumerate(row) if c != y]
    most = max([0.0, *others])
    return most + math.log1p(math.fsum([math.exp(-most) - 1, *(math.exp(h - most) for h in others)]))


def _clear(row: Sequence[float], off: float) -> bool:
    """Whether the largest entry is so far above the others that its place is beyond doubt."""
    first, *rest = sorted(row, reverse=True)
    return not rest or first - rest[0] > 4 * off


def by_hand(setting: Setting) -> dict[str, Figure]:
    """Every quantity by the exact fractions of the oracle, each rounded before the next is made from it."""
    s, K = setting, len(setting.classes)
    numbers = [x for row in (*s.rows, *s.W, s.b, [s.rate or "0"]) for x in row]
    if any(len(re.sub(r"\D", "", x)) > 15 or "e" in x.lower() for x in numbers):
        raise Unsure("by hand, a number of more digits than float64 has")
    W, b = s.W, s.b
    if s.start == "probabilities":
        raise Unsure("by hand, from probabilities")
    if s.start == "logits":  # which are what a layer makes of them whose weights are the identity
        if any(len(x.partition(".")[2]) > s.places for row in s.rows for x in row):
            raise Unsure("by hand, logits of more decimals than are kept")
        W, b = [[str(int(c == j)) for j in range(K)] for c in range(K)], ["0"] * K
    most = max(sum(abs(float(z) * float(w)) for z, w in zip(row, v, strict=True)) for row in s.rows for v in W)
    if most + max(map(abs, map(float, b))) > 30 or s.places > 8 or s.loss_places > 8:
        raise Unsure("by hand, large logits or many decimals")

    def worked(W: Any, b: Any, labels: dict[int, int]) -> dict[str, Any]:
        rows, y = [s.rows[i] for i in labels], [*labels.values()]
        places, loss_places, ties, article = s.places, s.loss_places, s.ties, s.article
        return oracle.one_round(
            rows, W, b, y, s.rate or "0", places=places, loss_places=loss_places, ties=ties, article=article
        )

    def forward(i: int) -> dict[str, Any]:
        for c in range(K):  # until one has a probability above 0, and so a loss that the oracle can compute
            with suppress(OverflowError):
                return worked(W, b, {i: c})
        raise Unsure("by hand, no probability above 0")

    nodes = [forward(i) for i in range(len(s.rows))]
    values = {key: [node[key][0] for node in nodes] for key in STEPS[:5]}
    if s.labels:
        values |= (rest := {key: value for key, value in worked(W, b, s.labels).items() if key not in STEPS[:5]})
        if s.rate is not None:
            after = worked(rest["updated_weights"], rest["updated_biases"], s.labels)
            values["loss_after"] = after["loss"]
    absent = {"updated_weights", "updated_biases", "loss_after"} if s.rate is None or not s.W else set()
    absent |= set() if s.W else {"logits", "weight_gradients"}
    return _named(s, {key: oracle.floats(value) for key, value in values.items() if key not in absent}, {})


# ---- what softstep says, beside it


def differs(steps: dict[str, Any], good: Good) -> str | None:
    """The first thing in the steps of softstep's JSON that is not as the outsider has it."""
    if others := ({*steps} ^ {*good.figures}) - {"shifts"}:  # what is taken off logits too large for exp
        return f"other steps: {sorted(others)}"
    for key, figure in good.figures.items():
        step = steps[key]
        if (step.get("rows"), step.get("columns")) != (_listed(figure.rows), _listed(figure.columns)):
            return f"{key}: other names of rows or columns"
        values = step["value"] if figure.rows is None else step["values"]
        for ours, theirs in zip(_flat(figure.values), _flat(values), strict=True) if figure.values is not None else ():
            if ours is not None and not near(ours, theirs, figure.slack):
                return f"{key}: {theirs}, not {ours}"
    return None


def near(ours: float | str, theirs: Any, slack: float) -> bool:
    """Whether two numbers are the same but for the noise of float64, or two names the same."""
    if isinstance(ours, str):
        return ours == str(theirs)
    return isinstance(theirs, (int, float)) and math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=slack)


def _listed(names: Sequence[str] | None) -> list[str] | None:
    """Names as JSON has them."""
    return None if names is None else [*names]


def _flat(values: Any) -> list[Any]:
    """Numbers in a row."""
    return [x for each in values for x in _flat(each)] if isinstance(values, list) else [values]


# ---- answer sheets

Answers = dict[tuple[str, str | None, str | None], str]
"""What was typed, by step, row and column."""


def answers(data: bytes, good: Good) -> Answers | Bad | Unsure:
    """What an answer sheet says about a config."""
    try:
        if len(data) > LARGEST:
            raise Bad("too large")
        text = decoded(data, strict=False)
        if re.match(r'\s*"?step"?\s*[,;\t]', text, re.IGNORECASE):
            return _answers_in_csv(csv_rows(text), good)
        return _answers_in_yaml(text, good)
    except (Bad, Unsure) as answer:
        return answer


def _answers_in_csv(rows: list[list[str]], good: Good) -> Answers:
    """The answers in lines of step, row, column and value."""
    if rows[0] != ["step", "row", "column", "value"]:
        raise Unsure("an odd header")
    found: Answers = {}
    for row in rows[1:]:
        if len(row) != 4:
            raise Unsure("a line of other than four cells")
        if row[0] != "name":
            _answer(found, (row[0], row[1] or None, row[2] or None), row[3], good)
        elif row[1] or row[2] or not row[3].isprintable() or sum(other[0] == "name" for other in rows) > 1:
            raise Unsure("an odd name, or two")
    return found


def _answers_in_yaml(text: str, good: Good) -> Answers:
    """The answers below the keys of the steps."""
    try:
        tree = tree_in(text)
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
        for row, cells in _by_name(value, figure.rows):
            for column, cell in _by_name(cells, figure.columns):
                if not isinstance(cell, Text) or cell.style in ("|", ">"):
                    raise Unsure("an answer that is no number")
                if cell == Text("", None):
                    raise Unsure("nothing at all for an answer")
                _answer(found, (key, row, column), "_" if cell.nothing else cell.text, good)
    return found


def _by_name(tree: Tree, names: Sequence[str] | None) -> list[tuple[str | None, Tree]]:
    """The entries of a list or a mapping with their names; of one that has none, itself."""
    if names is None:
        return [(None, tree)]
    if isinstance(tree, dict):
        return [*tree.items()]
    if not isinstance(tree, list) or len(tree) != len(names):
        raise Unsure("a row or a table of another shape")
    return [*zip(names, tree, strict=True)]


def _answer(found: Answers, place: tuple[str, str | None, str | None], typed: str, good: Good) -> None:
    """Keep an answer, if there is one and it has a place."""
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


def misjudged(sheet: dict[str, Any], typed: Answers, good: Good) -> str | None:
    """The first thing in the marks of softstep's JSON that is not as the outsider has it."""
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
        if not near(right, cell["expected"], figure.slack):
            return f"{step} {row} {column}: expected {cell['expected']}, not {right}"
        off = abs(Fraction(cell["typed"]) - Fraction(right))
        places = good.setting.loss_places if step in ("loss", "node_losses") else good.setting.places
        half = Fraction(1, 2 * 10 ** max(places, _decimals(cell["typed"])))
        if step == "predictions":
            half = Fraction(0)
        if cell["verdict"] != "right" and off < half * Fraction(999, 1000):
            return f"{step} {row} {column}: {cell['typed']} is {cell['verdict']}, but {right} is right"
        if cell["verdict"] == "right" and alone and off > 10 * half:  # more than any honest rounding leads to
            return f"{step} {row} {column}: {cell['typed']} is right, but {right} is"
    return None


def _decimals(typed: str) -> int:
    """How many decimals a number is typed with."""
    mantissa, _, exponent = typed.lower().partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))
