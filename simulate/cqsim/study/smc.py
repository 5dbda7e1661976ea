"""Sample a posterior by tempering: from the prior to it in small steps, all at once.

Sequential Monte Carlo with an adaptive ladder of temperatures (Del Moral, Doucet and
Jasra 2006, doi:10.1111/j.1467-9868.2006.00553.x): each stage raises the temperature
until half of the effective sample is left, resamples, and moves every particle by
random-walk Metropolis steps whose covariance is the particles' own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LogDensity = Callable[[Floats], Floats]

HALF = 0.5
WANTED_ACCEPTANCE = 0.25
"""Near the rate at which random walks mix fastest in many dimensions (0.234)."""

LARGEST_CHANGE = 2.0
"""The most by which one round of moves changes their size."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Particles at a temperature between the prior, 0, and the posterior, 1.

    Attributes
    ----------
    points : (particle, constant)
    likelihood, prior : (particle,)
        Logarithms.
    scale
        Size of the moves relative to the particles' covariance.
    evidence
        Logarithm of the marginal likelihood up to this temperature.
    acceptance
        Of each stage: the part of the moves that were accepted.
    """

    points: Floats
    likelihood: Floats
    prior: Floats
    temperature: float = 0.0
    scale: float = 1.0
    evidence: float = 0.0
    acceptance: tuple[float, ...] = field(default=())
    temperatures: tuple[float, ...] = field(default=())


def next_temperature(temperature: float, likelihood: Floats) -> float:
    """Return the temperature that leaves half of the effective sample, at most 1."""
    centred = likelihood - likelihood.max()

    def effective(raised: float) -> float:
        weights = np.exp((raised - temperature) * centred)
        return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))

    if effective(1.0) >= HALF:
        return 1.0
    low, high = temperature, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= HALF else (low, middle)
    return low


def stage(
    cloud: Cloud,
    likelihood: LogDensity,
    prior: LogDensity,
    moves: int,
    random: np.random.Generator,
) -> Cloud:
    """Return the cloud at the next temperature."""
    raised = next_temperature(cloud.temperature, cloud.likelihood)
    weights = (raised - cloud.temperature) * cloud.likelihood
    top = weights.max()
    evidence = cloud.evidence + top + log(float(np.exp(weights - top).mean()))
    chosen = _resampled(np.exp(weights - top), random)
    moved = replace(
        cloud,
        points=cloud.points[chosen],
        likelihood=cloud.likelihood[chosen],
        prior=cloud.prior[chosen],
        temperature=raised,
        evidence=evidence,
    )
    rates = []
    for _ in range(moves):
        moved, rate = _moved(moved, likelihood, prior, random)
        rates.append(rate)
    return replace(
        moved,
        acceptance=(*cloud.acceptance, float(np.mean(rates))),
        temperatures=(*cloud.temperatures, raised),
    )


def _resampled(weights: Floats, random: np.random.Generator) -> Any:
    """Return which particles go on, by systematic resampling."""
    count = len(weights)
    edges = (random.random() + np.arange(count)) / count
    return np.searchsorted(np.cumsum(weights / weights.sum())[:-1], edges)


def _moved(
    cloud: Cloud, likelihood: LogDensity, prior: LogDensity, random: np.random.Generator
) -> tuple[Cloud, float]:
    """Return the cloud after one Metropolis step of each particle, and the rate."""
    count, size = cloud.points.shape
    covariance = np.atleast_2d(np.cov(cloud.points, rowvar=False))
    step = 2.38 / sqrt(size) * cloud.scale
    root = np.linalg.cholesky(covariance + 1e-12 * np.diag(np.diag(covariance)))
    proposed = cloud.points + step * random.standard_normal((count, size)) @ root.T
    its_prior = prior(proposed)
    inside = np.isfinite(its_prior)
    its_likelihood = np.full(count, -np.inf)
    if inside.any():
        its_likelihood[inside] = likelihood(proposed[inside])
    gain = cloud.temperature * (its_likelihood - cloud.likelihood)
    gain = np.where(inside, gain + its_prior - cloud.prior, -np.inf)
    taken = np.log(random.random(count)) < gain
    rate = float(taken.mean())
    change = float(np.exp(2 * (rate - WANTED_ACCEPTANCE)))
    change = min(max(change, 1 / LARGEST_CHANGE), LARGEST_CHANGE)
    return (
        replace(
            cloud,
            points=np.where(taken[:, None], proposed, cloud.points),
            likelihood=np.where(taken, its_likelihood, cloud.likelihood),
            prior=np.where(taken, its_prior, cloud.prior),
            scale=cloud.scale * change,
        ),
        rate,
    )


def effective_size(cloud: Cloud) -> int:
    """Return how many particles differ: the copies of one count once."""
    return len(np.unique(cloud.points, axis=0))
