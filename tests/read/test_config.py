"""Configs: every form that is accepted, what it means, and the next config."""

from pathlib import Path

import numpy as np
import pytest
from support.problems import complaints_about, problem_in
from support.running import ROOT

import softstep
from softstep.lesson.quantities import CLASS, FEATURE
from softstep.read import suggest
from softstep.read.schema import SCHEMA

PLAIN = """\
embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}
labels: {1: 0, 2: 1}
weights: {w0: [0.17, 0.4], w1: [0.75, -0.04]}
biases: {b0: 0.05, b1: -0.11}
learning_rate: 0.2
"""


def problem(text: str, folder: Path = Path()) -> softstep.Problem:
    return problem_in(text, "c.yaml", folder)


def are_same(one: softstep.Problem, other: softstep.Problem) -> bool:
    """Whether two problems are equal to the last bit."""
    return (
        {key: value.tolist() for key, value in one.given.values.items()}
        == {key: value.tolist() for key, value in other.given.values.items()}
        and one.given.names == other.given.names
        and one.given.labelled.tolist() == other.given.labelled.tolist()
        and (one.setting.gradient, one.rounding) == (other.setting.gradient, other.rounding)
    )


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}", "embeddings: [[0.5, 0.6], [0.3, -0.8]]"),
        ("embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}", "embeddings: [[.5, 6e-1], [+0.30, -.8],]"),
        ("embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}", "embeddings:\n- [0.5, 0.6]\n- - 0.3\n  - -0.8"),
        ("embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}", "embeddings: |\n  id,x_0,x_1\n  1,0.5,0.6\n\n  2, 0.3, -0.8"),
        ("embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}", "embeddings: |\n  1;0.5;0.6\n  2;0.3;-0.8"),
        ("embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}", 'embeddings: {"1": [0.5, 0.6], "2": [0.3, -0.8]}'),
        ("labels: {1: 0, 2: 1}", "labels: [0, 1]"),
        ("labels: {1: 0, 2: 1}", "labels: {0: [1], 1: [2]}"),
        ("labels: {1: 0, 2: 1}", "labels: {2: 1, 1: 0}"),
        ("labels: {1: 0, 2: 1}", "labels: |\n  id,label\n  1,0\n  2,1"),
        ("labels: {1: 0, 2: 1}", "labels:\n  1: 0 # a comment\n  2: 1"),
        ("weights: {w0: [0.17, 0.4], w1: [0.75, -0.04]}", "weights: [[0.17, 0.4], [0.75, -0.04]]"),
        ("weights: {w0: [0.17, 0.4], w1: [0.75, -0.04]}", "weights: {w1: [0.75, -0.04], w0: [0.17, 0.4]}"),
        ("weights: {w0: [0.17, 0.4], w1: [0.75, -0.04]}", "weights: |\n  w0,0.17,0.4\n  w1,0.75,-0.04"),
        ("biases: {b0: 0.05, b1: -0.11}", "biases: [0.05, -0.11]"),
        ("biases: {b0: 0.05, b1: -0.11}", "biases: {b1: -0.11, b0: 0.05}"),
        ("learning_rate: 0.2", "learning_rate: 2e-1\ngradient: standard\nrounding: {every_step: no}"),
        ("learning_rate: 0.2", "learning_rate: 0.2\nrounding: {every_step: false, ties: half-up}"),
    ],
)
def test_every_form_of_a_config_means_the_same(there: str, instead: str) -> None:
    assert there in PLAIN
    assert are_same(problem(PLAIN.replace(there, instead)), problem(PLAIN))


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        b"---\n" + PLAIN.encode() + b"...\n",
        b'{"embeddings": {"1": [0.5, 0.6], "2": [0.3, -0.8]}, "labels": {"1": 0, "2": 1}, "weights": [[0.17, 0.4], '
        b'[0.75, -0.04]], "biases": [0.05, -0.11], "learning_rate": 0.2}',
    ],
    ids=["byte order mark", "UTF-16", "CRLF", "CR", "document marks", "JSON"],
)
def test_every_way_to_save_a_config_means_the_same(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(data)
    assert are_same(softstep.load(path), problem(PLAIN))


def test_file_names_are_relative_to_the_folder_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,x_0,x_1\n1,0.5,0.6\n2,0.3,-0.8\n")
    (tmp_path / "labels.csv").write_text("1,0\n2,1\n")
    (tmp_path / "biases.csv").write_text("b0\t0.05\nb1\t-0.11\n")
    np.save(tmp_path / "W.npy", np.array([[0.17, 0.4], [0.75, -0.04]]))
    text = """\
embeddings: {file: nodes.csv}
labels: {file: labels.csv}
weights: {file: W.npy}
biases: {file: biases.csv}
learning_rate: 0.2
"""
    assert are_same(problem(text, tmp_path), problem(PLAIN))


def test_npy_files_mean_the_same_as_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "Z.npy", np.array([[0.5, 0.6], [0.3, -0.8]]))
    np.save(tmp_path / "y.npy", np.array([0, 1], dtype=np.int8))
    np.save(tmp_path / "b.npy", np.array([0.05, -0.11]))
    text = PLAIN.replace("{1: [0.5, 0.6], 2: [0.3, -0.8]}", "{file: Z.npy}").replace("{1: 0, 2: 1}", "{file: y.npy}")
    text = text.replace("{b0: 0.05, b1: -0.11}", "{file: b.npy}")
    assert are_same(problem(text, tmp_path), problem(PLAIN))


def test_biases_are_0_if_omitted() -> None:
    assert problem(PLAIN.replace("biases: {b0: 0.05, b1: -0.11}\n", "")).given.values["biases"].tolist() == [0, 0]


def test_null_in_a_list_of_labels_means_no_label() -> None:
    assert problem(PLAIN.replace("labels: {1: 0, 2: 1}", "labels: [~, 1]")).given.labelled_names == ("2",)


def test_a_label_is_the_name_or_the_number_of_a_class() -> None:
    named = PLAIN.replace("labels: {1: 0, 2: 1}", "labels: {1: paper, 2: 1}\nclasses: [paper, survey]")
    assert problem(named).given.values["labels"].tolist() == [0, 1]
    assert problem(named).given.names[CLASS] == ("paper", "survey")


def test_labels_use_the_class_names_if_these_are_numbers() -> None:
    named = PLAIN.replace("labels: {1: 0, 2: 1}", "labels: {1: 1, 2: 2}\nclasses: [1, 2]")
    assert problem(named).given.values["labels"].tolist() == [0, 1]


def test_a_header_names_the_features() -> None:
    text = PLAIN.replace("{1: [0.5, 0.6], 2: [0.3, -0.8]}", "|\n  id,height,weight\n  1,0.5,0.6\n  2,0.3,-0.8")
    assert problem(text).given.names[FEATURE] == ("height", "weight")


@pytest.mark.parametrize(
    ("rounding", "bias", "loss"),
    [
        ("{}", "0.06", "0.5776"),
        ("{every_step: true}", "0.06", "0.5813"),  # the mean of −ln 0.53 = 0.6349 and −ln 0.59 = 0.5276
        ("{decimals: 3}", "0.056", "0.578"),
        ("{loss_decimals: 6}", "0.06", "0.577595"),
    ],
)
def test_the_loss_has_decimals_of_its_own_or_those_of_the_rest_or_four(rounding: str, bias: str, loss: str) -> None:
    found = problem(PLAIN + f"rounding: {rounding}")
    result = found.run()
    assert (result["updated_biases"].digits()[0], result["loss"].digits()) == (bias, loss)
    assert are_same(problem_in(str(found.as_config(Path()))), found)


def test_random_weights_take_the_number_of_classes_from_other_keys() -> None:
    text = "embeddings: [[1, 2]]\nweights: {init: normal, scale: 0.5, seed: 3}\n"
    for key in ("classes: [a, b, c]", "biases: [0, 0, 0]", "labels: [2]"):
        assert problem(text + key).given.values["weights"].shape == (3, 2)


def test_too_many_random_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softstep.read.random_weights.MOST_RANDOM", 6)
    text = "embeddings: [[1, 2]]\nweights: {init: normal}\nclasses: [a, b, c]\n"
    assert problem(text).given.values["weights"].shape == (3, 2)
    assert complaints_about(text.replace("c]", "c, d]"), Path()) == [
        "c.yaml:2:10: weights: 8 numbers; expected at most 6; put them in a file"
    ]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("[0.33, 0.33, 0.33]", None),  # a third each, rounded
        ("[0.33, 0.33, 0.32]", "probabilities that add up to 0.98; expected a sum of 1; correct them"),
        ("[1, 0, 0.0]", None),
        ("[1, 0, 0.4]", "probabilities that add up to 1.4; expected a sum of 1; correct them"),
        ("[0.5, 0.5], [0.1]", "1 number; expected 2, as the first row has; write 2 numbers"),
    ],
)
def test_probabilities_must_add_up_to_1_within_their_rounding(rows: str, complaint: str | None) -> None:
    complaints = complaints_about(f"probabilities: [{rows}]\n", Path())
    assert [line.split(": ", 2)[2] for line in complaints] == ([complaint] if complaint else [])


def test_labels_are_checked_even_if_the_rows_cannot_be_read() -> None:
    assert complaints_about("logits: 7\nlabels: |\n  a,0\n  a,1\n", Path()) == [
        "c.yaml:1:9: logits: '7'; expected rows of numbers; write a list such as [[0.1, 0.2]]",
        "c.yaml:4:3: labels.a: a second label; expected one for each node; keep the one that is right",
    ]


def test_an_empty_list_under_file_is_not_a_file_name() -> None:
    for key, complaint in (
        (
            "logits",
            "c.yaml:2:16: logits.file: an empty list; expected a list of numbers; write a list such as [0.1, 0.2]",
        ),
        ("labels", "c.yaml:2:9: labels: no label; expected at least one; label a node"),
    ):
        other = "labels: [0]" if key == "logits" else "logits: [[1, 2]]"
        assert complaint in complaints_about(f"{other}\n{key}: {{file: []}}\n", Path())


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (12, "a, b, c, d, e, f, g, h, i, j, k or l"),
        (13, "a, b, c, d, e, f, g, h, i, j, k, l or m"),
        (14, "a, b, c, d, e, f, g, h, i, j, k, l, …"),
    ],
)
def test_no_more_than_a_dozen_classes_are_listed(count: int, expected: str) -> None:
    classes = ", ".join("abcdefghijklmn"[:count])
    (complaint,) = complaints_about(
        f"logits: [[{', '.join('0' * count)}]]\nclasses: [{classes}]\nlabels: [zzz]\n", Path()
    )
    assert complaint.endswith(f"class 'zzz'; expected {expected}; write one of these")


@pytest.mark.slow
def test_of_many_unknown_keys_at_most_100_are_compared_with_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(suggest, "near_word", lambda wrong, words: compared.append(wrong))
    keys = ", ".join(f"key{i}: 1" for i in range(24_000))
    for text in (f"{{{keys}}}\n", f"rounding: {{{keys}}}\n", f"logits: [[1]]\nlabels: {{file: l.csv, {keys}}}\n"):
        compared.clear()
        complaints = complaints_about(text, Path())
        assert len(complaints) <= 101
        assert len(compared) <= 100


def test_random_weights_depend_only_on_seed_and_scale() -> None:
    def random_weights(init: str) -> np.ndarray:
        return problem(f"embeddings: [[1, 2]]\nclasses: [a, b]\nweights: {init}\n").given.values["weights"]

    first = random_weights("{init: normal, scale: 0.5, seed: 3}")
    assert first.any()
    assert (first == random_weights("{init: normal, scale: 0.5, seed: 3}")).all()
    assert (first * 2 == random_weights("{init: normal, seed: 3}")).all()
    assert (first != random_weights("{init: normal, scale: 0.5, seed: 4}")).all()
    assert (random_weights("{init: normal}") == random_weights("{init: normal, scale: 1, seed: 0}")).all()


def test_by_hand_random_weights_have_the_printed_decimals() -> None:
    text = "embeddings: [[1, 2]]\nweights: {init: normal}\nclasses: [a, b]\nrounding: {every_step: true, decimals: 1}\n"
    weights = problem(text).given.values["weights"]
    assert weights.tolist() == np.round(weights, 1).tolist()
    assert weights.any()


@pytest.mark.parametrize(
    ("key", "value", "first"),
    [("logits", "[[1, 2]]", "exponentials"), ("probabilities", "[[0.25, 0.75]]", "predictions")],
)
def test_a_config_may_start_with_logits_or_probabilities(key: str, value: str, first: str) -> None:
    result = problem(f"{key}: {value}\nlabels: [1]\n").run()
    assert next(iter(result)) == first
    assert result["loss"].digits() == {"logits": "0.3133", "probabilities": "0.2877"}[key]
    (note,) = result.notes
    assert note == (
        f"Left out: weight gradients (need embeddings and weights in place of {key}); "
        "updated weights and updated biases (also learning_rate)."
    )


def test_features_may_be_named(tmp_path: Path) -> None:
    named = problem(PLAIN + "features: [height, weight]\n")
    assert named.given.names[FEATURE] == ("height", "weight")
    assert named.grad()["weight_gradients"].columns == ("height", "weight")
    assert named.after().as_config(tmp_path)["features"] == ["height", "weight"]
    assert "features" not in problem(PLAIN).as_config(tmp_path)


@pytest.mark.parametrize(
    ("lines", "labelled"),
    [
        ("1,paper\n  2,review", ("1", "2")),
        ("id,label\n  1,paper\n  2,review", ("1", "2")),
        ("node;class\n  2;review", ("2",)),
        ("person,class\n  2,review", ("2",)),
        ("id,kind\n  2,review", ("2",)),
        ("# checked twice\n  2,paper", ("2",)),
    ],
)
def test_a_header_above_labels_is_not_read_as_a_label(lines: str, labelled: tuple[str, ...]) -> None:
    text = PLAIN.replace("labels: {1: 0, 2: 1}", f"classes: [paper, review]\nlabels: |\n  {lines}")
    assert problem(text).given.labelled_names == labelled


def test_a_node_may_be_called_file(tmp_path: Path) -> None:
    text = PLAIN.replace("1: [0.5", "file: [0.5").replace("{1: 0, 2: 1}", "{1: [file, 2]}")
    import yaml

    after = problem(text).after()
    assert are_same(problem(yaml.safe_dump(after.as_config(tmp_path), sort_keys=False)), after)


def test_a_class_may_be_called_label() -> None:
    text = PLAIN.replace("labels: {1: 0, 2: 1}", "classes: [label, paper]\nlabels: |\n  1,label\n  2,paper\n")
    assert problem(text).given.values["labels"].tolist() == [0, 1]


def test_a_class_may_be_called_file() -> None:
    text = PLAIN.replace("labels: {1: 0, 2: 1}", "classes: [paper, file]\nlabels: {file: [2]}")
    assert problem(text).given.values["labels"].tolist() == [1]


def test_the_next_config_has_every_key_of_the_config(tmp_path: Path) -> None:
    text = PLAIN + "features: [a, b]\nclasses: [c, d]\ntitle: x\nnote: y\nmarks: {loss: 2}\n"
    text += "label_smoothing: 0.1\nclass_weights: [1, 2]\nnode_weights: {1: 3}\nl2: 0.1\ntemperature: 2\n"
    other_starts = {"logits", "probabilities", "targets"}
    assert {*problem(f"{text}divide_by: nodes\n").as_config(tmp_path)} == {*SCHEMA} - other_starts - {"reduction"}
    assert {*problem(f"{text}reduction: sum\n").as_config(tmp_path)} == {*SCHEMA} - other_starts - {"divide_by"}


def test_the_next_config_reads_back_bit_for_bit(tmp_path: Path) -> None:
    import yaml

    text = PLAIN.replace("0.5,", "0.1234567890123456789,").replace("2:", "a node:") + "title: x\nclasses: [no, 010]\n"
    first = problem(text.replace("010", "'010'"))
    after = first.after()
    written = yaml.safe_dump(after.as_config(tmp_path), sort_keys=False)
    assert are_same(problem(written), after)


def test_the_next_config_names_files_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("1,0.5,0.6\n2,0.3,-0.8\n")
    (tmp_path / "deeper").mkdir()
    first = problem(PLAIN.replace("{1: [0.5, 0.6], 2: [0.3, -0.8]}", "{file: nodes.csv}"), tmp_path)
    assert first.as_config(tmp_path)["embeddings"] == {"file": "nodes.csv"}
    assert first.as_config(tmp_path / "deeper")["embeddings"] == {"file": "../nodes.csv"}


def test_every_key_of_a_config_is_written_by_its_row_of_the_schema(tmp_path: Path) -> None:
    problem = softstep.load(ROOT / "configs" / "doc_example.yaml")
    written = problem.as_config(tmp_path)
    assert [*written] == [key for key in SCHEMA if key in written]
    assert {key: SCHEMA[key].write(problem.setting) for key in written} == written


def test_weights_with_features_as_rows_mean_the_same_as_transposed() -> None:
    config = "embeddings: [[1, 2], [3, 4]]\nlabels: [0, 2]\nbiases: [0.1, 0.2, 0.3]\nweights: "
    turned = problem_in(config + "{rows: features, values: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}\n")
    plain = problem_in(config + "[[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]\n")
    assert turned.given.values["weights"].tolist() == plain.given.values["weights"].tolist()
    with pytest.raises(softstep.SoftstepError, match="2 rows of 3 numbers; expected rows of 2, because embeddings"):
        problem_in(config + "[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]\n")


def test_a_class_may_be_called_like_a_parameter() -> None:
    text = "embeddings: [[1, 2]]\nclasses: [W2, W1]\nweights: {W1: [3, 4], W2: [5, 6]}\nlabels: [W1]\n"
    assert problem(text).given.values["weights"].tolist() == [[5, 6], [3, 4]]
    assert problem(text).given.values["labels"].tolist() == [1]
