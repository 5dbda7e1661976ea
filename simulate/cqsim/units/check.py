"""Check all units of a model: equations, and the tables and registries beside it."""

import re
from dataclasses import dataclass
from pathlib import Path

from cqsim.model.blocks import decode
from cqsim.model.xmile import read_any_model
from cqsim.units.equations import UnitFinding, check_equations
from cqsim.units.registry import units_of
from cqsim.units.tables import check_tables

_ALIKE = re.compile(r"^22:(.+)$", re.MULTILINE)
"""The names of one unit in the settings that Vensim writes below a model."""


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """How many equations and tables' units were looked at, and what is wrong."""

    equations: int
    table_units: int
    findings: tuple[UnitFinding, ...]


def check_units(path: Path) -> UnitCheck:
    """Return what is wrong with the units of a model, in the order of the file.

    Raises
    ------
    CqsimError
        The model or a file beside it cannot be read.
    """
    model = read_any_model(path)
    units = units_of(path.parent, _alike(path))
    report = check_equations(model, units)
    compared, findings = check_tables(model, units)
    return UnitCheck(report.equations, compared, (*report.findings, *findings))


def _alike(path: Path) -> list[list[str]]:
    """Return the groups of names that a Vensim file declares to be one unit."""
    if path.suffix.lower() != ".mdl":
        return []
    text = decode(path, path.read_bytes()).text
    return [group.split(",") for group in _ALIKE.findall(text)]
