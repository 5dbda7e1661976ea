"""Which element of which variable a setting is for: names and brackets to positions."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from cqsim.compile.ir import Axes, Constant, State, System, shape_of
from cqsim.errors import PlacedError, UnknownNameError
from cqsim.language.syntax import canonical

Array = np.ndarray[Any, np.dtype[np.float64]]
Where = tuple[tuple[int, ...], ...]


class SettingError(PlacedError):
    """A setting that does not fit what it is for."""


class Settable:
    """What a run may set in a system, found by name as Vensim compares names."""

    def __init__(self, system: System) -> None:
        self.system = system
        names = [n for n, v in system.variables.items() if _can_set(v)]
        names += [name for name in system.lookups if not name.startswith("#")]
        names = [name for name in names if name not in system.structural]
        self._spelled = {canonical(name): name for name in names}

    def name(self, written: str) -> str:
        """Return a name as the modeller wrote it.

        Raises
        ------
        UnknownNameError
            If the model has no such name.
        SettingError
            If the name is computed by an equation.
        """
        found = self._spelled.get(canonical(written))
        if found is not None:
            return found
        if canonical(written) in {canonical(n) for n in self.system.structural}:
            what = "it decides how many levels a delay has, and can't be set in a run"
            raise SettingError(written, what, "Change it in the model.")
        if canonical(written) in {canonical(n) for n in self.system.names()}:
            what = "it is computed by an equation, and only constants can be set"
            remedy = "Set the constants that it is computed from."
            raise SettingError(written, what, remedy)
        known = sorted(self._spelled.values())
        where, kind = "settings", "constant"
        raise UnknownNameError(where, kind, written, known)

    def split(self, label: str) -> tuple[str, str]:
        """Return the name and the element of a label such as `Stock[north,young]`."""
        if canonical(label) in self._spelled:
            return self._spelled[canonical(label)], ""
        found = re.fullmatch(r"(.*)\[([^\[\]]*)\]\s*", label, re.DOTALL)
        if found is None:
            return self.name(label), ""
        return self.name(found.group(1)), found.group(2)

    def where(self, name: str, place: Any) -> Where:
        """Return the positions of an element, or of subranges, on each axis.

        Parameters
        ----------
        place
            `"north"`, `"north,young"` or a tuple of such; a subrange stands for all
            its elements.
        """
        axes = self.axes(name)
        given = [place] if isinstance(place, str) else list(place)
        parts = [part for entry in given for part in str(entry).split(",")]
        if len(parts) != len(axes):
            what = f"'{place}' does not name one element of each of its axes"
            raise SettingError(name, what, "Write them with commas between.")
        return tuple(
            self._positions(name, axis.elements, part)
            for axis, part in zip(axes, parts, strict=True)
        )

    def axes(self, name: str) -> Axes:
        """Return the axes of a constant, stock or lookup."""
        variable = self.system.variables.get(name)
        return variable.axes if variable else self.system.lookups[name].axes

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the length of each axis."""
        return shape_of(self.axes(name))

    def _positions(
        self, name: str, elements: tuple[str, ...], part: str
    ) -> tuple[int, ...]:
        keys = [canonical(element) for element in elements]
        if canonical(part) in keys:
            return (keys.index(canonical(part)),)
        ranges = {canonical(n): e for n, e in self.system.ranges.items()}
        inside = ranges.get(canonical(part))
        if inside is None or not {canonical(e) for e in inside} <= set(keys):
            raise UnknownNameError(name, "element", part.strip(), list(elements))
        return tuple(keys.index(canonical(element)) for element in inside)


def _can_set(variable: Any) -> bool:
    return isinstance(variable, Constant | State) and not variable.name.startswith("#")


def base_of(system: System, name: str) -> Array | None:
    """Return a constant's own values; None for a stock."""
    variable = system.variables[name]
    if not isinstance(variable, Constant):
        return None
    return np.array(variable.values).reshape(shape_of(variable.axes))


def value_of(settable: Settable, name: str, setting: Any) -> Array:
    """Return the value that a setting gives to all of a constant or initial value."""
    if isinstance(setting, Mapping):
        return _by_element(settable, name, setting)
    shape = settable.shape(name)
    try:
        array = np.asarray(setting, dtype=np.float64)
        return np.array(np.broadcast_to(array, shape))
    except (TypeError, ValueError) as error:
        what = f"the value does not fit its shape {shape}"
        remedy = "Give a number, or one for each element."
        raise SettingError(name, what, remedy) from error


def _by_element(settable: Settable, name: str, setting: Mapping[Any, float]) -> Array:
    values = base_of(settable.system, name)
    if values is None:
        what = "an initial value is set for some elements only"
        raise SettingError(name, what, "Give an array of all elements.")
    for place, value in setting.items():
        try:
            values[np.ix_(*settable.where(name, place))] = float(value)
        except (TypeError, ValueError) as error:
            what = f"the value for '{place}' is not a number"
            raise SettingError(name, what, "Give a number.") from error
    return values


Points = tuple[tuple[float, ...], tuple[float, ...]]


def points_of(name: str, setting: Any) -> Points:
    """Return the x and the y of a lookup's points, from left to right."""
    try:
        pairs = sorted((float(x), float(y)) for x, y in setting)
    except (TypeError, ValueError):
        pairs = []
    repeated = any(a[0] == b[0] for a, b in pairwise(pairs))
    if not pairs or repeated:
        what = "a lookup is set by a list of points (x, y) whose x differ"
        raise SettingError(name, what, "Give such a list.")
    return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
