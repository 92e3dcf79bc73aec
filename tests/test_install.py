"""A plain install, built as pip builds it: it runs in any directory, with its configs and its types."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from support.running import CONFIGS, ROOT, environment_without_coverage


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository."""
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
def site_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files, as pip installs them."""
    folder = tmp_path_factory.mktemp("site")
    with ZipFile(wheel) as files:
        files.extractall(folder)
    return folder


def run_installed(site_folder: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed package, not the one in this repository."""
    code = "import softstep.__main__ as m, sys; assert sys.argv.pop(1) in m.__file__; m.main()"
    return subprocess.run(
        [sys.executable, "-c", code, str(site_folder), *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment_without_coverage() | {"PYTHONPATH": str(site_folder)},  # coverage measures this repository
        cwd=cwd,
    )


def test_the_built_in_example_is_found_from_any_directory(site_folder: Path, tmp_path: Path) -> None:
    done = run_installed(site_folder, "loss", "-f", "plain", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1.1358\n")


def test_the_installed_configs_equal_those_in_the_repository(site_folder: Path) -> None:
    for config in CONFIGS.iterdir():
        assert (site_folder / "softstep" / "configs" / config.name).read_bytes() == config.read_bytes()


def test_the_wheel_has_only_the_package_with_its_types_and_its_command(site_folder: Path) -> None:
    assert {path.name.partition("-")[0] for path in site_folder.iterdir()} == {"softstep"}
    assert (site_folder / "softstep" / "py.typed").exists()
    (metadata,) = site_folder.glob("*.dist-info")
    assert "softstep = softstep.__main__:main" in (metadata / "entry_points.txt").read_text()
    assert not [*site_folder.rglob("test*")]
