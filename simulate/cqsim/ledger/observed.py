"""The observed ledger: its settings, and its rows for all who compute with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from cqsim.errors import UnknownNameError
from cqsim.tables import REWRITE, TableRecord, read_table
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Year

SETTINGS = "ledger.toml"
BULLETINS = "bulletins.csv"
"""The raw table of what `cqsim ledger add` brought in."""
ADDED_SOURCES = "sources_added.csv"

AGES = (
    *("0", "1-4"),
    *(f"{first}-{first + 4}" for first in range(5, 85, 5)),
    "85+",
)
"""Age groups of the census tables, as printed."""

FIVE_YEAR_AGES = tuple(f"age{first}" for first in range(0, 90, 5))
"""Age groups of the model: age0 is 0-4, age85 is 85 and over."""

Key = tuple[str, int, str, str, str]
"""Region, year, variable, age, sex: what the ledger has one row for."""


class AgeTable(Frozen):
    """The raw table of persons by age and sex, complete in its years."""

    file: Name
    variable: Name
    years: tuple[Year, ...]


class RequiredRows(Frozen):
    """Variables that every region must have in each of the years."""

    variables: tuple[Name, ...] = ()
    years: tuple[Year, ...] = ()


class OriginalSeries(Frozen):
    """Variables whose values between two years are of a series revised since."""

    variables: tuple[Name, ...] = ()
    after: Year = 1900
    before: Year = 1900

    def covers(self, variable: str, year: int) -> bool:
        """Whether a value of this variable and year is of the old series."""
        return variable in self.variables and self.after < year < self.before


class LedgerSettings(Frozen):
    """The content of a model folder's `ledger.toml`: rules, files, places, years."""

    pipeline: str = ""
    files: tuple[Name, ...]
    tables: tuple[Name, ...] = (BULLETINS,)
    attached: tuple[Name, ...] = ()
    sources: tuple[Name, ...] = (ADDED_SOURCES,)
    recalled: tuple[Name, ...] = ()
    rings_source: str = ""
    beyond: tuple[Name, ...] = ()
    parts: tuple[Name, ...] = ()
    rings: dict[str, tuple[Name, ...]] = Field(default_factory=dict)
    areas: dict[str, tuple[Name, ...]] = Field(default_factory=dict)
    aliases: dict[str, str] = Field(default_factory=dict)
    age_table: AgeTable | None = None
    required: RequiredRows = RequiredRows()
    original_series: OriginalSeries = OriginalSeries()

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions in the order used everywhere."""
        return tuple(region for ring in self.rings.values() for region in ring)

    @cached_property
    def regions_of(self) -> Mapping[str, tuple[str, ...]]:
        """The regions of each area that totals are stated for."""
        found: dict[str, tuple[str, ...]] = {}
        for area, members in self.areas.items():
            found[area] = tuple(
                region for name in members for region in {**found, **self.rings}[name]
            )
        return found

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Every place that a row of the ledger may have, in sort order."""
        return (*self.regions, *self.areas, *self.beyond)


def read_settings(folder: Path) -> LedgerSettings:
    """Return the settings of a model folder's ledger.

    Raises
    ------
    InputFileError, FaultsError
        ledger.toml is missing or says something it must not.
    """
    return load(read_document(folder / SETTINGS), LedgerSettings)


class Observation(TableRecord):
    """One observed value: what, where, when, from whom, and how far to trust it."""

    region: str
    year: int
    variable: str
    value: float
    unit: str
    source: str
    vintage: str
    grade: str
    note: str
    rules: Annotated[tuple[str, ...], BeforeValidator(str.split)] = ()
    origin: str = ""
    age: str = ""
    sex: str = ""
    file: str = ""

    @property
    def key(self) -> Key:
        """Region, year, variable, age, sex."""
        return (self.region, self.year, self.variable, self.age, self.sex)


MaybeFloat = Annotated[float | None, BeforeValidator(lambda text: text or None)]


class LiteratureRange(TableRecord):
    """A range from the literature; None where the source gives no such end."""

    parameter: str
    low: MaybeFloat
    central: MaybeFloat
    high: MaybeFloat
    unit: str
    scope: str
    source: str
    grade: str
    note: str
    rules: Annotated[tuple[str, ...], BeforeValidator(str.split)] = ()
    origin: str = ""


class Observations:
    """All observations, found by region, variable and year.

    Parameters
    ----------
    rows
        One a key.
    parameters
        Ranges from the literature.
    settings
        Its places; the order of its regions is that of vectors.
    folder
        Where they were read, for messages.
    """

    def __init__(
        self,
        rows: Iterable[Observation],
        parameters: Iterable[LiteratureRange] = (),
        settings: LedgerSettings | None = None,
        folder: Path = Path(),
    ) -> None:
        self._rows = tuple(rows)
        self._parameters = {entry.parameter: entry for entry in parameters}
        self._folder = folder
        self._by_key = {row.key: row for row in self._rows}
        self.settings = settings or LedgerSettings(files=())

    @classmethod
    def load(cls, folder: Path) -> "Observations":
        """Read the ledger of a model folder (the one that holds `observed/`).

        Raises
        ------
        InputFileError, FaultsError
            ledger.toml or a table is missing or damaged.
        """
        settings, observed = read_settings(folder), folder / "observed"
        rows = [
            line.record
            for file in ledger_files(folder)
            for line in read_table(
                file,
                Observation,
                exact=False,
                remedy=REWRITE,
                given={"file": file.stem},
            )
        ]
        ranges = read_table(
            observed / "literature.csv", LiteratureRange, exact=False, remedy=REWRITE
        )
        parameters = [line.record for line in ranges]
        return cls(rows, parameters, settings, observed)

    @cached_property
    def _ages(self) -> dict[tuple[str, int, str], list[float]]:
        """Persons by the model's age groups, by place, year and sex ("" for both)."""
        tables: dict[tuple[str, int, str], list[float]] = {}
        for row in self._rows:
            for sex in (row.sex, "") if row.age else ():
                key = (row.region, row.year, sex)
                persons = tables.setdefault(key, [0.0] * len(FIVE_YEAR_AGES))
                persons[FIVE_YEAR_AGES.index(five_year_age(row.age))] += row.value
        return tables

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def regions(self) -> tuple[str, ...]:
        """Return the regions in the order of vectors."""
        return self.settings.regions

    @property
    def parameters(self) -> tuple[LiteratureRange, ...]:
        """Return the ranges from the literature, in file order."""
        return tuple(self._parameters.values())

    def rows(
        self,
        variable: str | None = None,
        region: str | None = None,
        year: int | None = None,
        file: str | None = None,
    ) -> tuple[Observation, ...]:
        """Return the rows that agree with whatever is given, in file order."""
        return tuple(
            row
            for row in self._rows
            if variable in (None, row.variable)
            and region in (None, row.region)
            and year in (None, row.year)
            and file in (None, row.file)
        )

    def find(
        self, region: str, variable: str, year: int, age: str = "", sex: str = ""
    ) -> Observation | None:
        """Return the row, or None where nothing is known."""
        return self._by_key.get((region, year, variable, age, sex))

    def row(self, region: str, variable: str, year: int) -> Observation:
        """Return the row.

        Raises
        ------
        UnknownNameError
            Where the ledger has no such row; it offers the nearest variables.
        """
        found = self.find(region, variable, year)
        if found is None:
            where = f"{self._folder}: {region} {year}"
            known = sorted({r.variable for r in self._rows if r.region == region})
            raise UnknownNameError(where, "observation of", variable, known)
        return found

    def value(self, region: str, variable: str, year: int) -> float:
        """Return the value in the unit of its row; raises as `row` does."""
        return self.row(region, variable, year).value

    def vector(
        self, variable: str, year: int, regions: Sequence[str] | None = None
    ) -> list[float]:
        """Return one value a region, in the order of the regions."""
        chosen = self.regions if regions is None else regions
        return [self.value(region, variable, year) for region in chosen]

    def age_vector(self, region: str, year: int, sex: str = "") -> list[float]:
        """Return persons in the model's 18 age groups, of one sex or of both.

        Raises
        ------
        UnknownNameError
            The place has no table of ages in this year.
        """
        if (region, year, sex) not in self._ages:
            where = f"{self._folder}: {region} {year}"
            known = sorted({place for place, _, _ in self._ages})
            raise UnknownNameError(where, "age table of", region, known)
        return list(self._ages[region, year, sex])

    def parameter(self, name: str) -> LiteratureRange:
        """Return a range from the literature by its name.

        Raises
        ------
        UnknownNameError
            There is no such range.
        """
        if name not in self._parameters:
            where = f"{self._folder}/literature.csv"
            raise UnknownNameError(where, "parameter", name, list(self._parameters))
        return self._parameters[name]


def ledger_files(folder: Path) -> tuple[Path, ...]:
    """Return the tables of observations of a model folder, in the order of reading."""
    return tuple(
        folder / "observed" / f"{name}.csv" for name in read_settings(folder).files
    )


def five_year_age(age: str) -> str:
    """Return the model's name of the group that a printed age group falls into."""
    first = int(age.removesuffix("+").split("-")[0])
    return f"age{first - first % 5}"
