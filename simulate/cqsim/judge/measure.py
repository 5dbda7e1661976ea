"""Measure runs: the value of any indicator, for any scope, over time.

All runs are measured at once. Regions are added up in the order of the scope, one after
another, so that a run has the same bytes alone and among any number of others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.indicators import Term
from cqsim.engine.result import Runs
from cqsim.errors import CqsimError, UnknownNameError

Floats = NDArray[np.float64]


class UndefinedIndicatorError(CqsimError):
    """An indicator has no value for a scope or a year."""

    def __init__(self, indicator: str, scope: str, why: str) -> None:
        super().__init__(indicator, scope, why)

    def __str__(self) -> str:
        indicator, scope, why = self.args
        return (
            f"indicator '{indicator}' has no value for {scope}: {why}. "
            "Choose another scope, year or span of the run."
        )


class NotANumberError(CqsimError):
    """A variable that an indicator needs is not a finite number."""

    def __init__(self, indicator: str, variable: str, time: float) -> None:
        super().__init__(indicator, variable, time)

    def __str__(self) -> str:
        indicator, variable, time = self.args
        return (
            f"indicator '{indicator}' cannot be computed: variable '{variable}' is not "
            f"a finite number at {time:g}. Look for the equation that diverges."
        )


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """An indicator's value for a scope and a year."""

    id: str
    scope: str
    year: int
    value: float
    unit: str


class Measure:
    """Runs seen through indicators, inside of a boundary.

    Parameters
    ----------
    runs
        A run alone, or many. Of a run alone, a value that is not finite is refused; of
        many, what rests on one is NaN, and so is all of a run that diverged.
    boundary
        A scope, the whole if none is given. Regions outside of it count nowhere:
        neither in a scope nor in a whole that a scope is compared with.
    """

    def __init__(self, runs: Runs, case: Case, boundary: str = "") -> None:
        self.runs = runs
        self.case = case
        self.indicators = case.indicators
        self.scopes = case.scopes
        self.whole = case.whole
        self.boundary = boundary or case.whole
        # Tables ask for a path once a year, and indicators build on one another.
        self._paths: dict[tuple[str, str], Floats] = {}
        # Not itself: a circle would hold on to the runs until garbage is looked for.
        self._within: dict[str, Measure] = {}
        self._terms: dict[object, tuple[str, Floats, tuple[str, ...] | None]] = {}

    @property
    def times(self) -> Floats:
        """The saved times: (time,)."""
        return self.runs.times

    def of(self, runs: Runs) -> "Measure":
        """Return other runs seen through the same indicators, in the same boundary."""
        return Measure(runs, self.case, self.boundary)

    def within(self, boundary: str) -> "Measure":
        """Return the same runs seen inside of another boundary."""
        if boundary == self.boundary:
            return self
        if boundary not in self._within:
            other = Measure(self.runs, self.case, boundary)
            other._terms = self._terms
            self._within[boundary] = other
        return self._within[boundary]

    def paths(self, indicator: str, scope: str) -> Floats:
        """Return an indicator of all runs: (run, time), NaN where it is not defined.

        The array is read-only.

        Raises
        ------
        UnknownNameError
            There is no such indicator or scope, or the runs lack a variable.
        NotANumberError
            A variable that the indicator needs is not finite in a run alone.
        UndefinedIndicatorError
            The indicator cannot be had for this scope.
        """
        if (indicator, scope) not in self._paths:
            if indicator not in self.indicators:
                where = "targets and tables"
                known = list(self.indicators)
                raise UnknownNameError(where, "indicator", indicator, known)
            with np.errstate(all="ignore"):
                found = self.indicators[indicator].paths(self, scope)
            found = np.where(np.isfinite(found), found, np.nan)
            found[list(self.runs.lost)] = np.nan
            found.flags.writeable = False
            self._paths[indicator, scope] = found
        return self._paths[indicator, scope]

    def values(self, indicator: str, scope: str, year: int) -> Floats:
        """Return an indicator in a year: (run,), NaN where it is not defined.

        Raises as `paths`, and UndefinedIndicatorError where the year was not saved.
        """
        path = self.paths(indicator, scope)
        found: Floats = path[:, self.position(indicator, scope, year)]
        return found

    def position(self, indicator: str, scope: str, year: int) -> int:
        """Return where a year stands among the saved times.

        Raises UndefinedIndicatorError where it was not saved.
        """
        found = np.flatnonzero(np.abs(self.times - year) <= 1e-6)
        if not found.size:
            why = f"the run has no value saved for {year}"
            raise UndefinedIndicatorError(indicator, scope, why)
        return int(found[0])

    def path(self, indicator: str, scope: str) -> Floats:
        """Return the indicator of a run alone: (time,); raise as `paths`."""
        (path,) = self.paths(indicator, scope)
        return np.asarray(path)

    def value(self, indicator: str, scope: str, year: int) -> float:
        """Return the indicator of a run alone in a year.

        Raises as `values`, and UndefinedIndicatorError where it is not defined.
        """
        value = float(self.values(indicator, scope, year)[0])
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

    def total(self, indicator: str, terms: Iterable[Term], scope: str) -> Floats:
        """Return terms added up over the regions of a scope: (run, time)."""
        added = np.zeros((self.runs.runs or 1, len(self.times)))
        for term in terms:
            first, *others = self.by_region(indicator, term, scope)
            for other in others:
                first = first + other
            added = added + first
        return added

    def by_region(self, indicator: str, term: Term, scope: str) -> Floats:
        """Return a term for each region of a scope: (region, run, time).

        Other subscripts are summed over what the term chooses. A variable without
        regions has one row, and is there for the whole area only.
        """
        regions = self.regions(indicator, scope)
        name, values, elements = self._term(indicator, term)
        if elements is None:
            if regions != self.scopes[self.whole]:
                why = f"the model has '{name}' for the whole area only"
                raise UndefinedIndicatorError(indicator, "a part of the area", why)
        else:
            where = f"indicator '{indicator}'"
            chosen = _positions(where, name, regions, elements)
            first, after = chosen[0], chosen[0] + len(chosen)
            # Regions that stand together need no copy.
            together = chosen == list(range(first, after))
            values = values[first:after] if together else values[chosen]
        if self.runs.runs is None and not np.isfinite(values).all():
            bad = ~np.isfinite(values).all(axis=(0, 1))
            raise NotANumberError(indicator, name, float(self.times[bad.argmax()]))
        return values

    def _term(
        self, indicator: str, term: Term
    ) -> tuple[str, Floats, tuple[str, ...] | None]:
        """Return a term's variable, its values (region, run, time), and its regions.

        One row and None where the variable has no regions.
        """
        key = (term.variable, tuple(sorted(term.over.items())), term.factor)
        if key not in self._terms:
            self._terms[key] = self._summed(f"indicator '{indicator}'", term)
        return self._terms[key]

    def _summed(
        self, where: str, term: Term
    ) -> tuple[str, Floats, tuple[str, ...] | None]:
        runs = self.runs
        try:
            name = runs.name_of(term.variable)
        except UnknownNameError as error:
            known = error.args[3]
            raise UnknownNameError(where, "variable", term.variable, known) from error
        axes = runs.axes[name]
        if unknown := set(term.over) - set(axes):
            kind = f"subscript of variable '{name}' called"
            raise UnknownNameError(where, kind, min(unknown), list(axes))
        values = runs.values[name]
        if runs.runs is None:
            values = values[None]
        every = set(self.scopes[self.whole])
        regional = [axis for axis in axes if set(runs.elements[axis]) <= every][:1]
        for number, axis in reversed(list(enumerate(axes, 2))):
            if axis not in regional:
                elements = runs.elements[axis]
                chosen = term.over.get(axis, elements)
                positions = _positions(where, name, chosen, elements)
                values = values.take(positions, axis=number).sum(axis=number)
        values = np.moveaxis(values, 2, 0) if regional else values[None]
        # Each region's row lies together, in the order of run and time.
        values = np.multiply(term.factor, values, order="C")
        return name, values, runs.elements[regional[0]] if regional else None


def _positions(
    where: str, name: str, chosen: Sequence[str], elements: tuple[str, ...]
) -> list[int]:
    """Return where the chosen elements stand in a subscript range."""
    places = {element: number for number, element in enumerate(elements)}
    for element in chosen:
        if element not in places:
            kind = f"element of variable '{name}' called"
            raise UnknownNameError(where, kind, element, list(elements))
    return [places[element] for element in chosen]


def table(
    measure: Measure,
    indicators: Iterable[str],
    scopes: Iterable[str],
    years: Iterable[int],
) -> list[IndicatorValue]:
    """Return a row a value, by indicator, scope and year; none where undefined."""
    rows = []
    places = [(scope, year) for scope in scopes for year in years]
    for indicator in indicators:
        unit = measure.indicators[indicator].unit
        for scope, year in places:
            try:
                value = measure.value(indicator, scope, year)
            except UndefinedIndicatorError:
                continue
            rows.append(IndicatorValue(indicator, scope, year, value, unit))
    return rows
