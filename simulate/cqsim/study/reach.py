"""Effects of levers at their bounds: each alone, and all that help a target."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.levers import Lever
from cqsim.case.settings import Setting, axes_of, places
from cqsim.case.targets import Target
from cqsim.judge.judged_run import JudgedRun
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.judge.verdicts import judge_runs
from cqsim.model.model import Model
from cqsim.study.batch import run_design

Floats = NDArray[np.float64]
Settings = Mapping[str, Setting]

LEAST = 1e-9
"""A gain of a margin below which a lever does nothing."""


def lever_ends(case: Case) -> list[Settings]:
    """Return what sets each lever to its floor, then to its ceiling, lever by lever."""
    return [
        {lever.constant: everywhere_reached(case.model, lever, end)}
        for lever in case.levers.values()
        for end in (lever.floor, lever.ceiling)
    ]


def everywhere_reached(model: Model, lever: Lever, value: float) -> Setting:
    """Return a lever's value wherever the lever reaches."""
    variable = model.variable(lever.constant)
    assert variable is not None
    if not axes_of(model, variable) or not lever.reach:
        return value
    chosen = [p for part in lever.reach for p in places(model, variable, part)]
    return {",".join(place): value for place in chosen}


@dataclass(frozen=True, slots=True)
class LeverEffects:
    """The effects of levers alone, all others as in the baseline.

    Attributes
    ----------
    measured
        The indicators and scopes that targets measure, each once, in their order.
    years
        The year of the plan and the one that it looks ahead to.
    effects : (lever, end, measured, year)
        Difference to the baseline in the indicator's unit; end 0 is the floor, 1 the
        ceiling. NaN where the indicator is not defined.
    """

    levers: tuple[Lever, ...]
    measured: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    effects: Floats

    def of(self, lever: str, end: int, indicator: str, scope: str, year: int) -> float:
        """Return one effect."""
        number = [each.id for each in self.levers].index(lever)
        what = self.measured.index((indicator, scope))
        return float(self.effects[number, end, what, self.years.index(year)])


def lever_effects(case: Case) -> LeverEffects:
    """Return what each lever does alone at either end to what targets measure.

    Raises
    ------
    CqsimError
        The model cannot be run.
    """
    levers, years = tuple(case.levers.values()), case.years.plan
    targets = [each for each in case.targets.values() if each.indicator]
    measured = tuple(dict.fromkeys((t.indicator, t.scope) for t in targets))
    runs = run_design(
        case,
        [{}, *lever_ends(case)],
        {indicator for indicator, _ in measured},
        clock={"end": float(max(years))},
    )
    found = np.array([[_values(runs, *m, year) for year in years] for m in measured])
    differences = np.moveaxis(found[..., 1:] - found[..., :1], -1, 0)
    effects = differences.reshape(len(levers), 2, len(measured), len(years))
    return LeverEffects(levers, measured, years, effects)


def _values(measure: Measure, indicator: str, scope: str, year: int) -> Floats:
    try:
        return measure.values(indicator, scope, year)
    except UndefinedIndicatorError:
        return np.full(measure.runs.runs or 1, np.nan)


@dataclass(frozen=True, slots=True)
class LeverGain:
    """What one lever at an end does to margins, all else as in the scenario.

    `gains` are in the unit of the target, by its id: at the floor or at the ceiling,
    whichever helps more; a target that neither helps is not among them.
    """

    lever: Lever
    gains: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reach:
    """The margin of a target with every lever that helps it at the end that helps.

    `levers` has their ids, the one that helps most first. It is no bound: levers may
    do more together with others that help by themselves in nothing.
    """

    target: str
    margin: float
    levers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reachability:
    """The effects of levers on the targets of a scenario, alone and together."""

    effects: tuple[LeverGain, ...]
    reaches: Mapping[str, Reach]


def reachability(outcome: JudgedRun) -> Reachability:
    """Return what levers at their ends do to the margins of a scenario's targets.

    Raises
    ------
    CqsimError
        The model cannot be run.
    """
    case, scenario = outcome.case, outcome.scenario
    levers = list(case.levers.values())
    targets = [verdict.target for verdict in outcome.judgement.verdicts]
    if not levers or not targets:
        return Reachability((), {})
    names = {target.indicator for target in targets}

    def margins(design: list[Settings]) -> Floats:
        """Return (run, target) of runs that set more than the scenario does."""
        rows = [_over(scenario.settings, more) for more in design]
        clock = outcome.clock
        runs = run_design(case, rows, names, clock=clock)
        return judge_runs(runs, targets).margins

    ends = lever_ends(case)
    before = np.array([verdict.margin for verdict in outcome.judgement.verdicts])
    gains = np.nan_to_num(margins(ends) - before, nan=-np.inf)
    floors, ceilings = gains[::2], gains[1::2]
    higher = ceilings > np.maximum(floors, 0.0) + LEAST
    best = np.where(higher, ceilings, floors)
    helpful = best > LEAST
    effects = tuple(
        LeverGain(
            lever,
            {targets[n].id: float(best[row, n]) for n in np.flatnonzero(helpful[row])},
        )
        for row, lever in enumerate(levers)
    )
    return Reachability(effects, _reaches(targets, effects, ends, higher, margins))


def _reaches(
    targets: Sequence[Target],
    effects: Sequence[LeverGain],
    ends: Sequence[Settings],
    higher: NDArray[np.bool_],
    margins: Callable[[list[Settings]], Floats],
) -> dict[str, Reach]:
    """Return how far targets get with all levers that help them; none that diverges.

    Parameters
    ----------
    ends
        The settings of each lever's floor and ceiling, lever by lever.
    higher : (lever, target)
        Whether the ceiling helps more than the floor.
    """
    design: list[Settings] = []
    helping: list[list[LeverGain]] = []
    for number, target in enumerate(targets):
        settings: Settings = {}
        for row, effect in enumerate(effects):
            if target.id in effect.gains:
                settings = _over(settings, ends[2 * row + int(higher[row, number])])
        design.append(settings)
        helping.append([effect for effect in effects if target.id in effect.gains])
    found = np.diagonal(margins(design))
    reaches = {}
    for target, margin, levers in zip(targets, found, helping, strict=True):
        if levers and not np.isnan(margin):
            order = sorted(levers, key=lambda each: -each.gains[target.id])
            ids = tuple(each.lever.id for each in order)
            reaches[target.id] = Reach(target.id, float(margin), ids)
    return reaches


def _over(settings: Settings, more: Settings) -> Settings:
    """Return settings with others over them, element by element."""
    found = dict(settings)
    for name, setting in more.items():
        old = found.get(name)
        both = isinstance(old, Mapping) and isinstance(setting, Mapping)
        found[name] = {**old, **setting} if both else setting  # type: ignore[dict-item]
    return found
