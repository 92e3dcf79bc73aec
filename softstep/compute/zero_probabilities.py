"""Where P of a true class, or of a class with a target above 0, rounds to 0 by hand, so that a loss is infinite."""

from collections.abc import Iterable, Iterator

import numpy as np

from softstep.compute.steps import Given, Step
from softstep.lesson.maths import Array
from softstep.lesson.quantities import NODE
from softstep.lesson.rules import Rule


def zero_probabilities(steps: Iterable[Step], given: Given, targets: Array) -> Iterator[tuple[Rule, Array]]:
    """Yield the rule of each P behind these steps, and the labelled nodes of which P of a class with a target is 0.

    `targets` have a row for each labelled node. The nodes are positions among the labelled nodes. Those that the steps
    neither show nor use are left out.
    """
    for P, nodes in _probabilities_behind(steps).items():
        is_zero = ((np.asarray(P.numbers)[given.labelled] == 0) & (targets != 0)).any(axis=1)
        is_zero = is_zero if nodes is None else is_zero & np.isin(given.labelled, [*nodes])
        if is_zero.any():
            assert isinstance(P.rule, Rule)
            yield P.rule, np.flatnonzero(is_zero)


def _probabilities_behind(steps: Iterable[Step]) -> dict[Step, frozenset[int] | None]:
    """Each computed P that is among these steps or that they were computed from, and the nodes used; None for all."""
    found: dict[Step, frozenset[int] | None] = {}
    wanted = [(step, _nodes_of(step)) for step in steps]
    seen = set(wanted)
    while wanted:
        step, nodes = wanted.pop()
        if step.rule.key == "probabilities" and isinstance(step.rule, Rule):
            P = step.whole or step
            before = found.get(P, frozenset())
            found[P] = None if before is None or nodes is None else before | nodes
        nodes = nodes if NODE in step.rule.axes else None
        behind = {(each, nodes) for each in step.inputs.values()} - seen
        seen |= behind
        wanted += behind
    return dict(sorted(found.items(), key=lambda each: each[0].rule.symbol))


def _nodes_of(step: Step) -> frozenset[int] | None:
    """The positions of its nodes; None if it has all of them, or sums over them."""
    return frozenset(map(int, step.positions[NODE])) if step.whole and NODE in step.rule.axes else None
