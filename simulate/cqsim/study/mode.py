"""The mode of a posterior whose logarithm is a sum of squares: Levenberg-Marquardt.

The derivatives are differences, all of one round in one batch of runs. Marquardt
(1963), doi:10.1137/0111030.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Residuals = Callable[[Floats], Floats]

ROUNDS = 30
SETTLED = 1e-4
"""Smallest relative fall of the sum of squares that is worth another round."""

STEP = 1e-3
"""Part of a constant's range by which it is moved to find a derivative."""

DAMPING = tuple(10.0 ** (power / 2) for power in range(-8, 9))
"""Tried side by side in each round; the best is taken."""


@dataclass(frozen=True, slots=True)
class Mode:
    """Where the posterior is highest, its half sum of squares, and the rounds taken."""

    point: Floats
    loss: float
    rounds: int


def find_mode(residuals: Residuals, start: Floats, low: Floats, high: Floats) -> Mode:
    """Return the point within the bounds that has the least sum of squares nearby.

    Parameters
    ----------
    residuals
        Gives (point, residual) for (point, constant).
    start, low, high : (constant,)
    """
    point = np.clip(start, low, high)
    width = high - low
    at = residuals(point[None])[0]
    loss = _loss(at)
    for number in range(1, ROUNDS + 1):
        sign = np.where(point + STEP * width <= high, 1.0, -1.0)
        moved = point + np.diag(sign * STEP * width)
        slopes = ((residuals(moved) - at) / (sign * STEP)[:, None]).T
        square = slopes.T @ slopes
        steps = [
            np.linalg.solve(
                square + damping * np.diag(np.maximum(np.diag(square), 1e-12)),
                -slopes.T @ at,
            )
            for damping in DAMPING
        ]
        tried = np.clip(point + width * np.array(steps), low, high)
        found = residuals(tried)
        losses = [_loss(row) for row in found]
        best = int(np.argmin(losses))
        if not losses[best] < loss * (1 - SETTLED):
            return Mode(point, loss, number)
        point, at, loss = tried[best], found[best], losses[best]
    return Mode(point, loss, ROUNDS)


def _loss(row: Floats) -> float:
    value = float(0.5 * np.sum(row**2))
    return value if np.isfinite(value) else np.inf
