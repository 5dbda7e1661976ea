"""Write fitted constants where the model reads them, and say how well they fit."""

from pathlib import Path

import numpy as np

from cqsim.errors import UnknownNameError
from cqsim.model.lower import read
from cqsim.model.text import read_model_text
from cqsim.study.census_fit import FitOutcome, Fitted, census_fit
from cqsim.study.fit_plan import FitPlan, read_fit_plan

DIGITS = 6
"""Significant digits of a fitted constant; far more than the data carry."""


def bounds_of(path: Path, plan: FitPlan) -> dict[str, tuple[float, float]]:
    """Return the range that the model gives each fitted constant."""
    model = read_model_text(path)
    bounds = {}
    for fit in plan.fit:
        variable = model.variable(fit.constant)
        if variable is None:
            known = [entry.name for entry in model.of_kind("constant")]
            where = "calibration.toml"
            raise UnknownNameError(where, "constant", fit.constant, known)
        low = -np.inf if variable.low is None else variable.low
        high = np.inf if variable.high is None else variable.high
        bounds[fit.constant] = (float(low), float(high))
    return bounds


def fit_model(folder: Path) -> FitOutcome:
    """Fit the model of a folder by its calibration.toml; nothing is written.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan names what the model does not have.
    """
    plan = read_fit_plan(folder / "calibration.toml")
    path = folder / "metro.mdl"
    system = read(path)
    return census_fit(system, plan, bounds_of(path, plan))


def file_texts(outcome: FitOutcome) -> dict[str, str]:
    """Return the text of each file of fitted constants, a column a constant."""
    columns: dict[str, list[Fitted]] = {}
    for fitted in outcome.fitted:
        columns.setdefault(fitted.fit.file, []).append(fitted)
    return {name: _text(fits) for name, fits in columns.items()}


def _text(fits: list[Fitted]) -> str:
    label = fits[0].fit.along or "scope"
    lines = [",".join((label, *(fitted.fit.constant for fitted in fits)))]
    for number, element in enumerate(fits[0].elements):
        numbers = (f"{fitted.values[number]:.{DIGITS}g}" for fitted in fits)
        lines.append(",".join((element, *numbers)))
    return "\n".join(lines) + "\n"
