"""Boxes in which cases of interest crowd: the patient rule induction method (PRIM).

Friedman and Fisher (1999), with the choice of scenario discovery after Bryant and
Lempert (2010): boxes are peeled thin slice by thin slice, the one is taken that holds
most cases at the highest density, and restrictions that chance explains are dropped.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PEEL = 0.05
"""The share of the points in a box that one slice takes off."""

SMALLEST = 0.02
"""The least share of all points that a box may hold."""

CHANCE = 0.01
"""The probability below which a restriction is not called chance."""

RESAMPLES = 20
STABLE_SIDES = 0.7
STABLE_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Side:
    """One restriction of a box: an input at most or at least a value."""

    input: int
    at_least: bool
    value: float

    def holds(self, inputs: Floats) -> Any:
        """Return which points obey: (point,) truths."""
        column = inputs[:, self.input]
        return column >= self.value if self.at_least else column <= self.value


@dataclass(frozen=True, slots=True)
class Box:
    """A box and how it stands out.

    Attributes
    ----------
    density
        The share of cases among the points in the box.
    coverage
        The share of all cases that is in the box.
    """

    sides: tuple[Side, ...]
    density: float
    coverage: float
    mass: float


@dataclass(frozen=True, slots=True)
class Stability:
    """How a box fares when half of the points are left out, again and again.

    Attributes
    ----------
    sides
        For each side of the box, in which share of the resamples there is one like it.
    overlap
        The mean overlap of membership with the boxes found (Jaccard).
    """

    sides: tuple[float, ...]
    overlap: float

    @property
    def stable(self) -> bool:
        """Whether the box would be found again."""
        return (
            bool(self.sides)
            and min(self.sides) >= STABLE_SIDES
            and self.overlap >= STABLE_OVERLAP
        )


def find_box(inputs: Floats, cases: Any) -> Box:
    """Return the box that holds most cases at the highest density.

    Parameters
    ----------
    inputs : (point, input)
    cases : (point,) truths
    """
    cases = np.asarray(cases, dtype=bool)
    path = _peeled(inputs, cases)
    best = max(path, key=lambda sides: _merit(inputs, cases, sides))
    return _measured(inputs, cases, _significant(inputs, cases, best))


def stability(
    inputs: Floats, cases: Any, box: Box, chance: np.random.Generator
) -> Stability:
    """Return how a box fares in resamples of half of the points."""
    cases = np.asarray(cases, dtype=bool)
    own = _inside(inputs, box.sides)
    again = np.zeros(len(box.sides))
    overlaps = []
    for _ in range(RESAMPLES):
        half = chance.permutation(len(cases))[: len(cases) // 2]
        other = find_box(inputs[half], cases[half])
        kinds = {(side.input, side.at_least) for side in other.sides}
        again += [(side.input, side.at_least) in kinds for side in box.sides]
        inside = _inside(inputs, other.sides)
        either = max(1, int(np.count_nonzero(own | inside)))
        overlaps.append(int(np.count_nonzero(own & inside)) / either)
    return Stability(tuple((again / RESAMPLES).tolist()), float(np.mean(overlaps)))


def _inside(inputs: Floats, sides: tuple[Side, ...]) -> Any:
    inside = np.ones(len(inputs), dtype=bool)
    for side in sides:
        inside &= side.holds(inputs)
    return inside


def _peeled(inputs: Floats, cases: Any) -> list[tuple[Side, ...]]:
    """Return the boxes of a whole peeling, from everything to the smallest."""
    box: dict[tuple[int, bool], Side] = {}
    points, left = inputs, cases
    path: list[tuple[Side, ...]] = [()]
    least = max(10, int(SMALLEST * len(cases)))
    while True:
        side = _best_slice(points, left)
        if side is None:
            return path
        kept = side.holds(points)
        if np.count_nonzero(kept) < least:
            return path
        points, left = points[kept], left[kept]
        box[side.input, side.at_least] = side
        path.append(tuple(box.values()))


def _best_slice(points: Floats, cases: Any) -> Side | None:
    """Return the slice that leaves the highest density; nothing where none can go."""
    count = len(cases)
    depth = max(1, int(PEEL * count))
    if count <= depth + 1:
        return None
    best: tuple[float, Side] | None = None
    order = np.argsort(points, axis=0, kind="stable")
    for number in range(points.shape[1]):
        column = points[:, number]
        for at_least, place in ((True, depth), (False, count - 1 - depth)):
            side = Side(number, at_least, float(column[order[place, number]]))
            kept = side.holds(points)
            inside = int(np.count_nonzero(kept))
            if inside == count:
                continue
            density = int(np.count_nonzero(cases & kept)) / inside
            if best is None or density > best[0]:
                best = (density, side)
    return best[1] if best else None


def _merit(inputs: Floats, cases: Any, sides: tuple[Side, ...]) -> float:
    """Return the harmonic mean of density and coverage."""
    box = _measured(inputs, cases, sides)
    total = box.density + box.coverage
    return 2 * box.density * box.coverage / total if total else 0.0


def _measured(inputs: Floats, cases: Any, sides: tuple[Side, ...]) -> Box:
    inside = _inside(inputs, sides)
    held = int(np.count_nonzero(inside))
    hits = int(np.count_nonzero(inside & cases))
    every = int(np.count_nonzero(cases))
    return Box(sides, hits / max(1, held), hits / max(1, every), held / len(cases))


def _significant(
    inputs: Floats, cases: Any, sides: tuple[Side, ...]
) -> tuple[Side, ...]:
    """Return a box without the sides whose gain in density chance explains."""
    kept = list(sides)
    while True:
        weakest = max(
            ((_chance_of(inputs, cases, kept, side), side) for side in kept),
            key=lambda pair: pair[0],
            default=(0.0, None),
        )
        if weakest[1] is None or weakest[0] < CHANCE:
            return tuple(sorted(kept, key=lambda s: (s.input, not s.at_least)))
        kept.remove(weakest[1])


def _chance_of(inputs: Floats, cases: Any, sides: list[Side], side: Side) -> float:
    """Return how probable a box's density is if one side of it meant nothing."""
    from scipy.special import ndtr

    without = _inside(inputs, tuple(s for s in sides if s is not side))
    within = without & side.holds(inputs)
    share = int(np.count_nonzero(cases & without)) / max(1, int(without.sum()))
    held = int(np.count_nonzero(within))
    hits = int(np.count_nonzero(cases & within))
    spread = sqrt(max(share * (1 - share) * held, 1e-12))
    return float(ndtr(-(hits - 0.5 - share * held) / spread))
