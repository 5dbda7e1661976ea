"""The changes that a scenario makes, and which of them have no effect on results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cqsim.case.indicators import variables_behind
from cqsim.case.scenario import Scenario
from cqsim.case.settings import Setting
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run_many
from cqsim.errors import CqsimError
from cqsim.language.syntax import canonical


@dataclass(frozen=True, slots=True)
class ScenarioChange:
    """A part of a scenario that can be left out, and the constants that it sets."""

    title: str
    names: tuple[str, ...]
    whole: str = ""


def settings_without_effect(scenario: Scenario) -> tuple[str, ...]:
    """Return a sentence for each setting that has no effect on the results.

    One run is made without each setting, all together, and compared in every variable
    that an indicator needs; in all variables where there are no indicators.
    """
    if not scenario.settings:
        return ()
    shown = set(variables_behind(scenario.case.indicators))
    outputs = shown or {
        v.name.strip('"') for v in scenario.model.of_kind("stock", "flow", "auxiliary")
    }
    try:
        parts = changes_of(scenario)
        rows = [scenario.settings, *(_without(scenario.settings, p) for p in parts)]
        runs = run_many(
            scenario.model, rows, sorted(outputs), clock=scenario.clock
        ).each()
        full = next(runs)
        without = [p for p, run in zip(parts, runs, strict=True) if _same(full, run)]
    except CqsimError as error:
        return (f"it is not checked whether every setting has an effect: {error}",)
    titles = {part.title for part in without}
    return tuple(
        f"{part.title} changes nothing: {_why(scenario, part)}"
        for part in without
        if part.whole not in titles
    )


def changes_of(scenario: Scenario) -> list[ScenarioChange]:
    """Return what a scenario sets: levers and keys of them, shocks, constants."""
    parts = [*_lever_parts(scenario), *_shock_parts(scenario)]
    known = {canonical(name) for part in parts for name in part.names}
    parts += [
        ScenarioChange(f"constants.{name}", (name,))
        for name in scenario.settings
        if canonical(name) not in known
    ]
    return parts


def _lever_parts(scenario: Scenario) -> Iterator[ScenarioChange]:
    for name, setting in scenario.levers.items():
        lever = scenario.known_levers[name]
        keys = {
            "value": lever.constant,
            "start": lever.start_constant,
            "ramp": lever.ramp_constant,
        }
        own = {key: c for key, c in keys.items() if key in setting and c is not None}
        title = f"levers.{name}"
        yield ScenarioChange(title, tuple(own.values()))
        if len(own) > 1:
            yield from (
                ScenarioChange(f"{title}.{key}", (c,), title) for key, c in own.items()
            )


def _shock_parts(scenario: Scenario) -> Iterator[ScenarioChange]:
    for name in scenario.shocks:
        shock = scenario.known_shocks[name]
        names = (*(shock.pulse_constants or ()), shock.by_year)
        yield ScenarioChange(f"shocks.{name}", names)


def _without(
    settings: Mapping[str, Setting], part: ScenarioChange
) -> dict[str, Setting]:
    left_out = {canonical(name) for name in part.names}
    return {n: v for n, v in settings.items() if canonical(n) not in left_out}


def _same(one: Runs, other: Runs) -> bool:
    return all(
        np.array_equal(one.values[name], other.values[name], equal_nan=True)
        for name in one.values
    )


def _why(scenario: Scenario, part: ScenarioChange) -> str:
    """Return why a setting may have no effect, as far as its years show."""
    years = [year for key, year in _years(scenario, part) if key == "start"]
    if years and min(years) >= scenario.clock.end:
        return f"it starts in {min(years):g}, when the run ends"
    return "the run without it shows the same, for these values hold anyway"


def _years(scenario: Scenario, part: ScenarioChange) -> Iterator[tuple[str, float]]:
    name = part.title.split(".")[1]
    found = (
        scenario.levers.get(name) or scenario.shocks.get(name, {}).get("pulse") or {}
    )
    start = found.get("start")
    for year in start.values() if isinstance(start, Mapping) else (start,):
        if year is not None:
            yield "start", float(year)
