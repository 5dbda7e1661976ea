"""How good forecasts were: errors, their kinds, and the intervals they gave.

Theil's inequality: Theil (1966), *Applied Economic Forecasting*; U is the root mean
square error over that of the last value. Its parts are shares of the mean square error
of the changes since the origin: unequal means (M), unequal variation (S), incomplete
covariation (C). The continuous ranked probability score of a normal forecast: Gneiting
and Raftery (2007), doi:10.1198/016214506000001437.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from cqsim.credibility.forecasts import Forecast

Floats = NDArray[np.float64]

LEVELS = {50: 0.6744897501960817, 80: 1.2815515655446004, 95: 1.959963984540054}
"""Half widths of central intervals of the normal distribution, by percent."""

FEW = 3
"""Fewer points than this have no variation to be explained."""


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
    observed, model, last, line = (
        np.array([getattr(f, name) for f in made])
        for name in ("observed", "model", "last", "line")
    )
    deviation = np.array([sqrt(f.deviation**2 + f.observed_deviation**2) for f in made])
    parts = theil_parts(observed - last, model - last)
    inside = np.abs(observed - model) / deviation
    rmse, rmse_last = (
        root_mean_square(model - observed),
        root_mean_square(last - observed),
    )
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
        bias=parts[0],
        variance=parts[1],
        covariance=parts[2],
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
    if len(observed) < FEW:
        return float("nan")
    left = float(np.sum((observed - model) ** 2))
    total = float(np.sum((observed - observed.mean()) ** 2))
    return 1 - left / total if total > 0 else float("nan")


def theil_parts(observed: Floats, model: Floats) -> tuple[float, float, float]:
    """Return the shares of bias, variance and covariance in the mean square error."""
    square = float(np.mean((model - observed) ** 2))
    if len(observed) < FEW or square <= 0:
        return (float("nan"),) * 3
    bias = float((model.mean() - observed.mean()) ** 2 / square)
    variance = float((model.std() - observed.std()) ** 2 / square)
    return bias, variance, 1 - bias - variance


def crps(observed: Floats, centre: Floats, deviation: Floats) -> float:
    """Return the mean continuous ranked probability score of normal forecasts."""
    scores = [
        d * _standard_crps((o - c) / d)
        for o, c, d in zip(observed, centre, deviation, strict=True)
    ]
    return float(np.mean(scores))


def _standard_crps(z: float) -> float:
    density = exp(-z * z / 2) / sqrt(2 * pi)
    below = 0.5 * (1 + erf(z / sqrt(2)))
    return z * (2 * below - 1) + 2 * density - 1 / sqrt(pi)
