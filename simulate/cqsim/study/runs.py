"""Runs of a sweep: the inputs that are drawn for them, and the numbers they give."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cqsim.study.plan import Plan

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Lost:
    """A run that diverged: when, and which variable was first not finite."""

    run: int
    time: float
    variable: str


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive runs of a sweep.

    Attributes
    ----------
    values : (run, column)
        NaN where an indicator is undefined, and in all columns of a lost run.
    """

    first: int
    values: Floats = field(repr=False)
    lost: tuple[Lost, ...]


def input_names(plan: Plan) -> list[str]:
    """Return the names of what differs; a posterior's constants after the inputs."""
    names = [given.id for given in plan.sweep.inputs]
    posterior = plan.sweep.posterior
    if posterior is None:
        return names
    drawn = zip(posterior.constants, posterior.places, strict=True)
    return [
        *names,
        *(f"{n}[{';'.join(','.join(p) for p in at)}]" if at else n for n, at in drawn),
    ]


def drawn_inputs(plan: Plan, first: int, last: int) -> Floats:
    """Return the values of the inputs in some runs, as drawn: (run, input)."""
    points = np.arange(first, last) // len(plan.bases)
    sweep = plan.sweep
    found = sweep.design.points(points[0], points[-1] + 1)[points - points[0]]
    drawn = np.empty((last - first, len(sweep.inputs)))
    for number, given in enumerate(sweep.inputs):
        drawn[:, number] = given.distribution.values(found[:, number])
    if sweep.posterior is None:
        return drawn
    rows = sweep.posterior.rows(found[:, len(sweep.inputs)])
    return np.concatenate([drawn, rows], axis=1)
