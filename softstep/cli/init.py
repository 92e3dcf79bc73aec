"""`init`: a config to start from, and the JSON Schema that tells an editor what a config may say."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from softstep.cli.app import app
from softstep.errors import SoftstepError, say
from softstep.names import join_words
from softstep.output import print_pieces, refuse_unwritable, write_file

SCHEMA_FILE = "softstep.schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
"""Tells an editor where the schema is; it stands only in a config that lies beside it."""

_LABELS = """\
labels: {a: theory, b: practice} # y, the class of each node; one-hot: [[1, 0], [0, 1]]
"""

_PARAMETERS = """\
# W, a row for each class. If your lecture's W has a row for each feature (H = Z W + b), write
# weights: {rows: features, values: [[0.1, 0.7], [0.4, -0.2]]}
weights: [[0.1, 0.4], [0.7, -0.2]]
biases: [0.05, -0.1] # b, a number for each class; left out: 0
learning_rate: 0.5 # alpha
"""

_ROUNDING = """\
# as on paper: every matrix is rounded before its use. For full precision, delete this line
rounding: {every_step: true, decimals: 2, loss_decimals: 4}
"""

CONFIGS = {
    "embeddings": f"""\
title: Two papers, two classes
classes: [theory, practice] # in order; left out: 0, 1, ...; if they count from 1: [1, 2]
embeddings: # Z or X, a row for each node; one node alone: [0.5, 0.6]
  a: [0.5, 0.6]
  b: [0.3, 0.8]
{_LABELS}{_PARAMETERS}{_ROUNDING}""",
    "logits": f"""\
title: Two papers, two classes, from the logits on
classes: [theory, practice] # in order; left out: 0, 1, ...; if they count from 1: [1, 2]
logits: # H, the scores: a row for each node, a number for each class; one node alone: [0.34, 0.13]
  a: [0.34, 0.13]
  b: [0.4, -0.05]
{_LABELS}{_ROUNDING}""",
    "probabilities": f"""\
title: Two papers, two classes, from the probabilities on
classes: [theory, practice] # in order; left out: 0, 1, ...; if they count from 1: [1, 2]
probabilities: # P, a row for each node, which adds up to 1
  a: [0.55, 0.45]
  b: [0.61, 0.39]
{_LABELS}{_ROUNDING}""",
    "csv": f"""\
title: Two papers, two classes, from a file
classes: [theory, practice] # in order; left out: 0, 1, ...; if they count from 1: [1, 2]
embeddings: {{file: nodes.csv}} # Z, a line for each node below a line of names
labels: {{file: nodes.csv, column: label}} # y, a column of that file; an empty cell: no label
{_PARAMETERS}{_ROUNDING}""",
}
"""The configs by what they start from."""

DATA_FILES = {"csv": {"nodes.csv": "id,x_0,x_1,label\na,0.5,0.6,theory\nb,0.3,0.8,practice\n"}}
"""The data files that these configs name."""


@app.command(
    "init",
    help="Write a config to start from, with comments, and beside it its JSON Schema for editors.",
    short_help="Write a config to start from.",
)
def _init(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE|-]", help="The config to write (default: my.yaml); - prints it.")
    ] = None,
    start: Annotated[
        Literal["embeddings", "logits", "probabilities", "csv"],
        typer.Option("--from", help="What the config starts from; csv: embeddings in a CSV file."),
    ] = "embeddings",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a config instead.")] = False,
) -> None:
    if schema:
        if file or start != "embeddings":
            raise SoftstepError("softstep: init: --schema is the same for every config; leave the rest out")
        print_pieces([_schema()])
    elif file == "-":
        if start in DATA_FILES:
            raise SoftstepError("softstep: init: --from csv writes two files; expected a name; name the config")
        print_pieces([CONFIGS[start]])
    else:
        _write_files(Path(file or "my.yaml"), start)


def _write_files(config: Path, start: str) -> None:
    """Write a config, the files that it names and its schema. Raises SoftstepError where one of them exists."""
    if config.suffix.lower() not in (".yaml", ".yml"):
        raise SoftstepError(f"softstep: {config}: unknown file ending; expected .yaml; name a file such as my.yaml")
    data = {config.with_name(name): text for name, text in DATA_FILES.get(start, {}).items()}
    schema = config.with_name(SCHEMA_FILE)
    texts = {config: SCHEMA_LINE + CONFIGS[start], **data, schema: _schema()}
    for path in texts:
        if os.path.lexists(path) and not (path == schema and _is_ours(path)):
            raise SoftstepError(f"softstep: {path} exists; expected a new file; name another file, or move this one")
        refuse_unwritable(path)
    for path, text in reversed(texts.items()):  # the config last, when all that it needs is there
        write_file(path, [text])
    import shlex

    say(f"softstep: wrote {join_words([*map(str, texts)])}; next: softstep run {shlex.quote(str(config))}")


def _is_ours(schema: Path) -> bool:
    """Whether a file is a schema that softstep wrote, which may be written again."""
    from softstep.read.json_schema import TITLE

    return schema.is_file() and TITLE in schema.read_text("utf-8", "replace")


def _schema() -> str:
    from softstep.read.json_schema import json_schema_text

    return json_schema_text()
