"""The table of rules applied from top to bottom: each rule leaves a step.

For very many nodes a step holds no matrix: its rows are computed when they are read, and sums over all nodes are
computed once, block by block.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from softstep.compute.blocks import Blocks, apply_rule, refuse_overflow, remove_negative_zeros
from softstep.compute.rows import Numbers
from softstep.compute.steps import Given, Step, as_step
from softstep.lesson.maths import Array
from softstep.lesson.quantities import GIVEN, NODE
from softstep.lesson.rounding import Rounding, to_decimals
from softstep.lesson.rules import Rule


def derive(
    given: Given, rules: Iterable[Rule], rounding: Rounding, start: Mapping[str, Step] | None = None
) -> dict[str, Step]:
    """A step for each input (or the steps of `start` instead), then one for each rule whose inputs exist.

    By hand, every rule uses the rounded numbers of the steps above it, computes in exact decimals, and is rounded.
    Raises SoftstepError where a float64 overflows, naming the entry.
    """
    values = given_values(given, rounding).items()
    steps = dict(start) if start else {key: as_step(GIVEN[key], value, given, rounding) for key, value in values}
    rules = list(computable_rules(rules, steps))
    blocks = Blocks(given, {key: np.asarray(step.numbers) for key, step in steps.items()}, rules, rounding)
    sums = blocks.reduce([rule.key for rule in rules if rule.reduction]) if blocks.has_many else {}

    @cache
    def labelled_part(key: str) -> Step:
        return steps[key].take({NODE: given.labelled})

    def step_of(rule: Rule) -> Step:
        inputs = {}
        for key in (*rule.inputs, *rule.instead):
            only_labelled = rule.is_over_labelled(steps[key].rule) and not blocks.all_labelled
            inputs[key] = labelled_part(key) if only_labelled else steps[key]
        numbers: Numbers
        unrounded: Numbers
        if rule.key in sums:
            unrounded = numbers = sums[rule.key]
        elif blocks.has_many and NODE in rule.axes:
            unrounded = numbers = blocks.rows(rule.key)
        else:
            arrays = [np.asarray(inputs[key].numbers) for key in rule.instead or rule.inputs]
            with np.errstate(all="ignore"):  # overflow is refused below, by name, and ln 0 gets a note
                unrounded, numbers = map(remove_negative_zeros, apply_rule(rule, arrays, rounding))
        if isinstance(numbers, np.ndarray):
            refuse_overflow(rule, numbers, given.names_of(rule))
        return replace(as_step(rule, numbers, given, rounding), inputs=inputs, unrounded=unrounded)

    for rule in rules:
        step = step_of(rule)
        also = () if blocks.has_many else tuple(map(step_of, rule.also))  # no working shows those of very many nodes
        steps[rule.key] = replace(step, also=also)
    return steps


def computable_rules(rules: Iterable[Rule], keys: Collection[str]) -> Iterator[Rule]:
    """The rules whose inputs are among these keys, or are computed by the rules before them."""
    known = set(keys)
    for rule in rules:
        if known.issuperset(rule.inputs):
            known.add(rule.key)
            yield rule


def given_values(given: Given, rounding: Rounding) -> dict[str, Array]:
    """The input as the rules use it: by hand the decimals that were typed, else float64."""
    values = given.values.items()
    return {key: to_decimals(value) if rounding.every_step and value.dtype == float else value for key, value in values}
