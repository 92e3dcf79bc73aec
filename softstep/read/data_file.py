"""The data file that a config names, in a mapping such as {file: nodes.csv}, and the lines of CSV in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from softstep.errors import SoftstepError
from softstep.read.csv_lines import CsvLines, csv_lines, numbered_lines
from softstep.read.files import ARRAYS, ENDINGS, check_file, text_encoding
from softstep.read.scalars import known_entries, read_name, read_text
from softstep.read.setting import DataFile
from softstep.read.tree import Cursor, List, Map, Node, Refused, Text, values_in


def is_file_mapping(node: Node | None) -> bool:
    """Whether a mapping names a file. A node of the lesson may be called `file`, too."""
    values = values_in(node)
    named = values.get("file")
    if named is None or isinstance(named, List):
        return False
    return values.keys() <= {"file", "column", "key"} or (isinstance(named, Text) and named.text.endswith(ENDINGS))


def read_file_name(cursor: Cursor, folder: Path, has_columns: bool = False) -> DataFile:
    """Read which file is meant, and which part of it. Paths start from `folder`."""
    assert isinstance(cursor.node, Map)
    named = values_in(cursor.node)["file"]
    suffix = Path(named.text).suffix.lower() if isinstance(named, Text) else ""
    parts = ["column"] * (has_columns and suffix not in ARRAYS) + ["key"] * (suffix == ".npz")
    cursors = dict(known_entries(cursor, ("file", *parts), "file: nodes.csv"))
    if len(cursors) < len(cursor.node.entries):
        raise Refused
    path = read_text(cursors["file"]) or cursors["file"].refuse("nothing", "the name of a file", "write one")
    part = {key: read_name(cursors[key]) for key in parts if key in cursors}
    return DataFile(folder / path, part.get("column"), part.get("key"))


@contextmanager
def refuse_failures(cursor: Cursor) -> Iterator[None]:
    """Turn an error about a file into a complaint about the node that names it, and refuse the node."""
    try:
        yield
    except SoftstepError as error:
        for reason in error.complaints:
            cursor.log.add(cursor.place, cursor.path, reason)
        raise Refused from None


def is_same_file(one: DataFile, other: DataFile) -> bool:
    """Whether both are the same file, perhaps under different names."""
    try:
        return one.path.samefile(other.path)
    except (OSError, ValueError):  # there is none
        return False


def lines_in_file(cursor: Cursor, path: Path, of_words: bool = False) -> CsvLines:
    """The lines of a CSV file. Refuses a file that is no CSV. Raises SoftstepError if it cannot be read."""
    source = check_file(path)
    if path.suffix.lower() in (".xlsx", ".xls", ".ods", ".parquet", ".pt", ".pkl"):
        raise SoftstepError(f"{source}: a {path.suffix} file; expected CSV, NPY or NPZ; save it as one of them")
    numbered = partial(numbered_lines, path, text_encoding(path, source))
    lines = csv_lines(source, numbered, of_words)
    for line in islice(lines.rows(), int(lines.header_line is None)):
        if len(line.cells) == 1:
            expected = "a node and its class" if of_words else "a name and its numbers"
            line.cursor_at(cursor, 0).refuse("one cell alone", expected, "put commas between the cells")
    cursor.log.line_of[source] = lambda number: next((text for n, text in numbered() if n == number), "")
    return lines


def lines_in_block(node: Text, of_words: bool = False) -> CsvLines:
    """The lines of a block of text in a config."""
    numbered = list(enumerate(node.text.split("\n"), node.place.line + 1))
    return csv_lines(node.place.file, lambda: numbered, of_words)
