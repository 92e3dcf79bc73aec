"""What is said under a result, in sentences made from computed figures."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.maths import Array
from softstep.lesson.rounding import figure
from softstep.names import first_words, join_words


def missing_keys(command: str, keys: Sequence[str], start: str | None) -> str:
    """That a command lacks these keys of the config, which may start later, at `start`.

    >>> missing_keys("update", ["learning_rate"], None)
    'update needs learning_rate, which this config does not have; add it'
    >>> missing_keys("grad", ["embeddings", "weights"], "logits")
    'grad needs embeddings and weights, which this config does not have; add them in place of logits'
    """
    them = "it" if len(keys) == 1 else "them"
    instead = f" in place of {start}" if start and "embeddings" in keys else ""
    return f"{command} needs {join_words(keys)}, which this config does not have; add {them}{instead}"


def skipped_steps(lacks: Mapping[str, Sequence[str]]) -> str:
    """What `run` could not do, and which keys of the config each of these steps would need.

    >>> skipped_steps({"updated weights": ["learning_rate"], "updated biases": ["learning_rate"]})
    'Left out: updated weights and updated biases (need learning_rate).'
    """
    needs = dict.fromkeys(tuple(keys) for keys in lacks.values())
    groups = ([step for step, keys in lacks.items() if tuple(keys) == need] for need in needs)
    parts = (f"{join_words(steps)} (need {join_words(need)})" for steps, need in zip(groups, needs, strict=True))
    return f"Left out: {'; '.join(parts)}."


def infinite_losses(losses: Step, by_hand: bool) -> Iterator[str]:
    """Which nodes have an infinite loss because the probability of their class is 0; by hand it may be rounding."""
    infinite = (np.isinf(part.value) for part in losses.parts())
    nodes = [name for name, is_so in zip(losses.rows or (), chain.from_iterable(infinite), strict=True) if is_so]
    if nodes:
        which = f"node {nodes[0]}" if len(nodes) == 1 else f"nodes {first_words(nodes)}"
        why = "rounds to 0; use more decimals (rounding: {decimals: …})" if by_hand else "is 0"
        yield f"The loss of {which} is infinite: P of the true class {why}."


def training_mismatch(gradient: str) -> str:
    """The note that a gradient is not the derivative of the loss.

    >>> training_mismatch("article")
    'gradient: article is not the derivative of L; softstep gradcheck shows the difference.'
    """
    return f"gradient: {gradient} is not the derivative of L; softstep gradcheck shows the difference."


def gradient_mismatch(gradient: str, wrong: Mapping[str, Step], right: Mapping[str, Step]) -> str:
    """That a gradient is not the derivative of L, how far it is from it, and the loss that one step by each leads to.

    `wrong` and `right` are all steps by it and by the derivative, in full precision and from the same inputs; without a
    learning rate the losses are left out.
    """
    key = "weight_gradients" if "weight_gradients" in wrong else "bias_gradients"
    ours, true = wrong[key], right[key]
    at = np.unravel_index(np.abs(ours.value - true.value).argmax(), ours.value.shape)
    names = [names[i] for names, i in zip((ours.rows, ours.columns), at, strict=False) if names]
    where = f"∂L/∂{names[0]}" + "".join(f" ({name})" for name in names[1:])
    note = (
        f"gradient: {gradient} is not the derivative of L. In full precision, the {ours.rule.title.lower()} differ "
        f"most at {where}: {gradient} {_four_decimals(ours.value[at])}, derivative {_four_decimals(true.value[at])}."
    )
    if "loss_after" not in wrong:
        return note
    before, after = wrong["loss"].value, wrong["loss_after"].value
    change = f"leaves L at {_four_decimals(before)}"
    if after != before:
        change = (
            f"{'raises' if after > before else 'lowers'} L from {_four_decimals(before)} to {_four_decimals(after)}"
        )
    return (
        f"{note} One step with the {gradient} gradient {change}; "
        f"one step with the derivative gives {_four_decimals(right['loss_after'].value)}."
    )


def _four_decimals(x: Array) -> str:
    return figure(float(x), 4, "half-up")
