"""Many runs of one model: what they give, and which of them were lost."""

import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cqsim.compile.ir import Axes, System, shape_of
from cqsim.engine.places import Array
from cqsim.errors import UnknownNameError
from cqsim.language.syntax import canonical

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, slots=True)
class Divergence:
    """A run in which a value became infinite or not a number.

    Attributes
    ----------
    run
        The number of the run, counted from 0.
    time
        The time at which it was first so.
    variable
        The first variable, in the order of evaluation, with its element.
    """

    run: int
    time: float
    variable: str


@dataclass(frozen=True)
class Ensemble:
    """The outputs of many runs.

    Attributes
    ----------
    times
        The saved times, in the model's unit of time.
    runs
        How many runs there are.
    names
        The outputs, in the model's own spelling.
    pieces : arrays (time, row, run)
        Of consecutive runs; the rows are the elements of one output after another.
    lost : (run,)
        The number of the saved time at which a run was first not finite, else -1.
    cause
        Finds what went wrong in a run.
    """

    system: System
    times: Array
    runs: int
    names: tuple[str, ...]
    pieces: tuple[Array, ...] = field(repr=False)
    lost: Any = field(repr=False)
    cause: Callable[[int], Divergence] = field(repr=False)

    def axes(self, name: str) -> Axes:
        """Return the axes of an output."""
        return self.system.variables[self.name_of(name)].axes

    def name_of(self, name: str) -> str:
        """Return the model's spelling of an output's name.

        Raises
        ------
        UnknownNameError
            If it was not recorded.
        """
        for known in self.names:
            if canonical(known) == canonical(name):
                return known
        where, kind = "ensemble", "output"
        raise UnknownNameError(where, kind, name, list(self.names))

    def values(self, name: str) -> Array:
        """Return an output as an array (run, time, *axes)."""
        known = self.name_of(name)
        first = 0
        for other in self.names:
            if other == known:
                break
            first += _size(self.system, other)
        shape = shape_of(self.axes(known))
        last = first + _size(self.system, known)
        parts = [np.moveaxis(piece[:, first:last], -1, 0) for piece in self.pieces]
        joined = np.concatenate(parts) if len(parts) > 1 else np.array(parts[0])
        return joined.reshape((self.runs, len(self.times), *shape))

    def __getitem__(self, name: str) -> "xr.DataArray":
        """Return an output with named axes: run, time, then its subscript ranges."""
        import xarray as xr

        known = self.name_of(name)
        axes = self.axes(known)
        note = self.system.notes.get(known)
        coordinates = {axis.name: list(axis.elements) for axis in axes}
        return xr.DataArray(
            self.values(known),
            coords={"run": np.arange(self.runs), "time": self.times, **coordinates},
            dims=("run", "time", *coordinates),
            name=known,
            attrs={"unit": note.unit if note else ""},
        )

    @cached_property
    def diverged(self) -> tuple[Divergence, ...]:
        """Return the runs that were lost, each with when, and which variable first."""
        return tuple(self.cause(int(run)) for run in np.flatnonzero(self.lost >= 0))


def _size(system: System, name: str) -> int:
    return int(np.prod(shape_of(system.variables[name].axes), dtype=int))


class Keeper:
    """Takes the pieces of an ensemble; in files once memory is used up.

    Parameters
    ----------
    memory
        How many bytes of pieces may be kept in memory.
    """

    def __init__(self, memory: int) -> None:
        self._left = memory
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.pieces: list[Array] = []

    def add(self, piece: Array) -> None:
        """Keep a piece."""
        self._left -= piece.nbytes
        if self._left >= 0:
            self.pieces.append(np.ascontiguousarray(piece))
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="cqsim-")
        path = Path(self._folder.name) / f"{len(self.pieces)}.npy"
        np.save(path, np.ascontiguousarray(piece))
        self.pieces.append(np.load(path, mmap_mode="r"))

    def follow(self, ensemble: Ensemble) -> None:
        """Delete the files when nobody has the ensemble any more."""
        if self._folder is not None:
            weakref.finalize(ensemble, self._folder.cleanup)


def lost_in(mark: Array) -> Any:
    """Return, for each run, the first saved time whose mark is not finite, else -1.

    Parameters
    ----------
    mark : (time, run)
    """
    bad = ~np.isfinite(mark)
    return np.where(bad.any(axis=0), bad.argmax(axis=0), -1)


def first_fault(
    times: Array, names: Iterable[str], found: Mapping[str, Array], system: System
) -> tuple[float, str] | None:
    """Return when and where the values of one run were first not finite.

    Parameters
    ----------
    names
        In the order of evaluation.
    found : arrays (time, *axes)
    """
    best: tuple[int, str] | None = None
    for name in names:
        values = found[name].reshape(len(times), -1)
        bad = ~np.isfinite(values).all(axis=1)
        when = int(bad.argmax()) if bad.any() else len(times)
        if when < len(times) and (best is None or when < best[0]):
            place = int((~np.isfinite(values[when])).argmax())
            best = (when, _labelled(system, name, place))
    return None if best is None else (float(times[best[0]]), best[1])


def _labelled(system: System, name: str, place: int) -> str:
    axes = system.variables[name].axes
    shown = name.split("#")[1] if name.startswith("#") and name.count("#") > 1 else name
    if not axes:
        return shown
    where = np.unravel_index(place, shape_of(axes))
    elements = [axis.elements[n] for axis, n in zip(axes, where, strict=True)]
    return f"{shown}[{','.join(elements)}]"
