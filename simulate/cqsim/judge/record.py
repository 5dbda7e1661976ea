"""Verdicts as the JSON output has them, and as a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cqsim.case.case import Case
from cqsim.case.targets import Target
from cqsim.judge.outturns import JudgedOutturn, outturn_of
from cqsim.judge.progress import Details, Pace, Progress
from cqsim.judge.verdicts import (
    AlternativeVerdict,
    Chance,
    Judgement,
    NoVerdict,
    ReadingVerdict,
    Status,
    Verdict,
    WithoutVerdict,
)
from cqsim.tomlschema import Text


def records(judgement: Judgement, case: Case) -> list[dict[str, Any]]:
    """Return all of a judgement as the JSON output has it: what has no verdict last."""
    return [
        *(
            record(each, outturn_of(case, each.target, each.status))
            for each in judgement.verdicts
        ),
        *(record_without(each, case) for each in judgement.without),
    ]


def record_without(each: WithoutVerdict, case: Case) -> dict[str, Any]:
    """Return a target without a verdict as the JSON output has it."""
    assert each.target.why is not None
    return {
        **_asked(each.target),
        "value": each.value,
        "margin": None,
        "unit": each.target.unit,
        "status": each.status.en,
        "why": _words(each.target.why),
        "readings": [],
        "outturn": _outturn_record(outturn_of(case, each.target)),
    }


def _asked(target: Target) -> dict[str, Any]:
    return {
        "id": target.id,
        "year": target.year,
        "scope": target.scope,
        "indicator": target.indicator,
        "class": target.evidence,
        "operator": target.operator,
        "required": target.value,
    }


def record(verdict: Verdict, outturn: JudgedOutturn | None) -> dict[str, Any]:
    """Return the verdict as the JSON output has it, with what came of the target.

    `readings` holds every other way to judge the target: by the `wording` of the
    clause, by another `boundary` or indicator, and by the year's `weather`.
    """
    target = verdict.target
    return {
        **_asked(target),
        "value": verdict.value,
        "margin": verdict.margin,
        "unit": target.unit,
        "status": verdict.status.en,
        "readings": [
            *({"kind": "wording", **_reading_record(r)} for r in verdict.readings),
            *(
                {"kind": "other", **_alternative_record(a)}
                for a in verdict.alternatives
            ),
            *({"kind": "weather", **_chance_record(c)} for c in verdict.chances),
        ],
        "outturn": _outturn_record(outturn),
    }


def _outturn_record(judged: JudgedOutturn | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    kept = judged.outturn.model_dump(exclude={"target"})
    return {**kept, "met": judged.met, "agrees": judged.agrees}


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _chance_record(chance: Chance) -> dict[str, Any]:
    return {
        "id": chance.weather.id,
        "deviation": chance.weather.deviation,
        "probability": chance.probability,
    }


def _reading_record(each: ReadingVerdict) -> dict[str, Any]:
    return {
        "id": each.reading.id,
        "text": _words(each.reading.text),
        "required": each.reading.threshold,
        "margin": each.margin,
        "status": each.status.en,
        "status_zh": each.status.zh,
        "chances": [_chance_record(chance) for chance in each.chances],
    }


def _alternative_record(each: AlternativeVerdict) -> dict[str, Any]:
    return {
        "id": each.alternative.id,
        "text": _words(each.alternative.text),
        "boundary": each.alternative.boundary,
        "year": each.year,
        "scope": each.scope,
        "indicator": each.indicator,
        "operator": each.operator,
        "required": each.required,
        "value": each.value,
        "margin": each.margin,
        "unit": each.unit,
        "status": each.status.en,
        "status_zh": each.status.zh,
    }


def detail_record(details: Details) -> dict[str, Any]:
    """Return the details as the JSON output has them."""
    progress, parts = details.progress, details.contributions
    return {
        **record(details.verdict, details.outturn),
        "progress": _progress_record(progress) if progress else None,
        "bases": [
            {
                "base": each.base,
                "end": each.end,
                "required": each.required,
                "margin": each.margin,
                "status": each.status.en,
                "status_zh": each.status.zh,
            }
            for each in details.bases
        ],
        "contributions": {
            "indicator": parts.indicator,
            "unit": parts.unit,
            "required": parts.required,
            "regions": [asdict(part) for part in parts.parts],
            "furthest": [part.region for part in parts.furthest],
        }
        if parts
        else None,
    }


def _progress_record(progress: Progress) -> dict[str, Any]:
    ends = progress.printed_range
    return {
        "base_year": progress.base_year,
        "year": progress.year,
        "value": progress.value,
        "observed": progress.observed,
        "time_elapsed": progress.elapsed,
        **_pace_record(progress.pace),
        "from_printed_base": _pace_record(progress.printed)
        if progress.printed
        else None,
        "from_rounded_bases": [_pace_record(end) for end in ends] if ends else None,
    }


def _pace_record(pace: Pace) -> dict[str, Any]:
    return {
        "base": pace.base,
        "way_done": pace.done,
        "required_pace": pace.required,
        "past_pace": pace.past,
        "pace_ratio": pace.ratio,
    }


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


def write_targets(judgement: Judgement, path: Path) -> None:
    """Write a row for each target, then one for each reading and alternative of it.

    What has no verdict comes last, and has no margin.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for verdict in judgement.verdicts:
            writer.writerows(_rows(verdict))
        for each in judgement.without:
            writer.writerow(_headline(each.target, each.value, None, each.status))


def _headline(
    target: Target,
    value: float | None,
    margin: float | None,
    status: Status | NoVerdict,
) -> dict[str, object]:
    return {
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
        "value": value,
        "margin": margin,
        "unit": target.unit,
        "status": status.en,
        "status_zh": status.zh,
    }


def _rows(verdict: Verdict) -> Iterator[dict[str, object]]:
    target = verdict.target
    headline = _headline(target, verdict.value, verdict.margin, verdict.status)
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
