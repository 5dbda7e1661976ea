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
Codes = NDArray[np.int64]

PEEL = 0.05
"""The share of the points in a box that one slice takes off."""

SMALLEST = 0.02
"""The least share of all points that a box may hold."""

CHANCE = 0.01
"""The probability below which a restriction is not called chance."""

BINS = 100
"""Bins of equal counts for the values of an input; slices take whole bins."""

TELLING = 12
"""How many inputs a box is looked for in: those that differ most between cases."""

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
    return _found(inputs, _binned(inputs), cases)


def stability(
    inputs: Floats, cases: Any, box: Box, chance: np.random.Generator
) -> Stability:
    """Return how a box fares in resamples of half of the points."""
    cases = np.asarray(cases, dtype=bool)
    codes = _binned(inputs)
    own = _inside(inputs, box.sides)
    again = np.zeros(len(box.sides))
    overlaps = []
    for _ in range(RESAMPLES):
        half = chance.permutation(len(cases))[: len(cases) // 2]
        other = _found(inputs[half], codes[half], cases[half])
        kinds = {(side.input, side.at_least) for side in other.sides}
        again += [(side.input, side.at_least) in kinds for side in box.sides]
        inside = _inside(inputs, other.sides)
        either = max(1, int(np.count_nonzero(own | inside)))
        overlaps.append(int(np.count_nonzero(own & inside)) / either)
    return Stability(tuple((again / RESAMPLES).tolist()), float(np.mean(overlaps)))


def _binned(inputs: Floats) -> Codes:
    """Return in which of the bins of equal counts each value lies."""
    shares = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.quantile(inputs, shares, axis=0)
    codes = np.empty(inputs.shape, dtype=np.int64)
    for number in range(inputs.shape[1]):
        codes[:, number] = np.searchsorted(
            edges[:, number], inputs[:, number], side="right"
        )
    return codes


def _found(inputs: Floats, codes: Codes, cases: Any) -> Box:
    chosen = _telling(codes, cases)
    sides = _peeled(inputs, codes, cases, chosen)
    return _measured(inputs, cases, _significant(inputs, cases, sides))


def _telling(codes: Codes, cases: Any) -> Any:
    """Return the inputs whose distribution differs most between cases and others."""
    every, hits = _counts(codes, cases)
    apart = np.abs(
        np.cumsum(hits, axis=1) / max(1, int(cases.sum()))
        - np.cumsum(every, axis=1) / len(cases)
    ).max(axis=1)
    return np.sort(np.argsort(-apart, kind="stable")[:TELLING])


def _counts(codes: Codes, cases: Any) -> tuple[Any, Any]:
    """Return how many points, and how many cases, each bin of each input has."""
    width = codes.shape[1]
    places = codes + BINS * np.arange(width)
    every = np.bincount(places.ravel(), minlength=BINS * width)
    hits = np.bincount(places[cases].ravel(), minlength=BINS * width)
    return every.reshape(width, BINS), hits.reshape(width, BINS)


def _peeled(inputs: Floats, codes: Codes, cases: Any, chosen: Any) -> tuple[Side, ...]:
    """Return the best box of a whole peeling, from everything to the smallest."""
    points, left, bins = inputs[:, chosen], cases, codes[:, chosen]
    least, total = max(10, int(SMALLEST * len(cases))), max(1, int(cases.sum()))
    box: dict[tuple[int, bool], Side] = {}
    best: tuple[Side, ...] = ()
    merit = _merit(total, len(cases), total)
    while (found := _best_slice(bins, left)) is not None:
        number, at_least, edge = found
        kept = bins[:, number] >= edge if at_least else bins[:, number] <= edge
        if np.count_nonzero(kept) < least:
            break
        points, left, bins = points[kept], left[kept], bins[kept]
        column = points[:, number]
        end = float(column.min() if at_least else column.max())
        place = int(chosen[number])
        box[place, at_least] = Side(place, at_least, end)
        reached = _merit(int(left.sum()), len(left), total)
        if reached > merit:
            best, merit = tuple(box.values()), reached
    return best


def _best_slice(bins: Codes, cases: Any) -> tuple[int, bool, int] | None:
    """Return the slice that leaves the highest density, as the bin that then is last.

    A slice takes whole bins, as few as hold a twentieth of the points. Nothing where
    none can go.
    """
    count, found = len(cases), int(cases.sum())
    depth = max(1, int(PEEL * count))
    every, hits = _counts(bins, cases)
    best: tuple[float, int, bool, int] | None = None
    for at_least in (True, False):
        step = 1 if at_least else -1
        taken = np.cumsum(every[:, ::step], axis=1)
        edge = (taken >= depth).argmax(axis=1)
        rows = np.arange(len(every))
        off = taken[rows, edge]
        gone = np.cumsum(hits[:, ::step], axis=1)[rows, edge]
        rest = count - off
        density = np.where(rest > 0, (found - gone) / np.maximum(1, rest), -1.0)
        number = int(density.argmax())
        place = int(edge[number]) + 1
        last = place if at_least else BINS - 1 - place
        if best is None or density[number] > best[0]:
            best = (float(density[number]), number, at_least, last)
    if best is None or best[0] < 0:
        return None
    return best[1:]


def _merit(hits: int, held: int, total: int) -> float:
    """Return the harmonic mean of density and coverage."""
    density, coverage = hits / held, hits / total
    return 2 * density * coverage / (density + coverage) if hits else 0.0


def _inside(inputs: Floats, sides: tuple[Side, ...]) -> Any:
    inside = np.ones(len(inputs), dtype=bool)
    for side in sides:
        inside &= side.holds(inputs)
    return inside


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
