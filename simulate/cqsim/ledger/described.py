"""What the rows of a bulletin say about their sources."""

from collections.abc import Mapping, Sequence

from cqsim.errors import InputFileError
from cqsim.ledger.raw_text import FIRST_YEAR, LAST_YEAR, Line, raise_faults
from cqsim.ledger.sources import KINDS, Source

SOURCE_COLUMNS = ("title", "publisher", "date", "address", "kind")
"""What a row adds about its source; needed in the first row of each new source."""


def described(
    lines: Sequence[Line], known: Mapping[str, Source]
) -> list[dict[str, str]]:
    """Return a row for each source that is new, as the first row with it has it.

    Raises
    ------
    InputFileError, FaultsError
        A new source is not described, or not by all that a source needs.
    """
    first: dict[str, Line] = {}
    faults = []
    for line in lines:
        name = line.cells["source_id"].strip()
        if not name:
            faults.append(_empty(line, "source_id"))
        elif name not in known:
            faults.extend(_faults(first.setdefault(name, line), line))
    raise_faults(faults)
    return [{**line.cells, "source_id": name} for name, line in first.items()]


def _faults(first: Line, line: Line) -> list[InputFileError]:
    """Return what is wrong with a row's description of its source."""
    if line is not first:
        return [
            line.fault(
                f"the {column} of '{line.cells['source_id']}' is another in line "
                f"{first.number}",
                "Describe a source once, or give the other an id of its own.",
            )
            for column in SOURCE_COLUMNS
            if line.cells[column] and line.cells[column] != first.cells[column]
        ]
    if not line.cells["title"].strip():
        what = f"the ledger has no source '{line.cells['source_id']}'"
        remedy = "Describe it in its row: title, publisher, date, address, kind."
        return [line.fault(what, remedy)]
    faults = [_empty(line, c) for c in SOURCE_COLUMNS if not line.cells[c].strip()]
    return faults or _unlikely(line)


def _unlikely(line: Line) -> list[InputFileError]:
    year, kind = line.cells["date"].strip()[:4], line.cells["kind"].strip()
    faults = []
    if not year.isdecimal() or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        what = f"the date '{line.cells['date']}' does not begin with a year"
        faults.append(line.fault(what, "Write it as 2024 or 2024-03-20."))
    if kind not in KINDS:
        what = f"there is no kind of source '{kind}'"
        faults.append(line.fault(what, f"Write one of {', '.join(KINDS)}."))
    return faults


def _empty(line: Line, column: str) -> InputFileError:
    return line.fault(f"the cell '{column}' is empty", "Fill it in.")
