"""Draws of constants that go together: a posterior, from a CSV file."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.case.places import Mistake, Place, constant_of, places
from cqsim.engine.identity import sha256
from cqsim.errors import FaultsError, InputFileError
from cqsim.model.model import Model
from cqsim.textfile import read_text

Array = np.ndarray[Any, np.dtype[np.float64]]

WEIGHT = "weight"
"""The column that says how often a draw is taken, relative to the others."""


@dataclass(frozen=True, slots=True)
class Made:
    """What draws were made from: the run of `cqsim calibrate --posterior`, or nothing.

    Attributes
    ----------
    run_id
        Of the run that made them; it stands for model, plan and observations.
    now
        What the id would be with these as they are now.
    """

    run_id: str = ""
    now: str = ""

    @property
    def current(self) -> bool:
        """Whether they say what they were made from, and it is as it was."""
        return bool(self.run_id) and self.run_id == self.now

    @property
    def stale(self) -> bool:
        """Whether the model, the plan or the observations have changed since."""
        return self.run_id != self.now


def made_from(path: Path, model: Model) -> Made:
    """Return what draws were made from: the file of the constants beside them says it.

    Draws of the analyst's own, with no such file beside them, say nothing.
    """
    table = path.with_name(path.stem.removesuffix("_draws") + ".csv")
    if table == path or not table.is_file():
        return Made()
    rows = list(csv.DictReader(read_text(table).splitlines()))
    found = {row.get("run_id") or "" for row in rows}
    if found <= {""}:
        return Made()
    from cqsim.case.case import Case
    from cqsim.study.inference import run_id_of

    return Made(", ".join(sorted(found)), run_id_of(Case.of(model)))


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of constants.

    Attributes
    ----------
    constants, places : one a column
        What the column sets: a constant of the model, at these places or everywhere.
    draws : (draw, column)
    shares : (draw,)
        The cumulative share of draws up to and with each.
    made
        What the draws were made from, as far as they say.
    """

    name: str
    sha256: str
    made: Made
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


def read_posterior(path: Path, model: Model) -> Posterior:
    """Return the draws of a CSV file.

    Its first row names constants as `name` or `name[element]`, or `weight`; each row
    after it is a draw.

    Raises
    ------
    InputFileError
        The file cannot be read, or has no draws.
    FaultsError
        A column is no constant, or a cell no finite number.
    """
    text = read_text(path)
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if len(rows) < 2:
        what = "there are no draws in it"
        raise InputFileError(path, 0, what, "Write a row of names, then draws.")
    faults: list[str] = []
    names = [name.strip() for name in rows[0]]
    columns = [_column(path, model, name, faults) for name in names]
    numbers = _numbers(path, rows, names, faults)
    if not set(names) - {WEIGHT}:
        what, remedy = "no column is a constant", "Add a column for each constant."
        faults.append(str(InputFileError(path, 1, what, remedy)))
    if faults:
        raise FaultsError(faults)
    kept = [n for n, name in enumerate(names) if name != WEIGHT]
    weights = (
        numbers[:, names.index(WEIGHT)] if WEIGHT in names else np.ones(len(numbers))
    )
    return Posterior(
        name=path.name,
        sha256=sha256(text.encode()),
        made=made_from(path, model),
        constants=tuple(columns[n][0] for n in kept),
        places=tuple(columns[n][1] for n in kept),
        draws=numbers[:, kept],
        shares=np.cumsum(weights) / np.sum(weights),
    )


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


def _numbers(
    path: Path, rows: list[list[str]], names: list[str], faults: list[str]
) -> Array:
    """Return the cells as numbers; note a fault for each line that has others."""
    numbers = np.ones((len(rows) - 1, len(names)))
    for number, row in enumerate(rows[1:]):
        try:
            numbers[number] = [float(cell) for cell in row]
        except ValueError:
            numbers[number] = np.nan
        if not np.isfinite(numbers[number]).all():
            what = f"this is no row of {len(names)} finite numbers"
            remedy = "Correct or remove it."
            faults.append(str(InputFileError(path, number + 2, what, remedy)))
    weights = numbers[:, names.index(WEIGHT)] if WEIGHT in names else np.ones(1)
    if (weights < 0).any():
        remedy = "Give weights of 0 and above."
        faults.append(str(InputFileError(path, 0, "a weight is negative", remedy)))
    elif (weights == 0).all():
        remedy = "Give at least one draw a weight above 0."
        faults.append(str(InputFileError(path, 0, "all weights are 0", remedy)))
    return numbers
