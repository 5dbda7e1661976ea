"""The one place where sweeps meet the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cqsim.codegen.need import prune
from cqsim.engine.many import Plan, plan_many, run_plan
from cqsim.model.system import Pipeline, System

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
class _Half:
    """A part of a model, with the outputs that it gives."""

    system: System
    outputs: tuple[str, ...]
    ready: Plan | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """A model compiled for runs that differ in some constants.

    Outputs behind a delay of a fixed length are computed apart from the others, since
    the compiled program takes no such delay and the rest is to be quick.

    Attributes
    ----------
    shared
        What all runs set alike: a number, numbers by element, or a lookup's points.
    """

    clock: Mapping[str, float]
    shared: Mapping[str, Any]
    halves: tuple[_Half, ...] = field(repr=False)

    @classmethod
    def of(
        cls,
        system: System,
        clock: Mapping[str, float],
        shared: Mapping[str, Any],
        outputs: Sequence[str],
    ) -> "Engine":
        """Return an engine for these outputs; nothing is compiled yet."""
        delayed = [name for name in outputs if _is_delayed(system, name)]
        others = [name for name in outputs if name not in delayed]
        halves = tuple(
            _Half(prune(system, [*names, *_controls(system)]), tuple(names))
            for names in (others, delayed)
            if names
        )
        return cls(clock, shared, halves)

    def run(self, settings: Mapping[str, Floats]) -> Simulated:
        """Return the outputs of some runs.

        Parameters
        ----------
        settings : by constant, (run, *axes)
            At least one.
        """
        runs = len(next(iter(settings.values())))
        given = {name: _with_another(array) for name, array in settings.items()}
        values: dict[str, Floats] = {}
        lost: dict[int, tuple[float, str]] = {}
        times = np.empty(0)
        for half in self.halves:
            found = self._run(half, given)
            times = found.times
            for one in found.diverged:
                for run in range(runs) if found.runs == 1 else (one.run,):
                    first = (one.time, one.variable)
                    lost[run] = min(lost.get(run, first), first)
            for name in half.outputs:
                array = found.values(name)[:runs]
                values[name] = np.broadcast_to(array, (runs, *array.shape[1:]))
        return Simulated(times, values, {r: f for r, f in lost.items() if r < runs})

    def _run(self, half: _Half, given: Mapping[str, Floats]) -> Any:
        known = half.system.variables.keys() | half.system.lookups.keys()
        samples = {n: v for n, v in {**self.shared, **given}.items() if n in known}
        if half.ready is None:
            half.ready = plan_many(
                half.system, samples, half.outputs, clock=self.clock, threads=1
            )
            return run_plan(half.ready)
        return run_plan(half.ready.with_samples(samples))


def _is_delayed(system: System, name: str) -> bool:
    needed = prune(system, [name]).variables.values()
    return any(isinstance(variable, Pipeline) for variable in needed)


def _controls(system: System) -> list[str]:
    """Return the variables that say when runs start, end, step and save."""
    controls = ("initial time", "final time", "time step", "saveper")
    return [n for n in system.names() if " ".join(n.split("_")).casefold() in controls]


def _with_another(array: Floats) -> Floats:
    """Return the runs of a constant and one more, a hair beside the first.

    The sums of a lone run, or of runs that are all alike, are rounded in another order
    than those of runs that differ.
    """
    return np.concatenate([array, np.nextafter(array[:1], np.inf)])
