"""What formats are made from for a blank answer sheet: YAML text and rows; for people a page with room to write."""

from collections.abc import Iterator
from pathlib import PurePath

import yaml

from softstep.compute.steps import Step
from softstep.lesson.rules import STAGES, Rule
from softstep.names import HEADER, as_data
from softstep.read.answers import BLANK, BlankSheet
from softstep.read.setting import Setting
from softstep.render.notation import parse_formula
from softstep.render.options import Options
from softstep.render.page import BLANK_LINE, Cell, Grid, Page, Section
from softstep.render.result_views import STAGE_HEADINGS, rounding_line, square_lines
from softstep.render.step_sections import corner_heading, names_along, step_section

BLANK_CELL = Cell(())


def pages(sheet: BlankSheet, options: Options) -> Iterator[Page]:
    """The one page of a sheet. It shows no true or predicted class, and no note on results."""
    setting = sheet.setting or Setting(next(iter(sheet.steps.values())).given)
    title = setting.title or PurePath(setting.source).name
    head = [f"Name: {BLANK_LINE * 5}", setting.note, rounding_line(setting.rounding, options), *square_lines(setting)]
    yield Page(title, title, tuple(filter(None, head)), _sections(sheet, options), flows=True)


def _sections(sheet: BlankSheet, options: Options) -> Iterator[Section]:
    """What is given; then for each stage the formulas on the way, and a table of blanks for each step."""
    for step in sheet.given.values():
        yield step_section(step, options, stage="Given")
    for stage in STAGES:
        on_the_way = [step.rule.formula for step in sheet.on_the_way.values() if _is_of(step, stage)]
        heading = STAGE_HEADINGS[stage]
        if on_the_way:
            yield Section("On the way", "", workings=[[parse_formula(each) for each in on_the_way]], stage=heading)
        for step in sheet.steps.values():
            if _is_of(step, stage):
                yield Section(step.rule.title, step.rule.formula, _blank_grid(step), stage=heading)


def _is_of(step: Step, stage: str) -> bool:
    return isinstance(step.rule, Rule) and step.rule.stage == stage


def _blank_grid(step: Step) -> Grid:
    """A table with a blank for each entry of a step; for one number, a blank under its symbol."""
    axes = step.rule.axes
    columns = tuple(names_along(step, axes[1])) if len(axes) > 1 else (step.rule.symbol,)
    names = names_along(step, axes[0]) if axes else [""]
    return Grid(corner_heading(step), columns, tuple((name, (BLANK_CELL,) * len(columns)) for name in names))


def yaml_data(sheet: BlankSheet, options: Options) -> Iterator[str]:
    """The steps by key as YAML text, a line for each row, with `_` for each answer."""
    yield f"# Replace {BLANK} by a number; {BLANK} means not answered.\nname: {BLANK}\n"
    for key, step in sheet.steps.items():
        columns = f"; columns {', '.join(step.columns)}" if step.columns else ""
        yield f"\n# {step.rule.formula}{columns}\n{key}:"
        if step.rows is None:
            yield f" {BLANK}\n"
            continue
        blanks = f"[{', '.join([BLANK] * len(step.columns))}]" if step.columns else BLANK
        yield "\n"
        for name in step.rows:
            line = yaml.safe_dump({as_data(name): 0}, allow_unicode=True, width=float("inf"))  # quoted if need be
            yield f"  {line.rpartition(':')[0]}: {blanks}\n"


def rows(sheet: BlankSheet, options: Options) -> Iterator[tuple[str, ...]]:
    """A header, and a row for each answer: step, row, column and an empty value."""
    yield HEADER
    yield ("name", "", "", "")
    for key, step in sheet.steps.items():
        yield from ((key, row, column, "") for row in step.rows or ("",) for column in step.columns or ("",))
