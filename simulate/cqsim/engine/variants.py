"""A model compiled for runs that differ in some of its constants, as sweeps have them.

Which constants differ and which variables are recorded shapes what is compiled, and so
a run's last digits; how many runs there are, and what values they have, does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cqsim.codegen.native import code_generator
from cqsim.codegen.need import prune
from cqsim.compile.ir import System
from cqsim.engine.many import Plan, plan_many, run_plan

Floats = np.ndarray[Any, np.dtype[np.float64]]


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
class Variants:
    """A model, a clock, what all runs set alike, and the variables to record.

    Attributes
    ----------
    shared
        A number, numbers by element, or a lookup's points.
    ready
        What was compiled at the first call.
    """

    system: System = field(repr=False)
    clock: Mapping[str, float]
    shared: Mapping[str, Any]
    outputs: tuple[str, ...]
    ready: Plan | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        system: System,
        clock: Mapping[str, float],
        shared: Mapping[str, Any],
        outputs: Sequence[str],
    ) -> "Variants":
        """Return a model for these outputs, without what they do not need."""
        needed = prune(system, [*outputs, *_controls(system)])
        return cls(needed, clock, shared, tuple(outputs))

    def run(self, settings: Mapping[str, Floats]) -> Simulated:
        """Return the outputs of some runs.

        Parameters
        ----------
        settings : by constant, (run, *axes)
            At least one.
        """
        runs = len(next(iter(settings.values())))
        found = self._run({n: _with_another(array) for n, array in settings.items()})
        values = {}
        for name in self.outputs:
            array = found.values(name)[:runs]
            values[name] = np.broadcast_to(array, (runs, *array.shape[1:]))
        lost: dict[int, tuple[float, str]] = {}
        for one in found.diverged:
            for run in range(runs) if found.runs == 1 else (one.run,):
                lost[run] = (one.time, one.variable)
        kept = {run: first for run, first in lost.items() if run < runs}
        return Simulated(found.times, values, kept)

    def _run(self, given: Mapping[str, Floats]) -> Any:
        known = self.system.variables.keys() | self.system.lookups.keys()
        samples = {n: v for n, v in {**self.shared, **given}.items() if n in known}
        if self.ready is None:
            self.ready = plan_many(
                self.system, samples, self.outputs, clock=self.clock, threads=1
            )
            return run_plan(self.ready)
        return run_plan(self.ready.with_samples(samples))


def engine_name() -> str:
    """Return what computes such runs: with another one the last digits may differ."""
    return f"{code_generator()}, numpy {np.__version__}"


def _controls(system: System) -> list[str]:
    """Return the variables that say when runs start, end, step and save."""
    controls = ("initial time", "final time", "time step", "saveper")
    return [n for n in system.names() if " ".join(n.split("_")).casefold() in controls]


def _with_another(array: Floats) -> Floats:
    """Return the runs of a constant and one more, a hair beside the first.

    Where NumPy runs what cannot be compiled, the sums of a lone run, or of runs that
    are all alike, are rounded in another order than those of runs that differ.
    """
    return np.concatenate([array, np.nextafter(array[:1], np.inf)])
