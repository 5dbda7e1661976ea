"""What a finished sweep says: shares, matrix, fans, peaks, boxes, lost runs."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cqsim.study.discovery import Discovery, discover
from cqsim.study.disk import write_file
from cqsim.study.execute import SweepStatus
from cqsim.study.fans import QUANTILES, Peak, fans, peaks
from cqsim.study.kept_summary import Said, keep, kept
from cqsim.study.results import SweepResults
from cqsim.study.shares import LITERAL, Cell, Share, matrix, shares


@dataclass(frozen=True, slots=True)
class Summary:
    """What a finished sweep says.

    Attributes
    ----------
    faults
        What was kept of it and did not hold, one sentence each.
    """

    sweep: SweepResults
    said: Said
    faults: tuple[str, ...] = ()


def summarised(sweep: SweepResults) -> Summary:
    """Return what a sweep says, and write it as CSV files beside it.

    What was said before and still holds is not worked out again.

    Raises
    ------
    StoreError
        The files cannot be written.
    """
    before, fault = kept(sweep)
    if before is not None:
        return Summary(sweep, before)
    has_targets = "targets" in sweep.tables
    has_paths = "indicators" in sweep.tables
    met = tuple(shares(sweep)) if has_targets else ()
    diverged = sweep.diverged
    said = Said(
        met,
        tuple(matrix(sweep)) if has_targets else (),
        tuple(fans(sweep)) if has_paths else (),
        tuple(peaks(sweep)) if has_paths else (),
        discover(sweep, met) if has_targets else Discovery((), 0),
        len(diverged),
    )
    keep(sweep, said, _written(sweep.folder, said, diverged))
    return Summary(sweep, said, (fault,) if fault else ())


def _written(folder: Path, said: Said, diverged: Any) -> list[str]:
    """Write the tables of a summary, and return the names of their files."""
    _table(folder / "shares.csv", Share, said.shares)
    _table(folder / "matrix.csv", Cell, said.matrix)
    _table(folder / "peaks.csv", Peak, said.peaks)
    head = ("scenario", "indicator", "scope", "year")
    names = [f"q{round(100 * q):02}" for q in QUANTILES]
    rows = [
        [*(getattr(fan, n) for n in head), *fan.quantiles, target, required]
        for fan in said.fans
        for target, required in (fan.required.items() or [("", "")])
    ]
    _csv(folder / "fans.csv", [*head, *names, "target", "required"], rows)
    text = diverged.reset_index().to_csv(index=False, lineterminator="\n")
    write_file(folder / "diverged.csv", text.encode())
    return [f"{n}.csv" for n in ("shares", "matrix", "peaks", "fans", "diverged")]


def _table(path: Any, kind: type, rows: Sequence[Any]) -> None:
    names = [field.name for field in fields(kind)]
    _csv(path, names, [[getattr(row, name) for name in names] for row in rows])


def _csv(path: Any, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    write_file(path, text.getvalue().encode())


def as_json(ended: SweepStatus, summary: Summary | None) -> dict[str, Any]:
    """Return what `cqsim sweep --json` prints."""
    found: dict[str, Any] = {
        "folder": ended.folder.as_posix(),
        "runs": ended.runs,
        "computed": ended.computed,
        "missing": ended.missing,
        "seconds": round(ended.seconds, 3),
        "faults": list(ended.damage),
    }
    if summary is None:
        return found
    return found | {
        "share": summary.sweep.description["share"],
        "lost": summary.said.lost,
        "targets": [asdict(share) for share in summary.said.shares],
        "matrix": [asdict(cell) for cell in summary.said.matrix],
        "peaks": [asdict(peak) for peak in summary.said.peaks],
        "boxes": [
            {
                "scenario": f.scenario,
                "target": f.target,
                "missed": f.missed,
                "density": f.box.density,
                "coverage": f.box.coverage,
                "overlap": f.stability.overlap,
                "sides": list(f.stability.sides),
                "zh": f.zh,
                "en": f.en,
            }
            for f in summary.said.discovery.boxes
        ],
        "unstable_boxes": summary.said.discovery.dropped,
    }


__all__ = ["LITERAL", "Summary", "as_json", "summarised"]
