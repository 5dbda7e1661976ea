"""Further runs that a report rests on: levers, flows by step, the past.

All of them run together on one compiled program.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cqsim.case.indicators import Indicators, variables_of
from cqsim.case.levers import Lever
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run_many
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.judge.outcome import Outcome
from cqsim.judge.verdicts import margin_of


@dataclass(frozen=True, slots=True)
class LeverEffect:
    """What pulling one lever to an end does to the margin of each target.

    `end` is the floor or the ceiling, whichever helps; `gains` are in the unit of the
    target, by its id.
    """

    lever: Lever
    gains: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a target gets with every lever that helps it at the end that helps."""

    target: str
    margin: float
    levers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probes:
    """All that further runs say."""

    effects: tuple[LeverEffect, ...]
    reaches: Mapping[str, Reach]


def variables_for(indicators: Indicators, names: Iterable[str]) -> list[str]:
    """Return the variables of the model that indicators rest on, however deep."""
    found: dict[str, None] = {}
    ahead = list(names)
    while ahead:
        indicator = indicators[ahead.pop()]
        found.update(dict.fromkeys(variables_of(indicator)))
        ahead += [getattr(indicator, key) for key in ("of",) if hasattr(indicator, key)]
    return list(found)


@dataclass(frozen=True)
class Laboratory:
    """A scenario's model, compiled, ready for runs that differ from it."""

    outcome: Outcome

    def runs(
        self,
        settings: Sequence[Mapping[str, Any]],
        outputs: Iterable[str],
        **clock: float,
    ) -> list[Runs]:
        """Return runs that set more than the scenario does, and another clock."""
        scenario = self.outcome.scenario
        rows = [{**scenario.settings, **more} for more in settings]
        timing = replace(self.outcome.task.clock, **clock)
        return [*run_many(scenario.model, rows, outputs, clock=timing).each()]


def probe(laboratory: Laboratory) -> Probes:
    """Return what each lever at its end does, and how far all that help get."""
    outcome = laboratory.outcome
    levers = list(outcome.scenario.known_levers.values())
    targets = [v.target for v in outcome.judgement.verdicts]
    if not levers or not targets:
        return Probes((), {})
    rules = outcome.task.rules
    outputs = variables_for(rules.indicators, {t.indicator for t in targets})
    ends = [(lever, end) for lever in levers for end in (lever.floor, lever.ceiling)]
    settings = [{lever.constant: end} for lever, end in ends]
    base = {v.target.id: v.margin for v in outcome.judgement.verdicts}
    margins = [
        _margins(series, outcome) for series in laboratory.runs(settings, outputs)
    ]
    best: dict[str, dict[str, tuple[float, float]]] = {t: {} for t in base}
    for (lever, end), found in zip(ends, margins, strict=True):
        for target, margin in found.items():
            gain = margin - base[target]
            known = best[target].get(lever.id, (0.0, end))
            if gain > known[0] + 1e-9:
                best[target][lever.id] = (gain, end)
    effects = tuple(
        LeverEffect(
            lever, {t: best[t][lever.id][0] for t in best if lever.id in best[t]}
        )
        for lever in levers
    )
    return Probes(effects, _reaches(laboratory, outputs, best))


def _reaches(
    laboratory: Laboratory,
    outputs: list[str],
    best: Mapping[str, Mapping[str, tuple[float, float]]],
) -> dict[str, Reach]:
    """Run, for each target, all levers that help it together at their ends."""
    constants = {
        lever.id: lever.constant
        for lever in laboratory.outcome.scenario.known_levers.values()
    }
    targets = [target for target in best if best[target]]
    settings = [
        {constants[lever]: end for lever, (_, end) in best[target].items()}
        for target in targets
    ]
    if not settings:
        return {}
    runs = laboratory.runs(settings, outputs)
    reaches = {}
    for target, series in zip(targets, runs, strict=True):
        margins = _margins(series, laboratory.outcome)
        if target in margins:
            order = sorted(best[target], key=lambda lever: -best[target][lever][0])
            reaches[target] = Reach(target, margins[target], tuple(order))
    return reaches


def _margins(series: Runs, outcome: Outcome) -> dict[str, float]:
    """Return the margin of each target; a run that diverged has none."""
    rules = outcome.task.rules
    if not all(np.isfinite(values).all() for values in series.values.values()):
        return {}
    measure = Measure(series, rules)
    margins = {}
    for verdict in outcome.judgement.verdicts:
        target = verdict.target
        try:
            value = measure.value(target.indicator, target.scope, target.year)
            margins[target.id] = margin_of(value, target.operator, target.value)
        except UndefinedIndicatorError:
            continue
    return margins
