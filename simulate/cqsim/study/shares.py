"""In what share of the runs of a sweep each target is met, and how sure that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cqsim.judge.verdicts import ROUNDING
from cqsim.study.columns import MATRIX
from cqsim.study.results import SweepResults

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
class Rule:
    """What a target, or another reading of it, requires.

    Attributes
    ----------
    deviation
        Of the year's weather, where that is to be drawn as well; else 0.
    """

    target: str
    alternative: str
    kind: str
    detail: str
    operator: str
    required: float
    deviation: float = 0.0


def shares(sweep: SweepResults) -> list[Share]:
    """Return the share of every target, by scenario, under all its readings.

    A run that diverged counts as one that does not meet the target.
    """
    rules = list(_rules(sweep))
    sums: dict[Key, NDArray[np.float64]] = {}
    for piece in sweep.blocks():
        for key, added in _sums(piece, rules):
            sums[key] = sums.get(key, 0.0) + added
    diverged = _diverged(sweep)
    order = {name: n for n, name in enumerate(sweep.description["target_order"])}
    kinds = (LITERAL, "reading", "alternative", "weather")
    most = float(sweep.description.get("draws") or np.inf)
    found = []
    for (scenario, number, scope, year), (runs, met, squares) in sums.items():
        rule = rules[number]
        place = (scenario, rule.target, rule.kind, rule.detail, scope, int(year))
        every = int(runs) + diverged.get(scenario, 0)
        estimate = _estimate(every, met, squares, most)
        found.append(Share(*place, rule.operator, rule.required, *estimate))
    return sorted(
        found,
        key=lambda s: (
            sweep.bases.index(s.scenario),
            order[s.target],
            kinds.index(s.kind),
            s.detail,
        ),
    )


Key = tuple[str, int, str, float]
"""Scenario, number of the rule, scope and year."""


def _rules(sweep: SweepResults) -> Iterator[Rule]:
    """Yield what each target requires: itself, by reading, alternative and weather."""
    for name, target in sweep.description["targets"].items():
        operator, required = target["operator"], target["required"]
        yield Rule(name, "", LITERAL, "", operator, required)
        for reading, threshold in target["readings"].items():
            if threshold != required:
                yield Rule(name, "", "reading", reading, operator, threshold)
        for other, rule in target["alternatives"].items():
            own = (rule["operator"], rule["required"])
            yield Rule(name, other, "alternative", other, *own)
        for weather, deviation in target["weather"].items():
            yield Rule(name, "", "weather", weather, operator, required, deviation)


def _diverged(sweep: SweepResults) -> dict[str, int]:
    """Return how many runs of each scenario diverged."""
    query = "select scenario, count(*) from inputs where lost_variable is not null"
    return dict(sweep.rows(f"{query} group by scenario"))


def _sums(
    piece: SweepResults, rules: Sequence[Rule]
) -> Iterator[tuple[Key, NDArray[np.float64]]]:
    """Yield runs, the sum of what counts as met, and the sum of its squares."""
    plain = [(n, rule) for n, rule in enumerate(rules) if not rule.deviation]
    listed = ", ".join("(?, ?, ?, ?, ?)" for _ in plain)
    rows = piece.rows(
        "with rules(number, target, alternative, sign, required) as "
        f"(values {listed}) select scenario, number, scope, year, count(*), "
        "sum(case when sign * (value - required) >= ? then 1 else 0 end) "
        "from targets join rules using (target, alternative) group by all",
        [
            *(cell for n, rule in plain for cell in _row(n, rule)),
            -ROUNDING,
        ],
    )
    for scenario, number, scope, year, runs, met in rows:
        yield (scenario, number, scope, float(year)), np.array([runs, met, met], float)
    for number, rule in enumerate(rules):
        if rule.deviation:
            yield from _by_weather(piece, number, rule)


def _row(number: int, rule: Rule) -> tuple[int, str, str, float, float]:
    return number, rule.target, rule.alternative, _sign(rule), rule.required


def _by_weather(
    piece: SweepResults, number: int, rule: Rule
) -> Iterator[tuple[Key, NDArray[np.float64]]]:
    """Yield the sums where each run counts by its chance under the year's weather."""
    from scipy.special import ndtr

    frame = piece.sql(
        "select scenario, scope, year, value from targets "
        "where target = ? and alternative = '' order by run",
        [rule.target],
    )
    for place, group in frame.groupby(["scenario", "scope", "year"], sort=False):
        scenario, scope, year = place
        margins = _sign(rule) * (group["value"].to_numpy(dtype=float) - rule.required)
        chance = np.asarray(ndtr(margins / rule.deviation), dtype=np.float64)
        key = (str(scenario), number, str(scope), float(str(year)))
        yield key, np.array([len(chance), chance.sum(), (chance**2).sum()])


def _sign(rule: Rule) -> float:
    return 1.0 if rule.operator == ">=" else -1.0


def _estimate(
    runs: int, met: float, squares: float, most: float
) -> tuple[int, float, float, float, float]:
    """Return runs, mean, standard error and the Wilson interval.

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


def matrix(sweep: SweepResults) -> list[Cell]:
    """Return region by target; nothing where the sweep did not record regions.

    A run that diverged counts as one that does not meet the target.
    """
    rules = [
        (name, 1.0 if rule["operator"] == ">=" else -1.0, rule["required"])
        for name, rule in sweep.description["targets"].items()
    ]
    if not rules:
        return []
    listed = ", ".join("(?, ?, ?)" for _ in rules)
    query = (
        f"with rules(target, sign, required) as (values {listed}) "
        "select scenario, target, scope, year, count(*), "
        "sum(case when sign * (value - required) >= ? then 1 else 0 end) "
        "from targets join rules using (target) where alternative = ? group by all"
    )
    given = [*(cell for rule in rules for cell in rule), -ROUNDING, MATRIX]
    sums: dict[tuple[str, str, str, float], tuple[int, int]] = {}
    for piece in sweep.blocks():
        for *place, runs, met in piece.rows(query, given):
            scenario, target, scope, year = place
            before = sums.get((scenario, target, scope, year), (0, 0))
            added = (before[0] + runs, before[1] + met)
            sums[scenario, target, scope, year] = added
    diverged = _diverged(sweep)
    cells = []
    for (scenario, target, scope, year), (defined, met) in sorted(sums.items()):
        runs = defined + diverged.get(scenario, 0)
        cells.append(Cell(scenario, target, scope, int(year), runs, met / runs))
    return cells
