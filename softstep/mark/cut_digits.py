"""Whether a sheet cuts digits off, where the lesson rounds."""

from collections.abc import Mapping, Sequence

import numpy as np

from softstep.compute.steps import printed_decimals
from softstep.lesson.maths import Array
from softstep.lesson.rounding import Rounding
from softstep.mark.answer_key import AnswerKey
from softstep.mark.hypothesis import Chain
from softstep.mark.report import CutDigits
from softstep.mark.ways import BY_HAND, BY_TYPED, CUTTING
from softstep.read.answers import Sheet

FEWEST_CUT = 3
"""So many answers must have been cut off before a sheet counts as one that cuts digits off."""


class CutDigitsCounter:
    """Counts the answers that fit computed values only if digits are cut off, and those that fit only if rounded."""

    def __init__(self) -> None:
        self.only_cut, self.only_rounded = 0, 0
        self.example: tuple[str, float] | None = None

    def add(self, typed: Array, decimals: Array, values: Sequence[Array], texts: Mapping[tuple[int, ...], str]) -> None:
        """Count the answers to one step, of which some may be nan."""
        unit = 10.0**-decimals
        is_rounded, is_cut = np.zeros(typed.shape, bool), np.zeros(typed.shape, bool)
        for value in values:
            off = (np.abs(value) - np.abs(typed)) / unit
            has_sign = (np.sign(value) == np.sign(typed)) | (typed == 0)
            is_rounded |= np.abs(value - typed) <= unit * (0.5 + 1e-6)
            is_cut |= has_sign & (off > -1e-6) & (off < 1 - 1e-6)
        self.only_cut += int((is_cut & ~is_rounded).sum())
        self.only_rounded += int((is_rounded & ~is_cut).sum())
        if self.example is None and (is_cut & ~is_rounded).any():
            place = tuple(np.argwhere(is_cut & ~is_rounded)[0].tolist())
            nearest = min(values, key=lambda value: abs(float(value[place]) - float(typed[place])))
            self.example = texts[place], float(nearest[place])

    @property
    def is_possible(self) -> bool:
        """Whether no answer speaks against it."""
        return not self.only_rounded

    @property
    def finding(self) -> CutDigits | None:
        """What was found; None if the sheet rounds, or too little speaks for it."""
        if self.example is None or self.only_cut < max(FEWEST_CUT, self.only_rounded):
            return None
        return CutDigits(self.only_cut, *self.example)


def count_cut_digits(key: AnswerKey, sheet: Sheet, rounding: Rounding) -> CutDigitsCounter:
    """Count the answers that speak for and against digits cut off, by earlier answers and by the right ones."""
    counter = CutDigitsCounter()
    chains = [Chain(way, key.given.values, key.given.labelled, rounding) for way in (BY_TYPED[0], BY_HAND, CUTTING)]
    for rule in key.rules:
        answers = sheet.answers.get(rule.key)
        for chain in chains:
            chain.compute(rule)
        if answers and rule.holds is None and not answers.turned:
            decimals = np.maximum(printed_decimals(rule, key.rounding), answers.decimals)
            values = [*key.references[rule.key], *(chain.values[rule.key] for chain in chains)]
            counter.add(answers.numbers, decimals, values, answers.typed)
        for chain in chains:
            numbers = answers.numbers if answers else None
            chain.values[rule.key] = chain.with_answers(rule, chain.values[rule.key], numbers)
    return counter
