"""Plots of a training, drawn by matplotlib, which comes with `softstep[plot]`; the only module that imports it."""

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from softstep.errors import SoftstepError
from softstep.result import Result

if TYPE_CHECKING:
    from softstep.compute.plane import Plane

ENDINGS = (".svg", ".png", ".pdf")

MARKERS = "os^Dv*P<X>"
"""The shapes of the nodes, by class."""


def refuse_unplottable(file: Path) -> None:
    """Raise SoftstepError if no plot can be written to this file."""
    if file.suffix.lower() not in ENDINGS:
        raise SoftstepError(
            f"softstep: --plot {file}: unknown file ending; expected one of {', '.join(ENDINGS)}; rename it"
        )
    if find_spec("matplotlib") is None:
        raise SoftstepError(
            f"softstep: --plot {file}: matplotlib is missing; install it with pip install 'softstep[plot]'"
        )


def plot_bytes(result: Result, plane: "Plane | None", file: Path) -> Iterator[bytes]:
    """The bytes of a plot file: loss and accuracy after each step of the history.

    With two features, `plane` holds the nodes and the class predicted at each point of their plane. The ending of
    `file` says which kind of file it is.
    """
    settings: Any = {"svg.hashsalt": "softstep", "svg.fonttype": "none", "text.parse_math": False, "text.usetex": False}
    with catch_warnings():
        simplefilter("ignore")  # of its own imports, and of letters that its font lacks, which an SVG has all the same
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        with rc_context(settings):
            figure = Figure(figsize=(11 if plane else 6, 4.5), layout="constrained")
            axes = figure.subplots(1, 2 if plane else 1, squeeze=False)[0]
            _plot_history(axes[0], result)
            if plane:
                _plot_plane(axes[1], plane)
            file_bytes = BytesIO()
            ending = file.suffix.lower()
            undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # the same plot is the same file
            figure.savefig(file_bytes, format=ending[1:], metadata=undated.get(ending))
    yield file_bytes.getvalue()


def _plot_history(axes: Any, result: Result) -> None:
    """Plot loss and accuracy over the steps."""
    history = result["history"]
    steps = [int(step) for step in history.rows or ()]
    losses, accuracies = history.value[:, 0], history.value[:, 1]
    (loss,) = axes.plot(steps, losses, "k-", label="loss L")
    axes.set(xlabel="step", ylabel="loss L", ylim=(0, None), title=result.setting.title or f"softstep {result.command}")
    right = axes.twinx()
    (accuracy,) = right.plot(steps, accuracies, "k--", label="accuracy")
    right.set(ylabel="accuracy", ylim=(0, 1.05))
    axes.legend(handles=[loss, accuracy], loc="center right")


def _plot_plane(axes: Any, plane: "Plane") -> None:
    """Plot the predicted class as a shade, with its name in the middle, and the nodes in the shape of their class."""
    count = len(plane.classes)
    axes.pcolormesh(
        plane.x, plane.y, plane.predicted, cmap="Pastel1", vmin=0, vmax=max(count - 1, 8), shading="nearest",
        rasterized=True,
    )  # fmt: skip
    for c, name in enumerate(plane.classes):
        nodes = plane.nodes[plane.labels == c]
        if len(nodes):
            marker = MARKERS[c % len(MARKERS)]
            axes.plot(*nodes.T, f"k{marker}", fillstyle="none", label=f"class {name}")
        rows, columns = (plane.predicted == c).nonzero()
        if len(rows):
            middle = plane.x[columns].mean(), plane.y[rows].mean()
            axes.text(*middle, name, ha="center", va="center", alpha=0.6, fontsize="large", weight="bold")
    unlabelled = plane.nodes[plane.labels < 0]
    if len(unlabelled):
        axes.plot(*unlabelled.T, "k.", markersize=2, label="no label")
    axes.set(xlabel=plane.features[0], ylabel=plane.features[1], title="Predicted class")
    axes.legend(loc="best")
