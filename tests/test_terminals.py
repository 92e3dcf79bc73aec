"""Terminals, pipes, encodings and Ctrl-C; in a process of its own if its start or its end matters."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from support.running import (
    CONFIGS,
    ROOT,
    SOFTSTEP,
    Call,
    environment,
    run_in_shell,
    screen_output,
    screen_output_of_process,
)

EXAMPLE = CONFIGS / "doc_example.yaml"
WIDE = "logits:\n" + "".join(f"  node{i}: [{', '.join(f'-12345.{i}{c}' for c in range(1, 10))}]\n" for i in range(1, 4))


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_no_screen_is_too_narrow_to_show_every_digit(columns: int, write: Callable[..., Path]) -> None:
    text, status = screen_output("run", write(WIDE), columns=columns, NO_COLOR="1")
    assert status == 0
    wanted = [f"-12345.{i}{c}" for i in range(1, 4) for c in range(1, 10)]
    assert all(re.search(rf"(?<![\d-]){re.escape(number)}(?!\d)", text) for number in wanted)
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
"""Every kind of page, as it is printed on a terminal."""


def numbers_in(text: str) -> Counter[str]:
    """The numbers in a text, without colours and wherever its lines are wrapped."""
    return Counter(re.findall(r"\d[\d.]*(?:e-\d+)?", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)))


@pytest.mark.parametrize("command", SCREENS)
def test_every_command_has_every_number_on_every_screen(call: Call, command: str) -> None:
    wanted = numbers_in(call(*SCREENS[command]).stdout)
    assert wanted
    for columns in (20, 40, 60, 80, 200):
        text, _ = screen_output(*SCREENS[command], columns=columns)
        assert not wanted - numbers_in(text), columns


@pytest.mark.slow
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
        wanted, status = numbers_in((done := call(*SCREENS[command])).stdout), done.returncode
        text, ended = show(*SCREENS[command], **env)
        assert not wanted - numbers_in(text), command
        assert ended == status
        assert "\x1b" not in text or not {"NO_COLOR", "TERM"} & {*env}
        assert (text.isascii() and "\\" not in text) or not {"PYTHONIOENCODING", "LC_ALL"} & {*env}


@pytest.mark.parametrize(("columns", "width"), [(None, 80), ("120", 120), ("60", 60), ("x", 80)])
def test_a_pipe_is_as_wide_as_columns_says_or_80(
    call: Call, write: Callable[..., Path], columns: str | None, width: int
) -> None:
    lines = call("run", write(WIDE), env={"COLUMNS": columns} if columns else {}).stdout.splitlines()
    tables = [line for line in lines if "─" in line]
    assert max(map(len, tables)) == width  # the headings of the stages
    on_screen, _ = screen_output("run", write(WIDE), columns=width, NO_COLOR="1")
    assert [line for line in on_screen.splitlines() if "─" in line] == tables


@pytest.mark.parametrize("columns", ["20", "40", "60", "80", "100", "140"])
@pytest.mark.parametrize("command", ["run", "check", "train", "gradcheck"])
def test_no_digit_is_lost_in_a_narrow_pipe(call: Call, command: str, columns: str) -> None:
    wide = numbers_in(call(*SCREENS[command], env={"COLUMNS": "500"}).stdout)
    assert not wide - numbers_in(call(*SCREENS[command], env={"COLUMNS": columns}).stdout)


def test_names_that_look_like_markup_are_printed_unchanged(call: Call, write: Callable[..., Path]) -> None:
    path = write('title: "[bold]x[/]"\nlogits: {"[w0]": [1, 2], ":heart:": [1, 2], "a[/b]": [1, 2], "[red]": [1, 2]}\n')
    text = call("run", path).stdout
    for name in ("[w0]", ":heart:", "a[/b]", "[red]", "[bold]x[/]"):
        assert f"\n{name}" in f"\n{text}"


def test_a_screen_gets_colour_and_a_pipe_does_not(call: Call) -> None:
    assert "\x1b[1m" in screen_output("forward", EXAMPLE)[0]
    assert "\x1b" not in call("forward", EXAMPLE).stdout
    assert "\x1b[1m" in call("forward", EXAMPLE, "--color", "always").stdout
    assert "\x1b" not in screen_output("forward", EXAMPLE, "--color", "never")[0]


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb terminal"])
def test_an_environment_without_colour_gets_no_bold_either(env: dict[str, str]) -> None:
    assert "\x1b" not in screen_output("forward", EXAMPLE, **env)[0]


@pytest.mark.parametrize(("value", "coloured"), [("0", False), ("", False), ("1", True)])
def test_force_color_turns_colour_on_unless_it_is_0_or_empty(call: Call, value: str, coloured: bool) -> None:
    assert ("\x1b" in call("forward", EXAMPLE, env={"FORCE_COLOR": value}).stdout) == coloured


@pytest.mark.parametrize("options", [[], ["--heat"], ["--ascii"]], ids=" ".join)
@pytest.mark.parametrize("command", ["run", "check"])
def test_colour_changes_no_character(call: Call, command: str, options: list[str]) -> None:
    options = [] if command == "check" else options
    coloured = call(*SCREENS[command], *options, "--color", "always").stdout
    assert "\x1b" in coloured
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == call(*SCREENS[command], *options).stdout.splitlines()


def test_a_cell_has_a_background_only_with_heat(call: Call, call_process: Call) -> None:
    colours = ["--color", "always"]
    assert not re.search(r"\x1b\[[\d;]*4[0-8][;m]", call("run", EXAMPLE, *colours).stdout)
    in_256 = call("run", EXAMPLE, *colours, "--heat").stdout
    assert re.search(r"\x1b\[[\d;]*48;5;\d+m", in_256)
    in_24_bit = call_process("run", EXAMPLE, *colours, "--heat", env={"COLORTERM": "truecolor"}).stdout
    assert "48;2;33;102;172" in in_24_bit  # the largest entry of each matrix
    assert "\x1b" not in call("run", EXAMPLE, "--heat").stdout


def test_true_and_predicted_classes_have_colours_and_signs(call: Call) -> None:
    text = call("forward", EXAMPLE, "--color", "always").stdout
    assert re.search(r"\x1b\[32m *\[0\.68\]", text)
    assert re.search(r"\x1b\[1;33m *0\.82\*", text)


@pytest.mark.parametrize(("verdict", "colour"), [("wrong", "1;31"), ("rounded", "36"), ("error carried forward", "35")])
def test_a_verdict_has_a_colour_and_a_word(call: Call, verdict: str, colour: str) -> None:
    assert re.search(rf"\x1b\[{colour}m *{verdict}", call(*SCREENS["check"], "--color", "always").stdout)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "gbk", "cp437", "shift_jis"])
@pytest.mark.parametrize("command", ["run", "grad"])
def test_an_encoding_without_the_signs_of_the_page_gets_ascii(command: str, encoding: str) -> None:
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


def test_the_option_ascii_gives_the_same_figures(call: Call) -> None:
    text = call("run", EXAMPLE, "--ascii").stdout
    assert text.isascii()
    assert "W' = W - alpha dW" in text
    assert "1.1358 -> 1.1468" in text
    number = re.compile(r"-?\d+\.\d+")
    assert number.findall(text) == number.findall(call("run", EXAMPLE).stdout)


def test_a_name_outside_the_encoding_is_escaped(write: Callable[..., Path]) -> None:
    path = write("logits: {论文: [1, 2]}\n")
    done = run_in_shell(f"$S forward {path}", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u8bba\\u6587" in done.stdout


@pytest.mark.parametrize(("encoding", "name"), [("gbk", "论文"), ("latin-1", "Größe"), ("cp1252", "année")])
def test_a_name_within_the_encoding_is_printed_unchanged(write: Callable[..., Path], encoding: str, name: str) -> None:
    path = write(f"embeddings: {{{name}: [1, 2]}}\nweights: [[1, 0], [0, 1]]\n")
    command, env = [*SOFTSTEP, "forward", str(path)], environment(PYTHONIOENCODING=encoding)
    done = subprocess.run(command, capture_output=True, env=env, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert f"\n{name} " in text
    assert text.replace(name, "").isascii()
    assert "H = Z W^T + b" in text


def test_formats_for_programs_are_utf_8_in_every_locale(write: Callable[..., Path]) -> None:
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
    assert process.returncode == -signal.SIGPIPE  # a shell calls this 141


def test_a_closed_standard_error_keeps_complaints_out_of_the_output() -> None:
    done = run_in_shell("$S run missing.yaml 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_closed_standard_input_is_reported() -> None:
    done = run_in_shell("$S run - <&-")
    assert done.returncode == 2
    assert done.stderr == "<stdin>: standard input is closed; name a config\n"


def test_a_complaint_is_not_wrapped_on_a_narrow_screen(write: Callable[..., Path]) -> None:
    path = write("learning_rate: fast\n")
    text, status = screen_output("run", path, columns=30)
    assert status == 2
    assert text == f"{path}:1:16: learning_rate: 'fast'; expected a decimal number; write a number such as 0.5\n" + (
        "    learning_rate: fast\n                   ^\n"
    )


def test_control_c_gives_status_130() -> None:
    here, there = pty.openpty()
    process = subprocess.Popen(
        [*SOFTSTEP, "run", "-"],
        stdin=there,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background process ignores it
    )
    assert process.stderr
    assert b"from the keyboard" in process.stderr.readline()  # it has started and waits for input
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 130
    os.close(here)
    os.close(there)


def test_reading_from_the_keyboard_prints_how_to_end_the_input() -> None:
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


def test_control_c_during_the_start_gives_no_traceback() -> None:
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
"""Control characters: two that colour the screen, one that reverses the text, and the bell."""

SPELT = r"\e[31m\x9b\u202E\a"
"""The same, as YAML writes it."""

PLAIN = "embeddings: {a: [1, 2]}\nlabels: {a: 0}\nweights: [[1, 2], [0, 1]]\nlearning_rate: 1\n"


def is_harmless(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether the output has no control characters and no traceback."""
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


@pytest.mark.parametrize("columns", ["9" * 5000, "100000000", "-1", "80.5", "٨٠", ""])
def test_a_page_is_80_wide_if_columns_is_no_width(call: Call, columns: str) -> None:
    assert call("loss", EXAMPLE, env={"COLUMNS": columns}).stdout == call("loss", EXAMPLE).stdout


def test_the_width_of_a_terminal_goes_before_columns() -> None:
    on_60, _ = screen_output("run", EXAMPLE, columns=60, NO_COLOR="1")
    assert screen_output("run", EXAMPLE, columns=60, NO_COLOR="1", COLUMNS="120")[0] == on_60


def test_a_number_is_not_wrapped_in_a_pipe(call: Call) -> None:
    assert call("loss", EXAMPLE, env={"COLUMNS": "20"}).stdout.endswith("\nLoss  L = (1/N) Σ ℓ_i = 1.1358\n")


def test_workings_are_aligned_on_their_first_equals_sign_and_not_on_one_in_a_name(
    call: Call, write: Callable[..., Path]
) -> None:
    path = write('logits: {"a = b": [1, 2], c: [0, 1]}\n')
    lines = call("forward", path, "--step", "exponentials", "--work").stdout.splitlines()[-4:]
    assert [line.index("= exp(") for line in lines] == [13] * 4
    assert lines[0].startswith('e_"a = b"[0] = exp(h_"a = b"[0]) = exp(1) ')


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_workings_fit_a_terminal_and_are_broken_before_signs(write: Callable[..., Path], columns: int) -> None:
    names = ", ".join(f"特征{i}" for i in range(6))
    path = write(
        f"features: [{names}]\nembeddings: {{节点: [1, 2, 3, 4, 5, 6.5]}}\n"
        "weights: [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]\n"
    )
    text, _ = screen_output(
        "forward", path, "--work", "--step", "logits", "--class", "0", columns=columns, NO_COLOR="1"
    )
    lines = text.splitlines()
    assert all(cell_len(line) <= columns for line in lines)
    first = next(i for i, line in enumerate(lines) if line.startswith("h_"))
    assert all(line.lstrip()[0] in "+=≈" for line in lines[first + 1 :] if line)


@pytest.mark.parametrize("columns", [20, 40, 60])
def test_the_curve_of_a_training_keeps_its_lines_on_a_narrow_terminal(columns: int) -> None:
    text, _ = screen_output("train", CONFIGS / "article_table.yaml", "--steps", "20", columns=columns, NO_COLOR="1")
    bars = [line for line in text.splitlines() if "│" in line]
    assert len(bars) == 8
    assert columns < 40 or max(map(len, bars)) <= columns
