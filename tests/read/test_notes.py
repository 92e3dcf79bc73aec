"""Notes on how a config was read: where something else may have been meant."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.problems import problem_in
from support.running import Call, screen_output

import softstep

LOGITS = "logits: [[1, 2, 3], [2, 3, 4], [3, 4, 5]]\n"
FROM_1 = "labels, line 2: no node has class 0; if classes count from 1, write classes: [1, 2, 3]"

FIRST_LINE = "logits, line 1: if 0,5 is meant as 0.5, write points"
COMMAS = {
    "one row": ("logits: [0,5, 1,2]", FIRST_LINE),
    "rows": ("\nlogits: [[-0,5, 1,2], [3,4, +5,6]]", "logits, line 2: if -0,5 is meant as -0.5, write points"),
    "names": (
        "logits: {a: [0,5, 1,2, 2,1], b: [3,4, 5,6, 3,2]}",
        "logits, line 1: if 0,5 is meant as 0.5, write points",
    ),
    "lines": ("logits:\n  - [1,25, 1,2]\n  - [3,4,  5,6]", "logits, line 2: if 1,25 is meant as 1.25, write points"),
    "a blank within a pair": (
        "logits: [[0,5, 1,2], [3, 4, 5,6]]",
        "logits, line 1: if 0,5 is meant as 0.5, write points",
    ),
    "an exponent": ("logits: [[0,5, 1,2e1]]", FIRST_LINE),
    "a sign within a pair": ("logits: [[0,5, 1,-2]]", FIRST_LINE),
    "one row without pairs": (
        "logits: [[0,5, 1,2], [3, 4, 5, 6]]",
        "logits, line 1: if 0,5 is meant as 0.5, write points",
    ),
    "a pair at the end": ("logits: [2, 1, 0,1]", "logits, line 1: if 0,1 is meant as 0.1, write points"),
    "a pair at the beginning": ("logits: [[12,5, 10]]", "logits, line 1: if 12,5 is meant as 12.5, write points"),
}
NO_COMMAS = {
    "a point": "logits: [[0,5, 1,2], [3.0,4, 5,6]]",
    "no blank between pairs": "logits: [[0,5,1,2], [3,4,5,6]]",
    "blanks everywhere": "logits: [[0, 5, 1, 2], [3, 4, 5, 6]]",
    "blanks before commas": "logits: [[0 ,5, 1 ,2]]",
    "one pair in a row": "logits: [[0,5], [1,2]]",
    "rows on several lines": "logits: [[0,5,\n 1,2]]",
    "lines of CSV": "logits: |\n  a, 0,5, 1,2\n",
}


@pytest.mark.parametrize("case", COMMAS)
def test_numbers_that_look_like_decimal_commas_are_read_as_typed_with_a_note(case: str) -> None:
    text, note = COMMAS[case]
    assert problem_in(text).forward().notes == (note,)


def test_each_table_with_decimal_commas_has_a_note() -> None:
    setting = problem_in("embeddings: [[0,5, 1,2]]\nweights: [[1,1, 2,2], [3,3, 4,4]]\nbiases: [0.1, 0.2]").setting
    assert [note.partition(",")[0] for note in setting.notes] == ["embeddings", "weights"]
    assert setting.given.values["embeddings"].tolist() == [[0, 5, 1, 2]]


@pytest.mark.parametrize("case", NO_COMMAS)
def test_other_numbers_have_no_note(case: str) -> None:
    assert problem_in(NO_COMMAS[case]).setting.notes == ()


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        ("[1, 2]", FROM_1),
        ("{1: 1, 3: 1}", FROM_1),
        ("{2: [1, 2, 3]}", FROM_1),
        ("[1, ~, 2]", FROM_1),
        ("|\n  1, 1\n  2, 2\n", FROM_1),
        ("[1]", ""),
        ("{2: 2}", ""),
        ("[1, ~]", ""),
        ("[1, 2, 0]", ""),
        ("[[0, 1, 0], [0, 0, 1]]", ""),
        ("[1, 2]\nclasses: [a, b, c]", ""),
        ("[1, 2]\nclasses: [1, 2, 3]", ""),
        ("[1, 2]\nclasses: [0, 1, 2]", ""),
    ],
)
def test_labels_without_class_0_have_a_note_where_classes_are_only_counted(labels: str, note: str) -> None:
    assert problem_in(f"{LOGITS}labels: {labels}\n").setting.notes == ((note,) if note else ())


def test_following_the_note_makes_class_1_the_first() -> None:
    (note,) = problem_in(f"{LOGITS}labels: [1, 2]\n").setting.notes
    fixed = problem_in(f"{LOGITS}labels: [1, 2]\n{note.partition(', write ')[2]}\n").setting
    assert fixed.given.values["labels"].tolist() == [0, 1]
    assert fixed.notes == ()


def test_python_values_have_the_note_without_a_line() -> None:
    problem = softstep.Problem(logits=np.zeros((3, 20)), labels=np.array([1, 2, 3]))
    (note,) = problem.loss().notes
    assert note == "labels: no node has class 0; if classes count from 1, write classes: [1, 2, …, 20]"
    assert softstep.Problem(logits=[[0, 5, 1, 2]]).setting.notes == ()


def test_a_note_is_in_every_record_and_page_and_on_stderr(call: Call, write: Callable[..., Path]) -> None:
    config = write(f"{LOGITS}labels: [1, 2]\n", "c.yaml")
    for command in ("forward", "loss", "run"):
        done = call(command, "c.yaml", "-f", "json", "-q", cwd=config.parent)
        assert (done.returncode, done.stderr) == (0, f"c.yaml: {FROM_1}\n")
        assert json.loads(done.stdout)["notes"][0] == FROM_1
        for name in ("table", "markdown", "yaml", "html", "latex"):
            assert "no node has class 0" in call(command, "c.yaml", "-f", name, cwd=config.parent).stdout


def test_a_note_is_said_once_on_a_screen(write: Callable[..., Path]) -> None:
    config = write(f"{LOGITS}labels: [1, 2]\n", "c.yaml")
    for options, count in (([], 1), (["-f", "plain"], 1), (["-f", "json"], 2)):
        text, status = screen_output("loss", config, *options, columns=200)
        assert (status, text.count("no node has class 0")) == (0, count)


def test_training_and_the_next_config_say_the_note_on_stderr(call: Call, write: Callable[..., Path]) -> None:
    text = "embeddings: [[1, 2], [2, 1]]\nlabels: [1, 1]\nweights: [[1, 2], [3, 4]]\nlearning_rate: 0.1\n"
    config = write(text, "c.yaml")
    said = "c.yaml: labels, line 2: no node has class 0; if classes count from 1, write classes: [1, 2]\n"
    for command in (["train", "c.yaml"], ["gradcheck", "c.yaml"], ["update", "c.yaml", "-f", "yaml"]):
        done = call(*command, cwd=config.parent)
        assert (done.returncode, done.stderr) == (0, said)
    next_config = call("update", "c.yaml", "-f", "yaml", cwd=config.parent).stdout
    assert "no node" not in next_config
    assert problem_in(next_config).setting.given.values["labels"].tolist() == [1, 1]


def test_check_says_the_note_on_stderr(call: Call, write: Callable[..., Path]) -> None:
    config = write(f"{LOGITS}labels: [1, 2]\n", "c.yaml")
    (config.parent / "s.yaml").write_text("loss: 0.91\n")
    for arguments in (["s.yaml"], ["--blank"]):
        done = call("check", "c.yaml", *arguments, cwd=config.parent)
        assert (done.returncode, done.stderr) == (0, f"c.yaml: {FROM_1}\n")


@pytest.mark.parametrize(
    "names",
    ["weights: {cat: [1], dog: [2], fox: [0]}", "weights: {1: [1], 2: [2], 3: [0]}", "biases: {a: 1, b: 2, c: 3}"],
)
def test_classes_with_names_need_no_class_0(names: str) -> None:
    classes = names[10:].replace("weights", "").strip("{}").split(", ")
    second = classes[1].partition(":")[0]
    weights = "" if names.startswith("weights") else "weights: [[1], [2], [0]]\n"
    assert problem_in(f"embeddings: [[1], [2]]\n{weights}{names}\nlabels: [{second}, {second}]").setting.notes == ()


def test_one_class_alone_has_a_note() -> None:
    text = "embeddings: [[1, 2]]\nweights: [[1, 2]]\nlabels: [0]"
    assert problem_in(text).setting.notes == ("weights, line 2: there is one class only, so P is 1 and the loss 0",)


def test_biases_left_out_have_a_note_where_they_are_updated() -> None:
    text = "embeddings: [[1, 2]]\nweights: [[1, 2, ], [0, 1]]\nlabels: [0]\nlearning_rate: 1\n"
    note = "The config gives no biases: b starts at 0, and the update changes it."
    assert note in problem_in(text).run().notes
    assert note in problem_in(text).update().notes
    assert note not in problem_in(text).loss().notes
    assert note not in problem_in(f"{text}biases: [0, 0]").run().notes
