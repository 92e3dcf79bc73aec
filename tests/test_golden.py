"""Whole outputs, one golden file for each command and format, for the article's example and some in full precision.

`pytest --update` rewrites them; read them before you keep them. Other tests compare their figures with references.
"""

import pytest
from support.running import CORPORA, run_in_this_process

GOLDEN = CORPORA / "golden"
COMMANDS = ("run", "forward", "loss", "grad", "update")
FORMATS = ("table", "plain", "json", "csv", "tsv", "yaml", "markdown", "latex", "html")

CALLS = {f"{command}.{kind}": [command, "-f", kind] for command in COMMANDS for kind in FORMATS} | {
    "run.ascii": ["run", "--ascii"],
    **{f"run-work.{kind}": ["run", "--work", "-f", kind] for kind in FORMATS if kind != "plain"},
    "run-work.ascii": ["run", "--work", "--ascii"],
    "grad-node-2-w1-work.table": ["grad", "--param", "w1", "--node", "2", "--work"],
    "run-class-1.json": ["run", "--class", "1", "-f", "json"],
    "forward-standalone.latex": ["forward", "-f", "latex", "--standalone"],
    "full-run-work.table": ["run", "configs/article_table.yaml", "--work"],
    "full-run-work.html": ["run", "configs/article_table.yaml", "--work", "-f", "html"],
    "karate-loss-work.table": ["loss", "configs/karate_club.yaml", "--work"],
    "run.color-ascii": ["run", "--color", "always", "--ascii"],
    "run.color": ["run", "--color", "always"],
    "grad-w0.table": ["grad", "--param", "w0"],
    "grad-w0-b1.json": ["grad", "--param", "w0", "--param", "b1", "-f", "json"],
    "update-w0.table": ["update", "--param", "w0"],
    "update-b.table": ["update", "--param", "b"],
    "decimals.table": ["forward", "--decimals", "5"],
    "full-run.table": ["run", "configs/article_table.yaml"],
    "full-grad-w0.table": ["grad", "configs/article_table.yaml", "--param", "w0"],
    "check.table": ["check", "configs/article_table.yaml", "configs/article_answers.yaml"],
    "check.ascii": ["check", "configs/article_table.yaml", "configs/article_answers.yaml", "--ascii"],
    "check-hint.table": ["check", "configs/article_table.yaml", "configs/article_answers.yaml", "--hint"],
    "check.markdown": ["check", "configs/article_table.yaml", "configs/article_answers.yaml", "-f", "markdown"],
    "check.json": ["check", "configs/doc_example.yaml", "configs/article_answers.yaml", "-f", "json"],
    "check-blank.yaml": ["check", "configs/doc_example.yaml", "--blank"],
    "check-blank.csv": ["check", "configs/doc_example.yaml", "--blank", "-f", "csv"],
    **{
        f"check-blank.{kind}": ["check", "configs/doc_example.yaml", "--blank", "-f", kind]
        for kind in ("markdown", "latex", "html")
    },
    "karate-forward.table": ["forward", "configs/karate_club.yaml"],
}
"""The arguments for each golden file; the default config is the article's example.

In full precision only rounded formats are kept, because the last bit of an exponential depends on the processor."""


def output_of(arguments: list[str]) -> bytes:
    """The output of a command."""
    command, *options = arguments
    config = [] if any(option.endswith(".yaml") for option in options) else ["configs/doc_example.yaml"]
    done = run_in_this_process(command, *config, *options)
    assert (done.returncode, done.stderr) == (int("configs/article_answers.yaml" in options), b"")
    return done.stdout


@pytest.mark.parametrize("name", CALLS)
def test_the_output_equals_its_golden_file(name: str, update: bool) -> None:
    output = output_of(CALLS[name])
    if update:
        (GOLDEN / name).write_bytes(output)
    assert output.decode() == (GOLDEN / name).read_bytes().decode()


def test_every_golden_file_is_compared() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(CALLS)
