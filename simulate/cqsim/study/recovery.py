"""Whether the sampler recovers constants that are known: simulation-based calibration.

Constants are drawn from their priors, the model makes the evidence from them, with the
declared errors, and the posterior is sampled from that evidence. Over many such data
sets the rank of the true value among the particles is uniform if the sampler, the
census fit within it and the likelihood fit together: Talts and others (2018),
arXiv:1804.06788. The band around the ranks' distribution: Säilynoja, Bürkner and
Vehtari (2022), doi:10.1007/s11222-022-10090-6.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

from cqsim.study.kept_stages import save_arrays
from cqsim.study.posterior_run import Problem, first_cloud, problem_of
from cqsim.study.priors import draws
from cqsim.study.smc import stage

Floats = NDArray[np.float64]
Told = Callable[[str], None]

FILE = "recovery.csv"
PARTICLES = 127
"""Ranks from 0 to 127: bins of equal width hold the same number of them."""

BINS = 8
LIKELIHOOD = "log likelihood"
"""The quantity beside the constants whose rank shows most (Modrák and others 2023,
doi:10.1214/23-BA1404)."""

BAND = 0.95
SIMULATED = 4000
"""Uniform samples from which the band is found."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """How often what was known was found, for a constant or the likelihood.

    Attributes
    ----------
    chi_square_p
        Of uniform ranks, in eight bins.
    distance, allowed
        The largest distance of the distribution of ranks from uniform, in standard
        deviations at its place, and the band that it leaves in 1 of 20 such samples.
    inside_50, inside_90
        The share of data sets whose true value lies in the central interval.
    """

    quantity: str
    data_sets: int
    chi_square_p: float
    distance: float
    allowed: float
    inside_50: float
    inside_90: float
    run_id: str


def recovered(folder: Path, out: Path, count: int, told: Told) -> list[Recovery]:
    """Return what becomes of `count` data sets, each kept in `out` once it is done.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan asks for no posterior.
    """
    kept, problem = problem_of(folder, out, told)
    ranks = []
    for number in range(count):
        path = kept / f"recovery_{number:04d}.npz"
        if not path.is_file():
            save_arrays(path, ranks=ranks_of(problem, number))
            told(f"data set {number + 1} of {count}")
        with np.load(path) as saved:
            ranks.append(saved["ranks"])
    names = (*(prior.name for prior in problem.priors), LIKELIHOOD)
    return recoveries(names, np.array(ranks), kept.name)


def ranks_of(problem: Problem, number: int) -> Floats:
    """Return the ranks of the truth in a data set: each constant, the likelihood."""
    random = np.random.default_rng((problem.wanted.seed, 1, number))
    truth = draws(problem.priors, random.random((1, len(problem.priors))))
    missed = problem.misses(truth)[0]
    made = missed + random.standard_normal(len(missed))
    data = tuple(
        replace(datum, value=datum.value + datum.deviation * float(miss))
        for datum, miss in zip(problem.data, made, strict=True)
    )
    known = replace(problem, data=data)
    cloud = first_cloud(known, PARTICLES, random)
    while cloud.temperature < 1:
        moves = known.wanted.moves
        cloud = stage(cloud, known.log_likelihood, known.log_prior, moves, random)
    below = (cloud.points < truth).sum(axis=0)
    likelihood = (cloud.likelihood < known.log_likelihood(truth)).sum()
    return np.append(below, likelihood).astype(np.float64)


def recoveries(names: Sequence[str], ranks: Floats, run_id: str) -> list[Recovery]:
    """Return a line a quantity from ranks (data set, quantity)."""
    count = len(ranks)
    allowed = band(count)
    return [
        Recovery(
            name,
            count,
            uniform_p(ranks[:, n]),
            distance(ranks[None, :, n])[0],
            allowed,
            inside(ranks[:, n], 0.5),
            inside(ranks[:, n], 0.9),
            run_id,
        )
        for n, name in enumerate(names)
    ]


def uniform_p(ranks: Floats) -> float:
    """Return how likely ranks as uneven as these are, if they are uniform."""
    counts, _ = np.histogram(ranks, BINS, (-0.5, PARTICLES + 0.5))
    return float(chisquare(counts).pvalue)


def inside(ranks: Floats, part: float) -> float:
    """Return the share of ranks in the central part."""
    place = (ranks + 0.5) / (PARTICLES + 1)
    return float(np.mean(np.abs(2 * place - 1) <= part))


def distance(ranks: Floats) -> Floats:
    """Return the largest standardised distance from uniform, one a sample of ranks."""
    count = ranks.shape[1]
    places = np.arange(8, PARTICLES - 7) / (PARTICLES + 1)
    below = ranks[:, :, None] < places * (PARTICLES + 1)
    apart = below.mean(axis=1) - places
    return np.asarray(
        np.abs(apart / np.sqrt(places * (1 - places) / count)).max(axis=1)
    )


def band(count: int) -> float:
    """Return the distance that all but 1 of 20 uniform samples stay within."""
    random = np.random.default_rng(count)
    samples = random.integers(0, PARTICLES + 1, (SIMULATED, count)).astype(np.float64)
    found = np.concatenate([distance(part) for part in np.array_split(samples, 40)])
    return float(np.quantile(found, BAND))


def recovery_text(found: Sequence[Recovery]) -> str:
    """Return the lines as CSV."""
    lines = [",".join(field.name for field in fields(Recovery))]
    for entry in found:
        cells = (f"{v:.4g}" if isinstance(v, float) else str(v) for v in astuple(entry))
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"
