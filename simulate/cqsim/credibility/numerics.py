"""Check that results depend neither on the time step nor on the spatial resolution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.case.case import Case
from cqsim.case.indicators import variables_behind
from cqsim.compile.ir import FixedDelay, Memory, Method, System
from cqsim.compile.passes import prune
from cqsim.credibility.rulebook import Aggregation, CheckResult, Rulebook
from cqsim.credibility.rules import constant_of, outcome_name, values_of
from cqsim.engine.simulation import run_many, spelled
from cqsim.judge.measure import Measure
from cqsim.judge.verdicts import judge_runs

STEP = "TIME STEP"
NEXT_TO_NOTHING = 1e-6
"""The share of the area that is left in every other place where one holds all."""


@dataclass(frozen=True, slots=True)
class BaselineOutcomes:
    """Outcomes of the baseline by year, and the number of each target's status."""

    times: Any
    outcomes: Mapping[str, Any]
    verdicts: Mapping[str, int]


def _baseline_outcomes(
    system: System,
    rules: Rulebook,
    case: Case,
    clock: Mapping[str, float],
    method: Method = "euler",
) -> BaselineOutcomes:
    """Return the outcomes and verdicts of the baseline, by a clock and a method.

    Targets that rest on a fixed delay are left out: such a delay is exact whatever the
    method, and a method of higher order cannot pass through it.
    """
    outcomes = {text: outcome_name(text) for text in rules.numerics.outcomes}
    needs = {
        target: variables_behind(case.indicators, [target.indicator])
        for target in case.judged_targets.values()
    }
    every = {name for names in needs.values() for name in names}
    smooth = {name for name in every if _is_smooth(system, name)}
    names = [*outcomes.values(), *sorted(smooth)]
    found = run_many(system, [{}], names, clock=clock, method=method).run(0)
    measure = Measure(found, case)
    targets = [target for target, names in needs.items() if smooth.issuperset(names)]
    judged = judge_runs(measure, targets)
    statuses = zip(targets, judged.values[0], judged.statuses[0], strict=True)
    return BaselineOutcomes(
        found.times,
        {text: found.values[found.name_of(name)] for text, name in outcomes.items()},
        {target.id: int(n) for target, value, n in statuses if np.isfinite(value)},
    )


def _is_smooth(system: System, name: str) -> bool:
    """Whether a variable rests on stocks alone, and on no fixed delay or memory."""
    rests_on = prune(system, (spelled(system, name),)).variables.values()
    return not any(isinstance(each, Memory | FixedDelay) for each in rests_on)


def check_numerics(system: System, rules: Rulebook, case: Case) -> list[CheckResult]:
    """Return whether half the step, or a better method, changes what the model says."""
    step = float(values_of(system, STEP))
    end = float(rules.end)
    euler = _baseline_outcomes(system, rules, case, {"end": end, "step": step})
    others: dict[str, tuple[str, float, Method]] = {
        "half_step": ("half the step", step / 2, "euler"),
        "runge_kutta": ("the fourth-order Runge-Kutta method", step, "rk4"),
    }
    results = []
    tolerance = rules.numerics.tolerance
    for check, (title, other_step, method) in others.items():
        clock = {"end": end, "step": other_step}
        other = _baseline_outcomes(system, rules, case, clock, method)
        results += [
            _same_verdicts(f"{check}_verdicts", title, euler, other),
            _compared(f"{check}_outcomes", title, tolerance, euler, other),
        ]
    return results


def _same_verdicts(
    check: str, title: str, one: BaselineOutcomes, other: BaselineOutcomes
) -> CheckResult:
    changed = sorted(
        target
        for target, status in one.verdicts.items()
        if other.verdicts.get(target) != status
    )
    detail = f"{len(one.verdicts)} targets"
    if changed:
        detail = f"other verdicts for {', '.join(changed)}"
    title = f"{title} changes no verdict"
    return CheckResult("numerics", check, title, not changed, detail)


def _compared(
    check: str,
    title: str,
    tolerance: float,
    one: BaselineOutcomes,
    other: BaselineOutcomes,
) -> CheckResult:
    """Return the finding of the largest difference between two sets of outcomes."""
    apart = {
        text: _relative(one.outcomes[text], other.outcomes[text])
        for text in one.outcomes
    }
    worst = max(apart, key=lambda text: float(np.max(apart[text])))
    at = int(np.argmax(apart[worst]))
    largest = float(apart[worst][at])
    year = float(one.times[at])
    detail = f"the largest difference is {100 * largest:.2g} %, of {worst} in {year:g}"
    title = f"{title} moves no outcome by more than {100 * tolerance:g} %"
    return CheckResult("numerics", check, title, largest <= tolerance, detail)


def _relative(one: Any, other: Any) -> Any:
    size = np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-12)
    with np.errstate(invalid="ignore"):
        difference = np.abs(one - other) / size
    return np.where(np.isfinite(difference), difference, np.inf)


def check_aggregation(system: System, aggregation: Aggregation) -> list[CheckResult]:
    """Return whether an aggregate of the regions gives nearly the same totals."""
    names = [spelled(system, outcome_name(text)) for text in aggregation.outcomes]
    end = {"FINAL TIME": float(aggregation.end)}
    aggregates = {
        "aggregation": ("the area as regions alike", homogeneous(system, aggregation)),
        "one_region": ("the area as one region", aggregated(system, aggregation)),
    }
    runs = [end, *({**end, **settings} for _, settings in aggregates.values())]
    found = run_many(system, runs, names, check_ranges=False).values
    results = []
    for number, (check, (title, _)) in enumerate(aggregates.items(), 1):
        differences = {
            text: float(np.max(_relative(found[name][0], found[name][number])))
            for text, name in zip(aggregation.outcomes, names, strict=True)
        }
        detail = "differs from the regions by " + ", ".join(
            f"{100 * difference:.2g} % in {text}"
            for text, difference in differences.items()
        )
        holds = max(differences.values()) <= aggregation.tolerance
        title = f"{title} gives nearly the same totals"
        results.append(CheckResult("numerics", check, title, holds, detail))
    return results


def homogeneous(system: System, aggregation: Aggregation) -> dict[str, Any]:
    """Return settings with homogeneous regions: each has the area's means."""
    people = _first_divided(system, aggregation.divided)
    return _allocated(system, aggregation, people / people.sum())


def aggregated(system: System, aggregation: Aggregation) -> dict[str, Any]:
    """Return settings with one aggregated region, which holds nearly everything.

    No region is left empty, so that migration has destinations.
    """
    places = constant_of(system, aggregation.divided[0]).axes[0].elements
    weight = np.full(len(places), NEXT_TO_NOTHING)
    weight[places.index(aggregation.into)] = 1 - (len(places) - 1) * NEXT_TO_NOTHING
    return {**_allocated(system, aggregation, weight), **aggregation.off}


def _allocated(system: System, aggregation: Aggregation, weight: Any) -> dict[str, Any]:
    """Return settings with totals allocated by weight, and means over residents."""
    people = _first_divided(system, aggregation.divided)
    residents = people / people.sum()
    settings: dict[str, Any] = {}
    for name in aggregation.divided:
        values = values_of(system, name)
        shape = (-1, *([1] * (values.ndim - 1)))
        settings[name] = weight.reshape(shape) * values.sum(axis=0)
    for name in aggregation.mean:
        values = values_of(system, name)
        mean = np.average(values, axis=0, weights=residents)
        settings[name] = np.broadcast_to(mean, values.shape)
    return settings


def _first_divided(system: System, names: Sequence[str]) -> Any:
    """Return the total of the first constant by region, its first axis."""
    values = values_of(system, names[0])
    axes = constant_of(system, names[0]).axes
    return values.sum(axis=tuple(range(1, len(axes))))
