"""What each region adds to a target's margin, and which are furthest behind."""

from collections.abc import Iterable
from dataclasses import dataclass

from cqsim.case.indicators import (
    Change,
    Difference,
    Gap,
    Growth,
    Mean,
    Ratio,
    Share,
    Sum,
    Term,
)
from cqsim.case.targets import Target
from cqsim.judge.measure import Measure
from cqsim.judge.pace import base_year_of
from cqsim.judge.terms import UndefinedIndicatorError, by_region

Vector = list[float]


@dataclass(frozen=True, slots=True)
class Contribution:
    """A region's part in the margin of a target.

    `value` is the region's own, where it has one; `margin` is what it adds to the
    margin of the whole, positive where it helps.
    """

    region: str
    value: float | None
    margin: float


@dataclass(frozen=True, slots=True)
class Contributions:
    """The margin of a target told apart by region; the parts sum to the whole.

    A target on a change or a share is first turned into the level that it asks of the
    `indicator` behind it: `required`, in `unit`.
    """

    indicator: str
    unit: str
    required: float
    parts: tuple[Contribution, ...]

    @property
    def furthest(self) -> tuple[Contribution, ...]:
        """The three regions that hold the whole back most; fewer where few do."""
        behind = [part for part in self.parts if part.margin < 0]
        return tuple(sorted(behind, key=lambda part: part.margin)[:3])


def contributions_of(measure: Measure, target: Target) -> Contributions | None:
    """Return what regions add to a target's margin; None where they cannot be told."""
    try:
        name, required = _level(measure, target.indicator, target, target.value)
        values = _parts(measure, name, target, required)
    except UndefinedIndicatorError:
        return None
    if values is None:
        return None
    sign = 1.0 if target.operator == ">=" else -1.0
    regions = measure.regions(name, target.scope)
    own = [_own(measure, name, region, target.year) for region in regions]
    parts = (
        Contribution(region, value, sign * margin)
        for region, value, margin in zip(regions, own, values, strict=True)
    )
    unit = measure.indicators[name].unit
    return Contributions(name, unit, required, tuple(parts))


def _level(
    measure: Measure, name: str, target: Target, required: float
) -> tuple[str, float]:
    """Return the indicator behind a derived one, and the level asked of it."""
    indicator = measure.indicators[name]
    if not isinstance(indicator, Growth | Change | Difference | Gap | Share):
        return name, required
    if isinstance(indicator, Gap | Share):
        whole = indicator.reference if isinstance(indicator, Gap) else indicator.whole
        level = required / 100 * measure.value(indicator.of, whole, target.year)
        return _level(measure, indicator.of, target, level)
    base = measure.value(indicator.of, target.scope, indicator.base_year)
    if isinstance(indicator, Difference):
        level = base + required
    else:
        years = (
            target.year - indicator.base_year if isinstance(indicator, Growth) else 1
        )
        level = base * (1 + required / 100) ** years
    return _level(measure, indicator.of, target, level)


def _parts(
    measure: Measure, name: str, target: Target, required: float
) -> Vector | None:
    """Return each region's value less its share of what is required.

    Of a sum, a region's share is the one that it had in the target's base year.
    """
    indicator = measure.indicators[name]
    if not isinstance(indicator, Sum | Ratio | Mean):
        return None
    regions = measure.regions(name, target.scope)
    times = list(measure.series.times)
    at, first = times.index(target.year), base_year_of(measure, target)
    if first not in times:
        why = f"the run has no value saved for {first}"
        raise UndefinedIndicatorError(name, target.scope, why)

    def terms(found: Iterable[Term], time: int) -> Vector:
        columns = [by_region(name, term, measure, regions)[time] for term in found]
        return [float(sum(column)) for column in zip(*columns, strict=True)]

    if isinstance(indicator, Sum):
        now = terms(indicator.terms, at)
        then = terms(indicator.terms, times.index(first))
        whole = sum(then)
        return [
            indicator.scale * n - required * b / whole
            for n, b in zip(now, then, strict=True)
        ]
    if isinstance(indicator, Ratio):
        upper, lower = terms(indicator.numerator, at), terms(indicator.denominator, at)
        pairs = [(indicator.scale * u, d) for u, d in zip(upper, lower, strict=True)]
    else:
        values = terms([Term(variable=indicator.variable)], at)
        weights = [1.0] * len(values)
        if indicator.weight is not None:
            weights = terms([Term(variable=indicator.weight)], at)
        pairs = [
            (indicator.scale * v * w, w) for v, w in zip(values, weights, strict=True)
        ]
    bottom = sum(d for _, d in pairs)
    return [(u - required * d) / bottom for u, d in pairs]


def _own(measure: Measure, name: str, region: str, year: int) -> float | None:
    try:
        return measure.value(name, region, year)
    except UndefinedIndicatorError:
        return None
