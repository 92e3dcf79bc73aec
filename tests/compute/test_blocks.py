"""Very many nodes: whatever is computed block by block and printed part by part is what it is all at once."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest

import softstep
from softstep.compute.rows import LazyArray, NumberNames, select

NODES, FEATURES, CLASSES = 53, 4, 3
COMMANDS = ["forward", "loss", "grad", "update", "run"]


def problem(gradient: str = "standard", unlabelled: int = 9, **more: Any) -> softstep.Problem:
    """A random problem, some of whose nodes have no label: all of a block among them."""
    random = np.random.default_rng(5)
    labels = {i + 1: int(random.integers(CLASSES)) for i in range(NODES) if not 20 <= i < 20 + unlabelled}
    return softstep.Problem(
        embeddings=random.normal(size=(NODES, FEATURES)).round(3),
        labels=labels,
        weights=random.normal(size=(CLASSES, FEATURES)),
        biases=random.normal(size=CLASSES),
        learning_rate=0.3,
        gradient=gradient,
        **more,
    )


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few nodes, so that few nodes are many."""
    monkeypatch.setattr("softstep.compute.blocks.FEWEST", 6)
    monkeypatch.setattr("softstep.compute.blocks.ENTRIES", 18)
    for module in ("compute.rows", "compute.steps", "render.delimited", "render.result_views"):
        monkeypatch.setattr(f"softstep.{module}.BLOCK", 5)


def whole(command: str, format: str, monkeypatch: pytest.MonkeyPatch, **how: Any) -> tuple[str, str]:  # noqa: A002
    """What a command prints in one block, and in many."""
    params = how.pop("params", ())
    gradient, unlabelled = how.pop("gradient", "standard"), how.pop("unlabelled", 9)
    texts = []
    for size in (10**6, 6):
        with monkeypatch.context() as patch:
            patch.setattr("softstep.compute.blocks.FEWEST", size)
            patch.setattr("softstep.compute.blocks.ENTRIES", 18)
            for module in ("compute.rows", "compute.steps", "render.delimited", "render.result_views"):
                patch.setattr(f"softstep.{module}.BLOCK", size)
            result = getattr(problem(gradient, unlabelled), command)(*params)
            texts.append(result.text(format, **how))
    return texts[0], texts[1]


@pytest.mark.parametrize("gradient", ["standard", "article"])
@pytest.mark.parametrize("unlabelled", [0, 9], ids=["all labelled", "some unlabelled"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_number_is_the_same_in_blocks(
    command: str, gradient: str, unlabelled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = () if command == "loss" else ("w1", "b0")
    texts = whole(command, "csv", monkeypatch, gradient=gradient, unlabelled=unlabelled, params=params)
    rows = [list(csv.reader(io.StringIO(text))) for text in texts]
    assert len(rows[0]) == len(rows[1]) > 1
    for one, many in zip(*(each[1:] for each in rows), strict=True):
        assert one[:3] == many[:3]
        assert float(many[3]) == pytest.approx(float(one[3]), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("format", ["table", "markdown", "html", "latex"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_eyes_see_is_the_same_in_blocks(
    command: str,
    format: str,  # noqa: A002
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, many = whole(command, format, monkeypatch)
    assert one == many


def test_workings_are_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    one, many = whole("grad", "table", monkeypatch, work=True, params=("w0",))
    assert one == many
    assert "sums shortened" in one
    one, many = whole("forward", "table", monkeypatch, work=True)
    assert one == many


@pytest.mark.parametrize("command", COMMANDS)
def test_streamed_json_is_the_same_record(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [json.loads(text) for text in whole(command, "json", monkeypatch, work=command == "forward")]
    assert records[0]["steps"].keys() == records[1]["steps"].keys()
    for one, many in zip(*(record["steps"].values() for record in records), strict=True):
        assert one.get("rows") == many.get("rows")
        assert one.get("work") == many.get("work")
        assert np.allclose(one.get("values", one.get("value")), many.get("values", many.get("value")), rtol=1e-12)


@pytest.mark.usefixtures("in_blocks")
def test_a_node_and_a_class_can_be_picked_out_of_very_many() -> None:
    result = problem().run().only(nodes=["41"], classes=["2"])
    assert result["probabilities"].rows == ("41",)
    assert result["probabilities"].value.shape == (1, 1)
    expected = softstep_probability(problem(), 40)[2]
    assert result["probabilities"].value[0, 0] == pytest.approx(expected, rel=1e-14)


def softstep_probability(of: softstep.Problem, node: int) -> np.ndarray:
    """The probabilities of a node, by the textbook."""
    values = of.given.values
    e = np.exp(values["weights"] @ values["embeddings"][node] + values["biases"])
    return np.asarray(e / e.sum())


@pytest.mark.usefixtures("in_blocks")
def test_typed_numbers_have_the_places_of_the_longest_wherever_it_stands() -> None:
    result = softstep.Problem(logits=[[1.5, 2.0]] * 11 + [[0.125, 1.0]]).run()
    assert result.opening[0].digits()[0] == ["1.500", "2.000"]


@pytest.mark.usefixtures("in_blocks")
def test_steps_of_very_many_nodes_hold_no_matrix_until_it_is_asked_for() -> None:
    step = problem().forward()["probabilities"]
    assert isinstance(step.numbers, LazyArray)
    assert [len(part.rows or ()) for part in step.parts()] == [5] * 10 + [3]
    assert np.asarray(step).shape == (NODES, CLASSES)
    assert step.value.sum(axis=1) == pytest.approx(np.ones(NODES))


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("gradient", ["standard", "article"])
def test_a_loss_and_an_update_by_very_many_nodes_make_no_matrix_whole(
    gradient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LazyArray, "_all_rows", property(lambda rows: pytest.fail(f"all {len(rows)} rows at once")))
    assert problem(gradient).run("w1", "b0")["updated_weights"].rows == ("w1",)


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("command", ["forward", "loss", "update"])
def test_an_overflow_in_one_block_is_refused_by_name(command: str) -> None:
    Z = np.ones((NODES, 1))
    Z[37] = 1e308
    over = softstep.Problem(embeddings=Z, labels=[0] * NODES, weights=[[1.0], [-100.0]], learning_rate=1)
    with pytest.raises(softstep.SoftstepError, match=r"logits: H at node 38, class 1 is beyond the largest float64"):
        getattr(over, command)()


@pytest.mark.usefixtures("in_blocks")
def test_an_infinite_logit_is_shifted_and_shown_in_blocks_too() -> None:
    H = np.zeros((NODES, 2))
    H[50] = 1e4
    result = softstep.Problem(logits=H, labels=[0] * NODES).forward()
    assert result["shifts"].value[50] == 1e4
    assert "shifts" not in softstep.Problem(logits=np.zeros((NODES, 2))).forward()


def test_blocks_in_threads_add_up_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softstep.compute.blocks.FEWEST", 6)
    monkeypatch.setattr("softstep.compute.blocks.ENTRIES", 18)
    found = []
    for threads in ("1", "2"):  # of the linear algebra; with 1, the blocks have threads
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
        found.append(problem().update()["updated_weights"].value.tolist())
    assert found[0] == found[1]


def test_names_that_are_numbers_are_a_sequence_of_text() -> None:
    names = NumberNames(range(1, 4))
    assert list(names) == ["1", "2", "3"]
    assert names == ("1", "2", "3")
    assert names != ("1", "2")
    assert names[-1] == "3"
    assert names[1:] == ["2", "3"]
    assert "2" in names
    assert names.index("3") == 2
    assert repr(names) == "<3 names, 1 to 3>"


def test_rows_are_computed_where_they_are_looked_at() -> None:
    asked = []

    def compute(at: Any) -> np.ndarray:
        asked.append(at)
        return np.arange(10.0)[at, None] * [1.0, 10.0]

    rows = LazyArray((10, 2), float, compute)
    assert rows.shape == (10, 2)
    assert rows[3, 1] == 30
    assert rows[4].tolist() == [4, 40]
    assert rows[[7, 2]].tolist() == [[7, 70], [2, 20]]
    assert rows[8:, 0].tolist() == [8, 9]
    assert select(rows, [5, 1], [1]).tolist() == [[50], [10]]
    assert np.asarray(rows, dtype=int).tolist()[9] == [9, 90]
    assert len(asked) < 9


@pytest.mark.usefixtures("in_blocks")
def test_yaml_of_very_many_nodes_is_json_which_is_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    monkeypatch.setattr("softstep.render.result_views.BLOCK", 5)
    result = problem().loss()
    assert yaml.safe_load(result.text("yaml")) == json.loads(result.text("json"))
    assert result.text("yaml").startswith("{")
