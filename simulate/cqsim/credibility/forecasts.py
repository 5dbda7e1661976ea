"""Forecasts of the model and of two naive rules, with the published values.

Forecasts of years to come are preregistered: each set is a CSV in `forecasts/`
whose name ends with the beginning of the SHA-256 of its bytes, so that nobody can
improve a forecast once the year is known.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import System
from cqsim.credibility.skill_plan import Series, SkillPlan
from cqsim.errors import InputFileError
from cqsim.study.evidence import (
    ObservedQuantities,
    ObservedValue,
    SimulatedQuantities,
    simulate,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

KNOWN = "known regions"
"""The place of all regions with published values, where not all regions have any."""

FOLDER = "forecasts"
AHEAD = 5
"""Years for which forecasts are preregistered."""

HASH_DIGITS = 16
"""Digits of the hash that stand in a file's name."""

COLUMNS = (
    *("series", "place", "origin", "year", "model", "deviation", "last", "line"),
    "model_sha256",
)
"""Of a file of preregistered forecasts: those of a forecast, and its model's hash."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of a series and the observed value, in its unit; NaN until published.

    Attributes
    ----------
    model, last, line
        The model; persistence, the last published value; the linear trend.
    deviation
        Standard deviation of the model's forecast by its error model.
    """

    series: str
    place: str
    origin: int
    year: int
    observed: float
    observed_deviation: float
    model: float
    deviation: float
    last: float
    line: float


@dataclass(frozen=True, slots=True)
class SeriesForecasts:
    """A series in one region, scope or area: published values and forecasts."""

    quantities: ObservedQuantities
    series: Series
    name: str
    regions: tuple[str, ...]

    @classmethod
    def of(
        cls, quantities: ObservedQuantities, series: Series, name: str
    ) -> "SeriesForecasts":
        """Return a scope, region or area by its name."""
        return cls(quantities, series, name, quantities.regions(series, name))

    def published(self, year: int, consistent: bool = False) -> ObservedValue | None:
        """Return what was published; `consistent`: of one series with later years."""
        if self.name == KNOWN:
            return self.quantities.sum_over(self.series, self.regions, year)
        return self.quantities.find(self.series, self.name, year, consistent)

    def members(
        self, plan: SkillPlan, runs: SimulatedQuantities, origin: int, year: int
    ) -> Floats:
        """Return what each run expects of a year, at an origin that was published."""
        model = runs.values(self.series, self.regions, year)
        last = self.published(origin)
        assert last is not None
        if origin > plan.jump_off or self.series.stands_for:
            # The forecast starts from what was published: growth is the model's.
            model = model * last.value / runs.values(self.series, self.regions, origin)
        return model

    def forecast(
        self, plan: SkillPlan, runs: SimulatedQuantities, origin: int, year: int
    ) -> Forecast | None:
        """Return what is expected of a year; None where the origin is not published."""
        last = self.published(origin)
        if last is None:
            return None
        model = float(self.members(plan, runs, origin, year)[0])
        return Forecast(
            series=self.series.id,
            place=self.name,
            origin=origin,
            year=year,
            observed=float("nan"),
            observed_deviation=float("nan"),
            model=model,
            deviation=self.series.deviation(model, year - origin),
            last=last.value,
            line=self._line(origin, year, last),
        )

    def _line(self, origin: int, year: int, last: ObservedValue) -> float:
        """Return a straight line through the published values, from the last one on."""
        years = range(self.series.line_from, origin + 1)
        found = [(y, self.published(y, consistent=True)) for y in years]
        points = [(y, value.value) for y, value in found if value is not None]
        if len(points) < 2:
            return last.value
        x, values = np.array(points, dtype=float).T
        slope = float(np.polyfit(x - origin, values, 1)[0])
        return last.value + slope * (year - origin)

    def with_observed(self, made: Forecast) -> Forecast | None:
        """Return a forecast with its observed value; None where nothing was published.

        A line through values at current prices carries the growth of prices with it,
        which is taken from it once it is known.
        """
        came = self.published(made.year)
        if came is None:
            return None
        line = made.line
        if self.series.at_constant_prices:
            before, after = map(self.quantities.price_level, (made.origin, made.year))
            assert before is not None, "the origin was published"
            assert after is not None, "the year was published"
            line *= before / after
        observed, deviation = came.value, came.deviation
        return replace(made, observed=observed, observed_deviation=deviation, line=line)


def places_of(
    quantities: ObservedQuantities, series: Series, origin: int, year: int
) -> Iterator[SeriesForecasts]:
    """Yield the places of a series: areas, regions, and all known regions together."""
    for name in _named_places(quantities, series):
        yield SeriesForecasts.of(quantities, series, name)
    if series.known_regions:
        chosen = quantities.known_regions(series, [origin, year])
        if chosen:
            yield SeriesForecasts(quantities, series, KNOWN, chosen)


def _named_places(quantities: ObservedQuantities, series: Series) -> tuple[str, ...]:
    regions = () if series.stands_for else quantities.all_regions
    return (*series.places, *regions)


def runs_from_jump_off(
    system: System,
    plan: SkillPlan,
    origin: int,
    settings: Mapping[str, float] | None = None,
    draws: "pd.DataFrame | None" = None,
) -> SimulatedQuantities:
    """Return runs that know nothing published later than the origin.

    Parameters
    ----------
    settings
        Constants of the one run that there is without draws.
    draws
        A row a run, a column a constant.
    """
    known = dict.fromkeys(plan.as_of, float(origin))
    own = [{**(settings or {}), **known}]
    samples = own if draws is None else draws.copy().assign(**known)
    return simulate(system, plan.series, plan.jump_off, max(plan.years), samples)


def forecasts(
    system: System,
    plan: SkillPlan,
    quantities: ObservedQuantities,
    settings: Mapping[str, float] | None = None,
) -> list[Forecast]:
    """Return every forecast that a published value can score, by series and place."""
    made = []
    for origin in plan.origins:
        runs = runs_from_jump_off(system, plan, origin, settings)
        for series in plan.series:
            for year in (y for y in plan.years if y > origin):
                for place in places_of(quantities, series, origin, year):
                    expected = place.forecast(plan, runs, origin, year)
                    if expected and (scored := place.with_observed(expected)):
                        made.append(scored)
    return made


def next_forecasts(
    system: System, plan: SkillPlan, quantities: ObservedQuantities
) -> list[Forecast]:
    """Return forecasts of the years after the last published one, place by place."""
    end = max(plan.years) + AHEAD
    runs = simulate(system, plan.series, plan.jump_off, end)
    made = []
    for series in plan.series:
        for name in _named_places(quantities, series):
            place = SeriesForecasts.of(quantities, series, name)
            years = range(plan.jump_off, end)
            origin = max((y for y in years if place.published(y)), default=None)
            if origin is None:
                continue
            for year in range(origin + 1, min(origin + AHEAD, end) + 1):
                expected = place.forecast(plan, runs, origin, year)
                made += [expected] if expected else []
    return made


def write_forecasts(folder: Path, made: Sequence[Forecast], model_sha256: str) -> Path:
    """Write forecasts into a file named by its content, and return it."""
    import pandas as pd

    table = pd.DataFrame(made).assign(model_sha256=model_sha256)[list(COLUMNS)]
    text = table.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    content = text.encode()
    latest = max(forecast.origin for forecast in made)
    digest = sha256(content).hexdigest()[:HASH_DIGITS]
    path = folder / FOLDER / f"from_{latest}_{digest}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def read_preregistered(path: Path) -> list[Forecast]:
    """Return the forecasts of a file, which hold no published values yet.

    Raises
    ------
    InputFileError
        Its name does not fit its content, or a row is no forecast.
    """
    content = path.read_bytes()
    if not path.stem.endswith(sha256(content).hexdigest()[:HASH_DIGITS]):
        what = "the forecasts are not those that were kept: the hash differs"
        raise InputFileError(path, 0, what, "Restore the file from version control.")
    rows = csv.DictReader(content.decode("utf-8").splitlines())
    try:
        return [_forecast(row) for row in rows]
    except (KeyError, ValueError) as error:
        what = f"row {rows.line_num} is no forecast ({error})"
        raise InputFileError(path, rows.line_num, what, "Restore the file.") from None


def _forecast(row: Mapping[str, str]) -> Forecast:
    unknown = {"observed": "nan", "observed_deviation": "nan"}
    cells = {**unknown, **{name: row[name] for name in COLUMNS}}
    kinds = {"series": str, "place": str, "origin": int, "year": int}
    return Forecast(
        **{f.name: kinds.get(f.name, float)(cells[f.name]) for f in fields(Forecast)}
    )


def scored_preregistered(
    folder: Path, plan: SkillPlan, quantities: ObservedQuantities
) -> list[tuple[str, Forecast]]:
    """Return preregistered forecasts whose year has since been published.

    Each comes with the name of its file and the value that was published.
    """
    known = {series.id: series for series in plan.series}
    found = []
    for path in sorted((folder / FOLDER).glob("from_*.csv")):
        for forecast in read_preregistered(path):
            if forecast.series in known:
                series = known[forecast.series]
                place = SeriesForecasts.of(quantities, series, forecast.place)
                scored = place.with_observed(forecast)
                found += [(path.name, scored)] if scored else []
    return found
