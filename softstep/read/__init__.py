"""What people type, or Python values, to a `Setting`: all complaints about input are made here, nothing bad gets past.

bytes (`files`) → a tree of text, lists and mappings with their places (`yaml_tree`, `csv_lines`, `python_tree`) →
`schema`, a row for each key, whose readers take a cursor (`tree`) and return a value or refuse (`scalars`, `table`,
`labels`) → `agree`, what the keys must agree on → `Setting`. `large_csv` has NumPy read very many rows, `sheets` reads
answer sheets, `write` makes a config of a setting. `complaints` is what is wrong, as data; `suggest` is what may have
been meant; `syntax` is what is wrong with a text that is no YAML.
"""

from pathlib import Path

from softstep.read.files import read_text
from softstep.read.schema import config_of, parse, parse_values
from softstep.read.setting import Setting

__all__ = ["builtin", "config_of", "parse_values", "read"]

_TOO_LARGE = "put the matrices in CSV or NPY files and name them with {file: PATH}"


def read(path: str | Path, name: str | None = None) -> Setting:
    """What the config file at `path` says; it is called `name` in complaints; `-` is standard input.

    Raises SoftstepError with every complaint: file:line:column: path: what was found; what is expected; the fix.
    """
    text, source = read_text(path, _TOO_LARGE, name=name)
    return parse(text, source, Path() if str(path) == "-" else Path(path).parent)


def builtin() -> Path:
    """The example that the package brings, the article's: in the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    here = package / "configs", package.parent / "configs"
    return next((folder for folder in here if folder.is_dir()), here[0]) / "doc_example.yaml"
