"""`softstep gradcheck`: its tolerance, its exit status and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.running import CONFIGS, Call

TABLE = CONFIGS / "article_table.yaml"


def test_the_articles_gradient_fails_and_its_errors_are_reported(call: Call) -> None:
    done = call("gradcheck", CONFIGS / "doc_example.yaml", "-f", "json")
    assert done.returncode == 1
    assert done.stderr == ("softstep: The worst relative error of the article gradient is 1.1e+00, more than 1e-06\n")
    steps = json.loads(done.stdout)["steps"]
    assert list(steps) == [
        "weight_gradients", "weight_differences", "weight_errors", "bias_gradients", "bias_differences", "bias_errors",
        "worst_error",
    ]  # fmt: skip
    g, d, e = (np.array(steps[f"weight_{kind}"]["values"]) for kind in ("gradients", "differences", "errors"))
    assert g[1, 1] == pytest.approx(-1.9757, abs=5e-5)
    assert d[1, 1] == pytest.approx(-0.0151, abs=5e-5)
    assert e == pytest.approx(np.abs(g - d) / np.maximum(np.abs(g), np.abs(d)))
    assert steps["worst_error"]["value"] == max(e.max(), max(steps["bias_errors"]["values"]))


def test_the_tolerance_decides_the_exit_status(call: Call) -> None:
    assert call("gradcheck", TABLE).returncode == 0
    assert call("gradcheck", TABLE, "--tolerance", "1e-15").returncode == 1
    assert call("gradcheck", CONFIGS / "doc_example.yaml", "--tolerance", "2").returncode == 0


def test_plain_prints_only_the_worst_error(call: Call) -> None:
    done = call("gradcheck", TABLE, "-f", "plain")
    assert 0 < float(done.stdout) < 1e-7


def test_the_check_needs_the_keys_of_the_loss_but_no_learning_rate(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("embeddings: [[1, 2]]\nlabels: [0]\nweights: [[1, 2], [3, 4]]\n")
    assert call("gradcheck", tmp_path / "c.yaml").returncode == 0
    (tmp_path / "c.yaml").write_text("logits: [[1, 2]]\nlabels: [0]\n")
    done = call("gradcheck", tmp_path / "c.yaml")
    assert done.returncode == 2
    needs = "gradcheck needs embeddings and weights, which this config does not have; add them in place of logits"
    assert needs in done.stderr


def test_numbers_too_large_for_finite_differences_are_refused(call: Call, tmp_path: Path) -> None:
    for z, w in (("1e300", "0.3"), ("1", "1e300")):
        text = f"embeddings: [[{z}, 1], [0, 2]]\nlabels: [0, 1]\nweights: [[{w}, 1], [0.2, 0]]\n"
        (tmp_path / "c.yaml").write_text(text)
        done = call("gradcheck", tmp_path / "c.yaml")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(
            f"{tmp_path}/c.yaml:1:1: gradcheck: weights: {float(w):g} and embeddings that it is multiplied with are too"
        )


def test_embeddings_too_small_for_finite_differences_are_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("embeddings: [[1e-320, 1], [0, 2]]\nlabels: [0, 1]\nweights: [[1, 1], [0, 0]]\n")
    done = call("gradcheck", tmp_path / "c.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "c.yaml:1:1: gradcheck: embeddings: a feature of at most 9.99989e-321 is too small for" in done.stderr
