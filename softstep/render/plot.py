"""Pictures of a training, drawn by matplotlib, which comes with `softstep[plot]`; the only module that imports it."""

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
"""The shapes of the nodes of one class and the next."""


def refuse(file: Path) -> None:
    """Raise SoftstepError where no such picture can be made."""
    if file.suffix.lower() not in ENDINGS:
        raise SoftstepError(
            f"softstep: --plot {file}: no such picture; expected one of {', '.join(ENDINGS)}; rename it"
        )
    if find_spec("matplotlib") is None:
        cure = "install it with pip install 'softstep[plot]'"
        raise SoftstepError(f"softstep: --plot {file}: matplotlib is missing; expected there; {cure}")


def drawn(result: Result, plane: "Plane | None", file: Path) -> Iterator[bytes]:
    """The picture as the bytes of a file with this ending: the loss and the accuracy after each step of the history.

    Where there are two features, `plane` has what is predicted at each place of their plane, and the nodes.
    """
    look: Any = {"svg.hashsalt": "softstep", "svg.fonttype": "none", "text.parse_math": False, "text.usetex": False}
    with catch_warnings():
        simplefilter("ignore")  # of what it imports, and of letters that its font lacks; an SVG has them all the same
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        with rc_context(look):
            figure = Figure(figsize=(11 if plane else 6, 4.5), layout="constrained")
            axes = figure.subplots(1, 2 if plane else 1, squeeze=False)[0]
            _curves(axes[0], result)
            if plane:
                _regions(axes[1], plane)
            made = BytesIO()
            ending = file.suffix.lower()
            undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # the same picture is the same file
            figure.savefig(made, format=ending[1:], metadata=undated.get(ending))
    yield made.getvalue()


def _curves(axes: Any, result: Result) -> None:
    history = result["history"]
    steps = [int(step) for step in history.rows or ()]
    losses, accuracies = history.value[:, 0], history.value[:, 1]
    (loss,) = axes.plot(steps, losses, "k-", label="loss L")
    axes.set(xlabel="step", ylabel="loss L", ylim=(0, None), title=result.setting.title or f"softstep {result.command}")
    beside = axes.twinx()
    (accuracy,) = beside.plot(steps, accuracies, "k--", label="accuracy")
    beside.set(ylabel="accuracy", ylim=(0, 1.05))
    axes.legend(handles=[loss, accuracy], loc="center right")


def _regions(axes: Any, plane: "Plane") -> None:
    """Each class has a shade, its name in the middle of it, and a shape for its nodes."""
    count = len(plane.classes)
    axes.pcolormesh(
        plane.x, plane.y, plane.predicted, cmap="Pastel1", vmin=0, vmax=max(count - 1, 8), shading="nearest",
        rasterized=True,
    )  # fmt: skip
    for c, name in enumerate(plane.classes):
        own = plane.nodes[plane.labels == c]
        if len(own):
            marker = MARKERS[c % len(MARKERS)]
            axes.plot(*own.T, f"k{marker}", fillstyle="none", label=f"class {name}")
        rows, columns = (plane.predicted == c).nonzero()
        if len(rows):
            at = plane.x[columns].mean(), plane.y[rows].mean()
            axes.text(*at, name, ha="center", va="center", alpha=0.6, fontsize="large", weight="bold")
    others = plane.nodes[plane.labels < 0]
    if len(others):
        axes.plot(*others.T, "k.", markersize=2, label="no label")
    axes.set(xlabel=plane.features[0], ylabel=plane.features[1], title="Predicted class")
    axes.legend(loc="best")
