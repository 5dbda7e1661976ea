"""What each lever does alone, at floor and at ceiling, to what targets measure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.indicators import variables_behind
from cqsim.case.levers import Lever, Levers
from cqsim.case.places import Setting, axes_of, places
from cqsim.engine.simulation import run_many
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.model.model import Model

Floats = NDArray[np.float64]
YEARS = (2025, 2035)
Measured = tuple[str, str]
"""An indicator and a scope."""


@dataclass(frozen=True, slots=True)
class LeverEffects:
    """The effects of levers alone, all others as in the baseline.

    Attributes
    ----------
    measured
        What targets measure, each once, in the order of the targets.
    effects : (lever, end, measured, year)
        Difference to the baseline in the indicator's unit; end 0 is the floor, 1 the
        ceiling. NaN where the indicator is not defined.
    """

    levers: tuple[Lever, ...]
    measured: tuple[Measured, ...]
    effects: Floats

    def of(self, lever: str, end: int, indicator: str, scope: str, year: int) -> float:
        """Return one effect."""
        number = [each.id for each in self.levers].index(lever)
        what = self.measured.index((indicator, scope))
        return float(self.effects[number, end, what, YEARS.index(year)])


def lever_effects(model: Model, levers: Levers, rules: Case) -> LeverEffects:
    """Return what each lever does alone at either end, in one batch of runs.

    Raises
    ------
    CqsimError
        The model cannot be run.
    """
    targets = rules.targets.values()
    measured = tuple(dict.fromkeys((t.indicator, t.scope) for t in targets))
    needed = variables_behind(rules.indicators, {name for name, _ in measured})
    rows: list[Mapping[str, Setting]] = [{}]
    rows += [
        {lever.constant: whole(model, lever, value)}
        for lever in levers.values()
        for value in (lever.floor, lever.ceiling)
    ]
    clock = {"end": float(max(YEARS))}
    runs = run_many(model, rows, needed, clock=clock)
    measure = Measure(runs, rules)
    found = np.array([[_values(measure, *m, y) for y in YEARS] for m in measured])
    shape = (len(levers), 2, len(measured), len(YEARS))
    effects = np.moveaxis(found[..., 1:] - found[..., :1], -1, 0).reshape(shape)
    return LeverEffects(tuple(levers.values()), measured, effects)


def whole(model: Model, lever: Lever, value: float) -> Setting:
    """Return a lever's value wherever the lever reaches."""
    variable = model.variable(lever.constant)
    assert variable is not None
    if not axes_of(model, variable) or not lever.reach:
        return value
    chosen = [p for part in lever.reach for p in places(model, variable, part)]
    return {",".join(place): value for place in chosen}


def _values(measure: Measure, indicator: str, scope: str, year: int) -> Floats:
    try:
        return measure.values(indicator, scope, year)
    except UndefinedIndicatorError:
        return np.full(measure.runs.runs or 1, np.nan)
