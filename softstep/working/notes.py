"""What is said under a result, in sentences made from computed figures."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from softstep.compute.steps import Step
from softstep.lesson.maths import Array
from softstep.lesson.rounding import MOST_DECIMALS, figure
from softstep.names import first_words, join_words

ASSUMED_BIASES = "The config gives no biases: b starts at 0, and the update changes it."


def missing_keys(command: str, keys: Sequence[str], start: str | None) -> str:
    """That a command lacks these keys of the config, which may start later, at `start`.

    >>> missing_keys("update", ["learning_rate"], None)
    'update needs learning_rate, which this config does not have; add it'
    >>> missing_keys("grad", ["embeddings", "weights"], "logits")
    'grad needs embeddings and weights, which this config does not have; add them in place of logits'
    """
    them = "it" if len(keys) == 1 else "them"
    fix = f"add {them}{_words_on_start(start, keys)}"
    if "weights" in keys and not start:
        fix += ", or write logits in place of embeddings if they are logits"
    return f"{command} needs {join_words(keys)}, which this config does not have; {fix}"


def skipped_steps(lacks: Mapping[str, Sequence[str]], start: str | None) -> str:
    """What `run` could not do, and which keys of the config each of these steps would need.

    Of a config that starts at `start`, some stand in place of that.

    >>> skipped_steps({"updated weights": ["learning_rate"], "updated biases": ["learning_rate"]}, None)
    'Left out: updated weights and updated biases (need learning_rate).'
    >>> skipped_steps({"weight gradients": ["weights"], "updated weights": ["weights", "learning_rate"]}, None)
    'Left out: weight gradients (need weights); updated weights (also learning_rate).'
    """
    parts: list[str] = []
    before: Sequence[str] = ()
    for need in dict.fromkeys(tuple(keys) for keys in lacks.values()):
        steps = join_words([step for step, keys in lacks.items() if tuple(keys) == need])
        if before and {*before} < {*need}:
            parts.append(f"{steps} (also {_keys_in_words([key for key in need if key not in before], start)})")
        else:
            parts.append(f"{steps} (need {_keys_in_words(need, start)})")
        before = need
    return f"Left out: {'; '.join(parts)}."


def _keys_in_words(keys: Sequence[str], start: str | None) -> str:
    return join_words(keys) + _words_on_start(start, keys)


def _words_on_start(start: str | None, keys: Sequence[str]) -> str:
    return f" in place of {start}" if start and "embeddings" in keys else ""


TRUE_CLASS, WITH_TARGET = "the true class", "a class with a target above 0"


def infinite_losses(losses: Step) -> Iterator[str]:
    """Which nodes have an infinite loss because the probability of their class is 0."""
    infinite = (np.isinf(part.value) for part in losses.parts())
    nodes = [name for name, is_so in zip(losses.rows or (), chain.from_iterable(infinite), strict=True) if is_so]
    if nodes:
        which = TRUE_CLASS if "labels" in losses.inputs else WITH_TARGET
        yield f"The loss of {_nodes(nodes)} is infinite: P of {which} is 0."


def zero_probabilities(
    nodes: Sequence[str], when: str, printed: int, enough: int | None, limit: str, which: str = TRUE_CLASS
) -> str:
    """That P of a class of these nodes rounds to 0 by hand, and how many decimals are enough.

    `printed` is how many decimals it has now; `enough` is None if 15 are too few, `limit` says for what; `which` class.

    >>> zero_probabilities(["2"], "", 2, 5, "")
    'By hand, P of the true class of node 2 rounds to 0.00, so its loss is infinite; 5 decimals are enough (decimals: \
5 under rounding).'
    >>> zero_probabilities(["2", "3"], " after the step", 0, None, "")
    'By hand, P of the true class of nodes 2 and 3 rounds to 0 after the step, so their losses are infinite; 15 \
decimals are not enough, full precision is (no every_step under rounding).'
    """
    losses = "its loss is" if len(nodes) == 1 else "their losses are"
    cure = f"{enough} decimals are enough{limit} (decimals: {enough} under rounding)"
    if enough is None:
        cure = f"{MOST_DECIMALS} decimals are not enough, full precision is (no every_step under rounding)"
    rounded = f"P of {which} of {_nodes(nodes)} rounds to {0:.{printed}f}{when}"
    return f"By hand, {rounded}, so {losses} infinite; {cure}."


def _nodes(names: Sequence[str]) -> str:
    return f"node {names[0]}" if len(names) == 1 else f"nodes {first_words(names)}"


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
