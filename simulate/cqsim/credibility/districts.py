"""Does the order of the regions come out: how many are forecast better, and who grows.

A total can be right while every region in it is wrong. So each series is scored over
the regions that were published, span by span: the share of regions in which the model
is nearer than each naive forecast, and the correlation of growth over the span between
regions, model against published (a forecast that nothing changes has none).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cqsim.credibility.forecasts import Forecast
from cqsim.credibility.scores import FEW_POINTS, root_mean_square


@dataclass(frozen=True, slots=True)
class RegionalSkill:
    """How the model does over the regions of a series, from an origin to a year.

    Attributes
    ----------
    year
        The year that is forecast; None of all years together, where a region counts
        once, by the root mean square of its errors, and by its growth over its longest
        span.
    count
        Regions with a published value.
    over_last, over_line, over_both
        Share of regions in which the model is nearer than the last value, the line, and
        either.
    growth
        Correlation over regions of yearly growth, model and published; NaN of fewer
        than three regions, or without any difference between them.
    is_fitted
        The model was fitted to the year that it forecasts: no test, a lower bound.
    """

    series: str
    origin: int
    year: int | None
    count: int
    over_last: float
    over_line: float
    over_both: float
    growth: float
    is_fitted: bool = False


def regional_skill(
    made: Iterable[Forecast], regions: Sequence[str], is_fitted: bool = False
) -> Iterator[RegionalSkill]:
    """Yield the scores of each series and origin by year, then of all years together.

    Parameters
    ----------
    made
        Forecasts with their published values; those of other places are left out.
    """
    groups: dict[tuple[str, int], list[Forecast]] = {}
    for each in made:
        if each.place in regions:
            groups.setdefault((each.series, each.origin), []).append(each)
    for own in groups.values():
        years = sorted({each.year for each in own})
        for year in years:
            yield _scored([f for f in own if f.year == year], year, is_fitted)
        if len(years) > 1:
            yield _scored(own, None, is_fitted)


def _scored(
    made: Sequence[Forecast], year: int | None, is_fitted: bool
) -> RegionalSkill:
    by_region: dict[str, list[Forecast]] = {}
    for each in made:
        by_region.setdefault(each.place, []).append(each)
    errors = np.array(
        [
            [_error(own, name) for name in ("model", "last", "line")]
            for own in by_region.values()
        ]
    )
    last, line = (errors[:, 0] < errors[:, naive] for naive in (1, 2))
    longest = [max(own, key=lambda f: f.year) for own in by_region.values()]
    return RegionalSkill(
        made[0].series,
        made[0].origin,
        year,
        len(by_region),
        float(last.mean()),
        float(line.mean()),
        float((last & line).mean()),
        _correlation(longest),
        is_fitted,
    )


def _error(made: Sequence[Forecast], name: str) -> float:
    errors = [getattr(each, name) - each.observed for each in made]
    return root_mean_square(np.array(errors))


def _correlation(made: Sequence[Forecast]) -> float:
    """Return the correlation of yearly relative growth, model and published."""
    if len(made) < FEW_POINTS:
        return float("nan")
    model, observed = (
        np.array([(getattr(f, name) / f.last - 1) / (f.year - f.origin) for f in made])
        for name in ("model", "observed")
    )
    if min(model.std(), observed.std()) <= 0:
        return float("nan")
    return float(np.corrcoef(model, observed)[0, 1])
