"""What a finished sweep says, kept beside it while data and code stay as they are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cqsim.engine.identity import file_sha256
from cqsim.judge import verdicts
from cqsim.study.discovery import Discovery
from cqsim.study.disk import write_file
from cqsim.study.fans import Fan, Peak
from cqsim.study.results import SweepResults
from cqsim.study.shares import Cell, Share
from cqsim.study.store import DESCRIPTION, FINISHED

KEPT = "summary.json"


@dataclass(frozen=True, slots=True)
class Said:
    """What is told of a sweep, as plain data.

    Attributes
    ----------
    lost
        How many runs diverged.
    """

    shares: tuple[Share, ...]
    matrix: tuple[Cell, ...]
    fans: tuple[Fan, ...]
    peaks: tuple[Peak, ...]
    discovery: Discovery
    lost: int


def keep(sweep: SweepResults, said: Said, tables: Sequence[str]) -> None:
    """Keep what a sweep says, with what it hangs on.

    Parameters
    ----------
    tables
        The files beside it that hold the same in another form.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    content = json.dumps(asdict(said), ensure_ascii=False)
    note = {
        "key": canonical(sweep),
        "sha256": _digest(content),
        "tables": {name: file_sha256(sweep.folder / name) for name in tables},
        "content": content,
    }
    write_file(sweep.folder / KEPT, json.dumps(note, ensure_ascii=False).encode())


def kept(sweep: SweepResults) -> tuple[Said | None, str]:
    """Return what was kept of a sweep; or nothing, and why it does not hold."""
    path = sweep.folder / KEPT
    if not path.is_file():
        return None, ""
    try:
        note = json.loads(path.read_bytes())
        if note["key"] != canonical(sweep):
            return None, f"{path}: it is of other data or code, and is made anew"
        if note["sha256"] != _digest(note["content"]):
            return None, f"{path}: it is damaged, and is made anew"
        for name, digest in note["tables"].items():
            table = sweep.folder / name
            if not table.is_file() or file_sha256(table) != digest:
                return None, f"{table}: it is missing or changed, and is made anew"
        return _read(json.loads(note["content"])), ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, f"{path}: it is damaged, and is made anew"


def canonical(sweep: SweepResults) -> str:
    """Return a hash of all that a summary hangs on: the runs, their words, our code."""
    digest = sha256()
    for name in (FINISHED, DESCRIPTION):
        digest.update((sweep.folder / name).read_bytes())
    code = [Path(verdicts.__file__), *sorted(Path(__file__).parent.glob("*.py"))]
    for path in code:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(content: Mapping[str, Any]) -> Said:
    from pydantic import TypeAdapter

    return TypeAdapter(Said).validate_python(content)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
