"""A plain install, built as pip builds it: found and run from any directory, with its configs and its types."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from support.running import CONFIGS, ROOT, environment_without_coverage


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    built = subprocess.run(pip, capture_output=True, encoding="utf-8")
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("softstep-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files as an install lays them out."""
    folder = tmp_path_factory.mktemp("site")
    with ZipFile(wheel) as files:
        files.extractall(folder)
    return folder


def run(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The installed package, which must not be the checkout's."""
    code = "import softstep.__main__ as m, sys; assert sys.argv.pop(1) in m.__file__; m.main()"
    return subprocess.run(
        [sys.executable, "-c", code, str(installed), *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment_without_coverage() | {"PYTHONPATH": str(installed)},  # coverage is of the checkout
        cwd=cwd,
    )


def test_the_built_in_example_is_found_from_any_directory(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "loss", "-f", "plain", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1.1358\n")


def test_the_example_is_the_checkouts(installed: Path) -> None:
    for config in CONFIGS.iterdir():
        assert (installed / "softstep" / "configs" / config.name).read_bytes() == config.read_bytes()


def test_the_wheel_has_the_package_its_types_and_its_command_and_nothing_else(installed: Path) -> None:
    assert {path.name.partition("-")[0] for path in installed.iterdir()} == {"softstep"}
    assert (installed / "softstep" / "py.typed").exists()
    (metadata,) = installed.glob("*.dist-info")
    assert "softstep = softstep.__main__:main" in (metadata / "entry_points.txt").read_text()
    assert not [*installed.rglob("test*")]
