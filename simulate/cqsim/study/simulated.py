"""The one place where sweeps meet the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.engine.kernel import Kernel, compile_model
from cqsim.model.system import System

Floats = np.ndarray[Any, np.dtype[np.float64]]

TOGETHER = 200
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


def kernel_of(system: System, clock: Mapping[str, float]) -> Kernel:
    """Return a model ready to run."""
    return compile_model(system, **clock)


def simulated(
    kernel: Kernel, settings: Mapping[str, Floats], outputs: Sequence[str]
) -> Simulated:
    """Return the outputs of runs that differ in some constants.

    Parameters
    ----------
    settings : by constant, (run, *axes)
        At least one.
    """
    runs = len(next(iter(settings.values())))
    # One more than asked: the sums of a lone run are rounded in another order.
    rows = [
        {name: array[min(run, runs - 1)] for name, array in settings.items()}
        for run in range(runs + 1)
    ]
    found = kernel.run(rows, outputs)
    values = {name: array[:runs] for name, array in found.items() if name != "time"}
    return Simulated(found["time"], values, _lost(found["time"], values))


def _lost(
    times: Floats, values: Mapping[str, Floats]
) -> dict[int, tuple[float, str]]:
    """Return the runs with a value that is not finite: when, and which is first."""
    first: dict[int, tuple[float, str]] = {}
    for name, array in values.items():
        flat = np.isfinite(array.reshape(len(array), len(times), -1)).all(axis=2)
        for run in np.flatnonzero(~flat.all(axis=1)):
            when = float(times[int((~flat[run]).argmax())])
            if int(run) not in first or when < first[int(run)][0]:
                first[int(run)] = (when, name)
    return first
