"""Compare scenarios: verdicts, differing settings, and attribution of differences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.registers import Decompositions
from cqsim.case.scenario import Scenario
from cqsim.case.settings import Setting
from cqsim.engine.clock import Clock
from cqsim.engine.diagnosis import refuse_diverged
from cqsim.errors import StatedError, UnknownNameError
from cqsim.judge.effects import ScenarioChange, changes_of
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.judge.record import records
from cqsim.judge.verdicts import Judgement, judge
from cqsim.language.syntax import canonical
from cqsim.study.attribution import (
    Attribution,
    FactorEffects,
    ShareChange,
    attribute,
    effects_between,
    effects_over_years,
    share_change,
)
from cqsim.study.batch import run_design

Floats = NDArray[np.float64]
Outcome = tuple[str, str, int]
"""An indicator, a scope and a year."""


class ComparisonError(StatedError):
    """Scenarios that cannot stand side by side."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """The difference of one scenario to the first, by what differs between them."""

    scenario: Scenario
    changes: tuple[ScenarioChange, ...]
    outcomes: tuple[Outcome, ...]
    attribution: Attribution


@dataclass(frozen=True)
class Comparison:
    """Scenarios run over the same years and seen inside of the same boundary."""

    scenarios: tuple[Scenario, ...]
    case: Case
    clock: Clock
    measures: tuple[Measure, ...]
    judgements: tuple[Judgement, ...]

    @property
    def decompositions(self) -> Decompositions:
        """The decompositions: by which variables a change is split into parts."""
        return self.case.decompositions

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of the runs."""
        times = self.measures[0].times
        return round(float(times[0])), round(float(times[-1]))

    def every_step(self, variables: Iterable[str]) -> tuple[Measure, ...]:
        """Return the runs again, saved at every step, with other variables."""
        rows = [scenario.settings for scenario in self.scenarios]
        clock = replace(self.clock, save=self.clock.step)
        runs = run_design(self.case, rows, (), variables=variables, clock=clock).runs
        return tuple(self.measures[0].of(run) for run in runs.each())


def compared(scenarios: Sequence[Scenario], boundary: str = "") -> Comparison:
    """Return scenarios run and judged side by side.

    The runs start together, step alike, and end where the first of them ends.

    Raises
    ------
    CqsimError
        The scenarios are of different models or start or step differently, or a run
        cannot be made or diverges.
    """
    first = scenarios[0]
    clock = common_clock(scenarios)
    case = first.case
    for scenario in scenarios:
        case = case.with_targets({each.id: each for each in scenario.targets})
    identity = case.decompositions.emissions
    also = () if identity is None else identity.variables
    rows = [scenario.settings for scenario in scenarios]
    found = run_design(case, rows, variables=also, clock=clock)
    refuse_diverged(found.runs)
    runs = found.within(boundary or case.whole)
    measures = tuple(runs.of(run) for run in found.runs.each())
    judgements = tuple(judge(m, case.targets.values()) for m in measures)
    return Comparison(tuple(scenarios), case, clock, measures, judgements)


def common_clock(scenarios: Sequence[Scenario]) -> Clock:
    """Return the years that all scenarios run over; raise where there are none."""
    first = scenarios[0]
    ids = [scenario.id for scenario in scenarios]
    for name in ids:
        if ids.count(name) > 1:
            what = f"two of the scenarios have the id {name}"
            raise ComparisonError(what, "Give each an id of its own.")
    clocks = [scenario.clock for scenario in scenarios]
    for scenario, clock in zip(scenarios, clocks, strict=True):
        if scenario.model.sha256 != first.model.sha256:
            what = f"{scenario.id} is of another model than {first.id}"
            raise ComparisonError(what, "Compare scenarios of one model.")
        if (clock.start, clock.step) != (clocks[0].start, clocks[0].step):
            what = f"{scenario.id} starts or steps unlike {first.id}"
            raise ComparisonError(what, "Give both the same [time] start and step.")
    return replace(clocks[0], end=min(clock.end for clock in clocks))


def changes_between(one: Scenario, other: Scenario) -> tuple[ScenarioChange, ...]:
    """Return the levers, shocks and constants that two scenarios set differently."""
    names: dict[str, set[str]] = {}
    for change in (*changes_of(one), *changes_of(other)):
        if not change.whole:
            names.setdefault(change.title, set()).update(change.names)
    before, after = _settings(one), _settings(other)
    differing = {
        title: tuple(name for name in sorted(own) if _differs(before, after, name))
        for title, own in names.items()
    }
    return tuple(ScenarioChange(title, own) for title, own in differing.items() if own)


def _differs(
    before: Mapping[str, Setting], after: Mapping[str, Setting], name: str
) -> bool:
    return before.get(canonical(name)) != after.get(canonical(name))


def _settings(scenario: Scenario) -> dict[str, Setting]:
    """Return a scenario's settings by canonical name, as plain data."""
    return {
        canonical(name): dict(value) if isinstance(value, Mapping) else value
        for name, value in scenario.settings.items()
    }


def attributed(
    comparison: Comparison, number: int, outcomes: Sequence[Outcome]
) -> Attributed:
    """Return what each change from the first scenario to another did to outcomes.

    Outcomes that a run does not define are left out.

    Raises
    ------
    CqsimError
        A run with some of the changes diverges.
    """
    one, other = comparison.scenarios[0], comparison.scenarios[number]
    changes = changes_between(one, other)
    ends = (comparison.measures[0], comparison.measures[number])
    defined = tuple(o for o in outcomes if all(_defined(m, o) for m in ends))
    names = {name for name, _, _ in defined}
    settings = _settings(one), _settings(other)

    def value(coalitions: Sequence[int]) -> Floats:
        rows = [_mixed(*settings, changes, mask) for mask in coalitions]
        runs = run_design(comparison.case, rows, names, clock=comparison.clock)
        refuse_diverged(runs.runs)
        measure = runs.within(ends[0].boundary)
        found = [measure.values(*outcome) for outcome in defined]
        return np.array(found).reshape(len(defined), len(rows)).T

    return Attributed(other, changes, defined, attribute(len(changes), value))


def _defined(measure: Measure, outcome: Outcome) -> bool:
    try:
        measure.value(*outcome)
    except UndefinedIndicatorError:
        return False
    return True


def _mixed(
    before: Mapping[str, Setting],
    after: Mapping[str, Setting],
    changes: Sequence[ScenarioChange],
    mask: int,
) -> dict[str, Setting]:
    """Return the settings before, with those changes made whose bit is in the mask."""
    made = {
        canonical(name)
        for number, change in enumerate(changes)
        for name in change.names
        if mask >> number & 1
    }
    kept = {name: value for name, value in before.items() if name not in made}
    return kept | {name: value for name, value in after.items() if name in made}


def chosen(
    comparison: Comparison, years: Sequence[int], indicators: Sequence[str]
) -> tuple[list[int], list[str]]:
    """Return the years and indicators to attribute: those named, or the defaults.

    Raises
    ------
    ComparisonError
        A year is outside the runs.
    UnknownNameError
        There is no such indicator.
    """
    first, last = comparison.years
    outside = [year for year in years if not first < year <= last]
    if outside:
        what = f"--year {outside[0]} is outside the runs, {first + 1} to {last}"
        raise ComparisonError(what, "Choose a year within.")
    known = comparison.case.indicators
    for name in indicators:
        if name not in known:
            where = "--by"
            raise UnknownNameError(where, "indicator", name, list(known))
    of_plan = comparison.case.years.plan
    usual = [year for year in of_plan if first < year <= last] or [last]
    names = list(indicators) or [
        name for name in comparison.decompositions.attribution if name in known
    ]
    return sorted(set(years)) or usual, names


@dataclass(frozen=True, slots=True)
class EmissionChange:
    """The factors of a change of CO2: over years of one run, or between two runs."""

    start: tuple[str, int]
    end: tuple[str, int]
    effects: FactorEffects


@dataclass(frozen=True, slots=True)
class Analysis:
    """All decompositions of a comparison."""

    comparison: Comparison
    attributions: tuple[Attributed, ...]
    emissions: tuple[EmissionChange, ...]
    shares: Mapping[str, tuple[ShareChange, ...]]


def analysed(
    comparison: Comparison,
    years: Sequence[int],
    indicators: Sequence[str],
    scope: str = "",
) -> Analysis:
    """Return the decompositions of a comparison.

    Parameters
    ----------
    years
        Of the outcomes that are attributed to levers; CO2 between runs is of the last.
    indicators
        The indicators that are attributed to levers.
    """
    place = scope or comparison.case.whole
    outcomes: list[Outcome] = [(name, place, y) for name in indicators for y in years]
    others = range(1, len(comparison.scenarios))
    attributions = tuple(attributed(comparison, n, outcomes) for n in others)
    return Analysis(
        comparison,
        attributions,
        tuple(_emissions(comparison, years[-1])),
        _shares(comparison),
    )


def _emissions(comparison: Comparison, year: int) -> list[EmissionChange]:
    identity = comparison.decompositions.emissions
    if identity is None:
        return []
    first, last = comparison.years
    ids = [scenario.id for scenario in comparison.scenarios]
    whole, found = comparison.case.whole, []
    for name, measure in zip(ids, comparison.measures, strict=True):
        effects = effects_over_years(identity, measure, whole)
        found.append(EmissionChange((name, first), (name, last), effects))
    base = comparison.measures[0]
    for name, measure in zip(ids[1:], comparison.measures[1:], strict=True):
        effects = effects_between(identity, (base, measure), year, whole)
        found.append(EmissionChange((ids[0], year), (name, year), effects))
    return found


def _shares(comparison: Comparison) -> dict[str, tuple[ShareChange, ...]]:
    flows = comparison.decompositions.urban_share
    if flows is None:
        return {}
    first, last = comparison.years
    measures = comparison.every_step(flows.variables)
    case = comparison.case
    scopes = [case.whole, *case.parts, *case.regions]
    return {
        scenario.id: tuple(
            share_change(flows, measure, scope, first, last)
            for scope in dict.fromkeys(scopes)
            if _inside(measure, scope)
        )
        for scenario, measure in zip(comparison.scenarios, measures, strict=True)
    }


def _inside(measure: Measure, scope: str) -> bool:
    try:
        measure.regions("decomposition", scope)
    except UndefinedIndicatorError:
        return False
    return True


def record_of(analysis: Analysis) -> dict[str, Any]:
    """Return what `cqsim compare --json` prints."""
    comparison = analysis.comparison
    first, last = comparison.years
    return {
        "scenarios": [
            {"id": s.id, "title": dict(s.title), "sha256": s.sha256}
            for s in comparison.scenarios
        ],
        "boundary": comparison.measures[0].boundary,
        "time": {"start": first, "end": last},
        "targets": _targets(comparison),
        "attributions": [_attribution(comparison, a) for a in analysis.attributions],
        "emissions": [_emission(each) for each in analysis.emissions],
        "urban_share": [
            {
                "scenario": name,
                "scope": each.scope,
                "before": each.before,
                "after": each.after,
                "parts": dict(zip(each.components, each.parts.tolist(), strict=True)),
                "residual": each.residual,
            }
            for name, changes in analysis.shares.items()
            for each in changes
        ],
    }


ASKED = ("id", "year", "scope", "indicator", "class", "required", "unit")
FOUND = ("value", "margin", "status")


def _targets(comparison: Comparison) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for scenario, judgement in zip(
        comparison.scenarios, comparison.judgements, strict=True
    ):
        for judged in records(judgement, comparison.case):
            row = found.setdefault(
                judged["id"], {**{key: judged[key] for key in ASKED}, "scenarios": {}}
            )
            row["scenarios"][scenario.id] = {key: judged[key] for key in FOUND}
    return list(found.values())


def _attribution(comparison: Comparison, found: Attributed) -> dict[str, Any]:
    indicators, attribution = comparison.case.indicators, found.attribution
    return {
        "from": comparison.scenarios[0].id,
        "to": found.scenario.id,
        "runs": attribution.runs,
        "exact": attribution.exact,
        "changes": [
            {
                "id": change.title,
                "settings": {
                    name: [
                        _shown(s, name)
                        for s in (comparison.scenarios[0], found.scenario)
                    ]
                    for name in change.names
                },
            }
            for change in found.changes
        ],
        "outcomes": [
            {
                "indicator": name,
                "scope": scope,
                "year": year,
                "unit": indicators[name].unit,
                "difference": float(attribution.total[column]),
                "parts": _column(found.changes, attribution.parts[:, column]),
                "errors": _column(found.changes, attribution.error[:, column]),
            }
            for column, (name, scope, year) in enumerate(found.outcomes)
        ],
    }


def _column(changes: Sequence[ScenarioChange], values: Any) -> dict[str, float]:
    return {c.title: float(v) for c, v in zip(changes, values, strict=True)}


def _shown(scenario: Scenario, name: str) -> Any:
    value = scenario.settings.get(name)
    return dict(value) if isinstance(value, Mapping) else value


def _emission(each: EmissionChange) -> dict[str, Any]:
    effects = each.effects
    return {
        "from": {"scenario": each.start[0], "year": each.start[1]},
        "to": {"scenario": each.end[0], "year": each.end[1]},
        "change": float(effects.change.sum()),
        "factors": dict(
            zip(effects.factors, effects.effects.sum(axis=1).tolist(), strict=True)
        ),
        "regions": {
            region: {
                "change": float(effects.change[n]),
                **dict(
                    zip(effects.factors, effects.effects[:, n].tolist(), strict=True)
                ),
            }
            for n, region in enumerate(effects.regions)
        },
        "residual": effects.residual,
    }
