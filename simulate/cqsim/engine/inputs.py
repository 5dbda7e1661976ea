"""From settings by name to the arrays that emitted NumPy code takes, run axis last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.codegen.support import Curves
from cqsim.compile.ir import Constant, Lookup, System
from cqsim.engine.clock import Clock
from cqsim.engine.controls import clock_of
from cqsim.engine.places import (
    Array,
    Settable,
    SettingError,
    base_of,
    points_of,
    value_of,
)

Setting = float | Array | Sequence[Any] | Mapping[Any, float]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a batch of runs starts from; arrays (*axes, run or 1)."""

    clock: Clock
    constants: dict[str, Array]
    lookups: dict[str, Curves]
    initials: dict[str, Array]


def pack(
    system: System, clock: Mapping[str, float], rows: Sequence[Mapping[str, Setting]]
) -> Inputs:
    """Return the arrays for a batch of runs.

    Raises
    ------
    UnknownNameError
        If a setting names nothing that a run may set.
    SettingError
        If a value has the wrong shape.
    ClockError
        If runs differ in when they start or step.
    """
    settable = Settable(system)
    given: dict[str, dict[int, Setting]] = {}
    for run, row in enumerate(rows):
        for name, value in row.items():
            given.setdefault(settable.name(name), {})[run] = value
    constants: dict[str, Array] = {}
    initials: dict[str, Array] = {}
    for name, variable in system.variables.items():
        if name in given or isinstance(variable, Constant):
            values = _stack(settable, name, given.get(name, {}), len(rows))
            (constants if isinstance(variable, Constant) else initials)[name] = values
    lookups = {
        name: _curves(lookup, given.get(name, {}), len(rows))
        for name, lookup in system.lookups.items()
    }
    return Inputs(clock_of(system, constants, clock), constants, lookups, initials)


def _stack(
    settable: Settable, name: str, given: Mapping[int, Setting], runs: int
) -> Array:
    """Return a constant's values, one set for each run where runs differ."""
    base = base_of(settable.system, name)
    if not given and base is not None:
        return base[..., None]
    if base is None and len(given) < runs:
        what = "some runs set its initial value and others do not"
        raise SettingError(name, what, "Set it in every run of the batch.")
    values = [
        value_of(settable, name, given[n]) if n in given else base for n in range(runs)
    ]
    arrays = [np.asarray(value) for value in values]
    if all(array is arrays[0] or np.array_equal(array, arrays[0]) for array in arrays):
        arrays = arrays[:1]
    return np.stack(arrays, axis=-1)


def _curves(lookup: Lookup, given: Mapping[int, Setting], runs: int) -> Curves:
    """Return a lookup's points; a run may replace all its curves by one."""
    own = [(curve.x, curve.y) for curve in lookup.curves]
    sets = [own]
    if given:
        sets = [
            [points_of(lookup.name, given[n])] * len(own) if n in given else own
            for n in range(runs)
        ]
    length = max(len(x) for curves in sets for x, _ in curves)
    x, y = (
        np.array([[padded(curve[side], length) for curve in curves] for curves in sets])
        for side in (0, 1)
    )
    return Curves(np.moveaxis(x, 0, -1), np.moveaxis(y, 0, -1), lookup.interpolation)


def padded(values: Sequence[float], length: int) -> list[float]:
    """Return values with the last one repeated up to a length."""
    return [*values, *[values[-1]] * (length - len(values))]
