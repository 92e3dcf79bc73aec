"""How complaints are printed on a terminal and in a pipe."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.running import ROOT, Call, stderr_on_screen

from softstep.errors import with_caret

BAD = "title: 日本語 and more\nlogits: [[1, −2], [x, 3]]\nlabels: [0, 1]\n"


def test_on_a_terminal_the_line_is_shown_with_a_caret_under_the_place(
    write: Callable[..., Path],
) -> None:
    path = write(BAD)
    shown, status = stderr_on_screen("run", path)
    assert status == 2
    lines = shown.replace("\r\n", "\n").splitlines()
    assert lines[:3] == [
        f"{path}:2:14: logits.1[1]: '−2' with U+2212 (minus sign); expected a decimal number; write -2",
        "    logits: [[1, −2], [x, 3]]",
        "                 ^",
    ]
    assert [line for line in lines if line.startswith(str(path))] == lines[::3]
    assert len(lines) == 6


def test_in_a_pipe_only_the_complaints_are_printed(call: Call, write: Callable[..., Path]) -> None:
    done = call("run", write(BAD))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 2)


def test_at_most_ten_lines_of_a_file_are_shown(write: Callable[..., Path]) -> None:
    path = write(f"logits: [[{', '.join(['x'] * 30)}]]\n")
    shown, _ = stderr_on_screen("run", path)
    assert sum(line.strip() == "^" for line in shown.splitlines()) == 10
    assert sum(line.startswith(str(path)) for line in shown.splitlines()) == 30


@pytest.mark.parametrize(
    ("line", "column", "under"),
    [("a: x", 4, "x"), ("日本: x", 5, "x"), (f"{'a' * 200}x{'b' * 200}", 201, "x"), ("\ta: x", 5, "x"), ("", 1, "")],
)
def test_the_caret_is_under_the_place_even_after_wide_letters(line: str, column: int, under: str) -> None:
    text, caret = with_caret(line, column)
    cells = "".join(c * (2 if c in "日本" else 1) for c in text)
    assert cells[caret.index("^") : caret.index("^") + 1] == under
    assert len(text) <= 80


def test_running_out_of_memory_gives_one_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_memory_error(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("softstep.problem.load", raise_memory_error)
    done = call("run", ROOT / "configs" / "doc_example.yaml")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "out of memory" in done.stderr
