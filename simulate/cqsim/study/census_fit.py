"""Fit constants so that a run from one census arrives at the next.

Each round runs the model once and moves every constant by the miss of its own variable,
a fixed-point iteration: with as many constants as observations the fit is exact where a
constant within its range can be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import Constant, System, shape_of
from cqsim.engine.simulation import run_many, spelled
from cqsim.errors import UnknownNameError
from cqsim.study.fit_plan import Fit, FitPlan

Floats = NDArray[np.float64]

SMALLEST = 1e-9
"""People, output or energy below which a place has nothing to compare."""

LARGEST_STEP = 0.9
"""The most that one round moves the logarithm of a constant."""

LEAST_DEPLETION = 0.15
"""Floor of rate times years, so that a rate near zero is not thrown about."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A constant after the fit and what it leaves.

    Attributes
    ----------
    elements
        Of each axis of the constant; one list of the one place where it has none.
    values : (*axes,)
        In the constant's unit, in the order of its axes.
    observed, simulated : (*axes,)
        The variable at the end of the fit.
    """

    fit: Fit
    elements: tuple[tuple[str, ...], ...]
    values: Floats
    observed: Floats
    simulated: Floats

    @property
    def labels(self) -> list[str]:
        """Return the elements of each value, in the order of the flattened array."""
        return [", ".join(place) for place in product(*self.elements)]

    @property
    def misses(self) -> Floats:
        """Return simulated over observed less one, 0 where there is nothing."""
        return relative_miss(self.simulated, self.observed)


@dataclass(frozen=True, slots=True)
class FitOutcome:
    """All fitted constants, the rounds taken, and the largest miss that moves."""

    fitted: tuple[Fitted, ...]
    rounds: int
    settled: bool


def relative_miss(simulated: Floats, observed: Floats) -> Floats:
    """Return simulated over observed less one; 0 where nothing is observed."""
    there = observed > SMALLEST
    return np.where(there, simulated / np.where(there, observed, 1.0) - 1.0, 0.0)


def census_fit(
    system: System,
    plan: FitPlan,
    bounds: dict[str, tuple[float, float]],
    told: Callable[[int, float], None] | None = None,
) -> FitOutcome:
    """Return the constants that bring the run from `plan.start` to `plan.end`.

    Parameters
    ----------
    system
        The model, lowered.
    bounds
        The range of each fitted constant, in its unit.
    told
        Told the round and its largest change of a constant (relative).
    """
    variables = sorted({fit.variable for fit in plan.fit})
    arrived = {"INITIAL TIME": plan.end, "FINAL TIME": plan.end + 1}
    target = _values(system, plan, variables, arrived, first=True)
    span = {"INITIAL TIME": plan.start, "FINAL TIME": plan.end}
    constants = {fit.constant: constant_of(system, fit) for fit in plan.fit}
    values = {
        name: np.array(constant.values).reshape(shape_of(constant.axes))
        for name, constant in constants.items()
    }
    simulated: dict[str, Floats] = {}
    for number in range(1, plan.rounds + 1):
        simulated = _values(system, plan, variables, {**span, **values}, first=False)
        moved = {
            fit.constant: bounded(
                next_value(fit, plan, values[fit.constant], target, simulated),
                bounds[fit.constant],
            )
            for fit in plan.fit
        }
        change = max(
            float(np.max(np.abs(moved[name] - old) / np.maximum(np.abs(old), 1e-4)))
            for name, old in values.items()
        )
        if told:
            told(number, change)
        if change < plan.tolerance:
            return _outcome(constants, plan, values, target, simulated, number)
        values = moved
    return _outcome(constants, plan, values, target, simulated, 0)


def constant_of(system: System, fit: Fit) -> Constant:
    """Return the fitted constant of a model.

    Raises
    ------
    UnknownNameError
        The model has no such constant, or it is computed.
    """
    name = spelled(system, fit.constant)
    constant = system.variables[name]
    if not isinstance(constant, Constant):
        where = f"{system.path.name}, calibration.toml"
        raise UnknownNameError(where, "constant", fit.constant, [])
    return constant


def _values(
    system: System,
    plan: FitPlan,
    variables: list[str],
    settings: Mapping[str, Floats | float],
    first: bool,
) -> dict[str, Floats]:
    """Return each fit's variable at the start or the end of a run, along its axis."""
    result = run_many(system, [settings], variables, check_ranges=False)
    found = {}
    for fit in plan.fit:
        name = spelled(system, fit.variable)
        array = result.values[name][0, 0 if first else -1]
        axes = [axis.name for axis in system.variables[name].axes]
        found[fit.constant] = along(array, axes, fit.along)
    return found


def along(array: Floats, axes: Sequence[str], kept: Sequence[str]) -> Floats:
    """Return an array summed over the axes that are not kept: (..., *kept).

    Parameters
    ----------
    array : (..., *axes)
    """
    ahead = array.ndim - len(axes)
    order = [ahead + axes.index(name) for name in kept]
    others = [ahead + n for n, name in enumerate(axes) if name not in kept]
    turned = array.transpose(*range(ahead), *order, *others)
    summed = turned.sum(axis=tuple(range(ahead + len(kept), array.ndim)))
    return np.asarray(summed, dtype=np.float64)


def next_value(
    fit: Fit,
    plan: FitPlan,
    value: Floats,
    target: dict[str, Floats],
    simulated: dict[str, Floats],
) -> Floats:
    """Return a constant moved by the miss of its variable, not yet within its range."""
    observed, found = target[fit.constant], simulated[fit.constant]
    both = (observed > SMALLEST) & (found > SMALLEST)
    log = np.where(
        both, np.log(np.where(both, observed, 1.0) / np.where(both, found, 1.0)), 0.0
    )
    if fit.rule == "flow":
        return value + fit.gain * (observed - found) / plan.years
    if fit.rule == "growth":
        moved = value + fit.gain * log / plan.years
        mean = np.average(moved, 0, observed) if fit.mean_zero else 0.0
        return np.asarray(moved - mean)
    if fit.rule == "depletion":
        left = np.maximum(value * plan.years, LEAST_DEPLETION)
        step = np.clip(-fit.gain * log / left, -LARGEST_STEP, LARGEST_STEP)
        return value * np.exp(step)
    moved = value * np.exp(np.clip(fit.gain * log, -LARGEST_STEP, LARGEST_STEP))
    if fit.mean_one:
        moved = moved * observed.sum(axis=0) / (moved * observed).sum(axis=0)
    return moved


def bounded(value: Floats, bounds: tuple[float, float]) -> Floats:
    """Return values within a range."""
    return np.clip(value, *bounds)


def _outcome(
    constants: dict[str, Constant],
    plan: FitPlan,
    values: dict[str, Floats],
    target: dict[str, Floats],
    simulated: dict[str, Floats],
    rounds: int,
) -> FitOutcome:
    """Return what was found; no rounds stand for a fit that has not settled."""
    fitted = []
    for fit in plan.fit:
        name, axes = fit.constant, constants[fit.constant].axes
        elements = tuple(axis.elements for axis in axes) or (("metro",),)
        fitted.append(
            Fitted(
                fit,
                elements,
                np.atleast_1d(values[name]),
                np.atleast_1d(target[name]),
                np.atleast_1d(simulated[name]),
            )
        )
    return FitOutcome(tuple(fitted), rounds or plan.rounds, rounds > 0)
