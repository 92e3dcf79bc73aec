"""Pages as text: whatever their width, no digit is cut and no table is wider than the page."""

import re
from collections import Counter

import numpy as np
from rich.cells import cell_len
from support.problems import few_and_many

import softstep

NAMES = ("a", "论文", "node with space", "x_0", "[b]", "*y*", "é", "long-name-" * 4, ":heart:", "w0")


def random_problem(random: np.random.Generator) -> softstep.Problem:
    """A problem of any shape, with awkward names, by hand or in full precision."""
    N, d, K = (int(random.integers(least, most)) for least, most in ((1, 13), (1, 15), (2, 13)))
    keys: dict[str, object] = {
        "embeddings": random.normal(0, random.choice([0.1, 1, 30, 1000]), (N, d)).round(3).tolist(),
        "weights": random.normal(0, 1, (K, d)).round(3).tolist(),
        "biases": random.normal(0, 1, K).round(2).tolist(),
        "labels": random.integers(0, K, N).tolist(),
        "learning_rate": 0.1,
    }
    if random.random() < 0.5:
        keys["classes"] = [f"{NAMES[c % len(NAMES)]}{c}" for c in range(K)]
    if random.random() < 0.4:
        keys["rounding"] = {"every_step": True, "decimals": int(random.integers(0, 5))}
    return softstep.Problem(**keys)


@few_and_many(15, 600)
def test_a_page_of_any_width_has_every_digit_and_no_wider_table(cases: int) -> None:
    random = np.random.default_rng(cases)
    for _ in range(cases):
        try:
            problem = random_problem(random)
            result = getattr(problem, random.choice(["run", "forward", "loss", "grad", "update"]))()
        except softstep.SoftstepError:  # an overflow
            continue
        width = int(random.choice([20, 40, 60, 80, 100, 140, 200]))
        on_or_off = {option: bool(random.random() < 0.3) for option in ("work", "ascii", "heat")}
        colors = random.choice([None, "256"])
        text = re.sub(r"\x1b\[[\d;]*m", "", result.text(width=width, colors=colors, **on_or_off))
        printed = Counter(re.split(r"[\s\[\]*]+", text))
        wanted: Counter[str] = Counter()
        for step in (*result.opening, *result.values()):
            if step.entries is None:
                wanted.update(np.array(step.digits()).ravel().tolist())
        assert not wanted - printed
        rows = [line for line in text.splitlines() if re.search(r"\S {2,}\S", line) and "class" not in line]
        assert all(cell_len(row) <= width or len(re.split(r" {2,}", row.strip())) == 2 for row in rows)
