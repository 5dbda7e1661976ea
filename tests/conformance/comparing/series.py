"""Series by label, as every tool names them, and how far two sets of them are apart."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONTROLS = ("initialtime", "finaltime", "timestep", "saveper")
"""Settings of the clock, which some tools list among the variables."""

_BLANKS = re.compile(r"\\n|[\s_\"']")


def label(name: str) -> str:
    """Return a name without what tools write differently: case, blanks, quotes."""
    return _BLANKS.sub("", name.casefold())


@dataclass(frozen=True, slots=True)
class Series:
    """What one run gives.

    Attributes
    ----------
    times : (time,)
    values
        By label, with elements in brackets: (time,).
    """

    times: Floats
    values: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How near is equal: to a part of the value, of the column's largest, or at all."""

    relative: float
    of_scale: float = 0.0
    absolute: float = 0.0

    def near(self, found: Floats, wanted: Floats) -> NDArray[np.bool_]:
        """Return where a column has the values that it must have."""
        finite = np.abs(wanted[np.isfinite(wanted)])
        floor = self.absolute + self.of_scale * finite.max(initial=0.0)
        return np.isclose(found, wanted, self.relative, floor, equal_nan=True)


EXACT = Tolerance(1e-6, absolute=1e-9)
"""For series that were computed by hand or that hold all digits."""

SIX_DIGITS = Tolerance(1e-5, of_scale=1e-6, absolute=1e-12)
"""For series that a tool has printed with six digits."""

PEER = Tolerance(1e-6, of_scale=1e-9, absolute=1e-12)
"""For series of another engine, which may sum in another order."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The right series of a model, and what is not compared: empty cells."""

    series: Series
    given: Mapping[str, NDArray[np.bool_]]
    tolerance: Tolerance

    def only(self, keeps: Callable[[str], bool]) -> "Expected":
        """Return it with those columns only whose label is kept."""
        values = {name: v for name, v in self.series.values.items() if keeps(name)}
        return replace(self, series=replace(self.series, values=values))


def read_expected(file: Path, tolerance: Tolerance) -> Expected:
    """Return the series of a table whose first column is the time.

    An empty cell is not compared, `nan` must not be a number. The settings of the clock
    are left out.
    """
    separator = "\t" if file.suffix == ".tab" else ","
    rows = list(csv.reader(read_text(file).splitlines(), delimiter=separator))
    head, body = rows[0], [row for row in rows[1:] if row and row[0].strip()]
    columns = {
        label(name): [row[n] if n < len(row) else "" for row in body]
        for n, name in enumerate(head)
        if n and name.strip() and label(name) not in CONTROLS
    }
    times = np.array([float(row[0]) for row in body])
    values = {
        name: np.array([_number(c) for c in own]) for name, own in columns.items()
    }
    given = {
        name: np.array([_is_given(c) for c in own]) for name, own in columns.items()
    }
    return Expected(Series(times, values), given, tolerance)


def read_text(file: Path) -> str:
    """Return a text in UTF-8, or else byte by byte."""
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _is_given(cell: str) -> bool:
    return cell.strip().casefold() == "nan" or not np.isnan(_number(cell))


def faults(found: Series, wanted: Expected) -> Iterator[str]:
    """Yield what is missing and the first wrong value of each column that has one."""
    at = np.searchsorted(found.times, wanted.series.times - 1e-6 * _unit(found.times))
    at = np.minimum(at, len(found.times) - 1)
    absent = ~np.isclose(found.times[at], wanted.series.times, 1e-6, 1e-9)
    for time in wanted.series.times[absent][:1]:
        yield f"time {time:g} is missing"
    for name, values in wanted.series.values.items():
        if name not in found.values:
            yield f"{name} is missing"
            continue
        own = found.values[name][at]
        bad = ~wanted.tolerance.near(own, values) & wanted.given[name] & ~absent
        for n in np.flatnonzero(bad)[:1]:
            time = wanted.series.times[n]
            yield f"{name} at {time:g}: {own[n]:.10g}, not {values[n]:.10g}"


def _unit(times: Floats) -> float:
    return float(np.diff(times).min()) if len(times) > 1 else 1.0


def differences(ours: Series, theirs: Series) -> tuple[int, list[str]]:
    """Return how many columns two engines both have, and in what they differ.

    They are compared at the times that both have.
    """
    common = sorted(ours.values.keys() & theirs.values.keys())
    shared = np.isin(np.round(theirs.times, 9), np.round(ours.times, 9))
    times = theirs.times[shared]
    values = {name: theirs.values[name][shared] for name in common}
    given = {name: np.ones(len(times), bool) for name in common}
    if not len(times):
        return 0, []
    return len(common), list(faults(ours, Expected(Series(times, values), given, PEER)))
