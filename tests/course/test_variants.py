"""Variants: the numbers drawn, what they keep of the original, and the report."""

from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from support.problems import few_and_many, problem_in
from support.running import CONFIGS

import softstep
from softstep.course.exercise import make_exercise
from softstep.course.integers import Integers
from softstep.course.variants import Variants, draw_variants
from softstep.course.worksheet import config

FORWARD = ("logits", "probabilities", "predictions")
SMALL = """
embeddings: [[0.5, 0.6], [0.3, 0.8], [0.1, -0.4]]
labels: [0, 1, 1]
weights: [[0.1, 0.4], [0.7, -0.2]]
biases: [0.05, -0.1]
learning_rate: 0.5
"""
KINDS = {
    "from embeddings": SMALL,
    "from logits": "logits: [[2.0, 1.0, 0.1], [0.5, -0.3, 1.2]]\nlabels: [0, 2]",
    "from probabilities": "probabilities: [[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]]\nlabels: [0, 2]",
    "with targets": "logits: [[2.0, 1.0, 0.1], [0.5, -0.3, 1.2]]\ntargets: [[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]]",
    "random weights": "embeddings: [[0.5, 0.6], [0.3, -0.8]]\nlabels: [0, 1]\nweights: {init: normal, scale: 0.3}",
}
KEPT = {KINDS["random weights"]: {"biases"}}


def variants_of(problem: softstep.Problem, *ask: str, **options: object) -> Variants:
    return draw_variants(make_exercise(problem, ask), **options)  # type: ignore[arg-type]


def settings_of(variants: Variants) -> list[dict[str, list[object]]]:
    given = (variant.exercise.problem.given.values for variant in variants.variants)
    return [{key: value.tolist() for key, value in values.items()} for values in given]


def test_a_variant_is_the_same_for_ever() -> None:
    drawn = variants_of(softstep.load(CONFIGS / "doc_example.yaml"), *FORWARD)
    lines = "".join(config(drawn)).splitlines(keepends=True)
    assert lines[1] == f"note: Variant 1 of seed 1, softstep {softstep.__version__}\n"
    assert lines[8] == "labels: {1: 2, 2: 0, 3: 1, 4: 1, 5: 2}\n"
    assert sha256("".join(lines[:1] + lines[2:]).encode()).hexdigest()[:16] == "d9e130c548896a4d"


def test_a_variant_depends_on_the_seed_and_its_number_alone() -> None:
    problem = problem_in(SMALL)
    three, five = (settings_of(variants_of(problem, "logits", count=count)) for count in (3, 5))
    assert five[:3] == three
    assert len({str(each) for each in five}) == 5
    assert settings_of(variants_of(problem, "logits", seed=2)) != three[:1]


@pytest.mark.parametrize("text", KINDS.values(), ids=KINDS)
@few_and_many(2, 30)
def test_new_numbers_have_the_range_the_decimals_and_the_signs_of_the_old(text: str, cases: int) -> None:
    problem = problem_in(text)
    changed = set()
    for values in settings_of(variants_of(problem, count=cases)):
        for key, old in problem.given.values.items():
            new = np.array(values[key])
            assert old.shape == new.shape
            assert np.array_equal(np.sign(new), np.sign(old)) or key == "labels"
            assert ((new >= old.min()) & (new <= old.max())).all() or key in ("labels", "weights")
            if key not in ("labels", "weights"):
                assert all(places(number) <= max(map(places, old.ravel())) for number in new.ravel())
            changed |= {key} if not np.array_equal(old, new) else set()
    assert changed - {"labels"} == {*problem.given.values} - {"labels", "learning_rate"} - KEPT.get(text, set())


def places(number: float) -> int:
    return -int(Decimal(repr(float(number))).normalize().as_tuple().exponent)


@few_and_many(3, 100)
def test_new_probabilities_add_up_to_what_the_old_did(cases: int) -> None:
    for values in settings_of(variants_of(problem_in(KINDS["from probabilities"]), count=cases)):
        rows = [[Decimal(repr(number)) for number in row] for row in values["probabilities"]]  # type: ignore[attr-defined]
        assert [sum(row) for row in rows] == [1, 1]


def test_given_probabilities_of_0_are_filled() -> None:
    (values,) = settings_of(variants_of(problem_in("probabilities: [[0.1, 0.9, 0.0], [0, 1, 0]]"), "predictions"))
    assert all(0 < P < 1 for row in values["probabilities"] for P in row)  # type: ignore[attr-defined]


def test_slips_need_not_be_told_apart_where_other_demands_leave_no_room() -> None:
    drawn = variants_of(problem_in("logits: [[1, 2], [2, 1]]\nlabels: [0, 1]"), count=2)
    assert [sorted(row) for values in settings_of(drawn) for row in values["logits"]] == [[1, 2]] * 4  # type: ignore


def test_a_variant_reads_back_as_it_is_and_counts_what_is_asked(tmp_path: Path) -> None:
    drawn = variants_of(problem_in(f"{SMALL}marks: {{loss: 3}}"), "loss", "dW")
    (tmp_path / "v.yaml").write_text("".join(config(drawn)))
    again = softstep.load(tmp_path / "v.yaml")
    assert again.setting.marks == {"loss": 3, "weight_gradients": 1}
    assert {key: value.tolist() for key, value in again.given.values.items()} == settings_of(drawn)[0]


@pytest.mark.parametrize("name", ["W", "weights"])
def test_what_is_kept_stays(name: str) -> None:
    problem = problem_in(SMALL)
    (values,) = settings_of(variants_of(problem, "logits", keep=[name]))
    assert values["weights"] == problem.given.values["weights"].tolist()
    assert values["embeddings"] != problem.given.values["embeddings"].tolist()


def test_biases_that_are_left_out_stay_0() -> None:
    drawn = variants_of(problem_in(SMALL.replace("biases", "# biases")), "logits")
    assert settings_of(drawn)[0]["biases"] == [0, 0]


def test_data_files_become_part_of_a_variant(tmp_path: Path) -> None:
    (tmp_path / "z.csv").write_text("id,p,q\na,0.5,0.6\nb,0.3,0.8\n")
    text = "embeddings: {file: z.csv}\nlabels: {a: 0, b: 1}\nweights: [[0.1, 0.4], [0.7, -0.2]]"
    text = "".join(config(variants_of(problem_in(text, folder=tmp_path), "logits")))
    assert "file" not in text
    assert "features: [p, q]" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keep": ["Q"]}, "--keep Q: not in the config; expected embeddings, labels, weights or biases; write one"),
        ({"keep": ["Z", "y", "W", "b"]}, "--keep Z --keep y --keep W --keep b: nothing is left to draw; leave one"),
    ],
)
def test_what_cannot_be_kept_is_refused(options: dict[str, list[str]], words: str) -> None:
    with pytest.raises(softstep.SoftstepError, match=words):
        variants_of(problem_in(SMALL), **options)  # type: ignore[arg-type]


def test_after_a_thousand_draws_the_demand_is_named() -> None:
    certain = problem_in("logits: [[9.0, -9.0, 8.0]]\nlabels: [0]")
    reason = "c.yaml:1:1: worksheet: variant 1: no draw of 1,000 meets the demands; mostly a probability is printed as"
    with pytest.raises(softstep.SoftstepError, match=reason):
        variants_of(certain, keep=["H"])


def test_no_variant_comes_twice() -> None:
    few = problem_in("embeddings: [[0.2], [0.3]]\nweights: [[0.5], [0.8]]")
    with pytest.raises(softstep.SoftstepError, match=r"variant 5: .* it is an earlier variant; ask for"):
        variants_of(few, "H", count=5, keep=["W"])


def test_an_exercise_is_small_enough_for_paper() -> None:
    with pytest.raises(softstep.SoftstepError, match="6,000 numbers; expected 5,000 at most; take fewer nodes"):
        variants_of(softstep.Problem(logits=np.ones((2000, 3))))


def test_the_report_has_draws_slips_and_difficulty() -> None:
    drawn = variants_of(softstep.load(CONFIGS / "doc_example.yaml"), *FORWARD, count=3)
    draws = sum(variant.draws for variant in drawn.variants)
    assert [*drawn.report()] == [
        f"3 variants of seed 1 in {draws} draws, {draws / 3:.1f} each",
        "slips that show in each: 15 of 15",
        "difficulty: largest logit 0.7 to 1.01; wrong predictions 1 to 4",
    ]


def test_slips_that_no_exercise_of_the_shape_tells_apart_are_reported() -> None:
    lines = [*variants_of(problem_in("logits: [[1.2, 0.4]]\nlabels: [0]")).report()]
    (hidden,) = [line for line in lines if line.startswith("slips that no exercise of this shape shows")]
    (pairs,) = [line for line in lines if line.startswith("slips that every exercise of this shape prints alike")]
    assert "loss-sum (loss)" in hidden
    assert "off-by-one-label (node_losses) and one-minus-p (node_losses)" in pairs


def test_whole_numbers_are_spread_evenly() -> None:
    numbers = Integers("any")
    counts = np.bincount([numbers.between(0, 4) for _ in range(5000)], minlength=5)
    assert ((counts > 850) & (counts < 1150)).all()
    items = [*range(20)]
    numbers.shuffle(items)
    assert sorted(items) == [*range(20)] != items


@pytest.mark.slow
@pytest.mark.parametrize("ask", [FORWARD, ()], ids=["forward", "all"])
@pytest.mark.parametrize("name", ["doc_example", "article_table"])
def test_a_thousand_variants_take_less_than_a_minute(name: str, ask: tuple[str, ...]) -> None:
    from time import perf_counter

    start = perf_counter()
    variants_of(softstep.load(CONFIGS / f"{name}.yaml"), *ask, count=1000)
    assert perf_counter() - start < 60
