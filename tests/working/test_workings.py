"""Workings: evaluating any line, from the figures that a reader sees, gives the number in the table.

The evaluator shares no code with softstep: it turns the tokens into a Python expression and computes it with decimals
of 60 digits.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.conventions import all_combinations, problem_with
from support.oracle import round_exactly
from support.problems import few_and_many, problem_in
from support.running import CONFIGS

import softstep
from softstep.compute.steps import Step
from softstep.lesson.rules import ARTICLE, LOSS_OF_PRODUCT, RULES, Rule
from softstep.lesson.workings import (
    EQUAL,
    NEARLY,
    PLUS,
    Gap,
    Name,
    Number,
    Sign,
    Symbol,
    Terms,
    Token,
    Tokens,
    write_out,
)
from softstep.render.notation import as_text
from softstep.working.explain import explain_step, hidden_sources

FUNCTIONS = {
    "exp": Decimal.exp,
    "ln": lambda x: Decimal("-Infinity") if x == 0 else x.ln(),
    "max": lambda *row: max(row),
    "argmax": lambda *row: max(range(len(row)), key=lambda c: (row[c] > max(row) * (1 - Decimal("1e-11")), -c)),
}
PYTHON = {"×": "*", "·": "*", "−": "-"}


def parts_of(line: Tokens) -> Iterator[tuple[Token, list[Token]]]:
    """Yield the parts of a line between the signs = and ≈, each with the sign before it."""
    sign, link = EQUAL, list[Token]()
    for token in line:
        if token in (EQUAL, NEARLY):
            yield sign, link
            sign, link = token, []
        else:
            link.append(token)
    yield sign, link


def value_of(link: list[Token], read: Callable[[Number], str]) -> Any:
    """The value of a part of a line; `read` turns a number into text; None if the part has letters."""
    expression = []
    for token in link:
        match token:
            case Number():
                expression.append(f"D('{read(token)}')")
            case Sign(text):
                expression.append(PYTHON.get(text, text))
            case Symbol(letter, _, "") if letter in FUNCTIONS and token == Symbol(letter):
                expression.append(f" {letter}")
            case _:
                return None
    with localcontext(Context(prec=60, Emax=10**6, Emin=-(10**6))):
        return eval(" ".join(expression), {"D": Decimal, **FUNCTIONS})


def shown_digits(number: Number) -> str:
    return number.digits


def full_digits(number: Number) -> str:
    return str(number.value)


def half_a_unit(digits: str) -> Decimal:
    """Half a unit of the last decimal place shown."""
    return Decimal((0, (5,), int(Decimal(digits).as_tuple().exponent) - 1))


def all_steps(result: softstep.Result) -> Iterator[Step]:
    for step in result.values():
        yield from hidden_sources(step)
        yield step


def formula_value(formula: str, steps: dict[str, Step]) -> float:
    """The value of a formula in symbols; each symbol is looked up in the step that has its letter."""
    nodes, classes = steps["h"].rows or (), steps["h"].columns or ()
    y = dict(zip(nodes, steps["y"].digits(), strict=True))

    def value(letter: str, row: str, column: str | None) -> Any:
        if letter == "y":
            return float(y[row] == column)
        step = steps[letter]
        at = [name.removeprefix(letter[-1].replace("′", letter[0])) for name in step.rows or ()].index(row)
        return step.value[at, (step.columns or ()).index(column)] if column else step.value[at]

    def as_lookup(found: re.Match[str]) -> str:
        letter, row, column = found.groups()
        in_python = {"c": "c", "y_i": "y[i]"}.get(column, repr(column))
        return f"V({letter!r}, {row if row == 'i' else repr(row)}, {in_python})"

    python = re.sub(r"(?<=[a-z])(_\w+)·", r"\1 @ ", formula.replace("−", "-").replace("(1/N) ", "(1/N) * "))
    python = re.sub(r"(d[wb]|[a-zSℓ]′?|[wb]′)_(\d+|i)(?:\[(\w+)\])?", as_lookup, python).replace("·", " * ")
    for sign, function, index, over in (
        ("Σ", "sum", "i", nodes),
        ("Π", "prod", "i", nodes),
        ("Σ", "sum", "c", classes),
    ):
        python = re.sub(f"{sign}_{index} (.*)", rf"{function}([\1 for {index} in {over}])", python)
    python = re.sub("argmax_c (.*)", rf"argmax([\1 for c in {classes}])", python)
    python = re.sub(r"\) ln |ln ", lambda found: ") * log " if ")" in found[0] else "log ", python)
    python = re.sub(r"log (.*)", r"log(\1)", python)
    known = {"V": value, "y": y, "N": len(nodes), "α": float(steps["α"].value), "exp": np.exp, "log": np.log}
    return float(eval(python, known | {"sum": np.sum, "prod": np.prod, "argmax": np.argmax}))


def check_ends(line: Tokens, printed: str) -> None:
    """Check that a line ends with the printed figure and that each last figure is the one before it, rounded."""
    figures = [(sign, link[0]) for sign, link in parts_of(line) if len(link) == 1 and isinstance(link[0], Number)]
    assert figures[-1][1].digits == printed
    for (_, one), (sign, other) in pairwise(figures):
        assert sign == NEARLY
        assert abs(Decimal(one.digits) - Decimal(other.digits)) <= half_a_unit(other.digits)


def check_by_hand(step: Step) -> None:
    for lines, printed, cell in zip(explain_step(step), step_digits(step), step.numbers.ravel(), strict=True):
        for k, line in enumerate(lines):
            if step.entries is not None:
                classes = [value_of(link, shown_digits) for _, link in parts_of(line)]
                assert [step.entries[c] for c in classes if c is not None] == [printed]
                assert line[-1] == Name(printed)
                continue
            values = [
                (sign, link, value)
                for sign, link in parts_of(line)
                if (value := value_of(link, shown_digits)) is not None
            ]
            value = values[0][2]
            if value.is_finite() and k == 0 and "e" not in printed:
                places = -int(Decimal(printed).as_tuple().exponent)
                assert Fraction(cell) == round_exactly(Fraction(value), places, step.rounding.ties)
            for sign, link, figure in values[1:]:
                near = half_a_unit(link[0].digits) if sign == NEARLY else Decimal("1e-40") * max(1, abs(value))
                assert figure == value or abs(figure - value) <= near, as_text(line)
            if k == 0:
                check_ends(line, printed)


def check_in_full(step: Step) -> Iterator[bool]:
    """Check each line; yield whether the figures shown in it give the printed one."""
    for lines, printed, cell in zip(explain_step(step), step_digits(step), step.value.ravel(), strict=True):
        for line in lines:
            if step.entries is not None:
                classes = [value_of(link, full_digits) for _, link in parts_of(line)]
                assert [step.entries[c] for c in classes if c is not None] == [printed]
                continue
            values = [(value_of(link, full_digits), value_of(link, shown_digits)) for _, link in parts_of(line)]
            value, of_shown = next(both for both in values if both[0] is not None)
            for number in (token for token in line if isinstance(token, Number) and "inf" not in token.digits):
                assert abs(Decimal(number.digits) - Decimal(full_digits(number))) <= half_a_unit(number.digits) * 2
            size = max([abs(Decimal(full_digits(token))) for token in line if isinstance(token, Number)] + [Decimal(1)])
            assert value == Decimal(float(cell)) or abs(value - Decimal(float(cell))) <= Decimal("1e-13") * size**2
            check_ends(line, printed)
            for _, link in parts_of(line):
                if len(link) == 1 and isinstance(link[0], Number) and "e" not in printed and size < 1000:
                    last = link[0].digits
                    yield abs(of_shown - Decimal(last)) <= half_a_unit(last) * Decimal("1.000000001")


def step_digits(step: Step) -> list[str]:
    return [str(text) for text in np.array(step.digits(), dtype=object).ravel()]


@st.composite
def random_problems(draw: st.DrawFn, by_hand: bool) -> softstep.Problem:
    N, d, K = (draw(st.integers(1, most)) for most in (4, 3, 4))
    size = draw(st.sampled_from([1, 1, 1, 30, 2000]))
    typed = st.integers(-300, 300).map(lambda x: x * size / 100)

    def matrix(rows: int, columns: int) -> list[list[float]]:
        return draw(st.lists(st.lists(typed, min_size=columns, max_size=columns), min_size=rows, max_size=rows))

    labelled = draw(st.lists(st.integers(1, N), min_size=1, unique=True))
    return softstep.Problem(
        embeddings=matrix(N, d),
        weights=matrix(K, d),
        biases=matrix(1, K)[0],
        labels={node: draw(st.integers(0, K - 1)) for node in labelled},
        learning_rate=draw(st.sampled_from([0, 0.05, 0.1, 1, 3])),
        gradient=draw(st.sampled_from(["standard", "article"])),
        rounding={
            "every_step": by_hand,
            "decimals": draw(st.integers(0, 5)),
            "loss_decimals": draw(st.integers(0, 5)),
            "ties": draw(st.sampled_from(["half-up", "half-up", "half-even", "half-down"])),
        },
    )


@few_and_many(5, 200)
def test_by_hand_the_figures_shown_in_a_line_give_its_cell(cases: int) -> None:
    @settings(max_examples=cases, deadline=None, derandomize=True)
    @given(random_problems(by_hand=True))
    def check(problem: softstep.Problem) -> None:
        for step in all_steps(problem.run("W", "b")):
            check_by_hand(step)

    check()


@few_and_many(5, 200)
def test_in_full_precision_the_numbers_in_a_line_give_its_cell(cases: int) -> None:
    @settings(max_examples=cases, deadline=None, derandomize=True)
    @given(random_problems(by_hand=False))
    def check(problem: softstep.Problem) -> None:
        for step in all_steps(problem.run("W", "b")):
            assert all(check_in_full(step))

    check()


@few_and_many(40, 400)
@pytest.mark.parametrize("by_hand", [True, False], ids=["by hand", "in full"])
def test_with_every_combination_of_conventions_a_line_gives_its_cell(by_hand: bool, cases: int) -> None:
    random = Random(by_hand)
    for options in random.sample(all_combinations(), cases):
        rounding = {
            "every_step": by_hand,
            "decimals": random.randint(1, 5),
            "loss_decimals": random.randint(1, 5),
            "ties": random.choice(["half-up", "half-even", "half-down"]),
        }
        problem = softstep.Problem(**problem_with(options, random), rounding=rounding)
        for step in all_steps(problem.run("W", "b")):
            assert all(explain_step(step)), "a cell without a working"
            if by_hand:
                check_by_hand(step)
            elif not all(check_in_full(step)):
                assert has_tie(step), (step.rule.key, options)


@pytest.mark.parametrize(
    "keys",
    [
        "labels: [1]\ntemperature: 0.5",
        "labels: [0]\nlabel_smoothing: 0.1",
        "labels: [1]\nclass_weights: [1, 2, 0.5]",
        "targets: [[0.5, 0.25, 0.25]]\nclass_weights: [1, 2, 3]\ntemperature: 2",
        "labels: [1]\nnode_weights: [0]\ndivide_by: nodes",
    ],
    ids=["temperature", "smoothed", "weighted", "all", "a node of weight 0"],
)
def test_a_loss_with_conventions_is_worked_where_its_probability_is_0_in_float64(keys: str) -> None:
    step = problem_in(f"logits: [[1000, -1000, 998]]\n{keys}\n").loss()["node_losses"]
    assert all(explain_step(step))
    assert all(check_in_full(step))


def has_tie(step: Step) -> bool:
    """Whether an entry is half-way between two printed figures: 3 times 0.083333 does not show whether 1/4 is 0.3."""
    units = np.abs(np.asarray(step.numbers, float)) * 10**step.decimals
    return bool((np.abs(units % 1 - 0.5) < 1e-9).any())


@pytest.mark.parametrize("name", ["doc_example", "article_table", "karate_club"])
def test_every_line_of_the_examples_gives_its_cell(name: str) -> None:
    problem = softstep.load(CONFIGS / f"{name}.yaml")
    for step in all_steps(problem.run("W", "b")):
        assert all((check_by_hand if problem.rounding.every_step else check_in_full)(step) or [])


@pytest.mark.parametrize("name", ["doc_example", "article_table"])
def test_the_formula_in_symbols_gives_every_number(name: str) -> None:
    result = softstep.load(CONFIGS / f"{name}.yaml").run("W", "b")
    found = [*result.opening, *all_steps(result)]
    steps = {
        (s.rule.symbol if s.columns is None else s.rule.symbol.lower()): s for s in found if s.rule.precision != "term"
    }
    checked = 0
    for step in all_steps(result):
        assert step.unrounded is not None
        for lines, cell in zip(explain_step(step), step.unrounded.ravel(), strict=True):
            for line in lines:
                symbols = [as_text(link) for _, link in parts_of(line) if any(isinstance(t, Symbol) for t in link)]
                formula = symbols[0 if step.rule.precision == "term" else 1]
                in_formula = re.findall(r"(?<!\w)[hespzwbr]′?_", formula)
                assert in_formula or "ℓ" in formula or "S" in formula or "d" in formula
                assert formula_value(formula, steps) == pytest.approx(
                    float(cell), rel=2e-3 if len(lines) > 1 else 1e-9
                ), formula
                checked += 1
    assert checked == 185


@pytest.mark.parametrize(
    "rule",
    [*RULES, *(rule.in_full for rule in RULES if rule.in_full), *ARTICLE, LOSS_OF_PRODUCT],
    ids=lambda rule: f"{rule.key} {rule.formula}",
)
def test_the_working_of_a_rule_has_the_name_of_its_formula(rule: Rule) -> None:
    shared = {"stable_probabilities": "probabilities", "stable_predictions": "predictions"}
    name = getattr(rule.compute, "__name__", "shifts")
    assert rule.work.__name__ == shared.get(name, name)


def line_of(result: softstep.Result, key: str, at: int = 0, **how: Any) -> str:
    return as_text(list(explain_step(result[key], **how))[at][0])


def test_a_logit_is_worked_from_the_formula_to_the_rounded_figure() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").forward()
    assert line_of(result, "logits") == (
        "h_1[0] = z_1·w_0 + b_0 = 0.5×0.17 + 0.6×0.4 + 0.7×(−0.14) + 0.8×0.51 + 0.05 = 0.685 ≈ 0.68"
    )


def test_by_hand_a_line_ends_with_the_figure_used_next_whatever_the_table_shows() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").forward()
    assert line_of(result, "logits", decimals=5).endswith(" = 0.685 ≈ 0.68")
    assert line_of(result, "exponentials", decimals=1).endswith(" = exp(0.68) ≈ 1.9739 ≈ 1.97")


def test_in_full_precision_a_line_has_two_more_decimals_than_the_table() -> None:
    result = softstep.load(CONFIGS / "article_table.yaml").forward()
    assert line_of(result, "exponentials") == "e_1[0] = exp(h_1[0]) = exp(0.6850) ≈ 1.9838 ≈ 1.98"
    assert line_of(result, "exponentials", decimals=4).endswith(" = exp(0.685000) ≈ 1.983772 ≈ 1.9838")


def test_a_line_has_more_decimals_if_a_calculator_would_round_differently() -> None:
    result = problem_in("logits: [[0.35048, 0.73517]]\n").forward()
    assert line_of(result, "probabilities", at=0) == "p_1[0] = e_1[0]/S_1 ≈ 1.41975/3.50559 ≈ 0.404996 ≈ 0.40"
    assert line_of(result, "probabilities", at=1) == "p_1[1] = e_1[1]/S_1 ≈ 2.08584/3.50559 ≈ 0.5950 ≈ 0.60"
    assert round(2.0858 / 3.5056, 2) == 0.59


def test_the_loss_is_also_worked_as_the_logarithm_of_a_product() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").loss()
    (lines,) = explain_step(result["loss"])
    assert [as_text(line).split(" = ")[1] for line in lines] == ["(1/N) Σ_i ℓ_i", "−(1/N) ln Π_i p_i[y_i]"]
    value = -(Decimal("0.33") * Decimal("0.29") * Decimal("0.36") * Decimal("0.32") * Decimal("0.31")).ln() / 5
    assert as_text(lines[1]).endswith(f"−ln(0.33×0.29×0.36×0.32×0.31)/5 ≈ {value:.6f} ≈ 1.1358")


def test_a_loss_is_worked_from_the_logits_if_its_probability_is_0_in_float64() -> None:
    result = problem_in("logits: [[10000, -10000]]\nlabels: [1]\n").loss()
    line = line_of(result, "node_losses")
    assert line.endswith(
        " = 10000 − (−10000) + ln(exp(10000 − 10000) + exp((−10000) − 10000)) ≈ 20000.000000 ≈ 20000.0000"
    )


@pytest.mark.parametrize(
    ("text", "key", "at", "line"),
    [
        ("logits: [[19, 0]]", "exponentials", 0, "e_1[0] = exp(h_1[0]) = exp(19) ≈ 178482300.9632 ≈ 178482300.96"),
        ("logits: [[0, 1]]", "exponentials", 0, "e_1[0] = exp(h_1[0]) = exp(0) = 1.00"),
        (
            "logits: [[1000, 0]]", "exponentials", 1,
            "e_1[1] = exp(h_1[1] − m_1) = exp(0 − 1000.0000) ≈ 0.0000 ≈ 0.00",
        ),
        (
            "embeddings: [[1e-9, 2]]\nweights: [[1e9, 0.25], [0, 1]]", "logits", 0,
            "h_1[0] = z_1·w_0 + b_0 = 0.000000001×1000000000 + 2×0.25 + 0 = 1.50",
        ),
        (
            "logits: [[30, 1]]\nrounding: {every_step: true, decimals: 8}", "predictions", 0,
            "ŷ_1 = argmax_c p_1[c] = argmax(1.00000000, 0.00000000) = 0",
        ),
        (
            "logits: [[0.3, 0.1, 4.5]]\nlabels: [0]\nrounding: {loss_decimals: 6}", "node_losses", 0,
            "ℓ_1 = −ln p_1[0] ≈ −ln(0.0145974615) ≈ 4.22690764 ≈ 4.226908",
        ),
        ("probabilities: [[1, 0]]\nlabels: [1]", "node_losses", 0, "ℓ_1 = −ln p_1[1] = −ln(0) = inf"),
        ("probabilities: [[1, 0]]\nlabels: [0]", "node_losses", 0, "ℓ_1 = −ln p_1[0] = −ln(1) = 0.0000"),
        (
            "logits: [[20.623456789012345, 1]]", "exponentials", 0,
            "e_1[0] = exp(h_1[0]) = exp(20.6234567890123) ≈ 905010215.1077 ≈ 905010215.11",
        ),
        (
            "logits: [[1.2345678, 1]]", "exponentials", 0,
            "e_1[0] = exp(h_1[0]) = exp(1.2345678) ≈ 3.4369 ≈ 3.44",
        ),
        ("logits: [[-7, 0]]", "probabilities", 0, "p_1[0] = e_1[0]/S_1 ≈ 0.0009119/1.0009 ≈ 0.0009 ≈ 0.00"),
        (
            "logits: [[0, 100], [0, 60]]\nlabels: [0, 0]", "node_losses", 0,
            "ℓ_1 = −ln p_1[0] ≈ −ln(3.720076e−44) ≈ 100.000000 ≈ 100.0000",
        ),
        (
            "logits: [[0.33333, 0.33334, 0.33333]]", "predictions", 0,
            "ŷ_1 = argmax_c p_1[c] ≈ argmax(0.33333, 0.33334, 0.33333) = 1",
        ),
    ],
    ids=[
        "no power ends", "but that of 0", "shifted", "small as typed", "0 by hand", "a finer loss", "ln 0", "ln 1",
        "many places", "eight decimals", "a small quotient", "a tiny probability", "argmax",
    ],
)  # fmt: skip
def test_a_line_has_the_right_signs_and_digits_at_the_edges(text: str, key: str, at: int, line: str) -> None:
    result = problem_in(text).loss() if key == "node_losses" else problem_in(text).forward()
    assert line_of(result, key, at) == line


def test_a_line_that_no_decimals_make_exact_has_the_usual_decimals() -> None:
    result = problem_in("logits: [[30.123456789012345, 1]]\n").forward()
    assert line_of(result, "exponentials").startswith("e_1[0] = exp(h_1[0]) ≈ exp(30.123457) ≈ ")


@pytest.mark.parametrize(
    ("nodes", "ways"), [(1, 1), (2, 2), (12, 2), (13, 1)], ids=["one", "two", "twelve", "thirteen"]
)
def test_the_loss_is_worked_as_a_product_of_two_to_twelve_factors(nodes: int, ways: int) -> None:
    result = softstep.Problem(logits=[[1, 2]] * nodes, labels=[0] * nodes).loss()
    assert len(next(iter(explain_step(result["loss"])))) == ways
    if nodes == 1:
        assert line_of(result, "loss") == "L = (1/N) Σ_i ℓ_i ≈ 1.313262/1 ≈ 1.313262 ≈ 1.3133"


def test_a_product_that_underflows_is_not_shown() -> None:
    lost = problem_in("logits: [[0, 400], [0, 400]]\nlabels: [0, 0]\n").loss()
    assert len(next(iter(explain_step(lost["loss"])))) == 1
    small = problem_in("logits: [[0, 12], [0, 1]]\nlabels: [0, 0]\n").loss()
    assert "≈ −ln(0.000006144175×0.2689414)/2 ≈ 6.656634 ≈ 6.6566" in as_text(
        next(iter(explain_step(small["loss"])))[1]
    )


def test_a_shortened_sum_with_an_odd_number_of_terms_shows_one_more_at_the_start() -> None:
    terms = Terms(PLUS, 6, lambda i: (Number(i, str(i)),))
    assert as_text(write_out((terms,), most=3)) == "0 + 1 + … 3 more … + 5"
    assert as_text((Gap(1234),)) == "… 1,234 more …"


def test_a_small_probability_keeps_its_significant_digits() -> None:
    result = problem_in("logits: [[0, 12]]\nlabels: [0]\n").loss()
    assert line_of(result, "node_losses") == "ℓ_1 = −ln p_1[0] ≈ −ln(0.000006144175) ≈ 12.000006 ≈ 12.0000"


def test_a_working_never_contradicts_the_figure_it_ends_with() -> None:
    result = problem_in("probabilities: [[0.72253, 0.27747]]\nlabels: [0]\nrounding: {loss_decimals: 2}\n").loss()
    assert line_of(result, "node_losses") == "ℓ_1 = −ln p_1[0] = −ln(0.72253) ≈ 0.324996 ≈ 0.32"


def test_a_long_sum_shows_its_first_and_last_terms() -> None:
    result = softstep.Problem(logits=[[i, 0] for i in range(40)], labels=[0] * 40).loss()
    assert "… 28 more …" in line_of(result, "loss", most=12)


def test_the_loss_after_the_step_is_worked_from_the_weights_that_are_shown() -> None:
    result = softstep.load(CONFIGS / "doc_example.yaml").run()
    aside = [step.rule.key for step in hidden_sources(result["loss_after"])]
    assert aside == ["logits", "exponentials", "normalizers", "probabilities", "node_losses"]
    first = next(iter(explain_step(hidden_sources(result["loss_after"])[0])))
    assert as_text(first[0]).startswith("h′_1[0] = z_1·w′_0 + b′_0 = 0.5×0.49 + 0.6×0.75")


def test_the_loss_after_the_step_is_worked_for_labelled_nodes_only() -> None:
    result = softstep.load(CONFIGS / "karate_club.yaml").run()
    assert {len(step.numbers) for step in hidden_sources(result["loss_after"])} == {2}


def test_names_that_are_not_one_word_are_quoted() -> None:
    result = problem_in("logits: {Mr. Hi: [1, 2]}\nclasses: [a b, c]\n").forward()
    assert line_of(result, "exponentials") == 'e_"Mr. Hi"["a b"] = exp(h_"Mr. Hi"["a b"]) = exp(1) ≈ 2.7183 ≈ 2.72'
