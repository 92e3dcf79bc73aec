"""The guides: their commands, configs and lines of Python run unchanged, and print what the guides show.

    ```console                 commands behind `$ `, each with its output on stderr and stdout
    ```yaml config=my.yaml     a whole config: the commands find it under this name, and it runs without a complaint
    ```csv file=nodes.csv      any other file that the commands need
    ```python                  lines of Python for doctest

Each guide is run in a folder with a copy of configs/, configs/README.md included: first its files are written, then its
lines of Python run, then its commands. `pytest --update` rewrites the output of the commands; read it, then keep it.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from support.problems import problem_in
from support.running import CONFIGS, ROOT, environment, run_in_this_process

import softstep
from softstep.lesson.rounding import Rounding
from softstep.read.schema import SCHEMA

README = ROOT / "README.md"
CHANGES = ROOT / "softstep" / "CHANGES.md"
ALL = ("README.md", "configs/README.md", "softstep/README.md", "softstep/mark/README.md", "tests/README.md")
GUIDES = [name for name in ALL if (ROOT / name).exists()]

MOST_WORDS = {"README.md": 1560, "softstep/README.md": 1350, "softstep/mark/README.md": 920, "tests/README.md": 990}

BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"^```\w+ (config|file)=(\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```sh\n(.*?)\n```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")
MODULE = re.compile(r"`((?:\w+/)*\w+\.py)`")
SECTION = re.compile(r"^#+ `(\w+)`.*\n((?:(?!#+ ).*\n)*)", re.MULTILINE)
ALIKE = re.compile(r"^\| equivalent forms \|.*\n\|.*\n((?:\|.*\n)+)", re.MULTILINE)


@dataclass
class Guide:
    """A guide, its folder, its text with the current output of its commands, and the results of doctest."""

    path: Path
    text: str
    folder: Path
    updated_text: str
    python: doctest.TestResults
    report: str


@pytest.fixture(scope="module", params=GUIDES)
def guide(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Guide:
    path, top = ROOT / request.param, tmp_path_factory.mktemp("guide")
    text = path.read_text()
    shutil.copytree(CONFIGS, top / "configs")
    (top / "tests").symlink_to(ROOT / "tests")
    folder = top / "configs" if path.parent == CONFIGS else top
    for _, name, body in FILE.findall(text):
        (folder / name).write_text(body)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as report:
        patch.chdir(folder)
        python = doctest.testfile(str(path), module_relative=False)
    updated_text = BLOCK.sub(lambda found: f"```console\n{run_again(found[1], folder)}```", text)
    if request.config.getoption("--update") and updated_text != text:
        text = updated_text
        path.write_text(text)
    return Guide(path, text, folder, updated_text, python, report.getvalue())


def run_again(block: str, folder: Path) -> str:
    """Run the commands of a block; return the block with their current output."""
    return "".join(
        f"$ {command}\n{output_of(command, folder)}" for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    )


def output_of(command: str, folder: Path) -> str:
    """The output of a command; if the first command of a pipe is softstep, it runs in this process, others in bash."""
    first, _, rest = command.partition(" | ")
    if not re.fullmatch(r"softstep [\w ./-]*", first):
        return run_in_bash(command, folder).decode()
    ran = run_in_this_process(*first.split()[1:], cwd=folder)
    return (ran.stderr + (run_in_bash(rest, folder, ran.stdout) if rest else ran.stdout)).decode()


def run_in_bash(command: str, folder: Path, stdin: bytes = b"") -> bytes:
    """Run a command in bash; return what it prints on stdout and stderr."""
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


def test_every_command_prints_what_the_guide_shows(guide: Guide) -> None:
    assert guide.updated_text == guide.text


def test_every_command_with_a_pipe_shows_output(guide: Guide) -> None:
    blocks = "".join(BLOCK.findall(guide.text))
    assert re.findall(r"^\$ .* \| .*\n(?=\$|\Z)", blocks, re.MULTILINE) == []


def test_every_line_of_python_gives_what_the_guide_shows(guide: Guide) -> None:
    assert guide.report == ""
    assert guide.python.attempted >= 6 or guide.path != README


def test_every_whole_config_runs(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(guide.folder)
    for role, name, _ in FILE.findall(guide.text):
        if role == "config":
            assert softstep.load(name).run().shown_keys
    unnamed = re.findall(r"^```(?!console$|sh$|python$|$|\w+ (?:config|file)=\S+$)(.*)", guide.text, re.MULTILINE)
    assert unnamed == []


def test_a_guide_stays_within_its_word_limit(guide: Guide) -> None:
    name = guide.path.relative_to(ROOT).as_posix()
    assert len(guide.text.split()) <= MOST_WORDS.get(name, 10_000)


def test_every_link_leads_to_a_guide_and_a_heading_in_it(guide: Guide) -> None:
    for file, heading in LINK.findall(guide.text):
        target = guide.path.parent / file if file else guide.path
        if target.resolve() not in [ROOT / name for name in ALL if name not in GUIDES]:  # which is still to come
            assert target.exists(), file
            assert not heading or heading in headings(target.read_text()), heading


def headings(text: str) -> list[str]:
    """The names that GitHub gives to the headings of a text."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found]


def test_every_module_named_in_a_guide_exists(guide: Guide) -> None:
    modules = {
        path.relative_to(ROOT).as_posix() for room in ("softstep", "tests") for path in (ROOT / room).rglob("*.py")
    }
    assert [
        name for name in MODULE.findall(guide.text) if not any(f"/{each}".endswith(f"/{name}") for each in modules)
    ] == []


# README.md


def test_the_first_screen_has_only_the_two_commands() -> None:
    first_screen = README.read_text().split("\n## ")[0]
    first, second = SHELL.findall(first_screen)
    assert first_screen.count("```") == 4
    assert first.endswith(".venv/bin/pip install -q . && .venv/bin/softstep run configs/doc_example.yaml")
    assert second.endswith(".venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest -q")
    assert len(first_screen.splitlines()) <= 24


def test_the_first_section_shows_a_dozen_lines_of_output() -> None:
    (block,) = BLOCK.findall(README.read_text().split("\n## ")[1])
    assert 10 <= len(block.splitlines()) <= 20


def test_the_commands_run_on_every_commit_are_the_two_in_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    if not script.exists():
        pytest.skip("not a checkout")
    shown = SHELL.findall(README.read_text().split("\n## ")[0])
    assert re.findall(r'^(?:first|tests)="(.*)"$', script.read_text(), re.MULTILINE) == shown


def test_ties_are_rounded_as_the_readme_shows() -> None:
    text = README.read_text()
    head, *rows = re.findall(r"^\| `(.*)` (?:\(.*?\) )?\| (.*) \| (.*) \| (.*) \|$", text, re.MULTILINE)
    assert (head[0], [row[0] for row in rows]) == ("ties", [*Rounding.TIES])
    for ties, *expected in rows:
        given = [[float(number.replace("−", "-"))] for number in head[1:]]
        by_hand = {"every_step": True, "decimals": 2, "ties": ties}
        logits = softstep.Problem(embeddings=given, weights=[[1], [1]], rounding=by_hand).forward()["logits"].digits()
        assert [row[0].replace("-", "−") for row in logits] == expected
    example = (CONFIGS / "doc_example.yaml").read_text()
    for ties in ("half-up", "half-down"):
        gradient = problem_in(example.replace("half-down", ties)).grad()["weight_gradients"].digits()[2]
        assert " ".join(gradient).replace("-", "−") in " ".join(text.replace("**", "").split())


def test_the_readme_links_to_all_other_guides() -> None:
    linked = {file for file, _ in LINK.findall(README.read_text())}
    assert linked >= {*ALL[1:], "softstep/CHANGES.md"}


def test_the_change_log_begins_with_this_version() -> None:
    assert CHANGES.read_text().startswith(f"# Changes\n\n- **{softstep.__version__}**")


# configs/README.md


def test_every_key_of_a_config_is_explained() -> None:
    explained = re.findall(r"^(?:#+|\|) `(\w+)`", (CONFIGS / "README.md").read_text(), re.MULTILINE)
    assert set(SCHEMA) <= set(explained)


def test_forms_listed_as_equal_mean_the_same(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(guide.folder)
    forms = [
        (key, form)
        for key, section in SECTION.findall(guide.text)
        for table in ALIKE.findall(section)
        for form in re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE)
    ]
    assert len(forms) >= 15 or guide.path.parent != CONFIGS
    for key, form in forms:
        config = re.sub(rf"^{key}: .*$", f"{key}: {form}", Path("example.yaml").read_text(), flags=re.MULTILINE)
        assert form in config
        assert figures(problem_in(config)) == figures(softstep.load("example.yaml")), form


def figures(problem: softstep.Problem) -> dict[str, object]:
    """The figures of each step by the names of their rows and columns, whichever stands in the rows."""
    found: dict[str, object] = {}
    for key, step in problem.run().items():
        rows = zip(step.rows or [""], [step.digits(9)] if step.rows is None else step.digits(9), strict=True)
        if step.columns is None:
            found[key] = dict(rows)
        else:
            columns = step.columns
            found[key] = {frozenset((row, c)): x for row, xs in rows for c, x in zip(columns, xs, strict=True)}
    return found
