"""Check the units of a model's registries and tables against the model's own."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cqsim.language.syntax import Call, canonical
from cqsim.model.model import Model, Variable
from cqsim.model.values import files_of, reader_of, texts_of
from cqsim.registry.levers import read_levers
from cqsim.textfile import read_text
from cqsim.tomlfile import read_document
from cqsim.units.equations import UnitFinding
from cqsim.units.indicators import indicator_findings
from cqsim.units.registry import UnitNameError, Units
from cqsim.units.unit import Unit

_NOTE = re.compile(r"\s+(?:of \d{4}|of [a-z].*|vs .*|best .*|one way)$")
"""What a table adds to a unit: whose prices, a share of what, the sense of a rank."""


def check_tables(model: Model, units: Units) -> tuple[int, list[UnitFinding]]:
    """Return how many units beside a model were compared, and which do not fit."""
    folder = model.path.parent
    compared = list(_compared(model, units, folder))
    return len(compared), [finding for finding in compared if finding is not None]


def _compared(model: Model, units: Units, folder: Path) -> Iterator[UnitFinding | None]:
    if (folder / "initial" / "provenance.csv").is_file():
        yield from _vectors(model, units, folder / "initial" / "provenance.csv")
    if (folder / "levers.toml").is_file():
        yield from _levers(model, units, folder / "levers.toml")
    if (folder / "indicators.toml").is_file():
        yield from indicator_findings(model, units, folder)
    if (folder / "observed" / "variables.csv").is_file():
        yield from _observations(units, folder / "observed" / "variables.csv")


def compare(
    units: Units, place: str, name: str, written: str, wanted: Unit, whose: str
) -> UnitFinding | None:
    """Return the finding where a unit as written is not the one wanted."""
    try:
        unit = units.read(_NOTE.sub("", written.strip()))
    except UnitNameError as error:
        return UnitFinding(place, name, "", "", written, "", error.what, error.remedy)
    if units.same(unit, wanted):
        return None
    what = f"its unit is {written}, and {whose} is in {wanted}"
    remedy = "Convert the numbers, or correct the unit that is wrong."
    return UnitFinding(place, name, "", "", written, str(wanted), what, remedy)


def _vectors(model: Model, units: Units, path: Path) -> Iterator[UnitFinding | None]:
    """Yield a comparison for each column that an equation of the model reads."""
    rows = {
        (row["file"], row["column"]): (number, row["unit"])
        for number, row in enumerate(csv.DictReader(read_text(path).splitlines()), 2)
    }
    files = files_of(model)
    for variable, equation in model.equations():
        tree, wanted = equation.tree, _declared(units, variable)
        if wanted is None or not isinstance(tree, Call) or variable.kind == "stock":
            continue
        if not canonical(tree.function).startswith("get direct"):
            continue
        file, tab, *_, cell = texts_of(model, equation, tree)
        heading = files.heading(reader_of(model, equation), file, tab, cell)
        file = Path(file).name
        found = rows.get((file, heading)) or rows.get((file, "*"))
        if found is not None:
            place, name = f"{path}:{found[0]}", f"{file}, {heading}"
            whose = f"the constant '{variable.name}' that reads it"
            yield compare(units, place, name, found[1], wanted, whose)


def _declared(units: Units, variable: Variable | None) -> Unit | None:
    """Return a variable's unit; one that is wrong is found with the equations."""
    if variable is None:
        return None
    try:
        return units.read(variable.unit)
    except UnitNameError:
        return None


def _levers(model: Model, units: Units, path: Path) -> Iterator[UnitFinding | None]:
    document = read_document(path)
    for number, lever in enumerate(read_levers(path).values()):
        line, _ = document.place(("lever", number, "unit"))
        constants: Mapping[str | None, str] = {
            lever.constant: lever.unit,
            lever.start_constant: "year",
            lever.ramp_constant: "year",
        }
        for constant, written in constants.items():
            wanted = _declared(units, model.variable(constant or ""))
            if wanted is not None:
                whose = f"its constant '{constant}'"
                place = f"{path}:{line}"
                yield compare(units, place, lever.id, written, wanted, whose)


def _observations(units: Units, path: Path) -> Iterator[UnitFinding | None]:
    """Yield a comparison for each printed unit with the ledger's, by its factor."""
    rows = csv.DictReader(read_text(path).splitlines())
    for number, row in enumerate(rows, 2):
        try:
            kept = units.read(_NOTE.sub("", row["unit"]))
            wanted = Unit(float(row["factor"])) * kept
        except (UnitNameError, ValueError):
            continue
        printed = row["printed_unit"].replace("_per_", " per ")
        name = f"{row['printed_name']} ({row['printed_unit']})"
        whose = f"{row['factor']} times the ledger's unit"
        yield compare(units, f"{path}:{number}", name, printed, wanted, whose)
