"""Equations that are data: literals, arrays, cells of files, series over time."""

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.expr import Interpolation
from cqsim.compile.ir import Curve
from cqsim.compile.lower.scope import Scope
from cqsim.compile.lower.shapes import Part
from cqsim.compile.lower.tables import kind_of_table
from cqsim.language.syntax import Call, LookupTable, canonical
from cqsim.model.values import DataEquation

Floats = NDArray[np.float64]
Curves = tuple[list[Curve], Interpolation]
"""The curve of each element, and how they are read between their points."""

_KEYWORDS: dict[str, Interpolation] = {
    "": "linear",
    ":INTERPOLATE:": "linear",
    ":HOLD BACKWARD:": "step",
    ":LOOK FORWARD:": "next",
    ":RAW:": "exact",
}


def literal_of(part: Part) -> Floats | None:
    """Return the numbers of an equation that is data, in the shape of its left side.

    None is returned for an equation that is not data.

    Raises
    ------
    InputFileError
        There are not as many numbers as elements, or a file cannot be read.
    """
    block = _data(part).numbers(part.elements)
    return None if block is None else block.values


def curves_of(part: Part) -> Curves:
    """Return the curves of a lookup, one for each element of its left side."""
    tree, scope = part.tree, part.scope
    if isinstance(tree, LookupTable):
        return [scope.curve(tree.points)] * part.count, kind_of_table(tree)
    if not isinstance(tree, Call):
        scope.refuse("a lookup has no points", "Write them, or read them from a file.")
    x, y = _data(part).series(tree, part.count, is_lookup=True)
    return [scope.curve(zip(x, row, strict=True)) for row in y], "linear"


def _data(part: Part) -> DataEquation:
    scope = part.scope
    return DataEquation(scope.model, scope.equation, scope.lowering.files)


def interpolation_of(scope: Scope) -> Interpolation:
    """Return how a data variable is read between its points."""
    return _KEYWORDS[scope.equation.keyword]


def series_of(part: Part) -> Curves:
    """Return the series over time of a data variable, one for each element."""
    tree, definition = part.tree, part.scope.equation
    if tree is None:
        name = definition.name.strip('"')
        series = _data(part).named_series(part.elements, name)
    elif isinstance(tree, Call) and canonical(tree.function) in _SERIES:
        times, values = _data(part).series(tree, part.count)
        series = [(times, row) for row in values]
    else:
        # Some elements may be series, and others numbers.
        numbers = literal_of(part)
        assert numbers is not None
        series = [(np.zeros(1), np.array([value])) for value in numbers.flat]
    curves = [_curve(part.scope, times, values) for times, values in series]
    return curves, interpolation_of(part.scope)


_SERIES = ("get direct data", "get xls data")


def _curve(scope: Scope, times: Floats, values: Floats) -> Curve:
    there = ~np.isnan(values)
    return scope.curve(zip(times[there].tolist(), values[there].tolist(), strict=True))
