"""The README: its commands run as they stand, and print what it shows.

`python tests/test_readme.py` writes the outputs anew, to be read before they are kept.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import CONFIGS, ROOT, environment

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def replayed(block: str, folder: Path) -> str:
    """The block with its outputs as they are now; its commands run one after the other in the folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    lines = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        done = subprocess.run(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=environment(PATH=path),
            cwd=folder,
            timeout=60,
        )
        lines.append(f"$ {command}\n{done.stdout}")
    return "".join(lines)


def folder_with_configs(folder: Path) -> Path:
    """A folder in which the README's commands may run."""
    shutil.copytree(CONFIGS, folder / "configs")
    return folder


def test_every_command_prints_what_the_readme_shows(tmp_path: Path) -> None:
    folder = folder_with_configs(tmp_path)
    blocks = BLOCK.findall(README.read_text())
    assert len(blocks) >= 4
    for block in blocks:
        assert replayed(block, folder) == block


def test_the_first_screen_has_the_two_commands_and_no_other() -> None:
    before_the_example = README.read_text().split("\n## ")[0]
    first, second = re.findall(r"```sh\n(.*?)\n```", before_the_example, re.DOTALL)
    assert before_the_example.count("```") == 4
    assert first.endswith(".venv/bin/pip install -q . && .venv/bin/softstep run configs/doc_example.yaml")
    assert second.endswith(".venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest -q")
    assert len(before_the_example.splitlines()) <= 24


def test_the_notebook_lines_give_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert failed == 0
    assert tried >= 6


def test_the_change_log_comes_last_and_begins_with_this_version() -> None:
    import softstep

    last = README.read_text().split("\n## ")[-1]
    assert last.startswith(f"Changes\n\n- **{softstep.__version__}**")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        where = folder_with_configs(Path(folder))
        text = BLOCK.sub(lambda found: f"```console\n{replayed(found[1], where)}```", README.read_text())
    README.write_text(text)
