"""The registers beside a model: sources, regions, glossary, targets, levers.

They are read as they stand, since an explanation must also be given where another
entry of the same file is at fault. A register that is not there is empty.
"""

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cqsim.case.glossary import Term, read_glossary
from cqsim.errors import InputFileError

Row = Mapping[str, str]
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Registers:
    """What stands in the folder of a model, each file read when it is asked for."""

    folder: Path

    @cached_property
    def sources(self) -> Mapping[str, Row]:
        """The sources by id."""
        return {row["source_id"]: row for row in self.rows("sources.csv", "source_id")}

    @cached_property
    def regions(self) -> Mapping[str, Row]:
        """The regions by id."""
        return {row["region"]: row for row in self.rows("regions.csv", "region")}

    @cached_property
    def glossary(self) -> Mapping[str, Term]:
        """The Chinese and English words for the model's names."""
        path = self.folder / "glossary.csv"
        return read_glossary(path) if path.is_file() else {}

    @cached_property
    def targets(self) -> Mapping[str, Entry]:
        """The targets by id."""
        return self.entries("targets.toml")

    @cached_property
    def levers(self) -> Mapping[str, Entry]:
        """The levers by id."""
        return self.entries("levers.toml")

    @cached_property
    def indicators(self) -> Mapping[str, Entry]:
        """The indicators by id."""
        return self.entries("indicators.toml")

    def rows(self, name: str, *columns: str) -> list[Row]:
        """Return the rows of a CSV file that has at least these columns."""
        path = self.folder / name
        if not path.is_file():
            return []
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines, restval="")
                names = reader.fieldnames or ()
                rows: list[Row] = list(reader)
        except UnicodeDecodeError:
            remedy = f"Convert it: iconv -f GB18030 -t UTF-8 {path.name}"
            raise InputFileError(path, 0, "the text is not UTF-8", remedy) from None
        for column in columns:
            if column not in names:
                what = f"the column '{column}' is missing"
                raise InputFileError(path, 1, what, "Add it to the first line.")
        return rows

    def entries(self, name: str) -> Mapping[str, Entry]:
        """Return the tables of a TOML file by name; those of a list by their id."""
        path = self.folder / name
        if not path.is_file():
            return {}
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else 0
            remedy = "Correct the file; it is TOML in UTF-8."
            raise InputFileError(path, line, str(error), remedy) from None
        listed = [t for one in tables.values() if isinstance(one, list) for t in one]
        by_id = {str(t["id"]): t for t in listed if isinstance(t, dict) and "id" in t}
        return {k: t for k, t in tables.items() if isinstance(t, dict)} | by_id


def variables_in(indicator: Entry) -> list[str]:
    """Return the model's variables that an indicator's entry names."""
    terms = [
        term
        for key in ("terms", "numerator", "denominator")
        for term in indicator.get(key, ())
    ]
    named = [t if isinstance(t, str) else str(t.get("variable", "")) for t in terms]
    named += [str(indicator[key]) for key in ("variable", "weight") if key in indicator]
    return list(dict.fromkeys(name for name in named if name))


def sources_in(entry: Any) -> set[str]:
    """Return the source ids that an entry of a register cites, however deep."""
    if isinstance(entry, list):
        return set().union(*map(sources_in, entry))
    if not isinstance(entry, dict):
        return set()
    own = [entry[key] for key in ("source", "sources") if key in entry]
    ids = {i for one in own for i in ([one] if isinstance(one, str) else one)}
    return ids.union(*(sources_in(v) for v in entry.values()))
