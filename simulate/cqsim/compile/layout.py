"""Where every number of an ensemble lives: areas of memory, and rows within them.

An area holds plain numbers, the same in all runs, or rows of lanes, one number a run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from cqsim.compile.expr import Fixed, Place
from cqsim.compile.ir import (
    Constant,
    Pipeline,
    State,
    Stock,
    System,
    Variable,
    shape_of,
)
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
    """Where everything is.

    Attributes
    ----------
    variables, lookups
        The homes of variables; those of lookups: for each curve, its points' x, y and
        slopes.
    waits
        Where each fixed delay keeps how many steps its lanes wait.
    lengths
        How many rows each area has.
    """

    variables: Mapping[str, Home]
    lookups: Mapping[str, Home]
    waits: Mapping[str, Home]
    lengths: Mapping[str, int]


def place_all(
    system: System, differs: Mapping[str, Spread], stored: Collection[str]
) -> Storage:
    """Return a home for every variable and lookup.

    Parameters
    ----------
    stored
        The changing variables that need a row at all.
    """
    lengths = dict.fromkeys(AREAS, 0)

    def take(area: str, shape: tuple[int, ...]) -> Home:
        home = Home(area, area not in ("shared", "uniform"), lengths[area], shape)
        lengths[area] += home.size
        return home

    variables, waits = {}, {}
    # Stocks come first among the states: they move by rates, the others in steps.
    ordered = sorted(system.variables.items(), key=lambda pair: is_stepped(pair[1]))
    for name, variable in ordered:
        area, shape = _area_of(variable, differs[name]), shape_of(variable.axes)
        if area not in ("work", "uniform") or name in stored:
            variables[name] = take(area, shape)
        if isinstance(variable, Pipeline):
            waits[name] = take("work", shape)
    lookups = {}
    for name, lookup in system.lookups.items():
        points = max(len(curve.x) for curve in lookup.curves)
        area = "inputs" if differs[name] is Spread.VARIED else "shared"
        lookups[name] = take(area, (len(lookup.curves), 3, points))
    lengths["next"] = lengths["states"]
    return Storage(variables, lookups, waits, lengths)


def _area_of(variable: Variable, spread: Spread) -> str:
    if isinstance(variable, State):
        return "states"
    if spread is Spread.SHARED:
        return "shared"
    if isinstance(variable, Constant):
        return "inputs"
    return "work" if spread is Spread.VARIED else "uniform"


def is_stepped(variable: Variable) -> bool:
    """Tell whether a variable is remembered from step to step, and moved by no rate."""
    return isinstance(variable, State) and not isinstance(variable, Stock)


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
