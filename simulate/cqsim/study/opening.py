"""The folder of a sweep is opened: what is whole is kept, what is not is named."""

import json
import shutil
from pathlib import Path

from cqsim.engine.identity import file_sha256
from cqsim.errors import FaultsError
from cqsim.study.changes import changes
from cqsim.study.chunks import StoreError, put, unwritten, whole_chunks
from cqsim.study.plan import Plan
from cqsim.study.store import (
    DESCRIPTION,
    FINISHED,
    MANIFEST,
    Store,
    as_text,
    note_of,
    read_manifest,
)


def opened(folder: Path, plan: Plan, *, clean: bool = True) -> Store:
    """Return the store of a plan, made where there is none; the lock is the caller's.

    Parameters
    ----------
    clean
        Whether to remove what killed processes left behind: only where no other
        process can be writing in the folder.

    Raises
    ------
    StoreError
        The folder cannot be written, or holds something that is no sweep.
    FaultsError
        It holds another sweep: everything that differs is named.
    """
    faults: list[str] = []
    _refuse_other(folder, plan, faults)
    try:
        (folder / "chunks").mkdir(exist_ok=True)
        (folder / "data").mkdir(exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    if not (folder / MANIFEST).is_file():
        put(folder / MANIFEST, as_text(dict(plan.identity)))
    put(folder / DESCRIPTION, as_text(dict(plan.description)))
    parts = _whole_parts(folder, plan, faults)
    if clean:
        _clear(folder)
    chunks, damaged = whole_chunks(
        folder / "chunks", plan.digest, plan.runs, len(plan.columns)
    )
    store = Store(folder, plan, chunks, parts, [*faults, *damaged])
    if store.missing() and clean:
        (folder / FINISHED).unlink(missing_ok=True)
    return store


def _refuse_other(folder: Path, plan: Plan, faults: list[str]) -> None:
    """Refuse a folder with another sweep in it; a damaged manifest is set aside."""
    if not (folder / MANIFEST).is_file():
        return
    try:
        before = read_manifest(folder)
    except StoreError as error:
        faults.append(f"{error.args[0] / MANIFEST}: it is damaged and is written anew")
        (folder / MANIFEST).unlink()
        return
    found = changes(before, json.loads(as_text(dict(plan.identity))))
    if found:
        head = (
            f"{folder}: the folder holds another sweep, from which this one differs. "
            "Give another folder with --out, or remove this one."
        )
        raise FaultsError([head, *(f"  {change}" for change in found)])


def _whole_parts(folder: Path, plan: Plan, faults: list[str]) -> set[int]:
    """Return the numbers of the parts that are whole; note and remove the others."""
    found = set()
    for path in sorted((folder / "data").glob("part-*")):
        fault = _part_fault(path, plan)
        if fault:
            faults.append(f"{path}: {fault}; its runs run again")
            shutil.rmtree(path, ignore_errors=True)
        else:
            found.add(int(path.name.removeprefix("part-")))
    expected = _expected(folder)
    for name in sorted(expected - {f"part-{number:07}" for number in found}):
        if not any(name in fault for fault in faults):
            faults.append(
                f"{folder / 'data' / name}: it is missing; its runs run again"
            )
    return found


def _clear(folder: Path) -> None:
    """Remove what killed processes left half written."""
    for path in (folder / "data").glob(".part-*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in [*folder.glob(".*.tmp"), *(folder / "chunks").glob(".*.tmp")]:
        path.unlink(missing_ok=True)


def _expected(folder: Path) -> set[str]:
    """Return the parts that a finished sweep has noted."""
    try:
        return set(json.loads((folder / FINISHED).read_bytes())["parts"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _part_fault(path: Path, plan: Plan) -> str:
    """Return what is wrong with a part of the dataset; nothing where it is whole."""
    try:
        note = note_of(path)
        if note["sweep"] != plan.digest:
            return "it is of another sweep"
        for name, digest in note["files"].items():
            file = path / name
            if not file.is_file():
                return f"{name} is missing"
            if file_sha256(file) != digest:
                return f"{name} is damaged (its hash is not that of its note)"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "its note is missing or damaged"
    return ""
