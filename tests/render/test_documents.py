"""Markdown, LaTeX and HTML, read by other programs: markdown-it, pdflatex with pdftotext, and headless Chromium."""

import html.parser
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from support.running import CONFIGS, ROOT, Call

import softstep
from softstep.lesson.quantities import CLASS, NODE

EXAMPLE = CONFIGS / "doc_example.yaml"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
LATEX = shutil.which("pdflatex") and shutil.which("pdftotext")

AWKWARD = r"""
title: 'a_b $x$ \write18{touch pwned} 100% #1 & {~^} <script>document.dir="rtl"</script> é ł 论文 `t` "q" *s* |p| -- €'
embeddings:
  "[w0]": [1, 2]
  "a_b$c%d#e&f{g}h~i^j\\k<l>m|n": [0.5, 2]
  论文: [1, 1]
  "<img src=x onerror=document.dir='rtl'>": [0, 0]
  "$$": [1, -2]
  "\\immediate\\write18{touch pwned}": [1, 0]
  "\\input{/etc/passwd}": [0, 1]
  "^^5cwrite18{touch pwned}": [0, 1]
  "%~": [0, 1]
  n_1_2_3: [1, 3]
  x_é: [1, 2]
  "٣": [2, 2]
  "</title><script>document.dir='rtl'</script>": [0, 1]
  "\"><svg onload=document.dir='rtl'>": [0, 1]
features: ["petal_width", "x^2 & \\write18{touch pwned}"]
classes: ["*yes*", "no|maybe"]
labels: {"[w0]": "*yes*", 论文: "no|maybe"}
weights: [[0.1, 0.01], [0.2, 0.3]]
learning_rate: 0.5
"""

Table = list[list[str]]


class Page(html.parser.HTMLParser):
    """The parts of a page: its tables as text, its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.texts.append(data)
        if self.inside and self.inside[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data


def figures_in(tables: list[Table]) -> list[list[str]]:
    """The rows below the headers, without names and marks."""
    return [[without_marks(cell) for cell in row[1:]] for table in tables for row in table[1:]]


def without_marks(cell: str) -> str:
    """A figure without the marks of the true and the predicted class."""
    return re.sub(r"^\[?(-?\d[\d.e+-]*)\]?\*?$", r"\1", cell)


def printed_rows(result: softstep.Result) -> list[list[str]]:
    """The same rows, from the digits of the steps."""

    def rows(digits: list[str] | list[list[str]]) -> Iterator[list[str]]:
        return ([row] if isinstance(row, str) else row for row in digits)

    steps = [step for step in (*result.opening, *result.values()) if step.rows]
    return list(chain.from_iterable(rows(step.digits()) for step in steps))


def parse_markdown(text: str) -> Page:
    return Page(MarkdownIt("commonmark").enable("table").render(text))


def numbers_in(line: str) -> list[str]:
    """The numbers with a decimal point, and their signs, in a line of a working in any format."""
    return re.findall(r"-?\d+\.\d+", re.sub("<[^>]*>| ", "", line).replace("−", "-"))


def rows_of_table(text: str) -> list[list[str]]:
    """The rows of the tables in the format for terminals."""
    lines = text.splitlines()
    rows = []
    for i in (i for i, line in enumerate(lines) if re.fullmatch("[─ ]+", line)):
        for rule in re.finditer("─+", lines[i]):  # of each of the tables that stand side by side
            for line in lines[i + 1 :]:
                row = line[rule.start() : rule.end()].strip()
                if not row or line.startswith("Note"):
                    break
                cells = re.split(r"\s{2,}", row.replace("* ", "*  "))[1:]
                rows.append([without_marks(cell) for cell in cells])
    return rows


def rows_of_latex(text: str) -> list[list[str]]:
    """The rows of the LaTeX arrays."""
    rows = []
    for array in re.findall(r"\\hline \\rule\{0pt\}\{2.6ex\}\n(.*?)\n\\end\{array\}", text, re.DOTALL):
        for line in array.split(" \\\\\n"):
            cells = [re.sub(r"\^\{\*\}|\\text\{|\}|^\[|\]", "", cell) for cell in line.split(" & ")[1:]]
            rows.append([cell.replace(r"\to", "→").replace("{-", "-") for cell in cells])
    return rows


@pytest.mark.parametrize("name", ["doc_example", "article_table", "karate_club"])
@pytest.mark.parametrize("command", ["run", "forward", "loss", "grad", "update"])
def test_every_page_format_shows_the_same_digits(call: Call, command: str, name: str) -> None:
    path = CONFIGS / f"{name}.yaml"
    wanted = [
        [cell.replace("Mr. Hi", "Mr.Hi") for cell in row]
        for row in printed_rows(getattr(softstep.load(path), command)())
    ]
    texts = {
        kind: call(command, path, "-f", kind).stdout.replace("Mr. Hi", "Mr.Hi")
        for kind in ("table", "markdown", "latex", "html")
    }
    assert rows_of_table(texts["table"] + "\n") == wanted
    assert figures_in(parse_markdown(texts["markdown"]).tables) == wanted
    cells = sorted(chain.from_iterable(wanted))  # HTML and LaTeX split tables that are wider than a page
    assert sorted(chain.from_iterable(figures_in(Page(texts["html"]).tables))) == cells
    assert sorted(chain.from_iterable(rows_of_latex(texts["latex"]))) == cells


def test_every_page_format_shows_the_same_working(call: Call) -> None:
    table, markdown, latex, html = (
        call("run", EXAMPLE, "--work", "-f", kind).stdout for kind in ("table", "markdown", "latex", "html")
    )
    texts = {
        "table": re.findall(r"^(?!Loss)\w.*?(?: = | ≈ ).*[\d.]$", table, re.MULTILINE),
        "markdown": re.findall(r"^- (\$.*\$)$", markdown, re.MULTILINE),
        "latex": re.findall(r"^.hangindent=2em (\$.*\$)", latex, re.MULTILINE),
        "html": re.findall(r"<li>(.*)</li>", html),
    }
    works = {kind: list(map(numbers_in, lines)) for kind, lines in texts.items()}
    lines = [work for work in works["table"] if len(work) > 1]
    assert len(lines) > 160
    assert all([work for work in works[kind] if len(work) > 1] == lines for kind in works)


def test_markdown_shows_awkward_names_unchanged(call: Call, write: Callable[..., Path]) -> None:
    path = write(AWKWARD)
    text = call("run", path, "-f", "markdown", "--work").stdout
    page = parse_markdown(re.sub(r"\$.*\$$", "a formula", text, flags=re.MULTILINE))
    names = softstep.load(path).given.names
    logits = next(table for table in page.tables if table[0][1:] == list(names[CLASS]))
    assert [row[0] for row in logits[1:]] == list(names[NODE])
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "em", "strong", "code", "a"})
    assert softstep.load(path).setting.title in page.texts


def test_formulae_in_markdown_avoid_signs_that_hosts_read_differently(call: Call, write: Callable[..., Path]) -> None:
    text = call("run", write(AWKWARD), "-f", "markdown", "--work").stdout
    formulae = re.findall(r"^(?:- )?\$(.*)\$", text, re.MULTILINE)
    assert len(formulae) > 50
    assert not any(re.search(r"\\[^a-z]|[%#&|<>`*$]", formula.replace("^{*}", "")) for formula in formulae)


def test_html_is_one_accessible_page_without_scripts_and_links(call: Call, write: Callable[..., Path]) -> None:
    text = call("run", write(AWKWARD), "-f", "html", "--work").stdout
    page = Page(text)
    tags = [tag for tag, _ in page.elements]
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(tags)
    assert not any(
        key.startswith("on") or key in ("src", "href") for _, attributes in page.elements for key in attributes
    )
    assert "http" not in text
    assert "url(" not in text
    assert ("html", {"lang": "en"}) in page.elements
    assert tags.count("h1") == 1
    assert tags.count("caption") == tags.count("table")
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in page.elements if tag == "th")
    assert "color-scheme: light dark" in text
    assert "@page { size: A4" in text
    svg = next(attributes for tag, attributes in page.elements if tag == "svg")
    assert svg["role"] == "img"
    assert "Loss before and after: " in str(svg["aria-label"])


def test_html_shades_all_cells_by_sign_and_size_if_heat_is_asked_for(call: Call) -> None:
    assert "background" not in call("run", EXAMPLE, "-f", "html").stdout
    text = call("run", EXAMPLE, "-f", "html", "--heat").stdout
    style = 'style="color:rgb({});background:rgb({});print-color-adjust:exact"'
    assert f"<td {style.format('255,255,255', '33,102,172')}>0.77</td>" in text  # the largest weight
    assert f"<td {style.format('0,0,0', '234,206,210')}>-0.14</td>" in text


def test_an_infinite_loss_has_no_bar(call: Call, write: Callable[..., Path]) -> None:
    rounding = "rounding: {every_step: true}\n"
    path = write("embeddings: [[9]]\nweights: [[1], [0]]\nlabels: [1]\nlearning_rate: 0.1\n" + rounding)
    assert "<svg" not in call("run", path, "-f", "html").stdout
    assert r"\infty" in call("run", path, "-f", "latex", "--work").stdout


def test_a_wide_or_long_table_is_split_into_parts_that_fit_a_page(call: Call, write: Callable[..., Path]) -> None:
    path = write("logits: [" + ", ".join(str([i + c / 1000 for c in range(30)]) for i in range(99)) + "]\n")
    page = Page(call("forward", path, "-f", "html").stdout)
    assert max(sum(map(len, row)) for table in page.tables for row in table) < 110
    latex = call("forward", path, "-f", "latex").stdout
    assert max(array.count("\n") for array in latex.split("\\begin{array}")) < 50
    assert max(line.count("&") for line in latex.splitlines()) < 20


def test_the_star_behind_a_power_of_ten_is_valid_latex(call: Call, write: Callable[..., Path]) -> None:
    text = call("forward", write("logits: [[1, 80]]\n"), "-f", "latex").stdout
    assert r"{5.54\times 10^{34}}^{*}" in text


def compile_latex(text: str, folder: Path) -> str:
    """Compile LaTeX with pdflatex and return the text of the PDF; wrap a fragment in a small document."""
    if not text.startswith(r"\documentclass"):
        text = f"\\documentclass{{article}}\n\\usepackage{{amsmath}}\n\\begin{{document}}\n{text}\\end{{document}}\n"
    (folder / "page.tex").write_text(text)
    command = ["pdflatex", "-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return subprocess.run(
        ["pdftotext", "-layout", "page.pdf", "-"], cwd=folder, capture_output=True, encoding="utf-8"
    ).stdout


@pytest.mark.slow
@pytest.mark.skipif(not LATEX, reason="needs pdflatex and pdftotext")
@pytest.mark.parametrize("options", [("--standalone", "--work"), ("--work",), ()], ids=str)
@pytest.mark.parametrize("name", ["doc_example", "article_table"])
def test_pdflatex_prints_every_figure(call: Call, tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    path = CONFIGS / f"{name}.yaml"
    text = compile_latex(call("run", path, "-f", "latex", *options).stdout, tmp_path).replace("−", "-")
    wanted = list(chain.from_iterable(printed_rows(softstep.load(path).run())))
    assert [figure for figure in wanted if figure not in text] == []
    if "--work" in options:
        assert "0.5 × 0.17 + 0.6 × 0.4 + 0.7 × (-0.14) + 0.8 × 0.51 + 0.05 = 0.685" in text


@pytest.mark.slow
@pytest.mark.skipif(not LATEX, reason="needs pdflatex and pdftotext")
def test_pdflatex_prints_awkward_names_and_runs_none(call: Call, write: Callable[..., Path], tmp_path: Path) -> None:
    text = compile_latex(call("run", write(AWKWARD), "-f", "latex", "--standalone", "--work").stdout, tmp_path)
    assert "U+8BBA U+6587" in text  # pdflatex has no letters for these; XeLaTeX and LuaLaTeX get the letters
    assert "\\write18{touch pwned}" in text
    assert "\\input{/etc/passwd}" in text
    assert "root:" not in text
    assert not (tmp_path / "pwned").exists()
    compile_latex("\\immediate\\write18{touch pwned} the same as TeX", tmp_path)
    assert (tmp_path / "pwned").exists()


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
@pytest.mark.parametrize("config", ["doc_example.yaml", "awkward"])
def test_chromium_shows_every_figure_without_a_warning(
    call: Call, write: Callable[..., Path], tmp_path: Path, config: str
) -> None:
    path = write(AWKWARD) if config == "awkward" else CONFIGS / config
    page = tmp_path / "page.html"
    assert call("run", path, "--work", "-o", page).returncode == 0
    dom, messages = open_in_chromium(page)
    assert "CONSOLE" not in messages
    wanted = printed_rows(softstep.load(path).run())  # tables that are wider than a printed column are split
    assert sorted(chain.from_iterable(figures_in(dom.tables))) == sorted(chain.from_iterable(wanted))
    assert sum(tag == "math" for tag, _ in dom.elements) > 300


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_chromium_runs_no_name_as_a_script(call: Call, write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(AWKWARD, "<img src=x onerror=document.dir='rtl'>.yaml")
    page = tmp_path / "page.html"
    assert call("run", path, "--work", "-o", page).returncode == 0
    assert "rtl" not in [attributes.get("dir") for _, attributes in open_in_chromium(page)[0].elements]
    page.write_text(page.read_text().replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"'))
    assert "rtl" in [attributes.get("dir") for _, attributes in open_in_chromium(page)[0].elements]


def open_in_chromium(page: Path) -> tuple[Page, str]:
    """The page after Chromium has opened it, and the messages of Chromium."""
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            f"--user-data-dir={page.parent / 'profile'}", "--enable-logging=stderr", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0
    return Page(done.stdout), done.stderr


def test_a_picture_shows_names_as_text_and_has_no_scripts(
    call_process: Call, write: Callable[..., Path], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n")
    picture = tmp_path / "x.svg"
    done = call_process("train", write(AWKWARD), "--plot", picture, env={"MATPLOTLIBRC": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    elements = list(ElementTree.parse(picture).iter())
    assert not any(element.tag.endswith(("script", "foreignObject", "}a")) for element in elements)
    assert not any(key.startswith("on") for element in elements for key in element.attrib)
    assert {"*yes*", softstep.load(write(AWKWARD)).setting.title} <= {element.text for element in elements}


def test_every_format_is_one_small_module() -> None:
    from softstep.render import FORMATS

    for kind in FORMATS.values():
        path = ROOT / "softstep" / "render" / f"{kind.module}.py"
        assert len(path.read_text().splitlines()) <= 180


@pytest.mark.parametrize("note", ["+ begins so", "- begins so", "1. begins so", "# begins so", "plain"])
def test_a_note_is_no_markup_in_markdown(call: Call, write: Callable[..., Path], note: str) -> None:
    page = parse_markdown(
        call("loss", write(f"note: '{note}'\nlogits: [[1, 2]]\nlabels: [0]\n"), "-f", "markdown").stdout
    )
    assert note in page.texts
