"""Read a TOML file whole, and say of every fault in it where it stands."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cqsim.errors import FaultsError, did_you_mean
from cqsim.resources import LANGUAGES, languages_of
from cqsim.textfile import read_text
from cqsim.tomlspans import Key, Spans, spans
from cqsim.wording import wordings

Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file: where, what, and what would put it right."""

    line: int
    column: int
    what: str
    remedy: str

    def text(self, path: Path) -> str:
        """Return the fault as one line, place first, no control character in it."""
        said = f"{self.what}. {self.remedy}"
        visible = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in said)
        return f"{path}:{self.line}:{self.column}: {visible}"


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file: its text, its data and the way back from data to places."""

    path: Path
    text: str
    data: dict[str, Any]
    places: dict[str, Spans] = field(default_factory=dict, compare=False)

    @property
    def known_places(self) -> Spans:
        """Line and column of every key and value, found when first asked for."""
        if "spans" not in self.places:
            self.places["spans"] = spans(self.text)
        return self.places["spans"]

    def place(self, location: Key, value: bool = False) -> tuple[int, int]:
        """Return line and column of a key, or of the value after it.

        Of a key that is not there, the place of the nearest table around it.
        """
        known = self.known_places
        if value and (*location, "=") in known:
            return known[(*location, "=")]
        for length in range(len(location), 0, -1):
            if location[:length] in known:
                return known[location[:length]]
        return 1, 1

    def fault(
        self, location: Key, what: str, remedy: str, *, value: bool = False
    ) -> Fault:
        """Return a fault at a key, or at the value after it."""
        return Fault(*self.place(location, value), what, remedy)


def read_document(path: Path) -> Document:
    """Return a TOML file's data; UTF-8 or GB18030.

    Raises
    ------
    InputFileError
        The file cannot be read or decoded.
    FaultsError
        It is not TOML.
    """
    text = read_text(path)
    try:
        return Document(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        fault = _syntax_fault(text, str(error))
    except RecursionError:
        fault = Fault(1, 1, "the values are nested too deeply", "Flatten them.")
    except ValueError as error:
        fault = Fault(1, 1, f"this is not TOML ({error})", "Shorten the number.")
    raise FaultsError([fault.text(path)])


def shaped(document: Document, schema: type[Schema], context: object = None) -> Schema:
    """Return a document as an instance of its schema; raise ValidationError."""
    data = in_both_languages(document.path, document.data)
    return schema.model_validate(data, context=context)


def in_both_languages(path: Path, data: Any) -> Any:
    """Return data of a file with its words in both languages, if its case speaks one.

    The words of the one language then stand for the other, too.
    """
    languages = languages_of(path)
    return data if len(languages) == len(LANGUAGES) else _doubled(data, languages[0])


def _doubled(data: Any, language: str) -> Any:
    if isinstance(data, list):
        return [_doubled(each, language) for each in data]
    if not isinstance(data, dict):
        return data
    if list(data) == [language]:
        return dict.fromkeys(LANGUAGES, data[language])
    return {key: _doubled(value, language) for key, value in data.items()}


def shape_faults(
    document: Document, schema: type[Schema], context: object = None
) -> list[Fault]:
    """Return what in a document does not have the shape of a schema; often nothing."""
    try:
        shaped(document, schema, context)
    except ValidationError as error:
        return list(_worded(document, error, schema))
    return []


def _worded(
    document: Document,
    error: ValidationError,
    schema: type[BaseModel],
    under: Key = (),
) -> Iterator[Fault]:
    """Yield what pydantic found wrong in a document, or in its table at `under`."""
    for detail in error.errors(include_url=False, include_context=True):
        for location, what, remedy, value in wordings(detail, schema, under):
            yield document.fault(location, what, remedy, value=value)


def refuse(document: Document, faults: list[Fault]) -> None:
    """Raise all faults of a document together, in the order of the file.

    Raises
    ------
    FaultsError
        There is at least one fault.
    """
    if faults:
        ordered = sorted(set(faults))
        raise FaultsError([fault.text(document.path) for fault in ordered])


def load(document: Document, schema: type[Schema], context: object = None) -> Schema:
    """Return a document as an instance of its schema.

    Parameters
    ----------
    context
        What the validators of the schema look names up in.

    Raises
    ------
    FaultsError
        The document does not have the schema's shape; every fault is named.
    """
    refuse(document, shape_faults(document, schema, context))
    return shaped(document, schema, context)


def load_entries(
    document: Document, kinds: Mapping[str, type[Schema]]
) -> dict[str, Schema]:
    """Return the tables of a document, each an entry that has the table's name as id.

    Parameters
    ----------
    kinds
        The schemas of an entry by what its key `kind` says; one under "" is for all.

    Raises
    ------
    FaultsError
        A table does not have the shape of its kind; every fault is named.
    """
    entries: dict[str, Schema] = {}
    faults: list[Fault] = []
    for name, table in document.data.items():
        if not isinstance(table, Mapping):
            remedy = "Give it a table of its own."
            faults.append(document.fault((name,), f"{name} is no table", remedy))
            continue
        if "id" in table:
            what = f"the id of {name} is the table's name"
            faults.append(document.fault((name, "id"), what, "Remove this key."))
            continue
        kind = "" if "" in kinds else str(table.get("kind"))
        if kind not in kinds:
            what, place = f"there is no kind '{kind}' of {name}", (name, "kind")
            remedy = did_you_mean(kind, list(kinds))
            faults.append(document.fault(place, what, remedy, value=True))
            continue
        given = in_both_languages(document.path, dict(table))
        try:
            entries[name] = kinds[kind].model_validate({**given, "id": name})
        except ValidationError as error:
            faults += _worded(document, error, kinds[kind], (name,))
    refuse(document, faults)
    return entries


def _syntax_fault(text: str, message: str) -> Fault:
    remedy = "Put the TOML right at this place."
    where = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if where:
        what = message[: where.start()]
        return Fault(int(where[1]), int(where[2]), _not_toml(what), remedy)
    what = re.sub(r" \(at end of document\)$", "", message)
    lines = text.split("\n")
    return Fault(len(lines), len(lines[-1]) + 1, _not_toml(what), remedy)


def _not_toml(what: str) -> str:
    return "this is not TOML: " + " ".join(what.split())
