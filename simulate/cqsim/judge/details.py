"""All that an evaluator asks of one verdict beyond the verdict itself."""

from dataclasses import asdict, dataclass
from typing import Any

from cqsim.judge.contribution import Contributions, contributions_of
from cqsim.judge.measure import Measure
from cqsim.judge.observed import Observed
from cqsim.judge.pace import Pace, Progress, progress_of
from cqsim.judge.rounding import BaseVerdict, base_verdicts
from cqsim.judge.verdicts import Verdict, record


@dataclass(frozen=True, slots=True)
class Details:
    """A verdict with the pace, the rounding of its base, and the regions' parts."""

    verdict: Verdict
    progress: Progress | None
    bases: tuple[BaseVerdict, ...]
    contributions: Contributions | None


def details_of(measure: Measure, verdict: Verdict, observed: Observed) -> Details:
    """Return the details of a verdict on the run that it was given on."""
    target = verdict.target
    return Details(
        verdict,
        progress_of(measure, target, observed),
        base_verdicts(measure, verdict),
        contributions_of(measure, target),
    )


def detail_record(details: Details) -> dict[str, Any]:
    """Return the details as the JSON output has them."""
    progress, parts = details.progress, details.contributions
    return {
        **record(details.verdict),
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
