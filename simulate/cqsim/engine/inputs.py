"""From settings by name to the arrays that emitted code takes, run axis last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.codegen.support import Curves
from cqsim.engine.clock import Clock, clock_of
from cqsim.errors import CqsimError, UnknownNameError
from cqsim.model.lower.source import key_of
from cqsim.model.system import Axes, Constant, Lookup, State, System, shape_of

Array = np.ndarray[Any, np.dtype[np.float64]]
Setting = float | Array | Sequence[Any] | Mapping[str, float]


class SettingError(CqsimError):
    """A setting that does not fit what it is for."""

    def __init__(self, name: str, what: str, remedy: str) -> None:
        super().__init__(name, what, remedy)

    def __str__(self) -> str:
        name, what, remedy = self.args
        return f"{name}: {what}. {remedy}"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a batch of runs starts from; arrays (*axes, run or 1)."""

    clock: Clock
    constants: dict[str, Array]
    lookups: dict[str, Curves]
    initials: dict[str, Array]


def pack(
    system: System, clock: Mapping[str, float], rows: list[Mapping[str, Setting]]
) -> Inputs:
    """Return the arrays for a batch of runs.

    Raises
    ------
    UnknownNameError
        If a setting names nothing that a run may set.
    SettingError
        If a value has the wrong shape, or runs differ in when they start or step.
    """
    settable = {key_of(n): n for n, v in system.variables.items() if _can_set(v)}
    settable |= {key_of(name): name for name in system.lookups if name[0] != "#"}
    given: dict[str, dict[int, Setting]] = {}
    for run, row in enumerate(rows):
        for name, value in row.items():
            found = settable.get(key_of(name)) or _unknown(system, settable, name)
            given.setdefault(found, {})[run] = value
    constants, initials = {}, {}
    for name, variable in system.variables.items():
        if isinstance(variable, Constant):
            base = np.array(variable.values).reshape(shape_of(variable.axes))
            constants[name] = _stack(name, variable.axes, base, given.get(name), rows)
        elif name in given:
            initials[name] = _stack(name, variable.axes, None, given[name], rows)
    lookups = {
        name: _curves(lookup, given.get(name), len(rows))
        for name, lookup in system.lookups.items()
    }
    times = clock_of(system, constants, clock)
    return Inputs(times, constants, lookups, initials)


def _can_set(variable: Any) -> bool:
    return isinstance(variable, Constant | State) and not variable.name.startswith("#")


def _unknown(system: System, settable: Mapping[str, str], name: str) -> str:
    known = {key_of(n) for n in system.names()}
    if key_of(name) in known:
        what = "it is computed by an equation, and only constants can be set"
        raise SettingError(name, what, "Set the constants that it is computed from.")
    raise UnknownNameError("settings", "constant", name, sorted(settable.values()))


def _stack(
    name: str,
    axes: Axes,
    base: Array | None,
    given: dict[int, Setting] | None,
    rows: Sequence[Any],
) -> Array:
    """Return a constant's values, one set for each run where runs differ."""
    if given is None:
        assert base is not None
        return base[..., None]
    values = [
        _value(name, axes, base, given[n]) if n in given else _kept(name, base)
        for n in range(len(rows))
    ]
    if len(values) > 1 and all(np.array_equal(v, values[0]) for v in values[1:]):
        values = values[:1]
    return np.stack(values, axis=-1)


def _kept(name: str, base: Array | None) -> Array:
    if base is None:
        what = "some runs set its initial value and others do not"
        raise SettingError(name, what, "Set it in every run of the batch.")
    return base


def _value(name: str, axes: Axes, base: Array | None, setting: Setting) -> Array:
    shape = shape_of(axes)
    if isinstance(setting, Mapping):
        return _by_element(name, axes, base, setting)
    try:
        array = np.asarray(setting, dtype=np.float64)
        return np.array(np.broadcast_to(array, shape))
    except (TypeError, ValueError) as error:
        what = f"the value does not fit its shape {shape}"
        raise SettingError(name, what, "Give a number, or one for each element.") from error


def _by_element(
    name: str, axes: Axes, base: Array | None, setting: Mapping[str, float]
) -> Array:
    if base is None:
        what = "an initial value is set for some elements only"
        raise SettingError(name, what, "Give an array of all elements.")
    values = base.copy()
    for element, value in setting.items():
        parts = [element] if isinstance(element, str) else list(element)
        parts = [p for part in parts for p in str(part).split(",")]
        if len(parts) != len(axes):
            what = f"'{element}' does not name one element of each of its axes"
            raise SettingError(name, what, "Write them with commas between.")
        where = tuple(
            _position(name, axis.elements, part)
            for axis, part in zip(axes, parts, strict=True)
        )
        values[where] = value
    return values


def _position(name: str, elements: tuple[str, ...], element: str) -> int:
    keys = [key_of(e) for e in elements]
    if key_of(element) not in keys:
        raise UnknownNameError(name, "element", element, list(elements))
    return keys.index(key_of(element))


def _curves(lookup: Lookup, given: dict[int, Setting] | None, runs: int) -> Curves:
    """Return a lookup's points; a run may replace all its curves by one."""
    sets = [lookup.curves]
    if given is not None:
        sets = [
            tuple(_points(lookup.name, given[n]) for _ in lookup.curves)
            if n in given
            else lookup.curves
            for n in range(runs)
        ]
    length = max(len(c.x if hasattr(c, "x") else c[0]) for s in sets for c in s)
    x, y = (
        np.array([[_padded(_side(c, n), length) for c in s] for s in sets])
        for n in (0, 1)
    )
    return Curves(np.moveaxis(x, 0, -1), np.moveaxis(y, 0, -1), lookup.interpolation)


def _side(curve: Any, number: int) -> tuple[float, ...]:
    pair = (curve.x, curve.y) if hasattr(curve, "x") else curve
    return tuple(pair[number])


def _padded(values: tuple[float, ...], length: int) -> list[float]:
    return [*values, *[values[-1]] * (length - len(values))]


def _points(name: str, setting: Setting) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        pairs = sorted((float(x), float(y)) for x, y in setting)  # type: ignore[union-attr, misc, str-unpack]
        if not pairs or any(a[0] == b[0] for a, b in zip(pairs, pairs[1:], strict=False)):
            raise ValueError
    except (TypeError, ValueError) as error:
        what = "a lookup is set by a list of points (x, y) whose x differ"
        raise SettingError(name, what, "Give such a list.") from error
    return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
