"""Many nodes: computing in blocks and printing in parts gives the same result as doing it all at once."""

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
    """A random problem; some nodes have no label, among them a whole block."""
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
    """Make the blocks so small that 53 nodes need several."""
    monkeypatch.setattr("softstep.compute.blocks.FEWEST", 6)
    monkeypatch.setattr("softstep.compute.blocks.ENTRIES", 18)
    for module in ("compute.rows", "compute.steps", "render.delimited", "render.result_views"):
        monkeypatch.setattr(f"softstep.{module}.BLOCK", 5)


def one_and_many_blocks(command: str, format: str, monkeypatch: pytest.MonkeyPatch, **how: Any) -> tuple[str, str]:  # noqa: A002
    """The output of a command computed in one block, and in many."""
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
    texts = one_and_many_blocks(command, "csv", monkeypatch, gradient=gradient, unlabelled=unlabelled, params=params)
    rows = [list(csv.reader(io.StringIO(text))) for text in texts]
    assert len(rows[0]) == len(rows[1]) > 1
    for one, many in zip(*(each[1:] for each in rows), strict=True):
        assert one[:3] == many[:3]
        assert float(many[3]) == pytest.approx(float(one[3]), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("format", ["table", "markdown", "html", "latex"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_page_is_the_same_in_blocks(
    command: str,
    format: str,  # noqa: A002
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, many = one_and_many_blocks(command, format, monkeypatch)
    assert one == many


def test_workings_are_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    one, many = one_and_many_blocks("grad", "table", monkeypatch, work=True, params=("w0",))
    assert one == many
    assert "sums shortened" in one
    one, many = one_and_many_blocks("forward", "table", monkeypatch, work=True)
    assert one == many


@pytest.mark.parametrize("command", COMMANDS)
def test_json_written_in_parts_is_the_same_record(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [
        json.loads(text) for text in one_and_many_blocks(command, "json", monkeypatch, work=command == "forward")
    ]
    assert records[0]["steps"].keys() == records[1]["steps"].keys()
    for one, many in zip(*(record["steps"].values() for record in records), strict=True):
        assert one.get("rows") == many.get("rows")
        assert one.get("work") == many.get("work")
        assert np.allclose(one.get("values", one.get("value")), many.get("values", many.get("value")), rtol=1e-12)


@pytest.mark.usefixtures("in_blocks")
def test_a_node_and_a_class_can_be_selected_from_many() -> None:
    result = problem().run().only(nodes=["41"], classes=["2"])
    assert result["probabilities"].rows == ("41",)
    assert result["probabilities"].value.shape == (1, 1)
    expected = textbook_probabilities(problem(), 40)[2]
    assert result["probabilities"].value[0, 0] == pytest.approx(expected, rel=1e-14)


def textbook_probabilities(of: softstep.Problem, node: int) -> np.ndarray:
    """The probabilities of a node, computed as in a textbook."""
    values = of.given.values
    e = np.exp(values["weights"] @ values["embeddings"][node] + values["biases"])
    return np.asarray(e / e.sum())


@pytest.mark.usefixtures("in_blocks")
def test_typed_numbers_have_the_decimals_of_the_longest_in_any_block() -> None:
    result = softstep.Problem(logits=[[1.5, 2.0]] * 11 + [[0.125, 1.0]]).run()
    assert result.opening[0].digits()[0] == ["1.500", "2.000"]


@pytest.mark.usefixtures("in_blocks")
def test_a_step_of_many_nodes_computes_its_matrix_only_on_request() -> None:
    step = problem().forward()["probabilities"]
    assert isinstance(step.numbers, LazyArray)
    assert [len(part.rows or ()) for part in step.parts()] == [5] * 10 + [3]
    assert np.asarray(step).shape == (NODES, CLASSES)
    assert step.value.sum(axis=1) == pytest.approx(np.ones(NODES))


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("gradient", ["standard", "article"])
def test_a_loss_and_an_update_of_many_nodes_never_build_a_whole_matrix(
    gradient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LazyArray, "_all_rows", property(lambda rows: pytest.fail(f"all {len(rows)} rows at once")))
    assert problem(gradient).run("w1", "b0")["updated_weights"].rows == ("w1",)


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("command", ["forward", "loss", "update"])
def test_an_overflow_in_one_block_is_refused_and_names_its_number(command: str) -> None:
    Z = np.ones((NODES, 1))
    Z[37] = 1e308
    over = softstep.Problem(embeddings=Z, labels=[0] * NODES, weights=[[1.0], [-100.0]], learning_rate=1)
    with pytest.raises(softstep.SoftstepError, match=r"logits: H at node 38, class 1 is beyond the largest float64"):
        getattr(over, command)()


@pytest.mark.usefixtures("in_blocks")
def test_a_large_logit_is_shifted_in_blocks_too() -> None:
    H = np.zeros((NODES, 2))
    H[50] = 1e4
    result = softstep.Problem(logits=H, labels=[0] * NODES).forward()
    assert result["shifts"].value[50] == 1e4
    assert "shifts" not in softstep.Problem(logits=np.zeros((NODES, 2))).forward()


def test_blocks_give_the_same_bits_with_and_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softstep.compute.blocks.FEWEST", 6)
    monkeypatch.setattr("softstep.compute.blocks.ENTRIES", 18)
    updates = []
    for threads in ("1", "2"):  # for the linear algebra; with 1, softstep runs the blocks in threads
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
        updates.append(problem().update()["updated_weights"].value.tolist())
    assert updates[0] == updates[1]


def test_numbered_names_behave_like_a_sequence_of_text() -> None:
    names = NumberNames(range(1, 4))
    assert list(names) == ["1", "2", "3"]
    assert names == ("1", "2", "3")
    assert names != ("1", "2")
    assert names[-1] == "3"
    assert names[1:] == ["2", "3"]
    assert "2" in names
    assert names.index("3") == 2
    assert repr(names) == "<3 names, 1 to 3>"


def test_rows_are_computed_only_when_they_are_read() -> None:
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
def test_yaml_of_many_nodes_is_written_as_json_which_is_valid_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    monkeypatch.setattr("softstep.render.result_views.BLOCK", 5)
    result = problem().loss()
    assert yaml.safe_load(result.text("yaml")) == json.loads(result.text("json"))
    assert result.text("yaml").startswith("{")
