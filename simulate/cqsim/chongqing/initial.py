"""The derived half of the ledger: the vectors that the model reads at its start."""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from cqsim.chongqing.economy import economy_figures, economy_tables
from cqsim.chongqing.energy import energy_tables
from cqsim.chongqing.facts import ColumnProvenance, Facts
from cqsim.chongqing.migration import migration_tables
from cqsim.chongqing.population import population_figures, population_tables
from cqsim.chongqing.space import space_tables
from cqsim.tables import csv_text

PROVENANCE_COLUMNS = (
    *("file", "column", "unit", "class", "sources", "rule", "error", "note"),
)


def initial_tables(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return every table of model/initial, by name of file.

    Rows and columns stand in the order of the model's subscripts; the index has the
    name of the first column.
    """
    return {
        **population_tables(facts),
        **migration_tables(facts),
        **economy_tables(facts),
        **energy_tables(facts),
        **space_tables(facts),
    }


def initial_texts(facts: Facts) -> dict[str, str]:
    """Return the text of each file of model/initial, by name.

    The same ledger gives the same text.
    """
    tables = initial_tables(facts)
    texts = {
        name: table_text(table, entries_of(facts, name)[0].decimals)
        for name, table in tables.items()
    }
    return {**texts, "provenance.csv": provenance_text(facts, tables)}


def entries_of(facts: Facts, file: str) -> list[ColumnProvenance]:
    """Return where the columns of a file come from: one entry, or several by column."""
    return [entry for entry in facts.derivation.provenance if file in entry.files]


def table_text(table: pd.DataFrame, decimals: int | None = None) -> str:
    """Return a table as CSV: a header row, then one row a label."""
    lines = [
        [label, *(write_number(float(value), decimals) for value in row)]
        for label, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    return csv_text([[table.index.name, *table.columns], *lines])


def write_number(value: float, decimals: int | None = None) -> str:
    """Return a number as text, without a negative zero.

    Without decimals it has nine significant digits.
    """
    if decimals is not None:
        return f"{round(value, decimals) + 0.0:.{decimals}f}"
    return f"{value + 0.0:.9g}"


def provenance_text(facts: Facts, tables: Mapping[str, pd.DataFrame]) -> str:
    """Return provenance.csv, sorted by file, columns in the file's order."""
    figures: dict[str, Mapping[str, float | str]] = {
        **population_figures(facts),
        **economy_figures(facts),
    }
    lines = [
        (
            *(name, column, entry.unit, entry.kind),
            " ".join(facts.sources(entry.evidence)),
            entry.rule.format(**figures.get(name, {})),
            *(entry.error.format(**figures.get(name, {})), entry.note),
        )
        for name in sorted(tables)
        for column, entry in by_column(entries_of(facts, name), tables[name].columns)
    ]
    return csv_text([PROVENANCE_COLUMNS, *lines])


def by_column(
    entries: Iterable[ColumnProvenance], columns: Iterable[str]
) -> Iterator[tuple[str, ColumnProvenance]]:
    """Yield each column of a file with its entry; `*` where one entry is of all."""
    named = {column: entry for entry in entries for column in entry.columns}
    for column in ("*", *columns):
        if column in named:
            yield column, named[column]
