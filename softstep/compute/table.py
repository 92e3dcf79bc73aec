"""Numbers with the names along their axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from softstep.compute.rows import Chosen, Numbers, Rows, names_at, select
from softstep.lesson.quantities import Axis


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers, and the names along each of their axes, in the order of the axes; one number has none.

    The numbers of very many nodes may be computed where they are looked at; an array cannot be written to.

    >>> import numpy as np
    >>> from softstep.lesson.quantities import CLASS
    >>> b = Table(np.array([0.1, 0.2]), {CLASS: ("cat", "dog")})
    >>> b.take({CLASS: [1]}).names[CLASS]
    ('dog',)
    """

    numbers: Numbers
    names: Mapping[Axis, Sequence[str]]

    def take(self, places: Mapping[Axis, Chosen]) -> "Table":
        """Only the entries at these places along these axes, in this order; those of other axes stay."""
        rows, columns, *_ = *(places.get(axis) for axis in self.names), None, None
        names = {axis: names_at(names, places[axis]) if axis in places else names for axis, names in self.names.items()}
        return Table(locked(select(self.numbers, rows, columns)), names)


def locked(numbers: Numbers) -> Numbers:
    """The same numbers; an array of them cannot be written to."""
    if isinstance(numbers, Rows):
        return numbers
    view = numbers.view()
    view.setflags(write=False)
    return view
