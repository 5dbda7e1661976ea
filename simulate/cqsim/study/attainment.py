"""Attainment of targets in a sweep: shares of runs, with their uncertainty."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.case.targets import Operator
from cqsim.judge.verdicts import is_met, margin_of
from cqsim.study.columns import MATRIX
from cqsim.study.results import SweepResults

Z = 1.959963984540054
"""Standard deviations to each side of the middle that hold 95 %."""

HEADLINE = "headline"
KINDS = (HEADLINE, "reading", "alternative", "weather")


@dataclass(frozen=True, slots=True)
class Attainment:
    """The share of runs that meet a target.

    Attributes
    ----------
    kind
        `headline`; `reading`, another number for the same words; `alternative`, another
        area, year or indicator; `weather`, the year's weather drawn as well.
    detail
        The id of the reading, alternative or weather.
    runs
        All runs; one that diverged does not meet the target.
    error
        The Monte-Carlo standard error.
    low, high
        The ends of the 95 % interval (Wilson), as if runs were drawn one by one; Latin
        hypercubes and Sobol' points are at least as exact. Of a posterior no more runs
        count than it has draws.
    """

    scenario: str
    target: str
    kind: str
    detail: str
    scope: str
    year: int
    operator: str
    required: float
    runs: int
    share: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RegionalAttainment:
    """The share of runs in which one region would meet a target by itself."""

    scenario: str
    target: str
    region: str
    year: int
    runs: int
    share: float


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a target, or another reading of it, requires.

    Attributes
    ----------
    kind
        One of `KINDS`, or `region` for each region by itself.
    deviation
        Of the year's weather, where that is to be drawn as well; else 0.
    """

    target: str
    alternative: str
    kind: str
    detail: str
    operator: Operator
    required: float
    deviation: float = 0.0


def attainments(
    sweep: SweepResults,
) -> tuple[list[Attainment], list[RegionalAttainment]]:
    """Return the share of every target by scenario, under all its readings.

    The second list is by region as well; it is empty where the sweep did not record
    regions.
    """
    criteria = list(_criteria(sweep.description["targets"]))
    order = {name: n for n, name in enumerate(sweep.description["target_order"])}
    most = float(sweep.description.get("draws") or np.inf)
    lost = dict(
        sweep.rows(
            "select scenario, count(*) from inputs "
            "where lost_variable is not null group by all"
        )
    )
    whole, regional = [], []
    for (scenario, number, scope, year), sums in _sums(sweep, criteria).items():
        criterion = criteria[number]
        runs, met, squares = sums
        runs = int(runs) + lost.get(scenario, 0)
        place = (scenario, criterion.target)
        if criterion.kind == MATRIX:
            row = (*place, scope, int(year), runs, float(met / runs))
            regional.append(RegionalAttainment(*row))
            continue
        head = (*place, criterion.kind, criterion.detail, scope, int(year))
        required = (criterion.operator, criterion.required, runs)
        estimate = _estimate(runs, met, squares, most)
        whole.append(Attainment(*head, *required, *estimate))
    whole.sort(
        key=lambda each: (
            sweep.bases.index(each.scenario),
            order[each.target],
            KINDS.index(each.kind),
            each.detail,
        )
    )
    regional.sort(key=lambda each: (each.scenario, each.target, each.region, each.year))
    return whole, regional


def _criteria(targets: Mapping[str, Any]) -> Iterator[Criterion]:
    """Yield what each target requires: itself, by reading, alternative and weather."""
    for name, target in targets.items():
        own = (target["operator"], target["required"])
        yield Criterion(name, "", HEADLINE, "", *own)
        yield Criterion(name, MATRIX, MATRIX, "", *own)
        for reading, threshold in target["readings"].items():
            if threshold != target["required"]:
                yield Criterion(name, "", "reading", reading, own[0], threshold)
        for other, rule in target["alternatives"].items():
            given = (rule["operator"], rule["required"])
            yield Criterion(name, other, "alternative", other, *given)
        for weather, deviation in target["weather"].items():
            yield Criterion(name, "", "weather", weather, *own, deviation)


Key = tuple[str, int, str, float]
"""Scenario, number of the criterion, scope and year."""


def _sums(
    sweep: SweepResults, criteria: Sequence[Criterion]
) -> dict[Key, NDArray[np.float64]]:
    """Return the number of runs, the sum of what counts as met, and of its squares."""
    numbered: dict[tuple[str, str], list[int]] = {}
    for number, each in enumerate(criteria):
        numbered.setdefault((each.target, each.alternative), []).append(number)
    sums: dict[Key, NDArray[np.float64]] = {}
    for block in sweep.blocks():
        for scenario, target, alternative, scope, year, values in block.sql(
            VALUES
        ).values:
            for number in numbered.get((target, alternative), ()):
                met = _met(criteria[number], values)
                key = (scenario, number, scope, year)
                added = np.array([len(met), met.sum(), (met**2).sum()])
                sums[key] = sums.get(key, 0.0) + added
    return sums


VALUES = """
    select scenario, target, alternative, scope, year,
        list(coalesce(value, 'nan'))
    from targets group by all
"""


def _met(criterion: Criterion, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 for each run that meets a criterion, else 0; or its chance to.

    The chance is that under the year's weather, where the criterion draws it.
    """
    margins = margin_of(values, criterion.operator, criterion.required)
    if not criterion.deviation:
        return is_met(margins).astype(np.float64)
    from scipy.special import ndtr

    # Sorted, the chances have one sum in whatever order the runs are read.
    chances: NDArray[np.float64] = ndtr(np.sort(margins) / criterion.deviation)
    return np.nan_to_num(chances)


def _estimate(
    runs: int, met: float, squares: float, most: float
) -> tuple[float, float, float, float]:
    """Return mean, standard error and the Wilson interval.

    Parameters
    ----------
    met, squares
        The sum over the runs of 0 or 1, or of chances, and of their squares.
    most
        How many independent runs there can be: no more than draws of a posterior.
    """
    share, count = float(met / runs), min(float(runs), most)
    error = sqrt(max(0.0, squares / runs - share * share) / count)
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    spread = share * (1 - share) / count + Z * Z / (4 * count * count)
    half = Z * sqrt(spread) / (1 + Z * Z / count)
    # Rounding must not take an end past the share itself.
    low, high = min(share, middle - half), max(share, middle + half)
    return share, error, max(0.0, low), min(1.0, high)
