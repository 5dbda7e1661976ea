"""What a posterior says of each constant, beside its prior, in numbers and in words."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cqsim.study.census_fit import constant_of
from cqsim.study.posterior_run import Sampled
from cqsim.study.smc import effective_size

Floats = NDArray[np.float64]

IDENTIFIED, NARROWED = 0.5, 0.85
"""Posterior over prior standard deviation below which the evidence is said to identify
a constant, or to narrow it; above, the posterior is the prior."""

TIED = 0.6
"""Correlation from which two constants are said to be known only together."""

DRAWS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A constant: prior, posterior, mode, and what the evidence says of it."""

    constant: str
    unit: str
    low: float
    high: float
    prior_mean: float
    prior_deviation: float
    mode: float
    mean: float
    deviation: float
    quantile05: float
    median: float
    quantile95: float
    ratio: float
    mixing: float
    verdict: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """How a sample came about, and how far it can be trusted.

    Attributes
    ----------
    different
        How many particles differ from all others.
    worst_mixing
        Of all constants: how far the two clouds disagree, 1 if not at all.
    misfit_at_mode
        Half the sum of squares of misses and of distances from the priors.
    census_miss
        The largest relative miss of the censuses at the mode, where the constants of
        the census fit follow from the free ones.
    """

    run_id: str
    data: int
    stages: int
    particles: int
    different: int
    least_acceptance: float
    worst_mixing: float
    log_evidence: float
    misfit_at_mode: float
    census_miss: float


def rows_of(sampled: Sampled) -> list[Row]:
    """Return a row a constant, in the order of the plan."""
    points = np.concatenate([cloud.points for cloud in sampled.clouds])
    ties = np.corrcoef(points, rowvar=False).reshape(points.shape[1], -1)
    priors = sampled.problem.priors
    rows = []
    for number, prior in enumerate(priors):
        own = points[:, number]
        ratio = float(own.std() / prior.deviation)
        others = {
            other.name: float(ties[number, n])
            for n, other in enumerate(priors)
            if n != number
        }
        low, median, high = (float(q) for q in np.quantile(own, (0.05, 0.5, 0.95)))
        rows.append(
            Row(
                constant=prior.name,
                unit=prior.unit,
                low=prior.low,
                high=prior.high,
                prior_mean=float(prior.distribution.mean()),
                prior_deviation=prior.deviation,
                mode=float(sampled.mode.point[number]),
                mean=float(own.mean()),
                deviation=float(own.std()),
                quantile05=low,
                median=median,
                quantile95=high,
                ratio=ratio,
                mixing=mixing([cloud.points[:, number] for cloud in sampled.clouds]),
                verdict=words(ratio, others),
                run_id=sampled.run_id,
            )
        )
    return rows


def words(ratio: float, ties: dict[str, float]) -> str:
    """Return in words how far the evidence informs a constant."""
    if ratio < IDENTIFIED:
        said = "identified by the evidence"
    elif ratio < NARROWED:
        said = "narrowed by the evidence"
    else:
        said = "prior-driven: the evidence says next to nothing"
    tied = [name for name, r in ties.items() if abs(r) >= TIED]
    return f"{said}, known only together with {', '.join(tied)}" if tied else said


def mixing(samples: Sequence[Floats]) -> float:
    """Return how far independent samples agree: 1 if wholly (Gelman and Rubin 1992)."""
    within = float(np.mean([sample.var(ddof=1) for sample in samples]))
    between = float(np.var([sample.mean() for sample in samples], ddof=1))
    return float(np.sqrt(1 + between / within)) if within > 0 else float("inf")


def diagnostics_of(sampled: Sampled) -> Diagnostics:
    """Return what there is to know about the sampling."""
    clouds = sampled.clouds
    return Diagnostics(
        run_id=sampled.run_id,
        data=len(sampled.problem.data),
        stages=max(len(cloud.temperatures) for cloud in clouds),
        particles=sum(len(cloud.points) for cloud in clouds),
        different=sum(effective_size(cloud) for cloud in clouds),
        least_acceptance=min(min(cloud.acceptance) for cloud in clouds),
        worst_mixing=max(row.mixing for row in rows_of(sampled)),
        log_evidence=float(np.mean([cloud.evidence for cloud in clouds])),
        misfit_at_mode=sampled.mode.loss,
        census_miss=sampled.problem.census_miss(sampled.mode.point),
    )


def posterior_text(rows: Sequence[Row]) -> str:
    """Return the rows as CSV."""
    lines = [",".join(field.name for field in fields(Row))]
    for row in rows:
        cells = (f"{v:.6g}" if isinstance(v, float) else str(v) for v in astuple(row))
        lines.append(",".join(f'"{c}"' if "," in c else c for c in cells))
    return "\n".join(lines) + "\n"


def draws_text(sampled: Sampled) -> str:
    """Return draws of the posterior as CSV: a column a constant, a line a draw.

    The constants of the census fit are among them, each draw with those that belong to
    it, so that a run with a draw still arrives at the census.
    """
    points = np.concatenate([cloud.points for cloud in sampled.clouds])
    random = np.random.default_rng(sampled.problem.wanted.seed)
    count = min(DRAWS, len(points))
    chosen = points[np.sort(random.choice(len(points), count, replace=False))]
    columns = {p.name: chosen[:, n] for n, p in enumerate(sampled.problem.priors)}
    system = sampled.problem.system
    fitted = sampled.problem.columns(chosen)
    for fit in sampled.problem.plan.fit:
        name, axes = fit.constant, constant_of(system, fit).axes
        if not axes:
            columns[name] = fitted[name]
            continue
        places = product(*(axis.elements for axis in axes))
        values = fitted[name].reshape(count, -1).T
        for place, column in zip(places, values, strict=True):
            columns[f"{name}[{','.join(place)}]"] = column
    lines = [",".join(f'"{c}"' if "," in c else c for c in columns)]
    lines += [
        ",".join(f"{values[n]:.6g}" for values in columns.values())
        for n in range(count)
    ]
    return "\n".join(lines) + "\n"
