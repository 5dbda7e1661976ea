"""Judge runs against targets: value, margin, status, readings, chances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import erf, sqrt
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from cqsim.case.indicators import Weather
from cqsim.case.targets import (
    NOT_JUDGEABLE,
    Alternative,
    Operator,
    Reading,
    Target,
)
from cqsim.judge.measure import Floats, Measure, UndefinedIndicatorError

ROUNDING = 1e-9
"""What rounding errors alone may take from a margin without changing a verdict."""

Amount = TypeVar("Amount", float, Floats)


class InWords(Enum):
    """Members whose values are their words in Chinese and in English."""

    _value_: tuple[str, str]

    @property
    def zh(self) -> str:
        """The words that Chinese evaluation reports use."""
        return self.value[0]

    @property
    def en(self) -> str:
        """The same in plain English."""
        return self.value[1]


class Status(InWords):
    """The status of a target: the words of official evaluations, and plain English.

    EARLY: met at every saved year from one before the target's year on. EXCEEDED: met,
    by at least what is material for the indicator. ON_COURSE: met. BEHIND: not met.
    """

    EARLY = ("提前完成", "met early")
    EXCEEDED = ("预计可超额完成", "on course to exceed")
    ON_COURSE = ("预计可如期完成", "on course")
    BEHIND = ("未达进度", "behind schedule")

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self is not Status.BEHIND


class NoVerdict(InWords):
    """What stands in place of a status where a target gets no verdict.

    REFERENCE: the indicator is of another scope, accounting or base year than the
    target. NOT_JUDGEABLE: the model has nothing that measures it.
    """

    REFERENCE = ("仅供参照", "reference")
    NOT_JUDGEABLE = ("本模型不可判定", "not judgeable by this model")


STATUSES = tuple(Status)
"""The statuses from the best to the worst, in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """The requirement of a target, or of one of its readings or alternatives.

    `boundary` is the scope outside of which regions count nowhere; that of the
    measurement where none is given, or where that is narrower than the whole.
    """

    indicator: str
    scope: str
    year: int
    operator: Operator
    required: float
    early: bool
    boundary: str = ""

    @classmethod
    def of(cls, target: Target, required: float | None = None) -> "Requirement":
        """Return what a target asks; another number than its own if one is given."""
        return cls(
            target.indicator,
            target.scope,
            target.year,
            target.operator,
            target.value if required is None else required,
            target.early,
        )

    @classmethod
    def of_alternative(cls, target: Target, other: Alternative) -> "Requirement":
        """Return what an alternative of a target asks."""
        return cls(
            other.indicator or target.indicator,
            other.scope or target.scope,
            other.year or target.year,
            other.operator or target.operator,
            target.value if other.value is None else other.value,
            target.early,
            other.boundary,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """How runs stand to a requirement.

    Attributes
    ----------
    value, margin : (run,)
        In the indicator's unit; the margin is positive where it is met. NaN
        where the indicator is not defined.
    status : (run,)
        The numbers of `STATUSES`.
    """

    value: Floats
    margin: Floats
    status: NDArray[np.intp]


def judged(measure: Measure, requirement: Requirement) -> Judged:
    """Return how each run stands to a requirement.

    A run in which the indicator is not defined does not meet it.

    Raises
    ------
    UndefinedIndicatorError
        The indicator cannot be had for the scope, or the year was not saved.
    """
    if requirement.boundary and measure.boundary == measure.whole:
        measure = measure.within(requirement.boundary)
    place = requirement.indicator, requirement.scope
    value = measure.values(*place, requirement.year)
    rule = requirement.operator, requirement.required
    indicator = measure.indicators[requirement.indicator]
    status = status_numbers(
        margin_of(measure.paths(*place), *rule),
        measure.times,
        requirement.year,
        indicator.material,
        requirement.early and not indicator.over_period,
    )
    return Judged(value, margin_of(value, *rule), status)


def margin_of(value: Amount, operator: Operator, required: float) -> Amount:
    """Return how far a value is on the right side of what is required."""
    return value - required if operator == ">=" else required - value


@overload
def is_met(margin: float) -> bool: ...
@overload
def is_met(margin: Floats) -> NDArray[np.bool_]: ...
def is_met(margin: Any) -> Any:
    """Return whether margins meet what is required; NaN does not."""
    return margin >= -ROUNDING


def status_numbers(
    margins: Floats, times: Floats, year: int, material: float, early: bool
) -> NDArray[np.intp]:
    """Return the status in a year by the rule of `Status`: numbers of `STATUSES`.

    Parameters
    ----------
    margins : (..., time)
        In the indicator's unit, positive where met; NaN counts as not met.
    times : (time,)
        The saved years.
    year
        The target's year, one of `times`.
    material
        The least margin that counts as exceeding.
    early
        Whether the target can be met before its year at all.
    """
    reached = margins[..., times <= year + ROUNDING]
    met = is_met(reached)
    exceeded = reached[..., -1] >= material - ROUNDING
    found = np.where(exceeded, _number(Status.EXCEEDED), _number(Status.ON_COURSE))
    if early and met.shape[-1] > 1:
        found = np.where(met[..., -2], _number(Status.EARLY), found)
    return np.where(met[..., -1], found, _number(Status.BEHIND))


def _number(status: Status) -> int:
    return STATUSES.index(status)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How any number of runs stand to targets.

    Attributes
    ----------
    values, margins : (run, target)
        In the unit of the target; NaN where it cannot be judged.
    statuses : (run, target)
        The numbers of `STATUSES`; what cannot be judged is not met.
    """

    targets: tuple[Target, ...]
    values: Floats
    margins: Floats
    statuses: NDArray[np.intp]


def judge_runs(measure: Measure, targets: Sequence[Target]) -> Verdicts:
    """Return how each run stands to each target, as it is written."""
    runs = measure.runs.runs or 1
    values = np.full((runs, len(targets)), np.nan)
    margins = np.full((runs, len(targets)), np.nan)
    statuses = np.full((runs, len(targets)), _number(Status.BEHIND))
    for number, target in enumerate(targets):
        try:
            found = judged(measure, Requirement.of(target))
        except UndefinedIndicatorError:
            continue
        values[:, number], margins[:, number] = found.value, found.margin
        statuses[:, number] = found.status
    return Verdicts(tuple(targets), values, margins, statuses)


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability that a year's weather lets a requirement be met."""

    weather: Weather
    probability: float


@dataclass(frozen=True, slots=True)
class ReadingVerdict:
    """A target under one reading of its words."""

    reading: Reading
    margin: float
    status: Status
    chances: tuple[Chance, ...]


@dataclass(frozen=True, slots=True)
class AlternativeVerdict:
    """A target for another boundary, area, year or indicator."""

    alternative: Alternative
    year: int
    scope: str
    indicator: str
    operator: Operator
    required: float
    value: float
    margin: float
    unit: str
    status: Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target judged: the margin is in its unit, and positive where it is met.

    `omitted` says of each alternative that is missing why it is.
    """

    target: Target
    value: float
    margin: float
    status: Status
    chances: tuple[Chance, ...]
    readings: tuple[ReadingVerdict, ...]
    alternatives: tuple[AlternativeVerdict, ...]
    omitted: tuple[str, ...] = ()

    @property
    def depends_on_reading(self) -> bool:
        """Whether the readings disagree on the target being met."""
        return len({each.status.met for each in self.readings}) > 1


@dataclass(frozen=True, slots=True)
class WithoutVerdict:
    """A target that gets no verdict: neither met nor behind, and in no count of them.

    `value` is what a reference is shown beside; None where the model measures nothing.
    """

    target: Target
    status: NoVerdict
    value: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts on a run, and why targets are missing from them."""

    verdicts: tuple[Verdict, ...]
    unjudged: tuple[str, ...]
    without: tuple[WithoutVerdict, ...] = ()


def judge(measure: Measure, targets: Iterable[Target]) -> Judgement:
    """Return a verdict on every judged target whose year a run alone reaches.

    Raises
    ------
    UnknownNameError
        The run lacks a variable that a target's indicator needs.
    NotANumberError
        Such a variable is not finite.
    """
    verdicts = []
    unjudged = []
    without = []
    for target in targets:
        try:
            if not target.is_judged:
                without.append(_without(measure, target))
                continue
            verdict = verdict_on(measure, target)
        except UndefinedIndicatorError as error:
            unjudged.append(f"target '{target.id}' is not judged: {error}")
            continue
        verdicts.append(verdict)
        unjudged += verdict.omitted
    return Judgement(tuple(verdicts), tuple(unjudged), tuple(without))


def _without(measure: Measure, target: Target) -> WithoutVerdict:
    """Return a target without a verdict; raise as `verdict_on` for a reference."""
    if target.status == NOT_JUDGEABLE:
        return WithoutVerdict(target, NoVerdict.NOT_JUDGEABLE, None)
    value = measure.value(target.indicator, target.scope, target.year)
    return WithoutVerdict(target, NoVerdict.REFERENCE, value)


def verdict_on(measure: Measure, target: Target) -> Verdict:
    """Return a target's verdict; raise UndefinedIndicatorError where there is none."""
    value, margin, status = judged_alone(measure, Requirement.of(target))
    weathers = measure.indicators[target.indicator].weather
    readings = []
    for reading in target.readings:
        its = Requirement.of(target, reading.threshold)
        _, its_margin, its_status = judged_alone(measure, its)
        chances = _chances(its_margin, weathers)
        readings.append(ReadingVerdict(reading, its_margin, its_status, chances))
    alternatives = []
    omitted = []
    for other in target.alternatives:
        try:
            alternatives.append(_alternative(measure, target, other))
        except UndefinedIndicatorError as error:
            what = f"target '{target.id}' is not judged as '{other.id}'"
            omitted.append(f"{what}: {error}")
    return Verdict(
        target,
        value,
        margin,
        status,
        _chances(margin, weathers),
        tuple(readings),
        tuple(alternatives),
        tuple(omitted),
    )


def judged_alone(
    measure: Measure, requirement: Requirement
) -> tuple[float, float, Status]:
    """Return value, margin and status of a run alone.

    Raises
    ------
    UndefinedIndicatorError
        The indicator has no value for the scope and year.
    """
    found = judged(measure, requirement)
    value = float(found.value[0])
    if np.isnan(value):
        why = f"it is not defined in {requirement.year}"
        raise UndefinedIndicatorError(requirement.indicator, requirement.scope, why)
    return value, float(found.margin[0]), STATUSES[found.status[0]]


def _alternative(
    measure: Measure, target: Target, other: Alternative
) -> AlternativeVerdict:
    """Return a target's verdict under an alternative; raise as `verdict_on`."""
    asked = Requirement.of_alternative(target, other)
    value, margin, status = judged_alone(measure, asked)
    return AlternativeVerdict(
        other,
        asked.year,
        asked.scope,
        asked.indicator,
        asked.operator,
        asked.required,
        value,
        margin,
        measure.indicators[asked.indicator].unit,
        status,
    )


def chance_of(margin: float, deviation: float) -> float:
    """Return the probability that margin plus normal weather is not negative."""
    return 0.5 * (1.0 + erf(margin / (deviation * sqrt(2.0))))


def _chances(margin: float, weathers: Iterable[Weather]) -> tuple[Chance, ...]:
    """Return the chance of a margin to stay positive, for each weather."""
    return tuple(Chance(each, chance_of(margin, each.deviation)) for each in weathers)
