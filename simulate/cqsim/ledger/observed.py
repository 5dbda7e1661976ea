"""The observed half of the ledger, as read by everything that computes with it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cqsim.errors import InputFileError, UnknownNameError
from cqsim.ledger.places import REGIONS

FILES = ("population", "age_sex", "migration", "economy", "energy", "air", "outcomes")
"""Files of observations in `model/observed`, in the order they are read."""

AGES = (
    *("0", "1-4"),
    *(f"{first}-{first + 4}" for first in range(5, 85, 5)),
    "85+",
)
"""Age groups of the census tables, as printed."""

FIVE_YEAR_AGES = tuple(f"age{first}" for first in range(0, 90, 5))
"""Age groups of the model: age0 is 0-4, age85 is 85 and over."""

COLUMNS = (
    *("region", "year", "variable", "value", "unit", "source", "vintage", "grade"),
    "note",
)
PARAMETER_COLUMNS = (
    *("parameter", "low", "central", "high", "unit", "scope", "source", "grade"),
    "note",
)
MISSING_REMEDY = "Run `cqsim ledger build`, or name a file that is there."


@dataclass(frozen=True, slots=True)
class Observation:
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
    rules: tuple[str, ...] = ()
    origin: str = ""
    age: str = ""
    sex: str = ""
    file: str = ""

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """What the ledger has one row for: region, year, variable, age, sex."""
        return (self.region, self.year, self.variable, self.age, self.sex)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One range from the literature; None where the source gives no such end."""

    name: str
    low: float | None
    central: float | None
    high: float | None
    unit: str
    scope: str
    source: str
    grade: str
    note: str
    rules: tuple[str, ...] = ()
    origin: str = ""


class Observations:
    """All observations, found by region, variable and year.

    Parameters
    ----------
    rows
        One a key.
    parameters
        Ranges from the literature.
    folder
        Where they were read, for messages.
    """

    def __init__(
        self,
        rows: Iterable[Observation],
        parameters: Iterable[Parameter] = (),
        folder: Path = Path(),
    ) -> None:
        self._rows = tuple(rows)
        self._parameters = {entry.name: entry for entry in parameters}
        self._folder = folder
        self._by_key = {row.key: row for row in self._rows}

    @classmethod
    def load(cls, folder: Path) -> "Observations":
        """Read the ledger of a model folder (the one that holds `observed/`)."""
        observed = folder / "observed"
        rows = [row for name in FILES for row in _observations(observed, name)]
        return cls(rows, _parameters(observed / "literature.csv"), observed)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
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

    def value(self, region: str, variable: str, year: int) -> float:
        """Return the value in the unit of its row.

        Raises
        ------
        UnknownNameError
            Where the ledger has no such row; it offers the nearest variables.
        """
        row = self.find(region, variable, year)
        if row is None:
            where = f"{self._folder}: {region} {year}"
            known = sorted({r.variable for r in self._rows if r.region == region})
            raise UnknownNameError(where, "observation of", variable, known)
        return row.value

    def vector(
        self, variable: str, year: int, regions: Sequence[str] = REGIONS
    ) -> list[float]:
        """Return one value a region, in the order of the regions."""
        return [self.value(region, variable, year) for region in regions]

    def age_vector(self, region: str, year: int, sex: str = "") -> list[float]:
        """Return persons in the model's 18 age groups, of one sex or of both."""
        persons = dict.fromkeys(FIVE_YEAR_AGES, 0.0)
        found = [
            row
            for row in self.rows("resident_population_by_age_sex", region, year)
            if sex in ("", row.sex)
        ]
        if not found:
            where = f"{self._folder}: {region} {year}"
            known = sorted({row.region for row in self._rows if row.age})
            raise UnknownNameError(where, "age table of", region, known)
        for row in found:
            persons[five_year_age(row.age)] += row.value
        return list(persons.values())

    def parameter(self, name: str) -> Parameter:
        """Return a range from the literature by its name."""
        if name not in self._parameters:
            where = f"{self._folder}/literature.csv"
            raise UnknownNameError(where, "parameter", name, list(self._parameters))
        return self._parameters[name]


def five_year_age(age: str) -> str:
    """Return the model's name of the group that a printed age group falls into."""
    first = int(age.removesuffix("+").split("-")[0])
    return f"age{first - first % 5}"


def _observations(observed: Path, name: str) -> Iterator[Observation]:
    file = observed / f"{name}.csv"
    for line, cells in _cells(file, COLUMNS):
        yield Observation(
            region=cells["region"],
            year=int(_number(file, line, cells, "year")),
            variable=cells["variable"],
            value=_number(file, line, cells, "value"),
            unit=cells["unit"],
            source=cells["source"],
            vintage=cells["vintage"],
            grade=cells["grade"],
            note=cells["note"],
            rules=tuple(cells.get("rules", "").split()),
            origin=cells.get("origin", ""),
            age=cells.get("age", ""),
            sex=cells.get("sex", ""),
            file=name,
        )


def _parameters(file: Path) -> Iterator[Parameter]:
    for line, cells in _cells(file, PARAMETER_COLUMNS):
        low, central, high = (
            _number(file, line, cells, end) if cells[end] else None
            for end in ("low", "central", "high")
        )
        yield Parameter(
            name=cells["parameter"],
            low=low,
            central=central,
            high=high,
            unit=cells["unit"],
            scope=cells["scope"],
            source=cells["source"],
            grade=cells["grade"],
            note=cells["note"],
            rules=tuple(cells.get("rules", "").split()),
            origin=cells.get("origin", ""),
        )


def _cells(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        what = "the ledger file is not there"
        raise InputFileError(file, 0, what, MISSING_REMEDY) from None
    except UnicodeDecodeError:
        what = "the text is not UTF-8"
        raise InputFileError(file, 0, what, "Run `cqsim ledger build`.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for column in columns:
        if column not in (reader.fieldnames or ()):
            what = f"there is no column '{column}'"
            raise InputFileError(file, 1, what, "Run `cqsim ledger build`.")
    for cells in reader:
        if None in cells or None in cells.values():
            what = f"the row has not the {len(reader.fieldnames or ())} cells of line 1"
            remedy = "Add or remove a comma; a cell with a comma needs quotes."
            raise InputFileError(file, reader.line_num, what, remedy)
        yield reader.line_num, cells


def _number(file: Path, line: int, cells: dict[str, str], column: str) -> float:
    try:
        return float(cells[column])
    except ValueError:
        what = f"'{cells[column]}' stands where a number belongs, in '{column}'"
        raise InputFileError(file, line, what, "Write a number.") from None
