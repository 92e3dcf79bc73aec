"""A progress bar on stderr for long runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from softstep.lesson.rounding import figure


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[..., None]]:
    """Show a bar while the context lasts; gives the progress callback `(done, total, loss=None)`."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, loss="")

        def update(done: int, total: int, loss: float | None = None) -> None:
            text = "" if loss is None else f"loss {figure(loss, 4, 'half-up')}"
            progress.update(task, completed=done, total=total, loss=text)

        yield update
