"""What the model says of years that are observed, beside the observation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cqsim.case.indicators import variables_behind
from cqsim.errors import CqsimError
from cqsim.judge.judged_run import JudgedRun
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.ledger.observed import Observations
from cqsim.model.values import constant_values
from cqsim.report.plan import Check, Plan
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
class Later:
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
    later: tuple[Later, ...]
    observed: dict[tuple[str, str, int], float]


def history(outcome: JudgedRun, ledger: Observations, plan: Plan) -> History:
    """Return the model beside the census of its start and beside later observations."""
    later = tuple(_later(outcome, ledger, plan))
    known = {(row.indicator, row.scope, row.year): row.observed for row in later}
    start = int(outcome.result.times[0])
    for check in plan.check:
        for scope in outcome.case.scopes:
            for year in (start - 10, start):
                value = _counted(ledger, check, outcome.case.scopes[scope], year)
                if value is not None:
                    known.setdefault((check.indicator, scope, year), value)
    return History(tuple(_censuses(outcome, ledger, plan.check)), later, known)


def _later(outcome: JudgedRun, ledger: Observations, plan: Plan) -> list[Later]:
    rules = outcome.case
    measure = Measure(outcome.result, rules)
    start = float(outcome.result.times[0])
    found = []
    for entry in plan.later:
        for row in ledger.rows(entry.observed):
            if row.year <= start or row.region not in rules.scopes:
                continue
            try:
                value = measure.value(entry.indicator, row.region, row.year)
            except CqsimError:
                continue
            found.append(
                Later(
                    entry.indicator,
                    row.region,
                    row.year,
                    row.value * entry.scale,
                    value,
                    row.grade,
                    row.source,
                )
            )
    return found


def _counted(
    ledger: Observations, check: Check, regions: Sequence[str], year: int
) -> float | None:
    """Return a census's value for a scope; None where a count is missing."""
    try:
        upper = sum(ledger.value(r, check.numerator, year) for r in regions)
        if check.denominator is None:
            return upper * check.scale
        lower = sum(ledger.value(r, check.denominator, year) for r in regions)
    except CqsimError:
        return None
    return upper / lower * check.scale


def _censuses(
    outcome: JudgedRun, ledger: Observations, checks: Sequence[Check]
) -> list[Census]:
    rules = outcome.case
    end = int(outcome.result.times[0])
    start = end - 10
    regions = rules.scopes[rules.whole]
    wanted = [c for c in checks if c.indicator in rules.indicators]
    if not wanted or not _may_start(outcome, start):
        return []
    outputs = variables_behind(rules.indicators, [c.indicator for c in wanted])
    times = {"start": float(start), "end": float(end)}
    series = run_again(outcome, outputs, **times)
    measure = Measure(series, rules)
    found = []
    for check in wanted:
        rows = []
        for region in regions:
            before = _counted(ledger, check, (region,), start)
            counted = _counted(ledger, check, (region,), end)
            try:
                simulated = measure.value(check.indicator, region, end)
            except UndefinedIndicatorError:
                continue
            if before is not None and counted is not None:
                rows.append((region, before, simulated, counted))
        if rows:
            names, before_all, simulated_all, counted_all = zip(*rows, strict=True)
            found.append(
                Census(
                    check.indicator,
                    (start, end),
                    names,
                    before_all,
                    simulated_all,
                    counted_all,
                )
            )
    return found


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
