"""Delays that are shorter than their levels have steps: no run can follow them.

Each level of a delay must keep what flows in for at least one step, or the delay puts
out more than it holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cqsim.codegen.need import Spread, differences
from cqsim.compile.ir import Constant, Limit, System
from cqsim.engine.places import Array
from cqsim.engine.samples import Samples, chunks
from cqsim.errors import InputFileError

#: Runs whose delay times are worked out together.
_TOGETHER = 4096

AtStart = Callable[[Sequence[Mapping[str, Any]], tuple[str, ...]], dict[str, Array]]


def limits_in(system: System) -> list[Limit]:
    """Return the delays whose time is a variable of this system."""
    return [limit for limit in system.limits if limit.time in system.variables]


def refuse_short_delays(system: System, step: float, values: Iterable[Array]) -> None:
    """Refuse a batch in which a delay is shorter than its steps.

    Parameters
    ----------
    values : arrays (*axes, run)
        The times at the start, in the order of `limits_in`.

    Raises
    ------
    InputFileError
        With the line of the equation that the delay stands in.
    """
    pairs = list(zip(limits_in(system), values, strict=True))
    written = [
        (k, np.array(k.time)) for k in system.limits if isinstance(k.time, float)
    ]
    for limit, time in (*pairs, *written):
        shortest = float(np.min(time))
        if limit.order * step > shortest:
            what = (
                f"the delay in '{limit.owner}' takes {shortest:g}, which is shorter "
                f"than {limit.order} steps of {step:g}"
            )
            note = system.notes.get(limit.owner)
            remedy = "Shorten TIME STEP, or lengthen the delay."
            raise InputFileError(system.path, note.line if note else 0, what, remedy)


def runs_with_short_delays(
    system: System, samples: Samples, step: float, at_start: AtStart
) -> Any:
    """Return which runs of an ensemble hold a delay that is too short.

    Parameters
    ----------
    at_start
        Works out variables at the start of some runs: arrays (run, *axes).

    Returns
    -------
    (run,) truths
    """
    short = np.zeros(samples.runs, dtype=bool)
    limits = limits_in(system)
    spread = differences(system, samples.varied).variables
    varied = [k for k in limits if spread[str(k.time)] is Spread.VARIED]
    alike = tuple(str(k.time) for k in limits if k not in varied)
    found = at_start([samples.row(0)], alike)
    fixed = replace(system, limits=tuple(k for k in system.limits if k not in varied))
    refuse_short_delays(fixed, step, [found[name] for name in alike])
    computed: dict[str, int] = {}
    for limit in varied:
        if isinstance(system.variables[str(limit.time)], Constant):
            least = _shortest(system, samples, str(limit.time))
            short |= limit.order * step > least
        else:
            computed[str(limit.time)] = limit.order
    for first, last in chunks(samples.runs, _TOGETHER) if computed else ():
        rows = [samples.row(run) for run in range(first, last)]
        found = at_start(rows, tuple(computed))
        for name, order in computed.items():
            flat = found[name].reshape(last - first, -1).min(axis=1)
            short[first:last] |= order * step > flat
    return short


def _shortest(system: System, samples: Samples, name: str) -> Array:
    """Return the least element of a constant in each run."""
    variable = system.variables[name]
    assert isinstance(variable, Constant)
    own = samples.shared.get(name)
    base = np.array(variable.values) if own is None else np.ravel(own)
    least = np.full(samples.runs, np.min(base))
    for column in samples.columns:
        if column.name == name:
            values = column.values.reshape(samples.runs, -1).min(axis=1)
            whole = column.where is None
            least = values if whole else np.minimum(least, values)
    return least
