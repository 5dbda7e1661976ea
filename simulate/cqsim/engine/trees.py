"""Lowered models kept between processes, as JSON: nothing in it can run.

An entry is found by the text of the model and by the code that lowers it; it says which
files beside the model were read, with their hashes, and counts only while these hold.
"""

import json
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cqsim.compile import ir
from cqsim.compile.ir import System
from cqsim.emitted import cache_folder, write_once
from cqsim.model import lower
from cqsim.model.lower.source import read_source

_KINDS: dict[str, Any] = {
    name: kind
    for module in (ir,)
    for name, kind in vars(module).items()
    if is_dataclass(kind)
}
_SEAL = 64


def read_kept(path: Path | str) -> System:
    """Return a model as `lower.read` does, from the cache if it is there and holds.

    Raises
    ------
    InputFileError
        If the model cannot be read, or holds what is not supported.
    """
    source = read_source(Path(path))
    folder = cache_folder()
    key = sha256(f"{_code_digest()}{source.digest}".encode()).hexdigest()[:32]
    kept = _load(folder / f"cqsim_{key}.json", source.path)
    if kept is not None:
        return kept
    found = lower.read(source.path)
    text = json.dumps(_plain(found), separators=(",", ":")).encode()
    seal = sha256(text).hexdigest().encode()
    write_once(folder, f"cqsim_{key}.json", seal + text)
    return found


def _load(file: Path, path: Path) -> System | None:
    """Return a kept model; None if there is none, or it is damaged or out of date."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    if sha256(data[_SEAL:]).hexdigest().encode() != data[:_SEAL]:
        return None
    found = _built(json.loads(data[_SEAL:]))
    if not isinstance(found, System):
        return None
    for name, digest in found.files.items():
        if _digest(path.parent / name) != digest:
            return None
    return replace(found, path=path)


def _digest(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _code_digest() -> str:
    """Return a hash of the code that lowers models: another version, another key."""
    folder = Path(lower.__file__).parent
    files = [*sorted(folder.glob("*.py")), *sorted(folder.parent.glob("*.py"))]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as lists, texts and numbers; a class is named in its list."""
    if is_dataclass(value):
        name = type(value).__name__
        return [name, *(_plain(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, dict | MappingProxyType):
        return ["dict", *([key, _plain(entry)] for key, entry in value.items())]
    if isinstance(value, tuple):
        return ["tuple", *map(_plain, value)]
    if isinstance(value, frozenset):
        return ["frozenset", *sorted(value)]
    return str(value) if isinstance(value, Path) else value


def _built(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    name, *parts = value
    if name == "tuple":
        return tuple(map(_built, parts))
    if name == "dict":
        return MappingProxyType({key: _built(entry) for key, entry in parts})
    if name == "frozenset":
        return frozenset(parts)
    kind = _KINDS[name]
    built = [_built(part) for part in parts]
    return kind(*built)
