"""Fuzzing: the command on mutated files, judged by the reference reader. `benchmarks/fuzz.py` runs more cases."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from support import fuzzing, reference_reader
from support.fuzzing import CONFIGS, KINDS, Case, RunResult, first_broken_rule, judge, run
from support.problems import few_and_many
from support.running import ROOT, environment_without_coverage

SEED = 0
GOOD = Case("config byte", {"c.yaml": fuzzing.SMALL.encode()}, "c.yaml", ("run", "c.yaml", "-f", "json"))

pytestmark = pytest.mark.filterwarnings("ignore:.*fork")


@few_and_many(36, 540)
def test_the_command_handles_every_mutation_correctly(cases: int) -> None:
    script = [sys.executable, "tests/benchmarks/fuzz.py", str(cases), str(SEED)]
    done = subprocess.run(
        script, capture_output=True, encoding="utf-8", env=environment_without_coverage(), cwd=ROOT, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line[:18].strip(): line[18:].split() for line in done.stdout.splitlines()}
    counts = [[int(count) for count in rows[kind][:5]] for kind in KINDS]
    assert {tried for tried, *_ in counts} == {cases // len(KINDS)}
    for tried, accepted, refused, compared, bad in counts if cases > 500 else [map(sum, zip(*counts, strict=True))]:
        assert min(accepted, refused) > 0
        assert compared + bad > tried / 8


def test_a_seed_always_makes_the_same_cases() -> None:
    for kind in KINDS:
        assert fuzzing.make_case(kind, Random(1)) == fuzzing.make_case(kind, Random(1))


@pytest.mark.parametrize("text", CONFIGS)
def test_the_reference_reader_agrees_with_softstep_and_notices_a_changed_figure(text: str, tmp_path: Path) -> None:
    case = GOOD._replace(files={"c.yaml": text.encode()})
    ran = run(case, tmp_path)
    assert judge(case, ran, tmp_path).fault is None
    good = reference_reader.read_config(text.encode())
    if "init: normal" in text:
        pytest.skip("the reference reader cannot know softstep's random weights")
    assert isinstance(good, reference_reader.Good)
    steps = json.loads(ran.out)["steps"]
    for key, figure in good.figures.items():
        changed = json.loads(json.dumps(steps))
        if figure.rows is None:
            changed[key]["value"] += 1e-6
        else:
            row = changed[key]["values"] if figure.columns is None else changed[key]["values"][0]
            row[0] = "c" if key == "predictions" else row[0] * (1 + 1e-6) + 1e-6
        assert str(reference_reader.first_difference(changed, good)).startswith(key)


@pytest.mark.parametrize(
    ("ran", "fault"),
    [
        (RunResult(0, b"{}", b"Traceback (most recent call last):\nZeroDivisionError"), "status 0: ZeroDivisionError"),
        (RunResult(1, b"{}", b""), "status 1: "),
        (RunResult(-11, b"", b""), "status -11: "),
        (RunResult(2, b"", b""), "refused without a word"),
        (RunResult(2, b"{}", b"c.yaml:1:1: title: x\n"), "refused with an output"),
        (RunResult(2, b"", b"c.yaml:9:1: title: x\n"), "a place outside the file: c.yaml:9:1: title: x"),
        (RunResult(2, b"", b"c.yaml:1:99: title: x\n"), "a place outside the file: c.yaml:1:99: title: x"),
        (RunResult(2, b"", b"oh\n"), "no place: oh"),
        (RunResult(2, b"", b"c.yaml:1:1: \x1b[31mtitle\n"), "stderr is not printable"),
        (RunResult(0, b"{}", b"", 0.1, 301), "301 MB"),
        (RunResult(0, b"{}", b"", 5.1), "hangs"),
        (RunResult(2, b"", b"c.yaml:1:1: title: x\n"), None),
    ],
)
def test_a_run_that_breaks_a_rule_has_a_fault(ran: RunResult, fault: str | None) -> None:
    assert first_broken_rule(GOOD, ran) == fault


def test_accepting_a_bad_or_refusing_a_good_config_is_a_fault(tmp_path: Path) -> None:
    refused = RunResult(2, b"", b"c.yaml:1:1: title: x\n")
    assert judge(GOOD, refused, tmp_path).fault == "refused, but good"
    bad = GOOD._replace(files={"c.yaml": fuzzing.SMALL.replace("0.17", "0,17").encode()})
    assert judge(bad, RunResult(0, b'{"steps": {}}', b""), tmp_path).fault == (
        "accepted, but bad: no rows, or rows of different lengths"
    )


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (lambda: time.sleep(60), "hangs"),
        (lambda: 1 // 0, "status 70: ZeroDivisionError"),
        (lambda: bytearray(9 << 30), "status 70: MemoryError"),
    ],
    ids=["endless", "a traceback", "greedy"],
)
def test_a_run_that_hangs_or_crashes_has_a_fault(
    command: Callable[[], object], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzzing, "main", command)
    monkeypatch.setattr(fuzzing, "SECONDS", 0.3)
    assert str(first_broken_rule(GOOD, run(GOOD, tmp_path))).startswith(fault)


def test_a_failing_case_is_shrunk_to_what_it_needs() -> None:
    case = fuzzing.shrink(GOOD, lambda case: b"embed" in case.files["c.yaml"])
    assert case.files["c.yaml"] == b"embed"


FOUND = {
    "a list as a key of labels": {"c.yaml": b"logits: [[1, 2]]\nlabels: {[1]: 0}\n"},
    "the last line of a block without a line end": {"c.yaml": b"logits: |\n  a,1,2\n  b,3,4"},
    "its only line": {"c.yaml": b"logits: |\n  a,1,2"},
    "a label in such a line": {"c.yaml": b"logits: [[1, 2], [3, 4]]\nlabels: |\n  1,0\n  2,1"},
    "a node of 19 digits": {"c.yaml": b"logits: {1234567890123456789: [1, 2]}\n"},
    "a line after a form feed": {"c.yaml": b"logits: {file: nodes.csv}\n", "nodes.csv": b"a,1\x0c\nb,x\n"},
    "a bracket close behind a colon": {"c.yaml": b"logits: {1:[1, 2], 2:[3, 4]}\n"},
    "labels alone": {"c.yaml": fuzzing.FILES.encode(), "nodes.csv": b"_,label\n5,a\n"},
    "no number, of probabilities": {"c.yaml": b"probabilities: {1: [0.5, x], 2: [0.5, 0.5]}\n"},
    "a row with a sign like a comment": {"c.yaml": b"logits: {file: nodes.csv}\n", "nodes.csv": b"# a\n1,1\n#3,2\n"},
    "a header with another delimiter": {"c.yaml": b"logits: {file: nodes.csv}\n", "nodes.csv": b"1,2\n3,4\n;,5\n"},
    "the end of a text in brackets": {"c.yaml": b"logits: {1: ["},
    "weights with features as rows": {
        "c.yaml": b"embeddings: [[1, 2]]\nlabels: [1]\nweights: {rows: features, values: [[1, 2], [3, 4]]}\n"
    },
    "two numbers with an empty line between them": {"c.yaml": b"logits: [[1\n\n2, 3]]\n"},
    "very small and padded numbers": {"c.yaml": b"logits: |\n  1,1e-999,01\n  2,00.5,-1e-400\n"},
}
"""Cases that fuzzing found to fail, shrunk."""


@pytest.mark.parametrize("files", FOUND.values(), ids=FOUND)
def test_a_fault_found_by_fuzzing_stays_fixed(files: dict[str, bytes], tmp_path: Path) -> None:
    case = GOOD._replace(files=files)
    assert judge(case, run(case, tmp_path), tmp_path).fault is None
