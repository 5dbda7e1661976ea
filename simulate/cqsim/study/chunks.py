"""Chunks of a sweep on disk: written whole or not at all, and known by their hash."""

import errno
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.engine.identity import sha256
from cqsim.errors import PlacedError
from cqsim.study.runs import Lost, Part

FORM = re.compile(r"chunk-(\d{10})-(\d{10})\.json")


class StoreError(PlacedError):
    """The folder of a sweep cannot be used as it is."""


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """A chunk that is whole: the runs from `first` to before `last`."""

    first: int
    last: int
    path: Path
    lost: tuple[Lost, ...] = ()

    def part(self) -> Part:
        """Return its runs."""
        return Part(self.first, np.load(self.path, mmap_mode="r"), self.lost)


def put(path: Path, content: bytes, what: str = "the sweep") -> None:
    """Write a file as a whole: after a crash it is there, or what was there before.

    Parameters
    ----------
    what
        What the file is a part of, for the error.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise unwritten(path.parent, error, what) from error


def unwritten(folder: Path, error: OSError, what: str = "the sweep") -> StoreError:
    """Return the error for a folder in which nothing more can be written."""
    reason = error.strerror or str(error)
    full = error.errno in (None, errno.ENOSPC, errno.EDQUOT)
    remedy = "Make room and ask again" if full else "Give another folder with --out"
    if what == "the sweep":
        reason = f"{reason}); the runs that are there are safe"
        remedy += ": it goes on from there." if full else ", or correct this one."
        return StoreError(folder, f"{what} cannot be written ({reason}", remedy)
    return StoreError(folder, f"{what} cannot be written ({reason})", f"{remedy}.")


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(number)
    except OSError:
        return
    finally:
        os.close(number)


def put_chunk(folder: Path, digest: str, part: Part) -> None:
    """Write a chunk, then the note that it is there.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    buffer = io.BytesIO()
    np.save(buffer, part.values)
    content = buffer.getvalue()
    last = part.first + len(part.values)
    name = f"chunk-{part.first:010}-{last:010}"
    note = {
        "sweep": digest,
        "sha256": sha256(content),
        "bytes": len(content),
        "lost": [[one.run, one.time, one.variable] for one in part.lost],
    }
    put(folder / f"{name}.npy", content)
    put(folder / f"{name}.json", json.dumps(note).encode())


def whole_chunks(
    folder: Path, digest: str, rows: int, columns: int
) -> tuple[list[Chunk], list[str]]:
    """Return the chunks that are whole, and what is wrong with the others.

    Parameters
    ----------
    rows, columns
        The runs of the sweep, and the numbers kept of each.
    """
    found, faults = [], []
    for path in sorted(folder.glob("chunk-*.json")):
        match = FORM.fullmatch(path.name)
        if match is None:
            continue
        first, last = int(match[1]), int(match[2])
        values = path.with_suffix(".npy")
        try:
            note = json.loads(path.read_bytes())
            lost = tuple(Lost(int(r), float(t), str(v)) for r, t, v in note["lost"])
            fault = _fault(note, values, digest)
        except (OSError, ValueError, KeyError, TypeError):
            lost, fault = (), "its note is damaged"
        if not fault and not 0 <= first < last <= rows:
            fault = "it is of runs that the sweep does not have"
        if not fault and np.load(values, mmap_mode="r").shape != (
            last - first,
            columns,
        ):
            fault = "it has another shape"
        if fault:
            faults.append(f"{values}: {fault}; runs {first} to {last - 1} run again")
        else:
            found.append(Chunk(first, last, values, lost))
    noted = {chunk.path for chunk in found}
    faults += [
        f"{path}: the note beside it is missing; its runs run again"
        for path in sorted(folder.glob("chunk-*.npy"))
        if path not in noted and not path.with_suffix(".json").is_file()
    ]
    return sorted(found), faults


def _fault(note: dict[str, Any], values: Path, digest: str) -> str:
    """Return what is wrong with a chunk; nothing where it is whole."""
    if note["sweep"] != digest:
        return "it is of another sweep"
    if not values.is_file():
        return "it is missing"
    size = values.stat().st_size
    if size < note["bytes"]:
        return f"it is cut off at {size} of {note['bytes']} bytes"
    if sha256(values.read_bytes()) != note["sha256"]:
        return "it is damaged (its hash is not that of its note)"
    return ""


def gaps(chunks: Sequence[Chunk], runs: int) -> Iterator[tuple[int, int]]:
    """Yield the runs that no chunk has, from first to before last."""
    reached = 0
    for chunk in sorted(chunks):
        if chunk.first > reached:
            yield reached, chunk.first
        reached = max(reached, chunk.last)
    if reached < runs:
        yield reached, runs


def pieces(
    chunks: Sequence[Chunk], runs: int, size: int, shard: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the pieces that are still to be run, by one shard of several.

    Parameters
    ----------
    size
        The most runs of a piece; pieces end at its multiples.
    shard
        The number of the shard, from 0, and how many there are.
    """
    number, count = shard
    found = []
    for first, last in gaps(chunks, runs):
        while first < last:
            end = min(last, (first // size + 1) * size)
            if first // size % count == number:
                found.append((first, end))
            first = end
    return found


def joined(chunks: Sequence[Chunk], first: int, last: int) -> Part:
    """Return the runs from `first` to before `last`, from the chunks that have them."""
    parts: list[Any] = []
    lost: dict[int, Lost] = {}
    reached = first
    for chunk in sorted(chunks):
        if chunk.first <= reached < chunk.last:
            end = min(last, chunk.last)
            parts.append(chunk.part().values[reached - chunk.first : end - chunk.first])
            lost |= {one.run: one for one in chunk.lost if reached <= one.run < end}
            reached = end
        if reached >= last:
            break
    return Part(first, np.concatenate(parts), tuple(lost[run] for run in sorted(lost)))
