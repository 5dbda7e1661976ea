"""The values of constants: in the text, or in the files beside the model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from cqsim.language.expression import folded
from cqsim.language.syntax import ArrayLiteral, Call, Reference, String, canonical
from cqsim.model.data import Block, DataFiles, Reader
from cqsim.model.data.datasets import Series
from cqsim.model.model import Equation, Model, Variable


@dataclass(frozen=True, slots=True)
class ConstantValue:
    """One number of a constant: for which elements, and where it is written."""

    elements: tuple[str, ...]
    value: float
    file: Path
    line: int


def constant_values(
    model: Model, variable: Variable, files: DataFiles | None = None
) -> list[ConstantValue]:
    """Return the numbers of a constant, in the order of its subscripts' elements.

    Parameters
    ----------
    files
        What reads the model's files, each once.

    Raises
    ------
    InputFileError, FaultsError
        A file that the constant reads is missing, outside the model's folder, too
        short, or holds text where a number belongs.
    """
    files = files or files_of(model)
    values: dict[tuple[str, ...], ConstantValue] = {}
    for equation in variable.equations:
        axes = [model.elements(s) for s in equation.subscripts]
        # Values outside the range are shown, and found by the audit.
        reader = replace(reader_of(model, equation), low=-math.inf, high=math.inf)
        block = numbers_of(model, equation, axes, files, reader)
        if block is None:
            continue
        numbers = zip(block.values.flat, block.lines.flat, strict=True)
        for place, (value, line) in zip(product(*axes), numbers, strict=True):
            if not any(_is_within(model, place, e) for e in equation.excepted):
                values[place] = ConstantValue(
                    place, float(value), block.path, int(line)
                )
    return list(values.values())


def files_of(model: Model) -> DataFiles:
    """Return what reads the files that a model names."""
    settings = model.settings
    tags = dict(settings.file_tags)
    return DataFiles(model.path.parent, model.files, settings.data_files, tags)


def _is_within(model: Model, place: tuple[str, ...], excepted: tuple[str, ...]) -> bool:
    """Whether an exception's subscripts cover the place."""
    return all(
        canonical(element) in map(canonical, model.elements(subscript))
        for element, subscript in zip(place, excepted, strict=True)
    )


def numbers_of(
    model: Model,
    equation: Equation,
    axes: Sequence[Sequence[str]],
    files: DataFiles,
    reader: Reader,
) -> Block | None:
    """Return the numbers of an equation that is data, in the shape of its left side.

    None is returned for an equation that is computed.

    Parameters
    ----------
    axes
        The elements of each subscript on the left side.
    reader
        Who reads a file, with the range that its values must be in.

    Raises
    ------
    InputFileError, FaultsError
        There are not as many numbers as elements, or a file cannot be read.
    """
    tree, shape = equation.tree, tuple(map(len, axes))
    if isinstance(tree, Call):
        return _read(model, equation, tree, axes, files, reader)
    if isinstance(tree, ArrayLiteral):
        flat = [value for row in tree.rows for value in row]
    else:
        value = None if tree is None else folded(tree)
        if value is None:
            return None
        flat = [value]
    if len(flat) not in (1, math.prod(shape)):
        what = f"{len(flat)} numbers stand for {math.prod(shape)} elements"
        raise equation.fault(what, "Give one for each element.")
    values = np.full(shape, flat[0]) if len(flat) == 1 else np.reshape(flat, shape)
    return Block(values, model.path, np.full(shape, equation.line))


def _read(
    model: Model,
    equation: Equation,
    call: Call,
    axes: Sequence[Sequence[str]],
    files: DataFiles,
    reader: Reader,
) -> Block | None:
    """Return the numbers that a call reads; None if it is no reader of constants."""
    function, shape = canonical(call.function), tuple(map(len, axes))
    if function in ("get direct constants", "get xls constants"):
        file, tab, cell = texts_of(model, equation, call)
        known = frozenset(k for r in model.ranges.values() for k in r.keys)
        wide = [axis for axis in axes if len(axis) > 1]
        block = files.cells(reader, file, tab, cell, wide, known)
        return Block(
            block.values.reshape(shape), block.path, block.lines.reshape(shape)
        )
    if function == "get vdf constants":
        file, name, factor = texts_of(model, equation, call)
        found = series_named(model, equation, axes, files, name, file)
        first = [values[0] * float(factor or 1.0) for _, values in found]
        return Block(np.reshape(first, shape), model.path, np.zeros(shape, np.int64))
    return None


def series_named(
    model: Model,
    equation: Equation,
    axes: Sequence[Sequence[str]],
    files: DataFiles,
    name: str,
    file: str = "",
) -> list[Series]:
    """Return the series of a variable's elements in the data files of the model."""
    places = [",".join(chosen) for chosen in product(*axes)]
    names = [f"{name}[{place}]" if place else name for place in places]
    found = files.external(reader_of(model, equation), names, file)
    missing = [name for name in names if name not in found]
    if missing:
        what = f"no data file has values for '{missing[0]}'"
        raise equation.fault(what, "Name a file that has them.")
    return [found[name] for name in names]


def reader_of(model: Model, equation: Equation) -> Reader:
    """Return who reads a file for an equation, with the range of its values."""
    definition = equation.definition
    variable = model.variable(definition.name)
    low = variable.low if variable and variable.low is not None else -math.inf
    high = variable.high if variable and variable.high is not None else math.inf
    unit, name = variable.unit if variable else "", definition.name.strip('"')
    return Reader(definition.source, definition.start, name, low, high, unit)


def texts_of(model: Model, equation: Equation, call: Call) -> list[str]:
    """Return the arguments of a call that reads a file; a name is a `:IS:` text."""
    texts = []
    for argument in call.arguments:
        if isinstance(argument, String):
            texts.append(argument.value)
        elif isinstance(argument, Reference):
            found = model.variable(argument.name)
            tree = found.equations[0].tree if found else None
            if not isinstance(tree, String):
                what = f"'{argument.name}' is not a text"
                raise equation.fault(what, "Write the text in single quotes.")
            texts.append(tree.value)
        else:
            value = folded(argument)
            texts.append("" if value is None else f"{value:g}")
    return texts
