"""A gradient and an update written out term by term, for the parameters that somebody asks about.

The rules here join the table of the lesson; they are made only for the parameters named.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from softstep.errors import SoftstepError
from softstep.lesson import formulas as work
from softstep.lesson import maths
from softstep.lesson.quantities import CLASS, FEATURE, NODE, PARAMETERS, TERM, parameter_name
from softstep.lesson.rules import SUM, Rule
from softstep.names import first_words

Parameter = tuple[str, int]
"""The letter of a parameter and the number of a class: w0 is ("w", 0)."""


def chosen(params: Sequence[str], classes: int) -> tuple[Parameter, ...]:
    """The parameters that `params` name, W and b standing for all weights and all biases.

    >>> chosen(["w1", "b"], classes=2)
    (('w', 1), ('b', 0), ('b', 1))

    Raises SoftstepError for a name that is none of them.
    """
    if not params:
        return ()
    every = [(letter, c) for letter in PARAMETERS for c in range(classes)]
    named = {parameter_name(*each): [each] for each in every}
    for name, letter in (("W", "w"), ("b", "b")):
        named[name] = [each for each in every if each[0] == letter]
    unknown = [param for param in params if param not in named]
    if unknown:
        right = first_words([*named], 12, "or")
        raise SoftstepError(f"--param {unknown[0]}: no such parameter; expected one of {right}; write one of them")
    return tuple(dict.fromkeys(each for param in params for each in named[param]))


def with_terms(rules: Iterable[Rule], params: Iterable[Parameter]) -> Iterator[Rule]:
    """The rules, each followed by the terms that are made from it."""
    terms = [term for letter, c in params for term in _TERMS[letter](c)]
    for rule in rules:
        yield from _followed(rule, terms)


def _followed(rule: Rule, terms: Sequence[Rule]) -> Iterator[Rule]:
    yield rule
    for term in terms:
        if term.inputs[0] == rule.key:
            yield from _followed(term, terms)


def _weight_terms(c: int) -> tuple[Rule, ...]:
    """What the gradient and the update of w_c are made from, written out term by term."""
    return (
        Rule(
            f"contributions_w{c}", f"R_i{c} z_i", f"Contributions to the gradient of w{c}", (NODE, FEATURE),
            formula=f"R_i{c} · z_i", places=TERM, labelled=True, parameter="w",
            inputs=("residuals", "embeddings"), compute=lambda R, Z: maths.contributions(R, Z, c),
            work=partial(work.contributions, c=c), stage="grad", over_labelled=True, of_class=c,
        ),
        Rule(
            f"sum_w{c}", f"Σ_i R_i{c} z_i", f"Their sum for w{c}", (CLASS, FEATURE), parameter="w",
            formula=f"Σ_i R_i{c} · z_i", places=TERM,
            inputs=(f"contributions_w{c}",), compute=maths.total, work=partial(work.total, c=c), stage="grad",
            reduction=SUM, of_class=c,
        ),
        Rule(
            f"change_w{c}", f"α dw_{c}", f"Change of w{c}", (CLASS, FEATURE), parameter="w",
            formula=f"α · dw_{c}", places=TERM,
            inputs=("weight_gradients", "learning_rate"), compute=lambda dW, alpha: maths.change(dW[[c]], alpha),
            work=partial(work.change, c=c), stage="update", of_class=c,
        ),
    )  # fmt: skip


def _bias_terms(c: int) -> tuple[Rule, ...]:
    """What the gradient and the update of b_c are made from; the contributions are the residuals themselves."""
    return (
        Rule(
            f"sum_b{c}", f"Σ_i R_i{c}", f"Sum of the residuals for b{c}", (CLASS,), parameter="b",
            formula=f"Σ_i R_i{c}", places=TERM,
            inputs=("residuals",), compute=lambda R: maths.total(R[:, c]), work=partial(work.bias_total, c=c),
            stage="grad", reduction=SUM, of_class=c,
        ),
        Rule(
            f"change_b{c}", f"α db_{c}", f"Change of b{c}", (CLASS,), parameter="b",
            formula=f"α · db_{c}", places=TERM,
            inputs=("bias_gradients", "learning_rate"), compute=lambda db, alpha: maths.change(db[[c]], alpha),
            work=partial(work.change, c=c), stage="update", of_class=c,
        ),
    )  # fmt: skip


_TERMS = {"w": _weight_terms, "b": _bias_terms}
