"""Terminals, pipes, encodings, full disks and kills; through a real process wherever its start or its end counts."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from support.running import (
    CONFIGS,
    ROOT,
    SOFTSTEP,
    Call,
    environment,
    environment_without_coverage,
    screen_output,
    screen_output_of_process,
)

EXAMPLE = CONFIGS / "doc_example.yaml"
POWERLESS = "setpriv --bounding-set=-all --inh-caps=-all" if os.geteuid() == 0 else ""
"""Before a command, takes from root what lets it write anywhere."""
WIDE = "logits:\n" + "".join(f"  node{i}: [{', '.join(f'-12345.{i}{c}' for c in range(1, 10))}]\n" for i in range(1, 4))


def run_in_shell(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A shell script in which $S is the command."""
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        encoding="utf-8",
        env=environment(S=" ".join(SOFTSTEP), **env),
        cwd=ROOT,
        timeout=60,
    )


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_no_screen_is_too_narrow_for_a_digit(columns: int, write: Callable[..., Path]) -> None:
    text, status = screen_output("run", write(WIDE), columns=columns, NO_COLOR="1")
    assert status == 0
    numbers = [f"-12345.{i}{c}" for i in range(1, 4) for c in range(1, 10)]
    assert all(re.search(rf"(?<![\d-]){re.escape(number)}(?!\d)", text) for number in numbers)
    assert max(len(line) for line in text.splitlines() if line.startswith("node")) <= max(columns, 20)


TABLE, ANSWERS = CONFIGS / "article_table.yaml", CONFIGS / "article_answers.yaml"
SCREENS = {
    "run": ["run", TABLE],
    "forward --work": ["forward", TABLE, "--work"],
    "loss --work": ["loss", TABLE, "--work"],
    "grad": ["grad", TABLE, "--param", "w0", "--work"],
    "update": ["update", TABLE],
    "check": ["check", TABLE, ANSWERS],
    "check --blank": ["check", TABLE, "--blank"],
    "train": ["train", TABLE],
    "gradcheck": ["gradcheck", TABLE],
    "--help": ["--help"],
    "train --help": ["train", "--help"],
}
"""Every kind of page that a terminal gets."""


def numbers(text: str) -> Counter[str]:
    """The numbers in a text, without what colours it and however its lines are folded."""
    return Counter(re.findall(r"\d[\d.]*(?:e-\d+)?", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)))


@pytest.mark.parametrize("command", SCREENS)
def test_every_command_has_every_number_on_every_screen(call: Call, command: str) -> None:
    wanted = numbers(call(*SCREENS[command]).stdout)
    assert wanted
    for columns in (20, 40, 60, 80, 200):
        text, _ = screen_output(*SCREENS[command], columns=columns)
        assert not wanted - numbers(text), columns


@pytest.mark.parametrize(
    "env",
    [
        {"NO_COLOR": "1"},
        {"NO_COLOR": "1", "FORCE_COLOR": "1"},
        {"FORCE_COLOR": "1"},
        {"TERM": "dumb"},
        {"GITHUB_ACTIONS": "true"},
        pytest.param({"PYTHONIOENCODING": "ascii"}, marks=pytest.mark.slow),
        pytest.param({"PYTHONIOENCODING": "gbk"}, marks=pytest.mark.slow),
        pytest.param({"PYTHONIOENCODING": "cp1252:strict"}, marks=pytest.mark.slow),
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_every_command_has_every_number_in_every_environment(call: Call, env: dict[str, str]) -> None:
    show = screen_output_of_process if {"PYTHONIOENCODING", "PYTHONUTF8"} & {*env} else screen_output
    for command in ("run", "check", "train", "gradcheck", "--help"):
        wanted, status = numbers((done := call(*SCREENS[command])).stdout), done.returncode
        text, ended = show(*SCREENS[command], **env)
        assert not wanted - numbers(text), command
        assert ended == status
        assert "\x1b" not in text or not {"NO_COLOR", "TERM"} & {*env}
        assert (text.isascii() and "\\" not in text) or not {"PYTHONIOENCODING", "LC_ALL"} & {*env}


def test_a_wide_table_is_drawn_in_parts_on_a_screen_and_in_one_in_a_pipe(
    call: Call, write: Callable[..., Path]
) -> None:
    path = write(WIDE)
    on_60, _ = screen_output("run", path, columns=60, NO_COLOR="1")
    in_a_pipe = call("run", path).stdout
    assert on_60.count("\nnode ") > in_a_pipe.count("\nnode ")
    assert any(len(line) > 100 for line in in_a_pipe.splitlines() if line.startswith("node"))


def test_names_that_look_like_markup_are_printed_as_they_are(call: Call, write: Callable[..., Path]) -> None:
    path = write('title: "[bold]x[/]"\nlogits: {"[w0]": [1, 2], ":heart:": [1, 2], "a[/b]": [1, 2], "[red]": [1, 2]}\n')
    text = call("run", path).stdout
    for name in ("[w0]", ":heart:", "a[/b]", "[red]", "[bold]x[/]"):
        assert f"\n{name}" in f"\n{text}"


def test_a_screen_gets_colour_and_a_pipe_none(call: Call) -> None:
    assert "\x1b[1m" in screen_output("forward", EXAMPLE)[0]
    assert "\x1b" not in call("forward", EXAMPLE).stdout
    assert "\x1b[1m" in call("forward", EXAMPLE, "--color", "always").stdout
    assert "\x1b" not in screen_output("forward", EXAMPLE, "--color", "never")[0]


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb terminal"])
def test_an_environment_that_asks_for_no_colour_gets_not_even_bold(env: dict[str, str]) -> None:
    assert "\x1b" not in screen_output("forward", EXAMPLE, **env)[0]


@pytest.mark.parametrize(("value", "coloured"), [("0", False), ("", False), ("1", True)])
def test_force_color_means_what_it_says(call: Call, value: str, coloured: bool) -> None:
    assert ("\x1b" in call("forward", EXAMPLE, env={"FORCE_COLOR": value}).stdout) == coloured


def test_colour_and_bars_change_no_figure(call: Call) -> None:
    coloured = call("run", EXAMPLE, "--color", "always").stdout
    plain = call("run", EXAMPLE).stdout
    assert re.sub(r"\x1b\[[\d;]*m|[▏▎▍▌▋▊▉█─]", "", coloured).split() == plain.replace("─", "").split()


def test_without_more_than_ascii_sizes_stand_as_signs_and_shares_as_bars(call: Call) -> None:
    lines = call("forward", EXAMPLE, "--color", "always", "--ascii").stdout.splitlines()
    assert all(line.isascii() for line in lines)
    rows = [re.sub(r"\x1b\[[\d;]*m", "", line).split() for line in lines]
    assert ["1", "[0.68]", "++", "0.57", "++", "0.82*", "+++"] in rows
    assert ["1", "[0.33]", "###", "0.29", "##", "0.38*", "###"] in rows


def test_a_screen_gets_bars_and_shades_and_one_without_colour_bars_alone() -> None:
    text, _ = screen_output("run", EXAMPLE)
    assert "██▋" in text
    assert re.search(r"\x1b\[30;48;5;\d+m", text)
    plain, _ = screen_output("run", EXAMPLE, NO_COLOR="1")
    assert "██▋" in plain
    assert "\x1b" not in plain
    none, _ = screen_output("run", EXAMPLE, "--color", "never")
    assert "█" not in none
    assert "\x1b" not in none


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "gbk", "cp437", "shift_jis"])
@pytest.mark.parametrize("command", ["run", pytest.param("grad", marks=pytest.mark.slow)])
def test_an_encoding_without_the_pages_signs_gets_ascii(command: str, encoding: str) -> None:
    done = subprocess.run(
        [*SOFTSTEP, command, str(EXAMPLE)],
        capture_output=True,
        env=environment(PYTHONIOENCODING=encoding),
        cwd=ROOT,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert text.isascii()
    assert "dL/dw1" in text
    assert "-1.62" in text


def test_ascii_may_be_asked_for_and_has_the_same_figures(call: Call) -> None:
    text = call("run", EXAMPLE, "--ascii").stdout
    assert text.isascii()
    assert "W' = W - alpha dW" in text
    assert "0.17 -> 0.49" in text
    number = re.compile(r"-?\d+\.\d+")
    assert number.findall(text) == number.findall(call("run", EXAMPLE).stdout)


def test_a_name_that_the_encoding_lacks_is_escaped(write: Callable[..., Path]) -> None:
    path = write("logits: {论文: [1, 2]}\n")
    done = run_in_shell(f"$S forward {path}", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u8bba\\u6587" in done.stdout


@pytest.mark.parametrize(("encoding", "name"), [("gbk", "论文"), ("latin-1", "Größe"), ("cp1252", "année")])
def test_a_name_that_the_encoding_has_is_printed_as_it_is(write: Callable[..., Path], encoding: str, name: str) -> None:
    path = write(f"embeddings: {{{name}: [1, 2]}}\nweights: [[1, 0], [0, 1]]\n")
    command, env = [*SOFTSTEP, "forward", str(path)], environment(PYTHONIOENCODING=encoding)
    done = subprocess.run(command, capture_output=True, env=env, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert f"\n{name} " in text
    assert text.replace(name, "").isascii()
    assert "H = Z W^T + b" in text


def test_programs_get_utf_8_whatever_the_locale(write: Callable[..., Path]) -> None:
    path = write("logits: {论文: [1, 2]}\n")
    done = run_in_shell(f"$S forward {path} -f csv", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0
    assert "normalizers,论文,," in done.stdout


def test_a_reader_that_stops_early_is_no_error(call: Call) -> None:
    done = run_in_shell(f"$S run {EXAMPLE} -f csv | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("step,row,column,value\n", "")
    assert done.returncode in (0, 141)
    here, there = os.pipe()
    os.close(here)
    process = subprocess.Popen(
        [*SOFTSTEP, "run", str(EXAMPLE)], stdout=there, stderr=subprocess.PIPE, env=environment()
    )
    os.close(there)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == -signal.SIGPIPE  # which a shell calls 141


@pytest.mark.parametrize("arguments", ["run", "loss -f plain", "run -f json", "update -f yaml", "--help", "--version"])
def test_a_full_disk_is_said_and_ends_with_2(arguments: str) -> None:
    done = run_in_shell(f"$S {arguments} > /dev/full")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("softstep: standard output cannot be written (No space left on dev")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_closed_standard_output_is_said_and_ends_with_2(tmp_path: Path) -> None:
    done = run_in_shell(f"$S run {EXAMPLE} >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "softstep: standard output is closed; open it, or name a file with -o FILE\n"
    assert run_in_shell(f"$S run {EXAMPLE} -o {tmp_path / 'x.txt'} >&-").returncode == 0


def test_a_closed_standard_error_keeps_complaints_out_of_the_output() -> None:
    done = run_in_shell("$S run missing.yaml 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_closed_standard_input_is_said() -> None:
    done = run_in_shell("$S run - <&-")
    assert done.returncode == 2
    assert done.stderr == "<stdin>: standard input is closed; name a config\n"


def test_a_place_is_never_broken_over_lines(write: Callable[..., Path]) -> None:
    path = write("learning_rate: fast\n")
    text, status = screen_output("run", path, columns=30)
    assert status == 2
    assert text == f"{path}:1:16: learning_rate: 'fast'; expected a decimal number; write a number such as 0.5\n" + (
        "    learning_rate: fast\n                   ^\n"
    )


def test_control_c_ends_with_130() -> None:
    here, there = pty.openpty()
    process = subprocess.Popen(
        [*SOFTSTEP, "run", "-"],
        stdin=there,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which is ignored in the background
    )
    assert process.stderr
    assert b"from the keyboard" in process.stderr.readline()  # so it has started, and waits
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 130
    os.close(here)
    os.close(there)


def test_a_person_at_the_keyboard_is_told_how_to_end() -> None:
    here, there = pty.openpty()
    process = subprocess.Popen(
        [*SOFTSTEP, "loss", "-", "-f", "plain"],
        stdin=there,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    os.write(here, b"probabilities: [[0.5, 0.5]]\nlabels: [0]\n\x04")
    out, err = process.communicate(timeout=60)
    os.close(here)
    os.close(there)
    assert (out, err) == (
        b"0.6931471805599453\n",
        b"softstep: reading a config from the keyboard; end it with Ctrl-D\n",
    )


def test_an_output_file_is_replaced_whole_and_keeps_its_mode(call: Call, tmp_path: Path) -> None:
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


def test_a_new_output_file_has_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    assert run_in_shell(f"umask 027; $S run {EXAMPLE} -o {tmp_path / 'out.txt'}").returncode == 0
    assert (tmp_path / "out.txt").stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
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


def unwritable(command: str, name: str) -> object:
    """A file that the command cannot write, for a run of the test; slow where root needs a process for it."""
    file, why = UNWRITABLE[name]
    is_slow = bool(POWERLESS) and why == "Permission denied" and command != "run"
    return pytest.param(command, file, why, id=f"{command}, {name}", marks=[pytest.mark.slow] * is_slow)


@pytest.mark.parametrize(
    ("command", "file", "why"),
    [unwritable(command, name) for command in ("run", "forward", "train", "gradcheck", "check") for name in UNWRITABLE],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(
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


READ = {
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
def test_what_is_read_is_never_written(call: Call, tmp_path: Path, arguments: str, file: str) -> None:
    for name, text in READ.items():
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
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.name in READ} == READ


def test_a_config_that_nobody_named_is_not_written_either(call: Call) -> None:
    before = EXAMPLE.read_text()
    for env in ({}, {"SOFTSTEP_CONFIG": str(EXAMPLE)}):
        done = call("run", "-q", "-f", "yaml", "-o", EXAMPLE, env=env)
        assert "doc_example.yaml cannot be written (it is what this is made from)" in done.stderr
        assert EXAMPLE.read_text() == before


@pytest.mark.parametrize(
    "arguments", ["update c.yaml -o c.yaml", "update - -f yaml -o c.yaml < c.yaml", "train c.yaml -f yaml -o link"]
)
def test_the_next_config_takes_the_place_of_the_config(call: Call, tmp_path: Path, arguments: str) -> None:
    for name, text in READ.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("c.yaml")
    if "<" in arguments:
        done = run_in_shell(f"cd {tmp_path}; $S {arguments}")
    else:
        done = call(*arguments.split(), cwd=tmp_path)
    assert done.returncode == 0
    assert call("loss", tmp_path / "c.yaml", "-q").returncode == 0
    assert "biases" in (tmp_path / "c.yaml").read_text()
    assert (tmp_path / "nodes.csv").read_text() == READ["nodes.csv"]


def test_a_named_pipe_stays_one_and_its_reader_gets_all(call: Call, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run_in_shell(f"$S run {EXAMPLE} -f csv -o {pipe} & cat {pipe}; wait $!")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == call("run", EXAMPLE, "-f", "csv").stdout
    assert pipe.is_fifo()


def test_a_link_to_no_file_yet_leads_to_the_new_one(call: Call, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.csv")
    assert call("loss", EXAMPLE, "-f", "plain", "-o", tmp_path / "link").returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new.csv").read_text() == "1.1358\n"


def test_an_open_descriptor_is_written_to_whoever_may_open_its_file(tmp_path: Path) -> None:
    script = f"cd {tmp_path}; touch x; chmod 444 x; chmod 555 .; exec 3> /dev/null; {POWERLESS} $S loss -q -o /dev/fd/3"
    assert run_in_shell(script).returncode == 0
    tmp_path.chmod(0o755)


def test_a_device_is_written_to_as_it_is(call: Call) -> None:
    done = run_in_shell(f"$S loss {EXAMPLE} -f plain -o /dev/stdout")
    assert (done.returncode, done.stdout) == (0, "1.1358\n")
    assert call("loss", EXAMPLE, "-f", "plain", "-o", "-").stdout == "1.1358\n"
    assert call("loss", EXAMPLE, "-f", "plain", "-o", "/dev/full").returncode == 2


def test_what_a_shell_prints_before_and_after_stays(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_in_shell(f"(echo before; $S loss {EXAMPLE} -f plain -o /dev/stdout; echo after) > {log}")
    assert log.read_text() == "before\n1.1358\nafter\n"


def test_a_link_that_leads_to_itself_is_said(call: Call, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = call("loss", EXAMPLE, "-o", tmp_path / "loop")
    assert done.returncode == 2
    assert "loop cannot be written" in done.stderr


@pytest.mark.parametrize("arguments", ["--help", "--version", "run -h"])
def test_help_that_cannot_be_printed_is_said_too(arguments: str) -> None:
    done = run_in_shell(f"$S {arguments} >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "softstep: standard output cannot be written (closed); free it\n"


def test_a_full_standard_error_changes_no_exit_status() -> None:
    assert run_in_shell("$S run missing.yaml 2> /dev/full").returncode == 2
    assert run_in_shell("$S walk 2> /dev/full").returncode == 2
    assert run_in_shell("$S run 2> /dev/full > /dev/null").returncode == 0


def test_an_environment_that_forces_colour_colours_no_file(call: Call, tmp_path: Path) -> None:
    done = call("run", EXAMPLE, "-o", tmp_path / "x.txt", env={"FORCE_COLOR": "1"})
    assert done.returncode == 0
    assert "\x1b" not in (tmp_path / "x.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_command_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path: Path, name: str) -> None:
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


KILLED_AT_EACH_LINE = """
import os, pathlib, signal, sys
import softstep.output

def write():
    softstep.output.write_file(pathlib.Path("x"), ["new" * 3000] * 3)

def killed(lines):
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
    signal.signal(signal.{name}, signal.SIG_DFL)  # which is ignored under nohup
for lines in range(1, 200):
    pathlib.Path("x").write_text("old")
    ended = killed(lines)
    others = [path for path in pathlib.Path().iterdir() if path.name != "x"]
    print(ended, pathlib.Path("x").read_text()[:4], len(others), all(path.name[0] == "." for path in others))
    for path in others:
        path.unlink()
    if not ended:
        break
"""
"""Writes a file again and again, killed at the first line of `output`, then at the second, and so on."""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_whichever_line_is_the_last_the_file_is_the_old_or_the_new_one(tmp_path: Path, name: str) -> None:
    code = KILLED_AT_EACH_LINE.format(name=name)
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
    assert contents == sorted(contents, reverse=True)  # the old one, and from some line on the new one
    assert set(contents) == {"old", "newn"}
    left = [(int(count), is_hidden) for *_, count, is_hidden in killed if count != "0"]
    assert len(left) == 0 if name != "SIGKILL" else all(count == 1 and is_hidden == "True" for count, is_hidden in left)


def test_control_c_while_it_starts_ends_without_a_traceback() -> None:
    code = "import sys, softstep.__main__ as m\nsys.modules['typer'] = None\n"
    interrupted = "class Stop:\n def find_spec(*_): raise KeyboardInterrupt\nsys.meta_path.insert(0, Stop)\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}del sys.modules['typer']\n{interrupted}m.main()"],
        capture_output=True,
        env=environment(),
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (130, b"")


RAW = "\x1b[31m\x9b\u202e\x07"
"""What colours a screen, twice, turns its letters round, and rings."""

SPELT = r"\e[31m\x9b\u202E\a"
"""The same as YAML spells it."""

PLAIN = "embeddings: {a: [1, 2]}\nlabels: {a: 0}\nweights: [[1, 2], [0, 1]]\nlearning_rate: 1\n"


def is_harmless(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether nothing that was printed does anything to a terminal, and Python said nothing."""
    text = done.stdout + done.stderr
    return all(sign.isprintable() or sign in "\n\N{NO-BREAK SPACE}" for sign in text) and "Traceback" not in text


@pytest.mark.parametrize(
    "text",
    [
        f'title: "{SPELT}"\n{PLAIN}',
        PLAIN.replace("{a: [", f'{{"{SPELT}": ['),
        PLAIN.replace("labels: {a: 0}", f'labels: {{a: "{SPELT}"}}'),
        PLAIN.replace("learning_rate: 1", f'learning_rate: "{SPELT}"'),
        PLAIN.replace("{a: [1, 2]}", f'{{file: "{SPELT}.csv"}}'),
        PLAIN.replace("{a: [1, 2]}", '{file: "raw.csv"}'),
        *(f'{PLAIN}{key}: ["{SPELT}", b]\n' for key in ("classes", "features")),
        *(f'{PLAIN}{key}: "{SPELT}"\n' for key in ("gradient", "rounding", "marks", "logits")),
        f'{PLAIN}"{SPELT}": 1\n',
        f"{PLAIN}title: {RAW}\n",
        f"{PLAIN}title: !{RAW} x\n",
        f"{PLAIN}title: !!x%1b%5b x\n",
        f"{PLAIN}title: *{RAW}\n",
    ],
)
def test_terminal_escapes_in_a_config_never_reach_the_screen(call: Call, write: Callable[..., Path], text: str) -> None:
    write(f"id,x{RAW},y\na{RAW},1{RAW},2\n", "raw.csv")
    done = call("run", write(text))
    assert done.returncode == 2
    assert is_harmless(done)


@pytest.mark.parametrize(
    "sheet",
    [
        f'name: "{SPELT}"\nloss: 1\n',
        f'loss: "{SPELT}"\nlogits: {{"a{SPELT}": [1, 2], a: ["{SPELT}", 2]}}\npredictions: {{a: "{SPELT}"}}\n',
        f'"{SPELT}": 1\n',
        f"step,row,column,value\nname,,,{RAW}\nloss,,,1\n",
        f"step,row,column,value\nloss,,,{RAW}\nlogits,a{RAW},0,2\nlogits,a,0{RAW},2\npredictions,a,,{RAW}\n",
        f"step,row,column,value\n{RAW},a,0,1\n",
        f"step,row,column,{RAW}\n",
    ],
)
def test_terminal_escapes_in_a_sheet_never_reach_the_screen(call: Call, write: Callable[..., Path], sheet: str) -> None:
    config, file = write(PLAIN), write(sheet, f"{RAW}.yaml")
    for kind in ("table", "markdown", "csv", "json"):
        assert is_harmless(call("check", config, file, file.with_name(f"{RAW}\udcff"), "-f", kind))


def test_terminal_escapes_in_a_file_name_never_reach_the_screen(call: Call, tmp_path: Path) -> None:
    path = tmp_path / f"{RAW}.yaml"
    assert is_harmless(call("run", path))
    path.write_text("logits: [[x]]\n")
    assert is_harmless(call("run", path))
    assert is_harmless(call("run", env={"SOFTSTEP_CONFIG": str(path)}))
    path.write_text(PLAIN)
    for kind in ("table", "markdown", "latex", "html", "json", "csv", "yaml"):
        done = call("run", path, "-f", kind)
        assert done.returncode == 0
        assert is_harmless(done)
    for command in ("train", "gradcheck"):
        assert is_harmless(call(command, path))
    assert is_harmless(call("run", path, "-o", path))


@pytest.mark.parametrize(
    "arguments",
    [
        *([f"{before}{RAW}"] for before in ("", "--", "-", "run", "--form")),
        *(["run", "-q", option, RAW] for option in ("--node", "--class", "--step", "--param", "--decimals", "--color")),
        *(["run", "-q", option, f"{RAW}/x"] for option in ("-f", "-o")),
        *(
            ["run", *more]
            for more in ([RAW], [EXAMPLE, RAW], [f"--{RAW}"], [f"-{RAW}"], [f"--work={RAW}"], [f"-f{RAW}"])
        ),
        ["run", "-q", "-o", f"{RAW}.pdf"],
        *(["train", "-q", option, RAW] for option in ("--steps", "--every", "--until-loss", "--plot")),
        *(["train", "-q", option, f"{RAW}/x.svg"] for option in ("--history", "--plot")),
        ["train", "-q", "--history", RAW, "-o", RAW],
        ["gradcheck", "-q", "--tolerance", RAW],
        *(["check", *more] for more in ([RAW, RAW], [EXAMPLE, RAW], [EXAMPLE, RAW, "--blank"], [EXAMPLE, "-f", RAW])),
    ],
    ids=lambda arguments: " ".join(map(str, arguments)).replace(RAW, "*").replace(str(ROOT), "."),
)
def test_terminal_escapes_in_an_argument_never_reach_the_screen(call: Call, arguments: list[str | Path]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert is_harmless(done)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("c.yaml", "No such command 'c.yaml'; did you mean softstep run c.yaml?"),
        ("configs/doc_example.yaml --work", "did you mean softstep run configs/doc_example.yaml?"),
        ("README.md", "did you mean softstep run README.md?"),
        ("-", "did you mean softstep run -?"),
        ("walk", "No such command 'walk'; see softstep --help"),
        ("--walk", "No such option: --walk; see softstep --help"),
        ("train --history", "Option '--history' requires an argument; see softstep train --help"),
        ("run --work=yes", "Option '--work' does not take a value; see softstep run --help"),
    ],
)
def test_a_command_line_that_cannot_be_read_gets_the_hint_that_helps(call: Call, arguments: str, said: str) -> None:
    done = call(*arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("softstep: ")
    assert done.stderr.endswith(f"{said}\n")
    assert done.stderr.count("\n") == 1
