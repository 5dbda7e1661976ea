"""Ranges from the literature: raw rows in, ledger rows and rejections out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cqsim.errors import did_you_mean
from cqsim.ledger.candidate import Printed, Rejection
from cqsim.ledger.raw_text import Line, gather, read_lines
from cqsim.ledger.rules.literature import (
    GRADE_NUMBER,
    SIGN_NUMBER,
    grade_of_a_parameter,
    only_a_sign,
)
from cqsim.ledger.sources import Source

FILE = "parameters_literature.csv"
COLUMNS = (
    *("parameter", "low", "central", "high", "unit", "scope", "source_id", "note"),
)
ENDS = ("low", "central", "high")


@dataclass(frozen=True, slots=True)
class Range:
    """One range, as printed, with its grade."""

    parameter: str
    low: str
    central: str
    high: str
    unit: str
    scope: str
    source: str
    grade: str
    note: str
    rules: str
    origin: str


def read_literature(
    raw: Path, sources: Mapping[str, Source]
) -> tuple[list[Range], list[Rejection]]:
    """Return the ranges, in file order, and the rows that give no number.

    Raises
    ------
    InputFileError, FaultsError
        Text for a number, an end above another, a name that stands twice.
    """
    ranges: list[Range] = []
    rejections: list[Rejection] = []
    first: dict[str, int] = {}

    def read(line: Line) -> None:
        name = line.filled("parameter")
        if name in first:
            what = f"the parameter '{name}' stands in line {first[name]} already"
            raise line.fault(what, "Take one of them out, or rename it.")
        first[name] = line.number
        reason = only_a_sign(line.cells["unit"])
        if reason:
            rejections.append(Rejection(_printed(line), SIGN_NUMBER, reason))
        else:
            ranges.append(_range(line, sources))

    gather(read, read_lines(raw / FILE, COLUMNS))
    return ranges, rejections


def _range(line: Line, sources: Mapping[str, Source]) -> Range:
    source = line.filled("source_id")
    if source not in sources:
        what = f"there is no source '{source}'"
        raise line.fault(what, did_you_mean(source, list(sources)))
    ends = [_end(line, column) for column in ENDS]
    given = [end for end in ends if end is not None]
    if not given:
        what = "the row has no number"
        raise line.fault(what, "Fill in low, central or high.")
    if given != sorted(given):
        what = "low, central and high are not in ascending order"
        raise line.fault(what, "Put the smallest first.")
    low, central, high = ("" if end is None else f"{end:f}" for end in ends)
    return Range(
        parameter=line.cells["parameter"],
        low=low,
        central=central,
        high=high,
        unit=line.filled("unit"),
        scope=line.cells["scope"],
        source=source,
        grade=grade_of_a_parameter(sources[source].kind, line.cells["note"]),
        note=line.cells["note"],
        rules=GRADE_NUMBER,
        origin=f"{line.file.name}:{line.number}",
    )


def _end(line: Line, column: str) -> Decimal | None:
    return line.number_in(column) if line.cells[column].strip() else None


def _printed(line: Line) -> Printed:
    return Printed(
        file=line.file.name,
        line=line.number,
        region="",
        year=0,
        variable=line.cells["parameter"],
        value=line.cells["central"],
        unit=line.cells["unit"],
        source=line.cells["source_id"],
        note=line.cells["note"],
    )
