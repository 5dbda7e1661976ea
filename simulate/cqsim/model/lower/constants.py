"""Equations that are data: literals, arrays, and cells of files."""

import math
from typing import Any

import numpy as np

from cqsim.compile.ir import Along, Axes, Curve, Fixed, Interpolation, shape_of
from cqsim.model.lower.memory import curve_of
from cqsim.model.lower.names import Scope
from cqsim.model.lower.shapes import Region

Array = np.ndarray[Any, np.dtype[np.float64]]


def literal_of(scope: Scope, node: Any) -> Array | None:
    """Return the numbers of an equation that is data, in the shape of its region.

    None is returned for an equation that is not data.
    """
    shape = tuple(len(side.elements) for side in scope.region.sides)
    if type(node).__name__ == "GetConstantsStructure":
        return _cells(scope, node, shape)
    if isinstance(node, np.ndarray):
        if node.size != math.prod(shape):
            what = f"{node.size} numbers stand for {math.prod(shape)} elements"
            raise scope.fault(what, "Give one for each element.")
        if not np.isfinite(node.astype(float)).all():
            what = "one of the numbers is not finite"
            raise scope.fault(what, "Correct it.")
        return np.asarray(node, dtype=float).reshape(shape)
    return None


def _cells(scope: Scope, node: Any, shape: tuple[int, ...]) -> Array:
    axes = [s.elements for s in scope.region.sides if len(s.elements) > 1]
    place = str(node.file), str(node.tab), str(node.cell)
    known = scope.names.ranges.elements()
    block = scope.names.data.cells(scope.reader(), *place, axes, known)
    return block.values.reshape(shape)


def place_values(target: Array, region: Region, values: Array, axes: Axes) -> None:
    """Write the numbers of one equation where its region is, in place.

    Parameters
    ----------
    target : (*axes)
    values : in the shape of the full left side, of which the region may be a part
    """
    into: list[list[int]] = []
    out_of: list[list[int]] = []
    for side, place, axis in zip(region.sides, region.target, axes, strict=True):
        positions = (
            [place.position] if isinstance(place, Fixed) else list(place.positions)
        )
        order = {element: n for n, element in enumerate(side.elements)}
        into.append(positions)
        out_of.append([order[axis.elements[p]] for p in positions])
    if into:
        target[np.ix_(*into)] = values[np.ix_(*out_of)]
    else:
        target[...] = values


def curves_of(scope: Scope, node: Any) -> tuple[list[Curve], Interpolation]:
    """Return the curves of a lookup's equation, one for each element of its region."""
    shape = tuple(len(side.elements) for side in scope.region.sides)
    count = math.prod(shape)
    if type(node).__name__ == "LookupsStructure":
        curve, interpolation = curve_of(scope, node)
        return [curve] * count, interpolation
    across = node.x_row_or_col
    return _curves_in_cells(scope, node, across, count, is_lookup=True), "linear"


def _curves_in_cells(
    scope: Scope, node: Any, across: str, count: int, *, is_lookup: bool
) -> list[Curve]:
    """Return curves whose x stand in one row or column and their y beside it."""
    place = str(node.file), str(node.tab), str(across), str(node.cell)
    reader = scope.reader()
    x, rows = scope.names.data.series(reader, *place, count, is_lookup=is_lookup)
    return [_curve(scope, node, x[~np.isnan(y)], y[~np.isnan(y)]) for y in rows]


def _curve(scope: Scope, node: Any, x: Array, y: Array) -> Curve:
    if not len(x) or (np.diff(x) == 0).any():
        what = (
            f"the points in {node.file} at {node.cell} are missing, or their x repeat"
        )
        raise scope.fault(what, "Correct the table.")
    return Curve(tuple(x.tolist()), tuple(y.tolist()))


def series_of(
    scope: Scope, node: Any, keyword: str | None
) -> tuple[list[Curve], Interpolation]:
    """Return the series over time that a data variable reads from a file."""
    count = math.prod(len(side.elements) for side in scope.region.sides)
    kinds: dict[str, Interpolation] = {
        "interpolate": "linear",
        "hold_backward": "step",
        "look_forward": "next",
        "raw": "exact",
    }
    across = node.time_row_or_col
    curves = _curves_in_cells(scope, node, across, count, is_lookup=False)
    return curves, kinds[keyword or "interpolate"]


def full_size(axes: Axes) -> Array:
    """Return an array of a variable's shape in which nothing is given yet."""
    return np.full(shape_of(axes), np.nan)


def all_given(values: Array) -> bool:
    """Tell whether every element has been given."""
    return not bool(np.isnan(values).any())


__all__ = [
    "Along",
    "all_given",
    "curves_of",
    "full_size",
    "literal_of",
    "place_values",
    "series_of",
]
