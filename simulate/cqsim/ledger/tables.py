"""The ledger's tables as text: fixed columns, fixed order, so fixed bytes."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields

from cqsim.ledger.candidate import Candidate, Printed, Rejection
from cqsim.ledger.literature import Range
from cqsim.ledger.observed import AGES, FILES
from cqsim.ledger.places import PLACES

COLUMNS = (
    *("region", "year", "variable", "value", "unit", "source", "vintage", "grade"),
    *("note", "rules", "origin"),
)
AGE_COLUMNS = (*COLUMNS[:2], "age", "sex", *COLUMNS[2:])
REJECTED_COLUMNS = (
    *("file", "line", "region", "year", "variable", "value", "unit", "source"),
    *("rule", "reason"),
)
SEXES = ("", "male", "female")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV with LF."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def ledger_texts(rows: Iterable[Candidate]) -> dict[str, str]:
    """Return the text of each file of observations, by name."""
    by_file: dict[str, list[Candidate]] = {name: [] for name in FILES}
    for row in rows:
        by_file[row.file].append(row)
    return {
        f"{name}.csv": csv_text(_table(name, found)) for name, found in by_file.items()
    }


def literature_text(ranges: Iterable[Range]) -> str:
    """Return literature.csv, sorted by parameter."""
    header = tuple(entry.name for entry in fields(Range))
    ordered = sorted(ranges, key=lambda entry: entry.parameter)
    return csv_text([header, *(astuple(entry) for entry in ordered)])


def rejected_text(rejections: Iterable[Rejection]) -> str:
    """Return rejected.csv, sorted by file and line."""
    ordered = sorted(rejections, key=lambda lost: _place(lost.printed))
    return csv_text([REJECTED_COLUMNS, *(_rejected(lost) for lost in ordered)])


def _table(name: str, rows: Iterable[Candidate]) -> list[Sequence[object]]:
    with_ages = name == "age_sex"
    ordered = sorted(rows, key=_order)
    header = AGE_COLUMNS if with_ages else COLUMNS
    return [header, *(_cells(row, with_ages) for row in ordered)]


def _order(row: Candidate) -> tuple[int, int, str, int, int]:
    return (
        PLACES.index(row.region),
        row.year,
        row.variable,
        AGES.index(row.age) if row.age else 0,
        SEXES.index(row.sex),
    )


def _cells(row: Candidate, with_ages: bool) -> tuple[object, ...]:
    ages = (row.age, row.sex) if with_ages else ()
    return (
        *(row.region, row.year),
        *ages,
        *(row.variable, f"{row.value.normalize():f}", row.unit, row.source),
        *(row.vintage, row.grade, row.note, " ".join(row.rules), row.printed.origin),
    )


def _rejected(lost: Rejection) -> tuple[object, ...]:
    printed = lost.printed
    return (
        *(printed.file, printed.line, printed.region, printed.year or ""),
        *(printed.variable, printed.value, printed.unit, printed.source),
        *(lost.rule, lost.reason),
    )


def _place(printed: Printed) -> tuple[str, int]:
    return (printed.file, printed.line)
