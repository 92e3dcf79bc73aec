"""Tables from lists, and from mappings of names to rows."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import nan

from softstep.lesson.quantities import Quantity
from softstep.names import safe_text
from softstep.read.files import ENDINGS
from softstep.read.scalars import named_entries, read_entry, read_number
from softstep.read.suggest import in_quotes, is_number, numbers_in, numbers_with_commas, reads_like_number
from softstep.read.table import InputTable, Row, default_name, number_or_nan, plain_numbers, rows_table
from softstep.read.tree import Cursor, List, Map, Node, Text, kind, texts_in


def table_from_tree(cursor: Cursor, quantity: Quantity) -> InputTable:
    """Read a list of rows, one row, or a mapping from names to rows. Biases have numbers in place of rows."""
    node, is_matrix, lacks_rows = cursor.node, len(quantity.axes) == 2, False
    is_flat = False
    expected = "rows of numbers" if is_matrix else "a list of numbers"
    alone = node.items[0] if isinstance(node, List) and len(node.items) == 1 else node
    if isinstance(alone, Text) and alone.text.endswith(ENDINGS):
        cursor.refuse(kind(alone), expected, f"write {{file: {safe_text(alone.text)}}}")
    if isinstance(node, Map):
        if is_matrix and len(node.entries) > 1 and (numbers := _numbers_by_name(node)):
            names = ", ".join(map(in_quotes, numbers))
            by_class = f"write {cursor.path}: {_as_list(numbers.values())} and classes: [{names}]"
            by_row = ", ".join(f"{in_quotes(name)}: [{number}]" for name, number in numbers.items())
            cursor.refuse(
                "a number for each name", expected, f"if they are classes, {by_class}, else write {{{by_row}}}"
            )
        entries, lacks_rows = named_entries(cursor)
    elif isinstance(node, List):
        _refuse_other_signs(cursor, node, is_matrix)
        is_flat = is_matrix and not _holds_rows(node)
        items = [node] if is_flat else node.items if is_matrix else entries_of_vector(node)
        paths = [f"{cursor.path}.{default_name(quantity, i)}" for i in range(len(items))]
        entries = [("", row, row) for row in map(cursor.cursor_at, items, paths)]
    else:
        example = "[[0.1, 0.2]]" if is_matrix else "[0.1, 0.2]"
        cursor.refuse(kind(node), expected, f"write a list such as {example}")
    rows = []
    for name, _, value in entries:
        rows.append(Row(name, _row_numbers(value) if is_matrix else [number_or_nan(read_number, value)]))
        lacks_rows |= not is_matrix and isinstance(value.node, List)  # which may hold all the biases
    places = [lambda at: [entries[int(i)][1].place for i in at]]
    table = rows_table(cursor, quantity, rows, places, is_named=isinstance(cursor.node, Map))
    lines = [value.node for *_, value in entries] if is_matrix else [node]
    return table._replace(
        lacks_rows=lacks_rows, is_flat=is_flat, pair=_first_pair(lines), odd_pair=_first_odd_pair(lines)
    )


def _numbers_by_name(node: Map) -> dict[str, str]:
    """The numbers of a mapping by name, if all of its values are numbers; else none."""
    pairs = [(key.text, value.text) for key, value in node.entries if isinstance(key, Text) and isinstance(value, Text)]
    are_numbers = len(pairs) == len(node.entries) and all(is_number(number) for _, number in pairs)
    return dict(pairs) if are_numbers else {}


def entries_of_vector(node: List) -> list[Node]:
    """The entries of a list, or of a matrix of one row or one column, as some courses write a vector."""
    rows = [item for item in node.items if isinstance(item, List)]
    if len(rows) == len(node.items) == 1:
        return rows[0].items
    if rows and len(rows) == len(node.items) and all(len(row.items) == 1 for row in rows):
        return [item for row in rows for item in row.items]
    return node.items


def _holds_rows(node: List) -> bool:
    """Whether each value in a list is a row, and not a number, perhaps a text of several numbers."""
    texts = [item.text for item in node.items if isinstance(item, Text)]
    are_rows = all(len(numbers_in(text)) > 1 and not reads_like_number(text) for text in texts)
    return are_rows or len(texts) < len(node.items)


def _row_numbers(row: Cursor) -> list[float]:
    """Read a list of numbers; nan for each that is refused, and for a row that is no list."""
    node = row.node
    if not isinstance(node, List) or not node.items:
        row.add_complaint(kind(node), "a list of numbers", _fix_of_row(node))
        return [nan]
    texts = [item.text for item in node.items if isinstance(item, Text) and not item.quoted]
    if len(texts) == len(node.items) and (numbers := plain_numbers(texts)):
        return numbers
    as_row, as_rows = _readings_of_other_signs(node)
    if as_row or as_rows:
        found = f"[{safe_text(_typed_row(node))}]"
        row.add_complaint(found, "commas between numbers", f"write {as_row or as_rows[1:-1]}")
        return [nan]
    return [number_or_nan(read_entry, item) for item in row.items()]


def _fix_of_row(node: Node) -> str:
    """What to write for a row of numbers that is no list."""
    text = node.text if isinstance(node, Text) else ", ".join(texts_in(node))
    several, with_points = numbers_in(text), numbers_with_commas(text)
    if with_points and several and ", " in text:
        return f"write {_as_list(with_points)}, or {_as_list(several)} for {len(several)} numbers"
    return f"write {_as_list(with_points or several)}" if with_points or several else "write a list such as [0.1, 0.2]"


def _refuse_other_signs(cursor: Cursor, node: List, is_matrix: bool) -> None:
    """Refuse one list of numbers with other signs than commas between them. A matrix may have several rows in it."""
    as_row, as_rows = _readings_of_other_signs(node)
    fix = f"write {as_row or as_rows}"
    if as_row and as_rows and is_matrix:
        fix = f"write {as_row}, or {as_rows} if a semicolon ends a row"
    if as_row or (as_rows and is_matrix):
        cursor.refuse(f"[{safe_text(_typed_row(node))}]", "commas between numbers", fix)


def _readings_of_other_signs(node: List) -> tuple[str, str]:
    """A list with semicolons, or with blanks between decimal commas, as one row and as rows that end with semicolons.

    Empty where it cannot be read so.
    """
    text = _typed_row(node).strip("; ")
    if not any(isinstance(item, Text) and re.search(r"[;\s]", item.text) for item in node.items):
        return "", ""
    parts = [numbers_in(part) for part in text.split(";")]
    row = numbers_with_commas(text)
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        row = [number for (number,) in parts]
    return _as_list(row) if row else "", _as_list(map(_as_list, parts)) if len(parts) > 1 and all(parts) else ""


def _first_pair(rows: Iterable[Node]) -> str:
    """The first two numbers, such as 0,5, if the commas of all rows may be decimal ones: [0,5, 1,2]. Empty if not."""
    first = ""
    for row in rows:
        pairs = numbers_with_commas(_typed_row(row)) if isinstance(row, List) and len(row.items) >= 4 else []
        if not pairs:
            return ""
        first = first or pairs[0].replace(".", ",")
    return first


def _first_odd_pair(rows: Sequence[Node]) -> str:
    """The first two whole numbers with a bare comma between them, if other commas have blanks: 0,1 in [2, 1, 0,1].

    Empty if a number has a point.
    """
    texts = [_typed_row(row) for row in rows if isinstance(row, List)]
    if any("." in text for text in texts):
        return ""
    found = (re.search(r"(?:^|, )([+-]?\d+,\d+)(?=, |$)", text) for text in texts if ", " in text)
    return next((match[1] for match in found if match), "")


def _typed_row(row: List) -> str:
    """The plain texts in a list on one line, with the commas and blanks between them; empty for any other list."""
    texts = [item for item in row.items if isinstance(item, Text) and not item.quoted and item.place.line]
    if len(texts) < len(row.items) or len({item.place.line for item in texts}) != 1:
        return ""
    gaps = [after.place.column - item.place.column - len(item.text) for item, after in pairwise(texts)]
    return "".join(f"{item.text}{',' if gap == 1 else ', '}" for item, gap in zip(texts, [*gaps, 1], strict=True))[:-1]


def _as_list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"
