"""The house: what may import what, and what a start may load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CONFIGS, ROOT, unmeasured

PACKAGE = ROOT / "softstep"
MODULES = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py"))

GROUND = {f"softstep/{room}" for room in ("errors", "names", "maths", "rounding", "rows", "work", "notebook")}
LESSON = GROUND | {"softstep/steps"}
RESULT = LESSON | {"softstep/terms", "softstep/result"}
FLOORS = {
    "softstep/__main__": {"softstep/cli"},
    "softstep/cli": RESULT | {f"softstep/{room}" for room in ("problem", "config", "render", "output")} | {"softstep"},
    "softstep": RESULT | {"softstep/problem"},
    "softstep/problem": RESULT
    | {f"softstep/{room}" for room in ("derivation", "training", "gradcheck", "plane", "notes", "config", "marking")},
    "softstep/marking": LESSON | {"softstep/sheet", "softstep/config", "softstep/marking"},
    "softstep/config": LESSON | {"softstep/sheet", "softstep/config"},
    "softstep/render": RESULT | {f"softstep/{room}" for room in ("explain", "sheet", "marking", "plane", "render")},
    "softstep/result": LESSON | {"softstep/terms"},
    "softstep/explain": LESSON | {"softstep/calculator"},
    "softstep/calculator": {"softstep/work"},
    "softstep/training": LESSON | {"softstep/blocks", "softstep/derivation"},
    "softstep/gradcheck": LESSON | {"softstep/blocks", "softstep/derivation"},
    "softstep/plane": LESSON | {"softstep/derivation"},
    "softstep/derivation": LESSON | {"softstep/blocks"},
    "softstep/blocks": LESSON,
    "softstep/rows": {"softstep/maths"},
    "softstep/terms": LESSON,
    "softstep/notes": LESSON,
    "softstep/steps": GROUND,
    "softstep/output": {"softstep/errors"},
    "softstep/work": {"softstep/maths"},
    "softstep/notebook": {"softstep/errors"},
    "softstep/sheet": {"softstep/maths"},
    "softstep/maths": set(),
    "softstep/rounding": set(),
    "softstep/names": set(),
    "softstep/errors": set(),
}
"""What each room may import of the package; for a folder, its files together."""

OUTSIDE = {
    "numpy": {
        *("maths", "rounding", "rows", "steps", "blocks", "derivation", "training", "gradcheck", "plane", "result"),
        *("explain", "notes", "problem", "config", "marking", "render/views"),
    },
    "rich": {"render/table", "render/progress"},
    "matplotlib": {"render/plot"},
    "yaml": {"config/marked", "config/syntax", "config/arrays", "render/records", "render/blank"},
    "typer": {"cli"},
}
"""Where a library may be imported."""

LAZY = {
    "softstep/cli": {
        "softstep/config",
        "softstep/problem",
        "softstep/render/look",
        "softstep/render/progress",
        "softstep/render/plot",
        "softstep/render/data",
    },
    "softstep/problem": {"softstep/marking", "softstep/training", "softstep/gradcheck", "softstep/plane"},
    "softstep/blocks": {"concurrent"},
    "softstep/config/arrayfiles": {"zipfile"},
    "softstep/config/datafiles": {"csv"},
    "softstep/render/table": {"rich", "softstep/render/marked"},
    "softstep/render/plot": {"matplotlib"},
    "softstep/render/markdown": {"softstep/render/marked"},
    "softstep/render/data": {"softstep/render/marked"},
    "softstep/render/records": {"softstep/render/marked"},
    "softstep/render/views": {"softstep/explain"},
    "softstep/render/exact": {"softstep/explain", "softstep/render/notation"},
    "softstep/__init__": {"importlib"},
    "softstep/__main__": {"softstep/cli"},
}
"""What is imported only when a command needs it; everything else is imported at the top."""


def imports(module: str) -> list[tuple[str, bool]]:
    """What a module imports, as a path for the package's own, and whether at the top."""
    tree = ast.parse((ROOT / f"{module}.py").read_text())
    top = {id(node) for node in tree.body}
    typing = {
        id(node)
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for name in names:
            found.append((_as_path(name), id(node) in top or id(node) in typing))
    return found


def _as_path(name: str) -> str:
    """A dotted name as the path of its module, or the library it is from."""
    if not name.startswith("softstep"):
        return name.split(".")[0]
    path = name.replace(".", "/")
    while not ((ROOT / f"{path}.py").exists() or (ROOT / path).is_dir()):
        path = path.rpartition("/")[0]
    return path


def floor(module: str) -> str:
    module = module.removesuffix("/__init__")
    folder = "/".join(module.split("/")[:2])
    return folder if (ROOT / folder).is_dir() or module == folder else module


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    allowed = FLOORS[floor(module)]
    own = {path for path, _ in imports(module) if path.startswith("softstep")}
    assert {path for path in own if path not in allowed and floor(path) not in allowed} == set()
    assert module == "softstep/__main__" or "softstep/cli" not in own


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_only_where_it_belongs(module: str) -> None:
    for library, rooms in OUTSIDE.items():
        if any(path == library for path, _ in imports(module)):
            assert any(module.startswith(f"softstep/{room}") for room in rooms), library


@pytest.mark.parametrize("module", MODULES)
def test_only_what_a_command_may_do_without_is_imported_late(module: str) -> None:
    late = {path for path, at_top in imports(module) if not at_top}
    assert late == LAZY.get(module, set())


def loaded(code: str) -> set[str]:
    """The modules that are there after running the code in a process of its own."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", env=unmeasured(), cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_the_command_line_starts_light() -> None:
    modules = loaded("import softstep.cli")
    assert "typer" in modules
    assert modules.isdisjoint({"numpy", "yaml", "rich", "decimal", "json", "csv", "tempfile"})


def test_the_package_itself_loads_nothing() -> None:
    assert loaded("import softstep").isdisjoint({"numpy", "yaml", "rich", "typer"})


def test_a_format_for_programs_loads_no_tables() -> None:
    code = "import sys; sys.argv = ['softstep', 'loss', '-q', '-f', 'plain']\nfrom softstep.cli import main\n"
    modules = loaded(f"{code}try: main()\nexcept SystemExit: pass")
    assert "numpy" in modules
    assert "rich" not in modules


def test_a_table_without_colour_loads_no_console() -> None:
    script = "import sys; sys.argv = ['softstep', 'loss', '-q']\nfrom softstep.cli import main\n"
    script += "try: main()\nexcept SystemExit: print('rich.console' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", env=unmeasured())
    assert done.stdout.splitlines()[-1] == "False"


def test_the_top_level_is_what_it_should_be() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, encoding="utf-8", cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a checkout")
    top = {path.split("/")[0] for path in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} == {
        "pyproject.toml",
        "README.md",
        "softstep",
        "configs",
        "tests",
    }


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_says_what_it_is(module: str) -> None:
    tree = ast.parse((ROOT / f"{module}.py").read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    public = [node for room in (tree, *classes) for node in room.body if isinstance(node, ast.FunctionDef)] + classes
    assert ast.get_docstring(tree)
    assert [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)] == []


def test_every_config_is_there_once_and_runs() -> None:
    import softstep

    sheets = {"article_answers.yaml"}
    configs = {path.name for path in CONFIGS.iterdir()}
    assert configs == sheets | {"doc_example.yaml", "article_table.yaml", "karate_club.yaml"}
    for name in configs - sheets:
        assert not any("Left out" in note for note in softstep.load(CONFIGS / name).run().notes)
    assert not any(Path(PACKAGE).glob("configs/*"))
