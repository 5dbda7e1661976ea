"""Write the verdicts of a run as a CSV file."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from cqsim.judge.verdicts import Verdict

COLUMNS = (
    "id",
    "reading",
    "alternative",
    "title_zh",
    "title_en",
    "year",
    "scope",
    "indicator",
    "class",
    "clause",
    "operator",
    "required",
    "value",
    "margin",
    "unit",
    "status",
    "status_zh",
)


def write_targets(verdicts: Iterable[Verdict], path: Path) -> None:
    """Write a row for each target, then one for each reading and alternative of it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for verdict in verdicts:
            writer.writerows(_rows(verdict))


def _rows(verdict: Verdict) -> Iterator[dict[str, object]]:
    target = verdict.target
    headline: dict[str, object] = {
        "id": target.id,
        "title_zh": target.title.zh,
        "title_en": target.title.en,
        "year": target.year,
        "scope": target.scope,
        "indicator": target.indicator,
        "class": target.evidence,
        "clause": target.clause,
        "operator": target.operator,
        "required": target.value,
        "value": verdict.value,
        "margin": verdict.margin,
        "unit": target.unit,
        "status": verdict.status.en,
        "status_zh": verdict.status.zh,
    }
    yield headline
    for each in verdict.readings:
        yield {
            **headline,
            "reading": each.reading.id,
            "required": each.reading.threshold,
            "margin": each.margin,
            "status": each.status.en,
            "status_zh": each.status.zh,
        }
    for other in verdict.alternatives:
        yield {
            **headline,
            "alternative": other.alternative.id,
            "year": other.year,
            "scope": other.scope,
            "indicator": other.indicator,
            "operator": other.operator,
            "required": other.required,
            "value": other.value,
            "margin": other.margin,
            "unit": other.unit,
            "status": other.status.en,
            "status_zh": other.status.zh,
        }
