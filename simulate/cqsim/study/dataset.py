"""The Parquet files of a sweep: tables that a query sees, in parts of 1000 runs."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.study.columns import TABLES, Column
from cqsim.study.runs import Part

PART = 1000
"""Runs of a part. Whatever the chunks were, the parts are the same."""

OPTIONS = "(format parquet, compression zstd, parquet_version v2)"
KEYS = {
    "targets": {"target": "name", "alternative": "alternative", "scope": "place"},
    "indicators": {"indicator": "name", "scope": "place"},
    "variables": {"variable": "name", "place": "place"},
}


def write_part(
    folder: Path,
    part: Part,
    columns: Sequence[Column],
    bases: Sequence[str],
    inputs: tuple[Sequence[str], Any],
) -> None:
    """Write the tables of one part, the same bytes for the same runs.

    Parameters
    ----------
    columns
        Those of the part's values, table by table.
    inputs
        The names of the inputs, and their values: (run, input).

    Raises
    ------
    OSError
        They cannot be written.
    """
    import duckdb

    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.execute("set enable_progress_bar = false")
            _write_inputs(connection, folder, part, bases, inputs)
            for table, numbers in _by_table(columns):
                chosen = [columns[n] for n in numbers]
                _write_values(connection, folder, table, part, chosen, numbers)
    except duckdb.Error as error:
        raise OSError(None, str(error).splitlines()[0]) from error


def _by_table(columns: Sequence[Column]) -> Iterator[tuple[str, list[int]]]:
    numbered = list(enumerate(columns))
    for table, group in groupby(numbered, key=lambda pair: pair[1].table):
        yield table, [number for number, _ in group]


def _write_inputs(
    connection: Any,
    folder: Path,
    part: Part,
    bases: Sequence[str],
    inputs: tuple[Sequence[str], Any],
) -> None:
    names, drawn = inputs
    runs = np.arange(part.first, part.first + len(part.values))
    numbers = runs.tolist()
    lost = {one.run: one for one in part.lost}
    given = {
        "run": runs,
        "point": runs // len(bases),
        "base": runs % len(bases),
        "lost_time": np.array([lost[r].time if r in lost else np.nan for r in numbers]),
        **{f"in{n}": np.ascontiguousarray(drawn[:, n]) for n in range(len(names))},
    }
    causes = [lost[r].variable if r in lost else None for r in numbers]
    connection.register("given", given)
    shown = ", ".join(f'in{n} as "{_quoted(name)}"' for n, name in enumerate(names))
    query = (
        "select run, point, list_extract($bases::varchar[], base + 1) as scenario, "
        "case when isnan(lost_time) then null else lost_time end as lost_time, "
        "list_extract($causes::varchar[], run - $first + 1) as lost_variable"
        f"{', ' + shown if shown else ''} from given"
    )
    texts = {"bases": list(bases), "causes": causes, "first": part.first}
    _copy(connection, query, folder / "inputs", texts)


def _write_values(
    connection: Any,
    folder: Path,
    table: str,
    part: Part,
    columns: Sequence[Column],
    numbers: list[int],
) -> None:
    runs = len(part.values)
    given = {
        "code": np.repeat(np.arange(len(columns), dtype=np.int32), runs),
        "run": np.tile(np.arange(part.first, part.first + runs), len(columns)),
        "number": np.ascontiguousarray(part.values[:, numbers].T).ravel(),
        "year": np.repeat([column.year for column in columns], runs),
    }
    connection.register("given", given)
    texts: dict[str, Any] = {}
    shown = []
    for key, attribute in KEYS[table].items():
        texts[key] = [getattr(column, attribute) for column in columns]
        shown.append(f"list_extract(${key}::varchar[], code + 1) as {key}")
    query = (
        f"select run, {', '.join(shown)}, year, number as value from given "
        "where not isnan(number)"
    )
    _copy(connection, query, folder / table, texts)


def _copy(connection: Any, query: str, stem: Path, texts: dict[str, Any]) -> None:
    target = str(stem.with_suffix(".parquet")).replace("'", "''")
    connection.execute(f"copy ({query}) to '{target}' {OPTIONS}", texts)
    connection.unregister("given")


def _quoted(name: str) -> str:
    return name.replace('"', '""')


__all__ = ["PART", "TABLES", "write_part"]
