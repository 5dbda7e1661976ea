"""Equations that are data: literals, arrays, and cells of files."""

import math
from itertools import pairwise
from typing import Any

import numpy as np

from cqsim.compile.ir import Along, Axes, Curve, Fixed, Interpolation, shape_of
from cqsim.model.lower.cells import column_of, is_cell
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
    table = [length for length in shape if length > 1]
    if len(table) > 2:
        what = "GET CONSTANTS would read more than rows and columns"
        raise scope.fault(what, "Read one table for each element of an axis.")
    rows, columns = [1] * (2 - len(table)) + table
    cell = str(node.cell)
    transposed = cell.endswith("*") and rows * columns > 1
    if transposed:
        rows, columns = columns, rows
    cells = scope.names.cells
    place = (scope.owner, str(node.file), str(node.tab), cell.rstrip("*"))
    found = cells.block(*place, rows, columns) if is_cell(cell) else cells.named(*place)
    if np.shape(found) != (rows, columns) or np.isnan(found).any():
        what = f"the cells '{cell}' are not {rows} rows of {columns} numbers"
        raise scope.fault(what, "Correct the name, or the cells.")
    values = np.array(found, dtype=float)
    return (values.T if transposed else values).reshape(shape)


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
    return _curves_in_cells(scope, node, node.x_row_or_col, count), "linear"


def _curves_in_cells(scope: Scope, node: Any, across: str, count: int) -> list[Curve]:
    """Return curves whose x stand in one row or column and their y beside it."""
    if not is_cell(str(node.cell)):
        return _named_curves(scope, node, across, count)
    cells, owner = scope.names.cells, scope.owner
    file, tab = str(node.file), str(node.tab)
    row, column = cells.position(owner, str(node.cell))
    by_row = str(across).strip().isdigit()
    first = (int(across) - 1, column) if by_row else (row, column_of(str(across)))
    x = cells.run(owner, file, tab, first, down=not by_row)
    curves = []
    for n in range(count):
        start = (row + n, column) if by_row else (row, column + n)
        y = cells.run(owner, file, tab, start, down=not by_row)
        curves.append(_curve(scope, node, x, y))
    return curves


def _named_curves(scope: Scope, node: Any, across: str, count: int) -> list[Curve]:
    """Return curves whose x and whose y are named ranges of cells."""
    cells, place = scope.names.cells, (scope.owner, str(node.file), str(node.tab))
    x = np.array(cells.named(*place, across))
    y = np.array(cells.named(*place, str(node.cell)))
    if x.shape[1] != 1:
        x, y = x.T, y.T
    if x.shape[1] != 1 or y.shape != (len(x), count):
        what = f"the cells '{across}' and '{node.cell}' do not fit each other"
        raise scope.fault(what, "Correct the names, or the cells.")
    return [_curve(scope, node, list(x[:, 0]), list(y[:, n])) for n in range(count)]


def _curve(scope: Scope, node: Any, x: list[float], y: list[float]) -> Curve:
    """Return the points whose x and y are both there, from left to right."""
    pairs = sorted(
        (float(a), float(b))
        for a, b in zip(x, y, strict=False)
        if not (math.isnan(a) or math.isnan(b))
    )
    if not pairs or any(a[0] == b[0] for a, b in pairwise(pairs)):
        what = (
            f"the points in {node.file} at {node.cell} are missing, or their x repeat"
        )
        raise scope.fault(what, "Correct the table.")
    return Curve(tuple(a for a, _ in pairs), tuple(b for _, b in pairs))


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
    curves = _curves_in_cells(scope, node, node.time_row_or_col, count)
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
