"""How the runs of a sweep spread over the years, and when they peak."""

from collections import Counter
from dataclasses import dataclass

from cqsim.study.results import SweepResults

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
EXACT = 200_000
"""Points that quantiles are taken of; with more they move by less than is shown."""


@dataclass(frozen=True, slots=True)
class Fan:
    """An indicator in one year of all runs of a scenario.

    Attributes
    ----------
    quantiles
        At 5, 25, 50, 75 and 95 % of the runs.
    required
        By target of this indicator and scope: where a straight path from the median of
        the first year to the target stands in this year.
    """

    scenario: str
    indicator: str
    scope: str
    year: int
    quantiles: tuple[float, ...]
    required: dict[str, float]


def fans(sweep: SweepResults) -> list[Fan]:
    """Return the quantiles of every indicator that the sweep recorded.

    They are exact up to so many points, and beyond those of as many of the points.
    """
    shown = ", ".join(str(q) for q in QUANTILES)
    # Exact quantiles keep their numbers in memory: one indicator and scope at a time.
    fewer, runs = sweep.sample(EXACT)
    chosen = "" if runs is None else "and run in (select unnest(?)) "
    rows = [
        row
        for place in places(sweep)
        for row in fewer.rows(
            "select scenario, indicator, scope, year, "
            f"quantile_cont(value, [{shown}]) from indicators "
            f"where indicator = ? and scope = ? {chosen}group by all order by all",
            place if runs is None else [*place, runs],
        )
    ]
    found = [
        Fan(scenario, indicator, scope, int(year), tuple(quantiles), {})
        for scenario, indicator, scope, year, quantiles in sorted(rows)
    ]
    starts: dict[tuple[str, str, str], Fan] = {}
    for fan in found:
        start = starts.setdefault((fan.scenario, fan.indicator, fan.scope), fan)
        fan.required.update(_required(sweep, fan, start))
    return found


def _required(sweep: SweepResults, fan: Fan, start: Fan) -> dict[str, float]:
    paths = {}
    for name, target in sweep.description["targets"].items():
        same = (target["indicator"], target["scope"]) == (fan.indicator, fan.scope)
        if same and start.year < target["year"] and fan.year <= target["year"]:
            done = (fan.year - start.year) / (target["year"] - start.year)
            first = start.quantiles[2]
            paths[name] = first + done * (target["required"] - first)
    return paths


@dataclass(frozen=True, slots=True)
class Peak:
    """The share of runs in which an indicator is highest in one year.

    `last` marks the last year of the runs: it may go on rising after it.
    """

    scenario: str
    indicator: str
    scope: str
    year: int
    share: float
    last: bool


def peaks(sweep: SweepResults) -> list[Peak]:
    """Return when the indicators that were recorded every year are highest.

    Of years with the same highest value the first counts.
    """
    query = (
        "with years as (select count(distinct year) as n, max(year) as last "
        "from indicators), tops as (select scenario, indicator, scope, run, "
        "arg_max(year, (value, -year)) as year from indicators "
        "where not suffix(indicator, 'peak_year') group by all "
        "having count(*) = (select n from years)) "
        "select scenario, indicator, scope, year, count(*), "
        "year = (select last from years) from tops group by all"
    )
    counts: Counter[tuple[str, str, str, int, bool]] = Counter()
    total: Counter[tuple[str, str, str]] = Counter()
    for block in sweep.blocks():
        for scenario, name, scope, year, count, last in block.rows(query):
            counts[scenario, name, scope, int(year), bool(last)] += count
            total[scenario, name, scope] += count
    order = {place: n for n, place in enumerate(places(sweep))}
    found = sorted(counts, key=lambda key: (order[key[1], key[2]], key))
    return [Peak(*key[:4], counts[key] / total[key[:3]], last=key[4]) for key in found]


def places(sweep: SweepResults) -> list[tuple[str, str]]:
    """Return the indicators and scopes that a sweep recorded."""
    query = "select distinct indicator, scope from indicators order by all"
    first = next(sweep.blocks())
    return [(str(name), str(scope)) for name, scope in first.rows(query)]
