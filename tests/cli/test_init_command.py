"""`init`: a config to start from, and its JSON Schema."""

import json
import re
from pathlib import Path

import pytest
from support.json_schema import is_valid, yaml_of_editor
from support.running import ROOT, Call

LINE = "# yaml-language-server: $schema=softstep.schema.json\n"
STARTS = ("embeddings", "logits", "probabilities", "csv")


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_config_is_the_one_of_the_readme(call: Call) -> None:
    (shown,) = re.findall(r"^```yaml config=my.yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.M)
    assert call("init", "-").stdout == shown
    assert 10 <= len(shown.splitlines()) <= 15


def test_init_writes_a_config_and_its_schema(call: Call, tmp_path: Path) -> None:
    done = call("init", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "softstep: wrote my.yaml and softstep.schema.json; next: softstep run my.yaml\n"
    assert files_in(tmp_path) == ["my.yaml", "softstep.schema.json"]
    assert (tmp_path / "my.yaml").read_text() == LINE + call("init", "-").stdout
    assert (tmp_path / "softstep.schema.json").read_text() == call("init", "--schema").stdout


@pytest.mark.parametrize("start", STARTS)
def test_every_start_runs_and_gives_the_same_loss(start: str, call: Call, tmp_path: Path) -> None:
    assert call("init", "ex.yml", "--from", start, cwd=tmp_path).returncode == 0
    done = call("loss", "ex.yml", "-f", "plain", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("0.7697\n", "")
    schema = json.loads((tmp_path / "softstep.schema.json").read_text())
    assert is_valid(yaml_of_editor((tmp_path / "ex.yml").read_text()), schema)


@pytest.mark.parametrize("start", STARTS[:3])
def test_what_a_comment_offers_means_the_same(start: str, call: Call) -> None:
    config = call("init", "-", "--from", start).stdout
    turned = re.sub(r"# (weights: .*)\nweights: .*", r"\1", config)
    assert (turned == config) == (start != "embeddings")
    for text in (turned, re.sub("(every_step: )true", r"\1false", config)):
        done = call("loss", "-", "-f", "plain", "--step", "loss", stdin=text)
        assert float(done.stdout) == pytest.approx(0.77, abs=0.005)


def test_the_data_file_lies_beside_the_config(call: Call, tmp_path: Path) -> None:
    (tmp_path / "my folder").mkdir()
    done = call("init", "my folder/a.yaml", "--from", "csv", cwd=tmp_path)
    assert done.stderr.endswith("next: softstep run 'my folder/a.yaml'\n")
    assert files_in(tmp_path / "my folder") == ["a.yaml", "nodes.csv", "softstep.schema.json"]


@pytest.mark.parametrize("taken", ["my.yaml", "nodes.csv", "softstep.schema.json"])
@pytest.mark.parametrize("is_link", [False, True])
def test_init_replaces_no_file(taken: str, is_link: bool, call: Call, tmp_path: Path) -> None:
    path = tmp_path / taken
    path.symlink_to("nowhere") if is_link else path.write_text("mine")
    done = call("init", "my.yaml", "--from", "csv", cwd=tmp_path)
    message = f"softstep: {taken} exists; expected a new file; name another file, or move this one\n"
    assert (done.returncode, done.stderr) == (2, message)
    assert files_in(tmp_path) == [taken]
    assert path.is_symlink() or path.read_text() == "mine"


def test_init_replaces_the_schema_of_an_earlier_version(call: Call, tmp_path: Path) -> None:
    schema = tmp_path / "softstep.schema.json"
    schema.write_text('{"$schema": "…", "title": "softstep config", "properties": {}}')
    assert call("init", cwd=tmp_path).returncode == 0
    assert schema.read_text() == call("init", "--schema").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nodes.csv"], "nodes.csv: unknown file ending; expected .yaml; name a file such as my.yaml"),
        (["exercise"], "exercise: unknown file ending; expected .yaml; name a file such as my.yaml"),
        (["no/my.yaml"], "no/my.yaml cannot be written (No such file or directory); name another file"),
        (["-", "--from", "csv"], "init: --from csv writes two files; expected a name; name the config"),
        (["my.yaml", "--schema"], "init: --schema is the same for every config; leave the rest out"),
        (["--schema", "--from", "csv"], "init: --schema is the same for every config; leave the rest out"),
    ],
)
def test_what_cannot_be_written_is_refused(arguments: list[str], message: str, call: Call, tmp_path: Path) -> None:
    done = call("init", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"softstep: {message}\n")
    assert files_in(tmp_path) == []
