"""Write a run's values as Parquet or CSV, the same bytes for the same run."""

from pathlib import Path
from typing import Any

from cqsim.engine.columns import Columns

PARQUET = (
    "(format parquet, compression zstd, compression_level 1, row_group_size 122880)"
)
CSV = "(format csv, header true, delimiter ',', nullstr '')"


def write_series(columns: Columns, parquet: Path, csv: Path | None = None) -> None:
    """Write the rows of a run to a Parquet file, and to a CSV file where one is named.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    import duckdb

    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            numbers: dict[str, Any] = {
                **{_code(name): c.codes + 1 for name, c in columns.texts.items()},
                "year_number": columns.year,
                "value_number": columns.value,
            }
            connection.register("numbers", numbers)
            for path, form in ((parquet, PARQUET), (csv, CSV)):
                if path is not None:
                    query = f"copy ({_query(columns)}) to {_text(str(path))} {form}"
                    connection.execute(query)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise OSError(None, reason) from error


def _query(columns: Columns) -> str:
    """Return the rows as SQL; a column of texts is one of codes until it is written."""
    chosen = {"year": "year_number", "value": "value_number"}
    for name, column in columns.texts.items():
        texts = ", ".join(map(_text, column.texts))
        # The code of no text is position 0 of a list, which SQL counts from 1: NULL.
        values = f"list_extract([{texts}]::enum({texts})[], {_name(_code(name))})"
        chosen[name] = values if texts else "null::varchar"
    order = [n for n in columns.texts if n != "unit"] + ["year", "value", "unit"]
    parts = [f"{chosen[name]} as {_name(name)}" for name in order]
    return f"select {', '.join(parts)} from numbers"


def _code(column: str) -> str:
    return f"{column}_code"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
