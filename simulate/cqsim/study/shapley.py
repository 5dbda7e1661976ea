"""Tell a difference between two runs apart by what was changed: Shapley values.

The part of a change is its mean effect over all orders in which the changes could be
made. The parts sum to the difference exactly, whatever the interactions (Shapley 1953).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Value = Callable[[Sequence[int]], Floats]
"""From coalitions (bit i: change i is made) to outcomes (coalition, outcome)."""

MOST_EXACT = 10
"""Changes up to which every coalition is run: 2 to this power runs."""

PAIRS = 24
"""Orders drawn beyond that, each with its reverse."""

SEED = 20220800
"""Of the orders that are drawn; fixed, so that a comparison says the same twice."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The parts of a difference.

    Attributes
    ----------
    parts : (change, outcome)
        In the unit of each outcome.
    total : (outcome,)
        The whole difference; the parts sum to it.
    error : (change, outcome)
        Standard error of each part; 0 where all coalitions were run.
    runs
        How many runs it took.
    """

    parts: Floats
    total: Floats
    error: Floats
    runs: int

    @property
    def exact(self) -> bool:
        """Whether all coalitions were run."""
        return not self.error.any()


def attribute(count: int, value: Value) -> Attribution:
    """Return the Shapley values of a number of changes.

    All coalitions are run for up to `MOST_EXACT` changes; beyond that the orders are
    sampled, which leaves an error in the parts and none in their sum.
    """
    if count <= MOST_EXACT:
        return _exact(count, value)
    return _sampled(count, value, np.random.default_rng(SEED))


def _exact(count: int, value: Value) -> Attribution:
    coalitions = range(1 << count)
    outcomes = value(coalitions)
    sizes = np.array([mask.bit_count() for mask in coalitions])
    masks = np.array(coalitions)
    parts = np.zeros((count, outcomes.shape[1]))
    for change in range(count):
        without = masks[(masks >> change) & 1 == 0]
        weights = np.array(
            [
                factorial(size) * factorial(count - size - 1) / factorial(count)
                for size in sizes[without]
            ]
        )
        gains = outcomes[without | (1 << change)] - outcomes[without]
        parts[change] = weights @ gains
    total = outcomes[-1] - outcomes[0]
    return Attribution(parts, total, np.zeros_like(parts), len(coalitions))


def _sampled(count: int, value: Value, random: np.random.Generator) -> Attribution:
    orders = []
    for _ in range(PAIRS):
        order = random.permutation(count)
        orders += [order, order[::-1]]
    chains = [[0, *np.cumsum(1 << order).tolist()] for order in orders]
    needed = sorted({mask for chain in chains for mask in chain})
    outcomes = dict(zip(needed, value(needed), strict=True))
    gains = np.empty((len(orders), count, len(outcomes[0])))
    for number, (order, chain) in enumerate(zip(orders, chains, strict=True)):
        path = np.array([outcomes[mask] for mask in chain])
        gains[number, order] = np.diff(path, axis=0)
    pairs = gains.reshape(PAIRS, 2, count, -1).mean(axis=1)
    error = pairs.std(axis=0, ddof=1) / np.sqrt(PAIRS)
    total = outcomes[needed[-1]] - outcomes[0]
    return Attribution(gains.mean(axis=0), total, error, len(needed))
