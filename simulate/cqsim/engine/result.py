"""What a run gives back: every variable by name, with axes, times and units."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import UnknownNameError
from cqsim.language.syntax import canonical

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = NDArray[np.float64]
Row = tuple[str, tuple[str, ...], float, float, str]
"""Variable, its elements, year, value, unit."""


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one model.

    Attributes
    ----------
    times
        The saved times, in the model's unit of time.
    values
        By variable, in the model's own spelling: an array (time, *axes).
    axes
        By variable: the names of its subscript ranges, one an axis after time.
    elements
        By subscript range: its elements, in order.
    units
        By variable: the unit that the model states.
    constants
        The variables whose value is an input and never changes in a run.
    warnings
        What the engine noticed, one sentence each.
    """

    times: Floats
    values: Mapping[str, Floats]
    axes: Mapping[str, tuple[str, ...]]
    elements: Mapping[str, tuple[str, ...]]
    units: Mapping[str, str]
    constants: frozenset[str]
    warnings: tuple[str, ...] = ()

    def name_of(self, name: str) -> str:
        """Return the model's spelling of a variable's name.

        Raises
        ------
        UnknownNameError
            The run has no such variable.
        """
        if name in self.values:
            return name
        wanted = canonical(name)
        for known in self.values:
            if canonical(known) == wanted:
                return known
        where = "result"
        raise UnknownNameError(where, "variable", name, list(self.values))

    def labels(self, name: str) -> list[tuple[str, ...]]:
        """Return the elements of a variable's places, last axis fastest."""
        axes = self.axes[self.name_of(name)]
        return list(product(*(self.elements[axis] for axis in axes)))

    def __getitem__(self, name: str) -> "xr.DataArray":
        """Return a variable with named axes: time, then its subscript ranges."""
        import xarray as xr

        known = self.name_of(name)
        axes = self.axes[known]
        coordinates = {axis: list(self.elements[axis]) for axis in axes}
        return xr.DataArray(
            self.values[known],
            coords={"time": self.times, **coordinates},
            dims=("time", *axes),
            name=known,
            attrs={"unit": self.units[known]},
        )

    def to_frame(self) -> "pd.DataFrame":
        """Return a table: index "time", a column `Name[element,element]` a series."""
        import pandas as pd

        columns: dict[str, Floats] = {}
        for name, values in self.values.items():
            flat = values.reshape(len(self.times), -1)
            for place, label in enumerate(self.labels(name)):
                column = f"{name}[{','.join(label)}]" if label else name
                columns[column] = flat[:, place]
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time"))

    def rows(self) -> Iterator[Row]:
        """Yield one row a value, by variable, then element, then time."""
        for name, values in self.values.items():
            flat = values.reshape(len(self.times), -1)
            for place, label in enumerate(self.labels(name)):
                for time, value in zip(self.times, flat[:, place], strict=True):
                    yield name, label, float(time), float(value), self.units[name]
