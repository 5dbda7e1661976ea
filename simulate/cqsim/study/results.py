"""A finished sweep, opened: as SQL, pandas, xarray, or IAMC rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cqsim.errors import CqsimError
from cqsim.study.columns import TABLES
from cqsim.study.disk import StoreError
from cqsim.study.store import DESCRIPTION, FINISHED, PARTITION, read_manifest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

BLOCK = 2
"""Partitions that are looked at together."""

INPUT_HEAD = ("run", "point", "scenario", "lost_time", "lost_variable")
"""Columns of `inputs` that are no input."""

SHOWN = 300
"""Characters that are shown of a message of DuckDB, or of a table's columns."""


class QueryError(CqsimError):
    """A query that the tables of a sweep cannot answer."""

    def __init__(self, reason: str, tables: str) -> None:
        super().__init__(reason, tables)

    def __str__(self) -> str:
        reason, tables = self.args
        return f"the query cannot be answered: {reason}. The tables are: {tables}."


@dataclass(frozen=True)
class SweepResults:
    """The folder of a finished sweep.

    Attributes
    ----------
    manifest
        What it is made from.
    description
        Titles, units and what the targets require.
    only
        The partitions that are looked at; all of them if none is named.
    """

    folder: Path
    manifest: Mapping[str, Any]
    description: Mapping[str, Any]
    only: tuple[Path, ...] = ()

    def blocks(self) -> "Iterator[SweepResults]":
        """Yield the sweep in blocks of some thousand runs, for what can be added up.

        What is asked of a block takes no more memory however many runs there are.
        """
        for first in range(0, len(self._partitions), BLOCK):
            yield replace(self, only=self._partitions[first : first + BLOCK])

    def sample(self, most: int) -> "tuple[SweepResults, list[int] | None]":
        """Return a sweep with no more than so many points, and which runs they are.

        The first points of a design stand for all of it, but for a grid, whose last
        inputs vary fastest: of a larger one points are drawn. The runs are only listed
        where they are not all of the sweep that is returned.
        """
        points, bases = int(self.manifest["sweep"]["points"]), len(self.bases)
        if points <= most:
            return self, None
        if self.manifest["sweep"]["design"] != "grid":
            count = -(-most * bases // PARTITION)
            return replace(self, only=self._partitions[:count]), None
        chosen = np.random.default_rng(0).choice(points, most, replace=False)
        runs = np.sort(chosen)[:, None] * bases + np.arange(bases)
        return self, [int(run) for run in runs.ravel()]

    @property
    def bases(self) -> list[str]:
        """The ids of the base scenarios, in the order of the runs."""
        return list(self.manifest["base_order"])

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables that the sweep has."""
        found = {p.stem for part in self._partitions for p in part.glob("*.parquet")}
        return tuple(table for table in ("inputs", *TABLES) if table in found)

    @cached_property
    def input_names(self) -> list[str]:
        """The names of the inputs, in the order of the file."""
        found = self._ask("select * from inputs limit 0", ())
        return [str(name) for name, *_ in found.description][len(INPUT_HEAD) :]

    @cached_property
    def inputs(self) -> "pd.DataFrame":
        """The inputs of every run: index run, then point, scenario and inputs."""
        return self.sql("select * from inputs order by run").set_index("run")

    @property
    def diverged(self) -> "pd.DataFrame":
        """The runs that were lost, when, which variable first, and their inputs."""
        query = "select * from inputs where lost_variable is not null order by run"
        return self.sql(query).set_index("run")

    def sql(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> "pd.DataFrame":
        """Return the answer to a query over inputs, targets, indicators, variables.

        Raises
        ------
        QueryError
            It is no single select, or names what there is not.
        """
        frame: pd.DataFrame = self._ask(query, values).df()
        return frame

    def rows(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the answer to a query as plain tuples; raise as `sql`."""
        return list(self._ask(query, values).fetchall())

    def records(self, query: str) -> list[dict[str, Any]]:
        """Return the answer to a query as JSON has it, all digits kept; raise as `sql`.

        What is no finite number is None; a date, or what else JSON has not, a text.
        """
        answer = self._ask(query, ())
        names = [str(name) for name, *_ in answer.description]
        return [
            dict(zip(names, map(_plain, row), strict=True)) for row in answer.fetchall()
        ]

    def indicator(self, name: str) -> "xr.DataArray":
        """Return an indicator: (run, scope, year)."""
        return self._array("indicators", "indicator", name, "scope")

    def variable(self, name: str) -> "xr.DataArray":
        """Return a variable of the model: (run, place, year)."""
        return self._array("variables", "variable", name, "place")

    def to_xarray(self) -> "xr.Dataset":
        """Return all indicators of the sweep."""
        import xarray as xr

        names = self.sql("select distinct indicator from indicators order by 1")
        return xr.Dataset({n: self.indicator(n) for n in names["indicator"]})

    def to_iamc(self, path: Path) -> int:
        """Write the indicators as the IAMC has them, a row a run; return the rows.

        Raises
        ------
        StoreError
            The sweep recorded no indicators.
        """
        import pandas as pd

        if "indicators" not in self.tables:
            what = "the sweep recorded no indicators"
            raise StoreError(self.folder, what, "Name some under [record] in its file.")
        frame = self.sql(
            "select scenario, run, scope, indicator, year, value from indicators"
        )
        wide = frame.pivot_table(
            index=["scenario", "run", "scope", "indicator"],
            columns="year",
            values="value",
        ).reset_index()
        units = self.description["indicators"]
        head = pd.DataFrame(
            {
                "Model": "cqsim",
                "Scenario": wide["scenario"] + " run " + wide["run"].astype(str),
                "Region": wide["scope"],
                "Variable": wide["indicator"],
                "Unit": [units[name]["unit"] for name in wide["indicator"]],
            }
        )
        years = list(wide.columns[4:])
        table = pd.concat([head, wide[years].rename(columns=int)], axis=1)
        table.to_csv(path, index=False, lineterminator="\n")
        return len(table)

    def _array(self, table: str, key: str, name: str, place: str) -> "xr.DataArray":
        import xarray as xr

        query = f"select run, {place}, year, value from {table} where {key} = ?"
        frame = self.sql(query, [name])
        if frame.empty:
            known = self.sql(f"select distinct {key} from {table} order by 1")[key]
            reason = f"the sweep has no {key} '{name}'; it has {', '.join(known)}"
            raise QueryError(reason, self._listed())
        indexed = frame.set_index(["run", place, "year"])["value"]
        array = xr.DataArray.from_series(indexed)
        unit = self.description["indicators"].get(name, {}).get("unit", "")
        scenarios = [self.bases[int(r) % len(self.bases)] for r in array["run"].values]
        return (
            array.rename(name)
            .assign_attrs(unit=unit)
            .assign_coords(scenario=("run", np.array(scenarios)))
        )

    @cached_property
    def _partitions(self) -> tuple[Path, ...]:
        return self.only or tuple(sorted((self.folder / "data").glob("part-*")))

    def _ask(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> Any:
        """Return the answer to one select, to be fetched.

        Raises
        ------
        QueryError
            It is no single select, or names what there is not.
        """
        import duckdb

        try:
            statements = duckdb.extract_statements(query)
            if len(statements) != 1 or statements[0].type.name != "SELECT":
                reason = "it is not one select"
                raise QueryError(reason, self._listed())
            named = isinstance(values, Mapping)
            given = dict(values) if named else list(values)
            return self._connection.execute(query, given)
        except duckdb.Error as error:
            reason = " ".join(str(error).split())[:SHOWN]
            raise QueryError(reason, self._listed()) from None

    def _listed(self) -> str:
        """Return the tables with their columns, for a message."""
        query = (
            "select table_name || ' (' || string_agg(column_name, ', ') || ')' as t "
            "from information_schema.columns group by table_name order by table_name"
        )
        found = self._connection.execute(query).fetchall()
        return "; ".join(
            text if len(text) < SHOWN else f"{text[: SHOWN - 3]}…" for (text,) in found
        )

    @cached_property
    def _connection(self) -> Any:
        """Return a connection that sees the tables, and no other file.

        Raises
        ------
        StoreError
            A file of a table is damaged.
        """
        import duckdb

        connection = duckdb.connect(":memory:")
        bases = ", ".join("'" + base.replace("'", "''") + "'" for base in self.bases)
        for table in ("inputs", *TABLES):
            found = (part / f"{table}.parquet" for part in self._partitions)
            files = [path for path in found if path.is_file()]
            if not files:
                continue
            names = ", ".join("'" + str(f).replace("'", "''") + "'" for f in files)
            added = f", [{bases}][run % {len(self.bases)} + 1] as scenario"
            try:
                connection.execute(
                    f"create view {table} as "
                    f"select *{'' if table == 'inputs' else added} "
                    f"from read_parquet([{names}])"
                )
            except duckdb.Error as error:
                reason = str(error).splitlines()[0][:SHOWN]
                what = f"its table {table} is damaged ({reason})"
                remedy = "Run the sweep again: it writes what is damaged anew"
                raise StoreError(self.folder, what, f"{remedy}.") from error
        folder = str(self.folder.resolve()).replace("'", "''")
        connection.execute(f"set allowed_directories = ['{folder}', '{self.folder}']")
        connection.execute("set enable_external_access = false")
        # It would be printed among the results of a long query.
        connection.execute("set enable_progress_bar = false")
        connection.execute("set lock_configuration = true")
        return connection


def _plain(value: Any) -> Any:
    """Return a cell of an answer as JSON has it."""
    if isinstance(value, float | Decimal):
        return float(value) if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int) else str(value)


def open_sweep(folder: str | Path) -> SweepResults:
    """Return a finished sweep.

    Raises
    ------
    StoreError
        The folder holds none, or one that is not finished.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if not (folder / FINISHED).is_file():
        what = "its sweep is not finished"
        raise StoreError(folder, what, "Run the sweep again: it goes on from there.")
    description = json.loads((folder / DESCRIPTION).read_bytes())
    return SweepResults(folder, manifest, description)
