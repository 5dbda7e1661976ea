"""Run scenarios side by side: verdicts, indicators, what differs, and what it did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.decompositions import Decompositions, read_decompositions
from cqsim.case.indicators import variables_behind
from cqsim.case.load import Scenario, clock_of
from cqsim.case.places import Setting
from cqsim.engine.clock import Clock
from cqsim.engine.diagnosis import refuse_lost
from cqsim.engine.simulation import run_many
from cqsim.errors import StatedError, UnknownNameError
from cqsim.judge.idle import Part, parts_of
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.judge.verdicts import Judgement, judge
from cqsim.study.shapley import Attribution, attribute

Floats = NDArray[np.float64]
Outcome = tuple[str, str, int]
"""An indicator, a scope and a year."""

PLAN_YEARS = (2025, 2035)
"""The years that the plan runs to and looks out to."""


class ComparisonError(StatedError):
    """Scenarios that cannot stand side by side."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """The difference of one scenario to the first, by what differs between them."""

    scenario: Scenario
    changes: tuple[Part, ...]
    outcomes: tuple[Outcome, ...]
    attribution: Attribution


@dataclass(frozen=True)
class Comparison:
    """Scenarios run over the same years and seen inside of the same boundary."""

    scenarios: tuple[Scenario, ...]
    rules: Case
    decompositions: Decompositions
    clock: Clock
    measures: tuple[Measure, ...]
    judgements: tuple[Judgement, ...]

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of the runs."""
        times = self.measures[0].series.times
        return round(float(times[0])), round(float(times[-1]))

    def every_step(self, variables: Iterable[str]) -> tuple[Measure, ...]:
        """Return the runs again, kept at every step, with other variables."""
        rows = [scenario.settings for scenario in self.scenarios]
        clock = replace(self.clock, save=self.clock.step)
        model = self.scenarios[0].model
        runs = run_many(model, rows, variables, clock=clock).each()
        return tuple(
            measure.of(run) for measure, run in zip(self.measures, runs, strict=True)
        )


def compared(scenarios: Sequence[Scenario], boundary: str = "metro") -> Comparison:
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
    rules = Case.of(first.model)
    for scenario in scenarios:
        rules = rules.with_targets({each.id: each for each in scenario.targets})
    words = read_decompositions(first.model.path.parent / "decompositions.toml")
    needed = set(variables_behind(rules.indicators))
    if words.emissions is not None:
        needed |= set(words.emissions.variables)
    rows = [scenario.settings for scenario in scenarios]
    runs = run_many(first.model, rows, sorted(needed), clock=clock)
    refuse_lost(runs)
    measures = tuple(
        Measure(run, rules.indicators, rules.scopes, boundary) for run in runs.each()
    )
    judgements = tuple(judge(m, rules.targets.values()) for m in measures)
    return Comparison(tuple(scenarios), rules, words, clock, measures, judgements)


def common_clock(scenarios: Sequence[Scenario]) -> Clock:
    """Return the years that all scenarios run over; raise where there are none."""
    first = scenarios[0]
    ids = [scenario.id for scenario in scenarios]
    for name in ids:
        if ids.count(name) > 1:
            what = f"two of the scenarios have the id {name}"
            raise ComparisonError(what, "Give each an id of its own.")
    clocks = [clock_of(scenario) for scenario in scenarios]
    for scenario, clock in zip(scenarios, clocks, strict=True):
        if scenario.model.sha256 != first.model.sha256:
            what = f"{scenario.id} is of another model than {first.id}"
            raise ComparisonError(what, "Compare scenarios of one model.")
        if (clock.start, clock.step) != (clocks[0].start, clocks[0].step):
            what = f"{scenario.id} starts or steps unlike {first.id}"
            raise ComparisonError(what, "Give both the same [time] start and step.")
    return replace(clocks[0], end=min(clock.end for clock in clocks))


def changes_between(one: Scenario, other: Scenario) -> tuple[Part, ...]:
    """Return the levers, shocks and constants that two scenarios set differently."""
    whole = {p.title: p for s in (one, other) for p in parts_of(s) if not p.whole}
    names: dict[str, set[str]] = {}
    for scenario in (one, other):
        for part in parts_of(scenario):
            if not part.whole:
                names.setdefault(part.title, set()).update(part.names)
    found = []
    for title in whole:
        differing = [
            name
            for name in sorted(names[title])
            if not _alike(_set(one, name), _set(other, name))
        ]
        if differing:
            found.append(Part(title, tuple(differing)))
    return tuple(found)


def attributed(
    comparison: Comparison, number: int, outcomes: Sequence[Outcome]
) -> Attributed:
    """Return what each change from the first scenario to another did to outcomes.

    Outcomes that a run does not define are left out.
    """
    one, other = comparison.scenarios[0], comparison.scenarios[number]
    changes = changes_between(one, other)
    ends = (comparison.measures[0], comparison.measures[number])
    defined = tuple(o for o in outcomes if all(_defined(m, o) for m in ends))
    names = {name for name, _, _ in defined}
    outputs = variables_behind(comparison.rules.indicators, names)

    def value(coalitions: Sequence[int]) -> Floats:
        rows = [_mixed(one, other, changes, mask) for mask in coalitions]
        runs = run_many(one.model, rows, outputs, clock=comparison.clock)
        measure = ends[0].of(runs)
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
    one: Scenario, other: Scenario, changes: Sequence[Part], mask: int
) -> dict[str, Setting]:
    """Return the settings of one scenario with some changes to another made."""
    settings = dict(one.settings)
    for number, change in enumerate(changes):
        if mask >> number & 1:
            for name in change.names:
                _put(settings, _key(other, name) or name, _set(other, name), one)
    return settings


def _put(
    settings: dict[str, Setting], name: str, value: Setting | None, one: Scenario
) -> None:
    settings.pop(_key(one, name) or name, None)
    if value is not None:
        settings[name] = value


def _key(scenario: Scenario, name: str) -> str | None:
    """Return how a scenario's settings spell a name, None where they lack it."""
    variable = scenario.model.variable(name)
    if variable is None or variable.name not in scenario.settings:
        return None
    return variable.name


def _set(scenario: Scenario, name: str) -> Setting | None:
    key = _key(scenario, name)
    return None if key is None else scenario.settings[key]


def _alike(one: Setting | None, other: Setting | None) -> bool:
    def plain(value: Setting | None) -> Any:
        return dict(value) if isinstance(value, Mapping) else value

    return bool(plain(one) == plain(other))


def chosen(
    comparison: Comparison, years: Sequence[int], indicators: Sequence[str]
) -> tuple[list[int], list[str]]:
    """Return the years and indicators to tell apart: those asked for, or the usual.

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
    known = comparison.rules.indicators
    for name in indicators:
        if name not in known:
            where = "--by"
            raise UnknownNameError(where, "indicator", name, list(known))
    usual = [year for year in PLAN_YEARS if first < year <= last] or [last]
    names = list(indicators) or [
        name for name in comparison.decompositions.attribution if name in known
    ]
    return sorted(set(years)) or usual, names
