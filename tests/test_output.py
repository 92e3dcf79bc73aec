"""Output files and standard output: written whole or not at all, even when killed, and never over the input."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.running import CONFIGS, SOFTSTEP, Call, environment, environment_without_coverage, run_in_shell

EXAMPLE = CONFIGS / "doc_example.yaml"
POWERLESS = "setpriv --bounding-set=-all --inh-caps=-all" if os.geteuid() == 0 else ""
"""Before a command: takes away root's right to write anywhere."""


@pytest.mark.parametrize("arguments", ["run", "loss -f plain", "run -f json", "update -f yaml", "--help", "--version"])
def test_a_full_disk_is_reported_with_status_2(arguments: str) -> None:
    done = run_in_shell(f"$S {arguments} > /dev/full")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("softstep: standard output cannot be written (No space left on dev")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_closed_standard_output_is_reported_with_status_2(tmp_path: Path) -> None:
    done = run_in_shell(f"$S run {EXAMPLE} >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "softstep: standard output is closed; open it, or name a file with -o FILE\n"
    assert run_in_shell(f"$S run {EXAMPLE} -o {tmp_path / 'x.txt'} >&-").returncode == 0


@pytest.mark.parametrize("arguments", ["--help", "--version", "run -h"])
def test_help_that_cannot_be_printed_is_reported(arguments: str) -> None:
    done = run_in_shell(f"$S {arguments} >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "softstep: standard output cannot be written (closed); free it\n"


def test_a_full_standard_error_does_not_change_the_exit_status() -> None:
    assert run_in_shell("$S run missing.yaml 2> /dev/full").returncode == 2
    assert run_in_shell("$S walk 2> /dev/full").returncode == 2
    assert run_in_shell("$S run 2> /dev/full > /dev/null").returncode == 0


def test_writing_to_standard_output_as_a_file_keeps_what_is_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_in_shell(f"(echo before; $S loss {EXAMPLE} -f plain -o /dev/stdout; echo after) > {log}")
    assert log.read_text() == "before\n1.1358\nafter\n"


def test_an_output_file_is_replaced_and_keeps_its_mode(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    assert call("run", EXAMPLE, "-o", link).returncode == 0
    assert path.read_text() == call("run", EXAMPLE).stdout
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_a_new_output_file_gets_its_mode_from_the_umask(tmp_path: Path) -> None:
    assert run_in_shell(f"umask 027; $S run {EXAMPLE} -o {tmp_path / 'out.txt'}").returncode == 0
    assert (tmp_path / "out.txt").stat().st_mode & 0o777 == 0o640


def test_an_output_file_has_no_colour_even_with_force_color(call: Call, tmp_path: Path) -> None:
    done = call("run", EXAMPLE, "-o", tmp_path / "x.txt", env={"FORCE_COLOR": "1"})
    assert done.returncode == 0
    assert "\x1b" not in (tmp_path / "x.txt").read_text()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    done = run_in_shell(
        f"unset ${{!COVERAGE*}}; ulimit -f 1; trap '' XFSZ; $S run {CONFIGS / 'karate_club.yaml'} -o {path}"
    )
    assert done.returncode == 2
    assert done.stderr == f"softstep: {path} cannot be written (File too large); name another file\n"
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


UNWRITABLE = {
    "no folder": ("none/x.csv", "No such file or directory"),
    "folder": ("folder", "Is a directory"),
    "in a file": ("old/x.csv", "Not a directory"),
    "read-only": ("old", "Permission denied"),
    "folder read-only": ("locked/x.csv", "Permission denied"),
    "file in it": ("locked/old", "Permission denied"),
    "loop": ("loop", "Too many levels of symbolic links"),
    "long name": ("x" * 300, "File name too long"),
}


def unwritable_file(command: str, name: str) -> object:
    """The parameters for a file that the command cannot write; slow if root needs a process of its own for it."""
    file, why = UNWRITABLE[name]
    is_slow = bool(POWERLESS) and why == "Permission denied" and command != "run"
    return pytest.param(command, file, why, id=f"{command}, {name}", marks=[pytest.mark.slow] * is_slow)


@pytest.mark.parametrize(
    ("command", "file", "why"),
    [
        unwritable_file(command, name)
        for command in ("run", "forward", "train", "gradcheck", "check")
        for name in UNWRITABLE
    ],
)
def test_an_unwritable_file_is_reported_before_anything_is_read(
    call: Call, tmp_path: Path, command: str, file: str, why: str
) -> None:
    for name in ("folder", "locked"):
        (tmp_path / name).mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "old").touch()
    (tmp_path / "locked" / "old").touch()
    (tmp_path / "old").chmod(0o444)
    (tmp_path / "locked").chmod(0o555)
    arguments = [command, "missing.yaml", *["x.yaml"] * (command == "check"), "-f", "csv", "-o", file]
    if why == "Permission denied" and POWERLESS:
        done = run_in_shell(f"cd {tmp_path}; {POWERLESS} $S {' '.join(arguments)}")
    else:
        done = call(*arguments, cwd=tmp_path)
    (tmp_path / "locked").chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"softstep: {file} cannot be written ({why}); name another file\n"


INPUTS = {
    "c.yaml": "embeddings: {file: nodes.csv}\nlabels: {file: nodes.csv, column: label}\nweights: {file: W.csv}\n"
    "learning_rate: 1\n",
    "nodes.csv": "id,x,y,label\na,1,2,0\nb,2,1,1\n",
    "W.csv": "w0,1,0\nw1,0,1\n",
    "ada.yaml": "loss: 1\n",
}


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        *(("run c.yaml -o", name) for name in ("c.yaml", "../{}/c.yaml", "link", "hard", "nodes.csv")),
        ("run - -f csv -o", "c.yaml"),
        ("grad link -f csv -o", "c.yaml"),
        ("update c.yaml -f json -o", "link"),
        ("update c.yaml -f yaml -o", "nodes.csv"),
        ("update c.yaml -f yaml -o", "W.csv"),
        ("train c.yaml -f csv -o", "c.yaml"),
        ("train c.yaml -f yaml -o next.yaml --history", "c.yaml"),
        ("train c.yaml -f yaml -o next.yaml --history", "nodes.csv"),
        ("train c.yaml --plot", "nodes.svg"),
        ("gradcheck c.yaml -f html -o", "nodes.csv"),
        ("check c.yaml ada.yaml -f csv -o", "c.yaml"),
        ("check c.yaml ada.yaml -f csv -o", "ada.yaml"),
        ("check c.yaml --blank -o", "c.yaml"),
    ],
)
def test_an_input_file_is_never_overwritten(call: Call, tmp_path: Path, arguments: str, file: str) -> None:
    for name, text in INPUTS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("c.yaml")
    (tmp_path / "hard").hardlink_to(tmp_path / "c.yaml")
    (tmp_path / "nodes.svg").symlink_to("nodes.csv")
    file = file.format(tmp_path.name)
    if " - " in arguments:
        done = run_in_shell(f"cd {tmp_path}; $S {arguments} {file} < c.yaml")
    else:
        done = call(*arguments.split(), file, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"softstep: {file} cannot be written (it is what this is made from); name another file\n"
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.name in INPUTS} == INPUTS


def test_the_default_config_is_never_overwritten(call: Call) -> None:
    before = EXAMPLE.read_text()
    for env in ({}, {"SOFTSTEP_CONFIG": str(EXAMPLE)}):
        done = call("run", "-q", "-f", "yaml", "-o", EXAMPLE, env=env)
        assert "doc_example.yaml cannot be written (it is what this is made from)" in done.stderr
        assert EXAMPLE.read_text() == before


@pytest.mark.parametrize(
    "arguments", ["update c.yaml -o c.yaml", "update - -f yaml -o c.yaml < c.yaml", "train c.yaml -f yaml -o link"]
)
def test_the_next_config_may_replace_the_config(call: Call, tmp_path: Path, arguments: str) -> None:
    for name, text in INPUTS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("c.yaml")
    if "<" in arguments:
        done = run_in_shell(f"cd {tmp_path}; $S {arguments}")
    else:
        done = call(*arguments.split(), cwd=tmp_path)
    assert done.returncode == 0
    assert call("loss", tmp_path / "c.yaml", "-q").returncode == 0
    assert "biases" in (tmp_path / "c.yaml").read_text()
    assert (tmp_path / "nodes.csv").read_text() == INPUTS["nodes.csv"]


def test_a_named_pipe_stays_a_pipe_and_its_reader_gets_everything(call: Call, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run_in_shell(f"$S run {EXAMPLE} -f csv -o {pipe} & cat {pipe}; wait $!")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == call("run", EXAMPLE, "-f", "csv").stdout
    assert pipe.is_fifo()


def test_a_link_to_a_missing_file_creates_that_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.csv")
    assert call("loss", EXAMPLE, "-f", "plain", "-o", tmp_path / "link").returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new.csv").read_text() == "1.1358\n"


def test_an_open_descriptor_can_be_written_even_in_a_read_only_folder(tmp_path: Path) -> None:
    script = f"cd {tmp_path}; touch x; chmod 444 x; chmod 555 .; exec 3> /dev/null; {POWERLESS} $S loss -q -o /dev/fd/3"
    assert run_in_shell(script).returncode == 0
    tmp_path.chmod(0o755)


def test_a_device_is_written_to_directly(call: Call) -> None:
    done = run_in_shell(f"$S loss {EXAMPLE} -f plain -o /dev/stdout")
    assert (done.returncode, done.stdout) == (0, "1.1358\n")
    assert call("loss", EXAMPLE, "-f", "plain", "-o", "-").stdout == "1.1358\n"
    assert call("loss", EXAMPLE, "-f", "plain", "-o", "/dev/full").returncode == 2


def test_a_link_to_itself_is_reported(call: Call, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = call("loss", EXAMPLE, "-o", tmp_path / "loop")
    assert done.returncode == 2
    assert "loop cannot be written" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_killed_command_leaves_the_old_file_or_the_new_one(tmp_path: Path, name: str) -> None:
    config, file = tmp_path / "c.yaml", tmp_path / "x.csv"
    config.write_text("logits: [" + ", ".join(["[1, 2]"] * 5000) + "]\n")
    command = [*SOFTSTEP, "run", str(config), "-o", str(file)]
    start = time.monotonic()
    subprocess.run(command, env=environment(), check=True, timeout=60)
    took, whole = time.monotonic() - start, file.read_text()
    for i in range(5):
        file.write_text("old")
        process = subprocess.Popen(command, env=environment())
        time.sleep(took * (i + 1) / 5)
        process.send_signal(getattr(signal, name))
        assert process.wait(timeout=60) in (0, -getattr(signal, name))
        assert file.read_text() in ("old", whole)
        others = {path.name for path in tmp_path.iterdir()} - {"c.yaml", "x.csv"}
        assert others == set() if name != "SIGKILL" else all(other.startswith(".softstep-") for other in others)


KILL_AT_EACH_LINE = """
import os, pathlib, signal, sys
import softstep.output

def write():
    softstep.output.write_file(pathlib.Path("x"), ["new" * 3000] * 3)

def kill_at(lines):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    def trace(frame, event, _):
        nonlocal lines
        if frame.f_code.co_filename == softstep.output.__file__:
            lines -= event == "line"
            if not lines:
                os.kill(os.getpid(), signal.{name})
            return trace
    sys.settrace(trace)
    write()
    os._exit(0)

if signal.{name} != signal.SIGKILL:
    signal.signal(signal.{name}, signal.SIG_DFL)  # it is ignored under nohup
for lines in range(1, 200):
    pathlib.Path("x").write_text("old")
    ended = kill_at(lines)
    others = [path for path in pathlib.Path().iterdir() if path.name != "x"]
    print(ended, pathlib.Path("x").read_text()[:4], len(others), all(path.name[0] == "." for path in others))
    for path in others:
        path.unlink()
    if not ended:
        break
"""
"""Write a file again and again, killed at the first line of `output`, then at the second, and so on."""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_kill_at_any_line_of_output_leaves_the_old_file_or_the_new_one(tmp_path: Path, name: str) -> None:
    code = KILL_AT_EACH_LINE.format(name=name)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env=environment_without_coverage(),
        cwd=tmp_path,
        timeout=60,
    )
    assert done.stderr == ""
    *killed, (status, *ended) = map(str.split, done.stdout.splitlines())
    assert (status, *ended) == ("0", "newn", "0", "True")
    assert len(killed) > 30
    assert {status for status, *_ in killed} == {str(-getattr(signal, name))}
    contents = [content for _, content, *_ in killed]
    assert contents == sorted(contents, reverse=True)  # the old file first, and from some line on the new one
    assert set(contents) == {"old", "newn"}
    left = [(int(count), is_hidden) for *_, count, is_hidden in killed if count != "0"]
    assert len(left) == 0 if name != "SIGKILL" else all(count == 1 and is_hidden == "True" for count, is_hidden in left)
