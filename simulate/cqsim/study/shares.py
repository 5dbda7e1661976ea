"""In what share of the runs of a sweep each target is met, and how sure that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cqsim.engine.judge import ROUNDING
from cqsim.study.columns import MATRIX
from cqsim.study.stored import StoredSweep

Z = 1.959963984540054
"""Standard deviations to each side of the middle that hold 95 %."""

LITERAL = "headline"


@dataclass(frozen=True, slots=True)
class Share:
    """The share of runs that meet a target.

    Attributes
    ----------
    kind
        `headline`; `reading`, another number for the same words; `alternative`, another
        area, year or indicator; `weather`, the year's weather drawn as well.
    detail
        The id of the reading, alternative or weather.
    error
        The Monte-Carlo standard error.
    low, high
        The ends of the 95 % interval (Wilson), as if runs were drawn one by one; Latin
        hypercubes and Sobol' points are at least as exact.
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


def shares(sweep: StoredSweep) -> list[Share]:
    """Return the share of every target, by scenario, under all its readings."""
    order = {name: n for n, name in enumerate(sweep.description["target_order"])}
    found = [
        share
        for name in order
        for key, numbers in _columns(sweep, name)
        for share in _of_column(sweep, key, numbers)
    ]
    kinds = (LITERAL, "reading", "alternative", "weather")
    return sorted(
        found,
        key=lambda s: (
            sweep.bases.index(s.scenario),
            order[s.target],
            kinds.index(s.kind),
            s.detail,
        ),
    )


Key = tuple[str, str, str, str, float]
"""Scenario, target, alternative, scope and year."""


def _columns(
    sweep: StoredSweep, target: str
) -> Iterator[tuple[Key, NDArray[np.float64]]]:
    """Yield the numbers of a target and its alternatives, by scenario: (run,)."""
    frame = sweep.sql(
        "select scenario, alternative, scope, year, value from targets "
        "where target = ? and alternative <> ? order by run",
        [target, MATRIX],
    )
    keys = ["scenario", "alternative", "scope", "year"]
    for place, group in frame.groupby(keys, sort=False, observed=True):
        scenario, alternative, scope, year = place
        key = (str(scenario), target, str(alternative), str(scope), float(str(year)))
        yield key, group["value"].to_numpy(dtype=np.float64)


def _of_column(
    sweep: StoredSweep,
    key: Key,
    values: NDArray[np.float64],
) -> Iterator[Share]:
    scenario, name, alternative, scope, year = key
    target = sweep.description["targets"][name]
    rules: list[tuple[str, str, str, float]] = []
    if alternative:
        rule = target["alternatives"][alternative]
        rules.append(("alternative", alternative, rule["operator"], rule["required"]))
    else:
        operator = target["operator"]
        rules.append((LITERAL, "", operator, target["required"]))
        rules += [
            ("reading", reading, operator, threshold)
            for reading, threshold in target["readings"].items()
            if threshold != target["required"]
        ]
    for kind, detail, operator, required in rules:
        margins = _margins(values, operator, required)
        met = (margins >= -ROUNDING).astype(np.float64)
        place = (scenario, name, kind, detail, scope, int(year))
        yield Share(*place, operator, required, *_estimate(met))
    for weather, deviation in target["weather"].items() if not alternative else ():
        chance = _normal(_margins(values, operator, target["required"]) / deviation)
        place = (scenario, name, "weather", weather, scope, int(year))
        yield Share(*place, target["operator"], target["required"], *_estimate(chance))


def _margins(
    values: NDArray[np.float64], operator: str, required: float
) -> NDArray[np.float64]:
    return values - required if operator == ">=" else required - values


def _normal(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(ndtr(scores), dtype=np.float64)


def _estimate(met: NDArray[np.float64]) -> tuple[int, float, float, float, float]:
    """Return runs, mean, standard error and the Wilson interval of 0/1 or chances."""
    runs, share = len(met), float(np.mean(met))
    error = float(np.std(met) / sqrt(runs))
    middle = (share + Z * Z / (2 * runs)) / (1 + Z * Z / runs)
    spread = share * (1 - share) / runs + Z * Z / (4 * runs * runs)
    half = Z * sqrt(spread) / (1 + Z * Z / runs)
    # Rounding must not take an end past the share itself.
    low, high = min(share, middle - half), max(share, middle + half)
    return runs, share, error, max(0.0, low), min(1.0, high)


@dataclass(frozen=True, slots=True)
class Cell:
    """The share of runs in which one region would meet a target by itself."""

    scenario: str
    target: str
    region: str
    year: int
    runs: int
    share: float


def matrix(sweep: StoredSweep) -> list[Cell]:
    """Return region by target; nothing where the sweep did not record regions."""
    rules = [
        (name, 1.0 if rule["operator"] == ">=" else -1.0, rule["required"])
        for name, rule in sweep.description["targets"].items()
    ]
    if not rules:
        return []
    rows = ", ".join("(?, ?, ?)" for _ in rules)
    found = sweep.rows(
        f"with rules(target, sign, required) as (values {rows}) "
        "select scenario, target, scope, year, count(*) as runs, "
        "sum(case when sign * (value - required) >= ? then 1 else 0 end) as met "
        "from targets join rules using (target) where alternative = ? "
        "group by all order by scenario, target, scope",
        [*(cell for rule in rules for cell in rule), -ROUNDING, MATRIX],
    )
    return [
        Cell(scenario, target, scope, int(year), runs, met / runs)
        for scenario, target, scope, year, runs, met in found
    ]
