"""Outturns: what the ledger has on targets whose year is past."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from math import prod
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from cqsim.errors import UnknownNameError
from cqsim.ledger.raw import RawNames, RawRow
from cqsim.ledger.sources import LedgerSource
from cqsim.tables import REWRITE, Filled, TableRecord, csv_text, one_of, read_table
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Number, Year

SETTINGS = "outturns.toml"
FILE = "outturns.csv"
EDITIONS = ("first", "final")
FIRST_MONTHS = 4
"""Work reports and communiques come out within these months after the year, with first
figures; what is printed later has been reviewed."""


class OutturnEntry(Frozen):
    """Where the outturn of a target stands in the ledger."""

    target: Name
    variable: Name
    place: Name
    years: tuple[Year, Year]
    factor: Number = 1
    form: Literal["value", "mean growth"] = "value"


class OutturnFile(Frozen):
    """The content of `outturns.toml`."""

    outturn: tuple[OutturnEntry, ...] = ()


class Outturn(TableRecord):
    """What came of a target in a year, in the target's unit.

    `place` is that of the number, which may be larger than the target's own; `edition`
    says whether it is the first figure or one that was reviewed.
    """

    target: Filled
    year: int
    value: float
    unit: str
    place: Filled
    edition: Annotated[str, one_of(*EDITIONS)]
    released: str
    sources: Annotated[tuple[str, ...], BeforeValidator(str.split)]


def read_outturns(observed: Path) -> dict[str, tuple[Outturn, ...]]:
    """Return the outturns of each target in a folder of observations, by year.

    Raises
    ------
    InputFileError, FaultsError
        The file is damaged.
    """
    path = observed / FILE
    if not path.is_file():
        return {}
    found: dict[str, tuple[Outturn, ...]] = {}
    for line in read_table(path, Outturn, remedy=REWRITE):
        row = line.record
        found[row.target] = (*found.get(row.target, ()), row)
    return found


def outturns_text(folder: Path, rows: Iterable[RawRow], names: RawNames) -> str:
    """Return the text of `outturns.csv`; blank where a case has no `outturns.toml`.

    Raises
    ------
    InputFileError, FaultsError, UnknownNameError
        outturns.toml is at fault, or names what the ledger does not have.
    """
    path = folder / SETTINGS
    if not path.is_file():
        return ""
    kept = {row.key[:3]: row for row in rows if row.vintage != "unconfirmed"}
    variables = sorted({entry.variable for entry in names.variables.values()})
    lines = []
    for entry in load(read_document(path), OutturnFile).outturn:
        for what, name, known in (
            ("variable", entry.variable, variables),
            ("place", entry.place, list(names.settings.places)),
        ):
            if name not in known:
                where = f"{path}: {entry.target}"
                raise UnknownNameError(where, what, name, known)
        lines += list(_lines(entry, kept, names.sources))
    return csv_text([tuple(Outturn.model_fields), *lines])


def _lines(
    entry: OutturnEntry,
    kept: Mapping[tuple[str, int, str], RawRow],
    sources: Mapping[str, LedgerSource],
) -> Iterator[tuple[object, ...]]:
    first, last = entry.years
    keys = [(entry.place, year, entry.variable) for year in range(first, last + 1)]
    found = [kept[key] for key in keys if key in kept]
    if entry.form == "value":
        for row in found:
            yield _line(entry, row.value * Decimal(str(entry.factor)), [row], sources)
    elif len(found) == len(keys):
        growth = prod(1 + float(row.value) / 100 for row in found)
        mean = 100 * (growth ** (1 / len(found)) - 1) * float(entry.factor)
        yield _line(entry, Decimal(f"{mean:.2f}"), found, sources)


def _line(
    entry: OutturnEntry,
    value: Decimal,
    rows: list[RawRow],
    sources: Mapping[str, LedgerSource],
) -> tuple[object, ...]:
    last = max(rows, key=lambda row: row.year)
    return (
        *(entry.target, last.year, f"{value.normalize():f}", last.unit, entry.place),
        "first" if _is_first(last, sources[last.source].date) else "final",
        sources[last.source].date,
        " ".join(dict.fromkeys(row.source for row in rows)),
    )


def _is_first(row: RawRow, released: str) -> bool:
    """Whether a figure is the first one: by its vintage, or by when it came out."""
    year, month = released[:4], released[5:7] or "01"
    soon = (int(year) - row.year - 1) * 12 + int(month) <= FIRST_MONTHS
    return row.vintage == "preliminary" or soon
