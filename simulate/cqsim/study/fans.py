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
    rows = sweep.rows(
        "select scenario, indicator, scope, year, "
        f"quantile_cont(value, [{shown}]) as quantiles from indicators "
        "group by all order by scenario, indicator, scope, year"
    )
    found = [
        Fan(scenario, indicator, scope, int(year), tuple(quantiles), {})
        for scenario, indicator, scope, year, quantiles in rows
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
    rows = sweep.rows(
        "with years as (select count(distinct year) as n, max(year) as last "
        "from indicators), highest as (select scenario, indicator, scope, run, "
        "min(year) filter (value = top) as year from (select *, max(value) over "
        "(partition by run, indicator, scope) as top, count(*) over "
        "(partition by run, indicator, scope) as n from indicators) "
        "where n = (select n from years) and indicator not like '%peak_year' "
        "group by all) select scenario, indicator, scope, year, count(*) / "
        "sum(count(*)) over (partition by scenario, indicator, scope) as share, "
        "year = (select last from years) as at_end from highest "
        "group by scenario, indicator, scope, year order by all"
    )
    return [
        Peak(scenario, indicator, scope, int(year), float(share), bool(at_end))
        for scenario, indicator, scope, year, share, at_end in rows
    ]
