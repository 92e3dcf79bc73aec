"""softstep in a notebook: problems from arrays, parts of a result, and how both are shown."""

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


class Framed:
    """What other libraries' tables are to NumPy."""

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
    "another library's table": {"embeddings": Framed()},
    "Fortran order": {"embeddings": np.asfortranarray(Z)},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_problem_from_arrays_is_the_one_from_the_config(form: str) -> None:
    made = softstep.Problem(**ARTICLE | FORMS[form]).run()
    loaded = softstep.load(CONFIGS / "doc_example.yaml").run()
    assert [*made] == [*loaded]
    assert all(made[key].digits() == loaded[key].digits() for key in loaded)


def test_arrays_are_copied_and_their_numbers_kept_bit_for_bit() -> None:
    weights = np.random.default_rng(0).normal(size=(3, 4))
    problem = softstep.Problem(embeddings=Z, weights=weights)
    before = weights.copy()
    weights[:] = 0
    assert problem.given.values["weights"].tolist() == before.tolist()


def test_whole_and_short_floats_are_taken() -> None:
    problem = softstep.Problem(logits=np.array([[1, 2]]), labels=np.array([1], dtype=np.int8))
    assert problem.loss()["loss"].digits() == "0.31"
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
    "a row": ("logits: [1, 2]", {"logits": [1, 2]}),
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
def test_arrays_are_refused_with_the_words_of_a_config(case: str) -> None:
    text, keys = SAME[case]
    with pytest.raises(softstep.SoftstepError) as in_config:
        problem_in(text)
    with pytest.raises(softstep.SoftstepError) as in_python:
        softstep.Problem(**keys)
    assert all(line.startswith("Problem: ") for line in in_python.value.complaints)
    in_both = [[line.split(": ", 1)[1] for line in error.value.complaints] for error in (in_config, in_python)]
    assert in_both[0] == in_both[1]


@pytest.mark.parametrize(
    ("keys", "said"),
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
def test_what_is_no_table_is_refused_in_words(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(softstep.SoftstepError) as refused:
        softstep.Problem(**keys)
    assert said in str(refused.value)


def test_short_floats_are_labels_and_names_too() -> None:
    assert softstep.Problem(logits=[[1, 2]], labels=[np.float32(1)]).loss()["loss"].digits() == "0.31"
    assert softstep.Problem(logits=[[1, 2]], labels={np.float32(1): 1}).loss()["loss"].digits() == "0.31"


def test_a_step_alone_comes_without_what_opens_the_page(result: softstep.Result) -> None:
    assert result.only(steps="loss").opening == ()


def test_up_to_twenty_right_names_are_listed() -> None:
    with pytest.raises(softstep.SoftstepError, match="18, 19 or 20; write one of them"):
        softstep.Problem(logits=[[1, 2]] * 20).forward().only(nodes=[99])


def test_a_masked_label_is_none() -> None:
    labels = np.ma.masked_array([0, 1, 1], mask=[0, 1, 0])
    problem = softstep.Problem(logits=[[1, 2], [3, 4], [5, 6]], labels=labels)
    assert problem.loss()["node_losses"].rows == ("1", "3")


def test_a_table_that_cannot_become_an_array_is_refused() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
            raise RuntimeError("call detach first")

    with pytest.raises(softstep.SoftstepError, match=r"a Tensor that is no array .call detach first.; expected one"):
        softstep.Problem(logits=Tensor())


def test_iterators_and_single_names_narrow_too(result: softstep.Result) -> None:
    assert [*result.only(steps=iter(["loss"]))] == [*result.only(steps="loss")] == ["loss"]
    assert result.only(nodes=(i for i in (1, 2)))["logits"].rows == ("1", "2")
    assert result.only(nodes=5)["logits"].rows == ("5",)


def test_a_command_that_lacks_something_names_no_line() -> None:
    with pytest.raises(softstep.SoftstepError, match=r"^Problem: loss needs labels, which this config lacks; add it$"):
        softstep.Problem(logits=[[1, 2]]).loss()
    with pytest.raises(softstep.SoftstepError, match="unknown key 'logit'; expected logits; did you mean logits"):
        softstep.Problem(logit=[[1, 2]])


def test_a_million_numbers_are_read_at_once() -> None:
    problem = softstep.Problem(embeddings=np.ones((62_500, 16)), weights=np.zeros((2, 16)))
    assert problem.forward()["probabilities"].value.shape == (62_500, 2)


def test_the_next_problem_of_arrays_can_be_written_as_a_config() -> None:
    problem = softstep.Problem(**ARTICLE)
    assert problem_in(str(problem.after().as_config(Path()))).loss()["loss"].digits() == "1.1468"


@pytest.fixture
def result() -> softstep.Result:
    return softstep.load(CONFIGS / "doc_example.yaml").run()


PARTS: list[tuple[dict[str, Any], dict[str, tuple[int, ...]]]] = [
    ({"steps": ["logits", "loss"]}, {"logits": (5, 3), "loss": ()}),
    (
        {"nodes": [2]},
        {
            "logits": (1, 3), "exponentials": (1, 3), "normalizers": (1,), "probabilities": (1, 3),
            "predictions": (1,), "node_losses": (1,), "residuals": (1, 3),
        },
    ),
    (
        {"classes": ["1", 2]},
        {
            "logits": (5, 2), "exponentials": (5, 2), "normalizers": (5,), "probabilities": (5, 2), "residuals": (5, 2),
            "weight_gradients": (2, 4), "bias_gradients": (2,), "updated_weights": (2, 4), "updated_biases": (2,),
        },
    ),
    (
        {"params": ["b1"]},
        {
            "logits": (5, 1), "exponentials": (5, 1), "normalizers": (5,), "probabilities": (5, 1), "residuals": (5, 1),
            "bias_gradients": (1,), "updated_biases": (1,),
        },
    ),
    ({"nodes": ["1", "5"], "classes": ["0"], "steps": ["residuals"]}, {"residuals": (2, 1)}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "left"), PARTS, ids=lambda case: " ".join(case))
def test_a_result_can_be_narrowed(
    result: softstep.Result, asked: dict[str, Any], left: dict[str, tuple[int, ...]]
) -> None:
    only = result.only(**asked)
    assert {key: step.value.shape for key, step in only.items()} == left
    for key, step in only.items():
        rows = [(result[key].rows or ()).index(name) for name in step.rows or ()]
        columns = [(result[key].columns or ()).index(name) for name in step.columns or ()]
        whole = result[key].value
        part = whole[np.ix_(rows, columns)] if columns else whole[rows] if rows else whole
        assert step.value.tolist() == part.tolist()


def test_a_part_of_a_part_is_worked_like_the_whole(result: softstep.Result) -> None:
    from softstep.working.explain import explain_step

    whole = list(explain_step(result["logits"]))
    assert list(explain_step(result.only(nodes=[2, 4]).only(nodes=[4], classes=[1])["logits"])) == [whole[3 * 3 + 1]]


def test_a_narrowed_update_is_no_config(result: softstep.Result) -> None:
    update = softstep.load(CONFIGS / "doc_example.yaml").update()
    assert update.next_config is not None
    with pytest.raises(softstep.SoftstepError, match="which has to be whole"):
        update.only(classes=[0]).text("yaml")
    assert [new.rows for _, new in result.only(params=["w1"]).changes] == [("w1",)]


def test_nothing_is_left_where_two_parts_have_nothing_in_common(result: softstep.Result) -> None:
    with pytest.raises(softstep.SoftstepError, match="no number is about node 1 and step loss; leave one"):
        result.only(nodes=[1], steps=["loss"])
    with pytest.raises(softstep.SoftstepError, match="--node 9: no such node here; expected one of 1, 2, 3, 4 or 5"):
        result.only(nodes=[9])


def test_a_notebook_shows_a_result_as_tables(result: softstep.Result) -> None:
    shown = result._repr_html_()
    assert shown.count("<table>") == 17
    assert "<html" not in shown
    assert "body {" not in shown  # or it would restyle the notebook
    assert "<td" in result["logits"]._repr_html_()
    assert result["logits"]._repr_html_().count("<table>") == 1


def test_a_notebook_shows_a_result_as_displayed_formulae(result: softstep.Result) -> None:
    shown = result._repr_latex_()
    assert r"$$ H = Z W^{\top} + b $$" in shown
    assert r"\text{1} & [0.68] & 0.57 & 0.82^{*}" in shown
    assert not any(command in shown for command in (r"\section", r"\begin{tabular}", r"\par"))
    assert result["loss"]._repr_latex_() == r"$$ L = (1/N) \sum \ell_{i} = 1.1358 $$"


def test_a_step_is_an_array_to_numpy(result: softstep.Result) -> None:
    assert np.argmax(result["probabilities"], axis=1).tolist() == [2, 0, 2, 0, 1]
    assert (np.asarray(result["residuals"]) @ np.ones(3)).shape == (5,)


def test_every_public_name_is_there() -> None:
    assert {*softstep.__all__} == {"Problem", "Result", "SoftstepError", "Step", "load"}
    assert all(getattr(softstep, name).__module__.startswith("softstep.") for name in softstep.__all__)


def test_a_result_is_written_in_any_format(result: softstep.Result) -> None:
    assert result.text("csv", work=True).startswith("step,row,column,value,work\n")
    assert "h_1[0] = z_1·w_0 + b_0" in result.text(work=True)
    assert result.only(steps="loss").text("markdown").startswith("# Node classification")
    with pytest.raises(softstep.SoftstepError, match="format docx: no such format; expected one of table, markdown"):
        result.text("docx")


def test_classes_may_be_asked_for_by_number_where_their_names_are_none() -> None:
    named = softstep.Problem(logits=[[1, 2]], classes=["cat", "dog"]).forward()
    assert named.only(classes=1)["exponentials"].columns == ("dog",)
    assert named.only(classes="dog")["exponentials"].columns == ("dog",)


def test_a_problem_that_starts_later_can_be_written_as_a_config_too() -> None:
    config = softstep.Problem(logits=[[1, 2], [3, 4]], labels={2: 1}).as_config(Path())
    assert config["logits"] == {1: [1.0, 2.0], 2: [3.0, 4.0]}
    assert problem_in(str(config)).loss()["loss"].digits() == "0.31"
