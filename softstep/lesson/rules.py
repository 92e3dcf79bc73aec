"""The lesson as a table of rules, read from top to bottom like the page of a textbook.

Another convention is another rule with the same key; `lesson` puts it in the table.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from softstep.lesson import maths
from softstep.lesson import workings as work
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, FEATURE, LOSS, NEVER, NODE, NOT_ZERO, Quantity
from softstep.lesson.rounding import LARGEST, Rounding

SUM, MEAN, TOTAL = "sum", "mean", "total"
"""How the values of a rule on blocks of nodes are combined into its value on all nodes.

A total is a sum that is computed first, because rules on blocks need it.
"""

STAGES = ("forward", "loss", "grad", "update")
"""The stages of the lesson, in order."""

SECOND_PASS = "second pass"
"""The stage of the rules computed again after the update. Only the working of the loss after the step shows them."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Rule(Quantity):
    """A quantity and how to compute it.

    - `inputs`: the keys of the quantities in its formula, in the order in which `compute` and `work` take them.
    - `compute`: the function of `maths` that computes it, on arrays.
    - `work`: the function of `workings` that writes its working, on steps.
    - `stage`: one of `STAGES`, or SECOND_PASS.
    - `instead`: the keys of the arrays that `compute` takes, if these are not `inputs`.
    - `over_labelled`: whether it reads only the rows of the labelled nodes.
    - `replaces`: the key of the quantity of which it is the next value.
    - `reduction`: for a sum or a mean over the labelled nodes, SUM, MEAN or TOTAL.
    - `also`: other rules for the same quantity, shown in its working.
    - `in_full`: the rule in full precision, if that is another one.
    - `needs`: hidden rules that `in_full` needs, to be computed before it.
    """

    inputs: tuple[str, ...]
    compute: Callable[..., Array]
    work: Callable[..., work.Forms]
    stage: str
    instead: tuple[str, ...] = ()
    over_labelled: bool = False
    replaces: str | None = None
    reduction: str = ""
    also: tuple["Rule", ...] = ()
    in_full: "Rule | None" = None
    needs: tuple["Rule", ...] = ()

    def is_over_labelled(self, quantity: Quantity) -> bool:
        """Whether the rule reads only the labelled rows of this quantity, which has a row for every node."""
        return self.over_labelled and NODE in quantity.axes and not quantity.labelled


LOSS_OF_PRODUCT = Rule(
    "loss", "L", "Loss", precision=LOSS,
    formula="L = −(1/N) ln Π P_i,y_i",
    inputs=("probabilities", "labels"),
    compute=maths.loss_of_product, work=work.loss_of_product, stage="loss", over_labelled=True,
)  # fmt: skip
"""The loss as the article writes it."""

RELATIVE = Rule(
    "relative_exponentials", "Q", "Relative exponentials", (NODE, CLASS),
    formula="Q_ic = exp(H_ic − max_k H_ik)",
    inputs=("logits",),
    compute=maths.relative_exponentials, work=work.no_working, stage="forward", visible=NEVER,
)  # fmt: skip
"""The common input of the stable rules, which full precision uses.

They are correct for logits of any size, and for ties up to float64 rounding error.
"""


def with_stable(rule: Rule, compute: Callable[..., Array], *needs: Rule, **changes: Any) -> Rule:
    """The rule of the page, with another way to compute it in full precision."""
    return replace(rule, in_full=replace(rule, compute=compute, **changes), needs=needs)


RULES = (
    Rule(
        "logits", "H", "Logits", (NODE, CLASS),
        formula="H = Z Wᵀ + b", turned_formula="H = Z W + b",
        inputs=("embeddings", "weights", "biases"),
        compute=maths.logits, work=work.logits, stage="forward",
    ),
    Rule(
        "shifts", "m", "Shifts (exp(H) is too large or too small)", (NODE,),
        formula="m_i = max_c H_ic or 0, and E_ic = exp(H_ic − m_i)",
        inputs=("logits",),
        compute=maths.shifts, work=work.shifts, stage="forward", visible=NOT_ZERO,
    ),
    Rule(
        "exponentials", "E", "Exponentials", (NODE, CLASS),
        formula="E = exp(H)",
        inputs=("logits", "shifts"),
        compute=maths.exponentials, work=work.exponentials, stage="forward",
    ),
    Rule(
        "normalizers", "S", "Normalizers", (NODE,),
        formula="S_i = Σ_c E_ic",
        inputs=("exponentials",),
        compute=maths.normalizers, work=work.normalizers, stage="forward",
    ),
    with_stable(
        Rule(
            "probabilities", "P", "Probabilities", (NODE, CLASS),
            formula="P_ic = E_ic / S_i",
            inputs=("exponentials", "normalizers"),
            compute=maths.probabilities, work=work.probabilities, stage="forward", answer=True, shares=True,
        ),
        maths.stable_probabilities, RELATIVE, instead=(RELATIVE.key,),
    ),
    with_stable(
        Rule(
            "predictions", "ŷ", "Predictions", (NODE,), holds=CLASS,
            formula="ŷ_i = argmax_c P_ic",
            inputs=("probabilities",),
            compute=maths.predictions, work=work.predictions, stage="forward", also_called=("yhat", "y_hat"),
        ),
        maths.stable_predictions,
    ),
    with_stable(
        Rule(
            "node_losses", "ℓ", "Node losses", (NODE,), labelled=True, precision=LOSS,
            formula="ℓ_i = −ln P_i,y_i",
            inputs=("probabilities", "labels"),
            compute=maths.node_losses, work=work.node_losses, stage="loss", over_labelled=True, also_called=("l",),
        ),
        maths.stable_node_losses, instead=("logits", RELATIVE.key, "labels"), work=work.stable_node_losses,
    ),
    Rule(
        "loss", "L", "Loss", precision=LOSS,
        formula="L = (1/N) Σ ℓ_i",
        inputs=("node_losses",),
        compute=maths.loss, work=work.loss, stage="loss", answer=True, reduction=MEAN, also=(LOSS_OF_PRODUCT,),
    ),
    Rule(
        "residuals", "R", "Residuals", (NODE, CLASS), labelled=True,
        formula="R = P − Y",
        inputs=("probabilities", "labels"),
        compute=maths.residuals, work=work.residuals, stage="grad", over_labelled=True,
    ),
    Rule(
        "weight_gradients", "dW", "Weight gradients", (CLASS, FEATURE), parameter="w",
        formula="dW = Rᵀ Z / N", turned_formula="dW = Zᵀ R / N",
        inputs=("residuals", "embeddings"),
        compute=maths.weight_gradients, work=work.weight_gradients, stage="grad", answer=True, over_labelled=True,
        reduction=MEAN,
    ),
    Rule(
        "bias_gradients", "db", "Bias gradients", (CLASS,), parameter="b",
        formula="db_c = Σ_i R_ic / N",
        inputs=("residuals",),
        compute=maths.bias_gradients, work=work.bias_gradients, stage="grad", answer=True, reduction=MEAN,
    ),
    Rule(
        "updated_weights", "W′", "Updated weights", (CLASS, FEATURE), parameter="w",
        formula="W′ = W − α dW",
        inputs=("weights", "weight_gradients", "learning_rate"),
        compute=maths.updated_parameter, work=work.updated_parameter, stage="update", answer=True, replaces="weights",
        also_called=("W'", "W’"),
    ),
    Rule(
        "updated_biases", "b′", "Updated biases", (CLASS,), parameter="b",
        formula="b′ = b − α db",
        inputs=("biases", "bias_gradients", "learning_rate"),
        compute=maths.updated_parameter, work=work.updated_parameter, stage="update", answer=True, replaces="biases",
        also_called=("b'", "b’"),
    ),
)  # fmt: skip
"""The lesson as on paper."""

BY_KEY = {rule.key: rule for rule in RULES}

LOSS_AFTER = replace(
    BY_KEY["loss"],
    key="loss_after",
    symbol="L′",
    title="Loss after the step",
    formula="L at W′ and b′",
    stage="update",
    replaces="loss",
    also_called=("L'", "L’"),
    also=(replace(LOSS_OF_PRODUCT, symbol="L′"),),
)
"""The loss with the updated weights and biases."""


def second_pass(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The rules computed again with the updated parameters; those that depend on them get a ′ behind their symbols.

    Pages show only the loss; its working shows the rest.
    """
    changed = {"weights", "biases"}
    for rule in rules:
        if changed.isdisjoint((*rule.inputs, *rule.instead)):
            yield rule
            continue
        changed.add(rule.key)
        also = tuple(replace(each, symbol=f"{each.symbol}′") for each in rule.also)
        again = replace(rule, symbol=f"{rule.symbol}′", stage=SECOND_PASS, also=also)
        if rule.key == "loss":
            of_loss: dict[str, Any] = {name: getattr(rule, name) for name in ("inputs", "compute", "work", "reduction")}
            again = replace(LOSS_AFTER, also=also, **of_loss)
        yield again


ARTICLE = (
    replace(BY_KEY["residuals"], formula="R = P − 1", compute=maths.article_residuals, work=work.article_residuals),
    replace(
        BY_KEY["weight_gradients"], formula="dW = Rᵀ Z", turned_formula="dW = Zᵀ R",
        compute=maths.article_weight_gradients, work=work.article_weight_gradients, reduction=SUM,
    ),
    replace(
        BY_KEY["bias_gradients"], formula="db_c = Σ_i R_ic", compute=maths.article_bias_gradients,
        work=work.article_bias_gradients, reduction=SUM,
    ),
)  # fmt: skip
"""The article's gradient: every target is 1, and the 1/N of the loss is left out."""

GRADIENTS: Mapping[str, tuple[Rule, ...]] = {"standard": (), "article": ARTICLE}
"""The values of the config key `gradient`, and the rules that each puts in the table."""


def lesson(
    table: Mapping[str, Rule],
    given: Collection[str],
    alternatives: Iterable[Rule],
    rounding: Rounding,
    as_on_paper: bool | None = None,
) -> tuple[Rule, ...]:
    """The rules of the `table` that follow the `given` keys, with `alternatives` in place of rules of the same key.

    In full precision the stable rules replace those of the page, unless an alternative replaces one of them, or the
    rule of E, S or P. `as_on_paper` keeps the rules of the page; by default they are kept by hand and if P is given.
    """
    chosen = {**table, **{rule.key: rule for rule in alternatives}}
    if as_on_paper is None:
        as_on_paper = rounding.every_step or "probabilities" in given
    if chosen["shifts"] is table["shifts"]:
        shifts = partial(maths.shifts, smallest=rounding.smallest_positive, largest=LARGEST)
        chosen["shifts"] = replace(chosen["shifts"], compute=shifts)
    start = max((i for i, key in enumerate(chosen) if key in given), default=-1)
    rules = list(chosen.values())[start + 1 :]
    has_own_softmax = any(chosen[key] is not table[key] for key in ("exponentials", "normalizers", "probabilities"))
    if as_on_paper or has_own_softmax:
        return tuple(rules)
    in_full: list[Rule] = []
    for rule in rules:
        is_stable = rule.in_full is not None and rule is table[rule.key]
        in_full += (*rule.needs, rule.in_full or rule) if is_stable else (rule,)
    return tuple(in_full)
