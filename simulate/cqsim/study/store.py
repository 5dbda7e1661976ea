"""The folder of a sweep: its manifest, and which runs are stored or missing.

`manifest.json` says what the sweep is made from. Each thousand runs are a partition of
Parquet tables in `data/`, renamed into place when they are complete, with the hash of
each file in `part.json`. `finished.json` is written last, with the hashes of all.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.engine.identity import file_sha256
from cqsim.errors import FaultsError
from cqsim.study.columns import TABLES, ResultColumn
from cqsim.study.disk import StoreError, flush_folder, unwritten, write_file
from cqsim.study.job import SweepJob
from cqsim.study.worker import Chunk

FORMAT = 2
"""Of the folder; one of another format is refused."""

MANIFEST = "manifest.json"
FINISHED = "finished.json"
DESCRIPTION = "description.json"

PARTITION = 1000
"""Runs of a partition, whatever was computed together."""

PARQUET = "(format parquet, compression zstd, parquet_version v2)"
KEYS = {
    "targets": {"target": "name", "alternative": "alternative", "scope": "place"},
    "indicators": {"indicator": "name", "scope": "place"},
    "variables": {"variable": "name", "place": "place"},
}
"""By table, the texts that say what a value is of, and where a column has them."""


@dataclass(slots=True)
class SweepStore:
    """The folder of a sweep, opened for one process.

    Attributes
    ----------
    partitions
        The numbers of the partitions that are complete.
    damage
        What was found damaged, one sentence each.
    """

    folder: Path
    job: SweepJob
    partitions: set[int] = field(default_factory=set)
    damage: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether all runs are there, and a note says so."""
        return not self.missing() and (self.folder / FINISHED).is_file()

    def missing(self) -> list[int]:
        """Return the numbers of the partitions that are not there."""
        count = -(-self.job.runs // PARTITION)
        return [number for number in range(count) if number not in self.partitions]

    def missing_runs(self) -> int:
        """Return how many runs are not there."""
        return sum(last - first for first, last in map(self.span, self.missing()))

    def span(self, number: int) -> tuple[int, int]:
        """Return the runs of a partition, from first to before last."""
        return number * PARTITION, min((number + 1) * PARTITION, self.job.runs)

    def write(self, runs: Chunk) -> None:
        """Write a partition.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        number = runs.first // PARTITION
        folder = self._folder_of(number)
        fresh = folder.with_name(f".{folder.name}.tmp")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(parents=True)
            _write_tables(fresh, runs, self.job)
            files = {path.name: file_sha256(path) for path in sorted(fresh.iterdir())}
            lost = len(runs.diverged)
            note = {"sweep": self.job.digest, "lost": lost, "files": files}
            write_file(fresh / "part.json", _text(note))
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
            flush_folder(folder.parent)
        except OSError as error:
            raise unwritten(self.folder, error) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        self.partitions.add(number)

    def finish(self) -> None:
        """Note that all runs are there, once they are."""
        notes = {
            folder.name: _note_of(folder)
            for folder in map(self._folder_of, sorted(self.partitions))
        }
        content = {
            "sweep": self.job.digest,
            "runs": self.job.runs,
            "lost": sum(int(note["lost"]) for note in notes.values()),
            "parts": {name: note["files"] for name, note in notes.items()},
        }
        write_file(self.folder / FINISHED, _text(content))
        for path in self.folder.glob(".lock-*"):
            path.unlink(missing_ok=True)

    def _folder_of(self, number: int) -> Path:
        return self.folder / "data" / f"part-{number:07}"


def open_store(folder: Path, job: SweepJob, *, clean: bool = True) -> SweepStore:
    """Return the store of a job, made where there is none; the lock is the caller's.

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
    damage: list[str] = []
    _refuse_other(folder, job, damage)
    try:
        (folder / "data").mkdir(exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    if not (folder / MANIFEST).is_file():
        write_file(folder / MANIFEST, _text(manifest_of(job)))
    write_file(folder / DESCRIPTION, _text(job.description))
    store = SweepStore(folder, job, _complete(folder, job, damage), damage)
    if clean:
        _remove_unfinished(folder)
        if store.missing():
            (folder / FINISHED).unlink(missing_ok=True)
    return store


def manifest_of(job: SweepJob) -> dict[str, Any]:
    """Return what the sweep of a job is made from, as its folder notes it."""
    return {"format": FORMAT, **job.identity}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a sweep was made from.

    Raises
    ------
    StoreError
        The folder holds no sweep, one of another format, or its manifest is damaged.
    """
    try:
        content = dict(json.loads((folder / MANIFEST).read_bytes()))
        content["sweep"]["inputs"]
    except FileNotFoundError:
        what = f"there is no sweep in it (no {MANIFEST})"
        raise StoreError(folder, what, "Name the folder of a sweep.") from None
    except (OSError, ValueError, KeyError, TypeError):
        what = f"its {MANIFEST} is damaged"
        remedy = "Run the sweep again: it is written anew, and complete runs stay."
        raise StoreError(folder, what, remedy) from None
    if content.get("format") != FORMAT:
        what = "its sweep was written by another version of cqsim"
        remedy = "Run the sweep again with another --out, or remove this folder."
        raise StoreError(folder, what, remedy)
    return content


def refuse_differing(folder: Path, job: SweepJob, head: str) -> None:
    """Refuse a folder whose sweep was made from something else than a job.

    Raises
    ------
    FaultsError
        Everything that differs, a line each after `head`.
    """
    now = json.loads(_text(manifest_of(job)))
    found = list(differences(read_manifest(folder), now))
    if found:
        raise FaultsError([f"{folder}: {head}", *(f"  {change}" for change in found)])


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """Yield a line for every key at which two values of plain data differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys(), key=str):
            inner = f"{place}.{key}" if place else str(key)
            if key not in after:
                yield f"{inner}: was {_shown(before[key])}, is not there any more"
            elif key not in before:
                yield f"{inner}: is new: {_shown(after[key])}"
            else:
                yield from differences(before[key], after[key], inner)
    elif before != after:
        if place.startswith("files."):
            name = place.removeprefix("files.")
            yield f"{name} has changed ({str(before)[:12]}… → {str(after)[:12]}…)"
        else:
            yield f"{place}: was {_shown(before)}, is {_shown(after)}"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _refuse_other(folder: Path, job: SweepJob, damage: list[str]) -> None:
    """Refuse a folder with another sweep in it; a damaged manifest is removed."""
    path = folder / MANIFEST
    if not path.is_file():
        return
    try:
        json.loads(path.read_bytes())["sweep"]["inputs"]
    except (OSError, ValueError, KeyError, TypeError):
        damage.append(f"{path}: it is damaged and is written anew")
        path.unlink()
        return
    head = (
        "the folder holds another sweep, from which this one differs. "
        "Give another folder with --out, or remove this one."
    )
    refuse_differing(folder, job, head)


def _complete(folder: Path, job: SweepJob, damage: list[str]) -> set[int]:
    """Return the numbers of the complete partitions; note and remove the others."""
    found = set()
    for path in sorted((folder / "data").glob("part-*")):
        fault = _fault(path, job)
        if fault:
            damage.append(f"{path}: {fault}; its runs run again")
            shutil.rmtree(path, ignore_errors=True)
        else:
            found.add(path.name)
    try:
        expected = set(json.loads((folder / FINISHED).read_bytes())["parts"])
    except (OSError, ValueError, KeyError, TypeError):
        expected = set()
    for name in sorted(expected - found):
        if not any(name in fault for fault in damage):
            path = folder / "data" / name
            damage.append(f"{path}: it is missing; its runs run again")
    return {int(name.removeprefix("part-")) for name in found}


def _fault(path: Path, job: SweepJob) -> str:
    """Return what is wrong with a partition; nothing where it is complete."""
    try:
        note = _note_of(path)
        if note["sweep"] != job.digest:
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


def _remove_unfinished(folder: Path) -> None:
    """Remove what killed processes left half written."""
    for path in (folder / "data").glob(".part-*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _note_of(path: Path) -> dict[str, Any]:
    return dict(json.loads((path / "part.json").read_bytes()))


def _text(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode()


def _write_tables(folder: Path, runs: Chunk, job: SweepJob) -> None:
    """Write the tables of a partition, the same bytes for the same runs.

    Raises
    ------
    OSError
        They cannot be written.
    """
    import duckdb

    frames = {"inputs": _inputs(runs, job)}
    for table in TABLES:
        numbers = [n for n, c in enumerate(job.columns) if c.table == table]
        if numbers:
            columns = [job.columns[n] for n in numbers]
            frames[table] = _values(runs.first, runs.values[:, numbers], columns)
    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.execute("set enable_progress_bar = false")
            for name, frame in frames.items():
                connection.register("frame", frame)
                target = str(folder / f"{name}.parquet").replace("'", "''")
                # A column of nothing but nulls would be one of whole numbers.
                cast = " replace (lost_variable::varchar as lost_variable)"
                shown = f"*{cast if name == 'inputs' else ''}"
                query = f"select {shown} from frame"
                connection.execute(f"copy ({query}) to '{target}' {PARQUET}")
                connection.unregister("frame")
    except duckdb.Error as error:
        raise OSError(None, str(error).splitlines()[0]) from error


def _inputs(runs: Chunk, job: SweepJob) -> Any:
    """Return the table of inputs: a row a run."""
    import pandas as pd

    numbers = np.arange(runs.first, runs.first + len(runs.values))
    bases = [base.id for base in job.bases]
    lost = {one.run: one for one in runs.diverged}
    times = [lost[run].time if run in lost else None for run in numbers.tolist()]
    causes = [lost[run].variable if run in lost else None for run in numbers.tolist()]
    drawn = job.drawn(runs.first, runs.first + len(runs.values))
    return pd.DataFrame(
        {
            "run": numbers,
            "point": numbers // len(bases),
            "scenario": pd.Categorical.from_codes(
                numbers % len(bases), pd.Index(bases)
            ),
            "lost_time": np.array(times, dtype=np.float64),
            "lost_variable": np.array(causes, dtype=object),
            **dict(zip(job.input_names, drawn.T, strict=True)),
        }
    )


def _values(first: int, values: Any, columns: list[ResultColumn]) -> Any:
    """Return one table of values: a row a run and column that is defined there."""
    import pandas as pd

    runs = len(values)
    frame: dict[str, Any] = {
        "run": np.tile(np.arange(first, first + runs), len(columns))
    }
    for key, attribute in KEYS[columns[0].table].items():
        texts = [getattr(column, attribute) for column in columns]
        known = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        codes = np.repeat([known[text] for text in texts], runs)
        frame[key] = pd.Categorical.from_codes(codes, pd.Index(list(known)))
    frame["year"] = np.repeat([column.year for column in columns], runs)
    frame["value"] = np.ascontiguousarray(values.T).ravel()
    defined = ~np.isnan(frame["value"])
    return pd.DataFrame(frame)[defined]
