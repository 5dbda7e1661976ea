"""Shares of a scarce supply in emitted NumPy code: profiles of priority, and roots.

What is asked for falls as a price rises, as Vensim's priority profiles say; the price
at which all that is asked for is what there is decides who gets how much.
"""

from collections.abc import Callable
from math import erfc, sqrt
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Vensim's numbers of the profiles that are supported.
RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL = PROFILES = (1.0, 2.0, 3.0, 4.0)

_erfc = np.frompyfunc(erfc, 1, 1)


def demand(quantity: Any, profile: Any, distance: Any, width: Any) -> Any:
    """Return how much of a quantity is still asked for at a price.

    Parameters
    ----------
    profile
        The number of the shape in which the quantity falls.
    distance
        The priority less the price.
    width
        How wide the fall is. Of no width, or with no such profile, nothing is known.
    """
    with_width = np.where(np.greater(width, 0.0), width, np.nan)
    z = np.asarray(distance / with_width, dtype=np.float64)
    size = np.abs(z)
    tail = size * np.nan
    for number, tail_of in _TAILS.items():
        here = np.equal(profile, number)
        if here.any():
            tail = np.where(here, tail_of(size), tail)
    share = np.where(z < 0.0, tail, 1.0 - tail)
    return np.where(np.equal(quantity, 0.0), 0.0, quantity * share)


def _rectangular(size: Array) -> Array:
    return np.maximum(0.5 - size, 0.0)


def _triangular(size: Array) -> Array:
    left = np.maximum(0.5 - size, 0.0)
    return 2.0 * (left * left)


def _normal(size: Array) -> Array:
    return 0.5 * np.asarray(_erfc(size / sqrt(2.0)), dtype=np.float64)


def _exponential(size: Array) -> Array:
    return 0.5 * np.exp(-size)


_TAILS: dict[float, Callable[[Array], Array]] = {
    RECTANGULAR: _rectangular,
    TRIANGULAR: _triangular,
    NORMAL: _normal,
    EXPONENTIAL: _exponential,
}


def root(
    value: Callable[[Array], Any], low: Any, high: Any, level: Any, halvings: int
) -> Array:
    """Return where a value that only falls comes down to a level.

    Parameters
    ----------
    low, high : arrays that broadcast to the unknown's shape
        The ends between which it is looked for.
    halvings
        How many times their distance is halved.
    """
    low, high, level = np.broadcast_arrays(*np.atleast_1d(low, high, level))
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        above = value(middle) >= level
        low = np.where(above, middle, low)
        high = np.where(above, high, middle)
    middle = 0.5 * (low + high)
    return np.asarray(middle, dtype=np.float64)


__all__ = ["demand", "root"]
