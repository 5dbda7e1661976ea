"""Read a TOML file whole, and say of every fault in it where it stands."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cqsim.errors import FaultsError, did_you_mean
from cqsim.resources import LANGUAGES, languages_of
from cqsim.textfile import read_text
from cqsim.tomlspans import Key, Spans, spans

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


def shaped(document: Document, schema: type[Schema]) -> Schema:
    """Return a document as an instance of its schema; raise ValidationError."""
    return schema.model_validate(in_both_languages(document.path, document.data))


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


def shape_faults(document: Document, schema: type[Schema]) -> list[Fault]:
    """Return what in a document does not have the shape of a schema; often nothing."""
    try:
        shaped(document, schema)
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
        location, what, remedy, value = _wording(detail, schema, under)
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


def load(document: Document, schema: type[Schema]) -> Schema:
    """Return a document as an instance of its schema.

    Raises
    ------
    FaultsError
        The document does not have the schema's shape; every fault is named.
    """
    refuse(document, shape_faults(document, schema))
    return shaped(document, schema)


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


# What pydantic found wrong, in plain words.

_NEEDED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "list_type": "a list in [ ]",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
    "is_instance_of": "a number or a table",
}
_INNER = ("[key]", "[number]", "[table]")
"""What a location holds besides the keys of the file: names that schemas give."""


def _wording(
    detail: ErrorDetails, schema: type[BaseModel], under: Key = ()
) -> tuple[Key, str, str, bool]:
    """Return the key at fault, what is wrong, the remedy, and whether its value is.

    Parameters
    ----------
    schema
        What was validated: the whole file, or the table at `under`.
    """
    inner: Key = tuple(part for part in detail["loc"] if part not in _INNER)
    location = (*under, *inner)
    name = ".".join(str(part) for part in location)
    kind = detail["type"]
    if kind == "missing":
        table, key = ".".join(map(str, location[:-1])), location[-1]
        where = f"table [{table}]" if table else "file"
        return (
            location[:-1],
            f"'{name}' is missing",
            f"Add '{key}' to the {where}.",
            False,
        )
    if kind == "extra_forbidden":
        known = _fields_at(schema, inner[:-1])
        what = f"there is no key '{location[-1]}' here ({name})"
        return location, what, did_you_mean(str(location[-1]), known), False
    if kind in _NEEDED:
        what = f"{name} must be {_NEEDED[kind]}, not {_shown(detail['input'])}"
        return location, what, f"Write {_NEEDED[kind]}.", True
    rule = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ")
    rule = rule[:1].lower() + rule[1:]
    what = f"{name} = {_shown(detail['input'])}: it should {_plain(rule)}"
    return location, what, "Change the value.", True


def _fields_at(schema: type[BaseModel], location: Key) -> list[str]:
    """Return the keys that a schema knows inside the table at a location."""
    annotation: Any = schema
    for part in location:
        annotation = _inside(annotation, part)
    found = _model_of(annotation)
    if found is None:
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def _inside(annotation: Any, part: str | int) -> Any:
    """Return the annotation of what stands under one part of a location."""
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            for name, field in option.model_fields.items():
                if part in (name, field.alias):
                    return field.annotation
        elif get_origin(option) in (dict, Mapping):
            return get_args(option)[1]
        elif get_origin(option) in (list, tuple) and isinstance(part, int):
            return get_args(option)[0]
    return None


def _model_of(annotation: Any) -> type[BaseModel] | None:
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def _plain(rule: str) -> str:
    return rule if rule.startswith(("be ", "match ", "have ")) else f"obey: {rule}"


def _shown(value: object) -> str:
    """Return a value as a person would write it in TOML, cut to a short line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        kind, text = "the text ", "'" + " ".join(value.split()) + "'"
    elif isinstance(value, dict):
        return "a table"
    elif isinstance(value, list):
        return "a list"
    else:
        kind, text = "", str(value)
    return kind + (text if len(text) <= 60 else text[:57] + "…'")
