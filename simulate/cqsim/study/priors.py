"""Priors of free constants: normal or uniform, cut off at the ends of a range."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import truncnorm, uniform

from cqsim.compile.ir import Constant, System
from cqsim.errors import UnknownNameError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.study.fit_plan import Free

Floats = NDArray[np.float64]

PART_OF_RANGE = 0.25
"""Standard deviation of a normal prior as a part of the range: its ends are the central
95 % where the model's value lies in the middle."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A free constant: its name, unit, value in the model, range and distribution."""

    name: str
    unit: str
    value: float
    low: float
    high: float
    distribution: Any

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return float(self.distribution.std())


def priors_of(
    model: Model, system: System, free: Sequence[Free], where: str
) -> list[Prior]:
    """Return the priors of free constants.

    Raises
    ------
    UnknownNameError
        The model has no such constant of one number with a range of two ends.
    """
    constants = {
        canonical(name): variable
        for name, variable in system.variables.items()
        if isinstance(variable, Constant) and not variable.axes
    }
    found = []
    for entry in free:
        variable = model.variable(entry.name)
        constant = constants.get(canonical(entry.name))
        if (
            variable is None
            or constant is None
            or None in (variable.low, variable.high)
        ):
            kind = "constant with a range"
            raise UnknownNameError(where, kind, entry.name, sorted(constants))
        assert variable.low is not None
        assert variable.high is not None
        low, high, value = variable.low, variable.high, constant.values[0]
        spread = PART_OF_RANGE * (high - low)
        ends = (low - value) / spread, (high - value) / spread
        distribution = (
            truncnorm(*ends, loc=value, scale=spread)
            if entry.prior == "normal"
            else uniform(low, high - low)
        )
        prior = Prior(variable.name, variable.unit, value, low, high, distribution)
        found.append(prior)
    return found


def log_density(priors: Sequence[Prior], points: Floats) -> Floats:
    """Return the log of the joint prior density, one a point: (point,)."""
    parts = [p.distribution.logpdf(points[:, n]) for n, p in enumerate(priors)]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def draws(priors: Sequence[Prior], uniforms: Floats) -> Floats:
    """Return draws (point, constant) from uniform numbers of the same shape."""
    columns = [p.distribution.ppf(uniforms[:, n]) for n, p in enumerate(priors)]
    return np.stack(columns, axis=1)
