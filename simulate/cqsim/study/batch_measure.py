"""Measure many runs at once, each number the same to the bit as one run's.

The runs are laid one after another along time, which is all that most indicators need:
they look at each time on its own. Those that look back at a base year or at the years
before are computed here, run by run along an axis of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod

import numpy as np

from cqsim.case.case import Case
from cqsim.case.indicators import (
    Change,
    Difference,
    Gap,
    Growth,
    Indicator,
    PeakYear,
    Share,
)
from cqsim.compile.ir import System
from cqsim.errors import UnknownNameError
from cqsim.judge.measure import Measure
from cqsim.judge.terms import Floats, UndefinedIndicatorError

Asked = tuple[str, str, str]
"""An indicator, a scope and a boundary."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Runs laid one after another along time, as `cqsim.judge.terms.Series` has it."""

    times: Floats
    values: Mapping[str, Floats]
    axes: Mapping[str, tuple[str, ...]]
    elements: Mapping[str, tuple[str, ...]]

    def name_of(self, name: str) -> str:
        """Return the run's spelling of a name."""
        for known in self.values:
            if known.casefold() == name.casefold():
                return known
        where = "sweep"
        raise UnknownNameError(where, "variable", name, list(self.values))


@dataclass(frozen=True, slots=True)
class BatchMeasure:
    """Many runs seen through indicators."""

    times: Floats
    runs: int
    laid: Laid
    rules: Case
    known: dict[Asked, Floats] = field(default_factory=dict)

    @classmethod
    def of(
        cls, times: Floats, values: Mapping[str, Floats], system: System, rules: Case
    ) -> "BatchMeasure":
        """Return runs to be measured.

        Parameters
        ----------
        values : by variable, (run, time, *axes)
            All finite.
        """
        runs = len(next(iter(values.values())))
        axes = {name: system.variables[name].axes for name in values}
        laid = Laid(
            np.tile(times, runs),
            {name: v.reshape(-1, *v.shape[2:]) for name, v in values.items()},
            {name: tuple(axis.name for axis in its) for name, its in axes.items()},
            {axis.name: axis.elements for its in axes.values() for axis in its},
        )
        return cls(times, runs, laid, rules)

    def path(self, name: str, scope: str, boundary: str = "metro") -> Floats:
        """Return an indicator of every run: (run, time), NaN where it is undefined."""
        asked = (name, scope, boundary)
        if asked not in self.known:
            try:
                with np.errstate(divide="ignore", invalid="ignore"):
                    found = self._path(self.rules.indicators[name], scope, boundary)
            except UndefinedIndicatorError:
                found = np.full((self.runs, len(self.times)), np.nan)
            self.known[asked] = np.where(np.isfinite(found), found, np.nan)
        return self.known[asked]

    def _base(self, name: str, scope: str, boundary: str, year: int) -> Floats:
        """Return an indicator in its base year: (run, 1)."""
        at = np.flatnonzero(np.isclose(self.times, year, rtol=0, atol=1e-6))
        if not at.size:
            why = f"the run has no value saved for {year}"
            raise UndefinedIndicatorError(name, scope, why)
        return self.path(name, scope, boundary)[:, at[:1]]

    @singledispatchmethod
    def _path(self, indicator: Indicator, scope: str, boundary: str) -> Floats:
        """Return an indicator that looks at each time on its own: (run, time)."""
        measure = Measure(self.laid, self.rules.indicators, self.rules.scopes, boundary)
        return measure.path(indicator.id, scope).reshape(self.runs, -1)

    @_path.register
    def _share(self, indicator: Share, scope: str, boundary: str) -> Floats:
        whole = self.path(indicator.of, indicator.whole, boundary)
        return 100.0 * self.path(indicator.of, scope, boundary) / whole

    @_path.register
    def _gap(self, indicator: Gap, scope: str, boundary: str) -> Floats:
        reference = self.path(indicator.of, indicator.reference, boundary)
        return 100.0 * self.path(indicator.of, scope, boundary) / reference

    @_path.register
    def _growth(self, indicator: Growth, scope: str, boundary: str) -> Floats:
        path = self.path(indicator.of, scope, boundary)
        base = self._base(indicator.of, scope, boundary, indicator.base_year)
        years = self.times - indicator.base_year
        rate = (path / base) ** (1.0 / years) - 1.0
        return np.where(years > 0, 100.0 * rate, np.nan)

    @_path.register
    def _change(self, indicator: Change, scope: str, boundary: str) -> Floats:
        base = self._base(indicator.of, scope, boundary, indicator.base_year)
        return 100.0 * (self.path(indicator.of, scope, boundary) / base - 1.0)

    @_path.register
    def _difference(self, indicator: Difference, scope: str, boundary: str) -> Floats:
        base = self._base(indicator.of, scope, boundary, indicator.base_year)
        return self.path(indicator.of, scope, boundary) - base

    @_path.register
    def _peak_year(self, indicator: PeakYear, scope: str, boundary: str) -> Floats:
        path = self.path(indicator.of, scope, boundary)
        highest = np.maximum.accumulate(path, axis=1)
        # The first year of the highest value so far, as argmax finds it.
        newer = np.concatenate(
            [np.ones((self.runs, 1), bool), path[:, 1:] > highest[:, :-1]], axis=1
        )
        places = np.where(newer, np.arange(path.shape[1]), 0)
        years = self.times[np.maximum.accumulate(places, axis=1)]
        return np.where(np.isnan(path).any(axis=1, keepdims=True), np.nan, years)
