"""Measure a run: the value of any indicator, for any scope, over time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np

from cqsim.case.indicators import (
    Change,
    Difference,
    Gap,
    Growth,
    Indicator,
    Indicators,
    Level,
    Mean,
    PeakYear,
    Ratio,
    Share,
    Sum,
    Term,
)
from cqsim.case.scopes import Scopes
from cqsim.errors import UnknownNameError
from cqsim.judge.terms import (
    Floats,
    Series,
    UndefinedIndicatorError,
    by_region,
    total,
)


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """An indicator's value for a scope and a year."""

    id: str
    scope: str
    year: int
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A run seen through indicators, inside of a boundary.

    `boundary` is a scope; regions outside of it count nowhere, neither in a scope nor
    in a whole that a scope is compared with. What was measured is kept: tables ask for
    the same path once a year, and indicators that build on another ask for it again.
    """

    series: Series
    indicators: Indicators
    scopes: Scopes
    boundary: str = "metro"
    _known: dict[tuple[str, str], Floats] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def path(self, indicator: str, scope: str) -> Floats:
        """Return the indicator at every saved time, NaN where it is not defined.

        The array is read-only.

        Raises
        ------
        UnknownNameError
            There is no such indicator or scope, or the run lacks a variable.
        NotANumberError
            A variable that the indicator needs is not finite.
        UndefinedIndicatorError
            The indicator cannot be had for this scope.
        """
        if (indicator, scope) not in self._known:
            self._known[indicator, scope] = self._measured(indicator, scope)
        return self._known[indicator, scope]

    def _measured(self, indicator: str, scope: str) -> Floats:
        if indicator not in self.indicators:
            where = "targets and tables"
            known = list(self.indicators)
            raise UnknownNameError(where, "indicator", indicator, known)
        with np.errstate(divide="ignore", invalid="ignore"):
            path = _path(self.indicators[indicator], self, scope)
        path = np.where(np.isfinite(path), path, np.nan)
        path.flags.writeable = False
        return path

    def value(self, indicator: str, scope: str, year: int) -> float:
        """Return the indicator in a year; raise as `path`, or where it is undefined."""
        path = self.path(indicator, scope)
        at = np.flatnonzero(np.abs(self.series.times - year) <= 1e-6)
        if not at.size:
            why = f"the run has no value saved for {year}"
            raise UndefinedIndicatorError(indicator, scope, why)
        value = float(path[at[0]])
        if np.isnan(value):
            why = f"it is not defined in {year}"
            raise UndefinedIndicatorError(indicator, scope, why)
        return value

    def regions(self, indicator: str, scope: str) -> tuple[str, ...]:
        """Return the regions of a scope that lie inside of the boundary."""
        for name in (scope, self.boundary):
            if name not in self.scopes:
                where = f"indicator '{indicator}'"
                raise UnknownNameError(where, "scope", name, list(self.scopes))
        inside = self.scopes[self.boundary]
        chosen = tuple(region for region in self.scopes[scope] if region in inside)
        if not chosen:
            why = f"no region of it lies inside of {self.boundary}"
            raise UndefinedIndicatorError(indicator, scope, why)
        return chosen


def table(
    measure: Measure,
    indicators: Iterable[str],
    scopes: Iterable[str],
    years: Iterable[int],
) -> list[IndicatorValue]:
    """Return a row a value, by indicator, scope and year; none where undefined."""
    rows = []
    asked = [(scope, year) for scope in scopes for year in years]
    for indicator in indicators:
        unit = measure.indicators[indicator].unit
        for scope, year in asked:
            try:
                value = measure.value(indicator, scope, year)
            except UndefinedIndicatorError:
                continue
            rows.append(IndicatorValue(indicator, scope, year, value, unit))
    return rows


@singledispatch
def _path(indicator: Indicator, measure: Measure, scope: str) -> Floats:
    """Return the indicator at every saved time; one function a kind."""
    raise TypeError(type(indicator).__name__, measure.boundary, scope)


@_path.register
def _sum(indicator: Sum, measure: Measure, scope: str) -> Floats:
    regions = measure.regions(indicator.id, scope)
    return indicator.scale * total(indicator.id, indicator.terms, measure, regions)


@_path.register
def _level(indicator: Level, measure: Measure, scope: str) -> Floats:
    own = "metro" if scope == indicator.area else scope
    regions = measure.regions(indicator.id, own)
    return indicator.scale * total(indicator.id, indicator.terms, measure, regions)


@_path.register
def _ratio(indicator: Ratio, measure: Measure, scope: str) -> Floats:
    regions = measure.regions(indicator.id, scope)
    upper = total(indicator.id, indicator.numerator, measure, regions)
    lower = total(indicator.id, indicator.denominator, measure, regions)
    return indicator.scale * upper / lower


@_path.register
def _mean(indicator: Mean, measure: Measure, scope: str) -> Floats:
    regions = measure.regions(indicator.id, scope)
    own = Term(variable=indicator.variable)
    values = by_region(indicator.id, own, measure, regions)
    weights = np.ones_like(values)
    if indicator.weight is not None:
        weight = Term(variable=indicator.weight)
        weights = by_region(indicator.id, weight, measure, regions)
    mean: Floats = (values * weights).sum(axis=1) / weights.sum(axis=1)
    return indicator.scale * mean


@_path.register
def _share(indicator: Share, measure: Measure, scope: str) -> Floats:
    whole = measure.path(indicator.of, indicator.whole)
    return 100.0 * measure.path(indicator.of, scope) / whole


@_path.register
def _gap(indicator: Gap, measure: Measure, scope: str) -> Floats:
    reference = measure.path(indicator.of, indicator.reference)
    return 100.0 * measure.path(indicator.of, scope) / reference


@_path.register
def _growth(indicator: Growth, measure: Measure, scope: str) -> Floats:
    path = measure.path(indicator.of, scope)
    base = measure.value(indicator.of, scope, indicator.base_year)
    years = measure.series.times - indicator.base_year
    rate = (path / base) ** (1.0 / years) - 1.0
    return np.where(years > 0, 100.0 * rate, np.nan)


@_path.register
def _change(indicator: Change, measure: Measure, scope: str) -> Floats:
    base = measure.value(indicator.of, scope, indicator.base_year)
    return 100.0 * (measure.path(indicator.of, scope) / np.float64(base) - 1.0)


@_path.register
def _difference(indicator: Difference, measure: Measure, scope: str) -> Floats:
    base = measure.value(indicator.of, scope, indicator.base_year)
    return measure.path(indicator.of, scope) - base


@_path.register
def _peak_year(indicator: PeakYear, measure: Measure, scope: str) -> Floats:
    path = measure.path(indicator.of, scope)
    highest = [int(path[: end + 1].argmax()) for end in range(path.size)]
    years: Floats = measure.series.times[highest]
    return years
