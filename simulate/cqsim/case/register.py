"""A register of levers or shocks beside a model, checked against that model."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from cqsim.model.model import Model
from cqsim.tomlfile import Document, Fault, read_document, refuse
from cqsim.tomlspans import Key

Entry = TypeVar("Entry")
Faults = Callable[[Document, Key, Model, Entry], Iterator[Fault]]


def register_of(
    model: Model,
    kind: str,
    read: Callable[[Path], Mapping[str, Entry]],
    faults_of: Faults[Entry],
) -> Mapping[str, Entry]:
    """Return the entries of `<kind>s.toml` beside a model; none where there is no file.

    Raises
    ------
    InputFileError
        The file cannot be read.
    FaultsError
        It is at fault, or an entry does not fit the model; each fault with its place.
    """
    path = model.path.parent / f"{kind}s.toml"
    if not path.is_file():
        return {}
    entries = read(path)
    document = read_document(path)
    faults = [
        fault
        for number, entry in enumerate(entries.values())
        for fault in faults_of(document, (kind, number), model, entry)
    ]
    refuse(document, faults)
    return entries
