"""What runs set: constants, lookups and initial values, by the part that is set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cqsim.compile.ir import Axes, Constant, Lookup, System, shape_of

Array = np.ndarray[Any, np.dtype[np.float64]]
Points = tuple[tuple[float, ...], tuple[float, ...]]
Where = tuple[tuple[int, ...], ...]
"""Positions on each axis; an element of all their combinations."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some runs set in one part of an input.

    Attributes
    ----------
    given : (run,)
        Which runs set it; None where all do, alike.
    values : (run | 1, *positions), or a list of `Points`
    """

    where: Where
    given: Any
    values: Any

    def of(self, first: int, last: int) -> Iterator[tuple[Any, Any]]:
        """Yield which of consecutive runs set this part, and the values for them."""
        if self.given is None:
            yield np.arange(last - first), self.values
            return
        rows = self.given[first:last].nonzero()[0]
        if isinstance(self.values, list):
            yield from (([row], [self.values[first + row]]) for row in rows.tolist())
        elif len(rows):
            yield rows, self.values[first:last][rows]


@dataclass(frozen=True, slots=True)
class Samples:
    """The inputs of many runs; what a run leaves out has the model's value.

    Attributes
    ----------
    parts
        By constant, lookup or state (whose initial value is set): what runs set of it,
        the widest part first.
    clock
        `start`, `end`, `step` and `save`, as far as runs set them.
    first
        The number of the first run, which random draws depend on.
    """

    runs: int = 1
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    clock: Mapping[str, float] = field(default_factory=dict)
    first: int = 0

    @property
    def varied(self) -> frozenset[str]:
        """Return the names of what may differ between runs."""
        parts = self.parts.items()
        return frozenset(n for n, p in parts if any(q.given is not None for q in p))

    def values(self, name: str, base: Array, first: int, last: int) -> Array:
        """Return a constant or initial value in some runs: (run, *axes).

        Parameters
        ----------
        base : (*axes)
            What holds where a run sets nothing.
        """
        found = np.empty((last - first, *base.shape))
        found[...] = base
        for part in self.parts.get(name, ()):
            for rows, values in part.of(first, last):
                found[np.ix_(rows, *part.where) if part.where else rows] = values
        return found

    def curves(self, lookup: Lookup, run: int) -> list[Points]:
        """Return the points of each curve of a lookup in a run."""
        found: list[Points] = [(curve.x, curve.y) for curve in lookup.curves]
        numbers = np.arange(len(found)).reshape(shape_of(lookup.axes))
        for part in self.parts.get(lookup.name, ()):
            for _, (points,) in part.of(run, run + 1):
                for number in numbers[np.ix_(*part.where)].ravel():
                    found[number] = points
        return found

    def longest(self, name: str) -> int:
        """Return how many points the longest curve has that runs set for a lookup."""
        parts = self.parts.get(name, ())
        points = [p for part in parts for p in part.values if p is not None]
        return max((len(x) for x, _ in points), default=0)

    def row(self, run: int) -> "Samples":
        """Return one of the runs by itself."""
        parts = {
            name: tuple(q for p in parts for q in _one(p, run))
            for name, parts in self.parts.items()
        }
        return Samples(1, parts, self.clock, self.first + run)

    def only(self, names: Any) -> "Samples":
        """Return the runs without what they set of other names."""
        parts = {n: p for n, p in self.parts.items() if n in names}
        return Samples(self.runs, parts, self.clock, self.first)


def _one(part: Part, run: int) -> Iterator[Part]:
    if part.given is None:
        yield part
    elif part.given[run]:
        yield Part(part.where, np.ones(1, bool), part.values[run : run + 1])


def axes_of(system: System, name: str) -> Axes:
    """Return the axes of a variable or lookup."""
    variable = system.variables.get(name)
    return variable.axes if variable else system.lookups[name].axes


def base_of(system: System, name: str) -> Array:
    """Return a constant's own values; NaN for a state, which has its equation."""
    variable = system.variables[name]
    shape = shape_of(variable.axes)
    if isinstance(variable, Constant):
        return np.array(variable.values).reshape(shape)
    return np.full(shape, np.nan)
