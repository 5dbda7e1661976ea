"""Terms of an indicator: the model's variables, picked and added up by region."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cqsim.case.indicators import Term
from cqsim.errors import CqsimError, UnknownNameError

Floats = NDArray[np.float64]


class Series(Protocol):
    """What a run must give to be measured; see `cqsim.engine.result.Runs`."""

    @property
    def times(self) -> Floats:
        """The saved times."""

    @property
    def values(self) -> Mapping[str, Floats]:
        """By variable: an array (time, *axes)."""

    @property
    def axes(self) -> Mapping[str, tuple[str, ...]]:
        """By variable: the names of its subscript ranges, one an axis after time."""

    @property
    def elements(self) -> Mapping[str, tuple[str, ...]]:
        """By subscript range: its elements, in order."""

    def name_of(self, name: str) -> str:
        """Return the run's spelling of a name, or raise UnknownNameError."""


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


class Scoped(Protocol):
    """A run and the regions of its scopes."""

    @property
    def series(self) -> Series:
        """The run."""

    @property
    def scopes(self) -> Mapping[str, tuple[str, ...]]:
        """The regions of each scope."""


def total(
    indicator: str, terms: Iterable[Term], run: Scoped, regions: tuple[str, ...]
) -> Floats:
    """Return the terms added up over regions, at every saved time."""
    added = np.zeros_like(run.series.times)
    for term in terms:
        added = added + by_region(indicator, term, run, regions).sum(axis=1)
    return added


def by_region(
    indicator: str, term: Term, run: Scoped, regions: tuple[str, ...]
) -> Floats:
    """Return a term (time, region), other subscripts summed over what is chosen.

    A variable without regions has one column, and is there for the whole area only.
    """
    where = f"indicator '{indicator}'"
    series = run.series
    try:
        name = series.name_of(term.variable)
    except UnknownNameError as error:
        known = error.args[3]
        raise UnknownNameError(where, "variable", term.variable, known) from error
    axes = series.axes[name]
    unknown = set(term.over) - set(axes)
    if unknown:
        kind = f"subscript of variable '{name}' called"
        raise UnknownNameError(where, kind, min(unknown), list(axes))
    values = series.values[name]
    regional = False
    # Backwards, so that summing over an axis leaves the numbers of those before it.
    for number in range(len(axes), 0, -1):
        elements = series.elements[axes[number - 1]]
        is_region = set(elements) <= set(run.scopes["metro"])
        wanted = regions if is_region else term.over.get(axes[number - 1], elements)
        values = values.take(_places(where, name, wanted, elements), axis=number)
        values = values if is_region else values.sum(axis=number)
        regional = regional or is_region
    if not regional:
        values = _whole_area(indicator, name, run, regions, values)
    _require_finite(indicator, name, series.times, values)
    return term.factor * values


def _places(
    where: str, name: str, wanted: tuple[str, ...], elements: tuple[str, ...]
) -> list[int]:
    """Return where the wanted elements stand in a subscript range."""
    for element in wanted:
        if element not in elements:
            kind = f"element of variable '{name}' called"
            raise UnknownNameError(where, kind, element, list(elements))
    return [elements.index(element) for element in wanted]


def _whole_area(
    indicator: str,
    name: str,
    run: Scoped,
    regions: tuple[str, ...],
    values: Floats,
) -> Floats:
    """Return the one column of a variable without regions."""
    if regions != run.scopes["metro"]:
        why = f"the model has '{name}' for the whole area only"
        raise UndefinedIndicatorError(indicator, "a part of the area", why)
    return values[:, np.newaxis]


def _require_finite(indicator: str, name: str, times: Floats, values: Floats) -> None:
    """Refuse a variable that is NaN or infinite at any saved time."""
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise NotANumberError(indicator, name, float(times[bad.argmax()]))
