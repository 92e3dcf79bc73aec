"""A bar on stderr that says how far a long run is."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import track


def tracked(items: Sequence[str], doing: str) -> Iterator[str]:
    """The items, with a bar that goes away when they are done."""
    return iter(track(items, doing, console=Console(stderr=True), transient=True))
