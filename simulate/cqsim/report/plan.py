"""The plan of a report: the files of a case's `reports` folder.

`report.toml` names indicators and variables; `words.toml` words the report anew,
`checklist.toml` answers reporting guidelines and `checks.csv` translates what is
checked. Each may be missing.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel

from cqsim.case.case import Case
from cqsim.errors import did_you_mean
from cqsim.report.phrases import WORDS, Catalogue, Phrase, read_catalogue
from cqsim.tomlfile import load, read_document, refuse
from cqsim.tomlschema import Frozen

Schema = TypeVar("Schema", bound=BaseModel)
FILES = ("report.toml", WORDS, "checklist.toml", "checks.csv")


class Theme(Frozen):
    """A section on one subject: two indicators drawn, several in a table."""

    id: str
    title: Phrase
    lead: str
    beside: str
    table: tuple[str, ...]


class Regions(Frozen):
    """The indicators that are shown by region."""

    maps: tuple[str, ...] = ()
    multiples: str = ""
    ranked: tuple[str, ...] = ()
    table: tuple[str, ...] = ()


class Flow(Frozen):
    """A flow of people: `sign` is that of its part in the change."""

    variable: str
    sign: Literal[-1, 1]
    title: Phrase


class People(Frozen):
    """The flows that change the number of people; `scale` leads to the indicator."""

    title: Phrase
    stock: str
    flows: tuple[Flow, ...]
    scale: float
    scopes: tuple[str, ...]


class Kaya(Frozen):
    """A chain of indicators, the last the product of the first and the ratios.

    `formula` is written in Typst's notation, `read_aloud` says it in words.
    """

    title: Phrase
    chain: tuple[str, ...]
    titles: tuple[Phrase, ...]
    scopes: tuple[str, ...]
    formula: str
    read_aloud: Phrase
    symbols: Phrase
    method: Phrase


class CensusIndicator(Frozen):
    """An indicator of a census, from the counts of the ledger."""

    indicator: str
    numerator: str
    denominator: str | None = None
    scale: float


class LaterIndicator(Frozen):
    """An indicator that the ledger has for years after the start of the run."""

    indicator: str
    observed: str
    scale: float


class ControlRow(Frozen):
    """A row of the table of document control; with `brief` in the short form too."""

    name: Phrase
    value: Phrase
    brief: bool = False


class Cover(Frozen):
    """Rows of document control before and after those that every report has."""

    first: tuple[ControlRow, ...] = ()
    last: tuple[ControlRow, ...] = ()


class ReportPlan(Frozen):
    """The plan of a report; by default what is available for any model.

    Attributes
    ----------
    headline
        The target whose indicator's latest observation the summary reports.
    area
        What the whole area is called in the caption on scenarios.
    scope_note
        What has to be said of the boundary, in the section on the basis.
    cover
        Rows of document control.
    remark
        What has to be said of the numbers of a section, by its name: `progress`,
        `themes` or `regions`.
    sector, ledger
        Names of groups of the model and of files of the ledger, by id, in the order in
        which they are listed.
    widest, rows
        Scopes: for which indicators are given as a whole, the widest first, and those
        that tables have rows for.
    undated
        The date of a report whose sources bear none.
    """

    title: Phrase | None = None
    brief_title: Phrase | None = None
    headline: str = ""
    area: Phrase | None = None
    scope_note: tuple[Phrase, ...] = ()
    cover: Cover = Cover()
    remark: Mapping[str, Phrase] = {}
    sector: Mapping[str, Phrase] = {}
    ledger: Mapping[str, Phrase] = {}
    widest: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    undated: str = "1980-01-01"
    theme: tuple[Theme, ...] = ()
    regions: Regions = Regions()
    people: People | None = None
    kaya: Kaya | None = None
    check: tuple[CensusIndicator, ...] = ()
    later: tuple[LaterIndicator, ...] = ()


class Item(Frozen):
    """A question of a reporting guideline; without an answer it is open."""

    list: str
    question: Phrase
    answer: Phrase | None = None
    where: Phrase | None = None


class Checklist(Frozen):
    """The items of the reporting checklist, in the file's order."""

    item: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files of a `reports` folder, read.

    `check_titles` has the Chinese title of a check by its English one, `files` the
    bytes of what stands in the folder by name.
    """

    plan: ReportPlan
    words: Catalogue
    checklist: tuple[Item, ...]
    check_titles: Mapping[str, str]
    files: Mapping[str, bytes]


def read_report_files(case: Case) -> ReportFiles:
    """Return what the `reports` folder of a case says; what is missing is left out.

    Raises
    ------
    FaultsError
        A key is unknown, missing or wrong; each with its place.
    """
    folder = case.folder / "reports"
    titles = folder / "checks.csv"
    rows = []
    if titles.is_file():
        with titles.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    return ReportFiles(
        _plan(folder / "report.toml", case),
        read_catalogue(folder),
        _read(folder / "checklist.toml", Checklist).item,
        {row["title"]: row["zh"] for row in rows},
        {n: (folder / n).read_bytes() for n in FILES if (folder / n).is_file()},
    )


def _plan(path: Path, case: Case) -> ReportPlan:
    """Return what report.toml says, of scopes that the case has."""
    if not path.is_file():
        return ReportPlan()
    document = read_document(path)
    plan = load(document, ReportPlan)
    known = [*case.scopes, *case.areas]
    faults = []
    for key, scopes in (("widest", plan.widest), ("rows", plan.rows)):
        for number, scope in enumerate(scopes):
            if scope not in known:
                what, remedy = (
                    f"there is no scope '{scope}'",
                    did_you_mean(scope, known),
                )
                place = (key, number)
                faults.append(document.fault(place, what, remedy, value=True))
    refuse(document, faults)
    return plan


def _read(path: Path, schema: type[Schema]) -> Schema:
    return load(read_document(path), schema) if path.is_file() else schema()
