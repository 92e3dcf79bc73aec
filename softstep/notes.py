"""What a result must be read with, in sentences made from computed figures."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from softstep.maths import Array
from softstep.rounding import digits
from softstep.steps import Step


def lacking(command: str, keys: Sequence[str], start: str | None) -> str:
    """That a command lacks these keys of the config, which may start later, at `start`.

    >>> lacking("update", ["learning_rate"], None)
    'update needs learning_rate, which this config lacks; add it'
    >>> lacking("grad", ["embeddings", "weights"], "logits")
    'grad needs embeddings and weights, which this config lacks; add them in place of logits'
    """
    them = "it" if len(keys) == 1 else "them"
    instead = f" in place of {start}" if start and "embeddings" in keys else ""
    return f"{command} needs {_listed(keys)}, which this config lacks; add {them}{instead}"


def left_out(lacks: Mapping[str, Sequence[str]]) -> str:
    """What `run` could not do, and which keys of the config each of these steps would need.

    >>> left_out({"updated_weights": ["learning_rate"], "updated_biases": ["learning_rate"]})
    'Left out: updated_weights and updated_biases (need learning_rate).'
    """
    needs = dict.fromkeys(tuple(keys) for keys in lacks.values())
    groups = ([step for step, keys in lacks.items() if tuple(keys) == need] for need in needs)
    parts = (f"{_listed(steps)} (need {_listed(need)})" for steps, need in zip(groups, needs, strict=True))
    return f"Left out: {'; '.join(parts)}."


def infinite_loss(losses: Step, by_hand: bool) -> Iterator[str]:
    """Which nodes have an infinite loss, since the probability of their class is 0; by hand more decimals cure it."""
    nodes = [name for name, value in zip(losses.rows or (), losses.value, strict=True) if np.isinf(value)]
    if nodes:
        which = f"node {nodes[0]}" if len(nodes) == 1 else f"nodes {_listed(nodes)}"
        cure = ": it rounds to 0; more decimals (rounding: {decimals: …}) cure that" if by_hand else ""
        yield f"The loss of {which} is infinite, for P of the true class is 0{cure}."


def article_gradient(article: Mapping[str, Step], standard: Mapping[str, Step]) -> str:
    """That `gradient: article` is not the derivative of L, how far it is from it, and the loss one step by each leaves.

    Both results are those of full precision, from the same inputs; without a learning rate the last part is left out.
    """
    key = "weight_gradients" if "weight_gradients" in article else "bias_gradients"
    wrong, right = article[key], standard[key]
    at = np.unravel_index(np.abs(wrong.value - right.value).argmax(), wrong.value.shape)
    names = [names[i] for names, i in zip((wrong.rows, wrong.columns), at, strict=False) if names]
    where = f"∂L/∂{names[0]}" + "".join(f" ({name})" for name in names[1:])
    note = (
        "gradient: article is not the derivative of L. In full precision they are furthest apart at "
        f"{where}: {_four(wrong.value[at])} by the article, {_four(right.value[at])} by the derivative."
    )
    if "loss_after" not in article:
        return note
    before, after = article["loss"].value, article["loss_after"].value
    turn = "raises" if after > before else "lowers" if after < before else "keeps"
    return (
        f"{note} One step by the article {turn} L from {_four(before)} to {_four(after)}; "
        f"one step by the derivative takes it to {_four(standard['loss_after'].value)}."
    )


def _four(x: Array) -> str:
    return str(digits(np.asarray(x), 4, "half-up").item())


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
