"""Draws of constants that go together: a posterior, from a CSV file."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.case.settings import Mistake, Place, constant_of, places
from cqsim.engine.identity import sha256
from cqsim.errors import FaultsError, InputFileError
from cqsim.model.model import Model
from cqsim.textfile import read_text

Array = np.ndarray[Any, np.dtype[np.float64]]

WEIGHT = "weight"
"""The column that says how often a draw is taken, relative to the others."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The provenance of draws: the run of `cqsim calibrate --posterior`, if recorded.

    Attributes
    ----------
    run_id
        Of the run that made them; it stands for model, plan and observations.
    current_id
        What the id would be with these as they are now.
    """

    run_id: str = ""
    current_id: str = ""

    @property
    def is_current(self) -> bool:
        """Whether they say what they were made from, and it is as it was."""
        return bool(self.run_id) and self.run_id == self.current_id


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Draws of constants that go together.

    Attributes
    ----------
    constants, places : one a column
        What the column sets: a constant of the model, at these places or everywhere.
    draws : (draw, column)
    shares : (draw,)
        The cumulative share of draws up to and with each.
    """

    name: str
    sha256: str
    provenance: Provenance
    constants: tuple[str, ...]
    places: tuple[tuple[Place, ...], ...]
    draws: Array
    shares: Array

    @property
    def effective(self) -> float:
        """As many draws of equal weight say as much as these."""
        weights = np.diff(self.shares, prepend=0.0)
        return float(1.0 / np.sum(weights**2))

    def rows(self, points: Array) -> Array:
        """Return the draws at quantiles in (0, 1): (point, column)."""
        last = len(self.shares) - 1
        chosen = np.searchsorted(self.shares, points, side="right")
        return np.asarray(self.draws[np.minimum(chosen, last)])


def read_draws(path: Path, model: Model) -> Draws:
    """Return the draws of a CSV file.

    Its first row names constants as `name` or `name[element]`, or `weight`; each row
    after it is a draw.

    Raises
    ------
    InputFileError
        The file cannot be read, or has no draws.
    FaultsError
        A column is no constant, a cell no finite number, or no draw has a weight.
    """
    text = read_text(path)
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if len(rows) < 2:
        what = "there are no draws in it"
        raise InputFileError(path, 0, what, "Write a row of names, then draws.")
    faults: list[str] = []
    names = [name.strip() for name in rows[0]]
    columns = [_column(path, model, name, faults) for name in names]
    numbers = _numbers(path, rows[1:], len(names), faults)
    kept = [number for number, name in enumerate(names) if name != WEIGHT]
    if not kept:
        what, remedy = "no column is a constant", "Add a column for each constant."
        faults.append(str(InputFileError(path, 1, what, remedy)))
    weights = (
        numbers[:, names.index(WEIGHT)] if WEIGHT in names else np.ones(len(numbers))
    )
    if (weights < 0).any() or (weights == 0).all():
        what = "a weight is negative" if weights.any() else "all weights are 0"
        remedy = "Give weights of 0 and above, one of them above."
        faults.append(str(InputFileError(path, 0, what, remedy)))
    if faults:
        raise FaultsError(faults)
    return Draws(
        name=path.name,
        sha256=sha256(text.encode()),
        provenance=_provenance(path, model),
        constants=tuple(columns[n][0] for n in kept),
        places=tuple(columns[n][1] for n in kept),
        draws=numbers[:, kept],
        shares=np.cumsum(weights) / np.sum(weights),
    )


def _provenance(path: Path, model: Model) -> Provenance:
    """Return the provenance of draws, from the file of constants in their folder.

    Draws of the analyst's own, without such a file, have no provenance.
    """
    table = path.with_name(path.stem.removesuffix("_draws") + ".csv")
    if table == path or not table.is_file():
        return Provenance()
    rows = csv.DictReader(io.StringIO(read_text(table), newline=""))
    found = {row.get("run_id") or "" for row in rows}
    if found <= {""}:
        return Provenance()
    from cqsim.case.case import Case
    from cqsim.study.posterior import run_id_of

    return Provenance(", ".join(sorted(found)), run_id_of(Case.of(model)))


def _column(
    path: Path, model: Model, name: str, faults: list[str]
) -> tuple[str, tuple[Place, ...]]:
    """Return what a column sets; note a fault where it sets nothing."""
    if name == WEIGHT:
        return "", ()
    bare, _, rest = name.partition("[")
    try:
        variable = constant_of(model, bare)
        chosen = tuple(places(model, variable, rest.rstrip("]"))) if rest else ()
    except Mistake as mistake:
        faults.append(str(InputFileError(path, 1, mistake.what, mistake.remedy)))
        return "", ()
    return variable.name.strip('"'), chosen


def _numbers(path: Path, rows: list[list[str]], width: int, faults: list[str]) -> Array:
    """Return the cells as numbers; note a fault for each line that has others."""
    numbers = np.ones((len(rows), width))
    for number, row in enumerate(rows):
        try:
            numbers[number] = [float(cell) for cell in row]
        except ValueError:
            numbers[number] = np.nan
        if not np.isfinite(numbers[number]).all():
            what = f"this is no row of {width} finite numbers"
            remedy = "Correct or remove it."
            faults.append(str(InputFileError(path, number + 2, what, remedy)))
    return numbers
