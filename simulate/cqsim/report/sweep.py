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
from cqsim.engine.judge import ROUNDING
from cqsim.errors import PlacedError
from cqsim.model.variables import Model
from cqsim.report.boxes import TargetBox, found_boxes, read_boxes
from cqsim.report.words import Both
from cqsim.study.shares import LITERAL
from cqsim.study.store import FINISHED
from cqsim.study.stored import StoredSweep

FILES = ("manifest.json", "description.json", "shares.csv", "matrix.csv", "fans.csv")
SWING, BOXES = "swing.csv", "boxes.json"
FOLDER = "sweep/"
PARTS = 5
"""An input's runs are parted into fifths; its swing is that of the outer two."""

FEWEST = 50
"""Runs below which a fifth says nothing."""


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
class Swing:
    """How the share that meets a target moves with one input.

    `low` and `high` are the shares in the lowest and the highest fifth of the input,
    which end and begin at `below` and `above`.
    """

    target: str
    input: str
    low: float
    high: float
    below: float
    above: float

    @property
    def size(self) -> float:
        """How far apart the two shares are."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a sweep: its title, its unit, and how a draw of it is applied."""

    title: Both
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

    title: Both
    word: Both
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
    sweep = StoredSweep(folder, manifest, _json(folder, files["description.json"]))
    table = csv.DictReader(io.StringIO(files["shares.csv"].decode("utf-8")))
    heads = [row for row in table if row["kind"] == LITERAL]
    found = {f"{FOLDER}{name}": content for name, content in files.items()}
    found[f"{FOLDER}{SWING}"] = _swings(sweep)
    found[f"{FOLDER}{BOXES}"] = found_boxes(sweep, heads)
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


def results(files: Mapping[str, bytes], scenario: str) -> SweepResults | None:
    """Return what the attached tables say of a scenario; None without a sweep."""
    if f"{FOLDER}manifest.json" not in files:
        return None
    told = json.loads(files[f"{FOLDER}description.json"])
    bases = list(told["bases"])
    base = scenario if scenario in bases else bases[0]
    rows = {n: _rows(files[f"{FOLDER}{n}"], base) for n in (*FILES[2:], SWING)}
    heads = [r for r in rows["shares.csv"] if r["kind"] == LITERAL]
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


def _both(words: Mapping[str, str]) -> Both:
    return Both(words["zh"], words["en"])


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


def _swings(sweep: StoredSweep) -> bytes:
    """Return, as CSV, how shares differ between the outer fifths of every input."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(("scenario", "target", "input", "low", "high", "below", "above"))
    if {"inputs", "targets"} <= set(sweep.tables):
        given = sweep.inputs
        given = given[given["lost_variable"].isna()]
        for name in sorted(sweep.description["targets"]):
            writer.writerows(_swing_rows(sweep, name, given))
    return target.getvalue().encode()


def _swing_rows(sweep: StoredSweep, name: str, given: Any) -> list[tuple[Any, ...]]:
    rule = sweep.description["targets"][name]
    sign = 1.0 if rule["operator"] == ">=" else -1.0
    query = "select run, value from targets where alternative = '' and target = ?"
    values = sweep.sql(query, [name]).set_index("run")["value"]
    met = sign * (values - rule["required"]) >= -ROUNDING
    rows = []
    for scenario, group in given.groupby("scenario"):
        own = met[met.index.isin(group.index)]
        if len(own) < FEWEST or own.nunique() < 2:
            continue
        for key in sweep.description["inputs"]:
            if key not in group:
                continue
            drawn = group.loc[own.index, key]
            below, above = drawn.quantile(1 / PARTS), drawn.quantile(1 - 1 / PARTS)
            low, high = own[drawn <= below].mean(), own[drawn >= above].mean()
            rows.append((scenario, name, key, low, high, below, above))
    return sorted(rows, key=lambda row: tuple(map(str, row[:3])))
