"""The commands as users run them: their input, their output and their exit status."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.running import CONFIGS, ROOT, Call

EXAMPLE = CONFIGS / "doc_example.yaml"
COMMANDS = ("run", "forward", "loss", "grad", "update")
LAYER = "embeddings: [[1, 2], [3, 4]]\nweights: [[1, 0], [0, 1]]\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exits_with_0_and_prints_nothing_on_stderr(call: Call, command: str) -> None:
    done = call(command, EXAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n")


def test_plain_prints_only_the_number(call: Call) -> None:
    assert call("loss", EXAMPLE, "-f", "plain").stdout == "1.1358\n"


def test_plain_prints_the_result_of_each_command(call: Call) -> None:
    assert call("forward", EXAMPLE, "-f", "plain").stdout.splitlines()[0] == "0.33 0.29 0.38"
    assert call("grad", EXAMPLE, "-f", "plain", "--param", "w0").stdout == "-1.62 -1.77 -1.29 -1.73\n"
    assert call("update", EXAMPLE, "-f", "plain", "--param", "b").stdout == "0.69\n0.58\n0.35\n"
    assert call("run", EXAMPLE, "-f", "plain").stdout.count("\n\n") == 6


def test_without_a_config_the_built_in_example_is_used_and_stderr_says_so(call: Call, tmp_path: Path) -> None:
    done = call("loss", "-f", "plain", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1.1358\n")
    assert done.stderr == "softstep: no config named; using the built-in example\n"
    assert call("loss", "-f", "plain", "-q", cwd=tmp_path).stderr == ""


def test_the_environment_variable_names_the_default_config(call: Call, write: Callable[..., Path]) -> None:
    path = write("probabilities: [[0.5, 0.5]]\nlabels: [0]\n")
    done = call("loss", "-f", "plain", env={"SOFTSTEP_CONFIG": str(path)})
    assert done.stdout == "0.6931471805599453\n"
    assert done.stderr == f"softstep: using {path}, from SOFTSTEP_CONFIG\n"
    assert call("loss", EXAMPLE, "-f", "plain", env={"SOFTSTEP_CONFIG": str(path)}).stdout == "1.1358\n"


def test_a_config_can_be_read_from_standard_input(call: Call) -> None:
    done = call("loss", "-", "-f", "plain", stdin=EXAMPLE.read_text())
    assert (done.returncode, done.stdout, done.stderr) == (0, "1.1358\n", "")
    assert call("loss", "-", stdin="loss\n").stderr.startswith("<stdin>:1:1: config: 'loss'; expected keys")


def test_the_next_config_can_be_written_and_read_in_a_loop(call: Call, tmp_path: Path) -> None:
    shutil.copy(CONFIGS / "article_table.yaml", tmp_path / "c.yaml")
    losses = []
    for _ in range(3):
        losses.append(float(call("loss", "c.yaml", "-f", "plain", cwd=tmp_path).stdout))
        done = call("update", "c.yaml", "-o", "c.yaml", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert losses == sorted(losses, reverse=True)
    first = call("update", CONFIGS / "article_table.yaml", "-f", "yaml").stdout
    second = call("update", "-", "-f", "yaml", stdin=first).stdout
    third = call("update", "-", "-f", "yaml", stdin=second).stdout
    assert third == (tmp_path / "c.yaml").read_text()
    assert float(call("loss", "-", "-f", "plain", stdin=second).stdout) == losses[2]


def test_two_updates_through_pipes_equal_two_updates_in_python(call: Call) -> None:
    import softstep

    problem = softstep.load(CONFIGS / "karate_club.yaml")
    piped = (CONFIGS / "karate_club.yaml").read_text()
    for _ in range(2):
        problem = problem.after()
        piped = call("update", "-", "-f", "yaml", stdin=piped).stdout
    assert float(call("loss", "-", "-f", "plain", stdin=piped).stdout) == problem.loss()["loss"].value


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        ("yaml", "title:"),
        ("YML", "title:"),
        ("json", '{"schema"'),
        ("csv", "step,"),
        ("tsv", "step\t"),
        ("txt", "Node"),
    ],
)
def test_the_extension_of_the_output_file_chooses_the_format(
    call: Call, tmp_path: Path, ending: str, start: str
) -> None:
    path = tmp_path / f"out.{ending}"
    done = call("update", EXAMPLE, "-o", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert path.read_text().startswith(start)
    assert call("update", EXAMPLE, "-f", "tsv", "-o", path).returncode == 0
    assert path.read_text().startswith("step\t")
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("config", "command", "lacking"),
    [
        ("labels: {1: 0}\n", "forward", "forward needs embeddings and weights"),
        ("embeddings: [[1]]\n", "forward", "forward needs weights"),
        ("embeddings: [[1]]\nlabels: [0]\n", "run", "run needs weights"),
        ("embeddings: [[1]]\nlabels: [0]\nlearning_rate: 1\n", "run", "run needs weights"),
        ("embeddings: [[1]]\n", "loss", "loss needs labels and weights"),
        ("embeddings: [[1]]\nlabels: [0]\n", "update", "update needs weights and learning_rate"),
        (LAYER, "train", "train needs labels and learning_rate"),
        ("logits: [[1, 2]]\n", "loss", "loss needs labels"),
        (LAYER, "loss", "loss needs labels"),
        (LAYER, "grad", "grad needs labels"),
        (LAYER + "labels: [0, 1]\n", "update", "update needs learning_rate"),
        ("logits: [[1, 2]]\n", "grad", "grad needs embeddings, labels and weights"),
        ("probabilities: [[1, 0]]\n", "update", "update needs embeddings, labels, weights and learning_rate"),
        ("title: x\n", "run", "run needs embeddings and weights"),
    ],
)
def test_a_command_lists_the_keys_it_needs(
    call: Call, write: Callable[..., Path], config: str, command: str, lacking: str
) -> None:
    path = write(config)
    done = call(command, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{path}:1:1: {lacking}, which this config does not have; add ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("start", ["logits: [[0, 0]]", "probabilities: [[0.5, 0.5]]"])
def test_the_gradient_of_logits_is_shown_with_a_note_on_what_is_left_out(
    call: Call, write: Callable[..., Path], start: str
) -> None:
    done = call("grad", write(f"{start}\nlabels: [1]\n"))
    assert done.returncode == 0
    assert "1       0.50*  [-0.50]" in done.stdout
    assert "Note: Left out: weight gradients (need embeddings and weights in place of " in done.stdout


@pytest.mark.parametrize(
    ("config", "command", "steps"),
    [
        (LAYER, "forward", ["logits", "exponentials", "normalizers", "probabilities", "predictions"]),
        (LAYER + "labels: [0, ~]\n", "loss", ["node_losses", "loss"]),
        ("logits: [[1, 2]]\n", "forward", ["exponentials", "normalizers", "probabilities", "predictions"]),
        ("probabilities: [[0.2, 0.8]]\n", "forward", ["predictions"]),
        ("probabilities: [[0.2, 0.8]]\nlabels: [0]\n", "loss", ["node_losses", "loss"]),
    ],
)
def test_a_command_needs_only_the_keys_of_its_steps(
    call: Call, write: Callable[..., Path], config: str, command: str, steps: list[str]
) -> None:
    done = call(command, write(config), "-f", "json")
    assert [*json.loads(done.stdout)["steps"]] == steps


def test_run_computes_what_it_can_and_lists_what_it_left_out(call: Call, write: Callable[..., Path]) -> None:
    done = call("run", write(LAYER))
    assert done.returncode == 0
    assert "Predictions" in done.stdout
    assert "Loss" not in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Note: Left out: node losses, loss, residuals, weight gradients and bias gradients (need labels); "
        "updated weights and updated biases (also learning_rate)."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["grad", "--param", "w9"],
            "--param w9: no such parameter; expected one of w0, w1, w2, b0, b1, b2, W or b; write one",
        ),
        (["run", "--param", "v0"], "--param v0: no such parameter; expected one of w0"),
        (["run", "--node", "9"], "--node 9: no such node in this result; expected one of 1, 2, 3, 4 or 5; write one"),
        (["run", "--class", "a"], "--class a: no such class in this result; expected one of 0, 1 or 2; write one of"),
        (
            ["loss", "--step", "logits"],
            "--step logits: no such step in this result; expected one of node_losses, loss, embeddings, labels,",
        ),
        (["update", "--node", "1"], "update: no number is about node 1; leave it out"),
        (["loss", "--work", "-f", "plain"], "--work: -f plain has no place for it; expected one of table, markdown"),
        (["loss", "-o", "x.pdf"], "x.pdf: unknown file ending; expected one of .txt, .md, .tex, .html"),
        (["loss", "--standalone"], "--standalone: -f table has no place for it; expected one of latex, html; use"),
        (["walk"], "No such command 'walk'"),
        (["run", "a.yaml", "b.yaml"], "unexpected extra argument"),
        (["run", "-f", "jsonn"], "'jsonn' must be one of table, markdown, latex, html, plain, json, csv, tsv, yaml"),
        (["run", "--decimals", "nan"], "'nan' must be a whole number from 0 to 15"),
        (["run", "--decimals", "1_0"], "'1_0' must be a whole number from 0 to 15"),
        (["run", "--decimals", "16"], "'16' must be a whole number from 0 to 15"),
        (["run", "--decimals", "²"], "'²' must be a whole number from 0 to 15"),
        (["run", "--color", "green"], "'green' is not one of 'auto', 'always', 'never'"),
        (["run", "missing.yaml"], "missing.yaml: no such file; check the name and the folder"),
        (["run", "configs/doc_exampel.yaml"], "no such file; did you mean configs/doc_example.yaml?"),
        (["run", "configs"], "configs: this is a folder; name a file"),
        (["run", "/dev/zero"], "/dev/zero: this is no regular file; name a file"),
        (["run", "configs/doc_example.yaml", "-o", "no/such/folder.txt"], "no/such/folder.txt cannot be written"),
        (["run", "configs/doc_example.yaml", "-o", "configs"], "configs cannot be written (Is a directory)"),
    ],
)
def test_a_wrong_argument_gives_one_line_and_status_2(call: Call, arguments: list[str], message: str) -> None:
    done = call(*arguments, "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_all_complaints_are_printed_at_once_one_line_each(call: Call, write: Callable[..., Path]) -> None:
    path = write("embeddings: {1: [0.5, −0.6]}\nlearning_rate: fast\n")
    done = call("forward", path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{path}:1:23: embeddings.1[1]: '−0.6' with U+2212 (minus sign); expected a decimal number; write -0.6",
        f"{path}:2:16: learning_rate: 'fast'; expected a decimal number; write a number such as 0.5",
    ]


def test_the_option_decimals_changes_only_what_is_shown(call: Call) -> None:
    shown = call("loss", CONFIGS / "article_table.yaml", "--decimals", "8").stdout
    exact = call("loss", CONFIGS / "article_table.yaml", "-f", "plain").stdout
    assert f"= {float(exact):.8f}\n" in shown
    assert call("loss", CONFIGS / "article_table.yaml", "-f", "plain", "--decimals", "3").stdout == exact


def test_help_is_plain_text_with_every_command(call: Call) -> None:
    for arguments in ([], ["-h"], ["--help"]):
        done = call(*arguments)
        assert done.returncode == 0
        assert all(f"  {command} " in done.stdout for command in COMMANDS)
        assert max(map(len, done.stdout.splitlines())) <= 80
    assert "--param" in call("grad", "-h").stdout


def test_the_option_version_prints_the_version_of_the_package(call: Call) -> None:
    import softstep

    assert call("--version").stdout == f"softstep {softstep.__version__}\n"


def test_the_head_of_a_page_says_how_the_numbers_were_computed(call: Call) -> None:
    by_hand = "By hand: every step rounded to 2 decimals (losses 4), ties toward zero. N = 5 labelled nodes.\n"
    assert by_hand in call("run", EXAMPLE).stdout
    full = call("run", CONFIGS / "article_table.yaml").stdout
    assert "Full precision, displayed to 2 decimals (losses 4). N = 5 labelled nodes.\n" in full


def test_a_first_step_is_visible_in_the_loss_unless_fewer_decimals_are_asked_for(call: Call) -> None:
    """The step makes H[0] − H[1] = 2 + 4 · 0.025 · 0.1192 = 2.0119, and L = ln(1 + e^−2.0119) = 0.1255."""
    config = "embeddings: [[1]]\nweights: [[2], [0]]\nlabels: [0]\nlearning_rate: 0.025\n"
    page = call("run", "-", stdin=config).stdout
    assert "Full precision, displayed to 2 decimals (losses 4). N = 1 labelled node.\n" in page
    assert "= 0.1269 → 0.1255" in page
    assert "= 0.13 → 0.13" in call("run", "-", "--decimals", "2", stdin=config).stdout
    record = json.loads(call("run", "-", "-f", "json", stdin=config).stdout)
    assert record["rounding"] == {"every_step": False, "decimals": 2, "loss_decimals": 4, "ties": "half-up"}


@pytest.mark.parametrize("command", ["run", "forward", "loss", "grad", "update"])
def test_the_head_of_a_page_has_at_most_five_lines_at_100_columns(call: Call, command: str) -> None:
    head = call(command, EXAMPLE, env={"COLUMNS": "100"}).stdout.split("\n\n")[0].splitlines()
    assert sum(-(-len(line) // 100) for line in head) <= 5


@pytest.mark.parametrize(
    ("columns", "most", "arguments"),
    [("80", 85, ["run"]), ("100", 72, ["run"]), ("80", 45, ["grad", "--param", "w0"])],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_a_page_of_the_example_is_short(call: Call, columns: str, most: int, arguments: list[str]) -> None:
    command, *options = arguments
    lines = call(command, EXAMPLE, *options, env={"COLUMNS": columns}).stdout.splitlines()
    assert len(lines) <= most
    texts = ("Note: ", "By hand: ", "The last two ")  # lines of text are not wrapped in a pipe
    assert all(len(line) <= int(columns) for line in lines if not line.startswith(texts))


def test_a_page_ends_with_the_number_that_the_command_is_there_to_find(call: Call) -> None:
    assert call("loss", EXAMPLE).stdout.splitlines()[-1] == "Loss  L = (1/N) Σ ℓ_i = 1.1358"


def test_run_prints_the_stages_in_their_order_and_the_steps_of_each(call: Call) -> None:
    text = call("run", EXAMPLE).stdout
    position = 0
    for title in (
        "\nGiven ──", "Embeddings ", "Labels ", "Weights ", "Biases", "Learning rate  α = 0.2",
        "\nForward ──", "Logits ", "Exponentials ", "Normalizers", "Probabilities ", "Predictions",
        "\nLoss ──", "Node losses ", "Loss  L = (1/N) Σ ℓ_i = 1.1358",
        "\nGradient ──", "Residuals ", "Weight gradients", "Bias gradients",
        "\nUpdate ──", "Updated weights ", "Updated biases", "Loss after the step  L at W′ and b′ = 1.1468",
        "Loss before and after  L → L′ = 1.1358 → 1.1468",
        "\nNote: gradient: article is not the derivative of L. In full precision, the weight gradients differ most "
        "at ∂L/∂w1 (x_1): article -1.9757, derivative -0.0151. One step with the article gradient raises L "
        "from 1.1391 to 1.1427; one step with the derivative gives 1.1164.\n",
    ):  # fmt: skip
        position = text.index(title, position) + len(title)
    assert position == len(text)


def test_true_and_predicted_class_are_marked_by_brackets_and_a_star(call: Call) -> None:
    lines = call("forward", EXAMPLE).stdout.splitlines()
    assert "[ ] true class   * predicted class" in lines
    at = next(i for i, line in enumerate(lines) if line.startswith("Probabilities"))
    assert [line.split()[:4] for line in lines[at + 4 : at + 9]] == [
        ["1", "[0.33]", "0.29", "0.38*"],
        ["2", "0.42*", "[0.29]", "0.29"],
        ["3", "[0.36]", "0.27", "0.37*"],
        ["4", "0.37*", "[0.32]", "0.31"],
        ["5", "0.33", "0.36*", "[0.31]"],
    ]


def test_the_class_of_a_node_predicted_right_has_both_marks(call: Call, write: Callable[..., Path]) -> None:
    assert "[0.80]*" in call("forward", write("logits: [[1.386294361, 0]]\nlabels: [0]\n")).stdout


def test_the_installed_script_runs_the_command(call: Call) -> None:
    import subprocess
    import sys

    script = Path(sys.executable).with_name("softstep")
    assert script.exists(), "the tests run in an environment that softstep is installed in"
    done = subprocess.run([script, "loss", EXAMPLE, "-f", "plain"], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert (done.stdout, done.stderr) == ("1.1358\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("c.yaml", "No such command 'c.yaml'; did you mean softstep run c.yaml?"),
        ("configs/doc_example.yaml --work", "did you mean softstep run configs/doc_example.yaml?"),
        ("README.md", "did you mean softstep run README.md?"),
        ("-", "did you mean softstep run -?"),
        ("walk", "No such command 'walk'; see softstep --help"),
        ("--walk", "No such option: --walk; see softstep --help"),
        ("train --history", "Option '--history' requires an argument; see softstep train --help"),
        ("run --work=yes", "Option '--work' does not take a value; see softstep run --help"),
    ],
)
def test_a_wrong_command_line_gets_a_helpful_hint(call: Call, arguments: str, message: str) -> None:
    done = call(*arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("softstep: ")
    assert done.stderr.endswith(f"{message}\n")
    assert done.stderr.count("\n") == 1
