"""An emulator of the census fit: fitted constants as functions of the free ones.

A free constant that moved alone would be held where it is by the censuses, which the
fitted constants make exact for the values they were fitted with. So the fit is done
again at a design of points, and each fitted constant becomes a quadratic function of
the free ones (a response surface); Newton steps with the derivatives at the model's own
values then take away what is left of the misses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from cqsim.study.calibrate import CensusFit, relative_miss
from cqsim.study.fit_plan import Fit, log_ratio
from cqsim.study.priors import Prior, draws

Floats = NDArray[np.float64]
Progress = Callable[[str], None]

ROUNDS = 25
"""Iterations of the fit at each point: each lets its misses fall by 2 to 10 times."""

LEAST = 1e-6
"""Floor of a constant that is described by its logarithm."""

NEWTON_STEPS = 2
"""Newton steps after the quadratic function; a third changes next to nothing."""

RIDGE = 1e-3
"""Keeps a constant from running away to mend a miss on which it has no hold."""

YEARS_OF_A_RATE = 10.0

DIFFERENCE = 0.02
"""By how much a constant, scaled so that its effect is near one, is moved to find the
derivative of the censuses."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """Fitted constants as quadratic functions of the free ones.

    Attributes
    ----------
    centre, width : (free constant,)
        What the free constants are scaled by before they enter the functions.
    weights : (feature, element), by the name of a fitted constant
    newton : (element of all constants, element of all variables)
        The step of the scaled constants that takes away a logarithmic miss.
    error
        Root mean square of what the functions leave, by name: relative for a constant
        on a logarithm, else in its unit.
    """

    census: CensusFit
    priors: tuple[Prior, ...]
    centre: Floats
    width: Floats
    weights: Mapping[str, Floats]
    newton: Floats
    error: Mapping[str, float]

    @classmethod
    def learnt(
        cls,
        census: CensusFit,
        priors: Sequence[Prior],
        seed: int,
        design: int,
        progress: Progress,
    ) -> "Emulator":
        """Return the functions fitted to a design of so many calibrated runs."""
        sampler = qmc.LatinHypercube(len(priors), rng=np.random.default_rng(seed))
        points = draws(priors, sampler.random(design))
        fitted = census.fitted(
            free_settings(priors, points),
            design,
            lambda n, _: progress(f"fit at {design} points, round {n} of {ROUNDS}"),
            rounds=ROUNDS,
            tolerance=0.0,
        )
        centre = np.array([prior.value for prior in priors])
        width = np.array([(prior.high - prior.low) / 2 for prior in priors])
        features = features_of((points - centre) / width)
        weights, error = {}, {}
        for fit in census.plan.fit:
            values = fitted.values[fit.constant].reshape(design, -1)
            if fit.is_multiplied:
                values = np.log(np.maximum(values, LEAST))
            solved = np.linalg.lstsq(features, values, rcond=1e-8)[0]
            weights[fit.constant] = np.asarray(solved, dtype=np.float64)
            left = values - features @ solved
            error[fit.constant] = float(np.sqrt(np.mean(left**2)))
        newton = _newton_matrix(census)
        return cls(census, tuple(priors), centre, width, weights, newton, error)

    def arrays(self) -> dict[str, Floats]:
        """Return all that was learnt, as `restored` takes it."""
        found = {"centre": self.centre, "width": self.width, "newton": self.newton}
        found |= {f"weights {name}": w for name, w in self.weights.items()}
        return found | {f"error {name}": np.array(e) for name, e in self.error.items()}

    @classmethod
    def restored(
        cls,
        census: CensusFit,
        priors: Sequence[Prior],
        arrays: Mapping[str, Floats],
    ) -> "Emulator":
        """Return the functions whose arrays were stored."""
        names = [fit.constant for fit in census.plan.fit]
        return cls(
            census,
            tuple(priors),
            arrays["centre"],
            arrays["width"],
            {name: arrays[f"weights {name}"] for name in names},
            arrays["newton"],
            {name: float(arrays[f"error {name}"]) for name in names},
        )

    def settings(self, points: Floats) -> dict[str, Floats]:
        """Return free and fitted constants at points (point, free constant).

        Arrays (point, *axes) by constant, with which runs arrive at the census.
        """
        free = free_settings(self.priors, points)
        values = self._functions(points)
        for _ in range(NEWTON_STEPS):
            miss = _log_misses(self.census, {**free, **values})
            values = self._corrected(values, np.where(np.isfinite(miss), miss, 0))
        return {**free, **values}

    def census_miss(self, points: Floats) -> float:
        """Return the largest relative miss of a fitted variable at any point."""
        found = self.census.simulated(self.settings(points))
        return max(
            float(np.max(np.abs(relative_miss(found[name], observed))))
            for name, observed in self.census.observed.items()
        )

    def _functions(self, points: Floats) -> dict[str, Floats]:
        features = features_of((points - self.centre) / self.width)
        found = {}
        for fit in self.census.plan.fit:
            value = features @ self.weights[fit.constant]
            value = np.exp(value) if fit.is_multiplied else value
            found[fit.constant] = self._within(fit, value)
        return found

    def _corrected(
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
        for fit in self.census.plan.fit:
            own = values[fit.constant].reshape(len(miss), -1)
            last = first + own.shape[1]
            moved = _moved(fit, own, steps[:, first:last])
            found[fit.constant] = self._within(fit, moved)
            first = last
        return found

    def _within(self, fit: Fit, values: Floats) -> Floats:
        """Return values (point, element) within the range, as (point, *axes)."""
        values = self.census.bounded(fit.constant, values)
        return values.reshape(len(values), *self.census.shape(fit.constant))


def free_settings(priors: Sequence[Prior], points: Floats) -> dict[str, Floats]:
    """Return points (point, free constant) as columns (point,) by constant."""
    return {prior.name: points[:, n] for n, prior in enumerate(priors)}


def features_of(scaled: Floats) -> Floats:
    """Return 1, each constant, and each product of two: (point, feature)."""
    count, size = scaled.shape
    pairs = combinations_with_replacement(range(size), 2)
    products = [scaled[:, i] * scaled[:, j] for i, j in pairs]
    return np.column_stack([np.ones(count), scaled, *products])


def _moved(fit: Fit, values: Floats, steps: Floats) -> Floats:
    """Return constants moved by steps of their scaled form.

    A constant that multiplies or empties is scaled by its logarithm, a flow by its own
    size, and a yearly rate by the ten years between two censuses.
    """
    if fit.is_multiplied:
        return np.asarray(values * np.exp(np.clip(steps, -1.0, 1.0)))
    if fit.rule == "flow":
        return np.asarray(values * (1 + steps))
    return np.asarray(values + steps / YEARS_OF_A_RATE)


def _newton_matrix(census: CensusFit) -> Floats:
    """Return the step of all fitted constants that takes away logarithmic misses.

    From runs with the model's own values, and with one constant after the other moved.
    """
    own = {name: values.ravel() for name, values in census.own_values().items()}
    count = sum(values.size for values in own.values())
    settings, first = {}, 0
    for fit in census.plan.fit:
        values = np.repeat(own[fit.constant][None], count + 1, axis=0)
        size = values.shape[1]
        steps = np.zeros_like(values)
        steps[1 + first : 1 + first + size] = DIFFERENCE * np.eye(size)
        moved = _moved(fit, values, steps)
        settings[fit.constant] = moved.reshape(count + 1, *census.shape(fit.constant))
        first += size
    miss = _log_misses(census, settings)
    slopes = ((miss[1:] - miss[0]) / DIFFERENCE).T
    square = slopes.T @ slopes + RIDGE * np.eye(count)
    return np.asarray(np.linalg.solve(square, slopes.T), dtype=np.float64)


def _log_misses(census: CensusFit, settings: Mapping[str, Floats]) -> Floats:
    """Return the logarithm of simulated over observed of all fitted variables.

    0 where nothing is observed or simulated: (run, element of all variables).
    """
    parts = [
        log_ratio(simulated, census.observed[name]).reshape(len(simulated), -1)
        for name, simulated in census.simulated(settings).items()
    ]
    return np.concatenate(parts, axis=1)
