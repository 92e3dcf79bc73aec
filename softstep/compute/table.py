"""Numbers with the names along their axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from softstep.compute.rows import LazyArray, Numbers, Selection, select, select_names
from softstep.lesson.quantities import Axis


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers, and the names along each of their axes, in the order of the axes; a single number has no axes.

    An array among them is read-only.

    >>> from softstep.lesson.quantities import CLASS
    >>> b = Table(np.array([0.1, 0.2]), {CLASS: ("cat", "dog")})
    >>> b.take({CLASS: [1]}).names[CLASS]
    ('dog',)
    """

    numbers: Numbers
    names: Mapping[Axis, Sequence[str]]

    def take(self, selections: Mapping[Axis, Selection]) -> "Table":
        """The entries at these positions, in this order; along other axes, all of them."""
        rows, columns, *_ = *(selections.get(axis) for axis in self.names), None, None
        names = {axis: select_names(self.names[axis], selections.get(axis, slice(None))) for axis in self.names}
        return Table(read_only_view(select(self.numbers, rows, columns)), names)

    def transpose(self) -> "Table":
        """The same table with rows and columns exchanged."""
        return Table(np.asarray(self.numbers).T, dict([*self.names.items()][::-1]))


def read_only_view(numbers: Numbers) -> Numbers:
    """The same numbers; if they are an array, it cannot be written to."""
    if isinstance(numbers, LazyArray):
        return numbers
    view = numbers.view()
    view.setflags(write=False)
    return view
