"""Sample a posterior by tempered sequential Monte Carlo, from prior to posterior.

Sequential Monte Carlo with an adaptive ladder of temperatures (Del Moral, Doucet and
Jasra 2006, doi:10.1111/j.1467-9868.2006.00553.x): each step raises the temperature
until half of the effective sample is left, resamples, and moves every particle by
random-walk Metropolis steps whose covariance is the particles' own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HALF = 0.5
TARGET_ACCEPTANCE = 0.25
"""Near the rate at which random walks mix fastest in many dimensions (0.234)."""

LARGEST_CHANGE = 2.0
"""The most by which one round of moves changes their size."""


class Density(Protocol):
    """The posterior, but for a constant: what is sampled."""

    def log_likelihood(self, points: Floats) -> Floats:
        """Return a logarithm a point (point, constant): (point,)."""

    def log_prior(self, points: Floats) -> Floats:
        """Return a logarithm a point: (point,); infinite where nothing can be."""


@dataclass(frozen=True, slots=True)
class ParticleSet:
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
    temperatures, acceptance
        Of each tempering step: where it led, and the part of its moves that was taken.
    """

    points: Floats
    likelihood: Floats
    prior: Floats
    scale: float = 1.0
    evidence: float = 0.0
    temperatures: tuple[float, ...] = ()
    acceptance: tuple[float, ...] = ()

    @property
    def temperature(self) -> float:
        """The exponent of the likelihood that the particles are drawn from."""
        return self.temperatures[-1] if self.temperatures else 0.0

    @property
    def different(self) -> int:
        """How many particles differ: the copies of one count once."""
        return len(np.unique(self.points, axis=0))


def sample(
    particles: ParticleSet,
    density: Density,
    moves: int,
    random: Callable[[int], np.random.Generator],
    checkpoint: Callable[[ParticleSet], None] | None = None,
) -> ParticleSet:
    """Return particles of the posterior, from some at a lower temperature.

    Parameters
    ----------
    moves
        Metropolis steps at each temperature.
    random
        Gives the random numbers of a tempering step, counted from 1.
    checkpoint
        Called with the particles after each step: what a later call can start from.
    """
    while particles.temperature < 1:
        step = len(particles.temperatures) + 1
        particles = tempering_step(particles, density, moves, random(step))
        if checkpoint:
            checkpoint(particles)
    return particles


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


def tempering_step(
    particles: ParticleSet, density: Density, moves: int, random: np.random.Generator
) -> ParticleSet:
    """Return the particles at the next temperature."""
    raised = next_temperature(particles.temperature, particles.likelihood)
    weights = (raised - particles.temperature) * particles.likelihood
    top = weights.max()
    chosen = _resampled(np.exp(weights - top), random)
    moved = replace(
        particles,
        points=particles.points[chosen],
        likelihood=particles.likelihood[chosen],
        prior=particles.prior[chosen],
        evidence=particles.evidence + top + log(float(np.exp(weights - top).mean())),
        temperatures=(*particles.temperatures, raised),
    )
    rates = []
    for _ in range(moves):
        moved, rate = _moved(moved, density, random)
        rates.append(rate)
    return replace(moved, acceptance=(*particles.acceptance, float(np.mean(rates))))


def _resampled(weights: Floats, random: np.random.Generator) -> Any:
    """Return which particles go on, by systematic resampling."""
    count = len(weights)
    edges = (random.random() + np.arange(count)) / count
    return np.searchsorted(np.cumsum(weights / weights.sum())[:-1], edges)


def _moved(
    particles: ParticleSet, density: Density, random: np.random.Generator
) -> tuple[ParticleSet, float]:
    """Return the particles after one Metropolis step of each, and the rate."""
    count, size = particles.points.shape
    covariance = np.atleast_2d(np.cov(particles.points, rowvar=False))
    step = 2.38 / sqrt(size) * particles.scale
    root = np.linalg.cholesky(covariance + 1e-12 * np.diag(np.diag(covariance)))
    proposed = particles.points + step * random.standard_normal((count, size)) @ root.T
    prior = density.log_prior(proposed)
    inside = np.isfinite(prior)
    likelihood = np.full(count, -np.inf)
    if inside.any():
        likelihood[inside] = density.log_likelihood(proposed[inside])
    gain = particles.temperature * (likelihood - particles.likelihood)
    gain = np.where(inside, gain + prior - particles.prior, -np.inf)
    taken = np.log(random.random(count)) < gain
    rate = float(taken.mean())
    change = float(np.exp(2 * (rate - TARGET_ACCEPTANCE)))
    change = min(max(change, 1 / LARGEST_CHANGE), LARGEST_CHANGE)
    return (
        replace(
            particles,
            points=np.where(taken[:, None], proposed, particles.points),
            likelihood=np.where(taken, likelihood, particles.likelihood),
            prior=np.where(taken, prior, particles.prior),
            scale=particles.scale * change,
        ),
        rate,
    )
