"""What is written for variants: sheets, keys, configs, empty answer sheets, and an index of all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from softstep.course.exercise import Exercise, blank_sheet
from softstep.course.formats import FORMATS
from softstep.course.moodle import moodle_xml
from softstep.course.variants import Variants
from softstep.problem import Problem
from softstep.read.answers import BlankSheet
from softstep.render import render, render_view
from softstep.render.options import Options
from softstep.render.page import Page
from softstep.render.result_views import pages

_WHOLE = Options(all=True, standalone=True)
"""A sheet is a whole document, with every row."""

INDEX = "index.csv"
INDEX_COLUMNS = ("variant", "config", "seed", "draws", "slips", "largest_logit", "wrong_predictions")


def folder_files(variants: Variants, format_name: str) -> Iterator[tuple[str, Iterator[str]]]:
    """The name and the text of every file of a folder of variants.

    The index comes last, when all that it lists is there.
    """
    width = _width_for(len(variants.variants))
    for variant in variants.variants:
        for ending, write in _files_of_each(format_name).items():
            yield f"{variant.number:0{width}}{ending}", write(variant.exercise)
    yield INDEX, index(variants)


def folder_names(count: int, format_name: str) -> list[str]:
    """The names of the files of a folder of so many variants."""
    width, endings = _width_for(count), _files_of_each(format_name)
    return [*(f"{number:0{width}}{ending}" for number in range(1, count + 1) for ending in endings), INDEX]


def _files_of_each(format_name: str) -> dict[str, Callable[[Exercise], Iterator[str]]]:
    """The files of each variant: what follows the number in their names, and what is written."""
    kind = FORMATS[format_name]
    files: dict[str, Callable[[Exercise], Iterator[str]]] = {".yaml": _config, "-answers.yaml": _answers}
    if kind.has_sheets:
        files[f"-sheet{kind.endings[0]}"] = partial(_sheet, format_name)
        files[f"-key{kind.endings[0]}"] = partial(_key, format_name)
    return files


def key_pages(exercise: Exercise) -> Iterator[Page]:
    """The pages of a key: every step with its work; of an exercise by hand, the figures in full precision, too."""
    problem = exercise.problem
    for page in _pages_of(problem, Options(all=True, work=True)):
        yield page._replace(title=f"{page.title}: key")
    if problem.rounding.every_step:
        rounding = replace(problem.rounding, every_step=False)
        for page in _pages_of(Problem.of(replace(problem.setting, rounding=rounding)), Options(all=True)):
            yield page._replace(title=f"{page.title}: key, in full precision")


def markdown_sheet(variants: Variants) -> Iterator[str]:
    """The sheet of the first variant as Markdown."""
    return _sheet("markdown", variants.variants[0].exercise)


def latex_sheet(variants: Variants) -> Iterator[str]:
    """The sheet of the first variant as a LaTeX document."""
    return _sheet("latex", variants.variants[0].exercise)


def html_sheet(variants: Variants) -> Iterator[str]:
    """The sheet of the first variant as a page to print."""
    return _sheet("html", variants.variants[0].exercise)


def config(variants: Variants) -> Iterator[str]:
    """The first variant as a config."""
    return _config(variants.variants[0].exercise)


def index(variants: Variants) -> Iterator[str]:
    """A line of CSV for each variant: how many draws it took, how many slips show, and how hard it is."""
    return render_view(_index_rows(variants), "csv", Options())


def moodle_questions(variants: Variants) -> Iterator[str]:
    """All variants as one file for Moodle's question bank."""
    first = variants.variants[0].exercise
    title = first.problem.setting.title or "softstep"
    yield moodle_xml([variant.exercise.problem for variant in variants.variants], first.ask, title, first.start)


def _config(exercise: Exercise) -> Iterator[str]:
    return render_view(exercise.problem.as_config(Path()), "yaml", Options())


def _answers(exercise: Exercise) -> Iterator[str]:
    return render(BlankSheet(blank_sheet(exercise).steps), "yaml", Options())


def _sheet(format_name: str, exercise: Exercise) -> Iterator[str]:
    return render(blank_sheet(exercise), format_name, _WHOLE)


def _key(format_name: str, exercise: Exercise) -> Iterator[str]:
    return render_view(key_pages(exercise), format_name, _WHOLE._replace(work=True))


def _pages_of(problem: Problem, options: Options) -> Iterator[Page]:
    return pages(problem.run(), options)


def _index_rows(variants: Variants) -> Iterator[tuple[Any, ...]]:
    yield INDEX_COLUMNS
    width = _width_for(len(variants.variants))
    for variant in variants.variants:
        hardness = ("" if each is None else each for each in (variant.largest_logit, variant.wrong))
        name = f"{variant.number:0{width}}.yaml"
        yield variant.number, name, variants.seed, variant.draws, variant.slips, *hardness


def _width_for(count: int) -> int:
    """How many digits the names of the files have."""
    return max(2, len(str(count)))
