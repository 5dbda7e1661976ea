"""How far a target is on its way, and the pace it needs against the pace so far."""

from dataclasses import dataclass

from cqsim.case.indicators import Change, Difference, Growth, PeakYear
from cqsim.case.targets import Target
from cqsim.judge.measure import Measure
from cqsim.judge.observed import Observed
from cqsim.judge.terms import UndefinedIndicatorError

FIRST_YEAR = 2020
"""The year from which a target counts that names no other: the plan's own base."""

SMALLEST = 1e-12
"""A pace below which nothing has moved."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The way from one base to a target's value.

    Attributes
    ----------
    base
        Where the way began, in the target's unit.
    required, past
        What has to come and what came each year, in the target's unit a year; of a
        growth rate, in points: the growth that the years left need, and that there was.
    done
        The part of the way that is behind; None where there is no way to go.
    ratio
        Required over past pace; None where nothing moved, or away from the target.
    """

    base: float
    required: float
    past: float
    done: float | None

    @property
    def ratio(self) -> float | None:
        """Required over past pace."""
        return self.required / self.past if abs(self.past) > SMALLEST else None


@dataclass(frozen=True, slots=True)
class Progress:
    """A target on its way, seen from the last year that is known.

    `printed` is the pace from the base as the document prints it, `printed_range` the
    paces from both ends of what that may have been rounded from.
    """

    base_year: int
    year: int
    value: float
    observed: bool
    elapsed: float
    pace: Pace
    printed: Pace | None = None
    printed_range: tuple[Pace, Pace] | None = None


def progress_of(
    measure: Measure, target: Target, observed: Observed
) -> Progress | None:
    """Return how far a target is; None where that has no meaning or is not known."""
    indicator = measure.indicators[target.indicator]
    if isinstance(indicator, PeakYear):
        return None
    first = base_year_of(measure, target)
    last = min(observed.known_until, target.year - 1)
    if last <= first:
        return None
    inside = target.scope if target.scope != "metro" else measure.boundary
    seen = observed.latest(target.indicator, inside, first, last)
    try:
        if isinstance(indicator, Growth):
            return _growing(measure, target, indicator, last)
        relative = isinstance(indicator, Change | Difference)
        base = 0.0 if relative else measure.value(target.indicator, target.scope, first)
        year, value = seen or (
            last,
            measure.value(target.indicator, target.scope, last),
        )
    except UndefinedIndicatorError:
        return None
    elapsed = (year - first) / (target.year - first)
    pace = _pace(target, base, first, year, value)
    printed = None if relative else _printed(measure, target, year, value)
    middle, ends = printed if printed else (None, None)
    return Progress(first, year, value, seen is not None, elapsed, pace, middle, ends)


def base_year_of(measure: Measure, target: Target) -> int:
    """Return the year from which a target counts."""
    indicator = measure.indicators[target.indicator]
    if isinstance(indicator, Change | Difference | Growth):
        return indicator.base_year
    if target.base is not None:
        return target.base.year
    return max(FIRST_YEAR, int(measure.series.times[0]))


def _pace(target: Target, base: float, first: int, year: int, value: float) -> Pace:
    way = target.value - base
    return Pace(
        base,
        (target.value - value) / (target.year - year),
        (value - base) / (year - first),
        (value - base) / way if abs(way) > SMALLEST else None,
    )


def _printed(
    measure: Measure, target: Target, year: int, value: float
) -> tuple[Pace, tuple[Pace, Pace]] | None:
    """Return the paces from the printed base and from both ends of its rounding."""
    base = target.base
    whole = target.own_scope == target.scope and measure.boundary == "metro"
    if base is None or not whole or base.year >= year:
        return None
    half = base.rounding / 2
    low, middle, high = (
        _pace(target, start, base.year, year, value)
        for start in (base.value - half, base.value, base.value + half)
    )
    return middle, (low, high)


def _growing(
    measure: Measure, target: Target, indicator: Growth, last: int
) -> Progress:
    """Return the growth that the years left need, beside the growth so far."""
    first = indicator.base_year
    base, now = (measure.value(indicator.of, target.scope, y) for y in (first, last))
    goal = base * (1 + target.value / 100) ** (target.year - first)
    needed = (goal / now) ** (1 / (target.year - last)) - 1
    past = (now / base) ** (1 / (last - first)) - 1
    done = (now - base) / (goal - base) if abs(goal - base) > SMALLEST else None
    pace = Pace(0.0, 100 * needed, 100 * past, done)
    elapsed = (last - first) / (target.year - first)
    return Progress(first, last, 100 * past, False, elapsed, pace)
