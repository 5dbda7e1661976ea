"""Inputs of the derivations: ledger, map, chosen values and provenance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from cqsim.errors import InputFileError, UnknownNameError
from cqsim.ledger.observed import FIVE_YEAR_AGES, Observations
from cqsim.tables import PrintedNumber, TableRecord, read_table
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Number, Year

Floats = NDArray[np.float64]

JUDGEMENTS = "derivation.toml"
NORTHERN = "guangan"
MUNICIPALITY = "chongqing"
REGIONS = "regions"
"""Among the places of evidence: every region."""
CENSUSES = (2010, 2020)
AGES = FIVE_YEAR_AGES
SECTORS = ("primary", "secondary", "tertiary")
Use = Literal[
    "heavy industry",
    "light industry",
    "services",
    "transport",
    "households",
    "agriculture",
    "power",
]
USES: tuple[Use, ...] = get_args(Use)[:-1]
"""Final uses of energy; power plants are apart."""


class ChosenValue(Frozen):
    """A number that no table gives: chosen by the authors, or read from a text."""

    value: Number
    low: Number
    high: Number
    unit: Name
    reason: Name
    source: Name = "analyst"

    @model_validator(mode="after")
    def _in_range(self) -> "ChosenValue":
        if not self.low <= self.value <= self.high:
            what = f"be inside its own range, {self.low:g} to {self.high:g}"
            raise ValueError(what)
        return self


class EvidenceRows(Frozen):
    """Rows of the ledger: every variable, in every year, of every place."""

    variables: tuple[Name, ...]
    years: tuple[Year, ...]
    places: tuple[Name, ...]


class FactEvidence(Frozen):
    """The evidence behind a table: rows, parameters, chosen values, areas, sources."""

    rows: tuple[EvidenceRows, ...] = ()
    parameters: tuple[Name, ...] = ()
    judgements: tuple[Name, ...] = ()
    areas: bool = False
    sources: tuple[Name, ...] = ()


class ColumnProvenance(Frozen):
    """Where columns of files come from; column `*` is the whole file.

    Numbers in braces are filled in by the derivation; without `decimals` values have
    nine significant digits.
    """

    files: tuple[Name, ...]
    columns: tuple[Name, ...] = ("*",)
    unit: Name
    kind: Annotated[Name, Field(alias="class")]
    evidence: tuple[Name, ...]
    rule: Name
    error: Name
    note: str = ""
    decimals: int | None = None


class InventorySector(Frozen):
    """The use that a sector belongs to, and how fuels would share its CO2."""

    use: Use
    coal: Number
    oil: Number
    gas: Number


class Rail(Frozen):
    """Regions that clauses of the plan name."""

    under_construction: tuple[Name, ...]
    planned: tuple[Name, ...]
    hubs: tuple[Name, ...]


class Derivation(Frozen):
    """The content of derivation.toml; every other key is a chosen value."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, ChosenValue]

    sectors: dict[str, InventorySector] = Field(default_factory=dict)
    rail: Rail = Rail(under_construction=(), planned=(), hubs=())
    published_sectors: dict[str, Year] = Field(default_factory=dict)
    evidence: dict[str, FactEvidence] = Field(default_factory=dict)
    provenance: tuple[ColumnProvenance, ...] = ()

    @property
    def judgements(self) -> dict[str, ChosenValue]:
        """The judgements by name."""
        return self.__pydantic_extra__


class RegionArea(TableRecord):
    """The columns of regions.csv that the derivations read."""

    region: str
    area_km2: PrintedNumber
    area_source: str


class Neighbours(TableRecord):
    """A pair of regions with a common border."""

    region_a: str
    region_b: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The built ledger of a model folder, as the derivations need it.

    Parameters
    ----------
    ledger
        Observations and ranges from the literature.
    adjacency
        Pairs of neighbouring regions.
    areas
        By region.
    derivation
        Judgements and provenance.
    folder
        Where all was read from, for messages.
    """

    ledger: Observations
    adjacency: tuple[tuple[str, str], ...]
    areas: Mapping[str, RegionArea]
    derivation: Derivation
    folder: Path

    @property
    def regions(self) -> tuple[str, ...]:
        """The 22 units of the plan, Guang'an last."""
        return self.ledger.regions

    @property
    def districts(self) -> tuple[str, ...]:
        """The 21 districts of Chongqing."""
        return self.ledger.settings.regions_of["cq21"]

    @property
    def central(self) -> tuple[str, ...]:
        """The nine districts of the central city."""
        return self.ledger.settings.regions_of["central"]

    def value(self, region: str, variable: str, year: int) -> float:
        """Return one value of the ledger, in the unit of its variable."""
        return self.ledger.value(region, variable, year)

    def vector(
        self, variable: str, year: int, regions: Sequence[str] | None = None
    ) -> Floats:
        """Return one variable over regions, (region,)."""
        return np.array(self.ledger.vector(variable, year, regions))

    def persons(self, region: str, year: int, sex: str = "") -> Floats:
        """Return persons by five-year age group, (age,), of one sex or of both."""
        return np.array(self.ledger.age_vector(region, year, sex))

    def population(self, year: int) -> Floats:
        """Return persons of a census, (region,)."""
        return np.array([self.persons(region, year).sum() for region in self.regions])

    def area(self) -> Floats:
        """Return km2, (region,)."""
        return np.array([float(self.areas[r].area_km2) for r in self.regions])

    def parameter(self, name: str) -> float:
        """Return the central value of a range from the literature.

        Raises
        ------
        InputFileError, UnknownNameError
            The ledger has no such parameter, or the source no central value.
        """
        central = self.ledger.parameter(name).central
        if central is None:
            file = self.folder / "observed" / "literature.csv"
            what = f"no central value of {name}"
            remedy = "The derivation of the initial vectors needs it; restore the row."
            raise InputFileError(file, 0, what, remedy)
        return central

    def judgement(self, name: str) -> ChosenValue:
        """Return a number of derivation.toml with its range and reason.

        Raises
        ------
        InputFileError
            The file has no such entry.
        """
        found = self.derivation.judgements.get(name)
        if found is None:
            what = f"no judgement named '{name}'"
            remedy = "The derivation of the initial vectors needs it; restore it."
            raise InputFileError(self.folder / JUDGEMENTS, 0, what, remedy)
        return found

    def choice(self, name: str) -> float:
        """Return the value of a judgement; raises as `judgement` does."""
        return self.judgement(name).value

    def sources(self, evidence: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of the sources behind named evidence, sorted."""
        found: set[str] = set()
        for name in evidence:
            entry = self.derivation.evidence[name]
            found.update(entry.sources)
            found.update(self.ledger.parameter(p).source for p in entry.parameters)
            found.update(self.judgement(j).source for j in entry.judgements)
            if entry.areas:
                found.update(area.area_source for area in self.areas.values())
            for rows in entry.rows:
                found.update(self._row_sources(rows))
        return tuple(sorted(found))

    def _row_sources(self, rows: EvidenceRows) -> set[str]:
        everywhere = self.regions if REGIONS in rows.places else ()
        found = (
            self.ledger.find(place, variable, year)
            for place in (*everywhere, *rows.places)
            for variable in rows.variables
            for year in rows.years
        )
        return {row.source for row in found if row is not None}

    def by_region(
        self, columns: Mapping[str, Floats] | Floats, names: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Return a table with a row a region: named columns, or (region, name)."""
        index = pd.Index(self.regions, name="region")
        if isinstance(columns, Mapping):
            return pd.DataFrame(dict(columns), index=index)
        return pd.DataFrame(columns, index=index, columns=list(names))


def read_facts(folder: Path) -> Facts:
    """Return what the derivations read from a model folder.

    Raises
    ------
    InputFileError, FaultsError
        A file is missing or says something it must not.
    """
    ledger = Observations.load(folder)
    geo = folder / "observed" / "raw" / "geo"
    return Facts(
        ledger=ledger,
        adjacency=read_neighbours(geo / "adjacency.csv", ledger.regions),
        areas=read_areas(folder / "regions.csv", ledger.regions),
        derivation=read_derivation(folder / JUDGEMENTS, ledger.regions),
        folder=folder,
    )


def read_derivation(file: Path, regions: Sequence[str]) -> Derivation:
    """Return what derivation.toml says.

    Raises
    ------
    InputFileError, FaultsError
        The file is missing, no TOML, or says something it must not.
    UnknownNameError
        Its lists name what is no region.
    """
    derivation = load(read_document(file), Derivation)
    rail = derivation.rail
    for key, names in (
        ("rail", (*rail.under_construction, *rail.planned, *rail.hubs)),
        ("published_sectors", tuple(derivation.published_sectors)),
    ):
        for name in names:
            if name not in regions:
                where = f"{file}: {key}"
                raise UnknownNameError(where, "region", name, list(regions))
    return derivation


def read_neighbours(file: Path, regions: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs of regions with a common border, in file order.

    Raises
    ------
    InputFileError, FaultsError
        The file is missing, or a row names what is no region.
    """
    pairs = []
    for line in read_table(file, Neighbours, exact=False):
        pair = (line.record.region_a, line.record.region_b)
        for name in pair:
            if name not in regions:
                what = f"'{name}' is no region"
                raise line.fault(what, "Use an id of regions.csv.")
        pairs.append(pair)
    return tuple(pairs)


def read_areas(file: Path, regions: Sequence[str]) -> dict[str, RegionArea]:
    """Return km2 by region.

    Raises
    ------
    InputFileError, FaultsError
        The file or a region is missing, or an area is not a positive number.
    """
    areas = {}
    for line in read_table(file, RegionArea, exact=False):
        if not line.record.area_km2 > 0:
            what = f"the area of {line.record.region} is not a positive number"
            raise line.fault(what, "Write km2 in column area_km2.")
        areas[line.record.region] = line.record
    for region in regions:
        if region not in areas:
            raise InputFileError(file, 0, f"{region} has no row", "Add the row.")
    return areas
