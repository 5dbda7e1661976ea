"""What the derivations read: one value a (region, year, variable), with its source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import InputFileError
from cqsim.ledger.places import CQ21, REGIONS, RINGS

Floats = NDArray[np.float64]

CENTRAL = RINGS["central"]
DISTRICTS = CQ21
NORTHERN = "guangan"
MUNICIPALITY = "chongqing"
AGES = tuple(f"age{start}" for start in range(0, 90, 5))
SECTORS = ("primary", "secondary", "tertiary")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the ledger, in the unit of its variable."""

    value: float
    source: str
    grade: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A number that no table gives: chosen by the authors, or read from a text."""

    value: float
    low: float
    high: float
    unit: str
    reason: str
    source: str = "analyst"


@dataclass(frozen=True, slots=True)
class Facts:
    """The cleaned ledger, as the derivations need it.

    Parameters
    ----------
    observed
        By (region, year, variable).
    people
        Persons by five-year age group, (age,), by (region, year, sex).
    literature
        Central values by parameter.
    adjacency
        Pairs of neighbouring regions.
    area
        km2 by region.
    judgement
        By name, from derivation.toml.
    folder
        Where the ledger was read from, for messages.
    """

    observed: Mapping[tuple[str, int, str], Fact]
    people: Mapping[tuple[str, int, str], Floats]
    literature: Mapping[str, Fact]
    adjacency: tuple[tuple[str, str], ...]
    area: Mapping[str, Fact]
    judgement: Mapping[str, Judgement]
    folder: Path

    def fact(self, region: str, year: int, variable: str) -> Fact:
        """Return one row of the ledger.

        Raises
        ------
        InputFileError
            The ledger has no such row.
        """
        found = self.observed.get((region, year, variable))
        if found is None:
            what = f"no row for {region}, {year}, {variable}"
            remedy = "The derivation of the initial vectors needs it; restore the row."
            raise InputFileError(self.folder / "observed", 0, what, remedy)
        return found

    def value(self, region: str, year: int, variable: str) -> float:
        """Return one value of the ledger, in the unit of its variable."""
        return self.fact(region, year, variable).value

    def vector(
        self, variable: str, year: int, regions: Iterable[str] = REGIONS
    ) -> Floats:
        """Return one variable over regions, (region,)."""
        return np.array([self.value(r, year, variable) for r in regions])

    def has(self, region: str, year: int, variable: str) -> bool:
        """Whether the ledger has this row."""
        return (region, year, variable) in self.observed

    def sources(
        self, variables: Iterable[str], years: Iterable[int], regions: Iterable[str]
    ) -> tuple[str, ...]:
        """Return the ids of the sources behind the rows that are there, sorted."""
        wanted_years, wanted_regions = set(years), set(regions)
        wanted = set(variables)
        return tuple(
            sorted(
                {
                    fact.source
                    for (region, year, variable), fact in self.observed.items()
                    if variable in wanted
                    and year in wanted_years
                    and region in wanted_regions
                }
            )
        )

    def persons(self, region: str, year: int, sex: str = "both") -> Floats:
        """Return persons by five-year age group, (age,); sex `both` adds the two."""
        if sex == "both":
            return (
                self.people[region, year, "male"] + self.people[region, year, "female"]
            )
        return self.people[region, year, sex]

    def parameter(self, name: str) -> Fact:
        """Return the central value of a range from the literature.

        Raises
        ------
        InputFileError
            The ledger has no such parameter.
        """
        found = self.literature.get(name)
        if found is None:
            file = self.folder / "observed" / "literature.csv"
            what = f"no central value of {name}"
            remedy = "The derivation of the initial vectors needs it; restore the row."
            raise InputFileError(file, 0, what, remedy)
        return found

    def choice(self, name: str) -> float:
        """Return a number of derivation.toml.

        Raises
        ------
        InputFileError
            The file has no such entry.
        """
        found = self.judgement.get(name)
        if found is None:
            what = f"no judgement named '{name}'"
            remedy = "The derivation of the initial vectors needs it; restore it."
            raise InputFileError(self.folder / "derivation.toml", 0, what, remedy)
        return found.value
