"""Forecasts as distributions: draws of the posterior, with and without declared errors.

A forecast is a mixture: around each draw lies a normal error, of the published value
alone, or of it and of what the model leaves out, as the series declares. The continuous
ranked probability score of a mixture of normals: Grimit, Gneiting, Berrocal and Johnson
(2006), doi:10.1256/qj.05.235.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from cqsim.compile.ir import System
from cqsim.credibility.forecasts import Place, places_of
from cqsim.credibility.scores import LEVELS
from cqsim.credibility.skill import parts_of_skill
from cqsim.credibility.skill_plan import SkillPlan
from cqsim.engine.simulation import run_many
from cqsim.study.quantity import Simulated, names_of, places_in

Floats = NDArray[np.float64]

DRAWS = "posterior_draws.csv"
FORMS = ("declared error", "posterior", "posterior and declared error")
"""The model's own constants with the declared error; draws of the posterior with none
but the error of the published value; draws with both."""

APART = 0.1
"""A share inside of an interval that is as far from the interval's own is said to be
too small or too large."""

FEW = 10
"""Fewer forecasts than this say nothing about coverage."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A forecast as equally likely members with a normal error around each."""

    series: str
    place: str
    origin: int
    is_region: bool
    observed: float
    form: str
    members: Floats
    deviation: float

    @property
    def rank(self) -> float:
        """The probability of less than what came."""
        z = (self.observed - self.members) / self.deviation
        return float(norm.cdf(z).mean())

    @property
    def crps(self) -> float:
        """The continuous ranked probability score, in the series' unit."""
        near = _expected(self.observed - self.members, self.deviation).mean()
        apart = self.members[:, None] - self.members[None]
        return float(near - _expected(apart, sqrt(2) * self.deviation).mean() / 2)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the forecasts of a form cover what came: share inside by percent, CRPS."""

    series: str
    origin: int
    form: str
    count: int
    inside: dict[int, float]
    crps: float

    @property
    def verdict(self) -> str:
        """What that says of the intervals, in words."""
        if self.count < FEW:
            return "too few to say"
        apart = np.mean([self.inside[p] - p / 100 for p in LEVELS])
        if abs(apart) < APART:
            return "intervals about as wide as they should be"
        kind = "over-coverage: wider" if apart > 0 else "under-coverage: narrower"
        return f"{kind} than they should be"


def _expected(mean: Floats, deviation: float) -> Floats:
    """Return the mean size of a normal variable."""
    z = mean / deviation
    return np.asarray(mean * (2 * norm.cdf(z) - 1) + 2 * deviation * norm.pdf(z))


def spreads_of(folder: Path, model: str = "metro.mdl") -> list[Spread]:
    """Return every forecast of the plan in each form; nothing without a posterior.

    Raises
    ------
    CqsimError
        The model, the plan, the ledger or the draws cannot be read.
    """
    if not (folder / DRAWS).is_file():
        return []
    system, plan, publications = parts_of_skill(folder, model)
    found: list[Spread] = []
    for origin in plan.origins:
        own = _runs(system, plan, origin, None)
        drawn = _runs(system, plan, origin, folder / DRAWS)
        for series in plan.series:
            for year in (y for y in plan.years if y > origin):
                for place in places_of(publications, series, origin, year):
                    found += _spreads(place, plan, own, drawn, origin, year)
    return found


def _runs(
    system: System, plan: SkillPlan, origin: int, draws: Path | None
) -> Simulated:
    """Return the runs from the jump-off: the model's own, or one of each draw."""
    import pandas as pd

    samples = pd.DataFrame([{}]) if draws is None else pd.read_csv(draws)
    known = pd.DataFrame(dict.fromkeys(plan.as_of, float(origin)), samples.index)
    samples = pd.concat([samples, known], axis=1)
    names = names_of(plan.series)
    clock = {"start": float(plan.jump_off), "end": float(max(plan.years)), "save": 1.0}
    ensemble = run_many(system, samples, names, clock=clock, check_ranges=False)
    found = {name: ensemble.values[name] for name in names}
    return Simulated(ensemble.times, found, places_in(system, plan.series[0]))


def _spreads(
    place: Place,
    plan: SkillPlan,
    own: Simulated,
    drawn: Simulated,
    origin: int,
    year: int,
) -> Iterator[Spread]:
    last, came = place.published(origin), place.published(year)
    if last is None or came is None:
        return
    series = place.series
    one = place.members(plan, own, origin, year, last)[:1]
    many = place.members(plan, drawn, origin, year, last)
    declared = series.spread * sqrt(year - origin)
    declared *= 1.0 if series.absolute else abs(float(one[0]))
    both = sqrt(declared**2 + came.deviation**2)
    forms = ((one, both), (many, came.deviation), (many, both))
    is_region = place.publications.is_region(place.place)
    for form, (members, deviation) in zip(FORMS, forms, strict=True):
        first = (series.id, place.place, origin, is_region, came.value)
        yield Spread(*first, form, members, deviation)


def coverages(spreads: Sequence[Spread]) -> list[Coverage]:
    """Return the coverage by series and origin, regions and areas together."""
    keys = dict.fromkeys((s.series, s.origin, s.form) for s in spreads)
    found = [
        _coverage(key, [s for s in spreads if (s.series, s.origin, s.form) == key])
        for key in keys
    ]
    return [*found, *_all_series(spreads)]


def _all_series(spreads: Sequence[Spread]) -> list[Coverage]:
    """Return the coverage of all series from each origin; their units differ."""
    keys = dict.fromkeys((s.origin, s.form) for s in spreads)
    return [
        _coverage(
            ("all series", origin, form),
            [s for s in spreads if (s.origin, s.form) == (origin, form)],
            float("nan"),
        )
        for origin, form in sorted(keys, key=lambda k: (k[0], FORMS.index(k[1])))
    ]


def _coverage(
    key: tuple[str, int, str], own: Sequence[Spread], crps: float | None = None
) -> Coverage:
    ranks = np.array([s.rank for s in own])
    inside = {
        percent: float(np.mean(np.abs(2 * ranks - 1) <= percent / 100))
        for percent in LEVELS
    }
    mean = float(np.mean([s.crps for s in own])) if crps is None else crps
    return Coverage(*key, len(own), inside, mean)
