"""Read a scenario with all that it extends, from the base to the file itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cqsim.errors import FaultsError, InputFileError, did_you_mean
from cqsim.resources import data_folder
from cqsim.textfile import is_file
from cqsim.tomlfile import Document, Fault, read_document

DEEPEST = 20


def found(name: str, folder: Path) -> Path:
    """Return the path of a scenario named by path or, if shipped, by its name.

    Where there is no such file, the path that it would have in `folder`.
    """
    here = folder / name
    own = data_folder("scenarios")
    bare = Path(name)
    candidates = [here, here.with_name(here.name + ".toml")] if bare.name else [here]
    if bare.parts and bare.parts[0] == "scenarios":
        bare = Path(*bare.parts[1:])
    if not bare.is_absolute() and ".." not in bare.parts and bare.name:
        candidates += [own / bare, own / f"{bare}.toml"]
    for candidate in candidates:
        if is_file(candidate):
            return candidate
    return here


def existing(name: str, folder: Path) -> Path:
    """Return the path of a scenario as `found` does, of one that is there.

    Raises
    ------
    InputFileError
        There is none.
    """
    path = found(name, folder)
    if not is_file(path):
        hint = did_you_mean(Path(name).stem, shipped(), "Those shipped")
        raise InputFileError(path, 0, "there is no such scenario file", hint)
    return path


def shipped() -> list[str]:
    """Return the names of the scenarios that are shipped."""
    return sorted(file.stem for file in data_folder("scenarios").glob("*.toml"))


def chain(path: Path, check: Callable[[Document], list[Fault]]) -> list[Document]:
    """Return a scenario's documents, the outermost base first, the file itself last.

    Parameters
    ----------
    path
        The scenario file.
    check
        Returns what is wrong in one document.

    Raises
    ------
    InputFileError
        The file cannot be read.
    FaultsError
        A file of the chain has faults, or the chain leads back into itself.
    """
    documents: list[Document] = []
    seen: list[Path] = []
    faults: list[str] = []
    while True:
        document = read_document(path)
        documents.insert(0, document)
        seen.append(path.resolve())
        faults += [fault.text(path) for fault in sorted(set(check(document)))]
        base = document.data.get("extends")
        if not isinstance(base, str) or not base:
            break
        path = found(base, path.parent)
        fault = _link_fault(document, path, seen)
        if fault is not None:
            faults.append(fault.text(document.path))
            break
    if faults:
        raise FaultsError(faults)
    return documents


def _link_fault(document: Document, base: Path, seen: list[Path]) -> Fault | None:
    """Return what is wrong with a step from a scenario to its base."""
    if not is_file(base):
        what = f"extends: there is no scenario file {base}"
        remedy = f"{did_you_mean(base.stem, shipped())} Or give a file."
    elif base.resolve() in seen:
        ring = [*seen[seen.index(base.resolve()) :], base.resolve()]
        what = "extends: the scenarios extend each other in a ring: " + " → ".join(
            file.name for file in ring
        )
        remedy = "Remove one of the links."
    elif len(seen) >= DEEPEST:
        what = f"extends: more than {DEEPEST} scenarios stand on each other"
        remedy = "Shorten the chain."
    else:
        return None
    return document.fault(("extends",), what, remedy, value=True)


def merged(documents: list[Document]) -> dict[str, Any]:
    """Return the data of a chain as one, the later over the earlier.

    Time, levers and constants are merged key by key, a table over a table likewise; id,
    title and summary are those of the last alone.
    """
    whole: dict[str, Any] = {}
    for document in documents:
        for own in ("id", "title", "summary", "extends"):
            whole.pop(own, None)
        data = dict(document.data)
        if "model" in data:
            data["model"] = str(document.path.parent / data["model"])
        whole = _over(whole, data)
    return whole


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        base = result.get(key)
        both = isinstance(base, dict) and isinstance(value, dict)
        result[key] = _over(base, value) if both and isinstance(base, dict) else value
    return result
