"""Queries over the Parquet tables of a sweep, which see no other file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cqsim.errors import CqsimError
from cqsim.study.columns import TABLES


class QueryError(CqsimError):
    """A query that the tables of a sweep cannot answer."""

    def __init__(self, reason: str, tables: str) -> None:
        super().__init__(reason, tables)

    def __str__(self) -> str:
        reason, tables = self.args
        return f"the query cannot be answered: {reason}. The tables are: {tables}."


@dataclass(frozen=True)
class Tables:
    """The tables of some parts of a dataset.

    Attributes
    ----------
    folder
        The sweep's own, outside of which nothing is read.
    bases
        The ids of the base scenarios, in the order of the runs.
    """

    folder: Path
    bases: tuple[str, ...]
    parts: tuple[Path, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tables that the parts have."""
        found = {path.stem for part in self.parts for path in part.glob("*.parquet")}
        return tuple(table for table in ("inputs", *TABLES) if table in found)

    def ask(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> Any:
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
                raise QueryError(reason, self.listed())
            named = isinstance(values, Mapping)
            given = dict(values) if named else list(values)
            return self._connection.execute(query, given)
        except duckdb.Error as error:
            reason = " ".join(str(error).split())[:300]
            raise QueryError(reason, self.listed()) from None

    def listed(self) -> str:
        """Return the tables with their columns, for a message."""
        query = (
            "select table_name || ' (' || string_agg(column_name, ', ') || ')' as t "
            "from information_schema.columns group by table_name order by table_name"
        )
        found = self._connection.execute(query).fetchall()
        shown = [text if len(text) < 300 else text[:297] + "…" for (text,) in found]
        return "; ".join(shown)

    @cached_property
    def _connection(self) -> Any:
        """Return a connection that sees the tables, and no other file."""
        import duckdb

        connection = duckdb.connect(":memory:")
        bases = ", ".join("'" + base.replace("'", "''") + "'" for base in self.bases)
        for table in ("inputs", *TABLES):
            found = (part / f"{table}.parquet" for part in self.parts)
            files = [path for path in found if path.is_file()]
            if not files:
                continue
            names = ", ".join("'" + str(f).replace("'", "''") + "'" for f in files)
            added = f", [{bases}][run % {len(self.bases)} + 1] as scenario"
            connection.execute(
                f"create view {table} as select *{'' if table == 'inputs' else added} "
                f"from read_parquet([{names}])"
            )
        folder = str(self.folder.resolve()).replace("'", "''")
        connection.execute(f"set allowed_directories = ['{folder}', '{self.folder}']")
        connection.execute("set enable_external_access = false")
        # It would be printed among the results of a long query.
        connection.execute("set enable_progress_bar = false")
        connection.execute("set lock_configuration = true")
        return connection
