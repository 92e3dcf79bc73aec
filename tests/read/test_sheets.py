"""Answer sheets: every form that is read, and the complaints about what cannot be read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.problems import problem_in

import softstep
from softstep.read.answers import Answers, Misfit, Sheet
from softstep.read.sheets import parse_sheet, read_sheet

CONFIG = """
embeddings: {a: [0.5, 0.6, 0.1], b: [0.3, 0.8, 0.2]}
labels: {a: 0, b: 1}
weights: [[0.1, 0.4, 0.2], [0.7, -0.2, 0.3]]
learning_rate: 0.5
"""


def read_text(text: str, config: str = CONFIG) -> Sheet:
    return parse_sheet(text, "s.yaml", problem_in(config).marker().steps)


def answers_in(text: str, key: str = "logits") -> Answers:
    read = read_text(text)
    assert read.complaints == ()
    return read.answers[key]


@pytest.mark.parametrize(
    "text",
    [
        "logits: {a: [0.31, .50], b: [_, 1e-1]}",
        "logits: [[0.31, .50], [_, 1e-1]]",
        "logits: [[0.31, .50], [~,1e-1]]",
        "logits: {b: {1: 1e-1}, a: {1: .50, 0: 0.31}}",
        "logits: {a: ['0.31', \".50\"], b: [~, 1e-1]}",
        "logits:\n  a: [0.31, .50]\n  b: [null, 1e-1]",
        "step,row,column,value\nlogits,a,0,0.31\nlogits,a,1,.50\nlogits,b,0,_\nlogits,b,1,1e-1\n",
        "step;row;column;value\nlogits;b;1;1e-1\nlogits;a;0;0.31\nlogits;a;1;.50\n",
        '"step","row","column","value"\n"logits","a","0","0,31"\n"logits","a","1",".50"\n"logits","b","1","1e-1"\n',
        "step;row;column;value\nlogits;a;0;0,31\nlogits;a;1;.50\nlogits;b;1;1e-1\n",
        "Logits: {a: [0.31, .50], b: [_, 1e-1]}",
        "# mine\nStep,value,column,row\nlogits,0.31,0,a\nlogits,.50,1,a\nlogits,,0,b\nlogits,1e-1,1,b\n",
    ],
)
def test_every_form_of_a_sheet_means_the_same(text: str) -> None:
    read = answers_in(text)
    assert np.array_equal(read.numbers, [[0.31, 0.5], [np.nan, 0.1]], equal_nan=True)
    assert read.decimals.tolist() == [[2, 2], [0, 1]]
    assert read.typed == {(0, 0): "0.31", (0, 1): ".50", (1, 1): "1e-1"}
    assert (read.missing, read.misfits, read.turned) == (1, (), False)


def test_classes_that_differ_only_in_case_are_kept_apart() -> None:
    config = CONFIG.replace("labels: {a: 0, b: 1}", "labels: {a: x, b: X}\nclasses: [x, X]")
    assert read_text("predictions: {a: X, b: x}", config).answers["predictions"].numbers.tolist() == [1, 0]


def test_an_empty_name_is_none() -> None:
    assert read_text("step,row,column,value\nname,,,\nloss,,,1\n").name is None


@pytest.mark.parametrize("text", ["name: Ada", "name,,,Ada", "name: 'Ada'"])
def test_a_sheet_may_have_the_name_of_its_owner(text: str) -> None:
    head = "step,row,column,value\n" if "," in text else ""
    assert read_text(f"{head}{text}\n").name == "Ada"
    assert read_text("name: _\nloss: 1").name is None


def test_single_numbers_and_numbers_by_row_are_read() -> None:
    assert answers_in("loss: -1.1358", "loss").numbers == -1.1358
    assert answers_in("loss: -1.1358", "loss").decimals == 4
    assert answers_in("normalizers: {b: 2}", "normalizers").numbers[1] == 2
    assert answers_in("bias_gradients: [0.1, -.2]", "bias_gradients").numbers.tolist() == [0.1, -0.2]
    assert answers_in("residuals: _", "residuals").missing == 4


def test_classes_are_read_by_name_or_by_number() -> None:
    named = CONFIG + "classes: [cat, dog]\n"
    assert read_text("predictions: [dog, cat]", named).answers["predictions"].numbers.tolist() == [1, 0]
    assert read_text("predictions: [1, 2]", named).answers["predictions"].numbers.tolist() == [1, 2]
    counted = CONFIG.replace("{a: 0, b: 1}", "{a: 1, b: 2}") + "classes: [1, 2]\n"
    assert read_text("predictions: [1, 3]", counted).answers["predictions"].numbers.tolist() == [0, 2]
    years = CONFIG.replace("{a: 0, b: 1}", "{a: 1990, b: 2000}") + "classes: [1990, 2000]\n"
    assert read_text("predictions: [2000, 1]", years).complaints == (
        "s.yaml:1:21: predictions.b: '1'; expected 1990 or 2000; write one of them",
    )
    mixed = CONFIG.replace("{a: 0, b: 1}", "{a: 5, b: cat}") + "classes: [5, cat]\n"
    assert read_text("predictions: [cat, 1]", mixed).complaints == (
        "s.yaml:1:20: predictions.b: '1'; expected 5 or cat; write one of them",
    )


def test_steps_after_a_duplicate_step_are_read() -> None:
    read = read_text("loss: 1\nLoss: 2\nlogits: {a: [1, 2]}")
    assert read.complaints == (
        "s.yaml:2:1: sheet: duplicate key 'Loss' (the same as 'loss' on line 1); expected each key once; "
        "keep one of the two",
    )
    assert read.answers["loss"].numbers == 1
    assert read.answers["logits"].numbers[0].tolist() == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "weight_gradients: [[1, 4], [2, 5], [3, 6]]",
        "weight_gradients: {w0: [1, 4], w1: [2, 5], w2: [3, 6]}",
        "weight_gradients: {x_0: [1, 4], x_1: [2, 5], x_2: {w0: 3, w1: 6}}",
    ],
)
def test_a_transposed_table_is_read_with_its_rows_as_columns(text: str) -> None:
    read = answers_in(text, "weight_gradients")
    assert read.turned
    assert read.numbers.tolist() == [[1, 2, 3], [4, 5, 6]]


CSV = "step,row,column,value"
STEPS = (
    "name, logits, exponentials, normalizers, probabilities, predictions, node_losses, loss, residuals, "
    "weight_gradients, bias_gradients, updated_weights or updated_biases"
)
BAD = {
    "logits: {a: [.3.3, 2]}": "1:14: logits.a[0]: '.3.3'; expected a decimal number; write a number such as 0.5",
    "logits: {a: [1/4, 2]}": "1:14: logits.a[0]: '1/4'; expected a decimal number; write 0.25",
    "logits: {a: [1/3, 2]}": (
        "1:14: logits.a[0]: '1/3'; expected a decimal number; write 0.3333333333, with as many digits as you need"
    ),
    "logits: {a: [nan, 2]}": "1:14: logits.a[0]: 'nan'; expected a finite number; write a number",
    "logits: {a: [[1], 2]}": "1:14: logits.a[0]: a list of 1; expected one answer; write it without brackets",
    "logits: {a: [1], b: [_, 2]}": "1:13: logits.a: a list of 1; expected a list of 2; "
    "write _ for what is not answered",
    "logits: {c: {0: 1}, b: [1, _]}": "1:10: logits.c: no row 'c'; expected a or b; write one of them",
    "logits: {a: {7: 1, 1: 2}}": "1:14: logits.a[7]: no column '7'; expected 0 or 1; write one of them",
    "logits: {a: 1, b: [1, _]}": "1:13: logits.a: '1'; expected 2 answers; write a list such as [1, _]",
    "logits: {a: [1, _], a: [3, 4]}": "1:21: logits: duplicate key 'a' (first on line 1); expected each key once; "
    "rename one of the two",
    "logits: {a: [1, _], b: &x [_, _]}": "1:24: YAML: anchor &x; expected a plain value; delete the anchor",
    "logit: 1\nlogits: {a: [1, _]}": f"1:1: sheet: no step 'logit'; expected {STEPS}; did you mean logits?",
    f"{CSV}\nlogits,a,0,1\nlogits,a,0,2": "3:12: logits.a[0]: a second answer; expected one alone; keep one of the two",
    f"{CSV}\nlogits,a,0,1\nlogits,a,1": "3:1: logits: 3 cells; expected four, step,row,column,value; "
    "write all four, empty ones too",
    f"{CSV}\nlogits,a,0,1\nlogit,a,0,2": f"3:1: sheet: no step 'logit'; expected {STEPS}; did you mean logits?",
    f"{CSV}\nlogits,a,,1\nlogits,a,0,1": "2:10: logits.a: no column; expected 0 or 1; write one of them",
}


@pytest.mark.parametrize(("text", "complaint"), BAD.items())
def test_an_unreadable_answer_is_reported_with_its_place_and_the_rest_is_read(text: str, complaint: str) -> None:
    read = read_text(text)
    assert read.complaints == (f"s.yaml:{complaint}",)
    assert np.isfinite(read.answers["logits"].numbers).sum() == 1


def test_an_answer_without_a_place_is_kept_as_it_was_typed() -> None:
    assert read_text("logits: {c: [1, 2]}").answers["logits"].misfits == (Misfit("c", "0", "1"), Misfit("c", "1", "2"))
    assert read_text('loss: "\\e[31m1"').answers["loss"].typed == {(): "\\u001b[31m1"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "s.yaml:1:1: sheet: nothing; expected steps with their answers, or CSV that begins with "),
        ("[1, 2]", "s.yaml:1:1: sheet: a list of 2; expected steps with their answers, or CSV that begins with "),
        ("logits: {1: [", "s.yaml:1:14: YAML: "),
        ("step,row,cell\nlogits,1,2", "s.yaml:1:1: sheet: the header step,row,cell; expected step,row,column,value; "),
    ],
)
def test_a_sheet_without_any_readable_part_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(softstep.SoftstepError) as error:
        read_text(text)
    assert error.value.complaints[0].startswith(complaint)


def test_a_sheet_that_is_not_text_or_too_large_is_refused(write: Callable[..., Path]) -> None:
    steps = problem_in(CONFIG).marker().steps
    for name, data, complaint in (
        ("a.yaml", b"logits: \xff", ":1:9: byte 0xff; expected UTF-8 text; save the file as UTF-8"),
        (
            "b.yaml",
            b"#" * (1 << 20) + b"\n",
            ": larger than 1,048,576 bytes, the most it may have; keep the answers alone",
        ),
    ):
        with pytest.raises(softstep.SoftstepError) as error:
            read_sheet(str(write(data, name)), steps)
        assert str(error.value).endswith(complaint)


def test_a_typographic_minus_and_class_names_in_any_case_are_read() -> None:
    assert answers_in("logits: {a: [−0.31, 1]}").numbers[0, 0] == -0.31
    named = CONFIG + "classes: [cat, dog]\n"
    assert read_text("predictions: [Dog, CAT]", named).answers["predictions"].numbers.tolist() == [1, 0]
    assert read_text("predictions: [1.0, 0]").answers["predictions"].numbers.tolist() == [1, 0]


def test_a_row_name_may_look_like_a_comment() -> None:
    config = "logits: {a: [1, 2], '#3': [3, 4], c: [5, 6]}\nlabels: {a: 1}\n"
    text = (
        "# mine\nstep,row,column,value\nnormalizers,a,,1\n#\nnormalizers,#3,,2\n# normalizers,c,,4\nnormalizers,c,,3\n"
    )
    assert read_text(text, config).answers["normalizers"].numbers.tolist() == [1, 2, 3]


@pytest.mark.parametrize("typed", ["inf", ".inf", "∞", "+∞", "Infinity"])
def test_a_loss_may_be_infinite_and_no_other_number(typed: str) -> None:
    assert answers_in(f"loss: {typed}", "loss").numbers == np.inf
    assert read_text(f"normalizers: {{b: {typed}}}").complaints[0].startswith("s.yaml:1:18: normalizers.b: '")
    assert read_text("loss: -inf").complaints == ("s.yaml:1:7: loss: '-inf'; expected a finite number; write a number",)


@pytest.mark.parametrize("text", ["logits: [[1, , 3]]", "logits: {a: [, 2]}", "logits: {a: [1,, 2]}"])
def test_an_empty_entry_between_commas_is_refused(text: str) -> None:
    with pytest.raises(softstep.SoftstepError, match=r"s\.yaml:1:\d+: YAML: "):
        read_text(text)


def test_an_empty_table_is_not_transposed() -> None:
    for text in ("logits: {}", "logits: []"):
        assert not read_text(text).answers["logits"].turned
        assert read_text(text).answers["logits"].missing == 4


@pytest.mark.parametrize(
    "text",
    [
        "weight_gradients: {w0: [1, 2, 3], w1: [4, 5, 6]}",
        "dW: {w_0: [1, 2, 3], W1: [4, 5, 6]}",
        "dw: {x_0: {w_0: 1, w_1: 4}, x_1: {w_0: 2, w_1: 5}, x_2: [3, 6]}",
        "step,row,column,value\ndW,w_0,x_0,1\nDW,w0,x_1,2\nweight_gradients,W_0,x_2,3\ndW,w1,x_0,4\ndW,w1,x_1,5\n"
        "dW,w1,x_2,6\n",
    ],
    ids=lambda text: text[:8],
)
def test_rows_of_parameters_may_be_written_in_other_ways(text: str) -> None:
    assert answers_in(text, "weight_gradients").numbers.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_marks_key_may_be_a_symbol() -> None:
    assert problem_in(CONFIG + "marks: {L: 2, dW: 3, ŷ: 0}\n").setting.marks == {
        "loss": 2, "weight_gradients": 3, "predictions": 0,
    }  # fmt: skip
