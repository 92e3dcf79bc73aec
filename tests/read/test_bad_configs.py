"""Bad configs and data files: their complaints, and the results of following every fix.

The cases are in `corpora/bad_configs` and `corpora/bad_data`; `support/cases.py` describes the files.
`support/apply_fixes.py` follows every fix exactly. A person compared the result, `[fixed gives]`, with what was meant
before it was kept; if they differ, the case has a section `[meant]`.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from support.apply_fixes import CHOSEN, LEFT, LEFT_TO_THE_READER, NOBODY, REFUSED, fix_in, is_misleading, outcomes
from support.cases import Case, TypedText, cases_in
from support.problems import problem_in
from support.running import Call

import softstep
from softstep.lesson.quantities import CLASS, NODE
from softstep.lesson.rounding import Rounding

CONFIGS = cases_in("bad_configs")
CASES = {**CONFIGS, **{f"data, {name}": case for name, case in cases_in("bad_data").items()}}

ASKED = ["random_weights: random other kind", "rounding: rounding ties other"]
"""Cases whose fix asks 'did you mean …?'; saying yes gives a result, although nobody can tell what was meant."""

MISLEADING = 14
"""The most cases whose fixes may give another result than was meant, or one although nobody can tell."""


def complaints_of(problem: Callable[[], softstep.Problem]) -> list[str]:
    """The complaints when a problem is read and run."""
    try:
        problem().run()
    except softstep.SoftstepError as error:
        return list(error.complaints)
    return []


def complaints_about(case: Case) -> list[str]:
    """Write the files of a case and return the complaints about it."""
    Path("c.yaml").write_bytes(case.typed.data)
    write_files({name: typed.data for name, typed in case.needed_files().items()})
    return complaints_of(lambda: softstep.load("c.yaml"))


def write_files(files: Mapping[str, bytes]) -> None:
    """Write these files."""
    for name, data in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(data)


def summary_of(problem: softstep.Problem) -> str:
    """Enough numbers and names to recognise a problem."""
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


def results_of_fixes(case: Case) -> list[str]:
    """The results of following every fix of a case, a line for each way to follow them."""

    def complain(files: Mapping[str, str]) -> list[str]:
        text, *_ = files.values()
        write_files(
            {name: text.encode("utf-8", "replace") for name, text in files.items()}
        )  # as an editor would save them
        return complaints_of(lambda: problem_in(text))

    ways = []
    for followed in outcomes({"c.yaml": case.typed.text} | texts(case.needed_files()), complain):
        if followed.left:
            ways.append(LEFT + followed.left)
        elif followed.refused:
            ways.append(REFUSED)
        else:
            ways.append(summary_of(problem_in(followed.files["c.yaml"])) + CHOSEN * followed.chosen)
    return list(dict.fromkeys(ways))


def texts(files: Mapping[str, TypedText]) -> dict[str, str]:
    """The text of each file."""
    return {name: typed.text for name, typed in files.items()}


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Run every test in an empty folder."""
    folder = tmp_path_factory.getbasetemp() / "cases"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_config_gets_every_complaint(name: str, update: bool) -> None:
    case = CASES[name]
    complaints = complaints_about(case)
    if update:
        case.expect("complaints", complaints)
    assert complaints
    assert complaints == case["complaints"]


@pytest.mark.parametrize("topic", dict.fromkeys(name.rpartition(": ")[0] for name in CASES))
def test_following_every_fix_gives_the_recorded_result(topic: str, update: bool) -> None:
    """Fixes are followed from the last complaint to the first, and again while new complaints appear."""
    cases = {name: case for name, case in CASES.items() if name.startswith(f"{topic}: ")}
    given = {name: results_of_fixes(case) for name, case in cases.items()}
    if update:
        for name, case in cases.items():
            case.expect("fixed gives", given[name])
    assert given == {name: case["fixed gives"] for name, case in cases.items()}
    assert [name for name in cases if given[name][0] == REFUSED and cases[name]["meant"] != [NOBODY]] == []


def test_fixes_give_what_was_meant_in_all_but_a_few_cases() -> None:
    misled = []
    for name, case in CASES.items():
        if case["meant"]:
            text = "".join(f"{line}\n" for line in case["meant"])
            write_files({name: typed.data for name, typed in case.needed_files().items()})
            meant = NOBODY if text == f"{NOBODY}\n" else summary_of(problem_in(text))
            misled += [name] * is_misleading(case["fixed gives"], meant)
    assert len(misled) <= MISLEADING, misled
    assert [name for name in misled if not all(given.endswith(CHOSEN) for given in CASES[name]["fixed gives"])] == ASKED


def test_a_complaint_is_one_line_with_a_place_in_the_file_and_a_fix() -> None:
    for case in CASES.values():
        files = {"c.yaml": case.typed.text} | texts(case.needed_files())
        for complaint in case["complaints"]:
            place = re.match(r"([\w.-]+):(\d+):(\d+): .+[,;:] .+; .+$", complaint)
            assert place, complaint
            lines = re.split(r"\r\n|\r|\n", files[place[1]])
            line, column = int(place[2]), int(place[3])
            assert 1 <= line <= len(lines) + 1, complaint
            assert 1 <= column <= len([*lines, ""][line - 1]) + 1, complaint
            assert complaint.isprintable()


def test_few_fixes_leave_to_the_reader_what_to_write() -> None:
    fixes = [fix_in(complaint) for case in CONFIGS.values() for complaint in case["complaints"]]
    left = [fix for fix in fixes if fix in LEFT_TO_THE_READER]
    assert len(left) < len(fixes) / 5


@pytest.mark.parametrize("name", list(CONFIGS)[7::90])
def test_the_command_prints_the_complaints_and_nothing_else(name: str, call: Call, folder: Path) -> None:
    case = CONFIGS[name]
    complaints_about(case)
    done = call("run", "c.yaml", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", case["complaints"])


def test_a_list_of_complaints_ends_after_100(folder: Path) -> None:
    (folder / "c.yaml").write_text("labels: [" + "x, " * 5000 + "]\nlogits: [[" + "x, " * 5000 + "]]\n")
    complaints = complaints_of(lambda: softstep.load("c.yaml"))
    assert len(complaints) == 101
    assert complaints[-1] == ("c.yaml:2:308: there may be more complaints from here on; mend these first")


def test_a_config_over_the_size_limit_is_refused_unread(folder: Path) -> None:
    (folder / "c.yaml").write_text("#" * (1 << 20) + "\n")
    (complaint,) = complaints_of(lambda: softstep.load("c.yaml"))
    assert complaint.startswith(
        "c.yaml: larger than 1,048,576 bytes, the most it may have; put the matrices in CSV or NPY"
    )
