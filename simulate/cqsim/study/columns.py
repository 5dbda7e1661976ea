"""The numbers that a sweep stores of each run, one column a number."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from cqsim.case.case import Case
from cqsim.case.settings import axes_of
from cqsim.judge.measure import Floats, Measure, UndefinedIndicatorError
from cqsim.model.model import Model
from cqsim.study.sweep_schema import REGIONS, Record

Table = Literal["targets", "indicators", "variables"]
TABLES: tuple[Table, ...] = ("targets", "indicators", "variables")

MATRIX = "region"
"""The alternative of a column of the matrix: a target required of one region."""


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One number of a run.

    Attributes
    ----------
    name
        The target, indicator or variable.
    alternative
        Of a target: the alternative that it is judged by, `region` for the matrix, or
        nothing for the target itself.
    place
        The scope, or a variable's elements with commas between.
    indicator
        What measures it; nothing for a variable.
    boundary
        Regions outside of it are left out.
    """

    table: Table
    name: str
    alternative: str
    place: str
    year: float
    indicator: str = ""
    boundary: str = ""


def columns_of(
    record: Record, case: Case, model: Model, times: tuple[float, ...]
) -> tuple[ResultColumn, ...]:
    """Return the columns that a record asks for, of the years that the run saves."""
    found = [
        *(_targets(case, regions=record.regions) if record.targets else ()),
        *_indicators(record, case, times),
        *_variables(record, model, times),
    ]
    kept = [column for column in dict.fromkeys(found) if column.year in times]
    return tuple(sorted(kept, key=_order))


def _order(column: ResultColumn) -> tuple[int, str, str, str, float]:
    place = TABLES.index(column.table)
    return place, column.name, column.alternative, column.place, column.year


def _targets(case: Case, *, regions: bool) -> Iterator[ResultColumn]:
    for target in case.judged_targets.values():
        year, own = float(target.year), target.indicator
        yield ResultColumn("targets", target.id, "", target.scope, year, own)
        for each in target.alternatives:
            yield ResultColumn(
                "targets",
                target.id,
                each.id,
                each.scope or target.scope,
                float(each.year or target.year),
                each.indicator or target.indicator,
                each.boundary,
            )
        if regions and case.indicators[own].regional:
            for region in case.regions:
                yield ResultColumn("targets", target.id, MATRIX, region, year, own)


def _indicators(
    record: Record, case: Case, times: tuple[float, ...]
) -> Iterator[ResultColumn]:
    scopes: list[str] = []
    for scope in record.scopes or (case.whole,):
        wanted = case.regions if scope == REGIONS else (scope,)
        scopes += [each for each in wanted if each not in scopes]
    years = tuple(map(float, record.years)) or times
    for name, scope, year in product(record.indicators, scopes, years):
        yield ResultColumn("indicators", name, "", scope, year, name)


def _variables(
    record: Record, model: Model, times: tuple[float, ...]
) -> Iterator[ResultColumn]:
    years = tuple(map(float, record.variable_years)) or times
    for name in record.variables:
        variable = model.variable(name)
        assert variable is not None
        own = variable.name.strip('"')
        axes = [model.elements(axis) for axis in axes_of(model, variable)]
        for elements, year in product(product(*axes), years):
            yield ResultColumn("variables", own, "", ",".join(elements), year)


def values_of(measure: Measure, columns: Sequence[ResultColumn]) -> Floats:
    """Return the numbers of columns in any number of runs: (run, column).

    NaN where an indicator is undefined, and all of a run that diverged.
    """
    values = np.full((measure.runs.runs or 1, len(columns)), np.nan)
    years = {float(time): number for number, time in enumerate(measure.times)}
    for number, column in enumerate(columns):
        with suppress(UndefinedIndicatorError):
            found = _path(measure, column)
            values[:, number] = found[:, years[column.year]]
    values[list(measure.runs.lost)] = np.nan
    return values


def _path(measure: Measure, column: ResultColumn) -> Floats:
    """Return the number of a column at every saved time: (run, time)."""
    if column.table != "variables":
        inside = measure.within(column.boundary or measure.whole)
        return inside.paths(column.indicator, column.place)
    runs = measure.runs
    name = runs.name_of(column.name)
    elements = tuple(filter(None, column.place.split(",")))
    place: list[Any] = [
        runs.elements[axis].index(element)
        for axis, element in zip(runs.axes[name], elements, strict=True)
    ]
    found = runs.values[name][(..., *place)]
    return np.asarray(found).reshape(-1, len(runs.times))
