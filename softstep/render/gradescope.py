"""The results.json of Gradescope for one marked sheet: a test for each step.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/ (output format).
"""

from typing import Any

from softstep.mark.report import MarkedSheet, MarkedStep, Report
from softstep.mark.verdicts import RIGHT
from softstep.render.markdown import markdown_sections
from softstep.render.options import Options
from softstep.render.report_sections import marks_section, step_section


def results(report: Report, options: Options) -> dict[str, Any]:
    """The results for the only sheet of a report, as students may see them: with hints, without right figures."""
    hints, (sheet,) = report.without_figures(), report.sheets
    steps = sheet.steps or {}
    shown = [marks_section(sheet)._replace(grid=None, title="")] if steps else []
    return {
        "score": round(sheet.score, 9),
        "output": "".join(markdown_sections(shown, sheet.complaints)).strip(),
        "output_format": "md",
        "visibility": "visible",
        "tests": [_test(number, step, sheet, hints, options) for number, step in enumerate(steps.values(), 1)],
    }


def _is_passed(step: MarkedStep) -> bool:
    """Whether a step has all its points, or, if it does not count, no answer that is not good."""
    return step.share == 1 if step.weight else all(cell.is_good for cell in step.cells)


def _test(number: int, step: MarkedStep, sheet: MarkedSheet, report: Report, options: Options) -> dict[str, Any]:
    """The test for one step; a step that does not count has no points."""
    points = {"score": round(step.points, 9), "max_score": round(step.weight, 9)} if step.weight else {}
    section = step_section(step, sheet, report, options)._replace(title="", formula="")
    is_bare = step.verdict == RIGHT and not section.reasons and not section.footnotes
    return {
        **points,
        "status": "passed" if _is_passed(step) else "failed",
        "name": step.rule.title,
        "name_format": "text",
        "number": str(number),
        "output": step.verdict.capitalize() if is_bare else "".join(markdown_sections([section])).strip(),
        "output_format": "md",
        "tags": list(step.tags),
        "visibility": "visible",
    }
