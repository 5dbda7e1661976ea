"""Inputs of runs: read in any form, checked once, and stored by elements set."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from cqsim.compile.ir import Axes, Constant, Lookup, State, System, shape_of
from cqsim.engine.clock import CONTROLS, ClockError
from cqsim.errors import OutOfRangeError, PlacedError, UnknownNameError
from cqsim.language.syntax import canonical

Array = np.ndarray[Any, np.dtype[np.float64]]
Points = tuple[tuple[float, ...], tuple[float, ...]]
Where = tuple[tuple[int, ...], ...]
"""Positions on each axis; an element of all their combinations."""


@dataclass(frozen=True, slots=True)
class ElementSetting:
    """The values that some runs set for some elements of an input.

    Attributes
    ----------
    given : (run,)
        Which runs set it; None where all do, alike.
    values : (run | 1, *positions), or a list of `Points`
    """

    where: Where
    given: Any
    values: Any

    def of(self, first: int, last: int) -> Iterator[tuple[Any, Any]]:
        """Yield which of consecutive runs set this part, and the values for them."""
        if self.given is None:
            yield np.arange(last - first), self.values
            return
        rows = self.given[first:last].nonzero()[0]
        if isinstance(self.values, list):
            yield from (([row], [self.values[first + row]]) for row in rows.tolist())
        elif len(rows):
            yield rows, self.values[first:last][rows]


@dataclass(frozen=True, slots=True)
class Samples:
    """The inputs of many runs; what a run leaves out has the model's value.

    Attributes
    ----------
    parts
        By constant, lookup or state (whose initial value is set): what runs set of it,
        the widest part first.
    clock
        `start`, `end`, `step` and `save`, as far as runs set them.
    first
        The number of the first run, which random draws depend on.
    """

    runs: int = 1
    parts: Mapping[str, tuple[ElementSetting, ...]] = field(default_factory=dict)
    clock: Mapping[str, float] = field(default_factory=dict)
    first: int = 0

    @property
    def varied(self) -> frozenset[str]:
        """Return the names of what may differ between runs."""
        parts = self.parts.items()
        return frozenset(n for n, p in parts if any(q.given is not None for q in p))

    def values(self, name: str, base: Array, first: int, last: int) -> Array:
        """Return a constant or initial value in some runs: (run, *axes).

        Parameters
        ----------
        base : (*axes)
            What holds where a run sets nothing.
        """
        found = np.empty((last - first, *base.shape))
        found[...] = base
        for part in self.parts.get(name, ()):
            for rows, values in part.of(first, last):
                found[np.ix_(rows, *part.where) if part.where else rows] = values
        return found

    def curves(self, lookup: Lookup, run: int) -> list[Points]:
        """Return the points of each curve of a lookup in a run."""
        found: list[Points] = [(curve.x, curve.y) for curve in lookup.curves]
        numbers = np.arange(len(found)).reshape(shape_of(lookup.axes))
        for part in self.parts.get(lookup.name, ()):
            for _, (points,) in part.of(run, run + 1):
                for number in numbers[np.ix_(*part.where)].ravel():
                    found[number] = points
        return found

    def longest(self, name: str) -> int:
        """Return how many points the longest curve has that runs set for a lookup."""
        parts = self.parts.get(name, ())
        points = [p for part in parts for p in part.values if p is not None]
        return max((len(x) for x, _ in points), default=0)

    def row(self, run: int) -> "Samples":
        """Return one of the runs by itself."""
        parts = {
            name: tuple(q for p in parts for q in _one(p, run))
            for name, parts in self.parts.items()
        }
        return Samples(1, parts, self.clock, self.first + run)

    def only(self, names: Any) -> "Samples":
        """Return the runs without what they set of other names."""
        parts = {n: p for n, p in self.parts.items() if n in names}
        return Samples(self.runs, parts, self.clock, self.first)


def _one(part: ElementSetting, run: int) -> Iterator[ElementSetting]:
    if part.given is None:
        yield part
    elif part.given[run]:
        yield ElementSetting(part.where, np.ones(1, bool), part.values[run : run + 1])


def axes_of(system: System, name: str) -> Axes:
    """Return the axes of a variable or lookup."""
    variable = system.variables.get(name)
    return variable.axes if variable else system.lookups[name].axes


def base_of(system: System, name: str) -> Array:
    """Return a constant's own values; NaN for a state, which has its equation."""
    variable = system.variables[name]
    shape = shape_of(variable.axes)
    if isinstance(variable, Constant):
        return np.array(variable.values).reshape(shape)
    return np.full(shape, np.nan)


# From any form of samples to these.


Setting = float | Array | Sequence[Any] | Mapping[Any, float]
"""A number; one for each element, as an array or by name; the points of a lookup."""

_SAMPLES, _SETTINGS = "samples", "settings"


class SettingError(PlacedError):
    """A setting that does not fit what it is for."""


def samples_of(system: System, given: Any, *, check_ranges: bool = True) -> Samples:
    """Return samples of any form, checked.

    Parameters
    ----------
    given
        A data frame with one row a run and columns `name` or `name[element]`; or a
        mapping from such labels to an array (run,) or (run, *axes), or to one
        setting for all runs; or a sequence of mappings to settings, one a run.
    check_ranges
        Refuse a constant outside of the range that the model gives it.

    Raises
    ------
    UnknownNameError
        If a label names nothing that a run may set.
    SettingError
        If values do not fit or are no finite numbers, or there are no runs.
    OutOfRangeError
        If a constant is out of its range.
    ClockError
        If runs differ in their clock.
    """
    columns = _columns(given)
    runs = _count(columns)
    reader = _SettingsReader(system, runs, check_ranges)
    clock = {}
    for label, column in columns.items():
        if canonical(label) in CONTROLS:
            clock[CONTROLS[canonical(label)]] = _control(label, column)
        else:
            reader.read(label, column)
    return Samples(runs, reader.parts(), clock)


@dataclass(frozen=True, slots=True)
class _Column:
    """The settings of one label: one a run (None where it has none), or one for all."""

    settings: Any
    alike: bool


def _columns(given: Any) -> dict[str, _Column]:
    """Return samples of any form as columns; a column "" only counts runs."""
    if hasattr(given, "columns") and hasattr(given, "to_numpy"):
        columns = {str(n): _Column(given[n].to_numpy(), False) for n in given.columns}
        return columns or {"": _Column([None] * len(given), False)}
    if isinstance(given, Mapping):
        return {_label(n): _column(values) for n, values in given.items()}
    if isinstance(given, str) or not isinstance(given, Sequence):
        what = f"{type(given).__name__} is no form of samples"
        raise SettingError(_SAMPLES, what, "Give a data frame, or a mapping a run.")
    rows = list(given)
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            what = f"run {number} is {row!r}"
            raise SettingError(_SAMPLES, what, "Give a mapping from names to values.")
    labels = dict.fromkeys(_label(label) for row in rows for label in row)
    columns = {n: _Column([row.get(n) for row in rows], False) for n in labels}
    return {"": _Column([None] * len(rows), False), **columns}


def _label(label: Any) -> str:
    if not isinstance(label, str):
        what = f"{label!r} is no name"
        raise SettingError(_SAMPLES, what, "Name what is set as the model does.")
    return label


def _column(values: Any) -> _Column:
    """Return a column of a mapping: an array or series has one setting for each run."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    numbers = isinstance(values, list | tuple) and all(map(_is_number, values))
    if numbers or (isinstance(values, np.ndarray) and values.ndim):
        return _Column(values, False)
    return _Column([values], True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number)


def _count(columns: dict[str, _Column]) -> int:
    """Return how many runs there are; the column that only counts them is dropped."""
    lengths = {len(c.settings) for c in columns.values() if not c.alike}
    columns.pop("", None)
    if len(lengths) > 1:
        what = f"columns have {' and '.join(map(str, sorted(lengths)))} values"
        raise SettingError(_SAMPLES, what, "Give one value for each run.")
    runs = lengths.pop() if lengths else 1
    if runs == 0:
        raise SettingError(_SAMPLES, "there are no runs", "Give at least one row.")
    return runs


def _control(label: str, column: _Column) -> float:
    """Return the one value that all runs give to a variable of the clock."""
    found = {_number(label, v) if v is not None else None for v in column.settings}
    value = found.pop()
    if found or value is None:
        what = f"the runs of an ensemble differ in {label}"
        raise ClockError(what, "Run them as separate ensembles.")
    return value


class _SettingsReader:
    """Reads columns into the parts that they set, and checks them."""

    def __init__(self, system: System, runs: int, check_ranges: bool) -> None:
        self._system = system
        self._runs = runs
        self._check_ranges = check_ranges
        self._settable = {canonical(name): name for name in _settable(system)}
        self._cells: dict[str, dict[Where, Any]] = {}
        self._whole: dict[str, bool] = {}

    def parts(self) -> dict[str, tuple[ElementSetting, ...]]:
        """Return what has been read; where places overlap, the narrower one holds."""
        return {
            name: tuple(
                self._part(where, cells[where])
                for where in sorted(cells, key=lambda w: -math.prod(map(len, w)))
            )
            for name, cells in self._cells.items()
        }

    def _part(self, where: Where, values: Any) -> ElementSetting:
        if isinstance(values, np.ndarray):
            return ElementSetting(where, np.ones(self._runs, dtype=bool), values)
        if None in values:
            value = values[None]
            points = isinstance(value, tuple)
            return ElementSetting(where, None, [value] if points else value[None])
        given = np.zeros(self._runs, dtype=bool)
        given[list(values)] = True
        if isinstance(next(iter(values.values())), tuple):
            return ElementSetting(
                where, given, [values.get(n) for n in range(self._runs)]
            )
        shape = np.broadcast_shapes(*(value.shape for value in values.values()))
        array = np.zeros((self._runs, *shape))
        for run, value in values.items():
            array[run] = value
        return ElementSetting(where, given, array)

    def read(self, label: str, column: _Column) -> None:
        """Take the column of a label."""
        name, place = self._split(label)
        if self._whole.setdefault(name, not place) is bool(place):
            what = "it is set as a whole and in parts"
            raise SettingError(name, what, "Set either all of it, or parts of it.")
        where = _where(self._system, name, place) if place else self._all(name)
        cells = self._cells.setdefault(name, {})
        if isinstance(column.settings, np.ndarray) and name in self._system.variables:
            self._put(name, cells, where, self._checked(name, where, column.settings))
            return
        for run, setting in enumerate(column.settings):
            if setting is None:
                continue
            if place and isinstance(setting, Mapping):
                setting = {f"{place},{key}": value for key, value in setting.items()}
            for inside, value in self._expanded(name, where, setting, False):
                cell = cells.setdefault(inside, {})
                self._put(name, cell, None if column.alike else run, value)

    @staticmethod
    def _put(name: str, into: dict[Any, Any], key: Any, value: Any) -> None:
        if key in into:
            raise SettingError(name, "it is set twice", "Set it once.")
        into[key] = value

    def _all(self, name: str) -> Where:
        """Return the place that is all of a variable or lookup."""
        shape = shape_of(axes_of(self._system, name))
        return tuple(tuple(range(length)) for length in shape)

    def _expanded(
        self, name: str, where: Where, setting: Any, placed: bool
    ) -> Iterator[tuple[Where, Any]]:
        """Yield the places that a setting sets, and the values for them."""
        if isinstance(setting, Mapping):
            if placed:
                what = "an element is set by a mapping"
                raise SettingError(name, what, "Give a number.")
            for place, value in setting.items():
                inside = _where(self._system, name, place)
                yield from self._expanded(name, inside, value, True)
        elif hasattr(setting, "to_numpy"):
            what = f"a {type(setting).__name__} is no setting of one run"
            raise SettingError(name, what, "Give a number, or numbers by element.")
        elif name in self._system.lookups:
            yield where, points_of(name, setting)
        else:
            yield where, self._checked(name, where, [setting])[0]

    def _checked(self, name: str, where: Where, settings: Any) -> Array:
        """Return the numbers that runs set: (run, *positions), or (run, 1, …)."""
        values = _numbers(name, settings)
        shape = tuple(map(len, where))
        if values.ndim > 1 and values.shape[1:] != shape:
            what = f"values of shape {values.shape[1:]} do not fit its axes {shape}"
            raise SettingError(name, what, "Give a number, or one for each element.")
        if not np.isfinite(values).all():
            wrong = values.ravel()[~np.isfinite(values).ravel()][0]
            raise SettingError(name, f"it is set to {wrong}", "Give finite numbers.")
        note = self._system.notes.get(name)
        if (
            self._check_ranges
            and note
            and isinstance(self._system.variables[name], Constant)
        ):
            low = -math.inf if note.low is None else note.low
            high = math.inf if note.high is None else note.high
            outside = values[(values < low) | (values > high)]
            if outside.size:
                raise OutOfRangeError(
                    _SETTINGS, name, float(outside[0]), low, high, note.unit
                )
        return values.reshape(len(values), *(values.shape[1:] or (1,) * len(shape)))

    def _split(self, label: str) -> tuple[str, str]:
        """Return the name and the element of a label such as `Stock[north,young]`."""
        if canonical(label) in self._settable:
            return self._settable[canonical(label)], ""
        found = re.fullmatch(r"(.*)\[([^\[\]]*)\]\s*", label, re.DOTALL)
        if found is None:
            return self._name(label), ""
        return self._name(found.group(1)), found.group(2)

    def _name(self, written: str) -> str:
        """Return a name as the modeller wrote it, of what may be set."""
        key = canonical(written)
        if key in self._settable:
            return self._settable[key]
        if key in {canonical(name) for name in self._system.structural}:
            what = "it decides how many levels a delay has, and can't be set in a run"
            raise SettingError(written, what, "Change it in the model.")
        if key in {canonical(name) for name in self._system.names()}:
            what = "it is computed by an equation, and only constants can be set"
            remedy = "Set the constants that it is computed from."
            raise SettingError(written, what, remedy)
        known = sorted(self._settable.values())
        raise UnknownNameError(_SETTINGS, "constant", written, known)


def _settable(system: System) -> Iterator[str]:
    """Yield the constants, states and lookups that a run may set."""
    for name, variable in system.variables.items():
        inside = name[0] == "#" or name in system.structural
        if isinstance(variable, Constant | State) and not inside:
            yield name
    yield from (name for name in system.lookups if name[0] != "#")


def _where(system: System, name: str, place: Any) -> Where:
    """Return the positions of an element, or of a subrange, on each axis.

    Parameters
    ----------
    place
        `"north"`, `"north,young"` or a tuple of such; a subrange stands for its
        elements, and an axis that is not named for all of its own.
    """
    axes = axes_of(system, name)
    given = [place] if isinstance(place, str) else list(place)
    parts = [part.strip() for entry in given for part in str(entry).split(",")]
    if len(parts) > len(axes):
        what = f"'{place}' names more subscripts than it has"
        raise SettingError(name, what, "Name one element or range of each axis.")
    found: list[tuple[int, ...] | None] = [None] * len(axes)
    for part in parts:
        for number, axis in enumerate(axes):
            positions = _positions(system, axis.elements, part)
            if found[number] is None and positions:
                found[number] = positions
                break
        else:
            known = [element for axis in axes for element in axis.elements]
            raise UnknownNameError(name, "element", part, known)
    whole = (tuple(range(len(axis.elements))) for axis in axes)
    return tuple(own or every for own, every in zip(found, whole, strict=True))


def _positions(system: System, elements: tuple[str, ...], part: str) -> tuple[int, ...]:
    """Return where an element, or those of a range, stand on an axis; none if not."""
    keys = [canonical(element) for element in elements]
    if canonical(part) in keys:
        return (keys.index(canonical(part)),)
    ranges = {canonical(name): inside for name, inside in system.ranges.items()}
    inside = [canonical(element) for element in ranges.get(canonical(part), ())]
    return tuple(map(keys.index, inside)) if set(inside) <= set(keys) else ()


def _number(name: str, value: Any) -> float:
    number = _numbers(name, value)
    if number.ndim:
        raise SettingError(name, f"{value!r} is not one number", "Give a number.")
    return float(number)


def _numbers(name: str, value: Any) -> Array:
    """Return numbers as an array; texts and truths of other kinds are none."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value.astype(np.float64)
    plain = [value] if _is_number(value) else value
    try:
        wrong = [v for v in plain if not (_is_number(v) or np.ndim(v))]
        if not wrong and not isinstance(value, str | Mapping):
            return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        wrong = [value]
    what = f"{wrong[0]!r} is not a number" if wrong else "not all values are numbers"
    raise SettingError(name, what, "Give a number, or numbers by element.")


def points_of(name: str, setting: Any) -> Points:
    """Return the x and the y of a lookup's points, from left to right.

    Raises
    ------
    SettingError
        They are no points, not finite, or two have the same x.
    """
    try:
        pairs = sorted((float(x), float(y)) for x, y in setting)
    except (TypeError, ValueError):
        pairs = []
    sound = all(map(math.isfinite, (number for pair in pairs for number in pair)))
    if not pairs or not sound or any(a[0] == b[0] for a, b in pairwise(pairs)):
        what = "a lookup is set by a list of points (x, y) whose x differ"
        raise SettingError(name, what, "Give such a list of finite numbers.")
    return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
