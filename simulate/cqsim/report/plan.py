"""What a report shows: `reports/report.toml`, by names of indicators and variables."""

from pathlib import Path
from typing import Literal

from cqsim.report.words import Both
from cqsim.resources import data_folder
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen


class Title(Frozen):
    """The same words in Chinese and in English."""

    zh: str
    en: str

    @property
    def both(self) -> Both:
        """The words as reports carry them."""
        return Both(self.zh, self.en)


class Theme(Frozen):
    """A section on one subject: two indicators drawn, several in a table."""

    id: str
    title: Title
    lead: str
    beside: str
    table: tuple[str, ...]


class Regions(Frozen):
    """What is shown by region."""

    maps: tuple[str, ...]
    multiples: str
    ranked: tuple[str, ...]
    table: tuple[str, ...]


class Flow(Frozen):
    """A flow of people: `sign` is that of its part in the change."""

    variable: str
    sign: Literal[-1, 1]
    title: Title


class People(Frozen):
    """The flows that change the number of people; `scale` leads to the indicator."""

    stock: str
    flows: tuple[Flow, ...]
    scale: float
    scopes: tuple[str, ...]


class Kaya(Frozen):
    """A chain of indicators, the last the product of the first and the ratios."""

    chain: tuple[str, ...]
    titles: tuple[Title, ...]


class Check(Frozen):
    """An indicator of a census, from the counts of the ledger."""

    indicator: str
    numerator: str
    denominator: str | None = None
    scale: float


class Later(Frozen):
    """An indicator that the ledger has for years after the start of the run."""

    indicator: str
    observed: str
    scale: float


class Plan(Frozen):
    """The whole file."""

    headline: str
    theme: tuple[Theme, ...]
    regions: Regions
    people: People
    kaya: Kaya
    check: tuple[Check, ...]
    later: tuple[Later, ...]


def read_plan(path: Path | None = None) -> Plan:
    """Return what a report shows, by default as `reports/report.toml` says.

    Raises
    ------
    FaultsError
        A key is unknown, missing or wrong; each with its place.
    """
    file = path or data_folder("reports") / "report.toml"
    return load(read_document(file), Plan)
