"""The README: its commands run as they stand, and print what it shows.

`pytest --update` writes the outputs anew, to be read before they are kept.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CONFIGS, ROOT, environment
from running import in_this_process

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def replayed(block: str, folder: Path) -> str:
    """The block with its outputs as they are now; its commands run one after the other in the folder.

    What comes first in a command runs in this process where it is softstep, and all else in a shell."""
    lines = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        first, _, rest = command.partition(" | ")
        if re.fullmatch(r"softstep [\w ./-]*", first):
            ran = in_this_process(*first.split()[1:], cwd=folder)
            printed = ran.stderr + (in_bash(rest, folder, ran.stdout) if rest else ran.stdout)
        else:
            printed = in_bash(command, folder)
        lines.append(f"$ {command}\n{printed.decode()}")
    return "".join(lines)


def in_bash(command: str, folder: Path, stdin: bytes = b"") -> bytes:
    """What a shell prints on stdout and stderr."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(PATH=path),
        cwd=folder,
        timeout=60,
    )
    return done.stdout


def folder_with_configs(folder: Path) -> Path:
    """A folder in which the README's commands may run."""
    shutil.copytree(CONFIGS, folder / "configs")
    return folder


def test_every_command_prints_what_the_readme_shows(tmp_path: Path, update: bool) -> None:
    folder = folder_with_configs(tmp_path)
    if update:
        README.write_text(BLOCK.sub(lambda found: f"```console\n{replayed(found[1], folder)}```", README.read_text()))
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


def test_the_commands_that_are_run_of_every_commit_are_the_two_that_the_readme_shows() -> None:
    script = ROOT / ".ci" / "run"
    if not script.exists():
        pytest.skip("not a checkout")
    shown = re.findall(r"```sh\n(.*?)\n```", README.read_text().split("\n## ")[0], re.DOTALL)
    assert re.findall(r'^(?:first|tests)="(.*)"$', script.read_text(), re.MULTILINE) == shown


def test_the_notebook_lines_give_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert failed == 0
    assert tried >= 6


def test_the_change_log_comes_last_and_begins_with_this_version() -> None:
    import softstep

    last = README.read_text().split("\n## ")[-1]
    assert last.startswith(f"Changes\n\n- **{softstep.__version__}**")
