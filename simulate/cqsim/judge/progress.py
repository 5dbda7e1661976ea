"""Progress towards targets, and contributions of regions to their margins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cqsim.case.case import Case
from cqsim.case.indicators import (
    Change,
    Derived,
    Difference,
    Growth,
    IndicatorRequest,
    PeakYear,
    SinceBase,
)
from cqsim.case.targets import Target
from cqsim.judge.measure import Floats, Measure, UndefinedIndicatorError
from cqsim.judge.outturns import JudgedOutturn, outturn_of
from cqsim.judge.verdicts import Requirement, Status, Verdict, judged_alone, margin_of
from cqsim.ledger.observed import Observation
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Number, Year

UNCONFIRMED = "D"
"""The grade of what is remembered and was never found in print."""


class _Entry(Frozen):
    variable: Name
    factor: Annotated[Number, Field(gt=0)]


class _ProgressFile(Frozen):
    known_until: Year
    indicator: dict[str, _Entry] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """Indicators as the ledger has them, by indicator, scope and year."""

    known_until: int
    rows: Mapping[tuple[str, str], Mapping[int, Observation]] = field(
        default_factory=dict
    )
    factors: Mapping[str, float] = field(default_factory=dict)

    def latest(
        self, indicator: str, scope: str, after: int, until: int
    ) -> tuple[int, float] | None:
        """Return the last year observed within (after, until], and its value."""
        found = self.rows.get((indicator, scope), {})
        years = [year for year in found if after < year <= until]
        if not years:
            return None
        year = max(years)
        return year, found[year].value * self.factors[indicator]


def read_observed(case: Case) -> Observed:
    """Return what the ledger of a case has observed; nothing where it has none.

    Raises
    ------
    InputFileError, FaultsError
        observations.toml or a ledger file is at fault.
    """
    path, ledger = case.file("observations.toml"), case.observations
    if not path.is_file() or ledger is None:
        return Observed(case.years.known_until)
    file = load(read_document(path), _ProgressFile)
    rows: dict[tuple[str, str], dict[int, Observation]] = {}
    for indicator, entry in file.indicator.items():
        for row in ledger.rows(entry.variable):
            if row.grade != UNCONFIRMED and not row.age:
                rows.setdefault((indicator, row.region), {})[row.year] = row
    factors = {name: entry.factor for name, entry in file.indicator.items()}
    return Observed(file.known_until, rows, factors)


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
    """Progress towards a target up to the last observed year.

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
    inside = target.scope if target.scope != measure.whole else measure.boundary
    seen = observed.latest(target.indicator, inside, first, last)
    try:
        if isinstance(indicator, Growth):
            return _growing(measure, target, indicator, last)
        relative = isinstance(indicator, SinceBase)
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
    if isinstance(indicator, SinceBase):
        return indicator.base_year
    if target.base is not None:
        return target.base.year
    return max(measure.case.years.base, int(measure.times[0]))


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
    whole = target.own_scope == target.scope and measure.boundary == measure.whole
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
    """Return the growth required in the years left, and the growth so far."""
    first = indicator.base_year
    base, now = (measure.value(indicator.of, target.scope, y) for y in (first, last))
    goal = base * (1 + target.value / 100) ** (target.year - first)
    needed = (goal / now) ** (1 / (target.year - last)) - 1
    past = (now / base) ** (1 / (last - first)) - 1
    done = (now - base) / (goal - base) if abs(goal - base) > SMALLEST else None
    pace = Pace(0.0, 100 * needed, 100 * past, done)
    elapsed = (last - first) / (target.year - first)
    return Progress(first, last, 100 * past, False, elapsed, pace)


End = Literal["low", "printed", "high"]


@dataclass(frozen=True, slots=True)
class BaseVerdict:
    """A target if its base were what it prints, or either end of its rounding.

    Attributes
    ----------
    base
        In the unit of what is printed.
    required
        The target's value moved along with its base, in the target's unit.
    """

    end: End
    base: float
    required: float
    margin: float
    status: Status


def base_verdicts(measure: Measure, verdict: Verdict) -> tuple[BaseVerdict, ...]:
    """Return the verdicts for the base as printed and for both ends of its rounding.

    A level is read as the gain that the document asks for over its printed base: the
    run has a base of its own, and has to gain as much. A change in percent is what the
    official figures would give with a base rounded up or down. Empty where the target
    has no base, or one of another area than the one judged.
    """
    base = verdict.target.base
    if base is None:
        return ()
    half = base.rounding / 2
    ends: tuple[tuple[End, float], ...] = (
        ("low", base.value - half),
        ("printed", base.value),
        ("high", base.value + half),
    )
    found = []
    for end, value in ends:
        required = _required(measure, verdict, value)
        if required is None:
            return ()
        asked = Requirement.of(verdict.target, required)
        _, margin, status = judged_alone(measure, asked)
        found.append(BaseVerdict(end, value, required, margin, status))
    return tuple(found)


def _required(measure: Measure, verdict: Verdict, base: float) -> float | None:
    """Return the target's value moved along with its base; None where it cannot be."""
    target = verdict.target
    assert target.base is not None
    indicator = measure.indicators[target.indicator]
    if indicator.over_period:
        return None
    if isinstance(indicator, Change):
        # The level that the document asks for is fixed by the base as printed.
        level = target.base.value * (1 + target.value / 100)
        return 100 * (level / base - 1)
    if isinstance(indicator, Difference):
        return target.value - (base - target.base.value)
    if target.own_scope != target.scope or measure.boundary != measure.whole:
        return None
    own = measure.value(target.indicator, target.scope, target.base.year)
    return target.value + own - base


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
    """The margin of a target decomposed by region; the parts sum to the margin.

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
    """Return what regions add to a target's margin in a run alone.

    Of a sum, a region's share of what is required is the one that it had in the
    target's base year. None where the margin has no parts by region.
    """
    base_year = base_year_of(measure, target)
    demand = IndicatorRequest(measure, target.scope, target.year, base_year)
    indicator = measure.indicators[target.indicator]
    required: Floats | None = np.array([target.value])
    try:
        while isinstance(indicator, Derived) and required is not None:
            required = indicator.required_level(demand, required)
            indicator = measure.indicators[indicator.of]
        excess = None if required is None else indicator.excess(demand, required)
    except UndefinedIndicatorError:
        return None
    if required is None or excess is None:
        return None
    regions = measure.regions(indicator.id, target.scope)
    parts = tuple(
        Contribution(
            region,
            _own(measure, indicator.id, region, target.year),
            margin_of(float(part[0]), target.operator, 0.0),
        )
        for region, part in zip(regions, excess, strict=True)
    )
    return Contributions(indicator.id, indicator.unit, float(required[0]), parts)


def _own(measure: Measure, name: str, region: str, year: int) -> float | None:
    try:
        return measure.value(name, region, year)
    except UndefinedIndicatorError:
        return None


@dataclass(frozen=True, slots=True)
class Details:
    """A verdict with the pace, the rounding of its base, and the regions' parts."""

    verdict: Verdict
    progress: Progress | None
    bases: tuple[BaseVerdict, ...]
    contributions: Contributions | None
    outturn: JudgedOutturn | None


def details_of(measure: Measure, verdict: Verdict, observed: Observed) -> Details:
    """Return the details of a verdict on the run that it was given on."""
    target = verdict.target
    return Details(
        verdict,
        progress_of(measure, target, observed),
        base_verdicts(measure, verdict),
        contributions_of(measure, target),
        outturn_of(measure.case, target, verdict.status),
    )
