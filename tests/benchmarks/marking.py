"""Marking a class: `softstep check` on 500 sheets of 44 answers, compared with only parsing them with PyYAML.

`python tests/benchmarks/marking.py [PAIRS]` writes the sheets to a temporary folder, runs both processes in turn and
prints the median times, the median of the ratios of each pair, and the peak memory of each. Of every five sheets, one
is right, one has a slip in a rule, one a misread input, one two slips, and one three arithmetic mistakes.
"""

import json
import sys
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from startup import run
from support.students import EDITS, SLIPS, Exercise, Figures, add_mistakes, as_sheet, misread_input, work_exercise

SHEETS = 500
STEPS = ("logits", "probabilities", "predictions", "loss", "weight_gradients", "bias_gradients")

REFERENCE = "import sys, yaml\nfor name in sys.argv[1:]:\n    yaml.safe_load(open(name))"


def figures_of_student(problem: Exercise, kind: int, random: Random) -> Figures | None:
    """The figures of a student of this kind; None if a figure is not finite."""
    if kind == 2:
        read = misread_input(problem, random.choice(EDITS), random)
        return work_exercise(read[0]) if read else None
    slips = random.sample(SLIPS, {1: 1, 3: 2}.get(kind, 0))
    figures = work_exercise(problem, [(step, work) for _, step, work in slips])
    return add_mistakes(figures, STEPS, random, 3) if figures and kind == 4 else figures


def write_class(folder: Path) -> list[str]:
    """Write a config and the sheets about it; return their paths."""
    random = Random(500)

    def numbers(rows: int, columns: int) -> list[list[float]]:
        return [[round(random.uniform(-1.5, 1.5), 2) for _ in range(columns)] for _ in range(rows)]

    problem = Exercise(numbers(4, 3), numbers(3, 3), numbers(1, 3)[0], [0, 1, 2, 1], 0.2)
    config = folder / "class.yaml"
    config.write_text(json.dumps(problem.keys()))
    sheets = []
    while len(sheets) < SHEETS:
        figures = figures_of_student(problem, len(sheets) % 5, random)
        if figures:
            sheets.append(folder / f"sheet{len(sheets)}.yaml")
            sheets[-1].write_text(as_sheet(figures, STEPS))
    return [str(path) for path in (config, *sheets)]


def main() -> None:
    """Print the comparison."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with TemporaryDirectory() as folder:
        config, *sheets = write_class(Path(folder))
        ours = [str(Path(sys.executable).with_name("softstep")), "check", config, *sheets, "-f", "json"]
        reference = [sys.executable, "-c", REFERENCE, *sheets]
        measured = [(run(ours, 1), run(reference)) for _ in range(pairs)]
    for i, name in enumerate(("softstep check", "parsing with PyYAML")):
        seconds, memory = (median(pair[i][j] for pair in measured) for j in (0, 1))
        print(f"{name:22} {seconds:6.2f} s {memory:6.1f} MiB")
    ratios = [ours / reference for (ours, _), (reference, _) in measured]
    print(f"{'ratio, pair by pair':22} {median(ratios):6.2f}, {min(ratios):.2f} to {max(ratios):.2f}, {pairs} pairs")


if __name__ == "__main__":
    main()
