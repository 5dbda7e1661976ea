"""Raw rows: what the collected files hold, checked against known names and units."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from cqsim.errors import InputFileError, did_you_mean
from cqsim.ledger.observed import AGES, AgeTable, Key, LedgerSettings, read_settings
from cqsim.ledger.sources import LedgerSource, read_sources
from cqsim.tables import (
    CalendarYear,
    CsvLine,
    Filled,
    InvalidCell,
    MaybeNumber,
    PrintedNumber,
    TableLine,
    TableRecord,
    gather,
    one_of,
    raise_faults,
    read_table,
    record_of,
    refuse_repeats,
)

SEXES = ("male", "female")


@dataclass(frozen=True, slots=True)
class SourceCell:
    """The cells of a raw file, as they stand."""

    file: str
    line: int
    region: str
    year: int
    variable: str
    value: str
    unit: str
    source: str
    note: str

    @property
    def origin(self) -> str:
        """Where the row stands in the raw files."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class RawRow:
    """A raw row in the ledger's names and units, with what the rules found.

    `quantum` is one unit of the last digit printed, in the ledger's unit; `relabelled`
    says that its region was corrected; `rank_in_files` is its place among all rows;
    `rules` are the numbers of the rules that touched it, in order.
    """

    cell: SourceCell
    region: str
    year: int
    variable: str
    value: Decimal
    unit: str
    file: str
    quantum: Decimal = Decimal(1)
    rank_in_files: int = 0
    relabelled: bool = False
    age: str = ""
    sex: str = ""
    vintage: str = ""
    grade: str = ""
    remarks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """The key of a row of the ledger."""
        return (self.region, self.year, self.variable, self.age, self.sex)

    @property
    def source(self) -> str:
        """The id of the source."""
        return self.cell.source

    @property
    def text(self) -> str:
        """The raw note, lower case, for rules that look for a word."""
        return self.cell.note.lower()

    @property
    def note(self) -> str:
        """The raw note and the remarks of the rules."""
        return "; ".join(part for part in (self.cell.note, *self.remarks) if part)

    @property
    def plain_value(self) -> str:
        """The value without exponent and without zeros at its end."""
        return f"{self.value.normalize():f}"

    def with_remark(self, remark: str) -> "RawRow":
        """Return it with one more remark in its note."""
        return replace(self, remarks=(*self.remarks, remark))

    def by_rule(self, number: str) -> "RawRow":
        """Return it with the rule's number added, once."""
        if number in self.rules:
            return self
        return replace(self, rules=(*self.rules, number))


@dataclass(frozen=True, slots=True)
class RawRange:
    """A range from the literature as printed; blank where there is no such end."""

    cell: SourceCell
    low: str
    central: str
    high: str
    scope: str
    grade: str = ""
    rules: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A raw row that did not become a ledger row, the rule and the reason."""

    cell: SourceCell
    rule: str
    reason: str


class PrintedVariable(TableRecord):
    """The variable and factor of a printed name and unit: one line of variables.csv."""

    printed_name: Filled
    variable: Filled
    file: Filled
    printed_unit: Filled
    unit: Filled
    factor: PrintedNumber
    meaning: Filled


class ObservationColumns(TableRecord):
    """The columns of a raw table of observations."""

    region_id: Filled
    year: CalendarYear
    variable: Filled
    value: PrintedNumber
    unit: Filled
    source_id: Filled
    note: str


def _persons(text: str) -> str:
    value = Decimal(text) if text.strip().isdecimal() else None
    if value is None:
        what = f"{text} is not a number of persons"
        raise InvalidCell(what, "Write a whole number that is not negative.")
    return text


class AgeColumns(TableRecord):
    """The columns of the raw table of ages."""

    region_id: Filled
    year: CalendarYear
    age: Annotated[str, one_of(*AGES)] = Field(alias="age_group")
    sex: Annotated[str, one_of(*SEXES)]
    value: Annotated[PrintedNumber, BeforeValidator(_persons)] = Field(alias="persons")
    source_id: Filled


class RangeColumns(TableRecord):
    """The columns of the raw table of ranges from the literature."""

    parameter: Filled
    low: str
    central: str
    high: str
    unit: Filled
    scope: str
    source_id: Filled
    note: str


class RangeEnds(TableRecord):
    """The numbers of a range, where it has any."""

    low: MaybeNumber
    central: MaybeNumber
    high: MaybeNumber


Variables = Mapping[tuple[str, str], PrintedVariable]


@dataclass(frozen=True, slots=True)
class RawNames:
    """Names that raw rows may use: places, sources, variables by name and unit."""

    settings: LedgerSettings
    variables: Variables
    sources: Mapping[str, LedgerSource]
    places: tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, folder: Path) -> "RawNames":
        """Read the names that a model folder's raw rows may use.

        Raises
        ------
        InputFileError, FaultsError
            ledger.toml, variables.csv or a file of sources is at fault.
        """
        settings = read_settings(folder)
        return cls(
            settings,
            read_variables(folder / "observed"),
            read_sources(folder / "observed", settings),
            (*settings.places, *settings.aliases, *settings.parts),
        )


def read_variables(observed: Path) -> dict[tuple[str, str], PrintedVariable]:
    """Return the variables that raw files may hold, by printed name and unit.

    Raises
    ------
    InputFileError, FaultsError
        The file is at fault, or gives a name and unit two meanings.
    """
    lines = read_table(observed / "variables.csv", PrintedVariable)
    refuse_repeats(
        lines, "name and unit", lambda v: f"{v.printed_name} {v.printed_unit}"
    )
    return {
        (v.printed_name, v.printed_unit): v for v in (line.record for line in lines)
    }


def read_observations(raw: Path, names: RawNames) -> list[RawRow]:
    """Return every row of the tables and of the age table, in file order.

    Raises
    ------
    InputFileError, FaultsError
        Whatever is wrong in the first file that has a fault.
    """
    settings = names.settings
    rows: list[RawRow] = []
    for name in settings.tables:
        rows += table_rows(raw / name, ObservationColumns, names)
    there = {(row.variable, row.year, row.region) for row in rows}
    required = settings.required
    missing = [
        f"{region} {year}, {variable}"
        for variable, year, region in product(
            required.variables, required.years, settings.regions
        )
        if (variable, year, region) not in there
    ]
    _refuse_missing(raw / settings.tables[0], missing, "region")
    if settings.age_table:
        rows += _age_rows(raw / settings.age_table.file, settings.age_table, names)
    return [replace(row, rank_in_files=rank) for rank, row in enumerate(rows)]


def table_rows(
    file: Path, columns: type[ObservationColumns], names: RawNames
) -> list[RawRow]:
    """Return the rows of one table, in file order.

    Raises
    ------
    InputFileError, FaultsError
        Whatever is wrong in the file.
    """

    def row(line: TableLine[ObservationColumns]) -> RawRow:
        cells = line.record
        variable = _variable(line, names.variables)
        return _row(line, names, variable, cells.variable, cells.unit, cells.note)

    found = gather(row, read_table(file, columns))
    _refuse_repeats(file, found, names.settings)
    return found


def _age_rows(file: Path, table: AgeTable, names: RawNames) -> list[RawRow]:
    variable = names.variables[table.variable, "persons"]

    def row(line: TableLine[AgeColumns]) -> RawRow:
        found = _row(line, names, variable, table.variable, "persons")
        return replace(found, age=line.record.age, sex=line.record.sex)

    found = gather(row, read_table(file, AgeColumns))
    _refuse_repeats(file, found, names.settings)
    there = {(row.region, row.year, row.age, row.sex) for row in found}
    groups = product(names.settings.regions, table.years, AGES, SEXES)
    missing = [" ".join(map(str, key)) for key in groups if key not in there]
    _refuse_missing(file, missing, "region, age and sex")
    return found


def _row(
    line: TableLine[ObservationColumns] | TableLine[AgeColumns],
    names: RawNames,
    variable: PrintedVariable,
    printed: str,
    unit: str,
    note: str = "",
) -> RawRow:
    """Return a row in the ledger's unit, its source and its place known."""
    cells = line.record
    _refuse_unknown_source(line, cells.source_id, names.sources)
    if cells.region_id not in names.places:
        what = f"there is no region '{cells.region_id}'"
        raise line.fault(what, did_you_mean(cells.region_id, list(names.places)))
    digit = Decimal(1).scaleb(int(cells.value.as_tuple().exponent))
    return RawRow(
        cell=SourceCell(
            *(line.file.name, line.number, cells.region_id, cells.year, printed),
            *(str(cells.value), unit, cells.source_id, note.strip()),
        ),
        region=cells.region_id,
        year=cells.year,
        variable=variable.variable,
        value=cells.value * variable.factor,
        unit=variable.unit,
        file=variable.file,
        quantum=digit * variable.factor,
    )


def read_ranges(
    raw: Path,
    sources: Mapping[str, LedgerSource],
    rule: str,
    reason: Callable[[str], str],
) -> tuple[list[RawRange], list[Rejection]]:
    """Return the ranges from the literature in file order, and those without number.

    Parameters
    ----------
    rule, reason
        A rule's number, and why by it a range in a unit is no number; blank if it is.

    Raises
    ------
    InputFileError, FaultsError
        Text for a number, an end above another, a name that stands twice.
    """
    ranges: list[RawRange] = []
    rejections: list[Rejection] = []

    def read(line: TableLine[RangeColumns]) -> None:
        cells = line.record
        cell = SourceCell(
            *(line.file.name, line.number, "", 0, cells.parameter, cells.central),
            *(cells.unit, cells.source_id, cells.note),
        )
        why = reason(cells.unit)
        if why:
            rejections.append(Rejection(cell, rule, why))
        else:
            _refuse_unknown_source(line, cells.source_id, sources)
            ranges.append(RawRange(cell, *_ends(line), scope=cells.scope))

    lines = read_table(raw / "parameters_literature.csv", RangeColumns)
    refuse_repeats(lines, "parameter", lambda cells: cells.parameter)
    gather(read, lines)
    return ranges, rejections


def _ends(line: TableLine[RangeColumns]) -> tuple[str, str, str]:
    """Return low, central and high as plain numbers, blank where there is none."""
    ends = record_of(line, RangeEnds)
    given = [end for end in (ends.low, ends.central, ends.high) if end is not None]
    if not given:
        what = "the row has no number"
        raise line.fault(what, "Fill in low, central or high.")
    if given != sorted(given):
        what = "low, central and high are not in ascending order"
        raise line.fault(what, "Put the smallest first.")
    low, central, high = (
        "" if end is None else f"{end:f}" for end in (ends.low, ends.central, ends.high)
    )
    return low, central, high


def _refuse_unknown_source(
    line: CsvLine, source: str, sources: Mapping[str, LedgerSource]
) -> None:
    if source not in sources:
        what = f"there is no source '{source}'"
        raise line.fault(what, did_you_mean(source, list(sources)))


def _variable(
    line: TableLine[ObservationColumns], variables: Variables
) -> PrintedVariable:
    name, unit = line.record.variable, line.record.unit
    if (name, unit) in variables:
        return variables[name, unit]
    units = sorted(known for printed, known in variables if printed == name)
    if units:
        what = f"the unit of {name} is '{unit}'"
        raise line.fault(what, f"Write it in {' or '.join(units)}.")
    what = f"there is no variable '{name}'"
    names = sorted({printed for printed, _ in variables})
    remedy = f"{did_you_mean(name, names)} A new one needs a line in variables.csv."
    raise line.fault(what, remedy)


def _refuse_repeats(
    file: Path, rows: Sequence[RawRow], settings: LedgerSettings
) -> None:
    first: dict[tuple[object, ...], int] = {}
    faults = []
    for row in rows:
        region = settings.aliases.get(row.region, row.region)
        key = (region, *row.key[1:], row.source)
        if key in first:
            said = ", ".join(str(part) for part in key if part)
            what = f"the row repeats line {first[key]}: {said}"
            remedy = "Take one of them out; a source says a value once."
            faults.append(InputFileError(file, row.cell.line, what, remedy))
        first.setdefault(key, row.cell.line)
    raise_faults(faults)


def _refuse_missing(file: Path, missing: Iterable[str], of: str) -> None:
    """Refuse a table that lacks rows which every region must have."""
    remedy = f"Add the row: the census has every {of}."
    raise_faults(
        [
            InputFileError(file, 0, f"there is no row for {key}", remedy)
            for key in missing
        ]
    )
