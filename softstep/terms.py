"""A gradient and an update written out term by term, for the parameters that somebody asks about.

The rules here join the table of the lesson; they are made only for the parameters named.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from softstep import maths, work
from softstep.errors import SoftstepError
from softstep.names import some
from softstep.steps import FEATURE, LABELLED, SUM, TERM, Rule


def chosen(params: Sequence[str], classes: int) -> tuple[str, ...]:
    """The parameters that `params` name, W and b standing for all weights and all biases.

    >>> chosen(["w1", "b"], classes=2)
    ('w1', 'b0', 'b1')

    Raises SoftstepError for a name that is none of them.
    """
    if not params:
        return ()
    every = {letter: [f"{letter}{c}" for c in range(classes)] for letter in "wb"}
    named = {name: [name] for names in every.values() for name in names} | {"W": every["w"], "b": every["b"]}
    unknown = [param for param in params if param not in named]
    if unknown:
        right = some([*named], 12, "or")
        raise SoftstepError(f"--param {unknown[0]}: no such parameter, must be one of {right}; write one of them")
    return tuple(dict.fromkeys(name for param in params for name in named[param]))


def with_terms(rules: Iterable[Rule], names: Sequence[str]) -> Iterator[Rule]:
    """The rules, each followed by the terms that are made from it."""
    terms = [term for name in names for term in _TERMS[name[0]](int(name[1:]))]
    for rule in rules:
        yield from _followed(rule, terms)


def _followed(rule: Rule, terms: Sequence[Rule]) -> Iterator[Rule]:
    yield rule
    for term in terms:
        if term.inputs[0] == rule.key:
            yield from _followed(term, terms)


def _weight_terms(c: int) -> tuple[Rule, ...]:
    """What the gradient and the update of w_c are made from, written out term by term."""
    name = (f"w{c}",)
    return (
        Rule(
            f"contributions_w{c}", f"R_i{c} z_i", f"Contributions to the gradient of w{c}", LABELLED, FEATURE,
            formula=f"R_i{c} · z_i", places=TERM,
            inputs=("residuals", "embeddings"), compute=lambda R, Z: maths.contributions(R, Z, c),
            work=partial(work.contributions, c=c), command="grad", over=LABELLED, param=f"w{c}",
        ),
        Rule(
            f"sum_w{c}", f"Σ_i R_i{c} z_i", f"Their sum for w{c}", name, FEATURE,
            formula=f"Σ_i R_i{c} · z_i", places=TERM,
            inputs=(f"contributions_w{c}",), compute=maths.total, work=partial(work.total, c=c), command="grad",
            pooled=SUM, param=f"w{c}",
        ),
        Rule(
            f"change_w{c}", f"α dw_{c}", f"Change of w{c}", name, FEATURE,
            formula=f"α · dw_{c}", places=TERM,
            inputs=("weight_gradients", "learning_rate"), compute=lambda dW, alpha: maths.change(dW[[c]], alpha),
            work=partial(work.change, c=c), command="update", param=f"w{c}",
        ),
    )  # fmt: skip


def _bias_terms(c: int) -> tuple[Rule, ...]:
    """What the gradient and the update of b_c are made from; the contributions are the residuals themselves."""
    name = (f"b{c}",)
    return (
        Rule(
            f"sum_b{c}", f"Σ_i R_i{c}", f"Sum of the residuals for b{c}", name,
            formula=f"Σ_i R_i{c}", places=TERM,
            inputs=("residuals",), compute=lambda R: maths.total(R[:, c]), work=partial(work.bias_total, c=c),
            command="grad", pooled=SUM, param=f"b{c}",
        ),
        Rule(
            f"change_b{c}", f"α db_{c}", f"Change of b{c}", name,
            formula=f"α · db_{c}", places=TERM,
            inputs=("bias_gradients", "learning_rate"), compute=lambda db, alpha: maths.change(db[[c]], alpha),
            work=partial(work.change, c=c), command="update", param=f"b{c}",
        ),
    )  # fmt: skip


_TERMS = {"w": _weight_terms, "b": _bias_terms}
