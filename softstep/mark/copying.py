"""Slips of the pen: answers that were computed rightly and written down wrongly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule
from softstep.mark.verdicts import EARLY_ROUNDING, Figures
from softstep.mark.wrong_rules import Slip


@dataclass(frozen=True, eq=False, kw_only=True)
class CopyingSlip(Slip):
    """A slip in writing answers down; `meant` are the answers as they should stand.

    `needs_proof`: a later step must show that the right figure was at hand.
    """

    meant: Array
    needs_proof: bool = False

    def is_in(self, rule: Rule) -> bool:
        """In no rule."""
        return False

    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Change nothing: the computation is right."""


def find_copying_slip(
    step: Step, figures: Figures, wrong: Array, values: Sequence[Array], texts: Sequence[str]
) -> CopyingSlip | None:
    """The slip of the pen that explains the wrong answers to a step, if one of these `values` was to be written.

    `texts` are the wrong answers as typed.
    """
    for value in values:
        for tag, says, numbers in _corrections(step, figures.numbers, wrong, texts):
            looseness = 1 if wrong.sum() == 1 else EARLY_ROUNDING
            if figures.with_numbers(numbers).are_met(value, looseness)[figures.answered].all():
                return CopyingSlip(
                    tag=tag, where=step.rule.key, says=says, targets=frozenset([step.rule.key]),
                    meant=numbers, needs_proof=int(wrong.sum()) == 1,
                )  # fmt: skip
    return None


def _corrections(step: Step, numbers: Array, wrong: Array, texts: Sequence[str]) -> Iterator[tuple[str, str, Array]]:
    """What might have been meant: a tag, what the student did, and the answers as they should stand."""
    places = [tuple(place) for place in np.argwhere(wrong).tolist()]
    if len(places) == 1:
        yield from _of_one_number(numbers, places[0], texts[0])
    if len(places) == 2:
        one, other = places
        changed = numbers.copy()
        changed[one], changed[other] = numbers[other], numbers[one]
        yield "exchanged-cells", "two answers were exchanged when they were written down", changed
    for axis, word in enumerate(("rows", "columns")[: wrong.ndim] if wrong.ndim == 2 else ()):
        lines = np.unique([place[axis] for place in places]).tolist()
        if len(lines) == 2 and len(places) > 2:
            changed = numbers.copy()
            both = [slice(None)] * axis
            changed[*both, lines] = numbers[*both, lines[::-1]]
            yield f"exchanged-{word}", f"two {word} were exchanged when they were written down", changed


def _of_one_number(numbers: Array, place: tuple[int, ...], text: str) -> Iterator[tuple[str, str, Array]]:
    """A sign that was left out or added, or two neighbouring digits that were exchanged."""
    changed = numbers.copy()
    changed[place] = -numbers[place]
    yield "dropped-sign", "the figure is right but for its sign", changed
    for i in range(len(text) - 1):
        pair = text[i : i + 2]
        if pair.isdigit() and pair[0] != pair[1]:
            turned = f"{text[:i]}{pair[::-1]}{text[i + 2 :]}".replace("−", "-")
            changed = numbers.copy()
            changed[place] = float(turned)
            yield "turned-digits", f"two digits of {text} were exchanged", changed
