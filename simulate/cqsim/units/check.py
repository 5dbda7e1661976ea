"""Check all units of a model: equations, and the tables and registries beside it."""

from dataclasses import dataclass
from pathlib import Path

from cqsim.model.resolve import read_model
from cqsim.units.equations import UnitFinding, check_equations
from cqsim.units.registry import units_of
from cqsim.units.tables import check_tables


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
    model = read_model(path)
    units = units_of(path.parent, [list(group) for group in model.unit_synonyms])
    report = check_equations(model, units)
    compared, findings = check_tables(model, units)
    return UnitCheck(report.equations, compared, (*report.findings, *findings))
