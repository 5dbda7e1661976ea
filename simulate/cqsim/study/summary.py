"""What a finished sweep says, worked out once and cached beside it."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any

from cqsim.cache import code_digest
from cqsim.engine.identity import file_sha256
from cqsim.study.attainment import Attainment, RegionalAttainment, attainments
from cqsim.study.discovery import Discovery, discover
from cqsim.study.disk import write_file
from cqsim.study.execute import SweepStatus
from cqsim.study.fans import QUANTILES, Fan, Peak, fans, peaks
from cqsim.study.results import SweepResults
from cqsim.study.store import DESCRIPTION, FINISHED

CACHED = "summary.json"


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """What a finished sweep says.

    Attributes
    ----------
    word
        What a share of runs is called, by language.
    lost
        How many runs diverged; they meet no target.
    faults
        What was cached of it and did not hold, one sentence each.
    """

    word: Mapping[str, str]
    targets: tuple[Attainment, ...]
    matrix: tuple[RegionalAttainment, ...]
    fans: tuple[Fan, ...]
    peaks: tuple[Peak, ...]
    discovery: Discovery
    lost: int
    faults: tuple[str, ...] = ()


def summarise(sweep: SweepResults) -> SweepSummary:
    """Return what a sweep says, and write it as CSV files beside it.

    What is cached beside it and still holds is not worked out again.

    Raises
    ------
    StoreError
        The files cannot be written.
    """
    cached, fault = read_summary(sweep)
    if cached is not None:
        return cached
    has_targets, has_paths = (n in sweep.tables for n in ("targets", "indicators"))
    targets, matrix = attainments(sweep) if has_targets else ([], [])
    diverged = sweep.diverged
    summary = SweepSummary(
        sweep.description["share"],
        tuple(targets),
        tuple(matrix),
        tuple(fans(sweep)) if has_paths else (),
        tuple(peaks(sweep)) if has_paths else (),
        discover(sweep, targets) if has_targets else Discovery((), 0),
        len(diverged),
    )
    text = diverged.reset_index().to_csv(index=False, lineterminator="\n")
    cache_summary(sweep, summary, {**_tables(summary), "diverged.csv": text})
    return replace(summary, faults=(fault,)) if fault else summary


def cache_summary(
    sweep: SweepResults, summary: SweepSummary, tables: Mapping[str, str]
) -> None:
    """Write a summary beside a sweep, with what it hangs on, and its tables.

    Parameters
    ----------
    tables
        The text of each CSV file that says the same in another form.

    Raises
    ------
    StoreError
        They cannot be written.
    """
    for name, text in tables.items():
        write_file(sweep.folder / name, text.encode())
    content = json.dumps(asdict(summary), ensure_ascii=False)
    note = {
        "key": _key(sweep),
        "sha256": sha256(content.encode()).hexdigest(),
        "tables": {name: file_sha256(sweep.folder / name) for name in tables},
        "content": content,
    }
    text = json.dumps(note, ensure_ascii=False)
    write_file(sweep.folder / CACHED, text.encode())


def read_summary(sweep: SweepResults) -> tuple[SweepSummary | None, str]:
    """Return what is cached of a sweep; or nothing, and why it does not hold."""
    from pydantic import TypeAdapter

    path = sweep.folder / CACHED
    if not path.is_file():
        return None, ""
    damaged = f"{path}: it is damaged, and is made anew"
    try:
        note = json.loads(path.read_bytes())
        if note["key"] != _key(sweep):
            return None, f"{path}: it is of other data or code, and is made anew"
        if note["sha256"] != sha256(note["content"].encode()).hexdigest():
            return None, damaged
        for name, digest in note["tables"].items():
            table = sweep.folder / name
            if not table.is_file() or file_sha256(table) != digest:
                return None, f"{table}: it is missing or changed, and is made anew"
        return TypeAdapter(SweepSummary).validate_json(note["content"]), ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, damaged


def _key(sweep: SweepResults) -> str:
    """Return a hash of all that a summary hangs on: the runs, their words, our code."""
    digest = sha256(code_digest("study", "judge").encode())
    for name in (FINISHED, DESCRIPTION):
        digest.update((sweep.folder / name).read_bytes())
    return digest.hexdigest()


def _tables(summary: SweepSummary) -> dict[str, str]:
    """Return the CSV files of a summary by name."""
    place = ("scenario", "indicator", "scope", "year")
    quantiles = [f"q{round(100 * q):02}" for q in QUANTILES]
    rows = [
        [*(getattr(fan, name) for name in place), *fan.quantiles, target, required]
        for fan in summary.fans
        for target, required in (fan.required.items() or [("", "")])
    ]
    return {
        "shares.csv": _table(Attainment, summary.targets),
        "matrix.csv": _table(RegionalAttainment, summary.matrix),
        "peaks.csv": _table(Peak, summary.peaks),
        "fans.csv": _csv([*place, *quantiles, "target", "required"], rows),
    }


def _table(kind: type, rows: Sequence[Any]) -> str:
    names = [field.name for field in fields(kind)]
    return _csv(names, [[getattr(row, name) for name in names] for row in rows])


def _csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def sweep_record(status: SweepStatus, summary: SweepSummary | None) -> dict[str, Any]:
    """Return what `cqsim sweep --json` prints: how a sweep stands, and what it says."""
    found: dict[str, Any] = {
        "folder": status.folder.as_posix(),
        "runs": status.runs,
        "computed": status.computed,
        "missing": status.missing,
        "seconds": round(status.seconds, 3),
        "faults": list(status.damage),
    }
    if summary is None:
        return found
    return found | {
        "share": summary.word,
        "lost": summary.lost,
        "targets": [asdict(each) for each in summary.targets],
        "matrix": [asdict(each) for each in summary.matrix],
        "peaks": [asdict(peak) for peak in summary.peaks],
        "boxes": [
            {
                "scenario": each.scenario,
                "target": each.target,
                "missed": each.missed,
                "density": each.box.density,
                "coverage": each.box.coverage,
                "overlap": each.stability.overlap,
                "sides": list(each.stability.sides),
                "zh": each.zh,
                "en": each.en,
            }
            for each in summary.discovery.boxes
        ],
        "unstable_boxes": summary.discovery.dropped,
    }
