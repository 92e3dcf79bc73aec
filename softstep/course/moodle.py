"""Moodle's XML for a question bank: the variants of an exercise as cloze questions.

Source: https://docs.moodle.org/en/Moodle_XML_format
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from softstep.compute.steps import Step
from softstep.course.cloze import class_blank, number_blank
from softstep.errors import SoftstepError
from softstep.mark.blanks import Blanks
from softstep.names import join_words
from softstep.render.html import page_body, section_html
from softstep.render.options import Options
from softstep.render.result_views import pages
from softstep.render.step_sections import step_section

if TYPE_CHECKING:
    from softstep.problem import Problem
    from softstep.result import Result


def moodle_xml(problems: "Sequence[Problem]", ask: Sequence[str], title: str) -> str:
    """The variants of an exercise as one file for Moodle's question bank: a category, and a question for each.

    A question shows what is given, and asks for the steps `ask`, by their keys. A blank accepts the figure by hand and
    the figure in full precision, as `check` does on a sheet with that answer alone; the figures of known slips are
    wrong, each with a sentence on the slip. The working is the general feedback.

    Errors carried forward cannot be exported: in Moodle a blank sees no other blank, so an answer that follows from an
    earlier wrong one is wrong. Raises SoftstepError for a step that a problem does not have.
    """
    width = max(2, len(str(len(problems))))
    questions = (_question(problem, ask, f"{title} {i:0{width}}") for i, problem in enumerate(problems, 1))
    return "".join(['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n', _category(title), *questions, "</quiz>\n"])


def _category(title: str) -> str:
    """The category; two slashes in its name stand for one."""
    path = f"$course$/top/{title.replace('/', '//')}"
    return f'<question type="category">\n<category>{_text(path)}</category>\n</question>\n'


def _question(problem: "Problem", ask: Sequence[str], name: str) -> str:
    result = problem.run()
    question = "".join([*_given_html(result), *_asked_html(problem, ask)])
    (page,) = pages(result, Options(work=True))
    working = "".join(page_body(page, Options(work=True)))
    return (
        f'<question type="cloze">\n<name>{_text(name)}</name>\n'
        f'<questiontext format="html">{_text(question)}</questiontext>\n'
        f'<generalfeedback format="html">{_text(working)}</generalfeedback>\n'
        "<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n</question>\n"
    )


def _text(text: str) -> str:
    """A text as it is, in a CDATA section; one cannot hold its own end."""
    return f"<text><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></text>"


def _given_html(result: "Result") -> Iterator[str]:
    """The tables of what is given. No name in them can begin a blank."""
    for key in result.opening_keys:
        yield "".join(section_html(step_section(result.given[key], Options(all=True)), Options())).replace(
            "{", "&#123;"
        )


def _asked_html(problem: "Problem", ask: Sequence[str]) -> Iterator[str]:
    """A table with a blank for each entry of each step that is asked."""
    marker = problem.marker()
    if unknown := [key for key in ask if key not in marker.steps]:
        known = join_words([*marker.steps], "or")
        raise SoftstepError(f"{problem.setting.place}: no step {join_words(unknown)}; expected {known}; ask for these")
    blanks = Blanks(marker)
    for key in ask:
        step, of_step = marker.steps[key], blanks.of_step(key)
        texts = {
            place: class_blank(blank, step.entries) if step.entries else number_blank(blank)
            for place, blank in of_step.items()
        }
        yield _step_html(step, texts)


def _step_html(step: Step, blanks: Mapping[tuple[int, ...], str]) -> str:
    """The table of one step, with these blanks by their places in the lesson."""
    section = step_section(step, Options(all=True))
    formula = _plain(section.formula)
    if section.grid is None:
        return f"<h3>{_plain(section.title)}</h3>\n<p>{formula} = {blanks[()]}</p>\n"
    heads = "".join(f'<th scope="col">{_plain(name)}</th>' for name in (section.grid.corner, *section.grid.columns))
    lines = []
    for i, (name, cells) in enumerate(section.grid.rows):
        places = [(i, j) if step.columns else (i,) for j in range(len(cells))]
        entries = "".join(f"<td>{blanks[step.position_in_whole(place)]}</td>" for place in places)
        lines.append(f'<tr><th scope="row">{_plain(name)}</th>{entries}</tr>\n')
    return f"<h3>{_plain(section.title)}</h3>\n<p>{formula}</p>\n<table>\n<tr>{heads}</tr>\n{''.join(lines)}</table>\n"


def _plain(text: str) -> str:
    """Text as HTML that begins no blank."""
    return escape(text, quote=False).replace("{", "&#123;")
