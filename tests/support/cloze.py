"""A reader of Moodle's question files and cloze questions, written from their documentation. It shares nothing with
softstep.

Sources: https://docs.moodle.org/en/Moodle_XML_format, https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type,
and the patterns in Moodle's question/type/multianswer/questiontype.php.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from html import unescape
from typing import NamedTuple
from xml.etree import ElementTree

NUMBER = re.compile(r"-?(([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][-+]?[0-9]+)?)", re.ASCII)
"""Moodle's own pattern of a number in a blank."""

BLANK = re.compile(r"\{([0-9]*):([A-Z_]+):")


class Alternative(NamedTuple):
    """An answer of a blank, with the percentage that it gains."""

    percent: float
    answer: str
    feedback: str


class Blank(NamedTuple):
    """A blank and its alternatives."""

    weight: int
    kind: str
    alternatives: Sequence[Alternative]

    def match(self, typed: str) -> Alternative | None:
        """The first alternative that fits what was typed."""
        return next((each for each in self.alternatives if self._fits(each.answer, typed)), None)

    def percent(self, typed: str) -> float:
        """What an answer gains."""
        found = self.match(typed)
        return found.percent if found else 0.0

    def _fits(self, answer: str, typed: str) -> bool:
        if self.kind != "NUMERICAL":
            return answer.casefold() == typed.casefold()
        value, tolerance = answer.split(":")
        return abs(Decimal(typed) - Decimal(value)) <= Decimal(tolerance)


class Question(NamedTuple):
    """A cloze question."""

    name: str
    text: str
    feedback: str

    @property
    def blanks(self) -> list[Blank]:
        """Its blanks in their order."""
        return [blank for blank, _ in read_blanks(self.text)]

    def step(self, title: str) -> list[Blank]:
        """The blanks below a heading, up to the next one."""
        part = self.text.split(f"<h3>{title}</h3>")[1].split("<h3>")[0]
        return [blank for blank, _ in read_blanks(part)]


def read_questions(xml: str) -> tuple[list[str], list[Question]]:
    """The categories and the questions of a file."""
    root = ElementTree.fromstring(xml.encode())
    assert root.tag == "quiz"
    categories, questions = [], []
    for question in root:
        assert question.tag == "question"
        if question.get("type") == "category":
            categories.append(question.findtext("category/text") or "")
        else:
            assert question.get("type") == "cloze"
            texts = (question.findtext(f"{part}/text") or "" for part in ("name", "questiontext", "generalfeedback"))
            questions.append(Question(*texts))
    return categories, questions


def read_blanks(text: str) -> list[tuple[Blank, str]]:
    """The blanks in a text, each with its source."""
    found, at = [], 0
    while start := BLANK.search(text, at):
        end = _end(text, start.end())
        body = text[start.end() : end]
        found.append((Blank(int(start[1] or 1), start[2], [_alternative(each) for each in body.split("~")]), body))
        at = end + 1
    return found


def _end(text: str, at: int) -> int:
    """The position of the brace that closes a blank."""
    while text[at] != "}" or text[at - 1] == "\\":
        at += 1
    return at


def _alternative(source: str) -> Alternative:
    percent = 0.0
    if source.startswith("="):
        percent, source = 100.0, source[1:]
    elif found := re.match(r"%(-?[0-9]+)%", source):
        percent, source = float(found[1]), source[found.end() :]
    answer, _, feedback = re.sub(r"(?<!&)#", "\0", source, count=1).partition("\0")
    return Alternative(percent, unescape(answer), unescape(feedback))
