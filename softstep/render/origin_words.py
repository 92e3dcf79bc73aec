"""What a page says of errors carried forward: which answers follow from which wrong ones."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from softstep.compute.steps import Step
from softstep.lesson.quantities import CLASS, Axis
from softstep.mark.report import MarkedCell, MarkedStep, Origin
from softstep.mark.verdicts import WRONG
from softstep.render.answer_names import Place, common_line, first_labels

ERROR_CARRIED_FORWARD = "error carried forward"
"""What pages call the verdict `follows`."""

MOST_LISTED = 3
"""More answers than this are not listed where a word says which they are."""


def origin_sentences(step: MarkedStep, others: Mapping[str, MarkedStep]) -> Iterator[str]:
    """Where the errors carried forward come from, a sentence for each earlier step; `others` are those of the sheet."""
    following: dict[str, list[tuple[MarkedCell, Origin]]] = {}
    for cell in step.cells:
        if cell.follows_from:
            following.setdefault(cell.follows_from.step, []).append((cell, cell.follows_from))
    for key, pairs in following.items():
        cells = [cell for cell, _ in pairs]
        places = _wrong_places(step, cells, others[key], [origin for _, origin in pairs])
        yield f"{ERROR_CARRIED_FORWARD.capitalize()}: {_subject(step, cells)} from {_origin(others[key], places)}."


def _subject(step: MarkedStep, cells: Sequence[MarkedCell]) -> str:
    """The answers that follow, with the verb."""
    places = [(cell.row, cell.column) for cell in cells]
    if step.count == 1:
        return f"the {_title(step)} follows"
    if len(cells) == len(step.cells) > 1:
        return "both follow" if len(cells) == 2 else f"all {len(cells)} follow"
    if len(cells) > MOST_LISTED and (line := common_line(step.step, places)):
        return f"{len(cells)} answers of {line} follow"
    return f"{first_labels(places, MOST_LISTED)} {'follows' if len(cells) == 1 else 'follow'}"


def _origin(step: MarkedStep, places: Sequence[Place]) -> str:
    """The wrong answers that others follow from."""
    title = _title(step)
    if step.count == 1:
        return f"the wrong {title}"
    if len(places) > 1 and (line := common_line(step.step, places)):
        return f"the wrong {title} of {line}"
    if len(places) <= MOST_LISTED:
        return f"the wrong {step.rule.symbol} {first_labels(places)}"
    return f"the wrong {title}"


def _title(step: MarkedStep) -> str:
    """The title in a sentence, without a remark in brackets."""
    return step.rule.title.partition(" (")[0].lower()


def _wrong_places(
    step: MarkedStep, cells: Collection[MarkedCell], earlier: MarkedStep, origins: Collection[Origin]
) -> list[Place]:
    """The wrong answers of an earlier step that these answers follow from.

    The origins are the first of them. The others are in the same rows, or columns, as the answers that follow.
    """
    found = dict.fromkeys((origin.row, origin.column) for origin in origins)
    candidates = [(cell.row, cell.column) for cell in earlier.cells if cell.verdict == WRONG]
    for axis in set(step.rule.axes) & set(earlier.rule.axes):
        here = {*_positions(step.step, axis, [(cell.row, cell.column) for cell in cells])}
        if {*_positions(earlier.step, axis, found)} <= here:
            there = _positions(earlier.step, axis, candidates)
            candidates = [place for place, position in zip(candidates, there, strict=True) if position in here]
    return [*dict.fromkeys((*found, *candidates))]


def _positions(step: Step, axis: Axis, places: Collection[Place]) -> list[object]:
    """The place of each answer along an axis: a name, or the number of a class, whose names differ in parameters."""
    i = step.rule.axes.index(axis)
    if axis != CLASS:
        return [place[i] for place in places]
    numbers = {name: number for number, name in enumerate(step.table.names[axis])}
    return [numbers.get(place[i] or "") for place in places]
