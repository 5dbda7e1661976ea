"""The results of runs: every output by name, with axes, times and units."""

import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import UnknownNameError
from cqsim.language.syntax import canonical

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = NDArray[np.float64]
_RESULT = "result"


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
    value
        What it was then.
    """

    run: int
    time: float
    variable: str
    value: float = float("nan")


class OutputChunks(Mapping[str, Floats]):
    """Outputs of many runs, cut from the chunks in which they were computed.

    Parameters
    ----------
    chunks : arrays (time, row, run)
        Of consecutive runs; the rows are the elements of one output after another.
    shapes
        The axes' lengths of each output, in the order of the rows.
    single
        Whether it is a run alone, which has no axis of runs.
    undefined
        The flat positions of an output for which the model has no equation: NaN.
    """

    def __init__(
        self,
        chunks: list[Floats],
        shapes: Mapping[str, tuple[int, ...]],
        single: bool = False,
        undefined: Mapping[str, frozenset[int]] = MappingProxyType({}),
    ) -> None:
        self.chunks = chunks
        self.undefined = undefined
        self._shapes = dict(shapes)
        self._single = single
        sizes = [int(np.prod(shape, dtype=int)) for shape in self._shapes.values()]
        ends = np.cumsum([0, *sizes]).tolist()
        self._rows = dict(zip(self._shapes, pairwise(ends), strict=True))

    def __getitem__(self, name: str) -> Floats:
        first, last = self._rows[name]
        parts = [np.moveaxis(chunk[:, first:last], -1, 0) for chunk in self.chunks]
        joined = np.concatenate(parts) if len(parts) > 1 else np.asarray(parts[0])
        if name in self.undefined:
            joined = np.array(joined)
            joined[:, :, sorted(self.undefined[name])] = np.nan
        found = joined.reshape(*joined.shape[:2], *self._shapes[name])
        return found[0] if self._single else found

    def only(self, run: int) -> "OutputChunks":
        """Return the outputs of one run."""
        for chunk in self.chunks:
            if run < chunk.shape[2]:
                one = [chunk[:, :, run : run + 1]]
                return OutputChunks(one, self._shapes, True, self.undefined)
            run -= chunk.shape[2]
        message = "there is no such run"
        raise IndexError(message)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True)
class Runs:
    """One run of a model, or many.

    Attributes
    ----------
    times
        The saved times, in the model's unit of time.
    values
        By variable, in the model's own spelling: an array (time, *axes), or (run, time,
        *axes) of many runs.
    axes
        By variable: the names of its subscript ranges, one an axis.
    elements
        By subscript range: its elements, in order.
    units
        By variable: the unit that the model states.
    constants
        The variables whose value is an input and never changes in a run.
    warnings
        What is to be known of the numbers, one sentence each.
    runs
        How many runs there are; None of a run alone.
    lost
        The numbers of the runs that diverged.
    cause
        Finds what went wrong in a run.
    """

    times: Floats
    values: Mapping[str, Floats] = field(repr=False)
    axes: Mapping[str, tuple[str, ...]] = field(repr=False)
    elements: Mapping[str, tuple[str, ...]] = field(repr=False)
    units: Mapping[str, str] = field(repr=False)
    constants: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    runs: int | None = None
    lost: tuple[int, ...] = ()
    cause: Callable[[int], Divergence] | None = None

    def __repr__(self) -> str:
        count = "one run" if self.runs is None else f"{self.runs} runs"
        span = f"{self.times[0]:g} to {self.times[-1]:g}" if len(self.times) else "none"
        lost = f", {len(self.lost)} diverged" if self.lost else ""
        times = f"{len(self.times)} times from {span}"
        return f"<{count}{lost}: {len(self.values)} variables, {times}>"

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {canonical(known): known for known in self.values}

    def name_of(self, name: str) -> str:
        """Return the model's spelling of a variable's name.

        Raises
        ------
        UnknownNameError
            There is no such variable, or it was not recorded.
        """
        found = self._keys.get(canonical(name))
        if found is None:
            raise UnknownNameError(_RESULT, "variable", name, list(self.values))
        return found

    def labels(self, name: str) -> list[tuple[str, ...]]:
        """Return the elements of a variable's places, last axis fastest."""
        axes = self.axes[self.name_of(name)]
        return list(product(*(self.elements[axis] for axis in axes)))

    def __getitem__(self, name: str) -> "xr.DataArray":
        """Return a variable, or `name[element]`, with named axes: run, time, ranges."""
        import xarray as xr

        bare, bracket, place = name.partition("[")
        if bracket and canonical(name) not in self._keys:
            return self._element(self[bare], name, place.rstrip("] "))
        known = self.name_of(name)
        many = {} if self.runs is None else {"run": np.arange(self.runs)}
        ranges = {axis: list(self.elements[axis]) for axis in self.axes[known]}
        return xr.DataArray(
            self.values[known],
            coords={**many, "time": self.times, **ranges},
            dims=(*many, "time", *self.axes[known]),
            name=known,
            attrs={"units": self.units[known], "long_name": known},
        )

    def _element(self, whole: "xr.DataArray", name: str, place: str) -> "xr.DataArray":
        parts = [part.strip() for part in place.split(",")]
        axes = self.axes[str(whole.name)]
        if len(parts) != len(axes):
            known = [f"{whole.name}[{','.join(label)}]" for label in self.labels(name)]
            raise UnknownNameError(_RESULT, "element", name, known)
        chosen = {}
        for axis, part in zip(axes, parts, strict=True):
            keys = {canonical(element): element for element in self.elements[axis]}
            if canonical(part) not in keys:
                raise UnknownNameError(_RESULT, "element", part, list(keys.values()))
            chosen[axis] = keys[canonical(part)]
        return whole.sel(chosen)

    def to_xarray(self) -> "xr.Dataset":
        """Return all variables as a data set with units, titles and coordinates."""
        import xarray as xr

        return xr.Dataset({name: self[name] for name in self.values})

    def to_frame(self) -> "pd.DataFrame":
        """Return a table: a column `Name[element,element]` a series.

        The index is "time", of many runs "run" and "time".
        """
        import pandas as pd

        rows = len(self.times) * (self.runs or 1)
        columns: dict[str, Floats] = {}
        undefined = getattr(self.values, "undefined", {})
        for name, values in self.values.items():
            flat = values.reshape(rows, -1)
            for place, label in enumerate(self.labels(name)):
                if place in undefined.get(name, ()):
                    continue
                column = f"{name}[{','.join(label)}]" if label else name
                columns[column] = flat[:, place]
        index: pd.Index[Any] = pd.Index(self.times, name="time")
        if self.runs is not None:
            both = [range(self.runs), self.times]
            index = pd.MultiIndex.from_product(both, names=["run", "time"])
        return pd.DataFrame(columns, index=index)

    @cached_property
    def diverged(self) -> tuple[Divergence, ...]:
        """Return the runs that were lost, each with when, and which variable first."""
        return tuple(self.cause(run) for run in self.lost if self.cause)

    def each(self) -> Iterator["Runs"]:
        """Yield every run as a run alone."""
        return (self.run(number) for number in range(self.runs or 0))

    def run(self, number: int) -> "Runs":
        """Return one of many runs as a run alone."""
        values: Mapping[str, Floats]
        if isinstance(self.values, OutputChunks):
            values = self.values.only(number)
        else:
            values = {name: array[number] for name, array in self.values.items()}
        shared = self.axes, self.elements, self.units, self.constants, self.warnings
        return Runs(self.times, values, *shared)


class ChunkStore:
    """Takes chunks of outputs; in files once memory is used up.

    Parameters
    ----------
    memory
        How many bytes of chunks may be kept in memory.
    """

    def __init__(self, memory: int) -> None:
        self._left = memory
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.chunks: list[Floats] = []

    def add(self, chunk: Floats) -> None:
        """Keep a chunk."""
        self._left -= chunk.nbytes
        if self._left >= 0:
            self.chunks.append(np.ascontiguousarray(chunk))
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="cqsim-")
        path = Path(self._folder.name) / f"{len(self.chunks)}.npy"
        np.save(path, np.ascontiguousarray(chunk))
        self.chunks.append(np.load(path, mmap_mode="r"))

    def follow(self, runs: Runs) -> None:
        """Delete the files when nobody has the runs any more."""
        if self._folder is not None:
            weakref.finalize(runs, self._folder.cleanup)
