"""A registry in TOML, one table an entry, each fault with its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from cqsim.errors import FaultsError, InputFileError, did_you_mean
from cqsim.tomlfile import Document, in_both_languages, read_document

Place = tuple[str | int, ...]
Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a TOML file says, and the way back to its lines."""

    document: Document

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.document.path

    @property
    def tables(self) -> dict[str, Any]:
        """The file's data."""
        return self.document.data

    def line(self, place: Place) -> int:
        """Return the line, from 1, of the deepest part of `place` that is written.

        Elements that the file does not have, such as the name of a chosen kind or a
        missing key, are passed over; 0 where nothing of `place` is in the file.
        """
        known = self.document.known_places
        found: Place = ()
        line = 0
        for part in place:
            if any(key[: len(found) + 1] == (*found, part) for key in known):
                found = (*found, part)
                line = known[found][0] if found in known else line
        return line

    def fault(self, place: Place, what: str, remedy: str) -> str:
        """Return one line that says where in the file, what, and what to do."""
        written = ".".join(str(part) for part in place)
        text = f"{written}: {what}" if written else what
        return str(InputFileError(self.path, self.line(place), text, remedy))


def read_toml(path: Path) -> TomlFile:
    """Return the file's tables.

    Raises
    ------
    InputFileError
        The file cannot be read or decoded.
    FaultsError
        It is not TOML.
    """
    return TomlFile(read_document(path))


def read_entries(
    file: TomlFile, adapter: TypeAdapter[dict[str, Entry]], keys: list[str]
) -> dict[str, Entry]:
    """Return the file's tables as entries that know their own id.

    Parameters
    ----------
    file
        One table an entry, named by the entry's id.
    adapter
        Checks a mapping of id to entry.
    keys
        Every key that an entry can have, for suggestions.

    Raises
    ------
    FaultsError
        All faults together, each with file and line.
    """
    faults = [
        file.fault((name,), "stands outside of a table", "Give it a table of its own.")
        for name, table in file.tables.items()
        if not isinstance(table, Mapping)
    ]
    faults += [
        file.fault((name, "id"), "the id is the table's name", "Remove this key.")
        for name, table in file.tables.items()
        if isinstance(table, Mapping) and "id" in table
    ]
    if faults:
        raise FaultsError(faults)
    tables = {name: {**table, "id": name} for name, table in file.tables.items()}
    try:
        return adapter.validate_python(in_both_languages(file.path, tables))
    except ValidationError as error:
        raise FaultsError(list(_faults(file, error, keys))) from error


def _faults(file: TomlFile, error: ValidationError, keys: list[str]) -> Iterator[str]:
    """Yield one line for each thing that pydantic found wrong."""
    for each in error.errors(include_url=False):
        place = each["loc"]
        last = str(place[-1]) if place else ""
        if each["type"] == "extra_forbidden":
            remedy = did_you_mean(last, keys)
            yield file.fault(place, "there is no such key", remedy)
        elif each["type"] == "missing":
            yield file.fault(place, "the key is missing", f"Add {last} = … to it.")
        else:
            what = each["msg"].removeprefix("Value error, ").rstrip(".")
            given = each["input"]
            plain = isinstance(given, str | int | float)
            said = f"; it says {given!r}" if plain else ""
            yield file.fault(place, what + said, "Correct it.")
