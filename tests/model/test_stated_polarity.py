"""What the table of functions states of direction and interval, against runs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import cqsim
from cqsim.language.builtins import BUILTINS, Builtin

STATED = [
    row
    for row in BUILTINS.values()
    if row.interval or {*row.direction} & {*"+-"}
    if row.name not in ("integ", "history", "xmile history")
]
#: Arguments that the rule of units does not tell: `i` is what is varied.
ARGUMENTS = {
    "arcsin": ["i/9"],
    "arccos": ["i/9"],
    "exp": ["i"],
    "ln": ["i + 9"],
    "sqrt": ["i + 9"],
    "xmile log10": ["i + 9"],
    "xmile invnorm": ["(i + 9)/20"],
    "gamma ln": ["i + 9"],
    "if then else": ["TIME > 3", "i", "TIME - 4"],
    "sample if true": ["TIME > 3", "i", "-5"],
    "quantum": ["i", "2"],
}


@dataclass(frozen=True)
class Case:
    """A model of one call, in which the constant `shift` moves one argument."""

    path: Path

    def run(self, shift: float) -> NDArray[np.float64]:
        found = cqsim.run(self.path, {"shift": shift}, outputs=["result"])
        return np.asarray(found["result"], dtype=float)


def arguments_of(row: Builtin) -> list[str]:
    """Return arguments of which each that is a value moves over time."""
    if row.name in ARGUMENTS:
        return list(ARGUMENTS[row.name])
    values = {"t": "3", "1/t": "0.1", "1": "2", "?": "2", "x": "i", "x/t": "i", "y": "1"}
    given = [values.get(row.unit_of(n), "i") for n in range(row.least)]
    if given and row.unit_of(0) == "1":
        given[0] = "i"
    return given
