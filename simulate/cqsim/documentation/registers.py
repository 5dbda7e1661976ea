"""The registers of a model's folder, and the lookup of names that a user types.

They are read as they stand, since an explanation must also be given where another
entry of the same file is at fault. A register that is not there is empty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from cqsim.case.registers import (
    GlossaryTerm,
    Simplifier,
    read_glossary,
    read_simplifier,
)
from cqsim.errors import CqsimError, UnknownNameError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.tables import read_lines
from cqsim.tomlfile import read_document

Row = Mapping[str, str]
Entry = Mapping[str, Any]

ENTRY_KINDS = ("target", "lever", "indicator")
KINDS = ("variable", *ENTRY_KINDS, "region", "source")


@dataclass(frozen=True)
class Registers:
    """The registers in the folder of a model, each read when it is first used."""

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
    def simplified(self) -> Simplifier:
        """Writes quotes of the documents in simplified characters."""
        return read_simplifier(self.folder / "traditional.csv")

    @cached_property
    def glossary(self) -> Mapping[str, GlossaryTerm]:
        """The Chinese and English words for the model's names."""
        path = self.folder / "glossary.csv"
        return read_glossary(path) if path.is_file() else {}

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, Entry]]:
        """The entries of the TOML registers: by kind, then by id."""
        return {kind: self._tables(f"{kind}s.toml") for kind in ENTRY_KINDS}

    def rows(self, name: str, *columns: str) -> list[Row]:
        """Return the rows of a CSV file that has at least these columns."""
        path = self.folder / name
        if not path.is_file():
            return []
        return [line.cells for line in read_lines(path, columns)]

    def _tables(self, name: str) -> Mapping[str, Entry]:
        """Return the tables of a TOML file by name; those of a list by their id."""
        path = self.folder / name
        tables = read_document(path).data if path.is_file() else {}
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


def lever_constants(entry: Entry) -> list[str]:
    """Return the constants that a lever's entry names."""
    keys = ("constant", "start_constant", "ramp_constant", "constants")
    named = [entry[key] for key in keys if key in entry]
    return [n for one in named for n in ([one] if isinstance(one, str) else list(one))]


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with a name: its kind, its id, and the words people may call it by."""

    kind: str
    id: str
    words: tuple[str, ...]


class AmbiguousNameError(CqsimError):
    """A name that several things have."""

    def __init__(self, name: str, choices: list[str]) -> None:
        super().__init__(name, choices)

    def __str__(self) -> str:
        name, choices = self.args
        lines = "\n".join(f"  {choice}" for choice in choices)
        return f"'{name}' names several things. Say which:\n{lines}"


def named_things(model: Model, registers: Registers) -> Iterator[Named]:
    """Yield all that has a name, in the order of the kinds."""
    for key, variable in model.variables.items():
        term = registers.glossary.get(key)
        words: tuple[str, ...] = (term.zh, term.en) if term else ()
        yield Named("variable", variable.name.strip('"'), words)
    for kind in ("lever", "target", "indicator"):
        for key, entry in registers.entries[kind].items():
            title = entry.get("title", {})
            words = tuple(map(str, title.values())) if isinstance(title, dict) else ()
            clause = (str(entry["clause"]),) if entry.get("clause") else ()
            yield Named(kind, key, (*words, *clause))
    for key, row in registers.regions.items():
        columns = ("name_zh", "name_en", "short_zh")
        yield Named("region", key, tuple(row.get(c, "") for c in columns))
    for key in registers.sources:
        yield Named("source", key, ())


def find_named(name: str, model: Model, registers: Registers) -> Named:
    """Return what a name stands for.

    Case, underscores and blanks do not count, unless two ids differ in nothing else.
    `kind:name` picks one kind.

    Raises
    ------
    UnknownNameError
        Nothing has the name; the nearest names are offered.
    AmbiguousNameError
        Several things have it.
    """
    things = list(named_things(model, registers))
    prefix, _, rest = name.partition(":")
    if rest and prefix.strip() in KINDS:
        things = [thing for thing in things if thing.kind == prefix.strip()]
        name = rest.strip()
    wanted = canonical(name)
    by_id = [t for t in things if t.id == name]
    by_id = by_id or [t for t in things if canonical(t.id) == wanted]
    found = by_id or [t for t in things if wanted in map(canonical, t.words)]
    # An indicator often has the words of the variable that it shows, which names it.
    found = [t for t in found if t.kind != "indicator"] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousNameError(name, [f"{t.kind}:{t.id}" for t in found])
    where = "cqsim explain"
    raise UnknownNameError(where, "name", name, _near(wanted, things))


def _near(wanted: str, things: list[Named]) -> list[str]:
    """Return the names that hold the wanted one, or else the nearest ones."""
    names = [word for thing in things for word in (thing.id, *thing.words) if word]
    holding = [name for name in names if wanted in canonical(name)]
    if holding:
        return sorted(dict.fromkeys(holding), key=len)[:12]
    folded = {canonical(name): name for name in names}
    near = get_close_matches(wanted, list(folded), n=3, cutoff=0.5)
    return [folded[key] for key in near] or sorted(names)
