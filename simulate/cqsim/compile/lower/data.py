"""Equations that are data: literals, arrays, cells of files, series over time."""

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import Curve, Interpolation
from cqsim.compile.lower.scope import Scope
from cqsim.compile.lower.shapes import Side
from cqsim.compile.lower.tables import kind_of_table
from cqsim.language.expression import folded
from cqsim.language.syntax import (
    ArrayLiteral,
    Call,
    LookupTable,
    Reference,
    String,
    canonical,
)

Floats = NDArray[np.float64]

_KEYWORDS: dict[str, Interpolation] = {
    "": "linear",
    ":INTERPOLATE:": "linear",
    ":HOLD BACKWARD:": "step",
    ":LOOK FORWARD:": "next",
    ":RAW:": "exact",
}


def literal_of(scope: Scope, sides: Sequence[Side]) -> Floats | None:
    """Return the numbers of an equation that is data, in the shape of its left side.

    None is returned for an equation that is not data.

    Raises
    ------
    InputFileError
        There are not as many numbers as elements, or a file cannot be read.
    """
    tree = scope.equation.tree
    shape = tuple(len(side.elements) for side in sides)
    if isinstance(tree, ArrayLiteral):
        flat = [value for row in tree.rows for value in row]
        if len(flat) == 1:
            return np.full(shape, flat[0])
        if len(flat) != math.prod(shape):
            what = f"{len(flat)} numbers stand for {math.prod(shape)} elements"
            scope.refuse(what, "Give one for each element.")
        return np.array(flat).reshape(shape)
    if isinstance(tree, Call) and canonical(tree.function) in _CONSTANTS:
        return _CONSTANTS[canonical(tree.function)](scope, tree, sides, shape)
    value = None if tree is None else folded(tree)
    return None if value is None else np.full(shape, value)


def strings_of(scope: Scope, call: Call) -> list[str]:
    """Return the quoted arguments of a call; a name stands for a `:IS:` text."""
    texts = []
    for argument in call.arguments:
        if isinstance(argument, String):
            texts.append(argument.value)
        elif isinstance(argument, Reference):
            found = scope.model.variables.get(canonical(argument.name))
            tree = found.equations[0].tree if found else None
            if not isinstance(tree, String):
                what = f"'{argument.name}' is not a text"
                scope.refuse(what, "Write the text in single quotes.")
            texts.append(tree.value)
        else:
            value = folded(argument)
            texts.append("" if value is None else f"{value:g}")
    return texts


def _cells(
    scope: Scope, tree: Call, sides: Sequence[Side], shape: tuple[int, ...]
) -> Floats:
    file, tab, cell = strings_of(scope, tree)
    axes = [side.elements for side in sides if len(side.elements) > 1]
    known = frozenset(k for r in scope.model.ranges.values() for k in r.keys)
    block = scope.lowering.files.cells(scope.reader(), file, tab, cell, axes, known)
    return np.asarray(block.values).reshape(shape)


def _dataset_constants(
    scope: Scope, tree: Call, sides: Sequence[Side], shape: tuple[int, ...]
) -> Floats:
    """Return GET VDF CONSTANTS(file, variable, factor): the first value of each."""
    file, name, factor = strings_of(scope, tree)
    series = _external(scope, sides, name, file)
    scale = float(factor or 1.0)
    return np.array([values[0] * scale for _, values in series]).reshape(shape)


_CONSTANTS: dict[
    str, Callable[[Scope, Call, Sequence[Side], tuple[int, ...]], Floats]
] = {
    "get direct constants": _cells,
    "get xls constants": _cells,
    "get vdf constants": _dataset_constants,
}


def curves_of(scope: Scope, sides: Sequence[Side]) -> tuple[list[Curve], Interpolation]:
    """Return the curves of a lookup, one for each element of its left side."""
    tree = scope.equation.tree
    count = math.prod(len(side.elements) for side in sides)
    if isinstance(tree, LookupTable):
        curve = scope.curve(tree.points)
        return [curve] * count, kind_of_table(tree)
    if not isinstance(tree, Call):
        scope.refuse("a lookup has no points", "Write them, or read them from a file.")
    file, tab, across, cell = strings_of(scope, tree)
    x, y = scope.lowering.files.series(
        scope.reader(), file, tab, across, cell, count, is_lookup=True
    )
    return [scope.curve(zip(x, row, strict=True)) for row in y], "linear"


def series_of(scope: Scope, sides: Sequence[Side]) -> tuple[list[Curve], Interpolation]:
    """Return the series over time of a data variable, one for each element."""
    definition = scope.equation.definition
    kind = _KEYWORDS[definition.keyword]
    count = math.prod(len(side.elements) for side in sides)
    tree = definition.value
    if tree is None:
        name = definition.name.strip('"')
        series = _external(scope, sides, name)
    elif isinstance(tree, Call) and canonical(tree.function) in _SERIES:
        file, tab, time, cell = strings_of(scope, tree)
        files = scope.lowering.files
        times, values = files.series(scope.reader(), file, tab, time, cell, count)
        series = [(times, row) for row in values]
    else:
        # Some elements may be series, and others numbers.
        numbers = literal_of(scope, sides)
        if numbers is None:
            scope.refuse("it is no series over time", "Read it with GET DIRECT DATA.")
        series = [(np.zeros(1), np.array([value])) for value in numbers.flat]
    return [_curve(scope, times, values) for times, values in series], kind


_SERIES = ("get direct data", "get xls data")


def _curve(scope: Scope, times: Floats, values: Floats) -> Curve:
    there = ~np.isnan(values)
    return scope.curve(zip(times[there].tolist(), values[there].tolist(), strict=True))


def _external(
    scope: Scope, sides: Sequence[Side], name: str, file: str = ""
) -> list[tuple[Floats, Floats]]:
    """Return the series of a variable's elements in the data files of the model."""
    names = [
        f"{name}[{','.join(chosen)}]" if chosen else name
        for chosen in product(*(side.elements for side in sides))
    ]
    found = scope.lowering.files.external(scope.reader(), names, file)
    missing = [name for name in names if name not in found]
    if missing:
        what = f"no data file has values for '{missing[0]}'"
        scope.refuse(what, "Name a file that has them.")
    return [found[name] for name in names]
