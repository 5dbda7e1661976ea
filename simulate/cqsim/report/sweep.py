"""What a finished sweep says of the targets: shares of runs, fans, what decides.

Read from the tables that a sweep writes beside its runs; the few that a report needs
are attached to it, so that it can be checked without the runs.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cqsim.engine.identity import sha256
from cqsim.errors import PlacedError
from cqsim.model.model import Model
from cqsim.report.boxes import TargetBox, found_boxes, read_boxes
from cqsim.report.phrases import Phrase
from cqsim.report.swings import Swing, swings
from cqsim.study.attainment import HEADLINE
from cqsim.study.results import open_sweep
from cqsim.study.store import FINISHED

FILES = ("manifest.json", "description.json", "shares.csv", "matrix.csv", "fans.csv")
SWING, BOXES = "swing.csv", "boxes.json"
HEADS = {
    "shares.csv": {
        *("scenario", "target", "kind", "operator", "required"),
        *("runs", "share", "low", "high"),
    },
    "matrix.csv": {"scenario", "target", "region", "share"},
    "fans.csv": {
        *("scenario", "indicator", "scope", "year"),
        *("q05", "q25", "q50", "q75", "q95"),
    },
}
"""The columns that are read, by table."""

FOLDER = "sweep/"


class SweepError(PlacedError):
    """A folder that holds no sweep which a report can use."""


@dataclass(frozen=True, slots=True)
class Chance:
    """The share of runs that meet a target, with the ends of its 95 % interval."""

    target: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a sweep: its title, its unit, and how a draw of it is applied."""

    title: Phrase
    unit: str
    apply: str


@dataclass(frozen=True, slots=True)
class SweepResults:
    """A sweep as a report sees it, of one scenario.

    Attributes
    ----------
    word
        What a share of runs is called: a probability where the inputs were weighed.
    matrix
        By target and region: the share of runs that meet it there.
    fans
        By indicator and scope: by year, the quantiles at 5, 25, 50, 75 and 95 %.
    scenario
        The id of the base scenario that all of this is about.
    """

    title: Phrase
    word: Phrase
    chances: tuple[Chance, ...]
    matrix: Mapping[tuple[str, str], float]
    fans: Mapping[tuple[str, str], Mapping[int, tuple[float, ...]]]
    swings: tuple[Swing, ...]
    boxes: tuple[TargetBox, ...]
    inputs: Mapping[str, Input]
    scenario: str
    runs: int


def collected(folder: Path, model: Model) -> dict[str, bytes]:
    """Return the files of a finished sweep that a report attaches.

    Raises
    ------
    SweepError
        There is no finished sweep, it lacks a table, or it is of another model.
    """
    files = {name: _content(folder, name) for name in FILES}
    manifest = _json(folder, files["manifest.json"])
    _refuse_another(folder, manifest.get("files", {}), model)
    _content(folder, FINISHED)
    told = _json(folder, files["description.json"])
    _refuse_damaged(folder, files, told)
    sweep = open_sweep(folder)
    found = {f"{FOLDER}{name}": content for name, content in files.items()}
    found[f"{FOLDER}{SWING}"] = swings(sweep)
    found[f"{FOLDER}{BOXES}"] = found_boxes(sweep)
    return found


def _refuse_another(folder: Path, stated: Mapping[str, str], model: Model) -> None:
    """Raise where a sweep is of another model, or of other data beside it."""
    own = model.path.name
    for name in (own, *sorted(stated)):
        path = model.path.parent / name
        if not path.is_file() or stated.get(name) != sha256(path.read_bytes()):
            what = f"the sweep is of another model than {own} as it is now"
            detail = "" if name == own else f": {name} differs"
            remedy = "Run the sweep again, then the report."
            raise SweepError(folder, f"{what}{detail}", remedy)


def _refuse_damaged(
    folder: Path, files: Mapping[str, bytes], told: Mapping[str, Any]
) -> None:
    """Raise where a table lacks columns, or a target its share as it stands."""
    try:
        tables = {
            name: csv.DictReader(io.StringIO(files[name].decode("utf-8")))
            for name in HEADS
        }
        whole = all(HEADS[n] <= set(t.fieldnames or ()) for n, t in tables.items())
        heads = [row for row in tables["shares.csv"] if row["kind"] == HEADLINE]
        shown = {(row["scenario"], row["target"]) for row in heads}
        whole &= shown == {(b, t) for b in told["bases"] for t in told["targets"]}
        numbers = [float(row[n]) for row in heads for n in ("share", "required")]
        whole &= all(number == number for number in numbers)
    except (KeyError, TypeError, ValueError, csv.Error):
        whole = False
    if not whole:
        what = "its tables are damaged or not all of one sweep"
        raise SweepError(folder, what, "Run the sweep again: it writes them anew.")


def results(files: Mapping[str, bytes], scenario: str) -> SweepResults | None:
    """Return what the attached tables say of a scenario; None without a sweep."""
    if f"{FOLDER}manifest.json" not in files:
        return None
    told = json.loads(files[f"{FOLDER}description.json"])
    bases = list(told["bases"])
    base = scenario if scenario in bases else bases[0]
    rows = {n: _rows(files[f"{FOLDER}{n}"], base) for n in (*FILES[2:], SWING)}
    heads = [r for r in rows["shares.csv"] if r["kind"] == HEADLINE]
    return SweepResults(
        _both(told["title"]),
        _both(told["share"]),
        tuple(
            Chance(r["target"], float(r["share"]), float(r["low"]), float(r["high"]))
            for r in heads
        ),
        {(r["target"], r["region"]): float(r["share"]) for r in rows["matrix.csv"]},
        _fans(rows["fans.csv"]),
        tuple(
            Swing(
                r["target"],
                r["input"],
                *(float(r[n]) for n in ("low", "high", "below", "above")),
            )
            for r in rows[SWING]
        ),
        read_boxes(files[f"{FOLDER}{BOXES}"], base),
        {
            key: Input(_both(entry["title"]), entry["unit"], entry["apply"])
            for key, entry in told["inputs"].items()
        },
        base,
        max((int(r["runs"]) for r in heads), default=0),
    )


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        what = f"there is no finished sweep in it (no {name})"
        remedy = "Name the folder that cqsim sweep has filled."
        raise SweepError(folder, what, remedy) from None


def _json(folder: Path, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        what = "its manifest or description is damaged"
        raise SweepError(folder, what, "Run the sweep again.")
    return found


def _both(words: Mapping[str, str]) -> Phrase:
    return Phrase(words["zh"], words["en"])


def _rows(content: bytes, base: str) -> list[dict[str, str]]:
    found = csv.DictReader(io.StringIO(content.decode("utf-8")))
    return [row for row in found if row["scenario"] == base]


def _fans(
    rows: list[dict[str, str]],
) -> dict[tuple[str, str], dict[int, tuple[float, ...]]]:
    found: dict[tuple[str, str], dict[int, tuple[float, ...]]] = {}
    names = ("q05", "q25", "q50", "q75", "q95")
    for row in rows:
        place = found.setdefault((row["indicator"], row["scope"]), {})
        place[int(row["year"])] = tuple(float(row[name]) for name in names)
    return found
