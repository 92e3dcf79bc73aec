"""Which answer sheets in one folder belong to which configs in another, by their names."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from softstep.errors import SoftstepError

SHEET_ENDINGS = (".yaml", ".yml", ".csv")

NOT_FROM_STUDENTS = ("sheet", "key", "answers")
"""What stands after the first hyphen in the name of a file that belongs to a printed exercise."""


class Pairing(NamedTuple):
    """The configs, each with its sheets, and the sheets without a config."""

    sheets_of: dict[Path, list[Path]]
    unpaired: list[Path]

    @property
    def without_sheets(self) -> list[Path]:
        """The configs without a sheet."""
        return [config for config, sheets in self.sheets_of.items() if not sheets]


def pair_folders(configs: Path, sheets: Path) -> Pairing:
    """Give each config its sheets: 07.yaml those whose name up to the first hyphen is 07, or if there is no 7.yaml, 7.

    A config is a file *.yaml without a hyphen. A sheet is any other file in YAML or CSV, and in another folder also one
    without a hyphen, but not index.csv, nor 07-sheet, 07-key or 07-answers. Raises SoftstepError without a config.
    """
    found = [path for path in _files_in(configs) if path.suffix.lower() == ".yaml" and "-" not in path.stem]
    if not found:
        raise SoftstepError(f"softstep: check: {configs}: no config; expected files such as 07.yaml; check the folder")
    config_of = {_variant(path.stem): path for path in found} | {path.stem: path for path in found}
    pairing = Pairing({path: [] for path in found}, [])
    is_same_folder = configs.resolve() == sheets.resolve()
    for sheet in filter(_is_sheet, _files_in(sheets)):
        if is_same_folder and "-" not in sheet.stem:
            continue
        name = sheet.stem.partition("-")[0]
        config = config_of.get(name) or config_of.get(_variant(name))
        (pairing.sheets_of[config] if config else pairing.unpaired).append(sheet)
    if not any(pairing.sheets_of.values()) and not pairing.unpaired:
        raise SoftstepError(
            f"softstep: check: {sheets}: no sheet; expected files such as 07-ada.yaml; check the folder"
        )
    return pairing


def _variant(name: str) -> str:
    """The name of a variant, without the zeros before its number."""
    return name.lstrip("0") if name.strip("0") and name.isdigit() else name


def _files_in(folder: Path) -> Iterable[Path]:
    """The files in a folder by their names, without hidden ones."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise SoftstepError(f"softstep: check: {folder}: {reason}; expected a folder; check the name") from None
    return [path for path in paths if path.is_file() and not path.name.startswith(".")]


def _is_sheet(path: Path) -> bool:
    """Whether a file may be a student's sheet."""
    _, _, rest = path.stem.partition("-")
    return path.suffix.lower() in SHEET_ENDINGS and path.name != "index.csv" and rest not in NOT_FROM_STUDENTS
