"""Bad configs and data files: every complaint with its place, what is there and the fix; and what the fixes lead to.

The cases are in `bad_configs/` and `bad_data/`, see `cases.py`. `apply_fixes.py` follows every fix to the letter. What
that gives, `[fixed gives]`, was compared with what was meant by hand when it was kept; where it is something else, the
case says `[meant]`.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from support.apply_fixes import CHOSEN, LEFT, LEFT_TO_THE_READER, NOBODY, REFUSED, fix_in, misleads, outcomes
from support.cases import Case, Typed, cases_in
from support.problems import problem_in
from support.running import Call

import softstep
from softstep.lesson.quantities import CLASS, NODE
from softstep.lesson.rounding import Rounding

CONFIGS = cases_in("bad_configs")
CASES = {**CONFIGS, **{f"data, {name}": case for name, case in cases_in("bad_data").items()}}

ASKED = ["random_weights: random other kind", "rounding: rounding ties other"]
"""What somebody has who says yes to a 'did you mean', where nobody can tell what was meant."""

MISLEADING = 14
"""So many cases have fixes that lead to another result than was meant, or to one where nobody can tell; no more may."""


def complaints(problem: Callable[[], softstep.Problem]) -> list[str]:
    """What is wrong with a problem when it is made, and run."""
    try:
        problem().run()
    except softstep.SoftstepError as error:
        return list(error.complaints)
    return []


def said(case: Case) -> list[str]:
    """What is wrong with a case, once its files are written."""
    Path("c.yaml").write_bytes(case.typed.data)
    write({name: typed.data for name, typed in case.beside().items()})
    return complaints(lambda: softstep.load("c.yaml"))


def write(files: Mapping[str, bytes]) -> None:
    """The files are there."""
    for name, data in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(data)


def figures(problem: softstep.Problem) -> str:
    """The numbers and names by which one sees which problem it is."""
    result, given = problem.run(), problem.given
    nodes, classes = given.names[NODE], given.names[CLASS]
    if "loss" in result:
        found = [f"L = {float(result['loss'].value):.6g}"]
        found += [f"L′ = {float(result['loss_after'].value):.6g}"] if "loss_after" in result else []
    else:
        P = result["probabilities"].value if "probabilities" in result else given.values["probabilities"]
        rows = [" ".join(f"{p:.4g}" for p in row) for row in np.atleast_2d(P).tolist()]
        found = ["P = " + " | ".join(rows[:4] + ["…"] * (len(rows) > 4))]
        found += ["nodes " + " ".join(nodes)] * (list(nodes) != [str(i + 1) for i in range(len(nodes))])
    found += ["classes " + " ".join(classes)] * (list(classes) != [str(c) for c in range(len(classes))])
    rounding, usual = vars(problem.rounding), vars(Rounding())
    found += [f"{key} {value}" for key, value in rounding.items() if value != usual[key]]
    found += [f"title {problem.setting.title}"] if problem.setting.title else []
    found += [f"marks {dict(problem.setting.marks)}"] if problem.setting.marks else []
    return ", ".join(found)


def gives(case: Case) -> list[str]:
    """Where the fixes lead that the complaints about a case offer, a line for each way to follow them."""

    def complain(files: Mapping[str, str]) -> list[str]:
        text, *_ = files.values()
        write({name: text.encode("utf-8", "replace") for name, text in files.items()})  # as an editor saves them
        return complaints(lambda: problem_in(text))

    ways = []
    for followed in outcomes({"c.yaml": case.typed.text} | texts(case.beside()), complain):
        if followed.left:
            ways.append(LEFT + followed.left)
        elif followed.refused:
            ways.append(REFUSED)
        else:
            ways.append(figures(problem_in(followed.files["c.yaml"])) + CHOSEN * followed.chosen)
    return list(dict.fromkeys(ways))


def texts(files: Mapping[str, Typed]) -> dict[str, str]:
    """The texts of files."""
    return {name: typed.text for name, typed in files.items()}


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test works in an empty folder."""
    folder = tmp_path_factory.getbasetemp() / "cases"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_config_gets_every_complaint(name: str, update: bool) -> None:
    case = CASES[name]
    told = said(case)
    if update:
        case.expect("complaints", told)
    assert told
    assert told == case["complaints"]


@pytest.mark.parametrize("topic", dict.fromkeys(name.rpartition(": ")[0] for name in CASES))
def test_who_follows_the_fixes_to_the_letter_has_what_was_looked_at(topic: str, update: bool) -> None:
    """From the last complaint to the first, and again while something else comes to light."""
    cases = {name: case for name, case in CASES.items() if name.startswith(f"{topic}: ")}
    given = {name: gives(case) for name, case in cases.items()}
    if update:
        for name, case in cases.items():
            case.expect("fixed gives", given[name])
    assert given == {name: case["fixed gives"] for name, case in cases.items()}
    assert [name for name in cases if given[name][0] == REFUSED and cases[name]["meant"] != [NOBODY]] == []


def test_fixes_lead_to_what_was_meant_but_for_few() -> None:
    misled = []
    for name, case in CASES.items():
        if case["meant"]:
            text = "".join(f"{line}\n" for line in case["meant"])
            write({name: typed.data for name, typed in case.beside().items()})
            meant = NOBODY if text == f"{NOBODY}\n" else figures(problem_in(text))
            misled += [name] * misleads(case["fixed gives"], meant)
    assert len(misled) <= MISLEADING, misled
    assert [name for name in misled if not all(given.endswith(CHOSEN) for given in CASES[name]["fixed gives"])] == ASKED


def test_a_complaint_is_one_line_with_a_place_in_the_file_and_a_fix() -> None:
    for case in CASES.values():
        files = {"c.yaml": case.typed.text} | texts(case.beside())
        for complaint in case["complaints"]:
            place = re.match(r"([\w.-]+):(\d+):(\d+): .+[,;:] .+; .+$", complaint)
            assert place, complaint
            lines = re.split(r"\r\n|\r|\n", files[place[1]])
            line, column = int(place[2]), int(place[3])
            assert 1 <= line <= len(lines) + 1, complaint
            assert 1 <= column <= len([*lines, ""][line - 1]) + 1, complaint
            assert complaint.isprintable()


def test_few_fixes_leave_it_to_the_reader_what_to_write() -> None:
    fixes = [fix_in(complaint) for case in CONFIGS.values() for complaint in case["complaints"]]
    left = [fix for fix in fixes if fix in LEFT_TO_THE_READER]
    assert len(left) < len(fixes) / 6


@pytest.mark.parametrize("name", list(CONFIGS)[7::90])
def test_the_command_says_so_and_nothing_else(name: str, call: Call, folder: Path) -> None:
    case = CONFIGS[name]
    said(case)
    done = call("run", "c.yaml", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", case["complaints"])


def test_a_flood_of_complaints_is_cut_short(folder: Path) -> None:
    (folder / "c.yaml").write_text("labels: [" + "x, " * 5000 + "]\nlogits: [[" + "x, " * 5000 + "]]\n")
    told = complaints(lambda: softstep.load("c.yaml"))
    assert len(told) == 101
    assert told[-1] == ("c.yaml:2:308: there may be more complaints from here on; mend these first")


def test_a_config_larger_than_any_is_refused_unread(folder: Path) -> None:
    (folder / "c.yaml").write_text("#" * (1 << 20) + "\n")
    (told,) = complaints(lambda: softstep.load("c.yaml"))
    assert told.startswith("c.yaml: larger than 1,048,576 bytes, the most it may have; put the matrices in CSV or NPY")
