"""A hypothesis: the lesson computed from a sheet's own answers, with some assumption about the inputs."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from softstep.compute.steps import Given, printed_decimals
from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.maths import Array
from softstep.lesson.quantities import GIVEN, NOT_ZERO
from softstep.lesson.rounding import Rounding
from softstep.lesson.rules import Rule
from softstep.mark.input_errors import InputError
from softstep.mark.provenance import FROM_ROUNDED, FROM_TRIVIAL, FROM_WRONG, NO_ANSWER, Provenance
from softstep.mark.verdicts import Figures
from softstep.mark.ways import Way

_QUANTITIES = GIVEN | ALL_RULES

Basis = tuple[Hashable, ...] | None
"""What a value is computed from: the inputs and these slips; None if figures of the sheet are in it, too."""


class CarriedAnswers(NamedTuple):
    """The answers to one step as later steps use them."""

    figures: Figures
    provenance: Provenance

    @property
    def numbers(self) -> Array:
        """The figures, nan where there is none."""
        return self.figures.numbers


class Chain:
    """The values of the lesson as a student computes them who goes on in one `way`.

    `values` and `bases` have an entry for each key. By an equal basis, values are equal on every sheet.
    """

    def __init__(self, way: Way, values: Mapping[str, Array], labelled: Array, rounding: Rounding) -> None:
        self.way, self.labelled, self.rounding = way, labelled, rounding
        self.all_labelled = np.array_equal(labelled, np.arange(node_count(values)))
        self.values: dict[str, Array] = dict(values)
        self.bases: dict[str, Basis] = dict.fromkeys(values, ())

    def copy_for(self, way: Way) -> "Chain":
        """The same values so far, for a student who goes on in another way."""
        other = Chain(way, self.values, self.labelled, self.rounding)
        other.bases = dict(self.bases)
        return other

    def compute(self, rule: Rule) -> None:
        """Compute the values of one rule."""
        self.values[rule.key] = self.value_of(rule, self.values)
        self.bases[rule.key] = self.basis_of(rule.inputs)

    def value_of(self, rule: Rule, values: Mapping[str, Array]) -> Array:
        """What the rule gives for these values of its inputs."""
        if self.all_labelled:
            return np.asarray(rule.compute(*[values[key] for key in rule.inputs]))
        return np.asarray(rule.compute(*[used_rows(rule, key, values[key], self.labelled) for key in rule.inputs]))

    def basis_of(self, keys: Iterable[str]) -> Basis:
        """The common basis of these values."""
        found: dict[Hashable, None] = {}
        for key in keys:
            basis = self.bases[key]
            if basis is None:
                return None
            found |= dict.fromkeys(basis)
        return tuple(found)

    def carry_forward(self, rule: Rule, computed: Array, answers: CarriedAnswers | None) -> Array:
        """The values that later rules use: those on the sheet, or computed ones."""
        if self.way.from_typed or answers is None:
            return self.with_answers(rule, computed, answers.numbers if answers else None)
        is_other = answers.figures.answered & ~answers.figures.are_met(computed)
        return np.where(is_other, answers.numbers, computed)

    def with_answers(self, rule: Rule, computed: Array, numbers: Array | None) -> Array:
        """The numbers on the sheet and, where it has none, the computed ones, rounded."""
        answered = None if numbers is None else ~np.isnan(numbers)
        is_rounded = rule.holds is None and (rule.answer or not self.way.only_results)
        if self.way.round_values and is_rounded and (answered is None or not answered.all()):
            computed = self.way.round_values(computed, printed_decimals(rule, self.rounding))
        return computed if answered is None or numbers is None else np.where(answered, numbers, computed)

    def adopt(self, rule: Rule, answers: CarriedAnswers | None, explained: tuple[Array, Basis] | None = None) -> None:
        """Go on from a step; `explained` are its values under the slips that were found, and their basis."""
        computed, basis = self.values[rule.key], self.bases[rule.key]
        if explained and not self.way.from_typed:
            computed, slips = explained
            basis = None if basis is None or slips is None else tuple(dict.fromkeys((*basis, *slips)))
        value = self.carry_forward(rule, computed, answers)
        if answers and (self.way.from_typed or not np.array_equal(value, computed, equal_nan=True)):
            basis = None
        self.values[rule.key], self.bases[rule.key] = value, basis


class Hypothesis:
    """The lesson as computed so far, from the sheet's answers where there are some.

    `input_errors` are the input errors assumed here; `evidence` is the number of the answer that suggested them. There
    is a chain of values for each way of working; all have one provenance, an array for each key.
    """

    def __init__(
        self,
        given: Given,
        rounding: Rounding,
        ways: Sequence[Way],
        input_errors: Sequence[InputError] = (),
        evidence: int = NO_ANSWER,
    ) -> None:
        self.given, self.labelled = given.values, given.labelled
        self.input_errors = tuple(input_errors)
        values: dict[str, Array] = dict(given.values)
        self.provenance = {key: Provenance.right(value.shape) for key, value in given.values.items()}
        for error in input_errors:
            error.put_into(values, {})
            for place, _ in error.changes:
                self.provenance[error.key].level[place] = FROM_WRONG
                self.provenance[error.key].answer[place] = evidence
        self.chains = [Chain(way, values, given.labelled, rounding) for way in ways]

    @property
    def values(self) -> Mapping[str, Array]:
        """The values in the first way of working."""
        return self.chains[0].values

    def add_ways(self, ways: Iterable[Way]) -> None:
        """From here on, follow other ways as well."""
        known = {chain.way for chain in self.chains}
        self.chains += [self.chains[0].copy_for(way) for way in ways if way not in known]

    def branch(self) -> "Hypothesis":
        """A hypothesis that has all in common with this one so far."""
        other = copy(self)
        other.provenance, other.chains = dict(self.provenance), [chain.copy_for(chain.way) for chain in self.chains]
        return other

    def compute(self, rule: Rule) -> None:
        """Compute the values of one rule and their provenance."""
        for chain in self.chains:
            chain.compute(rule)
        self.provenance[rule.key] = self._inherited_provenance(rule)

    def adopt(self, rule: Rule, answers: CarriedAnswers | None, explained: tuple[Array, Basis] | None = None) -> None:
        """Go on from the sheet's answers to a step, and from the computed values where it has none."""
        for chain in self.chains:
            chain.adopt(rule, answers, explained)
        if answers:
            self.provenance[rule.key] = answers.provenance.where(answers.figures.answered, self.provenance[rule.key])

    def _inherited_provenance(self, rule: Rule) -> Provenance:
        """The worst provenance among the inputs of each entry."""
        value = self.values[rule.key]
        inherited = Provenance.right(value.shape)
        for level in (FROM_ROUNDED, FROM_WRONG, FROM_TRIVIAL):
            at_level = {key: self.provenance[key].level == level for key in rule.inputs}
            at_level = {key: mask for key, mask in at_level.items() if mask.any()}
            if not at_level:
                continue
            answer = self._earliest_answer(rule, at_level)
            without = {
                key: np.where(mask, np.nan, self.values[key])
                for key, mask in at_level.items()
                if _QUANTITIES[key].holds is None
            }
            if rule.holds is None and len(without) == len(at_level):  # an entry with a value does not depend on these
                is_needed = ~np.isfinite(self.chains[0].value_of(rule, {**self.values, **without}))
                answer = np.where(is_needed, answer, NO_ANSWER)
            inherited = Provenance(np.full(value.shape, level), answer).where(answer < NO_ANSWER, inherited)
        if rule.visible == NOT_ZERO:  # a shift of 0 does not depend on the logits
            inherited = Provenance.right(value.shape).where(value == 0, inherited)
        return inherited

    def _earliest_answer(self, rule: Rule, masks: Mapping[str, Array]) -> Array:
        """The earliest answer behind the inputs under these masks, among those of the same node, class and feature."""
        sizes = dict(zip(rule.axes, self.values[rule.key].shape, strict=True))
        earliest = np.full(tuple(sizes.values()), NO_ANSWER)
        for key, mask in masks.items():
            axes = _QUANTITIES[key].axes
            marked = np.where(mask, self.provenance[key].answer, NO_ANSWER)
            answer = used_rows(rule, key, marked, self.labelled)
            answer = answer.min(axis=tuple(i for i, axis in enumerate(axes) if axis not in sizes))
            earliest = np.minimum(earliest, answer.reshape([n if axis in axes else 1 for axis, n in sizes.items()]))
        return earliest


def node_count(values: Mapping[str, Array]) -> int:
    """How many nodes a lesson has that starts from these values."""
    return len(next(values[key] for key in ("embeddings", "logits", "probabilities") if key in values))


def used_rows(rule: Rule, key: str, array: Array, labelled: Array) -> Array:
    """The rows of an input that the rule uses."""
    return array[labelled] if rule.is_over_labelled(_QUANTITIES[key]) else array
