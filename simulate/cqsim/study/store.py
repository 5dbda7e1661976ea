"""The folder of a sweep: what it is of, what is there, what is missing, the end.

`manifest.json` says what the sweep is made from. Runs arrive as chunks in `chunks/`;
each thousand of them becomes a part of the dataset in `data/`, and its chunks go.
`finished.json` is written last, with the hash of every part.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cqsim.engine.identity import file_sha256
from cqsim.study.chunks import (
    Chunk,
    StoreError,
    flush_folder,
    gaps,
    joined,
    put,
    put_chunk,
    unwritten,
)
from cqsim.study.dataset import PART, write_part
from cqsim.study.plan import Plan
from cqsim.study.runs import Part, drawn_inputs, input_names

MANIFEST = "manifest.json"
FINISHED = "finished.json"
DESCRIPTION = "description.json"


@dataclass(slots=True)
class Store:
    """The folder of a sweep, opened for one process.

    Attributes
    ----------
    chunks
        The chunks that are whole and no part of the dataset yet.
    parts
        The numbers of the parts of the dataset that are whole.
    faults
        What was found damaged, one sentence each.
    """

    folder: Path
    plan: Plan
    chunks: list[Chunk] = field(default_factory=list)
    parts: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether the dataset is whole and says so."""
        return not self.missing() and (self.folder / FINISHED).is_file()

    def missing(self) -> list[tuple[int, int]]:
        """Return the runs that are not there, from first to before last."""
        return list(gaps(self.covered(), self.plan.runs))

    def covered(self) -> list[Chunk]:
        """Return what is there: chunks, and the parts as if they were chunks."""
        parts = (Chunk(*self.span(number), self.folder) for number in self.parts)
        return [*self.chunks, *parts]

    def span(self, number: int) -> tuple[int, int]:
        """Return the runs of a part, from first to before last."""
        return number * PART, min((number + 1) * PART, self.plan.runs)

    def add(self, part: Part) -> None:
        """Write some runs as a chunk."""
        folder = self.folder / "chunks"
        put_chunk(folder, self.plan.digest, part)
        last = part.first + len(part.values)
        path = folder / f"chunk-{part.first:010}-{last:010}.npy"
        self.chunks.append(Chunk(part.first, last, path, part.lost))

    def seal(self) -> None:
        """Make parts of the dataset from all chunks that fill one."""
        for number in self._fillable():
            first, last = self.span(number)
            self._write_part(number, joined(self.chunks, first, last))
            self.parts.add(number)
        ended = [chunk for chunk in self.chunks if self._is_sealed(chunk)]
        for chunk in ended:
            chunk.path.with_suffix(".json").unlink(missing_ok=True)
            chunk.path.unlink(missing_ok=True)
        self.chunks = [chunk for chunk in self.chunks if chunk not in ended]

    def finish(self) -> None:
        """Say that the dataset is whole, once it is, and clear away."""
        parts = {
            self._folder_of(number).name: note_of(self._folder_of(number))
            for number in sorted(self.parts)
        }
        lost = sum(int(note["lost"]) for note in parts.values())
        content = {
            "sweep": self.plan.digest,
            "runs": self.plan.runs,
            "lost": lost,
            "parts": {name: note["files"] for name, note in parts.items()},
        }
        put(self.folder / FINISHED, as_text(content))
        shutil.rmtree(self.folder / "chunks", ignore_errors=True)
        for path in self.folder.glob(".lock-*"):
            path.unlink(missing_ok=True)

    def _fillable(self) -> list[int]:
        """Return the parts whose runs are all in chunks."""
        touched = {
            number
            for chunk in self.chunks
            for number in range(chunk.first // PART, (chunk.last - 1) // PART + 1)
        }
        ordered = sorted(self.chunks)
        return [
            number
            for number in sorted(touched - self.parts)
            if _covers(ordered, *self.span(number))
        ]

    def _is_sealed(self, chunk: Chunk) -> bool:
        numbers = range(chunk.first // PART, (chunk.last - 1) // PART + 1)
        return self.parts.issuperset(numbers)

    def _folder_of(self, number: int) -> Path:
        return self.folder / "data" / f"part-{number:07}"

    def _write_part(self, number: int, part: Part) -> None:
        """Write one part of the dataset as a whole."""
        folder = self._folder_of(number)
        fresh = folder.with_name(f".{folder.name}.tmp")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(parents=True)
            drawn = drawn_inputs(self.plan, part.first, part.first + len(part.values))
            names = input_names(self.plan)
            bases = [base.id for base in self.plan.bases]
            write_part(fresh, part, self.plan.columns, bases, (names, drawn))
            files = {path.name: file_sha256(path) for path in sorted(fresh.iterdir())}
            note = {"sweep": self.plan.digest, "lost": len(part.lost), "files": files}
            put(fresh / "part.json", as_text(note))
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
            flush_folder(folder.parent)
        except OSError as error:
            raise unwritten(self.folder, error) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a sweep was made from.

    Raises
    ------
    StoreError
        The folder holds no sweep, or its manifest is damaged.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        content["sweep"]["inputs"]
    except FileNotFoundError:
        what = "there is no sweep in it (no manifest.json)"
        raise StoreError(folder, what, "Name the folder of a sweep.") from None
    except (OSError, ValueError, KeyError, TypeError):
        what = "its manifest.json is damaged"
        remedy = "Run the sweep again: it is written anew, and whole runs are kept."
        raise StoreError(folder, what, remedy) from None
    return dict(content)


def note_of(path: Path) -> dict[str, Any]:
    """Return what is noted in a part of the dataset."""
    return dict(json.loads((path / "part.json").read_bytes()))


def _covers(ordered: Sequence[Chunk], first: int, last: int) -> bool:
    reached = first
    for chunk in ordered:
        if chunk.first <= reached < chunk.last:
            reached = chunk.last
    return reached >= last


def as_text(content: Mapping[str, Any]) -> bytes:
    """Return a note as it is written."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode()
