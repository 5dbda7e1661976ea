"""Data sets: series over time by the names of variables, in .dat, .vdf or tables."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.data.sheet import (
    MOST_CELLS,
    Cell,
    Sheet,
    is_mistyped,
    number,
    text,
    too_large,
)

Floats = NDArray[np.float64]
Series = tuple[Floats, Floats]
"""Times, and the values at them."""

_POINT = re.compile(r"\s*([-+.0-9eE]+)[\s,]+([-+.0-9eE]+)(?:[\s,]|$)")


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a data set holds.

    Attributes
    ----------
    series
        By `series_key`.
    uncertain
        Variables that stand in the file and cannot be read beyond doubt.
    """

    path: Path
    series: Mapping[str, Series]
    uncertain: frozenset[str] = field(default_factory=frozenset)


def series_key(name: str) -> str:
    """Return the one spelling of `name[element, element]`."""
    head, bracket, elements = name.strip().partition("[")
    if not bracket:
        return canonical(head)
    listed = ",".join(canonical(e) for e in elements.rstrip("] \t").split(","))
    return f"{canonical(head)}[{listed}]"


def points_of(
    sheet: Sheet,
    times: Iterable[tuple[int, int]],
    steps: list[tuple[int, int]],
    blank: float = np.nan,
) -> tuple[Floats, Floats]:
    """Return times, and the values at (series, time); reading ends with the times.

    Parameters
    ----------
    times
        The cells of the times; the first that holds no number ends them.
    steps
        How far each series lies from the times, in rows and columns.
    blank
        What stands for a cell without a number.

    Raises
    ------
    InputFileError
        A cell holds what was meant to be a number and is none.
    """
    cells = list(takewhile(lambda at: _number(sheet, at) is not None, times))
    values = [
        [
            blank if (v := _number(sheet, (r + down, c + right))) is None else v
            for r, c in cells
        ]
        for down, right in steps
    ]
    x = np.array([_number(sheet, at) for at in cells], dtype=float)
    return x, np.array(values, dtype=float).reshape(len(steps), len(cells))


def _number(sheet: Sheet, at: tuple[int, int]) -> float | None:
    cell: Cell = sheet.cell(*at)
    if is_mistyped(cell):
        what = f"column {at[1] + 1} holds '{text(cell)}', and a number belongs there"
        raise sheet.fault(at[0], what, "Write a number.")
    return number(cell)


def read_table(sheet: Sheet) -> Dataset:
    """Return the series of a table: names across and times down, or turned.

    The names stand in the first column where the rest of the first row is times.
    """
    heading = sheet.rows[0][1:] if sheet.rows else []
    height, width = len(sheet.rows), sheet.width
    if height * width > MOST_CELLS:
        raise too_large(sheet.path)
    if heading and all(number(cell) is not None for cell in heading if text(cell)):
        times = [(0, c) for c in range(1, width)]
        names = [(r, 0, (r, 0)) for r in range(1, height)]
    else:
        times = [(r, 0) for r in range(1, height)]
        names = [(0, c, (0, c)) for c in range(1, width)]
    found: dict[str, list[tuple[float, float]]] = {}
    for row, column, step in names:
        name = text(sheet.cell(row, column))
        if name:
            x, y = points_of(sheet, times, [step])
            pairs = zip(x.tolist(), y[0].tolist(), strict=True)
            found.setdefault(series_key(name), []).extend(pairs)
    return Dataset(sheet.path, _combined(found))


def read_dat(path: Path, content: str) -> Dataset:
    """Return the series of Vensim's .dat: a line with a name, then time and value.

    A name that stands there twice has the points of both. After a name, `/` begins a
    comment and `<` the name of a time base; after a pair of numbers all is comment.

    Raises
    ------
    InputFileError
        Numbers stand before the first name, or a time without a value.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    points: list[tuple[float, float]] | None = None
    if content.count("\n") > MOST_CELLS:
        raise too_large(path)
    for line, written in enumerate(content.splitlines(), 1):
        pair = _POINT.match(written)
        x, y = (number(pair[1]), number(pair[2])) if pair else (None, None)
        if x is not None and y is not None and points is not None:
            points.append((x, y))
        elif pair or number(written.split("/")[0]) is not None:
            what = "a name, or a time and its value, belong on this line"
            raise InputFileError(path, line, what, "Correct the line.")
        elif written.strip():
            name = re.split(r"\s*[/<]", written)[0] if '"' not in written else written
            points = found.setdefault(series_key(name), [])
    return Dataset(path, _combined(found))


def _combined(found: dict[str, list[tuple[float, float]]]) -> dict[str, Series]:
    """Return series in the order of time; of two values at one time the later."""
    combined = {}
    for name, points in found.items():
        kept = sorted((x, y) for x, y in dict(points).items() if not np.isnan(y))
        if kept:
            x, y = zip(*kept, strict=True)
            combined[name] = (np.array(x, dtype=float), np.array(y, dtype=float))
    return combined
