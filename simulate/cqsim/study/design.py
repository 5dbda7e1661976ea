"""Points of a design: which quantiles of its inputs every run of a sweep takes.

Points come in blocks that depend on the design and their own number only, never on the
size of a chunk, so that any part of a sweep can be drawn anywhere.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["random", "latin_hypercube", "sobol", "grid"]

BLOCK = 1000
"""Points of a block. A larger Latin hypercube is one of as many points in each block,
the last of what remains."""

NEAREST = 2.0**-53
"""How near a point may come to 0 or 1, where some quantiles are infinite."""


@dataclass(frozen=True, slots=True)
class Design:
    """A design of points.

    Attributes
    ----------
    dimensions
        How many numbers a point has.
    size
        How many points the design has.
    levels
        On a grid, how many levels each dimension has; the last varies fastest.
    correlation
        The correlation matrix of the inputs' normal scores (a Gaussian copula), or
        nothing where all are independent.
    """

    kind: Kind
    seed: int
    dimensions: int
    size: int
    levels: tuple[int, ...] = ()
    correlation: tuple[tuple[float, ...], ...] = ()

    def points(self, first: int, last: int) -> Floats:
        """Return the points from `first` to before `last`: (point, dimension).

        A point is a function of the design and its own number.
        """
        parts = [np.empty((0, self.dimensions))]
        for number in range(first // BLOCK, -(-last // BLOCK)):
            start = number * BLOCK
            block = _block(self, number)
            parts.append(block[max(0, first - start) : max(0, last - start)])
        return np.concatenate(parts)


@lru_cache(maxsize=4)
def _block(design: Design, number: int) -> Floats:
    """Return a block of points, correlated where the design says so."""
    drawn = _DRAW[design.kind](design, number)
    if design.correlation:
        drawn = correlated(drawn, np.array(design.correlation))
    if design.kind != "grid":
        drawn = np.clip(drawn, NEAREST, 1 - NEAREST)
    drawn.flags.writeable = False
    return drawn


def generator(seed: int, number: int) -> np.random.Generator:
    """Return the source of chance of one block of one sweep."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, number))))


def correlated(points: Floats, correlation: Floats) -> Floats:
    """Return independent points with a correlation between their normal scores."""
    from scipy.special import ndtr, ndtri

    clipped = np.clip(points, NEAREST, 1 - NEAREST)
    scores = ndtri(clipped) @ np.linalg.cholesky(correlation).T
    bound = (np.abs(correlation - np.eye(len(correlation))) > 0).any(axis=0)
    return np.where(bound, np.asarray(ndtr(scores)), points)


def _random(design: Design, number: int) -> Floats:
    return generator(design.seed, number).random((BLOCK, design.dimensions))


def _latin_hypercube(design: Design, number: int) -> Floats:
    """Return a block in which each of as many strata as points has one point.

    It is scipy.stats.qmc.LatinHypercube to the bit, whose import takes a second.
    """
    (random,) = generator(design.seed, number).spawn(1)
    count = min(BLOCK, design.size - number * BLOCK)
    inside = random.uniform(size=(count, design.dimensions))
    strata = np.tile(np.arange(1, count + 1), (design.dimensions, 1))
    for row in strata:
        random.shuffle(row)
    return np.asarray((strata.T - inside) / count)


def _sobol(design: Design, number: int) -> Floats:
    from scipy.stats import qmc

    sequence = qmc.Sobol(design.dimensions, rng=generator(design.seed, 0))
    with warnings.catch_warnings():
        # A block is a part of the sequence; the sweep's size is a power of two.
        warnings.simplefilter("ignore", UserWarning)
        if number:
            sequence.fast_forward(number * BLOCK)
        return np.asarray(sequence.random(BLOCK), dtype=np.float64)


def _grid(design: Design, number: int) -> Floats:
    """Return the nodes of a grid, ends included; past the last the first again."""
    size = int(np.prod(design.levels))
    nodes = np.arange(number * BLOCK, (number + 1) * BLOCK) % size
    places = np.stack(np.unravel_index(nodes, design.levels), axis=1)
    return np.asarray(places / np.maximum(1, np.array(design.levels) - 1))


_DRAW = {
    "random": _random,
    "latin_hypercube": _latin_hypercube,
    "sobol": _sobol,
    "grid": _grid,
}
