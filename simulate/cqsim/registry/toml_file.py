"""A TOML file that a modeller edits, and the line of everything in it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from cqsim.errors import FaultsError, InputFileError, did_you_mean

if TYPE_CHECKING:
    from tree_sitter import Node

Place = tuple[str | int, ...]
Entry = TypeVar("Entry")


class Frozen(BaseModel):
    """A table of a registry: no key unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Frozen):
    """The same words in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a TOML file says, and its bytes to find lines in."""

    path: Path
    content: bytes
    tables: dict[str, Any]

    def line(self, place: Place) -> int:
        """Return the line, from 1, of the deepest part of `place` that is written.

        Elements that the file does not have, such as the name of a chosen kind or a
        missing key, are passed over; 0 where nothing of `place` is in the file.
        """
        lines = dict(_lines(self.content))
        found: Place = ()
        for part in place:
            if (*found, part) in lines:
                found = (*found, part)
        return lines.get(found, 0)

    def fault(self, place: Place, what: str, remedy: str) -> str:
        """Return one line that says where in the file, what, and what to do."""
        written = ".".join(str(part) for part in place)
        text = f"{written}: {what}" if written else what
        return str(InputFileError(self.path, self.line(place), text, remedy))


def read_toml(path: Path) -> TomlFile:
    """Return the file's tables; raise InputFileError where it is not TOML in UTF-8."""
    if not path.is_file():
        remedy = "Name a file that exists."
        raise InputFileError(path, 0, "there is no such file", remedy)
    content = path.read_bytes()
    try:
        return TomlFile(path, content, tomllib.loads(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        remedy = "Save the file as UTF-8."
        raise InputFileError(path, line, "the text is not UTF-8", remedy) from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(place[1]) if place else content.count(b"\n")
        what = re.sub(r" \(at .*\)$", "", str(error))
        remedy = "Write it as TOML 1.0 has it."
        raise InputFileError(path, line, what, remedy) from error


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
        return adapter.validate_python(tables)
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


def _lines(content: bytes) -> Iterator[tuple[Place, int]]:
    """Yield the place and line of every table, key and element of a TOML text."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    counts: dict[Place, int] = {}
    for node in (
        Parser(Language(tree_sitter_toml.language())).parse(content).root_node.children
    ):
        if node.type == "pair":
            yield from _pair(node, ())
        elif node.type in ("table", "table_array_element"):
            place: Place = tuple(_keys(next(c for c in node.children if c.is_named)))
            if node.type == "table_array_element":
                counts[place] = counts.get(place, -1) + 1
                place = (*place, counts[place])
            yield place, node.start_point[0] + 1
            for child in node.children:
                if child.type == "pair":
                    yield from _pair(child, place)


def _keys(node: "Node") -> list[str]:
    """Return the parts of a bare, quoted or dotted key."""
    text = (node.text or b"").decode()
    if node.type == "bare_key":
        return [text]
    if node.type == "quoted_key":
        return [str(tomllib.loads(f"x = {text}")["x"])]
    return [key for child in node.children for key in _keys(child)]


def _pair(node: "Node", base: Place) -> Iterator[tuple[Place, int]]:
    """Yield the place and line of a key and of all that stands in its value."""
    place = base
    for key in _keys(node.children[0]):
        place = (*place, key)
        yield place, node.start_point[0] + 1
    yield from _value(node.children[-1], place)


def _value(node: "Node", place: Place) -> Iterator[tuple[Place, int]]:
    """Yield the places and lines inside an array or inline table."""
    if node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                yield from _pair(child, place)
    elif node.type == "array":
        elements = [c for c in node.children if c.is_named and c.type != "comment"]
        for number, element in enumerate(elements):
            yield (*place, number), element.start_point[0] + 1
            yield from _value(element, (*place, number))
