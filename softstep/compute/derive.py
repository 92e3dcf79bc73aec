"""The table of rules walked from top to bottom: each leaves a step.

Of very many nodes a step holds no matrix: its rows are computed where they are looked at, and what is summed over all
nodes is computed once, block by block.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from softstep.compute.blocks import Blocks, apply_rule, refuse_overflow, without_sign_of_0
from softstep.compute.rows import Numbers
from softstep.compute.steps import Given, Step, as_step
from softstep.lesson.maths import Array
from softstep.lesson.quantities import GIVEN, NODE
from softstep.lesson.rounding import Rounding, exact
from softstep.lesson.rules import Rule


def derive(
    given: Given, rules: Iterable[Rule], rounding: Rounding, begun: Mapping[str, Step] | None = None
) -> dict[str, Step]:
    """Walk the table once: a step for everything given, then one for each rule whose inputs are there.

    By hand, every rule computes in exact decimals from what the steps above it print, and its value is rounded.
    `begun` are steps to go on from, in place of what is given. Raises SoftstepError where a float64 overflows, naming
    the entry.
    """
    values = typed(given, rounding).items()
    steps = dict(begun) if begun else {key: as_step(GIVEN[key], value, given, rounding) for key, value in values}
    rules = list(possible(rules, steps))
    blocks = Blocks(given, {key: np.asarray(step.numbers) for key, step in steps.items()}, rules, rounding)
    found = blocks.reducer([rule.key for rule in rules if rule.reduction])() if blocks.many else {}

    def step(rule: Rule) -> Step:
        numbers: Numbers
        unrounded: Numbers
        inputs = {key: _read(steps[key], rule, given) for key in (*rule.inputs, *rule.instead)}
        if rule.key in found:
            unrounded = numbers = found[rule.key]
        elif blocks.many and NODE in rule.axes:
            unrounded = numbers = blocks.rows(rule.key)
        else:
            arrays = [np.asarray(inputs[key].numbers) for key in rule.instead or rule.inputs]
            with np.errstate(all="ignore"):  # an overflow is refused by name, and ln 0 is told
                unrounded, numbers = map(without_sign_of_0, apply_rule(rule, arrays, rounding))
        return replace(as_step(rule, numbers, given, rounding), inputs=inputs, unrounded=unrounded)

    for rule in rules:
        ways = () if blocks.many else rule.also  # no working shows them of so many nodes
        steps[rule.key] = replace(step(rule), also=tuple(map(step, ways)))
        left = steps[rule.key]
        if isinstance(left.numbers, np.ndarray):
            refuse_overflow(rule, left.numbers, left.table.names)
    return steps


def possible(rules: Iterable[Rule], there: Collection[str]) -> Iterator[Rule]:
    """The rules whose inputs are there, or are made by those before them."""
    made = set(there)
    for rule in rules:
        if made.issuperset(rule.inputs):
            made.add(rule.key)
            yield rule


def typed(given: Given, rounding: Rounding) -> dict[str, Array]:
    """What is given as this arithmetic takes it: by hand the decimals that were typed."""
    values = given.values.items()
    return {key: exact(value) if rounding.every_step and value.dtype == float else value for key, value in values}


def _read(step: Step, rule: Rule, given: Given) -> Step:
    """The step's rows that the rule reads."""
    labelled_only = rule.reads_labelled(step.rule) and len(given.labelled) < len(step.numbers)
    return step.take({NODE: given.labelled}) if labelled_only else step
