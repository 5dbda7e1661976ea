"""Boxes in which cases of interest crowd: the patient rule induction method (PRIM).

Friedman and Fisher (1999), with the choice of scenario discovery after Bryant and
Lempert (2010): boxes are peeled thin slice by thin slice, the one is taken that holds
most cases at the highest density, and restrictions that chance explains are dropped.
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Truths = NDArray[np.bool_]

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
class BoxLimit:
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

    sides: tuple[BoxLimit, ...]
    density: float
    coverage: float
    mass: float


@dataclass(frozen=True, slots=True)
class Stability:
    """How a stable box fares when half of the points are left out, again and again.

    Attributes
    ----------
    sides
        For each side of the box, in which share of the resamples there is one like it.
    overlap
        The mean overlap of membership with the boxes found (Jaccard).
    """

    sides: tuple[float, ...]
    overlap: float


class BoxSearch:
    """Points of a design, binned once, in which boxes are looked for.

    Parameters
    ----------
    inputs : (point, input)
    """

    def __init__(self, inputs: Floats) -> None:
        self.inputs = inputs
        self.codes = _binned(inputs)

    def box(self, cases: Truths) -> Box:
        """Return the box that holds most cases at the highest density.

        Parameters
        ----------
        cases : (point,)
        """
        return _found(self.inputs, self.codes, cases)

    def stability(
        self, cases: Truths, box: Box, random: np.random.Generator
    ) -> Stability | None:
        """Return how a box fares in resamples of half of the points.

        None where it is not stable: it has no side, one of them is missing in too many
        resamples, or their boxes hold other points.
        """
        if not box.sides:
            return None
        own = _inside(self.inputs, box.sides)
        again = np.zeros(len(box.sides), dtype=int)
        overlaps = []
        for number in range(1, RESAMPLES + 1):
            half = random.permutation(len(cases))[: len(cases) // 2]
            other = _found(self.inputs[half], self.codes[half], cases[half])
            kinds = {(side.input, side.at_least) for side in other.sides}
            again += [(side.input, side.at_least) in kinds for side in box.sides]
            possible = again + RESAMPLES - number
            if (possible / RESAMPLES < STABLE_SIDES).any():
                return None
            inside = _inside(self.inputs, other.sides)
            either = max(1, int(np.count_nonzero(own | inside)))
            overlaps.append(int(np.count_nonzero(own & inside)) / either)
        overlap = float(np.mean(overlaps))
        if overlap < STABLE_OVERLAP:
            return None
        return Stability(tuple((again / RESAMPLES).tolist()), overlap)


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


def _found(inputs: Floats, codes: Codes, cases: Truths) -> Box:
    chosen = _telling(codes, cases)
    sides = _peeled(inputs[:, chosen], codes[:, chosen], cases)
    sides = tuple(replace(side, input=int(chosen[side.input])) for side in sides)
    return _measured(inputs, cases, _significant(inputs, cases, sides))


def _telling(codes: Codes, cases: Truths) -> Any:
    """Return the inputs whose distribution differs most between cases and others."""
    counts = _counts(_cells(codes, cases), codes.shape[1])
    below = np.cumsum(counts, axis=2)
    apart = np.abs(below[1] / max(1, int(cases.sum())) - below.sum(axis=0) / len(cases))
    return np.sort(np.argsort(-apart.max(axis=1), kind="stable")[:TELLING])


def _cells(codes: Codes, cases: Truths) -> Codes:
    """Return where each value is counted: an index into (case, input, bin)."""
    width = codes.shape[1]
    return np.asarray(codes + BINS * (np.arange(width) + width * cases[:, None]))


def _counts(cells: Codes, width: int) -> Codes:
    """Return how many values there are, of points that are no cases and that are.

    Its axes are (case, input, bin).
    """
    counts = np.bincount(cells.ravel(), minlength=2 * width * BINS)
    return counts.reshape(2, width, BINS)


def _peeled(inputs: Floats, codes: Codes, cases: Truths) -> tuple[BoxLimit, ...]:
    """Return the best box of a whole peeling, from everything to the smallest."""
    cells, width = _cells(codes, cases), codes.shape[1]
    columns = np.ascontiguousarray(codes.T)
    counts = _counts(cells, width)
    left = np.arange(len(cases))
    least, total = max(10, int(SMALLEST * len(cases))), max(1, int(cases.sum()))
    hits = int(cases.sum())
    # By side: the points that were left when a slice last moved it.
    box: dict[tuple[int, bool], Codes] = {}
    best: dict[tuple[int, bool], Codes] = {}
    merit = _merit(hits, len(left), total)
    while (found := _best_slice(counts, len(left))) is not None:
        number, at_least, edge = found
        column = columns[number][left]
        kept = column >= edge if at_least else column <= edge
        inside, sliced = left[kept], left[~kept]
        if len(inside) < least:
            break
        left = inside
        counts -= _counts(cells[sliced], width)
        hits -= int(np.count_nonzero(cases[sliced]))
        box[number, at_least] = left
        reached = _merit(hits, len(left), total)
        if reached > merit:
            best, merit = dict(box), reached
    return tuple(
        BoxLimit(number, at_least, float(inputs[held, number].min()))
        if at_least
        else BoxLimit(number, at_least, float(inputs[held, number].max()))
        for (number, at_least), held in best.items()
    )


def _best_slice(counts: Codes, count: int) -> tuple[int, bool, int] | None:
    """Return the slice that leaves the highest density, as the bin that then is last.

    A slice takes whole bins, as few as hold a twentieth of the points. Nothing where
    none can go.

    Parameters
    ----------
    counts : (case, input, bin)
        The points that are left, those that are no cases and those that are.
    count
        How many points are left.
    """
    depth = max(1, int(PEEL * count))
    width = counts.shape[1]
    # Points in the bins before each edge: (case, input, edge).
    before = np.zeros((2, width, BINS + 1), dtype=np.int64)
    np.cumsum(counts, axis=2, out=before[:, :, 1:])
    points = before[0] + before[1]
    # From below the first bins that hold enough go, from above the last ones.
    first = (points < depth).sum(axis=1)
    last = (points <= count - depth).sum(axis=1) - 1
    edges = np.concatenate([first, last])
    places = np.concatenate([np.arange(width)] * 2) * (BINS + 1) + edges
    left = before.reshape(2, -1)[:, places]
    left[:, :width] = before[:, 0, -1:] - left[:, :width]
    rest = left[0] + left[1]
    density = np.divide(left[1], rest, out=np.full(2 * width, -1.0), where=rest > 0)
    place = int(density.argmax())
    if density[place] < 0:
        return None
    if place < width:
        return place, True, int(first[place])
    return place - width, False, int(last[place - width]) - 1


def _merit(hits: int, held: int, total: int) -> float:
    """Return the harmonic mean of density and coverage."""
    density, coverage = hits / held, hits / total
    return 2 * density * coverage / (density + coverage) if hits else 0.0


def _inside(inputs: Floats, sides: tuple[BoxLimit, ...]) -> Any:
    inside = np.ones(len(inputs), dtype=bool)
    for side in sides:
        inside &= side.holds(inputs)
    return inside


def _measured(inputs: Floats, cases: Truths, sides: tuple[BoxLimit, ...]) -> Box:
    inside = _inside(inputs, sides)
    held = int(np.count_nonzero(inside))
    hits = int(np.count_nonzero(inside & cases))
    every = int(np.count_nonzero(cases))
    return Box(sides, hits / max(1, held), hits / max(1, every), held / len(cases))


def _significant(
    inputs: Floats, cases: Truths, sides: tuple[BoxLimit, ...]
) -> tuple[BoxLimit, ...]:
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


def _chance_of(
    inputs: Floats, cases: Truths, sides: list[BoxLimit], side: BoxLimit
) -> float:
    """Return how probable a box's density is if one side of it meant nothing."""
    from scipy.special import ndtr

    without = _inside(inputs, tuple(s for s in sides if s is not side))
    within = without & side.holds(inputs)
    share = int(np.count_nonzero(cases & without)) / max(1, int(without.sum()))
    held = int(np.count_nonzero(within))
    hits = int(np.count_nonzero(cases & within))
    spread = sqrt(max(share * (1 - share) * held, 1e-12))
    return float(ndtr(-(hits - 0.5 - share * held) / spread))
