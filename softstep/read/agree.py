"""What the keys of a config must agree on: the length of each axis, and the names along it.

Two keys that give an axis different lengths are one complaint, which names both. A key that was refused makes no
claims: nothing is compared with it.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from softstep.compute.rows import number_names
from softstep.lesson.quantities import AXES, CLASS, FEATURE, NODE, Axis, parameter_name
from softstep.names import count_of, is_whole, join_words
from softstep.read.suggest import in_quotes, is_number, near_word, one_of
from softstep.read.table import InputTable, order_classes
from softstep.read.tree import Cursor, List, Text, quote

STARTS = ("probabilities", "logits", "embeddings")
"""The keys that a config may start with. If there are several, the first counts."""

_FEATURES_AS_ROWS = "if its rows are features, write weights: {rows: features, values: …}"

PRECEDENCE = (
    *STARTS, "weights", "biases", "features", "classes", "labels", "targets", "class_weights", "node_weights"
)  # fmt: skip
"""On a tie, the earlier key wins."""


class Names(NamedTuple):
    """A list of the names along an axis."""

    cursor: Cursor
    axis: Axis
    names: Sequence[str]


Part = InputTable | Names
"""The value of a key that has axes."""


class Claim(NamedTuple):
    """A key, and the length that it gives to an axis; `found` says so in a complaint.

    `may_be_half`: its commas may be decimal ones.
    """

    key: str
    axis: Axis
    length: int
    found: str
    cursor: Cursor
    may_be_half: bool = False


class Agreed(NamedTuple):
    """The lengths and the names of the axes on which all keys agree, and the tables in the order of the classes."""

    lengths: Mapping[Axis, int]
    names: Mapping[Axis, Sequence[str]]
    tables: Mapping[str, InputTable]


def agree(parts: Mapping[str, Part], labels: Collection[str] = ()) -> Agreed:
    """Find the axes on which all keys agree, and add a complaint for each cause of disagreement.

    `labels` are the classes that occur as labels.
    """
    classes = _class_names(parts, labels)
    ordered = {key: order_classes(part, classes) for key, part in parts.items() if isinstance(part, InputTable)}
    parts = {**parts, **ordered}
    tables = {key: part for key, part in parts.items() if isinstance(part, InputTable)}
    for key in sorted(tables, key="weights".__ne__):  # flat weights are refused whatever the others are
        if tables[key].is_flat and _complain_about_flat(tables[key], _claims(parts, but=key)):
            del parts[key], tables[key]
    for key, table in tables.items():
        if not table.is_even:
            _complain_about_rows(table, _claims(parts, but=key))
    weights = tables.get("weights")
    if weights and (
        _complain_about_turned(weights, _claims(parts, but="weights"))
        or _complain_about_feature_names(weights, _feature_names(parts), classes)
    ):
        del parts["weights"], tables["weights"]
    elif "embeddings" in tables and _complain_about_columns(tables["embeddings"], _claims(parts, but="embeddings")):
        del parts["embeddings"], tables["embeddings"]
    claims = {axis: [claim for claim in _claims(parts) if claim.axis == axis] for axis in AXES}
    lengths: dict[Axis, int] = {}
    for axis, of_axis in claims.items():
        if len({claim.length for claim in of_axis}) > 1:
            if not _complain_about_commas(of_axis):
                _complain_about_minority(of_axis)
        elif of_axis:
            lengths[axis] = of_axis[0].length
    for table in tables.values():
        if table.is_misnamed and not (table.lacks_rows and table.rows_axis == CLASS):
            _complain_about_class_names(table, claims[CLASS] if CLASS in lengths else [], classes)
            if len(table.class_names) != lengths.get(CLASS):
                lengths.pop(CLASS, None)
    return Agreed(lengths, _axis_names(parts, lengths, classes), ordered)


def _claims(parts: Mapping[str, Part], but: str = "") -> list[Claim]:
    """The claims of all keys except `but`, in the order of precedence."""
    claims: list[Claim] = []
    for key in PRECEDENCE:
        part = parts.get(key)
        if part is None or key == but:
            continue
        if isinstance(part, Names):
            claims.append(Claim(key, part.axis, len(part.names), count_of(len(part.names), "name"), part.cursor))
            continue
        for axis, length in part.lengths.items():
            found = count_of(length, "row" if len(part.names) == 2 else "number")
            if axis != part.rows_axis:
                found = f"rows of {count_of(length, 'number')}"
            may_be_half = bool(part.pair) and axis == [*part.names][-1]
            claims.append(Claim(key, axis, length, found, part.cursor, may_be_half))
    return claims


def _complain_about_commas(claims: Sequence[Claim]) -> bool:
    """If all keys agree once commas are read as decimal ones where they may be, complain and return True."""
    halves = [claim for claim in claims if claim.may_be_half]
    others = [claim for claim in claims if not claim.may_be_half]
    if len({claim.length // 2 for claim in halves} | {claim.length for claim in others}) > 1:
        return False
    for claim in halves:
        expected = f"{claim.length // 2}, because {_source_of(others)}"
        claim.cursor.add_complaint(claim.found, expected, "write points for decimal commas")
    return True


def _complain_about_minority(claims: Sequence[Claim]) -> None:
    """Complain about each key that gives an axis another length than most keys do."""
    by_length: dict[int, list[Claim]] = {}
    for claim in claims:
        by_length.setdefault(claim.length, []).append(claim)
    majority = max(by_length.values(), key=len)
    for claim in claims:
        if claim not in majority:
            expected = f"{majority[0].length}, because {_source_of(majority)}"
            claim.cursor.add_complaint(claim.found, expected, "correct the one that is wrong")


def _source_of(claims: Sequence[Claim]) -> str:
    """The keys that give a length: embeddings has 2 features; classes and biases have 3 classes."""
    keys = [claim.key for claim in claims]
    return f"{join_words(keys)} {'has' if len(keys) == 1 else 'have'} {count_of(claims[0].length, claims[0].axis.key)}"


def _complain_about_flat(table: InputTable, others: Sequence[Claim]) -> bool:
    """Complain about a list of numbers that cannot be the one row of its table, and return True.

    Weights need a row for each class. Other tables may have one row, unless other keys say that it has one number.
    """
    rows, columns = table.names
    assert isinstance(table.cursor.node, List)
    numbers = [item.text for item in table.cursor.node.items if isinstance(item, Text)]
    n, across = len(numbers), [claim for claim in others if claim.axis == columns]
    down = [claim for claim in others if claim.axis == rows]
    is_one_each = n > 1 and all(claim.length == 1 for claim in across)
    row = numbers if n <= 8 else [*numbers[:2], "…"]  # as much as can be read
    as_column = f"[{', '.join(number if number == '…' else f'[{number}]' for number in row)}]"
    expected = "rows of numbers"
    if table.quantity.parameter:
        ways = []
        if all(claim.length == n for claim in across):
            is_one_row = bool(down) and all(claim.length == 1 for claim in down)
            more = "]" if is_one_row else f", …], a row for each {rows.key}"
            ways.append(f"[[{', '.join(row)}]{more}")
        if n > 1 and all(claim.length == n for claim in down) and (is_one_each or down):
            ways.append(f"{as_column} for {count_of(n, rows.key)} of one {columns.key}")
        fix = f"write {', or '.join(ways or [f'[[…], …], a row for each {rows.key}'])}"
    elif across and is_one_each:
        expected = f"rows of 1 number, because {_source_of(across)}"
        fix = f"for {count_of(n, rows.key)} of one number write {as_column}"
    else:
        return False
    table.cursor.add_complaint(f"a list of {count_of(n, 'number')}", expected, fix)
    return True


def _complain_about_turned(weights: InputTable, others: Sequence[Claim]) -> bool:
    """If the transposed weights would fit all other keys, complain and return True."""
    if not weights.is_even or weights.lacks_rows or weights.pair or weights.rows_axis != CLASS:
        return False
    rows, per_row = weights.values.shape
    transposed = {CLASS: per_row, FEATURE: rows}
    others = [claim for claim in others if claim.axis in transposed]
    fits = all(claim.length == transposed[claim.axis] for claim in others)
    if not others or not fits or rows == per_row or per_row == 1:
        return False
    axes = dict.fromkeys(claim.axis for claim in others)
    sources = [_source_of([claim for claim in others if claim.axis == axis]) for axis in axes]
    found = f"{count_of(rows, 'row')} of {count_of(per_row, 'number')}"
    weights.cursor.add_complaint(found, f"rows of {rows}, because {join_words(sources)}", _FEATURES_AS_ROWS)
    return True


def _complain_about_columns(embeddings: InputTable, others: Sequence[Claim]) -> bool:
    """If embeddings with a column for each node would fit all other keys, complain and return True."""
    across = [claim for claim in others if claim.axis == FEATURE]
    rows, per_row = embeddings.values.shape
    fits = bool(across) and rows > 1 and all(claim.length == rows != per_row for claim in across)
    if (
        not fits
        or not embeddings.is_even
        or embeddings.row_names is not None
        or embeddings.lacks_rows
        or embeddings.pair
    ):
        return False
    turned = [f"[{', '.join(f'{x:g}' for x in row)}]" for row in embeddings.values.T.tolist()]
    written = f": [{', '.join(turned)}]" if embeddings.values.size <= 16 else ""
    found = f"{count_of(rows, 'row')} of {count_of(per_row, 'number')}"
    fix = f"if its columns are nodes, write a row for each node{written}"
    embeddings.cursor.add_complaint(found, f"rows of {rows}, because {_source_of(across)}", fix)
    return True


def _complain_about_rows(table: InputTable, others: Sequence[Claim]) -> None:
    """Complain about rows that are not as long as the header, another key, or most rows say."""
    known = table.row_lengths[table.row_lengths > 0]
    counts = Counter(known.tolist())
    frequent = [length for length, count in counts.items() if count == max(counts.values())]
    *rows, columns = table.names
    header = table.names[columns] if rows else None
    claims = [claim for claim in others if claim.axis == columns and claim.length in frequent]
    if not rows:
        length, expected = 1, "one for each class"
    elif header is not None:
        length, expected = len(header), f"{len(header)}, as the header has"
    elif claims:
        length, expected = claims[0].length, f"{claims[0].length}, because {_source_of(claims[:1])}"
    elif frequent and (len(known) == len(table.row_lengths) or 2 * counts[frequent[0]] > len(table.row_lengths)):
        most = "most rows have" if counts[frequent[0]] > 1 else "the first row has"
        length, expected = frequent[0], f"{frequent[0]}, as {most}"
    else:
        return  # the rows that were refused may decide it
    wrong = np.flatnonzero((table.row_lengths != length) & (table.row_lengths > 0))[:100]
    for i, place in zip(wrong.tolist(), table.places[table.rows_axis](wrong), strict=True):
        n = int(table.row_lengths[i])
        is_split = n == 2 * length and (header is None or length > 1)
        fix = f"write {count_of(length, 'number')}" if n < length else "correct this row, or the others"
        fix = "write points for decimal commas" if is_split else fix
        table.cursor.log.add(place, table.path_of(i), count_of(n, "number"), expected, fix)


# Names


_INDEXED = re.compile(r"[^\W\d]_?\d+")
"""A letter with a number, such as w1 or x_2: the name of a class only if it is listed, or a label."""


def _class_names(parts: Mapping[str, Part], labels: Collection[str]) -> Sequence[str] | None:
    """The names of the classes: those listed, else the names of the rows of weights or biases; None if neither.

    Where row names may be those of features, they are names of classes only if the labels are among them.
    """
    if isinstance(listed := parts.get("classes"), Names):
        return listed.names
    tables = [part for key, part in parts.items() if isinstance(part, InputTable) and key in ("weights", "biases")]
    if len({len(table.array) for table in tables}) > 1:
        return None
    for table in tables:
        names = table.names[CLASS]
        if names is None or not table.is_misnamed or any(is_number(name) and not is_whole(name) for name in names):
            continue
        if all(map(is_whole, names)):
            return names if sorted(names, key=int) == [*names] else None
        is_square = table.values.shape == (len(names), len(names))
        is_doubtful = is_square or {*names} == {*_feature_names(parts)} or any(map(_INDEXED.fullmatch, names))
        is_header = _looks_like_header(table) and names[0] not in labels
        if not is_header and ((labels and {*labels} <= {*names}) or not is_doubtful):
            return names
    return None


def _looks_like_header(table: InputTable) -> bool:
    """Whether the first row of a table has the numbers 0, 1, … or 1, 2, … and may be a header."""
    if len(table.names) < 2 or not table.is_even or table.values.shape[1] < 2:
        return False
    first = table.values[0]
    return bool((np.diff(first) == 1).all() and first[0] in (0, 1))


def _feature_names(parts: Mapping[str, Part]) -> Sequence[str]:
    """The names of the features, if they are listed or stand above the embeddings."""
    for key in ("features", "embeddings"):
        part = parts.get(key)
        names = part.names if isinstance(part, Names) else part.names[FEATURE] if part else None
        if names:
            return names
    return ()


def _complain_about_class_names(table: InputTable, claims: Sequence[Claim], classes: Sequence[str] | None) -> None:
    """Complain about names of weights or biases that belong to no class; else about the number of them."""
    letter, names = table.quantity.parameter, table.names[CLASS] or ()
    K = claims[0].length if claims else len(names)
    parameters = [parameter_name(letter, c) for c in range(K)]
    by_class = classes is not None and len(classes) == K and not any(map(_INDEXED.fullmatch, names))
    right = list(classes or ()) if by_class else parameters
    from_1 = {parameter_name(letter, c + 1) for c in range(K)} == {*names}
    used, known = set(names), set(right)
    missing = [name for name in right if name not in used]
    unknown = [i for i, name in enumerate(names) if from_1 or (name and name not in known)][:100]
    expected = f"{right[0]} to {right[-1]}, one for each class" if K > 1 else right[0]
    for i, place in zip(unknown, table.places[CLASS](unknown), strict=True):
        number = re.fullmatch(r"[wWbB]?(\d{1,9})", names[i])
        meant = missing[0] if len(missing) == 1 else f"{letter}{number[1]}" if number else ""
        if by_class:
            expected, meant = one_of(right), near_word(names[i], missing) or meant
        elif classes and names[i] in classes:
            meant = parameter_name(letter, classes.index(names[i]))
        if from_1 and number:
            meant = parameter_name(letter, int(number[1]) - 1)
            expected = f"{meant}, because classes are counted from 0"
        fix = (
            f"write {in_quotes(meant)}"
            if meant in known
            else f"write {letter}0, {letter}1, … in the order of the classes"
        )
        table.cursor.log.add(place, table.cursor.path, f"unknown name {quote(names[i])}", expected, fix)
    if not unknown and claims and len(names) != K:
        found = count_of(len(names), "row" if len(table.names) == 2 else "number")
        table.cursor.add_complaint(found, f"{K}, because {_source_of(claims)}", "correct the one that is wrong")


def _complain_about_feature_names(weights: InputTable, features: Sequence[str], classes: Sequence[str] | None) -> bool:
    """If the rows of weights have the names of features, or may have them, complain and return True."""
    names = weights.row_names or ()
    if weights.rows_axis == FEATURE and names:
        numbers = [int(name) for name in names if is_whole(name)]
        are_classes = all(re.fullmatch(r"[wW]_?\d+", name) for name in names)
        if are_classes or (len(numbers) == len(names) and sorted(numbers) != numbers):
            fix = (
                "call them as elsewhere, or leave the names out"
                if not are_classes
                else "if they are classes, write them without rows: features"
            )
            weights.cursor.add_complaint(f"rows called {join_words(names)}", "names of features, in their order", fix)
            return True
    are_features = {*names} == {*features} or all(re.fullmatch(r"x_?\d+", name) for name in names)
    may_be_features = classes is None and not any(map(_INDEXED.fullmatch, names))
    if not weights.is_misnamed or weights.rows_axis != CLASS or not (are_features or may_be_features):
        return False
    found, fix = f"rows called {join_words(names)}", _FEATURES_AS_ROWS
    if not are_features:
        fix = f"if its rows are classes, add classes: [{', '.join(map(in_quotes, names))}], {fix}"
    weights.cursor.add_complaint(found, "a row for each class, called w0, w1, … or by the class", fix)
    return True


def _axis_names(
    parts: Mapping[str, Part], lengths: Mapping[Axis, int], classes: Sequence[str] | None
) -> dict[Axis, Sequence[str]]:
    """The names along each axis: from a list, else from the table that the lesson starts with, else from the weights.

    Without any, they are numbers. Complains about weights that name the features in another order.
    """
    names = {part.axis: part.names for part in parts.values() if isinstance(part, Names)}
    if classes:
        names.setdefault(CLASS, classes)
    for key in (*STARTS, "weights"):
        table = parts.get(key)
        if isinstance(table, InputTable):
            for axis, along in table.names.items():
                is_default = key == "weights" and {*(along or ())} == {*axis.default_names(len(along or ()))}
                if along and not is_default and (axis == FEATURE or (axis == NODE and axis in table.lengths)):
                    names.setdefault(axis, along)
    for axis, length in lengths.items():
        numbers = range(axis.first, axis.first + length)
        names.setdefault(axis, number_names(numbers) if axis.default == "{}" else axis.default_names(length))
    weights, features = parts.get("weights"), names.get(FEATURE, ())
    others = weights.names[FEATURE] if isinstance(weights, InputTable) else None
    if isinstance(weights, InputTable) and others and tuple(others) != tuple(features):
        found, expected = f"features {join_words(others)}", f"{join_words(features)}, as elsewhere"
        if sorted(others) == sorted(features):
            weights.cursor.add_complaint(found, expected, "put them into that order, with their numbers")
        elif weights.rows_axis == FEATURE and len(others) == len(features):
            weights.cursor.add_complaint(found, expected, "write the same names in both places")
    return names
