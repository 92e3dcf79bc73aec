"""The curve of a training: in characters, in HTML and as a picture."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.problems import problem_in
from support.running import CONFIGS, Call, environment
from support.textbook import textbook_history

import softstep

TABLE = CONFIGS / "article_table.yaml"


def test_the_curve_is_drawn_in_characters_under_a_summary(call: Call) -> None:
    lines = call("train", TABLE, "--steps", "40").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("L from"))
    start, end = (loss for loss, *_ in (textbook_history(softstep.load(TABLE), 40)[i] for i in (0, -1)))
    assert lines[at] == f"L from {start:.4f} at step 0 to {end:.4f} at step 40"
    curve = [line.partition("│")[2].ljust(40) for line in lines[at + 1 : at + 9]]
    heights = [sum(" ▁▂▃▄▅▆▇█".index(line[column]) / 8 for line in curve) for column in range(40)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 8
    assert heights[-1] == pytest.approx(8 * end / start, abs=1 / 16)
    assert max(map(len, lines[at:])) <= 60


def test_the_curve_can_be_drawn_in_ascii(call: Call) -> None:
    done = call("train", TABLE, "--steps", "40", "--ascii")
    assert done.stdout.isascii()
    assert "1.1465 |####" in done.stdout


def test_a_training_that_starts_with_an_infinite_loss_is_shown() -> None:
    hand = "rounding: {every_step: true}\n"
    text = (
        problem_in(f"embeddings: [[9]]\nlabels: [0]\nweights: [[0], [1]]\nlearning_rate: 0.01\n{hand}").train(3).text()
    )
    assert "0        inf" in text
    assert "L from inf at step 0 to" in text


def test_html_has_one_curve_with_a_text_for_screen_readers(tmp_path: Path) -> None:
    page = softstep.load(TABLE).train(5).text("html")
    assert page.count("<polyline") == 1
    assert 'aria-label="L from 1.1465 at step 0 to' in page


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_a_picture_is_always_the_same_to_the_last_byte(ending: str, call: Call, tmp_path: Path) -> None:
    begins = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[ending]
    for name in ("a", "b"):
        done = call("train", TABLE, "--steps", "5", "--plot", tmp_path / f"{name}.{ending}", "-f", "plain")
        assert done.returncode == 0, done.stderr
    one, other = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b"))
    assert one.startswith(begins)
    assert one == other


def test_a_picture_of_two_features_shows_the_predicted_regions(call: Call, tmp_path: Path) -> None:
    config = "embeddings: [[0, 0], [2, 2], [2, 0]]\nlabels: {1: _cat, 2: $dog$}\nclasses: [_cat, $dog$]\n"
    plane = problem_in(config + "weights: [[-1, -1], [1, 1]]\nbiases: [2, -2]\nlearning_rate: 0.1\n")
    regions = plane.plane(plane.train(1))
    assert regions is not None
    below = regions.x[None, :] + regions.y[:, None] < 1.7
    assert (regions.predicted[below] == 0).all()
    assert (regions.predicted[regions.x[None, :] + regions.y[:, None] > 2.3] == 1).all()
    assert regions.labels.tolist() == [0, 1, -1]
    (tmp_path / "c.yaml").write_text(config + "weights: [[-1, -1], [1, 1]]\nlearning_rate: 0.1\n")
    done = call("train", tmp_path / "c.yaml", "--plot", tmp_path / "x.svg", "-f", "plain")
    assert (done.returncode, done.stderr) == (0, "")
    picture = (tmp_path / "x.svg").read_text()
    assert all(name in picture for name in ("class _cat", "class $dog$", "no label", "x_0"))


def test_an_unknown_picture_format_is_refused(call: Call, tmp_path: Path) -> None:
    done = call("train", TABLE, "--plot", tmp_path / "x.gif")
    assert done.returncode == 2
    assert "x.gif: unknown file ending; expected one of .svg, .png, .pdf; rename it" in done.stderr


def test_without_matplotlib_the_message_says_how_to_install_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        f"sys.argv = ['softstep', 'train', {str(TABLE)!r}, '--plot', 'x.svg']\n"
        "from softstep.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=environment(), cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr == (
        "softstep: --plot x.svg: matplotlib is missing; install it with pip install 'softstep[plot]'\n"
    )
