"""The slips: mistakes that students make, each as data. A slip in a rule is another rule under the same key."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softstep.lesson.maths import Array
from softstep.lesson.rules import Rule

EXCHANGED = "rows and columns were exchanged"


@dataclass(frozen=True, eq=False, kw_only=True)
class Slip(ABC):
    """One mistake of a student.

    `tag` names the kind of mistake, `where` the step, the node or the parameter, and `says` what the student did.
    `formula` is the formula used, if the mistake is in a rule. Slips with a common target cannot be made together.
    """

    tag: str
    where: str
    says: str
    formula: str = ""
    targets: frozenset[object]

    def turn(self) -> "Slip":
        """The slip as a page shows it if W has a row for each feature."""
        return self

    @abstractmethod
    def is_in(self, rule: Rule) -> bool:
        """Whether the slip changes what this rule gives, if all earlier steps are as they were."""

    @abstractmethod
    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Make the slip: change a value of the inputs, or put a wrong rule under its key."""


Explanation = tuple[Slip, ...]
"""Slips that together lead to what is on the sheet."""


@dataclass(frozen=True, eq=False, kw_only=True)
class WrongRule(Slip):
    """A slip in a rule: `rule` is used in place of the right one, and rules `also` in place of others.

    `remake` makes the wrong rule from a right one; if it is None, the wrong rule is the same whatever is right.
    `unless` is the key of an earlier step: where a slip could be made there, this one is not named. `mixes_nodes`: with
    it, an entry depends on the inputs of all nodes. `is_vague`: it is not named where another slip explains as much.
    """

    rule: Rule
    also: tuple[Rule, ...] = ()
    remake: Callable[[Rule], Rule] | None = None
    unless: str = ""
    mixes_nodes: bool = False
    is_vague: bool = False

    @property
    def inputs(self) -> set[str]:
        """The keys of all that its rules are computed from."""
        return {key for rule in (self.rule, *self.also) for key in rule.inputs}

    def turn(self) -> Slip:
        """The slip with the formula as a page shows it if W has a row for each feature."""
        return replace(self, formula=self.rule.turned_formula or self.formula)

    def is_in(self, rule: Rule) -> bool:
        """Whether this is one of its rules."""
        return rule is self.rule or rule in self.also

    def put_into(self, values: dict[str, Array], rules: dict[str, Rule]) -> None:
        """Put the wrong rules under their keys."""
        rules.update({rule.key: rule for rule in (self.rule, *self.also)})


def constant_factor(rule: Rule, factor: float, count: int) -> WrongRule:
    """The slip of writing down `factor` times the right figures, `count` of them."""

    def compute(*values: Array) -> Array:
        return np.asarray(factor * rule.compute(*values))

    says = f"{'the figure is' if count == 1 else 'all wrong figures are'} {factor:.4g} times what is right"
    return replace(make_wrong_rule("constant-factor", replace(rule, compute=compute), says), formula="", is_vague=True)


def transposed_table(rule: Rule, formula: str) -> WrongRule:
    """The slip of writing a table down with its rows as columns; `formula` is the right one."""
    symbol, _, right = formula.partition(" = ")
    return make_wrong_rule("transposed", replace(rule, formula=f"{symbol} = ({right})ᵀ"), EXCHANGED)


def make_wrong_rule(tag: str, rule: Rule, says: str, also: tuple[Rule, ...] = (), **rest: Any) -> WrongRule:
    """The slip of using this rule, and others `also`, in place of the right ones."""
    targets = frozenset(each.key for each in (rule, *also))
    return WrongRule(
        tag=tag, where=rule.key, says=says, formula=rule.formula, targets=targets, rule=rule, also=also, **rest
    )
