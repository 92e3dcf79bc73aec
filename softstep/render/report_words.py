"""What a page says of the answers to one step: what explains the wrong ones, and how they follow from earlier ones."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from softstep.lesson.rounding import figure
from softstep.mark.copying import CopyingSlip
from softstep.mark.input_errors import InputError
from softstep.mark.report import CutDigits, MarkedCell, MarkedSheet, MarkedStep
from softstep.mark.verdicts import SCORED
from softstep.mark.wrong_rules import Explanation, Slip
from softstep.render.answer_names import list_labels
from softstep.render.origin_words import origin_sentences

UNEXPLAINED = "No known slip explains the wrong answers."
ONLY_SIGN = "Right but for the sign."
ONLY_ENTRY = "Only this entry differs: redo its arithmetic."
OUTSIDE = "These follow from probabilities that are not between 0 and 1; correct those first."
ALL_ALIKE = "These follow from answers that are all alike, so there was too little to compute; correct those first."


def cut_digits_sentence(cut: CutDigits, hints_only: bool) -> str:
    """That digits were cut off on a sheet; hints do not have the figure before that."""
    example = f", as in {cut.typed}" if hints_only else f": {cut.typed} for {figure_before_cut(cut)}"
    return f"Digits were cut off, not rounded{example}; {cut.answers} answers; no marks lost."


def answered_sentence(sheet: MarkedSheet) -> str | None:
    """How many steps are answered, if that decides what counts: without marks in the config."""
    if sheet.exercise.has_marks or sheet.answered == sheet.asked:
        return None
    sentence = f"{sheet.answered} of {sheet.asked} steps answered"
    return f"{sentence}; only these count." if sheet.answered else f"{sentence}."


def figure_before_cut(cut: CutDigits) -> str:
    """The figure that digits were cut off from, with one or two more digits than typed.

    >>> figure_before_cut(CutDigits(3, "0.05", 0.0589)), figure_before_cut(CutDigits(3, "0.05", 0.0597))
    ('0.059', '0.0597')
    """
    decimals = len(cut.typed.partition(".")[2])
    shorter, longer = (figure(cut.value, decimals + more, "half-even") for more in (1, 2))
    return shorter if shorter[:-1] == longer[:-2] else longer  # not 0.060 for 0.0597: cut off, it is not 0.05


def sentences(step: MarkedStep, others: Mapping[str, MarkedStep], formulas: Mapping[str, str]) -> Iterator[str]:
    """All sentences on a step; `others` are the steps of the same sheet, `formulas` the right ones."""
    if step.follows_trivial:
        yield OUTSIDE if _has_outside_before(step, others) else ALL_ALIKE
    if step.unexplained:
        yield unexplained_sentence(step)
    yield from _sentences_on_decimals(step)
    for i, slips in enumerate(step.explanations):
        beginning = "Or this slip" if i else _beginning(step, slips)
        yield f"{beginning}: {'; and '.join(_description(slip, formulas) for slip in slips)}."
    if step.in_some_rows:
        yield "Other answers of this step are right, so it was done in these alone."
    if step.left_over:
        yield f"{step.left_over} of {step.wrong_count} wrong answers are not explained by this."
    for road in step.roads:
        yield f"Another way to the right result: {road.formula}; {road.says} ({road.tag})."
    yield from origin_sentences(step, others)


def unexplained_sentence(step: MarkedStep) -> str:
    """What there is to do where no known slip explains the wrong answers."""
    wrong = [cell for cell in step.cells if cell.verdict not in SCORED]
    if len(wrong) > 1 or step.wrong_count > 1:
        return UNEXPLAINED
    if any(map(is_right_but_for_sign, wrong)):
        return ONLY_SIGN
    return ONLY_ENTRY if len(step.cells) > 1 else UNEXPLAINED


def is_right_but_for_sign(cell: MarkedCell) -> bool:
    """Whether the answer with the other sign would be accepted."""
    try:
        number = -float(cell.typed.replace("−", "-", 1))
    except ValueError:
        return False
    return number != 0 and any(low <= number <= high for low, high, _ in cell.accepted)


def _has_outside_before(step: MarkedStep, others: Mapping[str, MarkedStep]) -> bool:
    """Whether an earlier step has probabilities that are not between 0 and 1."""
    for other in others.values():
        if other is step:
            return False
        if other.is_outside:
            return True
    return False


def _sentences_on_decimals(step: MarkedStep) -> Iterator[str]:
    """Which answers are right but for decimals that are missing."""
    if coarse := [cell for cell in step.cells if cell.has_too_few_decimals]:
        labels = list_labels(coarse)
        yield f"Too few decimals, {coarse[0].decimals} are needed" + (f": {labels}." if labels else ".")

    def kind(cell: MarkedCell) -> tuple[int, int, float]:
        return cell.places or 0, cell.decimals, cell.credit

    if extra := [cell for cell in step.cells if cell.is_right_as_asked]:
        labels = list_labels(extra)
        yield "Wrong only in decimals that were not asked for" + (f": {labels}." if labels else ".")
    if cut := [cell for cell in step.cells if cell.is_cut]:
        yield f"Cut off, not rounded: {list_labels(cut) or cut[0].typed}; no marks lost."
    short = sorted((cell for cell in step.cells if cell.places is not None), key=kind)
    for (places, decimals, credit), cells in groupby(short, kind):
        labels = list_labels(cells)
        marks = "half marks" if credit else "no marks"
        yield f"Right to {places} decimals; {decimals} are asked" + (f": {labels}" if labels else "") + f"; {marks}."


def _beginning(step: MarkedStep, slips: Explanation) -> str:
    """How sure the first explanation of a step is."""
    if any(isinstance(slip, InputError) and slip.only_here for slip in slips):
        return "Perhaps, in this step"
    if all(isinstance(slip, CopyingSlip) for slip in slips):
        return "Slip of the pen"
    return "This would fit" if step.wrong_count == 1 else "Slip"


def _description(slip: Slip, right: Mapping[str, str]) -> str:
    """What the student did, with the formula used and the right one."""
    formulas = f": you used {slip.formula}, right is {right[slip.where]}" if slip.formula else ""
    return f"{slip.says}{formulas} ({slip.tag})"
