"""From what people type, or Python values, to a `Setting`. All complaints about input are made here.

bytes (`files`) → a tree of text, lists and mappings with their places (`yaml_tree`, `python_tree`) → `schema`: a row
for each key, with a reader that takes a cursor (`tree`) and returns a value or refuses it (`scalars`, `read_table`,
`labels`) → `agree`: what the keys must agree on → `Setting`.

`read_table` chooses the form of a table: `list_table`, `csv_table` with `csv_lines` and `large_csv`, or an array.
`sheets` reads answer sheets, `wrong_order` sees one in place of a config, `write` turns a setting into a config.
`complaints` has what is wrong, as data; `suggest` what may have been meant; `syntax` what is wrong with a text that is
no YAML. `json_schema` tells editors what a config may say, in the `shapes` of the same rows.
"""

from pathlib import Path

from softstep.read.files import read_text
from softstep.read.schema import config_of, parse, parse_values
from softstep.read.setting import Setting

__all__ = ["builtin", "config_of", "parse_values", "read"]

_TOO_LARGE = "put the matrices in CSV or NPY files and name them with {file: PATH}"


def read(path: str | Path, name: str | None = None) -> Setting:
    """Read the config file at `path`, which complaints call `name`. `-` is standard input.

    Raises SoftstepError with every complaint: file:line:column: path: what was found; what is expected; the fix.
    """
    text, source = read_text(path, _TOO_LARGE, name=name)
    return parse(text, source, Path() if str(path) == "-" else Path(path).parent)


def builtin() -> Path:
    """The example in the package, the article's. In a checkout it is beside the package."""
    package = Path(__file__).resolve().parent.parent
    folders = package / "configs", package.parent / "configs"
    return next((folder for folder in folders if folder.is_dir()), folders[0]) / "doc_example.yaml"
