"""A class with variants: `softstep check --each --feedback` on 500 sheets about 30 configs, in seconds and MiB.

`python tests/benchmarks/feedback.py` marks the mixed class of `marking.py`, written anew for each variant, alone and
with a page for each student.
"""

import json
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from marking import STEPS, mixed
from startup import run
from support.students import WAYS_OF_WORKING, Exercise, as_sheet, work_as

SHEETS, VARIANTS = 500, 30


def write_course(configs: Path, sheets: Path) -> None:
    """Write the variants and the sheets about them."""
    random, way = Random(30), WAYS_OF_WORKING[0]

    def numbers(rows: int, columns: int) -> list[list[float]]:
        return [[round(random.uniform(-1.5, 1.5), 2) for _ in range(columns)] for _ in range(rows)]

    exercises: list[Exercise] = []
    while len(exercises) < VARIANTS:
        exercise = Exercise(numbers(4, 3), numbers(3, 3), numbers(1, 3)[0], [0, 1, 2, 1], 0.2)
        exercises += [exercise] if work_as(way, exercise) else []  # a probability of 0.00 has no loss
    for i, exercise in enumerate(exercises):
        (configs / f"{i:02}.yaml").write_text(json.dumps(exercise.keys()))
    for i in range(SHEETS):
        variant = i % VARIANTS
        figures = None
        while figures is None:
            figures = mixed(exercises[variant], way, random, i // VARIANTS + i)
        (sheets / f"{variant:02}-student{i}.yaml").write_text(
            as_sheet(figures, STEPS, loss_places=way.loss_places or 2)
        )


def main() -> None:
    """Print the measurements."""
    with TemporaryDirectory() as folder:
        configs, sheets = Path(folder) / "configs", Path(folder) / "sheets"
        configs.mkdir()
        sheets.mkdir()
        write_course(configs, sheets)
        command = [str(Path(sys.executable).with_name("softstep")), "check", "--each", str(configs), str(sheets)]
        pages = ["--feedback", str(Path(folder) / "pages")]
        for what, options in (("gradebook", ["-f", "csv"]), ("html", pages), ("markdown", [*pages, "-f", "markdown"])):
            for hint in ([], ["--hint"]):
                seconds, memory = run([*command, *options, *hint], 1)
                print(f"{' '.join([what, *hint]):20} {seconds:6.2f} s {memory:6.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
