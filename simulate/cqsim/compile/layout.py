"""Where every number of an ensemble lives: areas of memory, and rows within them.

An area holds plain numbers, the same in all runs, or rows of lanes, one number a run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from cqsim.compile.expr import Fixed, Place
from cqsim.compile.ir import Constant, Lookup, State, Stock, System, Variable, shape_of
from cqsim.compile.order import Spread


@dataclass(frozen=True, slots=True)
class Home:
    """An area, whether it holds lanes, and the first row of a variable within it."""

    area: str
    lanes: bool
    row: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return how many rows the variable takes."""
        return prod(self.shape)


#: What each area holds; `states` and `next` take turns.
AREAS = {
    "shared": "what no run changes, at any time",
    "inputs": "the constants and lookups that runs set",
    "uniform": "what changes in time alike in all runs",
    "work": "what changes in time",
    "states": "the states now",
    "next": "the states after the step",
    "pipes": "what is on its way through delays of a fixed time",
    "base": "the states that a step starts from, and room for the stages of a method",
}


@dataclass(frozen=True, slots=True)
class Storage:
    """The homes of all variables and lookups, and how long each area is."""

    variables: Mapping[str, Home]
    lookups: Mapping[str, Home]
    points: Mapping[str, int]
    lengths: Mapping[str, int]

    def with_rows(
        self, area: str, sizes: Mapping[str, int]
    ) -> tuple["Storage", dict[str, Home]]:
        """Return storage with rows of lanes added to an area, and where each begins."""
        homes: dict[str, Home] = {}
        end = self.lengths[area]
        for name, size in sizes.items():
            homes[name] = Home(area, True, end, (size,))
            end += size
        return replace(self, lengths={**self.lengths, area: end}), homes


def place_all(
    system: System,
    differs: Mapping[str, Spread],
    points: Mapping[str, int],
    stored: Iterable[str] | None = None,
) -> Storage:
    """Return a home for every variable and lookup.

    Parameters
    ----------
    points
        How many points the longest curve of each lookup has.
    stored
        The changing variables that need a row at all; all of them if not given.
    """
    lengths = dict.fromkeys(AREAS, 0)
    wanted = None if stored is None else set(stored)

    def take(area: str, lanes: bool, shape: tuple[int, ...]) -> Home:
        home = Home(area, lanes, lengths[area], shape)
        lengths[area] += home.size
        return home

    variables = {}
    # Stocks come first among the states: they move by rates, the others in steps.
    ordered = sorted(system.variables.items(), key=lambda pair: _is_stepped(pair[1]))
    for name, variable in ordered:
        spread = differs[name]
        shape = shape_of(variable.axes)
        if isinstance(variable, State):
            variables[name] = take("states", True, shape)
        elif spread is Spread.SHARED:
            variables[name] = take("shared", False, shape)
        elif isinstance(variable, Constant):
            variables[name] = take("inputs", True, shape)
        elif wanted is None or name in wanted:
            lanes = spread is Spread.VARIED
            variables[name] = take("work" if lanes else "uniform", lanes, shape)
    lookups = {}
    for name, lookup in system.lookups.items():
        lanes = differs[name] is Spread.VARIED
        shape = (len(lookup.curves), 3, points[name])
        lookups[name] = take("inputs" if lanes else "shared", lanes, shape)
    lengths["next"] = lengths["states"]
    return Storage(variables, lookups, points, lengths)


def _is_stepped(variable: Variable) -> bool:
    return isinstance(variable, State) and not isinstance(variable, Stock)


def longest(lookups: Iterable[Lookup]) -> dict[str, int]:
    """Return how many points the longest curve of each lookup has."""
    return {k.name: max(len(curve.x) for curve in k.curves) for k in lookups}


def curve_rows(x: Sequence[float], y: Sequence[float], points: int) -> list[float]:
    """Return a curve's x, its y, and the slope after each point, as a program reads it.

    The last point stands for all that are missing; the slope after it is that before
    it. Where two points share an x, the curve jumps from one to the other.

    Parameters
    ----------
    points
        How many points there is room for.
    """
    slopes = [
        (high - low) / (right - left) if right > left else 0.0
        for left, right, low, high in zip(x, x[1:], y, y[1:], strict=False)
    ]
    slopes.append(slopes[-1] if slopes else 0.0)
    sides = (x, y, slopes)
    return [n for side in sides for n in (*side, *[side[-1]] * (points - len(side)))]


@dataclass(frozen=True, slots=True)
class Offset:
    """A row as a sum: a fixed part, and a part for each counter.

    A part is a step for each turn of the counter, or a row listed for each turn.
    """

    base: int
    steps: tuple[tuple[str, int], ...]
    listed: tuple[tuple[str, tuple[int, ...]], ...]

    def times(self, factor: int) -> "Offset":
        """Return the row when each of these rows takes several."""
        return Offset(
            self.base * factor,
            tuple((index, step * factor) for index, step in self.steps),
            tuple((i, tuple(row * factor for row in rows)) for i, rows in self.listed),
        )

    def plus(self, rows: int) -> "Offset":
        """Return the row some rows further on."""
        return replace(self, base=self.base + rows)


def offset_of(places: Sequence[Place], shape: Sequence[int], base: int) -> Offset:
    """Return the row of an element, where the places say which element."""
    parts: dict[str, list[int]] = {}
    stride = prod(shape)
    for place, length in zip(places, shape, strict=True):
        stride //= length
        if isinstance(place, Fixed):
            base += place.position * stride
            continue
        rows = [position * stride for position in place.positions]
        if place.index in parts:
            rows = [a + b for a, b in zip(parts[place.index], rows, strict=True)]
        parts[place.index] = rows
    steps, listed = [], []
    for index, rows in parts.items():
        first, step = rows[0], rows[1] - rows[0] if len(rows) > 1 else 0
        evenly = range(first, first + len(rows) * step, step) if step else ()
        if rows == list(evenly or [first] * len(rows)):
            base += first
            steps.append((index, step))
        else:
            listed.append((index, tuple(rows)))
    return Offset(base, tuple(steps), tuple(listed))
