"""The gradient and the update of a single parameter, written out term by term.

These rules join the table of the lesson for the parameters that the user names.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from softstep.errors import SoftstepError
from softstep.lesson import maths
from softstep.lesson import workings as work
from softstep.lesson.quantities import CLASS, FEATURE, NODE, PARAMETERS, TERM, parameter_name, usual_parameter_name
from softstep.lesson.rules import SUM, Rule
from softstep.names import first_words

Parameter = tuple[str, int]
"""The letter of a parameter and the number of its class: w0 is ("w", 0)."""


def find_parameters(params: Sequence[str], classes: Sequence[str]) -> tuple[Parameter, ...]:
    """The parameters with these names: exact names first, then other ways to write them, then names of classes.

    W and b are all weights and all biases, dW and db too.

    >>> find_parameters(["w_1", "b", "cat"], classes=["cat", "dog"])
    (('w', 1), ('b', 0), ('b', 1), ('w', 0))

    Raises SoftstepError for any other name.
    """
    if not params:
        return ()
    K = len(classes)
    by_name = {parameter_name(letter, c): [(letter, c)] for letter in PARAMETERS for c in range(K)}
    for name, letter in (("W", "w"), ("b", "b")):
        by_name[name] = [(letter, c) for c in range(K)]
    by_usual_name = {usual_parameter_name(name): pairs for name, pairs in by_name.items()}
    by_class = {name: [(letter, c) for letter in PARAMETERS] for c, name in enumerate(classes)}
    found = dict[Parameter, None]()  # an ordered set
    for param in params:
        pairs = by_name.get(param) or by_usual_name.get(usual_parameter_name(param.removeprefix("d")))
        pairs = pairs or by_class.get(param)
        if pairs is None:
            right = first_words([*by_name], 12, "or")
            raise SoftstepError(f"--param {param}: no such parameter; expected one of {right}; write one of them")
        found.update(dict.fromkeys(pairs))
    return tuple(found)


def add_terms(rules: Iterable[Rule], params: Iterable[Parameter]) -> Iterator[Rule]:
    """The rules, each followed by the terms of these parameters that are made from it."""
    rules_of = {"w": weight_terms, "b": bias_terms}
    terms = [term for letter, c in params for term in rules_of[letter](c)]
    for rule in rules:
        yield rule
        made = {rule.key}
        for term in terms:
            if term.inputs[0] in made:
                yield term
                made.add(term.key)


def weight_terms(c: int) -> tuple[Rule, ...]:
    """The terms of the gradient and of the update of w_c."""
    return (
        Rule(
            f"contributions_w{c}", f"R_i{c} z_i", f"Contributions to the gradient of w{c}", (NODE, FEATURE),
            formula=f"R_i{c} · z_i", precision=TERM, labelled=True, parameter="w",
            inputs=("residuals", "embeddings"), compute=lambda R, Z: maths.contributions(R, Z, c),
            work=partial(work.contributions, c=c), stage="grad", over_labelled=True, of_class=c,
        ),
        Rule(
            f"sum_w{c}", f"Σ_i R_i{c} z_i", f"Sum of the contributions for w{c}", (CLASS, FEATURE), parameter="w",
            formula=f"Σ_i R_i{c} · z_i", precision=TERM,
            inputs=(f"contributions_w{c}",), compute=maths.total, work=partial(work.total, c=c), stage="grad",
            reduction=SUM, of_class=c,
        ),
        Rule(
            f"change_w{c}", f"α dw_{c}", f"Change of w{c}", (CLASS, FEATURE), parameter="w",
            formula=f"α · dw_{c}", precision=TERM,
            inputs=("weight_gradients", "learning_rate"), compute=lambda dW, alpha: maths.change(dW[[c]], alpha),
            work=partial(work.change, c=c), stage="update", of_class=c,
        ),
    )  # fmt: skip


def bias_terms(c: int) -> tuple[Rule, ...]:
    """The terms of the gradient and of the update of b_c. The contributions to its gradient are the residuals."""
    return (
        Rule(
            f"sum_b{c}", f"Σ_i R_i{c}", f"Sum of the residuals for b{c}", (CLASS,), parameter="b",
            formula=f"Σ_i R_i{c}", precision=TERM,
            inputs=("residuals",), compute=lambda R: maths.total(R[:, c]), work=partial(work.bias_total, c=c),
            stage="grad", reduction=SUM, of_class=c,
        ),
        Rule(
            f"change_b{c}", f"α db_{c}", f"Change of b{c}", (CLASS,), parameter="b",
            formula=f"α · db_{c}", precision=TERM,
            inputs=("bias_gradients", "learning_rate"), compute=lambda db, alpha: maths.change(db[[c]], alpha),
            work=partial(work.change, c=c), stage="update", of_class=c,
        ),
    )  # fmt: skip
