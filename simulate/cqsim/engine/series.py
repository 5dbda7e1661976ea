"""Write a run's values as Parquet or CSV, the same bytes for the same run."""

from pathlib import Path
from typing import Any

from cqsim.engine.columns import Columns

PARQUET = "(format parquet, compression zstd, row_group_size 122880)"
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
            query, texts = _query(columns)
            numbers: dict[str, Any] = {
                **{f"{name}_code": c.codes for name, c in columns.texts.items()},
                "year_number": columns.year,
                "value_number": columns.value,
            }
            connection.register("numbers", numbers)
            for path, form in ((parquet, PARQUET), (csv, CSV)):
                if path is not None:
                    target = str(path).replace("'", "''")
                    connection.execute(f"copy ({query}) to '{target}' {form}", texts)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise OSError(None, reason) from error


def _query(columns: Columns) -> tuple[str, dict[str, list[str]]]:
    """Return the rows as SQL, and the texts that its parameters stand for."""
    texts: dict[str, list[str]] = {}
    chosen = {}
    for index, (name, column) in enumerate(columns.texts.items()):
        texts[f"t{index}"] = list(column.texts)
        code = _quoted(f"{name}_code")
        # A code of -1 reaches position 0 of a list, which SQL counts from 1: NULL.
        chosen[name] = f"list_extract($t{index}::varchar[], {code} + 1)"
    numbers = {"year": "year_number", "value": "value_number"}
    order = [n for n in columns.texts if n != "unit"] + ["year", "value", "unit"]
    expressions = {**chosen, **numbers}
    parts = [f"{expressions[name]} as {_quoted(name)}" for name in order]
    return f"select {', '.join(parts)} from numbers", texts


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
