"""Bring a new bulletin into the ledger: its rows, its source, and nothing by half."""

import csv
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.ledger.build import Built, at_home, build, moved
from cqsim.ledger.check import check_ledger
from cqsim.ledger.described import SOURCE_COLUMNS, described
from cqsim.ledger.observed import Observations
from cqsim.ledger.plausible import refusals
from cqsim.ledger.raw_rows import BULLETINS, COLUMNS, read_variables, table_rows
from cqsim.ledger.raw_text import Line, raise_faults, read_lines, read_text
from cqsim.ledger.sources import ADDED, read_sources
from cqsim.ledger.tables import csv_text


@dataclass(frozen=True, slots=True)
class Added:
    """What a bulletin brought: rows, new sources, and the ledger as it was rebuilt.

    `settled` says of each value that now gives way to another why it does.
    """

    rows: int
    sources: tuple[str, ...]
    settled: tuple[str, ...]
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
    lines = _lines(bulletin)
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "model"
        _copy(folder, copy)
        try:
            sources = _write(copy, bulletin, lines)
            before = _failing(folder)
            built = build(copy)
            worse = sorted(set(_failing(copy)) - set(before))
        except CqsimError as error:
            raise at_home(error, copy, folder) from None
        if worse:
            raise FaultsError([f"{bulletin}: {text}" for text in worse])
        settled = _settled(folder, copy)
        built = replace(built, written=moved(copy, folder))
    return Added(len(lines), sources, settled, built)


def _copy(folder: Path, copy: Path) -> None:
    if not (folder / "observed" / "raw").is_dir():
        what = "the folder has no observed/raw with the collected rows"
        raise InputFileError(folder, 0, what, "Name a model folder with --model.")
    shutil.copytree(folder, copy)


def _failing(folder: Path) -> list[str]:
    findings = check_ledger(folder)
    return [f"{f.check}: {f.detail}" for f in findings if not f.holds]


def _settled(folder: Path, copy: Path) -> tuple[str, ...]:
    """Return which values give way to others only now, each with its reason."""
    name = Path("observed") / "rejected.csv"
    before, after = (
        list(csv.DictReader(io.StringIO(read_text(place / name), newline="")))
        for place in (folder, copy)
    )
    return tuple(
        f"{row['region']} {row['year']} {row['variable']}: {row['value']} "
        f"{row['unit']} of {row['source']} is not taken, {row['reason']} "
        f"({row['rule']})"
        for row in after
        if row not in before
    )


def _lines(bulletin: Path) -> list[Line]:
    """Return the rows of a bulletin as written."""
    lines = read_lines(bulletin, (*COLUMNS, *SOURCE_COLUMNS))
    if not lines:
        what = "the bulletin has no row"
        raise InputFileError(bulletin, 0, what, "Give one row a published value.")
    return lines


def _write(copy: Path, bulletin: Path, lines: Sequence[Line]) -> tuple[str, ...]:
    """Append rows and new sources in the copy; return the ids of the new sources."""
    observed = copy / "observed"
    new = described(lines, read_sources(observed))
    _append(observed / ADDED, new)
    columns = (*COLUMNS, *SOURCE_COLUMNS)
    sources = read_sources(observed)
    found = table_rows(bulletin, columns, read_variables(observed), sources)
    raise_faults(refusals(bulletin, found, sources, Observations.load(copy)))
    _append(observed / "raw" / BULLETINS, [line.cells for line in lines])
    return tuple(sorted(row["source_id"] for row in new))


def _append(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Add rows to a CSV, in the order of its columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        before = list(csv.reader(lines))
    after = [[row[column] for column in before[0]] for row in rows]
    path.write_text(csv_text([*before, *after]), encoding="utf-8", newline="\n")
