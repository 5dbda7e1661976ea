"""The values of constants: in the text, or in files of the model's folder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from cqsim.language.expression import folded
from cqsim.language.syntax import (
    ArrayLiteral,
    Call,
    Definition,
    Reference,
    String,
    canonical,
)
from cqsim.model.data import ConstantCells, DataFiles, Reader
from cqsim.model.data.sheet import Floats, Series
from cqsim.model.model import Model, Variable


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
        block = DataEquation(model, equation, files).numbers(axes, is_bounded=False)
        if block is None:
            continue
        numbers = zip(block.values.flat, block.lines.flat, strict=True)
        for place, (value, line) in zip(product(*axes), numbers, strict=True):
            if not any(_is_within(model, place, e) for e in equation.exceptions):
                found = ConstantValue(place, float(value), block.path, int(line))
                values[place] = found
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


@dataclass(frozen=True, slots=True)
class DataEquation:
    """An equation, and the files that it may take its values from.

    What it reads raises InputFileError or FaultsError where a file cannot be read, or
    holds too little or what is wrong.
    """

    model: Model
    equation: Definition
    files: DataFiles

    @property
    def reader(self) -> Reader:
        """Who reads a file, with the range that its values must be in."""
        definition = self.equation
        name, place = definition.name.strip('"'), definition.start
        variable = self.model.variable(definition.name)
        if variable is None:
            return Reader(definition.source, place, name)
        low = -math.inf if variable.low is None else variable.low
        high = math.inf if variable.high is None else variable.high
        return Reader(definition.source, place, name, low, high, variable.unit)

    def numbers(
        self, axes: Sequence[Sequence[str]], *, is_bounded: bool = True
    ) -> ConstantCells | None:
        """Return the numbers of an equation that is data, else None.

        Parameters
        ----------
        axes
            The elements of each subscript on the left side; they give the shape.
        is_bounded
            Whether a value in a file must lie in the range of the variable.
        """
        tree, shape = self.equation.value, tuple(map(len, axes))
        if isinstance(tree, Call):
            return self._read(tree, axes, is_bounded)
        if isinstance(tree, ArrayLiteral):
            self._refuse_rows(tree, shape)
            flat = [value for row in tree.rows for value in row]
        else:
            value = None if tree is None else folded(tree)
            if value is None:
                return None
            flat = [value]
        if len(flat) not in (1, math.prod(shape)):
            what = f"{len(flat)} numbers stand for {math.prod(shape)} elements"
            raise self.equation.fault(what, "Give one for each element.")
        values = np.full(shape, flat[0]) if len(flat) == 1 else np.reshape(flat, shape)
        return ConstantCells(
            values, self.model.path, np.full(shape, self.equation.line)
        )

    def _refuse_rows(self, tree: ArrayLiteral, shape: Sequence[int]) -> None:
        """Refuse rows that are not as long as the last subscript."""
        wide = [count for count in shape if count > 1]
        lengths = [len(row) for row in tree.rows if [len(row)] != wide[-1:]]
        if len(tree.rows) > 1 and len(wide) > 1 and lengths:
            what = f"a row has {lengths[0]} numbers for {wide[-1]} elements"
            raise self.equation.fault(what, "Give one for each element.")

    def _read(
        self, call: Call, axes: Sequence[Sequence[str]], is_bounded: bool
    ) -> ConstantCells | None:
        """Return the numbers that a call reads; None if it reads no constants."""
        function, shape = canonical(call.function), tuple(map(len, axes))
        if function in ("get direct constants", "get xls constants"):
            reader = self.reader
            if not is_bounded:
                reader = replace(reader, low=-math.inf, high=math.inf)
            file, tab, cell = self.texts(call)
            table = self.files.table(reader, file, tab)
            known = frozenset(k for r in self.model.ranges.values() for k in r.keys)
            wide = [axis for axis in axes if len(axis) > 1]
            block = table.cells(cell, wide, known)
            values, lines = block.values.reshape(shape), block.lines.reshape(shape)
            return ConstantCells(values, block.path, lines)
        if function == "get vdf constants":
            file, name, factor = self.texts(call)
            found = self.named_series(axes, name, file)
            first = [values[0] * float(factor or 1.0) for _, values in found]
            lines = np.zeros(shape, np.int64)
            return ConstantCells(np.reshape(first, shape), self.model.path, lines)
        return None

    def series(
        self, call: Call, count: int, *, is_lookup: bool = False
    ) -> tuple[Floats, Floats]:
        """Return the times and the `count` series that a call reads from cells."""
        file, tab, time, cell = self.texts(call)
        table = self.files.table(self.reader, file, tab)
        return table.series(time, cell, count, is_lookup=is_lookup)

    def named_series(
        self, axes: Sequence[Sequence[str]], name: str, file: str = ""
    ) -> list[Series]:
        """Return the series of a variable's elements in the data files of the model."""
        places = [",".join(chosen) for chosen in product(*axes)]
        names = [f"{name}[{place}]" if place else name for place in places]
        found = self.files.external(self.reader, names, file)
        missing = [name for name in names if name not in found]
        if missing:
            what = f"no data file has values for '{missing[0]}'"
            raise self.equation.fault(what, "Name a file that has them.")
        return [found[name] for name in names]

    def heading(self, file: str, tab: str, cell: str) -> str:
        """Return what stands at the head of the column that a cell is in."""
        return self.files.table(self.reader, file, tab).heading(cell)

    def texts(self, call: Call) -> list[str]:
        """Return the arguments of a call that reads a file; a name is a `:IS:` text."""
        texts = []
        for argument in call.arguments:
            if isinstance(argument, String):
                texts.append(argument.value)
            elif isinstance(argument, Reference):
                found = self.model.variable(argument.name)
                tree = found.equations[0].value if found else None
                if not isinstance(tree, String):
                    what = f"'{argument.name}' is not a text"
                    raise self.equation.fault(what, "Write the text in single quotes.")
                texts.append(tree.value)
            else:
                value = folded(argument)
                texts.append("" if value is None else f"{value:g}")
        return texts
