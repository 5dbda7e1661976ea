"""What a comparison tells apart: by levers, CO2 by factors, urban share by flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cqsim.case.load import Scenario
from cqsim.judge.idle import Part
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.study.compare import Attributed, Comparison, Outcome, attributed
from cqsim.study.lmdi import FactorEffects, between
from cqsim.study.share_flows import ShareChange, share_change

RINGS = ("metro", "central", "integrating", "fulcrum", "bridgehead", "northern")


@dataclass(frozen=True, slots=True)
class EmissionChange:
    """The factors of a change of CO2: over years of one run, or between two runs."""

    title: str
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
    scope: str = "metro",
) -> Analysis:
    """Return the decompositions of a comparison.

    Parameters
    ----------
    years
        Of the outcomes that are told apart by levers; CO2 between runs is of the last.
    indicators
        What is told apart by levers.
    """
    outcomes: list[Outcome] = [(name, scope, y) for name in indicators for y in years]
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
    found = []
    for name, measure in zip(ids, comparison.measures, strict=True):
        effects = between(identity, (measure, first), (measure, last), "metro")
        title = f"{name} {first}–{last}"
        found.append(EmissionChange(title, (name, first), (name, last), effects))
    base = comparison.measures[0]
    for name, measure in zip(ids[1:], comparison.measures[1:], strict=True):
        effects = between(identity, (base, year), (measure, year), "metro")
        title = f"{ids[0]} → {name} {year}"
        found.append(EmissionChange(title, (ids[0], year), (name, year), effects))
    return found


def _shares(comparison: Comparison) -> dict[str, tuple[ShareChange, ...]]:
    flows = comparison.decompositions.urban_share
    if flows is None:
        return {}
    first, last = comparison.years
    measures = comparison.every_step(flows.variables)
    scopes = [*RINGS, *comparison.measures[0].scopes["metro"]]
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
        measure.regions("urban share", scope)
    except UndefinedIndicatorError:
        return False
    return True


def as_json(analysis: Analysis) -> dict[str, Any]:
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


def _targets(comparison: Comparison) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for scenario, judgement in zip(
        comparison.scenarios, comparison.judgements, strict=True
    ):
        for verdict in judgement.verdicts:
            target = verdict.target
            row = found.setdefault(
                target.id,
                {
                    "id": target.id,
                    "year": target.year,
                    "scope": target.scope,
                    "indicator": target.indicator,
                    "class": target.evidence,
                    "required": target.value,
                    "unit": target.unit,
                    "scenarios": {},
                },
            )
            row["scenarios"][scenario.id] = {
                "value": verdict.value,
                "margin": verdict.margin,
                "status": verdict.status.en,
            }
    return list(found.values())


def _attribution(comparison: Comparison, found: Attributed) -> dict[str, Any]:
    indicators, attribution = comparison.rules.indicators, found.attribution
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


def _column(changes: Sequence[Part], values: Any) -> dict[str, float]:
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
