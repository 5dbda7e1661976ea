"""The data files that a model names: found beside it, decoded, and checked."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cqsim.errors import FaultsError, InputFileError
from cqsim.textfile import decode, read_bytes

REFERENCE = re.compile(r"\bGET[\s_]+(?:DIRECT|XLS|123)[\s_]+\w+\s*\(\s*'([^']*)'", re.I)
TABLES = (".csv", ".tab", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that a model reads: its name in the model, its place and its bytes.

    Text is in UTF-8 here, whatever the file on disk has.
    """

    name: str
    path: Path
    content: bytes


def data_files(model: Path, text: str) -> list[DataFile]:
    """Return the data files that a model's text names, each once, by name.

    Raises
    ------
    FaultsError
        Files are missing, no text, or not beside the model or in a folder below it.
    """
    found: dict[str, DataFile] = {}
    faults: dict[str, str] = {}
    for match in REFERENCE.finditer(text):
        name = match[1]
        if name not in found and name not in faults:
            line = text.count("\n", 0, match.start()) + 1
            try:
                found[name] = _read(model, line, name)
            except InputFileError as error:
                faults[name] = str(error)
    if faults:
        raise FaultsError(list(faults.values()))
    return [found[name] for name in sorted(found)]


def _read(model: Path, line: int, name: str) -> DataFile:
    parts = PurePosixPath(name).parts
    if not re.fullmatch(r"[\w .()/-]+", name) or name.startswith("/") or ".." in parts:
        what = f"the model may not read '{name}'"
        remedy = "Put the file beside the model, and name it without '..' or a drive."
        raise InputFileError(model, line, what, remedy)
    path = model.parent / name
    if not path.resolve().is_relative_to(model.parent.resolve()):
        what = f"'{name}' leads out of the model's folder"
        raise InputFileError(model, line, what, "Put the file itself there.")
    if not path.is_file():
        what = f"the model reads '{name}', and there is no such file in {path.parent}"
        raise InputFileError(model, line, what, "Put it there, or correct the name.")
    content = read_bytes(path)
    if path.suffix.lower() in TABLES:
        content = decode(path, content).encode("utf-8")
    return DataFile(name, path, content)
