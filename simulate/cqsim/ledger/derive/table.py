"""A vector file that the stock-and-flow model reads, and where its numbers are from."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cqsim.ledger.derive.facts import Floats

PROVENANCE_COLUMNS = (
    *("file", "column", "unit", "class", "sources", "rule", "error", "note"),
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one column, or the whole file (column `*`), comes from."""

    unit: str
    kind: str
    sources: Sequence[str]
    rule: str
    error: str
    note: str = ""
    column: str = "*"


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file of model/initial.

    Parameters
    ----------
    file
        Name of the file.
    label
        Name of the first column.
    rows, columns
        Labels, in the order of the model's subscripts.
    values : (row, column)
    provenance
        One entry for the file, or one a column.
    decimals
        Digits after the point; None gives nine significant digits.
    """

    file: str
    label: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Floats
    provenance: Sequence[Provenance]
    decimals: int | None = None


def write_number(value: float, decimals: int | None = None) -> str:
    """Return a number as text, without a negative zero."""
    if decimals is not None:
        return f"{round(value, decimals) + 0.0:.{decimals}f}"
    return f"{value + 0.0:.9g}"


def write_table(table: Table) -> bytes:
    """Return the file's bytes: UTF-8, LF, a header row, one row a label."""
    lines = [
        [label, *(write_number(float(value), table.decimals) for value in row)]
        for label, row in zip(table.rows, table.values, strict=True)
    ]
    return write_lines([table.label, *table.columns], lines)


def write_provenance(tables: Iterable[Table]) -> bytes:
    """Return provenance.csv, sorted by file, columns in the file's order."""
    lines = [
        [
            table.file,
            entry.column,
            entry.unit,
            entry.kind,
            " ".join(sorted(set(entry.sources))),
            entry.rule,
            entry.error,
            entry.note,
        ]
        for table in sorted(tables, key=lambda table: table.file)
        for entry in table.provenance
    ]
    return write_lines(list(PROVENANCE_COLUMNS), lines)


def write_lines(header: list[str], lines: list[list[str]]) -> bytes:
    """Return a CSV as bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode()
