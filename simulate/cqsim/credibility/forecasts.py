"""Forecasts of the model and of two naive rules, beside what was published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from cqsim.compile.ir import System
from cqsim.credibility.skill_plan import Series, SkillPlan
from cqsim.study.published import Publications, Published
from cqsim.study.quantity import Floats, Simulated, simulate

KNOWN = "known regions"
"""The place of all regions with published values, where not all regions have any."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast beside what came.

    Attributes
    ----------
    model, last, line
        The model, the last published value, the straight line; in the series' unit.
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
class Ahead:
    """What the model, its error model and the two naive rules expect of a year."""

    model: float
    deviation: float
    last: float
    line: float


def forecasts(
    system: System,
    plan: SkillPlan,
    publications: Publications,
    settings: Mapping[str, Any] | None = None,
) -> list[Forecast]:
    """Return every forecast that a published value can score, by series and place."""
    made: list[Forecast] = []
    for origin in plan.origins:
        known = {**(settings or {}), **dict.fromkeys(plan.as_of, float(origin))}
        end = max(plan.years)
        run = simulate(system, plan.series, plan.jump_off, end, known)
        for series in plan.series:
            for year in (y for y in plan.years if y > origin):
                made += _of_year(plan, publications, run, series, origin, year)
    return made


def _of_year(
    plan: SkillPlan,
    publications: Publications,
    run: Simulated,
    series: Series,
    origin: int,
    year: int,
) -> Iterator[Forecast]:
    """Yield the forecasts of a series from an origin for a year, place by place."""
    for found in places_of(publications, series, origin, year):
        yield from found.forecast(plan, run, origin, year)


def places_of(
    publications: Publications, series: Series, origin: int, year: int
) -> Iterator["Place"]:
    """Yield the places of a series: areas, regions, and all known regions together."""
    regions = () if series.stands_for else publications.scopes["metro"]
    for place in (*series.places, *regions):
        yield place_of(publications, series, place)
    if series.known_regions:
        chosen = publications.known_regions(series, [origin, year])
        if chosen:
            yield _Known(publications, series, KNOWN, chosen)


def place_of(publications: Publications, series: Series, name: str) -> "Place":
    """Return a place of a series by its name."""
    return Place(publications, series, name, publications.regions(series, name))


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a series: what was published of it, and its forecasts."""

    publications: Publications
    series: Series
    place: str
    regions: tuple[str, ...]

    def published(self, year: int, joined: bool = False) -> Published | None:
        """Return what was published, `joined` if of one series with later years."""
        return self.publications.find(self.series, self.place, year, joined)

    def forecast(
        self, plan: SkillPlan, run: Simulated, origin: int, year: int
    ) -> Iterator[Forecast]:
        """Yield the forecast if the place was published at the origin and the year."""
        ahead, came = self.ahead(plan, run, origin, year), self.published(year)
        if ahead is not None and came is not None:
            made = Forecast(
                self.series.id,
                self.place,
                origin,
                year,
                came.value,
                came.deviation,
                ahead.model,
                ahead.deviation,
                ahead.last,
                ahead.line,
            )
            deflated = self.series.deflated
            yield at_constant_prices(made, self.publications) if deflated else made

    def ahead(
        self, plan: SkillPlan, run: Simulated, origin: int, year: int
    ) -> "Ahead | None":
        """Return what is expected of a year, None where the origin is not published."""
        last = self.published(origin)
        if last is None:
            return None
        model = float(self.members(plan, run, origin, year, last)[0])
        spread = self.series.spread * sqrt(year - origin)
        deviation = spread if self.series.absolute else spread * abs(model)
        return Ahead(model, deviation, last.value, self.line(origin, year, last))

    def members(
        self, plan: SkillPlan, run: Simulated, origin: int, year: int, last: Published
    ) -> Floats:
        """Return what each of some runs expects of a year."""
        model = run.values(self.series, self.regions, year)
        if origin > plan.jump_off or self.series.stands_for:
            # The forecast starts from what was published: growth is the model's.
            model = model * last.value / run.values(self.series, self.regions, origin)
        return model

    def line(self, origin: int, year: int, last: Published) -> float:
        """Return a straight line through the published values, from the last one on."""
        years = range(self.series.line_from, origin + 1)
        found = [(y, self.published(y, joined=True)) for y in years]
        points = [(y, p.value) for y, p in found if p is not None]
        if len(points) < 2:
            return last.value
        x, values = (
            np.array(column, dtype=float) for column in zip(*points, strict=True)
        )
        slope = float(np.polyfit(x - origin, values, 1)[0])
        return last.value + slope * (year - origin)


class _Known(Place):
    """All regions with published values, as one place."""

    __slots__ = ()

    def published(self, year: int, joined: bool = False) -> Published | None:
        del joined  # only regions with a value count, whatever its vintage
        complete = self.publications.known_regions(self.series, [year])
        if not set(self.regions) <= set(complete):
            return None
        return self.publications.sum_over(self.series, self.regions, year)


def at_constant_prices(made: Forecast, publications: Publications) -> Forecast:
    """Return the forecast with its line at constant prices too.

    A line through values at current prices carries the growth of prices with it.
    """
    before = publications.deflator(made.origin)
    after = publications.deflator(made.year)
    assert before is not None, "the origin was published"
    assert after is not None, "the year was published"
    return replace(made, line=made.line * before / after)
