"""YAML or arrays in, a `Setting` out, and back: every complaint about input is made here, nothing bad gets past.

`sources` gets the bytes and their text, `marked` the YAML nodes with their places (`syntax` says what is wrong where it
is no YAML), `numerals` a number or a name as it is typed, `values`, `tables` and `labels` what a key holds, `filenames`
which file it names, `datafiles` CSV cell by cell and `columns` very much of it by NumPy, `arrayfiles` NPY and NPZ,
`arrays` what Python values would be in YAML, and `schema` a setting in which all of these agree; `written` makes a
config of a setting.
"""

from pathlib import Path

from softstep.read.schema import parse, parse_values
from softstep.read.sources import read_text
from softstep.read.written import config_of
from softstep.setting import Setting

__all__ = ["builtin", "config_of", "parse_values", "read"]

_TOO_LARGE = "put the matrices in CSV or NPY files and name them with {file: PATH}"


def read(path: str | Path, name: str | None = None) -> Setting:
    """What the config file at `path` says; it is called `name` in complaints; `-` is standard input.

    Raises SoftstepError with every complaint: file:line:column: where: what is there, what it must be; the cure.
    """
    text, source = read_text(path, _TOO_LARGE, name=name)
    return parse(text, source, Path() if str(path) == "-" else Path(path).parent)


def builtin() -> Path:
    """The example that the package brings, the article's: in the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    here = package / "configs", package.parent / "configs"
    return next((folder for folder in here if folder.is_dir()), here[0]) / "doc_example.yaml"
