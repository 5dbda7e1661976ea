"""Check the units of every equation of a model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cqsim.language.printer import text_of
from cqsim.language.syntax import Call, Expression, String
from cqsim.model.kinds import is_plain
from cqsim.model.model import Equation, Model, Variable
from cqsim.units.analysis import Analysis, Reading
from cqsim.units.mismatch import describe, parts_at_fault
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
    equation: str
    part: str
    found: str
    wanted: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.what}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class UnitReport:
    """What a check of units looked at, and what it found."""

    equations: int
    findings: tuple[UnitFinding, ...]


def check_equations(model: Model, units: Units) -> UnitReport:
    """Return the unit findings of all equations, in the order of the file."""
    known, findings = _declared(model, units)
    time = _time_unit(model, units, known)
    readings: list[tuple[Variable, Equation, Reading]] = []
    count = 0
    for variable in model.variables.values():
        for equation in variable.equations:
            if equation.tree is None or _is_given(variable, equation.tree):
                continue
            count += 1
            analysis = Analysis(model, units, known, time)
            found = analysis.check(equation.tree, known.get(variable.key))
            for mismatch in parts_at_fault(analysis.mismatches):
                finding = UnitFinding(
                    f"{model.path}:{equation.line}",
                    variable.name,
                    equation.text,
                    text_of(mismatch.part),
                    str(mismatch.found),
                    str(mismatch.wanted),
                    describe(mismatch),
                    _remedy(units, mismatch.found, mismatch.wanted),
                )
                findings.append(finding)
            if not variable.unit.strip() and found is not None:
                findings.append(_unitless(model, variable, found))
            readings.extend((variable, equation, r) for r in analysis.readings)
    findings.extend(_reading_findings(model, units, readings))
    return UnitReport(count, tuple(findings))


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
        if not variable.unit.strip():
            continue
        try:
            known[variable.key] = units.read(variable.unit)
        except UnitNameError as error:
            place = f"{model.path}:{variable.line}"
            blank = ("", "", "", "")
            findings.append(
                UnitFinding(place, variable.name, *blank, error.what, error.remedy)
            )
    return known, findings


def _time_unit(model: Model, units: Units, known: Mapping[str, Unit]) -> Unit:
    for name in ("time step", "final time", "initial time", "time"):
        variable = model.variable(name)
        if variable is not None and variable.key in known:
            return known[variable.key]
    try:
        return units.read(DEFAULT_TIME)
    except UnitNameError:
        return PURE


def _remedy(units: Units, found: Unit, wanted: Unit) -> str:
    ratio = found / wanted
    size, kinds = units.base(ratio)
    if not kinds:
        return f"The sizes differ by a factor of {size:g}: convert one of them."
    return f"It has {ratio} too much: correct the equation, or the unit declared."


def _unitless(model: Model, variable: Variable, found: Unit) -> UnitFinding:
    place = f"{model.path}:{variable.line}"
    what = "no unit is declared"
    remedy = f"Its equation gives {found}: write it after the first ~."
    return UnitFinding(place, variable.name, "", "", str(found), "", what, remedy)


def _reading_findings(
    model: Model,
    units: Units,
    readings: Sequence[tuple[Variable, Equation, Reading]],
) -> Iterable[UnitFinding]:
    """Yield the readings of a lookup at another unit than its first column has.

    Where the file of a lookup names no unit, the first reading says what it takes.
    """
    taken: dict[str, Unit] = {}
    for variable, equation, reading in readings:
        lookup = model.variables[reading.lookup]
        if reading.lookup not in taken:
            labelled = _argument_unit(model, lookup, units)
            taken[reading.lookup] = reading.unit if labelled is None else labelled
        wanted = taken[reading.lookup]
        if not units.same(reading.unit, wanted):
            part = text_of(reading.part)
            yield UnitFinding(
                f"{model.path}:{equation.line}",
                variable.name,
                equation.text,
                part,
                str(reading.unit),
                str(wanted),
                f"'{part}' is in {reading.unit}; '{lookup.name}' is read at {wanted}",
                _remedy(units, reading.unit, wanted),
            )


def _argument_unit(model: Model, lookup: Variable, units: Units) -> Unit | None:
    """Return the unit that heads the first column of a lookup's file, if one does."""
    for equation in lookup.equations:
        tree = equation.tree
        if isinstance(tree, Call) and tree.arguments:
            name = tree.arguments[0]
            file = (
                model.path.parent / name.value if isinstance(name, String) else Path()
            )
            try:
                head = file.read_text(encoding="utf-8-sig").split("\n", 1)[0]
                return units.read(head.split(",", 1)[0])
            except (OSError, UnicodeDecodeError, UnitNameError):
                return None
    return None
