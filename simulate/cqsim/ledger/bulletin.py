"""Bring a new bulletin into the ledger: its rows, its source, and nothing by half."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.ledger.build import Built, at_home, build
from cqsim.ledger.check import check_ledger
from cqsim.ledger.observed import Observations
from cqsim.ledger.plausible import refusals
from cqsim.ledger.raw_rows import BULLETINS, COLUMNS, read_variables, table_rows
from cqsim.ledger.raw_text import raise_faults, read_lines
from cqsim.ledger.sources import ADDED, read_sources
from cqsim.ledger.tables import csv_text

SOURCE_COLUMNS = ("title", "publisher", "date", "address", "kind")
"""What a row adds about its source; needed in the first row of each new source."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a bulletin brought: rows, new sources, and the ledger as it was rebuilt."""

    rows: int
    sources: tuple[str, ...]
    built: Built


def add_bulletin(folder: Path, bulletin: Path) -> Added:
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
    rows = _rows(bulletin)
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "model"
        shutil.copytree(folder, copy)
        sources = _write(copy, bulletin, rows)
        before = _failing(folder)
        try:
            build(copy)
            worse = sorted(set(_failing(copy)) - set(before))
        except CqsimError as error:
            raise at_home(error, copy, folder) from None
        if worse:
            raise FaultsError([f"{bulletin}: {text}" for text in worse])
        for name in (Path("raw") / BULLETINS, Path(ADDED)):
            shutil.copyfile(copy / "observed" / name, folder / "observed" / name)
    return Added(len(rows), sources, build(folder))


def _failing(folder: Path) -> list[str]:
    findings = check_ledger(folder)
    return [f"{f.check}: {f.detail}" for f in findings if not f.holds]


def _rows(bulletin: Path) -> list[dict[str, str]]:
    """Return the rows of a bulletin as written."""
    lines = read_lines(bulletin, (*COLUMNS, *SOURCE_COLUMNS))
    if not lines:
        what = "the bulletin has no row"
        raise InputFileError(bulletin, 0, what, "Give one row a published value.")
    return [line.cells for line in lines]


def _write(
    copy: Path, bulletin: Path, rows: Sequence[dict[str, str]]
) -> tuple[str, ...]:
    """Append rows and new sources in the copy; return the ids of the new sources."""
    observed = copy / "observed"
    known = read_sources(observed)
    described = {
        row["source_id"]: row
        for row in reversed(rows)
        if row["source_id"] not in known and row["title"]
    }
    for number, row in enumerate(rows, 2):
        if row["source_id"] not in known and row["source_id"] not in described:
            what = f"the ledger has no source '{row['source_id']}'"
            remedy = "Describe it in its row: title, publisher, date, address, kind."
            raise InputFileError(bulletin, number, what, remedy)
    _append(observed / ADDED, list(described.values()))
    columns = (*COLUMNS, *SOURCE_COLUMNS)
    sources = read_sources(observed)
    found = table_rows(bulletin, columns, read_variables(observed), sources)
    raise_faults(refusals(bulletin, found, sources, Observations.load(copy)))
    _append(observed / "raw" / BULLETINS, rows)
    return tuple(sorted(described))


def _append(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Add rows to a CSV, in the order of its columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        before = list(csv.reader(lines))
    after = [[row[column] for column in before[0]] for row in rows]
    path.write_text(csv_text([*before, *after]), encoding="utf-8", newline="\n")
