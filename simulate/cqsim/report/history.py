"""Simulated values of observed years, compared with the observations."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from cqsim.case.indicators import variables_behind
from cqsim.errors import CqsimError
from cqsim.judge.judged_run import JudgedRun
from cqsim.judge.measure import UndefinedIndicatorError
from cqsim.ledger.observed import Observations
from cqsim.model.values import constant_values
from cqsim.report.plan import CensusIndicator, ReportPlan
from cqsim.study.batch import run_again


@dataclass(frozen=True, slots=True)
class Census:
    """An indicator of a census by region: before, simulated from there, counted."""

    indicator: str
    years: tuple[int, int]
    regions: tuple[str, ...]
    before: tuple[float, ...]
    simulated: tuple[float, ...]
    counted: tuple[float, ...]

    @property
    def error(self) -> float:
        """The root mean square of simulated less counted, in the indicator's unit."""
        return _root_mean_square(self.simulated, self.counted)

    @property
    def error_of_no_change(self) -> float:
        """The same error of saying that nothing changes: a naive rival."""
        return _root_mean_square(self.before, self.counted)


@dataclass(frozen=True, slots=True)
class LaterRecord:
    """An observation of a year after the start of the run, and what the run says."""

    indicator: str
    scope: str
    year: int
    observed: float
    simulated: float
    grade: str
    source: str


@dataclass(frozen=True, slots=True)
class History:
    """All that is observed of what the run says."""

    censuses: tuple[Census, ...]
    later: tuple[LaterRecord, ...]
    observed: dict[tuple[str, str, int], float]


def history(outcome: JudgedRun, ledger: Observations, plan: ReportPlan) -> History:
    """Return simulated values with the census of the start and later observations."""
    case, start = outcome.case, int(outcome.result.times[0])
    later = tuple(_later(outcome, ledger, plan))
    observed = {(row.indicator, row.scope, row.year): row.observed for row in later}
    before = [year for year in case.years.censuses if year <= start]
    for census in plan.check:
        for scope, regions in case.scopes.items():
            for year in before:
                value = _counted(ledger, census, regions, year)
                if value is not None:
                    observed.setdefault((census.indicator, scope, year), value)
    return History(tuple(_censuses(outcome, ledger, plan.check)), later, observed)


def _later(
    outcome: JudgedRun, ledger: Observations, plan: ReportPlan
) -> Iterator[LaterRecord]:
    """Yield observations after the start of a run, with the simulated values."""
    case, start = outcome.case, float(outcome.result.times[0])
    for entry in plan.later:
        for row in ledger.rows(entry.observed):
            if row.year <= start or row.region not in case.scopes:
                continue
            with suppress(CqsimError):
                simulated = outcome.measure.value(entry.indicator, row.region, row.year)
                place = (entry.indicator, row.region, row.year)
                values = (row.value * entry.scale, simulated)
                yield LaterRecord(*place, *values, row.grade, row.source)


def _counted(
    ledger: Observations, census: CensusIndicator, regions: Sequence[str], year: int
) -> float | None:
    """Return a census's value for a scope; None where a count is missing."""
    try:
        upper = sum(ledger.value(r, census.numerator, year) for r in regions)
        if census.denominator is None:
            return upper * census.scale
        lower = sum(ledger.value(r, census.denominator, year) for r in regions)
    except CqsimError:
        return None
    return upper / lower * census.scale


def _censuses(
    outcome: JudgedRun, ledger: Observations, plan: Sequence[CensusIndicator]
) -> Iterator[Census]:
    """Yield indicators at the start of a run, simulated from the census before it."""
    case, end = outcome.case, int(outcome.result.times[0])
    start = max((year for year in case.years.censuses if year < end), default=end)
    known = [census for census in plan if census.indicator in case.indicators]
    if not known or start == end or not _may_start(outcome, start):
        return
    names = [census.indicator for census in known]
    outputs = variables_behind(case.indicators, names)
    again = run_again(outcome, outputs, start=float(start), end=float(end))
    measure = outcome.measure.of(again)
    for census in known:
        rows = []
        for region in case.regions:
            before, counted = (
                _counted(ledger, census, (region,), year) for year in (start, end)
            )
            if before is None or counted is None:
                continue
            with suppress(UndefinedIndicatorError):
                simulated = measure.value(census.indicator, region, end)
                rows.append((region, before, simulated, counted))
        if rows:
            yield Census(census.indicator, (start, end), *zip(*rows, strict=True))


def _may_start(outcome: JudgedRun, year: int) -> bool:
    """Return whether the model says that a run can start in a year."""
    model = outcome.scenario.model
    initial = model.variable("INITIAL TIME")
    if initial is None or initial.low is None:
        return False
    own = {value.value for value in constant_values(model, initial)}
    return initial.low <= year or year in own


def _root_mean_square(one: Sequence[float], other: Sequence[float]) -> float:
    return float(np.sqrt(np.mean((np.array(one) - np.array(other)) ** 2)))
