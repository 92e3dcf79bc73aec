"""What the keys of a config must agree on: how many entries each axis has, their names, and who has a label.

Two keys that give an axis different lengths are one complaint that names both. A key that was refused withdraws its
axes: nothing is compared on them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from softstep.compute.rows import number_names, positions_in
from softstep.lesson.maths import Array
from softstep.lesson.quantities import CLASS, FEATURE, Axis
from softstep.lesson.rounding import MOST_DECIMALS, decimals_needed
from softstep.names import count_of, is_whole, join_words, safe_text
from softstep.read.labels import Labels
from softstep.read.scalars import did_you_mean, one_of
from softstep.read.suggest import numbers_in
from softstep.read.table import TypedTable
from softstep.read.tree import Cursor, List, Text, quote

STARTS = ("probabilities", "logits", "embeddings")
"""What a config may start with, a row for each node: the first of these that is there."""

PRECEDENCE = (*STARTS, "weights", "biases", "features", "classes")
"""Where as many keys say one thing as another, the earlier is believed."""


class Names(NamedTuple):
    """A list of the names along an axis."""

    cursor: Cursor
    axis: Axis
    names: Sequence[str]


Parts = Mapping[str, TypedTable | Names]
"""What hold axes, by their keys in the config."""


class Claim(NamedTuple):
    """That a key gives an axis so many entries; `found` says how, in the words of a complaint."""

    key: str
    axis: Axis
    length: int
    found: str
    cursor: Cursor


class Agreed(NamedTuple):
    """The lengths and the names of the axes on which all agree."""

    length: Mapping[Axis, int]
    names: Mapping[Axis, Sequence[str]]


def agree(parts: Parts) -> Agreed:
    """The axes on which the tables and the lists of names agree; the log has a complaint for each cause of discord."""
    flat = {key: part for key, part in parts.items() if isinstance(part, TypedTable) and part.is_flat}
    rest = {key: part for key, part in parts.items() if key not in flat}
    for table in flat.values():
        _complain_of_flat(table, _claims(rest))
    for key, part in rest.items():
        if isinstance(part, TypedTable) and not _has_even_rows(part):
            _complain_of_rows(part, _claims({other: part for other, part in rest.items() if other != key}))
    claims = _claims(rest)
    disputed = _disputed(claims)
    if not (disputed and _complain_of_turned_weights(rest)):
        for axis in disputed:
            _complain_of_minority([claim for claim in claims if claim.axis == axis])
    lengths = {claim.axis: claim.length for claim in claims if claim.axis not in disputed}
    return Agreed(lengths, _names(rest, lengths))


def _claims(parts: Parts) -> list[Claim]:
    """What each key says of its axes, the most credible first."""
    claims: list[Claim] = []
    for key, part in sorted(parts.items(), key=lambda entry: PRECEDENCE.index(entry[0])):
        if isinstance(part, Names):
            claims.append(Claim(key, part.axis, len(part.names), count_of(len(part.names), "name"), part.cursor))
            continue
        rows, *columns = part.names
        for axis, n in part.length.items():
            found = f"rows of {count_of(n, 'number')}" if axis != rows else count_of(n, "row" if columns else "number")
            claims.append(Claim(key, axis, n, found, part.cursor))
    return claims


def _disputed(claims: Sequence[Claim]) -> list[Axis]:
    """The axes to which keys give different lengths."""
    axes = dict.fromkeys(claim.axis for claim in claims)
    return [axis for axis in axes if len({claim.length for claim in claims if claim.axis == axis}) > 1]


def _complain_of_minority(claims: Sequence[Claim]) -> None:
    """A complaint about each key that gives an axis another length than most do."""
    by_length: dict[int, list[Claim]] = {}
    for claim in claims:
        by_length.setdefault(claim.length, []).append(claim)
    majority = max(by_length.values(), key=len)
    for claim in claims:
        if claim not in majority:
            expected = f"{majority[0].length}, for {_said_by(majority)}"
            claim.cursor.complain(claim.found, expected, "correct the one that is wrong")


def _said_by(claims: Sequence[Claim]) -> str:
    """Who says so: embeddings has 2 features; classes and biases have 3 classes."""
    keys = [claim.key for claim in claims]
    return f"{join_words(keys)} {'has' if len(keys) == 1 else 'have'} {count_of(claims[0].length, claims[0].axis.key)}"


# Other readings


def _complain_of_flat(table: TypedTable, others: Sequence[Claim]) -> None:
    """Complain of one list of numbers where rows were expected: one row, or a column, whichever fits the others."""
    rows, columns = table.names
    n = table.values.size
    as_row, as_column = (
        all(claim.length == reading.get(claim.axis, claim.length) for claim in others)
        for reading in ({rows: 1, columns: n}, {rows: n, columns: 1})
    )
    node = table.cursor.node
    typed = [item.text for item in node.items if isinstance(item, Text)] if isinstance(node, List) else []
    fix = f"write [[{', '.join(typed)}]]" if n <= 12 else "put brackets around it"
    if as_column and not as_row:
        fix = (
            f"write [{', '.join(f'[{number}]' for number in typed)}]" if n <= 12 else "put brackets around each number"
        )
    table.cursor.complain(f"a list of {count_of(n, 'number')}", "rows of numbers", fix)


def _complain_of_turned_weights(parts: Parts) -> bool:
    """Complain of weights under whose other reading, rows for features, all agree; whether there are such."""
    weights = parts.get("weights")
    others = _claims({key: part for key, part in parts.items() if key != "weights"})
    if not isinstance(weights, TypedTable) or _disputed(others):
        return False
    m, n = weights.length.get(CLASS, 0), weights.length.get(FEATURE, 0)
    said = {axis: [claim for claim in others if claim.axis == axis] for axis in (FEATURE, CLASS)}
    agrees = all(claims[0].length == (n if axis == CLASS else m) for axis, claims in said.items() if claims)
    if n < 2 or m == n or not agrees or not any(said.values()):
        return False
    expected = f"rows of {m}, for {join_words([_said_by(claims) for claims in said.values() if claims])}"
    fix = "if its rows are features, write weights: {rows: features, values: …}"
    weights.cursor.complain(f"{count_of(m, 'row')} of {count_of(n, 'number')}", expected, fix)
    return True


# Rows


def _has_even_rows(table: TypedTable) -> bool:
    header = [*table.names.values()][1:]
    named = header[0] if header else None
    there = table.lengths[table.lengths > 0]
    return bool((there == (len(named) if named is not None else there[:1])).all())


def _complain_of_rows(table: TypedTable, others: Sequence[Claim]) -> None:
    """A complaint about each row that has more or fewer numbers than the header or most rows have."""
    columns = [*table.names][1]
    header = table.names[columns]
    there = table.lengths[table.lengths > 0]
    lengths, first, counts = np.unique(there, return_index=True, return_counts=True)
    most = [int(lengths[i]) for i in np.argsort(first) if counts[i] == counts.max()]
    length, why = most[0], "as most rows have"
    said = [claim for claim in others if claim.axis == columns and claim.length in most]
    if header is not None:
        length, why = len(header), "as the header has"
    elif said:
        length, why = said[0].length, f"for {_said_by(said[:1])}"
    elif len(there) < len(table.lengths) and 2 * counts.max() <= len(table.lengths):
        return  # the rows that were refused may say which is right
    wrong = np.flatnonzero((table.lengths != length) & (table.lengths > 0))[:100]
    for i, place in zip(wrong.tolist(), table.places(wrong), strict=True):
        n = int(table.lengths[i])
        is_split = n == 2 * length and (header is None or length > 1)
        fix = "write points for decimal commas" if is_split else f"write {count_of(length, 'number')}"
        table.cursor.log.add(place, table.path_of(i), count_of(n, "number"), f"{length}, {why}", fix)


# Names


def _names(parts: Parts, lengths: Mapping[Axis, int]) -> dict[Axis, Sequence[str]]:
    """The names along each axis: those of a list, else those of the rows and the header that the lesson starts with."""
    names = {part.axis: part.names for part in parts.values() if isinstance(part, Names)}
    for key in STARTS:
        part = parts.get(key)
        if not isinstance(part, TypedTable):
            continue
        for axis, there in part.names.items():
            if there is not None and axis != CLASS and axis in (*part.length, FEATURE):
                names.setdefault(axis, tuple(there) if isinstance(there, list) else there)
    weights = parts.get("weights")
    header = weights.names.get(FEATURE) if isinstance(weights, TypedTable) else None
    features = names.get(FEATURE, ())
    if weights and header and tuple(header) != tuple(features) and sorted(header) == sorted(features):
        found, expected = f"columns {join_words([*header])}", f"{join_words([*features])}, as elsewhere"
        weights.cursor.complain(found, expected, "put the columns into that order, with their numbers")
    for axis, length in lengths.items():
        numbers = range(axis.first, axis.first + length)
        names.setdefault(axis, number_names(numbers) if axis.default == "{}" else axis.default_names(length))
    return names


# Labels and probabilities, whose entries are names of classes and shares


def labelled_nodes(
    labels: Labels, nodes: Sequence[str] | None, classes: Sequence[str] | None, start: str
) -> tuple[Array, Array]:
    """The places of the labelled nodes, and the class of each as its place among the classes.

    Where the nodes or the classes are not known, nothing is compared with them.
    """
    there = tuple(dict.fromkeys(labels.nodes or ())) if nodes is None else nodes
    rows = positions_in(labels.nodes or (), there)
    of_text = _class_of_text(labels, classes or ())
    codes = labels.column.codes
    again = _again(np.where(codes >= 0, rows, -1))
    if again.any() and tuple(labels.nodes) == tuple(there):  # the rows themselves are there twice
        again[:] = False
    bad_class = (of_text[codes] < 0) & (codes >= 0) if classes else np.zeros(len(codes), dtype=bool)
    odd = np.flatnonzero(((rows < 0) & (codes >= 0)) | bad_class | again)[:100]
    _complain_of_labels(labels, odd, rows, again, bad_class, classes or (), start)
    good = (codes >= 0) & (rows >= 0)
    rows, values = rows[good], of_text[codes[good]]
    if not (rows[1:] > rows[:-1]).all():
        order = np.argsort(rows, kind="stable")
        rows, values = rows[order], values[order]
    return rows, values


def _class_of_text(labels: Labels, classes: Sequence[str]) -> Array:
    """For each text of a label the place of its class, -1 where there is none, and for no text."""
    places = {name: c for c, name in enumerate(classes)}
    if not any(map(is_whole, classes)):
        places |= {str(c): c for c in range(len(classes))}
    texts = labels.column.texts
    if labels.file:  # where pandas writes 1.0 for 1 as soon as another label is missing
        as_floats = {text: text[:-2] for text in texts if text.endswith(".0") and text not in places}
        places |= {text: places[whole] for text, whole in as_floats.items() if whole in places}
    return np.array([places.get(text, -1) for text in (*texts, "")], dtype=int)


def _complain_of_labels(
    labels: Labels, odd: Array, rows: Array, again: Array, bad_class: Array, classes: Sequence[str], start: str
) -> None:
    log, texts = labels.cursor.log, labels.column.texts
    nodes = labels.nodes or ()
    for i, at_node, at_label in zip(odd.tolist(), labels.places(odd), labels.column.places(odd), strict=True):
        path = f"labels.{safe_text(nodes[i])}"
        if again[i]:
            log.add(at_node, path, "a second label", "one for each node", "keep the one that is right")
        elif rows[i] < 0:
            log.add(
                at_node, path, f"no node {quote(nodes[i])}", f"a node of {start}", "correct the name, or add the node"
            )
        if bad_class[i]:
            text = texts[labels.column.codes[i]]
            only = ", the only class" if len(classes) == 1 else ""
            fix = _fix_of_class(text, classes, texts)
            log.add(at_label, path, f"unknown class {quote(text)}", one_of(classes) + only, fix)


def _fix_of_class(text: str, classes: Sequence[str], texts: Sequence[str]) -> str:
    """What to do about a label that is no class."""
    several = numbers_in(text)
    if len(several) > 1:
        return f"write {', '.join(several)}"
    if text.removesuffix(".0") in classes:
        return f"write {text.removesuffix('.0')}"
    from_0 = list(classes) == [str(c) for c in range(len(classes))]
    if from_0 and text == str(len(classes)) and "0" not in texts:
        from_1 = ", ".join(str(c + 1) for c in range(len(classes)))
        return f"if classes count from 1, add classes: [{from_1}] to the config"
    return did_you_mean(text, classes) or ("write one of these" if len(classes) > 1 else f"write {classes[0]}")


def _again(rows: Array) -> Array:
    """Which of these stood there before; -1 is none.

    >>> _again(np.array([4, -1, 4, -1])).tolist()
    [False, False, True, False]
    """
    again = rows >= 0
    if (rows[1:] > rows[:-1]).all():
        return np.zeros(len(rows), dtype=bool)
    again[np.unique(rows, return_index=True)[1]] = False
    return again & (rows >= 0)


def check_distributions(table: TypedTable) -> None:
    """Complain of probabilities that are not from 0 to 1, or do not add up to 1 as nearly as their decimals allow."""
    if not table.is_even or table.values.ndim < 2:
        return
    P = table.values
    sure = (np.abs(P.sum(axis=1) - 1) < 1e-10) & (P >= 0).all(axis=1) & (P <= 1).all(axis=1)
    for i in np.flatnonzero(~sure & np.isfinite(P).all(axis=1)).tolist():
        log = table.cursor.log
        if log.has_enough(table.cursor.place.file):
            return
        row = P[i].tolist()
        decimals = decimals_needed(np.array(row), MOST_DECIMALS)
        path, total = table.path_of(i), sum(row)
        outside = [p for p in row if not 0 <= p <= 1]
        if outside:
            log.add(table.places([i])[0], path, f"a probability of {outside[0]!r}", "one from 0 to 1", "correct it")
        elif abs(total - 1) > len(row) * 0.5 * 10.0**-decimals * (decimals > 0) + 1e-9:
            found = f"probabilities that add up to {total:.6g}"
            log.add(table.places([i])[0], path, found, "a sum of 1", "correct them")
