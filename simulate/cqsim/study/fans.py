"""How the runs of a sweep spread over the years, and when they peak."""

from dataclasses import dataclass

from cqsim.study.stored import StoredSweep

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


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


def fans(sweep: StoredSweep) -> list[Fan]:
    """Return the quantiles of every indicator that the sweep recorded."""
    shown = ", ".join(str(q) for q in QUANTILES)
    # Exact quantiles keep their numbers in memory: one indicator and scope at a time.
    rows = [
        row
        for place in places(sweep)
        for row in sweep.rows(
            "select scenario, indicator, scope, year, "
            f"quantile_cont(value, [{shown}]) from indicators "
            "where indicator = ? and scope = ? group by all order by all",
            place,
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


def _required(sweep: StoredSweep, fan: Fan, start: Fan) -> dict[str, float]:
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


def peaks(sweep: StoredSweep) -> list[Peak]:
    """Return when the indicators that were recorded every year are highest.

    Of years with the same highest value the first counts.
    """
    query = (
        "with years as (select count(distinct year) as n, max(year) as last "
        "from indicators), mine as (select scenario, run, year, value from indicators "
        "where indicator = $name and scope = $scope), tops as (select run, "
        "max(value) as top from mine group by run having count(*) = "
        "(select n from years)), highest as (select scenario, run, min(year) as year "
        "from mine join tops using (run) where value = top group by scenario, run) "
        "select scenario, year, count(*), year = (select last from years) "
        "from highest group by scenario, year order by scenario, year"
    )
    found = []
    for name, scope in places(sweep):
        if name.endswith("peak_year"):
            continue
        rows = sweep.rows(query, {"name": name, "scope": scope})
        total: dict[str, int] = {}
        for scenario, _, count, _ in rows:
            total[scenario] = total.get(scenario, 0) + count
        found += [
            Peak(scenario, name, scope, int(year), count / total[scenario], bool(end))
            for scenario, year, count, end in rows
        ]
    return found


def places(sweep: StoredSweep) -> list[tuple[str, str]]:
    """Return the indicators and scopes that a sweep recorded."""
    query = "select distinct indicator, scope from indicators order by all"
    return [(str(name), str(scope)) for name, scope in sweep.rows(query)]
