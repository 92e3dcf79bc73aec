"""Shell completion: what is offered at each place, in every shell, and how bash takes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import Call, environment, environment_without_coverage

from softstep.lesson.conventions import ALL_RULES
from softstep.lesson.quantities import GIVEN, STEP_KEYS
from softstep.lesson.rules import BY_KEY, LOSS_AFTER
from softstep.render import SUBJECTS

COMMANDS = ["init", "run", "forward", "loss", "grad", "update", "train", "gradcheck", "check", "worksheet"]
STEPS = [*dict.fromkeys((*GIVEN, *STEP_KEYS))]


def variables(line: str) -> dict[str, str]:
    """What bash says at the end of a line."""
    return {
        "_SOFTSTEP_COMPLETE": "complete_bash",
        "COMP_WORDS": f"softstep {line}",
        "COMP_CWORD": str(len(f"softstep {line}".split(" ")) - 1),
    }


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("", COMMANDS),
        ("grad", ["grad", "gradcheck"]),
        ("run --step ", STEPS),
        ("run my.yaml --work --step updated_", ["updated_weights", "updated_biases"]),
        ("forward --format ", [*SUBJECTS["Result"].formats]),
        (
            "check my.yaml ada.yaml -f ",
            ["table", "markdown", "latex", "html", "json", "csv", "tsv", "yaml", "gradescope"],
        ),
        ("update --color ", ["auto", "always", "never"]),
        ("init --from ", ["embeddings", "logits", "probabilities", "csv"]),
        ("worksheet -f ", ["markdown", "latex", "html", "yaml", "csv", "moodle"]),
        ("worksheet --ask updated_", ["updated_weights", "updated_biases"]),
        ("train --st", ["--steps", "--standalone"]),
        ("run configs/doc", []),  # the shell offers files
    ],
)
def test_a_shell_is_offered_what_fits(line: str, offered: list[str], call: Call) -> None:
    done = call(env=variables(line))
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, offered, "")


def test_the_keys_for_completion_are_those_of_the_rules() -> None:
    assert {*STEP_KEYS} == {*ALL_RULES, LOSS_AFTER.key}
    assert len({*STEP_KEYS}) == len(STEP_KEYS)
    assert [key for key in STEP_KEYS if key in BY_KEY] == [*BY_KEY]


def test_completion_loads_no_numpy() -> None:
    code = "import sys; sys.argv = ['softstep']\nfrom softstep.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print('numpy' in sys.modules)"],
        capture_output=True,
        encoding="utf-8",
        env=environment_without_coverage() | variables("run --step los"),
    )
    assert done.stdout.split() == ["loss", "loss_after", "False"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(shell: str, call: Call, tmp_path: Path) -> None:
    env = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    done = call("--show-completion", shell, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_SOFTSTEP_COMPLETE=complete_" in done.stdout
    assert call("--install-completion", shell, env=env).returncode == 0
    assert any("_SOFTSTEP_COMPLETE" in path.read_text() for path in tmp_path.rglob("*softstep*"))


def test_a_home_that_cannot_be_written_gets_one_line(call: Call, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file")
    env = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(home)}
    done = call("--install-completion", "bash", env=env)
    assert done.returncode == 2
    assert done.stderr.startswith(f"softstep: {home}")
    assert done.stderr.endswith("; make it writable\n")
    assert done.stderr.count("\n") == 1


def test_bash_completes_a_key(call: Call) -> None:
    if not shutil.which("bash"):
        pytest.skip("no bash")
    env = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = call("--show-completion", "bash", env=env).stdout
    line = (
        'COMP_WORDS=(softstep loss --step node); COMP_CWORD=3; _softstep_completion softstep; echo "${COMPREPLY[@]}"\n'
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(["bash", "-c", f"{script}\n{line}"], capture_output=True, env=environment(PATH=path))
    assert done.stdout.decode() == "node_weights node_losses\n"
