"""Distributions of uncertain inputs: from a point in (0, 1) to a value.

A distribution is its quantile function, so that every design of points, random or not,
and every correlation goes through the same door.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Distribution(ABC):
    """What every distribution has: its ends, and its values at given quantiles."""

    low: float
    high: float

    @abstractmethod
    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles in (0, 1), rounding errors left in."""

    def values(self, points: Floats) -> Floats:
        """Return the values at quantiles in (0, 1), never beyond the two ends."""
        return np.clip(self.inside(points), self.low, self.high)


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Every value between two ends is as likely as any other."""

    low: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        return self.low + (self.high - self.low) * points


@dataclass(frozen=True, slots=True)
class Triangular(Distribution):
    """Likelier the nearer to a mode, and impossible beyond two ends."""

    low: float
    mode: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        width = self.high - self.low
        turn = (self.mode - self.low) / width
        rising = self.low + np.sqrt(points * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - points) * width * (self.high - self.mode))
        return np.where(points < turn, rising, falling)


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """A normal distribution cut off at two ends."""

    mean: float
    deviation: float
    low: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        return self.mean + self.deviation * _cut_normal(
            points,
            (self.low - self.mean) / self.deviation,
            (self.high - self.mean) / self.deviation,
        )


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """A value whose logarithm is normal, cut off at two ends.

    `deviation` is the standard deviation of the logarithm.
    """

    median: float
    deviation: float
    low: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        with np.errstate(divide="ignore"):
            ends = np.log(np.array([self.low, self.high]) / self.median)
        scaled = ends / self.deviation
        normal = _cut_normal(points, float(scaled[0]), float(scaled[1]))
        return np.asarray(self.median * np.exp(self.deviation * normal))


@dataclass(frozen=True, slots=True)
class Discrete(Distribution):
    """One of some values, each with its weight; on a grid, these in their order."""

    choices: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def low(self) -> float:  # type: ignore[override]
        """The least of the values."""
        return min(self.choices)

    @property
    def high(self) -> float:  # type: ignore[override]
        """The greatest of the values."""
        return max(self.choices)

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        shares = np.cumsum(self.weights) / np.sum(self.weights)
        chosen = np.searchsorted(shares[:-1], points, side="right")
        return np.asarray(self.choices)[chosen]


def _cut_normal(points: Floats, low: float, high: float) -> Floats:
    """Return quantiles of a standard normal distribution between two ends."""
    from scipy.special import ndtr, ndtri

    if low > 0:  # In the upper tail 1 - ndtr has no digits left; mirror it.
        return -_cut_normal(1 - points, -high, -low)
    below, above = ndtr(low), ndtr(high)
    return np.asarray(ndtri(below + points * (above - below)), dtype=np.float64)
