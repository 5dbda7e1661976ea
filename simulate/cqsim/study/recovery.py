"""Simulation-based calibration of the sampler: whether it recovers known constants.

Constants are drawn from their priors, the model makes the evidence from them, with the
declared errors, and the posterior is sampled from that evidence. Over many such
replicates the rank of the true value among the particles is uniform if the sampler, the
census fit within it and the likelihood fit together: Talts and others (2018),
arXiv:1804.06788. The envelope of the ranks' distribution: Säilynoja, Bürkner and
Vehtari (2022), doi:10.1007/s11222-022-10090-6.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

from cqsim.case.case import Case
from cqsim.study.emulator import Progress
from cqsim.study.posterior import Posterior, checkpointed, read_posterior_plan
from cqsim.study.priors import draws
from cqsim.study.smc import sample

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

FILE = "recovery.csv"
DIGITS = 4
"""Significant digits in the file."""

PARTICLES = 127
"""Ranks from 0 to 127: bins of equal width hold the same number of them."""

BINS = 8
LIKELIHOOD = "log likelihood"
"""The quantity beside the constants whose rank shows most (Modrák and others 2023,
doi:10.1214/23-BA1404)."""

ENVELOPE = 0.95
SIMULATED = 4000
"""Uniform samples from which the envelope is found."""


def recovery(case: Case, out: Path, count: int, progress: Progress) -> "pd.DataFrame":
    """Return what becomes of `count` replicates, each stored in `out` once it is done.

    Columns as `recovery_table` has them.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan asks for no posterior.
    """
    stored, posterior = read_posterior_plan(case, out, progress)
    ranks = []
    for number in range(count):
        path = stored / f"recovery_{number:04d}.npz"
        is_new = not path.is_file()
        made = partial(_ranks, posterior, number)
        ranks.append(checkpointed(path, made)["ranks"])
        if is_new:
            progress(f"data set {number + 1} of {count}")
    names = (*(prior.name for prior in posterior.emulator.priors), LIKELIHOOD)
    return recovery_table(names, np.array(ranks), stored.name)


def _ranks(posterior: Posterior, number: int) -> dict[str, Floats]:
    return {"ranks": ranks_of(posterior, number)}


def ranks_of(posterior: Posterior, number: int) -> Floats:
    """Return the ranks of the truth in a replicate: each constant, the likelihood."""
    random = np.random.default_rng((posterior.plan.seed, 1, number))
    priors = posterior.emulator.priors
    truth = draws(priors, random.random((1, len(priors))))
    residuals = posterior.data_residuals(truth)[0]
    made = residuals + random.standard_normal(len(residuals))
    data = tuple(
        replace(datum, value=datum.value + datum.deviation * float(residual))
        for datum, residual in zip(posterior.data, made, strict=True)
    )
    known = replace(posterior, data=data)
    first = known.first_particles(PARTICLES, random)
    particles = sample(first, known, known.plan.moves, lambda _: random)
    below = (particles.points < truth).sum(axis=0)
    likelihood = (particles.likelihood < known.log_likelihood(truth)).sum()
    return np.append(below, likelihood).astype(np.float64)


def recovery_table(names: Sequence[str], ranks: Floats, run_id: str) -> "pd.DataFrame":
    """Return the coverage and rank statistics of replicates: a row a quantity.

    `quantity`, `data_sets`; `chi_square_p` of uniform ranks in eight bins; `distance`,
    the largest of the distribution of ranks from uniform, in standard deviations at
    its place; `allowed`, the envelope that it leaves in 1 of 20 such samples;
    `inside_50` and `inside_90`, the share of replicates whose true value lies in the
    central interval; `run_id`.

    Parameters
    ----------
    ranks : (replicate, quantity)
    """
    import pandas as pd

    columns = {
        "quantity": list(names),
        "data_sets": len(ranks),
        "chi_square_p": [uniform_p(own) for own in ranks.T],
        "distance": distance(ranks.T),
        "allowed": envelope(len(ranks)),
        "inside_50": [coverage(own, 0.5) for own in ranks.T],
        "inside_90": [coverage(own, 0.9) for own in ranks.T],
        "run_id": run_id,
    }
    return pd.DataFrame(columns)


def uniform_p(ranks: Floats) -> float:
    """Return how likely ranks as uneven as these are, if they are uniform."""
    counts, _ = np.histogram(ranks, BINS, (-0.5, PARTICLES + 0.5))
    return float(chisquare(counts).pvalue)


def coverage(ranks: Floats, part: float) -> float:
    """Return the share of ranks in the central part."""
    place = (ranks + 0.5) / (PARTICLES + 1)
    return float(np.mean(np.abs(2 * place - 1) <= part))


def distance(ranks: Floats) -> Floats:
    """Return the largest standardised distance from uniform of each sample of ranks.

    Parameters
    ----------
    ranks : (sample, replicate)
    """
    count = ranks.shape[1]
    places = np.arange(8, PARTICLES - 7) / (PARTICLES + 1)
    below = ranks[:, :, None] < places * (PARTICLES + 1)
    apart = below.mean(axis=1) - places
    return np.asarray(
        np.abs(apart / np.sqrt(places * (1 - places) / count)).max(axis=1)
    )


def envelope(count: int) -> float:
    """Return the distance that all but 1 of 20 uniform samples stay within."""
    random = np.random.default_rng(count)
    samples = random.integers(0, PARTICLES + 1, (SIMULATED, count)).astype(np.float64)
    found = np.concatenate([distance(part) for part in np.array_split(samples, 40)])
    return float(np.quantile(found, ENVELOPE))
