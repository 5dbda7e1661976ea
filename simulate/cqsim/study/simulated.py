"""The one place where sweeps meet the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.engine.many import Plan, plan_many, run_plan
from cqsim.model.system import System

Floats = np.ndarray[Any, np.dtype[np.float64]]

TOGETHER = 250
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


@dataclass(slots=True)
class Engine:
    """A model compiled for runs that differ in the same constants.

    Attributes
    ----------
    varied
        The constants that differ between the runs.
    ready
        The plan of the first runs, used again for those after them.
    """

    system: System
    clock: Mapping[str, float]
    varied: frozenset[str]
    outputs: tuple[str, ...]
    ready: Plan | None = None

    def run(self, settings: Mapping[str, Floats]) -> Simulated:
        """Return the outputs of some runs.

        Parameters
        ----------
        settings : by constant, (run, *axes)
            At least one; constants that do not differ are the same in all runs.
        """
        runs = len(next(iter(settings.values())))
        given = {
            name: _with_another(array) if name in self.varied else array[0]
            for name, array in settings.items()
        }
        if self.ready is None:
            self.ready = plan_many(
                self.system, given, self.outputs, clock=self.clock, threads=1
            )
        found = run_plan(self.ready.with_samples(given))
        lost = {d.run: (d.time, d.variable) for d in found.diverged if d.run < runs}
        values = {name: found.values(name)[:runs] for name in self.outputs}
        return Simulated(found.times, values, lost)


def _with_another(array: Floats) -> Floats:
    """Return the runs of a constant and one more, a hair beside the first.

    The sums of a lone run, or of runs that are all alike, are rounded in another order
    than those of runs that differ.
    """
    return np.concatenate([array, np.nextafter(array[:1], np.inf)])
