"""The runs of an ensemble: what all share, and what each sets for itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cqsim.codegen.need import initial_name
from cqsim.compile.ir import System
from cqsim.engine.clock import CONTROLS, ClockError
from cqsim.engine.places import (
    Array,
    Points,
    Settable,
    SettingError,
    Where,
    base_of,
    points_of,
    value_of,
)
from cqsim.engine.sample_table import Rows, count_runs, table_of
from cqsim.language.syntax import canonical


@dataclass(frozen=True, slots=True)
class Column:
    """What each run sets at one place of a constant or initial value.

    Attributes
    ----------
    where
        Positions on each axis; None where the values are for the whole variable.
    values : (run,) or (run, *axes)
    """

    name: str
    where: Where | None
    values: Array
    base: Array | None

    def put(self, before: Any, run: int) -> Array:
        """Return all of the variable as one run sets it."""
        if self.where is None or self.base is None:
            own: Array = self.values[run]
            return own
        whole: Array = np.array(self.base if before is None else before)
        whole[np.ix_(*self.where)] = self.values[run]
        return whole


@dataclass(frozen=True, slots=True)
class Samples:
    """The settings of many runs.

    Attributes
    ----------
    shared
        What all runs set alike, as a single run takes it.
    columns
        What differs, for constants and initial values.
    curves
        What differs, for lookups: the points of each run.
    """

    runs: int
    shared: dict[str, Any]
    columns: tuple[Column, ...]
    curves: dict[str, list[Points]]

    @property
    def varied(self) -> frozenset[str]:
        """Return the names of the variables and lookups that differ between runs."""
        return frozenset(c.name for c in self.columns) | frozenset(self.curves)

    def row(self, run: int) -> dict[str, Any]:
        """Return the settings of one run, as a single run takes them."""
        settings = dict(self.shared)
        settings |= {
            name: list(zip(*points[run], strict=True))
            for name, points in self.curves.items()
        }
        for column in self.columns:
            settings[column.name] = column.put(settings.get(column.name), run)
        return settings

    def with_initials(self, states: Sequence[str]) -> "Samples":
        """Return samples that give initial values as constants of ours."""
        names = {state: initial_name(state) for state in states}
        shared = {names.get(name, name): value for name, value in self.shared.items()}
        columns = tuple(
            replace(c, name=names.get(c.name, c.name)) for c in self.columns
        )
        return replace(self, shared=shared, columns=columns)


def samples_of(system: System, given: Any) -> tuple[Samples, dict[str, float]]:
    """Return samples in order, and the clock that they ask for.

    Parameters
    ----------
    given
        A data frame with one row a run and columns `name` or `name[element]`; or a
        mapping from such labels to an array (run,) or (run, *axes), or to one value
        for all runs; or a sequence of mappings, one a run.

    Raises
    ------
    UnknownNameError
        If a label names nothing that a run may set.
    SettingError
        If values do not fit, or there are no runs.
    """
    table = table_of(given)
    runs = count_runs(table)
    settable = Settable(system)
    shared: dict[str, Any] = {}
    columns: list[Column] = []
    curves: dict[str, list[Points]] = {}
    clock: dict[str, float] = {}
    for label, values in table.items():
        if canonical(label) in CONTROLS:
            clock[CONTROLS[canonical(label)]] = _single(label, values)
            continue
        name, place = settable.split(label)
        if name in system.lookups:
            _add_curves(system, name, values, runs, shared, curves)
            continue
        column = _column(settable, name, place, values, runs)
        if isinstance(column, Column):
            columns.append(column)
        else:
            shared[name] = _merged(settable, shared, name, place, column)
    return Samples(runs, shared, tuple(columns), curves), clock


def _single(label: str, values: Any) -> float:
    if isinstance(values, Rows) and any(v is None for v in values):
        values = [None]
    found = {float(v) if v is not None else None for v in np.ravel(np.asarray(values))}
    if len(found) != 1 or None in found:
        what = f"the runs of an ensemble differ in {label}"
        raise ClockError(what, "Run them as separate ensembles.")
    value = found.pop()
    assert value is not None
    return value


def _column(
    settable: Settable, name: str, place: str, values: Any, runs: int
) -> Column | Array:
    """Return a column; or the one value, where one is given for all runs.

    A column of equal values is a column all the same: what is compiled, and so a run's
    last bits, must not depend on which values happen to be in it.
    """
    where = settable.where(name, place) if place else None
    if isinstance(values, Rows):
        array = _from_rows(settable, name, place, values)
    elif isinstance(values, np.ndarray) and values.ndim and len(values) == runs:
        array = _numbers(name, values)
        shape = settable.shape(name)
        if array.ndim > 1 and (where is not None or array.shape[1:] != shape):
            what = f"an array of shape {array.shape} does not fit its axes {shape}"
            raise SettingError(name, what, "Give (run,) or (run, *axes).")
    else:
        return (
            value_of(settable, name, values)
            if where is None
            else _numbers(name, values)
        )
    return Column(name, where, array, base_of(settable.system, name))


def _from_rows(settable: Settable, name: str, place: str, values: list[Any]) -> Array:
    if place:
        base = base_of(settable.system, name)
        where = settable.where(name, place)
        default = None if base is None else base[np.ix_(*where)].ravel()[0]
        filled = [default if value is None else value for value in values]
        return _numbers(name, filled)
    base = base_of(settable.system, name)
    if base is None and any(value is None for value in values):
        what = "some runs set its initial value and others do not"
        raise SettingError(name, what, "Set it in every run.")
    filled = [base if v is None else value_of(settable, name, v) for v in values]
    return np.stack([np.asarray(value) for value in filled])


def _numbers(name: str, values: Any) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        what = "not all values are numbers"
        raise SettingError(name, what, "Give numbers.") from error


def _merged(
    settable: Settable, shared: Mapping[str, Any], name: str, place: str, value: Array
) -> Array:
    """Return all of a constant after setting one place of it for all runs."""
    if not place:
        return np.array(np.broadcast_to(value, settable.shape(name)))
    before = shared.get(name)
    base = base_of(settable.system, name) if before is None else np.array(before)
    if base is None:
        what = "an initial value is set for some elements only"
        raise SettingError(name, what, "Give an array of all elements.")
    base[np.ix_(*settable.where(name, place))] = value
    return base


def _add_curves(
    system: System,
    name: str,
    values: Any,
    runs: int,
    shared: dict[str, Any],
    curves: dict[str, list[Points]],
) -> None:
    if not isinstance(values, Rows):
        shared[name] = values
        return
    first = system.lookups[name].curves[0]
    curves[name] = [
        (first.x, first.y) if value is None else points_of(name, value)
        for value in values
    ]
    assert len(curves[name]) == runs


def chunks(runs: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last-but-one run of each chunk."""
    for first in range(0, runs, width):
        yield first, min(first + width, runs)
