"""What the ledger has observed of indicators, for the pace of targets so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cqsim.ledger.observed import Observation, Observations
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Number, Year

UNCONFIRMED = "D"
"""The grade of what is remembered and was never found in print."""


class _Entry(Frozen):
    variable: Name
    factor: Annotated[Number, Field(gt=0)]


class _File(Frozen):
    known_until: Year
    indicator: dict[str, _Entry] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """Indicators as the ledger has them, by indicator, scope and year."""

    known_until: int
    rows: Mapping[tuple[str, str], Mapping[int, Observation]] = field(
        default_factory=dict
    )
    factors: Mapping[str, float] = field(default_factory=dict)

    def latest(
        self, indicator: str, scope: str, after: int, until: int
    ) -> tuple[int, float] | None:
        """Return the last year observed within (after, until], and its value."""
        found = self.rows.get((indicator, scope), {})
        years = [year for year in found if after < year <= until]
        if not years:
            return None
        year = max(years)
        return year, found[year].value * self.factors[indicator]


def read_observed(folder: Path, default_year: int = 2022) -> Observed:
    """Return what was observed, of a model's folder; nothing where it has no ledger.

    Raises
    ------
    InputFileError, FaultsError
        observations.toml or a ledger file is at fault.
    """
    path = folder / "observations.toml"
    if not path.is_file():
        return Observed(default_year)
    file = load(read_document(path), _File)
    ledger = Observations.load(folder)
    rows: dict[tuple[str, str], dict[int, Observation]] = {}
    for indicator, entry in file.indicator.items():
        for row in ledger.rows(entry.variable):
            if row.grade != UNCONFIRMED and not row.age:
                rows.setdefault((indicator, row.region), {})[row.year] = row
    factors = {name: entry.factor for name, entry in file.indicator.items()}
    return Observed(file.known_until, rows, factors)
