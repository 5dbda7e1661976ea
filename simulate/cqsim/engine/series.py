"""A run as long columns, one row a value, written as Parquet or CSV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.engine.result import Runs
from cqsim.model.model import Model

PARQUET = (
    "(format parquet, compression zstd, compression_level 1, row_group_size 122880)"
)
CSV = "(format csv, header true, delimiter ',', nullstr '')"

Texts = Mapping[str, tuple[str, ...]]
"""The texts that stand in each column of texts."""


def write_series(
    model: Model, result: Runs, parquet: Path, csv: Path | None = None
) -> None:
    """Write the variables of a run to a Parquet file, and to a CSV file if named.

    A row is a value; rows are ordered by variable, then element, then year. Constants
    are left out. A column stands for each subscript range that is no part of another
    one, in the model's order. Where a variable has two axes of the same elements, as a
    flow from region to region has, the second has a column of its own name.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    import duckdb

    texts, numbers = _rows(model, result)
    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.register("numbers", numbers)
            for path, form in ((parquet, PARQUET), (csv, CSV)):
                if path is not None:
                    query = f"copy ({_query(texts)}) to {_text(str(path))} {form}"
                    connection.execute(query)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise OSError(None, reason) from error


def _rows(model: Model, result: Runs) -> tuple[Texts, dict[str, Any]]:
    """Return the texts of each column, and the rows: numbers, and codes of texts.

    A code is the position of a text in its column, counted from 1; 0 is no text.
    """
    names = [name for name in result.values if name not in result.constants]
    columns = {name: axis_columns(model, result, name) for name in names}
    labels = _labels(model, columns)
    units = tuple(dict.fromkeys(result.units[name] for name in names))
    texts = {"variable": tuple(names), **labels, "unit": units}
    ends = np.cumsum([0, *(result.values[name].size for name in names)])
    type_ = np.int16 if max(map(len, texts.values())) < 2**15 - 1 else np.int32
    codes = {column: np.zeros(ends[-1], type_) for column in texts}
    value = np.empty(ends[-1])
    for number, name in enumerate(names):
        values = np.moveaxis(result.values[name], 0, -1)
        rows = slice(ends[number], ends[number + 1])
        value[rows].reshape(values.shape)[...] = values
        codes["variable"][rows] = number + 1
        codes["unit"][rows] = units.index(result.units[name]) + 1
        for axis, column in enumerate(columns[name]):
            elements = result.elements[result.axes[name][axis]]
            places = [labels[column].index(element) + 1 for element in elements]
            along = [-1 if other == axis else 1 for other in range(values.ndim)]
            codes[column][rows].reshape(values.shape)[...] = np.reshape(places, along)
    year = np.tile(result.times, len(value) // max(1, len(result.times)))
    coded = {_code(column): found for column, found in codes.items()}
    return texts, {**coded, "year_number": year, "value_number": value}


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


def _query(columns: Texts) -> str:
    """Return the rows as SQL; a column of texts is one of codes until it is written."""
    chosen = {"year": "year_number", "value": "value_number"}
    for name, column in columns.items():
        texts = ", ".join(map(_text, column))
        # Position 0 of a list, which SQL counts from 1, is NULL.
        values = f"list_extract([{texts}]::enum({texts})[], {_name(_code(name))})"
        chosen[name] = values if texts else "null::varchar"
    order = [n for n in columns if n != "unit"] + ["year", "value", "unit"]
    parts = [f"{chosen[name]} as {_name(name)}" for name in order]
    return f"select {', '.join(parts)} from numbers"


def _code(column: str) -> str:
    return f"{column}_code"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
