"""Marking a class: `softstep check` on 500 sheets of 44 answers, compared with only parsing them with PyYAML.

`python tests/benchmarks/marking.py [PAIRS]` writes the sheets of four classes to a temporary folder, runs both
processes in turn on each, and prints the median times, the median of the ratios of each pair, and the peak memory of
each. In the mixed class all work by hand, and of every five sheets one is right, one has a slip in a rule, one a
misread input, one two slips, and one three arithmetic mistakes. In the others students work by hand or with a
calculator, in turn, and all sheets are right, or all have one to three slips, or all are nonsense: arbitrary logits
with the rest right, or all arbitrary.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from startup import run
from support.populations import ALL_SLIPS, mistake_of
from support.students import EDITS, SLIPS, WAYS_OF_WORKING, Exercise, Figures, Way, add_mistakes, as_sheet, work_as

SHEETS = 500
STEPS = ("logits", "probabilities", "predictions", "loss", "weight_gradients", "bias_gradients")

REFERENCE = "import sys, yaml\nfor name in sys.argv[1:]:\n    yaml.safe_load(open(name))"


def with_slips(problem: Exercise, way: Way, random: Random, slips: list[Any]) -> Figures | None:
    """The figures of a student who makes these slips, if they can be made together."""
    made = [mistake_of(problem, slip, random) for slip in slips]
    mistakes = [mistake for mistake in made if mistake]
    steps = {mistake.made_in[0] for mistake in mistakes}
    return work_as(way, problem, mistakes) if len(steps) == len(slips) else None


def mixed(problem: Exercise, way: Way, random: Random, number: int) -> Figures | None:
    """The figures of a student of the mixed class."""
    kind = number % 5
    slips = [(random.choice(EDITS), "inputs", None)] if kind == 2 else random.sample(SLIPS, {1: 1, 3: 2}.get(kind, 0))
    figures = with_slips(problem, way, random, slips)
    return add_mistakes(figures, STEPS, random, 3) if figures and kind == 4 else figures


def honest(problem: Exercise, way: Way, random: Random, number: int) -> Figures | None:
    """The figures of a student without a mistake."""
    return work_as(way, problem)


def slips(problem: Exercise, way: Way, random: Random, number: int) -> Figures | None:
    """The figures of a student with one to three slips in different steps."""
    return with_slips(problem, way, random, random.sample(ALL_SLIPS, number % 3 + 1))


def nonsense(problem: Exercise, way: Way, random: Random, number: int) -> Figures | None:
    """Right figures but for arbitrary logits, or all arbitrary."""
    figures = work_as(way, problem) or {}
    wrong = STEPS if number % 2 else ("logits",)
    return figures | {key: _arbitrary(figures[key], way.places, random) for key in wrong}


def _arbitrary(value: Any, places: int, random: Random) -> Any:
    if isinstance(value, list):
        return [_arbitrary(entry, places, random) for entry in value]
    return random.randrange(3) if isinstance(value, int) else round(random.uniform(-3, 3), places)


CLASSES: Mapping[str, Callable[[Exercise, Way, Random, int], Figures | None]] = {
    "mixed": mixed,
    "honest": honest,
    "one to three slips": slips,
    "nonsense": nonsense,
}


def write_class(folder: Path, name: str) -> list[str]:
    """Write a config and the sheets about it; return their paths."""
    random = Random(500)

    def numbers(rows: int, columns: int) -> list[list[float]]:
        return [[round(random.uniform(-1.5, 1.5), 2) for _ in range(columns)] for _ in range(rows)]

    problem = Exercise(numbers(4, 3), numbers(3, 3), numbers(1, 3)[0], [0, 1, 2, 1], 0.2)
    config = folder / "class.yaml"
    config.write_text(json.dumps(problem.keys()))
    sheets = []
    while len(sheets) < SHEETS:
        number = len(sheets)
        way = WAYS_OF_WORKING[number % len(WAYS_OF_WORKING) if name != "mixed" else 0]
        figures = CLASSES[name](problem, way, random, number)
        if figures:
            sheets.append(folder / f"sheet{number}.yaml")
            sheets[-1].write_text(as_sheet(figures, STEPS, loss_places=way.loss_places or 2, places=way.places))
    return [str(path) for path in (config, *sheets)]


def compare(name: str, pairs: int) -> None:
    """Print the comparison for one class."""
    with TemporaryDirectory() as folder:
        config, *sheets = write_class(Path(folder), name)
        ours = [str(Path(sys.executable).with_name("softstep")), "check", config, *sheets, "-f", "json"]
        reference = [sys.executable, "-c", REFERENCE, *sheets]
        measured = [(run(ours, 1), run(reference)) for _ in range(pairs)]
    for i, what in enumerate(("softstep check", "parsing with PyYAML")):
        seconds, memory = (median(pair[i][j] for pair in measured) for j in (0, 1))
        print(f"{name:20} {what:22} {seconds:6.2f} s {memory:6.1f} MiB")
    ratios = [ours / reference for (ours, _), (reference, _) in measured]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}, {pairs} pairs"
    print(f"{name:20} {'ratio, pair by pair':22} {median(ratios):6.2f}, {spread}", flush=True)


def main() -> None:
    """Print the comparisons."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name in CLASSES:
        compare(name, pairs)


if __name__ == "__main__":
    main()
