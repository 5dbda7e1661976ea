"""The one place where sweeps meet the engine."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.engine.many import run_many
from cqsim.model.system import System

Floats = np.ndarray[Any, np.dtype[np.float64]]

TOGETHER = 1000
"""How many runs are computed together; memory grows with it, the numbers do not."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """The outputs of some runs.

    Attributes
    ----------
    values : by variable, (run, time, *axes)
    lost
        By run that diverged: the first time and variable that were not finite.
    """

    times: Floats
    values: Mapping[str, Floats]
    lost: Mapping[int, tuple[float, str]]


def simulated(
    system: System,
    clock: Mapping[str, float],
    settings: Mapping[str, Floats],
    varied: Container[str],
    outputs: Sequence[str],
) -> Simulated:
    """Return the outputs of runs that differ in some constants.

    Parameters
    ----------
    settings : by constant, (run, *axes)
        At least one.
    varied
        The constants that differ between the runs of the whole sweep.
    """
    runs = len(next(iter(settings.values())))
    given = {
        name: _with_another(array) if name in varied else array[0]
        for name, array in settings.items()
    }
    found = run_many(system, given, outputs, clock=clock, threads=1)
    lost = {d.run: (d.time, d.variable) for d in found.diverged if d.run < runs}
    values = {name: found.values(name)[:runs] for name in outputs}
    return Simulated(found.times, values, lost)


def _with_another(array: Floats) -> Floats:
    """Return the runs of a constant and one more, whose values differ from the first.

    So the engine compiles the same program for all parts of a sweep: one in which the
    constant varies, also for a part in which it happens not to.
    """
    return np.concatenate([array, np.nextafter(array[:1], np.inf)])
