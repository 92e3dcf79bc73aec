"""The structure of the package: which modules may import which, and what a start may load."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from support.running import CONFIGS, ROOT, environment_without_coverage

import softstep

PACKAGE = ROOT / "softstep"
MODULES = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py"))

ROOMS = (
    {"errors", "names"},
    {"lesson"},
    {"compute"},
    {"working"},
    {"read"},
    {"result"},
    {"mark"},
    {"render", "problem", "output"},
    {"course"},
    {"cli"},
    {"__main__"},
)
"""The rooms on each floor, from the ground up: a room imports from the floors below, and from itself."""

OUTSIDE = {
    "numpy": {"lesson/maths", "lesson/rounding", "compute", "working/explain", "working/notes", "result", "problem",
              "read", "mark", "render/step_sections", "course"},
    "rich": {"render/text_tables", "render/rich_tables", "render/text_workings", "render/progress"},
    "matplotlib": {"render/plot"},
    "yaml": {"read/syntax", "read/yaml_tree", "render/json_yaml", "render/blank_sheet_views"},
    "typer": {"cli"},
}  # fmt: skip
"""Where a library may be imported."""

LAZY = {
    "softstep/__init__": {
        *("softstep/compute/steps", "softstep/mark/report", "softstep/render", "softstep/result", "importlib"),
    },
    "softstep/__main__": {"softstep/cli"},
    "softstep/cli/problems": {"softstep/problem", "softstep/read"},
    "softstep/cli/present": {f"softstep/render/{module}" for module in ("ascii", "options", "progress")},
    "softstep/cli/training": {
        f"softstep/render/{module}" for module in ("plot", "delimited", "options", "result_views")
    },
    "softstep/cli/check": {
        *("softstep/course/exercise", "softstep/course/feedback", "softstep/course/folders", "softstep/mark"),
        *("softstep/read/answers", "softstep/read/wrong_order", "softstep/render/options"),
    },
    "softstep/cli/worksheet": {
        f"softstep/course/{module}" for module in ("exercise", "formats", "variants", "worksheet")
    },
    "softstep/cli/init": {"softstep/read/json_schema", "shlex"},
    "softstep/cli/options": {"softstep/lesson/quantities"},
    "softstep/problem": {
        "softstep/mark",
        *(f"softstep/compute/{part}" for part in ("training", "gradcheck", "plane", "zero_probabilities")),
    },
    "softstep/compute/blocks": {"concurrent"},
    "softstep/read/csv_lines": {"csv"},
    "softstep/read/files": {"zipfile"},
    "softstep/render/__init__": {"softstep/render/options"},
    "softstep/render/plot": {"matplotlib"},
    "softstep/render/step_sections": {"softstep/working/explain"},
    "softstep/render/result_views": {"softstep/working/explain", "softstep/render/notation"},
}
"""Modules that are imported only when a command needs them; all others are imported at the top."""


@cache
def imports_of(module: str) -> list[tuple[str, bool]]:
    """The imports of a module: a path for a module of the package, else a library; and whether it is at the top."""
    tree = ast.parse((ROOT / f"{module}.py").read_text())
    top = {id(node) for node in tree.body}
    typing = {
        id(node)
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    imports = []
    for node in ast.walk(tree):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for name in names:
            imports.append((_as_path(name), id(node) in top or id(node) in typing))
    return imports


def _as_path(name: str) -> str:
    """A dotted name as the path of its module, or the library that it is from."""
    if not name.startswith("softstep"):
        return name.split(".")[0]
    path = name.replace(".", "/")
    while not ((ROOT / f"{path}.py").exists() or (ROOT / path).is_dir()):
        path = path.rpartition("/")[0]
    return path


def floor_of(module: str) -> int:
    """The floor of a module's room, from 0; the package's __init__ is above all."""
    room = module.removeprefix("softstep").removesuffix("/__init__").lstrip("/").partition("/")[0]
    return next(i for i, rooms in enumerate((*ROOMS, {""})) if room in rooms)


def room_of(module: str) -> str:
    return module.split("/")[1] if "/" in module else ""


@pytest.mark.parametrize("module", MODULES)
def test_a_room_imports_only_from_floors_below(module: str) -> None:
    own = {path for path, _ in imports_of(module) if path.startswith("softstep/")}
    above = {path for path in own if room_of(path) != room_of(module) and floor_of(path) >= floor_of(module)}
    assert above == set()


def test_within_a_room_no_two_modules_import_each_other() -> None:
    imported = {module: {path for path, _ in imports_of(module)} for module in MODULES}
    assert [(one, other) for one in MODULES for other in imported[one] if one in imported.get(other, ())] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_only_where_it_belongs(module: str) -> None:
    for library, rooms in OUTSIDE.items():
        if any(path == library for path, _ in imports_of(module)):
            assert any(module.startswith(f"softstep/{room}") for room in rooms), library


@pytest.mark.parametrize("module", MODULES)
def test_only_the_listed_modules_are_imported_late(module: str) -> None:
    late = {path for path, at_top in imports_of(module) if not at_top}
    assert late == LAZY.get(module, set())


def modules_loaded_by(code: str) -> set[str]:
    """The modules loaded after running the code in a process of its own."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        env=environment_without_coverage(),
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_starting_the_command_line_loads_no_heavy_library() -> None:
    modules = modules_loaded_by("import softstep.cli")
    assert "typer" in modules
    assert modules.isdisjoint({"numpy", "yaml", "rich", "decimal", "json", "csv", "tempfile"})


def test_importing_the_package_loads_no_library() -> None:
    assert modules_loaded_by("import softstep").isdisjoint({"numpy", "yaml", "rich", "typer"})


def test_a_format_for_programs_does_not_load_rich() -> None:
    code = "import sys; sys.argv = ['softstep', 'loss', '-q', '-f', 'plain']\nfrom softstep.cli import main\n"
    modules = modules_loaded_by(f"{code}try: main()\nexcept SystemExit: pass")
    assert "numpy" in modules
    assert "rich" not in modules


def test_the_repository_has_only_the_listed_names_at_the_top() -> None:
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
def test_everything_public_has_a_docstring(module: str) -> None:
    tree = ast.parse((ROOT / f"{module}.py").read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    public = [node for room in (tree, *classes) for node in room.body if isinstance(node, ast.FunctionDef)] + classes
    assert ast.get_docstring(tree)
    assert [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)] == []


def test_every_config_exists_once_and_runs_completely() -> None:
    import softstep

    sheets = {"article_answers.yaml"}
    configs = {path.name for path in CONFIGS.glob("*.yaml")}
    assert configs == sheets | {"doc_example.yaml", "article_table.yaml", "karate_club.yaml"}
    for name in configs - sheets:
        assert not any("Left out" in note for note in softstep.load(CONFIGS / name).run().notes)
    assert not any(Path(PACKAGE).glob("configs/*"))


def test_no_logic_depends_on_the_wording_of_a_complaint() -> None:
    texts = {"fix", "expected", "complaints"}
    for path in (ROOT / "softstep").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                names = {side.attr for side in sides if isinstance(side, ast.Attribute)}
                assert names.isdisjoint(texts), f"{path}:{node.lineno}"


def test_every_public_name_exists() -> None:
    assert {*softstep.__all__} == {"Problem", "Result", "SoftstepError", "Step", "load"}
    assert all(getattr(softstep, name).__module__.startswith("softstep.") for name in softstep.__all__)
