"""Moodle's XML for a question bank: the variants of an exercise as cloze questions.

Source: https://docs.moodle.org/en/Moodle_XML_format
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from softstep.compute.steps import Step
from softstep.course.cloze import class_blank, number_blank
from softstep.course.exercise import Exercise, blank_sheet, make_exercise
from softstep.mark.blanks import Blanks
from softstep.render.html import page_body, section_html
from softstep.render.options import Options
from softstep.render.result_views import pages, rounding_line
from softstep.render.step_sections import step_section

if TYPE_CHECKING:
    from softstep.problem import Problem


def moodle_xml(problems: "Sequence[Problem]", ask: Sequence[str], title: str, start: str | None = None) -> str:
    """The variants of an exercise as one file for Moodle's question bank: a category, and a question for each.

    A question shows what is given, with the steps before `start`, and asks for the steps `ask`, by their keys. A blank
    accepts the figure by hand and the figure in full precision, as `check` does on a sheet with that answer alone; the
    figures of known slips are wrong, each with a sentence on the slip. The working is the general feedback.

    Errors carried forward cannot be exported: in Moodle a blank sees no other blank, so an answer that follows from an
    earlier wrong one is wrong. Raises SoftstepError for a step that a problem does not have.
    """
    width = max(2, len(str(len(problems))))
    exercises = (make_exercise(problem, ask, start) for problem in problems)
    questions = (_question(exercise, f"{title} {i:0{width}}") for i, exercise in enumerate(exercises, 1))
    return "".join(['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n', _category(title), *questions, "</quiz>\n"])


def _category(title: str) -> str:
    """The category; two slashes in its name stand for one."""
    path = f"$course$/top/{title.replace('/', '//')}"
    return f'<question type="category">\n<category>{_text(path)}</category>\n</question>\n'


def _question(exercise: Exercise, name: str) -> str:
    rounding = f"<p>{_plain(rounding_line(exercise.problem.rounding, Options()))}</p>\n"
    question = "".join([rounding, *_given_html(exercise), *_asked_html(exercise)])
    (page,) = pages(exercise.problem.run(), Options(work=True))
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


def _given_html(exercise: Exercise) -> Iterator[str]:
    """The tables of what is given, and given away. No name in them can begin a blank."""
    for step in blank_sheet(exercise).given.values():
        yield "".join(section_html(step_section(step, Options(all=True)), Options())).replace("{", "&#123;")


def _asked_html(exercise: Exercise) -> Iterator[str]:
    """A table with a blank for each entry of each step that is asked."""
    marker = exercise.marker
    blanks = Blanks(marker)
    for key in exercise.ask:
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
