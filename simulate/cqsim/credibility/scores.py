"""How good forecasts were: errors, their kinds, and the intervals they gave.

Theil's inequality: Theil (1966), *Applied Economic Forecasting*; U is the root mean
square error over that of the last value. Its parts are shares of the mean square error
of the changes since the origin: unequal means (M), unequal variation (S), incomplete
covariation (C). The continuous ranked probability score of a normal forecast: Gneiting
and Raftery (2007), doi:10.1198/016214506000001437; of a mixture of normals, such as
draws of a posterior with a normal error around each: Grimit, Gneiting, Berrocal and
Johnson (2006), doi:10.1256/qj.05.235.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from cqsim.credibility.forecasts import Forecast

Floats = NDArray[np.float64]

LEVELS = {50: 0.6744897501960817, 80: 1.2815515655446004, 95: 1.959963984540054}
"""Half widths of central intervals of the normal distribution, by percent."""

FEW_POINTS = 3
"""Fewer points than this have no variation to be explained."""

APART = 0.1
"""A share inside of an interval that is as far from the interval's own is said to be
too small or too large."""

FEW_FORECASTS = 10
"""Fewer forecasts than this say nothing about coverage."""

FORMS = ("declared error", "posterior", "posterior and declared error")
"""The model's own constants with the declared error; draws of the posterior with none
but the error of the published value; draws with both."""


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of some forecasts; NaN where there are too few of them.

    Attributes
    ----------
    rmse, rmse_last, rmse_line
        Of the model, the last value and the line, in the series' unit.
    mape
        Mean absolute error of the model, percent.
    r2, r2_change
        Share of the variation of levels, and of changes since the origin, explained.
    theil, bias, variance, covariance
        Theil's U and the parts of its square: U^M, U^S, U^C.
    crps, crps_last, crps_line
        Of normal forecasts around each, all with the model's error model.
    coverage
        Share of published values inside of each central interval, by percent.
    """

    series: str
    place: str
    origin: int
    count: int
    rmse: float
    rmse_last: float
    rmse_line: float
    mape: float
    r2: float
    r2_change: float
    theil: float
    bias: float
    variance: float
    covariance: float
    crps: float
    crps_last: float
    crps_line: float
    coverage: dict[int, float]

    @property
    def beats_last(self) -> bool:
        """Whether the model was nearer than the last value."""
        return self.rmse < self.rmse_last

    @property
    def beats_line(self) -> bool:
        """Whether the model was nearer than the line."""
        return self.rmse < self.rmse_line


def score(made: Sequence[Forecast], place: str) -> Score:
    """Return the scores of forecasts of one series from one origin."""
    observed, model, last, line, spread, error = (
        np.array([getattr(forecast, name) for forecast in made])
        for name in (
            *("observed", "model", "last", "line"),
            *("deviation", "observed_deviation"),
        )
    )
    deviation = np.sqrt(spread**2 + error**2)
    bias, variance, covariance = theil_parts(observed - last, model - last)
    inside = np.abs(observed - model) / deviation
    rmse = root_mean_square(model - observed)
    rmse_last = root_mean_square(last - observed)
    return Score(
        series=made[0].series,
        place=place,
        origin=made[0].origin,
        count=len(made),
        rmse=rmse,
        rmse_last=rmse_last,
        rmse_line=root_mean_square(line - observed),
        mape=float(100 * np.mean(np.abs(model / observed - 1))),
        r2=explained(observed, model),
        r2_change=explained(observed - last, model - last),
        theil=rmse / rmse_last if rmse_last > 0 else float("nan"),
        bias=bias,
        variance=variance,
        covariance=covariance,
        crps=crps(observed, model, deviation),
        crps_last=crps(observed, last, deviation),
        crps_line=crps(observed, line, deviation),
        coverage={p: float(np.mean(inside <= z)) for p, z in LEVELS.items()},
    )


def root_mean_square(errors: Floats) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))


def explained(observed: Floats, model: Floats) -> float:
    """Return the share of the variation that is explained, NaN of too few points."""
    if len(observed) < FEW_POINTS:
        return float("nan")
    left = float(np.sum((observed - model) ** 2))
    total = float(np.sum((observed - observed.mean()) ** 2))
    return 1 - left / total if total > 0 else float("nan")


def theil_parts(observed: Floats, model: Floats) -> tuple[float, float, float]:
    """Return the shares of bias, variance and covariance in the mean square error."""
    square = float(np.mean((model - observed) ** 2))
    if len(observed) < FEW_POINTS or square <= 0:
        return (float("nan"),) * 3
    bias = float((model.mean() - observed.mean()) ** 2 / square)
    variance = float((model.std() - observed.std()) ** 2 / square)
    return bias, variance, 1 - bias - variance


def crps(observed: Floats, centre: Floats, deviation: Floats) -> float:
    """Return the mean continuous ranked probability score of normal forecasts."""
    apart = _mean_size(observed - centre, deviation)
    return float(np.mean(apart - deviation / sqrt(pi)))


def _mean_size(mean: Floats, deviation: Floats | float) -> Floats:
    """Return the mean absolute value of normal variables."""
    z = mean / deviation
    return np.asarray(mean * (2 * norm.cdf(z) - 1) + 2 * deviation * norm.pdf(z))


@dataclass(frozen=True, slots=True)
class PredictiveForecast:
    """A forecast as equally likely members with a normal error around each.

    Attributes
    ----------
    form
        One of `FORMS`.
    members : (member,)
    """

    series: str
    place: str
    origin: int
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
        near = _mean_size(self.observed - self.members, self.deviation).mean()
        apart = self.members[:, None] - self.members[None]
        return float(near - _mean_size(apart, sqrt(2) * self.deviation).mean() / 2)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of observations by predictive intervals, by level in percent; CRPS."""

    series: str
    origin: int
    form: str
    count: int
    inside: dict[int, float]
    crps: float

    @property
    def verdict(self) -> str:
        """The verdict on the intervals, in words."""
        if self.count < FEW_FORECASTS:
            return "too few to say"
        apart = np.mean([self.inside[p] - p / 100 for p in LEVELS])
        if abs(apart) < APART:
            return "intervals about as wide as they should be"
        kind = "over-coverage: wider" if apart > 0 else "under-coverage: narrower"
        return f"{kind} than they should be"


def coverages(made: Sequence[PredictiveForecast]) -> list[Coverage]:
    """Return the coverage by series and origin, then of all series by origin.

    Regions and areas together; all series have no CRPS, as their units differ.
    """
    by_series = dict.fromkeys((m.series, m.origin, m.form) for m in made)
    by_origin = sorted(
        dict.fromkeys((m.origin, m.form) for m in made),
        key=lambda key: (key[0], FORMS.index(key[1])),
    )
    found = []
    for key in by_series:
        own = [m for m in made if (m.series, m.origin, m.form) == key]
        score = float(np.mean([m.crps for m in own]))
        found.append(Coverage(*key, len(own), _shares_inside(own), score))
    for origin, form in by_origin:
        own = [m for m in made if (m.origin, m.form) == (origin, form)]
        inside = _shares_inside(own)
        nan = float("nan")
        found.append(Coverage("all series", origin, form, len(own), inside, nan))
    return found


def _shares_inside(made: Sequence[PredictiveForecast]) -> dict[int, float]:
    ranks = np.array([forecast.rank for forecast in made])
    return {
        percent: float(np.mean(np.abs(2 * ranks - 1) <= percent / 100))
        for percent in LEVELS
    }
