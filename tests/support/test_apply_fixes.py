"""The reader who follows fixes does what they say, whatever the complaint says before them."""

from collections.abc import Mapping

import pytest

from support.apply_fixes import outcomes


def texts_after_fix(text: str, complaint: str) -> list[str]:
    """The texts after following a complaint that is made once."""
    return [
        each.files["c.yaml"]
        for each in outcomes({"c.yaml": text}, lambda files: [complaint] * (files["c.yaml"] == text))
    ]


@pytest.mark.parametrize("words", ["'O.5'; expected a decimal number", "'O.5', an O; expected a number"])
def test_a_fix_is_followed_whatever_the_complaint_says_before_it(words: str) -> None:
    complaint = f"c.yaml:2:14: labels.1: {words}; write 0.5"
    assert texts_after_fix("title: x\nlabels: {1: [O.5, 2]}\n", complaint) == ["title: x\nlabels: {1: [0.5, 2]}\n"]


@pytest.mark.parametrize(
    ("text", "fix", "leads_to"),
    [
        ("a: '1,000'\n", "write 1000 or 1.000, whichever is meant", ["a: 1000\n", "a: 1.000\n"]),
        ("a: {b: 1, b: 2}\n", "keep one of the two", ["a: {b: 1}\n", "a: {b: 2}\n"]),
    ],
)
def test_a_fix_with_two_ways_is_followed_in_both(text: str, fix: str, leads_to: list[str]) -> None:
    column = text.index("b: 2") + 1 if "two" in fix else 4
    assert texts_after_fix(text, f"c.yaml:1:{column}: a: '{text[4:-2]}'; expected something; {fix}") == leads_to


@pytest.mark.parametrize(
    ("text", "fix", "leads_to"),
    [
        ("a: [1, 2, 3]\n", "write 2 numbers", "a: [1, 2]\n"),
        ("a: [1]\n", "write 3 numbers", "a: [1, 0, 1]\n"),
        ("a: [[1, 2]]\n", "write 2 answers", "a: [[1, 2], 0]\n"),
        ("a: x;1;2\n", "write 1 number", "a: x;1\n"),
        ("a: x;1\n", "write 2 numbers", "a: x;1;0\n"),
    ],
)
def test_entries_are_added_and_deleted_at_the_end(text: str, fix: str, leads_to: str) -> None:
    assert texts_after_fix(text, f"c.yaml:1:4: a: so many; expected others; {fix}") == [leads_to]


def test_a_choice_of_the_reader_and_a_fix_for_a_person_are_reported() -> None:
    def complain(files: Mapping[str, str]) -> list[str]:
        if "x" in files["c.yaml"]:
            return ["c.yaml:1:4: a: 'x'; expected a decimal number; write a number such as 0.5"]
        return ["c.yaml:1:4: a: 0.5; expected a sum of 1; correct them"]

    (way,) = outcomes({"c.yaml": "a: x\n"}, complain)
    assert (way.files["c.yaml"], way.chosen, way.left) == ("a: 0.5\n", True, "correct them")


def test_an_unknown_fix_is_an_error() -> None:
    with pytest.raises(LookupError, match="hope for the best"):
        texts_after_fix("a: 1\n", "c.yaml:1:4: a: '1'; expected 2; hope for the best")
