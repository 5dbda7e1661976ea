"""Raw rows of observations: what the collected files hold, checked against tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from cqsim.errors import InputFileError, did_you_mean
from cqsim.ledger.candidate import Candidate, Context, Printed
from cqsim.ledger.observed import AGES
from cqsim.ledger.places import PLACES, REGIONS
from cqsim.ledger.raw_text import Line, gather, raise_faults, read_lines
from cqsim.ledger.rules.naming import ALIASES, PARTIAL, named
from cqsim.ledger.sources import Source

BULLETINS = "bulletins.csv"
"""What `cqsim ledger add` brought in."""

TABLES = (
    "population_observed.csv",
    "population_extra.csv",
    "economy_observed.csv",
    "emissions_observed.csv",
    "outcomes_observed.csv",
    BULLETINS,
)
COLUMNS = ("region_id", "year", "variable", "value", "unit", "source_id", "note")
AGE_TABLE = "population_age_sex.csv"
AGE_COLUMNS = ("region_id", "year", "age_group", "sex", "persons", "source_id")
AGE_VARIABLE = "resident_population_by_age_sex"
SEXES = ("male", "female")
CENSUS_YEARS = (2010, 2020)
COMPLETE = ("resident_population", "urban_share")
"""Variables that every region must have in both census years."""
PRINTED_PLACES = (*PLACES, *ALIASES, *PARTIAL)


@dataclass(frozen=True, slots=True)
class Variable:
    """What a printed name and unit mean: one line of variables.csv."""

    printed_name: str
    variable: str
    file: str
    printed_unit: str
    unit: str
    factor: Decimal
    meaning: str


VARIABLE_COLUMNS = (
    *("printed_name", "variable", "file", "printed_unit", "unit", "factor", "meaning"),
)
Variables = Mapping[tuple[str, str], Variable]


def read_variables(observed: Path) -> dict[tuple[str, str], Variable]:
    """Return the variables that raw files may hold, by printed name and unit."""
    known: dict[tuple[str, str], Variable] = {}
    for line in read_lines(observed / "variables.csv", VARIABLE_COLUMNS):
        entry = Variable(
            printed_name=line.filled("printed_name"),
            variable=line.filled("variable"),
            file=line.filled("file"),
            printed_unit=line.filled("printed_unit"),
            unit=line.filled("unit"),
            factor=line.number_in("factor"),
            meaning=line.filled("meaning"),
        )
        if (entry.printed_name, entry.printed_unit) in known:
            what = f"'{entry.printed_name}' in '{entry.printed_unit}' stands twice"
            raise line.fault(what, "Take one of the lines out.")
        known[entry.printed_name, entry.printed_unit] = entry
    return known


def read_observations(
    raw: Path, variables: Variables, sources: Mapping[str, Source]
) -> list[Candidate]:
    """Return every row of the tables and of the age table, named, in file order.

    Raises
    ------
    InputFileError, FaultsError
        Whatever is wrong in the first file that has a fault.
    """
    rows: list[Candidate] = []
    for name in TABLES:
        rows += table_rows(raw / name, COLUMNS, variables, sources)
    _refuse_gaps(raw / TABLES[0], rows)
    rows += _age_rows(raw / AGE_TABLE, variables, sources)
    context = Context(sources)
    return [
        named(replace(row, rank_in_files=rank), context)
        for rank, row in enumerate(rows)
    ]


def table_rows(
    file: Path,
    columns: Sequence[str],
    variables: Variables,
    sources: Mapping[str, Source],
) -> list[Candidate]:
    """Return the rows of one table, in file order.

    Raises
    ------
    InputFileError, FaultsError
        Whatever is wrong in the file.
    """
    lines = read_lines(file, columns)
    found = gather(lambda line: _observation(line, variables, sources), lines)
    _refuse_repeats(file, found)
    return found


def _observation(
    line: Line, variables: Variables, sources: Mapping[str, Source]
) -> Candidate:
    variable = _variable(line, variables)
    value = line.number_in("value")
    digit = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return Candidate(
        printed=_printed(line, "variable", "value", sources),
        region=_place(line),
        year=line.year(),
        variable=variable.variable,
        value=value * variable.factor,
        unit=variable.unit,
        file=variable.file,
        quantum=digit * variable.factor,
    )


def _age_rows(
    file: Path, variables: Variables, sources: Mapping[str, Source]
) -> list[Candidate]:
    variable = variables[AGE_VARIABLE, "persons"]
    lines = read_lines(file, AGE_COLUMNS)
    found = gather(lambda line: _age_row(line, variable, sources), lines)
    _refuse_repeats(file, found)
    there = {(row.region, row.year, row.age, row.sex) for row in found}
    wanted = (
        (region, year, age, sex)
        for region in REGIONS
        for year in CENSUS_YEARS
        for age in AGES
        for sex in SEXES
    )
    remedy = "Add the row: the census has every region, age and sex."
    raise_faults(
        [
            InputFileError(
                file, 0, f"there is no row for {' '.join(map(str, key))}", remedy
            )
            for key in wanted
            if key not in there
        ]
    )
    return found


def _age_row(
    line: Line, variable: Variable, sources: Mapping[str, Source]
) -> Candidate:
    age, sex = line.filled("age_group"), line.filled("sex")
    for text, known in ((age, AGES), (sex, SEXES)):
        if text not in known:
            what = f"'{text}' is not one of {', '.join(known)}"
            raise line.fault(what, "Write one of these.")
    value = line.number_in("persons")
    if value != int(value) or value < 0:
        what = f"{value} is not a number of persons"
        raise line.fault(what, "Write a whole number that is not negative.")
    return Candidate(
        printed=_printed(line, "", "persons", sources),
        region=_place(line),
        year=line.year(),
        variable=variable.variable,
        value=value,
        unit=variable.unit,
        file=variable.file,
        age=age,
        sex=sex,
    )


def _printed(
    line: Line, variable: str, value: str, sources: Mapping[str, Source]
) -> Printed:
    source = line.filled("source_id")
    if source not in sources:
        what = f"there is no source '{source}'"
        raise line.fault(what, did_you_mean(source, list(sources)))
    return Printed(
        file=line.file.name,
        line=line.number,
        region=line.cells["region_id"],
        year=line.year(),
        variable=line.cells[variable] if variable else AGE_VARIABLE,
        value=line.cells[value],
        unit=line.cells.get("unit", "persons"),
        source=source,
        note=line.cells.get("note", "").strip(),
    )


def _place(line: Line) -> str:
    region = line.filled("region_id")
    if region not in PRINTED_PLACES:
        what = f"there is no region '{region}'"
        raise line.fault(what, did_you_mean(region, list(PRINTED_PLACES)))
    return region


def _variable(line: Line, variables: Variables) -> Variable:
    name, unit = line.filled("variable"), line.filled("unit")
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


def _refuse_repeats(file: Path, rows: Iterable[Candidate]) -> None:
    first: dict[tuple[object, ...], int] = {}
    faults = []
    for row in rows:
        key = (ALIASES.get(row.region, row.region), *row.key[1:], row.source)
        if key in first:
            said = ", ".join(str(part) for part in key if part)
            what = f"the row repeats line {first[key]}: {said}"
            remedy = "Take one of them out; a source says a value once."
            faults.append(InputFileError(file, row.printed.line, what, remedy))
        first.setdefault(key, row.printed.line)
    raise_faults(faults)


def _refuse_gaps(file: Path, rows: Iterable[Candidate]) -> None:
    there = {(row.variable, row.year, row.region) for row in rows}
    remedy = "Add the row: the census has every region."
    raise_faults(
        [
            InputFileError(
                file, 0, f"there is no row for {region} {year}, {variable}", remedy
            )
            for variable in COMPLETE
            for year in CENSUS_YEARS
            for region in REGIONS
            if (variable, year, region) not in there
        ]
    )
