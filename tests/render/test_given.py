"""What is given, in the formats for programs: as it was used, beside the steps."""

import csv
import json
from io import StringIO
from typing import Any

import numpy as np
import pytest
import yaml
from support.running import Call

import softstep

COMMANDS = ("run", "forward", "loss", "grad", "update", "train", "gradcheck")
CONFIG = """\
classes: [cat, dog]
embeddings: {a: [0.5, 0.6], b: [0.3, -0.8]}
labels: {a: dog}
weights: [[0.17, 0.4], [0.75, -0.04]]
learning_rate: 0.2
"""
GIVEN: dict[str, dict[str, Any]] = {
    "embeddings": {"symbol": "Z", "rows": ["a", "b"], "columns": ["x_0", "x_1"], "values": [[0.5, 0.6], [0.3, -0.8]]},
    "labels": {"symbol": "y", "rows": ["a"], "values": ["dog"]},
    "weights": {
        "symbol": "W", "rows": ["w0", "w1"], "columns": ["x_0", "x_1"], "values": [[0.17, 0.4], [0.75, -0.04]],
    },
    "biases": {"symbol": "b", "rows": ["b0", "b1"], "values": [0, 0]},
    "learning_rate": {"symbol": "α", "value": 0.2},
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("rounding", ["", "rounding: {every_step: true, decimals: 1}\n"], ids=["in full", "by hand"])
def test_a_record_has_what_is_given_as_it_was_used(command: str, rounding: str, call: Call) -> None:
    record = json.loads(call(command, "-", "-f", "json", stdin=CONFIG + rounding).stdout)
    assert record["given"] == GIVEN
    assert [*record["given"]] == [*GIVEN]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ("update", "train")])
def test_yaml_has_the_same_record(command: str, call: Call) -> None:
    text = call(command, "-", "-f", "yaml", stdin=CONFIG).stdout
    assert yaml.safe_load(text)["given"] == GIVEN


def test_the_next_config_has_no_record(call: Call) -> None:
    assert "given" not in yaml.safe_load(call("update", "-", "-f", "yaml", stdin=CONFIG).stdout)


def test_random_weights_can_be_read() -> None:
    problem = softstep.Problem(
        embeddings=[[1, 2, 3]], labels=[1], classes=["a", "b"], weights={"init": "normal", "scale": 0.5, "seed": 7}
    )
    drawn = np.random.RandomState(7).normal(0, 0.5, (2, 3)).tolist()
    record = json.loads(problem.loss().text("json"))
    assert record["given"]["weights"]["values"] == drawn
    assert problem.loss().only(steps="weights").text("plain").split() == [repr(w) for row in drawn for w in row]


@pytest.mark.parametrize("key", ["logits", "probabilities"])
def test_a_later_start_is_given_too(key: str) -> None:
    record = json.loads(softstep.Problem(**{key: [[0.25, 0.75]], "labels": [1]}).loss().text("json"))
    assert record["given"][key]["values"] == [[0.25, 0.75]]
    assert [*record["given"]] == [key, "labels"]


def test_a_training_begins_with_what_is_given(call: Call) -> None:
    record = json.loads(call("train", "-", "-f", "json", "--steps", "3", stdin=CONFIG).stdout)
    assert record["given"]["weights"]["values"] != record["steps"]["weights"]["values"]


def test_a_part_of_a_result_has_that_part_of_what_is_given(call: Call) -> None:
    def given(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(call("grad", "-", "-f", "json", *options, stdin=CONFIG).stdout)["given"]
        return found

    assert given("--node", "a")["embeddings"]["values"] == [[0.5, 0.6]]
    assert given("--class", "dog")["weights"]["rows"] == ["w1"]
    assert [*given("--param", "w0")] == ["embeddings", "labels", "weights", "learning_rate"]
    assert given("--step", "residuals") == {}
    assert given("--step", "weights") == {"weights": GIVEN["weights"]}


@pytest.mark.parametrize("command", COMMANDS[:5])
def test_what_is_given_is_a_step_that_can_be_selected(command: str, call: Call) -> None:
    def output(kind: str, *keys: str) -> str:
        options = [option for key in keys for option in ("--step", key)]
        done = call(command, "-", "-f", kind, *options, stdin=CONFIG)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert output("plain", "weights") == "0.17 0.4\n0.75 -0.04\n"
    assert output("plain", "learning_rate") == "0.2\n"
    assert json.loads(output("json", "biases"))["steps"]["biases"]["values"] == [0, 0]
    for kind, delimiter in (("csv", ","), ("tsv", "\t")):
        lines = [*csv.reader(StringIO(output(kind, "labels", "embeddings")), delimiter=delimiter)][1:]
        cells = [["embeddings", "a", "x_0", "0.5"], ["embeddings", "a", "x_1", "0.6"]]
        assert lines[:2] == cells
        assert lines[-1] == ["labels", "a", "", "dog"]
        assert [key for key, *_ in lines] == ["embeddings"] * 4 + ["labels"]
    for kind in ("table", "markdown", "latex", "html"):
        page = output(kind, "weights")
        assert "Weights" in page
        assert "Biases" not in page


def test_csv_has_only_steps_unless_asked(call: Call) -> None:
    lines = [*csv.reader(StringIO(call("loss", "-", "-f", "csv", stdin=CONFIG).stdout))]
    assert {key for key, *_ in lines[1:]} == {"node_losses", "loss"}


def test_very_many_given_nodes_are_written_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [[float(i), 1.0] for i in range(23)]
    result = softstep.Problem(logits=nodes, labels=[i % 2 for i in range(23)]).loss().only(steps=["loss", "logits"])
    whole = result.text("json")
    for module in ("compute.rows", "compute.steps", "render.result_views"):
        monkeypatch.setattr(f"softstep.{module}.BLOCK", 5)
    assert result.text("json") == whole
    assert json.loads(whole)["given"]["logits"]["values"] == nodes
    assert yaml.safe_load(result.text("yaml")) == json.loads(whole)
    assert len([*result.given["logits"].parts()]) == 5
