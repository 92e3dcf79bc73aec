"""The JSON Schema of a config, against every config that softstep reads or refuses."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from support.cases import cases_in
from support.json_schema import is_valid, yaml_of_editor
from support.problems import problem_in
from support.running import CONFIGS

from softstep.cli.init import CONFIGS as STARTS
from softstep.read.json_schema import json_schema, json_schema_text
from softstep.read.schema import SCHEMA

SCHEMA_OF_CONFIGS = json_schema()

STRUCTURAL = re.compile(
    r": unknown key (?!')|: unknown key '"
    r"|: (nothing|'.*?'|'.*' in quotes|a (list|mapping) of \d+); expected "
    r"(true or false|a mapping|a decimal number|a whole number from|a list of|rows of|standard or|half-up|normal)"
)
"""A complaint about what editors see, too: an unknown key, or a value of another kind."""

UNSEEN = {
    "files: file key of csv",  # a key that belongs to another kind of file
    "rows: probability missing in a line",  # lines of CSV are one text
    "parameters: bias of two numbers and a bias that is none",
    "numbers: number hexadecimal",  # editors take it for a number, or for one that is written otherwise
    "numbers: number octal of yaml",
    "numbers: number octal",
    "numbers: number padded minus",
    "rounding: rounding decimals a fraction",  # 2.0 is a whole number in JSON Schema
    "rounding: rounding decimals exponent",
    "labels: label one hot without brackets",  # one word may be a label
    "labels: label one hot with a letter",
}
"""What JSON Schema cannot see."""


def bad_configs() -> Iterator[tuple[str, list[str], Any]]:
    """The name of each bad config that an editor can read, the complaints about it, and its data."""
    for name, case in cases_in("bad_configs").items():
        try:
            yield name, case["complaints"], yaml_of_editor(case.typed.text)
        except (yaml.YAMLError, RecursionError):  # nothing that a schema is asked about
            continue


def good_configs() -> Iterator[tuple[str, Any]]:
    """The name and the data of each good config."""
    texts = {path.name: path.read_text() for path in CONFIGS.glob("*.yaml") if path.name != "article_answers.yaml"}
    texts |= {f"init: {name}": text for name, text in STARTS.items()}
    for folder in ("good_configs", "published"):
        texts |= {name: case.typed.text for name, case in cases_in(folder).items()}
    for name, text in texts.items():
        if not name.endswith((": no space behind colons in braces", ": halves of a character")):  # editors refuse these
            yield name, yaml_of_editor(text.lstrip("\ufeff"))


def test_every_good_config_is_valid() -> None:
    configs = dict(good_configs())
    assert len(configs) > 170
    assert [name for name, data in configs.items() if not is_valid(data, SCHEMA_OF_CONFIGS)] == []


def test_every_structural_mistake_is_not() -> None:
    mistakes = {
        name: data
        for name, complaints, data in bad_configs()
        if not name.startswith("lines:") and any(map(STRUCTURAL.search, complaints))  # lines of CSV are one text
    }
    assert len(mistakes) > 150
    assert {name for name, data in mistakes.items() if is_valid(data, SCHEMA_OF_CONFIGS)} <= UNSEEN


@pytest.mark.parametrize(
    "config",
    [
        "learning_rat: 0.1",
        "embeddings: nodes.csv",
        "logits: [[0.5, word]]",
        "weights: {init: normal, sead: 1}",
        "weights: {rows: columns, values: [[1]]}",
        "weights: {a: 1}",
        "rounding: [2]",
        "rounding: {ties: up}",
        "rounding: {decimals: 16}",
        "gradient: true",
        "marks: {los: 1}",
        "marks: {Z: 1}",
        "marks: {L: one}",
        "Q: [[1]]",
        "X: nodes.csv",
        "lr: -1",
        "classes: cat",
        "learning_rate: -1",
        "labels:",
        "labels: {file: nodes.csv, colum: label}",
    ],
)
def test_a_mistake_is_underlined(config: str) -> None:
    assert not is_valid(yaml_of_editor(config), SCHEMA_OF_CONFIGS)


@pytest.mark.parametrize(
    "config",
    [
        "logits: [2.0, 1.0, 0.1]",
        "labels: 0",
        "labels: [[1, 0, 0], [0, 0, 1]]",
        "weights: {setosa: [1, 2], virginica: [3, 4]}",
        "weights: {rows: features, values: {file: W.npy}}",
        "embeddings: |\n  a, 0.5\n  b, 1",
        "labels: {file: nodes.csv, column: label}",
        "labels: {file: cat, a: dog}",
        "title: 2026",
        "X: [[1, 2]]\ny: [0]\nW: {w_0: [1, 2]}\nlr: 0.5",
        "Z: [[1, 2]]\nα: 1\nmarks: {L: 1, ℓ: 1, l: 2, yhat: 1, W′: 1}",
    ],
)
def test_a_good_value_is_not_underlined(config: str) -> None:
    assert is_valid(yaml_of_editor(config), SCHEMA_OF_CONFIGS)


@pytest.mark.parametrize("key", SCHEMA)
def test_the_example_of_a_key_is_valid_and_can_be_read(key: str) -> None:
    example = {key: SCHEMA[key].example}
    assert is_valid(example, SCHEMA_OF_CONFIGS)
    others = "" if key in ("embeddings", "logits", "probabilities") else "embeddings: {a: [0.5, 0.6], b: [0.3, 0.8]}\n"
    others += "class_weights: [1, 1]\nclasses: [c, d]\n" if key == "divide_by" else ""
    problem_in(others + json.dumps(example)[1:-1].replace('"', ""))
    assert SCHEMA[key].description.endswith(".")


def test_the_schema_says_the_same_to_another_validator() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft7Validator.check_schema(SCHEMA_OF_CONFIGS)
    validator = jsonschema.Draft7Validator(json.loads(json_schema_text()))
    for data in [*(data for _, data in good_configs()), *(data for *_, data in bad_configs())]:
        assert validator.is_valid(data) == is_valid(data, SCHEMA_OF_CONFIGS)
