"""A result as long columns of numbers and codes: one row a value."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.engine.result import Floats, Runs
from cqsim.model.model import Model

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts: a code a row into `texts`; -1 is no text."""

    codes: Codes
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a result, by variable, then element, then year."""

    texts: Mapping[str, Coded]
    year: Floats
    value: Floats


def tidy(model: Model, result: Runs) -> Columns:
    """Return the variables of a run as columns; its constants are left out.

    A column stands for each subscript range that is no part of another one, in the
    model's order. Where a variable has two axes of the same elements, as a flow from
    region to region has, the second has a column of its own name.
    """
    names = [name for name in result.values if name not in result.constants]
    columns = {name: axis_columns(model, result, name) for name in names}
    labels = _labels(model, columns)
    codes: dict[str, list[Codes]] = {column: [] for column in labels}
    variable: list[Codes] = []
    unit: list[Codes] = []
    units = tuple(dict.fromkeys(result.units[name] for name in names))
    for number, name in enumerate(names):
        shape = result.values[name].shape
        size = result.values[name].size
        variable.append(np.full(size, number, np.int32))
        unit.append(np.full(size, units.index(result.units[name]), np.int32))
        own = dict(zip(columns[name], range(1, len(shape)), strict=True))
        for column, texts in labels.items():
            places = np.full(size, -1, np.int32)
            if column in own:
                elements = result.elements[result.axes[name][own[column] - 1]]
                places = _spread(shape, own[column], elements, texts)
            codes[column].append(places)
    flat = [np.moveaxis(result.values[name], 0, -1).ravel() for name in names]
    cells = sum(values.size for values in flat) // max(1, len(result.times))
    return Columns(
        texts={
            "variable": Coded(_joined(variable), tuple(names)),
            **{c: Coded(_joined(codes[c]), labels[c]) for c in labels},
            "unit": Coded(_joined(unit), units),
        },
        year=np.tile(result.times, cells),
        value=np.concatenate(flat) if flat else np.empty(0),
    )


def axis_columns(model: Model, result: Runs, name: str) -> list[str]:
    """Return the column that each axis of a variable goes to."""
    taken: list[str] = []
    for axis in result.axes[name]:
        column = family(model, axis)
        taken.append(axis if column in taken else column)
    return taken


def family(model: Model, axis: str) -> str:
    """Return the widest range with all elements of an axis, the first of equals."""
    own = set(model.elements(axis))
    around = [r for r in model.ranges.values() if own <= set(r.elements)]
    widest = max((len(r.elements) for r in around), default=0)
    for candidate in around:
        if len(candidate.elements) == widest:
            return candidate.name
    return axis


def _labels(
    model: Model, columns: Mapping[str, list[str]]
) -> dict[str, tuple[str, ...]]:
    """Return the texts of each column of elements.

    Columns are in the model's order, those for the second of two like axes last.
    """
    used = [column for own in columns.values() for column in own]
    widest = [r.name for r in model.ranges.values() if family(model, r.name) == r.name]
    declared = [name for name in widest if name in used]
    return {c: model.elements(c) for c in dict.fromkeys([*declared, *used])}


def _spread(
    shape: tuple[int, ...], axis: int, elements: tuple[str, ...], texts: tuple[str, ...]
) -> Codes:
    """Return the code of one axis for every row of a variable, time fastest."""
    codes = np.array([texts.index(element) for element in elements], np.int32)
    turned = (*shape[1:], shape[0])
    along = codes.reshape([-1 if i == axis - 1 else 1 for i in range(len(turned))])
    return np.broadcast_to(along, turned).ravel()


def _joined(parts: list[Codes]) -> Codes:
    return np.concatenate(parts) if parts else np.empty(0, np.int32)
