"""Make random mutations of good configs, sheets and data files, run the command on them, and judge the result.

A case is made from a seed. `main()` runs it in a forked process, which takes milliseconds because everything is already
imported. A run is judged by rules that hold for every run, and by the reference reader.
"""

import importlib
import json
import os
import pkgutil
import re
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, NamedTuple, NoReturn

import yaml

import softstep
from softstep.__main__ import main
from support import reference_reader

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MEGABYTES = 5, 300
"""The most time and memory that a run may take."""

SMALL = """\
title: Small
embeddings: {1: [0.5, 0.6], 2: [0.3, -0.8]}
labels: {1: 0, 2: 1}
weights: {w0: [0.17, 0.4], w1: [0.75, -0.04]}
biases: {b0: 0.05, b1: -0.11}
learning_rate: 0.2
"""
NAMED = """\
embeddings:
  ant: [1, 2.5, -3e-1]
  bee: [+.5, 0, 1.]
  cow: [-1, -1, 2]
labels: {cat: [bee], dog: [ant]} # cow has none
classes: [cat, dog, 'no one']
features: [x, y, z]
weights: [[1, 0, 1], [0, 1, 0], [0.5, 0.5, -0.5]]
biases: [0, 0.1, -0.1]
learning_rate: 1
marks: {loss: 2}
rounding: {decimals: 4, loss_decimals: 5}
"""
BY_HAND = SMALL + "rounding: {every_step: true, decimals: 3, ties: half-even}\n"
FILES = """\
embeddings: {file: nodes.csv}
labels: {file: nodes.csv, column: label}
weights: [[0.5, -1], [0.25, 2]]
classes: [a, b]
learning_rate: 0.5
"""
NODES = "id,x_0,x_1,label\n1,0.5,-0.25,a\n2,3.,.25,b\n30,-0.5,+1,\nlast,1e-3,0,1\n"
CONFIGS = [
    *((ROOT / "configs" / f"{name}.yaml").read_text() for name in ("doc_example", "article_table", "karate_club")),
    *(SMALL, NAMED, BY_HAND),
    SMALL.replace("{1: [0.5, 0.6], 2: [0.3, -0.8]}", "|\n  id;x;y\n  1;0.5;0.6\n  2;0.3;-0.8"),
    "logits: [[1, 2, 0.5], [-1, 0, 3]]\nlabels: [2, ~]\ngradient: article\n",
    "logits: {a: [0.31, -0.07], b: [0.1, 2.5]}\nlabels: {a: 1, b: 0}\nrounding: {every_step: yes, ties: half-down}\n",
    "probabilities: |\n  one,0.25,0.75\n  two,0.5,0.5\nlabels: {one: 1}\n",
    "logits: [2.0, 1.0, 0.1]\nlabels: 0\n",
    "probabilities: [0.7, 0.2, 0.1]\nlabels: [[0, 1, 0]]\n",
    "embeddings: {a: [0.5, 1], b: [2, -0.5]}\nlabels: [1, 0]\nweights: [[1, 0.5], [-1, 2]]\nlearning_rate: 0.1\n",
    "logits: {a: [1, 2, 0.5], b: [-1, 0, 3]}\nlabels: {b: [1, 0, 0], a: [0, 0, 1]}\nclasses: [2, 1, 0]\n",
    '{"embeddings": {"1": [0.5, 0.6], "2": [0.3, -0.8]}, "labels": {"1": 0, "2": 1}, "weights": [[0.17, 0.4], '
    '[0.75, -0.04]], "biases": [0.05, -0.11], "learning_rate": 0.2, "title": "JSON"}\n',
    SMALL.replace("embeddings", "X")
    .replace("labels", "y")
    .replace("weights", "W")
    .replace("w1", "w_1")
    .replace("learning_rate", "lr"),
    SMALL.replace("biases", "b").replace("learning_rate", "alpha") + "marks: {L: 2, dW: 1}\n",
    SMALL.replace("labels: {1: 0, 2: 1}", "labels: |\n  id,label\n  2,1\n  1,0").replace("\n", "\r\n"),
]
SHEETS = [
    (ROOT / "configs" / "article_answers.yaml").read_text(),
    "name: Ada\nlogits: {1: [0.68, 0.57, _], 5: {0: .41, 2: 3.6e-1}}\npredictions: {1: 3, 2: 1}\nloss: 1.1465\n",
    "step,row,column,value\nname,,,Ada\nlogits,1,0,0.69\nlogits,1,2,0.82\npredictions,4,,0\nloss,,,1.15\n",
    "probabilities: {2: [0.42, 0.29, 0.29]}\n",
]  # all of article_table.yaml
TABLES = [
    (FILES, {"nodes.csv": NODES}),
    (FILES, {"nodes.csv": NODES.replace(",", "\t").replace("\n", "\r\n")}),
    (FILES.replace("nodes.csv, column: label", "l.csv"), {"nodes.csv": "1;0.5;1\n2;-1;0.75\n", "l.csv": "2,b\n1,0\n"}),
    ("logits: {file: nodes.csv}\nlabels: {1: 0}\n", {"nodes.csv": "# made\n\n1,0.5,-1e-05\n2, 3 ,.25\n"}),
]
WORDS = r"""
0 -0 007 1e999 1e-999 1e308 -1e308 5e-324 0e-99999999 1_000 0x1F 1:30 1/3 50% nan .inf -inf --1 1e 1. .5 +1 1e+5
-1 1 2 9 true no 0.1234567890123456789 123456789012345678901234567890 1234567890123456789 ~ null _ <<:
!!float &a *a @ ` % | > ? - : [ ] { } , ; # ' " = --- ... {a} [] {} [[]] '' "" '1' "0.5" "\e" "\0" "\x85" file init w0
w1 b0 w_0 W1 B_0 x_0 id,x name ties decimals column key normal half-up standard
− – １ ０.5 ， ： 、 “ ” 【 é 论 😀 ٣
"""
BLANKS = "\t\n\r\0\x0b\x1b\x7f\x85\xa0\u200b\u202e\u2028\ufeff "
LONG = ["x" * 81, "1" * 400, "[" * 40, "{a: " * 12, "\n  ", "\r\n", "\n\n", ", ", ": ", "- ", " #", "a b"]
LETTERS = [*reference_reader.OTHER_NAMES, *reference_reader.OTHER_STEPS]
NASTY = [*reference_reader.KEYS, *reference_reader.STEPS, *LETTERS, *WORDS.split(), *BLANKS, *LONG]
"""Texts that replace a token or an entry."""


class Case(NamedTuple):
    """Files, one of them mutated, and the arguments of the command."""

    kind: str
    files: dict[str, bytes]
    mutated: str
    arguments: tuple[str, ...]


class RunResult(NamedTuple):
    """How a run ended. The memory is what the run used itself, without what it shares with its parent."""

    status: int
    out: bytes
    err: bytes
    seconds: float = 0.0
    megabytes: float = 0.0


# ---- mutations


def changes(random: Random) -> range:
    """A range of one to three changes, mostly one."""
    return range(random.choice([1, 1, 1, 2, 3]))


def mutate_bytes(text: str, random: Random) -> bytes:
    """Flip, insert or delete bytes, cut off or double a piece, or change the line ends or the encoding."""
    data = text.encode()
    for _ in changes(random):
        i, k = random.randrange(len(data) + 1), random.randrange(len(data) + 1)
        j = i + random.choice([1, 2, 8, 999])
        match random.choice(["flip", "put in", "take out", "cut off", "double", "ends", "encoding"]):
            case "flip":
                data = data[:i] + bytes(b ^ 1 << random.randrange(8) for b in data[i : i + 1]) + data[i + 1 :]
            case "put in":
                data = data[:i] + bytes([random.choice([random.randrange(256), *b"0.,:[]{}\n -"])]) + data[i:]
            case "take out":
                data = data[:i] + data[j:]
            case "cut off":
                data = data[:i]
            case "double":
                data = data[:k] + data[i:j] + data[k:]
            case "ends":
                data = data.replace(b"\r\n", b"\n").replace(b"\n", random.choice([b"\r\n", b"\r", b"\n\n"]))
            case "encoding":
                encoding = random.choice(["utf-8-sig", "utf-16", "utf-16-le", "cp037"])
                data = data.decode(errors="replace").encode(encoding, "replace")
    return data


def mutate_tokens(text: str, random: Random) -> bytes:
    """Replace tokens by nasty ones, or insert, delete, double or move them."""
    tokens = re.findall(r"[^\W_][\w.+-]*|\n\s*|\s+|.", text)
    for _ in changes(random):
        i, other, odd = random.randrange(len(tokens)), random.choice(tokens), random.choice(NASTY)
        here = tokens[i]
        tokens[i : i + 1] = random.choice([[odd], [odd], [odd, here], [], [here, here], [other], [here, other]])
        tokens = tokens or [""]
    return "".join(tokens).encode()


class Map(list[list[Any]]):
    """A mapping as a list of pairs, so that it may have a key twice."""


def as_pairs(tree: Any) -> Any:
    """A tree of dicts as a tree of pairs."""
    if isinstance(tree, dict):
        return Map([key, as_pairs(value)] for key, value in tree.items())
    return [as_pairs(entry) for entry in tree] if isinstance(tree, list) else tree


def places_in(tree: Any) -> Iterator[tuple[list[Any], int]]:
    """Yield every place of a value: the list or pair that contains it, and its index there."""
    for i, entry in enumerate(tree if isinstance(tree, list) else ()):
        yield (entry, 1) if isinstance(tree, Map) else (tree, i)
        yield from places_in(entry[1] if isinstance(tree, Map) else entry)


def mutate_structure(text: str, random: Random) -> bytes:
    """Drop, double, rename, exchange or nest entries of the tree, or change their type; then write the whole tree."""
    tree = [as_pairs(yaml.load(text, yaml.BaseLoader))]
    for _ in changes(random):
        (room, i), (other, k), odd = *random.choices([*places_in(tree)], k=2), random.choice(NASTY)
        here, there = deepcopy(room[i]), deepcopy(other[k])
        inner = here if isinstance(here, list) and here else [here]
        at = random.randrange(len(inner))
        match random.choice(["drop", "double", "order", "exchange", "key", "value", "type", "nest"]):
            case "drop":
                room[i] = type(inner)(inner[:at] + inner[at + 1 :])
            case "double":
                room[i] = type(inner)([*inner, deepcopy(inner[at])])
            case "order":
                room[i] = type(inner)(random.sample(inner, len(inner))) if inner is here else here
            case "exchange":
                room[i] = there
                if not any(each is other for each, _ in places_in(here)):
                    other[k] = here
            case "key" if isinstance(inner, Map):
                room[i] = Map(inner)
                room[i][at] = [random.choice([odd, *reference_reader.KEYS, "1"]), inner[at][1]]
            case "value":
                room[i] = random.choice([odd, "1", "-0.25", "3e-1"])
            case "nest":
                for _ in range(random.choice([1, 2, 7, 30])):
                    room[i] = [room[i]]
            case _:
                room[i] = random.choice([[], Map(), str(flow_text(here)), Map([[odd, here]]), [here, here]])
    write = random.choice([block_text, flow_text, lambda tree: flow_text(tree, quoted=True)])
    return write(tree[0]).encode()


def scalar_text(text: Any, quoted: bool = False) -> str:
    """A scalar in one line; if `quoted`, as in JSON."""
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", str(text), re.ASCII) or (not quoted and "\n" not in str(text)):
        return str(text)
    return json.dumps(str(text), ensure_ascii=False)


def flow_text(tree: Any, quoted: bool = False) -> str:
    """The tree with braces and brackets; if `quoted`, as JSON."""
    if isinstance(tree, Map):
        pairs = (f"{json.dumps(str(k)) if quoted else scalar_text(k)}: {flow_text(v, quoted)}" for k, v in tree)
        return "{" + ", ".join(pairs) + "}"
    return (
        "[" + ", ".join(flow_text(v, quoted) for v in tree) + "]"
        if isinstance(tree, list)
        else scalar_text(tree, quoted)
    )


def block_text(tree: Any, indent: str = "") -> str:
    """The tree by indentation, with lists of scalars in brackets."""
    if not isinstance(tree, list) or not tree:
        return f" {flow_text(tree)}\n"
    lines = []
    for entry in tree:
        key, value = (f"{scalar_text(entry[0])}:", entry[1]) if isinstance(tree, Map) else ("-", entry)
        if isinstance(value, str) and "\n" in value:
            lines.append(f"{indent}{key} |\n" + "".join(f"{indent}  {line}\n" for line in value.splitlines()))
        elif isinstance(value, list) and any(isinstance(v, list) for v in value):
            lines.append(f"{indent}{key}\n{block_text(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{key} {flow_text(value)}\n")
    return "".join(lines)


def mutate_cells(text: str, random: Random) -> bytes:
    """Drop, double, exchange or replace rows, columns or cells of a CSV text, or change its delimiter."""
    sign = next((sign for sign in ";\t," if sign in text), ",")
    rows = [line.split(sign) for line in text.splitlines()]
    for _ in changes(random):
        i, k = random.randrange(len(rows)), random.randrange(len(rows))
        j, odd = random.randrange(len(rows[i]) or 1), random.choice(NASTY)
        match random.choice(["row", "twice", "swap", "column", "columns", "cell", "cell", "sign", "turn", "quote"]):
            case "row":
                del rows[i]
            case "twice":
                rows.insert(k, [*rows[i]])
            case "swap":
                rows[i], rows[k] = rows[k], rows[i]
            case "column":
                rows = [row[:j] + row[j + 1 :] for row in rows]
            case "columns":
                rows = [row[:j] + row[j : j + 1] * 2 + row[j + 1 :] for row in rows]
            case "cell":
                rows[i][j : j + 1] = [odd]
            case "sign":
                sign = random.choice(",;\t| ")
            case "turn":
                rows = [list(row) for row in zip(*rows, strict=False)]
            case "quote":
                rows[i] = [f'"{cell}"' for cell in rows[i]]
        rows = rows or [[""]]
    return "".join(sign.join(row) + "\n" for row in rows).encode()


WAYS: dict[str, Callable[[str, Random], bytes]] = {
    "byte": mutate_bytes,
    "token": mutate_tokens,
    "structure": mutate_structure,
}
CSV_WAYS = WAYS | {"structure": mutate_cells}
RUN = ("run", "c.yaml", "-f", "json")
OTHERS = [
    "run c.yaml --work", "run c.yaml --work -f latex", "run c.yaml -f html", "run c.yaml -f csv --param w0",
    "train c.yaml --steps 3", "gradcheck c.yaml", "update c.yaml -f yaml", "grad c.yaml --param W --node 1 --ascii",
]  # fmt: skip
"""The commands for a fifth of the configs and data files; only the rules for every run are checked for these."""
KINDS = [f"{what} {way}" for what in ("config", "sheet", "csv") for way in WAYS]


def make_case(kind: str, random: Random) -> Case:
    """Make a random case of a kind."""
    what, way = kind.split()
    run = RUN if random.random() < 0.8 else tuple(random.choice(OTHERS).split())
    if what == "config":
        return Case(kind, {"c.yaml": WAYS[way](random.choice(CONFIGS), random)}, "c.yaml", run)
    if what == "sheet":
        text = random.choice(SHEETS)
        name, ways = ("s.csv", CSV_WAYS) if text.startswith("step") else ("s.yaml", WAYS)
        files = {"c.yaml": CONFIGS[1].encode(), name: ways[way](text, random)}
        return Case(kind, files, name, ("check", "c.yaml", name, "-f", "json"))
    config, tables = random.choice(TABLES)
    mutated = random.choice([*tables])
    files = {"c.yaml": config.encode()} | {name: text.encode() for name, text in tables.items()}
    return Case(kind, files | {mutated: CSV_WAYS[way](tables[mutated], random)}, mutated, run)


# ---- runs


def import_everything() -> None:
    """Import all of softstep once, for all runs."""
    for module in pkgutil.walk_packages(softstep.__path__, "softstep."):
        importlib.import_module(module.name)


def run(case: Case, folder: Path) -> RunResult:
    """Run a case in a fork of this process."""
    write_files(case, folder)
    start = perf_counter()
    if not (child := os.fork()):
        _become_command(case.arguments, folder)
    _, ended, usage = os.wait4(child, 0)
    seconds = perf_counter() - start
    out, err = ((folder / name).read_bytes() for name in ("out", "err"))
    return RunResult(os.waitstatus_to_exitcode(ended), out, err, seconds, usage.ru_maxrss / 1024)


def run_in_new_process(case: Case, folder: Path) -> RunResult:
    """Run a case in a new Python process."""
    write_files(case, folder)
    command = [sys.executable, "-W", "error", "-m", "softstep", *case.arguments]
    env = os.environ | {"PYTHONPATH": os.path.dirname(softstep.__path__[0]), "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, cwd=folder, env=env, timeout=60)
    return RunResult(done.returncode, done.stdout, done.stderr)


def write_files(case: Case, folder: Path) -> None:
    """Write the files of a case, and delete all others."""
    for path in folder.iterdir():
        path.unlink()
    for name, data in case.files.items():
        (folder / name).write_bytes(data)


def _become_command(arguments: Sequence[str], folder: Path) -> NoReturn:
    """Turn this process into the command, with its output in two files."""
    status = 70
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        os.chdir(folder)
        for name, number in (("out", 1), ("err", 2)):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(os.open(os.devnull, os.O_RDONLY)),
            os.fdopen(1, "w", encoding="utf-8"),
            os.fdopen(2, "w", encoding="utf-8"),
        )
        sys.argv = ["softstep", *arguments]
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


# ---- judgement


class Judgement(NamedTuple):
    """Whether a case was accepted, the answer of the reference reader, and the fault of the run, if there is one.

    The reference reader's answer is `good`, `bad`, `unsure`, or `compared` if it had figures to compare.
    """

    accepted: bool
    theirs: str
    fault: str | None


def judge(case: Case, ran: RunResult, folder: Path) -> Judgement:
    """Judge a run by the rules for every run and by the reference reader."""
    write_files(case, folder)
    sheet, accepted, fault = case.arguments[0] == "check", ran.status < 2, first_broken_rule(case, ran)
    theirs: Any = reference_reader.read_config(case.files["c.yaml"], folder)
    good, compared = theirs, accepted and not fault and (sheet or case.arguments == RUN)
    if sheet and isinstance(good, reference_reader.Good):
        theirs = reference_reader.read_answers(case.files[case.mutated], good)
    word = {reference_reader.Bad: "bad", reference_reader.Unsure: "unsure"}.get(
        type(theirs), "compared" if compared else "good"
    )
    if word == "compared":
        report = json.loads(ran.out)
        if sheet:
            fault = reference_reader.first_wrong_verdict(report["sheets"][0], theirs, good)
        else:
            fault = reference_reader.first_difference(report["steps"], theirs)
    elif word == "bad" and accepted:
        fault = fault or f"accepted, but bad: {theirs}"
    elif word == "good" and not accepted and (sheet or case.arguments == RUN):
        fault = fault or "refused, but good"
    return Judgement(accepted, word, fault)


def first_broken_rule(case: Case, ran: RunResult) -> str | None:
    """The first rule for every run that this one breaks; None if it breaks none."""
    err = ran.err.decode(errors="replace")
    command, *_, form = case.arguments
    check, may_say_no = command == "check", command in ("check", "train", "gradcheck")
    if ran.status == -signal.SIGALRM or ran.seconds > SECONDS:
        return "hangs"
    if "Traceback" in err or ran.status not in ((0, 1, 2) if may_say_no else (0, 2)):
        return f"status {ran.status}: {(err.splitlines() or [''])[-1]}"
    if ran.megabytes > MEGABYTES:
        return f"{ran.megabytes:.0f} MB"
    if not all(line.isprintable() for line in err.split("\n")):
        return "stderr is not printable"
    if ran.status == 2 and not err:
        return "refused without a word"
    for line in err.splitlines() if ran.status == 2 else ():
        if (why := place_fault(line, case)) is not None:
            return f"{why}: {line}"
    if ran.status == 2 and ran.out and not check:
        return "refused with an output"
    report = json.loads(ran.out) if form == "json" and ran.status < 2 else {}
    steps = [step for sheet in report.get("sheets", ()) for step in sheet["steps"].values()]
    fine = all(step["verdict"] in ("right", "rounded", "missing") for step in steps) and not err
    fine = fine and all(cell["places"] is None for step in steps for cell in step["cells"])
    if check and ran.status < 2 and (ran.status == 0) != fine:
        return f"status {ran.status} beside these verdicts"
    return None


def place_fault(line: str, case: Case) -> str | None:
    """The fault in the place of a complaint: none given, or one outside its file; None if it is right."""
    place = re.match(r"(\S+?):(\d+):(\d+): \S", line)
    if not place:
        return None if re.match(r"(softstep|--\w+ \S+|\w+\.(yaml|csv)): \S", line) else "no place"
    data = case.files.get(place[1], b"")
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    lines, at = [*re.split(r"\r\n|[\r\n]", text), ""], int(place[2])
    inside = 1 <= at <= len(lines) and 1 <= int(place[3]) <= len(lines[at - 1]) + 1
    return None if inside else "a place outside the file"


def shrink(case: Case, fails: Callable[[Case], bool], runs: int = 400) -> Case:
    """Delete from the mutated file whatever the failure does not need."""
    data, size = case.files[case.mutated], len(case.files[case.mutated]) // 2
    while size and runs:
        at = 0
        while at < len(data) and runs:
            less = data[:at] + data[at + size :]
            runs -= 1
            if fails(case._replace(files=case.files | {case.mutated: less})):
                data = less
            else:
                at += size
        size //= 2
    return case._replace(files=case.files | {case.mutated: data})
