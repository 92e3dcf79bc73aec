"""A gradient and an update written out term by term, for the parameters that somebody asks about.

The rules here join the table of the lesson; they are made only for the parameters named.
"""

from collections.abc import Iterable, Iterator, Sequence

from softstep import maths
from softstep.errors import SoftstepError
from softstep.names import some
from softstep.steps import BIAS, CLASS, FEATURE, LABELLED, TERM, WEIGHT, Rule, Step


def chosen(params: Sequence[str], classes: int) -> tuple[str, ...]:
    """The parameters that `params` name, W and b standing for all weights and all biases.

    >>> chosen(["w1", "b"], classes=2)
    ('w1', 'b0', 'b1')

    Raises SoftstepError for a name that is none of them.
    """
    every = {letter: [f"{letter}{c}" for c in range(classes)] for letter in "wb"}
    named = {name: [name] for names in every.values() for name in names} | {"W": every["w"], "b": every["b"]}
    unknown = [param for param in params if param not in named]
    if unknown:
        right = some([*named], 12, "or")
        raise SoftstepError(f"--param {unknown[0]}: no such parameter, must be one of {right}; write one of them")
    return tuple(dict.fromkeys(name for param in params for name in named[param]))


def written_out(rules: Iterable[Rule], names: Sequence[str]) -> Iterator[Rule]:
    """The rules, each followed by the terms that are made from it."""
    terms = [term for name in names for term in _TERMS[name[0]](int(name[1:]))]
    for rule in rules:
        yield from _followed(rule, terms)


def narrowed(step: Step, names: Sequence[str]) -> Step | None:
    """What the step says of the named parameters: their rows, or the columns of their classes; None if nothing."""
    if step.rule.rows in (WEIGHT, BIAS):
        rows = [i for i, name in enumerate(step.rows or ()) if name in names]
        return step.take(rows=rows) if rows else None
    if step.rule.columns == CLASS:
        return step.take(columns=sorted({int(name[1:]) for name in names}))
    return step


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
            f"contributions_w{c}", f"R_i{c} z_i", f"Contributions to ∂L/∂w{c}", LABELLED, FEATURE, places=TERM,
            formula=f"R_i{c} · z_i",
            inputs=("residuals", "embeddings"), compute=lambda R, Z: maths.contributions(R, Z, c), command="grad",
            over=LABELLED,
        ),
        Rule(
            f"sum_w{c}", f"Σ_i R_i{c} z_i", f"Their sum for w{c}", name, FEATURE, places=TERM,
            formula=f"Σ_i R_i{c} · z_i",
            inputs=(f"contributions_w{c}",), compute=maths.total, command="grad",
        ),
        Rule(
            f"change_w{c}", f"α ∂L/∂w{c}", f"Change of w{c}", name, FEATURE, places=TERM,
            formula=f"α · ∂L/∂w{c}",
            inputs=("weight_gradients", "learning_rate"), compute=lambda dW, alpha: maths.change(dW[[c]], alpha),
            command="update",
        ),
    )  # fmt: skip


def _bias_terms(c: int) -> tuple[Rule, ...]:
    """What the gradient and the update of b_c are made from; the contributions are the residuals themselves."""
    name = (f"b{c}",)
    return (
        Rule(
            f"sum_b{c}", f"Σ_i R_i{c}", f"Sum of the residuals for b{c}", name, places=TERM,
            formula=f"Σ_i R_i{c}",
            inputs=("residuals",), compute=lambda R: maths.total(R[:, c]), command="grad",
        ),
        Rule(
            f"change_b{c}", f"α ∂L/∂b{c}", f"Change of b{c}", name, places=TERM,
            formula=f"α · ∂L/∂b{c}",
            inputs=("bias_gradients", "learning_rate"), compute=lambda db, alpha: maths.change(db[[c]], alpha),
            command="update",
        ),
    )  # fmt: skip


_TERMS = {"w": _weight_terms, "b": _bias_terms}
