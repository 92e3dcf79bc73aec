"""A bar on stderr that says how far a long run is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from softstep.lesson.rounding import figure


@contextmanager
def bar(doing: str) -> Iterator[Callable[..., None]]:
    """A bar that goes away in the end; it is told how many of how many are done and, in training, the loss."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, told="")

        def tell(done: int, of: int, loss: float | None = None) -> None:
            told = "" if loss is None else f"loss {figure(loss, 4, 'half-up')}"
            progress.update(task, completed=done, total=of, told=told)

        yield tell
