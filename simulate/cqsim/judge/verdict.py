"""Judge a run against the targets: value, margin, status, readings, chances."""

from collections.abc import Iterable
from dataclasses import replace
from math import erf, sqrt

import numpy as np

from cqsim.case.indicators import Weather
from cqsim.case.targets import Alternative, Operator, Target, can_be_met_early
from cqsim.judge.measure import Measure
from cqsim.judge.terms import Floats, UndefinedIndicatorError
from cqsim.judge.verdicts import (
    AlternativeVerdict,
    Chance,
    Judgement,
    ReadingVerdict,
    Status,
    Verdict,
)

WHOLE = "metro"
"""The boundary that leaves nothing out; inside a narrower one, it holds throughout."""

# What rounding errors alone take from a margin does not change a verdict.
ROUNDING = 1e-9


def judge(measure: Measure, targets: Iterable[Target]) -> Judgement:
    """Return a verdict on every target whose year the run reaches.

    Raises
    ------
    UnknownNameError
        The run lacks a variable that a target's indicator needs.
    NotANumberError
        Such a variable is not finite.
    """
    verdicts = []
    unjudged = []
    for target in targets:
        try:
            verdict = verdict_on(measure, target)
        except UndefinedIndicatorError as error:
            unjudged.append(f"target '{target.id}' is not judged: {error}")
            continue
        verdicts.append(verdict)
        unjudged += verdict.omitted
    return Judgement(tuple(verdicts), tuple(unjudged))


def verdict_on(measure: Measure, target: Target) -> Verdict:
    """Return the verdict on one target; raise UndefinedIndicatorError without one."""
    value = measure.value(target.indicator, target.scope, target.year)
    margin = margin_of(value, target.operator, target.value)
    weathers = measure.indicators[target.indicator].weather
    readings = [
        ReadingVerdict(
            reading,
            its := margin_of(value, target.operator, reading.threshold),
            status_at(measure, target, reading.threshold),
            _chances(its, weathers),
        )
        for reading in target.readings
    ]
    alternatives = []
    omitted = []
    for each in target.alternatives:
        try:
            alternatives.append(_alternative(measure, target, each))
        except UndefinedIndicatorError as error:
            what = f"target '{target.id}' is not judged as '{each.id}'"
            omitted.append(f"{what}: {error}")
    return Verdict(
        target,
        value,
        margin,
        status_at(measure, target, target.value),
        _chances(margin, weathers),
        tuple(readings),
        tuple(alternatives),
        tuple(omitted),
    )


def margin_of(value: float, operator: Operator, required: float) -> float:
    """Return how far a value is on the right side of what is required."""
    return value - required if operator == ">=" else required - value


def status_of(
    margins: Floats, times: Floats, year: int, material: float, early: bool
) -> Status:
    """Return the status in a year, by the rule that `Status` declares.

    Parameters
    ----------
    margins : (time,)
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
    reached = times <= year + ROUNDING
    met = np.nan_to_num(margins[reached], nan=-np.inf) >= -ROUNDING
    if not met[-1]:
        return Status.BEHIND
    if early and met.size > 1 and met[-2]:
        return Status.EARLY
    exceeds = margins[reached][-1] >= material - ROUNDING
    return Status.EXCEEDED if exceeds else Status.ON_COURSE


def chance_of(margin: float, deviation: float) -> float:
    """Return the probability that margin plus normal weather is not negative."""
    return 0.5 * (1.0 + erf(margin / (deviation * sqrt(2.0))))


def status_at(measure: Measure, target: Target, required: float) -> Status:
    """Return a target's status where another number is required."""
    path = measure.path(target.indicator, target.scope)
    sign = 1.0 if target.operator == ">=" else -1.0
    return status_of(
        sign * (path - required),
        measure.series.times,
        target.year,
        measure.indicators[target.indicator].material,
        can_be_met_early(target, measure.indicators),
    )


def _chances(margin: float, weathers: Iterable[Weather]) -> tuple[Chance, ...]:
    """Return the chance of a margin to stay positive, for each weather."""
    return tuple(Chance(each, chance_of(margin, each.deviation)) for each in weathers)


def _alternative(
    measure: Measure, target: Target, each: Alternative
) -> AlternativeVerdict:
    """Return a target's verdict under an alternative; raise as `verdict_on`."""
    changed = target.model_copy(
        update={
            "year": each.year or target.year,
            "scope": each.scope or target.scope,
            "indicator": each.indicator or target.indicator,
            "operator": each.operator or target.operator,
            "value": target.value if each.value is None else each.value,
        }
    )
    whole = measure.boundary == WHOLE
    inside = replace(measure, boundary=each.boundary) if whole else measure
    value = inside.value(changed.indicator, changed.scope, changed.year)
    return AlternativeVerdict(
        each,
        changed.year,
        changed.scope,
        changed.indicator,
        changed.operator,
        changed.value,
        value,
        margin_of(value, changed.operator, changed.value),
        measure.indicators[changed.indicator].unit,
        status_at(inside, changed, changed.value),
    )
