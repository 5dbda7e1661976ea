"""What a bulletin cannot mean: a year that its source cannot know, a slip of unit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.ledger.candidate import Candidate
from cqsim.ledger.observed import Observations
from cqsim.ledger.sources import Source

FAR = 5.0
"""A value this many times beyond all that is known of its place is taken for a slip:
a share written for a percentage is off by 100, ten thousands for persons by 10 000."""

CHECKED = "checked"
"""The word in a row's note by which an analyst vouches for such a value."""


def refusals(
    bulletin: Path,
    rows: Sequence[Candidate],
    sources: Mapping[str, Source],
    ledger: Observations,
) -> list[InputFileError]:
    """Return a fault for every row that cannot be meant as it stands."""
    found = (
        _future(row, sources[row.source])
        or _below_nothing(row, ledger)
        or _far_off(row, ledger)
        for row in rows
    )
    return [
        InputFileError(bulletin, row.printed.line, *fault)
        for row, fault in zip(rows, found, strict=True)
        if fault
    ]


def _future(row: Candidate, source: Source) -> tuple[str, str] | None:
    year = source.date[:4]
    known = int(year) if year.isdigit() else datetime.now(UTC).year
    if row.year <= known:
        return None
    what = f"a source of {source.date or known} cannot know a value of {row.year}"
    return what, "Correct the year, or the date of the source."


def _below_nothing(row: Candidate, ledger: Observations) -> tuple[str, str] | None:
    """Return the fault of a negative value where no place has ever had one."""
    known = [entry.value for entry in ledger.rows(row.variable)]
    if row.value >= 0 or any(value < 0 for value in known) or CHECKED in row.text:
        return None
    what = f"{row.variable} of {row.region} is negative, {row.value} {row.unit}"
    remedy = f"Correct the sign; a value that is right needs '{CHECKED}' in its note."
    return what, remedy


def _far_off(row: Candidate, ledger: Observations) -> tuple[str, str] | None:
    values = [entry.value for entry in ledger.rows(row.variable, row.region)]
    if not values or min(values) <= 0 or CHECKED in row.text:
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
