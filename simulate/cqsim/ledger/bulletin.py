"""Bring a new bulletin into the ledger: its rows, its source, and nothing by half."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from cqsim.errors import FaultsError, InputFileError
from cqsim.ledger.build import BuiltLedger, build_ledger, copy_of, moved
from cqsim.ledger.check import check_ledger
from cqsim.ledger.observed import ADDED_SOURCES, BULLETINS, Observations
from cqsim.ledger.raw import ObservationColumns, RawNames, RawRow, table_rows
from cqsim.ledger.sources import KINDS, LedgerSource
from cqsim.tables import (
    FIRST_YEAR,
    LAST_YEAR,
    CsvLine,
    Filled,
    InvalidCell,
    TableRecord,
    csv_text,
    gather,
    one_of,
    raise_faults,
    read_lines,
    record_of,
)

FAR = 5.0
"""A value this many times beyond all that is known of its place is taken for a slip:
a share written for a percentage is off by 100, ten thousands for persons by 10 000."""

CHECKED = "checked"
"""The word in a row's note by which an analyst vouches for such a value."""


def _dated(text: str) -> str:
    year = text.strip()[:4]
    if not year.isdecimal() or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        what = f"the date '{text}' does not begin with a year"
        raise InvalidCell(what, "Write it as 2024 or 2024-03-20.")
    return text


class NewSource(TableRecord):
    """A new source, as the first row of a bulletin that cites it describes it."""

    title: Filled
    publisher: Filled
    date: Annotated[Filled, AfterValidator(_dated)]
    address: Filled
    kind: Annotated[Filled, one_of(*KINDS)]


class BulletinColumns(ObservationColumns):
    """A raw row, and what it says about its source."""

    title: str
    publisher: str
    date: str
    address: str
    kind: str


@dataclass(frozen=True, slots=True)
class AddedBulletin:
    """The result of adding a bulletin: rows, new sources, and the ledger rebuilt.

    `settled` says of each value that now gives way to another why it does.
    """

    rows: int
    sources: tuple[str, ...]
    settled: tuple[str, ...]
    built: BuiltLedger


def add_bulletin(folder: Path, bulletin: Path) -> AddedBulletin:
    """Add the rows of a bulletin to a model's ledger, and rebuild it.

    A bulletin is a CSV with the columns region_id, year, variable, value, unit,
    source_id, note, title, publisher, date, address, kind; the last five may be empty
    where the ledger knows the source. Any year, any part of the regions will do.

    Raises
    ------
    CqsimError
        The bulletin cannot be read, a row is wrong or stands in the ledger's raw rows
        already, or the ledger would not pass its checks; nothing is written then.
    """
    lines = read_lines(bulletin, list(BulletinColumns.model_fields), ())
    if not lines:
        what = "the bulletin has no row"
        raise InputFileError(bulletin, 0, what, "Give one row a published value.")
    with copy_of(folder) as copy:
        sources = _write(copy, bulletin, lines)
        before = _failing(folder)
        built = build_ledger(copy)
        worse = sorted(set(_failing(copy)) - set(before))
        if worse:
            raise FaultsError([f"{bulletin}: {text}" for text in worse])
        settled = _settled(folder, copy)
        built = replace(built, written=moved(copy, folder))
    return AddedBulletin(len(lines), sources, settled, built)


def _failing(folder: Path) -> list[str]:
    return [f"{f.check}: {f.detail}" for f in check_ledger(folder) if not f.holds]


def _settled(folder: Path, copy: Path) -> tuple[str, ...]:
    """Return which values give way to others only now, each with its reason."""
    before, after = (
        [line.cells for line in read_lines(place / "observed" / "rejected.csv", ())]
        for place in (folder, copy)
    )
    return tuple(
        f"{row['region']} {row['year']} {row['variable']}: {row['value']} "
        f"{row['unit']} of {row['source']} is not taken, {row['reason']} "
        f"({row['rule']})"
        for row in after
        if row not in before
    )


def _write(copy: Path, bulletin: Path, lines: Sequence[CsvLine]) -> tuple[str, ...]:
    """Append rows and new sources in the copy; return the ids of the new sources."""
    observed = copy / "observed"
    new = _new_sources(lines, RawNames.read(copy).sources)
    _append(observed / ADDED_SOURCES, new)
    names = RawNames.read(copy)
    rows = table_rows(bulletin, BulletinColumns, names)
    ledger = Observations.load(copy)
    raise_faults(list(_implausible(bulletin, rows, names.sources, ledger)))
    _append(observed / "raw" / BULLETINS, [line.cells for line in lines])
    return tuple(sorted(row["source_id"] for row in new))


def _append(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Add rows to a CSV, in the order of its columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        before = list(csv.reader(lines))
    after = [[row[column] for column in before[0]] for row in rows]
    path.write_text(csv_text([*before, *after]), encoding="utf-8", newline="\n")


def _new_sources(
    lines: Sequence[CsvLine], known: Mapping[str, LedgerSource]
) -> list[dict[str, str]]:
    """Return a row for each source that is new, as the first row with it has it.

    Raises
    ------
    InputFileError, FaultsError
        A new source is not described, or not by all that a source needs.
    """
    first: dict[str, CsvLine] = {}

    def describe(line: CsvLine) -> None:
        name = line.cells["source_id"].strip()
        if not name:
            what = "the cell 'source_id' is empty"
            raise line.fault(what, "Fill it in.")
        if name not in known:
            _refuse_wrong_description(first.setdefault(name, line), line)

    gather(describe, lines)
    return [{**line.cells, "source_id": name} for name, line in first.items()]


def _refuse_wrong_description(first: CsvLine, line: CsvLine) -> None:
    """Refuse a row that describes its source wrong, or otherwise than the first row."""
    cells, name = line.cells, line.cells["source_id"]
    if line is first:
        if not cells["title"].strip():
            what = f"the ledger has no source '{name}'"
            remedy = "Describe it in its row: title, publisher, date, address, kind."
            raise line.fault(what, remedy)
        record_of(line, NewSource)
    remedy = "Describe a source once, or give the other an id of its own."
    raise_faults(
        [
            line.fault(
                f"the {column} of '{name}' is another in line {first.number}", remedy
            )
            for column in NewSource.model_fields
            if cells[column] and cells[column] != first.cells[column]
        ]
    )


def _implausible(
    bulletin: Path,
    rows: Sequence[RawRow],
    sources: Mapping[str, LedgerSource],
    ledger: Observations,
) -> Iterator[InputFileError]:
    """Yield a fault for every row that cannot be meant as it stands."""
    for row in rows:
        fault = _future(row, sources[row.source].date)
        if CHECKED not in row.text:
            fault = fault or _negative(row, ledger) or _far_off(row, ledger)
        if fault:
            yield InputFileError(bulletin, row.cell.line, *fault)


def _future(row: RawRow, date: str) -> tuple[str, str] | None:
    known = int(date[:4]) if date[:4].isdigit() else datetime.now(UTC).year
    if row.year <= known:
        return None
    what = f"a source of {date or known} cannot know a value of {row.year}"
    return what, "Correct the year, or the date of the source."


def _negative(row: RawRow, ledger: Observations) -> tuple[str, str] | None:
    """Return the fault of a negative value where no place has ever had one."""
    if row.value >= 0 or any(entry.value < 0 for entry in ledger.rows(row.variable)):
        return None
    what = f"{row.variable} of {row.region} is negative, {row.value} {row.unit}"
    remedy = f"Correct the sign; a value that is right needs '{CHECKED}' in its note."
    return what, remedy


def _far_off(row: RawRow, ledger: Observations) -> tuple[str, str] | None:
    values = [entry.value for entry in ledger.rows(row.variable, row.region)]
    if not values or min(values) <= 0:
        return None
    low, high, value = min(values), max(values), float(row.value)
    if low / FAR <= value <= high * FAR:
        return None
    what = (
        f"{value:g} {row.unit} is far from all that is known of {row.variable} "
        f"of {row.region}, {low:g} to {high:g}"
    )
    remedy = f"Check the unit; a value that is right needs '{CHECKED}' in its note."
    return what, remedy
