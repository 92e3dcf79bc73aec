"""A stranger's config, sheet or data file cannot run code, read devices, reveal other files or fill the memory."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.running import CONFIGS, Call, environment_without_coverage

import softstep

Write = Callable[..., Path]

TRAPS = [
    "!!python/object/apply:os.system ['touch sprung']",
    "!!python/object/apply:subprocess.check_output [[touch, sprung]]",
    "!!python/object/new:os.system ['touch sprung']",
    "!!python/name:os.system",
    "!!python/module:os",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch sprung']",
    "!include sprung",
    "$(touch sprung)",
    "`touch sprung`",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% include 'sprung' %}",
    "__import__('os').system('touch sprung')",
    "=cmd|'/C touch sprung'!A1",
    "\\write18{touch sprung}",
    "<script>fetch('sprung')</script>",
    "; touch sprung",
    "../../sprung",
]
"""Texts that run code if a value is resolved, evaluated, expanded or pasted."""


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize(
    "text",
    [
        "title: {}\nlogits: [[1, 2]]\n",
        "logits: {}\n",
        "logits: [[{}, 1]]\n",
        "logits: {{{}: [1, 2]}}\n",
        "logits: [[1, 2]]\nclasses: [{}, b]\n",
        "logits: {{file: {}}}\n",
        "logits: |\n  1,{},2\n",
    ],
)
def test_no_value_of_a_config_runs_code(trap: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(text.format(trap))
    try:
        result = softstep.load("c.yaml").run()
    except softstep.SoftstepError:
        pass
    else:
        assert all(result.text(name) for name in ("table", "json", "yaml", "csv", "html", "latex", "markdown"))
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


@pytest.mark.parametrize("trap", TRAPS)
def test_no_answer_of_a_sheet_runs_code(trap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("s.yaml", f"name: {trap}\nloss: {trap}\n"),
        ("s.csv", f"step,row,column,value\nname,,,{trap}\nloss,,,{trap}\n"),
    ):
        Path(name).write_text(text)
        report = softstep.load(CONFIGS / "doc_example.yaml").check(name)
        assert report.status in (1, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.csv", "s.yaml"]


@pytest.mark.parametrize("key", ["embeddings", "labels", "weights", "biases", "logits"])
def test_only_a_regular_file_is_read(key: str, tmp_path: Path, call: Call) -> None:
    """Other files, such as pipes and devices, may never end."""
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket.csv"))
        (tmp_path / "link.csv").symlink_to("/dev/zero")
        (tmp_path / "folder.csv").mkdir()
        for name in ("pipe.csv", "socket.csv", "link.csv", "folder.csv", "/dev/zero", "/dev/stdin", "/dev/tty", "."):
            config = tmp_path / "c.yaml"
            config.write_text(f"{key}: {{file: {name}}}\n")
            with pytest.raises(softstep.SoftstepError, match=r"c\.yaml:1:\d+: \w+: .*(no regular file|folder|no such)"):
                softstep.load(config)
    for name in ("pipe.csv", "folder.csv", "/dev/zero"):
        done = call("run", name, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "secret",
    ["root:x:0:0:root:/root:/bin/bash\n" * 5, "-----BEGIN KEY-----\nhunter2hunter2\n", "PASSWORD=hunter2\n"],
)
@pytest.mark.parametrize("key", ["embeddings", "labels", "weights", "biases"])
def test_a_complaint_does_not_reveal_the_content_of_a_file(key: str, secret: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(secret)
    (tmp_path / "c.yaml").write_text(f"logits: [[1, 2]]\n{key}: {{file: secret}}\n")
    with pytest.raises(softstep.SoftstepError) as refused:
        softstep.load(tmp_path / "c.yaml")
    assert "hunter2" not in str(refused.value)
    assert "/bin/bash" not in str(refused.value)


PRINT_PEAK_MEMORY = """
import atexit, sys
from softstep.__main__ import main
atexit.register(lambda: print(*(line for line in open("/proc/self/status") if "VmHWM" in line), file=sys.stderr))
main()
"""


def run_and_measure_memory(path: Path) -> tuple[int, int, str]:
    """Run a config; return the exit status, the peak memory in megabytes, and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_PEAK_MEMORY, "run", path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment_without_coverage(),
        timeout=60,
    )
    stderr, _, kilobytes = done.stderr.rpartition("VmHWM:")
    return done.returncode, int(kilobytes.split()[0]) // 1024, stderr


BOMBS = {
    "aliases": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "brackets": "logits: " + "[" * 500_000,
    "dashes": "logits:\n" + "- " * 500_000,
    "braces": "logits: " + "{a: " * 100_000,
    "question marks": "? " * 200_000,
    "quotes": 'title: "' + "\\" * 500_000,
    "random weights": "embeddings: {file: wide.npy}\nweights: {init: normal}\nbiases: {file: long.npy}\n",
    "a number of a million digits": f"logits: [[{'9' * 1_000_000}, 1]]\n",
    "an exponent of a million digits": f"logits: [[1e{'9' * 1_000_000}, 1]]\n",
    "a key of a million letters": f"{'k' * 1_000_000}: 1\n",
    "a million blank lines": "\n" * 1_000_000,
    "comments": "# x\n" * 250_000,
    "one line of commas": "logits: |\n  1" + "," * 900_000 + "\n",
    "lines of names": "logits: |\n" + "  x\n" * 250_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_config_that_needs_much_memory_to_read_is_refused(bomb: str, tmp_path: Path) -> None:
    np.lib.format.open_memmap(tmp_path / "wide.npy", "w+", shape=(1, 1_000_000))  # sparse: it needs no disk
    np.lib.format.open_memmap(tmp_path / "long.npy", "w+", shape=(1_000_000,))
    (tmp_path / "c.yaml").write_text(BOMBS[bomb])
    status, megabytes, stderr = run_and_measure_memory(tmp_path / "c.yaml")
    assert status == 2
    assert megabytes < 300
    assert "c.yaml:" in stderr
    assert len(stderr) < 30_000
    assert "Traceback" not in stderr
    if bomb == "random weights":
        assert "1,000,000,000,000 numbers; expected at most 10,000,000; put them in a file" in stderr
