"""Check the units of every equation of a model."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from cqsim.language.syntax import Call, Expression, String
from cqsim.model.kinds import is_plain
from cqsim.model.model import Model, Variable
from cqsim.model.values import DataEquation, files_of
from cqsim.units.inference import Known, check_equation
from cqsim.units.registry import UnitNameError, Units
from cqsim.units.unit import PURE, Unit

DEFAULT_TIME = "year"


@dataclass(frozen=True, slots=True)
class UnitFinding:
    """A unit that is wrong: where, of what, the part at fault, and the cure.

    `found` and `wanted` are the two units that differ; both are empty where a unit is
    missing or unknown.
    """

    place: str
    name: str
    equation: str = ""
    part: str = ""
    found: str = ""
    wanted: str = ""
    what: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.what}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """How many equations and tables' units were looked at, and what is wrong."""

    equations: int
    table_units: int
    findings: tuple[UnitFinding, ...]


def check_equations(model: Model, units: Units) -> UnitCheck:
    """Return the unit findings of all equations, in the order of the file."""
    declared, findings = _declared(model, units)
    time = _time_unit(model, units, declared)
    known = Known(model, units, declared, time, _axes(model, units))
    count = 0
    for variable, equation in model.equations():
        if equation.value is None or _is_given(variable, equation.value):
            continue
        count += 1
        own = declared.get(variable.key)
        unit, mismatches = check_equation(equation.value, own, known)
        for fault in mismatches:
            part = equation.cut(fault.part.start, fault.part.end)
            found, wanted = fault.found, fault.wanted
            findings.append(
                UnitFinding(
                    f"{equation.source.path}:{equation.line}",
                    variable.name,
                    equation.text,
                    part,
                    str(found),
                    str(wanted),
                    f"'{part}' is in {found}, and {fault.why} in {wanted}",
                    _remedy(units, found / wanted),
                )
            )
        if not variable.unit.strip() and unit is not None:
            what = "no unit is declared"
            remedy = f"Its equation gives {unit}: write it after the first ~."
            finding = UnitFinding(_place(model, variable), variable.name, what=what)
            findings.append(replace(finding, found=str(unit), remedy=remedy))
    return UnitCheck(count, 0, tuple(findings))


def _place(model: Model, variable: Variable) -> str:
    return f"{model.path}:{variable.line}"


def _is_given(variable: Variable, tree: Expression) -> bool:
    """Whether a right side is data, which has the unit that is declared for it."""
    if isinstance(tree, Call):
        return any(isinstance(a, String) for a in tree.arguments)
    return variable.kind in ("constant", "lookup", "data", "time") or is_plain(tree)


def _declared(
    model: Model, units: Units
) -> tuple[Mapping[str, Unit], list[UnitFinding]]:
    """Return the units that a model declares, and the texts that are none."""
    known: dict[str, Unit] = {}
    findings = []
    for variable in model.variables.values():
        try:
            if variable.unit.strip():
                known[variable.key] = units.read(variable.unit)
        except UnitNameError as error:
            place, (what, remedy) = _place(model, variable), error.args
            finding = UnitFinding(place, variable.name, what=what, remedy=remedy)
            findings.append(finding)
    return known, findings


def _time_unit(model: Model, units: Units, known: Mapping[str, Unit]) -> Unit:
    for name in ("time step", "final time", "initial time", "time"):
        if name in known and name in model.variables:
            return known[name]
    try:
        return units.read(DEFAULT_TIME)
    except UnitNameError:
        return PURE


def _remedy(units: Units, ratio: Unit) -> str:
    size, kinds = units.base(ratio)
    if not kinds:
        return f"The sizes differ by a factor of {size:g}: convert one of them."
    return f"It has {ratio} too much: correct the equation, or the unit declared."


def _axes(model: Model, units: Units) -> dict[str, Unit]:
    """Return the units that head the columns of arguments in the files of lookups."""
    files, found = files_of(model), {}
    for variable, equation in model.equations():
        if variable.kind != "lookup" or not isinstance(equation.value, Call):
            continue
        data = DataEquation(model, equation, files)
        file, tab, column, _ = data.texts(equation.value)
        heading = data.heading(file, tab, f"{column}1")
        with suppress(UnitNameError):
            found[variable.key] = units.read(heading)
    return found
