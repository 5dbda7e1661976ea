"""How the constants of the census fit go with the constants that are free.

A free constant that moved alone would be held where it is by the censuses, which the
fitted constants make exact for the values they were fitted with. So the fit is done
again at a design of points, and each fitted constant becomes a quadratic function of
the free ones; Newton steps with the derivatives at the model's own values then take
away what is left of the misses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from cqsim.compile.ir import System, shape_of
from cqsim.engine.simulation import run_many, spelled
from cqsim.study.census_fit import (
    SMALLEST,
    along,
    bounded,
    constant_of,
    next_value,
    relative_miss,
)
from cqsim.study.fit_plan import Fit, FitPlan
from cqsim.study.priors import Prior, draws

Floats = NDArray[np.float64]
Bounds = Mapping[str, tuple[float, float]]

ROUNDS = 25
"""Rounds of the fit at each point: its misses fall by a factor of 2 to 10 a round."""

ON_LOG = ("factor", "depletion")
"""Rules whose constants multiply, and so are described by their logarithm."""

LEAST = 1e-6

STEPS = 2
"""Newton steps after the quadratic function; a third changes next to nothing."""

RIDGE = 1e-3
"""Keeps a constant from running away to mend a miss on which it has no hold."""

YEARS_OF_A_RATE = 10.0

NUDGE = 0.02
"""By how much a constant, scaled so that its effect is near one, is moved to find the
derivative of the censuses."""


@dataclass(frozen=True, slots=True)
class Refit:
    """Fitted constants as quadratic functions of the free ones.

    Attributes
    ----------
    shapes
        Of each fitted constant, by its name.
    weights : (feature, element), by the name of a fitted constant
    newton : (element of all constants, element of all variables)
        The step of the scaled constants that takes away a logarithmic miss.
    error
        Root mean square of what the functions leave, by name: relative for a constant
        on a logarithm, else in its unit.
    """

    centre: Floats
    width: Floats
    fits: tuple[Fit, ...]
    bounds: Bounds
    shapes: Mapping[str, tuple[int, ...]]
    weights: Mapping[str, Floats]
    newton: Floats
    error: Mapping[str, float]

    def values(self, points: Floats) -> dict[str, Floats]:
        """Return the fitted constants at points (point, constant): (point, *axes)."""
        features = features_of((points - self.centre) / self.width)
        found = {}
        for fit in self.fits:
            value = features @ self.weights[fit.constant]
            value = np.exp(value) if fit.rule in ON_LOG else value
            value = bounded(value, self.bounds[fit.constant])
            found[fit.constant] = self._shaped(fit, value)
        return found

    def corrected(
        self, values: Mapping[str, Floats], miss: Floats
    ) -> dict[str, Floats]:
        """Return fitted constants after a Newton step.

        Parameters
        ----------
        miss : (point, element of all variables)
            The logarithm of simulated over observed.
        """
        steps = -miss @ self.newton.T
        found, first = {}, 0
        for fit in self.fits:
            own = values[fit.constant].reshape(len(miss), -1)
            last = first + own.shape[1]
            moved = scaled_by(fit, own, steps[:, first:last])
            moved = bounded(moved, self.bounds[fit.constant])
            found[fit.constant] = self._shaped(fit, moved)
            first = last
        return found

    def _shaped(self, fit: Fit, values: Floats) -> Floats:
        """Return values (point, element) as (point, *axes)."""
        return values.reshape(len(values), *self.shapes[fit.constant])


def scaled_by(fit: Fit, values: Floats, steps: Floats) -> Floats:
    """Return constants moved by steps of their scaled form.

    A constant that multiplies or empties is scaled by its logarithm, a flow by its own
    size, and a yearly rate by the ten years between two censuses.
    """
    if fit.rule in ON_LOG:
        return np.asarray(values * np.exp(np.clip(steps, -1.0, 1.0)))
    if fit.rule == "flow":
        return np.asarray(values * (1 + steps))
    return np.asarray(values + steps / YEARS_OF_A_RATE)


def feature_count(constants: int) -> int:
    """Return how many features some free constants have."""
    return 1 + constants + constants * (constants + 1) // 2


def features_of(scaled: Floats) -> Floats:
    """Return 1, each constant, and each product of two: (point, feature)."""
    count, size = scaled.shape
    pairs = combinations_with_replacement(range(size), 2)
    products = [scaled[:, i] * scaled[:, j] for i, j in pairs]
    return np.column_stack([np.ones(count), scaled, *products])


def refit(
    system: System,
    plan: FitPlan,
    bounds: Bounds,
    priors: Sequence[Prior],
    told: Callable[[str], None],
) -> Refit:
    """Return how fitted constants go with the free ones, from a design of runs."""
    assert plan.posterior is not None
    random = np.random.default_rng(plan.posterior.seed)
    sampler = qmc.LatinHypercube(len(priors), rng=random)
    points = draws(priors, sampler.random(plan.posterior.design))
    fitted = batch_fit(system, plan, bounds, free_columns(priors, points), told)
    centre = np.array([p.value for p in priors])
    width = np.array([(p.high - p.low) / 2 for p in priors])
    features = features_of((points - centre) / width)
    weights: dict[str, Floats] = {}
    error: dict[str, float] = {}
    for fit in plan.fit:
        values = fitted[fit.constant].reshape(len(points), -1)
        target = np.log(np.maximum(values, LEAST)) if fit.rule in ON_LOG else values
        solved = np.linalg.lstsq(features, target, rcond=1e-8)[0]
        weights[fit.constant] = np.asarray(solved, dtype=np.float64)
        left = target - features @ solved
        error[fit.constant] = float(np.sqrt(np.mean(left**2)))
    newton = newton_of(system, plan)
    shapes = {fit.constant: fitted[fit.constant].shape[1:] for fit in plan.fit}
    return Refit(centre, width, plan.fit, bounds, shapes, weights, newton, error)


def shapes_of(system: System, plan: FitPlan) -> dict[str, tuple[int, ...]]:
    """Return the shape of each fitted constant, by its name."""
    return {f.constant: shape_of(constant_of(system, f).axes) for f in plan.fit}


def newton_of(system: System, plan: FitPlan) -> Floats:
    """Return the step of all fitted constants that takes away logarithmic misses.

    From runs with the model's own values, and with one constant after the other moved.
    """
    constants = {fit.constant: constant_of(system, fit) for fit in plan.fit}
    own = {name: np.array(constant.values) for name, constant in constants.items()}
    count = sum(values.size for values in own.values())
    columns, first = {}, 0
    for fit in plan.fit:
        values = np.repeat(own[fit.constant][None], count + 1, axis=0)
        steps = np.zeros_like(values)
        size = values.shape[1]
        steps[1 + first : 1 + first + size] = NUDGE * np.eye(size)
        moved = scaled_by(fit, values, steps)
        shape = shape_of(constants[fit.constant].axes)
        columns[fit.constant] = moved.reshape(count + 1, *shape)
        first += size
    miss = log_misses(system, plan, columns)
    slopes = ((miss[1:] - miss[0]) / NUDGE).T
    square = slopes.T @ slopes + RIDGE * np.eye(count)
    return np.asarray(np.linalg.solve(square, slopes.T), dtype=np.float64)


def log_misses(system: System, plan: FitPlan, columns: Mapping[str, Floats]) -> Floats:
    """Return the logarithm of simulated over observed of all fitted variables.

    0 where nothing is observed or simulated: (run, element of all variables).
    """
    target = _sums(system, plan, {}, plan.end, 0)
    found = _sums(system, plan, columns, plan.start, -1)
    parts = []
    for fit in plan.fit:
        simulated = found[fit.constant]
        simulated = simulated.reshape(len(simulated), -1)
        observed = target[fit.constant].reshape(1, -1)
        both = (simulated > SMALLEST) & (observed > SMALLEST)
        ratio = np.where(both, simulated, 1.0) / np.where(both, observed, 1.0)
        parts.append(np.log(ratio))
    return np.concatenate(parts, axis=1)


def free_columns(priors: Sequence[Prior], points: Floats) -> dict[str, Floats]:
    """Return points as an ensemble takes them: a column a constant."""
    return {prior.name: points[:, n] for n, prior in enumerate(priors)}


def batch_fit(
    system: System,
    plan: FitPlan,
    bounds: Bounds,
    free: Mapping[str, Floats],
    told: Callable[[str], None],
) -> dict[str, Floats]:
    """Return the fitted constants (run, *axes) of many runs, all fitted together."""
    count = len(next(iter(free.values())))
    arrived = _sums(system, plan, {}, plan.end, 0)
    target = {name: array[0] for name, array in arrived.items()}
    values = {}
    for fit in plan.fit:
        constant = constant_of(system, fit)
        own = np.array(constant.values).reshape(shape_of(constant.axes))
        values[fit.constant] = np.repeat(own[None], count, axis=0)
    for number in range(ROUNDS):
        simulated = _sums(system, plan, {**free, **values}, plan.start, -1)
        for fit in plan.fit:
            own = values[fit.constant]
            for run in range(count):
                at = {name: array[run] for name, array in simulated.items()}
                moved = next_value(fit, plan, own[run], target, at)
                own[run] = bounded(moved, bounds[fit.constant])
        told(f"fit at {count} points, round {number + 1} of {ROUNDS}")
    return values


def _sums(
    system: System, plan: FitPlan, columns: Mapping[str, Any], start: int, at: int
) -> dict[str, Floats]:
    """Return the variable of each fit (run, *axes) along its axis at one time."""
    names = sorted({fit.variable for fit in plan.fit})
    end = plan.end if at else plan.end + 1
    clock = {"start": float(start), "end": float(end)}
    ensemble = run_many(system, columns or [{}], names, clock=clock, check_ranges=False)
    found = {}
    for fit in plan.fit:
        name = spelled(system, fit.variable)
        values, axes = ensemble.values[name][:, at], ensemble.axes[name]
        found[fit.constant] = along(values, axes, fit.along)
    return found


def census_miss(system: System, plan: FitPlan, columns: Mapping[str, Floats]) -> float:
    """Return the largest relative miss of a fitted variable, over runs and elements."""
    target = _sums(system, plan, {}, plan.end, 0)
    found = _sums(system, plan, columns, plan.start, -1)
    return max(
        float(np.max(np.abs(relative_miss(found[name], target[name]))))
        for name in target
    )
