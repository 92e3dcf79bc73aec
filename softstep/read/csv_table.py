"""Tables from lines of CSV: a name in each with its numbers, a label, or both."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from math import nan

import numpy as np

from softstep.compute.rows import repeated_positions
from softstep.lesson.maths import Array
from softstep.lesson.quantities import NODE, Quantity
from softstep.names import is_whole, safe_text
from softstep.read.complaints import Place
from softstep.read.csv_lines import DELIMITERS, CsvLines, Line
from softstep.read.files import text_encoding
from softstep.read.large_csv import load_csv
from softstep.read.scalars import MOST_CHARACTERS, is_name, read_cell, read_name, read_quoted_name
from softstep.read.setting import DataFile
from softstep.read.suggest import has_decimals
from softstep.read.table import InputTable, Row, make_table, number_or_nan, plain_numbers, rows_table
from softstep.read.tree import Cursor, Refused, quote


def table_from_csv(
    cursor: Cursor, quantity: Quantity, lines: CsvLines, file: DataFile | None = None, label_column: str | None = None
) -> InputTable:
    """Read a table, with labels if they are in a column of its file. A table of labels has no numbers."""
    has_numbers = quantity.holds is None
    _check_header(cursor, lines, all_named=has_numbers)
    header = lines.header or ()
    if label_column is not None and label_column not in header:
        raise Refused  # the labels complain about it
    label_cell = header.index(label_column) + 1 if label_column is not None else None
    columns = [i for i in range(1, len(header) + 1) if i != label_cell]
    names = tuple(header[i - 1] for i in columns) if lines.header_line else None

    def column_places(at: Sequence[int] | Array) -> list[Place]:
        return [lines.header_line.place_of(columns[int(i)]) for i in at] if lines.header_line else []

    places = lines.places, column_places
    loaded = load_csv(file.path, lines, label_cell, has_numbers) if file and quantity.axes[0] == NODE else None
    if loaded is not None:
        row_lengths = np.full(*loaded.values.shape)
        table = make_table(cursor, quantity, loaded.values, row_lengths, loaded.names, names, places)
        table = table._replace(labels=loaded.column)
    else:
        if file:
            text_encoding(file.path, lines.source, whole=True)
        read = partial(_read_numbers, cursor, label_cell, len(columns))
        if not has_numbers:
            fix = "write node,class, or say which with column: NAME" if file else "write node,class"
            read = partial(_read_label, cursor, label_cell, fix)
            label_cell = label_cell or 1
        label_places = partial(lines.places, cell=label_cell) if label_cell else None
        table = rows_table(cursor, quantity, _read_rows(cursor, lines, read), places, True, names, label_places)
    if has_numbers:
        _check_row_names(table)
    heading = lines.header_line.cells[0] if lines.header_line else ""
    return table._replace(file=file, heading=heading if is_name(heading) else "")


def _check_header(cursor: Cursor, lines: CsvLines, all_named: bool) -> None:
    """Complain about bad names and duplicates in the header. Some may be empty unless `all_named`."""
    line = lines.header_line
    if line is None:
        return
    with suppress(Refused):
        line.refuse_odd_quotes(cursor)
    duplicates = {*(repeated_positions(line.cells[1:]) + 1).tolist()}
    for i, cell in enumerate(line.cells[1:], 1):
        if cell or all_named:
            cell_cursor = line.cursor_at(cursor, i, ", header")
            if cell and i in duplicates:
                cell_cursor.add_complaint(f"duplicate name {quote(cell)}", "each name once", "rename one of the two")
            with suppress(Refused):
                read_quoted_name(cell_cursor)


def _read_rows(cursor: Cursor, lines: CsvLines, read: Callable[[Line], Row]) -> Iterator[Row]:
    """Read a row from each line, until there are enough complaints. A row that is refused has no name."""
    for line in lines.rows():
        if cursor.log.has_enough(lines.source):
            return
        try:
            line.refuse_odd_quotes(cursor)
            yield read(line)
        except Refused:
            yield Row("", [nan])


def _read_numbers(cursor: Cursor, label_cell: int | None, width: int, line: Line) -> Row:
    """Read a name and numbers, and a label if it has a cell. A refused name is empty, a refused number nan."""
    cells = [i for i in range(1, len(line.cells)) if i != label_cell]
    if not cells and line.cells[0]:
        found, fix = "one cell alone", "put commas between the cells"
        if len(line.cells) > 1:
            found, fix = "a name and a label alone", "write numbers beside it"
        elif any(sign in line.text for sign in DELIMITERS):
            fix = "separate the cells as in the first line"
        line.cursor_at(cursor, 0).refuse(found, "a name and its numbers", fix)
    name = label = ""
    with suppress(Refused):
        name = _read_row_name(cursor, line)
        if label_cell is not None and (label_cell < len(line.cells) or len(line.cells) == width + 1):
            label = _label_in(line, label_cell, cursor)
    numbers = plain_numbers([line.cells[i] for i in cells])
    path = f".{safe_text(line.cells[0])}"
    return Row(name, numbers or [number_or_nan(read_cell, line.cursor_at(cursor, i, path)) for i in cells], label)


def _read_label(cursor: Cursor, label_cell: int | None, fix: str, line: Line) -> Row:
    """Read a name and the label in a cell.

    Without `label_cell`, more than two cells are refused with the advice `fix`.
    """
    name = _read_row_name(cursor, line)
    if label_cell is None and len(line.cells) > 2:
        name_cursor = line.cursor_at(cursor, 0, f".{safe_text(name)}")
        name_cursor.refuse(f"{len(line.cells)} cells", "a node and its class", fix)
    return Row(name, [], _label_in(line, label_cell or 1, cursor))


def _label_in(line: Line, cell: int, cursor: Cursor) -> str:
    """The label in a cell, which may be empty but not missing."""
    if cell >= len(line.cells):
        name_cursor = line.cursor_at(cursor, 0, f".{safe_text(line.cells[0])}")
        name_cursor.refuse("no label", f"one in cell {cell + 1}", "write it, or a comma for none")
    return line.cells[cell]


def _read_row_name(cursor: Cursor, line: Line) -> str:
    text = line.cells[0]
    if len(text) <= MOST_CHARACTERS and (text.isidentifier() or is_whole(text)):  # a cursor takes longer
        return text
    name_cursor = line.cursor_at(cursor, 0, is_name=True)
    if has_decimals(text):
        fix = "put a column of names before it, such as 1, 2, …"
        name_cursor.refuse(f"the number {quote(text)}", "the name of the row", fix)
    return read_name(name_cursor)


def _check_row_names(table: InputTable) -> None:
    """Complain about rows of the same name."""
    names = table.row_names or ()
    duplicates = [i for i in repeated_positions(names)[:100].tolist() if names[i]]
    for i, place in zip(duplicates, table.places[table.rows_axis](duplicates), strict=True):
        found = f"duplicate row {quote(names[i])}"
        table.cursor.log.add(place, table.path_of(i), found, "each name once", "rename one of the two")
