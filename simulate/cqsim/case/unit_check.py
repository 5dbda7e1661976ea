"""Check all units of a case: equations, tables and registers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cqsim.case.indicators import (
    Accumulated,
    Difference,
    Indicator,
    Largest,
    Level,
    Mean,
    Ratio,
    Sum,
    Term,
    read_indicators,
)
from cqsim.case.levers import LeverFile
from cqsim.language.syntax import Call, canonical
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.model.values import DataEquation, files_of
from cqsim.tables import read_lines
from cqsim.tomlfile import load, read_document
from cqsim.units.equations import UnitCheck, UnitFinding, check_equations
from cqsim.units.registry import PURE, Unit, UnitNameError, Units, units_of

_NOTE = re.compile(r"\s+(?:of \d{4}|of [a-z].*|vs .*|best .*|one way|\(more than\))$")
"""What a table adds to a unit: whose prices, a share of what, a sense, a bound."""

_FIXED = dict.fromkeys(("share", "gap", "change"), "%")
_FIXED |= {"growth": "%/year", "peak_year": "year"}
"""The units of kinds of indicator that always have the same."""


def check_units(path: Path) -> UnitCheck:
    """Return what is wrong with the units of a model, in the order of the file.

    Raises
    ------
    CqsimError
        The model or a file of the case cannot be read.
    """
    model = read_model(path)
    units = units_of(path.parent, [list(group) for group in model.unit_synonyms])
    report = check_equations(model, units)
    compared = list(_Tables(model, units, path.parent).compared())
    wrong = [finding for finding in compared if finding is not None]
    return UnitCheck(report.equations, len(compared), (*report.findings, *wrong))


@dataclass(frozen=True)
class _Tables:
    """Checks the units stated in tables and registers against those of the model."""

    model: Model
    units: Units
    folder: Path

    def compared(self) -> Iterator[UnitFinding | None]:
        """Yield for each unit that is compared what is wrong with it, if anything."""
        for file, read in (
            ("initial/provenance.csv", self._vectors),
            ("levers.toml", self._levers),
            ("indicators.toml", self._indicators),
            ("observed/variables.csv", self._observations),
        ):
            if (self.folder / file).is_file():
                yield from read(self.folder / file)

    def _compare(
        self,
        place: str,
        name: str,
        written: str,
        wanted: Unit,
        whose: str,
        remedy: str = "Convert the numbers, or correct the unit that is wrong.",
    ) -> UnitFinding | None:
        """Return the finding where a unit as written is not the one wanted."""
        asked, what = "", ""
        try:
            unit = self.units.read(_NOTE.sub("", written.strip()))
            if self.units.same(unit, wanted):
                return None
            asked, what = str(wanted), f"its unit is {written}, and {whose} is in"
            what = f"{what} {wanted}"
        except UnitNameError as error:
            what, remedy = error.args
        return UnitFinding(place, name, "", "", written, asked, what, remedy)

    def _declared(self, name: str | None) -> Unit | None:
        """Return a variable's unit; one that is wrong is found with the equations."""
        variable = self.model.variable(name or "")
        try:
            return None if variable is None else self.units.read(variable.unit)
        except UnitNameError:
            return None

    def _vectors(self, path: Path) -> Iterator[UnitFinding | None]:
        """Yield a comparison for each column that an equation of the model reads."""
        rows = {
            (row.cells["file"], row.cells["column"]): (row.number, row.cells["unit"])
            for row in read_lines(path, ("file", "column", "unit"))
        }
        files = files_of(self.model)
        for variable, equation in self.model.equations():
            tree, wanted = equation.value, self._declared(variable.name)
            if wanted is None or not isinstance(tree, Call) or variable.kind == "stock":
                continue
            if not canonical(tree.function).startswith("get direct"):
                continue
            data = DataEquation(self.model, equation, files)
            file, tab, *_, cell = data.texts(tree)
            heading = data.heading(file, tab, cell)
            file = Path(file).name
            found = rows.get((file, heading)) or rows.get((file, "*"))
            if found is not None:
                place, name = f"{path}:{found[0]}", f"{file}, {heading}"
                whose = f"the constant '{variable.name}' that reads it"
                yield self._compare(place, name, found[1], wanted, whose)

    def _levers(self, path: Path) -> Iterator[UnitFinding | None]:
        document = read_document(path)
        for number, lever in enumerate(load(document, LeverFile).lever):
            line, _ = document.place(("lever", number, "unit"))
            constants: Mapping[str | None, str] = {
                lever.constant: lever.unit,
                lever.start_constant: "year",
                lever.ramp_constant: "year",
            }
            for constant, written in constants.items():
                wanted = self._declared(constant)
                if wanted is not None:
                    whose = f"its constant '{constant}'"
                    place = f"{path}:{line}"
                    yield self._compare(place, lever.id, written, wanted, whose)

    def _observations(self, path: Path) -> Iterator[UnitFinding | None]:
        """Yield a comparison for each printed unit with the ledger's, by its factor."""
        columns = ("printed_name", "printed_unit", "unit", "factor")
        for line in read_lines(path, columns):
            row = line.cells
            try:
                kept = self.units.read(_NOTE.sub("", row["unit"]))
                wanted = Unit(float(row["factor"])) * kept
            except (UnitNameError, ValueError):
                continue
            printed = row["printed_unit"].replace("_per_", " per ")
            name = f"{row['printed_name']} ({row['printed_unit']})"
            whose = f"{row['factor']} times the ledger's unit"
            yield self._compare(f"{path}:{line.number}", name, printed, wanted, whose)

    def _indicators(self, path: Path) -> Iterator[UnitFinding | None]:
        """Yield a comparison for each indicator, and for each target with its own."""
        document, remedy = read_document(path), "Correct the unit or the scale."
        declared: dict[str, Unit] = {}
        for key, indicator in read_indicators(path).items():
            wanted = self._of_value(indicator, declared)
            try:
                declared[key] = self.units.read(indicator.unit)
            except UnitNameError:
                wanted = PURE
            if wanted is not None:
                place, unit = (
                    f"{path}:{document.place((key, 'unit'))[0]}",
                    indicator.unit,
                )
                yield self._compare(place, key, unit, wanted, "its value", remedy)
        path = path.with_name("targets.toml")
        targets = read_document(path) if path.is_file() else None
        for key, entry in targets.data.items() if targets else ():
            wanted = declared.get(entry.get("indicator", ""))
            if targets and wanted is not None and "unit" in entry:
                place = f"{path}:{targets.place((key, 'unit'))[0]}"
                whose = f"its indicator '{entry['indicator']}'"
                yield self._compare(place, key, entry["unit"], wanted, whose, remedy)

    def _of_value(
        self, indicator: Indicator, declared: Mapping[str, Unit]
    ) -> Unit | None:
        """Return the unit of an indicator's value; None where a variable is missing."""
        match indicator:
            case Difference(of=other):
                return declared.get(other)
            case Accumulated(of=other):
                rate = declared.get(other)
                return None if rate is None else rate * self.units.read("year")
            case Mean(variable=variable) | Largest(variable=variable):
                value = self._declared(variable)
            case Ratio(numerator=numerator, denominator=denominator):
                over, under = self._of_sum(numerator), self._of_sum(denominator)
                value = None if over is None or under is None else over / under
            case Sum(terms=terms) | Level(terms=terms):
                value = self._of_sum(terms)
            case _:
                return self.units.read(_FIXED[indicator.kind])
        return None if value is None else value / Unit(indicator.scale)

    def _of_sum(self, terms: Sequence[Term]) -> Unit | None:
        found = [self._declared(term.variable) for term in terms]
        known = [unit for unit in found if unit is not None]
        if len(known) < len(found):
            return None
        is_one = all(self.units.same(unit, known[0]) for unit in known)
        return known[0] if is_one else PURE
