"""Checks of labels and of probabilities, once the nodes and the classes are known."""

from collections.abc import Sequence

import numpy as np

from softstep.compute.rows import number_names, positions_in, repeated_positions, select_names
from softstep.lesson.maths import Array
from softstep.lesson.rounding import MOST_DECIMALS, decimals_needed
from softstep.names import first_words, is_whole, safe_text
from softstep.read.labels import Labels
from softstep.read.one_hot import is_one_hot_row
from softstep.read.suggest import did_you_mean, in_quotes, numbers_in, one_of
from softstep.read.table import InputTable
from softstep.read.tree import Text, kind, quote


def labelled_nodes(
    labels: Labels, nodes: Sequence[str] | None, classes: Sequence[str] | None, start: str
) -> tuple[Array, Array]:
    """The indices of the labelled nodes in their order, and the index of the class of each.

    Complains about labels of no node or no class, if nodes or classes are known, and about a second label of a node.
    """
    if nodes is not None and labels.in_order:
        labels = _name_in_order(labels, nodes, start)
    at = np.flatnonzero(labels.column.codes >= 0)
    names = labels.nodes if len(at) == len(labels.nodes) else select_names(labels.nodes, at)
    if nodes is None:
        nodes = tuple(dict.fromkeys(labels.nodes))
    rows, values = positions_in(names, nodes), _class_of_text(labels, classes or ())[labels.column.codes[at]]
    is_second = np.zeros(len(at), dtype=bool)
    is_second[repeated_positions(names)] = True
    if is_second.any() and tuple(labels.nodes) == tuple(nodes):  # the table complains about its duplicate rows
        is_second[:] = False
    is_unknown = np.zeros(len(at), dtype=bool) if classes is None else values < 0
    wrong = np.flatnonzero((rows < 0) | is_second | is_unknown)[:100]
    log, texts, count = labels.cursor.log, labels.column.texts, len(classes or ())
    for i, place, text_place in zip(wrong, labels.places(at[wrong]), labels.column.places(at[wrong]), strict=True):
        path = f"labels.{safe_text(names[i])}"
        if rows[i] < 0:
            fix = "correct the name, or add the node"
            log.add(place, path, f"no node {quote(names[i])}", f"a node of {start}", fix)
        elif is_second[i]:
            log.add(place, path, "a second label", "one for each node", "keep the one that is right")
        if classes is not None and is_unknown[i]:
            text = texts[labels.column.codes[at[i]]]
            expected = f"{one_of(classes)}, the only class" if count == 1 else one_of(classes)
            log.add(text_place, path, f"unknown class {quote(text)}", expected, _fix_of_class(text, classes, texts))
    if (rows[1:] > rows[:-1]).all() and (rows[:1] >= 0).all():  # as most are
        return rows, values
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    return rows[order], values[order]


def _name_in_order(labels: Labels, nodes: Sequence[str], start: str) -> Labels:
    """Labels in the order of the nodes with the names of these, if they are not called 1, 2, …

    Complains if they are not one for each, or if the nodes are called 2, 1, …, and then leaves none.
    """
    is_single = isinstance(labels.cursor.node, Text)
    is_by_number = number_names(range(1, len(nodes) + 1)) == nodes and not (is_single and len(nodes) > 1)
    if is_by_number and (len(nodes) > 1 or len(labels.nodes) == 1):
        return labels
    is_one_each = len(labels.nodes) == len(nodes)
    if is_one_each and (positions_in(labels.nodes, nodes) < 0).any():
        return labels._replace(nodes=nodes)
    typed = [labels.column.texts[code] if code >= 0 else "~" for code in labels.column.codes.tolist()]
    found, expected = f"a list of {len(typed)}", f"{len(nodes)}, one for each node of {start}"
    fix = "write {node: class}"
    if is_single:
        found, expected = kind(labels.cursor.node), "a class for each node"
        fix = f"write [{safe_text(typed[0])}]" if "," in typed[0] else fix
    elif len(nodes) == 1 and is_one_hot_row(typed):
        fix = f"if it is one-hot, write [[{', '.join(typed)}]]"
    elif is_one_each:
        expected = f"the class of each node by name, because {start} has {first_words(nodes, 3)} in this order"
    elif len(nodes) == 1:
        fix = f"if there are {len(typed)} nodes, write a row in brackets for each"
    labels.cursor.add_complaint(found, expected, fix)
    return labels._replace(nodes=(), column=labels.column._replace(codes=labels.column.codes[:0]))


def note_missing_class_0(labels: Labels, values: Array, K: int) -> None:
    """Add a note if there are several labels, but none of class 0: perhaps they count the classes from 1."""
    if len(values) > 1 and (values > 0).all():
        fix = f"if classes count from 1, write classes: {_classes_from_1(K)}"
        labels.cursor.add_note(f"no node has class 0; {fix}")


def _classes_from_1(K: int) -> str:
    return f"[{', '.join(str(c + 1) for c in range(K))}]" if K <= 12 else f"[1, 2, …, {K}]"


def _class_of_text(labels: Labels, classes: Sequence[str]) -> Array:
    """The index of the class for each text of a label; -1 if there is none."""
    if labels.one_hot is not None:
        return np.arange(len(labels.column.texts))
    indices = {name: c for c, name in enumerate(classes)}
    if not any(map(is_whole, classes)):
        indices |= {str(c): c for c in range(len(classes))}
    texts = labels.column.texts
    if labels.file:  # pandas writes 1.0 for 1 if another label is missing
        texts = tuple(text if text in indices else text.removesuffix(".0") for text in texts)
    return np.array([indices.get(text, -1) for text in texts], dtype=int)


def _fix_of_class(text: str, classes: Sequence[str], texts: Sequence[str]) -> str:
    """What to do about a label that is no class."""
    several = numbers_in(text)
    if len(several) > 1:
        return f"write {', '.join(several)}"
    if text == "-100":  # what PyTorch ignores
        return "leave a label that is missing out, or write ~"
    if text.removesuffix(".0") in classes:
        return f"write {text.removesuffix('.0')}"
    from_0 = list(classes) == [str(c) for c in range(len(classes))]
    if from_0 and text == str(len(classes)) and "0" not in texts:
        return f"if classes count from 1, add classes: {_classes_from_1(len(classes))} to the config"
    if from_0 and all(text[0].isalpha() for text in texts):
        return f"name the classes in their order: classes: [{', '.join(map(in_quotes, texts[:3]))}, …]"
    return did_you_mean(text, classes) or ("write one of these" if len(classes) > 1 else f"write {classes[0]}")


def check_distributions(table: InputTable) -> None:
    """Complain about probabilities outside 0 to 1, and about rows that do not add up to 1 as their decimals allow."""
    P = table.values
    if not table.is_even:
        return
    is_good = (np.abs(P.sum(axis=1) - 1) < 1e-10) & (P >= 0).all(axis=1) & (P <= 1).all(axis=1)
    for i in np.flatnonzero(~is_good).tolist():
        if table.cursor.log.has_enough(table.cursor.place.file):
            return
        row = P[i].tolist()
        decimals = decimals_needed(np.array(row), MOST_DECIMALS)
        tolerance = len(row) * 0.5 * 10.0**-decimals * (decimals > 0) + 1e-9
        outside = [p for p in row if not 0 <= p <= 1]
        found, expected, fix = f"probabilities that add up to {sum(row):.6g}", "a sum of 1", "correct them"
        if outside:
            found, expected, fix = f"a probability of {outside[0]!r}", "one from 0 to 1", "correct it"
        fix = "write points for decimal commas" if table.pair else fix
        if outside or abs(sum(row) - 1) > tolerance:
            place = table.places[table.rows_axis]([i])[0]
            table.cursor.log.add(place, table.path_of(i), found, expected, fix)
