"""Mutations of good configs, sheets and data files, and what the command does with each of them.

A case is made from a seed, run by the command's own `main()` in a process of its own (forked from one that has imported
everything, so that it takes milliseconds), and judged: by what any run must keep to, and by the outsider.
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
"""The most that a run may take."""

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
    '{"embeddings": {"1": [0.5, 0.6], "2": [0.3, -0.8]}, "labels": {"1": 0, "2": 1}, "weights": [[0.17, 0.4], '
    '[0.75, -0.04]], "biases": [0.05, -0.11], "learning_rate": 0.2, "title": "JSON"}\n',
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
w1 b0 x_0 id,x name ties decimals column key normal half-up standard
− – １ ０.5 ， ： 、 “ ” 【 é 论 😀 ٣
"""
BLANKS = "\t\n\r\0\x0b\x1b\x7f\x85\xa0\u200b\u202e\u2028\ufeff "
LONG = ["x" * 81, "1" * 400, "[" * 40, "{a: " * 12, "\n  ", "\r\n", "\n\n", ", ", ": ", "- ", " #", "a b"]
NASTY = [*reference_reader.KEYS, *reference_reader.STEPS, *WORDS.split(), *BLANKS, *LONG]
"""What a token or an entry is replaced by."""


class Case(NamedTuple):
    """Files, one of them mutated, and what the command is asked about them."""

    kind: str
    files: dict[str, bytes]
    mutated: str
    arguments: tuple[str, ...]


class Ran(NamedTuple):
    """How a run ended; its memory is what it touched, not all of the process that it was forked from."""

    status: int
    out: bytes
    err: bytes
    seconds: float = 0.0
    megabytes: float = 0.0


# ---- mutations


def times(random: Random) -> range:
    """One to three changes, mostly one."""
    return range(random.choice([1, 1, 1, 2, 3]))


def in_bytes(text: str, random: Random) -> bytes:
    """Bytes flipped, put in or taken out; a piece cut off or doubled; other ends of lines, another encoding."""
    data = text.encode()
    for _ in times(random):
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


def in_tokens(text: str, random: Random) -> bytes:
    """Tokens replaced by nasty ones, put in, taken out, doubled or moved."""
    tokens = re.findall(r"[^\W_][\w.+-]*|\n\s*|\s+|.", text)
    for _ in times(random):
        i, other, odd = random.randrange(len(tokens)), random.choice(tokens), random.choice(NASTY)
        here = tokens[i]
        tokens[i : i + 1] = random.choice([[odd], [odd], [odd, here], [], [here, here], [other], [here, other]])
        tokens = tokens or [""]
    return "".join(tokens).encode()


class Map(list[list[Any]]):
    """A mapping that may have a key twice: its pairs."""


def as_map(tree: Any) -> Any:
    """A tree of dicts as one of pairs."""
    if isinstance(tree, dict):
        return Map([key, as_map(value)] for key, value in tree.items())
    return [as_map(entry) for entry in tree] if isinstance(tree, list) else tree


def places(tree: Any) -> Iterator[tuple[list[Any], int]]:
    """Every place of a value: the pair or the list that it is in, and where there; the outermost pairs too."""
    for i, entry in enumerate(tree if isinstance(tree, list) else ()):
        yield (entry, 1) if isinstance(tree, Map) else (tree, i)
        yield from places(entry[1] if isinstance(tree, Map) else entry)


def in_structure(text: str, random: Random) -> bytes:
    """Entries of the tree dropped, doubled, renamed, exchanged, nested or made another type; all written anew."""
    tree = [as_map(yaml.load(text, yaml.BaseLoader))]
    for _ in times(random):
        (room, i), (other, k), odd = *random.choices([*places(tree)], k=2), random.choice(NASTY)
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
                if not any(each is other for each, _ in places(here)):
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
                room[i] = random.choice([[], Map(), str(flow(here)), Map([[odd, here]]), [here, here]])
    write = random.choice([block, flow, lambda tree: flow(tree, quoted=True)])
    return write(tree[0]).encode()


def scalar(text: Any, quoted: bool = False) -> str:
    """A scalar in one line; `quoted`: as JSON has it."""
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", str(text), re.ASCII) or (not quoted and "\n" not in str(text)):
        return str(text)
    return json.dumps(str(text), ensure_ascii=False)


def flow(tree: Any, quoted: bool = False) -> str:
    """The tree between braces and brackets; `quoted`: as JSON."""
    if isinstance(tree, Map):
        pairs = (f"{json.dumps(str(k)) if quoted else scalar(k)}: {flow(v, quoted)}" for k, v in tree)
        return "{" + ", ".join(pairs) + "}"
    return "[" + ", ".join(flow(v, quoted) for v in tree) + "]" if isinstance(tree, list) else scalar(tree, quoted)


def block(tree: Any, indent: str = "") -> str:
    """The tree by indentation, lists of scalars between brackets."""
    if not isinstance(tree, list) or not tree:
        return f" {flow(tree)}\n"
    lines = []
    for entry in tree:
        key, value = (f"{scalar(entry[0])}:", entry[1]) if isinstance(tree, Map) else ("-", entry)
        if isinstance(value, str) and "\n" in value:
            lines.append(f"{indent}{key} |\n" + "".join(f"{indent}  {line}\n" for line in value.splitlines()))
        elif isinstance(value, list) and any(isinstance(v, list) for v in value):
            lines.append(f"{indent}{key}\n{block(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{key} {flow(value)}\n")
    return "".join(lines)


def in_cells(text: str, random: Random) -> bytes:
    """Rows, columns or cells of a CSV text dropped, doubled, exchanged or replaced; its signs changed."""
    sign = next((sign for sign in ";\t," if sign in text), ",")
    rows = [line.split(sign) for line in text.splitlines()]
    for _ in times(random):
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


WAYS: dict[str, Callable[[str, Random], bytes]] = {"byte": in_bytes, "token": in_tokens, "structure": in_structure}
CSV_WAYS = WAYS | {"structure": in_cells}
RUN = ("run", "c.yaml", "-f", "json")
OTHERS = [
    "run c.yaml --work", "run c.yaml --work -f latex", "run c.yaml -f html", "run c.yaml -f csv --param w0",
    "train c.yaml --steps 3", "gradcheck c.yaml", "update c.yaml -f yaml", "grad c.yaml --param W --node 1 --ascii",
]  # fmt: skip
"""What a fifth of the configs and data files are run by, of which nothing is known but what any run must keep to."""
KINDS = [f"{what} {way}" for what in ("config", "sheet", "csv") for way in WAYS]


def made(kind: str, random: Random) -> Case:
    """A case of a kind, from a seed."""
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


def warm() -> None:
    """Import all of softstep that a command may need, once for all runs."""
    for module in pkgutil.walk_packages(softstep.__path__, "softstep."):
        importlib.import_module(module.name)


def run(case: Case, folder: Path) -> Ran:
    """The case in a fork of this process."""
    written(case, folder)
    start = perf_counter()
    if not (child := os.fork()):
        _command(case.arguments, folder)
    _, ended, usage = os.wait4(child, 0)
    seconds = perf_counter() - start
    out, err = ((folder / name).read_bytes() for name in ("out", "err"))
    return Ran(os.waitstatus_to_exitcode(ended), out, err, seconds, usage.ru_maxrss / 1024)


def run_anew(case: Case, folder: Path) -> Ran:
    """The case in a process from its very start."""
    written(case, folder)
    command = [sys.executable, "-W", "error", "-m", "softstep", *case.arguments]
    env = os.environ | {"PYTHONPATH": os.path.dirname(softstep.__path__[0]), "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, cwd=folder, env=env, timeout=60)
    return Ran(done.returncode, done.stdout, done.stderr)


def written(case: Case, folder: Path) -> None:
    """Write the files of a case, and no others."""
    for path in folder.iterdir():
        path.unlink()
    for name, data in case.files.items():
        (folder / name).write_bytes(data)


def _command(arguments: Sequence[str], folder: Path) -> NoReturn:
    """Become the command, with its output in two files."""
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


class Judged(NamedTuple):
    """What became of a case: whether it was accepted, what the outsider made of it, and what is at fault, if anything.

    The outsider had figures that could be `compared`, or found it `good`, `bad`, or was `unsure`.
    """

    accepted: bool
    theirs: str
    fault: str | None


def judged(case: Case, ran: Ran, folder: Path) -> Judged:
    """A run beside what any run must keep to, and beside the outsider."""
    written(case, folder)
    sheet, accepted, fault = case.arguments[0] == "check", ran.status < 2, broken(case, ran)
    theirs: Any = reference_reader.understood(case.files["c.yaml"], folder)
    good, compared = theirs, accepted and not fault and (sheet or case.arguments == RUN)
    if sheet and isinstance(good, reference_reader.Good):
        theirs = reference_reader.answers(case.files[case.mutated], good)
    word = {reference_reader.Bad: "bad", reference_reader.Unsure: "unsure"}.get(
        type(theirs), "compared" if compared else "good"
    )
    if word == "compared":
        report = json.loads(ran.out)
        if sheet:
            fault = reference_reader.misjudged(report["sheets"][0], theirs, good)
        else:
            fault = reference_reader.differs(report["steps"], theirs)
    elif word == "bad" and accepted:
        fault = fault or f"accepted, but bad: {theirs}"
    elif word == "good" and not accepted and (sheet or case.arguments == RUN):
        fault = fault or "refused, but good"
    return Judged(accepted, word, fault)


def broken(case: Case, ran: Ran) -> str | None:
    """What any run must keep to, and this one does not."""
    told = ran.err.decode(errors="replace")
    command, *_, form = case.arguments
    check, may_say_no = command == "check", command in ("check", "train", "gradcheck")
    if ran.status == -signal.SIGALRM or ran.seconds > SECONDS:
        return "hangs"
    if "Traceback" in told or ran.status not in ((0, 1, 2) if may_say_no else (0, 2)):
        return f"status {ran.status}: {(told.splitlines() or [''])[-1]}"
    if ran.megabytes > MEGABYTES:
        return f"{ran.megabytes:.0f} MB"
    if not all(line.isprintable() for line in told.split("\n")):
        return "stderr is not printable"
    if ran.status == 2 and not told:
        return "refused without a word"
    for line in told.splitlines() if ran.status == 2 else ():
        if (why := misplaced(line, case)) is not None:
            return f"{why}: {line}"
    if ran.status == 2 and ran.out and not check:
        return "refused with an output"
    report = json.loads(ran.out) if form == "json" and ran.status < 2 else {}
    steps = [step for sheet in report.get("sheets", ()) for step in sheet["steps"].values()]
    fine = all(step["verdict"] in ("right", "rounded", "missing") for step in steps) and not told
    if check and ran.status < 2 and (ran.status == 0) != fine:
        return f"status {ran.status} beside these verdicts"
    return None


def misplaced(line: str, case: Case) -> str | None:
    """Why a complaint has no place, or one outside its file; None where all is well."""
    place = re.match(r"(\S+?):(\d+):(\d+): \S", line)
    if not place:
        return None if re.match(r"(softstep|--\w+ \S+|\w+\.(yaml|csv)): \S", line) else "no place"
    data = case.files.get(place[1], b"")
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    lines, at = [*re.split(r"\r\n|[\r\n]", text), ""], int(place[2])
    inside = 1 <= at <= len(lines) and 1 <= int(place[3]) <= len(lines[at - 1]) + 1
    return None if inside else "a place outside the file"


def smaller(case: Case, fails: Callable[[Case], bool], runs: int = 400) -> Case:
    """The case with all that its failure does not need taken out of the mutated file."""
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
