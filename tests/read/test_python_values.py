"""Problems from Python values: lists, mappings, NumPy arrays and other libraries' tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.problems import problem_in
from support.running import CONFIGS

import softstep

Z = [[0.5, 0.6, 0.7, 0.8], [0.3, 0.8, 0.3, 0.4], [0.7, 0.9, 0.6, 0.9], [0.2, 0.1, 0.2, 0.3], [0.8, 0.4, 0.2, 0.3]]


W = [[0.17, 0.4, -0.14, 0.51], [0.75, -0.04, 0.67, -0.18], [0.53, -0.04, 0.4, 0.77]]


BY_HAND = {"every_step": True, "decimals": 2, "loss_decimals": 4, "ties": "half-down"}


ARTICLE: dict[str, Any] = {
    "embeddings": Z,
    "labels": [0, 1, 0, 1, 2],
    "weights": W,
    "biases": [0.05, -0.11, -0.32],
    "learning_rate": 0.2,
    "gradient": "article",
    "rounding": BY_HAND,
}


class DataFrame:
    """Like a table of another library: NumPy can convert it."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(Z, dtype=dtype)


FORMS: dict[str, dict[str, Any]] = {
    "lists": {},
    "tuples": {"embeddings": tuple(map(tuple, Z)), "labels": (0, 1, 0, 1, 2)},
    "arrays": {"embeddings": np.array(Z), "weights": np.array(W), "labels": np.array([0, 1, 0, 1, 2])},
    "array scalars": {"learning_rate": np.float64(0.2), "biases": list(np.array([0.05, -0.11, -0.32]))},
    "a vector of biases": {"biases": np.array([0.05, -0.11, -0.32])},
    "mappings": {"labels": {1: 0, 2: 1, 3: 0, 4: 1, 5: 2}, "weights": {"w0": W[0], "w1": W[1], "w2": W[2]}},
    "labels by class": {"labels": {0: [1, 3], 1: [2, 4], 2: [5]}},
    "another library's table": {"embeddings": DataFrame()},
    "Fortran order": {"embeddings": np.asfortranarray(Z)},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_python_values_means_the_same_as_the_config(form: str) -> None:
    from_values = softstep.Problem(**ARTICLE | FORMS[form]).run()
    from_config = softstep.load(CONFIGS / "doc_example.yaml").run()
    assert [*from_values] == [*from_config]
    assert all(from_values[key].digits() == from_config[key].digits() for key in from_config)


def test_arrays_are_copied_bit_for_bit() -> None:
    weights = np.random.default_rng(0).normal(size=(3, 4))
    problem = softstep.Problem(embeddings=Z, weights=weights)
    before = weights.copy()
    weights[:] = 0
    assert problem.given.values["weights"].tolist() == before.tolist()


def test_integer_and_float32_arrays_are_read() -> None:
    problem = softstep.Problem(logits=np.array([[1, 2]]), labels=np.array([1], dtype=np.int8))
    assert problem.loss()["loss"].digits() == "0.3133"
    assert softstep.Problem(logits=np.array([[0.5, 2]], dtype=np.float32)).given.values["logits"].tolist() == [[0.5, 2]]


SAME = {
    "nan": ("logits: [[1, nan]]", {"logits": [[1.0, float("nan")]]}),
    "nan in an array": ("logits: [[1, nan]]", {"logits": np.array([[1.0, np.nan]])}),
    "infinite": ("logits: [[-inf, 1.0]]", {"logits": np.array([[-np.inf, 1.0]])}),
    "ragged": ("logits: [[1, 2], [3, 4], [5]]", {"logits": [[1, 2], [3, 4], [5]]}),
    "text": ('logits: [[1, "0.5"]]', {"logits": [[1, "0.5"]]}),
    "a truth value": ("logits: [[1, true]]", {"logits": [[1, True]]}),
    "nothing": ("logits: [[1, ~]]", {"logits": [[1, None]]}),
    "one number": ("logits: 3", {"logits": 3}),
    "a row for nodes of one number": (
        "embeddings: [1, 2]\nweights: [[1], [2]]", {"embeddings": np.array([1, 2]), "weights": [[1], [2]]},
    ),
    "a row of weights": (
        "embeddings: [1.5, 2.5]\nweights: [1.5, 2.5]", {"embeddings": [1.5, 2.5], "weights": np.array([1.5, 2.5])},
    ),
    "one label for two nodes": ("logits: [[1, 2], [3, 4]]\nlabels: 0", {"logits": [[1, 2], [3, 4]], "labels": 0}),
    "labels for fewer nodes": (
        "logits: {a: [1, 2], b: [3, 4]}\nlabels: [0]", {"logits": {"a": [1, 2], "b": [3, 4]}, "labels": np.array([0])},
    ),
    "one-hot of three classes": (
        "logits: [[1, 2], [3, 4]]\nlabels: [[1, 0, 0], [0, 1, 0]]",
        {"logits": [[1, 2], [3, 4]], "labels": np.array([[1, 0, 0], [0, 1, 0]])},
    ),
    "a distribution for a label": (
        "logits: [[1, 2], [3, 4]]\nlabels: [[0.7, 0.3], [0.0, 1.0]]",
        {"logits": [[1, 2], [3, 4]], "labels": np.array([[0.7, 0.3], [0, 1]])},
    ),
    "empty": ("logits: []", {"logits": []}),
    "no such class": ("logits: [[1, 2]]\nlabels: [2]", {"logits": [[1, 2]], "labels": [2]}),
    "no such node": ("logits: [[1, 2]]\nlabels: {3: 1}", {"logits": [[1, 2]], "labels": {3: 1}}),
    "weights of another length": (
        "embeddings: [[1, 2]]\nweights: [[1], [2]]",
        {"embeddings": np.ones((1, 2), int), "weights": np.array([[1], [2]])},
    ),
    "a negative rate": ("logits: [[1, 2]]\nlearning_rate: -1", {"logits": [[1, 2]], "learning_rate": -1}),
    "another gradient": ('logits: [[1, 2]]\ngradient: "artcle"', {"logits": [[1, 2]], "gradient": "artcle"}),
    "too many decimals": (
        "logits: [[1, 2]]\nrounding: {decimals: 16}", {"logits": [[1, 2]], "rounding": {"decimals": 16}},
    ),
    "an unknown key": ("logits: [[1, 2]]\nrounding: {decimal: 2}", {"logits": [[1, 2]], "rounding": {"decimal": 2}}),
    "too many classes": ("logits: [[1, 2]]\nclasses: [a, b, c]", {"logits": [[1, 2]], "classes": ["a", "b", "c"]}),
    "two starts": ("logits: [[1, 2]]\nweights: [[1]]", {"logits": [[1, 2]], "weights": [[1]]}),
    "a distribution": ("probabilities: [[0.5, 0.7]]", {"probabilities": [[0.5, 0.7]]}),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_python_values_get_the_same_complaints_as_a_config(case: str) -> None:
    text, keys = SAME[case]
    with pytest.raises(softstep.SoftstepError) as in_config:
        problem_in(text)
    with pytest.raises(softstep.SoftstepError) as in_python:
        softstep.Problem(**keys)
    assert all(line.startswith("Problem: ") for line in in_python.value.complaints)
    in_both = [[line.split(": ", 1)[1] for line in error.value.complaints] for error in (in_config, in_python)]
    assert in_both[0] == in_both[1]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (
            {"embeddings": np.ma.masked_array([[1.0, 2], [3, 9]], mask=[[0, 0], [0, 1]])},
            "embeddings.2[1]: nothing; expected",
        ),
        ({"logits": {(1, 2), (3, 4)}}, "logits: "),
        ({"logits": [[[[[[[[[[1]]]]]]]]]]}, "nested too deep; expected at most 8 deep"),
        ({"logits": np.array([[1, 1e400]], dtype=np.longdouble)}, "logits.1[1]: 'inf'; expected a finite number"),
        ({"logits": frozenset({(1, 2), (3, 4)})}, "logits: "),
        ({"logits": np.empty((2, 0))}, "an empty list"),
        ({"logits": np.array([[1, 2e308]], dtype=np.longdouble) * 1000}, "logits.1[1]: "),
        ({"logits": [[[[[[[[[1]]]]]]]]]}, "nested too deep"),
        ({"logits": [[[[[[[[1]]]]]]]]}, "logits.1[0]: a list of 1"),
        ({"logits": [[1, 2]], "labels": [1e15]}, "labels.1: unknown class '1000000000000000.0'"),
        ({"logits": np.array([[1, 2j]])}, "expected a decimal number"),
        ({"logits": [[1, 10**5000]]}, "expected no larger than 1.8e308, the largest float64"),
        ({"logits": {10**5000: [1, 2]}}, "of at most 80 characters"),
        ({"logits": np.ones((2, 2, 2))}, "logits.1[0]: a list of 2; expected a decimal number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_that_is_not_a_table_is_refused_with_a_reason(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(softstep.SoftstepError) as refused:
        softstep.Problem(**keys)
    assert reason in str(refused.value)


def test_a_whole_float32_is_a_label_and_a_name() -> None:
    assert softstep.Problem(logits=[[1, 2]], labels=[np.float32(1)]).loss()["loss"].digits() == "0.3133"
    assert softstep.Problem(logits=[[1, 2]], labels={np.float32(1): 1}).loss()["loss"].digits() == "0.3133"


def test_a_masked_label_means_no_label() -> None:
    labels = np.ma.masked_array([0, 1, 1], mask=[0, 1, 0])
    problem = softstep.Problem(logits=[[1, 2], [3, 4], [5, 6]], labels=labels)
    assert problem.loss()["node_losses"].rows == ("1", "3")


def test_a_table_that_cannot_become_an_array_is_refused() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
            raise RuntimeError("call detach first")

    with pytest.raises(softstep.SoftstepError, match=r"a Tensor that is no array .call detach first.; expected one"):
        softstep.Problem(logits=Tensor())


def test_a_complaint_about_python_values_names_no_line() -> None:
    with pytest.raises(
        softstep.SoftstepError, match=r"^Problem: loss needs labels, which this config does not have; add it$"
    ):
        softstep.Problem(logits=[[1, 2]]).loss()
    with pytest.raises(softstep.SoftstepError, match="unknown key 'logit'; expected logits; did you mean logits"):
        softstep.Problem(logit=[[1, 2]])


def test_an_array_of_a_million_numbers_is_read() -> None:
    problem = softstep.Problem(embeddings=np.ones((62_500, 16)), weights=np.zeros((2, 16)))
    assert problem.forward()["probabilities"].value.shape == (62_500, 2)


def test_a_problem_from_arrays_can_be_written_as_a_config() -> None:
    problem = softstep.Problem(**ARTICLE)
    assert problem_in(str(problem.after().as_config(Path()))).loss()["loss"].digits() == "1.1468"


def test_a_problem_that_starts_with_logits_can_be_written_as_a_config() -> None:
    config = softstep.Problem(logits=[[1, 2], [3, 4]], labels={2: 1}).as_config(Path())
    assert config["logits"] == {1: [1.0, 2.0], 2: [3.0, 4.0]}
    assert problem_in(str(config)).loss()["loss"].digits() == "0.3133"


def test_numpy_arrays_mean_the_same_as_lists() -> None:
    lists: dict[str, Any] = {
        "embeddings": [[1.5, 2], [3, 4]],
        "labels": [0, 1],
        "weights": [[1, 2], [3, 4]],
        "biases": [0.5, -1],
        "learning_rate": 0.1,
    }
    arrays = {key: np.array(value) for key, value in lists.items()}
    for problem in (softstep.Problem(**lists), softstep.Problem(**arrays)):
        assert {key: problem.given.values[key].tolist() for key in lists} == lists


@pytest.mark.parametrize("row", [[2.0, 1.0, 0.1], (2.0, 1.0, 0.1), np.array([2.0, 1.0, 0.1])], ids=type)
def test_one_row_is_one_node(row: Any) -> None:
    """-ln(e^2 / (e^2 + e^1 + e^0.1)) = 0.417."""
    problem = softstep.Problem(logits=row, labels=0, rounding={"decimals": 3})
    assert problem.loss()["loss"].digits() == "0.417"
    assert problem.given.values["logits"].shape == (1, 3)


def test_one_row_of_whole_numbers_is_one_node() -> None:
    problem = softstep.Problem(embeddings=np.array([1, 2]), labels=np.array(1), weights=[[1, 2], [3, 4]])
    assert problem.forward()["logits"].value.tolist() == [[5, 11]]
    assert problem.given.labelled.tolist() == [0]


ONE_HOT: dict[str, Any] = {
    "whole numbers": np.eye(3, dtype=int)[[0, 2, 1]],
    "floats": np.eye(3)[[0, 2, 1]],
    "truth as numbers": np.eye(3, dtype=np.uint8)[[0, 2, 1]],
    "lists": [[1, 0, 0], [0, 0, 1], [0, 1, 0]],
    "lists of floats": [[1.0, 0, 0], [0, 0, 1.0], [0, 1.0, 0]],
    "a mapping": {"c": [0, 1, 0], "b": [0, 0, 1], "a": [1, 0, 0]},
}


@pytest.mark.parametrize("form", ONE_HOT)
def test_one_hot_labels_are_classes_by_position(form: str) -> None:
    logits = {"a": [1, 2, 4], "b": [2, 2, 2], "c": [0, 1, 0]}
    given = softstep.Problem(logits=logits, labels=ONE_HOT[form], classes=[3, 2, 1]).given
    assert given.values["labels"].tolist() == [0, 2, 1]
    assert given.labelled.tolist() == [0, 1, 2]


def test_a_million_one_hot_labels_are_read() -> None:
    y = np.arange(1_000_000) % 2
    given = softstep.Problem(logits=np.ones((len(y), 2)), labels=np.eye(2)[y]).given
    assert (given.values["labels"] == y).all()


def test_labels_without_names_follow_the_order_of_named_nodes() -> None:
    logits = {"b": [1, 2], "a": [2, 2], "2": [0, 1]}
    for labels in ([1, 0, 0], np.array([1, 0, 0]), (1, 0, 0)):
        assert softstep.Problem(logits=logits, labels=labels).given.values["labels"].tolist() == [1, 0, 0]
    with pytest.raises(softstep.SoftstepError, match=r"labels: a list of 2; expected the class of each node by name"):
        softstep.Problem(logits={2: [1, 2], 1: [2, 2]}, labels=[0, 1])


def test_large_arrays_are_copied_and_their_labels_checked() -> None:
    Z, y = np.ones((20_000, 2)), np.arange(20_000, dtype=np.int16) % 3
    problem = softstep.Problem(embeddings=Z, labels=y, weights=np.zeros((3, 2)))
    Z[:], y[:] = 7, 0
    assert problem.given.values["embeddings"].max() == 1
    assert problem.given.values["labels"].tolist() == [i % 3 for i in range(20_000)]
    with pytest.raises(softstep.SoftstepError, match=r"labels\.20000: unknown class '3'; expected 0, 1 or 2"):
        softstep.Problem(embeddings=Z, labels=np.where(np.arange(20_000) < 19_999, 0, 3), weights=np.zeros((3, 2)))
    assert softstep.Problem(
        logits=[[1, 2]], labels=np.array([10**17]), classes=[10**17, "b"]
    ).given.labelled.tolist() == [0]


def test_an_unknown_keyword_is_reported_like_an_unknown_key() -> None:
    with pytest.raises(softstep.SoftstepError, match="unknown key 'lables'; expected labels; did you mean labels"):
        softstep.Problem(logits=[[1, 2]], lables=[0])


def test_letters_of_the_page_are_keys() -> None:
    long: dict[str, Any] = {
        "embeddings": [[1.5, 2], [3, 4]],
        "labels": [0, 1],
        "weights": [[1, 2], [3, 4]],
        "biases": [0.5, -1],
        "learning_rate": 0.1,
    }
    for letters in ("Z y W b lr", "X y W b alpha", "x Y w B η"):
        problem = softstep.Problem(**dict(zip(letters.split(), long.values(), strict=True)))
        assert {key: problem.given.values[key].tolist() for key in problem.given.values} == long


def test_a_letter_beside_its_long_name_is_a_duplicate() -> None:
    with pytest.raises(softstep.SoftstepError) as refused:
        softstep.Problem(embeddings=[[1, 2]], Z=[[1, 2]], W=[[1, 2]])
    assert str(refused.value) == (
        "Problem: config: duplicate key 'Z' (the same as 'embeddings'); expected each key once; keep one of the two"
    )
